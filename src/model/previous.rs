//! An earlier placement, and how much better another one must be before anything moves.
//!
//! It is kept by names, not by indices: what it names may not exist any more, and that is an answer, not an error.

use std::collections::BTreeMap;

use super::Problem;
use crate::units::{Money, Ratio};

/// What stood before, and when to leave it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Previous {
    /// Its machine groups by `workload/cloud/region`.
    pub groups: BTreeMap<String, PreviousGroup>,
    /// Its nodes by pool.
    pub nodes: BTreeMap<String, Vec<PreviousNodes>>,
    /// What it cost each month when it was computed, if that is said.
    pub cost: Option<Money>,
    /// Least saving each month that is worth a move.
    pub min_improvement: Money,
    /// Least saving that is worth a move, relative to what the earlier placement costs now.
    pub min_improvement_share: Ratio,
    /// What it was computed from; `None` if only its groups are given.
    pub origin: Option<Origin>,
}

/// One machine group of an earlier placement.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PreviousGroup {
    /// Its machines.
    pub machines: Vec<PreviousMachines>,
    /// Its function, if it had one.
    pub function: Option<PreviousFunction>,
    /// How the requests of each user group are divided: this group's part, in any unit that the groups of a workload share.
    pub traffic: BTreeMap<String, u64>,
    /// How its calls are divided, by callee, then `cloud/region` that answers: parts in any unit that those of one callee share.
    pub calls: BTreeMap<String, BTreeMap<String, u64>>,
    /// Copies of each piece of its workload's data, if that is said.
    pub copies: Option<u32>,
}

/// Machines of one type, bought in one way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreviousMachines {
    /// The cloud's name of the type.
    pub instance_type: String,
    /// How they were bought, such as `on_demand`.
    pub purchase: String,
    /// The label of the commitment they were bought by.
    pub commitment: Option<String>,
    /// Instances by zone.
    pub instances: ByZone,
    /// Where demand changes: instances by period, then zone.
    pub by_period: Vec<Vec<u64>>,
    /// What one of them cost for an hour, if that is said.
    pub hourly: Option<Money>,
}

/// What ran as a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreviousFunction {
    /// What the cloud calls the service.
    pub service: String,
    /// Its instruction set, such as `arm64`.
    pub architecture: String,
    /// Environments that might run at a time.
    pub concurrency: u64,
    /// What it answered …
    pub answered: u64,
    /// … of so much that was sent to the group.
    pub of: u64,
}

/// Counts by zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ByZone {
    /// In the order of the region's zones.
    InOrder(Vec<u64>),
    /// By the zones' names.
    Named(BTreeMap<String, u64>),
}

/// Nodes of a pool that are alike.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PreviousNodes {
    /// `cloud/region`.
    pub region: String,
    /// The zone.
    pub zone: String,
    /// The cloud's name of the machine type.
    pub instance_type: String,
    /// Replicas on each by workload; no count is zero.
    pub replicas: BTreeMap<String, u64>,
    /// How many nodes.
    pub count: u64,
}

/// What an earlier answer was computed from, against what this one is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// Version of the program.
    pub version: String,
    /// Digest of the catalog.
    pub catalog: String,
    /// What is stated otherwise now, each `path: before → now`.
    pub differences: Vec<String>,
    /// Where the configuration differs and something else does too: the earlier configuration on the catalog of today, to tell them apart.
    pub reverted: Option<Box<Problem>>,
}

impl Previous {
    /// Least saving that is worth leaving what costs `cost`: the larger of both minimums.
    pub fn threshold(&self, cost: Money) -> Money {
        self.min_improvement.max(cost.scaled(i128::from(self.min_improvement_share.0), i128::from(Ratio::ONE.0)))
    }
}

impl ByZone {
    /// Counts in the order of `zones`; nothing if a zone is not among them, or the number of zones is another one.
    pub fn in_order_of(&self, zones: &[String]) -> Option<Vec<u64>> {
        match self {
            Self::InOrder(counts) => (counts.len() == zones.len()).then(|| counts.clone()),
            Self::Named(counts) => {
                let is_known = counts.keys().all(|zone| zones.contains(zone));
                is_known.then(|| zones.iter().map(|zone| counts.get(zone).copied().unwrap_or(0)).collect())
            }
        }
    }

    /// Instances in all zones.
    pub fn total(&self) -> u64 {
        match self {
            Self::InOrder(counts) => counts.iter().sum(),
            Self::Named(counts) => counts.values().sum(),
        }
    }
}
