//! Order: what is minimised one after another. A stage of an order is a problem with another target and with limits on the targets before it; money and carbon
//! have theirs in `budget` and `carbon`, the time that requests spend on their way has its limit here.
//!
//! > sum over s, c and r of wait(s, c, r) × x(s, c, r)  <=  max_wait,     wait(s, c, r) = rtt(c, r) × mean share of the hours
//!
//! Last of all the columns get the costs of what is minimised: what they emit, or how long they wait. A unit of it (a milligram, a milli-rps times a
//! microsecond) costs [`PER_UNIT`], so that solvers see numbers of the usual size.

use super::program::{ColumnId, Decision, Program, Sense};
use super::{Femto, carbon, cost};
use crate::model::{Objective, Target};
use crate::units::Money;

/// What a unit of a target costs that is minimised as such: about a thousandth of a USD, and a whole number of what machines emit in any of the hours of a
/// calendar and of what functions emit.
pub const PER_UNIT: Femto = 1_008_000_000_000;

/// At this price of latency a milli-rps that is a microsecond on its way costs [`PER_UNIT`].
const PRICE: Money = Money::from_micros(1_008_000_000);

/// Adds the limit on the time on the way, and puts the costs of the target in the place of money.
pub(super) fn rows(program: &mut Program<'_>) {
    let problem = program.problem();
    if let Some(most) = problem.limits.max_wait {
        let terms = waits(program);
        program.add_row("order", terms, Sense::AtMost, most.0 * PER_UNIT);
    }
    match problem.objective.target {
        Target::Cost => {}
        Target::Carbon => {
            let costs = carbon::terms(program, PER_UNIT);
            program.set_costs(costs);
        }
        Target::Latency => {
            let costs = waits(program);
            program.set_costs(costs);
        }
    }
}

/// What each column of traffic waits, [`PER_UNIT`] for a unit.
fn waits(program: &Program<'_>) -> Vec<(ColumnId, Femto)> {
    let objective = Objective { latency_per_rps_ms: PRICE, ..Objective::default() };
    let wait = |service: usize, class: usize, candidate: usize| {
        let placed = program.service(service);
        let position = program.position_of(service, class);
        let round_trip = placed.candidates[candidate].entry_rtt.get(position).copied().flatten();
        let workload = &program.problem().workloads[placed.workload.index()];
        cost::latency_per_millirps(workload, position, &objective, round_trip)
    };
    let of = |index: usize| {
        let (column, Decision::Traffic { service, class, candidate }) = program.decision(index) else { return None };
        Some((column, wait(service, class, candidate)?))
    };
    (0..program.columns().len()).filter_map(of).collect()
}
