//! All blocks of a problem: programs without search first, then with it where the gap of the whole asks for it.
//!
//! A promise about the gap is one about the whole problem. Of many programs a few make up most of the cost, so that the gaps of the others hardly
//! count, though it would take as long to close them. The first pass ends at the relaxation of every program and the placement that follows from it. Of
//! those left open, the ones of the largest gaps are searched, until what the others leave is within the tolerance; the more there are, the
//! less work each of them gets.

use std::cmp::Reverse;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use super::{Effort, Ended, Found, calls, hours, solve_block};
use crate::formulate::{Block, Femto, Formulation, Service};
use crate::model::Problem;

/// So many programs may use all of the work in the second pass; more of them share it.
const AT_FULL_WORK: usize = 2;

/// Solves every block; results are in the order of the blocks.
pub(super) fn solve(problem: &Problem, formulation: &Formulation, effort: Effort) -> Vec<Ended> {
    let blocks = &formulation.blocks;
    let pass = |chosen: &[usize], effort: Effort| -> Vec<Ended> {
        let sizes: Vec<usize> = chosen.iter().map(|&block| size(formulation, &blocks[block])).collect();
        largest_first(&sizes, |at| solve_block(problem, formulation, &blocks[chosen[at]], effort))
    };
    let is_program = |block: &Block| block.needs_program() || effort.as_programs;
    let all: Vec<usize> = (0..blocks.len()).collect();
    if blocks.iter().filter(|block| is_program(block)).count() <= 1 {
        return pass(&all, effort);
    }
    let mut ended = pass(&all, Effort { program_work: 0, ..effort });
    let may_improve: Vec<usize> = all.into_iter().filter(|&block| is_program(&blocks[block])).collect();
    let mut open = open(&ended, &may_improve, effort);
    let share = effort.program_work * AT_FULL_WORK / open.len().max(AT_FULL_WORK);
    if share < calls::LEAST_WORK {
        // What was found without programs is all that would be found.
        open.retain(|&block| !blocks[block].has_calls || !matches!(ended[block], Ended::Feasible(_)));
    }
    // Nor is there more to find hour by hour.
    open.retain(|&block| {
        let services = blocks[block].services.iter().map(|&index| &formulation.services[index]);
        !matches!(ended[block], Ended::Feasible(_)) || !hours::are_suited(&blocks[block], services, effort)
    });
    let again = pass(&open, Effort { program_work: share, ..effort });
    for (&block, again) in open.iter().zip(again) {
        ended[block] = better(std::mem::replace(&mut ended[block], Ended::Undecided), again, effort);
    }
    ended
}

/// What comes of work of some sizes, each taken by whoever is free, the largest first: a long search that began last would be waited for alone.
pub(super) fn largest_first<T: Send>(sizes: &[usize], work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    order.sort_by_key(|&at| Reverse(sizes[at]));
    let next = AtomicUsize::new(0);
    let taken = |_| {
        let mut own = Vec::new();
        while let Some(&at) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
            own.push((at, work(at)));
        }
        own
    };
    let threads = (0..rayon::current_num_threads()).into_par_iter().with_max_len(1);
    let mut done: Vec<(usize, T)> = threads.flat_map_iter(taken).collect();
    done.sort_unstable_by_key(|&(at, _)| at);
    done.into_iter().map(|(_, done)| done).collect()
}

/// Steps of curves times user groups: roughly what a search of the block has to decide.
fn size(formulation: &Formulation, block: &Block) -> usize {
    let services = block.services.iter().map(|&index| &formulation.services[index]);
    let steps =
        |service: &Service| service.candidates.iter().map(|candidate| candidate.curve.steps().len()).sum::<usize>();
    services.map(|service| steps(service) * service.demand.len()).sum()
}

/// Blocks to solve again, those of the largest gaps first: the others leave the whole within the tolerance. None where some block is infeasible.
fn open(ended: &[Ended], may_improve: &[usize], effort: Effort) -> Vec<usize> {
    if ended.iter().any(|ended| matches!(ended, Ended::Infeasible)) {
        return Vec::new();
    }
    let found = |ended: &Ended| match ended {
        Ended::Optimal(found) | Ended::Feasible(found) => Some((found.cost, found.bound)),
        Ended::Infeasible | Ended::Undecided => None,
    };
    let allowed = |cost: Femto| cost / 1_000_000 * Femto::from(effort.tolerance.0);
    let all = || ended.iter().filter_map(found);
    let mut excess: Femto = all().map(|(cost, bound)| cost - bound - allowed(cost)).sum();
    let mut order: Vec<(bool, Femto, usize)> = may_improve
        .iter()
        .filter(|&&block| matches!(ended[block], Ended::Feasible(_) | Ended::Undecided))
        .map(|&block| {
            let beyond = found(&ended[block]).map(|(cost, bound)| cost - bound - allowed(cost));
            (beyond.is_some(), -beyond.unwrap_or(0), block)
        })
        .collect();
    order.sort_unstable();
    let mut open = Vec::new();
    for (is_found, beyond, block) in order {
        if is_found && excess <= 0 {
            break;
        }
        excess += beyond;
        open.push(block);
    }
    open
}

/// The cheaper values and the higher bound of two endings of one block.
pub(super) fn better(first: Ended, again: Ended, effort: Effort) -> Ended {
    match (first, again) {
        (Ended::Optimal(a) | Ended::Feasible(a), Ended::Optimal(b) | Ended::Feasible(b)) => {
            let bound = a.bound.max(b.bound);
            let cheaper = if b.cost <= a.cost { b } else { a };
            Ended::of(Found { bound: bound.min(cheaper.cost), ..cheaper }, effort)
        }
        (first, Ended::Undecided) => first,
        (_, again) => again,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Ratio;

    fn ended(cost: Femto, bound: Femto, effort: Effort) -> Ended {
        Ended::of(Found { shares: Vec::new(), cost: cost * 1_000_000, bound: bound * 1_000_000 }, effort)
    }

    fn opened(tolerance: u32, more: &[Ended]) -> Vec<usize> {
        let effort = Effort { tolerance: Ratio(tolerance), ..Effort::default() };
        // In all 1,200 with a gap of 15.
        let mut all = vec![ended(1_000, 1_000, effort), ended(100, 95, effort), ended(100, 90, effort)];
        all.extend_from_slice(more);
        open(&all, &(0..all.len()).collect::<Vec<_>>(), effort)
    }

    #[test]
    fn gaps_are_closed_until_the_whole_is_within_the_tolerance() {
        // 12 are allowed: without the largest gap, which may end at 1, it is 6.
        assert_eq!(opened(10_000, &[]), [2]);
        // 24 are allowed.
        assert!(opened(20_000, &[]).is_empty());
        // 1.2 are allowed.
        assert_eq!(opened(1_000, &[]), [2, 1]);
    }

    #[test]
    fn what_has_no_values_is_always_searched_unless_nothing_can_come_of_it() {
        assert_eq!(opened(20_000, &[Ended::Undecided]), [3]);
        assert!(opened(20_000, &[Ended::Undecided, Ended::Infeasible]).is_empty());
    }
}
