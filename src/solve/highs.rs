//! Mixed-integer models on HiGHS, built through `good_lp`.
//!
//! `good_lp` builds the model; the status, the dual bound and the duals are read from HiGHS itself, because `good_lp` folds several endings into
//! one and drops the bound. One thread, a fixed seed and a limit on nodes make every run repeat exactly; parallel work is over blocks.

use std::ffi::{c_char, c_void};
use std::sync::atomic::{AtomicBool, Ordering};

use good_lp::solvers::highs::highs as highs_solver;
use good_lp::{Expression, ProblemVariables, SolverModel, Variable, variable};
use highs::{HighsModelStatus, HighsSolutionStatus, SolvedModel};

use super::effort::Interrupt;

/// A column of a [`Model`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Column(Variable, usize);

/// A minimisation model under construction.
#[derive(Default)]
pub(super) struct Model {
    variables: ProblemVariables,
    objective: Expression,
    rows: Vec<good_lp::Constraint>,
    columns: usize,
    has_integers: bool,
    has_others: bool,
    most: Option<f64>,
}

/// How a solve ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    /// Within the gap tolerances of optimal.
    Optimal,
    /// Proven infeasible.
    Infeasible,
    /// A limit ended it; there may be values.
    Limit,
    /// Anything else, unboundedness and numerical failure included: nothing is known.
    Failed,
}

/// What came out.
#[derive(Clone, Debug)]
pub(super) struct Solved {
    pub(super) status: Status,
    /// Values of the columns, if feasible ones were found.
    pub(super) values: Option<Vec<f64>>,
    /// Duals of the rows, of a continuous model.
    pub(super) duals: Vec<f64>,
    /// Nothing has a lower objective.
    pub(super) bound: f64,
}

/// What ends one solve before it is proven.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stop<'a> {
    pub(super) nodes: i32,
    pub(super) relative_gap: f64,
    pub(super) interrupt: Interrupt<'a>,
}

impl<'a> Stop<'a> {
    /// For a continuous model: nothing but an interrupt ends it.
    pub(super) const fn continuous(interrupt: Interrupt<'a>) -> Self {
        Self { nodes: 0, relative_gap: 0.0, interrupt }
    }
}

impl Model {
    /// Adds a column with a cost and bounds.
    pub(super) fn column(&mut self, cost: f64, upper: f64, is_integer: bool) -> Column {
        let mut definition = variable().min(0.0);
        if upper.is_finite() {
            definition = definition.max(upper);
        }
        if is_integer {
            definition = definition.integer();
            self.has_integers = true;
        } else {
            self.has_others = true;
        }
        let column = self.variables.add(definition);
        self.objective.add_mul(cost, column);
        self.columns += 1;
        Column(column, self.columns - 1)
    }

    /// Adds `sum of terms <= bound`; returns its position.
    pub(super) fn at_most(&mut self, terms: impl IntoIterator<Item = (Column, f64)>, bound: f64) -> usize {
        let sum = sum(terms);
        self.push(sum.leq(bound))
    }

    /// Adds `sum of terms >= bound`; returns its position.
    pub(super) fn at_least(&mut self, terms: impl IntoIterator<Item = (Column, f64)>, bound: f64) -> usize {
        let sum = sum(terms);
        self.push(sum.geq(bound))
    }

    /// Adds `sum of terms = value`; returns its position.
    pub(super) fn equal(&mut self, terms: impl IntoIterator<Item = (Column, f64)>, value: f64) -> usize {
        let sum = sum(terms);
        self.push(sum.eq(value))
    }

    /// Only solutions at an objective of at most `most` are of use: a model that has others alone may end as infeasible.
    pub(super) const fn look_up_to(&mut self, most: f64) {
        self.most = Some(most);
    }

    fn push(&mut self, row: good_lp::Constraint) -> usize {
        self.rows.push(row);
        self.rows.len() - 1
    }

