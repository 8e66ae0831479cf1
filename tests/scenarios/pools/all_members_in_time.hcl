# far is cheaper, but answers in 50 ms; the pool has to stand where all its members are in time.
# optimal 36.5
# a small 1: batch 1, web 1
catalog = {
  embedded      = false
  machine_types = { small = { vcpu = 2, memory_gib = 8 } }
  sites = {
    near = { zones = ["a"], machines = { small = { hourly_usd = 0.05 } } }
    far  = { zones = ["z"], machines = { small = { hourly_usd = 0.01 } } }
  }
}
users     = { all = { paths = { near = { rtt_ms = 5 }, far = { rtt_ms = 50 } } } }
pools     = { main = {} }
workloads = {
  web   = { pool = "main", replica = { vcpu = 1, memory_gib = 1 }, rps_per_replica = 10, demand_rps = { all = 10 }, max_rtt_ms = 20 }
  batch = { pool = "main", replica = { vcpu = 1, memory_gib = 1 }, replicas = { count = 1 } }
}
