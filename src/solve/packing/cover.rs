//! Covering: whole nodes that together have no less of any resource than all replicas, cheapest first, until replicas fit on some of them.
//!
//! > minimise  sum of cost(t) × x(t)
//! > rows:     sum over t of capacity(t, r) × x(t) >= sum over k of total(k) × size(k, r),   for every resource r
//! > limits:   x(t) <= most(t),   sum of x <= max_nodes,   sums(x) <= most,   x whole
//!
//! Nothing costs less than its optimum, whatever else is asked. Where nodes hold many replicas hardly any room is lost on them: sets of nodes that cost little
//! more, with a little room to spare, hold everything. Such sets begin with the whole parts of the relaxation, or one or two nodes less, and are completed by up
//! to three nodes of any type; `spread` tries them. Daemons that share nodes with everybody are taken off every node before.

mod spread;

use std::collections::{BTreeMap, BTreeSet};

use super::PackingEffort;
use super::solution::Solution;
use crate::formulate::{Femto, Pattern, Reduced};
use crate::solve::highs::{Model, Status, Stop};

/// Replicas that a node holds in the mean, at least: fewer leave room that a sum over all nodes does not see.
const LEAST_HELD: u64 = 6;

/// Most nodes that replicas are spread over one by one.
const MOST_NODES: u64 = 400;

/// Room beyond what replicas take, in millionths, tried one after another.
const MARGINS: [u32; 9] = [0, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000];

/// Nodes of all the sets tried for a margin, about; and the most sets.
const NODES_TRIED: u64 = 200;
const MOST_SETS: u64 = 60;

/// Nodes that complete a set, at most.
const ADDED: usize = 3;

/// Room is counted in parts of all that is needed of a resource.
const WHOLE: u128 = 1 << 40;

/// What covering found.
#[derive(Debug)]
pub(super) struct Covered {
    /// Nodes that hold everything.
    pub(super) solution: Option<Solution>,
    /// Nothing costs less.
    pub(super) bound: Femto,
}

/// Covers `reduced` and packs what covers it; `None` where nodes hold too few replicas, or are too many, for this to say much.
pub(super) fn cover(reduced: &Reduced, effort: PackingEffort<'_>) -> Option<Covered> {
    let room = Room::of(reduced)?;
    let relaxed = room.nodes(reduced, 0, false, effort)?.values;
    let replicas: u64 = room.totals.iter().sum();
    let nodes = whole(relaxed.iter().sum::<f64>()).max(1);
    if nodes > MOST_NODES || replicas / nodes < LEAST_HELD {
        return None;
    }
    let Counted { values, bound } = room.nodes(reduced, 0, true, effort)?;
    if !is_plain(reduced) {
        return Some(Covered { solution: None, bound });
    }
    let most_sets = usize::try_from((NODES_TRIED / nodes).clamp(4, MOST_SETS)).unwrap_or(4);
    let mut tried: BTreeSet<Vec<u64>> = BTreeSet::new();
    for margin in MARGINS {
        // Without a margin both are known.
        let sets = if margin == 0 {
            room.sets_of(reduced, margin, &relaxed, &values, most_sets)
        } else {
            let relaxed = room.nodes(reduced, margin, false, effort)?.values;
            let values = room.nodes(reduced, margin, true, effort)?.values;
            room.sets_of(reduced, margin, &relaxed, &values, most_sets)
        };
        for counts in sets {
            if effort.interrupt.is_raised() {
                break;
            }
            if tried.insert(counts.clone()) {
                let solution = room.spread(reduced, &counts).map(|nodes| Solution::of(reduced, nodes.into_iter()));
                if let Some(solution) = solution.filter(|solution| solution.is_valid(reduced)) {
                    return Some(Covered { solution: Some(solution), bound });
                }
            }
        }
    }
    Some(Covered { solution: None, bound })
}

/// Whether it is enough that nodes have room: no rule but those about daemons says who shares a node.
fn is_plain(reduced: &Reduced) -> bool {
    let packing = &reduced.packing;
    let is_strict = |kind: usize| reduced.is_strict[kind] && !packing.kinds[kind].is_daemon;
    packing.apart.iter().all(|(a, b)| a == b)
        && packing.together.is_empty()
        && packing.max_types.is_none()
        && !packing.is_zonal()
        && !(0..packing.kinds.len()).any(is_strict)
}

/// How many nodes of each type, and what no nodes cost less than.
struct Counted {
    values: Vec<f64>,
    bound: Femto,
}

