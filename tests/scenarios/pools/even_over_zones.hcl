# At most one replica apart between zones: four are 2 + 1 + 1, and a small node holds two.
# optimal 109.5
catalog = {
  embedded      = false
  machine_types = { small = { vcpu = 2, memory_gib = 8 }, large = { vcpu = 4, memory_gib = 16 } }
  sites         = { here = { zones = ["a", "b", "c"], machines = { small = { hourly_usd = 0.05 }, large = { hourly_usd = 0.08 } } } }
}
users = { all = { paths = { here = { rtt_ms = 5 } } } }
pools     = { main = {} }
workloads = {
  web = { pool = "main", replica = { vcpu = 1, memory_gib = 1 }, replicas = { count = 4 }, max_zone_skew = 1 }
}
