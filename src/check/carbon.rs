//! Carbon: what all machines emit in a month stays within `limits.max_monthly_carbon_kg`; then every figure must be known.
//!
//! > sum over w, r of emissions(w, r)  <=  max_monthly_carbon

use super::{Totals, Violation};
use crate::model::Problem;

pub(super) fn check(problem: &Problem, totals: &Totals, violations: &mut Vec<Violation>) {
    let Some(most) = problem.limits.max_monthly_carbon else { return };
    if totals.emissions.is_none_or(|emissions| emissions > most) {
        violations.push(Violation::TooMuchCarbon { emissions: totals.emissions, most });
    }
}
