# What every plan must keep. `stowage schema policy` prints the whole language.

limits = {
  monthly_cost_usd      = 20000
  cost_increase_percent = 10
  above_optimum_percent = 15
}

# The loss of any one zone leaves at least half of each service.
survive = { zones = 1, min_left_percent = 50 }

allowed = { clouds = ["aws", "gcp", "azure"] }

# Findings of rules that this team only wants to hear of.
severity = { autoscaler-count-reset = "warning" }

waivers = {
  launch = {
    rule    = "cost-increase"
    reason  = "The launch needs twice the machines until the end of January"
    owner   = "platform@example.org"
    expires = "2027-01-31"
  }
}
