//! AWS's fleets: a target capacity in units, filled with any of several types.

use super::aws::{Template, overrides, weight};
use super::{Choice, Market, Pool, Scene};
use crate::review::plan::{Attribute, Attributes, Resource};
use crate::review::reason::Reason;
use crate::review::report::{Figure, Range};

pub(super) const FLEET: &[&str] = &["launch_template_config", "target_capacity_specification", "region", "arn"];

pub(super) const SPOT_FLEET: &[&str] = &[
    "target_capacity",
    "on_demand_target_capacity",
    "launch_specification",
    "launch_template_config",
    "region",
    "arn",
];

pub(super) fn fleet(scene: &Scene<'_, '_>, resource: &Resource<'_>, attributes: &Attributes<'_>) -> Vec<Pool> {
    let target = |name: &str| attributes.at(&["target_capacity_specification", name]);
    let capacity = target("total_target_capacity").whole();
    let stated = |name: &str| target(name).whole().known().copied().unwrap_or(0);
    let is_spot = target("default_target_capacity_type").text().known().is_some_and(|kind| kind == "spot");
    let total = capacity.known().copied().unwrap_or(0);
    // What is bought on demand whatever the default, and what the default buys.
    let on_demand = if is_spot {
        stated("on_demand_target_capacity")
    } else {
        total.saturating_sub(stated("spot_target_capacity"))
    };
    let market = market(on_demand, total);
    let configs = attributes.get("launch_template_config");
    vec![pool(scene, resource, attributes, &configs, "override", capacity).bought(market)]
}

pub(super) fn spot_fleet(scene: &Scene<'_, '_>, resource: &Resource<'_>, attributes: &Attributes<'_>) -> Vec<Pool> {
    let capacity = attributes.get("target_capacity").whole();
    let total = capacity.known().copied().unwrap_or(0);
    let on_demand = attributes.get("on_demand_target_capacity").whole().known().copied().unwrap_or(0);
    let market = if on_demand == 0 { Market::Spot } else { market(on_demand, total) };
    let specifications = attributes.get("launch_specification");
    if specifications.is_absent() {
        let configs = attributes.get("launch_template_config");
        return vec![pool(scene, resource, attributes, &configs, "overrides", capacity).bought(market)];
    }
    let mut choices = Vec::new();
    let mut zones = Vec::new();
    let mut fault = None;
    for item in specifications.items() {
        match (item.get("instance_type").text(), weight(&item.get("weighted_capacity"))) {
            (Figure::Known(machine_type), Figure::Known(weight)) => {
                choices.push(Choice { machine_type: machine_type.into_owned(), weight });
            }
            (Figure::Unknown(reason), _) | (_, Figure::Unknown(reason)) => fault = Some(reason),
        }
        zones.extend(item.get("availability_zone").text().known().map(ToString::to_string));
    }
    let choices = fault.map_or(Figure::Known(choices), Figure::Unknown);
    vec![placed(scene, resource, attributes, choices, zones, capacity).bought(market)]
}

/// `Mixed` with nothing bought on demand above the base.
const fn market(on_demand: u64, total: u64) -> Market {
    if on_demand >= total {
        Market::OnDemand
    } else if on_demand == 0 {
        Market::Spot
    } else {
        Market::Mixed { base: on_demand, percent_above: 0 }
    }
}

/// The pool of a list of templates, each with a list of overrides named `list`.
fn pool(
    scene: &Scene<'_, '_>,
    resource: &Resource<'_>,
    attributes: &Attributes<'_>,
    configs: &Attribute<'_>,
    list: &str,
    capacity: Figure<u64>,
) -> Pool {
    let mut choices = Vec::new();
    let mut zones = Vec::new();
    let mut fault = None;
    let names = ["launch_template_config", "launch_template_specification"];
    for config in configs.items() {
        zones.extend(zones_of(&config.get(list)));
        let found = overrides(&config.get(list)).unwrap_or_else(|| {
            match Template::of(scene, resource, &config.get("launch_template_specification"), &names) {
                Some(template) => template.machine_type.map(|machine_type| vec![Choice { machine_type, weight: 1 }]),
                None => Figure::Unknown(Reason::NotStated { attribute: "launch_template_specification".to_owned() }),
            }
        });
        match found {
            Figure::Known(found) => choices.extend(found),
            Figure::Unknown(reason) => fault = Some(reason),
        }
    }
    if choices.is_empty() && fault.is_none() {
        fault = Some(configs.hidden().unwrap_or(Reason::NotStated { attribute: configs.path().to_owned() }));
    }
    let choices = fault.map_or(Figure::Known(choices), Figure::Unknown);
    placed(scene, resource, attributes, choices, zones, capacity)
}

fn zones_of(overrides: &Attribute<'_>) -> Vec<String> {
    let zone = |item: &Attribute<'_>| item.get("availability_zone").text().known().map(ToString::to_string);
    overrides.items().iter().filter_map(zone).collect()
}

fn placed(
    scene: &Scene<'_, '_>,
    resource: &Resource<'_>,
    attributes: &Attributes<'_>,
    choices: Figure<Vec<Choice>>,
    mut zones: Vec<String>,
    capacity: Figure<u64>,
) -> Pool {
    zones.sort();
    zones.dedup();
    let zones = if zones.is_empty() {
        Figure::Unknown(Reason::NotStated { attribute: "availability_zone".to_owned() })
    } else {
        Figure::Known(zones)
    };
    let region = scene.aws_region(resource, attributes, &zones);
    Pool { choices, ..Pool::of(region, zones, Figure::Known(String::new()), capacity.map(Range::fixed)) }
}
