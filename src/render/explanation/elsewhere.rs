//! Why not elsewhere: the regions that hold no replicas, by reason, with the examples that tell most.
//!
//! Examples are the regions nearest to the workload's users (round trips weighted by demand), since those are the ones a reader misses; where only other
//! workloads ask, those with the cheapest machines.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::explain::{Reasons, RegionReason, ReplicaPrices};
use crate::formulate::{FunctionRejections, MachineRejections, Rejection};
use crate::model::{Problem, RegionId, Workload, WorkloadId};
use crate::render::words::{count, monthly, ms, ms_above, ms_exact};
use crate::units::RoundTrip;

/// Examples for each reason.
const EXAMPLES: usize = 3;

/// What keeps regions out, in the order in which it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Because {
    NotNeeded,
    Dominated,
    TooFar,
    LeavesOut,
    TooFewZones,
    MinZones,
    Quorum,
    NoMachine,
    NoFunction,
    UnknownEgress,
    UnknownStorage,
    UnknownZoneEgress,
    UnknownRoundTrip,
    Listed(&'static str),
}

/// What the regions are told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tale {
    /// A placement that does without them.
    Placement,
    /// A placement that is no better with them in any target of an order.
    InOrder,
    /// That there is no placement.
    NoPlacement,
}

/// Writes a block for each reason.
pub(super) fn write(text: &mut String, problem: &Problem, reasons: &Reasons, prices: &ReplicaPrices<'_>, tale: Tale) {
    let workload = &problem.workloads[reasons.workload.index()];
    let mut groups: BTreeMap<Because, Vec<(RegionId, &RegionReason)>> = BTreeMap::new();
    for (region, reason) in &reasons.regions {
        if let Some(because) = because(reason, tale) {
            groups.entry(because).or_default().push((*region, reason));
        }
    }
    if !groups.is_empty() && tale != Tale::NoPlacement {
        let _ = writeln!(text, "  not elsewhere:");
    }
    for (because, mut regions) in groups {
        let has_users = !workload.demand.is_empty() && workload.replicas.is_none();
        let price = |region| {
            let price = prices.cheapest(problem, region).filter(|_| !has_users);
            (price.is_none(), price)
        };
        regions.sort_by_cached_key(|(region, reason)| {
            (shortest(reason), distance(problem, workload, *region), price(*region), *region)
        });
        let number = count(regions.len(), "region", "regions");
        let _ = writeln!(text, "    {number} {}", title(because, workload, tale, regions.len() == 1));
        for (region, reason) in regions.iter().take(EXAMPLES) {
            let key = &problem.regions[region.index()].key;
            let _ = writeln!(text, "      {key}{}", example(problem, reasons.workload, *region, reason, prices, tale));
        }
        if regions.len() > EXAMPLES {
            let _ = writeln!(text, "      and {} more", regions.len() - EXAMPLES);
        }
    }
}

fn because(reason: &RegionReason, tale: Tale) -> Option<Because> {
    Some(match reason {
        RegionReason::Chosen => return None,
        RegionReason::NotNeeded => Because::NotNeeded,
        // Where nothing is placed, nothing is replaced.
        RegionReason::Dominated { .. } if tale == Tale::NoPlacement => Because::NotNeeded,
        RegionReason::Dominated { .. } => Because::Dominated,
        RegionReason::Refused(Rejection::Residency { list }) => Because::Listed(list),
        RegionReason::Refused(Rejection::TooFar { .. }) => Because::TooFar,
        RegionReason::Refused(Rejection::UnknownRoundTrip { .. }) => Because::UnknownRoundTrip,
        RegionReason::Refused(Rejection::UnknownEgressPrice) => Because::UnknownEgress,
        RegionReason::Refused(Rejection::TooFewZones { .. }) => Because::TooFewZones,
        RegionReason::Refused(Rejection::LeavesOut { .. }) => Because::LeavesOut,
        RegionReason::Refused(Rejection::MinZones { .. }) => Because::MinZones,
        RegionReason::Refused(Rejection::Quorum { .. }) => Because::Quorum,
        RegionReason::Refused(Rejection::UnknownStoragePrice) => Because::UnknownStorage,
        RegionReason::Refused(Rejection::UnknownZoneEgressPrice) => Because::UnknownZoneEgress,
        RegionReason::Refused(Rejection::NoMachine(_)) => Because::NoMachine,
        RegionReason::Refused(Rejection::NoFunction(_)) => Because::NoFunction,
    })
}

