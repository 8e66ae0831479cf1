# Four webs of 1 vCPU need two nodes of 2 vCPU; the quota is one instance.
# infeasible
# web: replica, replicas
# main: limits.quotas
catalog = {
  embedded      = false
  machine_types = { small = { vcpu = 2, memory_gib = 8 } }
  sites         = { here = { zones = ["a"], machines = { small = { hourly_usd = 0.05 } } } }
}
users     = { all = { paths = { here = { rtt_ms = 5 } } } }
pools     = { main = {} }
limits    = { quotas = { here = { instances = 1 } } }
workloads = { web = { pool = "main", replica = { vcpu = 1, memory_gib = 1 }, replicas = { count = 4 } } }
