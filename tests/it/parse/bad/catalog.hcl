users     = { a = { country = "DE" } }
workloads = {}
catalog = {
  prices = {
    "eu-central-1"    = { "m5.huge" = 0.09, "m7g.large" = "cheap" }
    "aws/eu-nowhere"  = { "m7g.large" = 0.09 }
  }
  price_adjustments = {
    a = { change = "10%" }
    b = { change = "+5 USD", clouds = ["aws"] }
    c = { change = "-200%" }
    d = { clouds = ["amazon"] }
  }
  excluded_instance_types = ["t3.*"]
  regions                 = { "aws/us-east-1" = { fixed_monthly_usd = -1 } }
}
