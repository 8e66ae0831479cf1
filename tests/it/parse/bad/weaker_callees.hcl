# A promise that is worth no more than that of a workload which is waited for. Nobody waits for the mail.
users = {
  here = { city = "Frankfurt", country = "DE" }
}
workloads = {
  web = {
    replica         = { vcpu = 1, memory_gib = 1 }
    rps_per_replica = 100
    demand_rps      = { here = 100 }
    survive         = { regions = 1 }
    calls           = { cart = {}, mail = { wait = false } }
  }
  cart = {
    replica         = { vcpu = 1, memory_gib = 1 }
    rps_per_replica = 100
    survive         = { clouds = 1 }
    calls           = { stock = {} }
  }
  mail = {
    replica         = { vcpu = 1, memory_gib = 1 }
    rps_per_replica = 100
  }
  stock = {
    replica         = { vcpu = 1, memory_gib = 1 }
    rps_per_replica = 100
    survive         = { regions = 1 }
  }
}
