# What is said of replicas and nodes, where no pool is given.
users = { frankfurt = { city = "Frankfurt", country = "DE" } }
workloads = {
  worker = { replica = { vcpu = 1, memory_gib = 2 }, replicas = { count = 3 } }
  web = {
    replica         = { vcpu = 1, memory_gib = 2 }
    rps_per_replica = 100
    demand_rps      = { frankfurt = 100 }
    replicas        = { min = 2 }
    exclusive       = true
  }
}
