# Lists whose order and repetitions mean something.
users = {
  here = { city = "Frankfurt", country = "DE" }
}
workloads = {
  web = {
    replica           = { vcpu = 1, memory_gib = 2 }
    rps_per_replica   = 100
    hourly_demand_rps = { here = [5, 5, 5, 3, 1, 1, 2, 4, 9, 9, 9, 9, 9, 9, 9, 9, 8, 8, 8, 7, 7, 7, 6, 6] }
  }
}
objective = { order = ["latency", "carbon", "cost"] }