fn title(because: Because, workload: &Workload, tale: Tale, is_one: bool) -> String {
    let pick = |one: &str, several: &str| if is_one { one.to_owned() } else { several.to_owned() };
    match because {
        Because::NotNeeded if tale == Tale::NoPlacement => "could serve some of its users:".to_owned(),
        Because::NotNeeded if tale == Tale::InOrder => pick(
            "could serve; the placement is as good without it:",
            "could serve; the placement is as good without them:",
        ),
        Because::NotNeeded => pick(
            "could serve; the placement costs no more without it:",
            "could serve; the placement costs no more without them:",
        ),
        Because::Dominated => pick(
            "could serve; another does all it does and costs no more:",
            "could serve; others do all they do and cost no more:",
        ),
        Because::TooFar => {
            let limit = workload.max_rtt.map(ms_exact).unwrap_or_default();
            format!("{} max_rtt_ms = {limit} from every user group:", pick("is beyond", "are beyond"))
        }
        Because::TooFewZones => {
            format!("{} too few zones for survive.zones = {}:", pick("has", "have"), workload.survive.zones)
        }
        Because::LeavesOut => pick(
            "does not answer every user group, which one region has to do for `state`:",
            "do not answer every user group, which one region has to do for `state`:",
        ),
        Because::MinZones => {
            format!("{} too few zones for spread.min_zones = {}:", pick("has", "have"), workload.min_zones)
        }
        Because::Quorum => format!(
            "{} too few zones for state.quorum = {} beside survive.zones = {}:",
            pick("has", "have"),
            workload.state.map_or(0, |state| state.quorum),
            workload.survive.zones
        ),
        Because::UnknownStorage => {
            format!("{} no known price of storage (storage_usd_per_gib_month of the catalog):", pick("has", "have"))
        }
        Because::UnknownZoneEgress => format!(
            "{} no known price of traffic between zones (zone_egress_usd_per_gb of the catalog), and writes have a size:",
            pick("has", "have")
        ),
        Because::NoMachine => format!("{} no machine type that may hold a replica:", pick("has", "have")),
        Because::NoFunction => format!("{} no service that may run the function:", pick("has", "have")),
        Because::UnknownEgress => format!("{} no known egress price, and responses have a size:", pick("has", "have")),
        Because::UnknownRoundTrip => pick("has unknown round trips:", "have unknown round trips:"),
        Because::Listed("restricted access") => {
            format!("{} restricted access and no allow list names {}:", pick("has", "have"), pick("it", "them"))
        }
        Because::Listed(list) => format!("{} refused by {list}:", pick("is", "are")),
    }
}

