users = {
  berlin = { city = "Berlin", country = "DE" }
  madrid = { city = "Madrid", country = "ES" }
}
workloads = {
  short = {
    replica           = { vcpu = 1, memory_gib = 1 }
    rps_per_replica   = 10
    hourly_demand_rps = { berlin = [1, 2, 3] }
  }
  twice = {
    replica             = { vcpu = 1, memory_gib = 1 }
    rps_per_replica     = 10
    demand_rps          = { berlin = 5 }
    forecast_demand_rps = { berlin = { low = 1, expected = 2, high = 3 }, madrid = { low = 3, expected = 2, high = 4 } }
  }
  apart = {
    replica             = { vcpu = 1, memory_gib = 1 }
    rps_per_replica     = 10
    demand_rps          = { berlin = 5 }
    forecast_demand_rps = { madrid = { low = 1, expected = 2, high = 3 } }
  }
  both = {
    replica         = { vcpu = 1, memory_gib = 1 }
    rps_per_replica = 10
    demand_rps      = { berlin = 5 }
    purchase        = { spot = { max_interruption_percent = 1 }, commitments = true }
  }
}
catalog = {
  commitments = {
    odd    = { term_years = 2, price = "-37%", quantity = 1 }
    dearer = { term_years = 1, price = "+5%", quantity = 1 }
    words  = { term_years = 1, price = "cheap", quantity = 0 }
    named  = { term_years = 3, price = "0.04", quantity = 5, instance_families = ["m7q"] }
  }
}
