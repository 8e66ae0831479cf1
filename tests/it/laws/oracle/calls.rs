//! Tries every split of every user group and of every group's calls, caller after caller.
//!
//! What callers leave behind is all that those they call depend on: the load of each region, what is left of any limit on paths there, and the regions
//! in use. Of all ways to leave the same behind the cheapest is kept, so that three regions are enumerated in no time. Where something outlives regions or
//! clouds, what callers make in each region is left behind too.

use std::collections::BTreeMap;

use stowage::model::{Call, Problem, RegionId, Workload, WorkloadId};

use super::super::functions;
use super::{
    Machines, are_known, are_of_use, cheapest_machines, clouds, egress, is_in_time, is_routed, latency,
    machines_over_time, may_be_used, mean, moves, parts, splits,
};
use super::{loss, survival};

/// What some workloads leave behind for the others, by workload and region.
#[derive(Clone, Debug)]
struct Left {
    /// Calls that arrive; of the workload being decided on, its whole load.
    loads: Vec<Vec<u64>>,
    /// Where user groups rise and fall apart, the same in every period; else empty.
    asked: Vec<Vec<Vec<u64>>>,
    /// The least that is left of a limit on paths, in microseconds; `None` if no request that arrives is limited.
    limits: Vec<Vec<Option<u32>>>,
    /// Regions in use, a bit for each.
    used: usize,
    /// Environments of functions that run in each region, where these are limited.
    running: Vec<u64>,
    /// Committed machines that run anywhere.
    committed: u64,
    /// Calls made in each region, by caller and callee, as far as a loss makes a difference to them.
    made: BTreeMap<(usize, usize), Vec<u64>>,
}

/// Machines and a function that carry a load in one region: cost, environments, and committed machines.
type Means = Vec<(i128, u64, u64)>;

/// Everything that may be left behind, by its bytes, with the least it costs.
type States = BTreeMap<Vec<u8>, (Left, i128)>;

impl Left {
    /// The same bytes for the same numbers. Bytes are compared at once, numbers in nested lists one by one: half of all time in a build without optimization.
    fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(512);
        let mut add = |numbers: &[u64]| {
            for number in numbers {
                bytes.extend_from_slice(&number.to_ne_bytes());
            }
        };
        self.loads.iter().for_each(|loads| add(loads));
        self.asked.iter().flatten().for_each(|asked| add(asked));
        for limit in self.limits.iter().flatten() {
            add(&[limit.map_or(u64::MAX, u64::from)]);
        }
        add(&self.running);
        add(&[self.used as u64, self.committed]);
        // All states have calls of the same callers here.
        self.made.values().for_each(|made| add(made));
        bytes
    }
}

/// The least cost of a problem whose workloads call each other, each in any number of regions; no commitments of what outlives regions.
pub(in super::super) fn least_cost_with_calls(problem: &Problem) -> Option<i128> {
    let regions = problem.regions.len();
    let of_all = problem.workloads.len();
    let nothing = Left {
        loads: vec![vec![0; regions]; of_all],
        asked: (0..of_all).map(|at| vec![vec![0; periods_apart(&problem.workloads[at])]; regions]).collect(),
        limits: vec![vec![None; regions]; of_all],
        used: 0,
        running: vec![0; regions],
        committed: 0,
        made: BTreeMap::new(),
    };
    let mut states = States::new();
    keep(&mut states, nothing, 0);
    for workload in problem.callers_first() {
        states = entered(problem, workload.index(), &states);
        for call in &problem.workloads[workload.index()].calls {
            for from in 0..regions {
                states = called(problem, workload.index(), from, call, &states);
            }
        }
        states = without(workload.index(), states);
    }
    let of_state = |(left, cost): (Left, i128)| {
        let is_within = problem.limits.max_regions.is_none_or(|most| left.used.count_ones() <= most)
            && problem.limits.max_clouds.is_none_or(|most| clouds(problem, left.used) <= most as usize);
        let used = (0..regions).filter(|region| left.used & (1 << region) != 0);
        let fixed: i128 = used.map(|region| problem.regions[region].fixed_monthly.micros() * 1_000_000_000).sum();
        is_within.then_some(cost + fixed)
    };
    states.into_values().filter_map(of_state).min()
}

fn keep(states: &mut States, left: Left, cost: i128) {
    let known = states.entry(left.bytes()).or_insert((left, cost));
    known.1 = cost.min(known.1);
}

