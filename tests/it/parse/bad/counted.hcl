users = { fra = { city = "Frankfurt", country = "DE" } }
workloads = {
  a = {
    replica = { vcpu = 1, memory_gib = 2 }
    replicas = { count = 3 }
    demand_rps = { fra = 3 }
  }
  b = {
    replica = { vcpu = 1, memory_gib = 2 }
    replicas = { count = 3 }
    rps_per_replica = 3
  }
  c = {
    replica = { vcpu = 1, memory_gib = 2 }
    replicas = { min = 3, max = 5 }
    max_rtt_ms = 3
    response_kib = 3
  }
  d = {
    replica = { vcpu = 1, memory_gib = 2 }
    replicas = { count = 2 }
    min_regions = 3
    pin = ["aws/eu-central-1", "aws/eu-west-1", "aws/eu-west-2"]
    survive = { zones = 1, regions = 1 }
    state = { storage_gib = 3 }
    purchase = { spot = { survive_pools = 1 } }
  }
  e = {
    replica = { vcpu = 1, memory_gib = 2 }
    replicas = { min = 0 }
    calls = { d = { per_request = 1 } }
  }
  f = {
    replica = { vcpu = 1, memory_gib = 2 }
    replicas = { }
  }
  g = {
    replica = { vcpu = 1, memory_gib = 2 }
    replicas = { count = 2, min = 1 }
  }
  i = { function = { memory_gib = 1, duration_ms = 100 }, replicas = { count = 1 } }
  j = { replica = { vcpu = 1, memory_gib = 2 } }
}
