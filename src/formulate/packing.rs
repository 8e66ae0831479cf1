//! Packing: replicas of several workloads on the nodes of one pool in one region.
//!
//! > minimise   sum of cost(t) × nodes(t)
//! > fits:      on every node the sizes of its replicas sum to no more than its capacity, in every resource
//! > enough:    of every kind at least `least` replicas are left after the loss of any `lost` zones, and there are at most `most`
//! > node:      at most `per_node` of a kind; kinds `apart` share no node, kinds `together` share every node; a daemon is on every node
//! >            that holds no kind it is apart from
//! > zone:      kinds `zone_apart` share no zone, kinds `zone_together` share every zone; no two zones differ by more than `max_skew`;
//! >            `min_zones` zones hold any of a kind
//! > at least:  sum of replicas(k) over a list of kinds >= its bound
//! > requires:  replicas(needs) × every >= replicas(of) × count
//! > nodes:     at most `most` of a type and `most_by_zone` of it in a zone, `max_nodes` of all types, `max_types` types
//! > sums:      sum of adds(t, i) × nodes(t) <= sums(i): what nodes take of quotas, what they cost beside the objective, what they emit
//!
//! A [`Pattern`] says what one node holds. A solution is a count for each (type, pattern, zone).

mod least;
mod reduce;

use super::cost::Femto;
use crate::model::TypeId;

pub use least::least_packing_cost;
pub use reduce::{Reduced, fits};

/// Replicas of one workload, as a packing sees them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kind {
    /// What one replica takes, by resource.
    pub size: Vec<u64>,
    /// At least this many are left after the loss of any `lost` zones.
    pub least: u64,
    /// At most this many in all.
    pub most: u64,
    /// Zones that may be lost.
    pub lost: u32,
    /// Largest difference between the counts of any two zones.
    pub max_skew: Option<u64>,
    /// At least this many zones hold any, where it is deployed.
    pub min_zones: u64,
    /// At most this many on one node.
    pub per_node: u64,
    /// One on every node, but for nodes that hold a kind it is apart from.
    pub is_daemon: bool,
}

/// A machine type as nodes of a pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeType {
    /// Which machine type.
    pub machine_type: TypeId,
    /// What is left for replicas, by resource.
    pub capacity: Vec<u64>,
    /// Each month.
    pub cost: Femto,
    /// At most this many nodes.
    pub most: Option<u64>,
    /// At most this many nodes in each zone.
    pub most_by_zone: Option<Vec<u64>>,
    /// What a node adds to each of [`Packing::sums`]; not below zero.
    pub adds: Vec<i128>,
}

/// For every `every` replicas of `of`, begun ones included, there are `count` replicas of `needs`:
///
/// > replicas(needs) × every >= replicas(of) × count
///
/// It says nothing if `needs` is not deployed, another of its `one_of` list being deployed instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Requires {
    /// The kind that requires.
    pub of: usize,
    /// The kind it requires.
    pub needs: usize,
    /// So many of `needs` …
    pub count: u64,
    /// … for so many of `of`.
    pub every: u64,
}

/// A packing problem. Pairs name kinds by position, the smaller first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Packing {
    /// Zones of the region, which sell the same at the same price.
    pub zones: usize,
    /// What is to be packed.
    pub kinds: Vec<Kind>,
    /// What it may be packed on.
    pub node_types: Vec<NodeType>,
    /// Pairs that share no node.
    pub apart: Vec<(usize, usize)>,
    /// Pairs of which a node holds both or neither.
    pub together: Vec<(usize, usize)>,
    /// Pairs that share no zone; a pair of one kind with itself is at most one replica a zone.
    pub zone_apart: Vec<(usize, usize)>,
    /// Pairs of which a zone holds both or neither.
    pub zone_together: Vec<(usize, usize)>,
    /// Ratios.
    pub requires: Vec<Requires>,
    /// At least so many replicas of these kinds together.
    pub at_least: Vec<(Vec<usize>, u64)>,
    /// Exactly one kind of each list is deployed at all.
    pub one_of: Vec<Vec<usize>>,
    /// Most nodes.
    pub max_nodes: Option<u64>,
    /// Most types among the nodes.
    pub max_types: Option<usize>,
    /// The most of each sum over all nodes; below zero where nothing can be within it.
    pub sums: Vec<i128>,
}

/// What one node holds: (kind, count), by kind, no count zero.
pub type Pattern = Vec<(usize, u64)>;

/// Nodes that are alike.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Nodes {
    /// Position among the node types.
    pub node_type: usize,
    /// Position among the zones.
    pub zone: usize,
    /// What each holds.
    pub pattern: Pattern,
    /// How many.
    pub count: u64,
}

impl Packing {
    /// True if zones matter to some rule: otherwise nodes may stand in any.
    pub fn is_zonal(&self) -> bool {
        !self.zone_apart.is_empty()
            || !self.zone_together.is_empty()
            || self.node_types.iter().any(|node_type| node_type.most_by_zone.is_some())
            || self.kinds.iter().any(|kind| kind.lost > 0 || kind.max_skew.is_some() || kind.min_zones > 1)
    }

    /// Whether nodes of these types (by position), so many of each, keep all sums.
    pub fn keeps_sums(&self, nodes: &(impl Iterator<Item = (usize, u64)> + Clone)) -> bool {
        let added = |at: usize| -> i128 {
            nodes.clone().map(|(node_type, count)| self.node_types[node_type].adds[at] * i128::from(count)).sum()
        };
        self.sums.iter().enumerate().all(|(at, most)| added(at) <= *most)
    }

    /// Kinds apart from `kind` on nodes.
    pub fn apart_from(&self, kind: usize) -> impl Iterator<Item = usize> + '_ {
        self.apart.iter().filter_map(move |&(a, b)| match (a == kind, b == kind) {
            (true, false) => Some(b),
            (false, true) => Some(a),
            _ => None,
        })
    }

    /// Kinds of which a replica cannot simply be left out of a node that may hold it: daemons, those apart from a daemon, those together with
    /// another, and those counted together with others.
    pub fn is_strict(&self, kind: usize) -> bool {
        self.kinds[kind].is_daemon
            || self.at_least.iter().any(|(kinds, _)| kinds.contains(&kind))
            || self.apart_from(kind).any(|other| self.kinds[other].is_daemon)
            || self.together.iter().any(|&(a, b)| a == kind || b == kind)
    }
}

/// How many of a kind a pattern holds.
pub fn held(pattern: &[(usize, u64)], kind: usize) -> u64 {
    pattern.iter().find(|&&(held, _)| held == kind).map_or(0, |&(_, count)| count)
}