/// Every split of a workload's users, with the machines that carry them and the calls that arrive.
fn entered(problem: &Problem, number: usize, states: &States) -> States {
    let workload = &problem.workloads[number];
    let regions = problem.regions.len();
    let mut all = Vec::new();
    splits(workload, regions, &mut Vec::new(), &mut |split| all.push(split.to_vec()));
    all.retain(|split| is_in_time(problem, workload, split) && is_routed(problem, workload, split));
    if workload.survive.has_places() {
        return standing_by(problem, number, &all, states);
    }
    let mut means: BTreeMap<(usize, u64, Vec<u64>), Means> = BTreeMap::new();
    let mut next = States::new();
    for (before, cost) in states.values() {
        let is_called = before.loads[number].iter().any(|&load| load > 0);
        for split in &all {
            let mut left = before.clone();
            let mut paid = latency_of(problem, workload, split).map(|latency| cost + latency);
            // Every choice of machines and functions in the regions in use: what it costs, what is committed, and what runs of functions.
            let mut chosen: Vec<(i128, u64)> = vec![(0, before.committed)];
            let mut runs: Vec<Vec<u64>> = vec![before.running.clone()];
            let most_committed = problem.commitments.first().map_or(0, |commitment| u64::from(commitment.quantity));
            for region in 0..regions {
                left.loads[number][region] += split.iter().map(|row| row[region]).sum::<u64>();
                let load = left.loads[number][region];
                if load > 0 {
                    left.used |= 1 << region;
                    let asked = &mut left.asked[number][region];
                    for (period, asked) in asked.iter_mut().enumerate() {
                        *asked += asked_by_users(workload, split, region, period).div_ceil(1_000_000);
                    }
                    let here = means.entry((region, load, asked.clone()));
                    let here = here.or_insert_with_key(|(_, _, asked)| carrying(problem, number, region, load, asked));
                    let (mut costs, mut running) = (Vec::new(), Vec::new());
                    for ((cost, committed), runs) in chosen.iter().zip(&runs) {
                        for &(more, environments, base) in here.iter() {
                            let mut runs = runs.clone();
                            runs[region] += environments;
                            let may_run =
                                problem.regions[region].max_environments.is_none_or(|most| runs[region] <= most);
                            if may_run && committed + base <= most_committed {
                                costs.push((cost + more, committed + base));
                                running.push(runs);
                            }
                        }
                    }
                    (chosen, runs) = (costs, running);
                    let sent = egress_of(problem, workload, region, split);
                    paid = paid.and_then(|paid| Some(paid + sent?));
                }
            }
            let here: Vec<usize> = (0..regions).filter(|&region| left.loads[number][region] > 0).collect();
            let used = here.iter().map(|region| 1 << region).sum();
            let is_of_use = are_known(problem, workload, used) && (is_called || are_of_use(problem, workload, used));
            let is_few = workload.max_regions.is_none_or(|most| here.len() <= most as usize);
            let is_few = is_few && (workload.state.is_none() || here.len() <= 1);
            let Some(paid) = paid.filter(|_| is_of_use && is_few) else { continue };
            if limit_entries(problem, number, split, &mut left.limits[number]) {
                for ((more, committed), running) in chosen.into_iter().zip(runs) {
                    keep(&mut next, Left { running, committed, ..left.clone() }, paid + more);
                }
            }
        }
    }
    next
}

/// The same for a workload that outlives regions or clouds: every set of regions with every number of machines in each.
fn standing_by(problem: &Problem, number: usize, splits: &[Vec<Vec<u64>>], states: &States) -> States {
    let workload = &problem.workloads[number];
    let regions = problem.regions.len();
    let most = loss::most_asked(problem, number);
    let mut machines: BTreeMap<(usize, u64), Vec<Machines>> = BTreeMap::new();
    let mut next = States::new();
    for (before, cost) in states.values() {
        for split in splits {
            let mut left = before.clone();
            let mut paid = latency(problem, workload, split).map(|latency| cost + latency);
            for region in 0..regions {
                let asked: u64 = split.iter().map(|row| row[region]).sum();
                left.loads[number][region] += asked;
                let sent = if asked > 0 { egress(problem, workload, region, asked) } else { Some(0) };
                paid = paid.and_then(|paid| Some(paid + sent?));
            }
            // Where nothing is sent the price has to be known all the same.
            let is_priced = |at: &usize| egress(problem, workload, *at, 0).is_some();
            let Some(paid) = paid.filter(|_| limit_entries(problem, number, split, &mut left.limits[number])) else {
                continue;
            };
            let loads = left.loads[number].clone();
            let carrying: usize = (0..regions).filter(|&at| loads[at] > 0).map(|at| 1 << at).sum();
            for used in (1..1_usize << regions).filter(|used| used & carrying == carrying) {
                let here: Vec<usize> = (0..regions).filter(|at| used & (1 << at) != 0).collect();
                let is_few = workload.max_regions.is_none_or(|most| here.len() <= most as usize);
                let is_called = problem.is_called(WorkloadId::at(number));
                let is_of_use =
                    are_known(problem, workload, used) && (is_called || are_of_use(problem, workload, used));
                if !is_few || !is_of_use || !here.iter().all(is_priced) {
                    continue;
                }
                for &at in &here {
                    machines.entry((at, loads[at])).or_insert_with(|| {
                        survival::machines(problem, workload, &problem.regions[at], loads[at], most)
                    });
                }
                let options: Vec<_> = here.iter().map(|&at| (at, &machines[&(at, loads[at])])).collect();
                let is_enough = |held: &[u64]| loss::outlives(problem, number, (&here, held), &before.made);
                if let Some(chosen) = survival::cheapest(problem, workload, &options, &is_enough) {
                    let bought: i128 = chosen.iter().map(|machines| machines.0).sum();
                    keep(&mut next, Left { used: left.used | used, ..left.clone() }, paid + bought);
                }
            }
        }
    }
    next
}

