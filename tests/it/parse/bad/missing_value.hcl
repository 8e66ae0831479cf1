users = {}
workloads = {}
allowed = 
