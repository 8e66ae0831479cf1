//! An assignment that passed, with what it costs.

use std::collections::{BTreeMap, BTreeSet};

use super::machines::replicas_per_instance;
use super::moves::Before;
use super::pools::by_zone;
use super::{CostLines, Kept, Totals, Usage, calls, functions, state};
use crate::model::{
    Asked, AskedByGroup, Assignment, Group, MachineSet, PoolId, PooledNodes, Problem, RegionId, WorkloadId,
};
use crate::units::{Carbon, MilliRps, Money, RoundTrip, Wait};

/// One group of a placement: the decision and what follows from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacedGroup {
    /// The decision.
    pub group: Group,
    /// What is asked of it, calls of other workloads among it.
    pub asked: Asked,
    /// Longest sum of round trips of the calls that are waited for behind it; `None` if one of them is unknown.
    pub wait: Option<RoundTrip>,
    /// How its state is kept, if there is any.
    pub kept: Option<Kept>,
    /// Replicas one instance holds, by position in [`Group::machines`].
    pub replicas_per_instance: Vec<u64>,
    /// What its function uses each month, if it has one.
    pub usage: Option<Usage>,
    /// Cost and emissions.
    pub lines: CostLines,
}

impl PlacedGroup {
    /// Requests answered in all: those of users, every user group at its largest rate, and calls.
    pub fn load(&self) -> MilliRps {
        MilliRps(self.group.load().0 + self.asked.called.0)
    }
}

/// A pool of a placement: where it stands, its nodes and what follows from them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacedPool {
    /// The decision.
    pub placed: PooledNodes,
    /// Replicas by position of the member, then zone.
    pub replicas: Vec<Vec<u64>>,
    /// Cost and emissions.
    pub lines: CostLines,
}

/// An assignment that every rule accepts. Only [`placement`](super::placement) makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placement {
    groups: BTreeMap<(WorkloadId, RegionId), PlacedGroup>,
    pools: BTreeMap<PoolId, PlacedPool>,
    /// On the heap: a placement is moved about in many a result.
    totals: Box<Totals>,
}

impl Placement {
    pub(super) fn of(problem: &Problem, assignment: Assignment, mut asked: AskedByGroup) -> Self {
        let waits = calls::waits(problem, &assignment);
        let before = Before::of(problem);
        let of_others = |&(workload, region): &(WorkloadId, RegionId)| {
            ((workload, region), state::elsewhere(problem, &assignment, workload, region))
        };
        let elsewhere: BTreeMap<_, _> = assignment.groups.keys().map(of_others).collect();
        let groups: BTreeMap<_, _> = assignment
            .groups
            .into_iter()
            .map(|((workload, region), group)| {
                let held = |set: &MachineSet| {
                    let machine = &problem.machine_types[set.machine_type.index()];
                    replicas_per_instance(&problem.workloads[workload.index()], machine)
                };
                let replicas_per_instance = group.machines.iter().map(held).collect();
                let usage = functions::usage(problem, workload, region, &group);
                let asked = asked.remove(&(workload, region)).unwrap_or_default();
                let elsewhere = elsewhere[&(workload, region)];
                let lines = CostLines::of(problem, workload, region, (&group, elsewhere), &asked, &before);
                let kept = state::kept(problem, workload, &group, elsewhere);
                let wait = waits.get(&(workload, region)).copied().flatten();
                let wait = wait.and_then(|micros| u32::try_from(micros).ok()).map(RoundTrip);
                ((workload, region), PlacedGroup { group, asked, wait, kept, replicas_per_instance, usage, lines })
            })
            .collect();
        let pools: BTreeMap<_, _> = assignment
            .pools
            .into_iter()
            .map(|(id, placed)| {
                let pool = &problem.pools[id.index()];
                let zones = problem.regions[placed.region.index()].zones.len();
                let replicas = by_zone(pool.members.len(), zones, &placed);
                let lines = CostLines::of_pool(problem, pool, &placed);
                (id, PlacedPool { placed, replicas, lines })
            })
            .collect();
        let pool_regions = pools.values().map(|pool: &PlacedPool| pool.placed.region);
        let used: BTreeSet<RegionId> = groups.keys().map(|&(_, region)| region).chain(pool_regions).collect();
        let lines = || groups.values().map(|placed| placed.lines).chain(pools.values().map(|pool| pool.lines));
        let totals = Totals {
            machines: lines().map(|line| line.machines).sum(),
            functions: lines().map(|line| line.functions).sum(),
            fixed: used.iter().map(|region| problem.regions[region.index()].fixed_monthly).sum(),
            egress: lines().map(|line| line.egress).sum(),
            latency: lines().map(|line| line.latency).sum(),
            calls: lines().map(|line| line.calls).sum(),
            storage: lines().map(|line| line.storage).sum(),
            replication: lines().map(|line| line.replication).sum(),
            moves: lines().map(|line| line.moves).sum(),
            carbon: lines().map(|line| line.carbon).sum(),
            emissions: lines().try_fold(Carbon(0), |sum, line| Some(Carbon(sum.0 + line.emissions?.0))),
            wait: lines().try_fold(Wait(0), |sum, line| Some(Wait(sum.0 + line.wait?.0))),
        };
        Self { groups, pools, totals: Box::new(totals) }
    }

    /// The decisions that it was made of.
    pub fn assignment(&self) -> Assignment {
        Assignment {
            groups: self.groups.iter().map(|(&key, placed)| (key, placed.group.clone())).collect(),
            pools: self.pools.iter().map(|(&id, placed)| (id, placed.placed.clone())).collect(),
        }
    }

    /// Groups by workload, then region.
    pub fn groups(&self) -> &BTreeMap<(WorkloadId, RegionId), PlacedGroup> {
        &self.groups
    }

    /// Regions that hold any replica.
    pub fn regions(&self) -> BTreeSet<RegionId> {
        let pools = self.pools.values().map(|pool| pool.placed.region);
        self.groups.keys().map(|&(_, region)| region).chain(pools).collect()
    }

    /// Pools by their number.
    pub fn pools(&self) -> &BTreeMap<PoolId, PlacedPool> {
        &self.pools
    }

    /// Sums over all groups, pools and regions.
    pub fn totals(&self) -> &Totals {
        &self.totals
    }

    /// What the optimizer minimises, each month.
    pub fn cost(&self) -> Money {
        self.totals.objective()
    }
}
