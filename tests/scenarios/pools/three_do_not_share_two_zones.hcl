# Three replicas that share no zone, in a region of two zones: the rule of zones, or the number, has to give.
# infeasible
# db: apart.zone, replicas
catalog = {
  embedded      = false
  machine_types = { small = { vcpu = 2, memory_gib = 8 }, large = { vcpu = 4, memory_gib = 16 } }
  sites         = { here = { zones = ["a", "b"], machines = { small = { hourly_usd = 0.05 }, large = { hourly_usd = 0.08 } } } }
}
users = { all = { paths = { here = { rtt_ms = 5 } } } }
pools     = { main = {} }
workloads = {
  db = { pool = "main", replica = { vcpu = 1, memory_gib = 1 }, replicas = { count = 3 }, apart = { zone = ["db"] } }
}
