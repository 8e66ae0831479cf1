//! Traffic: the cheapest way to send demand to regions of given capacity, in whole milli-rps.
//!
//! A minimum-cost flow by successive shortest paths:
//!
//! ```text
//! source → groups → (in time) → regions → sink
//!                 ↘ late gate  ↗            the gate lets no more through than the allowance
//! ```
//!
//! Costs are compared as pairs: first money, then round trips weighted by traffic, so that of equally dear splits the nearest is taken.
//! Ties are broken by the order of groups and regions.

use std::collections::VecDeque;

use crate::formulate::{Femto, Reach};

/// A cost: money, then distance.
type Cost = (Femto, i128);

/// What is to be sent where. Tables are rows of groups, one after the other, each by region.
pub(super) struct Transport<'a> {
    /// Demand by group.
    pub(super) demand: &'a [u64],
    /// Capacity by region.
    pub(super) capacity: &'a [u64],
    /// Reach by group and region.
    pub(super) reach: &'a [Reach],
    /// Money per unit, by group and region. Where anything may be late it is the same for all groups.
    pub(super) cost: &'a [Femto],
    /// Round trip by group and region; empty if it does not matter.
    pub(super) distance: &'a [u32],
    /// Units that may be late.
    pub(super) late_allowance: u64,
}

#[derive(Clone, Debug)]
struct Arc {
    to: usize,
    /// The next arc of the node it leaves, [`NONE`] after the last.
    next: usize,
    left: u64,
    cost: Cost,
}

const NONE: usize = usize::MAX;

/// What is known of a node.
#[derive(Clone, Debug)]
struct Node {
    /// Its first and its last arc; arcs are followed in the order in which they were made.
    first: usize,
    last: usize,
    /// The cheapest way to it so far, and the last arc of that.
    best: Option<Cost>,
    via: usize,
    is_queued: bool,
}

/// Arcs in pairs: `arcs[i ^ 1]` is the reverse of `arcs[i]`.
struct Network {
    arcs: Vec<Arc>,
    nodes: Vec<Node>,
    queue: VecDeque<usize>,
}

impl Network {
    fn new(nodes: usize, arcs: usize) -> Self {
        let node = Node { first: NONE, last: NONE, best: None, via: NONE, is_queued: false };
        Self { arcs: Vec::with_capacity(2 * arcs), nodes: vec![node; nodes], queue: VecDeque::with_capacity(nodes) }
    }

    fn connect(&mut self, from: usize, to: usize, capacity: u64, cost: Cost) -> usize {
        let index = self.arcs.len();
        self.leave(from, to, capacity, cost);
        self.leave(to, from, 0, (-cost.0, -cost.1));
        index
    }

    fn leave(&mut self, from: usize, to: usize, left: u64, cost: Cost) {
        let index = self.arcs.len();
        match self.nodes[from].last {
            NONE => self.nodes[from].first = index,
            last => self.arcs[last].next = index,
        }
        self.nodes[from].last = index;
        self.arcs.push(Arc { to, next: NONE, left, cost });
    }

    /// What went through the arc.
    fn sent(&self, arc: usize) -> u64 {
        self.arcs[arc ^ 1].left
    }

    /// Finds a cheapest path to every node (Bellman–Ford with a queue: residual costs can be negative). False if the sink is cut off.
    fn find_paths(&mut self, source: usize, sink: usize) -> bool {
        for node in &mut self.nodes {
            node.best = None;
        }
        self.nodes[source].best = Some((0, 0));
        self.queue.push_back(source);
        while let Some(from) = self.queue.pop_front() {
            self.nodes[from].is_queued = false;
            let Some(here) = self.nodes[from].best else { continue };
            let mut index = self.nodes[from].first;
            while let Some(arc) = self.arcs.get(index) {
                let node = &mut self.nodes[arc.to];
                if arc.left > 0 {
                    let there = (here.0 + arc.cost.0, here.1 + arc.cost.1);
                    if node.best.is_none_or(|known| there < known) {
                        node.best = Some(there);
                        node.via = index;
                        if !node.is_queued {
                            node.is_queued = true;
                            self.queue.push_back(arc.to);
                        }
                    }
                }
                index = arc.next;
            }
        }
        self.nodes[sink].best.is_some()
    }

