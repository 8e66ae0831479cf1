//! A packing with its choices made, its counts settled and its dominated node types dropped.
//!
//! **Choices.** Of each `one_of` list one kind is deployed; every combination is a packing of its own, and the cheapest counts.
//!
//! **Counts.** The least total of a kind follows from `least`, survival and the ratios: the least numbers with
//!
//! > total(k) >= surviving(least(k), zones, lost(k)),   total(needs) >= ceil(total(of) × count / every)
//!
//! found by raising them until nothing changes. Replicas beyond that can be left out of any node, but for strict kinds, so no cheapest packing needs
//! more. Ratios whose `of` is strict stay rows, because its total depends on the nodes.
//!
//! **Node types.** A type is dropped if another, of unlimited number, has no less of any resource and costs no more.

use super::{Packing, held};
use super::{Pattern, Requires};
use crate::formulate::cost::Femto;
use crate::formulate::survive::instances_surviving;

/// Costs are scaled to whole numbers of about this size, so that bounds are sums in 64 bits.
const SCALE: i128 = 1 << 40;

/// A packing ready to be solved.
#[derive(Clone, Debug)]
pub struct Reduced {
    /// Without choices and dominated types; kinds that are not deployed have `per_node` 0. Positions of kinds are those of the original.
    pub packing: Packing,
    /// Least total by kind.
    pub totals: Vec<u64>,
    /// Whether a replica of the kind cannot simply be left out.
    pub is_strict: Vec<bool>,
    /// Position in the original packing by node type.
    pub node_types: Vec<usize>,
    /// Scaled cost by node type, never above the true one.
    pub costs: Vec<i64>,
    /// Least cost, in femto-USD, that a scaled bound proves.
    scale: Scale,
}

/// What a scaled cost is worth.
#[derive(Clone, Copy, Debug)]
enum Scale {
    /// All costs are multiples of `step`, and `per_step` scaled units are one step.
    Exact { step: Femto, per_step: i64 },
    /// `most` is 2^40 units; scaled costs are rounded down.
    Rounded { most: Femto },
}

impl Reduced {
    /// Every combination of choices; a combination whose counts contradict each other is left out.
    pub fn choices(packing: &Packing) -> Vec<Self> {
        let mut chosen: Vec<Vec<bool>> = vec![vec![true; packing.kinds.len()]];
        for list in &packing.one_of {
            chosen = chosen
                .iter()
                .flat_map(|deployed| list.iter().map(|&kept| (deployed.clone(), kept)).collect::<Vec<_>>())
                .map(|(mut deployed, kept)| {
                    for &kind in list {
                        deployed[kind] &= kind == kept;
                    }
                    deployed
                })
                .collect();
        }
        chosen.into_iter().filter_map(|deployed| Self::of(packing, &deployed)).collect()
    }

    fn of(packing: &Packing, deployed: &[bool]) -> Option<Self> {
        let mut packing = packing.clone();
        let listed: Vec<usize> = packing.one_of.iter().flatten().copied().collect();
        for (kind, &is_deployed) in deployed.iter().enumerate() {
            let stated = &mut packing.kinds[kind];
            if !is_deployed {
                (stated.least, stated.most, stated.per_node, stated.is_daemon) = (0, 0, 0, false);
                stated.min_zones = 1;
            } else if listed.contains(&kind) && !stated.is_daemon {
                stated.least = stated.least.max(1);
            }
        }
        packing.one_of.clear();
        packing.requires.retain(|ratio| deployed[ratio.of] && deployed[ratio.needs]);
        packing.together.retain(|&(a, b)| deployed[a] && deployed[b]);
        packing.zone_together.retain(|&(a, b)| deployed[a] && deployed[b]);
        let totals = totals(&packing)?;
        for (kind, stated) in packing.kinds.iter_mut().enumerate() {
            if packing.apart.contains(&(kind, kind)) || stated.is_daemon {
                stated.per_node = stated.per_node.min(1);
            }
            stated.per_node = stated.per_node.min(stated.most);
        }
        let is_strict: Vec<bool> = (0..packing.kinds.len()).map(|kind| packing.is_strict(kind)).collect();
        for (kind, &is_strict) in is_strict.iter().enumerate() {
            // More of a kind on one node than are needed in all would only be left out again.
            if !is_strict && !packing.is_zonal() && packing.kinds[kind].per_node > totals[kind] {
                packing.kinds[kind].per_node = totals[kind];
            }
        }
        let node_types = undominated(&packing);
        packing.node_types = node_types.iter().map(|&at| packing.node_types[at].clone()).collect();
        let (costs, scale) = scaled(&packing);
        let mut reduced = Self { packing, totals, is_strict, node_types, costs, scale };
        if reduced.packing.is_zonal() {
            let most = reduced.most_in_a_zone();
            for (kind, stated) in reduced.packing.kinds.iter_mut().enumerate() {
                stated.per_node = stated.per_node.min(most[kind]);
            }
        }
        Some(reduced)
    }

