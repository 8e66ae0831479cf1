provider "stowage" {
  catalog = {
    fixed_monthly_usd = "much"
    excluded_types    = []
  }
}

data "stowage_placement" "shop" {
  users     = {}
  workloads = {}
}
