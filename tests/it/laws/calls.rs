//! Calls: small random problems of workloads that call each other, settled by trying every split of traffic and calls.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use stowage::check::PlacedGroup;
use stowage::model::{
    Call, Function, Link, LinkTable, Problem, Profile, Provenance, Purchase, Quota, QuotaUnit, RegionId, Replica, Rtt,
    RttTable, Survival, UserId,
};
use stowage::place::{Outcome, place, place_with};
use stowage::solve::Effort;
use stowage::units::{Bytes, Duration, Millicores, Money, Ratio, RoundTrip};

use super::parts::agreed;
use super::{ROUNDING_MICROS, cost, functions, generator, oracle, relax, run_with};

/// Calls for each request, bytes there and back, and whether they are waited for.
type Asked = (u32, bool, bool, bool);

fn asked() -> impl Strategy<Value = Option<Asked>> {
    let per_request = prop_oneof![Just(500_000_u32), Just(1_000_000), Just(1_500_000), Just(333_334)];
    option::weighted(0.7, (per_request, any::<bool>(), any::<bool>(), prop::bool::weighted(0.8)))
}

/// Two workloads and a third that nobody asks but they, in up to three regions; little demand, for the ways to split calls are many.
pub(super) fn problem() -> impl Strategy<Value = Problem> {
    let link = (option::weighted(0.85, 0_i128..=4), option::weighted(0.9, 5_u32..=60));
    let limits = (option::weighted(0.6, 40_u32..=140), option::weighted(0.2, 40_u32..=160));
    (generator::problem(), vec(asked(), 3), vec(link, 9), limits, 2_usize..=3, prop::bool::weighted(0.8)).prop_map(
        |(mut problem, calls, links, limits, regions, is_relaxed)| {
            let state = problem.workloads[0].state;
            if is_relaxed {
                relax(&mut problem);
                for workload in &mut problem.workloads {
                    (workload.replica.vcpu, workload.replica.memory) = (Millicores(500), Bytes(1 << 29));
                    workload.reserved = Replica::default();
                }
            }
            if regions < problem.regions.len() {
                cut(&mut problem, regions);
            }
            let second = problem.workloads.get(1).unwrap_or(&problem.workloads[0]).clone();
            let third = problem.workloads[0].clone();
            problem.workloads.truncate(1);
            problem.workloads.extend([second, third]);
            problem.workloads[2].state = state;
            for (number, workload) in problem.workloads.iter_mut().enumerate() {
                workload.name = format!("workload-{number}");
                workload.profile = Profile::default();
                workload.survive = Survival { zones: workload.survive.zones, ..Survival::default() };
                workload.min_regions = 1;
                workload.pinned.clear();
                workload.uses_commitments = false;
                workload.demand.truncate([2, 1, 0][number]);
                for demand in &mut workload.demand {
                    demand.rate.0 = demand.rate.0.min(2);
                }
            }
            problem.limits.max_regions = problem.limits.max_regions.map(|most| most.max(2));
            for ((from, to), asked) in [(0, 1), (0, 2), (1, 2)].into_iter().zip(calls) {
                let Some((per_request, answers, sends, waits)) =
                    asked.or((to == 2 && from == 1).then_some((1_000_000, true, false, true)))
                else {
                    continue;
                };
                let bytes = |is_some: bool| Bytes(if is_some { 70_000_000 } else { 0 });
                problem.workloads[from].calls.push(Call {
                    callee: format!("workload-{to}"),
                    per_request: Ratio(per_request),
                    answer: bytes(answers),
                    sent: bytes(sends),
                    waits,
                });
            }
            for (workload, limit) in [limits.0, limits.1].into_iter().enumerate() {
                problem.workloads[workload].max_path_rtt = limit.map(|ms| RoundTrip(ms * 1_000));
            }
            problem.links = links_of(&links, problem.regions.len());
            problem
        },
    )
}

/// Keeps the first regions.
fn cut(problem: &mut Problem, regions: usize) {
    let known = |user: usize, region: usize| problem.rtt.get(UserId::at(user), RegionId::at(region));
    let row = |user: usize| (0..regions).map(|region| known(user, region)).collect();
    let rows = (0..problem.users.len()).map(row).collect();
    problem.rtt = RttTable::from_rows(regions, rows);
    problem.regions.truncate(regions);
}

