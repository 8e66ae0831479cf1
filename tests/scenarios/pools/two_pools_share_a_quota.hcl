# Each pool would take a large node of 4 vCPU at 29.20, and the quota is 6: the first has it, the second takes a small one of 2 vCPU at 36.50. Packed as one, the
# two cost no less.
# optimal 65.7
# a large 1: web 2
# a small 1: db 2
catalog = {
  embedded      = false
  machine_types = { small = { vcpu = 2, memory_gib = 8 }, large = { vcpu = 4, memory_gib = 8 } }
  sites         = { here = { zones = ["a"], machines = { small = { hourly_usd = 0.05 }, large = { hourly_usd = 0.04 } } } }
}
users     = { all = { paths = { here = { rtt_ms = 5 } } } }
pools     = { one = {}, two = {} }
limits    = { quotas = { here = { vcpu = 6 } } }
workloads = {
  web = { pool = "one", replica = { vcpu = 1, memory_gib = 1 }, replicas = { count = 2 } }
  db  = { pool = "two", replica = { vcpu = 1, memory_gib = 1 }, replicas = { count = 2 } }
}
