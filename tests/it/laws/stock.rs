//! Limited machines: small random problems with a stocked site beside a cloud, settled by trying every set of machines in the site. Some
//! workloads outlive the loss of either region.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use stowage::model::{
    Coordinates, MachineType, Offer, Problem, Purchase, Region, RegionId, RegionKey, Stock, Survival, TypeId, Workload,
};
use stowage::place::place;
use stowage::units::{MilliRps, Money, Ratio};

use super::{oracle, parts};

const NOWHERE: Coordinates = Coordinates { latitude_microdegrees: 0, longitude_microdegrees: 0 };

/// A region without limits: prices by type in thousandths of a dollar, its fixed cost in dollars.
pub(super) fn region(name: &str, zones: usize, prices: &[Option<i128>], fixed: i128) -> Region {
    let offer = |(id, price): (usize, &Option<i128>)| {
        price.map(|price| Offer {
            machine_type: TypeId::at(id),
            purchase: Purchase::OnDemand,
            hourly: Money::from_micros(price * 1_000),
            carbon_hourly: None,
            interruption_percent: None,
        })
    };
    let zones = (0..zones).map(|zone| format!("{zone}")).collect();
    Region {
        offers: prices.iter().enumerate().filter_map(offer).collect(),
        fixed_monthly: Money::from_micros(fixed * 1_000_000),
        ..Region::new(RegionKey::new("test", name), NOWHERE, "DE", zones)
    }
}

/// Zones lost, fewest in use, and largest difference between two.
type Zones = (u32, u32, Option<u64>);

/// Rate, vCPU and memory of a replica, zones, regions lost and most types in a group, degraded rate of a replica.
type Asked = (u64, u64, u64, Zones, (u32, Option<u32>), u64);

/// One or two workloads of one user group; two types; a site whose machines are limited, and a cloud in most problems.
pub(super) fn problem() -> impl Strategy<Value = Problem> {
    let types = vec((1_u64..=3, 1_u64..=2), 2);
    let outlives = prop_oneof![3 => Just(0_u32), 1 => Just(1)];
    let zones = (0_u32..=1, prop_oneof![3 => Just(1_u32), 1 => Just(2)], option::weighted(0.25, 0_u64..=1));
    let most_types = option::weighted(0.3, 1_u32..=2);
    let workload = (1_u64..=4, 1_u64..=2, 1_u64..=2, zones, (outlives, most_types), 1_u64..=2);
    let stock = vec((option::weighted(0.7, 0_u64..=3), option::weighted(0.3, vec(0_u64..=2, 2))), 2);
    let prices = (vec(option::weighted(0.9, 0_i128..=3), 2), vec(option::weighted(0.7, 2_i128..=6), 2));
    let fixed = prop_oneof![2 => Just(0_i128), 1 => 1_i128..=3];
    (types, vec(workload, 1..=2), stock, prices, 1_usize..=2, fixed).prop_map(
        |(types, workloads, stock, (own, cloud), zones, fixed)| {
            let mut site = region("site", zones, &own, fixed);
            let stocks =
                stock.into_iter().enumerate().filter(|(_, (total, by_zone))| total.is_some() || by_zone.is_some());
            site.stock = stocks
                .map(|(id, (total, by_zone))| {
                    let by_zone = by_zone.map(|counts| counts[..zones].to_vec());
                    Stock { machine_type: TypeId::at(id), total, by_zone }
                })
                .collect();
            // Where nothing is limited a group is of one type, which the oracle does not know.
            if site.stock.is_empty() {
                site.stock.push(Stock { machine_type: TypeId(0), total: Some(3), by_zone: None });
            }
            let make = |(index, (rate, vcpu, memory, zones, (regions, most_types), degraded)): (usize, Asked)| {
                let (zones, min_zones, max_zone_skew) = zones;
                let (replica, demand) = (parts::replica(vcpu, memory), parts::demand(&[rate]));
                Workload {
                    survive: Survival { zones, regions, clouds: 0 },
                    min_zones,
                    max_zone_skew,
                    max_machine_types: most_types,
                    degraded_rate_per_replica: MilliRps(degraded),
                    ..Workload::new(format!("workload-{index}"), replica, MilliRps(1), demand)
                }
            };
            Problem {
                users: parts::users(1),
                workloads: workloads.into_iter().enumerate().map(make).collect(),
                regions: vec![region("cloud", 2, &cloud, 0), site],
                machine_types: parts::machine_types(types),
                rtt: parts::round_trips(2, [&[Some(1), Some(1)][..]]),
                gap_tolerance: Ratio(10),
                ..Problem::default()
            }
        },
    )
}

/// Machines in the site, by type, then zone, and what a workload pays for them and for the rest in the cloud.
type Plan = (Vec<Vec<u64>>, i128);

fn replicas(workload: &Workload, machine: &MachineType) -> u64 {
    (machine.vcpu.0 / workload.replica.vcpu.0).min(machine.memory.0 / workload.replica.memory.0)
}

