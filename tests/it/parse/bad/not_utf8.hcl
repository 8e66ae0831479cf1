users = {
  café = { country = "FR" }
}
workloads = {}
