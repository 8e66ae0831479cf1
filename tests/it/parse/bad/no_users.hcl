workloads = {
  web = {
    replica         = { vcpu = 1, memory_gib = 1 }
    rps_per_replica = 10
    demand_rps      = { berlin = 5 }
  }
}
