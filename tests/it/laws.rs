//! Laws that hold for every problem, tried on thousands of small random ones and settled by an oracle that enumerates.

mod alternatives;
mod applications;
mod beside_limits;
mod bindings;
mod called;
mod calls;
mod calls_apart;
mod calls_by_the_hour;
mod committed_calls;
mod copies;
mod counted;
mod functions;
mod functions_apart;
mod generator;
mod hours;
mod location;
mod mixed;
mod moves;
mod oracle;
mod order;
mod outlive;
mod outlive_by_the_hour;
mod parts;
mod pooled_order;
mod pools;
mod previous;
mod quotas;
mod regions;
mod rounding;
mod standby;
mod state;
mod stock;
mod sums;
mod weights;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use stowage::catalog::Catalog;
use stowage::check;
use stowage::diagnostic::SourceFile;
use stowage::formulate::{Row, formulate, program, service};
use stowage::model::{Offer, Problem, Purchase, RegionKey, SpotTerms, Survival, WorkloadId};
use stowage::parse;
use stowage::place::{Outcome, place, place_with};
use stowage::solve::Effort;
use stowage::units::Ratio;

use generator::problem;

/// Costs are sums of lines rounded to whole micro-USD; two optima of equal exact cost can differ by one for each line.
const ROUNDING_MICROS: i128 = 40;

fn run(cases: u32, law: impl Fn(Problem) -> Result<(), TestCaseError>) {
    run_with(cases, &problem(), law);
}

