//! The linear relaxation over patterns, by column generation, with a bound in whole numbers.
//!
//! > minimise   sum of cost(t) × x(t, a)
//! > rows:      sum over (t, a) of row(a) × x(t, a) >= least(row)        totals, upper limits of strict kinds, open ratios
//! > limits:    sum over a of x(t, a) <= most(t),   sum of x <= max_nodes
//!
//! Rows are linear in the totals, so a pattern's worth under duals y is the sum of worth(k) × a(k), and pricing is a knapsack (`pricing`).
//!
//! Duals come from HiGHS and are rounded down to whole numbers; the bound that follows from them is exact (`bound`).

use std::collections::BTreeSet;

use highs::{Col, ColProblem, HighsModelStatus, Model, Row, Sense};

use super::bound::{PER_UNIT, Weighed};
use super::pricing::{Priced, Pricer};
use super::table::Table;
use crate::formulate::{Pattern, Reduced, held};
use crate::solve::effort::Interrupt;
use crate::units::Ratio;

/// Duals are rounded down by this part more, so that errors of the linear solver do not make patterns look worth more than they cost.
const SHRUNK: f64 = 1.0 - 1e-8;

/// Work of the searches of one pass of pricing, by pass: the next pass begins when one finds nothing.
const PASSES: [u64; 3] = [500, 20_000, 400_000];

/// How far pricing goes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Care {
    /// Passes: with one, patterns may be missed that would improve the relaxation.
    passes: usize,
    /// Distance from the bound to the relaxation, in millionths of it, at which pricing may stop.
    enough_millionths: u32,
}

impl Care {
    /// Good patterns, quickly; the bound may be weak.
    pub(super) const QUICK: Self = Self { passes: 1, enough_millionths: 0 };

    /// The bound within a quarter of a tolerance, if the work suffices: the rest is left to whole nodes.
    pub(super) fn within(tolerance: Ratio) -> Self {
        Self { passes: PASSES.len(), enough_millionths: tolerance.0 / 4 }
    }
}

/// A pass of pricing ends when it has found this many columns.
const ENOUGH: usize = 60;

/// Rounds of pricing of one relaxation.
const MOST_ROUNDS: usize = 3_000;

/// A pattern on a node type.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Column {
    pub(super) node_type: usize,
    pub(super) pattern: Pattern,
}

/// `sum of factor × total(kind) >= least`.
#[derive(Clone, Debug)]
pub(super) struct TotalRow {
    pub(super) factors: Vec<(usize, i64)>,
    pub(super) least: i64,
}

impl TotalRow {
    pub(super) fn factor(&self, pattern: &Pattern) -> i64 {
        self.factors.iter().map(|&(kind, factor)| factor * i64::try_from(held(pattern, kind)).unwrap_or(i64::MAX)).sum()
    }
}

/// The relaxation of a packing, kept warm between solves.
pub(super) struct Master<'a> {
    pub(super) reduced: &'a Reduced,
    pricer: Pricer<'a>,
    table: Option<Table>,
    rows: Vec<TotalRow>,
    pub(super) columns: Vec<Column>,
    known: BTreeSet<Column>,
    /// Nodes already decided, by column.
    pub(super) decided: Vec<u64>,
    model: Option<Model>,
    handles: Vec<Col>,
    row_handles: Vec<Row>,
    limit_handles: Vec<Option<Row>>,
    nodes_handle: Option<Row>,
    slacks: Vec<Col>,
    slack_cost: f64,
    is_priced_for_feasibility: bool,
    /// Where the next pass of pricing begins.
    next_type: usize,
    interrupt: Interrupt<'a>,
}

/// A solved relaxation.
#[derive(Clone, Debug)]
pub(super) struct Relaxed {
    /// By column.
    pub(super) values: Vec<f64>,
    /// How much of the rows no column covers.
    pub(super) missing: f64,
    /// Nothing costs less, in scaled units.
    pub(super) bound: i128,
    /// By kind: what one more replica costs.
    pub(super) worth: Vec<i64>,
}

struct Duals {
    /// By row.
    rows: Vec<i64>,
    /// By node type, of its limit; not below zero.
    limits: Vec<i64>,
    /// Of `max_nodes`; not below zero.
    nodes: i64,
}

#[expect(clippy::cast_precision_loss, reason = "coefficients of a model in floating point")]
fn float(value: i64) -> f64 {
    value as f64
}

