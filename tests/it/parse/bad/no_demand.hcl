users = { a = { country = "DE" } }
workloads = {
  web = {
    replica         = { vcpu = 1, memory_gib = 2 }
    rps_per_replica = 0.05
    utilization_ceiling = 0.01
    demand_rps      = { a = 0.0004 }
  }
}
