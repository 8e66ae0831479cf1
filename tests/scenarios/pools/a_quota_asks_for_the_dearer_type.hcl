# Four webs of 1 vCPU: one large node at 58.40 has 8 vCPU, more than the quota of 6. Two small ones of 2 vCPU at 36.50 hold them and take 4.
# optimal 73
# a small 2: web 2
catalog = {
  embedded      = false
  machine_types = { small = { vcpu = 2, memory_gib = 8 }, large = { vcpu = 8, memory_gib = 8 } }
  sites         = { here = { zones = ["a"], machines = { small = { hourly_usd = 0.05 }, large = { hourly_usd = 0.08 } } } }
}
users     = { all = { paths = { here = { rtt_ms = 5 } } } }
pools     = { main = {} }
limits    = { quotas = { here = { vcpu = 6 } } }
workloads = { web = { pool = "main", replica = { vcpu = 1, memory_gib = 1 }, replicas = { count = 4 } } }
