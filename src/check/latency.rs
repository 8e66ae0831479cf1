//! Latency: of all requests of a workload, at least the promised share is answered within `max_rtt_ms`; while there is such a promise
//! no request travels a connection of unknown round trip, and if some requests may be late, a region is used only if its round trip is
//! known from every user group of the workload. A region that could answer nobody in time holds no replicas, idle ones included, unless it
//! answers somebody while other regions are lost, or other workloads, or holds copies of data that is in several regions: it would be of no use.
//!
//! Where latency has a price or a place in an order, every round trip that is travelled must be known.
//!
//! > sum over g, r with rtt(g, r) <= max_rtt of traffic(w, g, r)  >=  rtt_share × demand(w)

use super::Violation;
use super::survive::stands_in_for_somebody;
use crate::model::{Assignment, Problem, RegionId, UserId, Workload, WorkloadId};
use crate::units::{MilliRps, Ratio};

/// True if requests of some user group, or of another workload, may be answered from the region while nothing is lost.
pub fn can_answer(problem: &Problem, id: WorkloadId, region: RegionId) -> bool {
    let workload = &problem.workloads[id.index()];
    if workload.demand.is_empty() || problem.is_called(id) {
        return true;
    }
    let is_counted = problem.counts_latency();
    let Some(limit) = workload.max_rtt else {
        return !is_counted || workload.demand.iter().any(|demand| problem.rtt.get(demand.user, region).is_some());
    };
    let demand: u128 = workload.demand.iter().map(|demand| u128::from(demand.rate.0)).sum();
    let may_be_late = (demand * u128::from(workload.rtt_share.0)).div_ceil(1_000_000) < demand;
    let rtt = |user: UserId| problem.rtt.get(user, region).map(|rtt| rtt.round_trip);
    may_be_late || workload.demand.iter().any(|demand| rtt(demand.user).is_some_and(|rtt| rtt <= limit))
}

/// True if a region is of use to a workload though it answers nobody while nothing is lost.
fn stands_by(problem: &Problem, workload: &Workload, region: RegionId) -> bool {
    workload.state.is_some_and(|state| state.is_multi_region) || stands_in_for_somebody(problem, workload, region)
}

pub(super) fn check(problem: &Problem, assignment: &Assignment, violations: &mut Vec<Violation>) {
    for (index, workload) in problem.workloads.iter().enumerate() {
        let id = WorkloadId::at(index);
        let Some(limit) = workload.max_rtt else {
            counted(problem, id, assignment, violations);
            continue;
        };
        let demand: u128 = workload.demand.iter().map(|demand| u128::from(demand.rate.0)).sum();
        let required = (demand * u128::from(workload.rtt_share.0)).div_ceil(1_000_000);
        let mut in_time: u128 = 0;
        for (region, group) in assignment.groups_of(id) {
            let rtt = |user: UserId| problem.rtt.get(user, region).map(|rtt| rtt.round_trip);
            if !can_answer(problem, id, region) && !stands_by(problem, workload, region) {
                violations.push(Violation::OutOfReach { workload: id, region, limit });
            }
            if workload.rtt_share < Ratio::ONE {
                let unknown = |user: &UserId| rtt(*user).is_none() && !group.traffic.contains_key(user);
                for user in workload.demand.iter().map(|demand| demand.user).filter(unknown) {
                    violations.push(Violation::UnknownRoundTrip { workload: id, user, region });
                }
            }
            for (&user, rate) in &group.traffic {
                match rtt(user) {
                    None => violations.push(Violation::UnknownRoundTrip { workload: id, user, region }),
                    Some(rtt) if rtt <= limit => in_time += u128::from(rate.0),
                    Some(_) => {}
                }
            }
        }
        if in_time < required {
            let rate = |rate: u128| MilliRps(u64::try_from(rate).unwrap_or(u64::MAX));
            violations.push(Violation::Latency {
                workload: id,
                limit,
                in_time: rate(in_time),
                required: rate(required),
            });
        }
    }
}

/// Without a limit only a price or an order asks for known round trips.
fn counted(problem: &Problem, workload: WorkloadId, assignment: &Assignment, violations: &mut Vec<Violation>) {
    if !problem.counts_latency() {
        return;
    }
    let asked = &problem.workloads[workload.index()];
    for (region, group) in assignment.groups_of(workload) {
        let is_of_use = can_answer(problem, workload, region) || stands_by(problem, asked, region);
        let idle = asked.demand.first().map(|demand| demand.user).filter(|_| !is_of_use);
        let unknown = group.traffic.keys().copied().filter(|&user| problem.rtt.get(user, region).is_none());
        for user in unknown.chain(idle) {
            violations.push(Violation::UnknownRoundTrip { workload, user, region });
        }
    }
}
