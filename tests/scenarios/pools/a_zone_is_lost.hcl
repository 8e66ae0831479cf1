# 40 rps need 4 replicas; after the loss of any zone of three, 4 must be left: 2 + 2 + 2, a small node in each zone.
# optimal 109.5
# a small 1: web 2
# b small 1: web 2
# c small 1: web 2
catalog = {
  embedded      = false
  machine_types = { small = { vcpu = 2, memory_gib = 8 }, large = { vcpu = 4, memory_gib = 16 } }
  sites         = { here = { zones = ["a", "b", "c"], machines = { small = { hourly_usd = 0.05 }, large = { hourly_usd = 0.08 } } } }
}
users = { all = { paths = { here = { rtt_ms = 5 } } } }
pools     = { main = {} }
workloads = {
  web = { pool = "main", replica = { vcpu = 1, memory_gib = 1 }, rps_per_replica = 10, demand_rps = { all = 40 }, survive = { zones = 1 } }
}
