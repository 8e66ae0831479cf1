users = { here = { city = "Berlin", country = "DE" } }
workloads = {
  web = {
    replica         = { vcpu = 1, memory_gib = 2 }
    rps_per_replica = 100
    demand_rps      = { here = 100 }
    purchase        = { spot = {} }
  }
  resize = {
    function   = { memory_gib = 1, duration_ms = 100 }
    demand_rps = { here = 100 }
  }
}
objective = {
  order                  = ["cost", "carbon"]
  latency_usd_per_rps_ms = 0.1
}
alternatives = 2
bindings     = true
catalog = {
  commitments = {
    base = { clouds = ["aws"], instance_types = ["m7g.large"], term_years = 3, price = "-50%", quantity = 4 }
  }
}
