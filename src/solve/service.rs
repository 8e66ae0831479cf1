//! One service alone: clusters, parts, a first placement, an exact search; HiGHS where the search runs out of work.

use std::collections::BTreeMap;

use super::branch::{Searched, search};
use super::choice::{Choice, evaluate};
use super::flow::{Transport, cheapest};
use super::location::{self, Located};
use super::parts::{Part, parts};
use super::{Effort, Ended, Found, Share, Shares, compact, partition, rounding};
use crate::formulate::{Caps, Class, Clustered, Femto, Reach, Service};
use crate::model::Problem;

/// Where the search over whole replicas comes next, the one before it gets this part of its nodes.
const BEFORE_ROUNDING: u64 = 3;

/// A search over whole replicas that ends with a gap of a thousandth is not followed by others: they would take a hundred times as long for less.
const NEAR_MILLIONTHS: u32 = 1_000;

/// How the search for one service ended, over its candidates.
pub(super) struct Settled {
    pub(super) best: Option<Choice>,
    pub(super) bound: Femto,
    pub(super) is_infeasible: bool,
}

/// Solves a service that can be served.
pub(super) fn solve(problem: &Problem, service: &Service, effort: Effort) -> Ended {
    let settled = match Clustered::of(service) {
        Some(clustered) => {
            let settled = settle_parts(&clustered.service, effort);
            Settled { best: settled.best.map(|choice| members(service, &clustered, &choice)), ..settled }
        }
        None => settle_parts(service, effort),
    };
    ended(problem, service, settled, effort)
}

/// Solves a service of which not every region can carry everything. Its regions are no clusters, whose members could.
pub(super) fn solve_limited(problem: &Problem, service: &Service, effort: Effort) -> Ended {
    ended(problem, service, settle(service, effort), effort)
}

fn ended(problem: &Problem, service: &Service, settled: Settled, effort: Effort) -> Ended {
    match settled.best {
        Some(best) => Ended::of(found(problem, service, &best, settled.bound), effort),
        None if settled.is_infeasible => Ended::Infeasible,
        None => Ended::Undecided,
    }
}

/// Settles the parts of a service that share nothing one by one.
fn settle_parts(service: &Service, effort: Effort) -> Settled {
    let Some(parts) = parts(service) else { return settle(service, effort) };
    let mut chosen: Vec<(usize, u64)> = Vec::with_capacity(parts.len());
    let (mut cost, mut bound) = (0, 0);
    for Part { service: part, positions } in &parts {
        let settled = settle(part, effort);
        let Some(best) = settled.best else { return settled };
        chosen.extend(best.candidates.iter().map(|&position| positions[position]).zip(best.loads));
        cost += best.cost;
        bound += settled.bound;
    }
    chosen.sort_unstable();
    let (candidates, loads) = chosen.into_iter().unzip();
    Settled { best: Some(Choice { candidates, loads, cost }), bound, is_infeasible: false }
}

fn settle(service: &Service, effort: Effort) -> Settled {
    let classes = service.classes();
    if location::is_suited(service, &classes, effort) {
        let Located { best, bound, is_complete, .. } = location::search(service, &classes, effort);
        let is_infeasible = best.is_none() && is_complete;
        return Settled { best, bound, is_infeasible };
    }
    let start = first_choice(service, &classes).into_iter().chain(partition::cheapest(service, &classes));
    let start = start.min_by_key(|choice| choice.cost);
    // Exactly, if that takes little work; else within the tolerance, starting from what was found.
    let is_rounding = rounding::is_suited(service, &classes);
    let nodes = if is_rounding { effort.exact_work / BEFORE_ROUNDING } else { effort.exact_work };
    let exact = search(service, &classes, start, 0, nodes, effort.interrupt);
    if exact.is_complete {
        return settled(exact);
    }
    let tolerance = effort.tolerance.0;
    let by_replicas = exact.best.as_ref().filter(|_| is_rounding).and_then(|start| {
        rounding::search(service, &classes, start, tolerance, effort.rounding_work, effort.interrupt)
    });
    let (best, proven) = match by_replicas {
        Some(searched) if is_near(&searched, tolerance) => return settled(searched),
        Some(searched) => (searched.best, searched.bound),
        None => (exact.best, exact.bound),
    };
    let searched = search(service, &classes, best, tolerance, effort.search_work, effort.interrupt);
    if searched.is_complete {
        settled(searched)
    } else if effort.branching_nodes == 0 {
        settled(Searched { bound: searched.bound.max(proven), ..searched })
    } else {
        compact::settle(service, &classes, searched.best, searched.bound.max(proven), effort)
    }
}

fn settled(Searched { best, bound, is_complete }: Searched) -> Settled {
    Settled { is_infeasible: best.is_none() && is_complete, best, bound }
}

/// Whether a search has ended, or so near to it that what other searches could add is not worth their time.
fn is_near(searched: &Searched, tolerance: u32) -> bool {
    let millionths = Femto::from(tolerance.max(NEAR_MILLIONTHS));
    let is_within = |best: &Choice| best.cost - searched.bound <= best.cost / 1_000_000 * millionths;
    searched.is_complete || searched.best.as_ref().is_some_and(is_within)
}

