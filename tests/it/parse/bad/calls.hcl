# Calls that name nothing, go round in a circle, load nothing, or meet what is not decided with them.
users = {
  here = { city = "Frankfurt", country = "DE" }
}
workloads = {
  web = {
    replica         = { vcpu = 1, memory_gib = 1 }
    rps_per_replica = 100
    demand_rps      = { here = 100 }
    calls           = { crat = {}, web = {}, cart = { per_request = 2 }, night = {} }
  }
  cart = {
    replica         = { vcpu = 1, memory_gib = 1 }
    rps_per_replica = 100
    survive         = { regions = 1 }
    calls           = { shop = {} }
  }
  shop = {
    replica         = { vcpu = 1, memory_gib = 1 }
    rps_per_replica = 100
    max_path_rtt_ms = 20
    calls           = { cart = { per_request = 0 } }
  }
  night = {
    replica             = { vcpu = 1, memory_gib = 1 }
    rps_per_replica     = 100
    pool                = "cluster"
    forecast_demand_rps = { here = { low = 1, expected = 2, high = 3 } }
    purchase            = { commitments = true }
  }
}
pools = { cluster = {} }