/// True if the machines of `counts` (by type, then zone) hold `needed` replicas after the loss of any `lost` zones, and one in any case.
fn holds(problem: &Problem, workload: &Workload, counts: &[Vec<u64>], needed: u64) -> bool {
    let zones = counts[0].len();
    let lost = workload.survive.zones;
    (0..1_u32 << zones).filter(|set| set.count_ones() == lost).all(|set| {
        let left: u64 = (0..zones)
            .filter(|zone| set & (1 << zone) == 0)
            .map(|zone| {
                let of_type =
                    |(id, by_zone): (usize, &Vec<u64>)| by_zone[zone] * replicas(workload, &problem.machine_types[id]);
                counts.iter().enumerate().map(of_type).sum::<u64>()
            })
            .sum();
        left >= needed.max(1)
    }) && (lost as usize) < zones
        && is_even(problem, workload, counts)
}

/// True if enough zones hold machines, each of which holds a replica, and none of them too many more than another.
fn is_even(problem: &Problem, workload: &Workload, counts: &[Vec<u64>]) -> bool {
    let is_idle = |(id, by_zone): (usize, &Vec<u64>)| {
        replicas(workload, &problem.machine_types[id]) == 0 && by_zone.iter().any(|&count| count > 0)
    };
    if counts.iter().enumerate().any(is_idle) {
        return false;
    }
    let in_zone = |zone: usize| counts.iter().map(|by_zone| by_zone[zone]).sum::<u64>();
    let by_zone: Vec<u64> = (0..counts[0].len()).map(in_zone).collect();
    let skew = by_zone.iter().max().unwrap() - by_zone.iter().min().unwrap();
    by_zone.iter().filter(|machines| **machines > 0).count() >= workload.min_zones as usize
        && workload.max_zone_skew.is_none_or(|most| skew <= most)
}

/// True if the machines of `counts` carry the whole demand while the other region is lost, if that must be outlived.
fn stands_in(problem: &Problem, workload: &Workload, counts: &[Vec<u64>]) -> bool {
    let of_type = |(id, by_zone): (usize, &Vec<u64>)| {
        by_zone.iter().sum::<u64>() * replicas(workload, &problem.machine_types[id])
    };
    let held: u64 = counts.iter().enumerate().map(of_type).sum();
    workload.survive.regions == 0 || held * workload.degraded_rate_per_replica.0 >= workload.demand[0].rate.0
}

/// Every vector of counts of the sold types, up to `most` in each zone.
fn vectors(region: &Region, types: usize, most: u64) -> Vec<Vec<Vec<u64>>> {
    let zones = region.zones.len();
    let is_sold = |id: usize| region.offers.iter().any(|offer| offer.machine_type.index() == id);
    (0..types * zones).fold(vec![vec![vec![0; zones]; types]], |partial, at| {
        let (id, zone) = (at / zones, at % zones);
        let top = if is_sold(id) { most } else { 0 };
        let with = |counts: Vec<Vec<u64>>| {
            (0..=top).map(move |count| {
                let mut counts = counts.clone();
                counts[id][zone] = count;
                counts
            })
        };
        partial.into_iter().flat_map(with).collect()
    })
}

fn cost(region: &Region, counts: &[Vec<u64>]) -> i128 {
    let of_offer = |offer: &Offer| {
        let count: u64 = counts[offer.machine_type.index()].iter().sum();
        offer.hourly.micros() * 730 * i128::from(count)
    };
    region.offers.iter().map(of_offer).sum()
}

/// The least that one workload pays, for each set of machines it may use in the site; sets that carry nothing there are left empty.
fn plans(problem: &Problem, workload: &Workload) -> Vec<Plan> {
    let [cloud, site] = &problem.regions[..] else { panic!("two regions") };
    let types = problem.machine_types.len();
    let demand = workload.demand[0].rate.0;
    // A cloud is never short of machines, so one type does.
    let must_be_in_both = workload.survive.regions > 0;
    let in_cloud = |load: u64| -> Option<i128> {
        if load == 0 && !must_be_in_both {
            return Some(0);
        }
        let one_type = vectors(cloud, types, demand)
            .into_iter()
            .filter(|counts| counts.iter().filter(|by_zone| by_zone.iter().any(|&count| count > 0)).count() <= 1);
        let does =
            |counts: &Vec<Vec<u64>>| holds(problem, workload, counts, load) && stands_in(problem, workload, counts);
        one_type.filter(does).map(|counts| cost(cloud, &counts)).min()
    };
    let rest: Vec<Option<i128>> = (0..=demand).map(in_cloud).collect();
    let all_in_cloud = rest[usize::try_from(demand).unwrap()].filter(|_| !must_be_in_both);
    let all_in_cloud = all_in_cloud.map(|cost| cost + oracle::moved(problem, workload, 0, demand));
    let nothing = (vec![vec![0; site.zones.len()]; types], all_in_cloud);
    let is_mixed_enough = |counts: &Vec<Vec<u64>>| {
        let used = counts.iter().filter(|by_zone| by_zone.iter().any(|&count| count > 0)).count();
        workload.max_machine_types.is_none_or(|most| used <= most as usize)
    };
    let there = vectors(site, types, demand).into_iter();
    let there = there.filter(|counts| is_mixed_enough(counts) && stands_in(problem, workload, counts));
    let used = there.filter_map(|counts| {
        let carried = (0..=demand).rev().find(|&load| holds(problem, workload, &counts, load))?;
        // Machines that could carry more carry less where moves are saved by that.
        let answering = |load: u64| {
            let left = rest[usize::try_from(demand - load).unwrap()]?;
            let moved = |region, load| oracle::moved(problem, workload, region, load);
            Some(left + moved(1, load) + moved(0, demand - load))
        };
        let beside = (0..=carried).filter_map(answering).min()?;
        let cost = cost(site, &counts) + beside;
        Some((counts, Some(cost)))
    });
    std::iter::once(nothing).chain(used).filter_map(|(counts, cost)| Some((counts, cost?))).collect()
}

