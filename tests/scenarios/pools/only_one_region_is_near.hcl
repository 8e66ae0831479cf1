# Both the pool and what stands by for it must be within 50 ms of the users, each in a region of its own, and only the south is.
# infeasible
# main, main-standby-1:
catalog = {
  embedded      = false
  machine_types = { small = { vcpu = 2, memory_gib = 8 } }
  sites = {
    east  = { zones = ["a"], machines = { small = { hourly_usd = 0.06 } } }
    north = { zones = ["a"], machines = { small = { hourly_usd = 0.05 } } }
    south = { zones = ["a"], machines = { small = { hourly_usd = 0.04 } } }
  }
}
users     = { all = { paths = { south = { rtt_ms = 5 }, north = { rtt_ms = 60 }, east = { rtt_ms = 60 } } } }
pools     = { main = {} }
workloads = {
  web = {
    pool            = "main"
    replica         = { vcpu = 1, memory_gib = 1 }
    rps_per_replica = 100
    demand_rps      = { all = 200 }
    survive         = { regions = 1 }
    max_rtt_ms          = 50
    degraded_max_rtt_ms = 50
  }
  job = { pool = "main", replica = { vcpu = 1, memory_gib = 1 }, replicas = { count = 2 } }
}
