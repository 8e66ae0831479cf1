# A Kubernetes cluster: its workloads share nodes, packed at the least cost, with one node pool for each zone and machine type.

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
    paris     = { city = "Paris", country = "FR" }
  }

  pools = {
    main = {
      # What the kubelet, the system and the node's agents of the cloud take.
      reserved = { vcpu = 0.2, memory_gib = 1 }
      allowed = {
        clouds         = ["aws"]
        instance_types = ["m7i.xlarge", "m7i.2xlarge", "m7i.4xlarge"]
      }
      max_nodes = 12
    }
  }

  workloads = {
    web = {
      pool            = "main"
      replica         = { vcpu = 1, memory_gib = 2 }
      rps_per_replica = 150
      demand_rps      = { frankfurt = 1800, paris = 900 }
      max_rtt_ms      = 60
      survive         = { zones = 1 }
    }

    # A replica in each zone; no node holds two.
    database = {
      pool     = "main"
      replica  = { vcpu = 2, memory_gib = 12 }
      replicas = { count = 3 }
      apart    = { node = ["database"], zone = ["database"] }
    }

    # As many as the workers require.
    pooler = {
      pool     = "main"
      replica  = { vcpu = 0.5, memory_gib = 1 }
      replicas = { min = 1 }
    }

    worker = {
      pool     = "main"
      replica  = { vcpu = 2, memory_gib = 4 }
      replicas = { count = 6 }
      requires = { pooler = { every = 3 } }
    }

    # DaemonSets.
    logs    = { pool = "main", replica = { vcpu = 0.1, memory_gib = 0.2 }, daemon = true }
    metrics = { pool = "main", replica = { vcpu = 0.1, memory_gib = 0.1 }, daemon = true }
  }

  catalog = {
    # Three zones in use need a control plane and three NAT gateways.
    fixed_monthly_usd = 172
  }
}

# In a real configuration: aws_eks_node_group, with each.value.instance_type, each.value.zone and each.value.nodes.
resource "terraform_data" "node_pool" {
  for_each = data.stowage_placement.shop.nodes
  input    = [each.value.region, each.value.zone, each.value.instance_type, each.value.nodes]
}

# In a real configuration: kubernetes_deployment, with this as spec.replicas.
output "replicas" {
  value = { for name, assigned in data.stowage_placement.shop.assignments : name => assigned.replicas }
}

output "zones" {
  value = { for name, assigned in data.stowage_placement.shop.assignments : name => assigned.zones }
}

output "node_pools" {
  value = keys(terraform_data.node_pool)
}

output "monthly_cost_usd" {
  value = data.stowage_placement.shop.monthly_cost_usd
}
