# A database of ranges with three copies each, as CockroachDB, YugabyteDB or TiDB keep them, over regions of the EU: any region may be lost, and no write waits long for
# its quorum.

terraform {
  required_providers {
    stowage = {
      source = "stowage/stowage"
    }
  }
}

locals {
  replication_factor = 3   # num_replicas
  data_gib           = 800 # one copy, from the dashboards of the present database
  volume_gib         = 1000
  volume_fill        = 0.8 # room for compactions, and for what a lost node leaves to the others
}

data "stowage_placement" "ledger" {
  users = {
    frankfurt = { city = "Frankfurt", country = "DE" }
    paris     = { city = "Paris", country = "FR" }
    stockholm = { city = "Stockholm", country = "SE" }
  }

  workloads = {
    ledger = {
      replica             = { vcpu = 4, memory_gib = 16 }
      reserved            = { vcpu = 0, memory_gib = 1 }
      rps_per_replica     = 900
      utilization_ceiling = 0.6
      demand_rps          = { frankfurt = 1400, paris = 900, stockholm = 300 }
      max_rtt_ms          = 45
      # After the loss of any region the other two carry everybody, at nine tenths of what a node can do.
      survive              = { regions = 1 }
      degraded_utilization = 0.9
      degraded_max_rtt_ms  = 60
      state = {
        storage_gib        = local.data_gib
        replication_factor = local.replication_factor
        write_kib          = 2
        max_storage_gib    = local.volume_gib * local.volume_fill
        multi_region       = true
        # Two of three copies make a quorum: a write waits for the nearest other region.
        max_quorum_rtt_ms = 35
      }
    }
  }

  allowed = {
    clouds        = ["aws"]
    jurisdictions = ["EU"]
    architectures = ["arm64"]
  }

  # What a GiB-month of a volume costs: the catalog knows no prices of volumes, and these are examples to be replaced by those on your bill. A region that is not
  # named here keeps no data.
  catalog = {
    regions = {
      "aws/eu-central-1" = { storage_usd_per_gib_month = 0.0952 }
      "aws/eu-north-1"   = { storage_usd_per_gib_month = 0.0836 }
      "aws/eu-west-1"    = { storage_usd_per_gib_month = 0.088 }
      "aws/eu-west-3"    = { storage_usd_per_gib_month = 0.0928 }
    }
  }
}

# In place of an auto scaling group, or of a StatefulSet in each region's cluster.
resource "terraform_data" "nodes" {
  for_each = data.stowage_placement.ledger.groups
  input = {
    locality      = "cloud=${each.value.cloud},region=${each.value.region}"
    instance_type = each.value.instance_type
    zones         = each.value.zones
    volume_gib    = ceil(each.value.state.storage_gib_per_replica / local.volume_fill)
  }
}

# ALTER DATABASE ledger CONFIGURE ZONE USING …: how many copies are where, and where leaseholders are.
resource "terraform_data" "zone_configuration" {
  input = {
    num_replicas = local.replication_factor
    constraints  = { for group in values(data.stowage_placement.ledger.groups) : "+region=${group.region}" => group.state.copies }
  }
}

output "regions" {
  value = { for key, group in data.stowage_placement.ledger.groups : key => group.state.copies }
}

output "monthly_cost_usd" {
  value = data.stowage_placement.ledger.monthly_cost_usd
}
