//! What follows from duals: nothing costs less, in whole numbers.
//!
//! For any y >= 0, m >= 0 and value(t) >= the worth of every pattern of t, weak duality gives
//!
//! > cost >= sum of y(row) × least(row) − m × max_nodes − sum over limited t of most(t) × max(0, value(t) − cost(t) − m)
//!
//! if value(t) <= cost(t) + m for all unlimited t. Where that fails for want of pricing work, y and m are scaled down by the worst ratio (Farley). Duals are
//! whole numbers, rounded down, and everything here is exact.

use crate::formulate::Reduced;

/// Scaled costs are this many to one unit of a model in floating point.
pub(super) const PER_UNIT: f64 = 1_073_741_824.0;

/// Duals of rows `sum of factor × total(kind) >= least`, and what patterns are worth under them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Weighed<'a> {
    /// (dual, least) by row.
    pub(super) rows: &'a [(i64, i64)],
    /// The dual of `max_nodes`.
    pub(super) nodes: i64,
    /// Cost by node type.
    pub(super) costs: &'a [i64],
    /// By node type: no pattern is worth more.
    pub(super) uppers: &'a [i64],
    /// Whether duals scaled down make no pattern worth more: so it is if no factor is below zero.
    pub(super) may_scale: bool,
}

impl Weighed<'_> {
    /// Nothing costs less.
    pub(super) fn bound(&self, reduced: &Reduced) -> i128 {
        let packing = &reduced.packing;
        // The worst ratio of what an unlimited type costs to what its patterns may be worth, as a fraction of at most one.
        let mut ratio = (1_i128, 1_i128);
        for ((node_type, &cost), &upper) in packing.node_types.iter().zip(self.costs).zip(self.uppers) {
            let (cost, upper) = (i128::from(cost + self.nodes), i128::from(upper));
            if node_type.most.is_none() && upper > cost && cost * ratio.1 < ratio.0 * upper {
                ratio = (cost, upper);
            }
        }
        if ratio.0 < ratio.1 && !self.may_scale {
            return 0;
        }
        let down = |amount: i64| i128::from(amount) * ratio.0 / ratio.1;
        let up = |amount: i64| (i128::from(amount) * ratio.0 + ratio.1 - 1) / ratio.1;
        let rows: i128 = self.rows.iter().map(|&(dual, least)| down(dual) * i128::from(least)).sum();
        let nodes = up(self.nodes);
        let all_nodes = packing.max_nodes.map_or(0, |most| nodes * i128::from(most));
        let limited = |((node_type, &cost), &upper): ((&crate::formulate::NodeType, &i64), &i64)| {
            Some(i128::from(node_type.most?) * (up(upper.max(0)) - i128::from(cost) - nodes).max(0))
        };
        let limits: i128 = packing.node_types.iter().zip(self.costs).zip(self.uppers).filter_map(limited).sum();
        (rows - all_nodes - limits).max(0)
    }
}