/// A choice of clusters as a choice of their members.
fn members(service: &Service, clustered: &Clustered, choice: &Choice) -> Choice {
    let split = |(&cluster, &load): (&usize, &u64)| clustered.split(cluster, load);
    let mut shares: Vec<(usize, u64)> = choice.candidates.iter().zip(&choice.loads).flat_map(split).collect();
    shares.sort_unstable();
    // Members answer alike, so traffic costs what it did.
    let of_clusters: Femto = choice
        .candidates
        .iter()
        .zip(&choice.loads)
        .map(|(&cluster, &load)| clustered.service.candidates[cluster].curve.cost(load))
        .sum();
    let of_members: Femto =
        shares.iter().map(|&(candidate, load)| service.candidates[candidate].curve.cost(load)).sum();
    let (candidates, loads) = shares.into_iter().unzip();
    Choice { candidates, loads, cost: choice.cost - of_clusters + of_members }
}

/// A good first placement by rule of thumb: the cheapest single region, or regions added greedily until everybody is answered, those that
/// answer most demand per cost first.
pub(super) fn first_choice(service: &Service, classes: &[Class]) -> Option<Choice> {
    let demand: Vec<u64> = classes.iter().map(|class| class.rate).collect();
    let everything = |candidates: &[usize]| {
        let mut chosen: Vec<(usize, u64)> =
            candidates.iter().map(|&candidate| (candidate, service.candidates[candidate].curve.most())).collect();
        chosen.sort_unstable();
        evaluate(service, classes, &demand, &chosen)
    };
    let limit = service.max_regions.min(service.candidates.len());
    let mut best: Option<Choice> = None;
    let mut chosen: Vec<usize> = Vec::new();
    let mut answered = vec![false; classes.len()];
    while chosen.len() < limit {
        let next = (0..service.candidates.len()).filter(|candidate| !chosen.contains(candidate)).max_by(|&a, &b| {
            let (gain_a, cost_a) = gain(service, classes, &answered, a);
            let (gain_b, cost_b) = gain(service, classes, &answered, b);
            // More demand per cost wins; then the earlier candidate.
            (i128::from(gain_a) * cost_b).cmp(&(i128::from(gain_b) * cost_a)).then(b.cmp(&a))
        });
        let Some(next) = next else { break };
        chosen.push(next);
        for (class, answered) in classes.iter().zip(&mut answered) {
            *answered |= class.reach[next] == Reach::InTime;
        }
        if chosen.len() >= service.min_regions
            && let Some(choice) = everything(&chosen)
        {
            best = Some(choice);
            break;
        }
    }
    if service.min_regions <= 1 {
        for candidate in 0..service.candidates.len() {
            if let Some(choice) = everything(&[candidate])
                && best.as_ref().is_none_or(|best| choice.cost < best.cost)
            {
                best = Some(choice);
            }
        }
    }
    best
}

/// Demand that a candidate would answer in time and nobody chosen does yet, and what carrying it there costs (at least 1).
fn gain(service: &Service, classes: &[Class], answered: &[bool], candidate: usize) -> (u64, Femto) {
    let (mut gained, mut sent) = (0, 0);
    for (class, _) in classes.iter().zip(answered).filter(|(_, answered)| !**answered) {
        if class.reach[candidate] == Reach::InTime {
            gained += class.rate;
            sent += class.cost[candidate] * i128::from(class.rate);
        }
    }
    (gained, (service.candidates[candidate].curve.cost(gained) + sent).max(1))
}

/// The values of a choice: traffic split again by user group, nearest first where that costs nothing.
pub(super) fn found(problem: &Problem, service: &Service, choice: &Choice, bound: Femto) -> Found {
    let shares = shares(problem, service, choice);
    Found { shares: vec![shares], cost: choice.cost, bound: bound.min(choice.cost) }
}

/// Splits the loads of a choice by user group. The split exists, because the classes' does; its cost is not above the choice's, because no
/// region carries more.
pub(super) fn shares(problem: &Problem, service: &Service, choice: &Choice) -> Shares {
    let demand: Vec<u64> = service.demand.iter().map(|demand| demand.rate.0).collect();
    let candidate = |position: usize| &service.candidates[choice.candidates[position]];
    let regions = 0..choice.candidates.len();
    let pairs = || (0..demand.len()).flat_map(|group| regions.clone().map(move |region| (group, region)));
    let reach: Vec<Reach> = pairs().map(|(group, region)| candidate(region).reach[group]).collect();
    let round_trip = |group: usize, region: usize| {
        problem.rtt.get(service.demand[group].user, candidate(region).region).map_or(u32::MAX, |rtt| rtt.round_trip.0)
    };
    let distance: Vec<u32> = pairs().map(|(group, region)| round_trip(group, region)).collect();
    let cost: Vec<Femto> = pairs().map(|(group, region)| candidate(region).traffic[group]).collect();
    let transport = Transport {
        demand: &demand,
        capacity: &choice.loads,
        reach: &reach,
        cost: &cost,
        distance: &distance,
        late_allowance: service.late_allowance,
    };
    let traffic = cheapest(&transport).unwrap_or_default();
    regions
        .map(|region| {
            let sent =
                |(group, row): (usize, &Vec<u64>)| (row[region] > 0).then(|| (service.demand[group].user, row[region]));
            let traffic: BTreeMap<_, _> = traffic.iter().enumerate().filter_map(sent).collect();
            let carried = traffic.values().sum();
            Share {
                called: 0,
                candidate: choice.candidates[region],
                carried,
                of_type: None,
                machines: Vec::new(),
                sets: Vec::new(),
                held: 0,
                traffic,
                calls: BTreeMap::new(),
                caps: Caps::new(),
            }
        })
        .collect()
}
