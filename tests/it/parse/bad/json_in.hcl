{ "users": {}, "workloads": {} }
