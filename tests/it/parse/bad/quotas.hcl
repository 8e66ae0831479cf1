users = { here = { city = "Berlin", country = "DE" } }
workloads = {
  web = {
    replica         = { vcpu = 1, memory_gib = 2 }
    rps_per_replica = 100
    demand_rps      = { here = 100 }
    purchase        = { spot = {} }
  }
  cart = {
    pool            = "shared"
    replica         = { vcpu = 1, memory_gib = 2 }
    rps_per_replica = 100
    demand_rps      = { here = 100 }
  }
}
pools = { shared = {} }
limits = {
  quotas = {
    "aws/eu-central-9" = { vcpu = 10 }
    "eu-central-1"     = { vcpu = -1, families = { m77x = { vcpu = 4 }, "m7*" = { instances = 1.5 } } }
    "aws/eu-west-1"    = {}
    "aws/eu-central-1" = { cores = 4 }
    "aws/eu-north-1"   = { families = { m77x = { vcpu = 4 } } }
  }
}
catalog = {
  commitments = {
    base = { clouds = ["aws"], instance_types = ["m7g.large"], term_years = 3, price = "-50%", quantity = 4 }
  }
}
