//! The continuous relaxation of a program and the bound its prices prove.
//!
//! Curves may have thousands of steps, of which a solution of the relaxation uses a few. It starts with some steps of every candidate, the largest
//! among them: if these can do nothing, all are tried before nothing can. Their prices put a reduced cost on every other step; those of the least are
//! added until the bound, which counts all steps, is as good as the relaxation.

use super::linear::{Columns, prices, solve_columns};
use crate::formulate::{Bound, ColumnId, Femto, Program};
use crate::solve::Effort;
use crate::solve::highs::{Solved, Status, Stop};

/// Steps of a candidate at the start, and steps added to a candidate in a round.
const FIRST_STEPS: usize = 12;
const MORE_STEPS: usize = 4;

/// Rounds of adding steps; after them the bound is what it is.
const MOST_ROUNDS: usize = 60;

/// A solution of the relaxation and the bound its prices prove.
pub(super) struct Relaxed {
    /// By column; empty if the solver failed.
    pub(super) values: Vec<f64>,
    pub(super) bound: Bound,
}

/// Solves the relaxation; `None` if nothing keeps all rows.
pub(super) fn relax(program: &Program<'_>, effort: Effort) -> Option<Relaxed> {
    let mut columns = Columns::all(program);
    for (service, placed) in program.services().enumerate() {
        for candidate in 0..placed.candidates.len() {
            let uses: Vec<usize> = program.uses(service, candidate).map(ColumnId::index).collect();
            for (at, &column) in uses.iter().enumerate() {
                columns.set(column, is_first(at, uses.len()));
            }
        }
    }
    let mut best: Option<Relaxed> = None;
    for _ in 0..MOST_ROUNDS {
        let solved = solve_columns(program, &columns, Stop::continuous(effort.interrupt), None, true);
        if solved.status == Status::Infeasible {
            if columns.are_all() {
                return None;
            }
            // The largest steps may take more than the quotas leave; smaller ones may not.
            columns = Columns::all(program);
            continue;
        }
        let bound = program.lower_bound(&prices(program, &solved));
        let is_near = is_near(&solved, bound.least, effort);
        let is_complete = !add_steps(program, &bound, &mut columns);
        if best.as_ref().is_none_or(|best| bound.least > best.bound.least) {
            best = Some(Relaxed { values: solved.values.unwrap_or_default(), bound });
        }
        if is_near || is_complete {
            break;
        }
    }
    best
}

/// True for steps spread over the curve, the last among them.
fn is_first(step: usize, steps: usize) -> bool {
    steps <= FIRST_STEPS || step + 1 == steps || (step * FIRST_STEPS) / steps != ((step + 1) * FIRST_STEPS) / steps
}

/// True if the bound is as good as the relaxation, within a part of the tolerance.
fn is_near(solved: &Solved, bound: Femto, effort: Effort) -> bool {
    if solved.status != Status::Optimal {
        return false;
    }
    #[expect(clippy::cast_possible_truncation, reason = "costs are far below 2^127")]
    let relaxed = (solved.bound * 1e15) as Femto;
    relaxed - bound <= relaxed / 8_000_000 * Femto::from(effort.tolerance.0)
}

/// Adds the steps of least reduced cost of candidates whose best step is left out; false if there are none.
fn add_steps(program: &Program<'_>, bound: &Bound, columns: &mut Columns) -> bool {
    let mut is_more = false;
    for (service, placed) in program.services().enumerate() {
        for candidate in 0..placed.candidates.len() {
            let Some(in_use) = program.in_use(service, candidate) else { continue };
            if bound.reduced[in_use.index()] >= 0 {
                continue;
            }
            let mut steps: Vec<(Femto, usize)> =
                program.uses(service, candidate).map(|step| (bound.reduced[step.index()], step.index())).collect();
            steps.sort_unstable();
            steps.truncate(MORE_STEPS);
            if steps.first().is_some_and(|&(_, step)| !columns.contains(step)) {
                is_more = true;
                for (_, step) in steps {
                    columns.set(step, true);
                }
            }
        }
    }
    is_more
}
