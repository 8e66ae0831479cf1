# Video conversion whose owners put a price of their own on emissions and on waiting: cost, carbon and latency in one objective.

terraform {
  required_providers {
    stowage = {
      source = "stowage/stowage"
    }
  }
}

variable "carbon_usd_per_tonne" {
  description = "What the company charges itself for 1,000 kg of CO₂ equivalent."
  type        = number
  default     = 2000
}

data "stowage_placement" "studio" {
  users = {
    london = { city = "London", country = "GB" }
    mumbai = { city = "Mumbai", country = "IN" }
    boston = { city = "Boston", country = "US" }
  }

  workloads = {
    # Nobody waits for a conversion: it may be anywhere.
    convert = {
      replica         = { vcpu = 8, memory_gib = 16 }
      rps_per_replica = 2
      demand_rps      = { london = 120, mumbai = 90, boston = 60 }
    }

    # People wait for previews. No limit is promised, but a nearer answer is worth something.
    preview = {
      replica         = { vcpu = 1, memory_gib = 2 }
      rps_per_replica = 100
      demand_rps      = { london = 3000, mumbai = 2500, boston = 1500 }
      survive         = { zones = 1 }
    }
  }

  objective = {
    carbon_usd_per_tonne   = var.carbon_usd_per_tonne
    latency_usd_per_rps_ms = 0.005
  }
}

output "monthly_paid_usd" {
  value = data.stowage_placement.studio.monthly_paid_usd
}

output "monthly_carbon_kg" {
  value = data.stowage_placement.studio.monthly_carbon_kg
}

output "regions" {
  value = keys(data.stowage_placement.studio.regions)
}
