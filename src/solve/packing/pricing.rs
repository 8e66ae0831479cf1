//! Pricing: the most valuable patterns of a node type, given what one replica of each kind is worth.
//!
//! > value(t) = max { sum of worth(k) × a(k) : a is a pattern of t }
//!
//! a knapsack in several resources with the node rules. Two exact methods:
//!
//! - **search**: kinds by descending worth per surrogate size; a branch is left when filling what is free with fractions of what follows, in one
//!   surrogate resource, cannot beat the best. Any weights of the resources make the surrogate a relaxation; they are improved a few times first.
//!   Worths are whole numbers and sums are exact; only the bound is computed in floating point, and rounded up by far more than its error. A search that runs
//!   out of work still tells an upper bound: the largest bound of what it left.
//! - **table** (`table.rs`): dynamic programming over the capacities, where these are small whole numbers and no rule concerns pairs of kinds.

use crate::formulate::{Pattern, Reduced};

/// What pricing one node type gave.
#[derive(Clone, Debug, Default)]
pub(super) struct Priced {
    /// Patterns of value above the cutoff, the best last; possibly none.
    pub(super) found: Vec<(i64, Pattern)>,
    /// No pattern is worth more.
    pub(super) upper: i64,
}

/// Relative and absolute amount by which bounds in floating point are raised: errors are some 1e-14 of the sums.
const ROUNDING: f64 = 1e-11;

/// Patterns kept for each node type and pricing.
const MOST_KEPT: usize = 4;

/// What a search needs to know of a packing, whatever the worths.
#[derive(Debug)]
pub(super) struct Pricer<'a> {
    reduced: &'a Reduced,
    /// By kind, the kinds it may not share a node with.
    apart: Vec<Vec<usize>>,
    /// Daemons that are on every node.
    always: Vec<usize>,
    /// Daemons that some kinds keep off a node.
    sometimes: Vec<usize>,
}

impl<'a> Pricer<'a> {
    pub(super) fn new(reduced: &'a Reduced) -> Self {
        let packing = &reduced.packing;
        let apart: Vec<Vec<usize>> = (0..packing.kinds.len())
            .map(|kind| packing.apart_from(kind).filter(|&other| packing.kinds[other].per_node > 0).collect())
            .collect();
        let daemons = (0..packing.kinds.len()).filter(|&kind| packing.kinds[kind].is_daemon);
        let (always, sometimes) = daemons.partition(|&kind: &usize| apart[kind].is_empty());
        Self { reduced, apart, always, sometimes }
    }

    /// The best patterns of `node_type` worth more than `cutoff`. `most` limits the count of each kind, `work` the search.
    pub(super) fn best(&self, node_type: usize, worth: &[i64], most: &[u64], cutoff: i64, work: u64) -> Priced {
        let mut search = Search::new(self, node_type, worth, most, cutoff, work);
        // Which of the daemons that may be kept off are there: every combination.
        for present in 0..1_u64 << self.sometimes.len().min(63) {
            search.start(present);
        }
        search.priced()
    }
}

/// A kind as the search sees it.
#[derive(Clone, Copy, Debug)]
struct Item {
    kind: usize,
    most: u64,
    worth: i64,
    worth_f: f64,
    /// Surrogate size, above zero.
    size: f64,
}

struct Search<'p> {
    pricer: &'p Pricer<'p>,
    capacity: &'p [u64],
    worth: &'p [i64],
    items: Vec<Item>,
    /// By resource.
    weights: Vec<f64>,
    best: i64,
    found: Vec<(i64, Pattern)>,
    /// Largest bound of what was left for want of work.
    left: i64,
    work: u64,
    /// Counts by kind of the pattern under construction.
    counts: Vec<u64>,
    /// By kind, how many kinds of the pattern keep it off.
    blocked: Vec<u32>,
    free: Vec<u64>,
}

