//! Routes of users through services that call each other, side by side, and what they cost together.
//!
//! A route is some requests of one class of users: where they enter, and where each call that follows from them goes. Loads add up, and every candidate
//! buys the machines for what it is sent. Calls are rounded up route by route, so that nothing here is cheaper than it will be.

use std::collections::BTreeMap;

use super::market::{CLOSED, Market, Stair, capped};
use crate::formulate::Femto;
use crate::model::RegionId;

/// More than anything costs: what cannot be.
const IMPOSSIBLE: Femto = 1 << 100;

/// Some requests of a class.
#[derive(Clone, Debug)]
pub(super) struct Route {
    pub(super) class: usize,
    /// How many, in milli-rps.
    pub(super) rate: u64,
    /// The candidate where they enter.
    pub(super) entry: usize,
    /// Load by service and candidate, callers first.
    pub(super) loads: Vec<Load>,
    /// The calls made.
    pub(super) calls: Vec<Calls>,
    /// What ways and entries cost.
    paid: Femto,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Load {
    pub(super) service: usize,
    pub(super) candidate: usize,
    pub(super) rate: u64,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Calls {
    pub(super) service: usize,
    pub(super) call: usize,
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) rate: u64,
}

/// Candidates that a search passes by, by service and candidate.
pub(super) type Avoided<'s> = &'s dyn Fn(usize, usize) -> bool;

/// Routes side by side.
#[derive(Clone)]
pub(super) struct Plan<'a> {
    pub(super) market: &'a Market<'a>,
    pub(super) routes: Vec<Route>,
    /// By service and candidate.
    loads: Vec<Vec<u64>>,
    /// Candidates with load in each region.
    in_use: BTreeMap<RegionId, usize>,
    pub(super) cost: Femto,
    /// What is taken of each quota.
    taken: Vec<u64>,
    /// Candidates looked at so far.
    pub(super) looks: usize,
    /// Candidates that may be looked at.
    pub(super) most_looks: usize,
    /// What searches may change and where they may go.
    scope: Scope,
}

/// What searches change: routes of users of some services, to some candidates.
#[derive(Clone, Debug)]
pub(super) struct Scope {
    /// By service: whether routes of its users move.
    pub(super) entered: Vec<bool>,
    /// By service: whether such routes lead there.
    pub(super) services: Vec<bool>,
    /// By service and candidate: whether load may go there.
    pub(super) candidates: Vec<Vec<bool>>,
}

impl Scope {
    /// Everything.
    pub(super) fn whole(market: &Market<'_>) -> Self {
        let candidates = market.services.iter().map(|service| vec![true; service.candidates.len()]).collect();
        let all = vec![true; market.services.len()];
        Self { entered: all.clone(), services: all, candidates }
    }
}

impl<'a> Plan<'a> {
    /// No routes yet.
    pub(super) fn new(market: &'a Market<'a>) -> Self {
        let loads = market.services.iter().map(|service| vec![0; service.candidates.len()]).collect();
        let taken = vec![0; market.quotas.len()];
        Self {
            market,
            routes: Vec::new(),
            loads,
            in_use: BTreeMap::new(),
            cost: 0,
            taken,
            looks: 0,
            most_looks: 0,
            scope: Scope::whole(market),
        }
    }

    /// Some routes.
    pub(super) fn of(market: &'a Market<'a>, routes: &[Route]) -> Self {
        let mut plan = Self::new(market);
        for route in routes {
            plan.add(route.clone());
        }
        plan
    }

    /// What all machines take of so many quotas, whether these are limited here or only paid for.
    pub(super) fn takes(&self, quotas: usize) -> Vec<u64> {
        let mut taken = vec![0; quotas];
        for (service, loads) in self.loads.iter().enumerate() {
            for (candidate, &load) in loads.iter().enumerate().filter(|(_, load)| **load > 0) {
                for &(quota, amount) in self.step(service, candidate, load).map_or(&[][..], |step| &step.taken) {
                    taken[quota] += amount;
                }
            }
        }
        taken
    }

    /// Searches change only what is in `scope` from now on.
    pub(super) fn limit_to(&mut self, scope: Scope) {
        self.scope = scope;
    }

    /// Whether routes that searches move lead to a service.
    pub(super) fn moves(&self, service: usize) -> bool {
        self.scope.services[service]
    }

    /// The candidates of a service where searches may send load.
    pub(super) fn open(&self, service: usize) -> Vec<usize> {
        (0..self.scope.candidates[service].len()).filter(|&at| self.scope.candidates[service][at]).collect()
    }

    /// The classes whose routes searches move.
    pub(super) fn moved_classes(&self) -> usize {
        self.market.flows.classes.iter().filter(|class| self.scope.entered[class.service]).count()
    }

    /// The routes that searches move.
    pub(super) fn moved(&self) -> Vec<usize> {
        (0..self.routes.len()).filter(|&at| self.is_moved(&self.routes[at])).collect()
    }

