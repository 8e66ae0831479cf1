//! Quotas: small random problems of one or two workloads in two regions, settled by trying every split, type and number of machines.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use stowage::explain::{Change, Rule};
use stowage::model::{
    Calendar, Glob, MachineType, Problem, Profile, Quota, QuotaUnit, RegionId, Replica, Survival, UserId, Workload,
};
use stowage::place::{place, place_with};
use stowage::solve::Effort;
use stowage::units::{Bytes, MilliRps, Millicores, Ratio, RoundTrip};

use super::stock::region;
use super::{cost_of, oracle, parts};

const TYPES: usize = 3;

/// Half of the demand in the first of two hours, all of it in the second.
fn by_hours() -> Profile {
    let shapes = vec![vec![Ratio(500_000), Ratio::ONE]];
    Profile { calendar: Calendar { hours: 2, has_cases: false }, shapes, ..Profile::default() }
}

pub(super) fn problem() -> impl Strategy<Value = Problem> {
    let types = vec((1_u64..=3, 1_u64..=2), TYPES);
    let demand = vec(0_u64..=3, 2);
    let workload = (demand, 1_u64..=2, 1_u64..=2, 0_u32..=1, any::<bool>(), 1_u64..=2);
    let quota = (0_usize..2, option::weighted(0.6, 0_usize..TYPES), any::<bool>(), 0_u64..=7);
    let prices = vec(vec(option::weighted(0.8, 1_i128..=6), TYPES), 2);
    let reach = vec(vec(option::weighted(0.8, Just(10_u32)), 2), 2);
    let fixed = prop_oneof![2 => Just(0_i128), 1 => 1_i128..=3];
    (types, vec(workload, 1..=2), vec(quota, 1..=3), prices, reach, (vec(1_usize..=2, 2), fixed)).prop_map(
        |(types, workloads, quotas, prices, reach, (zones, fixed))| {
            let make =
                |(index, (mut rates, vcpu, rate, zones, changes, memory)): (usize, (Vec<u64>, _, _, _, _, u64))| {
                    if rates.iter().all(|&rate| rate == 0) {
                        rates[0] = 1;
                    }
                    let replica =
                        Replica { vcpu: Millicores(vcpu * 1000), memory: Bytes(memory << 29), ..Replica::default() };
                    let demand = parts::demand(&rates);
                    let profile = Profile { shapes: vec![by_hours().shapes[0].clone(); demand.len()], ..by_hours() };
                    Workload {
                        survive: Survival { zones, ..Survival::default() },
                        max_rtt: Some(RoundTrip(20_000)),
                        profile: if changes { profile } else { Profile::default() },
                        ..Workload::new(format!("workload-{index}"), replica, MilliRps(rate), demand)
                    }
                };
            let quota = |(region, family, is_vcpu, most): (usize, Option<usize>, bool, u64)| Quota {
                region: RegionId::at(region),
                families: family.map(|family| Glob(format!("*-{family}"))),
                unit: if is_vcpu { QuotaUnit::Vcpu } else { QuotaUnit::Instances },
                most: if is_vcpu { most * 1000 } else { most },
            };
            Problem {
                users: parts::users(2),
                workloads: workloads.into_iter().enumerate().map(make).collect(),
                regions: (0..2).map(|at| region(&format!("region-{at}"), zones[at], &prices[at], fixed)).collect(),
                machine_types: parts::machine_types(types),
                quotas: quotas.into_iter().map(quota).collect(),
                rtt: parts::round_trips(2, reach.iter().map(Vec::as_slice)),
                gap_tolerance: Ratio(10),
                ..Problem::default()
            }
        },
    )
}

/// One way to place a workload: what its machines cost, in micro-USD of a month, and how many of each type run at most, by region.
type Plan = (i128, Vec<[u64; TYPES]>);

/// Least machines of a type, by zone counts tried one by one, that carry `load` after the loss of zones.
fn least(workload: &Workload, replicas: u64, zones: usize, load: u64) -> Option<u64> {
    let needed = load.div_ceil(workload.rate_per_replica.0).max(1);
    let lost = workload.survive.zones as usize;
    if lost >= zones || replicas == 0 {
        return None;
    }
    (1..=2 * needed).find(|&count| {
        (0..=count).any(|first| {
            let by_zone = if zones == 1 { vec![count] } else { vec![first, count - first] };
            let left = by_zone.iter().sum::<u64>() - if lost > 0 { *by_zone.iter().max().unwrap() } else { 0 };
            left * replicas >= needed
        })
    })
}

