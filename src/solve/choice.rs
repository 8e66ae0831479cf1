//! Regions with their loads: the traffic that costs least, and its exact cost.

use super::flow::{Transport, cheapest};
use crate::formulate::{Class, Femto, Reach, Service};

/// Regions with their loads, and what they cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Choice {
    /// Candidates in use, ascending.
    pub(super) candidates: Vec<usize>,
    /// Load of each.
    pub(super) loads: Vec<u64>,
    /// Cost.
    pub(super) cost: Femto,
}

/// The cheapest traffic over `chosen` (candidate, capacity), ascending, and what it costs; `None` if it cannot be carried.
pub(super) fn evaluate(
    service: &Service,
    classes: &[Class],
    demand: &[u64],
    chosen: &[(usize, u64)],
) -> Option<Choice> {
    let reach: Vec<Reach> =
        classes.iter().flat_map(|class| chosen.iter().map(|&(candidate, _)| class.reach[candidate])).collect();
    let capacity: Vec<u64> = chosen.iter().map(|&(_, capacity)| capacity).collect();
    let cost: Vec<Femto> =
        classes.iter().flat_map(|class| chosen.iter().map(|&(candidate, _)| class.cost[candidate])).collect();
    let transport = Transport {
        demand,
        capacity: &capacity,
        reach: &reach,
        cost: &cost,
        distance: &[],
        late_allowance: service.late_allowance,
    };
    let traffic = cheapest(&transport)?.concat();
    let sent = traffic.iter().zip(&cost).map(|(&rate, cost)| cost * i128::from(rate)).sum();
    Some(of_traffic(service, chosen, &traffic, sent))
}

/// The choice that follows from `traffic` (by class, then region of `chosen`, one row after the other), whose way costs `sent`.
pub(super) fn of_traffic(service: &Service, chosen: &[(usize, u64)], traffic: &[u64], sent: Femto) -> Choice {
    let load = |region: usize| traffic.iter().skip(region).step_by(chosen.len()).sum::<u64>();
    let loads: Vec<(usize, u64)> =
        chosen.iter().enumerate().map(|(at, &(candidate, _))| (candidate, load(at))).collect();
    // A region without traffic is kept only where the number of regions asks for it.
    let mut idle = service.min_regions.saturating_sub(loads.iter().filter(|(_, load)| *load > 0).count());
    let kept: Vec<(usize, u64)> = loads
        .into_iter()
        .filter(|&(_, load)| {
            let is_kept = load > 0 || idle > 0;
            idle -= usize::from(load == 0 && idle > 0);
            is_kept
        })
        .collect();
    let carried: Femto = kept.iter().map(|&(candidate, load)| service.candidates[candidate].curve.cost(load)).sum();
    let (candidates, loads) = kept.into_iter().unzip();
    Choice { candidates, loads, cost: carried + sent }
}
