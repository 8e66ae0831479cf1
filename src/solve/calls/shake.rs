//! First placements shaken: part of what goes somewhere goes elsewhere, everything settles again, and that is kept if it is cheaper.
//!
//! A placement that no single move improves can often be improved by two: a service moves part of its load to a region where it was not, which pays only
//! once the services that it calls follow. Such a move is made whatever it costs, with the region priced as if its machines were full; then single moves
//! are tried until none helps (iterated local search). What is not cheaper in the end is taken back.
//!
//! Only regions near the best prices take part. Work is limited by the number of candidates looked at.
//!
//! What users of one service lead to is shaken as a part, with what users of others lead to where they share most of it: in one graph of hundreds of services a
//! disturbance reaches few of them, and to look at all of them after each would take as long as there are services. Parts that share no service are shaken side
//! by side, one after another those that do.

use std::cmp::Reverse;

use rayon::prelude::*;

use super::bound::Bound;
use super::market::Market;
use super::routes::{Plan, Route, Scope};
use crate::formulate::Femto;
use crate::solve::Effort;
use crate::solve::effort::Interrupt;
use crate::solve::sequence::Sequence;

/// Regions of each service that a placement is improved over.
const NEAR_REGIONS: usize = 12;

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

/// Services that are shaken together.
struct Group {
    /// By service: whether its users' routes are part of it, and whether these lead there.
    entered: Vec<bool>,
    services: Vec<bool>,
}

/// Improves a placement, each group of services beside the others as they are, over the regions near the best prices and those in use.
pub(super) fn shake_all(plan: &mut Plan<'_>, bound: &Bound, effort: Effort<'_>) {
    let open = |(at, lifts): (usize, &Vec<Femto>)| -> Vec<bool> {
        let mut sorted = lifts.clone();
        sorted.sort_unstable();
        let most = sorted.get(NEAR_REGIONS).copied().unwrap_or(Femto::MAX);
        lifts.iter().enumerate().map(|(to, &lift)| lift < most || plan.load(at, to) > 0).collect()
    };
    let candidates: Vec<Vec<bool>> = bound.lift.iter().enumerate().map(open).collect();
    let groups = groups(&led(plan.market));
    // What several groups lead to is worth looking at once.
    let led_to: usize = groups.iter().map(|group| count(&group.services)).sum();
    // Side by side they would take the same room under a quota.
    let share_quotas = !plan.market.quotas.is_empty();
    let sets = if share_quotas { groups.into_iter().map(|group| vec![group]).collect() } else { apart(groups) };
    for side_by_side in sets {
        let shaken = |group: &Group| {
            let (entered, services) = (group.entered.clone(), group.services.clone());
            let own = (count(&services) * plan.market.services.len()).div_ceil(led_to.max(1));
            let mut part = plan.part(Scope { entered, services, candidates: candidates.clone() });
            shake(&mut part, own.min(count(&group.services)), effort.interrupt);
            part.moved().into_iter().map(|at| part.routes[at].clone()).collect()
        };
        let shaken: Vec<Vec<Route>> = side_by_side.par_iter().map(shaken).collect();
        for (Group { entered, services }, routes) in side_by_side.into_iter().zip(shaken) {
            plan.limit_to(Scope { entered, services, candidates: candidates.clone() });
            let before = plan.cost;
            let old = plan.restore(routes);
            // Regions with a fixed cost may have been counted on by several, and paths may have become longer together.
            if plan.cost > before || !plan.is_allowed() {
                plan.restore(old);
            }
        }
    }
}

fn count(is_part: &[bool]) -> usize {
    is_part.iter().filter(|is_part| **is_part).count()
}

/// By service that users enter at: what their requests lead to; empty for the others.
fn led(market: &Market<'_>) -> Vec<Vec<bool>> {
    let of = market.services.len();
    let mut led: Vec<Vec<bool>> = vec![Vec::new(); of];
    for class in &market.flows.classes {
        let reached = &mut led[class.service];
        reached.resize(of, false);
        reached.iter_mut().zip(&class.loads).for_each(|(is_reached, &load)| *is_reached |= load > 0);
    }
    led
}

/// Groups of services, by what the users of each lead to, largest first; users of services who share most of that are in one group.
fn groups(led: &[Vec<bool>]) -> Vec<Group> {
    let mut order: Vec<usize> = (0..led.len()).filter(|&service| !led[service].is_empty()).collect();
    order.sort_by_key(|&service| Reverse(count(&led[service])));
    let mut groups: Vec<Group> = Vec::new();
    for service in order {
        let reached = &led[service];
        let shared = |group: &Group| group.services.iter().zip(reached).filter(|(of, is)| **of && **is).count();
        let known = groups.iter_mut().find(|group| 2 * shared(group) > count(reached));
        if let Some(group) = known {
            group.entered[service] = true;
            group.services.iter_mut().zip(reached).for_each(|(of, &is_reached)| *of |= is_reached);
        } else {
            let entered = (0..led.len()).map(|at| at == service).collect();
            groups.push(Group { entered, services: reached.clone() });
        }
    }
    groups
}

/// Groups in sets, no two of which share a service.
fn apart(groups: Vec<Group>) -> Vec<Vec<Group>> {
    let mut sets: Vec<Vec<Group>> = Vec::new();
    for group in groups {
        let meets = |other: &Group| other.services.iter().zip(&group.services).any(|(a, b)| *a && *b);
        match sets.iter_mut().find(|set| !set.iter().any(meets)) {
            Some(set) => set.push(group),
            None => sets.push(vec![group]),
        }
    }
    sets
}

/// Improves all routes of a plan, or of a part of one, with work for so many services.
pub(super) fn shake(plan: &mut Plan<'_>, services: usize, interrupt: Interrupt<'_>) {
    let mut numbers = Sequence::new();
    let classes = plan.moved_classes();
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

#[cfg(test)]
mod tests {
    use super::*;

    /// What users of each service lead to, by its bits; none for those that nobody enters at.
    fn led(reached: &[u8]) -> Vec<Vec<bool>> {
        let of = |&bits: &u8| if bits == 0 { Vec::new() } else { (0..6).map(|at| bits & (1 << at) != 0).collect() };
        reached.iter().map(of).collect()
    }

    fn entered(groups: &[Group]) -> Vec<Vec<usize>> {
        groups.iter().map(|group| (0..group.entered.len()).filter(|&at| group.entered[at]).collect()).collect()
    }

    #[test]
    fn users_who_share_most_of_what_they_lead_to_are_in_one_group() {
        // Services 0 and 1 lead to 2 and 3; 4 leads to 3 and 5.
        let groups = groups(&led(&[0b00_1101, 0b00_1110, 0, 0, 0b11_1000, 0]));
        assert_eq!(entered(&groups), [vec![0, 1], vec![4]]);
        assert_eq!(groups[0].services, [true, true, true, true, false, false]);
    }

    #[test]
    fn groups_side_by_side_share_no_service() {
        let sets = apart(groups(&led(&[0b00_0101, 0b00_1110, 0, 0, 0b11_0000, 0])));
        assert_eq!(sets.iter().map(|set| entered(set)).collect::<Vec<_>>(), [vec![vec![1], vec![4]], vec![vec![0]]]);
    }
}
