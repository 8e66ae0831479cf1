# A data centre that is paid for already, with the cloud for what does not fit. The ledger stays in the data centre, where its licences are.

terraform {
  required_providers {
    stowage = {
      source = "stowage/stowage"
    }
  }
}

data "stowage_placement" "bank" {
  users = {
    # Measured over the bank's own line, instead of the catalog's figure.
    branches = { city = "Frankfurt", country = "DE", paths = { "dc/frankfurt" = { rtt_ms = 1.5 } } }
    north    = { city = "Hamburg", country = "DE" }
  }

  workloads = {
    web = {
      replica         = { vcpu = 2, memory_gib = 4 }
      rps_per_replica = 120
      demand_rps      = { branches = 3500, north = 2500 }
      max_rtt_ms      = 30
      survive         = { zones = 1 }
      response_kib    = 16
    }

    ledger = {
      replica         = { vcpu = 4, memory_gib = 32, resources = { "licence/oracle" = 1 } }
      rps_per_replica = 50
      demand_rps      = { branches = 300 }
      survive         = { zones = 1 }
      pin             = ["dc/frankfurt"]
    }
  }

  allowed = {
    regions       = ["dc/frankfurt", "aws/eu-central-1"]
    architectures = ["x86_64"]
  }

  catalog = {
    machine_types = {
      "dc/r640" = { vcpu = 32, memory_gib = 192, resources = { "licence/oracle" = 4 }, watts = 350 }
    }
    sites = {
      "dc/frankfurt" = {
        city                       = "Frankfurt"
        country                    = "DE"
        zones                      = ["hall-a", "hall-b"]
        internet_egress_usd_per_gb = 0.01
        grid_g_per_kwh             = 350
        machines                   = { r640 = { hourly_usd = 0, zone_counts = { hall-a = 3, hall-b = 3 } } }
      }
    }
  }
}

output "outcome" {
  value = data.stowage_placement.bank.outcome
}

output "monthly_cost_usd" {
  value = data.stowage_placement.bank.monthly_cost_usd
}

output "groups" {
  value = {
    for key, group in data.stowage_placement.bank.groups :
    key => "${group.instances} × ${group.instance_type}"
  }
}
