# Three services for users on three continents. No account, no key, no network: `terraform init && terraform plan`.

terraform {
  required_providers {
    stowage = {
      source = "stowage/stowage"
    }
  }
}

data "stowage_placement" "shop" {
  users = {
    frankfurt = { city = "Frankfurt", country = "DE" }
    new_york  = { city = "New York", country = "US" }
    singapore = { country = "SG" }
  }

  workloads = {
    web = {
      replica         = { vcpu = 1, memory_gib = 2 }
      rps_per_replica = 150
      demand_rps      = { frankfurt = 2400, new_york = 5200, singapore = 900 }
      max_rtt_ms      = 60
      max_regions     = 3
      survive         = { zones = 1 }
      response_kib    = 6
    }

    search = {
      replica             = { vcpu = 2, memory_gib = 8 }
      rps_per_replica     = 40
      utilization_ceiling = 0.8
      demand_rps          = { frankfurt = 300, new_york = 700, singapore = 120 }
      max_rtt_ms          = 120
    }

    reports = {
      replica         = { vcpu = 4, memory_gib = 16 }
      rps_per_replica = 5
      demand_rps      = { frankfurt = 4, new_york = 6 }
    }
  }

  # First-generation Arm machines are cheap and slow: the load test was not made on them.
  denied = { instance_families = ["a1"] }

  # A load balancer and a NAT gateway in every region used: without it a single machine abroad that saves a dollar would be worth a region.
  catalog = { fixed_monthly_usd = 35 }
}

# What follows the placement: one object for each group, under a key that names only the workload and the place. A new machine type or
# another count is a change in place; a new region is a new key.
resource "terraform_data" "group" {
  for_each = data.stowage_placement.shop.groups

  input = {
    instance_type    = each.value.instance_type
    desired_capacity = each.value.desired_capacity
    zones            = each.value.zones
  }
}

output "monthly_cost_usd" {
  value = data.stowage_placement.shop.monthly_cost_usd
}

output "groups" {
  value = {
    for key, group in data.stowage_placement.shop.groups :
    key => "${group.instances} × ${group.instance_type}"
  }
}

output "explanation" {
  value = data.stowage_placement.shop.explanation
}
