//! Longer limits on round trips: of those that occur the least that works.

use std::collections::BTreeSet;

use super::{Change, Price, Relaxation, first_that_helps};
use crate::explain::conflict::is_placeable;
use crate::model::{Problem, RegionId, Workload};
use crate::units::RoundTrip;

/// The least whole number of milliseconds that, as the limit of all paths with a shorter one, lets `problem` be placed.
pub(super) fn longer_paths(problem: &Problem, price: &Price<'_>) -> Option<Relaxation> {
    /// The longest limit that can be stated.
    const MOST_MS: u32 = 60_000;
    let with = |ms: u32| {
        let mut relaxed = problem.clone();
        for limit in relaxed.workloads.iter_mut().filter_map(|workload| workload.max_path_rtt.as_mut()) {
            *limit = (*limit).max(RoundTrip(ms * 1_000));
        }
        relaxed
    };
    let (mut too_short, mut enough) = (0, MOST_MS);
    if !is_placeable(&with(enough)) {
        return None;
    }
    while too_short + 1 < enough {
        let half = too_short + (enough - too_short) / 2;
        if is_placeable(&with(half)) { enough = half } else { too_short = half }
    }
    Some(Relaxation { change: Change::RoundTrip(RoundTrip(enough * 1_000)), cost: price(&with(enough)) })
}

/// The least limit on round trips that works, found by halving: a longer limit never forbids what a shorter one allows.
pub(super) fn nearest_round_trip(
    problem: &Problem,
    limit_of: fn(&mut Workload) -> &mut Option<RoundTrip>,
) -> Option<(Change, Problem)> {
    let workload = &problem.workloads[0];
    let promised = *limit_of(&mut workload.clone());
    let longer: Vec<RoundTrip> = occurring(problem, workload).into_iter().filter(|&rtt| Some(rtt) > promised).collect();
    let with = |limit: RoundTrip| {
        let mut relaxed = problem.clone();
        *limit_of(&mut relaxed.workloads[0]) = Some(limit);
        relaxed
    };
    first_that_helps(&longer, with).map(|(limit, relaxed)| (Change::RoundTrip(limit), relaxed))
}

/// The least limit on the way to a quorum that works, found by halving.
pub(super) fn nearer_quorum(problem: &Problem) -> Option<(Change, Problem)> {
    let promised = problem.workloads[0].state?.max_quorum_rtt;
    let longer: Vec<RoundTrip> = between_regions(problem).into_iter().filter(|&rtt| Some(rtt) > promised).collect();
    let with = |limit: RoundTrip| {
        let mut relaxed = problem.clone();
        relaxed.workloads[0].state.iter_mut().for_each(|state| state.max_quorum_rtt = Some(limit));
        relaxed
    };
    first_that_helps(&longer, with).map(|(limit, relaxed)| (Change::RoundTrip(limit), relaxed))
}

/// The round trips there are between regions.
pub(in crate::explain) fn between_regions(problem: &Problem) -> BTreeSet<RoundTrip> {
    let regions = || (0..problem.regions.len()).map(RegionId::at);
    let pairs = regions().flat_map(|from| regions().filter(move |to| *to != from).map(move |to| (from, to)));
    pairs.filter_map(|(from, to)| problem.links.get(from, to).rtt).map(|rtt| rtt.round_trip).collect()
}

/// The round trips there are between the users of a workload and any region.
pub(in crate::explain) fn occurring(problem: &Problem, workload: &Workload) -> BTreeSet<RoundTrip> {
    let known = |user| (0..problem.regions.len()).filter_map(move |region| problem.rtt.get(user, RegionId::at(region)));
    workload.demand.iter().flat_map(|demand| known(demand.user)).map(|rtt| rtt.round_trip).collect()
}