#[expect(clippy::cast_precision_loss, reason = "coefficients of a model in floating point")]
fn float_count(value: u64) -> f64 {
    value as f64
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "scaled duals are far below 2^63; what is not is no use and becomes a bound of nothing"
)]
fn whole(value: f64) -> i64 {
    value.floor() as i64
}

/// The rows over totals of a packing.
pub(super) fn total_rows(reduced: &Reduced) -> Vec<TotalRow> {
    let kinds = &reduced.packing.kinds;
    let signed = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let mut rows = Vec::new();
    for (kind, &total) in reduced.totals.iter().enumerate() {
        if total > 0 {
            rows.push(TotalRow { factors: vec![(kind, 1)], least: signed(total) });
        }
        let most = kinds[kind].most;
        if reduced.is_strict[kind] && kinds[kind].per_node > 0 && most < u64::from(u32::MAX) {
            rows.push(TotalRow { factors: vec![(kind, -1)], least: -signed(most) });
        }
    }
    for (kinds, least) in &reduced.packing.at_least {
        rows.push(TotalRow { factors: kinds.iter().map(|&kind| (kind, 1)).collect(), least: signed(*least) });
    }
    for ratio in reduced.open_ratios() {
        let factors = vec![(ratio.needs, signed(ratio.every)), (ratio.of, -signed(ratio.count))];
        rows.push(TotalRow { factors, least: 0 });
    }
    rows
}

impl<'a> Master<'a> {
    pub(super) fn new(reduced: &'a Reduced, interrupt: Interrupt<'a>) -> Self {
        let most_cost = reduced.costs.iter().copied().max().unwrap_or(1);
        let mut master = Self {
            reduced,
            pricer: Pricer::new(reduced),
            table: Table::of(reduced),
            rows: total_rows(reduced),
            columns: Vec::new(),
            known: BTreeSet::new(),
            decided: Vec::new(),
            model: None,
            handles: Vec::new(),
            row_handles: Vec::new(),
            limit_handles: Vec::new(),
            nodes_handle: None,
            slacks: Vec::new(),
            slack_cost: 20.0 * (float(most_cost) / PER_UNIT).max(1e-3),
            is_priced_for_feasibility: false,
            next_type: 0,
            interrupt,
        };
        master.build();
        master
    }

    fn build(&mut self) {
        let packing = &self.reduced.packing;
        let mut problem = ColProblem::default();
        self.row_handles = self.rows.iter().map(|row| problem.add_row(float(row.least)..)).collect();
        self.limit_handles = packing
            .node_types
            .iter()
            .map(|node_type| node_type.most.map(|most| problem.add_row(..=float_count(most))))
            .collect();
        self.nodes_handle = packing.max_nodes.map(|most| problem.add_row(..=float_count(most)));
        let Ok(mut model) = problem.try_optimise(Sense::Minimise) else { return };
        model.make_quiet();
        model.set_option("threads", 1);
        model.set_option("parallel", "off");
        model.set_option("random_seed", 1);
        model.set_option("presolve", "off");
        self.slacks = self.row_handles.iter().map(|&row| model.add_col(self.slack_cost, 0.0.., [(row, 1.0)])).collect();
        self.model = Some(model);
    }

    /// Adds a column, unless it is there; true if it is new.
    pub(super) fn add(&mut self, column: Column) -> bool {
        if !self.known.insert(column.clone()) {
            return false;
        }
        let Some(model) = self.model.as_mut() else { return false };
        let mut factors: Vec<(Row, f64)> = self
            .rows
            .iter()
            .zip(&self.row_handles)
            .map(|(row, &handle)| (handle, float(row.factor(&column.pattern))))
            .filter(|&(_, factor)| factor != 0.0)
            .collect();
        factors.extend(self.limit_handles[column.node_type].map(|handle| (handle, 1.0)));
        factors.extend(self.nodes_handle.map(|handle| (handle, 1.0)));
        let cost =
            if self.is_priced_for_feasibility { 0.0 } else { float(self.reduced.costs[column.node_type]) / PER_UNIT };
        self.handles.push(model.add_col(cost, 0.0.., factors));
        self.columns.push(column);
        self.decided.push(0);
        true
    }

