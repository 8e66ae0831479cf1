//! Survival of regions and clouds: every choice of machines in the regions in use, every loss, every set of user groups.

use std::collections::{BTreeMap, BTreeSet};

use stowage::model::{MachineSet, Problem, Purchase, Region, RegionId, Workload};

use super::{Machines, is_even, may_be_used, replicas, sets, survives, usable};

/// The cheapest choice of one entry for each region in use that outlives what it must, and carries enough by region while something is lost.
pub(super) fn cheapest(
    problem: &Problem,
    workload: &Workload,
    options: &[(usize, &Vec<Machines>)],
    is_enough: &dyn Fn(&[u64]) -> bool,
) -> Option<Vec<Machines>> {
    let mut best: Option<(i128, Vec<&Machines>)> = None;
    let mut partial: Vec<(i128, Vec<&Machines>)> = vec![(0, Vec::new())];
    for (_, machines) in options {
        let longer = |(cost, chosen): &(i128, Vec<_>)| {
            let (cost, chosen) = (*cost, chosen.clone());
            machines
                .iter()
                .map(move |machines| (cost + machines.0, chosen.iter().copied().chain([machines]).collect::<Vec<_>>()))
                .collect::<Vec<_>>()
        };
        partial = partial.iter().flat_map(longer).collect();
    }
    partial.sort_by_key(|(cost, _)| *cost);
    for (cost, chosen) in partial {
        let held = || -> Vec<u64> { chosen.iter().map(|machines| capacity(problem, workload, machines)).collect() };
        if best.as_ref().is_none_or(|(known, _)| cost < *known)
            && outlives(problem, workload, options, &chosen)
            && is_enough(&held())
        {
            best = Some((cost, chosen));
        }
    }
    best.map(|(_, chosen)| chosen.into_iter().cloned().collect())
}

/// Machines on demand that carry `load` and survive zones, with at least one machine: for each number of replicas the cheapest that hold so many.
pub(super) fn machines(
    problem: &Problem,
    workload: &Workload,
    region: &Region,
    load: u64,
    total: u64,
) -> Vec<Machines> {
    let mut best: BTreeMap<u64, Machines> = BTreeMap::new();
    let offers = region.offers.iter().filter(|offer| offer.purchase == Purchase::OnDemand);
    for (offer, replicas, price) in offers.filter_map(|offer| usable(problem, workload, region, offer)) {
        if !may_be_used(workload, region) {
            continue;
        }
        let carries = replicas * workload.rate_per_replica.0;
        // With this many in every zone any promise holds; more never helps.
        let stands_in = total.div_ceil(replicas * workload.degraded_rate_per_replica.0);
        for counts in counts(load.div_ceil(carries).max(stands_in), region.zones.len()) {
            let bought: u64 = counts.iter().sum();
            let cost = price * i128::from(bought);
            if bought > 0
                && survives(&counts, load, carries, workload.survive.zones)
                && is_even(workload, &counts)
                && best.get(&(bought * replicas)).is_none_or(|known| cost < known.0)
            {
                best.insert(bought * replicas, (cost, sets([(offer, vec![counts])].into_iter())));
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
    (0..zones).fold(vec![Vec::new()], |partial: Vec<Vec<u64>>, _| {
        partial
            .into_iter()
            .flat_map(|counts| (0..=most).map(move |count| counts.iter().copied().chain([count]).collect()))
            .collect()
    })
}

/// True if the region answers somebody while others are lost.
pub(super) fn is_of_use(problem: &Problem, workload: &Workload, region: usize) -> bool {
    workload.survive.has_places() && (0..workload.demand.len()).any(|user| answers(problem, workload, user, region))
}

fn answers(problem: &Problem, workload: &Workload, position: usize, region: usize) -> bool {
    let rtt = problem.rtt.get(workload.demand[position].user, RegionId::at(region));
    match workload.degraded_max_rtt {
        None => true,
        Some(limit) => rtt.is_some_and(|rtt| rtt.round_trip <= limit),
    }
}

fn outlives(problem: &Problem, workload: &Workload, options: &[(usize, &Vec<Machines>)], chosen: &[&Machines]) -> bool {
    let cloud = |at: usize| problem.regions[options[at].0].key.cloud.as_str();
    let clouds: BTreeSet<&str> = (0..chosen.len()).map(cloud).collect();
    let (regions_lost, clouds_lost) = (workload.survive.regions as usize, workload.survive.clouds as usize);
    (0..1_usize << chosen.len()).all(|lost| {
        let is_lost = |at: &usize| lost & (1 << at) != 0;
        let hit: BTreeSet<&str> = (0..chosen.len()).filter(is_lost).map(cloud).collect();
        let are_whole_clouds = (0..chosen.len()).all(|at| is_lost(&at) == hit.contains(cloud(at)));
        let must_be_outlived = (regions_lost > 0 && lost.count_ones() as usize == regions_lost.min(chosen.len()))
            || (clouds_lost > 0 && are_whole_clouds && hit.len() == clouds_lost.min(clouds.len()));
        !must_be_outlived || carries(problem, workload, options, chosen, lost)
    })
}

/// What machines carry while something is lost.
fn capacity(problem: &Problem, workload: &Workload, machines: &Machines) -> u64 {
    let of_set = |set: &MachineSet| {
        let machine = &problem.machine_types[set.machine_type.index()];
        set.instances() * replicas(workload, machine) * workload.degraded_rate_per_replica.0
    };
    machines.1.iter().map(of_set).sum()
}

/// Every set of user groups finds replicas enough outside the lost regions.
fn carries(
    problem: &Problem,
    workload: &Workload,
    options: &[(usize, &Vec<Machines>)],
    chosen: &[&Machines],
    lost: usize,
) -> bool {
    (0..1_usize << workload.demand.len()).all(|groups| {
        let asks = || (0..workload.demand.len()).filter(|group| groups & (1 << group) != 0);
        let asked: u64 = asks().map(|group| workload.demand[group].rate.0).sum();
        let stands_in = |at: usize| asks().any(|group| answers(problem, workload, group, options[at].0));
        let left: u64 = (0..chosen.len())
            .filter(|at| lost & (1 << at) == 0 && stands_in(*at))
            .map(|at| capacity(problem, workload, chosen[at]))
            .sum();
        left >= asked
    })
}
