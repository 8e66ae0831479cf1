//! The chain itself: formulate → solve → check → explain. Read this file first.
//!
//! [`place`] turns a problem into an [`Answer`]. Nothing it returns was taken from the solver on trust: values become an assignment, `check`
//! judges the assignment and counts its cost, and a disagreement is an error of ours ([`Disagreement`]), never an answer.

mod alternatives;
mod attempt;
mod bindings;
mod changes;
mod hours;
mod limits;
mod order;
mod pools;
mod stability;
mod unit;

use std::borrow::Cow;

use crate::check::{self, Placement, Violation};
use crate::explain::{self, Conflict, PoolReasons, Reasons};
use crate::formulate::{Femto, Formulation, floor_to_money, formulate, service};
use crate::model::{Order, Problem, WorkloadId};
use crate::solve::{self, Effort, Ended};
use crate::units::{Money, Ratio};
use rayon::prelude::*;

pub use crate::solve::Interrupt;
pub use alternatives::Alternative;
pub use attempt::{Attempt, attempt};
pub use bindings::Binding;
pub use changes::{Cause, Change, Changed, Differences, PriceChange};
pub use order::Stage;
pub use stability::{Decision, Stability};
use unit::Unit;

/// What a solve proved about a problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing costs less than `bound`, and the placement's cost is within the gap tolerance of it.
    Optimal {
        /// The placement.
        placement: Placement,
        /// Lower bound on the cost of any placement.
        bound: Money,
    },
    /// The work limit ended the search. The true optimum lies between `bound` and the placement's cost.
    Feasible {
        /// The best placement found.
        placement: Placement,
        /// Lower bound on the cost of any placement.
        bound: Money,
    },
    /// Proven: no placement meets every hard rule.
    Infeasible(Conflict),
    /// The work limit ended the search before any placement was found. Nothing is proven.
    Undecided,
}

impl Outcome {
    /// The word for it in results: `optimal`, `feasible`, `infeasible`, `undecided`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Optimal { .. } => "optimal",
            Self::Feasible { .. } => "feasible",
            Self::Infeasible(_) => "infeasible",
            Self::Undecided => "undecided",
        }
    }

    /// A placement and the bound that was proven for it.
    fn of(placement: Placement, bound: Money, is_optimal: bool) -> Self {
        if is_optimal { Self::Optimal { placement, bound } } else { Self::Feasible { placement, bound } }
    }

    /// The placement and the bound, if there is a placement.
    pub fn placement(&self) -> Option<(&Placement, Money)> {
        match self {
            Self::Optimal { placement, bound } | Self::Feasible { placement, bound } => Some((placement, *bound)),
            Self::Infeasible(_) | Self::Undecided => None,
        }
    }

    /// Distance between cost and bound, in millionths of the cost, rounded up; zero for a cost of zero.
    pub fn gap_millionths(&self) -> Option<u32> {
        let (placement, bound) = self.placement()?;
        let cost = placement.cost().micros();
        if cost == 0 {
            return Some(0);
        }
        let distance = (placement.cost() - bound).micros();
        u32::try_from((distance * 1_000_000 + cost - 1) / cost).ok()
    }
}

/// Sizes before and after reduction, summed over workloads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sizes {
    /// Pairs of workload and region in the problem.
    pub pairs: usize,
    /// Pairs that the rules admit.
    pub admitted: usize,
    /// Pairs left when dominated regions are dropped.
    pub kept: usize,
    /// Steps of their cost curves.
    pub steps: usize,
    /// Sets of workloads solved apart.
    pub blocks: usize,
}

/// The answer to a problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What was proven, and the placement.
    pub outcome: Outcome,
    /// Why, by workload.
    pub reasons: Vec<Reasons>,
    /// Why, by pool.
    pub pools: Vec<PoolReasons>,
    /// What became of what stood before, if anything did and there is a placement.
    pub stability: Option<Stability>,
    /// The next best placements, by what is decided together, then by cost: as many as were asked for, or all there are.
    pub alternatives: Vec<Alternative>,
    /// The limits that bind, with what one unit more saves, if that was asked for.
    pub bindings: Vec<Binding>,
    /// What became of each target, where an order is asked for.
    pub stages: Vec<Stage>,
    /// How large the problem was and became.
    pub sizes: Sizes,
}

impl Answer {
    /// True if the gap is open because something was kept, and not because the search ended early.
    pub fn is_gap_kept(&self) -> bool {
        let is_proven = self.stability.as_ref().is_some_and(|stability| stability.is_best_proven);
        matches!(self.outcome, Outcome::Feasible { .. }) && is_proven
    }
}