fn run_with<T: std::fmt::Debug>(
    cases: u32,
    problems: &impl Strategy<Value = T>,
    law: impl Fn(T) -> Result<(), TestCaseError>,
) {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(
        config,
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    runner.run(problems, law).unwrap_or_else(|failure| panic!("{failure}"));
}

/// Cost of the placement, if there is one, in micro-USD.
fn cost_of(outcome: &Outcome) -> Option<i128> {
    outcome.placement().map(|(placement, _)| placement.cost().micros())
}

/// Random problems.
pub(crate) fn random(cases: u32) -> Vec<Problem> {
    let seen = std::cell::RefCell::new(Vec::new());
    run(cases, |problem| {
        seen.borrow_mut().push(problem);
        Ok(())
    });
    seen.into_inner()
}

/// Takes most promises away: most random problems have no placement at all.
pub(crate) fn relax(problem: &mut Problem) {
    for workload in &mut problem.workloads {
        workload.replica.gpus = 0;
        workload.max_rtt = None;
        workload.survive = Survival::default();
        workload.selectors.clear();
        workload.min_regions = 1;
        workload.max_region_share = None;
        workload.max_cloud_share = None;
        workload.weights = None;
        workload.min_zones = 1;
        workload.max_zone_skew = None;
        workload.max_machine_types = None;
        workload.state = None;
    }
    generator::unpin(problem);
}

fn cost(problem: &Problem) -> Option<i128> {
    let answer = place(problem).expect("solver and checker agree");
    assert_ne!(answer.outcome, Outcome::Undecided);
    cost_of(&answer.outcome)
}

#[test]
fn the_optimum_is_the_oracles() {
    run(3_000, |problem| {
        let answer = place(&problem).expect("solver and checker agree");
        let best = oracle::cheapest(&problem);
        match (&answer.outcome, best) {
            (Outcome::Optimal { placement, bound }, Some(assignment)) => {
                let theirs = check::placement(&problem, assignment).expect("the oracle's placement is one");
                let (ours, theirs) = (placement.cost().micros(), theirs.cost().micros());
                prop_assert!((ours - theirs).abs() <= ROUNDING_MICROS, "ours {ours}, the oracle's {theirs}");
                prop_assert!(bound.micros() <= theirs + ROUNDING_MICROS, "bound {bound:?} above {theirs}");
            }
            (Outcome::Infeasible(conflict), None) => {
                prop_assert!(conflict.together.is_some() || !conflict.workloads.is_empty());
            }
            (ours, best) => prop_assert!(false, "ours {ours:?}, the oracle's {best:?}"),
        }
        Ok(())
    });
}

#[test]
fn the_generator_makes_interesting_problems() {
    let (mut infeasible, mut split, mut late, mut shared, mut tied, mut standing) = (0, 0, 0, 0, 0, 0);
    for problem in random(2_500) {
        let answer = place(&problem).unwrap();
        let Some((placement, _)) = answer.outcome.placement() else {
            infeasible += 1;
            continue;
        };
        let groups = placement.groups();
        split += usize::from(groups.len() > problem.workloads.len());
        shared += usize::from(placement.totals().fixed > stowage::units::Money::ZERO && problem.workloads.len() > 1);
        late += usize::from(groups.iter().any(|((workload, region), placed)| {
            let limit = problem.workloads[workload.index()].max_rtt;
            placed.group.traffic.keys().any(|&user| {
                limit.is_some_and(|limit| problem.rtt.get(user, *region).is_some_and(|rtt| rtt.round_trip > limit))
            })
        }));
        standing += usize::from(groups.iter().any(|((workload, _), placed)| {
            problem.workloads[workload.index()].survive.has_places() && placed.group.traffic.is_empty()
        }));
        let first = oracle::assignments_of_least_cost(&problem);
        tied += usize::from(first > 1);
    }
    for (what, count) in [
        ("infeasible", infeasible),
        ("split", split),
        ("late", late),
        ("shared", shared),
        ("tied", tied),
        ("standing by", standing),
    ] {
        assert!(count >= 8, "only {count} of 2,500 problems are {what}");
    }
}

#[test]
fn more_offers_never_cost_more() {
    run(500, |problem| {
        let Some(all) = cost(&problem) else { return Ok(()) };
        let mut fewer = problem.clone();
        for region in &mut fewer.regions {
            let all_but_one = region.offers.len().saturating_sub(1);
            region.offers = region.offers[..all_but_one].into();
        }
        if let Some(fewer) = cost(&fewer) {
            prop_assert!(all <= fewer + ROUNDING_MICROS, "{all} with all offers, {fewer} with fewer");
        }
        Ok(())
    });
}

#[test]
fn dropping_a_rule_never_makes_infeasible_or_dearer() {
    run(300, |problem| {
        let Some(before) = cost(&problem) else { return Ok(()) };
        let drops: [fn(&mut Problem); 20] = [
            |problem| problem.workloads[0].min_zones = 1,
            |problem| problem.workloads[0].max_zone_skew = None,
            |problem| problem.workloads[0].state = None,
            |problem| problem.workloads[0].state.iter_mut().for_each(|state| state.quorum = 1),
            |problem| problem.workloads[0].state.iter_mut().for_each(|state| state.max_storage = None),
            |problem| problem.workloads[0].max_region_share = None,
            |problem| problem.workloads[0].max_cloud_share = None,
            |problem| problem.workloads[0].weights = None,
            |problem| problem.workloads[0].single_region_per_user = false,
            generator::unpin,
            |problem| {
                if let Some(terms) = &mut problem.workloads[0].spot {
                    *terms = SpotTerms {
                        max_share: Ratio::ONE,
                        max_interruption_percent: None,
                        min_pools: 1,
                        survive_pools: 0,
                    };
                }
            },
            |problem| problem.workloads[0].max_rtt = None,
            |problem| problem.workloads[0].survive.zones = 0,
            |problem| problem.workloads[0].survive.regions = 0,
            |problem| problem.workloads[0].survive.clouds = 0,
            |problem| problem.workloads[0].degraded_max_rtt = None,
            |problem| problem.workloads[0].min_regions = 1,
            |problem| problem.workloads[0].max_regions = None,
            |problem| problem.workloads[0].selectors.clear(),
            |problem| problem.limits.max_regions = None,
        ];
        for drop in drops {
            let mut relaxed = problem.clone();
            drop(&mut relaxed);
            let after = cost(&relaxed);
            prop_assert!(after.is_some_and(|after| after <= before + ROUNDING_MICROS), "{before} became {after:?}");
        }
        Ok(())
    });
}

fn renamed_key(mut key: RegionKey) -> RegionKey {
    key.region.insert(0, 'x');
    key
}

#[test]
fn renaming_changes_no_cost() {
    run(300, |problem| {
        let mut renamed = problem.clone();
        renamed.workloads.reverse();
        for (index, workload) in renamed.workloads.iter_mut().enumerate() {
            workload.name = format!("renamed-{index}");
            workload.pinned = workload.pinned.iter().map(|key| renamed_key(key.clone())).collect();
        }
        for region in &mut renamed.regions {
            std::sync::Arc::make_mut(&mut region.offers).reverse();
            region.key.region.insert(0, 'x');
        }
        for selector in renamed.workloads.iter_mut().flat_map(|workload| &mut workload.selectors) {
            for list in [&mut selector.allowed.regions, &mut selector.denied.regions].into_iter().flatten() {
                *list = list.iter().cloned().map(renamed_key).collect();
            }
        }
        let (before, after) = (cost(&problem), cost(&renamed));
        let is_close = match (before, after) {
            (Some(before), Some(after)) => (before - after).abs() <= ROUNDING_MICROS,
            (before, after) => before == after,
        };
        prop_assert!(is_close, "{before:?} became {after:?}");
        Ok(())
    });
}

#[test]
fn blocks_apart_cost_what_they_cost_together() {
    run(300, |mut problem| {
        problem.limits.max_regions = None;
        for region in &mut problem.regions {
            region.fixed_monthly = stowage::units::Money::ZERO;
            let is_free = |offer: &&Offer| !matches!(offer.purchase, Purchase::Committed(..));
            region.offers = region.offers.iter().filter(is_free).copied().collect();
        }
        let together = cost(&problem);
        let apart: Option<i128> = problem
            .workloads
            .iter()
            .map(|workload| cost(&Problem { workloads: vec![workload.clone()], ..problem.clone() }))
            .sum();
        prop_assert_eq!(together, apart);
        Ok(())
    });
}

#[test]
fn programs_and_searches_agree() {
    run(600, |problem| {
        let effort = Effort { tolerance: problem.gap_tolerance, as_programs: true, ..Effort::default() };
        let (searched, program) = (place(&problem).unwrap(), place_with(&problem, effort).unwrap());
        prop_assert_eq!(searched.outcome.name(), program.outcome.name());
        if let (Some(a), Some(b)) = (cost_of(&searched.outcome), cost_of(&program.outcome)) {
            prop_assert!((a - b).abs() <= ROUNDING_MICROS, "a search found {a}, the program {b}");
        }
        Ok(())
    });
}

/// Weak duality: whatever the prices of the rows, the bound they prove is one.
#[test]
fn any_prices_prove_a_bound() {
    run(300, |problem| {
        let Some(cost) = cost(&problem) else { return Ok(()) };
        let formulation = formulate(&problem);
        let mut proven = 0;
        for block in &formulation.blocks {
            let services: Vec<_> = block.services.iter().map(|&index| &formulation.services[index]).collect();
            let program = program(&problem, block, &services);
            let mut state = 1_u64;
            let price = |row: &Row| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let largest = row.terms.iter().map(|(_, factor)| factor.abs()).max().unwrap_or(1);
                (i128::from(state >> 33) - (1 << 29)) * 10_000_000 / largest
            };
            proven += program.lower_bound(&program.rows().iter().map(price).collect::<Vec<_>>()).least;
        }
        let cost = (cost + ROUNDING_MICROS) * 1_000_000_000;
        prop_assert!(proven <= cost, "the bound {proven} is above the cost {cost}");
        Ok(())
    });
}

