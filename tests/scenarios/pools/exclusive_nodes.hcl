# The database has a node of its own; together they would share one small node.
# optimal 73
# a small 1: db 1
# a small 1: web 1
catalog = {
  embedded      = false
  machine_types = { small = { vcpu = 2, memory_gib = 8 }, large = { vcpu = 4, memory_gib = 16 } }
  sites         = { here = { zones = ["a"], machines = { small = { hourly_usd = 0.05 }, large = { hourly_usd = 0.08 } } } }
}
users = { all = { paths = { here = { rtt_ms = 5 } } } }
pools     = { main = {} }
workloads = {
  db  = { pool = "main", replica = { vcpu = 1, memory_gib = 1 }, replicas = { count = 1 }, exclusive = true }
  web = { pool = "main", replica = { vcpu = 1, memory_gib = 1 }, replicas = { count = 1 } }
}
