//! A service that outlives regions or clouds while its demand changes, or whose user groups rise and fall apart under other rules than `plan` knows, with too many regions and hours
//! for one program.
//!
//! An hour by itself is a service that outlives them with the demand of that hour, and what that costs is a bound (`hours`). What each hour would do says which regions
//! matter, of which types their machines are and where requests go; so does an hour in which everybody asks for most. Each of these is tried for all hours. Then
//! the hours have nothing in common any more, and each buys the least ([`Hold`]):
//!
//! > minimise    sum over r of price(r) × n(r)
//! > subject to  sum over r outside L that stand in for some of U of h(r) × n(r) >= d(U, t)     for every set L of regions that may be lost, and U of user groups
//! >             n(r) >= machines that carry what is sent to r in t
//!
//! in whole machines. Sets U are added as a minimum cut finds them short. At last a region changes its type, is left out, added or put in the place of another, or a part of some requests
//! goes elsewhere, as long as that saves something (`moves`).

mod hold;
mod moves;

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::{Ground, Hour, different, divided, idle, times};
use crate::formulate::{Block, Curve, Femto, Mix, Reach, Service, reduce_alone, subsets};
use crate::model::{Demand, Problem, Survival, UserId, Workload};
use crate::solve::{Effort, Ended, Found, Share, machines, program};
use hold::Hold;

/// Rounds in which a region may change its type, or a part of some requests its way.
const MOST_ROUNDS: usize = 20;

/// What a region does at all hours.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Stand {
    candidate: usize,
    /// The position of its type among the fits of the curve.
    fit: usize,
    /// Part of its largest rate that it answers of each user group, in milli-rps.
    sent: BTreeMap<UserId, u64>,
}

/// What all placements have in common.
struct Scene<'a> {
    problem: &'a Problem,
    workload: &'a Workload,
    service: &'a Service,
    curves: &'a [Curve],
    /// Times that differ: part of its rate that each user group asks for, by position in the demand, and how many hours are paid for.
    times: Vec<Hour>,
    /// By period of the calendar: its position among the times.
    of_calendar: Vec<usize>,
    all: Femto,
}

/// What regions do, and what they hold at each time.
struct Plan {
    stands: Vec<Stand>,
    /// By time and stand, in replicas.
    held: Vec<Vec<u64>>,
    cost: Femto,
}

/// Solves a service alone that outlives regions or clouds; `None` if nothing is found.
pub(super) fn solve(problem: &Problem, block: &Block, service: &Service, effort: Effort<'_>) -> Option<Ended> {
    let workload = &problem.workloads[service.workload.index()];
    let hours = different(workload);
    let ground = Ground::of(workload, service, &hours)?;
    let most = Hour { shares: vec![1_000_000; workload.demand.len()], paid: 0 };
    let alone: Vec<(Femto, Option<Vec<Stand>>)> =
        hours.par_iter().chain([&most]).map(|hour| alone(problem, block, (&ground, workload, hour), effort)).collect();
    let paid = hours.iter().zip(&alone).map(|(hour, (least, _))| hour.paid * least);
    let bound = paid.sum::<Femto>().div_euclid(ground.all);
    let scene = Scene::of(problem, workload, service, &ground);
    let alone: Vec<Vec<Stand>> = alone.into_iter().filter_map(|(_, stands)| scene.whole(stands?)).collect();
    let mean = mean(&alone);
    let known: BTreeSet<(usize, usize)> = alone.iter().flatten().map(|stand| (stand.candidate, stand.fit)).collect();
    let ways: BTreeSet<Vec<Stand>> = alone.iter().flat_map(|stands| scene.routed(stands, &mean)).collect();
    let mut best = scene.best(ways.into_iter().collect())?;
    for _ in 0..MOST_ROUNDS {
        let ways =
            [scene.with_other_types(&best), scene.with_other_routes(&best), scene.with_other_regions(&best, &known)];
        let better = scene.best(ways.concat());
        let Some(better) = better.filter(|better| better.cost < best.cost) else { break };
        best = better;
        if effort.interrupt.is_raised() {
            break;
        }
    }
    let found = Found { cost: best.cost, bound: bound.min(best.cost), shares: vec![scene.shares(&best)] };
    Some(Ended::of(found, effort))
}

