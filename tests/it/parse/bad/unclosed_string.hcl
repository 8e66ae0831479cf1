users = { a = { city = "Frankfurt } }
workloads = {}