    /// Decides that at least `count` nodes of a column are used; with `is_exact`, that exactly so many are.
    pub(super) fn decide(&mut self, column: usize, count: u64, is_exact: bool) {
        self.decided[column] = count;
        let Some(model) = self.model.as_mut() else { return };
        let count = float_count(count);
        if is_exact {
            model.change_column_bounds(self.handles[column], count..=count);
        } else {
            model.change_column_bounds(self.handles[column], count..);
        }
    }

    /// Counts of each kind still to be covered beyond the decided nodes.
    pub(super) fn uncovered(&self) -> Vec<u64> {
        let mut left = self.reduced.totals.clone();
        for (column, &count) in self.columns.iter().zip(&self.decided).filter(|(_, count)| **count > 0) {
            for &(kind, held) in &column.pattern {
                left[kind] = left[kind].saturating_sub(held * count);
            }
        }
        left
    }

    /// Solves the relaxation over all patterns; `None` if HiGHS fails.
    pub(super) fn relax(&mut self, care: Care) -> Option<Relaxed> {
        let left = self.uncovered();
        // Beyond what is left a replica is worth nothing; strict kinds may have to be more.
        let most: Vec<u64> = left
            .iter()
            .zip(&self.reduced.is_strict)
            .map(|(&left, &is_strict)| if is_strict || self.reduced.packing.is_zonal() { u64::MAX } else { left })
            .collect();
        let mut bound = i128::MIN;
        let mut pass = 0;
        let mut found = self.minimise()?;
        for _ in 0..MOST_ROUNDS {
            if self.interrupt.is_raised() {
                break;
            }
            let duals = self.duals(&found.1);
            let (columns, priced) = self.price(&duals, &most, PASSES[pass]);
            if let Some(uppers) = &priced {
                bound = bound.max(self.bound(&duals, uppers));
                if care.enough_millionths > 0 && found.2 < 1e-9 && self.is_near(&found.0, bound, care) {
                    break;
                }
            }
            let added = columns.into_iter().filter(|column| self.add(column.clone())).count();
            if added > 0 {
                pass = 0;
                found = self.minimise()?;
            } else if priced.as_ref().is_some_and(|uppers| self.is_settled(&duals, uppers)) || pass + 1 == care.passes {
                break;
            } else {
                pass += 1;
            }
        }
        let worth = self.worth(&self.duals(&found.1));
        let (values, _, missing) = found;
        Some(Relaxed { values, missing, bound, worth })
    }

    /// Whether the bound is near enough to the cost of the values.
    fn is_near(&self, values: &[f64], bound: i128, care: Care) -> bool {
        let costs = self.columns.iter().map(|column| float(self.cost(column.node_type)));
        let cost: f64 = values.iter().zip(costs).map(|(value, cost)| value * cost).sum();
        #[expect(clippy::cast_precision_loss, reason = "decides only when to stop")]
        let bound = bound as f64;
        cost - bound <= cost * f64::from(care.enough_millionths) / 1e6
    }

    /// Whether what was left of the searches could still hold patterns worth their cost.
    fn is_settled(&self, duals: &Duals, uppers: &[i64]) -> bool {
        uppers.iter().enumerate().all(|(node_type, &upper)| upper <= self.cutoff(duals, node_type))
    }

    fn cost(&self, node_type: usize) -> i64 {
        if self.is_priced_for_feasibility { 0 } else { self.reduced.costs[node_type] }
    }

    fn cutoff(&self, duals: &Duals, node_type: usize) -> i64 {
        self.cost(node_type) + duals.limits[node_type] + duals.nodes
    }

    /// Values of the columns, duals of the rows, and what the slacks cover.
    fn minimise(&mut self) -> Option<(Vec<f64>, Vec<f64>, f64)> {
        let solved = self.model.take()?.try_solve().ok()?;
        let is_optimal = solved.status() == HighsModelStatus::Optimal;
        let solution = solved.get_solution();
        let slacks = self.slacks.len();
        let values = solution.columns()[slacks..].to_vec();
        let missing = solution.columns()[..slacks].iter().sum();
        let duals = solution.dual_rows().to_vec();
        self.model = Some(solved.into());
        is_optimal.then_some((values, duals, missing))
    }

