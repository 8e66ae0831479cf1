users     = { a = { city = "Birmingham" }, b = { country = "Germany" } }
workloads = {}
