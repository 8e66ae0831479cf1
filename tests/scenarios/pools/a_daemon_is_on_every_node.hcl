# An agent of 1 vCPU is on every node: a small node has room for one web beside it, a large one for three. Three webs: one large node.
# optimal 58.4
# a large 1: agent 1, web 3
catalog = {
  embedded      = false
  machine_types = { small = { vcpu = 2, memory_gib = 8 }, large = { vcpu = 4, memory_gib = 16 } }
  sites         = { here = { zones = ["a"], machines = { small = { hourly_usd = 0.05 }, large = { hourly_usd = 0.08 } } } }
}
users = { all = { paths = { here = { rtt_ms = 5 } } } }
pools     = { main = {} }
workloads = {
  web   = { pool = "main", replica = { vcpu = 1, memory_gib = 1 }, replicas = { count = 3 } }
  agent = { pool = "main", replica = { vcpu = 1, memory_gib = 1 }, daemon = true }
}
