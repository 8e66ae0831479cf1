//! Services that call each other as a market: prices of load by class of users, and where each class goes at them.

use std::collections::BTreeMap;

use crate::formulate::{Block, Candidate, Entering, Femto, Flows, Left, Outgoing, Service, left_of};
use crate::model::{Problem, Quota, RegionId, applications};

/// As much as nothing costs: what does not go anywhere. As a price of a milli-rps of a month that is above 1,100 USD; ways that cost more count as closed in the
/// searches, which may miss a placement there, and as so much in bounds, which is no more than they cost.
pub(super) const CLOSED: i64 = 1 << 60;

/// Services, ways and fixed costs, ready to be priced.
pub(super) struct Market<'a> {
    pub(super) services: &'a [&'a Service],
    pub(super) flows: &'a Flows,
    pub(super) fixed: &'a BTreeMap<RegionId, Femto>,
    /// By service, call and candidate of the caller: cost by candidate of the callee.
    ways: Vec<Vec<Vec<Vec<i64>>>>,
    /// By service and candidate: all steps, by capacity.
    steps: Vec<Vec<Vec<Stair>>>,
    /// By service and candidate: the steps that no cheaper one replaces, by capacity.
    cheapest: Vec<Vec<Vec<Stair>>>,
    /// What is limited by quotas, and the most of each.
    pub(super) quotas: Vec<u64>,
    /// By service: what is left of it after a loss, where it outlives any and no region costs anything by itself.
    pub(super) left: Vec<Option<Left>>,
}

/// A step of a staircase.
#[derive(Clone, Debug)]
pub(super) struct Stair {
    pub(super) capacity: u64,
    pub(super) cost: Femto,
    /// Replicas that its machines hold.
    pub(super) replicas: u64,
    /// What its machines take of quotas, none zero: (position in [`Market::quotas`], amount).
    pub(super) taken: Vec<(usize, u64)>,
}

/// The cheapest way through all services for one class, from any candidate on.
pub(super) struct Routing {
    /// What a milli-rps costs that enters there, all its calls included.
    pub(super) least: i64,
    /// The candidate of the class's service where it enters.
    pub(super) entry: usize,
    /// By service, call and candidate of the caller: the candidate of the callee.
    pub(super) chosen: Vec<Vec<Vec<usize>>>,
}