    /// Minimises. A model in which whole columns meet others starts from `start` (a value per column) if given.
    pub(super) fn minimise(self, stop: Stop<'_>, start: Option<&[f64]>) -> Solved {
        let has_integers = self.has_integers;
        let is_mixed = has_integers && self.has_others;
        let mut problem = self.variables.minimise(self.objective).using(highs_solver);
        for row in self.rows {
            problem.add_constraint(row);
        }
        let Ok(mut model) = problem.try_into_inner() else { return failed() };
        configure(&mut model, is_mixed, stop);
        if let Some(most) = self.most {
            model.set_option("objective_bound", most);
        }
        if is_mixed && start.is_some() {
            model.set_solution(start, None, None, None);
        }
        match model.try_solve() {
            Ok(solved) => outcome(&solved, has_integers),
            Err(_) => failed(),
        }
    }
}

/// With fewer columns HiGHS looks for a first solution by feasibility jumps for longer than for everything else together, and finds it soon without them.
const MANY_COLUMNS: usize = 1_000;

/// Sets what makes a run repeat exactly, its limits and its tolerances.
///
/// Models in which whole columns meet others go without presolve: in HiGHS 1.14 to 1.16 it called solutions optimal that are not, or forgot what it had taken out of the objective of a
/// solution to start from (`docs/design.md`). Models of whole columns alone keep it and start from nothing. What is proven of continuous models is counted again in whole numbers.
pub(super) fn configure(model: &mut highs::Model, is_mixed: bool, stop: Stop<'_>) {
    model.make_quiet();
    model.set_option("threads", 1);
    model.set_option("parallel", "off");
    model.set_option("random_seed", 1);
    model.set_option("mip_max_nodes", stop.nodes);
    model.set_option("mip_rel_gap", stop.relative_gap);
    model.set_option("mip_abs_gap", 1e-9);
    model.set_option("mip_feasibility_tolerance", 1e-9);
    if is_mixed {
        model.set_option("presolve", "off");
    }
    if model.num_cols() < MANY_COLUMNS {
        model.set_option("mip_heuristic_run_feasibility_jump", false);
    }
    obey(model, stop.interrupt);
}

/// Lets HiGHS look at the flag of `interrupt` while it works.
#[expect(unsafe_code, reason = "neither good_lp nor highs offers the callbacks of HiGHS")]
fn obey(model: &mut highs::Model, interrupt: Interrupt<'_>) {
    let Some(flag) = interrupt.flag() else { return };
    let data = std::ptr::from_ref(flag).cast_mut().cast();
    // SAFETY: the pointer is that of a live model, on which nothing else works while it is borrowed. The flag is only read, and only while the model is
    // being solved: callers solve it before they return, and borrow the flag for as long.
    unsafe {
        highs_sys::Highs_setCallback(model.as_mut_ptr(), Some(look_at), data);
        for moment in MOMENTS {
            highs_sys::Highs_startCallback(model.as_mut_ptr(), moment);
        }
    }
}

/// When HiGHS asks whether to go on: `kHighsCallbackSimplexInterrupt`, `kHighsCallbackMipInterrupt`.
const MOMENTS: [i32; 2] = [1, 6];

/// Tells HiGHS to end if the flag behind `data` is raised.
#[expect(unsafe_code, reason = "called by HiGHS")]
unsafe extern "C" fn look_at(
    _moment: i32,
    _message: *const c_char,
    _out: *const highs_sys::HighsCallbackDataOut,
    answer: *mut highs_sys::HighsCallbackDataIn,
    data: *mut c_void,
) {
    // SAFETY: `data` is the flag that `obey` gave, alive while the model is solved; `answer` is HiGHS's own, or null where no answer is asked for.
    let (flag, answer) = unsafe { (data.cast::<AtomicBool>().as_ref(), answer.as_mut()) };
    if let (Some(flag), Some(answer)) = (flag, answer) {
        answer.user_interrupt = i32::from(flag.load(Ordering::Relaxed));
    }
}

/// What a solve that did not take place says: nothing.
pub(super) fn failed() -> Solved {
    Solved { status: Status::Failed, values: None, duals: Vec::new(), bound: f64::NEG_INFINITY }
}

fn sum(terms: impl IntoIterator<Item = (Column, f64)>) -> Expression {
    let mut sum = Expression::default();
    for (column, factor) in terms {
        sum.add_mul(factor, column.0);
    }
    sum
}

impl Column {
    /// The position of the column's value.
    pub(super) const fn index(self) -> usize {
        self.1
    }
}