fn links_of(links: &[(Option<i128>, Option<u32>)], regions: usize) -> LinkTable {
    let link = |from: usize, to: usize| {
        let (price, rtt) = links[from * 3 + to];
        let known = |ms: u32| Rtt { round_trip: RoundTrip(ms * 1_000), provenance: Provenance::Declared };
        let egress_per_gb =
            if from == to { Some(Money::ZERO) } else { price.map(|price| Money::from_micros(price * 1_000)) };
        Link { egress_per_gb, rtt: if from == to { Some(known(1)) } else { rtt.map(known) } }
    };
    LinkTable::from_rows((0..regions).map(|from| (0..regions).map(|to| link(from, to)).collect()).collect())
}

#[test]
fn the_optimum_with_calls_is_the_oracles() {
    run_with(400, &problem(), |problem| {
        let answer = place(&problem).expect("solver and checker agree");
        agreed(&answer, in_micros(oracle::least_cost_with_calls(&problem))).map(|_| ())
    });
}

/// An oracle's cost in micro-USD.
pub(super) fn in_micros(femto: Option<i128>) -> Option<i128> {
    femto.map(|femto| femto / 1_000_000_000)
}

/// The same workloads, most of which may run as functions too, some as nothing else.
pub(super) fn with_functions() -> impl Strategy<Value = Problem> {
    let function =
        (option::weighted(0.75, (prop_oneof![Just(500_u32), Just(1000)], 1_u32..=2)), prop::bool::weighted(0.1));
    let offers = vec(vec((1_i128..=4, 0_i128..=1, 1_u32..=2), 0..=2), 3);
    let limits = vec(option::weighted(0.3, 0_u64..=4), 3);
    (problem(), vec(function, 3), offers, limits).prop_map(|(mut problem, drawn, offers, limits)| {
        problem.objective.carbon_per_tonne = Money::ZERO;
        for (workload, (function, is_alone)) in problem.workloads.iter_mut().zip(drawn) {
            workload.function = function.filter(|_| workload.state.is_none()).map(|(seconds, concurrency)| Function {
                memory: Bytes(1 << 29),
                vcpu: Some(Millicores(500)),
                duration: Duration(seconds * 1_000_000),
                concurrency,
            });
            workload.runs_on_machines = !(is_alone && workload.function.is_some());
        }
        for ((region, offers), limit) in problem.regions.iter_mut().zip(offers).zip(limits) {
            let services = offers.into_iter().enumerate();
            region.functions = services.map(|(at, drawn)| functions::service(at, drawn)).collect();
            region.max_environments = limit;
        }
        problem
    })
}

#[test]
fn functions_that_call_and_are_called_cost_what_the_oracle_says() {
    let seen = std::cell::RefCell::new([0; 5]);
    run_with(300, &with_functions(), |problem| {
        let answer = place(&problem).expect("solver and checker agree");
        let agreed = agreed(&answer, in_micros(oracle::least_cost_with_calls(&problem)))?;
        let mut seen = seen.borrow_mut();
        let Ok(placement) = agreed else {
            seen[0] += 1;
            return Ok(());
        };
        let groups = || placement.groups().values().filter(|placed| placed.group.function.is_some());
        seen[1] += usize::from(groups().any(|placed| !placed.group.calls.is_empty()));
        seen[2] += usize::from(groups().any(|placed| placed.asked.called.0 > 0));
        let both = |placed: &PlacedGroup| !placed.group.machines.is_empty();
        seen[3] += usize::from(groups().any(|placed| both(placed) && !placed.group.calls.is_empty()));
        seen[4] += usize::from(groups().any(|placed| both(placed) && placed.asked.called.0 > 0));
        Ok(())
    });
    let seen = seen.into_inner();
    let what = ["are infeasible", "call", "are called", "call beside machines", "are called beside machines"];
    for (what, count) in what.iter().zip(seen) {
        assert!(count >= 3, "only {count} of 300 problems {what}: {seen:?}");
    }
}

#[test]
fn routes_among_functions_cost_no_less_and_prices_prove_no_more_than_the_oracle_says() {
    let placed = std::cell::Cell::new(0);
    run_with(60, &with_functions(), |problem| {
        let [gap, _] = by_routes_beside(&problem, in_micros(oracle::least_cost_with_calls(&problem)))?;
        placed.set(placed.get() + usize::from(gap.is_some()));
        Ok(())
    });
    assert!(placed.get() > 15, "only {} placed", placed.get());
}