    /// The cost in femto-USD below which nothing lies, if nothing lies below `scaled`.
    pub fn unscaled(&self, scaled: i128) -> Femto {
        match self.scale {
            Scale::Exact { step, per_step } => {
                let per_step = i128::from(per_step);
                // Costs are whole steps: between two of them the next is the bound.
                (scaled + per_step - 1).div_euclid(per_step) * step
            }
            Scale::Rounded { most } => most / SCALE * scaled + most % SCALE * scaled / SCALE,
        }
    }

    /// The cost of nodes.
    pub fn cost<'a>(&self, nodes: impl IntoIterator<Item = (usize, u64)> + 'a) -> Femto {
        nodes.into_iter().map(|(node_type, count)| self.packing.node_types[node_type].cost * Femto::from(count)).sum()
    }

    /// Ratios that depend on which nodes there are.
    pub fn open_ratios(&self) -> impl Iterator<Item = &Requires> {
        self.packing
            .requires
            .iter()
            .filter(|ratio| self.is_strict[ratio.of] && self.packing.kinds[ratio.of].per_node > 0)
    }

    /// The least totals when the strict kinds have these totals; `None` if they break a limit.
    pub fn settled(&self, counted: &[u64]) -> Option<Vec<u64>> {
        let mut least = self.totals.clone();
        for (kind, &is_strict) in self.is_strict.iter().enumerate() {
            if is_strict {
                least[kind] = counted[kind];
            }
        }
        within_limits(&self.packing, raise(&self.packing, least)?)
    }

    /// By kind: some cheapest packing holds no more of it in any zone.
    pub fn most_in_a_zone(&self) -> Vec<u64> {
        let packing = &self.packing;
        let each: Vec<u64> =
            packing.kinds.iter().zip(&self.totals).map(|(kind, &total)| kind.least.max(total)).collect();
        // Every zone alone may have to hold what all need; ratios follow from that.
        let everywhere = each.iter().map(|&each| each.saturating_mul(packing.zones as u64)).collect();
        let needed = raise(packing, everywhere).unwrap_or_else(|| vec![u64::from(u32::MAX); each.len()]);
        let all: u64 = needed.iter().fold(0, |sum: u64, &needed| sum.saturating_add(needed));
        let limit = |(kind, &needed): (usize, &u64)| {
            // Of strict kinds there may be more than are needed: so many on each node, of which none is without some replica that is needed.
            let held = if self.is_strict[kind] {
                all.saturating_mul(packing.kinds[kind].per_node.clamp(1, 1_000))
            } else {
                needed
            };
            held.min(packing.kinds[kind].most)
        };
        needed.iter().enumerate().map(limit).collect()
    }
}

fn totals(packing: &Packing) -> Option<Vec<u64>> {
    let least = packing.kinds.iter().map(|kind| {
        let zones = packing.zones as u64;
        // With one zone asked for there need not be any.
        let spread = if kind.min_zones > 1 { kind.min_zones } else { 0 };
        if kind.least == 0 {
            (spread <= zones).then_some(spread)
        } else {
            (zones > u64::from(kind.lost) && spread <= zones)
                .then(|| instances_surviving(kind.least, zones, u64::from(kind.lost)).max(spread))
        }
    });
    within_limits(packing, raise(packing, least.collect::<Option<Vec<u64>>>()?)?)
}

