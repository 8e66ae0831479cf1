//! AWS's groups that scale: Auto Scaling groups and the node groups of EKS.

use super::aws::{Template, overrides};
use super::{Choice, Market, Pool, Scene};
use crate::review::plan::{Attribute, Attributes, Resource};
use crate::review::reason::Reason;
use crate::review::report::{Figure, Range};

pub(super) const GROUP: &[&str] = &[
    "min_size",
    "max_size",
    "desired_capacity",
    "availability_zones",
    "vpc_zone_identifier",
    "launch_template",
    "launch_configuration",
    "mixed_instances_policy",
    "region",
    "arn",
];

pub(super) const NODE_GROUP: &[&str] =
    &["scaling_config", "instance_types", "capacity_type", "launch_template", "subnet_ids", "region", "arn"];

/// What EKS takes where a node group names no type.
const NODE_DEFAULT: &str = "t3.medium";

/// A range of sizes. A size that is not stated, or decided by the cloud, starts at the smallest.
pub(super) fn sizes(min: &Attribute<'_>, expected: &Attribute<'_>, max: &Attribute<'_>) -> Figure<Range<u64>> {
    let (least, most) = match (min.whole(), max.whole()) {
        (Figure::Known(least), Figure::Known(most)) => (least, most),
        (Figure::Unknown(reason), _) | (_, Figure::Unknown(reason)) => return Figure::Unknown(reason),
    };
    if least > most {
        return Figure::Unknown(Reason::Unreadable {
            attribute: max.path().to_owned(),
            expected: "at least the smallest size",
        });
    }
    match expected.whole() {
        Figure::Known(expected) => {
            Figure::Known(Range { min: least, expected: expected.clamp(least, most), max: most })
        }
        Figure::Unknown(Reason::NotStated { .. } | Reason::KnownAfterApply { .. }) => {
            Figure::Known(Range { min: least, expected: least, max: most })
        }
        Figure::Unknown(reason) => Figure::Unknown(reason),
    }
}

pub(super) fn group(scene: &Scene<'_, '_>, resource: &Resource<'_>, attributes: &Attributes<'_>) -> Vec<Pool> {
    let listed = attributes.get("vpc_zone_identifier");
    let zones = match attributes.get("availability_zones").texts() {
        Figure::Known(mut zones) => {
            zones.sort();
            Figure::Known(zones)
        }
        Figure::Unknown(_) => scene.zones_of_subnets(resource, &listed, &["vpc_zone_identifier"]),
    };
    let region = scene.aws_region(resource, attributes, &zones);
    let capacity = sizes(&attributes.get("min_size"), &attributes.get("desired_capacity"), &attributes.get("max_size"));
    let mixed = attributes.get("mixed_instances_policy");
    let (choices, market) = if mixed.is_absent() {
        let template = Template::of(scene, resource, &attributes.get("launch_template"), &["launch_template"])
            .or_else(|| Template::of_configuration(scene, resource, &attributes.get("launch_configuration")));
        match template {
            Some(template) => (one_choice(template.machine_type), market_of(template.is_spot)),
            None => (Figure::Unknown(Reason::NotStated { attribute: "launch_template".to_owned() }), Market::OnDemand),
        }
    } else {
        mixed_choices(scene, resource, &mixed)
    };
    vec![Pool { choices, ..Pool::of(region, zones, Figure::Known(String::new()), capacity) }.bought(market)]
}

fn one_choice(machine_type: Figure<String>) -> Figure<Vec<Choice>> {
    machine_type.map(|machine_type| vec![Choice { machine_type, weight: 1 }])
}

const fn market_of(is_spot: bool) -> Market {
    if is_spot { Market::Spot } else { Market::OnDemand }
}

fn mixed_choices(
    scene: &Scene<'_, '_>,
    resource: &Resource<'_>,
    mixed: &Attribute<'_>,
) -> (Figure<Vec<Choice>>, Market) {
    let names = ["mixed_instances_policy", "launch_template", "launch_template_specification"];
    let choices = overrides(&mixed.at(&["launch_template", "override"])).unwrap_or_else(|| {
        let specification = mixed.at(&["launch_template", "launch_template_specification"]);
        match Template::of(scene, resource, &specification, &names) {
            Some(template) => one_choice(template.machine_type),
            None => Figure::Unknown(Reason::NotStated { attribute: "launch_template_specification".to_owned() }),
        }
    });
    let number = |name: &str, default: u64| {
        mixed.at(&["instances_distribution", name]).whole().known().copied().unwrap_or(default)
    };
    // AWS's own defaults: no base, and everything above it on demand.
    let (base, percent) =
        (number("on_demand_base_capacity", 0), number("on_demand_percentage_above_base_capacity", 100));
    let market = match (base, percent) {
        (_, 100..) => Market::OnDemand,
        (0, 0) => Market::Spot,
        (base, percent_above) => Market::Mixed { base, percent_above },
    };
    (choices, market)
}

pub(super) fn node_group(scene: &Scene<'_, '_>, resource: &Resource<'_>, attributes: &Attributes<'_>) -> Vec<Pool> {
    let zones = scene.zones_of_subnets(resource, &attributes.get("subnet_ids"), &["subnet_ids"]);
    let region = scene.aws_region(resource, attributes, &zones);
    let scaling = |name: &str| attributes.at(&["scaling_config", name]);
    let capacity = sizes(&scaling("min_size"), &scaling("desired_size"), &scaling("max_size"));
    let types = attributes.get("instance_types");
    let template = Template::of(scene, resource, &attributes.get("launch_template"), &["launch_template"]);
    let choices = match (types.texts(), template) {
        (Figure::Known(types), _) => {
            Figure::Known(types.into_iter().map(|machine_type| Choice { machine_type, weight: 1 }).collect())
        }
        (Figure::Unknown(reason @ Reason::Sensitive { .. }), _) => Figure::Unknown(reason),
        (Figure::Unknown(_), Some(template)) => one_choice(template.machine_type),
        (Figure::Unknown(reason), None) => {
            let is_written = scene.plan.configuration.is_written(&resource.block, &["instance_types"]);
            if is_written { Figure::Unknown(reason) } else { one_choice(Figure::Known(NODE_DEFAULT.to_owned())) }
        }
    };
    let is_spot = attributes.get("capacity_type").text().known().is_some_and(|kind| kind == "SPOT");
    vec![Pool { choices, ..Pool::of(region, zones, Figure::Known(String::new()), capacity) }.bought(market_of(is_spot))]
}
