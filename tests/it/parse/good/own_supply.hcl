users = {
  shop   = { city = "Berlin", country = "DE", paths = { "berlin" = { rtt_ms = 0.5 } } }
  office = { paths = { "dc/paris" = { rtt_ms = 12 }, berlin = {} } }
}
workloads = {
  web = {
    replica         = { vcpu = 1, memory_gib = 2, gpus = 1, resources = { disk_gib = 20, "licence/oracle" = 0.5 } }
    reserved        = { resources = { disk_gib = 10.5 } }
    rps_per_replica = 100
    demand_rps      = { shop = 250, office = 10 }
    pin             = ["berlin"]
    allowed         = { regions = ["berlin", "dc/paris"], gpu_models = ["a100"], countries = ["DE", "FR"] }
  }
}
catalog = {
  embedded          = false
  fixed_monthly_usd = 5
  machine_types = {
    "r640" = {
      vcpu                = 64
      memory_gib          = 384
      gpus                = 2
      gpu_model           = "A100"
      resources           = { disk_gib = 4000, "licence/oracle" = 8 }
      watts               = 400
      embodied_g_per_hour = 12.5
    }
    "dc/arm" = { vcpu = 32, memory_gib = 64, architecture = "arm64", family = "ampere", burstable = false }
  }
  sites = {
    berlin = {
      city     = "Berlin"
      country  = "DE"
      zones    = ["hall-2", "hall-1"]
      machines = { r640 = { hourly_usd = 0, count = 12, zone_counts = { hall-1 = 6, hall-2 = 8 } } }

      fixed_monthly_usd          = 100
      internet_egress_usd_per_gb = 0.01
      grid_g_per_kwh             = 300
    }
    "dc/paris" = {
      latitude  = 48.85
      longitude = 2.35
      country   = "FR"
      machines  = { arm = { hourly_usd = 0.25, carbon_g_per_hour = 40 } }
    }
  }
  price_adjustments = { energy = { clouds = ["dc"], change = "+10%" } }
  regions           = { "dc/paris" = { grid_g_per_kwh = 50 } }
}
