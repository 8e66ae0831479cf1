//! Services that each stand in one region: what every seat costs beside the others.
//!
//! Where every service has one region, loads do not depend on which, and what is left to decide is an assignment whose pairs pay for being apart:
//!
//! > cost = sum over s of machines(s, a(s)) + entries(s, a(s)) + sum over calls k of s of made(s, k) × way(k, a(s), a(callee(k)))
//! >        + fixed cost of the regions in use,   while quotas are kept
//!
//! which is a generalised quadratic assignment problem. What a service would cost in each of its regions is kept up to date for all of them (`beside`), so that
//! a move or an exchange is judged by a few additions; [`search`] decides which of them are made.

mod search;

use crate::formulate::{Femto, Service};
use crate::model::RegionId;

use super::market::{CLOSED, Market, Stair};

/// What a service costs where it cannot be.
const IMPOSSIBLE: Femto = 1 << 100;

/// True if every service stands in one region.
pub(super) fn suit(services: &[&Service]) -> bool {
    services.iter().all(|service| service.max_regions == 1)
}

/// Services to be seated.
pub(super) struct Hall<'a> {
    market: &'a Market<'a>,
    /// By service and call: calls made, in milli-rps.
    pub(super) made: Vec<Vec<u64>>,
    /// By service and candidate: machines and entries.
    alone: Vec<Vec<Femto>>,
    /// By service and candidate: what the machines take of quotas.
    taken: Vec<Vec<&'a [(usize, u64)]>>,
    /// By service: its callers, with the position of the call.
    callers: Vec<Vec<(usize, usize)>>,
    /// By service and candidate: the region.
    regions: Vec<Vec<usize>>,
    /// By service and region: the candidate.
    candidates: Vec<Vec<Option<usize>>>,
    /// By caller and callee: which calls these are.
    calls: Vec<Vec<Vec<usize>>>,
    /// By region: what its use costs.
    fixed: Vec<Femto>,
}

/// Where everybody sits.
#[derive(Clone)]
struct Seats {
    /// By service: the candidate.
    at: Vec<usize>,
    /// By service and candidate: what the service would cost there, its calls to and from the others where they are included.
    beside: Vec<Vec<Femto>>,
    /// By two services, the first of which comes later: what their calls would cost if they exchanged regions, beyond what each would pay if the other stayed.
    exchanged: Vec<Vec<Femto>>,
    /// What is taken of each quota.
    taken: Vec<u64>,
    /// Services in each region.
    in_use: Vec<usize>,
    cost: Femto,
}

/// A change of seats.
#[derive(Clone, Copy, Debug)]
enum Change {
    /// A service moves to one of its candidates.
    Move(usize, usize),
    /// Two services stand in each other's regions: each with its new candidate.
    Exchange((usize, usize), (usize, usize)),
}

impl Change {
    /// Who moves, and to which candidate.
    fn moves(self) -> impl Iterator<Item = (usize, usize)> {
        let (one, other) = match self {
            Self::Move(service, to) => ((service, to), None),
            Self::Exchange(one, other) => (one, Some(other)),
        };
        std::iter::once(one).chain(other)
    }
}

