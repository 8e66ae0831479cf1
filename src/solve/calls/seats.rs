//! Services that each stand in one region: in which, by moving and exchanging their seats.
//!
//! Where every service has one region, loads do not depend on which, and what is left to decide is an assignment whose pairs pay for being apart:
//!
//! > cost = sum over s of machines(s, a(s)) + entries(s, a(s)) + sum over calls k of s of made(s, k) × way(k, a(s), a(callee(k)))
//! >        + fixed cost of the regions in use,   while quotas are kept
//!
//! which is a generalised quadratic assignment problem. One seat moves, or two are exchanged, while that helps; then a few move anywhere and everything
//! settles again, from the best so far (iterated local search). Less beyond the quotas counts before less cost. Work is limited by the number of seats
//! that are changed.

use std::collections::BTreeMap;

use super::market::{CLOSED, Market, Stair};
use crate::formulate::{Femto, Service};
use crate::model::RegionId;
use crate::solve::effort::Interrupt;
use crate::solve::sequence::Sequence;

/// Seats changed, at most, times the calls that this concerns.
const MOST_WORK: usize = 800_000_000;

/// Disturbances after which the search starts from the best again, if none of them led to something better; after so many for each service it ends.
const PATIENCE: usize = 60;

/// Fewest and most seats that one disturbance moves.
const MOVED: (usize, usize) = (2, 6);

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
    /// By service and candidate: the step that carries the load.
    steps: Vec<Vec<Option<&'a Stair>>>,
    /// By service: its callers, with the position of the call.
    callers: Vec<Vec<(usize, usize)>>,
}

