//! What binds: promises that are kept with nothing to spare, and rules that keep out regions with cheaper machines.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::explain::{Reasons, RegionReason, ReplicaPrices};
use crate::formulate::Rejection;
use crate::model::{Problem, RegionId, Workload, WorkloadId};
use crate::place::{Answer, Binding};
use crate::render::conflict;
use crate::render::group::Group;
use crate::render::result::usd;
use crate::render::words::{count, monthly, ms_above, ms_exact};
use crate::units::{Money, RoundTrip};

/// A limit that binds, for machines.
pub(in crate::render) fn value(problem: &Problem, binding: &Binding) -> Value {
    json!({
        "workload": binding.workload.map(|workload| problem.workloads[workload.index()].name.as_str()),
        "rule": binding.rule.to_string(),
        "change": change(problem, binding),
        "saving_usd": usd(binding.saving),
        "proven": binding.is_proven,
    })
}

fn change(problem: &Problem, binding: &Binding) -> String {
    let workload = binding.workload.map(|workload| &problem.workloads[workload.index()]);
    conflict::way_out(workload, binding.rule, &binding.change)
}

/// Limits of a workload, or of all together, that bind as another search has shown.
pub(super) fn proven(problem: &Problem, answer: &Answer, workload: Option<WorkloadId>) -> Vec<String> {
    let own = answer.bindings.iter().filter(|binding| binding.workload == workload);
    let line = |binding: &Binding| {
        let at_least = if binding.is_proven { "" } else { "at least " };
        format!("{}: saves {at_least}{}", change(problem, binding), monthly(binding.saving))
    };
    own.map(line).collect()
}

/// One line for each rule that binds, as far as the placement alone tells.
pub(super) fn lines(
    problem: &Problem,
    reasons: &Reasons,
    groups: &[Group<'_>],
    prices: &ReplicaPrices<'_>,
) -> Vec<String> {
    let workload = &problem.workloads[reasons.workload.index()];
    [
        survival(workload, groups),
        state(workload, groups),
        least_regions(workload, groups),
        most_regions(workload, groups),
    ]
    .into_iter()
    .flatten()
    .chain(cheaper_elsewhere(problem, reasons, groups, prices))
    .collect()
}

fn survival(workload: &Workload, groups: &[Group<'_>]) -> Option<String> {
    // What copies and volumes ask for beyond that is told of the state.
    let kept = |group: &Group<'_>| group.instances() - for_state(workload, group);
    let spare: u64 = groups.iter().map(|group| kept(group).saturating_sub(needed(group))).sum();
    let lost =
        [("zones", workload.survive.zones), ("regions", workload.survive.regions), ("clouds", workload.survive.clouds)];
    let promised: Vec<String> =
        lost.iter().filter(|(_, lost)| *lost > 0).map(|(domain, lost)| format!("survive.{domain} = {lost}")).collect();
    if promised.is_empty() || spare == 0 {
        return None;
    }
    let instances = count(usize::try_from(spare).unwrap_or(usize::MAX), "instance", "instances");
    Some(format!("{}: {instances} more than the load needs", promised.join(", ")))
}

fn state(workload: &Workload, groups: &[Group<'_>]) -> Option<String> {
    let spare: u64 = groups.iter().map(|group| for_state(workload, group)).sum();
    let instances = count(usize::try_from(spare).unwrap_or(usize::MAX), "instance", "instances");
    (spare > 0).then(|| format!("state: {instances} more than the load needs, for copies and volumes"))
}

/// Instances that the load would not need after any loss of zones: those for copies and volumes, where there are any.
fn for_state(workload: &Workload, group: &Group<'_>) -> u64 {
    let (zones, lost) = (group.zones().count() as u64, u64::from(workload.survive.zones));
    if group.placed.kept.is_none() || zones <= lost {
        return 0;
    }
    let needed = needed(group);
    group.instances().saturating_sub(needed + lost * needed.div_ceil(zones - lost))
}

fn least_regions(workload: &Workload, groups: &[Group<'_>]) -> Option<String> {
    let least = workload.min_regions;
    (least > 1 && groups.len() == least as usize).then(|| format!("min_regions = {least}: no more are used"))
}

fn most_regions(workload: &Workload, groups: &[Group<'_>]) -> Option<String> {
    let most = workload.max_regions?;
    (groups.len() == most as usize).then(|| format!("max_regions = {most}: all of them are used"))
}

/// A region with cheaper machines that a rule keeps out.
#[derive(Clone, Copy, Debug)]
struct Kept {
    price: Money,
    region: RegionId,
    nearest: Option<RoundTrip>,
}

fn cheaper_elsewhere(
    problem: &Problem,
    reasons: &Reasons,
    groups: &[Group<'_>],
    prices: &ReplicaPrices<'_>,
) -> Vec<String> {
    let paid = groups.iter().filter_map(|group| prices.cheapest(problem, group.ids.1)).max();
    let Some(paid) = paid else { return Vec::new() };
    let workload = &problem.workloads[reasons.workload.index()];
    let mut kept: BTreeMap<String, Vec<Kept>> = BTreeMap::new();
    for (region, reason) in &reasons.regions {
        let (rule, nearest) = match reason {
            RegionReason::Refused(Rejection::TooFar { limit, nearest }) => {
                (format!("max_rtt_ms = {}", ms_exact(*limit)), *nearest)
            }
            RegionReason::Refused(Rejection::TooFewZones { .. }) => {
                (format!("survive.zones = {}", workload.survive.zones), None)
            }
            RegionReason::Refused(Rejection::MinZones { least, .. }) => (format!("spread.min_zones = {least}"), None),
            RegionReason::Refused(Rejection::Quorum { .. }) => {
                (format!("state.quorum = {}", workload.state.map_or(0, |state| state.quorum)), None)
            }
            RegionReason::Refused(Rejection::Residency { list }) if list.contains('.') => ((*list).to_owned(), None),
            RegionReason::Refused(_)
            | RegionReason::Chosen
            | RegionReason::NotNeeded
            | RegionReason::Dominated { .. } => {
                continue;
            }
        };
        if let Some(price) = prices.cheapest(problem, *region).filter(|price| *price < paid) {
            kept.entry(rule).or_default().push(Kept { price, region: *region, nearest });
        }
    }
    kept.into_iter().map(|(rule, kept)| keeps_out(problem, &rule, &kept, paid)).collect()
}

fn keeps_out(problem: &Problem, rule: &str, kept: &[Kept], paid: Money) -> String {
    let number = count(kept.len(), "region", "regions");
    let Some(cheapest) = kept.iter().min_by_key(|kept| (kept.price, kept.region)) else { return String::new() };
    let key = &problem.regions[cheapest.region.index()].key;
    let away = cheapest.nearest.map_or(String::new(), |nearest| format!(", {} away", ms_above(nearest)));
    let price = monthly(cheapest.price);
    format!("{rule}: keeps out {number} with cheaper machines; {key}{away}: {price} per replica, here up to {paid}")
}

/// Instances of the group's largest type that carry its load while nothing is lost.
fn needed(group: &Group<'_>) -> u64 {
    let each = group.machines.iter().map(|machines| machines.replicas_per_instance).max().unwrap_or(1);
    let least = u64::from(!group.machines.is_empty());
    group.workload.replicas_for(group.load_of_machines()).div_ceil(each.max(1)).max(least)
}