/// What HiGHS found; `has_integers` says which of its bounds holds.
pub(super) fn outcome(solved: &SolvedModel, has_integers: bool) -> Solved {
    #[expect(clippy::wildcard_enum_match_arm, reason = "whatever else HiGHS may report, now or later, proves nothing")]
    let status = match solved.status() {
        HighsModelStatus::Optimal => Status::Optimal,
        HighsModelStatus::Infeasible => Status::Infeasible,
        HighsModelStatus::ObjectiveBound
        | HighsModelStatus::ObjectiveTarget
        | HighsModelStatus::ReachedTimeLimit
        | HighsModelStatus::ReachedIterationLimit
        | HighsModelStatus::ReachedSolutionLimit
        | HighsModelStatus::ReachedInterrupt
        | HighsModelStatus::ReachedMemoryLimit => Status::Limit,
        _ => Status::Failed,
    };
    let is_feasible = solved.primal_solution_status() == HighsSolutionStatus::Feasible;
    let solution = solved.get_solution();
    let bound = if has_integers {
        solved.double_info_value(c"mip_dual_bound").unwrap_or(f64::NEG_INFINITY)
    } else if status == Status::Optimal {
        solved.objective_value()
    } else {
        f64::NEG_INFINITY
    };
    Solved {
        status,
        values: is_feasible.then(|| solution.columns().to_vec()),
        duals: if has_integers { Vec::new() } else { solution.dual_rows().to_vec() },
        bound,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a model costs, where HiGHS calls it proven.
    fn proven(model: Model, costs: &[f64]) -> f64 {
        let solved = model.minimise(Stop { nodes: 1_000, relative_gap: 0.0, interrupt: Interrupt::NEVER }, None);
        assert_eq!(solved.status, Status::Optimal);
        let cost: f64 =
            solved.values.expect("there are values").iter().zip(costs).map(|(value, cost)| value * cost).sum();
        assert!((solved.bound - cost).abs() < 1e-6, "{} proven, {cost} found", solved.bound);
        cost
    }

    // Models that HiGHS 1.14 called solved at a higher cost because of its presolve, by their numbers in the tracker of ERGO-Code/HiGHS.

    #[test]
    fn of_two_slots_the_one_that_saves_more_is_used() {
        // 3094: z(i) <= 1000 x(i), z(i) + d(i) = 1000, x(0) + x(1) <= 1.
        let mut model = Model::default();
        let costs = [0.0, 0.0, 0.0, 0.0, 10.0, 8.0];
        let [x, y] = [0, 1].map(|_| model.column(0.0, 1.0, true));
        let [zx, zy] = [0, 1].map(|_| model.column(0.0, 1_000.0, false));
        let [dx, dy] = [10.0, 8.0].map(|cost| model.column(cost, 1_000.0, false));
        for (slot, filled, left) in [(x, zx, dx), (y, zy, dy)] {
            model.at_most([(filled, 1.0), (slot, -1_000.0)], 0.0);
            model.equal([(filled, 1.0), (left, 1.0)], 1_000.0);
        }
        model.at_most([(x, 1.0), (y, 1.0)], 1.0);
        assert!((proven(model, &costs) - 8_000.0).abs() < 1e-6);
    }

    #[test]
    fn a_whole_column_closes_a_gap() {
        // 3073: gap + x = 3, t >= x, 0.45 <= x <= 3.
        let mut model = Model::default();
        let costs = [100.0, 0.01, 0.0];
        let gap = model.column(costs[0], f64::INFINITY, false);
        let most = model.column(costs[1], f64::INFINITY, false);
        let whole = model.column(costs[2], f64::INFINITY, true);
        model.equal([(gap, 1.0), (whole, 1.0)], 3.0);
        model.at_most([(whole, 1.0), (most, -1.0)], 0.0);
        model.at_most([(whole, 1.0)], 3.0);
        model.at_least([(whole, 1.0)], 0.45);
        assert!((proven(model, &costs) - 0.03).abs() < 1e-6);
    }

    #[test]
    fn the_cheaper_of_two_columns_is_used() {
        // 3043: x + z >= 4.5, z whole.
        let mut model = Model::default();
        let costs = [2.0, 3.0];
        let divided = model.column(costs[0], 10.0, false);
        let whole = model.column(costs[1], 10.0, true);
        model.at_least([(divided, 1.0), (whole, 1.0)], 4.5);
        assert!((proven(model, &costs) - 9.0).abs() < 1e-6);
    }
}
