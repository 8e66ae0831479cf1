//! Tries every placement of a small problem.
//!
//! For each workload: every split of every user group's milli-rps over the regions, and for each region and load every machine type and every
//! count per zone, period and way to buy. Rules are tested as the documentation words them, without the library's own arithmetic. Costs are whole 1e-15 USD.

mod calls;
mod loss;
mod state;
mod survival;

pub(super) use calls::least_cost_with_calls;
pub(super) use state::{stores, ways};

use std::collections::{BTreeMap, BTreeSet};

use stowage::model::{
    Access, Assignment, Group, MachineSet, MachineType, Offer, Problem, Purchase, Region, RegionId, RegionKey,
    Selector, Workload, WorkloadId,
};
use stowage::units::MilliRps;

/// A way to run a workload in one region.
type Machines = (i128, Vec<MachineSet>);

/// Machines by kind (on demand, then spot types), then zone, with their cost for a month.
type Counts = (i128, Vec<Vec<u64>>);

/// A way to run one workload: cost and groups by region.
type Plan = (i128, BTreeMap<usize, (Machines, BTreeMap<usize, u64>)>);

/// A cheapest assignment, if there is any.
pub(super) fn cheapest(problem: &Problem) -> Option<Assignment> {
    let (_, chosen) = combinations(problem).into_iter().min_by_key(|(cost, _)| *cost)?;
    let groups = chosen
        .into_iter()
        .enumerate()
        .flat_map(|(workload, plan)| plan.1.into_iter().map(move |(region, group)| (workload, region, group)))
        .map(|(workload, region, ((_, machines), traffic))| {
            let traffic = traffic
                .into_iter()
                .map(|(position, rate)| (problem.workloads[workload].demand[position].user, MilliRps(rate)))
                .collect();
            ((WorkloadId::at(workload), RegionId::at(region)), Group { machines, traffic, ..Group::default() })
        })
        .collect();
    Some(Assignment { groups, ..Assignment::default() })
}

/// How many sets of regions reach the least cost.
pub(super) fn assignments_of_least_cost(problem: &Problem) -> usize {
    let all = combinations(problem);
    let least = all.iter().map(|(cost, _)| *cost).min();
    all.iter().filter(|(cost, _)| Some(*cost) == least).count()
}

