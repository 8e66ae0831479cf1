//! Pools: workloads that share machines, as in a Kubernetes cluster.
//!
//! A pool stands in one region, which the optimizer chooses; its nodes stand in the region's zones. Members are workloads whose replicas are put on
//! its nodes. Positions of members are positions in [`Pool::members`].

use super::{Access, MachineType, Region, Replica, Selector, StandBy, TypeId, Workload};
use crate::units::MilliRps;

/// How many replicas of a member there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replicas {
    /// At least; those that carry the load are at least as many.
    pub min: u64,
    /// At most; `None` for no limit.
    pub max: Option<u64>,
}

impl Replicas {
    /// Whether there is one number, no more and no less.
    pub fn is_exact(&self) -> bool {
        self.max.is_some_and(|most| most <= self.min)
    }
}

/// For every `every` replicas of the member that requires, begun ones included, there are `count` replicas of `member`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Requirement {
    /// Position of the required member.
    pub member: usize,
    /// So many of it …
    pub count: u64,
    /// … for so many of this one.
    pub every: u64,
}

/// A workload of a pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Replica, demand and promises, as of any workload; without demand if the number of replicas is given. Its `reserved`, `min_regions`, `max_regions` and
    /// `allow_burstable` say nothing: the pool decides them.
    pub workload: Workload,
    /// How many.
    pub replicas: Replicas,
    /// One on every node, but for nodes that hold a member it is apart from.
    pub is_daemon: bool,
    /// On nodes that hold no other member but daemons.
    pub is_exclusive: bool,
    /// At most this many on a node.
    pub max_per_node: Option<u64>,
    /// Largest difference between the counts of two zones.
    pub max_zone_skew: Option<u64>,
    /// Members that share no node with this one; itself, if no node may hold two of it.
    pub apart_on_node: Vec<usize>,
    /// Members that share no zone with this one; itself, if no zone may hold two of it.
    pub apart_in_zone: Vec<usize>,
    /// Members that are on a node if and only if this one is.
    pub together_on_node: Vec<usize>,
    /// Members that are in a zone if and only if this one is.
    pub together_in_zone: Vec<usize>,
    /// What it needs beside it in the pool.
    pub requires: Vec<Requirement>,
}

/// Workloads that share machines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pool {
    /// The name the problem gives.
    pub name: String,
    /// By name.
    pub members: Vec<Member>,
    /// Kept free on each node for the system.
    pub reserved: Replica,
    /// Whether machines with part-time processors count in full.
    pub allow_burstable: bool,
    /// At most this many nodes.
    pub max_nodes: Option<u64>,
    /// At most this many machine types.
    pub max_machine_types: Option<u64>,
    /// At most this many nodes of a machine type, by type.
    pub max_nodes_of: Vec<(TypeId, u64)>,
    /// At least so many replicas of these members together.
    pub at_least: Vec<(Vec<usize>, u64)>,
    /// Of each list exactly one member is deployed.
    pub one_of: Vec<Vec<usize>>,
    /// Places and machines that may be used: the problem's own rules and the pool's, all of which hold.
    pub selectors: Vec<Selector>,
    /// For whom it stands by; `None` for a pool that answers.
    pub stands_by: Option<StandBy>,
}

/// Nodes of a pool that are alike: one machine type in one zone, holding the same.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PoolNodes {
    /// Position of the zone in the region.
    pub zone: usize,
    /// What the nodes are.
    pub machine_type: TypeId,
    /// Replicas on each by position of the member; by member, no count zero.
    pub replicas: Vec<(usize, u64)>,
    /// How many nodes; not zero.
    pub count: u64,
}

impl Pool {
    /// The first rule that refuses `region`: restricted access, or a list of the pool or of a member; `None` if it may be used.
    pub fn region_refusal(&self, region: &Region) -> Option<&'static str> {
        let lists = self.selectors.iter().chain(self.members.iter().flat_map(|member| &member.workload.selectors));
        if region.access == Access::Restricted && !lists.clone().any(|selector| selector.names(region)) {
            return Some("restricted access");
        }
        lists.into_iter().find_map(|selector| selector.region_refusal(region))
    }

    /// The first rule of the pool that refuses `machine` as a node; `None` if it may be one.
    pub fn machine_refusal(&self, machine: &MachineType) -> Option<&'static str> {
        if machine.is_burstable && !self.allow_burstable {
            return Some("allow_burstable");
        }
        self.selectors.iter().find_map(|selector| selector.machine_refusal(machine))
    }
}

impl Member {
    /// Replicas that must be left after any loss it must outlive: those that carry the load, and no fewer than `min`.
    pub fn needed(&self) -> u64 {
        let load = self.workload.total_demand();
        let serving = if load == MilliRps::ZERO { 0 } else { self.workload.replicas_for(load) };
        serving.max(self.replicas.min)
    }
}
