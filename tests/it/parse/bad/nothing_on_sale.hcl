users     = { a = { country = "DE" } }
workloads = {}
catalog   = { embedded = false }