/// The cheapest plans for every choice of region sets and committed machines, by workload, that the limits allow.
fn combinations(problem: &Problem) -> Vec<(i128, Vec<Plan>)> {
    let mut combined: Vec<(i128, (usize, usize), Vec<Plan>)> = vec![(0, (0, 0), Vec::new())];
    for workload in &problem.workloads {
        let plans = plans_by_regions(problem, workload);
        combined = combined
            .iter()
            .flat_map(|(cost, (used, committed), chosen)| {
                plans.iter().map(move |((regions, machines), plan)| {
                    let chosen = chosen.iter().cloned().chain([plan.clone()]).collect();
                    (cost + plan.0, (used | regions, committed + machines), chosen)
                })
            })
            .filter(|(_, (_, committed), _)| *committed <= quantity(problem))
            .collect();
    }
    combined
        .into_iter()
        .filter(|(_, (used, _), _)| problem.limits.max_regions.is_none_or(|most| used.count_ones() <= most))
        .filter(|(_, (used, _), _)| {
            problem.limits.max_clouds.is_none_or(|most| clouds(problem, *used) <= most as usize)
        })
        .map(|(cost, (used, _), chosen)| {
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

/// Committed machines there are; the generator makes at most one commitment.
fn quantity(problem: &Problem) -> usize {
    problem.commitments.first().map_or(0, |commitment| commitment.quantity as usize)
}

/// The cheapest plan of a workload for each exact set of regions in use (a bit per region) and each number of committed machines.
fn plans_by_regions(problem: &Problem, workload: &Workload) -> BTreeMap<(usize, usize), Plan> {
    let regions = problem.regions.len();
    let quantity = if workload.uses_commitments { quantity(problem) } else { 0 };
    let total: u64 = workload.demand.iter().map(|demand| demand.rate.0).sum();
    // By region, load, and number of committed machines.
    let machines: Vec<Vec<Vec<Option<Machines>>>> = (0..regions)
        .map(|region| {
            let at = |load| {
                // What keeps state answers everybody from one region.
                let is_part = workload.state.is_some() && load < total;
                (0..=if is_part { 0 } else { quantity })
                    .map(|committed| {
                        if is_part {
                            return None;
                        }
                        let place = &problem.regions[region];
                        let machines = cheapest_machines(problem, workload, place, load, committed as u64);
                        machines.map(|(cost, sets)| (cost + moves(problem, workload, place, load), sets))
                    })
                    .collect()
            };
            (0..=total).map(at).collect()
        })
        .collect();
    // Where machines stand in for others: by region and load, for each number of replicas.
    let standing: Vec<BTreeMap<u64, Vec<Machines>>> = (0..regions)
        .map(|region| {
            let at = |load| (load, survival::machines(problem, workload, &problem.regions[region], load, total));
            (0..=total).filter(|_| workload.survive.has_places()).map(at).collect()
        })
        .collect();
    // Loads by region that some split in time has.
    let mut seen: BTreeSet<Vec<u64>> = BTreeSet::new();
    let mut best: BTreeMap<(usize, usize), Plan> = BTreeMap::new();
    let mut split: Vec<Vec<u64>> = Vec::new();
    splits(workload, regions, &mut split, &mut |split| {
        if !is_in_time(problem, workload, split) || !is_routed(problem, workload, split) {
            return;
        }
        let loads: Vec<u64> = (0..regions).map(|region| split.iter().map(|row| row[region]).sum()).collect();
        let Some(latency) = latency(problem, workload, split) else { return };
        // Without a price on latency loads alone decide the cost.
        if workload.survive.has_places() && latency == 0 && !seen.insert(loads.clone()) {
            return;
        }
        let carrying: usize = (0..regions).filter(|&region| loads[region] > 0).map(|region| 1 << region).sum();
        'sets: for used in (1..1_usize << regions).filter(|used| used & carrying == carrying) {
            let answering =
                (0..regions).filter(|&region| used & (1 << region) != 0 && can_answer(problem, workload, region));
            if answering.count() < workload.min_regions as usize
                || workload.max_regions.is_some_and(|most| used.count_ones() > most)
                || workload.state.is_some() && used.count_ones() > 1
            {
                continue;
            }
            if workload.is_counted_exactly() && used != carrying {
                continue;
            }
            let is_used = |region: usize| used & (1 << region) != 0;
            let holds =
                |pin: &RegionKey| (0..regions).any(|region| is_used(region) && problem.regions[region].key == *pin);
            if !workload.pinned.iter().all(holds) {
                continue;
            }
            if !are_of_use(problem, workload, used) {
                continue;
            }
            let held: Vec<usize> = (0..regions).filter(|region| used & (1 << region) != 0).collect();
            let mut egress_cost = 0;
            for &region in &held {
                let Some(egress) = egress(problem, workload, region, loads[region]) else { continue 'sets };
                egress_cost += egress;
            }
            let options: Vec<&Vec<Option<Machines>>> =
                held.iter().map(|&region| &machines[region][usize::try_from(loads[region]).unwrap()]).collect();
            let chosen = if workload.survive.has_places() {
                let standing: Vec<_> = held.iter().map(|&region| (region, &standing[region][&loads[region]])).collect();
                let cheapest = survival::cheapest(problem, workload, &standing, &|_| true);
                cheapest
                    .map(|chosen| (0, (chosen.iter().map(|machines| machines.0).sum(), chosen)))
                    .into_iter()
                    .collect()
            } else {
                spread(&options, quantity)
            };
            for (committed, (cost, chosen)) in chosen {
                let cost = cost + egress_cost + latency;
                if best.get(&(used, committed)).is_some_and(|known| cost >= known.0) {
                    continue;
                }
                let group = |(&region, machines): (&usize, Machines)| {
                    let rows = split.iter().enumerate().filter(|(_, row)| row[region] > 0);
                    (region, (machines, rows.map(|(at, row)| (at, row[region])).collect()))
                };
                best.insert((used, committed), (cost, held.iter().zip(chosen).map(group).collect()));
            }
        }
    });
    best
}

/// The cheapest machines in all regions for each number of committed machines together.
fn spread(options: &[&Vec<Option<Machines>>], quantity: usize) -> BTreeMap<usize, (i128, Vec<Machines>)> {
    let mut spread = BTreeMap::from([(0, (0, Vec::new()))]);
    for by_committed in options {
        let mut longer: BTreeMap<usize, (i128, Vec<Machines>)> = BTreeMap::new();
        for (committed, machines) in by_committed.iter().enumerate() {
            let Some(machines) = machines else { continue };
            for (before, (cost, chosen)) in spread.range(0..=quantity - committed) {
                let cost = cost + machines.0;
                if longer.get(&(before + committed)).is_none_or(|known: &(i128, Vec<Machines>)| cost < known.0) {
                    let chosen = chosen.iter().cloned().chain([machines.clone()]).collect();
                    longer.insert(before + committed, (cost, chosen));
                }
            }
        }
        spread = longer;
    }
    spread
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

/// Whether users are answered as the workload says: undivided where it asks for that, and no domain beyond its share.
fn is_routed(problem: &Problem, workload: &Workload, split: &[Vec<u64>]) -> bool {
    let is_divided = |row: &Vec<u64>| row.iter().filter(|sent| **sent > 0).count() > 1;
    is_spread(problem, workload, split) && !(workload.single_region_per_user && split.iter().any(is_divided))
}

/// Whether no region and no cloud answers more than its share, rounded up.
fn is_spread(problem: &Problem, workload: &Workload, split: &[Vec<u64>]) -> bool {
    let total: u64 = workload.demand.iter().map(|demand| demand.rate.0).sum();
    let answered = |region: usize| split.iter().map(|row| row[region]).sum::<u64>();
    let is_within = |answered: u64, share: Option<stowage::units::Ratio>| {
        share.is_none_or(|share| answered * 1_000_000 < total * u64::from(share.0) + 1_000_000)
    };
    let cloud = |at: usize| &problem.regions[at].key.cloud;
    is_weighted(problem, workload, total, answered)
        && (0..problem.regions.len()).all(|region| {
            let in_cloud =
                (0..problem.regions.len()).filter(|&other| cloud(other) == cloud(region)).map(answered).sum();
            is_within(answered(region), workload.max_region_share) && is_within(in_cloud, workload.max_cloud_share)
        })
}

/// Whether every domain answers what its weight says, and nobody else anything: with a request per thousand seconds less or more it might.
fn is_weighted(problem: &Problem, workload: &Workload, total: u64, answered: impl Fn(usize) -> u64) -> bool {
    let Some(weights) = &workload.weights else { return true };
    let sum: u64 = weights.of.values().sum();
    let mut by_domain: BTreeMap<String, u64> = weights.of.keys().map(|domain| (domain.clone(), 0)).collect();
    for (at, region) in problem.regions.iter().enumerate() {
        let names = [region.key.to_string(), region.key.cloud.clone()];
        match names.into_iter().find(|name| weights.of.contains_key(name)) {
            Some(name) => *by_domain.entry(name).or_default() += answered(at),
            None if answered(at) > 0 => return false,
            None => {}
        }
    }
    by_domain.iter().all(|(domain, &rate)| {
        // In millionths of a milli-rps times the sum of weights.
        let meant = u128::from(total) * u128::from(weights.of[domain]) * 1_000_000;
        let near = u128::from(total) * u128::from(sum) * u128::from(weights.tolerance.0);
        let (is, one) = (u128::from(rate) * u128::from(sum) * 1_000_000, u128::from(sum) * 1_000_000);
        is < meant + near + one && is + near + one > meant
    })
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
    let is_known = |user| problem.rtt.get(user, RegionId::at(region)).is_some();
    let Some(limit) = workload.max_rtt else {
        return problem.objective.latency_per_rps_ms.micros() == 0
            || workload.demand.iter().any(|demand| is_known(demand.user));
    };
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

/// Regions in use can answer somebody in time, or while others are lost, and are known as far as they must be.
fn are_of_use(problem: &Problem, workload: &Workload, used: usize) -> bool {
    if workload.max_rtt.is_none() && problem.objective.latency_per_rps_ms.micros() == 0 {
        return true;
    }
    let can_answer = |region| can_answer(problem, workload, region) || survival::is_of_use(problem, workload, region);
    are_known(problem, workload, used) && (0..problem.regions.len()).filter(|at| used & (1 << at) != 0).all(can_answer)
}

/// If some requests may be late, regions in use have known round trips from everybody.
fn are_known(problem: &Problem, workload: &Workload, used: usize) -> bool {
    let is_known = |region| workload.demand.iter().all(|of| problem.rtt.get(of.user, RegionId::at(region)).is_some());
    workload.max_rtt.is_none()
        || workload.rtt_share.0 == 1_000_000
        || (0..problem.regions.len()).filter(|at| used & (1 << at) != 0).all(is_known)
}

/// Price of the time that the requests of a split spend on their way; `None` if that is unknown and has a price.
fn latency(problem: &Problem, workload: &Workload, split: &[Vec<u64>]) -> Option<i128> {
    let price = problem.objective.latency_per_rps_ms.micros();
    let mut travelled = 0;
    for (demand, row) in workload.demand.iter().zip(split) {
        for (region, &rate) in row.iter().enumerate().filter(|(_, rate)| **rate > 0 && price > 0) {
            let rtt = problem.rtt.get(demand.user, RegionId::at(region))?;
            travelled += i128::from(rate) * i128::from(rtt.round_trip.0);
        }
    }
    Some(mean(workload, travelled * price * 1_000))
}

fn egress(problem: &Problem, workload: &Workload, region: usize, sent: u64) -> Option<i128> {
    if workload.response.0 == 0 {
        return Some(0);
    }
    let price = problem.regions[region].internet_egress_per_gb?.micros();
    let full = i128::from(sent) * i128::from(workload.response.0) * 2_628 * price;
    Some(mean(workload, full))
}

/// What part of the most that is asked of a workload is asked in a period, in millionths: everything in it changes alike, calls of others as the user groups.
fn share(workload: &Workload, period: usize) -> u64 {
    let shapes = &workload.profile.shapes;
    let shape = shapes.first().unwrap_or(&workload.profile.called);
    shape.get(period).map_or(1_000_000, |share| u64::from(share.0))
}

/// The mean over the paid hours of what the largest demand would cost at all of them.
pub(super) fn mean(workload: &Workload, at_all_hours: i128) -> i128 {
    let calendar = workload.profile.calendar;
    let paid = (0..calendar.periods()).filter(|&period| calendar.is_paid(period));
    let asked = paid.map(|period| i128::from(share(workload, period))).sum::<i128>();
    at_all_hours * asked / (calendar.hours as i128 * 1_000_000)
}

/// The same in micro-USD, and nothing where nothing is sent.
pub(super) fn moved(problem: &Problem, workload: &Workload, region: usize, sent: u64) -> i128 {
    if sent == 0 { 0 } else { moves(problem, workload, &problem.regions[region], sent) / 1_000_000_000 }
}

/// What it costs to have moved the replicas of a load to a region, as the documentation words it.
pub(super) fn moves(problem: &Problem, workload: &Workload, region: &Region, sent: u64) -> i128 {
    let price = problem.objective.move_per_replica.micros() * 1_000_000_000;
    let rate = workload.rate_per_replica.0;
    if workload.stood.is_empty() {
        return 0;
    }
    let arrived = arrived_before(problem, workload, &region.key);
    let there = match workload.stood.get(&region.key).map(|stood| stood.function) {
        None => 0,
        Some(Some((answered, of))) if answered == of => 0,
        Some(Some((answered, of))) => (arrived * (of - answered)).div_ceil(of).div_ceil(rate).max(1),
        Some(None) => arrived.div_ceil(rate).max(1),
    };
    let replicas = if sent == 0 { 1 } else { sent.div_ceil(rate) };
    price * i128::from(replicas.saturating_sub(there))
}

/// What arrived at a place where a workload stood: of its users, and of everything that calls it, at today's demand.
fn arrived_before(problem: &Problem, workload: &Workload, place: &RegionKey) -> u64 {
    let Some(here) = workload.stood.get(place) else { return 0 };
    let of_users = workload.demand.iter().map(|demand| {
        let all: u64 = workload.stood.values().filter_map(|stood| stood.traffic.get(&demand.user)).sum();
        let part = here.traffic.get(&demand.user).copied().unwrap_or(0);
        if part > 0 { (demand.rate.0 * part).div_ceil(all) } else { 0 }
    });
    let of_callers = problem.workloads.iter().flat_map(|caller| caller.calls.iter().map(move |call| (caller, call)));
    let of_callers = of_callers.filter(|(_, call)| call.callee == workload.name).map(|(caller, call)| {
        let from = caller.stood.iter().map(|(from, stood)| {
            let Some(answered) = stood.calls.get(&call.callee) else { return 0 };
            let (part, all) = (answered.get(place).copied().unwrap_or(0), answered.values().sum::<u64>());
            if part == 0 {
                return 0;
            }
            let made = (arrived_before(problem, caller, from) * u64::from(call.per_request.0)).div_ceil(1_000_000);
            (made * part).div_ceil(all)
        });
        from.sum::<u64>()
    });
    of_users.sum::<u64>() + of_callers.sum::<u64>()
}

/// The cheapest machines, exactly `committed` of them committed, that carry what is sent in every period and survive, with at least one at all times.
fn cheapest_machines(
    problem: &Problem,
    workload: &Workload,
    region: &Region,
    sent: u64,
    committed: u64,
) -> Option<Machines> {
    if !may_be_used(workload, region) {
        return None;
    }
    if let Some(state) = &workload.state {
        return state::cheapest_machines(problem, (workload, state), region, sent, committed);
    }
    let calendar = workload.profile.calendar;
    let loads: Vec<u64> =
        (0..calendar.periods()).map(|period| (sent * share(workload, period)).div_ceil(1_000_000)).collect();
    machines_over_time(problem, workload, region, &loads, committed)
}

/// The cheapest machines that carry a load in every period.
fn machines_over_time(
    problem: &Problem,
    workload: &Workload,
    region: &Region,
    loads: &[u64],
    committed: u64,
) -> Option<Machines> {
    if !may_be_used(workload, region) {
        return None;
    }
    let calendar = workload.profile.calendar;
    let usable: Vec<Usable<'_>> =
        region.offers.iter().filter_map(|offer| usable(problem, workload, region, offer)).collect();
    let of = |wanted: fn(Purchase) -> bool, held: u64| {
        usable.iter().filter(move |usable| wanted(usable.0.purchase) && usable.1 == held)
    };
    let mut best: Option<Machines> = None;
    for on_demand in usable.iter().filter(|(offer, _, _)| offer.purchase == Purchase::OnDemand) {
        let held = on_demand.1;
        let kinds: Vec<&Usable<'_>> =
            [on_demand].into_iter().chain(of(|purchase| purchase == Purchase::Spot, held)).collect();
        let prices: Vec<i128> = kinds.iter().map(|kind| kind.2).collect();
        let base = of(|purchase| matches!(purchase, Purchase::Committed(..)), held).min_by_key(|usable| usable.2);
        let Some(bases) = bases(base, committed, region.zones.len()) else { continue };
        for by_zone in bases {
            let carries = held * workload.rate_per_replica.0;
            let mixes: Option<Vec<Counts>> = loads
                .iter()
                .map(|&load| cheapest_counts(workload, &prices, load.div_ceil(carries).max(1), &by_zone))
                .collect();
            let Some(mixes) = mixes else { continue };
            let paid = mixes.iter().enumerate().filter(|(period, _)| calendar.is_paid(*period));
            let always = base.map_or(0, |base| base.2 * i128::from(committed));
            let cost = always + paid.map(|(_, (cost, _))| cost).sum::<i128>() / calendar.hours as i128;
            if best.as_ref().is_none_or(|best| cost < best.0) {
                let mut counts: Vec<Vec<Vec<u64>>> = (0..kinds.len())
                    .map(|kind| mixes.iter().map(|(_, counts)| counts[kind].clone()).collect())
                    .collect();
                counts.push(vec![by_zone.clone(); mixes.len()]);
                let offers = kinds.iter().map(|kind| kind.0).chain([base.unwrap_or(on_demand).0]);
                best = Some((cost, sets(offers.zip(counts))));
            }
        }
    }
    best
}

/// How many replicas fit, by trying one more until something is short.
fn replicas(workload: &Workload, machine: &MachineType) -> u64 {
    let (replica, reserved) = (&workload.replica, &workload.reserved);
    let fits = |count: u64| {
        count * replica.vcpu.0 + reserved.vcpu.0 <= machine.vcpu.0
            && count * replica.memory.0 + reserved.memory.0 <= machine.memory.0
            && count * u64::from(replica.gpus) <= u64::from(machine.gpus)
            && replica.resources.iter().all(|(name, amount)| {
                count * amount.0 + reserved.resources.get(name).0 <= machine.resources.get(name).0
            })
    };
    let mut count = 0;
    while fits(count + 1) {
        count += 1;
    }
    count
}

/// True if the region is open to the workload and passes its lists.
fn may_be_used(workload: &Workload, region: &Region) -> bool {
    let is_listed = |selector: &Selector| selector.allowed.regions.iter().any(|list| list.contains(&region.key));
    let is_named = workload.pinned.contains(&region.key) || workload.selectors.iter().any(is_listed);
    (region.access != Access::Restricted || is_named)
        && workload.selectors.iter().all(|selector| selector.region_refusal(region).is_none())
        && workload.weights.as_ref().is_none_or(|weights| {
            weights.of.contains_key(&region.key.cloud) || weights.of.contains_key(&region.key.to_string())
        })
}

/// Every way to put committed machines into zones; `None` if there are none to be had.
fn bases(base: Option<&Usable<'_>>, committed: u64, zones: usize) -> Option<Vec<Vec<u64>>> {
    (committed == 0 || base.is_some()).then(|| parts(committed, zones))
}

/// An offer, the replicas an instance holds, and its cost for a month.
type Usable<'a> = (&'a Offer, u64, i128);

/// An offer that the rules on machines let pass, with the replicas an instance holds and its cost for a month.
fn usable<'a>(problem: &Problem, workload: &Workload, region: &Region, offer: &'a Offer) -> Option<Usable<'a>> {
    if matches!(offer.purchase, Purchase::Committed(..)) && !workload.uses_commitments {
        return None;
    }
    if offer.purchase == Purchase::Spot {
        let terms = workload.spot?;
        let is_rare =
            terms.max_interruption_percent.is_none_or(|most| offer.interruption_percent.is_some_and(|p| p <= most));
        if !is_rare || region.zones.len() < terms.survive_pools as usize {
            return None;
        }
    }
    let machine = &problem.machine_types[offer.machine_type.index()];
    let refused = workload.selectors.iter().any(|selector| selector.machine_refusal(machine).is_some());
    if refused || (machine.is_burstable && !workload.allow_burstable) {
        return None;
    }
    let priced = problem.objective.carbon_per_tonne.micros();
    let carbon = match offer.carbon_hourly {
        Some(carbon) => carbon.0 * 730 * priced,
        None if priced == 0 => 0,
        None => return None,
    };
    let per_instance = offer.hourly.micros() * 730 * 1_000_000_000 + carbon;
    let replicas = replicas(workload, machine);
    (replicas > 0).then_some((offer, replicas, per_instance))
}

/// The machine sets of offers with their counts by period and zone.
fn sets<'a>(counts: impl Iterator<Item = (&'a Offer, Vec<Vec<u64>>)>) -> Vec<MachineSet> {
    let mut sets: Vec<MachineSet> = counts
        .map(|(offer, by_period)| {
            let most = |zone: usize| by_period.iter().map(|by_zone| by_zone[zone]).max().unwrap();
            MachineSet {
                machine_type: offer.machine_type,
                purchase: offer.purchase,
                instances_by_zone: (0..by_period[0].len()).map(most).collect(),
                by_period: if by_period.len() == 1 { Vec::new() } else { by_period },
            }
        })
        .filter(|set| set.instances() > 0)
        .collect();
    sets.sort_by_key(|set| (set.machine_type, set.purchase));
    sets
}

