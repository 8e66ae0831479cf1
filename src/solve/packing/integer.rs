//! The integer model over given columns, on HiGHS: exact if the columns are all there are, otherwise a way to better packings.
//!
//! > minimise  sum of cost(t) × x(t, a, z)
//! > covered:  n(k, z) <= sum over (t, a) of a(k) × x(t, a, z)              equal, if k is strict
//! > enough:   sum over z of n(k, z) >= total(k),   sum over z outside S of n(k, z) >= least(k) for every set S of lost(k) zones
//! > ratios, limits of kinds, types, nodes and number of types as in `formulate::packing`, linear in n and x
//! > zones:    n(k, z) − n(k, y) <= max_skew(k);   n(k, z) <= many × u(k, z);   u(a, z) + u(b, z) <= 1 if apart, u(a, z) = u(b, z) if together;
//! >           sum over z of v(k, z) >= min_zones(k),   n(k, z) >= v(k, z)
//!
//! Where no rule concerns zones, z has one value.

use super::master::Column;
use super::surplus;
use crate::formulate::{Femto, Nodes, Packing, Reduced, held};
use crate::solve::highs::{Column as Variable, Model, Solved, Status, Stop};

/// What the integer model gave.
#[derive(Clone, Debug)]
pub(super) struct Integer {
    pub(super) nodes: Option<Vec<Nodes>>,
    /// Nothing over these columns costs less; `None` if nothing is known.
    pub(super) bound: Option<Femto>,
    pub(super) is_infeasible: bool,
}

#[expect(clippy::cast_precision_loss, reason = "coefficients of a model in floating point")]
fn float(count: u64) -> f64 {
    count as f64
}

struct Builder<'a> {
    reduced: &'a Reduced,
    packing: &'a Packing,
    columns: &'a [Column],
    zones: usize,
    model: Model,
    /// By zone, then column.
    nodes: Vec<Vec<Variable>>,
    /// By kind, then zone.
    counts: Vec<Vec<Variable>>,
    /// Costs are divided by this.
    unit: f64,
}

#[expect(clippy::cast_precision_loss, reason = "coefficients of a model in floating point")]
fn float_femto(amount: Femto) -> f64 {
    amount as f64
}

/// Solves the integer model over `columns`.
pub(super) fn solve(reduced: &Reduced, columns: &[Column], stop: Stop<'_>) -> Integer {
    solve_up_to(reduced, columns, None, stop)
}

/// Nodes over `columns` that cost no more than `most`, if the search finds any.
pub(super) fn find(reduced: &Reduced, columns: &[Column], most: Femto, stop: Stop<'_>) -> Option<Vec<Nodes>> {
    solve_up_to(reduced, columns, Some(most), stop).nodes
}

fn solve_up_to(reduced: &Reduced, columns: &[Column], most: Option<Femto>, stop: Stop<'_>) -> Integer {
    let packing = &reduced.packing;
    let most_cost = packing.node_types.iter().map(|node_type| node_type.cost).max().unwrap_or(1).max(1);
    let zones = if packing.is_zonal() { packing.zones } else { 1 };
    let mut builder = Builder {
        reduced,
        packing,
        columns,
        zones,
        model: Model::default(),
        nodes: Vec::new(),
        counts: Vec::new(),
        unit: float_femto(most_cost) / 100.0,
    };
    builder.add_nodes();
    builder.add_counts();
    builder.add_zone_rules();
    builder.add_limits();
    let Builder { nodes, counts, unit, mut model, .. } = builder;
    if let Some(most) = most {
        // A hair more, so that what costs as much is still found.
        model.look_up_to(float_femto(most) / unit * (1.0 + 1e-9));
    }
    let solved = model.minimise(stop, None);
    let mut found = read(columns, &nodes, unit, &solved);
    if packing.is_zonal()
        && let (Some(values), Some(nodes)) = (&solved.values, found.nodes.take())
    {
        let counts = counts.iter().map(|by_zone| {
            let mut by_zone: Vec<u64> = by_zone.iter().map(|variable| whole(values[variable.index()])).collect();
            by_zone.resize(zones, 0);
            by_zone
        });
        found.nodes = Some(surplus::without_surplus(reduced, nodes, counts.collect()));
    }
    found
}

