# Google's Online Boutique, as its Kubernetes manifest asks for it: every server Deployment with its own requests, its load computed from
# the pages people open and the calls each page makes. README.md says where each figure comes from.

terraform {
  required_providers {
    stowage = {
      source = "stowage/stowage"
    }
  }
}

locals {
  # Requests per second that reach the front end, by user group.
  visitors = { europe = 1800, america = 2600 }

  # How often each page is opened, and which calls it makes. The mix is the load generator's: in 19 turns it makes 28 requests.
  pages = {
    home         = { weight = 3, calls = { currencyservice = 10, productcatalogservice = 1, cartservice = 1, adservice = 1 } }
    product      = { weight = 13, calls = { currencyservice = 2, productcatalogservice = 6, cartservice = 1, recommendationservice = 1, adservice = 1 } }
    cart         = { weight = 6, calls = { currencyservice = 3, productcatalogservice = 6, cartservice = 1, recommendationservice = 1, shippingservice = 1 } }
    add_to_cart  = { weight = 3, calls = { productcatalogservice = 1, cartservice = 1 } }
    set_currency = { weight = 2, calls = {} }
    checkout     = { weight = 1, calls = { checkoutservice = 1, currencyservice = 1, productcatalogservice = 5, recommendationservice = 1 } }
  }
  weight = sum([for page in local.pages : page.weight])

  # What one page makes the front end call, on average: calls of the pages, weighted.
  opened = {
    for service in keys(local.requests) :
    service => sum([for page in local.pages : page.weight * lookup(page.calls, service, 0)]) / local.weight
  }

  # Who calls whom, and how often for each request of its own.
  calls = {
    frontend              = { for service, often in local.opened : service => often if often > 0 }
    checkoutservice       = { cartservice = 2, productcatalogservice = 1, currencyservice = 2, shippingservice = 2, paymentservice = 1, emailservice = 1 }
    recommendationservice = { productcatalogservice = 1 }
    cartservice           = { redis-cart = 1 }
  }

  # What the manifest requests for one replica (cpu, memory in Mi), and the processor time one call is assumed to take.
  requests = {
    frontend              = { millicores = 100, mebibytes = 64, cpu_ms = 1.25 }
    adservice             = { millicores = 200, mebibytes = 180, cpu_ms = 0.4 }
    currencyservice       = { millicores = 100, mebibytes = 64, cpu_ms = 0.2 }
    cartservice           = { millicores = 200, mebibytes = 64, cpu_ms = 0.5 }
    redis-cart            = { millicores = 70, mebibytes = 200, cpu_ms = 0.05 }
    recommendationservice = { millicores = 100, mebibytes = 220, cpu_ms = 1 }
    checkoutservice       = { millicores = 100, mebibytes = 64, cpu_ms = 2 }
    emailservice          = { millicores = 100, mebibytes = 64, cpu_ms = 2 }
    paymentservice        = { millicores = 100, mebibytes = 64, cpu_ms = 0.5 }
    shippingservice       = { millicores = 100, mebibytes = 64, cpu_ms = 0.2 }
    productcatalogservice = { millicores = 100, mebibytes = 64, cpu_ms = 0.25 }
  }
}

data "stowage_placement" "boutique" {
  users = {
    europe  = { city = "Frankfurt", country = "DE" }
    america = { city = "New York", country = "US" }
  }

  workloads = {
    for service, request in local.requests : service => {
      replica             = { vcpu = request.millicores / 1000, memory_gib = request.mebibytes / 1024 }
      rps_per_replica     = request.millicores / request.cpu_ms
      utilization_ceiling = 0.7
      # People open pages; everything else is called for, a KiB at a time. Confirmations are mailed while nobody waits.
      demand_rps = service == "frontend" ? local.visitors : {}
      calls = {
        for callee, often in lookup(local.calls, service, {}) :
        callee => { per_request = often, kib = 1, request_kib = 1, wait = callee != "emailservice" }
      }
      # A page is on its way for no more than this, over all regions that its calls cross one after the other.
      max_path_rtt_ms = service == "frontend" ? 50 : null
      survive         = { zones = 1 }
      response_kib    = service == "frontend" ? 9 : 0
      # Kubernetes and its agents on each machine.
      reserved = { vcpu = 0.1, memory_gib = 0.25 }
    }
  }

  # What every region in use costs besides: a control plane, a load balancer, a NAT gateway.
  catalog = { fixed_monthly_usd = 150 }

  # Machines of the first generations are cheap and slow.
  denied = { instance_types = ["a1.*", "Standard_A*"] }
}

output "outcome" {
  value = data.stowage_placement.boutique.outcome
}

output "monthly_cost_usd" {
  value = data.stowage_placement.boutique.monthly_cost_usd
}

output "regions" {
  value = keys(data.stowage_placement.boutique.regions)
}

output "machines" {
  value = {
    for service, groups in data.stowage_placement.boutique.groups_by_workload :
    service => { for key, group in groups : group.region => "${group.max_size} × ${group.instance_type}" }
  }
}
