//! What the cheapest placement of a changed problem would be: for questions beside the answer, which have no use for the reasons of a conflict.

use super::{Disagreement, Interrupt, Outcome, cheapest, order, pools};
use crate::check::Placement;
use crate::model::Problem;
use crate::solve::Effort;

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// There is a placement.
    Found {
        /// The cheapest found.
        placement: Placement,
        /// Whether nothing costs less, within the gap tolerance.
        is_proven: bool,
    },
    /// Proven: there is none.
    Impossible,
    /// The work limit ended the search before one was found.
    Undecided,
}

/// Looks for the cheapest placement of `problem`, whatever stood before.
pub fn attempt(problem: &Problem, interrupt: Interrupt<'_>) -> Result<Attempt, Disagreement> {
    let effort = Effort { tolerance: problem.gap_tolerance, interrupt, ..Effort::default() };
    let outcome = if let Some(order) = &problem.order {
        order::outcome(problem, order, None, effort)?.map(|(outcome, _)| outcome)
    } else if !problem.pools.is_empty() {
        pools::outcome(problem, effort)?
    } else {
        cheapest(problem, None, effort)?.ok()
    };
    let Some(outcome) = outcome else { return Ok(Attempt::Impossible) };
    Ok(match outcome {
        Outcome::Optimal { placement, .. } => Attempt::Found { placement, is_proven: true },
        Outcome::Feasible { placement, .. } => Attempt::Found { placement, is_proven: false },
        Outcome::Infeasible(_) => Attempt::Impossible,
        Outcome::Undecided => Attempt::Undecided,
    })
}