/// Places a problem by routes and prices alone, and with a program after them: neither costs less than `best`, or proves more. The gap of each that is placed.
pub(super) fn by_routes_beside(problem: &Problem, best: Option<i128>) -> Result<[Option<u32>; 2], TestCaseError> {
    let mut gaps = [None; 2];
    for (gap, work) in gaps.iter_mut().zip([0, 2_000_000]) {
        let answer = place_with(problem, by_routes(work)).expect("solver and checker agree");
        let Some((placement, bound)) = answer.outcome.placement() else {
            let is_wrong = matches!(answer.outcome, Outcome::Infeasible(_)) && best.is_some();
            prop_assert!(!is_wrong, "infeasible, the oracle's {best:?}");
            continue;
        };
        let Some(best) = best else { return Err(TestCaseError::fail("the oracle finds nothing")) };
        prop_assert!(placement.cost().micros() >= best - ROUNDING_MICROS, "below the oracle's {best}");
        prop_assert!(bound.micros() <= best + ROUNDING_MICROS, "bound {bound:?} above {best}");
        *gap = Some(answer.outcome.gap_millionths().unwrap_or_default());
    }
    Ok(gaps)
}

/// Every search for calls, however few the ways: `program_work` of zero leaves it at routes and prices.
pub(super) fn by_routes(program_work: usize) -> Effort<'static> {
    Effort { few_ways: 0, program_work, tolerance: Ratio(10), ..Effort::default() }
}

#[test]
fn routes_cost_no_less_and_prices_prove_no_more_than_the_oracle_says() {
    let (placed, proven) = (std::cell::Cell::new(0), std::cell::Cell::new(0));
    run_with(150, &problem(), |problem| {
        let [gap, _] = by_routes_beside(&problem, in_micros(oracle::least_cost_with_calls(&problem)))?;
        placed.set(placed.get() + usize::from(gap.is_some()));
        proven.set(proven.get() + usize::from(gap.is_some_and(|gap| gap <= 100_000)));
        Ok(())
    });
    assert!(placed.get() > 40, "only {} placed", placed.get());
    assert!(proven.get() > 15, "only {} within a tenth", proven.get());
}

#[test]
fn quotas_among_calls_are_kept_and_priced_no_higher_than_they_cost() {
    let quotas = vec((0_usize..2, any::<bool>(), 0_u64..=8), 1..=2);
    let dearer = std::cell::Cell::new(0);
    run_with(80, &(problem(), quotas), |(mut problem, quotas)| {
        problem.workloads.iter_mut().for_each(|workload| workload.spot = None);
        let free = cost(&problem);
        problem.quotas = quotas
            .into_iter()
            .map(|(region, is_vcpu, most)| Quota {
                region: RegionId::at(region),
                families: None,
                unit: if is_vcpu { QuotaUnit::Vcpu } else { QuotaUnit::Instances },
                most: if is_vcpu { most * 1000 } else { most },
            })
            .collect();
        let program = place_with(&problem, Effort { as_programs: true, tolerance: Ratio(10), ..Effort::default() });
        let program = program.expect("solver and checker agree").outcome;
        for effort in [by_routes(0), by_routes(2_000_000), Effort { tolerance: Ratio(10), ..Effort::default() }] {
            let answer = place_with(&problem, effort).expect("solver and checker agree");
            match (answer.outcome.placement(), program.placement()) {
                (Some((ours, bound)), Some((theirs, least))) => {
                    prop_assert!(ours.cost().micros() >= least.micros() - ROUNDING_MICROS, "{ours:?} below {least:?}");
                    prop_assert!(
                        bound.micros() <= theirs.cost().micros() + ROUNDING_MICROS,
                        "{bound:?} above {theirs:?}"
                    );
                }
                (None, Some(_)) => prop_assert!(!matches!(answer.outcome, Outcome::Infeasible(_)), "can be placed"),
                (Some(_), None) => prop_assert!(!matches!(program, Outcome::Infeasible(_)), "cannot be placed"),
                (None, None) => {}
            }
        }
        if let (Some(free), Some((kept, _))) = (free, program.placement()) {
            dearer.set(dearer.get() + usize::from(kept.cost().micros() > free + ROUNDING_MICROS));
        }
        Ok(())
    });
    assert!(dearer.get() >= 3, "quotas cost something in {} problems only", dearer.get());
}

