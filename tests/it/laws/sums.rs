//! Limits on money and carbon: small random problems of one or two workloads in two regions, settled by trying every split, type and number of machines.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use stowage::explain::{Change, Rule};
use stowage::model::{
    Architecture, Calendar, Coordinates, Function, FunctionOffer, Limits, Objective, Offer, Problem, Profile, Purchase,
    Region, RegionId, RegionKey, RttTable, TypeId, UserId, Workload,
};
use stowage::place::{Outcome, place};
use stowage::units::{Bytes, Carbon, Duration, MilliRps, Money, Ratio};

use super::{cost_of, oracle, parts};

const NOWHERE: Coordinates = Coordinates { latitude_microdegrees: 0, longitude_microdegrees: 0 };

const TYPES: usize = 2;

fn region(index: usize, sold: &[(i128, i128)], fixed: i128) -> Region {
    let offer = |(id, &(price, carbon)): (usize, &(i128, i128))| Offer {
        machine_type: TypeId::at(id),
        purchase: Purchase::OnDemand,
        hourly: Money::from_micros(price * 1_000),
        carbon_hourly: Some(Carbon(carbon * 1_000)),
        interruption_percent: None,
    };
    Region {
        offers: sold.iter().enumerate().map(offer).collect(),
        fixed_monthly: Money::from_micros(fixed * 1_000_000),
        ..Region::new(RegionKey::new("test", format!("region-{index}")), NOWHERE, "DE", vec!["a".into()])
    }
}

/// Half of the demand in the first of two hours, all of it in the second.
fn by_hours(groups: usize) -> Profile {
    let shape = vec![Ratio(500_000), Ratio::ONE];
    Profile { calendar: Calendar { hours: 2, has_cases: false }, shapes: vec![shape; groups], ..Profile::default() }
}

pub(super) fn problem() -> impl Strategy<Value = Problem> {
    let types = vec(1_u64..=3, TYPES);
    let workload = (vec(0_u64..=3, 2), 1_u64..=2, any::<bool>());
    let sold = vec(vec((1_i128..=6, 1_i128..=6), TYPES), 2);
    let rtt = vec(vec((1_u32..=9).prop_map(Some), 2), 2);
    let fixed = prop_oneof![2 => Just(0_i128), 1 => 1_i128..=3];
    let prices = (prop_oneof![1 => Just(0_i128), 1 => 1_i128..=3], prop_oneof![1 => Just(0_i128), 2 => 1_i128..=3]);
    let limits = (option::weighted(0.6, 1_i128..=40), option::weighted(0.6, 1_i128..=40));
    (types, vec(workload, 1..=2), sold, rtt, fixed, prices, limits).prop_map(
        |(types, workloads, sold, rtt, fixed, (carbon, latency), (budget, cap))| {
            let make = |(index, (mut rates, rate, changes)): (usize, (Vec<u64>, u64, bool))| {
                if rates.iter().all(|&rate| rate == 0) {
                    rates[0] = 1;
                }
                let demand = parts::demand(&rates);
                Workload {
                    profile: if changes { by_hours(demand.len()) } else { Profile::default() },
                    ..Workload::new(format!("workload-{index}"), parts::replica(1, 1), MilliRps(rate), demand)
                }
            };
            Problem {
                users: parts::users(2),
                workloads: workloads.into_iter().enumerate().map(make).collect(),
                regions: (0..2).map(|at| region(at, &sold[at], fixed)).collect(),
                machine_types: parts::machine_types(types.into_iter().map(|vcpu| (vcpu, 8))),
                rtt: parts::round_trips(2, rtt.iter().map(Vec::as_slice)),
                // A milligram costs `carbon` micro-USD; a milli-rps and millisecond 0.4 USD times `latency`.
                objective: Objective {
                    carbon_per_tonne: Money::from_micros(carbon * 1_000_000_000),
                    latency_per_rps_ms: Money::from_micros(latency * 400_000_000),
                    ..Objective::default()
                },
                limits: Limits {
                    max_monthly_cost: budget.map(|usd| Money::from_micros(usd * 1_000_000)),
                    max_monthly_carbon: cap.map(|kg| Carbon(kg * 1_000_000)),
                    ..Limits::default()
                },
                gap_tolerance: Ratio(10),
                ..Problem::default()
            }
        },
    )
}

