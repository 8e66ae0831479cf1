//! Moves: what stood before has a price to leave.
//!
//! A region where machines are sent a load l needs R(l) = max(1, ceil(l / u)) replicas, and held P of them before, at today's demand:
//!
//! > sent(w, r) = sum over g of ceil(demand(w, g) × part before(g, r) / sum over r' of part before(g, r'))
//! >            + sum over callers c and their regions a of ceil(per_request(c, w) × sent(c, a)) × the part of these calls that r answered before, rounded up
//! > P(w, r) = max(1, ceil(what no function answered before of sent(w, r) / u))          none where no machines stood
//! > moves(w, r) = price × max(0, R(l) − P(w, r))
//!
//! They depend on the load alone and not on the type of the machines, and rise with it. So they are added to the curve of the region, whose steps end at every replica beyond
//! those that stood there, and everything else goes on as if machines cost that.

use std::collections::BTreeMap;

use super::capacity::Step;
use super::cost::{Femto, from_money};
use crate::model::{Demand, Problem, RegionKey, Stood, Workload, WorkloadId};
use crate::units::Money;

/// Replicas beyond those that stood in a region are exact up to this many; beyond them a step stands for several, at the cost of the first.
pub(super) const EXACT_MOVES: u64 = 32_768;

/// What stood of a workload in a region, and what a replica more costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moves {
    stood: u64,
    price: Femto,
}

/// Replicas that stood of a workload, by region, and what a replica more costs.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    replicas: BTreeMap<RegionKey, u64>,
    price: Femto,
}

/// Whether a workload has a price to move: it has none where nothing stood of it anywhere.
pub(super) fn are_priced(problem: &Problem, workload: &Workload) -> bool {
    problem.objective.move_per_replica > Money::ZERO && !workload.stood.is_empty()
}

impl Standing {
    /// `None` where moves cost nothing.
    pub(super) fn of(problem: &Problem, id: WorkloadId) -> Option<Self> {
        let workload = &problem.workloads[id.index()];
        if !are_priced(problem, workload) {
            return None;
        }
        let replicas = |(key, load): (RegionKey, u64)| {
            let needed = |load: u128| saturated(load.div_ceil(workload.rate_per_replica.0.into())).max(1);
            let stood = workload.stood[&key].on_machines(load.into()).map_or(0, needed);
            (key, stood)
        };
        let replicas = sent_before(problem, id).into_iter().map(replicas).collect();
        Some(Self { replicas, price: from_money(problem.objective.move_per_replica) })
    }

    /// What moving to a region costs.
    pub(super) fn moves(&self, region: &RegionKey) -> Moves {
        Moves { stood: self.replicas.get(region).copied().unwrap_or(0), price: self.price }
    }
}

/// What is sent to each region where a workload stood, in milli-rps, if everybody asks what is asked today, and goes as before.
fn sent_before(problem: &Problem, id: WorkloadId) -> BTreeMap<RegionKey, u64> {
    let of_users = |workload: &Workload| -> BTreeMap<RegionKey, u64> {
        workload.stood.keys().map(|key| (key.clone(), by_users(workload, key))).collect()
    };
    if !problem.is_called(id) {
        return of_users(&problem.workloads[id.index()]);
    }
    let mut sent: Vec<BTreeMap<RegionKey, u64>> = problem.workloads.iter().map(of_users).collect();
    for caller in problem.callers_first() {
        let loads = std::mem::take(&mut sent[caller.index()]);
        if caller == id {
            return loads;
        }
        for (callee, call) in problem.calls_of(caller) {
            let asked = &problem.workloads[callee.index()].name;
            for (from, &load) in &loads {
                let Some(parts) = problem.workloads[caller.index()].stood[from].calls.get(asked) else { continue };
                let all: u128 = parts.values().map(|&part| u128::from(part)).sum();
                let made = u128::from(call.made_by(load));
                for (to, &part) in parts {
                    // Where nothing stood nothing arrived.
                    if let Some(sum) = sent[callee.index()].get_mut(to).filter(|_| all > 0) {
                        *sum = sum.saturating_add(saturated((made * u128::from(part)).div_ceil(all)));
                    }
                }
            }
        }
    }
    BTreeMap::new()
}

/// What users send to a region where a workload stood.
fn by_users(workload: &Workload, here: &RegionKey) -> u64 {
    let of = |demand: &Demand| -> u64 {
        let part = |stood: &Stood| u128::from(stood.traffic.get(&demand.user).copied().unwrap_or(0));
        let all: u128 = workload.stood.values().map(part).sum();
        saturated((u128::from(demand.rate.0) * part(&workload.stood[here])).div_ceil(all.max(1)))
    };
    workload.demand.iter().map(of).fold(0, u64::saturating_add)
}

fn saturated(amount: u128) -> u64 {
    amount.try_into().unwrap_or(u64::MAX)
}

impl Moves {
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
