//! What may go wrong while the plan is applied, and what is gone once it is.
//!
//! Terraform replaces the instances of a block side by side. Where it destroys before it creates, all of them may be missing at the same
//! time; what the plan leaves alone, changes in place or creates first stays. That is compared with what the service has left after the
//! loss of its fullest zone: a service that cannot do with less should not have less during an apply.

use std::collections::{BTreeMap, BTreeSet};

use super::finding::Finding;
use super::report::{Action, Figure, FleetMember, Service, Unit};
use super::rules;
use crate::model::RegionKey;

/// The findings, in no order.
pub(super) fn hazards(members: &[FleetMember], services: &[Service]) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut by_block: BTreeMap<&str, Vec<&FleetMember>> = BTreeMap::new();
    for member in members.iter().filter(|member| member.unit == Unit::Machines) {
        by_block.entry(&member.block).or_default().push(member);
    }
    for service in services {
        let members = by_block.get(service.block.as_str()).map(Vec::as_slice).unwrap_or_default();
        found.extend(replacement(service, members));
        found.extend(lost(service, members));
    }
    found.extend(regions_removed(members));
    found
}

fn expected(member: &FleetMember) -> u64 {
    let count = member.stands.before.as_ref().and_then(|stands| stands.count.known());
    count.map_or(0, |count| count.expected)
}

/// Machines missing while their successors are not there yet.
fn replacement(service: &Service, members: &[&FleetMember]) -> Option<Finding> {
    let is_gap = |member: &&&FleetMember| member.action == Action::DeleteThenCreate;
    let replaced: Vec<&&FleetMember> = members.iter().filter(is_gap).collect();
    if replaced.is_empty() {
        return None;
    }
    let total: u64 = members.iter().map(|member| expected(member)).sum();
    let missing: u64 = replaced.iter().map(|member| expected(member)).sum();
    // What the plan destroys for good is missing as well.
    let deleted: u64 =
        members.iter().filter(|member| member.action == Action::Delete).map(|member| expected(member)).sum();
    let left = total.saturating_sub(missing + deleted);
    let zones: BTreeSet<(Option<&RegionKey>, &String)> = replaced
        .iter()
        .filter_map(|member| member.stands.before.as_ref())
        .filter_map(|stands| Some((stands.region.known(), stands.zones.known()?)))
        .flat_map(|(region, zones)| zones.iter().map(move |zone| (region, zone)))
        .collect();
    let help = "set `create_before_destroy = true` in the block's `lifecycle`, or replace the instances one by one with -target";
    if left == 0 && zones.len() > 1 {
        let message = format!(
            "all {total} machines of `{}` in {} zones are destroyed before their successors are created",
            service.block,
            zones.len()
        );
        return Some(Finding::of(rules::ALL_ZONES_AT_ONCE, message).at(&service.block).help(help));
    }
    // Left after the loss of the fullest zone; where that is unknown, anything left is enough.
    let endures = service.endures.before.as_ref().and_then(|endurance| endurance.zone.known());
    let needed = endures.map_or(1, |loss| {
        let lost = (u128::from(total) * u128::from(loss.share.0)).div_ceil(1_000_000);
        total.saturating_sub(u64::try_from(lost).unwrap_or(total)).max(1)
    });
    (left < needed).then(|| {
        let block = &service.block;
        let message = match (left, total) {
            (0, 1) => format!("the only machine of `{block}` is destroyed before its successor is created"),
            (0, _) => format!("all {total} machines of `{block}` are destroyed before any successor is created"),
            _ => format!(
                "{missing} of {total} machines of `{block}` are destroyed before their successors are created: {left} are left, and {needed} \
                 would be after the loss of a zone"
            ),
        };
        Finding::of(rules::CAPACITY_GAP, message).at(block).help(help)
    })
}

/// What a service outlived and no longer does, and services that end.
fn lost(service: &Service, members: &[&FleetMember]) -> Vec<Finding> {
    let mut found = Vec::new();
    let holds = |after: bool| {
        members.iter().any(|member| {
            let stands = if after { &member.stands.after } else { &member.stands.before };
            stands.as_ref().is_some_and(|stands| stands.count.known().is_none_or(|count| count.max > 0))
        })
    };
    if holds(false) && !holds(true) {
        let regions = service.endures.before.as_ref().map(|endurance| list(&endurance.regions)).unwrap_or_default();
        let place = if regions.is_empty() { String::new() } else { format!(" in {regions}") };
        let message = format!("`{}` holds machines{place} before the change and none after it", service.block);
        found.push(
            Finding::of(rules::LAST_REGION, message).at(&service.block).help("waive the finding if the service ends"),
        );
        return found;
    }
    let (Some(before), Some(after)) = (&service.endures.before, &service.endures.after) else { return found };
    for (what, before, after) in [("zone", &before.zone, &after.zone), ("region", &before.region, &after.region)] {
        let (Figure::Known(before), Figure::Known(after)) = (before, after) else { continue };
        if before.survives && !after.survives {
            let message =
                format!("`{}` outlives the loss of a {what} before the change, and not after it", service.block);
            found.push(Finding::of(rules::SURVIVAL_LOST, message).at(&service.block).about(what));
        }
    }
    let count: u64 =
        members.iter().filter_map(|member| Some(member.stands.after.as_ref()?.count.known()?.expected)).sum();
    if let Figure::Known(zone) = &after.zone
        && !zone.survives
        && count > 1
    {
        let message = format!("all {count} machines of `{}` are lost with one zone", service.block);
        found.push(Finding::of(rules::SINGLE_ZONE, message).at(&service.block).about("zone"));
    }
    found
}

fn list(regions: &[RegionKey]) -> String {
    regions.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn regions_removed(members: &[FleetMember]) -> Vec<Finding> {
    let standing = |after: bool| -> BTreeSet<&RegionKey> {
        members
            .iter()
            .filter_map(|member| if after { member.stands.after.as_ref() } else { member.stands.before.as_ref() })
            .filter_map(|stands| stands.region.known())
            .collect()
    };
    let (before, after) = (standing(false), standing(true));
    // Where a region is unknown after the change, nothing is known to have gone.
    let is_complete = members
        .iter()
        .filter(|member| member.unit != Unit::Replicas)
        .filter_map(|member| member.stands.after.as_ref())
        .all(|stands| stands.region.known().is_some());
    if !is_complete || after.is_empty() {
        return Vec::new();
    }
    let gone = before.difference(&after);
    gone.map(|region| {
        let message = format!("machines stand in {region} before the change and none after it");
        Finding::of(rules::REGION_REMOVED, message).about(region.to_string())
    })
    .collect()
}
