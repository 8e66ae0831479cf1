//! Moves: what stood before has a price to leave.
//!
//! A region that is sent a load l needs R(l) = max(1, ceil(l / u)) replicas, and held P of them before, at today's demand:
//!
//! > P(w, r) = ceil(sum over g of ceil(demand(w, g) × part before(g, r) / sum over r' of part before(g, r')) / u)
//! > moves(w, r) = price × max(0, R(l) − P(w, r))
//!
//! They depend on the load alone and not on the type of the machines, and rise with it. So they are added to the curve of the region, whose steps end at every replica beyond
//! those that stood there, and everything else goes on as if machines cost that.

use std::collections::BTreeMap;

use super::capacity::Step;
use super::cost::{Femto, from_money};
use crate::model::{Demand, Problem, RegionId, UserId, Workload};
use crate::units::Money;

/// Replicas beyond those that stood in a region are exact up to this many; beyond them a step stands for several, at the cost of the first.
pub(super) const EXACT_MOVES: u64 = 32_768;

/// What stood of a workload in a region, and what a replica more costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moves {
    stood: u64,
    price: Femto,
}

impl Moves {
    /// `None` where moves cost nothing, or nothing stood of the workload anywhere.
    pub(super) fn of(problem: &Problem, workload: &Workload, id: RegionId) -> Option<Self> {
        let price = problem.objective.move_per_replica;
        if price == Money::ZERO || workload.stood.is_empty() {
            return None;
        }
        let here = workload.stood.get(&problem.regions[id.index()].key);
        let before = |demand: &Demand| -> u64 {
            let part = |parts: &BTreeMap<UserId, u64>| parts.get(&demand.user).copied().unwrap_or(0);
            let all: u128 = workload.stood.values().map(|parts| u128::from(part(parts))).sum();
            let share = u128::from(demand.rate.0) * u128::from(here.map_or(0, part));
            share.div_ceil(all.max(1)).try_into().unwrap_or(u64::MAX)
        };
        let load: u64 = workload.demand.iter().map(before).sum();
        Some(Self { stood: load.div_ceil(workload.rate_per_replica.0), price: from_money(price) })
    }

    /// What it costs to have so many replicas there.
    pub(super) fn cost(self, replicas: u64) -> Femto {
        self.price * Femto::from(replicas.saturating_sub(self.stood))
    }

    /// Replicas beyond those that stood there.
    pub(super) const fn beyond(self, replicas: u64) -> u64 {
        replicas.saturating_sub(self.stood)
    }

    /// The steps of a curve with moves added: each ends at every replica that costs more.
    pub(super) fn added_to(self, steps: &[Step], rate_per_replica: u64) -> Vec<Step> {
        let mut all = Vec::with_capacity(steps.len());
        let mut reached = 0;
        for step in steps {
            let last = step.capacity.div_ceil(rate_per_replica).max(1);
            while reached < step.capacity {
                let next = (reached / rate_per_replica + 1).max(self.stood);
                let wider = self.beyond(next) / EXACT_MOVES;
                let end = (next + wider).min(last);
                reached = end.saturating_mul(rate_per_replica).min(step.capacity);
                all.push(Step { capacity: reached, cost: step.cost + self.cost(next.min(end)), ..*step });
            }
        }
        all
    }
}
