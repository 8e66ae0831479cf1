# A cache stands beside every web, and nowhere else: three webs on one node need one cache there, on two nodes two. 3 + 1 vCPU: one large node.
# optimal 58.4
# a large 1: cache 1, web 3
catalog = {
  embedded      = false
  machine_types = { small = { vcpu = 2, memory_gib = 8 }, large = { vcpu = 4, memory_gib = 16 } }
  sites         = { here = { zones = ["a"], machines = { small = { hourly_usd = 0.05 }, large = { hourly_usd = 0.08 } } } }
}
users = { all = { paths = { here = { rtt_ms = 5 } } } }
pools     = { main = {} }
workloads = {
  web   = { pool = "main", replica = { vcpu = 1, memory_gib = 1 }, replicas = { count = 3 }, together = { node = ["cache"] } }
  cache = { pool = "main", replica = { vcpu = 1, memory_gib = 1 }, replicas = { min = 1 } }
}
