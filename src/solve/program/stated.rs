//! Values of a program from traffic and calls that somebody else has decided on.

use super::construct::{open, stand_by};
use super::{inexactness, shares};
use crate::formulate::{Block, Candidate, Decision, Femto, Program, Service, program};
use crate::model::{Problem, UserId};
use crate::solve::Found;

/// Traffic and calls, in milli-rps; what is said twice adds up.
#[derive(Debug, Default)]
pub(in crate::solve) struct Sent {
    /// Service, a user of the class, candidate, rate.
    pub(in crate::solve) traffic: Vec<(usize, UserId, usize, u64)>,
    /// Service and its call, candidates of the caller and the callee, rate.
    pub(in crate::solve) calls: Vec<((usize, usize), usize, usize, u64)>,
}

/// The cheapest machines that carry what is sent, each step of a candidate worth avoiding by an amount; `None` if some rule of the block is broken then. Its
/// bound says nothing.
pub(in crate::solve) fn stated(
    problem: &Problem,
    block: &Block,
    services: &[&Service],
    sent: &Sent,
    avoided: impl Fn(&Candidate, usize) -> Femto,
) -> Option<Found> {
    let mut program = program(problem, block, services);
    let mut values = vec![0; program.columns().len()];
    for &(service, user, candidate, rate) in &sent.traffic {
        let class = program.classes(service).iter().position(|class| class.users.contains(&user))?;
        values[program.column(Decision::Traffic { service, class, candidate })?.index()] += rate;
    }
    for &((service, call), from, to, rate) in &sent.calls {
        let from = services[service].first_in_region(from);
        values[program.column(Decision::Calls { service, call, from, to })?.index()] += rate;
    }
    buy(&program, &mut values, &avoided)?;
    program.complete(&mut values);
    // Calls may be fewer now, of which each route had rounded up its own.
    buy(&program, &mut values, &avoided)?;
    if services.iter().any(|service| service.survive.has_places()) {
        stand_by(&program, &mut values);
        program.complete(&mut values);
    }
    open(&program, &mut values);
    if !program.is_satisfied_by(&values) || program.tighten(&values) {
        return None;
    }
    let cost = program.cost(&values) + inexactness(&program, &values);
    program.trim(&mut values);
    let shares = (0..services.len()).map(|at| shares(problem, &program, at, &values)).collect();
    Some(Found { shares, cost, bound: 0 })
}

/// Puts every candidate with load on the cheapest step that carries it; `None` if none does.
fn buy(program: &Program<'_>, values: &mut [u64], avoided: impl Fn(&Candidate, usize) -> Femto) -> Option<()> {
    for (service, placed) in program.services().enumerate() {
        for (candidate, at) in placed.candidates.iter().enumerate() {
            let load: u64 = program.load(service, candidate).map(|column| values[column.index()]).sum();
            let steps = at.curve.steps().iter().enumerate();
            let carrying = steps.filter(|(_, step)| load > 0 && step.capacity >= load);
            let cheapest = carrying.min_by_key(|&(step, of)| (of.cost + avoided(at, step), step));
            let chosen = cheapest.map(|(step, _)| step);
            if load > 0 && chosen.is_none() {
                return None;
            }
            for (step, column) in program.uses(service, candidate).enumerate() {
                values[column.index()] = u64::from(chosen == Some(step));
            }
            if let Some(in_use) = program.in_use(service, candidate) {
                values[in_use.index()] = u64::from(chosen.is_some());
            }
        }
    }
    Some(())
}
