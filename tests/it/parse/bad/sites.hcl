users     = { a = { paths = { "dc/rom" = { rtt_ms = 1 }, rome = { rtt_ms = 70000 } } }, b = {} }
workloads = {
  web = {
    replica         = { vcpu = 1, memory_gib = 1, gpus = 0.5, resources = { "a/b/c" = 1 } }
    rps_per_replica = 1
    demand_rps      = { a = 1 }
    allowed         = { regions = ["berlin", "eu-central-1"], clouds = ["aws"], gpu_models = ["H100"] }
  }
}
catalog = {
  embedded = false
  machine_types = {
    "r640"      = { vcpu = 64 }
    "dc/r740"   = { vcpu = 64, memory_gib = 1, gpus = 1, gpu_model = "A100" }
  }
  sites = {
    "berlin"      = { machines = { r640 = { hourly_usd = 0 }, r730 = { hourly_usd = 1 } } }
    "site/berlin" = { machines = {} }
    "dc/paris"    = { city = "Paris", latitude = 1, longitude = 1, machines = { r730 = { hourly_usd = 1 } } }
    "dc/rome"     = { zones = ["a/b"], machines = { r740 = {} } }
  }
}