#[test]
fn seats_cost_no_less_than_the_program_and_hardly_ever_more() {
    let quotas = vec((0_usize..3, 1_u64..=6), 0..=2);
    let (placed, best) = (std::cell::Cell::new(0), std::cell::Cell::new(0));
    run_with(120, &(problem(), quotas), |(mut problem, quotas)| {
        for workload in &mut problem.workloads {
            (workload.max_regions, workload.spot) = (Some(1), None);
        }
        let quota = |(region, most): (usize, u64)| Quota {
            region: RegionId::at(region.min(problem.regions.len() - 1)),
            families: None,
            unit: QuotaUnit::Instances,
            most,
        };
        problem.quotas = quotas.into_iter().map(quota).collect();
        let program = place_with(&problem, Effort { as_programs: true, tolerance: Ratio(10), ..Effort::default() });
        let program = program.expect("solver and checker agree").outcome;
        let answer = place_with(&problem, by_routes(0)).expect("solver and checker agree");
        match (answer.outcome.placement(), program.placement()) {
            (Some((ours, bound)), Some((theirs, least))) => {
                prop_assert!(ours.cost().micros() >= least.micros() - ROUNDING_MICROS, "{ours:?} below {least:?}");
                prop_assert!(bound.micros() <= theirs.cost().micros() + ROUNDING_MICROS, "{bound:?} above {theirs:?}");
                placed.set(placed.get() + 1);
                let is_best = ours.cost().micros() <= theirs.cost().micros() + ROUNDING_MICROS;
                best.set(best.get() + usize::from(is_best));
            }
            (None, Some(_)) => prop_assert!(!matches!(answer.outcome, Outcome::Infeasible(_)), "can be placed"),
            (Some(_), None) => prop_assert!(!matches!(program, Outcome::Infeasible(_)), "cannot be placed"),
            (None, None) => {}
        }
        Ok(())
    });
    assert!(placed.get() >= 30, "only {} placed", placed.get());
    assert!(best.get() * 20 >= placed.get() * 19, "only {} of {} at the least cost", best.get(), placed.get());
}

#[test]
fn the_generator_makes_interesting_calls() {
    let seen = std::cell::RefCell::new(Vec::new());
    run_with(2_000, &problem(), |problem| {
        seen.borrow_mut().push(problem);
        Ok(())
    });
    let (mut infeasible, mut crossing, mut split, mut binding, mut spot) = (0, 0, 0, 0, 0);
    for problem in seen.into_inner() {
        let answer = place(&problem).unwrap();
        let Some((placement, _)) = answer.outcome.placement() else {
            infeasible += 1;
            continue;
        };
        let groups = placement.groups();
        let calls =
            || groups.iter().flat_map(|((_, region), placed)| placed.group.calls.keys().map(move |to| (region, to)));
        crossing += usize::from(calls().any(|(from, (_, to))| from != to));
        split += usize::from(groups.values().any(|placed| {
            placed
                .group
                .calls
                .keys()
                .any(|(callee, _)| placed.group.calls.keys().filter(|(other, _)| other == callee).count() > 1)
        }));
        spot += usize::from(
            groups.values().any(|placed| placed.group.machines.iter().any(|set| set.purchase == Purchase::Spot)),
        );
        let mut free = problem.clone();
        free.workloads.iter_mut().for_each(|workload| workload.max_path_rtt = None);
        binding += usize::from(cost(&free).is_some_and(|free| free + ROUNDING_MICROS < placement.cost().micros()));
    }
    for (what, count) in [
        ("infeasible", infeasible),
        ("crossing", crossing),
        ("split", split),
        ("bound by paths", binding),
        ("spot", spot),
    ] {
        assert!(count >= if what == "split" { 3 } else { 5 }, "only {count} of 2,000 problems are {what}");
    }
}

#[test]
fn dropping_calls_or_limits_of_paths_never_costs_more() {
    run_with(150, &problem(), |problem| {
        let Some(before) = cost(&problem) else { return Ok(()) };
        let drops: [fn(&mut Problem); 4] = [
            |problem| problem.workloads[0].calls.clear(),
            |problem| drop(problem.workloads[1].calls.pop()),
            |problem| problem.workloads[0].max_path_rtt = None,
            |problem| problem.workloads[0].calls.iter_mut().for_each(|call| call.waits = false),
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

#[test]
fn renaming_workloads_that_call_changes_no_cost() {
    run_with(150, &problem(), |problem| {
        let mut renamed = problem.clone();
        renamed.workloads.reverse();
        let other = |name: &str| format!("renamed-{name}");
        for workload in &mut renamed.workloads {
            workload.name = other(&workload.name);
            workload.calls.iter_mut().for_each(|call| call.callee = other(&call.callee));
            workload.calls.reverse();
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
