//! Replicas spread over given nodes until they fit.
//!
//! Large ones first, each is put where most room is left in proportion. Then replicas leave some node that is beyond its room, by moving or by changing places
//! with another: of those looked at the change that leaves least beyond, also where that is more than before, but nobody returns for a while (tabu).

use std::cmp::Reverse;

use super::super::master::Column;
use super::Room;
use crate::formulate::{Pattern, Reduced};
use crate::solve::sequence::Sequence;

/// Changes made, at most.
const MOST_CHANGES: usize = 1000;

/// Other nodes looked at for a change.
const LOOKED_AT: usize = 24;

/// For how many changes a kind does not return to a node: so many, and below so many more.
const MEMORY: (usize, usize) = (10, 20);

/// A node and what it holds; room may be below zero.
#[derive(Clone)]
struct Filled {
    node_type: usize,
    capacity: Vec<i64>,
    free: Vec<i64>,
    held: Vec<u64>,
}

/// A replica of `kind` leaves for the node `to`, and one of `back` comes from there, if any.
struct Change {
    kind: usize,
    to: usize,
    back: Option<usize>,
}

impl Room {
    /// All replicas on so many nodes of each type, if they were found to fit.
    pub(super) fn spread(&self, reduced: &Reduced, counts: &[u64]) -> Option<Vec<(Column, u64)>> {
        let mut nodes: Vec<Filled> = Vec::new();
        for (node_type, &count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            let capacity = self.capacities[node_type].clone()?;
            let empty = Filled { node_type, free: capacity.clone(), capacity, held: vec![0; self.totals.len()] };
            nodes.extend((0..count).map(|_| empty.clone()));
        }
        let per_node: Vec<u64> = reduced.packing.kinds.iter().map(|kind| kind.per_node).collect();
        self.put(&per_node, &mut nodes)?;
        let fits = self.settle(&per_node, &mut nodes);
        fits.then(|| nodes.iter().map(|node| (node.column(&self.daemons), 1)).collect())
    }

    /// Every replica where most room is left in proportion, large ones first; `None` if no node may hold one more.
    fn put(&self, per_node: &[u64], nodes: &mut [Filled]) -> Option<()> {
        let mut order: Vec<usize> = (0..self.totals.len()).filter(|&kind| self.totals[kind] > 0).collect();
        order.sort_by_key(|&kind| (Reverse(self.sizes[kind].iter().max()), kind));
        for kind in order {
            for _ in 0..self.totals[kind] {
                let open = (0..nodes.len()).filter(|&at| nodes[at].held[kind] < per_node[kind]);
                let at = open.max_by_key(|&at| (nodes[at].left(&self.sizes[kind]), Reverse(at)))?;
                nodes[at].change(&self.sizes[kind], kind, 1);
            }
        }
        Some(())
    }

    /// Moves and exchanges until no node is beyond its room; true if that was reached.
    fn settle(&self, per_node: &[u64], nodes: &mut [Filled]) -> bool {
        let mut numbers = Sequence::new();
        // By node and kind: the change before which the kind does not return.
        let mut until = vec![vec![0_usize; self.totals.len()]; nodes.len()];
        for count in 1..=MOST_CHANGES {
            let full: Vec<usize> = (0..nodes.len()).filter(|&at| nodes[at].beyond() > 0).collect();
            if full.is_empty() {
                return true;
            }
            let from = full[numbers.below(full.len())];
            let may_go = |kind: usize, to: usize| until[to][kind] <= count && nodes[to].held[kind] < per_node[kind];
            let Some(Change { kind, to, back }) = self.best_change(nodes, from, &mut numbers, may_go) else { continue };
            for (kind, from, to) in [(kind, from, to)].into_iter().chain(back.map(|back| (back, to, from))) {
                nodes[from].change(&self.sizes[kind], kind, -1);
                nodes[to].change(&self.sizes[kind], kind, 1);
                until[from][kind] = count + MEMORY.0 + numbers.below(MEMORY.1);
            }
        }
        false
    }

    /// The change that leaves least beyond the room of `from` and another node, of some of the others.
    fn best_change(
        &self,
        nodes: &[Filled],
        from: usize,
        numbers: &mut Sequence,
        may_go: impl Fn(usize, usize) -> bool,
    ) -> Option<Change> {
        let holds = |at: usize| (0..self.totals.len()).filter(move |&kind| nodes[at].held[kind] > 0);
        let mut best: Option<(i64, Change)> = None;
        for _ in 0..LOOKED_AT.min(nodes.len() - 1) {
            let to = (from + 1 + numbers.below(nodes.len() - 1)) % nodes.len();
            let before = nodes[from].beyond() + nodes[to].beyond();
            for kind in holds(from).filter(|&kind| may_go(kind, to)) {
                let others = holds(to).filter(|&back| back != kind && may_go(back, from));
                for back in others.map(Some).chain([None]) {
                    let other = back.map(|back| &self.sizes[back][..]);
                    let after = nodes[from].beyond_with(&self.sizes[kind], other, -1)
                        + nodes[to].beyond_with(&self.sizes[kind], other, 1);
                    if best.as_ref().is_none_or(|(least, _)| after - before < *least) {
                        best = Some((after - before, Change { kind, to, back }));
                    }
                }
            }
        }
        best.map(|(_, change)| change)
    }
}

impl Filled {
    /// One replica more (`by` = 1) or less (-1).
    fn change(&mut self, size: &[i64], kind: usize, by: i64) {
        for (free, size) in self.free.iter_mut().zip(size) {
            *free -= by * size;
        }
        self.held[kind] = self.held[kind].saturating_add_signed(by);
    }

    /// The least room that would be left of any resource, in parts of 2^20 of what the node has.
    fn left(&self, size: &[i64]) -> i128 {
        let parts = self.free.iter().zip(size).zip(&self.capacity);
        let part = |((free, size), capacity): ((&i64, &i64), &i64)| {
            (i128::from(*free) - i128::from(*size)) * (1 << 20) / i128::from((*capacity).max(1))
        };
        parts.map(part).min().unwrap_or(0)
    }

    /// What is beyond its room.
    fn beyond(&self) -> i64 {
        self.free.iter().map(|free| (-free).max(0)).sum()
    }

    /// What would be beyond its room with one replica more (`by` = 1) or less (-1), and another the other way round.
    fn beyond_with(&self, size: &[i64], other: Option<&[i64]>, by: i64) -> i64 {
        let mut sum = 0;
        for (at, free) in self.free.iter().enumerate() {
            let change = size[at] - other.map_or(0, |other| other[at]);
            sum += (by * change - free).max(0);
        }
        sum
    }

    fn column(&self, daemons: &Pattern) -> Column {
        let held = self.held.iter().copied().enumerate().filter(|(_, count)| *count > 0);
        let mut pattern: Pattern = held.chain(daemons.iter().copied()).collect();
        pattern.sort_unstable();
        Column { node_type: self.node_type, pattern }
    }
}