impl<'p> Search<'p> {
    fn new(pricer: &'p Pricer<'p>, node_type: usize, worth: &'p [i64], most: &[u64], cutoff: i64, work: u64) -> Self {
        let packing = &pricer.reduced.packing;
        let capacity = &packing.node_types[node_type].capacity;
        let has_conditions = !packing.together.is_empty() || !pricer.sometimes.is_empty();
        let items = packing.kinds.iter().enumerate().filter_map(|(kind, stated)| {
            let fitting =
                stated.size.iter().zip(capacity).filter(|(size, _)| **size > 0).map(|(size, free)| free / size);
            let most = fitting.min().unwrap_or(u64::MAX).min(stated.per_node).min(most[kind]);
            let is_asked = worth[kind] > 0 || (has_conditions && pricer.reduced.is_strict[kind]);
            #[expect(clippy::cast_precision_loss, reason = "bounds are raised by more than the error")]
            let worth_f = worth[kind] as f64;
            (most > 0 && most < u64::MAX && is_asked && !stated.is_daemon).then_some(Item {
                kind,
                most,
                worth: worth[kind],
                worth_f,
                size: 0.0,
            })
        });
        let mut search = Self {
            pricer,
            capacity,
            worth,
            items: items.collect(),
            weights: Vec::new(),
            best: cutoff,
            found: Vec::new(),
            left: i64::MIN,
            work,
            counts: vec![0; packing.kinds.len()],
            blocked: vec![0; packing.kinds.len()],
            free: capacity.clone(),
        };
        search.choose_weights();
        search
    }

