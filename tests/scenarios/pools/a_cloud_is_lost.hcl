# What stands by is in another cloud, though the north is cheaper, and carries at the full rate what takes twice as many replicas at other times. A daemon is on its
# nodes too. In the south four nodes hold a web and an agent each, 116.80; abroad two do, 87.60.
# optimal 204.4
# a small 4: agent 1, web 1
# a small 2: agent 1, web 1
catalog = {
  embedded      = false
  machine_types = { "here/small" = { vcpu = 2, memory_gib = 8 }, "there/small" = { vcpu = 2, memory_gib = 8 } }
  sites = {
    "there/abroad" = { zones = ["a"], machines = { small = { hourly_usd = 0.06 } } }
    "here/north"   = { zones = ["a"], machines = { small = { hourly_usd = 0.05 } } }
    "here/south"   = { zones = ["a"], machines = { small = { hourly_usd = 0.04 } } }
  }
}
users     = { all = { paths = { "here/south" = { rtt_ms = 5 }, "here/north" = { rtt_ms = 5 }, "there/abroad" = { rtt_ms = 90 } } } }
pools     = { main = {} }
workloads = {
  web = {
    pool                 = "main"
    replica              = { vcpu = 1, memory_gib = 1 }
    rps_per_replica      = 100
    utilization_ceiling  = 0.5
    demand_rps           = { all = 200 }
    max_rtt_ms           = 10
    survive              = { clouds = 1 }
    degraded_max_rtt_ms  = 100
    degraded_utilization = 1
  }
  agent = { pool = "main", replica = { vcpu = 1, memory_gib = 1 }, daemon = true }
}
