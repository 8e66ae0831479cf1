users     = {}
workloads = {}
users     = {}
