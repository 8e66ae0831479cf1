//! How an answer differs from an earlier one, and what made it differ.
//!
//! Equal configuration, catalog and version give equal answers. So where one of them differs it is the cause of every change. Where the configuration
//! and something else differ, the earlier configuration is solved again with the catalog and version of today: a group that is then as it was before
//! changed because of the configuration, any other because of the rest. An earlier catalog is not at hand, so no more than that can be told.

use std::collections::{BTreeMap, BTreeSet};

use super::{Disagreement, Interrupt, place_until};
use crate::check::Placement;
use crate::model::{
    ByZone, Origin, PoolNodes, Previous, PreviousFunction, PreviousGroup, PreviousMachines, Problem, Purchase,
    RegionKey, UserGroup, WorkloadId,
};
use crate::units::Money;

/// Everything that is not as it was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changed {
    /// Groups that differ, by `workload/cloud/region`; the nodes of a pool are a group, by `pool/cloud/region`.
    pub groups: Vec<(String, Change, Cause)>,
    /// What the answers were computed from that is not the same; `None` if it is not known what the earlier one was computed from.
    pub differs: Option<Differences>,
    /// Machines of the earlier placement whose price is another one now.
    pub prices: Vec<PriceChange>,
}

/// What two answers were computed from, where it is not the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Differences {
    /// What is stated otherwise, each `path: before → now`.
    pub configuration: Vec<String>,
    /// The digest of the earlier catalog, if it is another one.
    pub catalog: Option<String>,
    /// The earlier version, if it is another one.
    pub version: Option<String>,
}

/// How a group differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It was not there; these are its machines.
    Added(String),
    /// It is not there; these were its machines.
    Removed(String),
    /// It had other machines.
    Resized {
        /// What they were.
        before: String,
        /// What they are.
        now: String,
    },
    /// Its machines are the same, and its part of the requests is not.
    Rerouted,
}

/// What made a group change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The problem, or the provider's catalog.
    Configuration,
    /// The embedded catalog: prices, types, round trips.
    Catalog,
    /// The program.
    Version,
    /// The embedded catalog or the program: both differ.
    CatalogOrVersion,
    /// It is not known what the earlier answer was computed from, or nothing of that differs.
    Unknown,
}

/// A price that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PriceChange {
    /// Where: `cloud/region`.
    pub region: String,
    /// The cloud's name of the machine type.
    pub instance_type: String,
    /// How the machines are bought.
    pub purchase: String,
    /// USD per hour before.
    pub before: Money,
    /// USD per hour now; nothing if it is not on sale.
    pub now: Option<Money>,
}

impl Cause {
    /// The word for it in results.
    pub fn name(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::Catalog => "catalog",
            Self::Version => "version",
            Self::CatalogOrVersion => "catalog_or_version",
            Self::Unknown => "unknown",
        }
    }
}

impl Change {
    /// The word for it in results.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Added(_) => "added",
            Self::Removed(_) => "removed",
            Self::Resized { .. } => "resized",
            Self::Rerouted => "rerouted",
        }
    }
}

/// How `placement` differs from the earlier one.
pub(super) fn changes(
    problem: &Problem,
    previous: &Previous,
    placement: &Placement,
    interrupt: Interrupt<'_>,
) -> Result<Changed, Disagreement> {
    let before = stood(previous);
    let found = compared(&before, &described(problem, placement));
    let origin = previous.origin.as_ref();
    let differs = origin.map(|origin| differences(problem, origin));
    let rest = differs.as_ref().map_or(Cause::Unknown, |differs| match (&differs.catalog, &differs.version) {
        (Some(_), Some(_)) => Cause::CatalogOrVersion,
        (Some(_), None) => Cause::Catalog,
        (None, Some(_)) => Cause::Version,
        (None, None) => Cause::Unknown,
    });
    let is_stated_otherwise = differs.as_ref().is_some_and(|differs| !differs.configuration.is_empty());
    let reverted = origin.and_then(|origin| origin.reverted.as_deref()).filter(|_| !found.is_empty());
    let reverted = match reverted {
        Some(reverted) => {
            let answer = place_until(reverted, interrupt)?;
            answer.outcome.placement().map(|(placement, _)| compared(&before, &described(reverted, placement)))
        }
        None => None,
    };
    let cause = |key: &String| match (is_stated_otherwise, rest, &reverted) {
        (true, Cause::Unknown, _) => Cause::Configuration,
        (true, _, Some(still)) if !still.iter().any(|(other, _)| other == key) => Cause::Configuration,
        (true, _, None) => Cause::Unknown,
        (true, rest, Some(_)) | (false, rest, _) => rest,
    };
    let groups = found.into_iter().map(|(key, change)| {
        let cause = cause(&key);
        (key, change, cause)
    });
    Ok(Changed { groups: groups.collect(), prices: prices(problem, previous), differs })
}

