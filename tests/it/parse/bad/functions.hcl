# Functions beside what is not decided with them, and what says nothing of them.
users = { here = { city = "Frankfurt", country = "DE" } }

workloads = {
  caller = {
    function   = { memory_gib = 0.5, duration_ms = 100 }
    demand_rps = { here = 1 }
    calls      = { callee = {} }
  }
  callee = {
    function = { memory_gib = 0.5, duration_ms = 100 }
    replica  = { vcpu = 1, memory_gib = 1 }
    rps_per_replica = 10
  }
  pooled = {
    pool       = "cluster"
    function   = { memory_gib = 0.5, duration_ms = 100 }
    replica    = { vcpu = 1, memory_gib = 1 }
    rps_per_replica = 10
    demand_rps = { here = 1 }
  }
  routed = {
    function               = { memory_gib = 0.5, duration_ms = 100 }
    demand_rps             = { here = 1 }
    state                  = { storage_gib = 1, replication_factor = 1 }
  }
  sized = {
    function            = { memory_gib = 0.5, duration_ms = 100 }
    demand_rps          = { here = 1 }
    rps_per_replica     = 10
    utilization_ceiling = 0.5
    purchase            = { spot = {} }
  }
  nothing = {
    demand_rps = { here = 1 }
  }
  small = {
    function   = { memory_gib = 0.1 }
    demand_rps = { here = 1 }
  }
}

pools = { cluster = {} }

objective = { carbon_usd_per_tonne = 10 }
limits    = { max_monthly_carbon_kg = 5 }

catalog = {
  functions = {
    own = { usd_per_million_requests = 0.2, usd_per_gib_second = 2, regions = ["aws/nowhere-1"] }
  }
}
