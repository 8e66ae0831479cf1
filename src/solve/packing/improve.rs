//! Improving a packing: take some nodes away, pack what they held again, keep what is cheaper.
//!
//! Which nodes are taken away follows from a fixed sequence of numbers, so that every run repeats. Each round is a packing of its own, of a few dozen
//! replicas, over all patterns that suit it.

use super::PackingEffort;
use super::dive::dive;
use super::master::{Care, Column, Master};
use super::solution::Solution;
use crate::formulate::{Femto, Reduced};
use crate::solve::effort::Interrupt;

/// Nodes taken away in one round.
const TAKEN: u64 = 14;

/// Improves `solution` until the bound is reached or the rounds are used up.
pub(super) fn improve(
    reduced: &Reduced,
    master: &mut Master<'_>,
    mut solution: Solution,
    bound: Femto,
    effort: PackingEffort<'_>,
) -> Solution {
    if reduced.packing.max_types.is_some() {
        return solution;
    }
    let mut numbers = Sequence(0x9e37_79b9_7f4a_7c15);
    for _ in 0..effort.rounds {
        let nodes: u64 = solution.nodes.iter().map(|(_, count)| count).sum();
        if effort.accepts(solution.cost, bound) || nodes <= TAKEN || effort.interrupt.is_raised() {
            break;
        }
        let kept = without_some(&solution, nodes, &mut numbers);
        if let Some(better) = again(reduced, &kept, solution.cost, effort.interrupt) {
            for (column, _) in &better.nodes {
                master.add(column.clone());
            }
            solution = better;
        }
    }
    solution
}

/// The nodes that stay in a round.
fn without_some(solution: &Solution, nodes: u64, numbers: &mut Sequence) -> Vec<(Column, u64)> {
    let mut kept = solution.nodes.clone();
    let mut left = nodes;
    for _ in 0..TAKEN {
        let mut at = numbers.next() % left;
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

/// Packs what `kept` does not hold; a solution that costs less than `cost`, if one is found.
fn again(reduced: &Reduced, kept: &[(Column, u64)], cost: Femto, interrupt: Interrupt<'_>) -> Option<Solution> {
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
    let mut master = Master::new(&part, interrupt);
    let relaxed = master.relax(Care::QUICK)?;
    let kept_cost = reduced.cost(kept.iter().map(|(column, count)| (column.node_type, *count)));
    if kept_cost + part.unscaled(relaxed.bound) >= cost {
        return None;
    }
    let found = dive(&mut master, relaxed)?;
    let all = Solution::of(reduced, kept.iter().cloned().chain(found.nodes));
    (all.cost < cost && all.is_valid(reduced)).then_some(all)
}

/// A fixed sequence of numbers (splitmix64).
struct Sequence(u64);

impl Sequence {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
