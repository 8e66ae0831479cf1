users = { here = { city = "Frankfurt" } }
workloads = {
  spot = {
    replica           = { vcpu = 1, memory_gib = 2 }
    rps_per_replica   = 100
    demand_rps        = { here = 100 }
    max_machine_types = 2
    purchase          = { spot = {} }
  }
  kept = {
    replica           = { vcpu = 1, memory_gib = 2 }
    rps_per_replica   = 100
    demand_rps        = { here = 100 }
    max_machine_types = 2
    purchase          = { commitments = false }
    state             = { storage_gib = 10 }
  }
  pooled = {
    replica           = { vcpu = 1, memory_gib = 2 }
    rps_per_replica   = 100
    demand_rps        = { here = 100 }
    max_machine_types = 2
    pool              = "main"
  }
  function = {
    function          = { memory_gib = 1, duration_ms = 10 }
    demand_rps        = { here = 100 }
    max_machine_types = 2
  }
  committed = {
    replica           = { vcpu = 1, memory_gib = 2 }
    rps_per_replica   = 100
    demand_rps        = { here = 100 }
    max_machine_types = 3
  }
}
pools   = { main = {} }
catalog = { commitments = { base = { term_years = 1, price = "-30%", quantity = 5 } } }
