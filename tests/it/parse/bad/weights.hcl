users = { here = { city = "Berlin", country = "DE" } }
workloads = {
  web = {
    replica         = { vcpu = 1, memory_gib = 2 }
    rps_per_replica = 100
    demand_rps      = { here = 100 }
    spread          = { weights = { aws = 0, "gcp/europe-west3" = 0 } }
  }
  api = {
    replica         = { vcpu = 1, memory_gib = 2 }
    rps_per_replica = 100
    demand_rps      = { here = 100 }
    spread          = { weights = { "aws/eu-central-1" = 1, eu-central-1 = 2, nimbus = 3 } }
  }
  db = {
    replica         = { vcpu = 1, memory_gib = 2 }
    rps_per_replica = 100
    demand_rps      = { here = 100 }
    state           = { storage_gib = 100 }
    spread          = { weights = { aws = 1 } }
  }
  cart = {
    replica         = { vcpu = 1, memory_gib = 2 }
    rps_per_replica = 100
    demand_rps      = { here = 100 }
    spread          = { weight_tolerance = 0.1 }
  }
}
