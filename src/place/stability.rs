//! The earlier placement against the best one found: what stays, what moves, and why.
//!
//! Workloads that share nothing are decided apart, by *units*: the blocks of the formulation, or everything together where there are pools. What a unit
//! was before stays while it passes `check` for the present problem and the best one found saves less than the threshold
//! ([`check::is_worth_moving`]); at equal cost it stays. The answer is judged and counted as a whole, and its bound is that of the search: nothing costs less,
//! whatever stands.

use super::changes::{Changed, changes};
use super::unit::Unit;
use super::{Disagreement, Interrupt, Outcome, is_within};
use crate::check::{self, Placement, Violation};
use crate::formulate::previous_assignment;
use crate::model::{Assignment, PoolId, Problem, Purchase, WorkloadId};
use crate::units::Money;

/// What became of an earlier placement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stability {
    /// By what is decided together, in the order of the first workload.
    pub decisions: Vec<Decision>,
    /// What the best placement costs that was found, if one was.
    pub best: Option<Money>,
    /// Whether nothing costs less than that, within the gap tolerance.
    pub is_best_proven: bool,
    /// How the answer differs from the earlier placement, and what made it so.
    pub changed: Changed,
}

/// What became of workloads and pools that are decided together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The workloads outside pools.
    pub workloads: Vec<WorkloadId>,
    /// The pools.
    pub pools: Vec<PoolId>,
    /// What they cost now as they were, or why they cannot stay so.
    pub earlier: Result<Money, String>,
    /// What they cost in the best placement that was found, if one was.
    pub best: Option<Money>,
    /// Whether they stay.
    pub is_kept: bool,
}

impl Stability {
    /// True if everything stays.
    pub fn is_kept(&self) -> bool {
        self.decisions.iter().all(|decision| decision.is_kept)
    }

    /// What the earlier placement costs now, as a whole; nothing if any of it cannot stay.
    pub fn earlier(&self) -> Option<Money> {
        self.decisions.iter().map(|decision| decision.earlier.as_ref().ok().copied()).sum()
    }
}

/// The answer between the outcome of a search and the earlier placement.
pub(super) fn settled(
    problem: &Problem,
    units: &[Unit],
    outcome: Outcome,
    interrupt: Interrupt<'_>,
) -> Result<(Outcome, Option<Stability>), Disagreement> {
    let Some(previous) = &problem.previous else { return Ok((outcome, None)) };
    let (best, bound) = match &outcome {
        Outcome::Optimal { placement, bound } | Outcome::Feasible { placement, bound } => (Some(placement), *bound),
        // What is impossible was impossible before.
        Outcome::Infeasible(_) => return Ok((outcome, None)),
        // Without another placement everything stays or nothing does.
        Outcome::Undecided => (None, Money::ZERO),
    };
    let whole = [Unit::whole(problem)];
    let units = if best.is_some() { units } else { &whole };
    let found = best.map(Placement::assignment);
    let mut earlier: Vec<Result<Assignment, String>> =
        units.iter().map(|unit| previous_assignment(problem, previous, &unit.workloads, &unit.pools)).collect();
    let standing = standing(problem, units, &mut earlier, found.as_ref());
    let mut decisions = Vec::with_capacity(units.len());
    let mut chosen = Assignment::default();
    for (unit, earlier) in units.iter().zip(&earlier) {
        let cost = match (earlier, &standing) {
            (Ok(_), Some(standing)) => Ok(unit.cost(problem, standing)),
            (Ok(_), None) => Err("nothing of it can stand".to_owned()),
            (Err(why), _) => Err(why.clone()),
        };
        let best = best.map(|best| unit.cost(problem, best));
        let stays = |cost: Money| best.is_none_or(|best| !check::is_worth_moving(previous, cost, best));
        let is_kept = cost.as_ref().is_ok_and(|cost| stays(*cost));
        let part = if is_kept { earlier.as_ref().ok().cloned() } else { found.as_ref().map(|found| unit.part(found)) };
        let part = part.unwrap_or_default();
        chosen.groups.extend(part.groups);
        chosen.pools.extend(part.pools);
        decisions.push(Decision {
            workloads: unit.workloads.clone(),
            pools: unit.pools.clone(),
            earlier: cost,
            best,
            is_kept,
        });
    }
    if best.is_none() && decisions.iter().any(|decision| !decision.is_kept) {
        return Ok((outcome, None));
    }
    let placement = check::placement(problem, chosen).map_err(Disagreement)?;
    let stability = Stability {
        decisions,
        best: best.map(Placement::cost),
        is_best_proven: matches!(outcome, Outcome::Optimal { .. }),
        changed: changes(problem, previous, &placement, interrupt)?,
    };
    let bound = bound.min(placement.cost());
    // The proof of the search holds for what costs no more than it found.
    let is_optimal = stability.is_best_proven && best.is_some_and(|best| placement.cost() <= best.cost())
        || is_within(placement.cost(), bound, problem.gap_tolerance);
    Ok((Outcome::of(placement, bound, is_optimal), Some(stability)))
}

