//! First placements shaken: part of what goes somewhere goes elsewhere, everything settles again, and that is kept if it is cheaper.
//!
//! A placement that no single move improves can often be improved by two: a service moves part of its load to a region where it was not, which pays only
//! once the services that it calls follow. Such a move is made whatever it costs, with the region priced as if its machines were full; then single moves
//! are tried until none helps (iterated local search). What is not cheaper in the end is taken back.
//!
//! Only regions near the best prices take part. Work is limited by the number of candidates looked at.

use super::routes::{Plan, Route};
use crate::formulate::Femto;
use crate::solve::effort::Interrupt;
use crate::solve::sequence::Sequence;

/// Candidates looked at for each service, at most.
const MOST_LOOKS: usize = 2_000_000;

/// Disturbances in vain, for each service, after which the search ends.
const MOST_VAIN: usize = 15;

/// Parts of a route: of so many, one to all are moved.
const PARTS: usize = 8;

/// So many routes for each class, at most: more of them are hardly told apart.
const MOST_ROUTES: usize = 6;

/// What is dearer than the best known by so small a part after the cheapest of moves is given up.
const HOPELESS: Femto = 100;

/// Improves all routes of a plan, or of a part of one.
pub(super) fn shake(plan: &mut Plan<'_>, interrupt: Interrupt<'_>) {
    let mut numbers = Sequence::new();
    let services = (0..plan.market.services.len()).filter(|&service| plan.moves(service)).count();
    let classes = plan.market.flows.classes.iter().filter(|class| plan.moves(class.service)).count();
    plan.most_looks = plan.looks + MOST_LOOKS * services;
    let mut vain = 0;
    while vain < MOST_VAIN * services && !plan.is_tired() && !interrupt.is_raised() {
        let before = plan.cost;
        let old: Vec<Route> = plan.moved().into_iter().map(|at| plan.routes[at].clone()).collect();
        vain += 1;
        if old.is_empty() {
            return;
        }
        if !disturb(plan, &mut numbers) {
            continue;
        }
        settle(plan, before);
        if plan.cost < before && plan.is_allowed() && plan.moved().len() <= MOST_ROUTES * classes {
            vain = 0;
        } else {
            plan.restore(old);
        }
    }
}

/// Moves part of a route to another candidate of one of its services, whatever that costs; whether it could be done.
fn disturb(plan: &mut Plan<'_>, numbers: &mut Sequence) -> bool {
    let moved = plan.moved();
    let at = moved[numbers.below(moved.len())];
    let own = plan.routes[at].clone();
    let share = 1 + numbers.below(PARTS);
    let part = own.rate / PARTS as u64 * share as u64;
    let part = if share == PARTS { own.rate } else { part };
    let service = own.loads[numbers.below(own.loads.len())].service;
    let open = plan.open(service);
    let candidate = open[numbers.below(open.len())];
    let region = plan.region(service, candidate);
    let drawn = (numbers.below(2) == 0).then_some(region);
    if part == 0 || own.loads.iter().any(|load| (load.service, load.candidate) == (service, candidate)) {
        return false;
    }
    let rest = plan.less(at, part);
    plan.change(&own, false);
    let gone = plan.best(own.class, part, &|of, to| of == service && to != candidate, drawn);
    plan.change(&own, true);
    match (gone, rest) {
        (Some(gone), Some(rest)) if part < own.rate => {
            plan.replace(at, rest);
            plan.add(gone);
        }
        (Some(gone), _) if part == own.rate => {
            plan.replace(at, gone);
        }
        _ => return false,
    }
    true
}

/// Single moves while they help.
fn settle(plan: &mut Plan<'_>, known: Femto) {
    let mut before = plan.cost + 1;
    while plan.cost < before {
        before = plan.cost;
        plan.go_again();
        if plan.cost > known + known / HOPELESS {
            return;
        }
        plan.share_steps();
    }
    plan.leave_candidates();
}