fn differences(problem: &Problem, origin: &Origin) -> Differences {
    Differences {
        configuration: origin.differences.clone(),
        catalog: (origin.catalog != problem.catalog.digest).then(|| origin.catalog.clone()),
        version: (origin.version != env!("CARGO_PKG_VERSION")).then(|| origin.version.clone()),
    }
}

type Groups = BTreeMap<String, PreviousGroup>;

/// Everything that stood before: machine groups, and the nodes of each pool as a group of its own.
fn stood(previous: &Previous) -> Groups {
    let mut groups = previous.groups.clone();
    for (pool, nodes) in &previous.nodes {
        for alike in nodes {
            let group = groups.entry(format!("{pool}/{}", alike.region)).or_default();
            group.machines.push(nodes_of(&alike.instance_type, alike.count));
        }
    }
    groups
}

fn nodes_of(name: &str, count: u64) -> PreviousMachines {
    PreviousMachines {
        instance_type: name.to_owned(),
        purchase: Purchase::OnDemand.to_string(),
        commitment: None,
        instances: ByZone::InOrder(vec![count]),
        by_period: Vec::new(),
        hourly: None,
    }
}

fn compared(before: &Groups, now: &Groups) -> Vec<(String, Change)> {
    let (old, new) = (shares(before), shares(now));
    let keys: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
    let change = |key: &String| match (before.get(key), now.get(key)) {
        (None, Some(now)) => Some(Change::Added(words(now))),
        (Some(before), None) => Some(Change::Removed(words(before))),
        (Some(before), Some(now)) if counts(before) != counts(now) => {
            Some(Change::Resized { before: words(before), now: words(now) })
        }
        (Some(before), Some(now)) => {
            let is_rerouted = is_rerouted(old.get(key), new.get(key)) || calls_elsewhere(before, now);
            is_rerouted.then_some(Change::Rerouted)
        }
        (None, None) => None,
    };
    keys.into_iter().filter_map(|key| Some((key.clone(), change(key)?))).collect()
}

/// How many machines of each type and purchase a group has in all zones, and how many environments of a service.
fn counts(group: &PreviousGroup) -> BTreeMap<(&str, &str, Option<&str>), u64> {
    let mut counts = BTreeMap::new();
    for machines in &group.machines {
        let kind = (machines.instance_type.as_str(), machines.purchase.as_str(), machines.commitment.as_deref());
        *counts.entry(kind).or_insert(0) += machines.instances.total();
    }
    if let Some(function) = &group.function {
        let kind = (function.service.as_str(), "function", Some(function.architecture.as_str()));
        counts.insert(kind, function.concurrency);
    }
    counts
}

fn words(group: &PreviousGroup) -> String {
    let kinds = counts(group).into_iter().map(|((name, purchase, _), count)| format!("{count} {name} {purchase}"));
    kinds.collect::<Vec<_>>().join(" + ")
}

/// Parts of a user group's requests, in millionths.
type Shares = BTreeMap<String, BTreeMap<String, u64>>;

/// Less is a matter of rounding: 0.01 %.
const ROUNDING: u64 = 100;

fn shares(groups: &Groups) -> Shares {
    let mut sums: BTreeMap<(&str, &str), u128> = BTreeMap::new();
    let workload = |key: &'_ str| key.split('/').next().map_or(0, str::len);
    for (key, group) in groups {
        for (user, part) in &group.traffic {
            *sums.entry((&key[..workload(key)], user)).or_default() += u128::from(*part);
        }
    }
    let share = |key: &str, user: &str, part: u64| {
        let sum = sums.get(&(&key[..workload(key)], user)).copied().unwrap_or_default().max(1);
        u64::try_from(u128::from(part) * 1_000_000 / sum).unwrap_or(u64::MAX)
    };
    let of_group = |(key, group): (&String, &PreviousGroup)| {
        // Where replicas are counted, their parts change with their number.
        let of_users = group.traffic.iter().filter(|(user, _)| *user != UserGroup::COUNTED);
        let parts = of_users.map(|(user, &part)| (user.clone(), share(key, user, part)));
        (key.clone(), parts.collect())
    };
    groups.iter().map(of_group).collect()
}

