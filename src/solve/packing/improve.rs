//! Improving a packing: take some nodes away, pack what they held again, keep what is cheaper.
//!
//! Which nodes are taken away follows from a fixed sequence of numbers, so that every run repeats. Each round is a packing of its own, of a few dozen
//! replicas, over all patterns that suit it.

use super::PackingEffort;
use super::dive::{SURE, dive};
use super::integer;
use super::master::{Care, Column, Master};
use super::solution::Solution;
use crate::formulate::{Femto, Nodes, Reduced};
use crate::solve::effort::Interrupt;
use crate::solve::highs::Stop;
use crate::solve::sequence::Sequence;

/// Nodes taken away in one round.
const TAKEN: u64 = 14;

/// Branch-and-bound nodes HiGHS may use for what is packed again.
const BRANCHING_NODES: i32 = 8;

/// Rounds in a row that may find nothing cheaper.
const PATIENCE: u32 = 32;

/// Whether some nodes can be packed again without regard to the others.
pub(super) fn may_improve(reduced: &Reduced) -> bool {
    reduced.packing.max_types.is_none() && !reduced.packing.is_zonal()
}

/// Improves `solution` until the bound is reached or the rounds are used up. `worth` says by kind what a replica is worth.
pub(super) fn improve(
    reduced: &Reduced,
    mut solution: Solution,
    worth: &[i64],
    bound: Femto,
    effort: PackingEffort<'_>,
) -> Solution {
    let mut numbers = Sequence::new();
    let mut vain = 0;
    for round in 0..effort.rounds {
        let nodes: u64 = solution.nodes.iter().map(|(_, count)| count).sum();
        let is_done = effort.accepts(solution.cost, bound) || nodes <= TAKEN || vain == PATIENCE;
        if is_done || !may_improve(reduced) || effort.interrupt.is_raised() {
            break;
        }
        let order = if round % 2 == 0 { solution.nodes.clone() } else { wasteful_first(reduced, &solution, worth) };
        let kept = without_some(order, round % 2 == 1, &mut numbers);
        vain += 1;
        // One that costs the same is another place to go on from.
        if let Some(other) =
            again(reduced, &kept, solution.cost, SURE[round as usize / 2 % SURE.len()], effort.interrupt)
        {
            if other.cost < solution.cost {
                vain = 0;
            }
            solution = other;
        }
    }
    solution
}

/// Nodes, those first that cost most beyond what their replicas are worth.
fn wasteful_first(reduced: &Reduced, solution: &Solution, worth: &[i64]) -> Vec<(Column, u64)> {
    let waste = |column: &Column| {
        let held = |&(kind, held): &(usize, u64)| i128::from(worth[kind]) * i128::from(held);
        i128::from(reduced.costs[column.node_type]) - column.pattern.iter().map(held).sum::<i128>()
    };
    let mut nodes = solution.nodes.clone();
    nodes.sort_by_cached_key(|(column, _)| (std::cmp::Reverse(waste(column)), column.clone()));
    nodes
}

/// The nodes that stay in a round; with `early`, the first ones are taken away more often.
fn without_some(mut kept: Vec<(Column, u64)>, early: bool, numbers: &mut Sequence) -> Vec<(Column, u64)> {
    let mut left: u64 = kept.iter().map(|(_, count)| count).sum();
    for _ in 0..TAKEN {
        let draws = if early { 3 } else { 1 };
        let mut at = (0..draws).map(|_| numbers.next() % left).min().unwrap_or(0);
        for (_, count) in &mut kept {
            if at < *count {
                *count -= 1;
                break;
            }
            at -= *count;
        }
        left -= 1;
    }
    kept.retain(|(_, count)| *count > 0);
    kept
}

/// Packs what `kept` does not hold; a solution that costs no more than `cost`, if one is found.
fn again(
    reduced: &Reduced,
    kept: &[(Column, u64)],
    cost: Femto,
    sure: f64,
    interrupt: Interrupt<'_>,
) -> Option<Solution> {
    let part = without(reduced, kept);
    let mut master = Master::new(&part, interrupt);
    let relaxed = master.relax(Care::QUICK)?;
    let kept_cost = reduced.cost(kept.iter().map(|(column, count)| (column.node_type, *count)));
    let least = kept_cost + part.unscaled(relaxed.bound);
    if least > cost {
        return None;
    }
    let all = |nodes: Vec<(Column, u64)>| Solution::of(reduced, kept.iter().cloned().chain(nodes));
    let suits = |all: &Solution| all.cost <= cost && all.is_valid(reduced);
    let rounded = dive(&mut master, relaxed, sure).map(|rounded| all(rounded.nodes)).filter(suits);
    if least == cost || rounded.as_ref().is_some_and(|rounded| rounded.cost < cost) {
        return rounded;
    }
    // The bound leaves room for something cheaper, so it is worth a search.
    let stop = Stop { nodes: BRANCHING_NODES, relative_gap: 0.0, interrupt };
    let column = |nodes: Nodes| (Column { node_type: nodes.node_type, pattern: nodes.pattern }, nodes.count);
    let searched = integer::find(&part, &master.columns, cost - kept_cost, stop);
    let searched = searched.map(|nodes| all(nodes.into_iter().map(column).collect())).filter(suits);
    searched.into_iter().chain(rounded).min_by_key(|all| all.cost)
}

/// What is left to pack beside `kept`.
fn without(reduced: &Reduced, kept: &[(Column, u64)]) -> Reduced {
    let mut part = reduced.clone();
    for (column, count) in kept {
        for &(kind, held) in &column.pattern {
            part.totals[kind] = part.totals[kind].saturating_sub(held * count);
        }
        if let Some(most) = &mut part.packing.node_types[column.node_type].most {
            *most -= count;
        }
        if let Some(most) = &mut part.packing.max_nodes {
            *most -= count;
        }
        let adds = &reduced.packing.node_types[column.node_type].adds;
        for (most, adds) in part.packing.sums.iter_mut().zip(adds) {
            *most -= adds * i128::from(*count);
        }
    }
    for (kind, &is_strict) in reduced.is_strict.iter().enumerate() {
        if !is_strict {
            part.packing.kinds[kind].per_node = part.packing.kinds[kind].per_node.min(part.totals[kind]);
        }
    }
    part
}
