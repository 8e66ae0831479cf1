data "stowage_placement" "shop" {
  for_each  = toset(["a", "b"])
  users     = {}
  workloads = {}
}
