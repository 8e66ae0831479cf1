# Google Cloud: a regional instance group spreads its instances evenly over the zones it is given.

resource "google_compute_region_instance_template" "api" {
  for_each = local.google

  region       = each.value.region
  name_prefix  = "${each.value.workload}-"
  machine_type = each.value.instance_type

  disk {
    source_image = "debian-cloud/debian-12"
    boot         = true
  }

  network_interface {
    network = "default"
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "google_compute_region_instance_group_manager" "api" {
  for_each = local.google

  region                           = each.value.region
  name                             = each.value.workload
  base_instance_name               = each.value.workload
  target_size                      = each.value.desired_capacity
  distribution_policy_zones        = keys(each.value.zones)
  distribution_policy_target_shape = "EVEN"

  version {
    instance_template = google_compute_region_instance_template.api[each.key].self_link
  }

  update_policy {
    type                         = "PROACTIVE"
    minimal_action               = "REPLACE"
    instance_redistribution_type = "PROACTIVE"
    max_surge_fixed              = length(each.value.zones)
    max_unavailable_fixed        = 0
  }
}
