//! Moves: of the replicas that carry the load of a region, those beyond what the load of `previous` would need there have a price.
//!
//! > replicas(w, r) = max(1, ceil(load on machines(w, r) / rate per replica))
//! > sent(w, r)     = sum over g of ceil(demand(w, g) × part of g answered there before)
//! >                + sum over callers c and regions a of ceil(ceil(calls for a request × sent(c, a)) × part of these calls answered there before)
//! > before(w, r)   = max(1, ceil(what no function answered before of sent(w, r) / rate per replica)), none where no machines stood
//! > moves(w, r)    = price × max(0, replicas(w, r) − before(w, r))
//!
//! A workload of which nothing stood has moved nothing, and neither has what only a function answers.

use std::collections::BTreeMap;

use crate::model::{Group, Problem, RegionId, RegionKey, Stood, WorkloadId};
use crate::units::{MilliRps, Money};

/// What would be sent to every place where workloads stood, in milli-rps at today's demand, by workload; empty where nothing stood.
pub(super) struct Before(Vec<BTreeMap<RegionKey, u128>>);

impl Before {
    pub(super) fn of(problem: &Problem) -> Self {
        if problem.workloads.iter().all(|workload| workload.stood.is_empty()) {
            return Self(Vec::new());
        }
        let mut sent: Vec<BTreeMap<RegionKey, u128>> = Vec::with_capacity(problem.workloads.len());
        for workload in &problem.workloads {
            let mut here = BTreeMap::new();
            for (place, stood) in &workload.stood {
                let mut sum = 0;
                for demand in &workload.demand {
                    let part = |stood: &Stood| stood.traffic.get(&demand.user).map_or(0, |&part| u128::from(part));
                    let everywhere: u128 = workload.stood.values().map(part).sum();
                    if everywhere > 0 {
                        sum += (u128::from(demand.rate.0) * part(stood)).div_ceil(everywhere);
                    }
                }
                here.insert(place.clone(), sum);
            }
            sent.push(here);
        }
        for caller in problem.callers_first() {
            for (place, stood) in &problem.workloads[caller.index()].stood {
                let load = sent[caller.index()][place];
                for (callee, call) in problem.calls_of(caller) {
                    let Some(answered) = stood.calls.get(&call.callee) else { continue };
                    let everywhere: u128 = answered.values().map(|&part| u128::from(part)).sum();
                    let made = (load * u128::from(call.per_request.0)).div_ceil(1_000_000);
                    for (to, &part) in answered.iter().filter(|_| everywhere > 0) {
                        if let Some(sum) = sent[callee.index()].get_mut(to) {
                            *sum += (made * u128::from(part)).div_ceil(everywhere);
                        }
                    }
                }
            }
        }
        Self(sent)
    }
}

/// What a group pays for replicas that were not there.
pub(super) fn cost(
    problem: &Problem,
    (workload, region): (WorkloadId, RegionId),
    (group, called): (&Group, MilliRps),
    before: &Before,
) -> Money {
    let (asked, place) = (&problem.workloads[workload.index()], &problem.regions[region.index()].key);
    let price = problem.objective.move_per_replica;
    if price == Money::ZERO || asked.stood.is_empty() || group.machines.is_empty() {
        return Money::ZERO;
    }
    let rate = u128::from(asked.rate_per_replica.0);
    let sent = before.0[workload.index()].get(place).copied().unwrap_or(0);
    let stood = asked.stood.get(place).and_then(|stood| stood.on_machines(sent));
    let there = stood.map_or(0, |load| load.div_ceil(rate).max(1));
    let answered = group.function.map_or(0, |function| function.rate.0);
    let load = u128::from((group.load().0 + called.0).saturating_sub(answered));
    let moved = load.div_ceil(rate).max(1).saturating_sub(there);
    price.times(i128::try_from(moved).unwrap_or(i128::MAX))
}
