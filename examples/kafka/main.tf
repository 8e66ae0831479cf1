# A Kafka cluster sized from its throughput, its retention and its replication, spread over the zones of a region so that writes go on without any one of them.

terraform {
  required_providers {
    stowage = {
      source = "stowage/stowage"
    }
  }
}

locals {
  # What is asked for, from the dashboards of the present cluster: its busiest hour of the last quarter, and the topics' settings.
  ingress_mib_s      = { frankfurt = 90, dublin = 30 } # produced by the applications in each place
  consumers          = 3                               # groups that read everything
  retention_hours    = 72                              # retention.ms
  replication_factor = 3                               # default.replication.factor
  min_insync         = 2                               # min.insync.replicas: what producers with acks=all wait for

  # What a broker does. A request is a batch of this size, as producers are configured (batch.size); a volume writes what its throughput is paid for, and
  # every byte is written once for each copy; the network carries it in and out. Both are the sustained figures, not those of bursts.
  batch_kib        = 64
  volume_mib_s     = 250
  network_mib_s    = 400
  by_volume_mib_s  = local.volume_mib_s / local.replication_factor
  by_network_mib_s = local.network_mib_s / (local.replication_factor - 1 + local.consumers)
  broker_mib_s     = min(local.by_volume_mib_s, local.by_network_mib_s)

  # Data in GiB, one copy. Volumes are filled to 80 %, so that a broker that catches up, or a rebalance, finds room.
  storage_gib     = sum(values(local.ingress_mib_s)) * local.retention_hours * 3600 / 1024
  max_storage_gib = floor(16384 * 0.8)
}

data "stowage_placement" "events" {
  users = {
    frankfurt = { city = "Frankfurt", country = "DE" }
    dublin    = { city = "Dublin", country = "IE" }
  }

  workloads = {
    kafka = {
      replica             = { vcpu = 4, memory_gib = 28 }
      reserved            = { vcpu = 0, memory_gib = 2 }
      rps_per_replica     = floor(local.broker_mib_s * 1024 / local.batch_kib)
      utilization_ceiling = 0.7
      demand_rps          = { for place, mib_s in local.ingress_mib_s : place => mib_s * 1024 / local.batch_kib }
      max_rtt_ms          = 40
      survive             = { zones = 1 }
      state = {
        storage_gib        = local.storage_gib
        replication_factor = local.replication_factor
        quorum             = local.min_insync
        write_kib          = local.batch_kib
        max_storage_gib    = local.max_storage_gib
      }
    }
  }

  allowed = {
    clouds        = ["aws"]
    jurisdictions = ["EU"]
    architectures = ["arm64"]
  }

  # What a GiB-month of a volume costs in each region: the catalog knows no prices of volumes, and these are examples to be replaced by those on your
  # bill. A region that is not named here holds no brokers.
  catalog = {
    regions = {
      "aws/eu-central-1" = { storage_usd_per_gib_month = 0.0952 }
      "aws/eu-west-1"    = { storage_usd_per_gib_month = 0.088 }
    }
  }
}

locals {
  # One region holds everything, so there is one group.
  cluster = one([for group in values(data.stowage_placement.events.groups) : group if group.workload == "kafka"])

  # Brokers by zone and number: adding one to a zone changes no other key.
  brokers = merge([
    for zone, count in local.cluster.zones : {
      for number in range(count) : "${zone}-${number}" => {
        "broker.rack" = zone
        instance_type = local.cluster.instance_type
        volume_gib    = ceil(local.cluster.state.storage_gib_per_replica / 0.8)
      }
    }
  ]...)
}

# In place of an aws_instance and its aws_ebs_volume, or of a StatefulSet for each zone.
resource "terraform_data" "broker" {
  for_each = local.brokers
  input    = each.value
}

resource "terraform_data" "server_properties" {
  input = {
    "default.replication.factor" = local.replication_factor
    "min.insync.replicas"        = local.cluster.state.in_sync_after_loss
  }
}

output "region" {
  value = "${local.cluster.cloud}/${local.cluster.region}"
}

output "monthly_cost_usd" {
  value = data.stowage_placement.events.monthly_cost_usd
}

output "costs" {
  value = data.stowage_placement.events.costs
}
