//! Carbon: what all machines emit in a month stays within `limits.max_monthly_carbon_kg`.
//!
//! > sum over s, r and steps v of emitted(s, r, v) × use(s, r, v) + sum over s, r, o and z of emitted(r, o) × m(s, r, o, z) <= max_monthly_carbon
//!
//! in milligrams, each step's rounded up. The cheapest machines for a load are not those that emit least, so the steps of a candidate are those of every
//! type that no other replaces in cost and emissions ([`Curve::by_type`](super::Curve::by_type)), and every group is of one type.

use super::program::{Decision, Program, Sense};
use crate::model::{Offer, Problem};
use crate::units::HOURS_PER_MONTH;

/// What an instance emits in a month, in milligrams, if that is limited. Offers without a figure are refused then.
pub(super) fn emitted(problem: &Problem, offer: &Offer) -> Option<i128> {
    problem.limits.max_monthly_carbon?;
    Some(offer.carbon_hourly.map_or(0, |hourly| hourly.0) * HOURS_PER_MONTH)
}

/// Adds what is emitted.
pub(super) fn rows(program: &mut Program<'_>) {
    let limits = &program.problem().limits;
    let Some(most) = limits.max_monthly_carbon else { return };
    // Behind what is paid, if that is limited too.
    let position = usize::from(limits.max_monthly_cost.is_some());
    let terms: Vec<_> = (0..program.columns().len())
        .filter_map(|index| {
            let (column, decision) = program.decision(index);
            let counted = match decision {
                Decision::Use { service, candidate, step } => {
                    program.service(service).candidates[candidate].curve.counted(step, position)
                }
                Decision::Machines { service, candidate, fit, .. } => {
                    program.service(service).candidates[candidate].stocked.as_ref()?.fits[fit].counted[position]
                }
                Decision::InUse { .. }
                | Decision::Presence { .. }
                | Decision::Environments { .. }
                | Decision::Traffic { .. }
                | Decision::Route { .. }
                | Decision::Open { .. }
                | Decision::LossLevel { .. }
                | Decision::LossExcess { .. }
                | Decision::Calls { .. }
                | Decision::Way { .. }
                | Decision::Entry { .. }
                | Decision::Wait { .. }
                | Decision::Filled { .. }
                | Decision::OpenCloud { .. } => return None,
            };
            Some((column, counted))
        })
        .collect();
    program.add_row("carbon", terms, Sense::AtMost, most.0);
}