impl<'a> Market<'a> {
    pub(super) fn of(problem: &Problem, block: &'a Block, services: &'a [&'a Service], flows: &'a Flows) -> Self {
        let row = |row: &Vec<Option<Femto>>| row.iter().map(|cost| cost.map_or(CLOSED, capped)).collect();
        let of_call = |call: &Outgoing| call.cost.iter().map(row).collect();
        let ways = flows.calls.iter().map(|calls| calls.iter().map(of_call).collect()).collect();
        let limited = limited(problem);
        let of_service =
            |service: &&Service| service.candidates.iter().map(|at| stairs(problem, &limited, at)).collect();
        let steps: Vec<Vec<Vec<Stair>>> = services.iter().map(of_service).collect();
        let cheapest =
            steps.iter().map(|of_service| of_service.iter().map(|steps| cheapest(steps)).collect()).collect();
        let quotas = limited.into_iter().map(|quota| quota.most).collect();
        let is_free = block.fixed.values().all(|fixed| *fixed == 0);
        let left = |service: &&Service| left_of(problem, service).filter(|_| is_free);
        let left = services.iter().map(left).collect();
        Self { services, flows, fixed: &block.fixed, ways, steps, cheapest, quotas, left }
    }

    /// The applications, each by which services are part of it: services that call each other, directly or over others.
    pub(super) fn applications(&self) -> Vec<Vec<bool>> {
        let calls = self.flows.calls.iter().enumerate();
        applications(self.services.len(), calls.flat_map(|(at, calls)| calls.iter().map(move |call| (at, call.callee))))
    }

    /// The same where what is taken of quotas is paid for at prices, and nothing limits it. Of the cheapest steps it is still known what they take.
    pub(super) fn repriced(&self, prices: &[i64]) -> Self {
        let reprice = |stair: &Stair| Stair { cost: stair.cost + worth(prices, &stair.taken), ..stair.clone() };
        let of_candidate = |steps: &Vec<Stair>| {
            let mut steps: Vec<Stair> = steps.iter().map(reprice).collect();
            steps.sort_by_key(|stair| (stair.capacity, stair.cost));
            cheapest(&steps)
        };
        let cheapest: Vec<Vec<Vec<Stair>>> =
            self.steps.iter().map(|of_service| of_service.iter().map(of_candidate).collect()).collect();
        let mut steps = cheapest.clone();
        steps.iter_mut().flatten().flatten().for_each(|stair| stair.taken.clear());
        let Self { services, flows, fixed, .. } = *self;
        // Among the cheapest steps those that hold most may be missing.
        let left = vec![None; services.len()];
        Self { services, flows, fixed, ways: self.ways.clone(), steps, cheapest, quotas: Vec::new(), left }
    }

    /// The steps of a candidate, by capacity.
    pub(super) fn steps(&self, service: usize, candidate: usize) -> &[Stair] {
        &self.steps[service][candidate]
    }

    /// Those that no cheaper one replaces: each dearer than the one before.
    pub(super) fn cheapest_steps(&self, service: usize, candidate: usize) -> &[Stair] {
        &self.cheapest[service][candidate]
    }

    /// What a milli-rps of a call costs, by candidate of the caller, then of the callee.
    pub(super) fn ways(&self, service: usize, call: usize) -> &[Vec<i64>] {
        &self.ways[service][call]
    }

    /// What a milli-rps of a call costs over a way.
    pub(super) fn way(&self, service: usize, call: usize, from: usize, to: usize) -> i64 {
        self.ways(service, call)[from][to]
    }

    /// The least that a milli-rps of a class costs at prices of load by service and candidate, all its calls included, and where it goes then; `None` if it
    /// can go nowhere.
    pub(super) fn cheapest(&self, class: &Entering, prices: &[Vec<i64>]) -> Option<Routing> {
        let services = self.services.len();
        // By service: candidates in the order of what a milli-rps costs there.
        let mut order: Vec<Vec<(i64, usize)>> = vec![Vec::new(); services];
        let mut chosen: Vec<Vec<Vec<usize>>> = vec![Vec::new(); services];
        let mut best = None;
        for &service in self.flows.order.iter().rev().filter(|service| class.loads[**service] > 0) {
            let mut values = prices[service].clone();
            for (call, ways) in self.flows.calls[service].iter().zip(&self.ways[service]) {
                let callees = &order[call.callee];
                let mut to = Vec::with_capacity(values.len());
                for (value, ways) in values.iter_mut().zip(ways) {
                    let (least, at) = if *value < CLOSED { least_sum(callees, ways) } else { (CLOSED, 0) };
                    let made = i128::from(least) * i128::from(call.per_request.0) / 1_000_000;
                    *value = if least < CLOSED { capped(i128::from(*value) + made) } else { CLOSED };
                    to.push(at);
                }
                chosen[service].push(to);
            }
            if service == class.service {
                let entry = |at: usize| capped(i128::from(values[at]) + class.cost[at]);
                best = (0..values.len()).map(|at| (entry(at), at)).min();
            }
            let open = values.iter().enumerate().filter(|(_, value)| **value < CLOSED);
            order[service] = open.map(|(at, &value)| (value, at)).collect();
            order[service].sort_unstable();
        }
        let (least, entry) = best.filter(|(least, _)| *least < CLOSED)?;
        Some(Routing { least, entry, chosen })
    }
}

/// The least sum of a way and what is behind it, and where it leads; `callees` are in the order of what is behind them.
fn least_sum(callees: &[(i64, usize)], ways: &[i64]) -> (i64, usize) {
    let mut best = (CLOSED, 0);
    for &(behind, to) in callees {
        // Ways cost at least nothing.
        if behind > best.0 {
            break;
        }
        best = best.min((behind + ways[to], to));
    }
    best
}

/// The quotas that limit anything.
pub(super) fn limited(problem: &Problem) -> Vec<&Quota> {
    problem.quotas.iter().filter(|quota| quota.most < u64::MAX).collect()
}

/// What a step takes of quotas, none zero, by their position among those that limit anything.
pub(super) fn taken(problem: &Problem, limited: &[&Quota], candidate: &Candidate, step: usize) -> Vec<(usize, u64)> {
    let curve = &candidate.curve;
    let Some(of_type) = curve.type_of_step(step) else { return Vec::new() };
    let (fit, at) = (&curve.fits()[of_type], curve.steps()[step]);
    let instances = curve.instances(fit, at.capacity, at.replicas);
    let position = |quota: &Quota| limited.iter().position(|other| std::ptr::eq(*other, quota));
    let here = problem.quotas_in(candidate.region).zip(&fit.taken);
    let of_quota = here.filter_map(|(quota, one)| Some((position(quota)?, one * instances)));
    of_quota.filter(|(_, amount)| *amount > 0).collect()
}

/// What amounts taken of quotas are worth at prices.
pub(super) fn worth(prices: &[i64], taken: &[(usize, u64)]) -> Femto {
    taken.iter().map(|&(quota, amount)| Femto::from(prices[quota]) * Femto::from(amount)).sum()
}

/// The steps of a candidate, by capacity.
fn stairs(problem: &Problem, limited: &[&Quota], candidate: &Candidate) -> Vec<Stair> {
    let steps = candidate.curve.steps().iter().enumerate();
    let taken = |at| taken(problem, limited, candidate, at);
    let all = steps.map(|(at, step)| Stair {
        capacity: step.capacity,
        cost: step.cost,
        replicas: step.replicas,
        taken: taken(at),
    });
    let mut all: Vec<Stair> = all.collect();
    all.sort_by_key(|stair| (stair.capacity, stair.cost));
    all
}

/// The steps that no cheaper one replaces.
fn cheapest(steps: &[Stair]) -> Vec<Stair> {
    let mut kept: Vec<Stair> = Vec::with_capacity(steps.len());
    for stair in steps {
        while kept.last().is_some_and(|last| last.cost >= stair.cost && last.capacity <= stair.capacity) {
            kept.pop();
        }
        if kept.last().is_none_or(|last| last.capacity < stair.capacity) {
            kept.push(stair.clone());
        }
    }
    kept
}

/// An amount as far as it can be told from what nothing costs; less is a bound all the same.
pub(super) fn capped(amount: Femto) -> i64 {
    i64::try_from(amount).unwrap_or(CLOSED).min(CLOSED)
}
