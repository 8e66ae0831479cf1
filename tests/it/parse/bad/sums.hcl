users = { here = { city = "Berlin", country = "DE" } }
workloads = {
  web = {
    replica         = { vcpu = 1, memory_gib = 2 }
    rps_per_replica = 100
    demand_rps      = { here = 100 }
    purchase        = { spot = {} }
  }
}
limits = { max_monthly_cost_usd = 10, max_monthly_carbon_kg = -1 }
