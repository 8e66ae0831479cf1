users = {
  a   = { country = "DE" }
  "a" = { country = "FR" }
}
workloads = {}
