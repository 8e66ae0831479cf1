//! Services that call each other.
//!
//! Any region may call any other, so ways are many; most of them, and most regions, are far too dear to matter.
//!
//! 1. Regions that no request can reach in time are left out, and no more is bought than can be sent (`formulate::reached`).
//! 2. Routes of users, moved while that helps, give a first placement (`descent`); where every service has one region, seats that move do (`seats`). Where other rules refuse it, the regions that most is sent to at the prices of
//!    step 3 are decided on exactly.
//! 3. Prices of what each class of users leads to in each region prove a lower bound of everything (`bound`). If the gap is open, the first placement is
//!    shaken over the regions near these prices (`shake`), and applications that users enter at one service prove more as wholes (`whole`). Where
//!    applications share quotas and nothing else, these have prices, at which each goes through steps 2 and 3 by itself (`apart`).
//! 4. If the gap is open, and the program not too large: a region of a service is left out if it lifts the bound to that placement's cost.
//! 5. Over the others the continuous relaxation, its columns generated as they are needed, gives prices of rows and another bound
//!    (`program::generate`), by which regions are left out again; what is left is decided on exactly. If nothing there is cheaper, the first placement is the
//!    cheapest.
//!
//! Few ways need none of this, unless services outlive regions or clouds. Where too much is left, the last step looks at the regions that lift the bound least; then it proves nothing, nor does it
//! where it takes too many nodes: the better of both placements is returned with the best bound.

use std::collections::{BTreeMap, BTreeSet};

mod apart;
mod bound;
mod descent;
mod market;
mod routes;
mod seats;
mod shake;
mod whole;

use super::program::{self, Sent, generate, stated};
use super::{Effort, Ended, Found};
use crate::formulate::{self, Block, Candidate, ColumnId, Decision, Femto, Flows, Program, Service, flows, reached};
use crate::model::{Problem, Quota, RegionId, applications};
use bound::Bound;
use descent::descend;
use market::{Market, limited, taken, worth};
use routes::{Plan, Route};
use shake::shake_all;

/// Regions that the first placement may use beside those that a service needs because none of these will do.
const FIRST_REGIONS: usize = 4;

/// Regions beside those that routes lead to which may stand in while others are lost.
const STAND_INS: usize = 4;

/// Steps of the regions that the last search decides on: with more it would take too long.
const MOST_STEPS: usize = 1_000;

/// Columns times nodes that one search may take.
const MOST_WORK: usize = 400_000;

/// Programs of more ways than this are not written down.
const MOST_WAYS: usize = 400_000;

/// The same where every service has one region, or some outlive regions or clouds: the relaxation of such a program is below what prices prove, and nothing comes
/// of a larger one.
const MOST_WAYS_LOOSE: usize = 10_000;

/// Applications prove more as wholes until the gap is so small a part of the tolerance, and are shaken together where quotas lose a greater one.
const ENOUGH: Femto = 2;

/// With less of [`Effort::program_work`] than this a program would add nothing to what prices prove.
pub(super) const LEAST_WORK: usize = 1_000_000;

/// Solves services that call each other, each of which can be served alone.
pub(super) fn solve(problem: &Problem, block: &Block, services: &[&Service], effort: Effort) -> Ended {
    // Prices know more of losses than the relaxation of a program does.
    if are_few(problem, services, effort) && !outlive_places(services) {
        return program::solve(problem, block, services, effort);
    }
    let reached = reached(problem, services);
    if reached.iter().any(|service| service.candidates.is_empty()) {
        return Ended::Infeasible;
    }
    solve_reached(problem, block, &reached, effort).restored(&reached, services)
}

/// Whether ways are so few that all of them may be written down.
pub(super) fn are_few(problem: &Problem, services: &[&Service], effort: Effort) -> bool {
    ways(problem, services) < effort.few_ways
}

/// True if it is proven that nothing serves all services together.
pub(super) fn is_infeasible(problem: &Problem, block: &Block, services: &[&Service]) -> bool {
    let reached = reached(problem, services);
    if reached.iter().any(|service| service.candidates.is_empty()) {
        return true;
    }
    let reached: Vec<&Service> = reached.iter().collect();
    program::is_infeasible(problem, block, &reached)
}

