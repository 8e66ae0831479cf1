//! Values of the decisions: what a solver proposes and `check` judges.

use std::collections::BTreeMap;

use super::{FunctionId, PoolId, PoolNodes, Purchase, RegionId, TypeId, UserId, WorkloadId};
use crate::units::MilliRps;

/// Machines of one group that are alike: one type, bought in one way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MachineSet {
    /// What the machines are.
    pub machine_type: TypeId,
    /// How they are bought.
    pub purchase: Purchase,
    /// Instances in each zone, in the order of the region's zones: the most that run there at any time.
    pub instances_by_zone: Vec<u64>,
    /// Where demand changes: instances by period, then zone. Empty if it does not.
    pub by_period: Vec<Vec<u64>>,
}

impl MachineSet {
    /// Instances in all zones.
    pub fn instances(&self) -> u64 {
        self.instances_by_zone.iter().sum()
    }

    /// Instances by zone in one period.
    pub fn in_period(&self, period: usize) -> &[u64] {
        self.by_period.get(period).unwrap_or(&self.instances_by_zone)
    }
}

/// What a function does in a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Environments {
    /// The service, among those of the region.
    pub offer: FunctionId,
    /// Requests that the function answers, part of the group's: the same part at all times, whoever sends them.
    pub rate: MilliRps,
    /// Environments that may run at a time; at least 1.
    pub count: u64,
}

/// One group: one workload in one region, on machines, as a function, or both.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// Its machines, in ascending order of (machine type, purchase), no two sets alike in both: the order in which results list them.
    pub machines: Vec<MachineSet>,
    /// The function beside them.
    pub function: Option<Environments>,
    /// Requests this group answers, by user group, as part of the group's largest rate; no entry is zero.
    pub traffic: BTreeMap<UserId, MilliRps>,
    /// Calls this group makes, by callee, then region that answers; no entry is zero.
    pub calls: BTreeMap<(WorkloadId, RegionId), MilliRps>,
    /// Copies of each piece of the workload's data that are here, at least 1, where they may be divided over regions.
    pub copies: Option<u32>,
}

impl Group {
    /// Instances of all sets in all zones.
    pub fn instances(&self) -> u64 {
        self.machines.iter().map(MachineSet::instances).sum()
    }

    /// Instances of all sets in all zones in one period.
    pub fn instances_in_period(&self, period: usize) -> u64 {
        self.machines.iter().flat_map(|set| set.in_period(period)).sum()
    }

    /// Instances of all sets in one zone.
    pub fn instances_in_zone(&self, zone: usize) -> u64 {
        self.machines.iter().filter_map(|set| set.instances_by_zone.get(zone)).sum()
    }

    /// Requests of users answered in all, every user group at its largest rate.
    pub fn load(&self) -> MilliRps {
        MilliRps(self.traffic.values().map(|rate| rate.0).sum())
    }
}

/// Where a pool stands, and its nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PooledNodes {
    /// The region.
    pub region: RegionId,
    /// In ascending order, none twice.
    pub nodes: Vec<PoolNodes>,
}

/// A value for every decision of a problem. Nothing is promised about it until `check` has accepted it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assignment {
    /// By workload, then region.
    pub groups: BTreeMap<(WorkloadId, RegionId), Group>,
    /// Nodes by pool.
    pub pools: BTreeMap<PoolId, PooledNodes>,
}

impl Assignment {
    /// The groups of a workload, by region.
    pub fn groups_of(&self, workload: WorkloadId) -> impl Iterator<Item = (RegionId, &Group)> {
        let ids = (workload, RegionId::at(0))..=(workload, RegionId(u32::MAX));
        self.groups.range(ids).map(|(&(_, region), group)| (region, group))
    }
}