/// Where workloads are many, offers that lead are found once for all of them: each must find the machines that it finds alone.
fn finds_the_same_machines(alone: &Problem, among: &Problem) -> Result<(), TestCaseError> {
    for index in 0..alone.workloads.len() {
        let name = &alone.workloads[index].name;
        let there = among.workloads.iter().position(|workload| workload.name == *name).expect("it is there too");
        let (alone, among) = (service(alone, WorkloadId::at(index)), service(among, WorkloadId::at(there)));
        prop_assert_eq!(alone.candidates, among.candidates, "{}", name);
        prop_assert_eq!(alone.rejections, among.rejections, "{}", name);
    }
    Ok(())
}

#[test]
fn many_workloads_find_the_machines_that_one_finds() {
    let seen = std::cell::Cell::new(0);
    run(2_000, |problem| {
        if problem.workloads.iter().any(|workload| !workload.calls.is_empty()) {
            return Ok(());
        }
        let mut many = problem.clone();
        for copy in 0..5 {
            many.workloads.extend(problem.workloads.iter().map(|workload| {
                let mut workload = workload.clone();
                workload.name = format!("{}-{copy}", workload.name);
                workload
            }));
        }
        seen.set(seen.get() + 1);
        finds_the_same_machines(&problem, &many)
    });
    assert!(seen.get() > 1_000, "{seen:?}");
}

