//! Solving a packing: exactly where its patterns are few, within a proven gap where they are many.
//!
//! Every combination of choices is a packing of its own (`formulate::packing`). For each:
//!
//! 1. Where all patterns can be listed (`patterns`) and are few, the integer model over them is the problem itself (`integer`).
//! 2. Where nodes hold many replicas each, whole nodes with room for all of them bound the cost, and hold them as far as can be seen (`cover`).
//! 3. Otherwise column generation (`master`, with exact `pricing`) solves the relaxation and bounds the cost in whole numbers.
//!    `resources` bounds it too, which is better where nodes hold many replicas.
//! 4. `fill` and `dive` make whole nodes of it; `improve` takes some of them away and packs what they held again.
//! 5. Where nodes cannot be improved so, the integer model over the columns that were generated is searched.
//!
//! Rules about zones are in the integer model; the relaxation has their effect on the totals only.

mod bound;
mod cover;
mod dive;
mod fill;
mod improve;
mod integer;
mod master;
mod patterns;
mod pricing;
mod resources;
mod solution;
mod surplus;
mod table;
mod zones;

use self::master::{Care, Column, Master, Relaxed};
use self::solution::Solution;
use super::effort::Interrupt;
use super::highs::Stop;
use crate::formulate::{Femto, Nodes, Packing, Reduced};
use crate::units::Ratio;

/// Columns times zones up to which the integer model over all patterns is solved first.
const FEW_COLUMNS: usize = 700;

/// Nodes up to which patterns are looked at too where covering leaves a gap: of so few nodes their sizes are most of what can be gained.
const FEW_NODES: u64 = 20;

/// How much work packing may do.
#[derive(Clone, Copy, Debug)]
pub struct PackingEffort<'a> {
    /// Branch-and-bound nodes HiGHS may use for one integer model.
    pub branching_nodes: i32,
    /// Rounds of taking nodes away and packing again.
    pub rounds: u32,
    /// Distance between cost and bound, relative to the cost, at which the search may stop.
    pub tolerance: Ratio,
    /// Ends the search early, whatever work is left.
    pub interrupt: Interrupt<'a>,
}

impl Default for PackingEffort<'_> {
    fn default() -> Self {
        Self { branching_nodes: 500, rounds: 160, tolerance: Ratio(100), interrupt: Interrupt::NEVER }
    }
}

/// How packing ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Packed {
    /// Nodes, and a bound on the cost of any.
    Packed {
        /// Node types are positions in the packing.
        nodes: Vec<Nodes>,
        /// Cost of the nodes in femto-USD.
        cost: Femto,
        /// Nothing costs less.
        bound: Femto,
    },
    /// Proven: no nodes satisfy the rules.
    Infeasible,
    /// The work ran out before any nodes were found.
    Undecided {
        /// Nothing costs less.
        bound: Femto,
    },
}

impl<'a> PackingEffort<'a> {
    fn accepts(self, cost: Femto, bound: Femto) -> bool {
        cost - bound <= cost / 1_000_000 * Femto::from(self.tolerance.0)
    }

    fn stop(self) -> Stop<'a> {
        let relative_gap = f64::from(self.tolerance.0) / 2e6;
        Stop { nodes: self.branching_nodes, relative_gap, interrupt: self.interrupt }
    }
}

/// Packs `packing` at the least cost the effort finds.
pub fn pack(packing: &Packing, effort: PackingEffort<'_>) -> Packed {
    let mut best: Option<(Vec<Nodes>, Femto)> = None;
    let mut bound: Option<Femto> = None;
    for reduced in Reduced::choices(packing) {
        let known = best.as_ref().map(|(_, cost)| *cost);
        let (nodes, least) = match pack_choice(&reduced, effort, known) {
            Packed::Infeasible => continue,
            Packed::Undecided { bound } => (None, bound),
            Packed::Packed { nodes, cost, bound } => (Some((nodes, cost)), bound),
        };
        bound = Some(bound.map_or(least, |bound| bound.min(least)));
        if let Some((nodes, cost)) = nodes
            && known.is_none_or(|known| cost < known)
        {
            let original = |group: Nodes| Nodes { node_type: reduced.node_types[group.node_type], ..group };
            best = Some((nodes.into_iter().map(original).collect(), cost));
        }
    }
    match (best, bound) {
        (Some((nodes, cost)), Some(bound)) => Packed::Packed { nodes, cost, bound: bound.min(cost) },
        (None, Some(bound)) => Packed::Undecided { bound },
        (_, None) => Packed::Infeasible,
    }
}

