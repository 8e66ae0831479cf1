# Five replicas of 1 vCPU need two nodes at least; one is allowed.
# infeasible
# web: replica, replicas
# main: max_nodes
catalog = {
  embedded      = false
  machine_types = { small = { vcpu = 2, memory_gib = 8 }, large = { vcpu = 4, memory_gib = 16 } }
  sites         = { here = { zones = ["a"], machines = { small = { hourly_usd = 0.05 }, large = { hourly_usd = 0.08 } } } }
}
users = { all = { paths = { here = { rtt_ms = 5 } } } }
pools     = { main = { max_nodes = 1 } }
workloads = {
  web = { pool = "main", replica = { vcpu = 1, memory_gib = 1 }, replicas = { count = 5 } }
}