/// Whether applications that share nothing but quotas are settled at prices of these: nothing is gained then by leaving quotas out first.
pub(super) fn price_quotas(problem: &Problem, block: &Block, services: &[&Service], effort: Effort) -> bool {
    let position: BTreeMap<_, usize> =
        services.iter().enumerate().map(|(at, service)| (service.workload, at)).collect();
    let calls = services.iter().enumerate().flat_map(|(at, service)| {
        let callees = problem.calls_of(service.workload).map(|(callee, _)| callee);
        callees.filter_map(|callee| position.get(&callee)).map(move |&callee| (at, callee)).collect::<Vec<_>>()
    });
    let is_large = |application: &Vec<bool>| {
        let own = services.iter().zip(application).filter(|(_, is_part)| **is_part).map(|(service, _)| *service);
        ways(problem, &own.collect::<Vec<_>>()) >= effort.few_ways
    };
    let is_decided_by_kind = |candidate: &Candidate| candidate.mixed.is_some() || candidate.stocked.is_some();
    let shares_more = block.couples_regions()
        || block.max_clouds.is_some()
        || block.has_limited_functions
        || services.iter().flat_map(|service| &service.candidates).any(is_decided_by_kind)
        || seats::suit(services);
    block.has_calls && !shares_more && applications(services.len(), calls).iter().all(is_large)
}

/// Whether some service must outlive regions or clouds.
fn outlive_places(services: &[&Service]) -> bool {
    services.iter().any(|service| service.survive.has_places())
}

/// Ways that calls may go.
fn ways(problem: &Problem, services: &[&Service]) -> usize {
    let candidates: BTreeMap<_, _> =
        services.iter().map(|service| (service.workload, service.candidates.len())).collect();
    let of_caller = |service: &&Service| {
        let calls = problem.calls_of(service.workload);
        calls.map(|(callee, _)| candidates.get(&callee).copied().unwrap_or(0)).sum::<usize>() * service.candidates.len()
    };
    services.iter().map(of_caller).sum()
}

/// The services with those of their candidates that are kept.
fn kept(services: &[&Service], is_kept: &[Vec<bool>]) -> Vec<Service> {
    let of_service = |(service, is_kept): (&&Service, &Vec<bool>)| {
        let mut service = (*service).clone();
        let mut kept = is_kept.iter();
        service.candidates.retain(|_| kept.next().copied().unwrap_or(true));
        service
    };
    services.iter().zip(is_kept).map(of_service).collect()
}

fn solve_reached(problem: &Problem, block: &Block, services: &[Service], effort: Effort) -> Ended {
    let services: Vec<&Service> = services.iter().collect();
    let flows = flows(problem, &services);
    let market = Market::of(problem, block, &services, &flows);
    let is_apart = apart::suit(&market) && !seats::suit(&services);
    let apart = if is_apart { apart::solve(problem, block, &market, effort) } else { None };
    let settled = apart.or_else(|| together(problem, block, &market, effort));
    let Some((first, bound)) = settled else { return Ended::Infeasible };
    let first = if is_apart { first.or_else(|| first_of(problem, block, &market, &bound, effort)) } else { first };
    let limit = first.as_ref().map(|first| first.cost);
    let cheaper = kept(&services, &affordable(&bound, limit));
    if let Some(first) = first.as_ref() {
        let is_enough = effort.accepts(first.cost, bound.least) || effort.program_work < LEAST_WORK;
        let is_loose = seats::suit(&services) || outlive_places(&services);
        let most_ways = if is_loose { MOST_WAYS_LOOSE } else { MOST_WAYS };
        if is_enough || ways(problem, &cheaper.iter().collect::<Vec<_>>()) > most_ways {
            return Ended::of(Found { bound: bound.least.min(first.cost), ..first.clone() }, effort);
        }
    }
    let second = solve_below(problem, block, &cheaper, effort, limit).restored(&cheaper, &services);
    // What is proven of everything that is affordable is proven of everything that is cheaper than the first placement.
    let (second, proven) = match second {
        Ended::Infeasible if first.is_none() => return Ended::Infeasible,
        Ended::Infeasible => (None, limit.unwrap_or(bound.least)),
        Ended::Undecided => (None, bound.least),
        Ended::Optimal(found) | Ended::Feasible(found) => (Some(found.clone()), found.bound),
    };
    let proven = proven.min(limit.unwrap_or(Femto::MAX)).max(bound.least);
    let best = first.into_iter().chain(second).min_by_key(|found| found.cost);
    best.map_or(Ended::Undecided, |best| Ended::of(Found { bound: proven.min(best.cost), ..best }, effort))
}

