//! Values of the decisions: what a solver proposes and `check` judges.

use std::collections::BTreeMap;

use super::{RegionId, TypeId, UserId, WorkloadId};
use crate::units::MilliRps;

/// One machine group: one workload in one region, on one machine type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// What the machines are.
    pub machine_type: TypeId,
    /// Instances in each zone, in the order of the region's zones.
    pub instances_by_zone: Vec<u64>,
    /// Requests this group answers, by user group; no entry is zero.
    pub traffic: BTreeMap<UserId, MilliRps>,
}

impl Group {
    /// Instances in all zones.
    pub fn instances(&self) -> u64 {
        self.instances_by_zone.iter().sum()
    }

    /// Requests answered in all.
    pub fn load(&self) -> MilliRps {
        MilliRps(self.traffic.values().map(|rate| rate.0).sum())
    }
}

/// A value for every decision of a problem. Nothing is promised about it until `check` has accepted it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assignment {
    /// By workload, then region.
    pub groups: BTreeMap<(WorkloadId, RegionId), Group>,
}
