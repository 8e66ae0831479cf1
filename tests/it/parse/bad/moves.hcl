users = { here = { city = "Berlin", country = "DE" } }
workloads = {
  web = {
    replica         = { vcpu = 1, memory_gib = 2 }
    rps_per_replica = 100
    demand_rps      = { here = 100 }
    calls           = { api = {} }
  }
  api = {
    replica         = { vcpu = 1, memory_gib = 2 }
    rps_per_replica = 100
    survive         = { regions = 1 }
  }
  resize = {
    function   = { memory_gib = 1, duration_ms = 100 }
    demand_rps = { here = 100 }
  }
}
limits    = { max_monthly_cost_usd = 5000, quotas = { "aws/eu-central-1" = { vcpu = 10 } } }
objective = { move_usd_per_replica = 5 }