fn plans(problem: &Problem, workload: &Workload) -> Vec<Plan> {
    let demand = |user: usize| {
        let own = workload.demand.iter().find(|demand| demand.user.index() == user);
        own.map_or(0, |demand| demand.rate.0)
    };
    let reaches = |user: usize, region: usize| problem.rtt.get(UserId::at(user), RegionId::at(region)).is_some();
    let mut plans = Vec::new();
    for (a, b) in (0..=demand(0)).flat_map(|a| (0..=demand(1)).map(move |b| (a, b))) {
        // a and b go to the first region, the rest to the second.
        let sent = [[a, b], [demand(0) - a, demand(1) - b]];
        if (0..2).any(|region| (0..2).any(|user| sent[region][user] > 0 && !reaches(user, region))) {
            continue;
        }
        let loads = sent.map(|sent| sent.iter().sum::<u64>());
        let moved = (0..2).map(|region| oracle::moved(problem, workload, region, loads[region])).sum();
        let mut partial: Vec<Plan> = vec![(moved, vec![[0; TYPES]; 2])];
        for region in (0..2).filter(|&region| loads[region] > 0) {
            let place = &problem.regions[region];
            let options = place.offers.iter().filter_map(|offer| {
                let machine = &problem.machine_types[offer.machine_type.index()];
                let replicas =
                    (machine.vcpu.0 / workload.replica.vcpu.0).min(machine.memory.0 / workload.replica.memory.0);
                let peak = least(workload, replicas, place.zones.len(), loads[region])?;
                let calm = least(workload, replicas, place.zones.len(), loads[region].div_ceil(2))?;
                let changes = workload.profile.calendar.hours == 2;
                let doubled = if changes { peak + calm } else { 2 * peak };
                Some((offer.hourly.micros() * 365 * i128::from(doubled), offer.machine_type.index(), peak))
            });
            let options: Vec<_> = options.collect();
            let with = |(cost, taken): Plan| {
                options
                    .iter()
                    .map(move |&(more, of_type, count)| {
                        let mut taken = taken.clone();
                        taken[region][of_type] += count;
                        (cost + more, taken)
                    })
                    .collect::<Vec<_>>()
            };
            partial = partial.into_iter().flat_map(with).collect();
        }
        plans.extend(partial);
    }
    plans
}

/// The least cost of all workloads together, in micro-USD.
pub(super) fn cheapest(problem: &Problem) -> Option<i128> {
    let start: Vec<Plan> = vec![(0, vec![[0; TYPES]; 2])];
    let all = problem.workloads.iter().fold(start, |partial, workload| {
        let plans = plans(problem, workload);
        let sum = |(cost, taken): &Plan, (more, extra): &Plan| {
            let regions = taken.iter().zip(extra);
            let taken = regions.map(|(a, b)| std::array::from_fn(|of_type| a[of_type] + b[of_type])).collect();
            (cost + more, taken)
        };
        partial.iter().flat_map(|one| plans.iter().map(move |other| sum(one, other))).collect()
    });
    let is_within = |taken: &[[u64; TYPES]]| {
        problem.quotas.iter().all(|quota| {
            let counts = taken[quota.region.index()].iter().zip(problem.machine_types.iter()).enumerate();
            let counted = counts
                .filter(|(of_type, _)| quota.families.as_ref().is_none_or(|glob| glob.0 == format!("*-{of_type}")));
            let each = |machine: &MachineType| if quota.unit == QuotaUnit::Vcpu { machine.vcpu.0 } else { 1 };
            counted.map(|(_, (count, machine))| count * each(machine)).sum::<u64>() <= quota.most
        })
    };
    let fixed = |taken: &[[u64; TYPES]]| -> i128 {
        let used = problem.regions.iter().zip(taken).filter(|(_, counts)| counts.iter().any(|&count| count > 0));
        used.map(|(region, _)| region.fixed_monthly.micros()).sum()
    };
    all.iter().filter(|(_, taken)| is_within(taken)).map(|(cost, taken)| cost + fixed(taken)).min()
}

#[test]
fn they_are_shared_as_the_oracle_shares_them() {
    let seen = std::cell::RefCell::new([0; 5]);
    super::run_with(600, &problem(), |problem| {
        let answer = place(&problem).expect("solver and checker agree");
        let unlimited = Problem { quotas: Vec::new(), ..problem.clone() };
        let free = cost_of(&place(&unlimited).expect("solver and checker agree").outcome);
        let mut seen = seen.borrow_mut();
        match parts::agreed(&answer, cheapest(&problem))? {
            Ok(placement) => {
                let ours = placement.cost().micros();
                prop_assert!(free.is_some_and(|free| free <= ours + super::ROUNDING_MICROS), "no quota costs more");
                let is_binding = free.is_some_and(|free| free + super::ROUNDING_MICROS < ours);
                seen[0] += usize::from(is_binding);
                seen[1] += usize::from(is_binding && problem.workloads.len() > 1);
                let effort = Effort { tolerance: problem.gap_tolerance, as_programs: true, ..Effort::default() };
                let program = cost_of(&place_with(&problem, effort).expect("solver and checker agree").outcome);
                prop_assert!(program.is_some_and(|other| (other - ours).abs() <= super::ROUNDING_MICROS));
            }
            Err(conflict) => {
                let rules = conflict.workloads.iter().flat_map(|workload| &workload.rules);
                seen[2] += usize::from(rules.clone().any(|found| matches!(found.rule, Rule::Quota(_))));
                if let Some(together) = &conflict.together {
                    seen[3] += 1;
                    for found in &together.rules {
                        let Rule::Quota(quota) = found.rule else { continue };
                        let mut relaxed = problem.clone();
                        let Some(Change::Quota { most, .. }) =
                            found.relaxation.as_ref().map(|relaxation| &relaxation.change)
                        else {
                            continue;
                        };
                        relaxed.quotas[quota.index()].most = *most;
                        prop_assert!(cheapest(&relaxed).is_some(), "{found:?} does not help");
                        relaxed.quotas[quota.index()].most -= problem.quotas[quota.index()].unit.parts();
                        prop_assert!(cheapest(&relaxed).is_none(), "{found:?} is more than it takes");
                    }
                }
                seen[4] += usize::from(free.is_some());
            }
        }
        Ok(())
    });
    let [binding, shared, alone, together, infeasible] = seen.into_inner();
    let counts = [binding, shared, alone, together, infeasible];
    assert!(counts.iter().all(|&count| count >= 5), "{counts:?}");
}
