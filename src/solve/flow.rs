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

use crate::formulate::{Femto, Reach};

/// A cost: money, then distance.
type Cost = (Femto, i128);

/// What is to be sent where.
pub(super) struct Transport<'a> {
    /// Demand by group.
    pub(super) demand: &'a [u64],
    /// Capacity by region.
    pub(super) capacity: &'a [u64],
    /// Reach by group, then region.
    pub(super) reach: &'a [Vec<Reach>],
    /// Money per unit, by group, then region. Where anything may be late it is the same for all groups.
    pub(super) cost: &'a [Vec<Femto>],
    /// Round trip by group, then region; empty if it does not matter.
    pub(super) distance: &'a [Vec<u32>],
    /// Units that may be late.
    pub(super) late_allowance: u64,
}

#[derive(Clone, Debug)]
struct Arc {
    to: usize,
    left: u64,
    cost: Cost,
}

/// Arcs in pairs: `arcs[i ^ 1]` is the reverse of `arcs[i]`.
struct Network {
    arcs: Vec<Arc>,
    from: Vec<Vec<usize>>,
}

impl Network {
    fn new(nodes: usize) -> Self {
        Self { arcs: Vec::new(), from: vec![Vec::new(); nodes] }
    }

    fn connect(&mut self, from: usize, to: usize, capacity: u64, cost: Cost) -> usize {
        let index = self.arcs.len();
        self.from[from].push(index);
        self.arcs.push(Arc { to, left: capacity, cost });
        self.from[to].push(index + 1);
        self.arcs.push(Arc { to: from, left: 0, cost: (-cost.0, -cost.1) });
        index
    }

    /// What went through the arc.
    fn sent(&self, arc: usize) -> u64 {
        self.arcs[arc ^ 1].left
    }

    /// The arcs of a cheapest path, or `None` if the sink is cut off (Bellman–Ford with a queue: residual costs can be negative).
    fn shortest_path(&self, source: usize, sink: usize) -> Option<Vec<usize>> {
        let mut best: Vec<Option<Cost>> = vec![None; self.from.len()];
        let mut via: Vec<usize> = vec![usize::MAX; self.from.len()];
        let mut queued = vec![false; self.from.len()];
        let mut queue = std::collections::VecDeque::from([source]);
        best[source] = Some((0, 0));
        while let Some(node) = queue.pop_front() {
            queued[node] = false;
            let Some(here) = best[node] else { continue };
            for &index in &self.from[node] {
                let arc = &self.arcs[index];
                let there = (here.0 + arc.cost.0, here.1 + arc.cost.1);
                if arc.left > 0 && best[arc.to].is_none_or(|known| there < known) {
                    best[arc.to] = Some(there);
                    via[arc.to] = index;
                    if !queued[arc.to] {
                        queued[arc.to] = true;
                        queue.push_back(arc.to);
                    }
                }
            }
        }
        best[sink]?;
        let mut path = Vec::new();
        let mut node = sink;
        while node != source {
            path.push(via[node]);
            node = self.arcs[via[node] ^ 1].to;
        }
        Some(path)
    }

    fn push(&mut self, path: &[usize]) -> u64 {
        let amount = path.iter().map(|&index| self.arcs[index].left).min().unwrap_or(0);
        for &index in path {
            self.arcs[index].left -= amount;
            self.arcs[index ^ 1].left += amount;
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
    let mut network = Network::new(4 + groups + regions);
    let distance = |group: usize, region: usize| transport.distance.get(group).map_or(0, |row| i128::from(row[region]));
    let mut in_time = Vec::new();
    for (group, &demand) in transport.demand.iter().enumerate() {
        network.connect(source, group_node(group), demand, (0, 0));
        for region in (0..regions).filter(|&region| transport.reach[group][region] == Reach::InTime) {
            let arc = network.connect(
                group_node(group),
                region_node(region),
                demand,
                (transport.cost[group][region], distance(group, region)),
            );
            in_time.push((arc, group, region));
        }
    }
    for (region, &capacity) in transport.capacity.iter().enumerate() {
        network.connect(region_node(region), sink, capacity, (0, 0));
    }
    // Where anything may be late, every region's round trip is known from every group: any group may go anywhere through the gate.
    let has_late = transport.reach.iter().flatten().any(|&reach| reach == Reach::Late);
    let (mut late_from, mut late_to) = (Vec::new(), Vec::new());
    if has_late && transport.late_allowance > 0 {
        network.connect(late_in, late_out, transport.late_allowance, (0, 0));
        for (group, &demand) in transport.demand.iter().enumerate() {
            late_from.push(network.connect(group_node(group), late_in, demand, (0, 0)));
        }
        for region in 0..regions {
            let cost = transport.cost.first().map_or(0, |costs| costs[region]);
            late_to.push(network.connect(late_out, region_node(region), transport.late_allowance, (cost, 0)));
        }
    }
    let wanted: u64 = transport.demand.iter().sum();
    let mut sent = 0;
    while sent < wanted {
        sent += network.push(&network.shortest_path(source, sink)?);
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
