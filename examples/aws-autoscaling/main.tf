# One service on three clouds: the placement decides, each cloud's own groups follow. This file is the placement; aws.tf, google.tf and
# azure.tf are what follows it.

terraform {
  required_providers {
    stowage = {
      source = "stowage/stowage"
    }
  }
}

data "stowage_placement" "api" {
  users = {
    frankfurt = { city = "Frankfurt", country = "DE" }
    virginia  = { city = "Washington", country = "US" }
    sydney    = { city = "Sydney", country = "AU" }
  }

  workloads = {
    api = {
      replica             = { vcpu = 2, memory_gib = 4 }
      rps_per_replica     = 220
      utilization_ceiling = 0.75
      demand_rps          = { frankfurt = 3000, virginia = 4200, sydney = 1100 }
      max_rtt_ms          = 40
      survive             = { zones = 1 }
      response_kib        = 4
      # One image for all: the launch templates below name an x86 one.
      allowed = { architectures = ["x86_64"] }
    }
  }

  # What every region in use costs besides: a load balancer and a NAT gateway.
  catalog = { fixed_monthly_usd = 55 }
}

locals {
  # What stands in each cloud; a cloud without groups has no keys.
  keys   = data.stowage_placement.api.groups_by_cloud
  groups = data.stowage_placement.api.groups
  aws    = { for key in lookup(local.keys, "aws", []) : key => local.groups[key] }
  google = { for key in lookup(local.keys, "gcp", []) : key => local.groups[key] }
  azure  = { for key in lookup(local.keys, "azure", []) : key => local.groups[key] }
}

output "outcome" {
  value = data.stowage_placement.api.outcome
}

output "monthly_cost_usd" {
  value = data.stowage_placement.api.monthly_cost_usd
}

output "groups" {
  value = {
    for key, group in data.stowage_placement.api.groups :
    key => "${group.instances} × ${group.instance_type}"
  }
}
