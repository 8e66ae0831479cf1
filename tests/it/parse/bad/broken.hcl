users = {
  frankfurt = { city = "Frankfurt" }
}
workloads = {
  web = { replica = { vcpu = 1 memory_gib = 2 } }
}