/// The cheapest counts, by kind and zone beside the committed machines of `base`, of machines of which `needed` must be left after every loss. More than `needed` of a kind in one zone
/// never help, but beside committed machines that other zones have to be level with.
fn cheapest_counts(workload: &Workload, prices: &[i128], needed: u64, base: &[u64]) -> Option<Counts> {
    let mut best: Option<Counts> = None;
    let mut counts = vec![vec![0; base.len()]; prices.len()];
    enumerate(workload, prices, (needed, base), 0, 0, &mut counts, &mut best);
    best
}

fn enumerate(
    workload: &Workload,
    prices: &[i128],
    (needed, base): (u64, &[u64]),
    at: usize,
    cost: i128,
    counts: &mut Vec<Vec<u64>>,
    best: &mut Option<Counts>,
) {
    if best.as_ref().is_some_and(|best| cost >= best.0) {
        return;
    }
    let zones = counts[0].len();
    if at == prices.len() * zones {
        if keeps(workload, counts, needed, base) {
            *best = Some((cost, counts.clone()));
        }
        return;
    }
    let (kind, zone) = (at / zones, at % zones);
    let level = if workload.max_zone_skew.is_some() { base.iter().max().copied().unwrap_or(0) } else { 0 };
    for count in 0..=needed.max(level) {
        counts[kind][zone] = count;
        enumerate(workload, prices, (needed, base), at + 1, cost + prices[kind] * i128::from(count), counts, best);
    }
    counts[kind][zone] = 0;
}

