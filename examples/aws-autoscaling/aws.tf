# Amazon Web Services, provider 6 or later: `region` is an argument of each resource, so that one provider block serves all regions.

data "aws_ami" "api" {
  for_each = local.aws

  region      = each.value.region
  owners      = ["amazon"]
  most_recent = true

  filter {
    name   = "name"
    values = ["al2023-ami-2023.*-x86_64"]
  }
}

resource "aws_launch_template" "api" {
  for_each = local.aws

  region        = each.value.region
  name_prefix   = "${each.value.workload}-"
  image_id      = data.aws_ami.api[each.key].id
  instance_type = each.value.instance_type
}

resource "aws_autoscaling_group" "api" {
  for_each = local.aws

  region             = each.value.region
  name_prefix        = "${each.value.workload}-"
  availability_zones = keys(each.value.zones)
  min_size           = each.value.min_size
  max_size           = each.value.max_size
  desired_capacity   = each.value.desired_capacity

  # The counts of each.value.zones are as even as can be; so are these.
  availability_zone_distribution {
    capacity_distribution_strategy = "balanced-only"
  }

  launch_template {
    id      = aws_launch_template.api[each.key].id
    version = aws_launch_template.api[each.key].latest_version
  }
}
