//! Every pattern worth considering, where these are few.
//!
//! A pattern is left out if its node could hold one more replica of a kind that may be left out again: some other pattern covers it. Where types are
//! unlimited in number and variety, each pattern goes on the cheapest type that holds it.

use super::master::Column;
use crate::formulate::{Pattern, Reduced, fits};

/// Patterns visited before enumeration gives up.
const MOST_VISITED: usize = 60_000;

/// Columns returned at most.
const MOST_COLUMNS: usize = 4_000;

struct Enumeration<'a> {
    reduced: &'a Reduced,
    /// Whether each pattern needs one type only.
    is_cheapest_enough: bool,
    pattern: Pattern,
    visited: usize,
    columns: Vec<Column>,
}

/// The columns that some cheapest packing consists of; `None` if there are too many.
pub(super) fn all(reduced: &Reduced) -> Option<Vec<Column>> {
    let packing = &reduced.packing;
    let mut by_cost: Vec<usize> = (0..packing.node_types.len()).collect();
    by_cost.sort_by_key(|&node_type| (packing.node_types[node_type].cost, node_type));
    let is_cheapest_enough = packing.max_types.is_none()
        && packing.sums.is_empty()
        && packing.node_types.iter().all(|node_type| node_type.most.is_none());
    let mut enumeration =
        Enumeration { reduced, is_cheapest_enough, pattern: Vec::new(), visited: 0, columns: Vec::new() };
    let free: Vec<Vec<u64>> = by_cost.iter().map(|&node_type| packing.node_types[node_type].capacity.clone()).collect();
    let is_complete = enumeration.extend(0, &by_cost, &free);
    is_complete.then_some(enumeration.columns)
}

impl Enumeration<'_> {
    /// Visits the pattern and its extensions by kinds from `from` on; `types` hold it, with `free` left in each. False if there are too many.
    fn extend(&mut self, from: usize, types: &[usize], free: &[Vec<u64>]) -> bool {
        self.visited += 1;
        if self.visited > MOST_VISITED || self.columns.len() > MOST_COLUMNS {
            return false;
        }
        self.record(types, free);
        let kinds = &self.reduced.packing.kinds;
        for (kind, stated) in kinds.iter().enumerate().skip(from) {
            let is_apart =
                self.reduced.packing.apart_from(kind).any(|other| self.pattern.iter().any(|&(held, _)| held == other));
            if is_apart || stated.per_node == 0 {
                continue;
            }
            let (mut types, mut free) = (types.to_vec(), free.to_vec());
            self.pattern.push((kind, 0));
            for count in 1..=stated.per_node {
                let mut kept = Vec::with_capacity(types.len());
                let mut left = Vec::with_capacity(types.len());
                for (&node_type, free) in types.iter().zip(&free) {
                    let taken: Option<Vec<u64>> =
                        free.iter().zip(&stated.size).map(|(free, size)| free.checked_sub(*size)).collect();
                    if let Some(taken) = taken {
                        kept.push(node_type);
                        left.push(taken);
                    }
                }
                if kept.is_empty() {
                    break;
                }
                (types, free) = (kept, left);
                if let Some(last) = self.pattern.last_mut() {
                    last.1 = count;
                }
                if !self.extend(kind + 1, &types, &free) {
                    return false;
                }
            }
            self.pattern.pop();
        }
        true
    }

    fn record(&mut self, types: &[usize], free: &[Vec<u64>]) {
        if self.pattern.is_empty() {
            return;
        }
        let many = if self.is_cheapest_enough { 1 } else { types.len() };
        for (&node_type, free) in types.iter().zip(free).take(many) {
            if !self.can_grow(free) && fits(&self.reduced.packing, node_type, &self.pattern) {
                self.columns.push(Column { node_type, pattern: self.pattern.clone() });
            }
        }
    }

    /// True if the node could hold one more replica of a kind that may be left out.
    fn can_grow(&self, free: &[u64]) -> bool {
        let packing = &self.reduced.packing;
        let count = |kind: usize| self.pattern.iter().find(|&&(held, _)| held == kind).map_or(0, |&(_, count)| count);
        (0..packing.kinds.len()).any(|kind| {
            let stated = &packing.kinds[kind];
            !self.reduced.is_strict[kind]
                && count(kind) < stated.per_node
                && stated.size.iter().zip(free).all(|(size, free)| size <= free)
                && !packing.apart_from(kind).any(|other| count(other) > 0)
        })
    }
}
