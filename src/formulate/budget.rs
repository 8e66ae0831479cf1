//! Budget: what is paid in a month stays within `limits.max_monthly_cost_usd`.
//!
//! > sum over s, r and steps v of paid(s, r, v) × use(s, r, v) + sum over s, r, o and z of paid(r, o) × m(s, r, o, z)
//! >   + sum over s, c and r of (egress(s, r) + price of a function) × x(s, c, r) + sum of what calls and writes cost + sum over r of fixed(r) × Y(r)  <=  max_monthly_cost
//!
//! in femto-USD. It says something only where the objective counts more than is paid: latency, or carbon. Where carbon has a price, the cheapest
//! machines are not those of which least is paid, so that steps are those of every type that no other replaces in both.

use super::cost::{self, from_money};
use super::mixed;
use super::program::{Decision, Program, Sense};
use crate::model::{Offer, Problem};
use crate::units::HOURS_PER_MONTH;

/// What is paid for an instance in a month, if that is limited.
pub(super) fn paid(problem: &Problem, offer: &Offer) -> Option<i128> {
    problem.limits.max_monthly_cost?;
    Some(from_money(offer.hourly) * HOURS_PER_MONTH)
}

/// Adds what is paid.
pub(super) fn rows(program: &mut Program<'_>) {
    let Some(most) = program.problem().limits.max_monthly_cost else { return };
    let (problem, scale) = (program.problem(), mixed::scale(program));
    let terms: Vec<_> = (0..program.columns().len())
        .filter_map(|index| {
            let (column, decision) = program.decision(index);
            let counted = match decision {
                Decision::Use { service, candidate, step } => {
                    let curve = &program.service(service).candidates[candidate].curve;
                    curve.counted(step, 0) + curve.fixed()
                }
                Decision::Machines { service, candidate, fit, .. } => {
                    program.service(service).candidates[candidate].stocked.as_ref()?.fits[fit].counted[0]
                }
                Decision::Traffic { service, class, candidate } => {
                    let placed = program.service(service);
                    let at = &placed.candidates[candidate];
                    let price = problem.regions[at.region.index()].internet_egress_per_gb;
                    let workload = &problem.workloads[placed.workload.index()];
                    let position = program.position_of(service, class);
                    let function = at.function.map_or(0, |fit| fit.paid_by(workload, position));
                    let writes = at.portion.map_or(0, |portion| portion.writes);
                    cost::egress_per_millirps(workload, position, price)? + function + writes
                }
                Decision::Open { .. } | Decision::Written { .. } => program.columns()[index].cost,
                Decision::Calls { service, call, to, .. } => {
                    let answered = program.answered_by(service, call, to);
                    let emitted = answered.map_or(0, |(fit, called)| {
                        fit.price_of_call(called, &problem.objective) - fit.paid_by_call(called)
                    });
                    program.columns()[index].cost - emitted
                }
                Decision::Mix { service, candidate, fit, period, part } => {
                    let placed = &program.service(service).candidates[candidate];
                    return Some((column, mixed::counted_by(placed, (fit, period, part), 0, scale)?));
                }
                Decision::InUse { .. }
                | Decision::Presence { .. }
                | Decision::Environments { .. }
                | Decision::Route { .. }
                | Decision::LossLevel { .. }
                | Decision::LossExcess { .. }
                | Decision::Way { .. }
                | Decision::Entry { .. }
                | Decision::Wait { .. }
                | Decision::Filled { .. }
                | Decision::Typed { .. }
                | Decision::OpenCloud { .. } => return None,
            };
            Some((column, counted * scale))
        })
        .collect();
    program.add_row("budget", terms, Sense::AtMost, from_money(most) * scale);
}