/// What an hour costs by itself at least, and what regions do then, where that is found.
fn alone(
    problem: &Problem,
    block: &Block,
    (ground, workload, hour): (&Ground<'_>, &Workload, &Hour),
    effort: Effort<'_>,
) -> (Femto, Option<Vec<Stand>>) {
    let mut alone = ground.in_hour(workload, hour);
    if alone.demand.is_empty() {
        return (0, None);
    }
    reduce_alone(&mut alone);
    let in_haste = Effort { tolerance: effort.tolerance.max(super::NEAR), ..effort };
    let (Ended::Optimal(found) | Ended::Feasible(found)) = program::solve(problem, block, &[&alone], in_haste) else {
        return (0, None);
    };
    let stand = |share: Share| {
        let at = &alone.candidates[share.candidate];
        let place = at.place();
        let candidate = ground.service.candidates.partition_point(|candidate| candidate.place() < place);
        let cheapest = || {
            let costs =
                (0..at.curve.fits().len()).map(|fit| at.curve.cost_of_type(fit, share.carried, share.held.max(1)));
            costs.enumerate().min_by_key(|&(_, cost)| cost).map_or(0, |(fit, _)| fit)
        };
        Stand { candidate, fit: share.of_type.unwrap_or_else(cheapest), sent: share.traffic }
    };
    (found.bound, found.shares.into_iter().next().map(|shares| shares.into_iter().map(stand).collect()))
}

/// What each region answers of each user group over some placements together.
fn mean(placements: &[Vec<Stand>]) -> BTreeMap<(usize, UserId), u64> {
    let mut sent: BTreeMap<(usize, UserId), u64> = BTreeMap::new();
    for stand in placements.iter().flatten() {
        for (&user, &rate) in &stand.sent {
            let of_way = sent.entry((stand.candidate, user)).or_default();
            *of_way = of_way.saturating_add(rate);
        }
    }
    sent
}

impl<'a> Scene<'a> {
    fn of(problem: &'a Problem, workload: &'a Workload, service: &'a Service, ground: &'a Ground<'_>) -> Self {
        let (times, of_calendar) = times(workload);
        Self { problem, workload, service, curves: &ground.curves, times, of_calendar, all: ground.all }
    }

    /// What regions do in one hour, for whole rates; `None` if somebody does not ask then whom none of them answers.
    fn whole(&self, mut stands: Vec<Stand>) -> Option<Vec<Stand>> {
        for (position, demand) in self.workload.demand.iter().enumerate() {
            let parts: Vec<u128> =
                stands.iter().map(|stand| u128::from(stand.sent.get(&demand.user).copied().unwrap_or(0))).collect();
            let sent = divided(demand.rate.0, &parts);
            let sent = if sent.is_some() { sent } else { self.nearest(&stands, position) };
            for (stand, sent) in stands.iter_mut().zip(sent?) {
                stand.sent.insert(demand.user, sent);
            }
        }
        for stand in &mut stands {
            stand.sent.retain(|_, sent| *sent > 0);
        }
        Some(stands)
    }

    /// All of a user group's rate where it is nearest; `None` if none of the regions answers it.
    fn nearest(&self, stands: &[Stand], position: usize) -> Option<Vec<u64>> {
        let demand = self.workload.demand[position];
        let at = |stand: usize| &self.service.candidates[stands[stand].candidate];
        let distance = |&stand: &usize| self.problem.rtt.get(demand.user, at(stand).region).map(|rtt| rtt.round_trip);
        let answers = |&stand: &usize| at(stand).reach[position] != Reach::No;
        let nearest = (0..stands.len()).filter(answers).min_by_key(distance)?;
        Some((0..stands.len()).map(|stand| if stand == nearest { demand.rate.0 } else { 0 }).collect())
    }

    /// The least that these regions hold at every time; `None` if they cannot outlive what may be lost.
    fn plan(&self, stands: Vec<Stand>) -> Option<Plan> {
        if !self.may_stand(&stands) {
            return None;
        }
        let position = |demand: usize| stands.iter().map(move |stand| (stand.candidate, demand));
        let stands_in = |(candidate, demand): (usize, usize)| {
            self.service.candidates[candidate].stands_in.get(demand) == Some(&true)
        };
        let by: Vec<Vec<bool>> =
            (0..self.workload.demand.len()).map(|demand| position(demand).map(stands_in).collect()).collect();
        let losses = self.losses(&stands);
        let held: Option<Vec<Vec<u64>>> =
            self.times.iter().map(|time| self.hold(&stands, time, (&by, &losses)).least()).collect();
        let held = held?;
        let of_time = |(time, held): (&Hour, &Vec<u64>)| -> Femto {
            let of_stand = |(stand, &held): (&Stand, &u64)| {
                self.curves[stand.candidate].cost_of_type(stand.fit, self.load(stand, time), held)
            };
            stands.iter().zip(held).map(of_stand).sum::<Femto>() * time.paid
        };
        let machines = self.times.iter().zip(&held).map(of_time).sum::<Femto>() / self.all;
        let traffic: Femto =
            stands.iter().map(|stand| self.service.cost_of_traffic(stand.candidate, &stand.sent)).sum();
        Some(Plan { cost: machines + traffic, stands, held })
    }

    /// Whether so many regions may be used, and what each answers is neither too much nor too late.
    fn may_stand(&self, stands: &[Stand]) -> bool {
        let service = self.service;
        let at = |stand: &Stand| &service.candidates[stand.candidate];
        let in_reach = stands.iter().filter(|stand| at(stand).is_in_reach()).count();
        let is_within = |sent: u64, most: Option<u64>| most.is_none_or(|most| sent <= most);
        let mut by_cloud: BTreeMap<&str, u64> = BTreeMap::new();
        let (mut late, mut are_few) = (0, true);
        for stand in stands {
            let sent: u64 = stand.sent.values().sum();
            *by_cloud.entry(&self.problem.regions[at(stand).region.index()].key.cloud).or_default() += sent;
            are_few &= is_within(sent, service.most_in_region);
            for (demand, &reach) in service.demand.iter().zip(&at(stand).reach) {
                let sent = stand.sent.get(&demand.user).copied().unwrap_or(0);
                late += if reach == Reach::Late { sent } else { 0 };
                are_few &= !service.is_single_routed || sent == 0 || sent == demand.rate.0;
            }
        }
        are_few
            && in_reach >= service.min_regions
            && stands.len() <= service.max_regions
            && late <= service.late_allowance
            && by_cloud.into_values().all(|sent| is_within(sent, service.most_in_cloud))
    }

    /// What a region carries at a time.
    fn load(&self, stand: &Stand, time: &Hour) -> u64 {
        let of_user = |(demand, &share): (&Demand, &u32)| {
            u128::from(stand.sent.get(&demand.user).copied().unwrap_or(0)) * u128::from(share)
        };
        let asked: u128 = self.workload.demand.iter().zip(&time.shares).map(of_user).sum();
        u64::try_from(asked.div_ceil(1_000_000)).unwrap_or(u64::MAX)
    }

    fn hold<'s>(&self, stands: &[Stand], time: &Hour, (by, losses): (&'s [Vec<bool>], &'s [Vec<bool>])) -> Hold<'s> {
        let machines = |stand: &Stand| {
            let curve = &self.curves[stand.candidate];
            let fit = &curve.fits()[stand.fit];
            (curve.instances(fit, self.load(stand, time), 0), fit.replicas, fit.cost)
        };
        let demand = self.workload.demand.iter().zip(&time.shares).map(|(demand, &share)| demand.rate_at(share));
        Hold {
            machines: stands.iter().map(machines).collect(),
            demand: demand.collect(),
            by,
            losses,
            rate: self.service.degraded_rate,
        }
    }

    /// Every set of regions, and every set of clouds, that may be lost: which stands are left.
    fn losses(&self, stands: &[Stand]) -> Vec<Vec<bool>> {
        let region = |stand: &Stand| self.service.candidates[stand.candidate].region;
        let mut clouds: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (at, stand) in stands.iter().enumerate() {
            clouds.entry(&self.problem.regions[region(stand).index()].key.cloud).or_default().push(at);
        }
        let regions: Vec<Vec<usize>> = (0..stands.len()).map(|at| vec![at]).collect();
        let clouds: Vec<Vec<usize>> = clouds.into_values().collect();
        let Survival { regions: lost, clouds: lost_clouds, .. } = self.service.survive;
        let mut left: BTreeSet<Vec<bool>> = BTreeSet::new();
        for (domains, lost) in [(regions, lost), (clouds, lost_clouds)].into_iter().filter(|(_, lost)| *lost > 0) {
            subsets(domains.len(), domains.len().min(lost as usize), &mut |chosen| {
                let is_left = |at: usize| !chosen.iter().any(|&domain| domains[domain].contains(&at));
                left.insert((0..stands.len()).map(is_left).collect());
            });
        }
        left.into_iter().collect()
    }

    /// The cheapest of some placements, if any can be.
    fn best(&self, ways: Vec<Vec<Stand>>) -> Option<Plan> {
        let plans: Vec<Plan> = ways.into_par_iter().filter_map(|stands| self.plan(stands)).collect();
        plans.into_iter().min_by_key(|plan| plan.cost)
    }

    /// What a plan does in each region.
    fn shares(&self, plan: &Plan) -> Vec<Share> {
        let share = |(at, stand): (usize, &Stand)| {
            let candidate = &self.service.candidates[stand.candidate];
            let curve = &self.curves[stand.candidate];
            let fit = &curve.fits()[stand.fit];
            let mix =
                |&time: &usize| curve.machines_holding(fit, self.load(stand, &self.times[time]), plan.held[time][at]);
            let mixes: Vec<Mix> = self.of_calendar.iter().map(mix).collect();
            let zones = self.problem.regions[candidate.region.index()].zones.len();
            Share {
                sets: machines(fit, &[], &mixes, zones),
                traffic: stand.sent.clone(),
                ..idle(stand.candidate, stand.sent.values().sum())
            }
        };
        plan.stands.iter().enumerate().map(share).collect()
    }
}
