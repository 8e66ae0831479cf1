# Either balancer will do: soft needs 1 vCPU and fits beside the web on a small node; hard needs 4.
# optimal 36.5
# a small 1: soft 1, web 1
catalog = {
  embedded      = false
  machine_types = { small = { vcpu = 2, memory_gib = 8 }, large = { vcpu = 4, memory_gib = 16 } }
  sites         = { here = { zones = ["a"], machines = { small = { hourly_usd = 0.05 }, large = { hourly_usd = 0.08 } } } }
}
users = { all = { paths = { here = { rtt_ms = 5 } } } }
pools     = { main = { one_of = { balancer = ["hard", "soft"] } } }
workloads = {
  web  = { pool = "main", replica = { vcpu = 1, memory_gib = 1 }, replicas = { count = 1 } }
  hard = { pool = "main", replica = { vcpu = 4, memory_gib = 1 }, replicas = { count = 1 } }
  soft = { pool = "main", replica = { vcpu = 1, memory_gib = 1 }, replicas = { count = 1 } }
}
