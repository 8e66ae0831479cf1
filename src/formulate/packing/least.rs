//! A bound on the cost of a packing that needs no search.
//!
//! For any weights w >= 0 of the resources, nodes together have at least the weight of the replicas that are needed, so
//!
//! > cost >= min over types t of cost(t) / w·capacity(t)  ×  sum over kinds k of least(k) × w·size(k)
//!
//! Weights are tried on a grid over each pair of resources; the largest bound counts.

use super::Packing;
use crate::formulate::cost::Femto;

/// Steps of the grid from one resource to the other.
const STEPS: u128 = 16;

/// Nothing costs less than this.
pub fn least_packing_cost(packing: &Packing) -> Femto {
    let is_alternative = |kind: usize| packing.one_of.iter().any(|list| list.contains(&kind));
    let resources = packing.node_types.first().map_or(0, |node_type| node_type.capacity.len());
    let needed = |resource: usize| -> u128 {
        let kinds = packing.kinds.iter().enumerate().filter(|(kind, _)| !is_alternative(*kind));
        kinds.map(|(_, kind)| u128::from(kind.least) * u128::from(kind.size[resource])).sum()
    };
    let needed: Vec<u128> = (0..resources).map(needed).collect();
    let mut least = 0;
    for a in (0..resources).filter(|&a| needed[a] > 0) {
        for b in (a + 1..resources).filter(|&b| needed[b] > 0).chain([a]) {
            for step in 0..=STEPS {
                least = least.max(surrogate(packing, &needed, (a, step), (b, STEPS - step)));
            }
        }
    }
    least
}

/// The bound for weights that make what is needed of two resources count `step` parts each; floors, so that it stays a bound.
fn surrogate(packing: &Packing, needed: &[u128], (a, part_a): (usize, u128), (b, part_b): (usize, u128)) -> Femto {
    /// Parts of what is needed that a node's capacity is counted in.
    const FINE: u128 = 1 << 40;
    // How much of the whole one node covers, rounded up; nodes must cover all of it.
    let whole = FINE * (part_a + part_b);
    let covered = |capacity: &[u64]| {
        let part =
            |resource: usize, part: u128| (u128::from(capacity[resource]) * part * FINE).div_ceil(needed[resource]);
        part(a, part_a) + part(b, part_b)
    };
    let ratios = packing.node_types.iter().map(|node_type| (node_type.cost, covered(&node_type.capacity).max(1)));
    let cost = |(cost, covered): (Femto, u128)| {
        let (whole, covered) =
            (i128::try_from(whole).unwrap_or(i128::MAX), i128::try_from(covered).unwrap_or(i128::MAX));
        // cost × whole may not fit: divide first what is divisible.
        cost / covered * whole + (cost % covered).checked_mul(whole).map_or(0, |product| product / covered)
    };
    ratios.map(cost).min().unwrap_or(0)
}
