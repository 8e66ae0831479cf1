//! Carbon: what all machines and functions emit in a month stays within `limits.max_monthly_carbon_kg`.
//!
//! > sum over s, r and steps v of emitted(s, r, v) × use(s, r, v) + sum over s, r, o and z of emitted(r, o) × m(s, r, o, z)
//! >   + sum over functions f of s of emitted(s, f) × load(s, f)  <=  max_monthly_carbon
//!
//! in milligrams, each step's rounded up; what functions emit in millionths of them. The cheapest machines for a load are not those that emit least, so the
//! steps of a candidate are those of every type that no other replaces in cost and emissions ([`Curve::by_type`](super::Curve::by_type)), and every group is of one type.

use super::cost::PER_MILLIGRAM;
use super::mixed;
use super::program::{ColumnId, Decision, Program, Sense};
use crate::model::{Offer, Problem, Target};
use crate::units::HOURS_PER_MONTH;

/// What an instance emits in a month, in milligrams, if that is limited or minimised as such. Offers without a figure are refused then.
pub(super) fn emitted(problem: &Problem, offer: &Offer) -> Option<i128> {
    position(problem)?;
    Some(offer.carbon_hourly.map_or(0, |hourly| hourly.0) * HOURS_PER_MONTH)
}

/// Where emissions stand among what is counted of machines, if they are: behind what is paid, if that is limited too.
fn position(problem: &Problem) -> Option<usize> {
    let is_counted = problem.limits.max_monthly_carbon.is_some() || problem.objective.target == Target::Carbon;
    is_counted.then_some(usize::from(problem.limits.max_monthly_cost.is_some()))
}

/// Adds what is emitted.
pub(super) fn rows(program: &mut Program<'_>) {
    let Some(most) = program.problem().limits.max_monthly_carbon else { return };
    let functions = program.services().flat_map(|service| &service.candidates).any(|it| it.function.is_some());
    let scale = mixed::scale(program) * if functions { PER_MILLIGRAM } else { 1 };
    let terms = terms(program, scale);
    program.add_row("carbon", terms, Sense::AtMost, most.0 * scale);
}

/// What each column emits times `scale`, a multiple of `PER_MILLIGRAM` where there are functions; those left out that emit nothing.
pub(super) fn terms(program: &Program<'_>, scale: i128) -> Vec<(ColumnId, i128)> {
    let Some(position) = position(program.problem()) else { return Vec::new() };
    (0..program.columns().len())
        .filter_map(|index| {
            let (column, decision) = program.decision(index);
            let counted = match decision {
                Decision::Use { service, candidate, step } => {
                    program.service(service).candidates[candidate].curve.counted(step, position)
                }
                Decision::Machines { service, candidate, fit, .. } => {
                    program.service(service).candidates[candidate].stocked.as_ref()?.fits[fit].counted[position]
                }
                Decision::Mix { service, candidate, fit, period, part } => {
                    let placed = &program.service(service).candidates[candidate];
                    return Some((column, mixed::counted_by(placed, (fit, period, part), position, scale)?));
                }
                Decision::Traffic { service, class, candidate } => {
                    let placed = program.service(service);
                    let fit = placed.candidates[candidate].function?;
                    let workload = &program.problem().workloads[placed.workload.index()];
                    let position = program.position_of(service, class);
                    return Some((column, fit.emitted_by(workload, position) * (scale / PER_MILLIGRAM)));
                }
                Decision::Calls { service, call, to, .. } => {
                    let (fit, called) = program.answered_by(service, call, to)?;
                    return Some((column, fit.emitted_by_call(called) * (scale / PER_MILLIGRAM)));
                }
                Decision::InUse { .. }
                | Decision::Presence { .. }
                | Decision::Environments { .. }
                | Decision::Route { .. }
                | Decision::Open { .. }
                | Decision::LossLevel { .. }
                | Decision::LossExcess { .. }
                | Decision::Way { .. }
                | Decision::Entry { .. }
                | Decision::Wait { .. }
                | Decision::Filled { .. }
                | Decision::Typed { .. }
                | Decision::Written { .. }
                | Decision::OpenCloud { .. } => return None,
            };
            Some((column, counted * scale))
        })
        .collect()
}
