# A large node is paid with 14.60, and what it emits, 4,380 kg at 0.01 a kg, makes 58.40 of it. A small one costs 21.90 and emits nothing: each of three pools would take one,
# 65.70. But 60 may be paid, so that one pool takes a large one, and 58.40 are paid: 2 x 21.90 + 58.40.
# optimal 102.2
catalog = {
  embedded      = false
  machine_types = { small = { vcpu = 2, memory_gib = 8 }, large = { vcpu = 4, memory_gib = 8 } }
  sites = {
    here = {
      zones    = ["a"]
      machines = { small = { hourly_usd = 0.03, carbon_g_per_hour = 0 }, large = { hourly_usd = 0.02, carbon_g_per_hour = 6000 } }
    }
  }
}
pools     = { one = {}, two = {}, three = {} }
limits    = { max_monthly_cost_usd = 60 }
objective = { carbon_usd_per_tonne = 10 }
workloads = {
  web   = { pool = "one", replica = { vcpu = 1, memory_gib = 1 }, replicas = { count = 2 } }
  db    = { pool = "two", replica = { vcpu = 1, memory_gib = 1 }, replicas = { count = 2 } }
  cache = { pool = "three", replica = { vcpu = 1, memory_gib = 1 }, replicas = { count = 2 } }
}