/// The solver and the checker disagree: an error in Stowage, not in the problem.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("internal error: the checker refuses the solver's placement ({}); please report it with the problem file", list(.0))]
pub struct Disagreement(pub Vec<Violation>);

fn list(violations: &[Violation]) -> String {
    violations.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// Computes the cheapest placement of `problem`.
pub fn place(problem: &Problem) -> Result<Answer, Disagreement> {
    place_until(problem, Interrupt::NEVER)
}

/// The same, to be thrown away if `interrupt` is raised meanwhile: what is returned then is not what the problem's answer is.
pub fn place_until(problem: &Problem, interrupt: Interrupt<'_>) -> Result<Answer, Disagreement> {
    place_with(problem, Effort { tolerance: problem.gap_tolerance, interrupt, ..Effort::default() })
}

/// Computes the cheapest placement of `problem` with a given limit of work.
pub fn place_with(problem: &Problem, effort: Effort) -> Result<Answer, Disagreement> {
    if !problem.pools.is_empty() && problem.order.is_none() {
        return pools::place(problem, effort);
    }
    let interrupt = effort.interrupt;
    let formulation = formulation(problem);
    if let Some(order) = &problem.order {
        return in_order(problem, order, &formulation, effort);
    }
    let units = if problem.limits.have_sums() { vec![Unit::whole(problem)] } else { Unit::of_blocks(&formulation) };
    let outcome = match cheapest(problem, Some(&formulation), effort)? {
        Ok(outcome) => outcome,
        Err(impossible) => infeasible(problem, &impossible, interrupt),
    };
    let (outcome, stability) = stability::settled(problem, &units, outcome, interrupt)?;
    let placement = outcome.placement().map(|(placement, _)| placement);
    let alternatives = alternatives::alternatives(problem, &units, placement, interrupt)?;
    let bindings = bindings::bindings(problem, &units, placement, stability.as_ref(), interrupt)?;
    let reasons = explain::reasons(problem, &formulation, placement);
    let sizes = sizes(problem, &formulation);
    Ok(Answer { outcome, reasons, pools: Vec::new(), stability, alternatives, bindings, stages: Vec::new(), sizes })
}

/// Places what is minimised one after another. Nothing stood before, and nothing is asked for beside: thresholds, alternatives and what a limit
/// would save are amounts of money.
fn in_order(
    problem: &Problem,
    order: &Order,
    formulation: &Formulation,
    effort: Effort,
) -> Result<Answer, Disagreement> {
    let (outcome, stages) = match order::outcome(problem, order, Some(formulation), effort)? {
        Some(found) => found,
        None if !problem.pools.is_empty() => return pools::place(&order::first_stage(problem), effort),
        None => (infeasible(problem, &everyone(problem), effort.interrupt), Vec::new()),
    };
    // A region that another replaces at no greater cost may still be better in something else.
    let service = |index: usize| service(problem, WorkloadId::at(index));
    let services = (0..problem.workloads.len()).into_par_iter().map(service).collect();
    let whole = Formulation { services, blocks: formulation.blocks.clone() };
    let placement = outcome.placement().map(|(placement, _)| placement);
    let reasons = explain::reasons(problem, &whole, placement);
    let pools = pools::reasons(problem, placement, effort);
    Ok(Answer {
        outcome,
        reasons,
        pools,
        stability: None,
        alternatives: Vec::new(),
        bindings: Vec::new(),
        stages,
        sizes: sizes_of_pools(sizes(problem, formulation), problem),
    })
}

/// The cheapest placement of a problem without pools, whatever stood before; or, if it is proven that there is none, the workloads that cannot be placed
/// together. Limits on sums over everything are searched by prices, applications whose user groups rise and fall apart hour by hour, all else block by block; `formulation` is the problem's if it is known.
fn cheapest(
    problem: &Problem,
    formulation: Option<&Formulation>,
    effort: Effort,
) -> Result<Result<Outcome, Vec<usize>>, Disagreement> {
    if let Cow::Owned(full) = hours::at_full_demand(problem) {
        return hours::cheapest(problem, &full, formulation, effort);
    }
    if problem.limits.have_sums() && !effort.as_programs {
        return Ok(limits::outcome(problem, effort)?.ok_or_else(|| everyone(problem)));
    }
    let formulation = formulation.map_or_else(|| Cow::Owned(formulate(problem)), Cow::Borrowed);
    let endings = solve::solve(problem, &formulation, effort);
    let blocks = formulation.blocks.iter().zip(&endings);
    let impossible = blocks.filter(|(_, ended)| matches!(ended, Ended::Infeasible));
    let impossible = impossible.flat_map(|(block, _)| block.services.iter().copied());
    Ok(proven(problem, &formulation, &endings)?.ok_or_else(|| impossible.collect()))
}

fn everyone(problem: &Problem) -> Vec<usize> {
    (0..problem.workloads.len()).collect()
}

/// The conflict of workloads that are proven to have no placement together.
fn infeasible(problem: &Problem, workloads: &[usize], interrupt: Interrupt<'_>) -> Outcome {
    let full = hours::at_full_demand(problem);
    let price = |changed: &Problem| price(&hours::by_the_hour(changed, problem), interrupt);
    Outcome::Infeasible(explain::conflict(&full, workloads, &price))
}

/// The answer that states `placement` with the claim that nothing costs less than `bound`: what [`place`] would have returned with it.
/// Reasons follow from the problem and the placement; the bound is taken on trust. Not for problems with pools, whose reasons are what the search found
/// out about other regions, nor for those in which something stood before, whose answer says what the search found beside it.
pub fn restated(problem: &Problem, placement: Placement, bound: Money, is_optimal: bool) -> Answer {
    let formulation = formulation(problem);
    let reasons = explain::reasons(problem, &formulation, Some(&placement));
    Answer {
        outcome: Outcome::of(placement, bound, is_optimal),
        reasons,
        pools: Vec::new(),
        stability: None,
        alternatives: Vec::new(),
        bindings: Vec::new(),
        stages: Vec::new(),
        sizes: sizes(problem, &formulation),
    }
}

/// The problem written down as far as it tells what became of every region: where sums over everything are limited, and many, without these limits.
fn formulation(problem: &Problem) -> Formulation {
    let problem = hours::at_full_demand(problem);
    let is_large = problem.limits.have_sums() && !solve::is_small(&problem);
    if is_large { formulate(&solve::without_sums(&problem)) } else { formulate(&problem) }
}

/// What the blocks' endings prove together; nothing if there is no placement.
fn proven(problem: &Problem, formulation: &Formulation, endings: &[Ended]) -> Result<Option<Outcome>, Disagreement> {
    if endings.iter().any(|ended| matches!(ended, Ended::Infeasible)) {
        return Ok(None);
    }
    let mut bound: Femto = 0;
    let mut is_optimal = true;
    let mut shares = Vec::with_capacity(formulation.services.len());
    for (block, ended) in formulation.blocks.iter().zip(endings) {
        let (Ended::Optimal(found) | Ended::Feasible(found)) = ended else {
            return Ok(Some(Outcome::Undecided));
        };
        is_optimal &= matches!(ended, Ended::Optimal(_));
        bound += found.bound;
        shares.extend(block.services.iter().copied().zip(&found.shares));
    }
    let assignment = solve::assignment(problem, formulation, shares);
    let placement = check::placement(problem, assignment).map_err(Disagreement)?;
    // Lines are rounded to whole micro-USD one by one, so the exact bound can lie a few of them above the rounded cost.
    let bound = floor_to_money(bound).min(placement.cost());
    let is_optimal = is_optimal || is_within(placement.cost(), bound, problem.gap_tolerance);
    Ok(Some(Outcome::of(placement, bound, is_optimal)))
}

/// What the cheapest placement of a problem costs, for relaxations of a conflict.
fn price(problem: &Problem, interrupt: Interrupt<'_>) -> Option<Money> {
    match attempt(problem, interrupt).ok()? {
        Attempt::Found { placement, .. } => Some(placement.cost()),
        Attempt::Impossible | Attempt::Undecided => None,
    }
}

/// Whether `bound` is so little below `cost` that the gap tolerance makes no difference between them.
pub(crate) fn is_within(cost: Money, bound: Money, tolerance: Ratio) -> bool {
    (cost - bound).micros() * 1_000_000 <= cost.micros() * i128::from(tolerance.0)
}

/// The sizes of a problem whose pools are `problem`'s.
fn sizes_of_pools(sizes: Sizes, problem: &Problem) -> Sizes {
    Sizes {
        pairs: sizes.pairs + problem.pools.len() * problem.regions.len(),
        blocks: sizes.blocks + problem.pools.len(),
        ..sizes
    }
}

fn sizes(problem: &Problem, formulation: &Formulation) -> Sizes {
    let services = &formulation.services;
    Sizes {
        pairs: problem.workloads.len() * problem.regions.len(),
        admitted: services.iter().map(|service| service.candidates.len() + service.dominated.len()).sum(),
        kept: services.iter().map(|service| service.candidates.len()).sum(),
        steps: services
            .iter()
            .flat_map(|service| &service.candidates)
            .map(|candidate| candidate.curve.steps().len())
            .sum(),
        blocks: formulation.blocks.len(),
    }
}
