users = { here = { city = "Berlin", country = "DE" } }
workloads = {
  web = {
    replica         = { vcpu = 1, memory_gib = 2 }
    rps_per_replica = 100
    demand_rps      = { here = 100 }
  }
}
objective = {
  order                   = ["carbon", "latency"]
  order_tolerance_percent = 5
}
