users = { here = { city = "Berlin", country = "DE" } }
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
