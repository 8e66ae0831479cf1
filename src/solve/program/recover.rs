//! Whole values from a solver's.
//!
//! Whole columns are rounded and fixed. Traffic is continuous to the solver and whole milli-rps to everybody else: it is rounded, and judged in whole
//! numbers. Where rounding breaks a row, traffic is solved again beside the fixed columns: first as it is, because vertices of flow problems are
//! whole; then with every row tightened by as much as rounding can change it; then, where a row leaves no room for that, in whole numbers.

use highs::RowProblem;

use super::linear::{Columns, column_scale, float};
use crate::formulate::{Program, Row, Sense};
use crate::solve::effort::Interrupt;
use crate::solve::highs::{Stop, configure, outcome};

/// Values that keep every row of the program, from a solver's `values`; `None` if none were found beside the same whole columns.
pub(super) fn recover(program: &Program<'_>, columns: &Columns, values: &[f64]) -> Option<Vec<u64>> {
    let rounded: Vec<u64> = values
        .iter()
        .enumerate()
        .map(|(column, &value)| if columns.contains(column) { whole(value) } else { 0 })
        .collect();
    let mut completed = rounded.clone();
    program.complete(&mut completed);
    if program.is_satisfied_by(&completed) {
        return Some(completed);
    }
    [Traffic::AsItIs, Traffic::Tightened, Traffic::Whole].into_iter().find_map(|traffic| {
        let mut settled = settle(program, &rounded, traffic)?;
        program.complete(&mut settled);
        program.is_satisfied_by(&settled).then_some(settled)
    })
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "values are far below 2^64; noise below zero is none"
)]
fn whole(value: f64) -> u64 {
    value.round().max(0.0) as u64
}

/// How traffic is solved again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Traffic {
    /// In fractions, with the rows as they are.
    AsItIs,
    /// In fractions, with every row tightened by as much as rounding can change it.
    Tightened,
    /// In whole milli-rps.
    Whole,
}

/// Nodes for traffic in whole milli-rps: such problems are small, and any solution will do.
const NODES: i32 = 1_000;

/// What a row asks of the columns that are not fixed.
struct Residual {
    terms: Vec<(usize, i128)>,
    sense: Sense,
    bound: i128,
}

/// Solves the columns that are not whole beside the fixed ones, and rounds them so that equalities still hold.
fn settle(program: &Program<'_>, fixed: &[u64], traffic: Traffic) -> Option<Vec<u64>> {
    let scale_of = |column: usize| if traffic == Traffic::Whole { 1.0 } else { column_scale(program, column) };
    let is_free = |column: usize| !program.columns()[column].is_whole;
    let residual = |row: &Row| -> i128 {
        let taken = row.terms.iter().filter(|(column, _)| !is_free(column.index()));
        row.bound - taken.map(|&(column, factor)| factor * i128::from(fixed[column.index()])).sum::<i128>()
    };
    let free = |row: &Row| -> Vec<(usize, i128)> {
        let terms = row.terms.iter().map(|&(column, factor)| (column.index(), factor));
        terms.filter(|&(column, _)| is_free(column)).collect()
    };
    // Rows of one free column are bounds.
    let mut most: Vec<i128> = program.columns().iter().map(|column| column.most.into()).collect();
    let mut rows: Vec<Residual> = Vec::new();
    for row in program.rows() {
        let (terms, bound) = (free(row), residual(row));
        match terms[..] {
            [] => {}
            [(column, factor)] if row.sense == Sense::AtMost && factor > 0 => {
                most[column] = most[column].min(bound.div_euclid(factor)).max(0);
            }
            _ => rows.push(Residual { terms, sense: row.sense, bound }),
        }
    }
    let mut model = RowProblem::new();
    let made: Vec<Option<highs::Col>> = program
        .columns()
        .iter()
        .enumerate()
        .map(|(index, column)| {
            if !is_free(index) || most[index] == 0 {
                return None;
            }
            let scale = scale_of(index);
            let (cost, bounds) = (float(column.cost) * scale / 1e15, 0.0..=float(most[index]) / scale);
            Some(if traffic == Traffic::Whole {
                model.add_integer_column(cost, bounds)
            } else {
                model.add_column(cost, bounds)
            })
        })
        .collect();
    for Residual { terms, sense, bound } in &rows {
        let terms: Vec<_> =
            terms.iter().filter_map(|&(column, factor)| Some((column, made[column]?, factor))).collect();
        let largest = terms.iter().map(|&(column, _, factor)| float(factor).abs() * scale_of(column));
        let scale = largest.fold(1.0, f64::max);
        let rounding = || terms.iter().map(|(_, _, factor)| factor.abs()).sum();
        let margin: i128 = if traffic == Traffic::Tightened { rounding() } else { 0 };
        let terms: Vec<_> =
            terms.iter().map(|&(column, made, factor)| (made, float(factor) * scale_of(column) / scale)).collect();
        match sense {
            Sense::AtMost => model.add_row(..=float(bound - margin) / scale, terms),
            Sense::AtLeast => model.add_row(float(bound + margin) / scale.., terms),
            Sense::Equal => model.add_row(float(*bound) / scale..=float(*bound) / scale, terms),
        }
    }
    let mut model = model.try_optimise(highs::Sense::Minimise).ok()?;
    let is_whole = traffic == Traffic::Whole && made.iter().any(Option::is_some);
    let nodes = if is_whole { NODES } else { 0 };
    configure(&mut model, is_whole, Stop { nodes, relative_gap: 0.0, interrupt: Interrupt::NEVER });
    let solved = outcome(&model.try_solve().ok()?, is_whole);
    let mut found = solved.values?.into_iter();
    let mut exact: Vec<f64> = fixed.iter().map(|&value| float(value.into())).collect();
    for (column, made) in made.iter().enumerate().filter(|(column, _)| is_free(*column)) {
        exact[column] = if made.is_some() { found.next()? * scale_of(column) } else { 0.0 };
    }
    Some(rounded_to_equalities(program, fixed, &exact, &most))
}

/// Rounds down, then gives what each equality of unit factors lacks to its columns of the largest fractions.
fn rounded_to_equalities(program: &Program<'_>, fixed: &[u64], exact: &[f64], most: &[i128]) -> Vec<u64> {
    // Noise of the solver just below a whole number is that number.
    const NOISE: f64 = 1e-6;
    let is_free = |column: usize| !program.columns()[column].is_whole;
    let down = |column: usize| whole((exact[column] + NOISE * exact[column].max(1.0)).floor());
    let mut values: Vec<u64> =
        fixed.iter().enumerate().map(|(column, &value)| if is_free(column) { down(column) } else { value }).collect();
    for row in program.rows().iter().filter(|row| row.sense == Sense::Equal) {
        let mut columns: Vec<usize> = row.terms.iter().map(|(column, _)| column.index()).collect();
        if row.terms.iter().any(|&(column, factor)| factor != 1 || !is_free(column.index())) {
            continue;
        }
        let fraction = |column: usize| exact[column] - float(values[column].into());
        columns.sort_by(|&a, &b| fraction(b).total_cmp(&fraction(a)).then(a.cmp(&b)));
        let mut lacking = row.bound - row.sum(&values);
        for column in columns.into_iter().filter(|&column| most[column] > 0) {
            if lacking > 0 && i128::from(values[column]) < most[column] {
                values[column] += 1;
                lacking -= 1;
            } else if lacking < 0 && values[column] > 0 {
                values[column] -= 1;
                lacking += 1;
            }
        }
    }
    values
}