/// The best placement and bound found of services that share more than quotas, or none of these; `None` if some class can go nowhere.
fn together(
    problem: &Problem,
    block: &Block,
    market: &Market<'_>,
    effort: Effort<'_>,
) -> Option<(Option<Found>, Bound)> {
    let services = market.services;
    let seated = seats::suit(services).then(|| take_seats(problem, block, market, effort)).flatten();
    let mut plan = if seated.is_none() { descend(market, effort.interrupt) } else { None };
    let mut first = seated.or_else(|| plan.as_ref().and_then(|plan| state_plan(problem, block, plan)));
    if first.is_none() {
        first = search_most_used(problem, block, market, &market.bound(None, effort)?, effort);
    }
    let limit = first.as_ref().map(|first| first.cost);
    let mut bound = market.bound(limit, effort)?;
    let is_open =
        |cost: Femto, least: Femto| market.quotas.is_empty() && !(effort.is_draft || effort.accepts(cost, least));
    if let (Some(plan), Some(known)) = (plan.as_mut(), first.as_ref())
        && is_open(known.cost, bound.least)
    {
        shake_all(plan, &bound, effort);
        let shaken = state_plan(problem, block, plan).filter(|shaken| shaken.cost < known.cost);
        first = shaken.or(first);
    }
    let limit = first.as_ref().map(|first| first.cost);
    // What one application proves beyond its own tolerance is good for the others.
    let is_close = |cost: Femto| bound.least - (cost - bound.least) * (ENOUGH - 1);
    if let Some(cost) = limit.filter(|&cost| is_open(cost, is_close(cost))) {
        whole::raise(market, &mut bound, cost, effort);
    }
    Some((first, bound))
}

/// A first placement beside a bound, where there is none yet.
fn first_of(problem: &Problem, block: &Block, market: &Market<'_>, bound: &Bound, effort: Effort) -> Option<Found> {
    let plan = descend(market, effort.interrupt);
    let found = plan.and_then(|plan| state_plan(problem, block, &plan));
    found.or_else(|| search_most_used(problem, block, market, bound, effort))
}

/// The best placement over the regions that most is sent to.
fn search_most_used(
    problem: &Problem,
    block: &Block,
    market: &Market<'_>,
    bound: &Bound,
    effort: Effort,
) -> Option<Found> {
    let fewer = kept(market.services, &most_used(market.services, market.flows, bound));
    search(problem, block, market.services, &fewer, effort)
}

/// Routes of some services of a block.
struct Part<'p> {
    routes: &'p [Route],
    flows: &'p Flows,
    /// By service of the routes: its position in the block.
    positions: &'p [usize],
}

/// What the routes of a plan for a whole block say.
fn state_plan(problem: &Problem, block: &Block, plan: &Plan<'_>) -> Option<Found> {
    let positions: Vec<usize> = (0..plan.market.services.len()).collect();
    let part = Part { routes: &plan.routes, flows: plan.market.flows, positions: &positions };
    state(problem, block, plan.market.services, &[part], &[])
}

