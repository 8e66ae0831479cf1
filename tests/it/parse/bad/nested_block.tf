data "stowage_placement" "shop" {
  users     = {}
  workloads = {}
  allowed {
    clouds = ["aws"]
  }
}
