//! Single machines of Google Cloud, and the node pools of GKE.

use super::aws_groups::sizes;
use super::{Market, Pool, Scene};
use crate::model::RegionKey;
use crate::review::plan::{Attribute, Attributes, Resource};
use crate::review::reason::Reason;
use crate::review::report::{Figure, Range, Unit};

pub(super) const INSTANCE: &[&str] = &["machine_type", "zone", "scheduling"];

pub(super) const CLUSTER: &[&str] = &[
    "location",
    "node_locations",
    "initial_node_count",
    "remove_default_node_pool",
    "enable_autopilot",
    "node_config",
    "node_pool",
];

pub(super) const NODE_POOL: &[&str] =
    &["location", "node_locations", "node_count", "initial_node_count", "autoscaling", "node_config", "cluster"];

/// What GKE takes where a pool names no type.
const NODE_DEFAULT: &str = "e2-medium";

/// Zones over which GKE spreads the nodes of a regional cluster that names none.
const ZONES_OF_REGIONAL: u64 = 3;

/// `e2-medium` of `projects/p/zones/z/machineTypes/e2-medium`: the last part of a link, or the name itself.
pub(super) fn last_part(text: &str) -> &str {
    text.rsplit('/').next().unwrap_or(text)
}

pub(super) fn machine_type(attribute: &Attribute<'_>) -> Figure<String> {
    attribute.text().map(|text| last_part(&text).to_owned())
}

pub(super) fn market(scheduling: &Attribute<'_>) -> Market {
    let is_spot = scheduling.at(&["preemptible"]).is_true()
        || scheduling.at(&["provisioning_model"]).text().known().is_some_and(|model| model == "SPOT");
    if is_spot { Market::Spot } else { Market::OnDemand }
}

/// The zone an attribute names, or that of the provider.
pub(super) fn zone(scene: &Scene<'_, '_>, resource: &Resource<'_>, attribute: &Attribute<'_>) -> Figure<String> {
    match attribute.text() {
        Figure::Known(text) => Figure::Known(last_part(&text).to_owned()),
        Figure::Unknown(reason) => match scene.plan.configuration.provider_text(&resource.block, "zone") {
            Some(zone) if !scene.plan.configuration.is_written(&resource.block, &["zone"]) => Figure::Known(zone),
            _ => Figure::Unknown(reason),
        },
    }
}

pub(super) fn instance(scene: &Scene<'_, '_>, resource: &Resource<'_>, attributes: &Attributes<'_>) -> Vec<Pool> {
    let zone = zone(scene, resource, &attributes.get("zone"));
    let region = zone.as_ref().and_then(|zone| scene.region_of_zone("gcp", zone));
    let machine_type = machine_type(&attributes.get("machine_type"));
    let pool = Pool::of(region, zone.map(|zone| vec![zone]), machine_type, Figure::Known(Range::fixed(1)));
    vec![pool.bought(market(&attributes.get("scheduling")))]
}

/// Where nodes stand, and over how many zones counts per zone are multiplied.
struct Spread {
    region: Figure<RegionKey>,
    zones: Figure<Vec<String>>,
    number: Figure<u64>,
}

/// `always` are zones that hold nodes beside those listed.
fn spread(scene: &Scene<'_, '_>, location: Figure<String>, listed: &Attribute<'_>, holds_location: bool) -> Spread {
    let location = match location {
        Figure::Known(location) => location,
        Figure::Unknown(reason) => {
            let unknown = || reason.clone();
            return Spread {
                region: Figure::Unknown(unknown()),
                zones: Figure::Unknown(unknown()),
                number: Figure::Unknown(unknown()),
            };
        }
    };
    let is_region = scene.region("gcp", &location).known().is_some();
    let region = if is_region { scene.region("gcp", &location) } else { scene.region_of_zone("gcp", &location) };
    let mut zones = match listed.texts() {
        Figure::Known(zones) => zones,
        Figure::Unknown(reason @ Reason::Sensitive { .. }) => {
            return Spread { region, zones: Figure::Unknown(reason.clone()), number: Figure::Unknown(reason) };
        }
        Figure::Unknown(_) => Vec::new(),
    };
    if zones.is_empty() && is_region {
        let reason = Reason::Because("GKE chooses the zones of a regional cluster".to_owned());
        return Spread { region, zones: Figure::Unknown(reason), number: Figure::Known(ZONES_OF_REGIONAL) };
    }
    if !is_region && (holds_location || zones.is_empty()) {
        zones.push(location);
    }
    zones.sort();
    zones.dedup();
    let number = Figure::Known(zones.len() as u64);
    Spread { region, zones: Figure::Known(zones), number }
}

