users = {
  here  = { city = "Berlin", country = "DE" }
  there = { city = "Madrid", country = "ES" }
}
workloads = {
  web = {
    replica         = { vcpu = 1, memory_gib = 2 }
    rps_per_replica = 100
    demand_rps      = { here = 100 }
    purchase        = { spot = {} }
  }
  api = {
    replica         = { vcpu = 1, memory_gib = 2 }
    rps_per_replica = 100
    demand_rps      = { here = 100 }
  }
  broker = {
    replica         = { vcpu = 1, memory_gib = 2 }
    rps_per_replica = 100
    demand_rps      = { here = 100 }
    state           = { storage_gib = 10 }
  }
  apart = {
    replica           = { vcpu = 1, memory_gib = 2 }
    rps_per_replica   = 100
    demand_rps        = { here = 100 }
    hourly_demand_rps = { there = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] }
    state             = { storage_gib = 10, multi_region = true }
  }
  cart = {
    pool            = "shared"
    replica         = { vcpu = 1, memory_gib = 2 }
    rps_per_replica = 100
    demand_rps      = { here = 100 }
  }
}
pools  = { shared = {} }
limits = { quotas = { "aws/eu-central-1" = { vcpu = 10, families = { "m7*" = { instances = 2 } } }, "aws/eu-west-1" = {} } }
catalog = {
  commitments = {
    base = { clouds = ["aws"], instance_types = ["m7g.large"], term_years = 3, price = "-50%", quantity = 4 }
  }
}
