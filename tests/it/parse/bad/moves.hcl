users = { here = { city = "Berlin", country = "DE" } }
workloads = {
  web = {
    replica         = { vcpu = 1, memory_gib = 2 }
    rps_per_replica = 100
    demand_rps      = { here = 100 }
    survive         = { regions = 1 }
  }
}
objective = { move_usd_per_replica = 5 }
