users = {}
workloads = {}
allowed {
  clouds = ["aws"]
}
resource "x" "y" {}