/// What routes say, judged by every rule of the block, on the machines that are cheapest at prices of quotas; `None` if some rule refuses it.
fn state(problem: &Problem, block: &Block, services: &[&Service], parts: &[Part<'_>], prices: &[i64]) -> Option<Found> {
    let mut in_use = in_use(services, parts);
    for (service, in_use) in services.iter().zip(&mut in_use) {
        keep_stand_ins(problem, service, in_use);
    }
    judged(problem, block, services, &kept(services, &in_use), &sent(&in_use, parts), prices)
}

/// Keeps the regions, and of every cloud those, that hold all that a service needs during a loss at the least cost, where it outlives any.
fn keep_stand_ins(problem: &Problem, service: &Service, is_kept: &mut [bool]) {
    if !service.survive.has_places() {
        return;
    }
    let holding_all = |candidate: &Candidate| candidate.curve.steps().last().map_or(Femto::MAX, |step| step.cost);
    let mut order: Vec<usize> = (0..service.candidates.len()).collect();
    order.sort_by_key(|&candidate| (holding_all(&service.candidates[candidate]), candidate));
    let cloud = |candidate: usize| &problem.regions[service.candidates[candidate].region.index()].key.cloud;
    let mut of_cloud: BTreeMap<&str, usize> = BTreeMap::new();
    for (rank, candidate) in order.into_iter().enumerate() {
        let before = of_cloud.entry(cloud(candidate)).or_default();
        is_kept[candidate] |= rank < STAND_INS || (service.survive.clouds > 0 && *before < STAND_INS);
        *before += 1;
    }
}

/// By service and candidate: whether routes lead there.
fn in_use(services: &[&Service], parts: &[Part<'_>]) -> Vec<Vec<bool>> {
    let mut in_use: Vec<Vec<bool>> = services.iter().map(|service| vec![false; service.candidates.len()]).collect();
    for part in parts {
        for load in part.routes.iter().flat_map(|route| &route.loads).filter(|load| load.rate > 0) {
            in_use[part.positions[load.service]][load.candidate] = true;
        }
    }
    in_use
}

/// What routes send among candidates that are kept.
fn sent(is_kept: &[Vec<bool>], parts: &[Part<'_>]) -> Sent {
    let position = |at: usize, candidate: usize| is_kept[at][..candidate].iter().filter(|kept| **kept).count();
    let mut sent = Sent::default();
    for part in parts {
        let of = |service: usize| part.positions[service];
        for route in part.routes {
            let class = &part.flows.classes[route.class];
            let service = of(class.service);
            sent.traffic.push((service, class.users[0], position(service, route.entry), route.rate));
            for calls in &route.calls {
                let own = of(calls.service);
                let called = of(part.flows.calls[calls.service][calls.call].callee);
                let (from, to) = (position(own, calls.from), position(called, calls.to));
                sent.calls.push(((own, calls.call), from, to, calls.rate));
            }
        }
    }
    sent
}

/// Everybody in one region, judged by every rule of the block; `None` if some rule refuses it.
fn take_seats(problem: &Problem, block: &Block, market: &Market<'_>, effort: Effort) -> Option<Found> {
    let hall = seats::Hall::of(market);
    let seats = hall.search(effort.interrupt)?;
    let is_kept =
        |at: usize| (0..market.services[at].candidates.len()).map(|candidate| candidate == seats[at]).collect();
    let is_kept: Vec<Vec<bool>> = (0..market.services.len()).map(is_kept).collect();
    let mut sent = Sent::default();
    sent.traffic.extend(market.flows.classes.iter().map(|class| (class.service, class.users[0], 0, class.rate)));
    for (service, made) in hall.made.iter().enumerate() {
        sent.calls.extend(made.iter().enumerate().map(|(call, &rate)| ((service, call), 0, 0, rate)));
    }
    judged(problem, block, market.services, &kept(market.services, &is_kept), &sent, &[])
}

/// What is sent among fewer candidates, with the machines that are cheapest at prices of quotas, if there are any; `None` if some rule of the block refuses it.
fn judged(
    problem: &Problem,
    block: &Block,
    services: &[&Service],
    few: &[Service],
    sent: &Sent,
    prices: &[i64],
) -> Option<Found> {
    let of_few: Vec<&Service> = few.iter().collect();
    let limited = limited(problem);
    let found = stated(problem, block, &of_few, sent, avoided(problem, &limited, prices))?;
    match Ended::Feasible(found).restored(few, services) {
        Ended::Feasible(found) => Some(found),
        Ended::Optimal(_) | Ended::Infeasible | Ended::Undecided => None,
    }
}

/// By candidate and step: what it takes of quotas, at prices of these, if there are any.
fn avoided<'a>(
    problem: &'a Problem,
    limited: &'a [&'a Quota],
    prices: &'a [i64],
) -> impl Fn(&Candidate, usize) -> Femto + 'a {
    move |candidate, step| {
        if prices.is_empty() { 0 } else { worth(prices, &taken(problem, limited, candidate, step)) }
    }
}

/// What costs less than `limit`; infeasible means that there is none.
fn solve_below(problem: &Problem, block: &Block, services: &[Service], effort: Effort, limit: Option<Femto>) -> Ended {
    if services.iter().any(|service| service.candidates.is_empty()) {
        return Ended::Infeasible;
    }
    let services: Vec<&Service> = services.iter().collect();
    let program = formulate::program(problem, block, &services);
    let Some(bound) = generate(&program, effort) else { return Ended::Infeasible };
    let (is_kept, is_all) = fewer(&program, &bound, limit);
    let candidates = kept(&services, &is_kept);
    drop(program);
    let rest: Vec<&Service> = candidates.iter().collect();
    let ended = if candidates.iter().any(|service| service.candidates.is_empty()) {
        Ended::Infeasible
    } else {
        program::solve_below(problem, block, &rest, sized(&rest, effort), limit)
    };
    match ended.restored(&candidates, &services) {
        ended if is_all => ended.map(|found| Found { bound: found.bound.max(bound.least).min(found.cost), ..found }),
        // Of what was left out only the relaxation is known.
        Ended::Infeasible | Ended::Undecided => Ended::Undecided,
        Ended::Optimal(found) | Ended::Feasible(found) => {
            Ended::of(Found { bound: bound.least.min(found.cost), ..found }, effort)
        }
    }
}

