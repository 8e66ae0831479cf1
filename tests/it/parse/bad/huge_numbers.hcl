users = { a = { country = "DE" } }
workloads = {
  web = {
    replica         = { vcpu = 1e300, memory_gib = 99999999999999999999999999999999999 }
    rps_per_replica = 1e12
    demand_rps      = { a = 1000000000000 }
  }
  job = {
    replica         = { vcpu = 1, memory_gib = 1 }
    rps_per_replica = 0.01
    demand_rps      = { a = 1000000000 }
  }
  nan = {
    replica         = { vcpu = 0 / 0, memory_gib = 1 / 0 }
    rps_per_replica = pow(10, 400)
    demand_rps      = { a = log(0, 10) }
  }
}
