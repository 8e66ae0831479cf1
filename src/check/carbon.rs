//! Carbon: what all machines and functions emit in a month stays within `limits.max_monthly_carbon_kg`; then every figure must be known.
//!
//! > sum over w, r of emissions(w, r)  <=  max_monthly_carbon
//!
//! What the functions of a group emit is rounded to a milligram; so much for each is no breach.

use super::{Totals, Violation};
use crate::model::Problem;

pub(super) fn check(problem: &Problem, totals: &Totals, functions: usize, violations: &mut Vec<Violation>) {
    let Some(most) = problem.limits.max_monthly_carbon else { return };
    if totals.emissions.is_none_or(|emissions| emissions.0 - functions as i128 > most.0) {
        violations.push(Violation::TooMuchCarbon { emissions: totals.emissions, most });
    }
}
