# A shop on two continents that answers from several regions at once, and goes on when any one of them is gone.

terraform {
  required_providers {
    stowage = {
      source = "stowage/stowage"
    }
  }
}

data "stowage_placement" "store" {
  users = {
    dublin    = { city = "Dublin", country = "IE" }
    frankfurt = { city = "Frankfurt", country = "DE" }
    new_york  = { city = "New York", country = "US" }
    chicago   = { city = "Chicago", country = "US" }
  }

  workloads = {
    # Everybody within 60 ms. While a region is lost 120 ms will do, and replicas may run hotter.
    web = {
      replica              = { vcpu = 2, memory_gib = 4 }
      rps_per_replica      = 200
      utilization_ceiling  = 0.7
      demand_rps           = { dublin = 1800, frankfurt = 4200, new_york = 5000, chicago = 2600 }
      max_rtt_ms           = 60
      survive              = { zones = 1, regions = 1 }
      degraded_max_rtt_ms  = 120
      degraded_utilization = 0.9
      response_kib         = 8
      calls                = { cart = { per_request = 0.8, kib = 4 } }
    }

    # What web calls for must be there whichever region is lost, or its promise is worth nothing.
    cart = {
      replica              = { vcpu = 0.5, memory_gib = 1 }
      rps_per_replica      = 400
      utilization_ceiling  = 0.7
      survive              = { zones = 1, regions = 1 }
      degraded_utilization = 0.9
    }

    # Nobody waits for orders to be settled, but they are never lost: not even with a region.
    orders = {
      replica              = { vcpu = 2, memory_gib = 8 }
      rps_per_replica      = 80
      utilization_ceiling  = 0.7
      demand_rps           = { frankfurt = 240, new_york = 300 }
      survive              = { zones = 1, regions = 1 }
      degraded_utilization = 0.95
    }
  }

  allowed = {
    clouds        = ["aws"]
    jurisdictions = ["EU", "US"]
  }
}

output "outcome" {
  value = data.stowage_placement.store.outcome
}

output "monthly_cost_usd" {
  value = data.stowage_placement.store.monthly_cost_usd
}

output "groups" {
  value = {
    for key, group in data.stowage_placement.store.groups :
    key => "${group.instances} × ${group.instance_type}, ${group.load_rps} of ${group.capacity_rps} rps"
  }
}