/// What replicas need and what nodes have, in parts of [`WHOLE`], daemons that stand on every node taken off both.
struct Room {
    /// By kind and resource, rounded up.
    sizes: Vec<Vec<i64>>,
    /// By node type and resource, rounded down; `None` where not even the daemons fit.
    capacities: Vec<Option<Vec<i64>>>,
    daemons: Pattern,
    /// By kind: replicas, without daemons.
    totals: Vec<u64>,
    resources: usize,
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts of nodes")]
fn whole(part: f64) -> u64 {
    // A hair below a whole number is that number.
    (part + 1e-6).floor() as u64
}

impl Room {
    fn of(reduced: &Reduced) -> Option<Self> {
        let packing = &reduced.packing;
        let shares = |kind: usize| packing.kinds[kind].is_daemon && packing.apart_from(kind).next().is_none();
        let daemons: Pattern = (0..packing.kinds.len()).filter(|&kind| shares(kind)).map(|kind| (kind, 1)).collect();
        let mut totals = reduced.totals.clone();
        for (kind, _) in &daemons {
            totals[*kind] = 0;
        }
        let needed = |resource: usize| -> u128 {
            let sizes = packing.kinds.iter().zip(&totals);
            sizes.map(|(kind, &total)| u128::from(kind.size[resource]) * u128::from(total)).sum()
        };
        let needed: Vec<u128> = (0..packing.node_types.first()?.capacity.len()).map(needed).collect();
        let asked: Vec<usize> = (0..needed.len()).filter(|&resource| needed[resource] > 0).collect();
        let taken = |resource: usize| daemons.iter().map(|(kind, _)| packing.kinds[*kind].size[resource]).sum::<u64>();
        let size = |size: &Vec<u64>| {
            let part = |&at: &usize| i64::try_from((u128::from(size[at]) * WHOLE).div_ceil(needed[at])).ok();
            asked.iter().map(part).collect::<Option<Vec<i64>>>()
        };
        let capacity = |capacity: &Vec<u64>| {
            // So much that sums over nodes stay far from the end of numbers.
            let part = |left: u64, at: usize| i64::try_from(u128::from(left) * WHOLE / needed[at]).unwrap_or(1 << 50);
            let is_enough = (0..needed.len()).all(|at| capacity[at] >= taken(at));
            is_enough.then(|| asked.iter().map(|&at| part(capacity[at] - taken(at), at).min(1 << 50)).collect())
        };
        Some(Self {
            sizes: packing.kinds.iter().map(|kind| size(&kind.size)).collect::<Option<_>>()?,
            capacities: packing.node_types.iter().map(|node_type| capacity(&node_type.capacity)).collect(),
            resources: asked.len(),
            daemons,
            totals,
        })
    }

    /// Nodes with room for everything and so much more, in millionths.
    #[expect(clippy::cast_precision_loss, reason = "coefficients of a model in floating point")]
    fn nodes(&self, reduced: &Reduced, margin: u32, is_whole: bool, effort: PackingEffort<'_>) -> Option<Counted> {
        let packing = &reduced.packing;
        let dearest = packing.node_types.iter().map(|node_type| node_type.cost).max()?.max(1);
        let unit = dearest as f64 / 100.0;
        let mut model = Model::default();
        let mut columns = Vec::with_capacity(packing.node_types.len());
        for (node_type, capacity) in packing.node_types.iter().zip(&self.capacities) {
            let most = if capacity.is_some() { node_type.most.map_or(f64::INFINITY, |most| most as f64) } else { 0.0 };
            columns.push(model.column(node_type.cost as f64 / unit, most, is_whole));
        }
        for resource in 0..self.resources {
            let part = |capacity: &Option<Vec<i64>>| {
                capacity.as_ref().map_or(0.0, |capacity| capacity[resource] as f64 / WHOLE as f64)
            };
            let terms = columns.iter().copied().zip(self.capacities.iter().map(part));
            model.at_least(terms, 1.0 + f64::from(margin) / 1e6);
        }
        if let Some(most) = packing.max_nodes {
            model.at_most(columns.iter().map(|&column| (column, 1.0)), most as f64);
        }
        for (at, &most) in packing.sums.iter().enumerate() {
            let scale = most.max(1) as f64;
            let adds =
                columns.iter().zip(&packing.node_types).map(|(&column, it)| (column, it.adds[at] as f64 / scale));
            model.at_most(adds, most as f64 / scale);
        }
        let stop = Stop { nodes: effort.branching_nodes, relative_gap: 1e-6, interrupt: effort.interrupt };
        let solved = model.minimise(stop, None);
        let is_known = matches!(solved.status, Status::Optimal | Status::Limit) && solved.bound.is_finite();
        let values = solved.values.filter(|_| is_known)?;
        // More than the tolerances of HiGHS can amount to.
        let least = solved.bound - 1e-7 - solved.bound.abs() * 1e-8;
        #[expect(clippy::cast_possible_truncation, reason = "far below what an amount in femto-USD can be")]
        let bound = (least * unit).floor().max(0.0) as Femto;
        Some(Counted { values: columns.iter().map(|column| values[column.index()]).collect(), bound })
    }

