//! The earlier placement against the best one found: which is the answer, and what has changed.
//!
//! The earlier placement is the answer while it passes `check` for the present problem and the best one found saves less than the threshold
//! ([`check::is_worth_moving`]). At equal cost it stays. The bound is the one of the search: it holds for both.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::{self, Placement};
use crate::formulate::previous_assignment;
use crate::model::{Origin, Previous, PreviousGroup, PreviousMachines, Problem};
use crate::place::Outcome;
use crate::units::{MilliRps, Money};

/// What became of the earlier placement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stability {
    /// What it costs now, or why it is no placement any more.
    pub previous: Result<Money, String>,
    /// What the best placement costs that was found, if one was.
    pub best: Option<Money>,
    /// Whether the answer is the earlier placement.
    pub is_kept: bool,
    /// How the answer differs from it, by group.
    pub changes: Vec<(String, Change)>,
    /// What the answers were computed from that is not the same; `None` if it is not known what the earlier one was computed from.
    /// Equal causes give equal answers, so a single one is the cause.
    pub causes: Option<Vec<Cause>>,
}

/// How a group differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It was not there.
    Added,
    /// It is not there.
    Removed,
    /// Its machines differ.
    Resized,
    /// Its machines are the same, its traffic is not.
    Rerouted,
}

/// What an answer depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The problem, or the provider's catalog.
    Configuration,
    /// The embedded catalog: prices, types, round trips.
    Catalog,
    /// The program.
    Version,
}

/// The answer between the outcome of a search and the earlier placement.
pub(super) fn settled(problem: &Problem, outcome: Outcome) -> (Outcome, Option<Stability>) {
    let Some(previous) = &problem.previous else { return (outcome, None) };
    let best = outcome.placement().map(|(placement, _)| placement.cost());
    let outcome = match earlier(problem, previous) {
        Ok(earlier) if best.is_none_or(|best| !check::is_worth_moving(previous, earlier.cost(), best)) => {
            // A placement that `check` accepts is one, whatever the search had to say.
            let bound = outcome.placement().map_or(Money::ZERO, |(_, bound)| bound).min(earlier.cost());
            if super::is_within(earlier.cost(), bound, problem.gap_tolerance) {
                Outcome::Optimal { placement: earlier, bound }
            } else {
                Outcome::Feasible { placement: earlier, bound }
            }
        }
        _ => outcome,
    };
    let stability = outcome.placement().map(|(placement, _)| stability(problem, previous, placement, best));
    (outcome, stability)
}

/// What there is to say of `placement` beside the earlier one, when the best one found costs `best`.
pub(super) fn stability(problem: &Problem, previous: &Previous, placement: &Placement, best: Option<Money>) -> Stability {
    let earlier = earlier(problem, previous);
    Stability {
        is_kept: earlier.as_ref() == Ok(placement),
        previous: earlier.map(|earlier| earlier.cost()),
        best,
        changes: changes(problem, previous, placement),
        causes: previous.origin.as_ref().map(|origin| causes(problem, origin)),
    }
}

/// The earlier placement, if it is one for the present problem.
fn earlier(problem: &Problem, previous: &Previous) -> Result<Placement, String> {
    let assignment = previous_assignment(problem, &previous.groups)?;
    check::placement(problem, assignment).map_err(|violations| {
        let mut broken: Vec<&str> = violations.iter().map(check::Violation::rule).collect();
        broken.dedup();
        format!("it breaks {}", broken.join(", "))
    })
}

fn changes(problem: &Problem, previous: &Previous, placement: &Placement) -> Vec<(String, Change)> {
    let now = described(problem, placement);
    let keys: BTreeSet<&String> = now.keys().chain(previous.groups.keys()).collect();
    let change = |key: &String| match (previous.groups.get(key), now.get(key)) {
        (None, _) => Some(Change::Added),
        (_, None) => Some(Change::Removed),
        (Some(before), Some(now)) if machines(before) != machines(now) => Some(Change::Resized),
        (Some(before), Some(now)) => (before.traffic != now.traffic).then_some(Change::Rerouted),
    };
    keys.into_iter().filter_map(|key| Some((key.clone(), change(key)?))).collect()
}

/// A group's machines in an order of their own, zones without any left out.
fn machines(group: &PreviousGroup) -> BTreeSet<PreviousMachines> {
    let mut machines = group.machines.clone();
    machines.iter_mut().for_each(|machines| machines.zones.retain(|_, count| *count > 0));
    machines.into_iter().collect()
}

/// A placement in the words of an earlier one.
fn described(problem: &Problem, placement: &Placement) -> BTreeMap<String, PreviousGroup> {
    let described = |(&(workload, region), placed): (&(_, _), &check::PlacedGroup)| {
        let (workload, region): (crate::model::WorkloadId, crate::model::RegionId) = (workload, region);
        let place = &problem.regions[region.index()];
        let machines = placed.group.machines.iter().map(|set| PreviousMachines {
            instance_type: problem.machine_types[set.machine_type.index()].name.clone(),
            purchase: set.purchase.to_string(),
            zones: place.zones.iter().cloned().zip(set.instances_by_zone.iter().copied()).collect(),
        });
        let name = |user: crate::model::UserId| problem.users[user.index()].name.clone();
        let traffic: BTreeMap<String, MilliRps> =
            placed.group.traffic.iter().map(|(&user, &rate)| (name(user), rate)).collect();
        let key = format!("{}/{}", problem.workloads[workload.index()].name, place.key);
        (key, PreviousGroup { machines: machines.collect(), traffic })
    };
    placement.groups().iter().map(described).collect()
}

fn causes(problem: &Problem, origin: &Origin) -> Vec<Cause> {
    let stated = problem.stated.as_ref();
    let is_same_problem = stated.is_some_and(|stated| {
        stated.without_previous == origin.problem && stated.provider_catalog == origin.provider_catalog
    });
    let differs = [
        (Cause::Configuration, !is_same_problem),
        (Cause::Catalog, problem.catalog.digest != origin.catalog),
        (Cause::Version, env!("CARGO_PKG_VERSION") != origin.version),
    ];
    differs.into_iter().filter(|&(_, differs)| differs).map(|(cause, _)| cause).collect()
}
