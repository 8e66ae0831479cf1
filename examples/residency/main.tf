# Two services whose data must stay in the European Union, and which must carry their whole load when any one zone fails.

terraform {
  required_providers {
    stowage = {
      source = "stowage/stowage"
    }
  }
}

data "stowage_placement" "clinic" {
  users = {
    berlin = { city = "Berlin", country = "DE" }
    madrid = { city = "Madrid", country = "ES" }
    warsaw = { city = "Warsaw", country = "PL" }
    # Switzerland is no member: its patients are served from inside the Union.
    zurich = { city = "Zürich", country = "CH" }
  }

  workloads = {
    # Patients wait for this one: everybody within 40 ms, from two regions at least.
    records = {
      replica             = { vcpu = 2, memory_gib = 8 }
      rps_per_replica     = 60
      utilization_ceiling = 0.7
      demand_rps          = { berlin = 800, madrid = 450, warsaw = 300, zurich = 150 }
      max_rtt_ms          = 40
      min_regions         = 2
      survive             = { zones = 1 }
      response_kib        = 24
    }

    # Nobody waits for images: 95 % of the requests within 80 ms will do.
    images = {
      replica         = { vcpu = 4, memory_gib = 16 }
      rps_per_replica = 25
      demand_rps      = { berlin = 90, madrid = 60, warsaw = 30, zurich = 20 }
      max_rtt_ms      = 80
      rtt_share       = 0.95
      survive         = { zones = 1 }
      response_kib    = 120
    }
  }

  # Where the ground is, not who owns the cloud.
  allowed = { jurisdictions = ["EU"] }
}

# What the machines of one service are built from, one object for each region that holds it.
resource "terraform_data" "records" {
  for_each = data.stowage_placement.clinic.groups_by_workload["records"]

  input = {
    region           = each.value.region
    instance_type    = each.value.instance_type
    zones            = keys(each.value.zones)
    min_size         = each.value.min_size
    max_size         = each.value.max_size
    desired_capacity = each.value.desired_capacity
    traffic_share    = each.value.traffic_share
  }
}

output "outcome" {
  value = data.stowage_placement.clinic.outcome
}

output "monthly_cost_usd" {
  value = data.stowage_placement.clinic.monthly_cost_usd
}

output "countries" {
  value = sort(distinct([for region in data.stowage_placement.clinic.regions : region.country]))
}

output "groups" {
  value = {
    for key, group in data.stowage_placement.clinic.groups :
    key => "${group.instances} × ${group.instance_type} in ${length(group.zones)} zones"
  }
}
