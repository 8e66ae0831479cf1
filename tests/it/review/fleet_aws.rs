//! AWS's resources, in the shape of hashicorp/aws 5 and 6.

use serde_json::json;

use super::plans::{after, line, micros, plan};

/// m5.large costs 0.115 USD an hour in eu-central-1: 730 × 0.115 = 83.95 USD a month.
#[test]
fn an_instance_stands_where_its_zone_is() {
    let report = plan()
        .create("aws_instance.web", json!({ "instance_type": "m5.large", "availability_zone": "eu-central-1b" }))
        .review();
    let stands = after(&report, "aws_instance.web");
    assert_eq!(line(stands), "aws/eu-central-1 eu-central-1b m5.large on_demand 1..1..1");
    assert_eq!(micros(stands), "83950000..83950000..83950000");
    assert_eq!((report.coverage.priced, report.coverage.total), (1, 1));
}

/// The region comes from the resource's own argument, its zone, its ARN, or its provider, in this order.
#[test]
fn regions_are_found_in_every_way_there_is() {
    let by_variable = json!({ "region": { "references": ["var.home"] } });
    let at_provider = json!({ "provider_config_key": "aws", "expressions": {} });
    for (values, region) in [
        (
            json!({ "instance_type": "m5.large", "region": "eu-west-1", "availability_zone": "us-east-1a" }),
            "aws/eu-west-1",
        ),
        (json!({ "instance_type": "m5.large", "availability_zone": "us-west-2-lax-1a" }), "aws/us-west-2"),
        (json!({ "instance_type": "m5.large", "arn": "arn:aws:ec2:ap-south-1:123:instance/i-1" }), "aws/ap-south-1"),
        (json!({ "instance_type": "m5.large" }), "aws/eu-north-1"),
        (
            json!({ "instance_type": "m5.large", "availability_zone": "mars-1a" }),
            "?the catalog does not know the region `aws/mars-1a`",
        ),
    ] {
        let report = plan()
            .create("aws_instance.web", values.clone())
            .block("aws_instance.web", at_provider.clone())
            .provider("aws", by_variable.clone())
            .variable("home", json!("eu-north-1"), false)
            .review();
        let found = line(after(&report, "aws_instance.web"));
        assert!(found.starts_with(region), "{values}: {found}");
    }
}

/// A sensitive variable is not looked at, whatever it would tell.
#[test]
fn a_sensitive_variable_names_no_region() {
    let report = plan()
        .create("aws_instance.web", json!({ "instance_type": "m5.large" }))
        .block("aws_instance.web", json!({ "provider_config_key": "aws", "expressions": {} }))
        .provider("aws", json!({ "region": { "references": ["var.home"] } }))
        .variable("home", json!("eu-north-1"), true)
        .review();
    assert!(line(after(&report, "aws_instance.web")).starts_with("?the provider's `region` is an expression"));
}

/// A new group takes its type from a template whose id is known only after the apply, and its zones from new subnets.
///
/// Two machines at least, four now, ten at most: 2, 4 and 10 × 83.95 USD.
#[test]
fn a_group_is_resolved_by_reference() {
    let report = plan()
        .change(
            "aws_launch_template.web",
            &["create"],
            json!(null),
            json!({ "instance_type": "m5.large", "name_prefix": "web" }),
            json!({ "after_unknown": { "id": true, "latest_version": true, "default_version": true, "name": true } }),
        )
        .create("aws_subnet.a[0]", json!({ "availability_zone": "eu-central-1a" }))
        .create("aws_subnet.a[1]", json!({ "availability_zone": "eu-central-1c" }))
        .change(
            "aws_autoscaling_group.web",
            &["create"],
            json!(null),
            json!({ "min_size": 2, "max_size": 10, "desired_capacity": 4, "launch_template": [{ "version": "$Latest" }] }),
            json!({ "after_unknown": { "vpc_zone_identifier": true, "launch_template": [{ "id": true }], "id": true } }),
        )
        .block(
            "aws_autoscaling_group.web",
            json!({ "expressions": {
                "launch_template": [{ "id": { "references": ["aws_launch_template.web.id", "aws_launch_template.web"] } }],
                "vpc_zone_identifier": { "references": ["aws_subnet.a"] },
            } }),
        )
        .review();
    let stands = after(&report, "aws_autoscaling_group.web");
    assert_eq!(line(stands), "aws/eu-central-1 eu-central-1a+eu-central-1c m5.large on_demand 2..4..10");
    assert_eq!(micros(stands), "167900000..335800000..839500000");
}

