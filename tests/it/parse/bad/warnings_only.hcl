users = {
  a    = { country = "DE" }
  idle = { country = "FR" }
}
workloads = {
  web = {
    replica         = { vcpu = 1, memory_gib = 2 }
    rps_per_replica = 100
    rtt_share       = 0.9
    demand_rps      = { a = 10 }
    denied          = { instance_types = ["q9.*"] }
  }
}
