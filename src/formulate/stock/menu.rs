//! The cheapest machines for each load, where a workload has the limited machines of a region to itself.
//!
//! Nobody else can need them then, so that the region has a curve after all: over all numbers n(o) of machines of each type, up to those there are,
//!
//! > cost(R) = least sum over o of c(o) × n(o)   with sum over o of h(o) × n(o) >= R
//!
//! The sets of machines that no other replaces in replicas held and cost are listed type by type: each has any number of machines of the next type
//! added, and what costs more and holds no more is dropped. The curve ends where the machines do.

use std::cmp::Reverse;

use super::super::capacity::{Curve, Step};
use super::super::cost::Femto;
use super::Stocked;
use crate::model::Region;

/// Sets of machines that may be looked at for one type.
const MOST_SETS: u64 = 100_000;

/// Sets of machines that no other replaces, by cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Menu {
    /// Replicas held, cost, machines by type.
    sets: Vec<(u64, Femto, Vec<u64>)>,
    rate_per_replica: u64,
    most: u64,
}

impl Stocked {
    /// The cheapest machines for each load up to `most` milli-rps; `None` where zones matter or the number of types, or too many sets would have to be looked at.
    pub fn menu(&self, region: &Region, most: u64) -> Option<Menu> {
        if self.lost > 0 || self.least_zones > 1 || self.max_skew.is_some() || self.limits_types() {
            return None;
        }
        let needed = most.div_ceil(self.rate_per_replica).max(1);
        let mut sets: Vec<(u64, Femto, Vec<u64>)> = vec![(0, 0, Vec::new())];
        for (fit, by_zone) in self.fits.iter().zip(&self.most) {
            let there = super::stock_of(region, fit).and_then(|stock| stock.total).unwrap_or(u64::MAX);
            let useful = by_zone.iter().fold(0, |sum: u64, &count| sum.saturating_add(count)).min(there);
            let useful = useful.min(needed.div_ceil(fit.replicas));
            if (useful + 1).saturating_mul(sets.len() as u64) > MOST_SETS {
                return None;
            }
            let with = |(held, cost, machines): &(u64, Femto, Vec<u64>)| {
                let (held, cost, machines) = (*held, *cost, machines.clone());
                (0..=useful).map(move |count| {
                    let held = held.saturating_add(fit.replicas.saturating_mul(count)).min(needed);
                    let machines: Vec<u64> = machines.iter().copied().chain([count]).collect();
                    (held, cost + fit.cost * Femto::from(count), machines)
                })
            };
            let mut all: Vec<(u64, Femto, Vec<u64>)> = sets.iter().flat_map(with).collect();
            all.sort_by_key(|(held, cost, machines)| (*cost, Reverse(*held), machines.iter().sum::<u64>()));
            let mut reached = None;
            all.retain(|&(held, ..)| {
                let is_more = Some(held) > reached;
                reached = reached.max(Some(held));
                is_more
            });
            sets = all;
        }
        // A region in use holds a replica.
        sets.retain(|&(held, ..)| held > 0);
        (!sets.is_empty()).then_some(Menu { sets, rate_per_replica: self.rate_per_replica, most })
    }

    /// Machines by type, then zone: so many of each type as `counts` says, over the zones as evenly as there are machines.
    pub fn over_zones(&self, counts: &[u64]) -> Vec<Vec<u64>> {
        let spread = |(&count, most): (&u64, &Vec<u64>)| {
            let mut by_zone = vec![0; most.len()];
            let mut left = count;
            while left > 0 {
                let open: Vec<usize> = (0..most.len()).filter(|&zone| by_zone[zone] < most[zone]).collect();
                let Some(room) = open.iter().map(|&zone| most[zone] - by_zone[zone]).min() else { break };
                let each = room.min(left.div_ceil(open.len() as u64));
                for zone in open {
                    let added = each.min(left);
                    by_zone[zone] += added;
                    left -= added;
                }
            }
            by_zone
        };
        counts.iter().zip(&self.most).map(spread).collect()
    }
}

impl Menu {
    /// What carrying a load costs, with what `beside` adds for presence and for moves.
    pub fn curve(&self, beside: &Curve) -> Curve {
        let step = |&(held, cost, _): &(u64, Femto, Vec<u64>)| {
            let capacity = held.saturating_mul(self.rate_per_replica).min(self.most);
            Step { capacity, cost, replicas: 0 }
        };
        let mut curve =
            Curve::of_steps(self.sets.iter().map(step).collect(), self.rate_per_replica).with_moves(beside.moves());
        curve.add_fixed(beside.fixed());
        curve
    }

    /// The cheapest machines that carry `load`, by type.
    pub fn machines(&self, load: u64) -> &[u64] {
        let needed = load.div_ceil(self.rate_per_replica).max(1);
        let at = self.sets.partition_point(|&(held, ..)| held < needed);
        &self.sets[at.min(self.sets.len() - 1)].2
    }
}
