//! Survival of regions and clouds in pools: whichever k are lost, one of the pool and those that stand by for it is left and holds what each member that
//! outlives the loss needs, alone.
//!
//! A pool that stands by holds enough of a member if its replicas carry the load of every user group at the degraded rate, are no fewer than `replicas.min`, and
//! every user group is known to be within `degraded_max_rtt_ms`, where that is given. That the pool itself does is judged by `pools`. So a member outlives
//! the loss of any k if and only if those that hold enough of it are in more than k regions (clouds).

use std::collections::BTreeSet;

use super::super::Violation;
use super::super::pools::by_zone;
use crate::model::{Assignment, Member, Pool, PoolId, PooledNodes, Problem, RegionId};
use crate::units::RoundTrip;

pub(super) fn check(problem: &Problem, assignment: &Assignment, violations: &mut Vec<Violation>) {
    for (index, pool) in problem.pools.iter().enumerate().filter(|(_, pool)| pool.stands_by.is_none()) {
        let id = PoolId::at(index);
        for member in pool.members.iter().filter(|member| member.workload.survive.has_places()) {
            let regions = holding(problem, assignment, id, member);
            let cloud = |region: &RegionId| problem.regions[region.index()].key.cloud.as_str();
            let clouds: BTreeSet<&str> = regions.iter().map(cloud).collect();
            let survive = member.workload.survive;
            for (lost, places, what) in
                [(survive.regions, regions.len(), "regions"), (survive.clouds, clouds.len(), "clouds")]
            {
                if places <= lost as usize && lost > 0 {
                    let name = &member.workload.name;
                    let reason = format!("{places} {what} hold what `{name}` needs, of which {lost} may be lost");
                    violations.push(Violation::Pool { pool: id, reason });
                }
            }
        }
    }
}

/// The regions in which the pool, or one that stands by for it, holds as much of a member as is needed while other regions are lost.
fn holding(problem: &Problem, assignment: &Assignment, id: PoolId, member: &Member) -> BTreeSet<RegionId> {
    let home = &problem.pools[id.index()];
    let of_family = |pool: &Pool| pool.stands_by.as_ref().is_some_and(|by| by.pool == home.name);
    let placed = assignment.pools.iter().filter(|(other, placed)| {
        let pool = &problem.pools[other.index()];
        **other == id || of_family(pool) && holds(problem, pool, placed, member)
    });
    placed.map(|(_, placed)| placed.region).collect()
}

/// Whether the nodes of a pool that stands by hold as much of a member as is needed at the degraded rate, near enough to everybody.
fn holds(problem: &Problem, pool: &Pool, placed: &PooledNodes, member: &Member) -> bool {
    let workload = &member.workload;
    let Some(at) = pool.members.iter().position(|other| other.workload.name == workload.name) else { return false };
    let zones = problem.regions[placed.region.index()].zones.len();
    let replicas: u64 = by_zone(pool.members.len(), zones, placed)[at].iter().sum();
    let asked: u128 = workload.demand.iter().map(|demand| u128::from(demand.rate.0)).sum();
    let is_in_reach = |limit: RoundTrip| {
        let rtt = |user| problem.rtt.get(user, placed.region).map(|rtt| rtt.round_trip);
        workload.demand.iter().all(|demand| rtt(demand.user).is_some_and(|rtt| rtt <= limit))
    };
    u128::from(replicas) * u128::from(workload.degraded_rate_per_replica.0) >= asked
        && replicas >= member.replicas.min
        && workload.degraded_max_rtt.is_none_or(is_in_reach)
}
