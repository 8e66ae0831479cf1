# Checkouts answered inside the shop, on the few machines that stand there; what they cannot hold, and what can wait, goes to the cloud.

terraform {
  required_providers {
    stowage = {
      source = "stowage/stowage"
    }
  }
}

locals {
  shops = {
    cologne = { latitude = 50.94, longitude = 6.96, machines = 3, tills = 40 }
    munich  = { latitude = 48.14, longitude = 11.58, machines = 3, tills = 25 }
    leipzig = { latitude = 51.34, longitude = 12.37, machines = 2, tills = 12 }
  }
}

data "stowage_placement" "retail" {
  users = {
    for name, shop in local.shops : name => {
      latitude  = shop.latitude
      longitude = shop.longitude
      country   = "DE"
      # Over the shop's own network.
      paths = { "edge/${name}" = { rtt_ms = 0.8 } }
    }
  }

  workloads = {
    # A till waits for this one, and 2 ms are as far as its own shop.
    checkout = {
      replica         = { vcpu = 1, memory_gib = 2 }
      rps_per_replica = 10
      demand_rps      = { for name, shop in local.shops : name => shop.tills }
      max_rtt_ms      = 2
    }

    # Cameras send pictures all day; a fifth of a second does not matter.
    recognise = {
      replica         = { vcpu = 2, memory_gib = 4 }
      rps_per_replica = 5
      demand_rps      = { for name, shop in local.shops : name => 2 * shop.tills }
      max_rtt_ms      = 200
      response_kib    = 1
    }
  }

  allowed = { jurisdictions = ["EU"] }

  catalog = {
    machine_types = {
      "edge/box" = { vcpu = 4, memory_gib = 16, watts = 35 }
    }
    sites = {
      for name, shop in local.shops : "edge/${name}" => {
        latitude                   = shop.latitude
        longitude                  = shop.longitude
        country                    = "DE"
        zones                      = ["backroom"]
        internet_egress_usd_per_gb = 0
        grid_g_per_kwh             = 350
        machines                   = { box = { hourly_usd = 0, count = shop.machines } }
      }
    }
  }
}

output "outcome" {
  value = data.stowage_placement.retail.outcome
}

output "monthly_cost_usd" {
  value = data.stowage_placement.retail.monthly_cost_usd
}

output "groups" {
  value = {
    for key, group in data.stowage_placement.retail.groups :
    key => "${group.instances} × ${group.instance_type}"
  }
}
