# Two webs must outlive a region, two jobs need not. The south is cheapest: two small nodes hold a web and a job each, since two jobs have no room on one, 58.40.
# In the north one small node for 36.50 holds two webs and stands by.
# optimal 94.9
# a small 2: job 1, web 1
# a small 1: web 2
catalog = {
  embedded      = false
  machine_types = { small = { vcpu = 2, memory_gib = 8 } }
  sites = {
    east  = { zones = ["a"], machines = { small = { hourly_usd = 0.06 } } }
    north = { zones = ["a"], machines = { small = { hourly_usd = 0.05 } } }
    south = { zones = ["a"], machines = { small = { hourly_usd = 0.04 } } }
  }
}
users     = { all = { paths = { south = { rtt_ms = 5 }, north = { rtt_ms = 5 }, east = { rtt_ms = 5 } } } }
pools     = { main = {} }
workloads = {
  web = {
    pool            = "main"
    replica         = { vcpu = 1, memory_gib = 1 }
    rps_per_replica = 100
    demand_rps      = { all = 200 }
    survive         = { regions = 1 }
  }
  job = { pool = "main", replica = { vcpu = 1, memory_gib = 5 }, replicas = { count = 2 } }
}
