# Two large nodes (58.40 each) hold a db and a web each; the two webs left fit one small node (36.50). Three large ones would cost more.
# optimal 153.3
# a large 2: db 1, web 1
# a small 1: web 2
catalog = {
  embedded      = false
  machine_types = { small = { vcpu = 2, memory_gib = 8 }, large = { vcpu = 4, memory_gib = 16 } }
  sites         = { here = { zones = ["a"], machines = { small = { hourly_usd = 0.05 }, large = { hourly_usd = 0.08 } } } }
}
users = { all = { paths = { here = { rtt_ms = 5 } } } }
pools     = { main = {} }
workloads = {
  web = { pool = "main", replica = { vcpu = 1, memory_gib = 1 }, rps_per_replica = 10, demand_rps = { all = 35 } }
  db  = { pool = "main", replica = { vcpu = 3, memory_gib = 4 }, replicas = { count = 2 } }
}