fn within_limits(packing: &Packing, totals: Vec<u64>) -> Option<Vec<u64>> {
    totals.iter().zip(&packing.kinds).all(|(&total, kind)| total <= kind.most).then_some(totals)
}

/// Raises totals until all ratios hold; `None` if they would grow without end.
fn raise(packing: &Packing, mut totals: Vec<u64>) -> Option<Vec<u64>> {
    loop {
        let mut is_settled = true;
        for ratio in &packing.requires {
            let needed = (u128::from(totals[ratio.of]) * u128::from(ratio.count)).div_ceil(u128::from(ratio.every));
            let needed = u64::try_from(needed).unwrap_or(u64::MAX);
            if totals[ratio.needs] < needed {
                totals[ratio.needs] = needed;
                is_settled = false;
            }
        }
        if is_settled {
            return Some(totals);
        }
        // Ratios that require each other can raise totals for ever; nothing is accepted beyond this.
        if totals.iter().any(|&total| total > u64::from(u32::MAX)) {
            return None;
        }
    }
}

fn undominated(packing: &Packing) -> Vec<usize> {
    let types = &packing.node_types;
    let replaces = |a: usize, b: usize| {
        let (a_type, b_type) = (&types[a], &types[b]);
        a_type.most.is_none()
            && a_type.most_by_zone.is_none()
            && a_type.cost <= b_type.cost
            && a_type.capacity.iter().zip(&b_type.capacity).all(|(a, b)| a >= b)
            && a_type.adds.iter().zip(&b_type.adds).all(|(a, b)| a <= b)
            && (a < b
                || a_type.adds != b_type.adds
                || a_type.cost < b_type.cost
                || a_type.capacity != b_type.capacity
                || b_type.most.is_some()
                || b_type.most_by_zone.is_some())
    };
    (0..types.len()).filter(|&b| !(0..types.len()).any(|a| a != b && replaces(a, b))).collect()
}

#[expect(clippy::cast_possible_truncation, reason = "scaled costs are at most 2^40")]
fn scaled(packing: &Packing) -> (Vec<i64>, Scale) {
    let costs = || packing.node_types.iter().map(|node_type| node_type.cost);
    let most = costs().max().unwrap_or(0).max(1);
    let step = costs().fold(0, gcd).max(1);
    if most / step <= SCALE {
        let per_step = (SCALE / (most / step)).max(1);
        (
            costs().map(|cost| (cost / step * per_step) as i64).collect(),
            Scale::Exact { step, per_step: per_step as i64 },
        )
    } else {
        let scale = |cost: Femto| (cost / most * SCALE + cost % most / (most / SCALE + 1)) as i64;
        (costs().map(scale).collect(), Scale::Rounded { most })
    }
}

fn gcd(a: Femto, b: Femto) -> Femto {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// True if a node may hold `pattern`, whatever the other nodes hold.
pub fn fits(packing: &Packing, node_type: usize, pattern: &Pattern) -> bool {
    let capacity = &packing.node_types[node_type].capacity;
    let within = |resource: usize| {
        let used: u128 = pattern
            .iter()
            .map(|&(kind, count)| u128::from(packing.kinds[kind].size[resource]) * u128::from(count))
            .sum();
        used <= u128::from(capacity[resource])
    };
    let holds = |kind: usize| held(pattern, kind) > 0;
    (0..capacity.len()).all(within)
        && pattern.iter().all(|&(kind, count)| count <= packing.kinds[kind].per_node)
        && !packing.apart.iter().any(|&(a, b)| a != b && holds(a) && holds(b))
        && packing.together.iter().all(|&(a, b)| holds(a) == holds(b))
        && (0..packing.kinds.len())
            .filter(|&kind| packing.kinds[kind].is_daemon)
            .all(|daemon| holds(daemon) != packing.apart_from(daemon).any(holds))
}