impl Builder<'_> {
    fn add_nodes(&mut self) {
        for _ in 0..self.zones {
            let variables = self
                .columns
                .iter()
                .map(|column| {
                    let cost = float_femto(self.packing.node_types[column.node_type].cost) / self.unit;
                    self.model.column(cost, f64::INFINITY, true)
                })
                .collect();
            self.nodes.push(variables);
        }
    }

    fn kinds(&self) -> impl Iterator<Item = usize> + use<> {
        let deployed: Vec<usize> =
            (0..self.packing.kinds.len()).filter(|&kind| self.packing.kinds[kind].per_node > 0).collect();
        deployed.into_iter()
    }

    fn add_counts(&mut self) {
        self.counts = vec![Vec::new(); self.packing.kinds.len()];
        for kind in self.kinds() {
            let stated = &self.packing.kinds[kind];
            for zone in 0..self.zones {
                let most = if stated.most == u64::MAX { f64::INFINITY } else { float(stated.most) };
                let count = self.model.column(0.0, most, true);
                self.counts[kind].push(count);
                let mut terms: Vec<(Variable, f64)> = self
                    .columns
                    .iter()
                    .zip(&self.nodes[zone])
                    .map(|(column, &variable)| (variable, float(held(&column.pattern, kind))))
                    .filter(|&(_, factor)| factor > 0.0)
                    .collect();
                terms.push((count, -1.0));
                if self.reduced.is_strict[kind] {
                    self.model.equal(terms, 0.0);
                } else {
                    self.model.at_least(terms, 0.0);
                }
            }
            let all: Vec<(Variable, f64)> = self.counts[kind].iter().map(|&count| (count, 1.0)).collect();
            if stated.most < u64::MAX && self.zones > 1 {
                self.model.at_most(all.clone(), float(stated.most));
            }
            if self.reduced.totals[kind] > 0 {
                self.model.at_least(all, float(self.reduced.totals[kind]));
            }
        }
        for (kinds, least) in &self.packing.at_least {
            let counts = kinds.iter().flat_map(|&kind| self.counts[kind].iter().map(|&count| (count, 1.0)));
            self.model.at_least(counts.collect::<Vec<_>>(), float(*least));
        }
        for ratio in &self.packing.requires {
            let terms = self.counts[ratio.needs].iter().map(|&count| (count, float(ratio.every)));
            let terms = terms.chain(self.counts[ratio.of].iter().map(|&count| (count, -float(ratio.count))));
            self.model.at_least(terms.collect::<Vec<_>>(), 0.0);
        }
    }

    fn add_zone_rules(&mut self) {
        if self.zones < 2 && !self.packing.is_zonal() {
            return;
        }
        for kind in self.kinds() {
            let stated = &self.packing.kinds[kind];
            for lost in subsets(self.zones, stated.lost as usize) {
                let left = (0..self.zones).filter(|zone| !lost.contains(zone));
                let terms: Vec<_> = left.map(|zone| (self.counts[kind][zone], 1.0)).collect();
                if stated.least > 0 {
                    self.model.at_least(terms, float(stated.least));
                }
            }
            if stated.min_zones > 1 {
                let there: Vec<Variable> = (0..self.zones).map(|_| self.model.column(0.0, 1.0, true)).collect();
                for (&count, &variable) in self.counts[kind].iter().zip(&there) {
                    self.model.at_least([(count, 1.0), (variable, -1.0)], 0.0);
                }
                self.model.at_least(there.iter().map(|&zone| (zone, 1.0)).collect::<Vec<_>>(), float(stated.min_zones));
            }
            if let Some(skew) = stated.max_skew {
                for a in 0..self.zones {
                    for b in (0..self.zones).filter(|&b| b != a) {
                        self.model.at_most([(self.counts[kind][a], 1.0), (self.counts[kind][b], -1.0)], float(skew));
                    }
                }
            }
        }
        self.add_zone_pairs();
    }

    fn add_zone_pairs(&mut self) {
        let packing = self.packing;
        let most_in_a_zone = self.reduced.most_in_a_zone();
        let pairs = packing.zone_apart.iter().chain(&packing.zone_together);
        let is_there = |kind: usize| packing.kinds[kind].per_node > 0;
        let mut used: Vec<Option<Vec<Variable>>> = vec![None; packing.kinds.len()];
        for kind in pairs.flat_map(|&(a, b)| [a, b]).filter(|&kind| is_there(kind)) {
            if used[kind].is_some() {
                continue;
            }
            let most = float(most_in_a_zone[kind]);
            let variables: Vec<Variable> = (0..self.zones).map(|_| self.model.column(0.0, 1.0, true)).collect();
            for (zone, &variable) in variables.iter().enumerate() {
                let count = self.counts[kind][zone];
                self.model.at_most([(count, 1.0), (variable, -most)], 0.0);
                self.model.at_least([(count, 1.0), (variable, -1.0)], 0.0);
            }
            used[kind] = Some(variables);
        }
        for zone in 0..self.zones {
            for &(a, b) in &packing.zone_apart {
                if a == b {
                    if is_there(a) {
                        self.model.at_most([(self.counts[a][zone], 1.0)], 1.0);
                    }
                } else if let (Some(a), Some(b)) = (&used[a], &used[b]) {
                    self.model.at_most([(a[zone], 1.0), (b[zone], 1.0)], 1.0);
                }
            }
            for &(a, b) in &packing.zone_together {
                if let (Some(a), Some(b)) = (&used[a], &used[b]) {
                    self.model.equal([(a[zone], 1.0), (b[zone], -1.0)], 0.0);
                }
            }
        }
    }

    fn add_limits(&mut self) {
        let packing = self.packing;
        let of_type = |nodes: &[Vec<Variable>], wanted: usize| -> Vec<(Variable, f64)> {
            let in_zone = |zone: &Vec<Variable>| {
                let variables = self.columns.iter().zip(zone.clone());
                variables
                    .filter(|(column, _)| column.node_type == wanted)
                    .map(|(_, variable)| (variable, 1.0))
                    .collect::<Vec<_>>()
            };
            nodes.iter().flat_map(in_zone).collect()
        };
        for (node_type, stated) in packing.node_types.iter().enumerate() {
            for (zone, &most) in stated.most_by_zone.iter().flatten().enumerate() {
                let terms = of_type(&self.nodes[zone..=zone], node_type);
                self.model.at_most(terms, float(most));
            }
            if let Some(most) = stated.most {
                let terms = of_type(&self.nodes, node_type);
                self.model.at_most(terms, float(most));
            }
        }
        for (at, &most) in packing.sums.iter().enumerate() {
            // In parts of the most that one node adds, so that the numbers are those of nodes.
            let unit = packing.node_types.iter().map(|node_type| node_type.adds[at]).max().unwrap_or(1).max(1);
            let adds = |column: &Column| float_femto(packing.node_types[column.node_type].adds[at]) / float_femto(unit);
            let in_zone = |zone: &Vec<Variable>| {
                let variables = self.columns.iter().zip(zone.clone());
                variables.map(|(column, variable)| (variable, adds(column))).collect::<Vec<_>>()
            };
            let all: Vec<(Variable, f64)> = self.nodes.iter().flat_map(in_zone).collect();
            self.model.at_most(all, float_femto(most) / float_femto(unit));
        }
        if let Some(most) = packing.max_nodes {
            let all = self.nodes.iter().flatten().map(|&variable| (variable, 1.0)).collect::<Vec<_>>();
            self.model.at_most(all, float(most));
        }
        if let Some(most) = packing.max_types {
            let many = float(self.reduced.totals.iter().sum::<u64>().max(1));
            let mut used = Vec::new();
            for node_type in 0..packing.node_types.len() {
                let variable = self.model.column(0.0, 1.0, true);
                let terms = of_type(&self.nodes, node_type);
                let bound = packing.node_types[node_type].most.map_or(many, |most| float(most).min(many));
                self.model.at_most(terms.into_iter().chain([(variable, -bound)]), 0.0);
                used.push((variable, 1.0));
            }
            self.model.at_most(used, float(most as u64));
        }
    }
}