    /// Sets of whole nodes with so much room to try, cheapest first: what branch and bound `found`, and those near the relaxation.
    fn sets_of(
        &self,
        reduced: &Reduced,
        margin: u32,
        relaxed: &[f64],
        found: &[f64],
        most_sets: usize,
    ) -> Vec<Vec<u64>> {
        let mut sets = self.sets(reduced, margin, relaxed, most_sets);
        sets.push(found.iter().map(|&count| whole(count)).collect());
        sets.sort_by_cached_key(|counts| (reduced.cost(counts.iter().copied().enumerate()), counts.clone()));
        sets
    }

    /// Sets of whole nodes with so much room, cheapest first: they begin with the whole parts of `parts`, or one or two nodes less.
    fn sets(&self, reduced: &Reduced, margin: u32, parts: &[f64], most_sets: usize) -> Vec<Vec<u64>> {
        let first: Vec<u64> = parts.iter().map(|&part| whole(part)).collect();
        let mut begun = BTreeSet::from([first]);
        for _ in 0..2 {
            let without = |counts: &Vec<u64>| -> Vec<Vec<u64>> {
                let used = (0..counts.len()).filter(|&at| counts[at] > 0);
                let less = used.map(|at| {
                    let mut less = counts.clone();
                    less[at] -= 1;
                    less
                });
                less.collect()
            };
            let fewer: Vec<Vec<u64>> = begun.iter().flat_map(without).collect();
            begun.extend(fewer);
        }
        let needed = WHOLE + WHOLE * u128::from(margin) / 1_000_000;
        let needed = i64::try_from(needed).unwrap_or(i64::MAX);
        let mut found: BTreeMap<Vec<u64>, Femto> = BTreeMap::new();
        for counts in begun {
            let cost = reduced.cost(counts.iter().copied().enumerate());
            for (more, added) in self.completions(reduced, &counts, needed, most_sets) {
                let mut counts = counts.clone();
                for node_type in added {
                    counts[node_type] += 1;
                }
                found.insert(counts, cost + more);
            }
        }
        let mut sets: Vec<(Femto, Vec<u64>)> = found.into_iter().map(|(counts, cost)| (cost, counts)).collect();
        sets.sort();
        sets.into_iter().take(most_sets).map(|(_, counts)| counts).collect()
    }

    /// The cheapest ways to complete a set by up to [`ADDED`] nodes.
    fn completions(&self, reduced: &Reduced, counts: &[u64], needed: i64, most: usize) -> Vec<(Femto, Vec<usize>)> {
        let has = |resource: usize| -> i64 {
            let parts = counts.iter().zip(&self.capacities);
            parts
                .filter_map(|(&count, capacity)| Some(capacity.as_ref()?[resource].saturating_mul(count.cast_signed())))
                .fold(0, i64::saturating_add)
        };
        let types = &reduced.packing.node_types;
        let is_free = |&at: &usize| types[at].most.is_none_or(|most| counts[at] + ADDED as u64 <= most);
        let mut completing = Completing {
            costs: types.iter().map(|node_type| node_type.cost).collect(),
            capacities: &self.capacities,
            types: (0..types.len()).filter(|&at| self.capacities[at].is_some()).filter(is_free).collect(),
            most,
            best: Vec::new(),
        };
        let left: Vec<i64> = (0..self.resources).map(|resource| needed.saturating_sub(has(resource))).collect();
        completing.add(0, &left, 0, &mut Vec::new());
        completing.best
    }
}

/// The cheapest additions found so far, cheapest first.
struct Completing<'a> {
    costs: Vec<Femto>,
    capacities: &'a [Option<Vec<i64>>],
    types: Vec<usize>,
    most: usize,
    best: Vec<(Femto, Vec<usize>)>,
}