pub(super) fn cluster(scene: &Scene<'_, '_>, resource: &Resource<'_>, attributes: &Attributes<'_>) -> Vec<Pool> {
    let location = attributes.get("location").text().map(std::borrow::Cow::into_owned);
    let spread = spread(scene, location, &attributes.get("node_locations"), true);
    if attributes.get("enable_autopilot").is_true() {
        let usage = || Figure::Unknown(Reason::DependsOnUsage);
        let mut pool = Pool::of(spread.region, spread.zones, Figure::Unknown(Reason::DependsOnUsage), usage());
        pool.unit = Unit::Tasks;
        return vec![pool.part(".autopilot")];
    }
    // The attribute also lists pools that are resources of their own: only those the configuration writes here are counted here.
    if scene.plan.configuration.is_written(&resource.block, &["node_pool"]) {
        let pools = attributes.get("node_pool").items();
        return pools.iter().map(|pool| nodes(&spread, pool).part(format!(".{}", pool.path()))).collect();
    }
    if attributes.get("remove_default_node_pool").is_true() {
        return Vec::new();
    }
    let per_zone = attributes.get("initial_node_count").whole();
    let capacity = times(per_zone, &spread.number).map(Range::fixed);
    vec![of_config(&spread, &attributes.get("node_config"), capacity).part(".default_node_pool")]
}

pub(super) fn node_pool(scene: &Scene<'_, '_>, resource: &Resource<'_>, attributes: &Attributes<'_>) -> Vec<Pool> {
    let cluster = attributes.get("cluster").text();
    let clusters =
        scene.referred(resource, cluster.known().map(AsRef::as_ref), &["cluster"], &["google_container_cluster"]);
    let of_cluster = |name: &'static str| {
        let read = |found: &Attributes<'_>| found.get(name).text().map(std::borrow::Cow::into_owned);
        scene.agreed(&clusters, name, read, CLUSTER)
    };
    let location = match attributes.get("location").text() {
        Figure::Known(location) => Figure::Known(location.into_owned()),
        Figure::Unknown(_) => of_cluster("location"),
    };
    let own = attributes.get("node_locations");
    let found = clusters.first().and_then(|cluster| scene.attributes_of(cluster, CLUSTER));
    let spread = match found {
        Some(found) if own.texts().known().is_none() => spread(scene, location, &found.get("node_locations"), true),
        _ => spread(scene, location, &own, false),
    };
    let pool = |name: &str| attributes.get(name);
    vec![pool_of(&spread, &pool)]
}

fn nodes(spread: &Spread, block: &Attribute<'_>) -> Pool {
    pool_of(spread, &|name| block.get(name))
}

fn pool_of<'a>(spread: &Spread, get: &dyn Fn(&str) -> Attribute<'a>) -> Pool {
    let scaling = get("autoscaling");
    let (count, initial) = (get("node_count").whole(), get("initial_node_count").whole());
    let per_zone = if count.known().is_some() { count } else { initial };
    let capacity = if scaling.is_absent() {
        times(per_zone, &spread.number).map(Range::fixed)
    } else {
        let total = (scaling.at(&["total_min_node_count"]), scaling.at(&["total_max_node_count"]));
        // 0 is what the provider writes for a limit that is not set.
        if total.1.whole().known().is_some_and(|&most| most > 0) {
            let range = sizes(&total.0, &get("node_count"), &total.1);
            range.map(|range| clamped(range, &times(per_zone, &spread.number)))
        } else {
            let (least, most) = (scaling.at(&["min_node_count"]), scaling.at(&["max_node_count"]));
            let range = sizes(&least, &get("node_count"), &most).map(|range| clamped(range, &per_zone));
            match (&range, &spread.number) {
                (Figure::Known(range), Figure::Known(zones)) => {
                    Figure::Known(range.map(|count| count.saturating_mul(*zones)))
                }
                (Figure::Unknown(reason), _) | (_, Figure::Unknown(reason)) => Figure::Unknown(reason.clone()),
            }
        }
    };
    of_config(spread, &get("node_config"), capacity)
}

fn clamped(range: Range<u64>, expected: &Figure<u64>) -> Range<u64> {
    let expected = expected.known().copied().unwrap_or(range.min);
    Range { expected: expected.clamp(range.min, range.max), ..range }
}

fn times(count: Figure<u64>, zones: &Figure<u64>) -> Figure<u64> {
    count.and_then(|count| zones.clone().map(|zones| count.saturating_mul(zones)))
}

fn of_config(spread: &Spread, config: &Attribute<'_>, capacity: Figure<Range<u64>>) -> Pool {
    let stated = config.at(&["machine_type"]);
    let machine_type = match machine_type(&stated) {
        // On a new pool the type is computed if it is not written.
        Figure::Unknown(Reason::NotStated { .. }) => Figure::Known(NODE_DEFAULT.to_owned()),
        figure @ (Figure::Known(_) | Figure::Unknown(_)) => figure,
    };
    let is_spot = config.at(&["spot"]).is_true() || config.at(&["preemptible"]).is_true();
    let pool = Pool::of(spread.region.clone(), spread.zones.clone(), machine_type, capacity);
    pool.bought(if is_spot { Market::Spot } else { Market::OnDemand })
}