/// Every division of a load between machines and one function of a region; of those that run as many environments and committed machines the cheapest.
fn carrying(problem: &Problem, number: usize, region: usize, load: u64, asked: &[u64]) -> Means {
    let (workload, place) = (&problem.workloads[number], &problem.regions[region]);
    if !asked.is_empty() {
        let machines = machines_over_time(problem, workload, place, asked, 0);
        return machines.map(|machines| (machines.0, 0, 0)).into_iter().collect();
    }
    let most = problem.commitments.first().map_or(0, |commitment| u64::from(commitment.quantity));
    let mut best: BTreeMap<(u64, u64), i128> = BTreeMap::new();
    for (answered, committed) in (0..=load).flat_map(|answered| (0..=most).map(move |committed| (answered, committed)))
    {
        let rest = load - answered;
        let machines = if rest == 0 {
            (committed == 0).then_some(0)
        } else {
            let found = cheapest_machines(problem, workload, place, rest, committed);
            let found = found.filter(|_| workload.runs_on_machines);
            found.map(|machines| machines.0 + moves(problem, workload, place, rest))
        };
        let ways = if answered == 0 {
            vec![(0, 0)]
        } else if !may_be_used(workload, place) {
            Vec::new()
        } else {
            let ways = functions::as_function(problem, workload, region, answered);
            ways.into_iter().map(|way| (way.cost, way.environments)).collect()
        };
        for (cost, environments) in ways {
            let counted = if place.max_environments.is_some() { environments } else { 0 };
            if let Some(machines) = machines {
                let known = best.entry((counted, committed)).or_insert(cost + machines);
                *known = (cost + machines).min(*known);
            }
        }
    }
    best.into_iter().map(|((environments, committed), cost)| (cost, environments, committed)).collect()
}

/// What the workload's own limit leaves of requests where they enter; false if that is less than nothing.
fn limit_entries(problem: &Problem, number: usize, split: &[Vec<u64>], limits: &mut [Option<u32>]) -> bool {
    let workload = &problem.workloads[number];
    let Some(limit) = workload.max_path_rtt else { return true };
    for (demand, row) in workload.demand.iter().zip(split) {
        for (region, _) in row.iter().enumerate().filter(|(_, rate)| **rate > 0) {
            let rtt = problem.rtt.get(demand.user, RegionId::at(region)).map(|rtt| rtt.round_trip.0);
            let Some(left) = rtt.and_then(|rtt| limit.0.checked_sub(rtt)) else { return false };
            limits[region] = limits[region].into_iter().chain([left]).min();
        }
    }
    true
}

/// Every split of one call that a workload makes from one region.
fn called(problem: &Problem, number: usize, from: usize, call: &Call, states: &States) -> States {
    let callee = problem.workload_named(&call.callee).unwrap().index();
    let mut next = States::new();
    for (before, cost) in states.values() {
        let made = (before.loads[number][from] * u64::from(call.per_request.0)).div_ceil(1_000_000);
        for split in parts(made, problem.regions.len()) {
            let ways = || split.iter().enumerate().filter(|(_, rate)| **rate > 0);
            let mut left = before.clone();
            let workload = &problem.workloads[number];
            let calendar = workload.profile.calendar;
            // Calls rise and fall as the requests that make them.
            let paid: Option<i128> = if workload.profile.is_uniform() {
                let most: Option<i128> = ways().map(|(to, &rate)| bytes(problem, call, (from, to), rate)).sum();
                most.map(|most| mean(workload, most))
            } else {
                let mut of_way = |(to, &rate): (usize, &u64)| {
                    let mut made = 0;
                    for period in 0..calendar.periods() {
                        let now = (rate * before.asked[number][from][period]).div_ceil(before.loads[number][from]);
                        left.asked[callee][to][period] += now;
                        made += if calendar.is_paid(period) { now } else { 0 };
                    }
                    Some(bytes(problem, call, (from, to), made)? / calendar.hours as i128)
                };
                ways().map(&mut of_way).sum()
            };
            if loss::makes_a_difference(problem, number) {
                let made_in = left.made.entry((number, callee)).or_insert_with(|| vec![0; problem.regions.len()]);
                made_in[from] += made;
            }
            let mut is_in_time = true;
            for (to, &rate) in ways() {
                left.loads[callee][to] += rate;
                let Some(limit) = before.limits[number][from].filter(|_| call.waits) else { continue };
                let rtt = problem.links.get(RegionId::at(from), RegionId::at(to)).rtt;
                let after = rtt.and_then(|rtt| limit.checked_sub(rtt.round_trip.0));
                is_in_time &= after.is_some();
                left.limits[callee][to] = left.limits[callee][to].into_iter().chain(after).min();
            }
            if let Some(paid) = paid.filter(|_| is_in_time) {
                keep(&mut next, left, cost + paid);
            }
        }
    }
    next
}