    fn size(&self, kind: usize) -> &'p [u64] {
        &self.pricer.reduced.packing.kinds[kind].size
    }

    /// Weights of the resources: each step gives more to those that the fractional filling overuses.
    #[expect(clippy::cast_precision_loss, reason = "any weights give a bound")]
    fn choose_weights(&mut self) {
        /// Steps, each a filling.
        const STEPS: usize = 12;
        let scale: Vec<f64> = self.capacity.iter().map(|&free| 1.0 / (free as f64).max(1.0)).collect();
        let mut shares = vec![1.0; scale.len()];
        let mut kept = (f64::INFINITY, shares.clone());
        for step in 0..STEPS {
            self.weights = shares.iter().zip(&scale).map(|(share, scale)| share * scale).collect();
            self.order();
            let (bound, used) = self.filling(&scale);
            if bound < kept.0 {
                kept = (bound, shares.clone());
            }
            let rate = 1.0 / (1.0 + step as f64 * 0.5);
            for (share, used) in shares.iter_mut().zip(&used) {
                *share = (*share * (rate * (used - 1.0)).clamp(-0.7, 0.7).exp()).max(1e-6);
            }
            let sum: f64 = shares.iter().sum();
            for share in &mut shares {
                *share *= used.len() as f64 / sum;
            }
        }
        self.weights = kept.1.iter().zip(&scale).map(|(share, scale)| share * scale).collect();
        self.order();
    }

    /// Surrogate sizes under the weights, and items by descending worth per size.
    #[expect(clippy::cast_precision_loss, reason = "any weights give a bound")]
    fn order(&mut self) {
        let packing = &self.pricer.reduced.packing;
        for item in &mut self.items {
            let sizes = packing.kinds[item.kind].size.iter().zip(&self.weights);
            item.size = sizes.map(|(&size, weight)| size as f64 * weight).sum::<f64>().max(1e-12);
        }
        self.items.sort_by(|a, b| (b.worth_f * a.size).total_cmp(&(a.worth_f * b.size)).then(a.kind.cmp(&b.kind)));
    }

    /// The value of the fractional filling of an empty node, and the part of each resource it uses.
    #[expect(clippy::cast_precision_loss, reason = "any weights give a bound")]
    fn filling(&self, scale: &[f64]) -> (f64, Vec<f64>) {
        let mut room: f64 = self.capacity.iter().zip(&self.weights).map(|(&free, weight)| free as f64 * weight).sum();
        let mut value = 0.0;
        let mut used = vec![0.0; scale.len()];
        for item in self.items.iter().take_while(|item| item.worth > 0) {
            let count = (room / item.size).min(item.most as f64);
            value += count * item.worth_f;
            room -= count * item.size;
            for ((used, &size), scale) in used.iter_mut().zip(self.size(item.kind)).zip(scale) {
                *used += count * size as f64 * scale;
            }
            if room <= 0.0 {
                break;
            }
        }
        (value, used)
    }

    /// Searches the patterns in which exactly the daemons of `present`, among those sometimes kept off, are on the node.
    fn start(&mut self, present: u64) {
        let pricer = self.pricer;
        self.free.clone_from_slice(self.capacity);
        let is_present = |at: usize| present >> at & 1 == 1;
        let there: Vec<usize> = pricer
            .always
            .iter()
            .copied()
            .chain((0..pricer.sometimes.len()).filter(|&at| is_present(at)).map(|at| pricer.sometimes[at]))
            .collect();
        let mut value = 0;
        for &daemon in &there {
            let sizes = self.size(daemon);
            for (free, size) in self.free.iter_mut().zip(sizes) {
                let Some(left) = free.checked_sub(*size) else { return };
                *free = left;
            }
            value += self.worth[daemon];
        }
        if there.iter().any(|&daemon| pricer.apart[daemon].iter().any(|other| there.contains(other))) {
            return;
        }
        for &daemon in &there {
            self.put(daemon, 1);
        }
        self.descend(0, value);
        for &daemon in &there {
            self.take(daemon);
        }
    }

    /// Notes that the pattern holds a kind, and whom that keeps off.
    fn put(&mut self, kind: usize, count: u64) {
        self.counts[kind] = count;
        for &other in &self.pricer.apart[kind] {
            self.blocked[other] += 1;
        }
    }

    fn take(&mut self, kind: usize) {
        self.counts[kind] = 0;
        for &other in &self.pricer.apart[kind] {
            self.blocked[other] -= 1;
        }
    }

    /// The pattern as it stands, then every extension by items from position `from` on.
    fn descend(&mut self, from: usize, value: i64) {
        if value > self.best && self.is_valid() {
            self.best = value;
            let pattern = self.counts.iter().copied().enumerate().filter(|&(_, count)| count > 0).collect();
            if self.found.len() == MOST_KEPT {
                self.found.remove(0);
            }
            self.found.push((value, pattern));
        }
        for at in from..self.items.len() {
            let item = self.items[at];
            if self.blocked[item.kind] > 0 {
                continue;
            }
            let fitting = self.fitting(item.kind).min(item.most);
            if fitting == 0 {
                continue;
            }
            let bound = self.bound(at, value);
            if bound <= self.best {
                return;
            }
            if self.work == 0 {
                self.left = self.left.max(bound);
                return;
            }
            self.work -= 1;
            self.put(item.kind, fitting);
            let sizes = self.size(item.kind);
            for (free, size) in self.free.iter_mut().zip(sizes) {
                *free -= size * fitting;
            }
            #[expect(clippy::cast_possible_wrap, reason = "counts on a node are far below 2^32")]
            for count in (1..=fitting).rev() {
                self.counts[item.kind] = count;
                self.descend(at + 1, value + item.worth * count as i64);
                for (free, size) in self.free.iter_mut().zip(sizes) {
                    *free += size;
                }
            }
            self.take(item.kind);
        }
    }

    fn fits(&self, kind: usize) -> bool {
        self.size(kind).iter().zip(&self.free).all(|(size, free)| size <= free)
    }

    fn fitting(&self, kind: usize) -> u64 {
        let sizes = self.size(kind).iter().zip(&self.free);
        sizes.filter(|(size, _)| **size > 0).map(|(size, free)| free / size).min().unwrap_or(u64::MAX)
    }

    /// No extension of the pattern by items from `from` on is worth more.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "raised by more than the error, and far below 2^63"
    )]
    fn bound(&self, from: usize, value: i64) -> i64 {
        let mut room: f64 = self.free.iter().zip(&self.weights).map(|(&free, weight)| free as f64 * weight).sum();
        let mut more = 0.0;
        for item in &self.items[from..] {
            if item.worth <= 0 {
                break;
            }
            // One that does not fit at all cannot be added; how many fit is left to the surrogate, which is cheaper to ask.
            if self.blocked[item.kind] > 0 || !self.fits(item.kind) {
                continue;
            }
            let size = item.size * item.most as f64;
            if size <= room {
                more += item.worth_f * item.most as f64;
                room -= size;
            } else {
                more += item.worth_f * (room / item.size);
                break;
            }
        }
        value + (more * (1.0 + ROUNDING)).ceil() as i64 + 1
    }

    /// The rules that a pattern obeys as a whole only.
    fn is_valid(&self) -> bool {
        let holds = |kind: usize| self.counts[kind] > 0;
        let packing = &self.pricer.reduced.packing;
        packing.together.iter().all(|&(a, b)| holds(a) == holds(b))
            && self.pricer.sometimes.iter().all(|&daemon| holds(daemon) != (self.blocked[daemon] > 0))
    }

    fn priced(self) -> Priced {
        Priced { upper: self.best.max(self.left), found: self.found }
    }
}
