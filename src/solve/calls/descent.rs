//! First placements of services that call each other: routes go one after another wherever that is cheapest beside the others, then move while that helps.
//!
//! Moves, each of which is kept if the exact cost falls, all paths stay short enough and quotas are kept:
//!
//! - one route goes again wherever that is cheapest;
//! - all routes through a region leave it;
//! - routes are drawn to a region that is priced as if it were full, and go again with it in use;
//! - all routes through one service leave a region;
//! - part of a route leaves a candidate, so that fewer machines will do there.
//!
//! Work is limited by the number of candidates looked at.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::market::Market;
use super::routes::{Avoided, Plan, Route};
use crate::model::RegionId;
use crate::solve::effort::Interrupt;

/// Candidates looked at, at most.
const MOST_LOOKS: usize = 60_000_000;

/// So many steps down are tried where part of a route leaves.
const MOST_STEPS_DOWN: usize = 5;

const NOWHERE: Avoided<'static> = &|_, _| false;

/// A placement that no move improves, or none if the first routes lead nowhere.
pub(super) fn descend<'a>(market: &'a Market<'a>, interrupt: Interrupt<'_>) -> Option<Plan<'a>> {
    let mut plan = first(market, NOWHERE)?;
    if !plan.is_allowed() {
        plan = first_within_regions(market)?;
    }
    plan.most_looks = MOST_LOOKS;
    let mut before = plan.cost + 1;
    while plan.cost < before && !plan.is_tired() && !interrupt.is_raised() {
        before = plan.cost;
        plan.go_again();
        plan.leave_regions();
        plan.try_regions();
        plan.leave_candidates();
        plan.share_steps();
    }
    Some(plan)
}

/// Moves a placement that was good at other prices, while that helps.
pub(super) fn settle(plan: &mut Plan<'_>, interrupt: Interrupt<'_>) {
    plan.most_looks = plan.looks + MOST_LOOKS;
    let mut before = plan.cost + 1;
    while plan.cost < before && !plan.is_tired() && !interrupt.is_raised() {
        before = plan.cost;
        plan.go_again();
        plan.leave_regions();
        plan.leave_candidates();
        plan.share_steps();
    }
}

/// Every class on its own route, those of the most requests first.
fn first<'a>(market: &'a Market<'a>, avoided: Avoided<'_>) -> Option<Plan<'a>> {
    let mut plan = Plan::new(market);
    let mut order: Vec<usize> = (0..market.flows.classes.len()).collect();
    order.sort_by_key(|&class| Reverse(market.flows.classes[class].rate));
    for class in order {
        let route = plan.best(class, market.flows.classes[class].rate, avoided, None)?;
        plan.add(route);
    }
    Some(plan)
}

/// Every class on a route that stays in the region where it enters, which is as short as a path can be; `None` if that is too long too.
fn first_within_regions<'a>(market: &'a Market<'a>) -> Option<Plan<'a>> {
    let mut plan = Plan::new(market);
    for class in 0..market.flows.classes.len() {
        let entering = &market.flows.classes[class];
        let mut best: Option<(crate::formulate::Femto, Route)> = None;
        for candidate in 0..market.services[entering.service].candidates.len() {
            let region = plan.region(entering.service, candidate);
            let outside =
                |service: usize, candidate: usize| market.services[service].candidates[candidate].region != region;
            let Some(route) = plan.best(class, entering.rate, &outside, None) else { continue };
            plan.add(route);
            let cost = plan.cost;
            let is_allowed = plan.is_allowed();
            let Some(route) = plan.take_last() else { continue };
            if is_allowed && best.as_ref().is_none_or(|(known, _)| cost < *known) {
                best = Some((cost, route));
            }
        }
        plan.add(best?.1);
    }
    Some(plan)
}

