//! Nodes chosen for a packing, and small improvements that need no search.

use std::collections::BTreeMap;

use super::master::Column;
use crate::formulate::{Femto, Pattern, Reduced, fits, held};

/// Nodes by column, none of count zero; zones are not decided yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Solution {
    pub(super) nodes: Vec<(Column, u64)>,
    pub(super) cost: Femto,
}

impl Solution {
    /// The nodes, merged, with surplus replicas left out and node types exchanged for cheaper ones that still hold what is left.
    pub(super) fn of(reduced: &Reduced, nodes: impl Iterator<Item = (Column, u64)>) -> Self {
        let mut merged: BTreeMap<Column, u64> = BTreeMap::new();
        for (column, count) in nodes.filter(|&(_, count)| count > 0) {
            *merged.entry(column).or_default() += count;
        }
        if !reduced.packing.is_zonal() {
            merged = without_surplus(reduced, merged);
        }
        Self::exactly(reduced, merged)
    }

    fn exactly(reduced: &Reduced, merged: BTreeMap<Column, u64>) -> Self {
        let nodes: Vec<(Column, u64)> = merged.into_iter().collect();
        let cost = reduced.cost(nodes.iter().map(|(column, count)| (column.node_type, *count)));
        Self { nodes, cost }
    }

    /// Totals by kind.
    pub(super) fn totals(&self, reduced: &Reduced) -> Vec<u64> {
        totals(reduced, self.nodes.iter().map(|(column, count)| (column, *count)))
    }

    /// Whether every rule that does not concern zones holds.
    pub(super) fn is_valid(&self, reduced: &Reduced) -> bool {
        let totals = self.totals(reduced);
        let packing = &reduced.packing;
        let enough = |(kind, &total): (usize, &u64)| total >= reduced.totals[kind] && total <= packing.kinds[kind].most;
        let ratio_holds = |ratio: &crate::formulate::Requires| {
            u128::from(totals[ratio.needs]) * u128::from(ratio.every)
                >= u128::from(totals[ratio.of]) * u128::from(ratio.count)
        };
        let mut by_type = vec![0_u64; packing.node_types.len()];
        for (column, count) in &self.nodes {
            by_type[column.node_type] += count;
        }
        let within =
            |(node_type, &count): (usize, &u64)| packing.node_types[node_type].most.is_none_or(|most| count <= most);
        totals.iter().enumerate().all(enough)
            && packing
                .at_least
                .iter()
                .all(|(kinds, least)| kinds.iter().map(|&kind| totals[kind]).sum::<u64>() >= *least)
            && packing.requires.iter().all(ratio_holds)
            && by_type.iter().enumerate().all(within)
            && packing.keeps_sums(&by_type.iter().copied().enumerate())
            && packing.max_nodes.is_none_or(|most| by_type.iter().sum::<u64>() <= most)
            && packing.max_types.is_none_or(|most| by_type.iter().filter(|count| **count > 0).count() <= most)
            && self.nodes.iter().all(|(column, _)| fits(packing, column.node_type, &column.pattern))
    }
}

fn totals<'a>(reduced: &Reduced, nodes: impl Iterator<Item = (&'a Column, u64)>) -> Vec<u64> {
    let mut totals = vec![0; reduced.packing.kinds.len()];
    for (column, count) in nodes {
        for &(kind, held) in &column.pattern {
            totals[kind] += held * count;
        }
    }
    totals
}

/// Leaves out replicas beyond the least totals where that empties a node or lets a cheaper type hold it, costliest nodes first; then wherever they
/// are.
fn without_surplus(reduced: &Reduced, merged: BTreeMap<Column, u64>) -> BTreeMap<Column, u64> {
    let counted = totals(reduced, merged.iter().map(|(column, &count)| (column, count)));
    let Some(least) = reduced.settled(&counted) else { return merged };
    let mut surplus: Vec<u64> =
        counted.iter().zip(&least).map(|(counted, least)| counted.saturating_sub(*least)).collect();
    for (kind, &is_strict) in reduced.is_strict.iter().enumerate() {
        if is_strict {
            surplus[kind] = 0;
        }
    }
    let mut used = vec![0_u64; reduced.packing.node_types.len()];
    for (column, count) in &merged {
        used[column.node_type] += count;
    }
    let mut order: Vec<(Column, u64)> = merged.into_iter().collect();
    order.sort_by_key(|(column, _)| {
        (std::cmp::Reverse(reduced.packing.node_types[column.node_type].cost), column.clone())
    });
    let mut kept: BTreeMap<Column, u64> = BTreeMap::new();
    for (column, count) in order {
        let mut left = count;
        while left > 0 {
            // As many nodes at once as the surplus lets shrink alike.
            let (pattern, alike) = shrunk(&column.pattern, &surplus, left);
            for &(kind, held_before) in &column.pattern {
                surplus[kind] -= (held_before - held(&pattern, kind)) * alike;
            }
            left -= alike;
            if pattern.is_empty() {
                used[column.node_type] -= alike;
                continue;
            }
            let node_type = cheapest(reduced, column.node_type, &pattern, &used, alike);
            used[column.node_type] -= alike;
            used[node_type] += alike;
            *kept.entry(Column { node_type, pattern }).or_default() += alike;
        }
    }
    kept
}

/// The pattern without what is surplus, and how many of `nodes` like nodes can do without the same.
fn shrunk(pattern: &Pattern, surplus: &[u64], nodes: u64) -> (Pattern, u64) {
    let mut alike = nodes;
    let mut kept = Pattern::new();
    for &(kind, count) in pattern {
        let dropped = count.min(surplus[kind]);
        if let Some(times) = surplus[kind].checked_div(dropped) {
            alike = alike.min(times);
        }
        if count > dropped {
            kept.push((kind, count - dropped));
        }
    }
    (kept, alike.max(1))
}

/// The cheapest type that holds `pattern`, of which `alike` more may be used; the present one if none is cheaper.
fn cheapest(reduced: &Reduced, present: usize, pattern: &Pattern, used: &[u64], alike: u64) -> usize {
    let types = &reduced.packing.node_types;
    let adds_no_more = |node_type: usize| {
        types[node_type].adds.iter().zip(&types[present].adds).all(|(other, present)| other <= present)
    };
    let may_be_used = |&node_type: &usize| {
        let is_new = used[node_type] == 0;
        types[node_type].cost < types[present].cost
            && types[node_type].most.is_none_or(|most| used[node_type] + alike <= most)
            && !(is_new && reduced.packing.max_types.is_some())
            && adds_no_more(node_type)
            && fits(&reduced.packing, node_type, pattern)
    };
    (0..types.len()).filter(may_be_used).min_by_key(|&node_type| (types[node_type].cost, node_type)).unwrap_or(present)
}
