# The pool alone would stand in cheap (7.30 + 30 fixed = 37.30 against 36.50 + 10). The api has to be in dear, whose fixed cost is then paid once for
# both: dear costs 36.50 + 36.50 + 10 = 83; cheap would cost 7.30 + 30 + 36.50 + 10 = 83.80.
# optimal 83
# a small 1: job 1
catalog = {
  embedded      = false
  machine_types = { small = { vcpu = 1, memory_gib = 8 } }
  sites = {
    dear  = { zones = ["a"], machines = { small = { hourly_usd = 0.05 } }, fixed_monthly_usd = 10 }
    cheap = { zones = ["z"], machines = { small = { hourly_usd = 0.01 } }, fixed_monthly_usd = 30 }
  }
}
users     = { all = { paths = { dear = { rtt_ms = 5 }, cheap = { rtt_ms = 50 } } } }
pools     = { main = {} }
workloads = {
  api = { replica = { vcpu = 1, memory_gib = 1 }, rps_per_replica = 10, demand_rps = { all = 10 }, max_rtt_ms = 20 }
  job = { pool = "main", replica = { vcpu = 1, memory_gib = 1 }, replicas = { count = 1 } }
}
