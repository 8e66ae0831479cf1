//! A program as HiGHS sees it: in floating point, each column in parts of its most, each row in parts of its largest factor, money in USD, so that
//! coefficients are near one whatever the size of the problem.

use highs::{HighsModelStatus, RowProblem};

use crate::formulate::{Bound, Decision, Femto, Part, Program, Sense};
use crate::solve::highs::{Solved, Stop, configure, failed, outcome};

/// The columns of a program that take part; the others are zero.
#[derive(Clone, Debug)]
pub(super) struct Columns {
    is_kept: Vec<bool>,
}

impl Columns {
    /// All of them.
    pub(super) fn all(program: &Program<'_>) -> Self {
        Self { is_kept: vec![true; program.columns().len()] }
    }

    /// Those that are kept.
    pub(super) fn of(is_kept: Vec<bool>) -> Self {
        Self { is_kept }
    }

    /// Those that a solution cheaper than `limit` can use.
    pub(super) fn within(program: &Program<'_>, bound: &Bound, limit: Option<Femto>) -> Self {
        let Some(limit) = limit else { return Self::all(program) };
        let can_be_used = |reduced: &Femto| *reduced <= 0 || bound.least + reduced < limit;
        Self { is_kept: bound.reduced.iter().map(can_be_used).collect() }
    }

    /// The whole columns of least reduced cost, about `count` of them, and all others.
    pub(super) fn cheapest(program: &Program<'_>, bound: &Bound, count: usize) -> Self {
        let mut reduced: Vec<Femto> = program
            .columns()
            .iter()
            .zip(&bound.reduced)
            .filter(|(column, _)| column.is_whole)
            .map(|(_, reduced)| *reduced)
            .collect();
        reduced.sort_unstable();
        let most = reduced.get(count).or(reduced.last()).copied().unwrap_or(0);
        let is_kept = program.columns().iter().zip(&bound.reduced).map(|(column, reduced)| {
            let is_bought = matches!(column.decision, Decision::Mix { part: Part::Kind(_), .. });
            let follows =
                matches!(column.decision, Decision::LossLevel { .. } | Decision::InUse { .. } | Decision::Mix { .. });
            let is_choice = column.is_whole && (is_bought || !follows);
            !is_choice || *reduced <= most
        });
        Self { is_kept: is_kept.collect() }
    }

    /// How many of the whole columns take part.
    pub(super) fn whole(&self, program: &Program<'_>) -> usize {
        program.columns().iter().zip(&self.is_kept).filter(|(column, is_kept)| column.is_whole && **is_kept).count()
    }

    /// Lets a column take part or not.
    pub(super) fn set(&mut self, column: usize, is_kept: bool) {
        self.is_kept[column] = is_kept;
    }

    /// Whether all of the others take part too.
    pub(super) fn include(&self, others: &Self) -> bool {
        self.is_kept.iter().zip(&others.is_kept).all(|(is_kept, is_other)| *is_kept || !is_other)
    }

    pub(super) fn are_all(&self) -> bool {
        self.is_kept.iter().all(|is_kept| *is_kept)
    }

    pub(super) fn contains(&self, column: usize) -> bool {
        self.is_kept[column]
    }
}

#[expect(clippy::cast_precision_loss, reason = "solver coefficient")]
pub(super) fn float(amount: i128) -> f64 {
    amount as f64
}

/// What one unit of a column's value is for the solver.
pub(super) fn column_scale(program: &Program<'_>, column: usize) -> f64 {
    let column = &program.columns()[column];
    if column.is_whole { 1.0 } else { float(column.most.max(1).into()) }
}

/// The largest factor of a row in the solver's units; one where no column is part of it, so that what it asks of nothing is still asked.
fn row_scale(program: &Program<'_>, row: usize) -> f64 {
    let terms = program.rows()[row].terms.iter();
    let largest = terms.map(|&(column, factor)| float(factor).abs() * column_scale(program, column.index()));
    largest.reduce(f64::max).unwrap_or(1.0)
}

/// Solves over some columns; `is_continuous` drops wholeness. Values are one per column of the program, in the program's units.
pub(super) fn solve_columns(
    program: &Program<'_>,
    columns: &Columns,
    stop: Stop<'_>,
    start: Option<&[u64]>,
    is_continuous: bool,
) -> Solved {
    let mut model = RowProblem::new();
    let made: Vec<Option<highs::Col>> = program
        .columns()
        .iter()
        .enumerate()
        .map(|(index, column)| {
            if !columns.contains(index) {
                return None;
            }
            let scale = column_scale(program, index);
            let cost = float(column.cost) * scale / 1e15;
            let bounds = 0.0..=float(column.most.into()) / scale;
            let is_whole = column.is_whole && !is_continuous;
            Some(if is_whole { model.add_integer_column(cost, bounds) } else { model.add_column(cost, bounds) })
        })
        .collect();
    for (index, row) in program.rows().iter().enumerate() {
        let scale = row_scale(program, index);
        let factor = |column: usize, factor: i128| float(factor) * column_scale(program, column) / scale;
        let terms: Vec<(highs::Col, f64)> = row
            .terms
            .iter()
            .filter_map(|&(column, amount)| Some((made[column.index()]?, factor(column.index(), amount))))
            .collect();
        let bound = float(row.bound) / scale;
        match row.sense {
            Sense::AtMost => model.add_row(..=bound, terms),
            Sense::AtLeast => model.add_row(bound.., terms),
            Sense::Equal => model.add_row(bound..=bound, terms),
        }
    }
    let Ok(mut model) = model.try_optimise(highs::Sense::Minimise) else { return failed() };
    let has_whole = !is_continuous && program.columns().iter().any(|column| column.is_whole);
    configure(&mut model, has_whole, stop);
    if let Some(start) = start.filter(|_| has_whole) {
        let kept = (0..start.len()).filter(|&column| columns.contains(column));
        let values: Vec<f64> = kept.map(|column| float(start[column].into()) / column_scale(program, column)).collect();
        model.set_solution(Some(&values), None, None, None);
    }
    let Ok(solved) = model.try_solve() else { return failed() };
    let mut solved =
        if solved.status() == HighsModelStatus::ModelEmpty { failed() } else { outcome(&solved, has_whole) };
    solved.values = solved.values.map(|values| {
        let mut values = values.into_iter();
        let value = |column: usize| {
            let value = if columns.contains(column) { values.next().unwrap_or(0.0) } else { 0.0 };
            value * column_scale(program, column)
        };
        (0..program.columns().len()).map(value).collect()
    });
    solved
}

/// The duals of a continuous solve as prices of the rows in whole femto-USD per unit.
#[expect(clippy::cast_possible_truncation, reason = "a price may be any number near the given one")]
pub(super) fn prices(program: &Program<'_>, solved: &Solved) -> Vec<Femto> {
    let price = |row: usize| {
        let dual = solved.duals.get(row).copied().unwrap_or(0.0);
        (dual / row_scale(program, row) * 1e15).round() as Femto
    };
    (0..program.rows().len()).map(price).collect()
}