/// What is left behind once a workload and its calls are decided on.
fn without(number: usize, states: States) -> States {
    let mut next = States::new();
    for (mut left, cost) in states.into_values() {
        left.loads[number].fill(0);
        left.limits[number].fill(None);
        left.asked[number].iter_mut().for_each(|asked| asked.fill(0));
        keep(&mut next, left, cost);
    }
    next
}

/// What calls cost from one region to another, if the price of their bytes is known.
fn bytes(problem: &Problem, call: &Call, (from, to): (usize, usize), rate: u64) -> Option<i128> {
    let way = |bytes: u64, from: usize, to: usize| -> Option<i128> {
        let price = problem.links.get(RegionId::at(from), RegionId::at(to)).egress_per_gb;
        if bytes == 0 { Some(0) } else { Some(i128::from(bytes) * price?.micros() * 2_628) }
    };
    Some((way(call.sent.0, from, to)? + way(call.answer.0, to, from)?) * i128::from(rate))
}

/// How many periods have to be told apart.
fn periods_apart(workload: &Workload) -> usize {
    if workload.profile.is_uniform() { 0 } else { workload.profile.calendar.periods() }
}

/// What users ask for in a region in a period, in millionths of a milli-rps.
fn asked_by_users(workload: &Workload, split: &[Vec<u64>], region: usize, period: usize) -> u64 {
    let of = |(position, row): (usize, &Vec<u64>)| row[region] * u64::from(workload.profile.share(position, period).0);
    split.iter().enumerate().map(of).sum()
}

/// The mean over the paid hours of something that each of them adds, times what users ask for in a region, in millionths of a milli-rps.
fn mean_of_users(workload: &Workload, split: &[Vec<u64>], region: usize, each: i128) -> i128 {
    let calendar = workload.profile.calendar;
    let paid = (0..calendar.periods()).filter(|&period| calendar.is_paid(period));
    let asked: i128 = paid.map(|period| i128::from(asked_by_users(workload, split, region, period))).sum();
    asked * each / (calendar.hours as i128 * 1_000_000)
}

fn egress_of(problem: &Problem, workload: &Workload, region: usize, split: &[Vec<u64>]) -> Option<i128> {
    if workload.profile.is_uniform() {
        return egress(problem, workload, region, split.iter().map(|row| row[region]).sum());
    }
    Some(mean_of_users(workload, split, region, egress_at_all_hours(problem, workload, region)?))
}

/// What a milli-rps of answers costs that is sent all the time.
fn egress_at_all_hours(problem: &Problem, workload: &Workload, region: usize) -> Option<i128> {
    if workload.response.0 == 0 {
        return Some(0);
    }
    Some(i128::from(workload.response.0) * 2_628 * problem.regions[region].internet_egress_per_gb?.micros())
}

fn latency_of(problem: &Problem, workload: &Workload, split: &[Vec<u64>]) -> Option<i128> {
    let price = problem.objective.latency_per_rps_ms.micros();
    if workload.profile.is_uniform() || price == 0 {
        return latency(problem, workload, split);
    }
    let mut sum = 0;
    for (position, (demand, row)) in workload.demand.iter().zip(split).enumerate() {
        let mut alone = vec![vec![0; problem.regions.len()]; split.len()];
        alone[position].clone_from(row);
        for region in (0..row.len()).filter(|&region| row[region] > 0) {
            let rtt = problem.rtt.get(demand.user, RegionId::at(region))?;
            sum += mean_of_users(workload, &alone, region, i128::from(rtt.round_trip.0) * price * 1_000);
        }
    }
    Some(sum)
}
