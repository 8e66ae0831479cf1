terraform {
  required_providers {
    stowage = { source = "stowage/stowage" }
  }
}

provider "stowage" {
}

variable "peak" {
  type    = number
  default = 1.2
}

variable "workloads" {
  type = map(object({
    vcpu  = number
    gib   = optional(number, 2)
    rps   = number
    rules = optional(any)
  }))
  default = {
    web  = { vcpu = "0.5", gib = 1.5, rps = 150 }
    cart = { vcpu = 1, rps = 400 }
  }
}

locals {
  base   = { frankfurt = 2000, france = 800.25 / local.factor }
  factor = var.peak
  demand = {
    web  = merge({ for name, rps in local.base : name => rps * local.factor }, { us_east = null })
    cart = { us_east = sum([5000, 150, max(10, 50)]) }
  }
}

data "stowage_placement" "shop" {
  users = {
    frankfurt = { city = "Frankfurt", country = "DE" }
    france    = { country = upper("fr") }
    us_east   = { latitude = 40.7128, longitude = -74.006 }
  }
  workloads = { for name, workload in var.workloads : name => merge(
    {
      replica         = { vcpu = workload.vcpu, memory_gib = workload.gib }
      rps_per_replica = workload.rps
      demand_rps      = local.demand[name]
    },
    name != "web" ? { denied = { instance_types = ["m7g.large"], countries = [] } } : {
      reserved            = { vcpu = 0.1 }
      utilization_ceiling = "0.7"
      demand_rps          = merge(local.demand.web, { us_east = 0 })
      max_rtt_ms          = 60
      rtt_share           = 0.95
      survive             = { zones = 1 }
      min_regions         = 1
      max_regions         = 3
      response_kib        = 12
      allowed             = { architectures = ["arm64", "x86_64"], jurisdictions = ["EU", "US"] }
    },
  ) }
  allowed       = { clouds = ["aws", "gcp"] }
  limits        = { max_regions = 4 }
  objective     = { carbon_usd_per_tonne = 80 }
  gap_tolerance = 0.001
  on_infeasible = try(local.no_such_local, "report")
  catalog = {
    price_adjustments = { discount = { clouds = ["aws"], change = "-${15 / 2}%" } }
    prices            = { eu-central-1 = { "m7g.large" = 0.09 } }
    fixed_monthly_usd = 20
    regions           = { "aws/us-east-1" = { fixed_monthly_usd = 25.5, grid_g_per_kwh = 380 } }
  }
}

resource "terraform_data" "group" {
  for_each = data.stowage_placement.shop.groups
  input    = each.value
}
