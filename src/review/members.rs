//! The fleet as members with figures, and what of it has a price.

use std::collections::{BTreeMap, BTreeSet};

use super::fleet::{self, COSTLY, Pool, Zones};
use super::plan::{Plan, Resource, Time};
use super::price::Prices;
use super::reason::Reason;
use super::report::{Change, Coverage, Deployment, Figure, FleetMember, Sum, Totals, Unit, Unknown};
use crate::model::RegionKey;

/// A resource's pools at both times, before they have prices.
#[derive(Debug)]
pub(super) struct Read<'p, 'a> {
    pub(super) resource: &'p Resource<'a>,
    kind: &'static fleet::Kind,
    before: Vec<Pool>,
    after: Vec<Pool>,
}

/// Reads every resource that has a reader.
pub(super) fn read<'p, 'a>(plan: &'p Plan<'a>, zones: &Zones) -> Vec<Read<'p, 'a>> {
    let before = fleet::scene(plan, zones, Time::Before);
    let after = fleet::scene(plan, zones, Time::After);
    let mut read = Vec::new();
    for resource in plan.resources.iter().filter(|resource| !resource.is_data) {
        let Some(kind) = fleet::reader(&resource.kind) else { continue };
        let pools = |scene| fleet::pools(scene, kind, resource);
        read.push(Read { resource, kind, before: pools(&before), after: pools(&after) });
    }
    read
}

/// The regions in which anything stands.
pub(super) fn regions(read: &[Read<'_, '_>]) -> BTreeSet<RegionKey> {
    let pools = read.iter().flat_map(|one| one.before.iter().chain(&one.after));
    pools.filter_map(|pool| pool.region.known().cloned()).collect()
}

/// The members, by address.
pub(super) fn members(read: Vec<Read<'_, '_>>, prices: &Prices<'_>) -> Vec<FleetMember> {
    let mut members = Vec::with_capacity(read.len());
    for Read { resource, kind, before, after } in read {
        let mut parts: BTreeMap<String, (Unit, Change<Option<Deployment>>)> = BTreeMap::new();
        for (pools, is_before) in [(before, true), (after, false)] {
            for pool in pools {
                let (part, unit) = (pool.part.clone(), pool.unit);
                let entry = parts.entry(part).or_insert_with(|| (unit, Change::default()));
                // After the change counts where the two differ.
                entry.0 = unit;
                let side = if is_before { &mut entry.1.before } else { &mut entry.1.after };
                *side = Some(prices.deployment(pool));
            }
        }
        for (part, (unit, stands)) in parts {
            members.push(FleetMember {
                address: format!("{}{part}", resource.address),
                block: resource.block.clone(),
                kind: resource.kind.to_string(),
                cloud: kind.cloud.map(str::to_owned),
                unit,
                action: resource.action,
                stands,
                location: None,
            });
        }
    }
    members.sort_by(|a, b| a.address.cmp(&b.address));
    members
}

/// What has a price after the change, and everything that could not be told.
pub(super) fn coverage(plan: &Plan<'_>, members: &[FleetMember]) -> Coverage {
    let mut coverage = Coverage {
        not_read: plan.not_read.iter().map(|(kind, count)| (kind.to_string(), *count)).collect(),
        ..Coverage::default()
    };
    for member in members {
        let Some(after) = &member.stands.after else { continue };
        if member.unit != Unit::Replicas {
            coverage.total += 1;
            coverage.priced += usize::from(after.monthly_cost.known().is_some());
        }
        for (what, reason) in unknown(member.unit, after) {
            coverage.unknown.push(Unknown { address: member.address.clone(), what, reason });
        }
    }
    let costly = |resource: &&Resource<'_>| {
        !resource.is_data && COSTLY.contains(&resource.kind.as_ref()) && resource.exists(Time::After)
    };
    for resource in plan.resources.iter().filter(costly) {
        coverage.total += 1;
        coverage.unknown.push(Unknown {
            address: resource.address.to_string(),
            what: "price",
            reason: Reason::NotPriced { kind: resource.kind.to_string() },
        });
    }
    for deferred in &plan.deferred {
        coverage.total += 1;
        coverage.unknown.push(Unknown {
            address: deferred.address.clone(),
            what: "change",
            reason: Reason::Because(format!("Terraform puts it off to a later plan ({})", deferred.reason)),
        });
    }
    coverage.unknown.sort_by(|a, b| (&a.address, a.what).cmp(&(&b.address, b.what)));
    coverage
}

/// What is not known of a deployment; a figure that only follows from another unknown one is not told again.
fn unknown(unit: Unit, stands: &Deployment) -> Vec<(&'static str, Reason)> {
    let mut found = Vec::new();
    let mut tell = |what: &'static str, reason: Option<&Reason>| {
        found.extend(
            reason.filter(|reason| !matches!(reason, Reason::Follows { .. })).map(|reason| (what, reason.clone())),
        );
    };
    tell("count", stands.count.reason());
    if unit == Unit::Replicas {
        return found;
    }
    tell("region", stands.region.reason());
    if unit == Unit::Machines {
        tell("machine type", stands.machine_types.reason());
    }
    tell("price", stands.monthly_cost.reason());
    if stands.monthly_cost.known().is_some() {
        tell("carbon", stands.monthly_carbon.reason());
    }
    found
}

/// Cost and emissions of all members.
pub(super) fn totals(members: &[FleetMember], coverage: &Coverage) -> Totals {
    let mut totals = Totals::default();
    for member in members.iter().filter(|member| member.unit != Unit::Replicas) {
        let sides = [
            (&member.stands.before, &mut totals.cost.before, &mut totals.carbon.before),
            (&member.stands.after, &mut totals.cost.after, &mut totals.carbon.after),
        ];
        for (stands, cost, carbon) in sides {
            let Some(stands) = stands else { continue };
            add(cost, &stands.monthly_cost, |a, b| a + b);
            add(carbon, &stands.monthly_carbon, |a, b| crate::units::Carbon(a.0 + b.0));
        }
    }
    // What is not a member has no price either.
    let listed: BTreeSet<&str> = members.iter().map(|member| member.address.as_str()).collect();
    let others = coverage.unknown.iter().filter(|unknown| !listed.contains(unknown.address.as_str())).count();
    totals.cost.after.unknown += others;
    totals
}

fn add<T: Copy>(sum: &mut Sum<T>, figure: &Figure<super::report::Range<T>>, plus: impl Fn(T, T) -> T) {
    match figure {
        Figure::Known(range) => {
            sum.known.min = plus(sum.known.min, range.min);
            sum.known.expected = plus(sum.known.expected, range.expected);
            sum.known.max = plus(sum.known.max, range.max);
        }
        Figure::Unknown(_) => sum.unknown += 1,
    }
}
