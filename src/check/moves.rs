//! Moves: of the replicas that carry the load of a region, those beyond what the load of `previous` would need there have a price.
//!
//! > replicas(w, r) = max(1, ceil(load(w, r) / rate per replica))
//! > before(w, r)   = ceil(sum over g of ceil(demand(w, g) × part of g answered there before) / rate per replica)
//! > moves(w, r)    = price × max(0, replicas(w, r) − before(w, r))
//!
//! A workload of which nothing stood has moved nothing.

use crate::model::{Group, Problem, RegionId, WorkloadId};
use crate::units::{MilliRps, Money};

/// What a group pays for replicas that were not there.
pub(super) fn cost(
    problem: &Problem,
    workload: WorkloadId,
    region: RegionId,
    group: &Group,
    called: MilliRps,
) -> Money {
    let (asked, place) = (&problem.workloads[workload.index()], &problem.regions[region.index()]);
    let price = problem.objective.move_per_replica;
    if price == Money::ZERO || asked.stood.is_empty() {
        return Money::ZERO;
    }
    let rate = u128::from(asked.rate_per_replica.0);
    let mut before = 0;
    for demand in &asked.demand {
        let parts =
            |key| asked.stood.get(key).and_then(|parts| parts.get(&demand.user)).map_or(0, |&part| u128::from(part));
        let everywhere: u128 = asked.stood.keys().map(parts).sum();
        if everywhere > 0 {
            before += (u128::from(demand.rate.0) * parts(&place.key)).div_ceil(everywhere);
        }
    }
    let load = u128::from(group.load().0 + called.0);
    let moved = load.div_ceil(rate).max(1).saturating_sub(before.div_ceil(rate));
    price.times(i128::try_from(moved).unwrap_or(i128::MAX))
}