    fn is_moved(&self, route: &Route) -> bool {
        self.scope.entered[self.market.flows.classes[route.class].service]
    }

    /// Puts other routes in the place of all that searches move; returns these.
    pub(super) fn restore(&mut self, routes: Vec<Route>) -> Vec<Route> {
        let mut before = Vec::new();
        for at in self.moved().into_iter().rev() {
            let route = self.routes.swap_remove(at);
            self.change(&route, false);
            before.push(route);
        }
        for route in routes {
            self.add(route);
        }
        before
    }

    /// What is in a scope, beside everything else as it is, where no quota is shared. Of other routes those are kept that may make paths longer.
    pub(super) fn part(&self, scope: Scope) -> Self {
        let mut part = self.clone();
        part.limit_to(scope);
        let own = part.restore(Vec::new());
        let scope = &part.scope;
        part.routes.retain(|route| route.loads.iter().any(|load| scope.services[load.service]));
        part.cost = 0;
        for route in own {
            part.add(route);
        }
        part
    }

    pub(super) fn load(&self, service: usize, candidate: usize) -> u64 {
        self.loads[service][candidate]
    }

    /// True if any service has load in a region.
    pub(super) fn is_in_use(&self, region: RegionId) -> bool {
        self.in_use.get(&region).is_some_and(|&count| count > 0)
    }

    pub(super) fn region(&self, service: usize, candidate: usize) -> RegionId {
        self.market.services[service].candidates[candidate].region
    }

    /// Adds a route at the end.
    pub(super) fn add(&mut self, route: Route) {
        self.change(&route, true);
        self.routes.push(route);
    }

    /// Puts another route in the place of one, which is returned.
    pub(super) fn replace(&mut self, at: usize, route: Route) -> Route {
        self.change(&route, true);
        let before = std::mem::replace(&mut self.routes[at], route);
        self.change(&before, false);
        before
    }

    /// Adds or takes away what a route costs and sends.
    pub(super) fn change(&mut self, route: &Route, is_added: bool) {
        self.cost += if is_added { route.paid } else { -route.paid };
        for &Load { service, candidate, rate } in &route.loads {
            let before = self.loads[service][candidate];
            let after = if is_added { before + rate } else { before - rate };
            self.loads[service][candidate] = after;
            self.cost += self.carried(service, candidate, after) - self.carried(service, candidate, before);
            self.take(service, candidate, before, after);
            if (before == 0) == (after == 0) {
                continue;
            }
            let region = self.region(service, candidate);
            let count = self.in_use.entry(region).or_default();
            let was_open = *count > 0;
            *count = if is_added { *count + 1 } else { *count - 1 };
            if was_open != (*count > 0) {
                let fixed = self.market.fixed.get(&region).copied().unwrap_or(0);
                self.cost += if is_added { fixed } else { -fixed };
            }
        }
    }

