//! Latency: which user group may be answered from which region, and how many requests may be late.
//!
//! > reach(g, r) = in time   if rtt(g, r) <= max_rtt, or no limit is promised
//! >               late      if rtt(g, r) > max_rtt and some requests may be late
//! >               no        otherwise; if latency has a price or a place in an order and rtt(g, r) is unknown; if rtt(g, r) is beyond max_path_rtt, which begins with it
//! >
//! > sum over late (g, r) of traffic(g, r)  <=  demand − ceil(rtt_share × demand)

use super::program::{Program, Sense};
use super::{Reach, Rejection};
use crate::model::{Demand, Problem, RegionId, Workload};
use crate::units::{MilliRps, Ratio};

/// Adds that no more requests are late than may be.
pub(super) fn rows(program: &mut Program<'_>) {
    for service in 0..program.services().count() {
        let candidates = program.service(service).candidates.len();
        let late: Vec<_> = (0..candidates)
            .flat_map(|candidate| {
                program.traffic(service, candidate).map(move |(class, column)| (candidate, class, column))
            })
            .filter(|&(candidate, class, _)| program.classes(service)[class].reach[candidate] == Reach::Late)
            .map(|(_, _, column)| (column, 1))
            .collect();
        if !late.is_empty() {
            program.add_row("latency", late, Sense::AtMost, program.service(service).late_allowance.into());
        }
    }
}

/// Requests that need not be answered in time.
pub(super) fn late_allowance(workload: &Workload) -> MilliRps {
    if workload.max_rtt.is_none() {
        return MilliRps::ZERO;
    }
    let demand = workload.total_demand().0;
    let share = u128::from(workload.rtt_share.0);
    let in_time = (u128::from(demand) * share).div_ceil(u128::from(Ratio::ONE.0));
    MilliRps(demand.saturating_sub(u64::try_from(in_time).unwrap_or(u64::MAX)))
}

/// How `region` answers each user group of the workload, in the order of its demand; or why it serves none. One that stands in for others may serve
/// none while nothing is lost.
pub(super) fn reach(
    problem: &Problem,
    workload: &Workload,
    region: RegionId,
    stands_in: bool,
) -> Result<Vec<Reach>, Rejection> {
    if workload.max_rtt.is_none() && workload.max_path_rtt.is_none() {
        return without_limit(problem, workload, region, stands_in);
    }
    let may_be_late = late_allowance(workload) > MilliRps::ZERO;
    let mut nearest = None;
    let mut reach = Vec::with_capacity(workload.demand.len());
    for demand in &workload.demand {
        let rtt = problem.rtt.get(demand.user, region).map(|rtt| rtt.round_trip);
        nearest = nearest.into_iter().chain(rtt).min();
        let begins_too_long = workload.max_path_rtt.is_some_and(|limit| rtt.is_none_or(|rtt| rtt > limit));
        let Some(limit) = workload.max_rtt else {
            reach.push(if begins_too_long { Reach::No } else { Reach::InTime });
            continue;
        };
        reach.push(match rtt {
            Some(_) if begins_too_long => Reach::No,
            Some(rtt) if rtt <= limit => Reach::InTime,
            Some(_) if may_be_late => Reach::Late,
            None if workload.rtt_share < Ratio::ONE => {
                return Err(Rejection::UnknownRoundTrip { user: problem.users[demand.user.index()].name.clone() });
            }
            _ => Reach::No,
        });
    }
    if !stands_in && reach.iter().all(|&reach| reach == Reach::No) {
        let limit = workload.max_rtt.into_iter().chain(workload.max_path_rtt).min().unwrap_or_default();
        return Err(Rejection::TooFar { limit, nearest });
    }
    Ok(reach)
}

/// The same where no round trip is promised: everybody is in time, but for those whose round trip is counted and unknown.
fn without_limit(
    problem: &Problem,
    workload: &Workload,
    region: RegionId,
    stands_in: bool,
) -> Result<Vec<Reach>, Rejection> {
    let is_counted = problem.counts_latency();
    let of = |demand: &Demand| {
        if is_counted && problem.rtt.get(demand.user, region).is_none() { Reach::No } else { Reach::InTime }
    };
    let reach: Vec<Reach> = workload.demand.iter().map(of).collect();
    match workload.demand.first() {
        Some(demand) if !stands_in && !reach.contains(&Reach::InTime) => {
            Err(Rejection::UnknownRoundTrip { user: problem.users[demand.user.index()].name.clone() })
        }
        _ => Ok(reach),
    }
}
