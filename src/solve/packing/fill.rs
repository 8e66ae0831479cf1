//! Filling: whole nodes one after the other, each as full of worth as can be, from what is left in proportion.
//!
//! Where a node holds many replicas, columns of the relaxation are few kinds in great numbers, and rounding the last of them wastes whole nodes. Here every
//! node holds about the mix of all that is left, so that the last one still finds all kinds to choose from:
//!
//! > pattern = the most worth for its cost, with at most ⌊left(k) / nodes left⌋ + 1 replicas of k
//!
//! where worth comes from the relaxation. What comes out is a packing, not a proof.

use super::master::Column;
use super::pricing::Pricer;
use super::solution::Solution;
use crate::formulate::{Pattern, Reduced};

/// Work of the search for one pattern of one type.
const WORK: u64 = 4_000;

/// One of so many nodes that are left is filled alike at once.
const ALIKE: u64 = 8;

/// A pattern and what it is worth.
struct Choice {
    node_type: usize,
    value: i64,
    pattern: Pattern,
    nodes_left: u64,
}

/// Whole nodes for everything, by what replicas are worth; `None` if some cannot be filled in.
pub(super) fn fill(reduced: &Reduced, worth: &[i64]) -> Option<Solution> {
    let pricer = Pricer::new(reduced);
    let types = &reduced.packing.node_types;
    // What is worth nothing has to stand somewhere too.
    let worth: Vec<i64> = worth
        .iter()
        .zip(&reduced.totals)
        .map(|(&worth, &total)| if total > 0 { worth.max(1) } else { worth })
        .collect();
    let mut left = reduced.totals.clone();
    let mut used = vec![0_u64; types.len()];
    let mut order: Vec<usize> = (0..types.len()).collect();
    let mut nodes: Vec<(Column, u64)> = Vec::new();
    while left.iter().any(|&left| left > 0) {
        let choice = best(reduced, &pricer, &worth, &left, &used, &order)?;
        let pattern = &choice.pattern;
        let enough =
            pattern.iter().filter(|&&(kind, _)| left[kind] > 0).map(|&(kind, held)| left[kind] / held).min()?;
        let free = types[choice.node_type].most.map_or(u64::MAX, |most| most - used[choice.node_type]);
        let count = (choice.nodes_left / ALIKE).min(enough).min(free).max(1);
        for &(kind, held) in pattern {
            left[kind] = left[kind].saturating_sub(held * count);
        }
        used[choice.node_type] += count;
        // The type that was best is tried first: it keeps the others short.
        let at = order.iter().position(|&node_type| node_type == choice.node_type)?;
        order[..=at].rotate_right(1);
        nodes.push((Column { node_type: choice.node_type, pattern: choice.pattern }, count));
    }
    Some(Solution::of(reduced, nodes.into_iter()))
}

/// The pattern of most worth for its cost.
fn best(
    reduced: &Reduced,
    pricer: &Pricer<'_>,
    worth: &[i64],
    left: &[u64],
    used: &[u64],
    order: &[usize],
) -> Option<Choice> {
    let value_left: i128 = worth.iter().zip(left).map(|(&worth, &left)| i128::from(worth) * i128::from(left)).sum();
    let mut best: Option<Choice> = None;
    for &node_type in order {
        if reduced.packing.node_types[node_type].most.is_some_and(|most| used[node_type] >= most) {
            continue;
        }
        let cost = reduced.costs[node_type];
        let nodes_left = u64::try_from(value_left / i128::from(cost.max(1))).unwrap_or(u64::MAX).max(1);
        let most: Vec<u64> = left.iter().map(|&left| left.min(left / nodes_left + 1)).collect();
        let beaten = |choice: &Choice| {
            let least =
                i128::from(choice.value) * i128::from(cost) / i128::from(reduced.costs[choice.node_type].max(1));
            i64::try_from(least).unwrap_or(i64::MAX)
        };
        let cutoff = best.as_ref().map_or(0, beaten);
        let mut patterns = pricer.best(node_type, worth, &most, cutoff, WORK).found;
        if let Some((value, pattern)) = patterns.pop() {
            best = Some(Choice { node_type, value, pattern, nodes_left });
        }
    }
    best
}