/// The template is an argument of the module that holds the group, and an output of the module that holds the template.
#[test]
fn references_are_followed_through_modules() {
    let group = json!({ "address": "aws_autoscaling_group.web", "mode": "managed", "type": "aws_autoscaling_group", "expressions": {
        "launch_template": [{ "id": { "references": ["var.template"] } }] } });
    let template = json!({ "address": "aws_launch_template.it", "mode": "managed", "type": "aws_launch_template" });
    let report = plan()
        .create("module.template.aws_launch_template.it", json!({ "instance_type": "m7g.large" }))
        .change(
            "module.group[\"eu\"].aws_autoscaling_group.web",
            &["create"],
            json!(null),
            json!({ "min_size": 1, "max_size": 1, "availability_zones": ["eu-central-1a"], "launch_template": [{}] }),
            json!({ "after_unknown": { "launch_template": [{ "id": true }], "desired_capacity": true } }),
        )
        .call("group", json!({ "expressions": { "template": { "references": ["module.template.id", "module.template"] } },
            "module": { "resources": [group] } }))
        .call("template", json!({ "module": { "resources": [template],
            "outputs": { "id": { "expression": { "references": ["aws_launch_template.it.id", "aws_launch_template.it"] } } } } }))
        .review();
    let stands = after(&report, "module.group[\"eu\"].aws_autoscaling_group.web");
    // m7g.large: 0.0978 USD × 730 = 71.394 USD.
    assert_eq!(line(stands), "aws/eu-central-1 eu-central-1a m7g.large on_demand 1..1..1");
    assert_eq!(micros(stands), "71394000..71394000..71394000");
}

/// A group pinned to version 3 of a template that is at version 5 has a type the plan does not show.
#[test]
fn an_old_version_of_a_template_is_unknown() {
    let group = |version: &str| {
        plan()
            .keep(
                "aws_launch_template.web",
                json!({ "id": "lt-1", "instance_type": "m5.large", "latest_version": 5, "default_version": 5 }),
            )
            .keep(
                "aws_autoscaling_group.web",
                json!({ "min_size": 1, "max_size": 1, "desired_capacity": 1, "availability_zones": ["eu-central-1a"],
                    "launch_template": [{ "id": "lt-1", "version": version }] }),
            )
            .review()
    };
    for version in ["5", "$Latest", "$Default"] {
        assert!(line(after(&group(version), "aws_autoscaling_group.web")).contains("m5.large"), "{version}");
    }
    let report = group("3");
    assert!(
        line(after(&report, "aws_autoscaling_group.web")).contains("?it uses an older version of its launch template")
    );
    assert_eq!((report.coverage.priced, report.coverage.total), (0, 1));
}

/// Ten units on machines that count 1 or 2: 10 or 5 machines. All on demand:
/// least 4 units: min(4 × 83.95, 2 × 167.90) = 335.80; ten units of the preferred m5.large: 839.50; at most 12: max(12 × 83.95, 6 × 167.90).
/// m5.xlarge costs 0.23 USD an hour: 167.90 USD a month.
#[test]
fn mixed_types_count_by_weight() {
    let report = plan()
        .create(
            "aws_autoscaling_group.web",
            json!({ "min_size": 4, "max_size": 12, "desired_capacity": 10, "availability_zones": ["eu-central-1a", "eu-central-1b"],
                "mixed_instances_policy": [{ "instances_distribution": [{ "on_demand_percentage_above_base_capacity": 100 }],
                    "launch_template": [{ "override": [
                        { "instance_type": "m5.large", "weighted_capacity": "1" },
                        { "instance_type": "m5.xlarge", "weighted_capacity": "2" },
                    ] }] }] }),
        )
        .review();
    let stands = after(&report, "aws_autoscaling_group.web");
    assert_eq!(line(stands), "aws/eu-central-1 eu-central-1a+eu-central-1b m5.large+m5.xlarge on_demand 2..10..12");
    assert_eq!(micros(stands), "335800000..839500000..1007400000");
}

#[test]
fn nodes_of_eks_and_fleets() {
    let report = plan()
        .create(
            "aws_eks_node_group.a",
            json!({ "instance_types": ["m5.large"], "scaling_config": [{ "min_size": 1, "max_size": 3, "desired_size": 2 }],
                "capacity_type": "ON_DEMAND", "region": "eu-central-1" }),
        )
        .create(
            "aws_ec2_fleet.b",
            json!({ "region": "eu-central-1",
                "target_capacity_specification": [{ "total_target_capacity": 3, "default_target_capacity_type": "on-demand" }],
                "launch_template_config": [{ "override": [{ "instance_type": "m5.large", "availability_zone": "eu-central-1a" }] }] }),
        )
        .create(
            "aws_spot_fleet_request.c",
            json!({ "region": "eu-central-1", "target_capacity": 2,
                "launch_specification": [{ "instance_type": "m5.large", "availability_zone": "eu-central-1a" }] }),
        )
        .create("aws_spot_instance_request.d", json!({ "instance_type": "m5.large", "availability_zone": "eu-central-1a" }))
        .review();
    assert_eq!(line(after(&report, "aws_eks_node_group.a")), "aws/eu-central-1 ? m5.large on_demand 1..2..3");
    assert_eq!(micros(after(&report, "aws_eks_node_group.a")), "83950000..167900000..251850000");
    assert_eq!(line(after(&report, "aws_ec2_fleet.b")), "aws/eu-central-1 eu-central-1a m5.large on_demand 3..3..3");
    assert_eq!(
        line(after(&report, "aws_spot_fleet_request.c")),
        "aws/eu-central-1 eu-central-1a m5.large spot 2..2..2"
    );
    assert_eq!(
        line(after(&report, "aws_spot_instance_request.d")),
        "aws/eu-central-1 eu-central-1a m5.large spot 1..1..1"
    );
}
