# Two small nodes stood, 73 USD. One large node would do for 65.70, which saves 7.30 where 10 are asked for.
# feasible 73
# a small 2: db 1
catalog = {
  embedded      = false
  machine_types = { small = { vcpu = 2, memory_gib = 8 }, large = { vcpu = 4, memory_gib = 16 } }
  sites         = { here = { zones = ["a"], machines = { small = { hourly_usd = 0.05 }, large = { hourly_usd = 0.09 } } } }
}
users = { all = { paths = { here = { rtt_ms = 5 } } } }
pools = { main = {} }
workloads = {
  db = { pool = "main", replica = { vcpu = 2, memory_gib = 1 }, replicas = { count = 2 } }
}
min_improvement_usd = 10
previous = {
  groups = {}
  nodes = {
    "main/a/small" = {
      pool = "main", cloud = "site", region = "here", zone = "a", instance_type = "small"
      holds = [{ nodes = 2, replicas = { db = 1 } }]
    }
  }
}