/// The same, where workloads may run as functions too, most of them of known emissions.
pub(super) fn with_functions() -> impl Strategy<Value = Problem> {
    let service = (0_i128..=6, option::weighted(0.8, 0_i128..=6));
    (problem(), vec(prop::bool::weighted(0.7), 2), vec(option::weighted(0.8, service), 2)).prop_map(
        |(mut problem, runs, services)| {
            for (workload, runs) in problem.workloads.iter_mut().zip(runs) {
                let function =
                    Function { memory: Bytes(1 << 30), vcpu: None, duration: Duration(1_000_000), concurrency: 1 };
                workload.function = runs.then_some(function);
            }
            for (region, service) in problem.regions.iter_mut().zip(services) {
                region.functions.extend(service.map(|(price, carbon)| FunctionOffer {
                    service: "service".to_owned(),
                    architecture: Architecture::X86_64,
                    // A milli-rps is 2,628 requests of a second and a GiB each month.
                    million_requests: Money::from_micros(price * 100_000_000),
                    million_gib_seconds: Money::ZERO,
                    million_vcpu_seconds: None,
                    requests_per_environment: 1,
                    billing_increment: Duration(1_000),
                    max_memory: None,
                    max_duration: None,
                    carbon_of_million_gib_seconds: carbon.map(|carbon| Carbon(carbon * 100_000_000)),
                }));
            }
            problem
        },
    )
}

/// What a function adds each month that answers so many milli-rps in a region: micro-USD and milligrams; `None` if it may not.
fn as_function(problem: &Problem, workload: &Workload, region: usize, rate: u64) -> Option<(i128, i128)> {
    if rate == 0 {
        return Some((0, 0));
    }
    workload.function?;
    let offer = problem.regions[region].functions.first()?;
    let carbon = offer.carbon_of_million_gib_seconds.map(|carbon| carbon.0);
    if carbon.is_none() && problem.counts_carbon() {
        return None;
    }
    let quarters = if workload.profile.calendar.hours == 2 { 3 } else { 4 };
    let of = |million: i128| i128::from(rate) * 2_628 * (million / 1_000_000) * quarters / 4;
    Some((of(offer.million_requests.micros()), of(carbon.unwrap_or(0))))
}

/// A way to place everything.
#[derive(Clone, Copy, Default)]
pub(super) struct Plan {
    /// In micro-USD.
    pub(super) paid: i128,
    /// In milligrams.
    pub(super) emitted: i128,
    /// Milli-rps times microseconds on the way.
    pub(super) wait: i128,
    /// The price of moves, in micro-USD.
    pub(super) moved: i128,
    /// A bit for each region in use.
    pub(super) used: usize,
}

