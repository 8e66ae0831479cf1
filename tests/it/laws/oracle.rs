//! Tries every placement of a small problem.
//!
//! For each workload: every split of every user group's milli-rps over the regions, and for each region and load every machine type and every
//! count per zone. Rules are tested as the documentation words them, without the library's own arithmetic. Costs are whole 1e-15 USD.

mod survival;

use std::collections::{BTreeMap, BTreeSet};

use stowage::model::{
    Access, Assignment, Group, MachineSet, Problem, Purchase, Region, RegionId, Selector, TypeId, UserId, Workload,
    WorkloadId,
};
use stowage::units::MilliRps;

/// A way to run a workload in one region.
type Machines = (i128, TypeId, Vec<u64>);

/// A way to run one workload: cost and groups by region.
type Plan = (i128, BTreeMap<usize, (Machines, BTreeMap<usize, u64>)>);

/// A cheapest assignment, if there is any.
pub(super) fn cheapest(problem: &Problem) -> Option<Assignment> {
    let (_, chosen) = combinations(problem).into_iter().min_by_key(|(cost, _)| *cost)?;
    let groups = chosen
        .into_iter()
        .enumerate()
        .flat_map(|(workload, plan)| plan.1.into_iter().map(move |(region, group)| (workload, region, group)))
        .map(|(workload, region, ((_, machine_type, instances_by_zone), traffic))| {
            let traffic = traffic
                .into_iter()
                .map(|(position, rate)| (problem.workloads[workload].demand[position].user, MilliRps(rate)))
                .collect();
            ((WorkloadId::at(workload), RegionId::at(region)), group(machine_type, instances_by_zone, traffic))
        })
        .collect();
    Some(Assignment { groups })
}

fn group(machine_type: TypeId, instances_by_zone: Vec<u64>, traffic: BTreeMap<UserId, MilliRps>) -> Group {
    Group { machines: vec![MachineSet { machine_type, purchase: Purchase::OnDemand, instances_by_zone }], traffic }
}

/// How many sets of regions reach the least cost.
pub(super) fn assignments_of_least_cost(problem: &Problem) -> usize {
    let all = combinations(problem);
    let least = all.iter().map(|(cost, _)| *cost).min();
    all.iter().filter(|(cost, _)| Some(*cost) == least).count()
}

/// The cheapest plans for every choice of region sets, by workload, that the limits allow.
fn combinations(problem: &Problem) -> Vec<(i128, Vec<Plan>)> {
    let mut combined: Vec<(i128, usize, Vec<Plan>)> = vec![(0, 0, Vec::new())];
    for workload in &problem.workloads {
        let plans = plans_by_regions(problem, workload);
        combined = combined
            .iter()
            .flat_map(|(cost, used, chosen)| {
                plans.iter().map(move |(regions, plan)| {
                    let chosen = chosen.iter().cloned().chain([plan.clone()]).collect();
                    (cost + plan.0, used | regions, chosen)
                })
            })
            .collect();
    }
    combined
        .into_iter()
        .filter(|(_, used, _)| problem.limits.max_regions.is_none_or(|most| used.count_ones() <= most))
        .filter(|(_, used, _)| problem.limits.max_clouds.is_none_or(|most| clouds(problem, *used) <= most as usize))
        .map(|(cost, used, chosen)| {
            let fixed: i128 = (0..problem.regions.len())
                .filter(|region| used & (1 << region) != 0)
                .map(|region| problem.regions[region].fixed_monthly.micros() * 1_000_000_000)
                .sum();
            (cost + fixed, chosen)
        })
        .collect()
}

/// The number of clouds that a set of regions stands in.
fn clouds(problem: &Problem, used: usize) -> usize {
    let regions = problem.regions.iter().enumerate().filter(|(region, _)| used & (1 << region) != 0);
    regions.map(|(_, region)| &region.key.cloud).collect::<BTreeSet<_>>().len()
}