    /// Sends as much as there is room for along the path that was found.
    fn push(&mut self, source: usize, sink: usize) -> u64 {
        let path = |network: &Self, node: usize| {
            let arc = network.nodes[node].via;
            (arc, network.arcs[arc ^ 1].to)
        };
        let (mut amount, mut node) = (u64::MAX, sink);
        while node != source {
            let (arc, before) = path(self, node);
            amount = amount.min(self.arcs[arc].left);
            node = before;
        }
        node = sink;
        while node != source {
            let (arc, before) = path(self, node);
            self.arcs[arc].left -= amount;
            self.arcs[arc ^ 1].left += amount;
            node = before;
        }
        amount
    }
}

/// Traffic by group, then region; `None` if the capacity, reach or allowance does not suffice.
pub(super) fn cheapest(transport: &Transport<'_>) -> Option<Vec<Vec<u64>>> {
    let (groups, regions) = (transport.demand.len(), transport.capacity.len());
    let (source, late_in, late_out, sink) = (0, 1, 2, 3);
    let group_node = |group: usize| 4 + group;
    let region_node = |region: usize| 4 + groups + region;
    let mut network = Network::new(4 + groups + regions, 1 + 2 * groups + 2 * regions + groups * regions);
    let reach = |group: usize, region: usize| transport.reach[group * regions + region];
    let distance = |at: usize| transport.distance.get(at).map_or(0, |&distance| i128::from(distance));
    let mut in_time = Vec::new();
    for (group, &demand) in transport.demand.iter().enumerate() {
        network.connect(source, group_node(group), demand, (0, 0));
        for region in (0..regions).filter(|&region| reach(group, region) == Reach::InTime) {
            let at = group * regions + region;
            let cost = (transport.cost[at], distance(at));
            let arc = network.connect(group_node(group), region_node(region), demand, cost);
            in_time.push((arc, group, region));
        }
    }
    for (region, &capacity) in transport.capacity.iter().enumerate() {
        network.connect(region_node(region), sink, capacity, (0, 0));
    }
    // Where anything may be late, every region's round trip is known from every group: any group may go anywhere through the gate.
    let has_late = transport.reach.contains(&Reach::Late);
    let (mut late_from, mut late_to) = (Vec::new(), Vec::new());
    if has_late && transport.late_allowance > 0 {
        network.connect(late_in, late_out, transport.late_allowance, (0, 0));
        for (group, &demand) in transport.demand.iter().enumerate() {
            late_from.push(network.connect(group_node(group), late_in, demand, (0, 0)));
        }
        for region in 0..regions {
            let cost = transport.cost.get(region).copied().unwrap_or(0);
            late_to.push(network.connect(late_out, region_node(region), transport.late_allowance, (cost, 0)));
        }
    }
    let wanted: u64 = transport.demand.iter().sum();
    let mut sent = 0;
    while sent < wanted {
        if !network.find_paths(source, sink) {
            return None;
        }
        sent += network.push(source, sink);
    }
    let mut traffic = vec![vec![0; regions]; groups];
    for &(arc, group, region) in &in_time {
        traffic[group][region] += network.sent(arc);
    }
    let mut arriving: Vec<u64> = late_to.iter().map(|&arc| network.sent(arc)).collect();
    for (group, &arc) in late_from.iter().enumerate() {
        let mut leaving = network.sent(arc);
        for (region, arriving) in arriving.iter_mut().enumerate() {
            let amount = leaving.min(*arriving);
            traffic[group][region] += amount;
            *arriving -= amount;
            leaving -= amount;
        }
    }
    Some(traffic)
}