fn plans(problem: &Problem, workload: &Workload) -> Vec<Plan> {
    let demand = |user: usize| {
        let own = workload.demand.iter().find(|demand| demand.user.index() == user);
        own.map_or(0, |demand| demand.rate.0)
    };
    let changes = workload.profile.calendar.hours == 2;
    let mut plans = Vec::new();
    for (a, b) in (0..=demand(0)).flat_map(|a| (0..=demand(1)).map(move |b| (a, b))) {
        let sent = [[a, b], [demand(0) - a, demand(1) - b]];
        let mut wait = 0;
        for (region, sent) in sent.iter().enumerate() {
            for (user, &rate) in sent.iter().enumerate() {
                let rtt = problem.rtt.get(UserId::at(user), RegionId::at(region)).unwrap().round_trip.0;
                // Of four quarters three on the mean.
                let quarters = if changes { 3 } else { 4 };
                wait += i128::from(rate) * i128::from(rtt) * quarters / 4;
            }
        }
        let load = |region: usize| sent[region].iter().sum::<u64>();
        let moved = (0..2).map(|region| oracle::moved(problem, workload, region, load(region))).sum();
        let mut partial: Vec<Plan> = vec![Plan { wait, moved, ..Plan::default() }];
        for (region, sent) in sent.iter().enumerate() {
            let load: u64 = sent.iter().sum();
            if load == 0 {
                continue;
            }
            let machines = |load: u64, vcpu: u64| load.div_ceil(workload.rate_per_replica.0).max(1).div_ceil(vcpu);
            let on_machines = |load: u64| -> Vec<(i128, i128)> {
                if load == 0 {
                    return vec![(0, 0)];
                }
                let of_offer = |offer: &Offer| {
                    let vcpu = problem.machine_types[offer.machine_type.index()].vcpu.0 / 1000;
                    let (peak, calm) = (machines(load, vcpu), machines(load.div_ceil(2), vcpu));
                    let hours = 365 * i128::from(if changes { peak + calm } else { 2 * peak });
                    (offer.hourly.micros() * hours, offer.carbon_hourly.unwrap().0 * hours)
                };
                problem.regions[region].offers.iter().map(of_offer).collect()
            };
            let divided = (0..=load).filter_map(|answered| {
                let (paid, emitted) = as_function(problem, workload, region, answered)?;
                let machines = on_machines(load - answered).into_iter();
                Some(machines.map(move |machines| (machines.0 + paid, machines.1 + emitted)))
            });
            let options: Vec<(i128, i128)> = divided.flatten().collect();
            let with = |plan: Plan| {
                let more = move |&(price, carbon): &(i128, i128)| Plan {
                    paid: plan.paid + price,
                    emitted: plan.emitted + carbon,
                    used: plan.used | 1 << region,
                    ..plan
                };
                options.iter().map(more).collect::<Vec<_>>()
            };
            partial = partial.into_iter().flat_map(with).collect();
        }
        plans.extend(partial);
    }
    plans
}

/// Every way to place everything within the limits, fixed costs paid.
pub(super) fn all(problem: &Problem) -> Vec<Plan> {
    let all = problem.workloads.iter().fold(vec![Plan::default()], |partial, workload| {
        let plans = plans(problem, workload);
        let sum = |a: &Plan, b: &Plan| Plan {
            paid: a.paid + b.paid,
            emitted: a.emitted + b.emitted,
            wait: a.wait + b.wait,
            moved: a.moved + b.moved,
            used: a.used | b.used,
        };
        partial.iter().flat_map(|one| plans.iter().map(move |other| sum(one, other))).collect()
    });
    let fixed = |used: usize| -> i128 {
        let regions = problem.regions.iter().enumerate().filter(|(at, _)| used & (1 << at) != 0);
        regions.map(|(_, region)| region.fixed_monthly.micros()).sum()
    };
    let with_fixed = |plan: Plan| Plan { paid: plan.paid + fixed(plan.used), ..plan };
    let is_within = |&Plan { paid, emitted, .. }: &Plan| {
        problem.limits.max_monthly_cost.is_none_or(|most| paid <= most.micros())
            && problem.limits.max_monthly_carbon.is_none_or(|most| emitted <= most.0)
    };
    all.into_iter().map(with_fixed).filter(is_within).collect()
}

/// The least of the objective within the limits, in micro-USD.
pub(super) fn cheapest(problem: &Problem) -> Option<i128> {
    let carbon = problem.objective.carbon_per_tonne.micros() / 1_000_000_000;
    let latency = problem.objective.latency_per_rps_ms.micros();
    let cost = |plan: Plan| plan.paid + plan.wait * latency / 1_000_000 + plan.emitted * carbon + plan.moved;
    all(problem).into_iter().map(cost).min()
}

#[test]
fn they_hold_at_the_oracles_cost() {
    hold_at_the_oracles_cost(500, &problem(), 5);
}

#[test]
fn they_hold_at_the_oracles_cost_where_functions_emit() {
    hold_at_the_oracles_cost(300, &with_functions(), 1);
}