/// The cheapest plan of a workload for each exact set of regions in use (a bit per region).
fn plans_by_regions(problem: &Problem, workload: &Workload) -> BTreeMap<usize, Plan> {
    let regions = problem.regions.len();
    let total: u64 = workload.demand.iter().map(|demand| demand.rate.0).sum();
    let machines: Vec<Vec<Vec<Machines>>> = (0..regions)
        .map(|region| (0..=total).map(|load| machines(problem, workload, &problem.regions[region], load)).collect())
        .collect();
    // Loads by region that some split in time has.
    let mut seen: BTreeSet<Vec<u64>> = BTreeSet::new();
    let mut best: BTreeMap<usize, Plan> = BTreeMap::new();
    let mut split: Vec<Vec<u64>> = Vec::new();
    splits(workload, regions, &mut split, &mut |split| {
        if !is_in_time(problem, workload, split) {
            return;
        }
        let loads: Vec<u64> = (0..regions).map(|region| split.iter().map(|row| row[region]).sum()).collect();
        if !seen.insert(loads.clone()) {
            return;
        }
        let carrying: usize = (0..regions).filter(|&region| loads[region] > 0).map(|region| 1 << region).sum();
        'sets: for used in (1..1_usize << regions).filter(|used| used & carrying == carrying) {
            let in_use = || (0..regions).filter(|region| used & (1 << region) != 0);
            let answering = in_use().filter(|&region| can_answer(problem, workload, region)).count();
            if answering < workload.min_regions as usize
                || workload.max_regions.is_some_and(|most| used.count_ones() > most)
            {
                continue;
            }
            if !are_of_use(problem, workload, used) {
                continue;
            }
            let mut cost = 0;
            for region in in_use() {
                let Some(egress) = egress(problem, workload, region, loads[region]) else { continue 'sets };
                cost += egress;
            }
            let options = in_use().map(|region| (region, &machines[region][usize::try_from(loads[region]).unwrap()]));
            let Some(chosen) = survival::cheapest(problem, workload, &options.collect::<Vec<_>>()) else { continue };
            let mut groups = BTreeMap::new();
            for (region, chosen) in in_use().zip(chosen) {
                cost += chosen.0;
                let traffic = split
                    .iter()
                    .enumerate()
                    .filter(|(_, row)| row[region] > 0)
                    .map(|(at, row)| (at, row[region]))
                    .collect();
                groups.insert(region, (chosen.clone(), traffic));
            }
            if best.get(&used).is_none_or(|known| cost < known.0) {
                best.insert(used, (cost, groups));
            }
        }
    });
    best
}

/// Calls `visit` with every split of every demand over the regions.
fn splits(workload: &Workload, regions: usize, split: &mut Vec<Vec<u64>>, visit: &mut impl FnMut(&[Vec<u64>])) {
    let Some(demand) = workload.demand.get(split.len()) else { return visit(split) };
    for row in parts(demand.rate.0, regions) {
        split.push(row);
        splits(workload, regions, split, visit);
        split.pop();
    }
}

/// Every way to write `whole` as an ordered sum of `count` parts.
fn parts(whole: u64, count: usize) -> Vec<Vec<u64>> {
    if count == 1 {
        return vec![vec![whole]];
    }
    (0..=whole)
        .flat_map(|first| {
            parts(whole - first, count - 1).into_iter().map(move |mut rest| {
                rest.insert(0, first);
                rest
            })
        })
        .collect()
}

/// True if the region may answer some requests while nothing is lost.
fn can_answer(problem: &Problem, workload: &Workload, region: usize) -> bool {
    let Some(limit) = workload.max_rtt else { return true };
    let total: u64 = workload.demand.iter().map(|demand| demand.rate.0).sum();
    let may_be_late = u128::from(total - 1) * 1_000_000 >= u128::from(total) * u128::from(workload.rtt_share.0);
    let in_time = |user| problem.rtt.get(user, RegionId::at(region)).is_some_and(|rtt| rtt.round_trip <= limit);
    may_be_late || workload.demand.iter().any(|demand| in_time(demand.user))
}

fn is_in_time(problem: &Problem, workload: &Workload, split: &[Vec<u64>]) -> bool {
    let Some(limit) = workload.max_rtt else { return true };
    let (mut in_time, mut total) = (0_u64, 0_u64);
    for (demand, row) in workload.demand.iter().zip(split) {
        for (region, &rate) in row.iter().enumerate().filter(|(_, rate)| **rate > 0) {
            let Some(rtt) = problem.rtt.get(demand.user, RegionId::at(region)) else { return false };
            total += rate;
            in_time += if rtt.round_trip <= limit { rate } else { 0 };
        }
    }
    u128::from(in_time) * 1_000_000 >= u128::from(total) * u128::from(workload.rtt_share.0)
}

