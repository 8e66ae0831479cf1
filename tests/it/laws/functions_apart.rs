//! Functions of user groups that rise and fall apart: one or two workloads that run as functions only, over two regions that limit environments, settled by trying
//! every division of the requests of each group, and every service.

use std::cell::RefCell;
use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use stowage::model::{Calendar, Demand, Function, Problem, Profile, Region, RegionId, Replica, UserId, Workload};
use stowage::place::place;
use stowage::render;
use stowage::units::{Bytes, Duration, MilliRps, Millicores, Ratio};
use stowage::verify::{Proof, Verdict, verdict};

use super::functions::service;
use super::parts;
use super::stock::region;

/// What is drawn of a workload: rates of two user groups, what each asks for in the hour of the other, in halves, seconds for a request, and requests at a time.
type Drawn = ([u64; 2], [u32; 2], u32, u32);

fn drawn() -> impl Strategy<Value = Drawn> {
    let duration = prop_oneof![Just(500_u32), Just(700), Just(1000)];
    ([1_u64..=4, 1_u64..=4], [0_u32..=1, 0_u32..=1], duration, 1_u32..=2)
}

fn workload(index: usize, (rates, shares, seconds, concurrency): Drawn) -> Workload {
    let [first, second] = shares.map(|half| Ratio(half * 500_000));
    let demand = rates.into_iter().enumerate();
    let demand = demand.map(|(user, rate)| Demand { user: UserId::at(user), rate: MilliRps(rate) }).collect();
    Workload {
        function: Some(Function {
            memory: Bytes(1 << 29),
            vcpu: Some(Millicores(500)),
            duration: Duration(seconds * 1_000_000),
            concurrency,
        }),
        runs_on_machines: false,
        profile: Profile {
            calendar: Calendar { hours: 2, has_cases: false },
            shapes: vec![vec![Ratio::ONE, first], vec![second, Ratio::ONE]],
            ..Profile::default()
        },
        max_rtt: Some(stowage::units::RoundTrip(20_000)),
        ..Workload::new(format!("workload-{index}"), Replica::default(), MilliRps(1), demand)
    }
}

fn problem() -> impl Strategy<Value = Problem> {
    let offers = || vec((0_i128..=4, 0_i128..=3, 1_u32..=2), 1..=2);
    let reach = vec(vec(option::weighted(0.9, Just(10_u32)), 2), 2);
    let places = (vec(offers(), 2), vec(option::weighted(0.7, 0_u64..=5), 2), 0_i128..=2);
    (vec(drawn(), 1..=2), reach, places, option::weighted(0.15, Just(1_u32))).prop_map(
        |(workloads, reach, (services, limits, fixed), most_regions)| {
            let place = |at: usize| Region {
                functions: services[at].iter().enumerate().map(|(index, &drawn)| service(index, drawn)).collect(),
                max_environments: limits[at],
                ..region(&format!("region-{at}"), 1, &[], fixed)
            };
            let mut problem = Problem {
                users: parts::users(2),
                workloads: workloads.into_iter().enumerate().map(|(at, drawn)| workload(at, drawn)).collect(),
                regions: (0..2).map(place).collect(),
                rtt: parts::round_trips(2, reach.iter().map(Vec::as_slice)),
                gap_tolerance: Ratio(10),
                ..Problem::default()
            };
            problem.limits.max_regions = most_regions;
            problem
        },
    )
}

