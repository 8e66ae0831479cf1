users = {
  berlin = { city = "Berlin", country = "DE" }
}
workloads = {
  committed = {
    replica         = { vcpu = 1, memory_gib = 1 }
    rps_per_replica = 10
    demand_rps      = { berlin = 5 }
    survive         = { clouds = 1 }
    purchase        = { commitments = true }
  }
  store = {
    replica         = { vcpu = 1, memory_gib = 1 }
    rps_per_replica = 10
    demand_rps      = { berlin = 5 }
    survive         = { zones = 1 }
    state           = { storage_gib = 1 }
  }
  changing = {
    replica             = { vcpu = 1, memory_gib = 1 }
    rps_per_replica     = 10
    forecast_demand_rps = { berlin = { low = 1, expected = 2, high = 3 } }
    survive             = { regions = 1 }
  }
  pooled = {
    pool            = "cluster"
    replica         = { vcpu = 1, memory_gib = 1 }
    rps_per_replica = 10
    demand_rps      = { berlin = 5 }
    survive         = { zones = 1, regions = 1, clouds = 1 }
  }
  either = { pool = "cluster", replica = { vcpu = 1, memory_gib = 1 }, replicas = { count = 1 } }
  agent  = { pool = "cluster", replica = { vcpu = 1, memory_gib = 1 }, daemon = true, survive = { regions = 1 } }
  taken  = { pool = "cluster-standby-1", replica = { vcpu = 1, memory_gib = 1 }, replicas = { count = 1 } }
  slow = {
    replica              = { vcpu = 1, memory_gib = 1 }
    rps_per_replica      = 0.01
    demand_rps           = { berlin = 0.02 }
    survive              = { regions = 1 }
    degraded_utilization = 0.02
  }
  more = {
    replica         = { vcpu = 1, memory_gib = 1 }
    rps_per_replica = 10
    demand_rps      = { berlin = 5 }
    survive         = { regions = 4 }
  }
  unused = {
    replica              = { vcpu = 1, memory_gib = 1 }
    rps_per_replica      = 10
    demand_rps           = { berlin = 5 }
    degraded_max_rtt_ms  = 100
    degraded_utilization = 0.9
  }
}
pools = {
  cluster             = { one_of = { choice = ["either"] } }
  "cluster-standby-1" = {}
}
catalog = {
  storage_usd_per_gib_month = 0.1
  zone_egress_usd_per_gb    = 0.01
  commitments               = { base = { price = "-30%", term_years = 1, quantity = 3 } }
}