/// Where everybody sits.
#[derive(Clone)]
struct Seats {
    /// By service: the candidate.
    at: Vec<usize>,
    /// What is taken of each quota.
    taken: Vec<u64>,
    /// Services in each region.
    in_use: BTreeMap<RegionId, usize>,
    cost: Femto,
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
                let rate = u128::from(loads[service]) * u128::from(call.per_request.0);
                let rate = u64::try_from(rate.div_ceil(1_000_000)).unwrap_or(u64::MAX);
                loads[call.callee] = loads[call.callee].saturating_add(rate);
                made[service].push(rate);
                callers[call.callee].push((service, at));
            }
        }
        let step = |service: usize, candidate: usize| {
            let steps = market.cheapest_steps(service, candidate);
            steps.get(steps.partition_point(|step| step.capacity < loads[service]))
        };
        let steps: Vec<Vec<Option<&Stair>>> = (0..services.len())
            .map(|service| (0..services[service].candidates.len()).map(|at| step(service, at)).collect())
            .collect();
        let alone = |service: usize, candidate: usize| {
            let is_reached = flows.classes.iter().all(|class| {
                let enters = class.service != service || class.left[candidate].is_some();
                enters && (class.loads[service] == 0 || class.reached[service][candidate])
            });
            let entering = flows.classes.iter().filter(|class| class.service == service);
            let entries: Femto = entering.map(|class| class.cost[candidate] * Femto::from(class.rate)).sum();
            match steps[service][candidate] {
                Some(step) if is_reached => step.cost + entries,
                _ => IMPOSSIBLE,
            }
        };
        let alone = (0..services.len())
            .map(|service| (0..services[service].candidates.len()).map(|at| alone(service, at)).collect())
            .collect();
        Self { market, made, alone, steps, callers }
    }

    /// The candidate of every service in the best assignment found; `None` if none was found that suits all of them.
    pub(super) fn search(&self, interrupt: Interrupt<'_>) -> Option<Vec<usize>> {
        let mut numbers = Sequence::new();
        let mut work = 0;
        let mut best = self.first()?;
        self.descend(&mut best, &mut work);
        let mut now = best.clone();
        let mut vain = 0;
        while work < MOST_WORK && vain < PATIENCE * best.at.len() && !interrupt.is_raised() {
            let mut next = now.clone();
            let (fewest, most) = MOVED;
            for _ in 0..fewest + numbers.below(most - fewest + 1) {
                let service = numbers.below(next.at.len());
                let to = numbers.below(self.alone[service].len());
                self.seat(&mut next, service, to, &mut work);
            }
            self.descend(&mut next, &mut work);
            vain += 1;
            if self.rank(&next) <= self.rank(&now) {
                now = next;
            }
            if self.rank(&now) < self.rank(&best) {
                (best, vain) = (now.clone(), 0);
            } else if vain % PATIENCE == 0 {
                now = best.clone();
            }
        }
        (self.beyond(&best) == 0 && best.cost < IMPOSSIBLE).then_some(best.at)
    }

    /// Everybody seated one after another where that costs least while quotas last, those first that take most of them.
    fn first(&self) -> Option<Seats> {
        let nobody = vec![usize::MAX; self.alone.len()];
        let taken = vec![0; self.market.quotas.len()];
        let mut seats = Seats { at: nobody, taken, in_use: BTreeMap::new(), cost: 0 };
        let most = |service: usize| {
            self.steps[service].iter().flatten().flat_map(|step| &step.taken).map(|taken| taken.1).max()
        };
        let mut order: Vec<usize> = (0..self.alone.len()).collect();
        order.sort_by_key(|&service| (std::cmp::Reverse(most(service)), service));
        for service in order {
            let mut best: Option<((u64, Femto), usize)> = None;
            for candidate in 0..self.alone[service].len() {
                self.enter(&mut seats, service, candidate);
                let rank = (self.rank(&seats), candidate);
                if best.is_none_or(|best| rank < best) {
                    best = Some(rank);
                }
                self.leave(&mut seats, service);
            }
            self.enter(&mut seats, service, best?.1);
        }
        Some(seats)
    }

    /// Moves and exchanges seats while that helps.
    fn descend(&self, seats: &mut Seats, work: &mut usize) {
        loop {
            let before = self.rank(seats);
            for service in 0..seats.at.len() {
                self.move_to_best(seats, service, work);
            }
            for one in 0..seats.at.len() {
                for other in 0..one {
                    self.exchange(seats, one, other, work);
                }
            }
            if self.rank(seats) >= before || *work >= MOST_WORK {
                return;
            }
        }
    }

    fn move_to_best(&self, seats: &mut Seats, service: usize, work: &mut usize) {
        let mut best = (self.rank(seats), seats.at[service]);
        for candidate in 0..self.alone[service].len() {
            self.seat(seats, service, candidate, work);
            best = best.min((self.rank(seats), candidate));
        }
        self.seat(seats, service, best.1, work);
    }

    /// Lets two services stand in each other's regions, if that helps.
    fn exchange(&self, seats: &mut Seats, one: usize, other: usize, work: &mut usize) {
        let (from, to) = (seats.at[one], seats.at[other]);
        let in_region = |service: usize, region: RegionId| {
            self.market.services[service].candidates.iter().position(|candidate| candidate.region == region)
        };
        let (here, there) = (self.region(one, from), self.region(other, to));
        let (Some(one_there), Some(other_here)) = (in_region(one, there), in_region(other, here)) else { return };
        if here == there {
            return;
        }
        let before = self.rank(seats);
        self.seat(seats, one, one_there, work);
        self.seat(seats, other, other_here, work);
        if self.rank(seats) >= before {
            self.seat(seats, one, from, work);
            self.seat(seats, other, to, work);
        }
    }

    fn region(&self, service: usize, candidate: usize) -> RegionId {
        self.market.services[service].candidates[candidate].region
    }

    fn seat(&self, seats: &mut Seats, service: usize, candidate: usize, work: &mut usize) {
        *work += self.made[service].len() + self.callers[service].len() + 1;
        if seats.at[service] != candidate {
            self.leave(seats, service);
            self.enter(seats, service, candidate);
        }
    }

    fn enter(&self, seats: &mut Seats, service: usize, candidate: usize) {
        seats.at[service] = candidate;
        seats.cost += self.beside(seats, service);
        for &(quota, amount) in self.steps[service][candidate].map_or(&[][..], |step| &step.taken) {
            seats.taken[quota] += amount;
        }
        let region = self.region(service, candidate);
        let count = seats.in_use.entry(region).or_default();
        *count += 1;
        if *count == 1 {
            seats.cost += self.market.fixed.get(&region).copied().unwrap_or(0);
        }
    }

    fn leave(&self, seats: &mut Seats, service: usize) {
        let candidate = seats.at[service];
        seats.cost -= self.beside(seats, service);
        for &(quota, amount) in self.steps[service][candidate].map_or(&[][..], |step| &step.taken) {
            seats.taken[quota] -= amount;
        }
        let region = self.region(service, candidate);
        let count = seats.in_use.entry(region).or_default();
        *count -= 1;
        if *count == 0 {
            seats.cost -= self.market.fixed.get(&region).copied().unwrap_or(0);
        }
        seats.at[service] = usize::MAX;
    }

    /// What a service costs where it is, its calls to and from those that have a seat included.
    fn beside(&self, seats: &Seats, service: usize) -> Femto {
        let at = seats.at[service];
        let way = |caller: usize, call: usize, from: usize, to: usize| {
            if from == usize::MAX || to == usize::MAX {
                return 0;
            }
            match self.market.way(caller, call, from, to) {
                CLOSED => IMPOSSIBLE,
                price => Femto::from(price) * Femto::from(self.made[caller][call]),
            }
        };
        let outgoing = self.market.flows.calls[service].iter().enumerate();
        let sent: Femto = outgoing.map(|(call, to)| way(service, call, at, seats.at[to.callee])).sum();
        let received: Femto =
            self.callers[service].iter().map(|&(caller, call)| way(caller, call, seats.at[caller], at)).sum();
        self.alone[service][at] + sent + received
    }

    /// What is taken beyond the quotas.
    fn beyond(&self, seats: &Seats) -> u64 {
        seats.taken.iter().zip(&self.market.quotas).map(|(taken, most)| taken.saturating_sub(*most)).sum()
    }

    fn rank(&self, seats: &Seats) -> (u64, Femto) {
        (self.beyond(seats), seats.cost)
    }
}
