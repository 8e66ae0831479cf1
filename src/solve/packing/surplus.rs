//! Leaving out replicas that no rule asks for, where rules concern zones.
//!
//! The integer model counts at least what is needed and at most what its nodes could hold. Counts are lowered one by one, fullest zone first, as long as
//! every rule still holds; then nodes lose what is beyond the counts of their zone. A node that is left empty is not needed.

use crate::formulate::{Nodes, Pattern, Reduced};

/// Nodes without surplus, for counts by kind, then zone, that obey every rule.
pub(super) fn without_surplus(reduced: &Reduced, nodes: Vec<Nodes>, mut counts: Vec<Vec<u64>>) -> Vec<Nodes> {
    // Twice, because fewer of one kind can mean that fewer of another are required.
    for _ in 0..2 {
        for kind in (0..counts.len()).filter(|&kind| !reduced.is_strict[kind]) {
            while lower(reduced, &mut counts, kind) {}
        }
    }
    let mut nodes = nodes;
    for (kind, by_zone) in counts.iter().enumerate().filter(|(kind, _)| !reduced.is_strict[*kind]) {
        for (zone, &count) in by_zone.iter().enumerate() {
            nodes = stripped(nodes, kind, zone, count);
        }
    }
    nodes.retain(|group| !group.pattern.is_empty());
    nodes.sort();
    nodes
}

/// Lowers the count of a kind by one, in the fullest zone where every rule then holds, or in all zones at once; false if no rule allows either.
fn lower(reduced: &Reduced, counts: &mut [Vec<u64>], kind: usize) -> bool {
    let mut zones: Vec<usize> = (0..counts[kind].len()).filter(|&zone| counts[kind][zone] > 0).collect();
    zones.sort_by_key(|&zone| (std::cmp::Reverse(counts[kind][zone]), zone));
    for &zone in &zones {
        counts[kind][zone] -= 1;
        if is_enough(reduced, counts, kind) {
            return true;
        }
        counts[kind][zone] += 1;
    }
    // Fewer in one zone are uneven where fewer in each are not.
    let before = counts[kind].clone();
    for &zone in &zones {
        counts[kind][zone] -= 1;
    }
    let is_lower = !zones.is_empty() && is_enough(reduced, counts, kind);
    if !is_lower {
        counts[kind] = before;
    }
    is_lower
}

/// Whether the rules that ask for replicas of a kind hold.
fn is_enough(reduced: &Reduced, counts: &[Vec<u64>], kind: usize) -> bool {
    let packing = &reduced.packing;
    let stated = &packing.kinds[kind];
    let total = |kind: usize| counts[kind].iter().sum::<u64>();
    let mut sorted = counts[kind].clone();
    sorted.sort_unstable_by(|a, b| b.cmp(a));
    let left: u64 = sorted.iter().skip(stated.lost as usize).sum();
    let is_even = stated
        .max_skew
        .is_none_or(|skew| sorted.first().zip(sorted.last()).is_none_or(|(most, least)| most - least <= skew));
    let together = packing.zone_together.iter().filter(|&&(a, b)| a == kind || b == kind);
    let mut pairs = together.flat_map(|&(a, b)| counts[a].iter().zip(&counts[b]));
    let in_use = sorted.iter().filter(|count| **count > 0).count() as u64;
    left >= stated.least
        && (stated.min_zones <= 1 || in_use >= stated.min_zones)
        && total(kind) >= reduced.totals[kind]
        && is_even
        && pairs.all(|(a, b)| (*a > 0) == (*b > 0))
        && packing.requires.iter().filter(|ratio| ratio.needs == kind).all(|ratio| {
            u128::from(total(kind)) * u128::from(ratio.every) >= u128::from(total(ratio.of)) * u128::from(ratio.count)
        })
}

/// Nodes of which those in a zone hold so many of a kind in all.
fn stripped(nodes: Vec<Nodes>, kind: usize, zone: usize, count: u64) -> Vec<Nodes> {
    let held = |group: &Nodes| crate::formulate::held(&group.pattern, kind);
    let covered: u64 = nodes.iter().filter(|group| group.zone == zone).map(|group| held(group) * group.count).sum();
    let mut surplus = covered.saturating_sub(count);
    let mut stripped = Vec::with_capacity(nodes.len() + 2);
    for group in nodes {
        let each = held(&group);
        if group.zone != zone || each == 0 || surplus == 0 {
            stripped.push(group);
            continue;
        }
        let without = group.count.min(surplus / each);
        surplus -= without * each;
        let partly = if without < group.count { surplus.min(each) } else { 0 };
        surplus -= partly;
        let parts = [
            (without, 0),
            (u64::from(partly > 0), each - partly),
            (group.count - without - u64::from(partly > 0), each),
        ];
        for (nodes, left) in parts.into_iter().filter(|&(nodes, _)| nodes > 0) {
            stripped.push(Nodes { pattern: with(&group.pattern, kind, left), count: nodes, ..group.clone() });
        }
    }
    stripped
}

fn with(pattern: &Pattern, kind: usize, count: u64) -> Pattern {
    let changed = pattern.iter().map(|&(held, held_count)| (held, if held == kind { count } else { held_count }));
    changed.filter(|&(_, count)| count > 0).collect()
}