/// Cost in 10^-15 USD and environments of what a region is sent of each user group, for each service that takes it.
fn ways(problem: &Problem, workload: &Workload, at: usize, sent: [u64; 2]) -> Vec<(i128, u64)> {
    if sent == [0, 0] {
        return vec![(0, 0)];
    }
    let is_reached = |user: usize| sent[user] == 0 || problem.rtt.get(UserId::at(user), RegionId::at(at)).is_some();
    let (Some(function), true) = (workload.function, is_reached(0) && is_reached(1)) else { return Vec::new() };
    let mut ways = Vec::new();
    for offer in &problem.regions[at].functions {
        if offer.max_duration.is_some_and(|most| function.duration > most) {
            continue;
        }
        let at_once = u128::from(function.concurrency.min(offer.requests_per_environment));
        let billed = i128::from(function.duration.0.div_ceil(300_000_000)) * 300;
        let vcpu = offer.million_vcpu_seconds.unwrap_or_default().micros();
        let time = billed * (offer.million_gib_seconds.micros() + vcpu) * 1_000 / 2 / i128::try_from(at_once).unwrap();
        let always = 2_628 * (offer.million_requests.micros() * 1_000 + time);
        let share = |user: usize, hour: usize| u128::from(workload.profile.shapes[user][hour].0);
        let asked = |hour: usize| (0..2).map(|user| u128::from(sent[user]) * share(user, hour)).sum::<u128>();
        // Halves of hours: two of two are all the time.
        let of_user = |user: usize| {
            let halves = (0..2).map(|hour| i128::try_from(share(user, hour) / 500_000).unwrap()).sum::<i128>();
            always / 4 * halves * i128::from(sent[user])
        };
        let peak = asked(0).max(asked(1)) * u128::from(function.duration.0);
        let environments = peak.div_ceil(at_once * 1_000_000_000_000_000).max(1);
        ways.push((of_user(0) + of_user(1), u64::try_from(environments).unwrap()));
    }
    ways
}

/// The least cost by regions in use and environments in each.
type Plans = BTreeMap<([bool; 2], [u64; 2]), i128>;

fn plans(problem: &Problem, workload: &Workload) -> Plans {
    let rate = |user: usize| workload.demand[user].rate.0;
    let mut plans = Plans::new();
    for near in (0..=rate(0)).flat_map(|a| (0..=rate(1)).map(move |b| [a, b])) {
        let far = [rate(0) - near[0], rate(1) - near[1]];
        for (cost, environments) in ways(problem, workload, 0, near) {
            for (more, others) in ways(problem, workload, 1, far) {
                let key = ([near != [0, 0], far != [0, 0]], [environments, others]);
                let known = plans.entry(key).or_insert(cost + more);
                *known = (cost + more).min(*known);
            }
        }
    }
    plans
}

fn cheapest(problem: &Problem) -> Option<i128> {
    let mut together: Plans = [(([false; 2], [0; 2]), 0)].into();
    for workload in &problem.workloads {
        let own = plans(problem, workload);
        let mut sum = Plans::new();
        for ((used, run), cost) in &together {
            for ((more_used, more_run), more) in &own {
                let key = ([0, 1].map(|at| used[at] || more_used[at]), [0, 1].map(|at| run[at] + more_run[at]));
                let known = sum.entry(key).or_insert(cost + more);
                *known = (cost + more).min(*known);
            }
        }
        together = sum;
    }
    let allowed = |used: &[bool; 2], run: &[u64; 2]| {
        let count = used.iter().filter(|used| **used).count();
        (0..2).all(|at| problem.regions[at].max_environments.is_none_or(|most| run[at] <= most))
            && problem.limits.max_regions.is_none_or(|most| count <= most as usize)
    };
    let fixed = |used: &[bool; 2]| -> i128 {
        (0..2).filter(|&at| used[at]).map(|at| problem.regions[at].fixed_monthly.micros()).sum()
    };
    let kept = together.into_iter().filter(|((used, run), _)| allowed(used, run));
    kept.map(|((used, _), cost)| cost / 1_000_000_000 + fixed(&used)).min()
}

#[test]
fn groups_that_rise_and_fall_apart_share_environments() {
    let seen = RefCell::new([0; 3]);
    super::run_with(400, &problem(), |problem| {
        let answer = place(&problem).expect("solver and checker agree");
        let mut seen = seen.borrow_mut();
        match parts::agreed(&answer, cheapest(&problem))? {
            Ok(placement) => {
                let written = verdict(&render::result(&problem, &answer), &problem, Proof::Claimed);
                prop_assert!(matches!(written, Verdict::Holds { .. }), "{written:?}");
                let groups = || placement.groups().values().map(|placed| &placed.group);
                seen[0] += usize::from(groups().any(|group| group.traffic.len() > 1));
                let mut unlimited = problem.clone();
                unlimited.regions.iter_mut().for_each(|region| region.max_environments = None);
                seen[1] += usize::from(cheapest(&unlimited) < cheapest(&problem));
            }
            Err(_) => seen[2] += 1,
        }
        Ok(())
    });
    let [shared, limited, infeasible] = seen.into_inner();
    assert!(shared >= 100 && limited >= 20 && infeasible >= 20, "{shared} {limited} {infeasible}");
}
