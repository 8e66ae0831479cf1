users = {}
workloads = {},