#[test]
fn on_the_embedded_catalog_too() {
    let workload = |index: usize| {
        let (vcpu, memory) = ([0.25, 1.0, 1.5, 3.0, 7.0, 16.0][index], [4.0, 0.5, 2.0, 30.0, 7.0, 20.0][index]);
        let more = ["", ",\"allow_burstable\":true", ",\"allowed\":{\"architectures\":[\"arm64\"]}"][index % 3];
        format!(
            "\"w{index}\":{{\"replica\":{{\"vcpu\":{vcpu},\"memory_gib\":{memory}}},\"rps_per_replica\":100,\"demand_rps\":{{\"all\":900}}{more}}}"
        )
    };
    let problem = |workloads: &[usize]| {
        let workloads: Vec<String> = workloads.iter().map(|&index| workload(index)).collect();
        let text =
            format!("{{\"users\":{{\"all\":{{\"country\":\"DE\"}}}},\"workloads\":{{{}}}}}", workloads.join(","));
        let node = parse::json(&SourceFile::new("problem.json", text)).expect("JSON");
        parse::problem(&node, Catalog::embedded(), None).expect("a problem").problem
    };
    let among = problem(&[0, 1, 2, 3, 4, 5]);
    for index in 0..6 {
        let mut alone = among.clone();
        alone.workloads = vec![among.workloads[index].clone()];
        finds_the_same_machines(&alone, &among).unwrap();
    }
    assert_eq!(among.workloads.len(), 6);
}

#[test]
fn a_conflict_is_irreducible_and_its_relaxations_work() {
    run(1_500, |problem| {
        let Outcome::Infeasible(conflict) = place(&problem).unwrap().outcome else { return Ok(()) };
        for workload in &conflict.workloads {
            for rule in &workload.rules {
                if let Some(relaxation) = &rule.relaxation {
                    let alone = Problem {
                        workloads: vec![problem.workloads[workload.workload.index()].clone()],
                        ..problem.clone()
                    };
                    let relaxed = generator::relaxed(alone, rule.rule, &relaxation.change);
                    prop_assert_eq!(cost(&relaxed).is_some(), true, "{:?} does not help", rule);
                }
            }
            let rules: Vec<_> = workload.rules.iter().map(|rule| rule.rule).collect();
            let only = generator::with_only(&problem, workload.workload, &rules);
            prop_assert!(cost(&only).is_none(), "{rules:?} can hold together");
            for left_out in &rules {
                let others: Vec<_> = rules.iter().copied().filter(|rule| rule != left_out).collect();
                let fewer = generator::with_only(&problem, workload.workload, &others);
                prop_assert!(cost(&fewer).is_some(), "{rules:?} without {left_out:?} still conflict");
            }
        }
        Ok(())
    });
}