/// The best placement over fewer candidates, in positions of `services`' candidates.
fn search(problem: &Problem, block: &Block, services: &[&Service], fewer: &[Service], effort: Effort) -> Option<Found> {
    let few: Vec<&Service> = fewer.iter().collect();
    let ended = program::solve(problem, block, &few, sized(&few, effort));
    match ended.restored(fewer, services) {
        Ended::Optimal(found) | Ended::Feasible(found) => Some(found),
        Ended::Infeasible | Ended::Undecided => None,
    }
}

/// Effort with fewer nodes the more there is to decide.
fn sized<'a>(services: &[&Service], effort: Effort<'a>) -> Effort<'a> {
    let steps = |service: &&Service| service.candidates.iter().map(|it| it.curve.steps().len()).sum::<usize>();
    let columns = services.iter().map(steps).sum::<usize>().max(1);
    let nodes = i32::try_from(MOST_WORK / columns).unwrap_or(i32::MAX);
    Effort { branching_nodes: effort.branching_nodes.min(nodes), ..effort }
}

/// The regions that most of all services' load is sent to, and for every class of users and service whose requests reach none of them the one that most
/// is sent to.
fn most_used(services: &[&Service], flows: &Flows, bound: &Bound) -> Vec<Vec<bool>> {
    let mut by_region: BTreeMap<RegionId, f64> = BTreeMap::new();
    for (service, sent) in services.iter().zip(&bound.sent) {
        for (candidate, sent) in service.candidates.iter().zip(sent) {
            *by_region.entry(candidate.region).or_default() += sent;
        }
    }
    let mut order: Vec<(RegionId, f64)> = by_region.iter().map(|(&region, &sent)| (region, sent)).collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let mut chosen: BTreeSet<RegionId> = order.iter().take(FIRST_REGIONS).map(|(region, _)| *region).collect();
    for class in &flows.classes {
        for (at, service) in services.iter().enumerate().filter(|(at, _)| class.loads[*at] > 0) {
            let reached = service.candidates.iter().zip(&class.reached[at]).filter(|(_, is_reached)| **is_reached);
            let regions: Vec<RegionId> = reached.map(|(candidate, _)| candidate.region).collect();
            if !regions.iter().any(|region| chosen.contains(region)) {
                let most = |a: &&RegionId, b: &&RegionId| by_region[*a].total_cmp(&by_region[*b]).then(b.cmp(a));
                chosen.extend(regions.iter().max_by(most));
            }
        }
    }
    let is_chosen = |service: &&Service| -> Vec<bool> {
        let regions = || service.candidates.iter().map(|candidate| candidate.region);
        let is_any = regions().any(|region| chosen.contains(&region));
        regions().map(|region| !is_any || chosen.contains(&region)).collect()
    };
    services.iter().map(is_chosen).collect()
}

/// The candidates that something cheaper than `limit` can use.
fn affordable(bound: &Bound, limit: Option<Femto>) -> Vec<Vec<bool>> {
    let is_below = |lift: &Femto| limit.is_none_or(|limit| bound.least + lift < limit);
    let of_service = |lifts: &Vec<Femto>| lifts.iter().map(is_below).collect();
    bound.lift.iter().map(of_service).collect()
}

/// The candidates that something cheaper than `limit` can use, and whether these are all: of too many those are left out that lift the bound most.
fn fewer(program: &Program<'_>, bound: &formulate::Bound, limit: Option<Femto>) -> (Vec<Vec<bool>>, bool) {
    let lifted = |column: ColumnId| bound.reduced[column.index()].max(0);
    let is_below = |lift: Femto| limit.is_none_or(|limit| bound.least + lift < limit);
    // (lift of its best step, service, candidate, steps that can be used)
    let mut found: Vec<(Femto, usize, usize, usize)> = Vec::new();
    for (at, service) in program.services().enumerate() {
        for (position, candidate) in service.candidates.iter().enumerate() {
            // Whoever is there has its region opened.
            let opened = program.column(Decision::Open { region: candidate.region }).map_or(0, lifted);
            let in_use = program.in_use(at, position).map_or(0, lifted);
            let lifts = program.uses(at, position).map(|column| opened + in_use + lifted(column));
            let lifts = lifts.filter(|&lift| is_below(lift));
            let lifts: Vec<Femto> = lifts.collect();
            found.extend(lifts.iter().min().map(|&lift| (lift, at, position, lifts.len())));
        }
    }
    found.sort_unstable();
    let mut kept: Vec<Vec<bool>> = program.services().map(|service| vec![false; service.candidates.len()]).collect();
    let (mut steps, mut is_all) = (0, true);
    for (_, service, candidate, more) in found {
        steps += more;
        if steps > MOST_STEPS && kept[service].contains(&true) {
            is_all = false;
        } else {
            kept[service][candidate] = true;
        }
    }
    (kept, is_all)
}
