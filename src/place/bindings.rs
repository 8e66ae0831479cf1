//! Which limits bind, and what one unit more of each would save: by solving again with that one changed.
//!
//! > binds(limit)  ⇔  cost without the change − cost with it > 0
//!
//! A limit is relaxed within its unit: a region that it opens costs all of its fixed cost there, though another unit may pay for it already. So what joins units
//! may save more than is told.
//!
//! Prices of a relaxation would be cheaper to have, and wrong: machines and regions are whole. Costs are proven within the gap tolerance, and so is the
//! difference.

use rayon::prelude::*;

use super::unit::Unit;
use super::{Attempt, Disagreement, Interrupt, Stability, attempt};
use crate::check::Placement;
use crate::explain::{Change, Rule, limits_of, one_more, shared_limits};
use crate::model::{Problem, WorkloadId};
use crate::units::Money;

/// Less is rounding: every cost line is rounded to a micro-USD.
const ROUNDING: Money = Money::from_micros(1_000);

/// A limit that binds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// Whose limit it is; nothing for one over all workloads.
    pub workload: Option<WorkloadId>,
    /// The limit.
    pub rule: Rule,
    /// One unit more of it.
    pub change: Change,
    /// What that saves each month.
    pub saving: Money,
    /// Whether both costs are proven, within the gap tolerance.
    pub is_proven: bool,
}

/// The limits that bind, by unit, then workload; those over all workloads first.
pub(super) fn bindings(
    problem: &Problem,
    units: &[Unit],
    placement: Option<&Placement>,
    stability: Option<&Stability>,
    interrupt: Interrupt<'_>,
) -> Result<Vec<Binding>, Disagreement> {
    let Some(placement) = placement.filter(|_| problem.bindings) else { return Ok(Vec::new()) };
    let of_units = units.par_iter().enumerate().map(|(at, unit)| {
        // What was kept is not what a limit is held against.
        let best = stability.and_then(|stability| stability.decisions.get(at)?.best);
        of_unit(problem, unit, best.unwrap_or_else(|| unit.cost(problem, placement)), interrupt)
    });
    Ok(of_units.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}

fn of_unit(
    problem: &Problem,
    unit: &Unit,
    cost: Money,
    interrupt: Interrupt<'_>,
) -> Result<Vec<Binding>, Disagreement> {
    let alone = unit.alone(problem);
    let own = |at: usize| limits_of(&alone, WorkloadId::at(at)).into_iter().map(move |rule| (Some(at), rule));
    let shared = shared_limits(&alone).into_iter().map(|rule| (None, rule));
    let limits: Vec<(Option<usize>, Rule)> = shared.chain((0..alone.workloads.len()).flat_map(own)).collect();
    let binding = |&(at, rule): &(Option<usize>, Rule)| {
        let Some((change, relaxed)) = one_more(&alone, WorkloadId::at(at.unwrap_or(0)), rule) else { return Ok(None) };
        let Attempt::Found { placement, is_proven } = attempt(&relaxed, interrupt)? else { return Ok(None) };
        let saving = cost - placement.cost();
        let workload = at.map(|at| unit.workloads[at]);
        Ok((saving > ROUNDING).then_some(Binding { workload, rule, change, saving, is_proven }))
    };
    let found: Vec<Option<Binding>> = limits.par_iter().map(binding).collect::<Result<_, Disagreement>>()?;
    Ok(found.into_iter().flatten().collect())
}
