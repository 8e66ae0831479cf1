//! Services that each stand in one region: in which, by moving and exchanging their seats.
//!
//! Where every service has one region, loads do not depend on which, and what is left to decide is an assignment whose pairs pay for being apart:
//!
//! > cost = sum over s of machines(s, a(s)) + entries(s, a(s)) + sum over calls k of s of made(s, k) × way(k, a(s), a(callee(k)))
//! >        + fixed cost of the regions in use,   while quotas are kept
//!
//! which is a generalised quadratic assignment problem. One seat moves, or two are exchanged, while that helps; then a few move anywhere and everything settles
//! again (iterated local search), and after some disturbances in vain from other seats altogether. What is beyond the quotas has a price, which rises while
//! that is worth paying and falls while it is not. Work is limited by the number of seats that are changed.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::market::{CLOSED, Market, Stair};
use crate::formulate::{Femto, Service};
use crate::model::RegionId;
use crate::solve::effort::Interrupt;
use crate::solve::sequence::Sequence;

/// Seats changed, at most, times the calls that this concerns.
const MOST_WORK: usize = 400_000_000;

/// Disturbances in vain after which everybody is seated anew.
const PATIENCE: usize = 30;

/// Disturbances in vain, for each service, after which the search ends.
const MOST_VAIN: usize = 40;

/// Fewest and most seats that one disturbance moves.
const MOVED: (usize, usize) = (2, 6);

/// What the price of a unit beyond a quota becomes, in hundredths, when it was worth paying and when it was not.
const DEARER: Femto = 110;
const CHEAPER: Femto = 70;

/// The price at first, as parts of the mean cost of a unit; and how many times the lowest is the highest.
const FIRST_PRICE: Femto = 4;
const HIGHEST_PRICE: Femto = 100;

/// The seat of a service that has none yet.
const NOWHERE: usize = usize::MAX;

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
                let rate = call.made_by(loads[service]);
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
        let mut now = self.seated(None)?;
        let mean = now.cost / Femto::from(now.taken.iter().sum::<u64>().max(1));
        let lowest = (mean / FIRST_PRICE).max(1);
        let mut price = mean.max(1);
        let mut work = 0;
        self.descend(&mut now, price, &mut work);
        let mut best = now.clone();
        let mut vain = 0;
        while work < MOST_WORK && vain < MOST_VAIN * best.at.len() && !interrupt.is_raised() {
            let mut next = now.clone();
            let (fewest, most) = MOVED;
            for _ in 0..fewest + numbers.below(most - fewest + 1) {
                let service = numbers.below(next.at.len());
                if numbers.below(2) == 0 {
                    self.seat(&mut next, service, numbers.below(self.alone[service].len()), &mut work);
                } else if let Some(other) = Some(numbers.below(next.at.len())).filter(|&other| other != service) {
                    self.exchange(&mut next, service, other, &mut work);
                }
            }
            self.descend(&mut next, price, &mut work);
            vain += 1;
            let is_within = self.beyond(&next) == 0;
            let changed = price * if is_within { CHEAPER } else { DEARER } / 100 + Femto::from(!is_within);
            price = changed.clamp(lowest, lowest.saturating_mul(HIGHEST_PRICE));
            if (self.beyond(&next), next.cost) < (self.beyond(&best), best.cost) {
                (best, vain) = (next.clone(), 0);
            }
            if self.worth(&next, price) <= self.worth(&now, price) {
                now = next;
            }
            if vain > 0 && vain.is_multiple_of(PATIENCE) {
                now = self.seated(Some(&mut numbers))?;
                self.descend(&mut now, price, &mut work);
            }
        }
        (self.beyond(&best) == 0 && best.cost < IMPOSSIBLE).then_some(best.at)
    }

    /// Everybody seated one after another, those first that take most of a quota: where that costs least, or anywhere, while quotas last.
    fn seated(&self, mut anywhere: Option<&mut Sequence>) -> Option<Seats> {
        let nobody = vec![NOWHERE; self.alone.len()];
        let taken = vec![0; self.market.quotas.len()];
        let mut seats = Seats { at: nobody, taken, in_use: BTreeMap::new(), cost: 0 };
        let most = |service: usize| {
            let steps = self.steps[service].iter().flatten();
            steps.flat_map(|step| &step.taken).map(|taken| taken.1).max()
        };
        let mut order: Vec<usize> = (0..self.alone.len()).collect();
        order.sort_by_key(|&service| (Reverse(most(service)), service));
        for service in order {
            let mut ranked: Vec<((u64, Femto), usize)> = Vec::new();
            for candidate in 0..self.alone[service].len() {
                self.enter(&mut seats, service, candidate);
                ranked.push(((self.beyond(&seats), seats.cost), candidate));
                self.leave(&mut seats, service);
            }
            ranked.sort_unstable();
            let least = ranked.first()?.0.0;
            let room = ranked.iter().filter(|((beyond, _), _)| *beyond == least).count();
            let chosen = anywhere.as_mut().map_or(0, |numbers| numbers.below(room));
            self.enter(&mut seats, service, ranked[chosen].1);
        }
        Some(seats)
    }

    /// Moves and exchanges seats while that helps.
    fn descend(&self, seats: &mut Seats, price: Femto, work: &mut usize) {
        loop {
            let before = self.worth(seats, price);
            for service in 0..seats.at.len() {
                self.move_to_best(seats, service, price, work);
            }
            for one in 0..seats.at.len() {
                for other in 0..one {
                    let (from, to) = (seats.at[one], seats.at[other]);
                    let before = self.worth(seats, price);
                    self.exchange(seats, one, other, work);
                    if self.worth(seats, price) >= before {
                        self.seat(seats, one, from, work);
                        self.seat(seats, other, to, work);
                    }
                }
            }
            if self.worth(seats, price) >= before || *work >= MOST_WORK {
                return;
            }
        }
    }

    fn move_to_best(&self, seats: &mut Seats, service: usize, price: Femto, work: &mut usize) {
        let mut best = (self.worth(seats, price), seats.at[service]);
        for candidate in 0..self.alone[service].len() {
            self.seat(seats, service, candidate, work);
            best = best.min((self.worth(seats, price), candidate));
        }
        self.seat(seats, service, best.1, work);
    }

    /// Lets two services stand in each other's regions, if both can be there.
    fn exchange(&self, seats: &mut Seats, one: usize, other: usize, work: &mut usize) {
        let (here, there) = (self.region(one, seats.at[one]), self.region(other, seats.at[other]));
        let in_region = |service: usize, region: RegionId| {
            self.market.services[service].candidates.iter().position(|candidate| candidate.region == region)
        };
        if here == there {
            return;
        }
        if let (Some(one_there), Some(other_here)) = (in_region(one, there), in_region(other, here)) {
            self.seat(seats, one, one_there, work);
            self.seat(seats, other, other_here, work);
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
        seats.at[service] = NOWHERE;
    }

    /// What a service costs where it is, its calls to and from those that have a seat included.
    fn beside(&self, seats: &Seats, service: usize) -> Femto {
        let at = seats.at[service];
        let way = |caller: usize, call: usize, from: usize, to: usize| {
            if from == NOWHERE || to == NOWHERE {
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

    /// The cost, with a price on each unit beyond a quota.
    fn worth(&self, seats: &Seats, price: Femto) -> Femto {
        seats.cost + price.saturating_mul(Femto::from(self.beyond(seats)))
    }
}
