//! Pricing by table: the most valuable filling of every capacity at once.
//!
//! > best(c) = max { sum of worth(k) × a(k) : sizes sum to at most c },   for every vector c of whole capacities
//!
//! computed kind by kind, counts split into powers of two, so that each part is taken or not. One table prices all node types. It is used where
//! capacities, divided by the common divisor of all sizes, span few vectors, and no rule concerns pairs of kinds or daemons.

use super::pricing::Priced;
use crate::formulate::{Pattern, Reduced};

/// Most vectors of capacities.
const MOST_STATES: usize = 200_000;
/// Most vectors times parts: what one pricing costs.
const MOST_WORK: usize = 40_000_000;

/// The shape of the table of one packing.
#[derive(Clone, Debug)]
pub(super) struct Table {
    /// By resource: one more than the largest capacity.
    spans: Vec<usize>,
    /// By node type, its capacities.
    capacities: Vec<Vec<usize>>,
    /// By kind, its size.
    sizes: Vec<Vec<usize>>,
}

/// So many replicas of a kind, taken together or not at all.
struct Part {
    kind: usize,
    count: u64,
    offset: usize,
    size: Vec<usize>,
    worth: i64,
}

impl Table {
    /// The table for `reduced`, if it is small enough and its rules allow.
    pub(super) fn of(reduced: &Reduced) -> Option<Self> {
        let packing = &reduced.packing;
        let has_rules = !packing.together.is_empty()
            || packing.apart.iter().any(|&(a, b)| a != b)
            || packing.kinds.iter().any(|kind| kind.is_daemon);
        let resources = packing.node_types.first()?.capacity.len();
        if has_rules || resources == 0 {
            return None;
        }
        let divisors: Vec<u64> = (0..resources)
            .map(|resource| packing.kinds.iter().map(|kind| kind.size[resource]).fold(0, gcd).max(1))
            .collect();
        let scaled = |amounts: &[u64]| -> Option<Vec<usize>> {
            amounts.iter().zip(&divisors).map(|(amount, divisor)| usize::try_from(amount / divisor).ok()).collect()
        };
        let capacities: Vec<Vec<usize>> =
            packing.node_types.iter().map(|node_type| scaled(&node_type.capacity)).collect::<Option<_>>()?;
        let sizes: Vec<Vec<usize>> = packing.kinds.iter().map(|kind| scaled(&kind.size)).collect::<Option<_>>()?;
        let spans: Vec<usize> = (0..resources)
            .map(|resource| capacities.iter().map(|capacity| capacity[resource]).max().unwrap_or(0).saturating_add(1))
            .collect();
        let states = spans.iter().try_fold(1_usize, |product, &span| product.checked_mul(span))?;
        (states <= MOST_STATES).then_some(Self { spans, capacities, sizes })
    }

    fn states(&self) -> usize {
        self.spans.iter().product()
    }

    /// The position of a vector of capacities; the last resource varies fastest.
    fn position(&self, vector: &[usize]) -> usize {
        vector.iter().zip(&self.spans).fold(0, |position, (&at, &span)| position * span + at)
    }

    fn parts(&self, reduced: &Reduced, worth: &[i64], most: &[u64]) -> Vec<Part> {
        let mut parts = Vec::new();
        for (kind, size) in self.sizes.iter().enumerate() {
            let fits = |capacity: &Vec<usize>| {
                size.iter().zip(capacity).filter(|(size, _)| **size > 0).map(|(size, free)| free / size).min()
            };
            let fitting = self.capacities.iter().filter_map(fits).max().unwrap_or(0);
            let mut left = reduced.packing.kinds[kind].per_node.min(most[kind]).min(fitting as u64);
            let mut count = 1;
            while left > 0 && worth[kind] > 0 {
                let taken = count.min(left);
                let times = usize::try_from(taken).unwrap_or(usize::MAX);
                let size: Vec<usize> = size.iter().map(|size| size.saturating_mul(times)).collect();
                if size.iter().zip(&self.spans).all(|(size, span)| size < span) {
                    let worth = worth[kind].saturating_mul(i64::try_from(taken).unwrap_or(i64::MAX));
                    parts.push(Part { kind, count: taken, offset: self.position(&size), size, worth });
                }
                left -= taken;
                count *= 2;
            }
        }
        parts
    }

    /// The best pattern of every node type; `None` if the counts make the table too large.
    pub(super) fn best(&self, reduced: &Reduced, worth: &[i64], most: &[u64], cutoffs: &[i64]) -> Option<Vec<Priced>> {
        let parts = self.parts(reduced, worth, most);
        let states = self.states();
        if states * parts.len() > MOST_WORK {
            return None;
        }
        let mut best = vec![0_i64; states];
        let mut is_taken = vec![false; states * parts.len()];
        for (part, taken) in parts.iter().zip(is_taken.chunks_mut(states)) {
            self.take(part, &mut best, taken);
        }
        let price = |(capacity, &cutoff): (&Vec<usize>, &i64)| {
            let mut at = self.position(capacity);
            let value = best[at];
            let mut counts = vec![0; self.sizes.len()];
            if value > cutoff {
                for (part, taken) in parts.iter().zip(is_taken.chunks(states)).rev() {
                    if taken[at] {
                        counts[part.kind] += part.count;
                        at -= part.offset;
                    }
                }
            }
            let pattern: Pattern = counts.into_iter().enumerate().filter(|&(_, count)| count > 0).collect();
            let found = if value > cutoff { vec![(value, pattern)] } else { Vec::new() };
            Priced { upper: value.max(cutoff), found }
        };
        Some(self.capacities.iter().zip(cutoffs).map(price).collect())
    }

    /// Adds a part to the table: from large capacities to small, so that it is taken once.
    fn take(&self, part: &Part, best: &mut [i64], taken: &mut [bool]) {
        let (&inner, outer) = self.spans.split_last().unwrap_or((&1, &[]));
        let (&inner_size, outer_size) = part.size.split_last().unwrap_or((&0, &[]));
        // Outer capacities from the largest down to the part's own.
        let mut vector: Vec<usize> = outer.iter().map(|span| span - 1).collect();
        loop {
            let row = vector.iter().zip(outer).fold(0, |position, (&at, &span)| position * span + at) * inner;
            for at in (row + inner_size..row + inner).rev() {
                let with = best[at - part.offset] + part.worth;
                if with > best[at] {
                    best[at] = with;
                    taken[at] = true;
                }
            }
            let Some(down) = (0..vector.len()).rev().find(|&axis| vector[axis] > outer_size[axis]) else { return };
            vector[down] -= 1;
            for axis in down + 1..vector.len() {
                vector[axis] = outer[axis] - 1;
            }
        }
    }
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}
