//! A zone, a region or a cloud is lost, whatever was promised for that.
//!
//! | fate | |
//! |---|---|
//! | untouched | the workload has no machines there; a function is touched only by the loss of all zones of its region |
//! | holds | of a zone: every region still carries what is sent to it, at the rate that is normal |
//! | rerouted | what is left anywhere carries everybody, at the degraded rate and within `degraded_max_rtt_ms` where it is given |
//! | fails | it does not, or fewer copies of its data are left than its quorum |
//!
//! What becomes of pools says `pools`.
//!
//! Calls of other workloads are answered from wherever there is room, after users: limits on paths are no promise for times of loss.

use std::collections::{BTreeMap, BTreeSet};

use super::pools;
use crate::check;
use crate::model::{Assignment, PoolId, Problem, RegionId, TypeId, UserId, WorkloadId};
use crate::place::Disagreement;
use crate::units::MilliRps;

/// What is lost.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Domain {
    /// A zone, by position in its region.
    Zone(RegionId, usize),
    /// A region.
    Region(RegionId),
    /// Every region of a cloud.
    Cloud(String),
    /// Nodes of a machine type in a region.
    NodeType(RegionId, TypeId),
}

/// A workload, outside pools or in one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Whose {
    /// On machines of its own.
    Workload(WorkloadId),
    /// A member of a pool.
    Member {
        /// The pool.
        pool: PoolId,
        /// The position among its members.
        member: usize,
    },
}

/// What becomes of one workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// Everything goes on where it is.
    Holds,
    /// What is left carries everybody, from elsewhere too.
    Rerouted,
    /// Some requests are carried by nobody.
    Fails,
}

/// A workload with machines in what is lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Struck {
    /// The workload.
    pub whose: Whose,
    /// What becomes of it.
    pub fate: Fate,
    /// Requests that are not carried, by user group; user groups first by name are served first.
    pub uncarried: BTreeMap<UserId, MilliRps>,
    /// Calls of other workloads that are not carried.
    pub uncarried_calls: MilliRps,
    /// In a pool: replicas that are needed and on none of the nodes that are left.
    pub missing_replicas: u64,
}

/// One loss.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// What is lost.
    pub domain: Domain,
    /// The workloads it strikes.
    pub struck: Vec<Struck>,
}

impl Struck {
    /// What becomes of a workload outside pools.
    fn of(
        problem: &Problem,
        workload: WorkloadId,
        fate: Fate,
        uncarried: BTreeMap<UserId, MilliRps>,
        uncarried_calls: MilliRps,
    ) -> Self {
        // Where replicas are counted, what is not carried are replicas.
        let (counted, uncarried): (BTreeMap<_, _>, _) =
            uncarried.into_iter().partition(|(user, _)| problem.users[user.index()].is_counted());
        let missing_replicas = counted.into_values().map(|rate: MilliRps| rate.0).sum();
        Self { whose: Whose::Workload(workload), fate, uncarried, uncarried_calls, missing_replicas }
    }
}

impl Loss {
    /// The worst that becomes of any workload.
    pub fn fate(&self) -> Fate {
        self.struck.iter().map(|struck| struck.fate).max().unwrap_or(Fate::Holds)
    }
}

pub(super) fn losses(problem: &Problem, assignment: &Assignment) -> Result<Vec<Loss>, Disagreement> {
    let mut domains = BTreeSet::new();
    for (&(_, region), group) in &assignment.groups {
        let place = &problem.regions[region.index()];
        // A function spans the zones of its region: only where there is one does it stand in it.
        let is_in =
            |zone: usize| group.instances_in_zone(zone) > 0 || group.function.is_some() && place.zones.len() == 1;
        let zones = (0..place.zones.len()).filter(|&zone| is_in(zone));
        domains.extend(zones.map(|zone| Domain::Zone(region, zone)));
        domains.insert(Domain::Region(region));
        domains.insert(Domain::Cloud(place.key.cloud.clone()));
    }
    for placed in assignment.pools.values() {
        domains.extend(placed.nodes.iter().map(|nodes| Domain::Zone(placed.region, nodes.zone)));
        domains.extend(placed.nodes.iter().map(|nodes| Domain::NodeType(placed.region, nodes.machine_type)));
        domains.insert(Domain::Region(placed.region));
        domains.insert(Domain::Cloud(problem.regions[placed.region.index()].key.cloud.clone()));
    }
    domains.into_iter().map(|domain| lost(problem, assignment, domain)).collect()
}

fn lost(problem: &Problem, assignment: &Assignment, domain: Domain) -> Result<Loss, Disagreement> {
    let is_lost = |region: RegionId, zone: usize| match &domain {
        Domain::NodeType(..) => false,
        Domain::Zone(place, at) => (*place, *at) == (region, zone),
        Domain::Region(place) => *place == region,
        Domain::Cloud(cloud) => problem.regions[region.index()].key.cloud == *cloud,
    };
    let mut struck = Vec::new();
    for workload in (0..problem.workloads.len()).map(WorkloadId::at) {
        let is_struck = assignment.groups_of(workload).any(|(region, group)| {
            let mut zones = 0..problem.regions[region.index()].zones.len();
            group.function.is_some() && zones.clone().all(|zone| is_lost(region, zone))
                || zones.any(|zone| is_lost(region, zone) && group.instances_in_zone(zone) > 0)
        });
        if is_struck {
            struck.push(fate(problem, assignment, workload, &is_lost));
        }
    }
    struck.extend(pools::struck(problem, assignment, &|region, zone, machine_type| {
        is_lost(region, zone) || domain == Domain::NodeType(region, machine_type)
    })?);
    Ok(Loss { domain, struck })
}

fn fate(
    problem: &Problem,
    assignment: &Assignment,
    workload: WorkloadId,
    is_lost: &dyn Fn(RegionId, usize) -> bool,
) -> Struck {
    if !check::keeps_quorum(problem, assignment, workload, is_lost) {
        // Nobody else has the data: no request is answered.
        let demand = problem.workloads[workload.index()].demand.iter();
        let uncarried = demand.map(|demand| (demand.user, demand.rate)).collect();
        let asked = assignment.asked_of(problem, workload);
        let own = asked.range((workload, RegionId(0))..=(workload, RegionId(u32::MAX)));
        let uncarried_calls = MilliRps(own.map(|(_, asked)| asked.called.0).sum());
        return Struck::of(problem, workload, Fate::Fails, uncarried, uncarried_calls);
    }
    if check::carries_in_place(problem, assignment, workload, is_lost) {
        return Struck::of(problem, workload, Fate::Holds, BTreeMap::new(), MilliRps::ZERO);
    }
    let (uncarried, uncarried_calls) = check::uncarried_without(problem, assignment, workload, is_lost);
    let is_carried = uncarried.is_empty() && uncarried_calls == MilliRps::ZERO;
    let fate = if is_carried { Fate::Rerouted } else { Fate::Fails };
    Struck::of(problem, workload, fate, uncarried, uncarried_calls)
}