impl<'a> Hall<'a> {
    pub(super) fn of(market: &'a Market<'a>) -> Self {
        let (flows, services) = (market.flows, market.services);
        let mut loads = vec![0_u64; services.len()];
        for class in &flows.classes {
            loads[class.service] += class.rate;
        }
        let mut made: Vec<Vec<u64>> = vec![Vec::new(); services.len()];
        let mut callers: Vec<Vec<(usize, usize)>> = vec![Vec::new(); services.len()];
        for &service in &flows.order {
            for (at, call) in flows.calls[service].iter().enumerate() {
                let rate = call.per_request.ceil_of(loads[service]);
                loads[call.callee] = loads[call.callee].saturating_add(rate);
                made[service].push(rate);
                callers[call.callee].push((service, at));
            }
        }
        let mut calls = vec![vec![Vec::new(); services.len()]; services.len()];
        for (callee, callers) in callers.iter().enumerate() {
            for &(caller, call) in callers {
                calls[caller][callee].push(call);
            }
        }
        let step = |service: usize, candidate: usize| -> Option<&'a Stair> {
            let steps = market.cheapest_steps(service, candidate);
            steps.get(steps.partition_point(|step| step.capacity < loads[service]))
        };
        let alone = |service: usize, candidate: usize| {
            let is_reached = flows.classes.iter().all(|class| {
                let enters = class.service != service || class.left[candidate].is_some();
                enters && (class.loads[service] == 0 || class.reached[service][candidate])
            });
            let entering = flows.classes.iter().filter(|class| class.service == service);
            let entries: Femto = entering.map(|class| class.cost[candidate] * Femto::from(class.rate)).sum();
            match step(service, candidate) {
                Some(step) if is_reached => step.cost + entries,
                _ => IMPOSSIBLE,
            }
        };
        let taken = |service, candidate| step(service, candidate).map_or(&[][..], |step| &step.taken);
        let regions = by_candidate(services, |service, at| services[service].candidates[at].region.index());
        let count = regions.iter().flatten().max().map_or(0, |last| last + 1);
        let by_region = |regions: &Vec<usize>| {
            let mut found = vec![None; count];
            for (at, &region) in regions.iter().enumerate() {
                found[region] = Some(at);
            }
            found
        };
        let fixed = |at: usize| market.fixed.get(&RegionId::at(at)).copied().unwrap_or(0);
        Self {
            market,
            made,
            alone: by_candidate(services, alone),
            taken: by_candidate(services, taken),
            callers,
            candidates: regions.iter().map(by_region).collect(),
            regions,
            calls,
            fixed: (0..count).map(fixed).collect(),
        }
    }

    fn region(&self, service: usize, candidate: usize) -> usize {
        self.regions[service][candidate]
    }

    /// Everybody where it was told to be.
    fn seated(&self, at: Vec<usize>) -> Seats {
        let mut seats = Seats {
            beside: self.alone.clone(),
            exchanged: (0..at.len()).map(|one| vec![0; one]).collect(),
            taken: vec![0; self.market.quotas.len()],
            in_use: vec![0; self.fixed.len()],
            cost: 0,
            at,
        };
        for (service, &candidate) in seats.at.iter().enumerate() {
            seats.cost += self.alone[service][candidate];
            for &(quota, amount) in self.taken[service][candidate] {
                seats.taken[quota] += amount;
            }
            seats.in_use[self.region(service, candidate)] += 1;
            for (call, outgoing) in self.market.flows.calls[service].iter().enumerate() {
                seats.cost += self.way(service, call, candidate, seats.at[outgoing.callee]);
            }
            self.add_ways(&seats.at, &mut seats.beside, service, 1);
        }
        for one in 0..seats.at.len() {
            for other in 0..one {
                seats.exchanged[one][other] = self.together(&seats.at, one, other);
            }
        }
        seats.cost +=
            self.fixed.iter().zip(&seats.in_use).filter(|(_, count)| **count > 0).map(|(it, _)| it).sum::<Femto>();
        seats
    }

    /// What a call costs between two candidates.
    fn way(&self, caller: usize, call: usize, from: usize, to: usize) -> Femto {
        priced(self.market.way(caller, call, from, to), self.made[caller][call])
    }

    /// Adds (`sign` = 1) or takes away (-1) what others pay for their calls from and to a service where it is.
    fn add_ways(&self, at: &[usize], beside: &mut [Vec<Femto>], service: usize, sign: Femto) {
        let here = at[service];
        for (call, outgoing) in self.market.flows.calls[service].iter().enumerate() {
            let made = self.made[service][call];
            for (cost, &way) in beside[outgoing.callee].iter_mut().zip(&self.market.ways(service, call)[here]) {
                *cost += sign * priced(way, made);
            }
        }
        for &(caller, call) in &self.callers[service] {
            let made = self.made[caller][call];
            for (cost, ways) in beside[caller].iter_mut().zip(self.market.ways(caller, call)) {
                *cost += sign * priced(ways[here], made);
            }
        }
    }

    fn make(&self, seats: &mut Seats, change: Change) {
        for (service, to) in change.moves() {
            self.seat(seats, service, to);
        }
    }

    fn seat(&self, seats: &mut Seats, service: usize, to: usize) {
        let from = seats.at[service];
        if from == to {
            return;
        }
        seats.cost += self.leaving(seats, service).0 + self.entering(seats, service, to).0;
        for &(quota, amount) in self.taken[service][from] {
            seats.taken[quota] -= amount;
        }
        for &(quota, amount) in self.taken[service][to] {
            seats.taken[quota] += amount;
        }
        seats.in_use[self.region(service, from)] -= 1;
        seats.in_use[self.region(service, to)] += 1;
        self.add_ways(&seats.at, &mut seats.beside, service, -1);
        seats.at[service] = to;
        self.add_ways(&seats.at, &mut seats.beside, service, 1);
        for other in 0..service {
            seats.exchanged[service][other] = self.together(&seats.at, service, other);
        }
        for one in service + 1..seats.at.len() {
            seats.exchanged[one][service] = self.together(&seats.at, one, service);
        }
    }

    /// What a service gives back where it leaves: cost, and what is then no more beyond the quotas.
    fn leaving(&self, seats: &Seats, service: usize) -> (Femto, i64) {
        let from = seats.at[service];
        let left = self.region(service, from);
        let closed = if seats.in_use[left] == 1 { self.fixed[left] } else { 0 };
        (-seats.beside[service][from] - closed, self.beyond_more(seats, self.taken[service][from], &[]))
    }

    /// What it pays in another region, once it has left, and what is then more beyond the quotas.
    fn entering(&self, seats: &Seats, service: usize, to: usize) -> (Femto, i64) {
        let entered = self.region(service, to);
        let opened = if seats.in_use[entered] == 0 { self.fixed[entered] } else { 0 };
        (seats.beside[service][to] + opened, self.beyond_more(seats, &[], self.taken[service][to]))
    }

    /// By how much it raises the cost, and what is taken beyond the quotas, that two stand in each other's regions.
    fn exchanged(&self, seats: &Seats, (one, there): (usize, usize), (other, here): (usize, usize)) -> (Femto, i64) {
        let (from, to) = (seats.at[one], seats.at[other]);
        let beyond = self.beyond_more(seats, self.taken[one][from], self.taken[other][here])
            + self.beyond_more(seats, self.taken[other][to], self.taken[one][there]);
        let apart =
            seats.beside[one][there] - seats.beside[one][from] + seats.beside[other][here] - seats.beside[other][to];
        let together = if other < one { seats.exchanged[one][other] } else { seats.exchanged[other][one] };
        (apart + together, beyond)
    }

    /// What calls between two cost, if they exchange their regions, beyond what each would pay if the other stayed; zero where they cannot.
    fn together(&self, at: &[usize], one: usize, other: usize) -> Femto {
        if self.calls[one][other].is_empty() && self.calls[other][one].is_empty() {
            return 0;
        }
        let (from, to) = (at[one], at[other]);
        let there = self.candidates[one][self.region(other, to)];
        let here = self.candidates[other][self.region(one, from)];
        let (Some(there), Some(here)) = (there, here) else { return 0 };
        let more = |caller: usize, callee: usize, moved: (usize, usize), answers: (usize, usize)| -> Femto {
            let more = |&call: &usize| {
                let way = |from, to| self.way(caller, call, from, to);
                way(moved.1, answers.1) + way(moved.0, answers.0) - way(moved.1, answers.0) - way(moved.0, answers.1)
            };
            self.calls[caller][callee].iter().map(more).sum()
        };
        more(one, other, (from, there), (to, here)) + more(other, one, (to, here), (from, there))
    }

    /// How much more is beyond the quotas where `leaving` is given back and `entering` is taken; both in the order of quotas.
    fn beyond_more(&self, seats: &Seats, leaving: &[(usize, u64)], entering: &[(usize, u64)]) -> i64 {
        let (mut left, mut entered, mut more) = (0, 0, 0);
        loop {
            let quota = match (leaving.get(left), entering.get(entered)) {
                (Some(one), Some(other)) => one.0.min(other.0),
                (Some(one), None) | (None, Some(one)) => one.0,
                (None, None) => return more,
            };
            let mut after = seats.taken[quota];
            if let Some(&(_, amount)) = leaving.get(left).filter(|(at, _)| *at == quota) {
                after -= amount;
                left += 1;
            }
            if let Some(&(_, amount)) = entering.get(entered).filter(|(at, _)| *at == quota) {
                after += amount;
                entered += 1;
            }
            let beyond = |taken: u64| taken.saturating_sub(self.market.quotas[quota]).cast_signed();
            more += beyond(after) - beyond(seats.taken[quota]);
        }
    }

    /// What is taken beyond the quotas.
    fn beyond(&self, seats: &Seats) -> i64 {
        let beyond = |(taken, most): (&u64, &u64)| taken.saturating_sub(*most).cast_signed();
        seats.taken.iter().zip(&self.market.quotas).map(beyond).sum()
    }
}

/// What so many calls cost at a price for each.
fn priced(price: i64, made: u64) -> Femto {
    if price == CLOSED { IMPOSSIBLE } else { Femto::from(price) * Femto::from(made) }
}

fn by_candidate<T>(services: &[&Service], of: impl Fn(usize, usize) -> T) -> Vec<Vec<T>> {
    let candidates = |at: usize| (0..services[at].candidates.len()).map(|candidate| of(at, candidate)).collect();
    (0..services.len()).map(candidates).collect()
}
