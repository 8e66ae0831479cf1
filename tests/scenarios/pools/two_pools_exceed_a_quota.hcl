# Each pool takes two vCPU at least, and the quota is 3: either has room alone, both have none. Nobody asks for anything, so no user group is stated.
# infeasible
# one, two: limits.quotas
catalog = {
  embedded      = false
  machine_types = { small = { vcpu = 2, memory_gib = 8 }, large = { vcpu = 4, memory_gib = 8 } }
  sites         = { here = { zones = ["a"], machines = { small = { hourly_usd = 0.05 }, large = { hourly_usd = 0.04 } } } }
}
pools     = { one = {}, two = {} }
limits    = { quotas = { here = { vcpu = 3 } } }
workloads = {
  web = { pool = "one", replica = { vcpu = 1, memory_gib = 1 }, replicas = { count = 2 } }
  db  = { pool = "two", replica = { vcpu = 1, memory_gib = 1 }, replicas = { count = 2 } }
}
