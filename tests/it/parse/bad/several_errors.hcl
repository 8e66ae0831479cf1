users = {
  frankfurt = { city = "Frankfurt", latitude = 50.1 }
  atlantis  = { city = "Atlantis" }
  nowhere   = {}
  half      = { longitude = 8.6 }
  idle      = { country = "DE" }
}

workloads = {
  web = {
    replica             = { vcpu = "two", memory_gib = 0 }
    rps_per_replica     = -150
    utilisation_ceiling = 0.7
    demand_rps          = { frankfurt = -1, half = 3 }
    min_regions         = 3
    max_regions         = 2
    survive             = { zones = 1.5 }
    rtt_share           = 0.9
    allow_burstable     = "perhaps"
  }
  "a/b" = {
    replica    = { vcpu = 1, memory_gib = 2 }
    demand_rps = { half = 0 }
  }
}

allowed = {
  clouds         = []
  regions        = ["aws/eu-centrall-1"]
  architectures  = ["amd64", "arm64"]
  instance_types = "m7g.large"
}

denied = { countries = ["ZZ"], instance_types = ["q9.*"] }
on_infeasible = "ignore"
colour        = "red"