/// The placement in which everything stays that can, beside the best one found for the rest. What cannot stay is told so in `earlier`.
fn standing(
    problem: &Problem,
    units: &[Unit],
    earlier: &mut [Result<Assignment, String>],
    found: Option<&Assignment>,
) -> Option<Placement> {
    loop {
        let mut whole = Assignment::default();
        for (unit, earlier) in units.iter().zip(&*earlier) {
            let part = match (earlier, found) {
                (Ok(earlier), _) => earlier.clone(),
                (Err(_), Some(found)) => unit.part(found),
                (Err(_), None) => return None,
            };
            whole.groups.extend(part.groups);
            whole.pools.extend(part.pools);
        }
        let violations = match check::placement(problem, whole) {
            Ok(placement) => return Some(placement),
            Err(violations) => violations,
        };
        let mut is_settled = false;
        for (unit, earlier) in units.iter().zip(earlier.iter_mut()) {
            let blamed: Vec<&Violation> = match earlier {
                Ok(stood) => violations.iter().filter(|violation| is_about(problem, violation, unit, stood)).collect(),
                Err(_) => continue,
            };
            if !blamed.is_empty() {
                *earlier = Err(told(&blamed));
                is_settled = true;
            }
        }
        if !is_settled {
            // Nothing of what stood is to blame alone: nothing stays.
            let everything: Vec<&Violation> = violations.iter().collect();
            let mut standing = earlier.iter_mut().filter(|earlier| earlier.is_ok()).peekable();
            standing.peek()?;
            standing.for_each(|earlier| *earlier = Err(told(&everything)));
        }
    }
}

/// The rules that are broken, each once.
fn told(violations: &[&Violation]) -> String {
    let mut rules: Vec<&str> = violations.iter().map(|violation| violation.rule()).collect();
    rules.sort_unstable();
    rules.dedup();
    format!("it breaks {}", rules.join(", "))
}

/// Whether what stood of a unit is part of a violation.
fn is_about(problem: &Problem, violation: &Violation, unit: &Unit, stood: &Assignment) -> bool {
    match violation {
        Violation::Pool { pool, .. } => unit.pools.contains(pool),
        Violation::Committed { commitment, .. } => {
            let mut sets = stood.groups.values().flat_map(|group| &group.machines);
            sets.any(|set| matches!(set.purchase, Purchase::Committed(id, _) if id == *commitment))
        }
        Violation::Environments { region, .. } => {
            stood.groups.iter().any(|((_, place), group)| place == region && group.function.is_some())
        }
        Violation::Stock { region, machine_type, .. } => stood.groups.iter().any(|((_, place), group)| {
            place == region && group.machines.iter().any(|set| set.machine_type == *machine_type)
        }),
        Violation::Quota { quota, .. } => {
            stood.groups.keys().any(|(_, place)| *place == problem.quotas[quota.index()].region)
        }
        Violation::Regions { workload: None, .. }
        | Violation::OverBudget { .. }
        | Violation::TooMuchCarbon { .. }
        | Violation::TooLongOnTheWay { .. } => true,
        Violation::Regions { workload: Some(workload), .. }
        | Violation::Demand { workload, .. }
        | Violation::Residency { workload, .. }
        | Violation::Machines { workload, .. }
        | Violation::Shape { workload, .. }
        | Violation::Functions { workload, .. }
        | Violation::Spot { workload, .. }
        | Violation::Commitments { workload, .. }
        | Violation::Capacity { workload, .. }
        | Violation::Loss { workload, .. }
        | Violation::UnknownRoundTrip { workload, .. }
        | Violation::OutOfReach { workload, .. }
        | Violation::UnknownEgressPrice { workload, .. }
        | Violation::Latency { workload, .. }
        | Violation::Share { workload, .. }
        | Violation::Weight { workload, .. }
        | Violation::Zones { workload, .. }
        | Violation::MachineTypes { workload, .. }
        | Violation::State { workload, .. }
        | Violation::Divided { workload, .. }
        | Violation::Calls { workload, .. }
        | Violation::PathTooLong { workload, .. }
        | Violation::Pin { workload, .. }
        | Violation::Replicas { workload, .. } => unit.workloads.contains(workload),
    }
}
