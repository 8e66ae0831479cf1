# One mysql for every three wordpress, begun ones included: 4 need 2. Six replicas of 1 vCPU: a large node and a small one.
# optimal 94.9
# a large 1:
# a small 1:
catalog = {
  embedded      = false
  machine_types = { small = { vcpu = 2, memory_gib = 8 }, large = { vcpu = 4, memory_gib = 16 } }
  sites         = { here = { zones = ["a"], machines = { small = { hourly_usd = 0.05 }, large = { hourly_usd = 0.08 } } } }
}
users = { all = { paths = { here = { rtt_ms = 5 } } } }
pools     = { main = {} }
workloads = {
  wordpress = { pool = "main", replica = { vcpu = 1, memory_gib = 1 }, replicas = { count = 4 }, requires = { mysql = { every = 3 } } }
  mysql     = { pool = "main", replica = { vcpu = 1, memory_gib = 1 }, replicas = { min = 1 } }
}
