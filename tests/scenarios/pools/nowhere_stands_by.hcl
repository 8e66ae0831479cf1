# What stands by needs a region of its own, and there is one region.
# infeasible
# main, main-standby-1:
catalog = {
  embedded      = false
  machine_types = { small = { vcpu = 2, memory_gib = 8 } }
  sites = {
    south = { zones = ["a"], machines = { small = { hourly_usd = 0.04 } } }
  }
}
users     = { all = { paths = { south = { rtt_ms = 5 } } } }
pools     = { main = {} }
workloads = {
  web = {
    pool            = "main"
    replica         = { vcpu = 1, memory_gib = 1 }
    rps_per_replica = 100
    demand_rps      = { all = 200 }
    survive         = { regions = 1 }
  }
  job = { pool = "main", replica = { vcpu = 1, memory_gib = 1 }, replicas = { count = 2 } }
}