/// Packs one combination of choices. Nodes that cost no less than `known` are of no use.
fn pack_choice(reduced: &Reduced, effort: PackingEffort<'_>, known: Option<Femto>) -> Packed {
    if reduced.packing.sums.iter().any(|&most| most < 0) {
        return Packed::Infeasible;
    }
    if reduced.totals.iter().all(|&total| total == 0) {
        return Packed::Packed { nodes: Vec::new(), cost: 0, bound: 0 };
    }
    let zones = if reduced.packing.is_zonal() { reduced.packing.zones } else { 1 };
    let all = patterns::all(reduced);
    if let Some(columns) = all.as_ref().filter(|columns| columns.len() * zones <= FEW_COLUMNS) {
        let exact = integer::solve(reduced, columns, effort.stop());
        if exact.is_infeasible {
            return Packed::Infeasible;
        }
        if let (Some(nodes), Some(bound)) = (exact.nodes.filter(|nodes| keep_sums(reduced, nodes)), exact.bound) {
            let (nodes, cost) = zones::finish(reduced, nodes);
            if effort.accepts(cost, bound) {
                return Packed::Packed { nodes, cost, bound };
            }
        }
    }
    let is_complete = all.is_some();
    let covered = if is_complete { None } else { cover::cover(reduced, effort) };
    let least = covered.as_ref().map_or(0, |covered| covered.bound);
    let covered = covered.and_then(|covered| covered.solution);
    if let Some(solution) = &covered {
        let count: u64 = solution.nodes.iter().map(|(_, count)| count).sum();
        if count > FEW_NODES || effort.accepts(solution.cost, least) {
            let (nodes, cost) = zones::finish(reduced, nodes_of(solution));
            return Packed::Packed { nodes, cost, bound: least.min(cost) };
        }
    }
    let mut master = Master::new(reduced, effort.interrupt);
    for column in all.into_iter().flatten() {
        master.add(column);
    }
    let Some(relaxed) = master.relax(Care::within(effort.tolerance)) else { return Packed::Undecided { bound: 0 } };
    if relaxed.missing > 1e-7 && master.is_infeasible() {
        return Packed::Infeasible;
    }
    let resources = resources::by_resource(reduced, effort.interrupt).map_or(0, |worth| worth.bound(reduced));
    let mut bound = reduced.unscaled(relaxed.bound).max(resources).max(least);
    if known.is_some_and(|known| effort.accepts(known, bound)) {
        return Packed::Undecided { bound };
    }
    let mut best = if reduced.packing.is_zonal() {
        zones::alike(reduced, effort)
    } else {
        let packed = whole_nodes(&mut master, &relaxed, bound, effort)
            .map(|solution| improve::improve(reduced, solution, &relaxed.worth, bound, effort));
        let cheapest = covered.into_iter().chain(packed).min_by_key(|solution| solution.cost);
        cheapest.map(|solution| zones::finish(reduced, nodes_of(&solution)))
    };
    let is_open =
        |best: &Option<(Vec<Nodes>, Femto)>| best.as_ref().is_none_or(|(_, cost)| !effort.accepts(*cost, bound));
    // Where nodes were improved over some of the columns, the integer model over the same columns would only find them again.
    let is_improved =
        best.is_some() && !is_complete && improve::may_improve(reduced) && reduced.packing.sums.is_empty();
    if is_open(&best) && !is_improved {
        let columns: Vec<Column> = master.columns.clone();
        let found = integer::solve(reduced, &columns, effort.stop());
        if is_complete && best.is_none() && found.is_infeasible {
            return Packed::Infeasible;
        }
        bound = bound.max(found.bound.filter(|_| is_complete).unwrap_or(0));
        let nodes = found.nodes.filter(|nodes| keep_sums(reduced, nodes));
        if let Some((nodes, cost)) = nodes.map(|nodes| zones::finish(reduced, nodes))
            && best.as_ref().is_none_or(|(_, known)| cost < *known)
        {
            best = Some((nodes, cost));
        }
    }
    match best {
        Some((nodes, cost)) => {
            bound = bound.min(cost);
            Packed::Packed { nodes, cost, bound }
        }
        None => Packed::Undecided { bound },
    }
}

/// Whole nodes near the relaxation: filled by what its duals say, and where that is not near enough, rounded from its values too.
fn whole_nodes(
    master: &mut Master<'_>,
    relaxed: &Relaxed,
    bound: Femto,
    effort: PackingEffort<'_>,
) -> Option<Solution> {
    let reduced = master.reduced;
    let is_valid = |solution: &Solution| solution.is_valid(reduced);
    let mut best = fill::fill(reduced, &relaxed.worth).filter(is_valid);
    for sure in dive::SURE {
        if best.as_ref().is_some_and(|best| effort.accepts(best.cost, bound)) {
            break;
        }
        let rounded = dive::dive(master, relaxed.clone(), sure).filter(is_valid);
        best = rounded.into_iter().chain(best).min_by_key(|solution| solution.cost);
    }
    best
}

/// Whether nodes keep all sums, in whole numbers: a solver's may be a hair beyond.
fn keep_sums(reduced: &Reduced, nodes: &[Nodes]) -> bool {
    reduced.packing.keeps_sums(&nodes.iter().map(|group| (group.node_type, group.count)))
}

/// The nodes of a solution, all in the first zone.
fn nodes_of(solution: &Solution) -> Vec<Nodes> {
    let group = |(column, count): &(Column, u64)| Nodes {
        node_type: column.node_type,
        zone: 0,
        pattern: column.pattern.clone(),
        count: *count,
    };
    solution.nodes.iter().map(group).collect()
}
