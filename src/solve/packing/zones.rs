//! Which zone each node stands in.

use super::master::Column;
use super::solution::Solution;
use super::{Packed, PackingEffort, pack_choice};
use crate::formulate::{Femto, Nodes, Reduced};

/// Nodes of an integer model, finished: where no rule concerns zones, surplus replicas are left out and the nodes spread evenly.
pub(super) fn finish(reduced: &Reduced, nodes: Vec<Nodes>) -> (Vec<Nodes>, Femto) {
    if reduced.packing.is_zonal() {
        let cost = reduced.cost(nodes.iter().map(|group| (group.node_type, group.count)));
        return (nodes, cost);
    }
    let columns =
        nodes.into_iter().map(|group| (Column { node_type: group.node_type, pattern: group.pattern }, group.count));
    let solution = Solution::of(reduced, columns);
    (spread(reduced.packing.zones, &solution), solution.cost)
}

/// Nodes spread over zones as evenly as their number allows, alike ones first.
fn spread(zones: usize, solution: &Solution) -> Vec<Nodes> {
    let mut nodes = Vec::new();
    let mut next = 0;
    for (column, count) in &solution.nodes {
        let (each, more) = (count / zones as u64, count % zones as u64);
        for step in 0..zones {
            let zone = (next + step) % zones;
            let count = each + u64::from((step as u64) < more);
            if count > 0 {
                nodes.push(Nodes { node_type: column.node_type, zone, pattern: column.pattern.clone(), count });
            }
        }
        next = (next + usize::try_from(more).unwrap_or(0)) % zones;
    }
    nodes.sort();
    nodes
}

/// Zones that are alike: each holds what one zone must hold if all hold the same. `None` where rules keep zones from being alike.
pub(super) fn alike(reduced: &Reduced, effort: PackingEffort<'_>) -> Option<(Vec<Nodes>, Femto)> {
    let packing = &reduced.packing;
    let zones = packing.zones as u64;
    if packing.zone_apart.iter().any(|&(a, b)| a != b) {
        return None;
    }
    let mut one = reduced.clone();
    one.packing.zones = 1;
    one.packing.zone_apart.clear();
    one.packing.zone_together.clear();
    for (kind, stated) in one.packing.kinds.iter_mut().enumerate() {
        let left = zones.saturating_sub(u64::from(stated.lost)).max(1);
        let each = stated.least.div_ceil(left).max(reduced.totals[kind].div_ceil(zones));
        (stated.least, stated.lost, stated.max_skew, stated.most) = (each, 0, None, stated.most / zones);
        stated.min_zones = 1;
        if packing.zone_apart.contains(&(kind, kind)) {
            stated.most = stated.most.min(1);
        }
        if each > stated.most {
            return None;
        }
        stated.per_node = stated.per_node.min(stated.most);
        if !reduced.is_strict[kind] {
            stated.per_node = stated.per_node.min(each);
        }
        one.totals[kind] = each;
    }
    for node_type in &mut one.packing.node_types {
        let in_a_zone = node_type.most_by_zone.take().and_then(|by_zone| by_zone.into_iter().min());
        node_type.most = node_type.most.map(|most| most / zones).into_iter().chain(in_a_zone).min();
    }
    one.packing.max_nodes = packing.max_nodes.map(|most| most / zones);
    one.packing.sums = packing.sums.iter().map(|most| most / i128::from(zones)).collect();
    let Packed::Packed { nodes, cost, .. } = pack_choice(&one, effort, None) else { return None };
    let everywhere = nodes
        .into_iter()
        .flat_map(|group| (0..packing.zones).map(move |zone| Nodes { zone, ..group.clone() }))
        .collect();
    Some((everywhere, cost * Femto::from(zones)))
}
