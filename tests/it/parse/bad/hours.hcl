# Workloads that call each other and rise and fall apart, or together beside what is not decided with that.
users = {
  east = { city = "Tokyo", country = "JP" }
  west = { city = "Frankfurt", country = "DE" }
}
workloads = {
  web = {
    replica             = { vcpu = 1, memory_gib = 1 }
    rps_per_replica     = 100
    forecast_demand_rps = { east = { low = 1, expected = 2, high = 3 } }
    demand_rps          = { west = 3 }
    calls               = { cart = {} }
  }
  cart = {
    replica         = { vcpu = 1, memory_gib = 1 }
    rps_per_replica = 100
  }
  night = {
    replica           = { vcpu = 1, memory_gib = 1 }
    rps_per_replica   = 100
    hourly_demand_rps = { east = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24] }
    calls             = { books = { per_request = 2 } }
  }
  books = {
    replica         = { vcpu = 1, memory_gib = 1 }
    rps_per_replica = 100
    survive         = { regions = 1 }
  }
}
