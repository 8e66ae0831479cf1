variable "replicas" {
  type = number
}

variable "size" {
  type    = object({ vcpu = number })
  default = { vcpu = "large" }
}

locals {
  a = local.b
  b = local.a
}

data "stowage_placement" "shop" {
  users = { for name, zone in data.aws_availability_zones.all.names : name => { country = "DE" } }
  workloads = {
    web = {
      replica         = { vcpu = var.size.vcpu, memory_gib = random_integer.gib.result }
      rps_per_replica = var.replicas
      demand_rps      = { all = local.a, eu = local.demnad, us = frankfurt }
      max_rtt_ms      = var.budget
      min_regions     = filemd5("x")
      max_regions     = 1 / 0
    }
  }
}
