users     = { a = { country = "DE" } }
workloads = {}
catalog = {
  sites = {
    "aws/eu-central-1" = { machines = { "m5.large" = { hourly_usd = 0 }, "m5.lagre" = { hourly_usd = 0 } } }
    "aws/outpost"      = { machines = { "m5.large" = { hourly_usd = 0 } } }
  }
  machine_types = { "aws/m5.large" = { watts = 10 }, "aws/m5.huge" = { watts = 10 } }
}
