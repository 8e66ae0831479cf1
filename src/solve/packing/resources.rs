//! The relaxation that forgets what nodes hold: nodes together have no less of any resource than all replicas together.
//!
//! > minimise  sum of cost(t) × x(t)
//! > rows:     sum over t of capacity(t, r) × x(t) >= sum over k of total(k) × size(k, r),   for every resource r
//! > limits:   x(t) <= most(t),   sum of x <= max_nodes
//!
//! Where nodes hold many replicas each, it is nearly all there is to say, and its few duals are settled at once, while those of the relaxation over
//! patterns sway for long. A dual y(r) makes a replica worth what it takes and a node worth at most what it has:
//!
//! > worth(k) = sum over r of y(r) × size(k, r),   worth of any pattern of t <= sum over r of y(r) × capacity(t, r)
//!
//! which is all that `bound` asks for.

use super::bound::{PER_UNIT, Weighed};
use crate::formulate::{Femto, Reduced};
use crate::solve::effort::Interrupt;
use crate::solve::highs::{Model, Status, Stop};

/// Duals are whole multiples of 2^-SHIFT scaled units.
const SHIFT: u32 = 16;

/// What replicas and nodes are worth by what they take and have.
#[derive(Clone, Debug)]
pub(super) struct ByResource {
    /// By kind: what one replica is worth.
    pub(super) worth: Vec<i64>,
    /// By node type: no pattern is worth more.
    pub(super) uppers: Vec<i64>,
    /// Of `max_nodes`.
    pub(super) nodes: i64,
}

#[expect(clippy::cast_precision_loss, reason = "coefficients of a model in floating point")]
fn float(amount: u128) -> f64 {
    amount as f64
}

/// Worths by resource; `None` where not even fractions of nodes have enough, or numbers are too large.
pub(super) fn by_resource(reduced: &Reduced, interrupt: Interrupt<'_>) -> Option<ByResource> {
    let packing = &reduced.packing;
    let resources = packing.node_types.first().map_or(0, |node_type| node_type.capacity.len());
    let needed: Vec<u128> = (0..resources)
        .map(|resource| {
            let sizes = packing.kinds.iter().zip(&reduced.totals);
            sizes.map(|(kind, &total)| u128::from(kind.size[resource]) * u128::from(total)).sum()
        })
        .collect();
    let mut model = Model::default();
    let columns: Vec<_> = packing
        .node_types
        .iter()
        .zip(&reduced.costs)
        .map(|(node_type, &cost)| {
            let most = node_type.most.map_or(f64::INFINITY, |most| float(u128::from(most)));
            model.column(float(u128::from(cost.unsigned_abs())) / PER_UNIT, most, false)
        })
        .collect();
    let asked: Vec<usize> = (0..resources).filter(|&resource| needed[resource] > 0).collect();
    for &resource in &asked {
        let part = |capacity: u64| float(u128::from(capacity)) / float(needed[resource]);
        let terms = columns.iter().zip(&packing.node_types);
        model.at_least(terms.map(|(&column, node_type)| (column, part(node_type.capacity[resource]))), 1.0);
    }
    if let Some(most) = packing.max_nodes {
        model.at_most(columns.iter().map(|&column| (column, 1.0)), float(u128::from(most)));
    }
    let solved = model.minimise(Stop::continuous(interrupt), None);
    if solved.status != Status::Optimal {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "any duals give a bound; what saturates is of no use")]
    let whole = |dual: f64| (dual.max(0.0) * PER_UNIT * f64::from(1_u32 << SHIFT)).floor() as i128;
    let duals: Vec<i128> = solved.duals.iter().take(asked.len()).map(|&dual| whole(dual)).collect();
    let nodes = solved.duals.get(asked.len()).map_or(0, |&dual| whole(-dual) >> SHIFT);
    // Sums are exact; rounding is down for replicas and up for nodes.
    let sum = |amounts: &[u64], is_up: bool| -> Option<i64> {
        let mut sum = 0_i128;
        for (&resource, dual) in asked.iter().zip(&duals) {
            let needed = i128::try_from(needed[resource]).ok()?;
            let product = dual.checked_mul(i128::from(amounts[resource]))?;
            sum += if is_up { (product + needed - 1) / needed } else { product / needed };
        }
        i64::try_from((sum >> SHIFT) + i128::from(is_up)).ok()
    };
    Some(ByResource {
        worth: packing.kinds.iter().map(|kind| sum(&kind.size, false)).collect::<Option<_>>()?,
        uppers: packing.node_types.iter().map(|node_type| sum(&node_type.capacity, true)).collect::<Option<_>>()?,
        nodes: i64::try_from(nodes).ok()?,
    })
}

impl ByResource {
    /// Nothing costs less.
    pub(super) fn bound(&self, reduced: &Reduced) -> Femto {
        let least = |&total: &u64| i64::try_from(total).unwrap_or(i64::MAX);
        let rows: Vec<(i64, i64)> = self.worth.iter().copied().zip(reduced.totals.iter().map(least)).collect();
        let (costs, uppers) = (&reduced.costs, &self.uppers);
        let weighed = Weighed { rows: &rows, nodes: self.nodes, costs, uppers, may_scale: true };
        reduced.unscaled(weighed.bound(reduced))
    }
}
