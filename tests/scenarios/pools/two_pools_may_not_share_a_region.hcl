# One pool is kept to the north, the other to the south, and one region is allowed.
# infeasible
# one, two: limits.max_regions
catalog = {
  embedded      = false
  machine_types = { small = { vcpu = 2, memory_gib = 8 } }
  sites = {
    north = { zones = ["a"], machines = { small = { hourly_usd = 0.05 } } }
    south = { zones = ["a"], machines = { small = { hourly_usd = 0.04 } } }
  }
}
pools = {
  one = { allowed = { regions = ["site/north"] } }
  two = { allowed = { regions = ["site/south"] } }
}
limits    = { max_regions = 1 }
workloads = {
  web = { pool = "one", replica = { vcpu = 1, memory_gib = 1 }, replicas = { count = 2 } }
  db  = { pool = "two", replica = { vcpu = 1, memory_gib = 1 }, replicas = { count = 2 } }
}
