# The only site has two zones, and web asks for three.
# infeasible
# web: spread.min_zones
catalog = {
  embedded      = false
  machine_types = { small = { vcpu = 2, memory_gib = 8 } }
  sites         = { here = { zones = ["a", "b"], machines = { small = { hourly_usd = 0.05 } } } }
}
users     = { all = { paths = { here = { rtt_ms = 5 } } } }
pools     = { main = {} }
workloads = { web = { pool = "main", replica = { vcpu = 1, memory_gib = 1 }, replicas = { count = 3 }, spread = { min_zones = 3 } } }