fn hold_at_the_oracles_cost(cases: u32, problems: &impl Strategy<Value = Problem>, least: usize) {
    let seen = std::cell::RefCell::new([0; 5]);
    super::run_with(cases, problems, |problem| {
        let answer = place(&problem).expect("solver and checker agree");
        let unlimited = Problem { limits: Limits::default(), ..problem.clone() };
        let free = cost_of(&place(&unlimited).expect("solver and checker agree").outcome);
        let mut seen = seen.borrow_mut();
        match parts::agreed(&answer, cheapest(&problem))? {
            Ok(placement) => {
                let ours = placement.cost().micros();
                let is_binding = free.is_some_and(|free| free + super::ROUNDING_MICROS < ours);
                seen[0] += usize::from(is_binding && problem.limits.max_monthly_cost.is_some());
                seen[1] += usize::from(is_binding && problem.limits.max_monthly_carbon.is_some());
            }
            Err(conflict) => {
                let own = conflict.workloads.iter().map(|workload| {
                    let alone = vec![problem.workloads[workload.workload.index()].clone()];
                    (Problem { workloads: alone, ..problem.clone() }, &workload.rules)
                });
                let together = conflict.together.iter().map(|shared| (problem.clone(), &shared.rules));
                for (whose, rules) in own.chain(together) {
                    prop_assert!(!rules.is_empty());
                    for found in rules {
                        let mut relaxed = whose.clone();
                        match found.relaxation.as_ref().map(|relaxation| &relaxation.change) {
                            Some(Change::MonthlyCost(most)) => relaxed.limits.max_monthly_cost = Some(*most),
                            Some(Change::MonthlyCarbon(most)) => relaxed.limits.max_monthly_carbon = Some(*most),
                            _ => continue,
                        }
                        prop_assert!(cheapest(&relaxed).is_some(), "{found:?} does not help");
                        seen[2] += usize::from(found.rule == Rule::LimitsMaxMonthlyCost);
                        seen[3] += usize::from(found.rule == Rule::LimitsMaxMonthlyCarbon);
                    }
                }
                seen[4] += usize::from(conflict.together.is_some());
            }
        }
        Ok(())
    });
    let counts = seen.into_inner();
    assert!(counts.iter().all(|&count| count >= least), "{counts:?}");
}

/// The problem with regions where nothing is on sale: too many pairs to be decided as one program.
pub(super) fn with_empty_regions(problem: &Problem) -> Problem {
    with_regions(problem, 66)
}

/// The problem with so many regions: on sale is something in two.
pub(super) fn with_regions(problem: &Problem, count: usize) -> Problem {
    let mut large = problem.clone();
    let rows = (0..2).map(|user| {
        let known = |region| problem.rtt.get(UserId::at(user), RegionId::at(region));
        (0..count).map(|region| if region < 2 { known(region) } else { None }).collect()
    });
    large.rtt = RttTable::from_rows(count, rows.collect());
    large.regions.extend((2..count).map(|at| region(at, &[], 0)));
    large
}

#[test]
fn prices_prove_bounds_where_problems_are_large() {
    let optimal = std::cell::Cell::new(0);
    super::run_with(200, &prop_oneof![2 => problem().boxed(), 1 => with_functions().boxed()], |problem| {
        let answer = place(&with_empty_regions(&problem)).expect("solver and checker agree");
        match (answer.outcome.placement(), cheapest(&problem)) {
            (Some((placement, bound)), Some(best)) => {
                let ours = placement.cost().micros();
                prop_assert!(best <= ours + super::ROUNDING_MICROS, "ours {ours} below the oracle's {best}");
                prop_assert!(bound.micros() <= best + super::ROUNDING_MICROS, "{bound:?} above {best}");
                optimal.set(optimal.get() + usize::from(matches!(answer.outcome, Outcome::Optimal { .. })));
            }
            (Some(_), None) => prop_assert!(false, "placed, though the oracle finds nothing"),
            (None, Some(best)) => prop_assert_eq!(answer.outcome, Outcome::Undecided, "the oracle found {}", best),
            (None, None) => {}
        }
        Ok(())
    });
    assert!(optimal.get() >= 50, "only {} are proven", optimal.get());
}