/// The least cost of all workloads together, in micro-USD.
pub(super) fn cheapest(problem: &Problem) -> Option<i128> {
    let site = &problem.regions[1];
    let fits = |counts: &[Vec<u64>]| {
        site.stock.iter().all(|stock| {
            let by_zone = &counts[stock.machine_type.index()];
            stock.total.is_none_or(|total| by_zone.iter().sum::<u64>() <= total)
                && stock.by_zone.iter().all(|there| by_zone.iter().zip(there).all(|(count, there)| count <= there))
        })
    };
    let zero: Vec<Plan> = vec![(vec![vec![0; site.zones.len()]; problem.machine_types.len()], 0)];
    let all = problem.workloads.iter().fold(zero, |partial, workload| {
        let plans = plans(problem, workload);
        let sum = |(counts, cost): &Plan, (more, extra): &Plan| {
            let counts: Vec<Vec<u64>> =
                counts.iter().zip(more).map(|(a, b)| a.iter().zip(b).map(|(a, b)| a + b).collect()).collect();
            (counts, cost + extra)
        };
        partial
            .iter()
            .flat_map(|one| plans.iter().map(move |other| sum(one, other)))
            .filter(|(counts, _)| fits(counts))
            .collect()
    });
    let fixed = |counts: &[Vec<u64>]| {
        if counts.iter().flatten().any(|&count| count > 0) { site.fixed_monthly.micros() } else { 0 }
    };
    all.iter().map(|(counts, cost)| cost + fixed(counts)).min()
}

#[test]
fn limited_machines_are_shared_as_the_oracle_shares_them() {
    let seen = std::cell::RefCell::new((0, 0, 0, 0, 0, 0));
    super::run_with(600, &problem(), |problem| {
        let answer = place(&problem).expect("solver and checker agree");
        let mut seen = seen.borrow_mut();
        match parts::agreed(&answer, cheapest(&problem))? {
            Ok(placement) => {
                let ours = placement.cost().micros();
                let groups = placement.groups();
                seen.0 += usize::from(groups.values().any(|placed| placed.group.machines.len() > 1));
                seen.1 += usize::from(
                    groups.keys().any(|key| key.1 == RegionId(0)) && groups.keys().any(|key| key.1 == RegionId(1)),
                );
                let unlimited = {
                    let mut unlimited = problem.clone();
                    // More than anybody wants, but still decided one by one: types may be mixed.
                    for stock in &mut unlimited.regions[1].stock {
                        *stock = Stock { total: Some(1_000), by_zone: None, ..*stock };
                    }
                    place(&unlimited).unwrap().outcome.placement().map(|(placement, _)| placement.cost().micros())
                };
                prop_assert!(
                    unlimited.is_some_and(|cost| cost <= ours + super::ROUNDING_MICROS),
                    "more machines cost more"
                );
                seen.2 += usize::from(unlimited.is_some_and(|cost| cost < ours));
                let any_types = {
                    let mut any = problem.clone();
                    any.workloads.iter_mut().for_each(|workload| workload.max_machine_types = None);
                    super::cost(&any)
                };
                prop_assert!(
                    any_types.is_some_and(|cost| cost <= ours + super::ROUNDING_MICROS),
                    "more types cost more"
                );
                seen.5 += usize::from(any_types.is_some_and(|cost| cost + super::ROUNDING_MICROS < ours));
                seen.4 += usize::from(problem.workloads.iter().any(|workload| workload.survive.regions > 0));
            }
            Err(_) => seen.3 += 1,
        }
        Ok(())
    });
    let (mixed, burst, binding, infeasible, outlived, of_few_types) = seen.into_inner();
    let counts = [mixed, burst, binding, infeasible, outlived, of_few_types];
    assert!(counts.iter().all(|&count| count >= 5), "{counts:?}");
}
