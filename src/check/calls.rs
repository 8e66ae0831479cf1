//! Calls: every group makes the calls its requests need, to groups that exist, over ways whose price is known; no path of calls that users wait for
//! is longer than promised.
//!
//! > sum over regions b of calls(w, a, callee, b) = ceil(per_request × load(w, a)),   load(w, a) = traffic of users + calls received
//!
//! Where demand changes, calls are stated at their largest rate, and rise and fall with what is asked of the group that makes them ([`Asked`]).
//!
//! Which request of a group leads to which of its calls is nobody's choice, so any chain of calls in use may be a request's path:
//!
//! > wait(w, a) = max over calls (callee, b) in use that are waited for of rtt(a, b) + wait(callee, b)
//! > rtt(g, a) + wait(w, a) <= max_path_rtt(w)          for every user group g that w answers in a

use std::collections::BTreeMap;

use super::Violation;
use crate::model::{Asked, AskedByGroup, Assignment, Call, Group, Link, Problem, RegionId, WorkloadId};
use crate::units::{MilliRps, Money, SECONDS_PER_MONTH};

/// Longest sums of round trips behind each group, in microseconds; `None` where a round trip is unknown.
type Waits = BTreeMap<(WorkloadId, RegionId), Option<u64>>;

pub(super) fn check(problem: &Problem, assignment: &Assignment, asked: &AskedByGroup, violations: &mut Vec<Violation>) {
    for (&(workload, region), group) in &assignment.groups {
        let mut broken = |reason| violations.push(Violation::Calls { workload, region, reason });
        let load = u128::from(group.load().0) + u128::from(asked[&(workload, region)].called.0);
        let mut known = 0;
        for (callee, call) in problem.calls_of(workload) {
            let calendar = |of: WorkloadId| problem.workloads[of.index()].profile.calendar;
            if calendar(workload) != calendar(callee) {
                broken("a callee has other periods than those who call it");
            }
            let made = group.calls.iter().filter(|((to, _), _)| *to == callee);
            known += made.clone().count();
            let required = (load * u128::from(call.per_request.0)).div_ceil(1_000_000);
            if made.clone().map(|(_, rate)| u128::from(rate.0)).sum::<u128>() != required {
                broken("more or fewer calls are made than requests need");
            }
            for (&(_, to), _) in made {
                if !assignment.groups.contains_key(&(callee, to)) {
                    broken("calls go where the callee holds nothing");
                }
                if price(problem, call, region, to).is_none() {
                    broken("calls cross a way whose price is unknown");
                }
            }
        }
        if known != group.calls.len() {
            broken("calls are made that no request needs");
        }
    }
    let waits = waits(problem, assignment);
    for (&(workload, region), group) in &assignment.groups {
        let Some(limit) = problem.workloads[workload.index()].max_path_rtt else { continue };
        for &user in group.traffic.keys() {
            let rtt = problem.rtt.get(user, region).map(|rtt| u64::from(rtt.round_trip.0));
            let path = rtt.zip(waits.get(&(workload, region)).copied().flatten()).map(|(rtt, wait)| rtt + wait);
            if path.is_none_or(|path| path > u64::from(limit.0)) {
                violations.push(Violation::PathTooLong { workload, user, region, limit });
            }
        }
    }
}

/// What is waited for behind each group, callees first.
pub(super) fn waits(problem: &Problem, assignment: &Assignment) -> Waits {
    let mut waits = Waits::new();
    for workload in problem.callers_first().into_iter().rev() {
        let waited: Vec<WorkloadId> =
            problem.calls_of(workload).filter(|(_, call)| call.waits).map(|(callee, _)| callee).collect();
        for (region, group) in assignment.groups_of(workload) {
            let behind = group.calls.keys().filter(|(callee, _)| waited.contains(callee)).map(|&(callee, to)| {
                let rtt = u64::from(problem.links.get(region, to).rtt?.round_trip.0);
                Some(rtt + waits.get(&(callee, to)).copied().unwrap_or(Some(0))?)
            });
            let longest = behind.collect::<Option<Vec<u64>>>().map(|all| all.into_iter().max().unwrap_or(0));
            waits.insert((workload, region), longest);
        }
    }
    waits
}

/// What the bytes of one call cost, in micro-USD times 10^9: each is paid where it is sent. `None` if there are bytes to send and no price.
fn price(problem: &Problem, call: &Call, from: RegionId, to: RegionId) -> Option<i128> {
    let way = |bytes: u64, link: Link| -> Option<i128> {
        if bytes == 0 {
            return Some(0);
        }
        Some(i128::from(bytes) * link.egress_per_gb?.micros())
    };
    Some(way(call.sent.0, problem.links.get(from, to))? + way(call.answer.0, problem.links.get(to, from))?)
}

/// What the calls of a group cost each month, whose prices are known; rounded once. They rise and fall with what is asked of the group: the mean over the paid
/// hours is paid for.
pub(super) fn cost(
    problem: &Problem,
    workload: WorkloadId,
    region: RegionId,
    (group, asked): (&Group, &Asked),
) -> Money {
    let calls: Vec<(WorkloadId, &Call)> = problem.calls_of(workload).collect();
    let calendar = problem.workloads[workload.index()].profile.calendar;
    let of_call = |(&(callee, to), rate): (&(WorkloadId, RegionId), &MilliRps)| {
        let (_, call) = calls.iter().find(|(known, _)| *known == callee)?;
        Some(price(problem, call, region, to)? * i128::try_from(asked.paid_made(*rate, calendar)).ok()?)
    };
    let sum: i128 = group.calls.iter().filter_map(of_call).sum();
    let full = 1_000_000 * calendar.hours as i128;
    Money::from_micros(sum).scaled(SECONDS_PER_MONTH / 1_000, 1_000_000_000 * full)
}