impl Plan<'_> {
    pub(super) fn is_tired(&self) -> bool {
        self.looks >= self.most_looks
    }

    /// Takes the last route away.
    fn take_last(&mut self) -> Option<Route> {
        let route = self.routes.pop()?;
        self.change(&route, false);
        Some(route)
    }

    /// Lets some routes go again, one after another, and keeps that if it is cheaper.
    fn again(&mut self, which: &[usize], avoided: Avoided<'_>) -> bool {
        let before = self.cost;
        let old: Vec<Route> = which.iter().map(|&at| self.routes[at].clone()).collect();
        for route in &old {
            self.change(route, false);
        }
        let mut gone = 0;
        for (&at, old) in which.iter().zip(&old) {
            let Some(route) = self.best(old.class, old.rate, avoided, None) else { break };
            self.change(&route, true);
            self.routes[at] = route;
            gone += 1;
        }
        if gone == which.len() && self.cost < before && self.is_allowed() {
            return true;
        }
        for (&at, old) in which[..gone].iter().zip(&old) {
            let route = std::mem::replace(&mut self.routes[at], old.clone());
            self.change(&route, false);
        }
        for route in &old {
            self.change(route, true);
        }
        false
    }

    pub(super) fn go_again(&mut self) {
        for at in self.moved() {
            self.again(&[at], NOWHERE);
        }
    }

    /// Routes to be moved with load that a condition holds for.
    fn through(&self, is_meant: impl Fn(usize, usize) -> bool) -> Vec<usize> {
        let passes = |route: &Route| route.loads.iter().any(|load| is_meant(load.service, load.candidate));
        self.moved().into_iter().filter(|&at| passes(&self.routes[at])).collect()
    }

    fn leave_regions(&mut self) {
        let services = self.market.services;
        let regions: BTreeSet<RegionId> = services.iter().flat_map(|it| &it.candidates).map(|it| it.region).collect();
        for region in regions {
            if self.is_in_use(region) && !self.is_tired() {
                let is_there =
                    |service: usize, candidate: usize| services[service].candidates[candidate].region == region;
                let which = self.through(is_there);
                self.again(&which, &is_there);
            }
        }
    }

    pub(super) fn leave_candidates(&mut self) {
        for service in (0..self.market.services.len()).filter(|&service| self.moves(service)).collect::<Vec<_>>() {
            for candidate in 0..self.market.services[service].candidates.len() {
                if self.load(service, candidate) > 0 && !self.is_tired() {
                    let is_there = |of: usize, at: usize| (of, at) == (service, candidate);
                    let which = self.through(is_there);
                    self.again(&which, &is_there);
                }
            }
        }
    }

    fn try_regions(&mut self) {
        let services = self.market.services;
        let regions: BTreeSet<RegionId> = services.iter().flat_map(|it| &it.candidates).map(|it| it.region).collect();
        for region in regions {
            // Something is left for the other moves.
            if self.looks >= self.most_looks / 2 {
                break;
            }
            let (before, old) = (self.cost, self.routes.clone());
            let mut is_drawn = false;
            for at in 0..self.routes.len() {
                let own = self.routes[at].clone();
                self.change(&own, false);
                let is_there =
                    |route: &Route| route.loads.iter().any(|load| self.region(load.service, load.candidate) == region);
                let was_there = is_there(&own);
                let route = self.best(own.class, own.rate, NOWHERE, Some(region));
                let is_there =
                    |route: &Route| route.loads.iter().any(|load| self.region(load.service, load.candidate) == region);
                let route = route.filter(is_there).unwrap_or(own);
                is_drawn |= !was_there && is_there(&route);
                self.change(&route, true);
                self.routes[at] = route;
            }
            if is_drawn {
                // Two rounds let those that came first see who came with them.
                self.go_again();
                self.go_again();
            }
            if !(is_drawn && self.cost < before && self.is_allowed()) {
                self.restore(old);
            }
        }
    }

    /// Lets parts of routes leave candidates for whom a smaller step will do then.
    pub(super) fn share_steps(&mut self) {
        for service in (0..self.market.services.len()).filter(|&service| self.moves(service)).collect::<Vec<_>>() {
            for candidate in 0..self.market.services[service].candidates.len() {
                let load = self.load(service, candidate);
                let steps = self.market.cheapest_steps(service, candidate);
                let now = steps.partition_point(|stair| stair.capacity < load);
                let smaller: Vec<u64> =
                    steps[..now].iter().rev().take(MOST_STEPS_DOWN).map(|stair| stair.capacity).collect();
                for capacity in smaller.into_iter().filter(|_| load > 0) {
                    for at in self.moved() {
                        if self.load(service, candidate) > capacity && !self.is_tired() {
                            self.share(at, (service, candidate), capacity);
                        }
                    }
                }
            }
        }
    }

    /// A route without some of its requests; the others go where they went.
    pub(super) fn less(&self, at: usize, part: u64) -> Option<Route> {
        let own = &self.routes[at];
        let ways: BTreeMap<(usize, usize, usize), usize> =
            own.calls.iter().map(|it| ((it.service, it.call, it.from), it.to)).collect();
        self.route(own.class, own.rate - part, own.entry, |service, call, from| {
            ways.get(&(service, call, from)).copied()
        })
    }

    /// Lets as much of a route leave a candidate as its load exceeds a capacity by, and keeps that if it is cheaper.
    fn share(&mut self, at: usize, (service, candidate): (usize, usize), capacity: u64) -> bool {
        let excess = self.load(service, candidate) - capacity;
        let own = &self.routes[at];
        let here = own.loads.iter().filter(|load| (load.service, load.candidate) == (service, candidate));
        let through: u64 = here.map(|load| load.rate).sum();
        if through < excess {
            return false;
        }
        // A little more, for what is rounded up.
        let part = (u128::from(own.rate) * u128::from(excess)).div_ceil(u128::from(through.max(1))) + 2;
        let part = u64::try_from(part).unwrap_or(u64::MAX).min(own.rate);
        let is_there = |of: usize, at: usize| (of, at) == (service, candidate);
        if part == own.rate {
            return self.again(&[at], &is_there);
        }
        let (class, before) = (own.class, self.cost);
        let Some(kept) = self.less(at, part) else { return false };
        let whole = self.replace(at, kept);
        if let Some(moved) = self.best(class, part, &is_there, None) {
            self.add(moved);
            if self.cost < before && self.is_allowed() {
                return true;
            }
            self.take_last();
        }
        self.replace(at, whole);
        false
    }
}
