//! Google Cloud's instance groups: a template, a target size, and perhaps an autoscaler that replaces it.

use super::aws_groups::sizes;
use super::google::{last_part, machine_type, market, zone};
use super::{Choice, Market, Pool, Scene};
use crate::review::plan::{Attributes, Resource};
use crate::review::reason::Reason;
use crate::review::report::{Figure, Range};

pub(super) const MANAGER: &[&str] = &["zone", "region", "target_size", "version", "distribution_policy_zones"];

const TEMPLATES: &[&str] = &["google_compute_instance_template", "google_compute_region_instance_template"];

const TEMPLATE: &[&str] = &["machine_type", "scheduling"];

pub(super) fn manager(scene: &Scene<'_, '_>, resource: &Resource<'_>, attributes: &Attributes<'_>) -> Vec<Pool> {
    let (region, zones) = if resource.kind.contains("_region_") {
        let region = match attributes.get("region").text() {
            Figure::Known(name) => scene.region("gcp", last_part(&name)),
            Figure::Unknown(reason) => match scene.provider_region("gcp", resource) {
                Figure::Known(region) => Figure::Known(region),
                Figure::Unknown(_) => Figure::Unknown(reason),
            },
        };
        let zones = attributes.get("distribution_policy_zones").texts();
        let zones = zones.map(|zones| {
            let mut zones: Vec<String> = zones.iter().map(|zone| last_part(zone).to_owned()).collect();
            zones.sort();
            zones
        });
        (region, zones)
    } else {
        let zone = zone(scene, resource, &attributes.get("zone"));
        (zone.as_ref().and_then(|zone| scene.region_of_zone("gcp", zone)), zone.map(|zone| vec![zone]))
    };
    let (choices, market) = versions(scene, resource, attributes);
    let capacity = capacity(scene, resource, attributes);
    vec![Pool { choices, ..Pool::of(region, zones, Figure::Known(String::new()), capacity) }.bought(market)]
}

/// The types of the templates of all versions, in their order; a canary's counts as well.
fn versions(
    scene: &Scene<'_, '_>,
    resource: &Resource<'_>,
    attributes: &Attributes<'_>,
) -> (Figure<Vec<Choice>>, Market) {
    let mut choices: Vec<Choice> = Vec::new();
    let mut bought = Market::OnDemand;
    let mut references: Vec<Option<String>> = Vec::new();
    for version in attributes.get("version").items() {
        references.push(version.get("instance_template").text().known().map(ToString::to_string));
    }
    if references.is_empty() {
        references.push(None);
    }
    for reference in references {
        let mut templates = Vec::new();
        // A link, or the last part of one.
        for name in [reference.as_deref(), reference.as_deref().map(last_part)].into_iter().flatten() {
            if templates.is_empty() {
                templates = scene.referred(resource, Some(name), &["version", "instance_template"], TEMPLATES);
            }
        }
        if reference.is_none() {
            templates = scene.referred(resource, None, &["version", "instance_template"], TEMPLATES);
        }
        if templates.is_empty() {
            let reason = Reason::Because("its instance template is not in the plan".to_owned());
            return (Figure::Unknown(reason), bought);
        }
        let found =
            scene.agreed(&templates, "machine_type", |found| machine_type(&found.get("machine_type")), TEMPLATE);
        match found {
            Figure::Known(machine_type) => choices.push(Choice { machine_type, weight: 1 }),
            Figure::Unknown(reason) => return (Figure::Unknown(reason), bought),
        }
        for found in templates.iter().filter_map(|one| scene.attributes_of(one, TEMPLATE)) {
            if market(&found.get("scheduling")) == Market::Spot {
                bought = Market::Spot;
            }
        }
    }
    choices.dedup();
    (Figure::Known(choices), bought)
}

fn capacity(scene: &Scene<'_, '_>, resource: &Resource<'_>, attributes: &Attributes<'_>) -> Figure<Range<u64>> {
    let target = attributes.get("target_size");
    let Some(scaler) = scene.scaler(resource) else { return target.whole().map(Range::fixed) };
    let Some(found) = scene.attributes_of(scaler, &["autoscaling_policy"]) else {
        return target.whole().map(Range::fixed);
    };
    let policy = |name: &str| found.at(&["autoscaling_policy", name]);
    sizes(&policy("min_replicas"), &target, &policy("max_replicas"))
}
