# A shop, its webhooks and its reports: what few ask for runs as a function, what many ask for on machines.

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
    dublin    = { city = "Dublin", country = "IE" }
  }

  workloads = {
    # The same container runs on machines and as a function; which, is a matter of how often it is asked.
    storefront = {
      replica         = { vcpu = 1, memory_gib = 2 }
      rps_per_replica = 120
      function        = { memory_gib = 0.5, duration_ms = 60 }
      demand_rps      = { frankfurt = 900, dublin = 300 }
      max_rtt_ms      = 40
      survive         = { zones = 1 }
    }
    webhooks = {
      replica         = { vcpu = 1, memory_gib = 2 }
      rps_per_replica = 120
      function        = { memory_gib = 0.5, duration_ms = 60 }
      demand_rps      = { frankfurt = 2, dublin = 1 }
      max_rtt_ms      = 40
      survive         = { zones = 1 }
    }

    # Nothing but a function; Cloud Run answers several requests in one environment.
    reports = {
      function   = { memory_gib = 2, duration_ms = 1500, vcpu = 1, concurrency = 8 }
      demand_rps = { frankfurt = 0.5 }
    }
  }

  catalog = {
    regions = {
      "aws/eu-central-1" = { max_function_concurrency = 1000 }
      "aws/eu-west-1"    = { max_function_concurrency = 1000 }
    }
  }

  allowed = { clouds = ["aws", "gcp"], jurisdictions = ["EU"] }
}

locals {
  groups = data.stowage_placement.shop.groups
}

# One for each group that has machines, as an autoscaling group would be.
resource "terraform_data" "servers" {
  for_each = { for key, group in local.groups : key => group if group.instance_type != null }
  input = {
    region        = each.value.region
    instance_type = each.value.instance_type
    min_size      = each.value.min_size
    max_size      = each.value.max_size
  }
}

# One for each group that runs as a function, as an AWS Lambda function or a Cloud Run service would be.
resource "terraform_data" "functions" {
  for_each = { for key, group in local.groups : key => group if group.function != null }
  input = {
    region       = each.value.region
    service      = each.value.function.service
    architecture = each.value.function.architecture
    memory_mib   = each.value.function.memory_gib * 1024
    concurrency  = each.value.function.concurrency
  }
}

output "monthly_cost_usd" {
  value = data.stowage_placement.shop.monthly_cost_usd
}

output "servers" {
  value = { for key, server in terraform_data.servers : key => server.input }
}

output "functions" {
  value = { for key, function in terraform_data.functions : key => function.input }
}