/// The numbers of one region, beginning with a comma or colon.
fn example(
    problem: &Problem,
    workload: WorkloadId,
    region: RegionId,
    reason: &RegionReason,
    prices: &ReplicaPrices<'_>,
    tale: Tale,
) -> String {
    let price = || {
        let price = prices.cheapest(problem, region)?;
        Some(format!("machines from {} per replica", monthly(price)))
    };
    let mean = || {
        distance(problem, &problem.workloads[workload.index()], region).1.map(|rtt| format!("{} on average", ms(rtt)))
    };
    let facts: Vec<String> = match reason {
        RegionReason::Chosen => Vec::new(),
        RegionReason::Dominated { by } if tale == Tale::Placement => {
            let by = format!("replaced by {}", problem.regions[by.index()].key);
            [Some(by), mean(), price()].into_iter().flatten().collect()
        }
        RegionReason::NotNeeded | RegionReason::Dominated { .. } => [mean(), price()].into_iter().flatten().collect(),
        RegionReason::Refused(Rejection::TooFar { nearest, .. }) => {
            vec![nearest.map_or("round trips unknown".to_owned(), |nearest| format!("{} at least", ms_above(nearest)))]
        }
        RegionReason::Refused(Rejection::TooFewZones { zones, .. } | Rejection::MinZones { zones, .. }) => {
            vec![count(*zones, "zone", "zones")]
        }
        RegionReason::Refused(Rejection::LeavesOut { user }) => vec![format!("not {user}")],
        RegionReason::Refused(Rejection::Quorum { zones, needed }) => {
            let there = count(usize::try_from(*zones).unwrap_or(usize::MAX), "zone", "zones");
            vec![needed.map_or(there.clone(), |needed| format!("{there} of {needed}"))]
        }
        RegionReason::Refused(Rejection::NoMachine(refused)) => machines(refused),
        RegionReason::Refused(Rejection::NoFunction(refused)) => functions(refused),
        RegionReason::Refused(Rejection::UnknownRoundTrip { user }) => vec![format!("from {user}")],
        RegionReason::Refused(
            Rejection::Residency { .. }
            | Rejection::UnknownEgressPrice
            | Rejection::UnknownStoragePrice
            | Rejection::UnknownZoneEgressPrice,
        ) => mean().into_iter().collect(),
    };
    if facts.is_empty() { String::new() } else { format!(": {}", facts.join(", ")) }
}

fn functions(refused: &FunctionRejections) -> Vec<String> {
    counted(&[
        (refused.filtered, "refused by a list"),
        (refused.too_large, "with less memory"),
        (refused.too_long, "with less time for a request"),
        (refused.unknown_vcpu, "with a price of processor, and `function.vcpu` is not given"),
        (refused.none_allowed, "that may run no environment"),
        (refused.unknown_carbon, "of unknown emissions"),
    ])
}

fn machines(refused: &MachineRejections) -> Vec<String> {
    counted(&[
        (refused.too_small, "too small"),
        (refused.counted, "limited in number, which go with no state"),
        (refused.out_of_stock, "out of stock"),
        (refused.lacking, "without a resource it asks for"),
        (refused.filtered, "refused by a list"),
        (refused.burstable, "burstable"),
        (refused.unknown_carbon, "of unknown emissions"),
    ])
}

fn counted(reasons: &[(usize, &str)]) -> Vec<String> {
    let told = reasons.iter().filter(|(number, _)| *number > 0);
    told.map(|(number, why)| format!("{number} {why}")).collect()
}

/// Regions that are too far come in the order of their shortest round trip, which is what was compared with the limit.
fn shortest(reason: &RegionReason) -> Option<(bool, Option<RoundTrip>)> {
    match reason {
        RegionReason::Refused(Rejection::TooFar { nearest, .. }) => Some((nearest.is_none(), *nearest)),
        RegionReason::Refused(_) | RegionReason::Chosen | RegionReason::NotNeeded | RegionReason::Dominated { .. } => {
            None
        }
    }
}

/// Whether the mean round trip from the workload's users is unknown, and the mean, weighted by demand. Without users there is none.
fn distance(problem: &Problem, workload: &Workload, region: RegionId) -> (bool, Option<RoundTrip>) {
    let total = workload.total_demand().0;
    if total == 0 || workload.replicas.is_some() {
        return (true, None);
    }
    let weighed: Option<u128> = workload
        .demand
        .iter()
        .map(|demand| {
            let rtt = problem.rtt.get(demand.user, region)?;
            Some(u128::from(rtt.round_trip.0) * u128::from(demand.rate.0))
        })
        .sum();
    let mean = weighed.map(|sum| RoundTrip(u32::try_from(sum / u128::from(total)).unwrap_or(u32::MAX)));
    (mean.is_none(), mean)
}
