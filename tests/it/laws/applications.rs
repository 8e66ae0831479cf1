//! Applications as wholes: small random ones whose users all enter at one service, over regions that are near each other or far apart. What is proven of them by
//! routes and prices alone is no more than they cost as one program, and the first placements cost no less; the same where two of them share quotas.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use stowage::model::{
    Call, Link, LinkTable, Objective, Problem, Provenance, Quota, QuotaUnit, RegionId, Rtt, Workload,
};
use stowage::place::{Outcome, place_with};
use stowage::solve::Effort;
use stowage::units::{Bytes, MilliRps, Money, Ratio, RoundTrip};

use super::calls::by_routes;
use super::stock::region;
use super::{ROUNDING_MICROS, parts};

const REGIONS: usize = 5;

/// What a GB from one region to another costs, and its round trip: the first two are near each other, and so are the next two, which are beside these; the last is far.
fn links(regions: usize, [near, beside, far]: [i128; 3]) -> LinkTable {
    let link = |from: usize, to: usize| {
        let price = if from == to {
            0
        } else if from / 2 == to / 2 {
            near
        } else if from / 4 == to / 4 {
            beside
        } else {
            far
        };
        let rtt = Rtt { round_trip: RoundTrip(1_000), provenance: Provenance::Declared };
        Link { egress_per_gb: Some(Money::from_micros(price * 100)), rtt: Some(rtt) }
    };
    LinkTable::from_rows((0..regions).map(|from| (0..regions).map(|to| link(from, to)).collect()).collect())
}

/// Services in a chain, most of which are called by others too; two kinds of machines of which the larger is the cheaper if full, so that rounding matters. Half of the
/// problems count in parts of a request that are small beside what a machine answers.
fn problem() -> impl Strategy<Value = Problem> {
    let sites = vec((3_i128..=6, 6_i128..=14), REGIONS);
    let users = vec((1_u64..=24, vec(option::weighted(0.9, 1_u32..=9), REGIONS)), 1..=4);
    let service = (1_u64..=5, 1_u64..=2, option::weighted(0.5, prop_oneof![Just(500_000_u32), Just(1_000_000)]));
    let ways = (1_i128..=6, 1_i128..=15, 0_i128..=25, 0_i128..=60, prop_oneof![Just(1_u64), Just(53)]);
    (sites, 2_usize..=REGIONS, users, vec(service, 2..=4), ways).prop_map(
        |(sites, regions, users, services, (near, more, most, price, fine))| {
            let rates: Vec<u64> = users.iter().map(|&(rate, _)| rate * fine).collect();
            let last = services.len() - 1;
            let make = |(at, &(rate, vcpu, further)): (usize, &(u64, u64, Option<u32>))| {
                let demand = if at == 0 { parts::demand(&rates) } else { Vec::new() };
                let call = |to: usize, per_request: u32| Call {
                    callee: format!("service-{to}"),
                    per_request: Ratio(per_request),
                    answer: Bytes(70_000_000 / fine),
                    sent: Bytes(0),
                    waits: false,
                };
                let next = (at < last).then(|| call(at + 1, 1_000_000));
                let further = further.filter(|_| at + 2 <= last).map(|per_request| call(last, per_request));
                Workload {
                    calls: next.into_iter().chain(further).collect(),
                    ..Workload::new(format!("service-{at}"), parts::replica(vcpu, 1), MilliRps(rate * fine), demand)
                }
            };
            let site = |(at, &(small, large)): (usize, &(i128, i128))| {
                region(&format!("r{at}"), 1, &[Some(small), Some(large)], 0)
            };
            Problem {
                users: parts::users(users.len()),
                workloads: services.iter().enumerate().map(make).collect(),
                rtt: parts::round_trips(regions, users.iter().map(|(_, row)| row.as_slice())),
                links: links(regions, [near, near + more, near + more + most]),
                regions: sites.iter().take(regions).enumerate().map(site).collect(),
                machine_types: parts::machine_types([(2, 4), (8, 16)]),
                objective: Objective {
                    latency_per_rps_ms: Money::from_micros(price * 1_000_000 / i128::from(fine)),
                    ..Objective::default()
                },
                ..Problem::default()
            }
        },
    )
}

