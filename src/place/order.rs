//! Objectives one after another: each target of an order is minimised among the placements that are as good in all targets before it.
//!
//! > stage k: minimise value(k)  subject to  value(j) <= (1 + tolerance) × best(j)  for all j before k
//!
//! where best(j) is what the stage of j found, and the last target is given no part of. So the placement found by one stage is one of the next. Every stage has a bound of its
//! own: no placement within the limits of its stage has less. Where a stage is not settled, later ones are held to what was found and not to what might be there; their
//! bounds are as true, and the whole is `feasible`.
//!
//! Stages are searched in `search`; where there are pools, in `pooled`.
//!
//! At last, where cost does not come last, a placement that costs less and is as good in everything is taken if one is found; nothing is claimed of that.

mod pooled;
mod search;
mod weights;

use super::{Disagreement, Outcome, cheapest};
use crate::check::{self, Totals};
use crate::formulate::Formulation;
use crate::model::{Order, Problem, Target};
use crate::solve::Effort;
use crate::units::{Money, Wait};
use search::Search;

/// What became of one target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stage {
    /// The target.
    pub target: Target,
    /// The least value that its stage found: micro-USD, milligrams, or units of [`Wait`](crate::units::Wait).
    pub best: i128,
    /// No placement that leaves the targets before it what they were promised has less.
    pub bound: i128,
    /// Whether the two are within the gap tolerance of each other.
    pub is_proven: bool,
    /// The value in the answer, which later targets may have raised.
    pub value: i128,
}

/// Micro-USD, milligrams, and units of [`Wait`](crate::units::Wait).
type Values = [i128; 3];

/// The best placement in the order, with its stages; `None` if it is proven that there is none.
pub(super) fn outcome(
    problem: &Problem,
    order: &Order,
    formulation: Option<&Formulation>,
    effort: Effort,
) -> Result<Option<(Outcome, Vec<Stage>)>, Disagreement> {
    let found = if problem.pools.is_empty() {
        cheapest(problem, formulation, effort)?.ok()
    } else {
        super::pools::outcome(&first_stage(problem), effort)?
    };
    let Some(cheapest) = found else { return Ok(None) };
    let Some((placement, least)) = cheapest.placement() else { return Ok(Some((Outcome::Undecided, Vec::new()))) };
    let mut search = Search::of(problem, effort, placement.clone());
    let mut stages: Vec<Stage> = Vec::with_capacity(order.targets.len());
    for (at, &target) in order.targets.iter().enumerate() {
        search.bound = 0;
        if at == 0 && target == Target::Cost {
            search.bound = least.micros();
        } else {
            search.minimise(target)?;
        }
        let best = search.value(target);
        stages.push(Stage { target, best, bound: search.bound, is_proven: false, value: best });
        let is_last = at + 1 == order.targets.len();
        let left = if is_last { 0 } else { best * i128::from(order.tolerance.0) / 1_000_000 };
        search.keep(target, best + left);
    }
    if order.targets.last() != Some(&Target::Cost) {
        search.minimise(Target::Cost)?;
    }
    let placement = check::placement(&search.within, search.best.assignment()).map_err(Disagreement)?;
    for stage in &mut stages {
        stage.value = values(placement.totals())[stage.target as usize];
        // What came later may have found less of a target that was not settled.
        stage.best = stage.best.min(stage.value);
        stage.is_proven = search.is_near(stage.best, stage.bound);
        stage.bound = stage.bound.min(stage.best);
    }
    let bound = stages.iter().find(|stage| stage.target == Target::Cost).map_or(0, |stage| stage.bound);
    let bound = Money::from_micros(bound).min(placement.cost());
    let is_optimal = stages.iter().all(|stage| stage.is_proven);
    Ok(Some((Outcome::of(placement, bound, is_optimal), stages)))
}

/// A problem with pools as its first stage sees it: cost alone is minimised, and what counts in later ones must be known.
pub(super) fn first_stage(problem: &Problem) -> Problem {
    /// More than any requests together are on their way.
    const ANY: Wait = Wait(1 << 70);
    let has = |target| problem.order.as_ref().is_some_and(|order| order.has(target));
    let mut first = Problem { order: None, ..problem.clone() };
    first.limits.needs_emissions |= has(Target::Carbon);
    first.limits.max_wait = has(Target::Latency).then_some(ANY);
    first
}

fn values(totals: &Totals) -> Values {
    // What is not known is not limited: `check` asks for figures where they count.
    let emitted = totals.emissions.map_or(0, |emissions| emissions.0);
    [totals.paid().micros(), emitted, totals.wait.map_or(0, |wait| wait.0)]
}
