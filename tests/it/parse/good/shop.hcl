# Two workloads, three user groups, some rules.
locals {
  peak = 1.2
}

users = {
  frankfurt = { city = "Frankfurt", country = "DE" }
  france    = { country = "FR" }
  us_east   = { latitude = 40.7128, longitude = -74.006 }
}

workloads = {
  web = {
    replica             = { vcpu = 0.5, memory_gib = 1.5 }
    reserved            = { vcpu = 0.1 }
    rps_per_replica     = 150
    utilization_ceiling = 0.7
    demand_rps          = { frankfurt = 2000 * local.peak, france = 800.25, us_east = 0 }
    max_rtt_ms          = 60
    rtt_share           = 0.95
    survive             = { zones = 1 }
    min_regions         = 1
    max_regions         = 3
    response_kib        = 12
    allowed             = { architectures = ["arm64", "x86_64"], jurisdictions = ["EU", "US"] }
  }
  cart = {
    replica         = { vcpu = 1, memory_gib = 2 }
    rps_per_replica = 400
    demand_rps      = { us_east = 5200 }
    denied          = { instance_types = ["m7g.large"], countries = [] }
  }
}

allowed = { clouds = ["aws", "gcp"] }
limits  = { max_regions = 4 }

objective = { carbon_usd_per_tonne = 80 }

catalog = {
  price_adjustments = { discount = { clouds = ["aws"], change = "-7.5%" } }
  prices            = { eu-central-1 = { "m7g.large" = 0.09 } }
  fixed_monthly_usd = 20
  regions           = { "aws/us-east-1" = { fixed_monthly_usd = 25.5, grid_g_per_kwh = 380 } }
}

gap_tolerance = 0.001
on_infeasible = "report"
