//! What the cheapest placement of a changed problem would be: for questions beside the answer, which have no use for the reasons of a conflict.

use super::{Disagreement, Interrupt, Outcome, limits, order, place_until, proven};
use crate::check::Placement;
use crate::formulate::formulate;
use crate::model::Problem;
use crate::solve::{Effort, solve};

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
    let outcome = if let Some(order) = problem.order.as_ref().filter(|_| problem.pools.is_empty()) {
        match order::outcome(problem, order, effort)? {
            Some((outcome, _)) => outcome,
            None => return Ok(Attempt::Impossible),
        }
    } else if problem.limits.have_sums() && problem.pools.is_empty() {
        match limits::attempt(problem, interrupt)? {
            Some(outcome) => outcome,
            None => return Ok(Attempt::Impossible),
        }
    } else if problem.pools.is_empty() {
        let formulation = formulate(problem);
        match proven(problem, &formulation, &solve(problem, &formulation, effort))? {
            Some(outcome) => outcome,
            None => return Ok(Attempt::Impossible),
        }
    } else {
        let cheapest = Problem { previous: None, alternatives: 0, bindings: false, ..problem.clone() };
        place_until(&cheapest, interrupt)?.outcome
    };
    Ok(match outcome {
        Outcome::Optimal { placement, .. } => Attempt::Found { placement, is_proven: true },
        Outcome::Feasible { placement, .. } => Attempt::Found { placement, is_proven: false },
        Outcome::Infeasible(_) => Attempt::Impossible,
        Outcome::Undecided => Attempt::Undecided,
    })
}
