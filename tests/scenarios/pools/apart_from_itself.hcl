# Of db no node holds two, so three nodes are needed, though one large node had room for all.
# optimal 109.5
# a small 3: db 1
catalog = {
  embedded      = false
  machine_types = { small = { vcpu = 2, memory_gib = 8 }, large = { vcpu = 4, memory_gib = 16 } }
  sites         = { here = { zones = ["a"], machines = { small = { hourly_usd = 0.05 }, large = { hourly_usd = 0.08 } } } }
}
users = { all = { paths = { here = { rtt_ms = 5 } } } }
pools     = { main = {} }
workloads = {
  db = { pool = "main", replica = { vcpu = 1, memory_gib = 1 }, replicas = { count = 3 }, apart = { node = ["db"] } }
}
