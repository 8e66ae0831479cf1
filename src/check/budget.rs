//! Budget: what is paid in a month stays within `limits.max_monthly_cost_usd`. The prices put on carbon and latency are paid to nobody and do not count.
//!
//! > machines + fixed + egress + calls  <=  max_monthly_cost
//!
//! Every cost line is rounded to a micro-USD; so much for each group and region is no breach.

use super::{Totals, Violation};
use crate::model::Problem;
use crate::units::Money;

pub(super) fn check(problem: &Problem, totals: &Totals, groups: usize, violations: &mut Vec<Violation>) {
    /// Lines of a group that are paid, and the fixed cost of its region.
    const LINES: usize = 4;
    let Some(most) = problem.limits.max_monthly_cost else { return };
    let rounding = Money::from_micros((groups * LINES) as i128);
    if totals.paid() > most + rounding {
        violations.push(Violation::OverBudget { paid: totals.paid(), most });
    }
}