/// Regions in use can answer somebody in time, or while others are lost; if some requests may be late, they have known round trips from everybody.
fn are_of_use(problem: &Problem, workload: &Workload, used: usize) -> bool {
    if workload.max_rtt.is_none() {
        return true;
    }
    (0..problem.regions.len()).filter(|region| used & (1 << region) != 0).all(|region| {
        let rtt = |user| problem.rtt.get(user, RegionId::at(region));
        let all_known = workload.demand.iter().all(|demand| rtt(demand.user).is_some());
        (all_known || workload.rtt_share.0 == 1_000_000)
            && (can_answer(problem, workload, region) || survival::is_of_use(problem, workload, region))
    })
}

fn egress(problem: &Problem, workload: &Workload, region: usize, load: u64) -> Option<i128> {
    if workload.response.0 == 0 {
        return Some(0);
    }
    let price = problem.regions[region].internet_egress_per_gb?.micros();
    Some(i128::from(load) * i128::from(workload.response.0) * 2_628 * price)
}

/// Types and counts per zone that carry `load` and survive, with at least one machine: for each number of replicas the cheapest that hold so many.
fn machines(problem: &Problem, workload: &Workload, region: &Region, load: u64) -> Vec<Machines> {
    let is_named = |selector: &Selector| selector.allowed.regions.iter().any(|list| list.contains(&region.key));
    if region.access == Access::Restricted && !workload.selectors.iter().any(is_named) {
        return Vec::new();
    }
    if workload.selectors.iter().any(|selector| selector.region_refusal(region).is_some()) {
        return Vec::new();
    }
    let total: u64 = workload.demand.iter().map(|demand| demand.rate.0).sum();
    let mut best: BTreeMap<u64, Machines> = BTreeMap::new();
    for offer in &region.offers {
        let machine = &problem.machine_types[offer.machine_type.index()];
        let refused = workload.selectors.iter().any(|selector| selector.machine_refusal(machine).is_some());
        if refused || (machine.is_burstable && !workload.allow_burstable) {
            continue;
        }
        let priced = problem.objective.carbon_per_tonne.micros();
        let carbon = match offer.carbon_hourly {
            Some(carbon) => carbon.0 * 730 * priced,
            None if priced == 0 => 0,
            None => continue,
        };
        let per_instance = offer.hourly.micros() * 730 * 1_000_000_000 + carbon;
        let replicas = (machine.vcpu.0.saturating_sub(workload.reserved.vcpu.0) / workload.replica.vcpu.0)
            .min(machine.memory.0.saturating_sub(workload.reserved.memory.0) / workload.replica.memory.0);
        if replicas == 0 {
            continue;
        }
        let carries = replicas * workload.rate_per_replica.0;
        // With this many in every zone any promise holds; more never helps.
        let stands_in = if workload.survive.has_places() {
            total.div_ceil(replicas * workload.degraded_rate_per_replica.0)
        } else {
            0
        };
        let most = load.div_ceil(carries).max(1).max(stands_in);
        for counts in counts(most, region.zones.len()) {
            let total: u64 = counts.iter().sum();
            let cost = per_instance * i128::from(total);
            if total > 0
                && survives(&counts, load, carries, workload.survive.zones)
                && best.get(&(total * replicas)).is_none_or(|known| cost < known.0)
            {
                best.insert(total * replicas, (cost, offer.machine_type, counts));
            }
        }
    }
    // Fewer replicas at no lower cost are of no use.
    let mut kept: Vec<Machines> = Vec::new();
    for machines in best.into_values().rev() {
        if kept.last().is_none_or(|last| machines.0 < last.0) {
            kept.push(machines);
        }
    }
    kept
}

/// Every vector of counts from 0 to `most`.
fn counts(most: u64, zones: usize) -> Vec<Vec<u64>> {
    (0..zones).fold(vec![Vec::new()], |partial, _| {
        partial
            .into_iter()
            .flat_map(|counts| (0..=most).map(move |count| counts.iter().copied().chain([count]).collect()))
            .collect()
    })
}

/// True if the load is carried after the loss of every set of `lost` zones, and some zone is left.
fn survives(counts: &[u64], load: u64, carries: u64, lost: u32) -> bool {
    (0..1_usize << counts.len()).filter(|set| set.count_ones() == lost).all(|set| {
        let left: u64 =
            counts.iter().enumerate().filter(|(zone, _)| set & (1 << zone) == 0).map(|(_, count)| count).sum();
        left * carries >= load && (left > 0 || lost == 0)
    }) && lost as usize <= counts.len().saturating_sub(1)
}
