# Both webs would fit one node at 36.50; in two zones at least they are on one node each: 73.
# optimal 73
# a small 1: web 1
# b small 1: web 1
catalog = {
  embedded      = false
  machine_types = { small = { vcpu = 2, memory_gib = 8 } }
  sites         = { here = { zones = ["a", "b"], machines = { small = { hourly_usd = 0.05 } } } }
}
users     = { all = { paths = { here = { rtt_ms = 5 } } } }
pools     = { main = {} }
workloads = { web = { pool = "main", replica = { vcpu = 1, memory_gib = 1 }, replicas = { count = 2 }, spread = { min_zones = 2 } } }