    fn duals(&self, duals: &[f64]) -> Duals {
        let scaled = |dual: f64| whole((dual.max(0.0) * PER_UNIT * SHRUNK - self.margin()).max(0.0));
        let rows: Vec<i64> = duals[..self.rows.len()].iter().map(|&dual| scaled(dual)).collect();
        let mut rest = duals[self.rows.len()..].iter();
        let limits = self
            .limit_handles
            .iter()
            .map(|handle| {
                handle.and_then(|_| rest.next()).map_or(0, |&dual| whole((-dual).max(0.0) * PER_UNIT).saturating_add(1))
            })
            .collect();
        let nodes = self
            .nodes_handle
            .and_then(|_| rest.next())
            .map_or(0, |&dual| whole((-dual).max(0.0) * PER_UNIT).saturating_add(1));
        Duals { rows, limits, nodes }
    }

    /// While only feasibility is asked for, nodes cost nothing and the least error of a dual would count: small ones are none.
    fn margin(&self) -> f64 {
        if self.is_priced_for_feasibility { 1024.0 } else { 0.0 }
    }

    fn worth(&self, duals: &Duals) -> Vec<i64> {
        let mut worth = vec![0_i64; self.reduced.packing.kinds.len()];
        for (row, &dual) in self.rows.iter().zip(&duals.rows) {
            for &(kind, factor) in &row.factors {
                worth[kind] = worth[kind].saturating_add(dual.saturating_mul(factor));
            }
        }
        worth
    }

    /// Columns worth more than they cost, and, if every node type was priced, an upper bound on the worth of any pattern by type.
    fn price(&mut self, duals: &Duals, most: &[u64], work: u64) -> (Vec<Column>, Option<Vec<i64>>) {
        let worth = self.worth(duals);
        let types = self.reduced.packing.node_types.len();
        let cutoffs: Vec<i64> = (0..types).map(|node_type| self.cutoff(duals, node_type)).collect();
        let mut columns = Vec::new();
        let mut keep = |node_type: usize, priced: &Priced| {
            let column = |(_, pattern): &(i64, Pattern)| Column { node_type, pattern: pattern.clone() };
            columns.extend(priced.found.iter().rev().map(column));
        };
        if let Some(table) = &self.table
            && let Some(priced) = table.best(self.reduced, &worth, most, &cutoffs)
        {
            for (node_type, priced) in priced.iter().enumerate() {
                keep(node_type, priced);
            }
            return (columns, Some(priced.iter().map(|priced| priced.upper).collect()));
        }
        let mut uppers = vec![0; types];
        let mut found = 0;
        for step in 0..types {
            let node_type = (self.next_type + step) % types;
            let priced = self.pricer.best(node_type, &worth, most, cutoffs[node_type], work);
            uppers[node_type] = priced.upper;
            found += priced.found.len();
            keep(node_type, &priced);
            if found >= ENOUGH && step + 1 < types {
                self.next_type = (node_type + 1) % types;
                return (columns, None);
            }
        }
        (columns, Some(uppers))
    }

    /// What follows from duals and upper bounds of the worth of patterns.
    fn bound(&self, duals: &Duals, uppers: &[i64]) -> i128 {
        let rows: Vec<(i64, i64)> = duals.rows.iter().zip(&self.rows).map(|(&dual, row)| (dual, row.least)).collect();
        let costs: Vec<i64> = (0..uppers.len()).map(|node_type| self.cost(node_type)).collect();
        // Rounding a dual down raises the worth of a pattern where the row counts against it.
        let may_scale = self.rows.iter().flat_map(|row| &row.factors).all(|&(_, factor)| factor >= 0);
        Weighed { rows: &rows, nodes: duals.nodes, costs: &costs, uppers, may_scale }.bound(self.reduced)
    }

    /// True if it is proven that no nodes, not even fractions of them, satisfy the rows. Ends with the costs as before.
    pub(super) fn is_infeasible(&mut self) -> bool {
        self.set_feasibility(true);
        let all = Care { passes: PASSES.len(), enough_millionths: 0 };
        let proven = self.relax(all).is_some_and(|relaxed| relaxed.bound > 0);
        self.set_feasibility(false);
        proven
    }

    fn set_feasibility(&mut self, is_asked: bool) {
        self.is_priced_for_feasibility = is_asked;
        let Some(model) = self.model.as_mut() else { return };
        for &slack in &self.slacks {
            model.change_column_cost(slack, if is_asked { 1.0 } else { self.slack_cost });
        }
        for (column, &handle) in self.columns.iter().zip(&self.handles) {
            let cost = if is_asked { 0.0 } else { float(self.reduced.costs[column.node_type]) / PER_UNIT };
            model.change_column_cost(handle, cost);
        }
    }
}