fn is_rerouted(old: Option<&BTreeMap<String, u64>>, new: Option<&BTreeMap<String, u64>>) -> bool {
    let (Some(old), Some(new)) = (old, new) else { return false };
    let users: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let part = |of: &BTreeMap<String, u64>, user: &String| of.get(user).copied().unwrap_or(0);
    users.into_iter().any(|user| part(old, user).abs_diff(part(new, user)) > ROUNDING)
}

/// Whether a group divides its calls in other proportions than before.
fn calls_elsewhere(before: &PreviousGroup, now: &PreviousGroup) -> bool {
    let shares = |regions: &BTreeMap<String, u64>| -> BTreeMap<String, u64> {
        let sum: u128 = regions.values().copied().map(u128::from).sum();
        let share = |part: u64| u64::try_from(u128::from(part) * 1_000_000 / sum.max(1)).unwrap_or(u64::MAX);
        regions.iter().map(|(region, &part)| (region.clone(), share(part))).collect()
    };
    let callees: BTreeSet<&String> = before.calls.keys().chain(now.calls.keys()).collect();
    let none = BTreeMap::new();
    let of = |group: &PreviousGroup, callee: &String| shares(group.calls.get(callee).unwrap_or(&none));
    callees.into_iter().any(|callee| is_rerouted(Some(&of(before, callee)), Some(&of(now, callee))))
}

/// A placement in the words of an earlier one.
fn described(problem: &Problem, placement: &Placement) -> Groups {
    let mut groups = Groups::new();
    for (&(workload, region), placed) in placement.groups() {
        let place = &problem.regions[region.index()];
        let machines = placed.group.machines.iter().map(|set| PreviousMachines {
            instance_type: problem.machine_types[set.machine_type.index()].name.clone(),
            purchase: set.purchase.to_string(),
            commitment: match set.purchase {
                Purchase::Committed(id, _) => Some(problem.commitments[id.index()].label.clone()),
                Purchase::OnDemand | Purchase::Spot => None,
            },
            instances: ByZone::InOrder(set.instances_by_zone.clone()),
            by_period: set.by_period.clone(),
            hourly: None,
        });
        let rates = placed.group.traffic.iter();
        let traffic = rates.map(|(user, rate)| (problem.users[user.index()].name.clone(), rate.0)).collect();
        let mut calls: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
        for (&(callee, to), rate) in &placed.group.calls {
            let regions = calls.entry(problem.workloads[callee.index()].name.clone()).or_default();
            regions.insert(problem.regions[to.index()].key.to_string(), rate.0);
        }
        let function = placed.group.function.map(|function| {
            let offer = &place.functions[function.offer.index()];
            PreviousFunction {
                service: offer.service.clone(),
                architecture: offer.architecture.to_string(),
                concurrency: function.count,
                answered: function.rate.0,
                of: placed.load().0,
            }
        });
        let group =
            PreviousGroup { machines: machines.collect(), function, traffic, calls, copies: placed.group.copies };
        groups.insert(key(problem, workload, &place.key), group);
    }
    for (id, placed) in placement.pools() {
        let place = &problem.regions[placed.placed.region.index()].key;
        let node = |nodes: &PoolNodes| nodes_of(&problem.machine_types[nodes.machine_type.index()].name, nodes.count);
        let machines = placed.placed.nodes.iter().map(node).collect();
        let key = format!("{}/{place}", problem.pools[id.index()].name);
        groups.insert(key, PreviousGroup { machines, ..PreviousGroup::default() });
    }
    groups
}

fn key(problem: &Problem, workload: WorkloadId, region: &RegionKey) -> String {
    format!("{}/{region}", problem.workloads[workload.index()].name)
}

fn prices(problem: &Problem, previous: &Previous) -> Vec<PriceChange> {
    let mut changed = BTreeSet::new();
    for (key, group) in &previous.groups {
        let Some((_, place)) = key.split_once('/') else { continue };
        for machines in &group.machines {
            let Some(before) = machines.hourly else { continue };
            let is_there = |key: &RegionKey| place.split_once('/') == Some((key.cloud.as_str(), key.region.as_str()));
            let region = problem.regions.iter().find(|region| is_there(&region.key));
            let offer = region.and_then(|region| {
                region.offers.iter().find(|offer| {
                    problem.machine_types[offer.machine_type.index()].name == machines.instance_type
                        && offer.purchase.to_string() == machines.purchase
                })
            });
            let now = offer.map(|offer| offer.hourly);
            if now != Some(before) {
                changed.insert(PriceChange {
                    region: place.to_owned(),
                    instance_type: machines.instance_type.clone(),
                    purchase: machines.purchase.clone(),
                    before,
                    now,
                });
            }
        }
    }
    changed.into_iter().collect()
}