/// Every set of `size` of the first `of` numbers.
fn subsets(of: usize, size: usize) -> Vec<Vec<usize>> {
    if size == 0 {
        return vec![Vec::new()];
    }
    (0..of)
        .flat_map(|last| {
            subsets(last, size - 1).into_iter().map(move |mut set| {
                set.push(last);
                set
            })
        })
        .collect()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "values are numbers of nodes and replicas")]
fn whole(value: f64) -> u64 {
    value.round().max(0.0) as u64
}

#[expect(clippy::cast_possible_truncation, reason = "bounds in femto-USD are far below 2^127")]
fn read(columns: &[Column], variables: &[Vec<Variable>], unit: f64, solved: &Solved) -> Integer {
    let nodes = solved.values.as_ref().map(|values| {
        let mut nodes = Vec::new();
        for (zone, variables) in variables.iter().enumerate() {
            for (column, variable) in columns.iter().zip(variables) {
                let count = whole(values[variable.index()]);
                if count > 0 {
                    nodes.push(Nodes { node_type: column.node_type, zone, pattern: column.pattern.clone(), count });
                }
            }
        }
        nodes
    });
    let is_known = matches!(solved.status, Status::Optimal | Status::Limit) && solved.bound.is_finite();
    // More than the tolerances of HiGHS can amount to.
    let margin = |bound: f64| bound - 1e-7 - bound.abs() * 1e-8;
    let bound = is_known.then(|| (margin(solved.bound) * unit).floor().max(0.0) as Femto);
    Integer { nodes, bound, is_infeasible: solved.status == Status::Infeasible }
}