impl Completing<'_> {
    /// Adds nodes of the types from position `from` on while something is `left` to cover.
    fn add(&mut self, from: usize, left: &[i64], cost: Femto, added: &mut Vec<usize>) {
        if self.best.len() == self.most && self.best.last().is_some_and(|(dearest, _)| cost >= *dearest) {
            return;
        }
        if left.iter().all(|&left| left <= 0) {
            let at = self.best.partition_point(|(known, _)| *known <= cost);
            self.best.insert(at, (cost, added.clone()));
            self.best.truncate(self.most);
            return;
        }
        if added.len() == ADDED {
            return;
        }
        for at in from..self.types.len() {
            let node_type = self.types[at];
            let Some(capacity) = &self.capacities[node_type] else { continue };
            let rest: Vec<i64> = left.iter().zip(capacity).map(|(left, part)| left - part).collect();
            added.push(node_type);
            self.add(at, &rest, cost + self.costs[node_type], added);
            added.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formulate::{Kind, NodeType, Packing};
    use crate::model::TypeId;
    use crate::solve::packing::{Packed, integer, patterns};
    use crate::solve::sequence::Sequence;

    /// Two to three kinds of one or two units of each of two resources, up to ten replicas of each, a daemon in every other packing; two to three types.
    fn packing(numbers: &mut Sequence) -> Packing {
        let unit = |number: usize| number as u64;
        let mut kind = |is_daemon: bool| Kind {
            size: vec![unit(1 + numbers.below(2)), unit(1 + numbers.below(2))],
            least: if is_daemon { 0 } else { unit(3 + numbers.below(8)) },
            most: u64::MAX,
            lost: 0,
            max_skew: None,
            min_zones: 1,
            per_node: u64::MAX,
            is_daemon,
        };
        let mut kinds = vec![kind(false), kind(false)];
        let more = kind(false);
        let daemon = kind(true);
        if numbers.below(2) == 0 {
            kinds.push(daemon);
        } else {
            kinds.push(more);
        }
        let node_types = (0..2 + numbers.below(2)).map(|at| NodeType {
            machine_type: TypeId::at(at),
            capacity: vec![unit(9 + numbers.below(8)), unit(9 + numbers.below(8))],
            cost: 1_000_000 * (8 + numbers.below(8)) as Femto,
            most: (numbers.below(4) == 0).then(|| unit(numbers.below(3))),
            most_by_zone: None,
            adds: Vec::new(),
        });
        Packing { zones: 1, node_types: node_types.collect(), kinds, ..Packing::default() }
    }

    #[test]
    fn nothing_costs_less_and_what_is_found_holds() {
        let mut numbers = Sequence::new();
        let (mut covered_count, mut best_count) = (0, 0);
        for _ in 0..300 {
            let packing = packing(&mut numbers);
            let Some(reduced) = Reduced::choices(&packing).pop() else { continue };
            let effort = PackingEffort::default();
            let Some(columns) = patterns::all(&reduced) else { continue };
            let exact = integer::solve(&reduced, &columns, effort.stop());
            let (Some(least), Some(covered)) = (exact.bound, cover(&reduced, effort)) else { continue };
            let Some(nodes) = exact.nodes else { continue };
            let optimum = reduced.cost(nodes.iter().map(|nodes| (nodes.node_type, nodes.count)));
            assert!(covered.bound <= optimum, "{packing:?}: {} above {optimum}", covered.bound);
            if let Some(solution) = covered.solution {
                assert!(solution.is_valid(&reduced), "{packing:?}: {solution:?}");
                assert!(solution.cost >= least, "{packing:?}: {} below {least}", solution.cost);
                covered_count += 1;
                best_count += usize::from(solution.cost <= optimum);
            }
        }
        assert!(covered_count >= 100 && best_count * 10 >= covered_count * 7, "{best_count} of {covered_count}");
    }

    /// A thousand replicas of forty kinds on types of five sizes: less than a thousandth is lost on nodes that hold dozens.
    #[test]
    fn many_replicas_fill_their_nodes() {
        let mut numbers = Sequence::new();
        let kinds = (0..40).map(|_| Kind {
            size: vec![250 * (1 + numbers.below(16)) as u64, 512 * (1 + numbers.below(32)) as u64],
            least: 25,
            most: u64::MAX,
            lost: 0,
            max_skew: None,
            min_zones: 1,
            per_node: u64::MAX,
            is_daemon: false,
        });
        let kinds: Vec<Kind> = kinds.collect();
        let node_types = [(32, 4), (48, 4), (64, 4), (64, 8), (96, 2)].into_iter().enumerate();
        let node_types = node_types.map(|(at, (vcpu, memory))| NodeType {
            machine_type: TypeId::at(at),
            capacity: vec![vcpu * 1000, vcpu * memory * 1024],
            cost: Femto::from(vcpu * (20 + 3 * memory)) * 1_000_000_000_000,
            most: None,
            most_by_zone: None,
            adds: Vec::new(),
        });
        let packing = Packing { zones: 1, node_types: node_types.collect(), kinds, ..Packing::default() };
        let effort = PackingEffort { tolerance: crate::units::Ratio(5_000), ..PackingEffort::default() };
        let Packed::Packed { cost, bound, .. } = super::super::pack(&packing, effort) else {
            panic!("it can be packed")
        };
        assert!(cost - bound <= cost / 200, "{cost} and {bound}");
    }
}