/// True if enough machines are left after every loss of zones and of spot pools, and the terms of spot are kept.
fn keeps(workload: &Workload, counts: &[Vec<u64>], needed: u64, base: &[u64]) -> bool {
    let in_zone = |zone: usize| base[zone] + counts.iter().map(|kind| kind[zone]).sum::<u64>();
    let by_zone: Vec<u64> = (0..base.len()).map(in_zone).collect();
    let total: u64 = by_zone.iter().sum();
    if !survives(&by_zone, needed, 1, workload.survive.zones) || total == 0 || !is_even(workload, &by_zone) {
        return false;
    }
    let pools: Vec<u64> = counts[1..].iter().flatten().copied().filter(|&count| count > 0).collect();
    let Some(terms) = workload.spot.filter(|_| !pools.is_empty()) else { return true };
    let spot: u64 = pools.iter().sum();
    let lost = terms.survive_pools.min(u32::try_from(pools.len()).unwrap());
    let is_left = |set: usize| -> u64 {
        total - pools.iter().enumerate().filter(|(pool, _)| set & (1 << pool) != 0).map(|(_, count)| count).sum::<u64>()
    };
    spot * 1_000_000 <= total * u64::from(terms.max_share.0)
        && pools.len() >= terms.min_pools as usize
        && (0..1_usize << pools.len()).filter(|set| set.count_ones() == lost).all(|set| is_left(set) >= needed)
}

/// True if enough zones hold machines, and none of them too many more than another.
fn is_even(workload: &Workload, by_zone: &[u64]) -> bool {
    let in_use = by_zone.iter().filter(|machines| **machines > 0).count();
    let is_near = |a: &u64| by_zone.iter().all(|b| workload.max_zone_skew.is_none_or(|most| a.abs_diff(*b) <= most));
    in_use >= workload.min_zones as usize && by_zone.iter().all(is_near)
}

/// True if the load is carried after the loss of every set of `lost` zones, and some zone is left.
fn survives(counts: &[u64], load: u64, carries: u64, lost: u32) -> bool {
    (0..1_usize << counts.len()).filter(|set| set.count_ones() == lost).all(|set| {
        let left: u64 =
            counts.iter().enumerate().filter(|(zone, _)| set & (1 << zone) == 0).map(|(_, count)| count).sum();
        left * carries >= load && (left > 0 || lost == 0)
    }) && lost as usize <= counts.len().saturating_sub(1)
}
