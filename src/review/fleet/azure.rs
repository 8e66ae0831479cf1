//! Azure's machines, scale sets and AKS pools, as the provider `azurerm` writes them.

use super::aws_groups::sizes;
use super::{Market, Pool, Scene};
use crate::model::RegionKey;
use crate::review::plan::{Attribute, Attributes, Resource};
use crate::review::reason::Reason;
use crate::review::report::{Figure, Range};

pub(super) const MACHINE: &[&str] =
    &["size", "vm_size", "location", "zone", "zones", "priority", "resource_group_name"];

pub(super) const SCALE_SET: &[&str] = &["sku", "sku_name", "instances", "location", "zones", "priority"];

pub(super) const CLUSTER: &[&str] = &["location", "default_node_pool"];

pub(super) const NODE_POOL: &[&str] = &[
    "kubernetes_cluster_id",
    "vm_size",
    "node_count",
    "min_count",
    "max_count",
    "auto_scaling_enabled",
    "enable_auto_scaling",
    "zones",
    "priority",
];

/// `West Europe` and `westeurope` are one region.
pub(super) fn region(scene: &Scene<'_, '_>, location: Figure<String>) -> Figure<RegionKey> {
    location.and_then(|name| {
        let name: String = name.chars().filter(|character| !character.is_whitespace()).collect();
        scene.region("azure", &name.to_lowercase())
    })
}

fn location(scene: &Scene<'_, '_>, resource: &Resource<'_>, attributes: &Attributes<'_>) -> Figure<RegionKey> {
    let own = attributes.get("location").text().map(std::borrow::Cow::into_owned);
    if let Figure::Unknown(Reason::KnownAfterApply { .. }) = own {
        let groups = scene.referred(resource, None, &["location"], &["azurerm_resource_group"]);
        let read = |found: &Attributes<'_>| found.get("location").text().map(std::borrow::Cow::into_owned);
        return region(scene, scene.agreed(&groups, "location", read, &["location"]));
    }
    region(scene, own)
}

fn market(attribute: &Attribute<'_>) -> Market {
    let is_spot = attribute.text().known().is_some_and(|priority| priority == "Spot" || priority == "Low");
    if is_spot { Market::Spot } else { Market::OnDemand }
}

fn sorted(zones: Figure<Vec<String>>) -> Figure<Vec<String>> {
    zones.map(|mut zones| {
        zones.sort();
        zones
    })
}

pub(super) fn machine(scene: &Scene<'_, '_>, resource: &Resource<'_>, attributes: &Attributes<'_>) -> Vec<Pool> {
    let region = location(scene, resource, attributes);
    let zones = match attributes.get("zone").text() {
        Figure::Known(zone) => Figure::Known(vec![zone.into_owned()]),
        Figure::Unknown(_) => sorted(attributes.get("zones").texts()),
    };
    let name = if resource.kind == "azurerm_virtual_machine" { "vm_size" } else { "size" };
    let machine_type = attributes.get(name).text().map(std::borrow::Cow::into_owned);
    let pool = Pool::of(region, zones, machine_type, Figure::Known(Range::fixed(1)));
    vec![pool.bought(market(&attributes.get("priority")))]
}

pub(super) fn scale_set(scene: &Scene<'_, '_>, resource: &Resource<'_>, attributes: &Attributes<'_>) -> Vec<Pool> {
    let region = location(scene, resource, attributes);
    let zones = sorted(attributes.get("zones").texts());
    let (machine_type, instances) = match resource.kind.as_ref() {
        "azurerm_virtual_machine_scale_set" => (attributes.at(&["sku", "name"]), attributes.at(&["sku", "capacity"])),
        "azurerm_orchestrated_virtual_machine_scale_set" => (attributes.get("sku_name"), attributes.get("instances")),
        _ => (attributes.get("sku"), attributes.get("instances")),
    };
    let capacity = match scene.scaler(resource).and_then(|scaler| scene.attributes_of(scaler, &["profile"])) {
        Some(found) => scaled(&found.get("profile"), &instances),
        None => instances.whole().map(Range::fixed),
    };
    let machine_type = machine_type.text().map(std::borrow::Cow::into_owned);
    vec![Pool::of(region, zones, machine_type, capacity).bought(market(&attributes.get("priority")))]
}

/// The range that all profiles of an autoscale setting span.
fn scaled(profiles: &Attribute<'_>, instances: &Attribute<'_>) -> Figure<Range<u64>> {
    let mut span: Option<Range<u64>> = None;
    for profile in profiles.items() {
        let capacity = |name: &str| profile.at(&["capacity", name]);
        match sizes(&capacity("minimum"), &capacity("default"), &capacity("maximum")) {
            Figure::Known(range) => {
                let before = span.unwrap_or(range);
                span = Some(Range {
                    min: before.min.min(range.min),
                    expected: before.expected,
                    max: before.max.max(range.max),
                });
            }
            Figure::Unknown(reason) => return Figure::Unknown(reason),
        }
    }
    match (span, instances.whole()) {
        (Some(span), Figure::Known(stated)) => {
            Figure::Known(Range { expected: stated.clamp(span.min, span.max), ..span })
        }
        (Some(span), Figure::Unknown(_)) => Figure::Known(span),
        (None, instances) => instances.map(Range::fixed),
    }
}

pub(super) fn cluster(scene: &Scene<'_, '_>, resource: &Resource<'_>, attributes: &Attributes<'_>) -> Vec<Pool> {
    let region = location(scene, resource, attributes);
    let block = attributes.get("default_node_pool");
    vec![pool(region, &|name| block.at(&[name])).part(".default_node_pool")]
}

pub(super) fn node_pool(scene: &Scene<'_, '_>, resource: &Resource<'_>, attributes: &Attributes<'_>) -> Vec<Pool> {
    let id = attributes.get("kubernetes_cluster_id").text();
    let id = id.known().map(AsRef::as_ref);
    let clusters = scene.referred(resource, id, &["kubernetes_cluster_id"], &["azurerm_kubernetes_cluster"]);
    let read = |found: &Attributes<'_>| found.get("location").text().map(std::borrow::Cow::into_owned);
    let region = match clusters[..] {
        [] => Figure::Unknown(Reason::Because("its cluster is not in the plan".to_owned())),
        _ => region(scene, scene.agreed(&clusters, "location", read, CLUSTER)),
    };
    vec![pool(region, &|name| attributes.get(name))]
}

fn pool<'a>(region: Figure<RegionKey>, get: &dyn Fn(&str) -> Attribute<'a>) -> Pool {
    let is_scaled = get("auto_scaling_enabled").is_true() || get("enable_auto_scaling").is_true();
    let capacity = if is_scaled {
        sizes(&get("min_count"), &get("node_count"), &get("max_count"))
    } else {
        get("node_count").whole().map(Range::fixed)
    };
    let machine_type = get("vm_size").text().map(std::borrow::Cow::into_owned);
    Pool::of(region, sorted(get("zones").texts()), machine_type, capacity).bought(market(&get("priority")))
}
