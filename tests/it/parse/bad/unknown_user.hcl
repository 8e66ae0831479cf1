users = {
  frankfurt = { city = "Frankfurt", country = "DE" }
}

workloads = {
  web = {
    replica         = { vcpu = 1, memory_gib = 2 }
    rps_per_replica = 150
    demand_rps      = { frankfrut = 2400, us_east = 10 }
  }
}
