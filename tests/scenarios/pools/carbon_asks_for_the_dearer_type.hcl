# A grey node holds both webs for 36.50 and emits 7.3 kg; the limit is 2 kg. Two green ones hold one each: 73, and 1.46 kg.
# optimal 73
# a green 2: web 1
catalog = {
  embedded      = false
  machine_types = { green = { vcpu = 1, memory_gib = 8 }, grey = { vcpu = 2, memory_gib = 8 } }
  sites = {
    here = {
      zones    = ["a"]
      machines = { green = { hourly_usd = 0.05, carbon_g_per_hour = 1 }, grey = { hourly_usd = 0.05, carbon_g_per_hour = 10 } }
    }
  }
}
users     = { all = { paths = { here = { rtt_ms = 5 } } } }
pools     = { main = {} }
limits    = { max_monthly_carbon_kg = 2 }
workloads = { web = { pool = "main", replica = { vcpu = 1, memory_gib = 1 }, replicas = { count = 2 } } }
