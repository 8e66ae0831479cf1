# Only one large node can be had; eight replicas of 1 vCPU take it and two small ones.
# optimal 131.4
# a large 1: web 4
# a small 2: web 2
catalog = {
  embedded      = false
  machine_types = { small = { vcpu = 2, memory_gib = 8 }, large = { vcpu = 4, memory_gib = 16 } }
  sites         = { here = { zones = ["a"], machines = { small = { hourly_usd = 0.05 }, large = { hourly_usd = 0.08 } } } }
}
users = { all = { paths = { here = { rtt_ms = 5 } } } }
pools     = { main = { max_nodes_by_type = { large = 1 } } }
workloads = {
  web = { pool = "main", replica = { vcpu = 1, memory_gib = 1 }, replicas = { count = 8 } }
}
