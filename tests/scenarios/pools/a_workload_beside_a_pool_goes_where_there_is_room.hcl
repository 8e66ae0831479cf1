# The node of the pool takes 4 of the quota of 5 vCPU in the cheap site; one machine of web fits beside it, the other goes to the dear one: 29.20 + 7.30 + 14.60. The bound is that
# of each alone, 43.80.
# feasible 51.1
catalog = {
  embedded      = false
  machine_types = { small = { vcpu = 1, memory_gib = 2 }, large = { vcpu = 4, memory_gib = 8 } }
  sites = {
    cheap = { zones = ["a"], machines = { small = { hourly_usd = 0.01 }, large = { hourly_usd = 0.04 } } }
    dear  = { zones = ["a"], machines = { small = { hourly_usd = 0.02 }, large = { hourly_usd = 0.09 } } }
  }
}
users     = { all = { paths = { cheap = { rtt_ms = 5 }, dear = { rtt_ms = 9 } } } }
pools     = { main = {} }
limits    = { quotas = { cheap = { vcpu = 5 } } }
workloads = {
  db  = { pool = "main", replica = { vcpu = 4, memory_gib = 1 }, replicas = { count = 1 } }
  web = { replica = { vcpu = 1, memory_gib = 1 }, rps_per_replica = 100, demand_rps = { all = 200 } }
}