    /// The step that carries a load.
    fn step(&self, service: usize, candidate: usize, load: u64) -> Option<&'a Stair> {
        let steps = self.market.cheapest_steps(service, candidate);
        steps.get(steps.partition_point(|stair| stair.capacity < load))
    }

    /// What machines cost that carry a load.
    fn carried(&self, service: usize, candidate: usize, load: u64) -> Femto {
        if load == 0 {
            return 0;
        }
        self.step(service, candidate, load).map_or(IMPOSSIBLE, |stair| stair.cost)
    }

    /// Counts what is taken of quotas where a load changes.
    fn take(&mut self, service: usize, candidate: usize, before: u64, after: u64) {
        if self.taken.is_empty() {
            return;
        }
        let taken =
            |load: u64| self.step(service, candidate, load).filter(|_| load > 0).map_or(&[][..], |at| &at.taken);
        let (less, more) = (taken(before), taken(after));
        for &(quota, amount) in more {
            self.taken[quota] += amount;
        }
        for &(quota, amount) in less {
            self.taken[quota] -= amount;
        }
    }

    /// True if quotas leave room for a greater load.
    fn has_room(&self, service: usize, candidate: usize, before: u64, after: u64) -> bool {
        if self.taken.is_empty() {
            return true;
        }
        let Some(step) = self.step(service, candidate, after) else { return false };
        let now = self.step(service, candidate, before).filter(|_| before > 0).map_or(&[][..], |at| &at.taken);
        step.taken.iter().all(|&(quota, amount)| {
            let own = now.iter().find(|(at, _)| *at == quota).map_or(0, |(_, amount)| *amount);
            self.taken[quota] - own + amount <= self.market.quotas[quota]
        })
    }

    /// Whether what is taken stays within the quotas and every path that users wait for is short enough.
    pub(super) fn is_allowed(&self) -> bool {
        self.taken.iter().zip(&self.market.quotas).all(|(taken, most)| taken <= most) && self.is_in_time()
    }

    /// The route of so many requests of a class that goes where it is told, by service, call and candidate.
    pub(super) fn route(
        &self,
        class: usize,
        rate: u64,
        entry: usize,
        to: impl Fn(usize, usize, usize) -> Option<usize>,
    ) -> Option<Route> {
        let flows = self.market.flows;
        let entering = &flows.classes[class];
        let mut sent: BTreeMap<usize, Vec<(usize, u64)>> = BTreeMap::from([(entering.service, vec![(entry, rate)])]);
        let paid = entering.cost[entry] * Femto::from(rate);
        let mut route = Route { class, rate, entry, loads: Vec::new(), calls: Vec::new(), paid };
        for &service in flows.order.iter().filter(|service| entering.loads[**service] > 0) {
            for (from, load) in sent.remove(&service).unwrap_or_default() {
                route.loads.push(Load { service, candidate: from, rate: load });
                for (call, outgoing) in flows.calls[service].iter().enumerate() {
                    let to = to(service, call, from)?;
                    let rate = outgoing.per_request.ceil_of(load);
                    let way = self.market.way(service, call, from, to);
                    if way >= CLOSED {
                        return None;
                    }
                    route.paid += Femto::from(way) * Femto::from(rate);
                    route.calls.push(Calls { service, call, from, to, rate });
                    let reached = sent.entry(outgoing.callee).or_default();
                    match reached.iter_mut().find(|(candidate, _)| *candidate == to) {
                        Some((_, sent)) => *sent += rate,
                        None => reached.push((to, rate)),
                    }
                }
            }
        }
        Some(route)
    }

    /// The cheapest route of so many requests of a class beside the others, as far as prices tell: all that a service is sent is priced as if it were sent to one
    /// candidate. Regions that are `drawn` are priced as if they were full.
    pub(super) fn best(
        &mut self,
        class: usize,
        rate: u64,
        avoided: Avoided<'_>,
        drawn: Option<RegionId>,
    ) -> Option<Route> {
        let entering = &self.market.flows.classes[class];
        let together = entering.loads.iter().filter(|&&load| load > 0).count().max(1);
        let of_service = |service: usize| -> Vec<i64> {
            if entering.loads[service] == 0 {
                return Vec::new();
            }
            let all = u128::from(entering.loads[service]) * u128::from(rate);
            let own = u64::try_from(all.div_ceil(u128::from(entering.rate.max(1)))).unwrap_or(u64::MAX).max(1);
            let price = |(candidate, &is_reached): (usize, &bool)| {
                if !is_reached || !self.scope.candidates[service][candidate] || avoided(service, candidate) {
                    return CLOSED;
                }
                let region = self.region(service, candidate);
                if drawn == Some(region) {
                    let full = self.market.cheapest_steps(service, candidate).last();
                    return full.map_or(CLOSED, |full| capped(full.cost / Femto::from(full.capacity.max(1))));
                }
                let before = self.loads[service][candidate];
                let after = before.saturating_add(own);
                if !self.has_room(service, candidate, before, after) {
                    return CLOSED;
                }
                let more = self.carried(service, candidate, after) - self.carried(service, candidate, before);
                let fixed =
                    if self.is_in_use(region) { 0 } else { self.market.fixed.get(&region).copied().unwrap_or(0) };
                capped((more + fixed / Femto::try_from(together).unwrap_or(1)) / Femto::from(own))
            };
            entering.reached[service].iter().enumerate().map(price).collect()
        };
        let prices: Vec<Vec<i64>> = (0..self.market.services.len()).map(of_service).collect();
        self.looks += prices.iter().flatten().filter(|price| **price < CLOSED).count();
        let routing = self.market.cheapest(entering, &prices)?;
        self.route(class, rate, routing.entry, |service, call, from| {
            routing.chosen[service].get(call)?.get(from).copied()
        })
    }

    /// Whether every path that users wait for is short enough: any chain of ways in use may be one.
    fn is_in_time(&self) -> bool {
        let flows = self.market.flows;
        let mut waits: BTreeMap<(usize, RegionId), u64> = BTreeMap::new();
        let mut ways: Vec<Vec<Calls>> = vec![Vec::new(); self.market.services.len()];
        for calls in self.routes.iter().flat_map(|route| &route.calls) {
            if flows.calls[calls.service][calls.call].waits {
                ways[calls.service].push(*calls);
            }
        }
        for &service in flows.order.iter().rev() {
            for &Calls { call, from, to, .. } in &ways[service] {
                let callee = flows.calls[service][call].callee;
                let (here, there) = (self.region(service, from), self.region(callee, to));
                let behind = waits.get(&(callee, there)).copied().unwrap_or(0);
                let wait = behind + flows.round_trip(here, there);
                let longest = waits.entry((service, here)).or_default();
                *longest = wait.max(*longest);
            }
        }
        self.routes.iter().all(|route| {
            let class = &flows.classes[route.class];
            let entered = (class.service, self.region(class.service, route.entry));
            let wait = waits.get(&entered).copied().unwrap_or(0);
            class.left[route.entry].is_some_and(|left| wait <= left)
        })
    }
}
