users     = { a = { country = "DE" } }
workloads = {}
catalog = {
  prices = {
    eu-central-1 = { "m5.huge" = 0.09 }
  }
}
