users = { eu = { city = "Frankfurt" }, us = { city = "Chicago" } }
workloads = {
  events = {
    replica         = { vcpu = 2, memory_gib = 8 }
    rps_per_replica = 100
    demand_rps      = { eu = 400, us = 100 }
    survive         = { zones = 1, regions = 1 }
    min_regions     = 2
    spread          = { max_region_share = 0.6, min_zones = 3 }
    max_zone_skew   = 0
    purchase        = { spot = {} }
    pin             = ["aws/eu-central-1", "aws/eu-west-1"]
    state           = { storage_gib = 1000, replication_factor = 3, quorum = 4, max_storage_gib = 0.001 }
  }
  ledger = {
    replica         = { vcpu = 2, memory_gib = 8 }
    rps_per_replica = 100
    demand_rps      = { eu = 400 }
    state           = { storage_gib = 0, quorum = 2 }
  }
  replicated = {
    replica         = { vcpu = 2, memory_gib = 8 }
    rps_per_replica = 100
    demand_rps      = { eu = 400 }
    survive         = { clouds = 1 }
    purchase        = { commitments = true }
    calls           = { ledger = {} }
    state           = { storage_gib = 10, multi_region = true, max_quorum_rtt_ms = 0 }
  }
  waiting = {
    replica         = { vcpu = 2, memory_gib = 8 }
    rps_per_replica = 100
    demand_rps      = { eu = 400 }
    state           = { storage_gib = 10, max_quorum_rtt_ms = 20 }
  }
  pooled = {
    pool            = "main"
    replica         = { vcpu = 2, memory_gib = 8 }
    rps_per_replica = 100
    demand_rps      = { eu = 400 }
    state           = { storage_gib = 10 }
  }
}
pools = { main = {} }