#[test]
fn applications_as_wholes_prove_no_more_than_they_cost_as_programs() {
    let (placed, near) = (std::cell::Cell::new(0), std::cell::Cell::new(0));
    super::run_with(60, &problem(), |problem| {
        let program = place_with(&problem, Effort { as_programs: true, tolerance: Ratio(10), ..Effort::default() });
        let program = program.expect("solver and checker agree").outcome;
        let answer = place_with(&problem, by_routes(0)).expect("solver and checker agree");
        let (Some((ours, bound)), Some((theirs, least))) = (answer.outcome.placement(), program.placement()) else {
            prop_assert!(answer.outcome.placement().is_none(), "placed, but the program finds nothing");
            return Ok(());
        };
        prop_assert!(ours.cost().micros() >= least.micros() - ROUNDING_MICROS, "{ours:?} below {least:?}");
        prop_assert!(bound.micros() <= theirs.cost().micros() + ROUNDING_MICROS, "{bound:?} above {theirs:?}");
        placed.set(placed.get() + 1);
        near.set(near.get() + usize::from(answer.outcome.gap_millionths().is_some_and(|gap| gap <= 20_000)));
        Ok(())
    });
    assert!(placed.get() >= 30, "only {} placed", placed.get());
    assert!(near.get() >= 6, "only {} within a fiftieth", near.get());
}

/// Two applications side by side, which share nothing but quotas of some regions.
fn under_quotas() -> impl Strategy<Value = Problem> {
    let quotas = vec((0..REGIONS, any::<bool>(), 1_u64..=8), 1..=3);
    (problem(), problem(), quotas).prop_map(|(mut problem, other, quotas)| {
        let renamed = |name: &str| format!("other-{name}");
        for mut workload in other.workloads.into_iter().take(2) {
            workload.name = renamed(&workload.name);
            workload.demand.truncate(problem.users.len());
            workload.calls.retain(|call| call.callee == "service-1");
            workload.calls.iter_mut().for_each(|call| call.callee = renamed(&call.callee));
            problem.workloads.push(workload);
        }
        let quota = |(region, is_vcpu, most): (usize, bool, u64)| Quota {
            region: RegionId::at(region.min(problem.regions.len() - 1)),
            families: None,
            unit: if is_vcpu { QuotaUnit::Vcpu } else { QuotaUnit::Instances },
            most: if is_vcpu { most * 4_000 } else { most },
        };
        problem.quotas = quotas.into_iter().map(quota).collect();
        problem
    })
}

/// So few machines leave gaps of more than a fiftieth between prices of quotas and what is whole: a bound that is a little too high is caught without quotas only.
#[test]
fn applications_under_quotas_prove_no_more_than_they_cost_as_programs() {
    let (placed, binding) = (std::cell::Cell::new(0), std::cell::Cell::new(0));
    super::run_with(30, &under_quotas(), |problem| {
        let program = place_with(&problem, Effort { as_programs: true, tolerance: Ratio(10), ..Effort::default() });
        let program = program.expect("solver and checker agree").outcome;
        let answer = place_with(&problem, by_routes(0)).expect("solver and checker agree");
        let refutes = |a: &Outcome, b: &Outcome| matches!(a, Outcome::Infeasible(_)) && b.placement().is_some();
        prop_assert!(!refutes(&answer.outcome, &program), "can be placed");
        prop_assert!(!refutes(&program, &answer.outcome), "cannot be placed");
        let (Some((ours, bound)), Some((theirs, least))) = (answer.outcome.placement(), program.placement()) else {
            return Ok(());
        };
        prop_assert!(ours.cost().micros() >= least.micros() - ROUNDING_MICROS, "{ours:?} below {least:?}");
        prop_assert!(bound.micros() <= theirs.cost().micros() + ROUNDING_MICROS, "{bound:?} above {theirs:?}");
        let free = Problem { quotas: Vec::new(), ..problem.clone() };
        let free = place_with(&free, by_routes(0)).expect("solver and checker agree").outcome;
        let is_cheaper = free.placement().is_some_and(|(free, _)| free.cost() < least);
        placed.set(placed.get() + 1);
        binding.set(binding.get() + usize::from(is_cheaper));
        Ok(())
    });
    assert!(placed.get() >= 18, "only {} placed", placed.get());
    assert!(binding.get() >= 7, "only {} bound by quotas", binding.get());
}
