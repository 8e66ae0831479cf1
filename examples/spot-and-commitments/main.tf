# A news site whose readers sleep at night, and thumbnails that can be made on machines the cloud may take back.

terraform {
  required_providers {
    stowage = {
      source = "stowage/stowage"
    }
  }
}

locals {
  # What part of the busiest hour is asked for in each hour of the day, from 00:00 UTC.
  day = [0.20, 0.15, 0.12, 0.12, 0.20, 0.40, 0.70, 0.85, 0.90, 0.85, 0.80, 0.85, 0.90, 0.85, 0.80, 0.80, 0.85, 0.95, 1.00, 1.00, 0.90, 0.70, 0.45, 0.30]
}

data "stowage_placement" "press" {
  users = {
    frankfurt = { city = "Frankfurt", country = "DE" }
    paris     = { city = "Paris", country = "FR" }
  }

  workloads = {
    # Machines follow the hours; the base is committed, the peak is bought on demand.
    site = {
      replica         = { vcpu = 2, memory_gib = 4 }
      rps_per_replica = 150
      headroom        = 0.2
      hourly_demand_rps = {
        frankfurt = [for share in local.day : 2400 * share]
        paris     = [for share in local.day : 1600 * share]
      }
      max_rtt_ms = 40
      survive    = { zones = 1 }
      allowed    = { instance_families = ["c7g", "m7g"] }
    }

    # Up to four fifths spot, in three pools at least, any one of which may be taken back.
    thumbnails = {
      replica         = { vcpu = 2, memory_gib = 4 }
      rps_per_replica = 25
      demand_rps      = { frankfurt = 240, paris = 160 }
      purchase        = { spot = { max_share = 0.8, max_interruption_percent = 10, min_pools = 3, survive_pools = 1 } }
    }
  }

  catalog = {
    commitments = {
      compute = {
        clouds            = ["aws"]
        instance_families = ["c7g", "m7g"]
        term_years        = 1
        price             = "-28%"
        quantity          = 6
      }
    }
  }

  allowed = { clouds = ["aws"], jurisdictions = ["EU"] }
}

output "monthly_cost_usd" {
  value = data.stowage_placement.press.monthly_cost_usd
}

output "machines" {
  value = {
    for key, group in data.stowage_placement.press.groups :
    key => [
      # A group of one type on its own says so itself.
      for set in concat(group.machines, length(group.machines) > 0 ? [] : [group]) :
      "${set.instances} × ${set.instance_type}, ${set.purchase_model}"
    ]
  }
}

output "sizes" {
  value = {
    for key, group in data.stowage_placement.press.groups :
    key => { min = group.min_size, max = group.max_size, by_hour = group.hourly_instances }
  }
}
