//! Moves at a price: the oracle tries every placement beside what stood before.

use proptest::prelude::*;
use stowage::check::{self, Placement};
use stowage::model::{Call, Problem, RegionKey, Stood, Survival, UserId};
use stowage::place::{Outcome, place, place_with};
use stowage::solve::Effort;
use stowage::units::Money;

use super::calls::{by_routes_beside, in_micros, with_functions};
use super::generator::problem;
use super::{ROUNDING_MICROS, copies, cost_of, oracle, parts, quotas, relax, run_with, stock, sums};

/// Problems in which workloads stood somewhere, and a move has a price.
fn moving() -> impl Strategy<Value = Problem> {
    (stood(problem()), any::<bool>()).prop_map(|(mut problem, is_relaxed)| {
        if is_relaxed {
            relax(&mut problem);
        }
        problem
    })
}

/// The problems, with something that stood and a price of moves.
fn stood(problems: impl Strategy<Value = Problem>) -> impl Strategy<Value = Problem> {
    let parts = || prop::collection::vec(prop::collection::vec(0_u64..3, 3), 4);
    let answered = prop::collection::vec(prop::option::weighted(0.5, 0_u64..=2), 4);
    (problems, parts(), parts(), answered, 0_i128..12).prop_map(|(mut problem, parts, calls, answered, price)| {
        problem.objective.move_per_replica = Money::from_micros(price * 1_500_000);
        let users: Vec<UserId> = (0..problem.users.len()).map(UserId::at).collect();
        let keys: Vec<RegionKey> = problem.regions.iter().map(|region| region.key.clone()).collect();
        for (number, workload) in problem.workloads.iter_mut().enumerate() {
            workload.survive = Survival { zones: workload.survive.zones, ..Survival::default() };
            // A place that is gone comes last; a workload in four stood nowhere.
            let gone = RegionKey::new("test", "gone");
            let all: Vec<RegionKey> = keys.iter().take(3).cloned().chain([gone]).collect();
            let places = all.iter().enumerate().filter(|_| number % 4 < 3);
            let has_function = workload.function.is_some();
            let of_place = |(at, key): (usize, &RegionKey)| {
                let part = |(position, &user): (usize, &UserId)| (user, parts[(at + number) % 4][position % 3]);
                let called = |(callee, call): (usize, &Call)| {
                    let part = |(to, key): (usize, &RegionKey)| (key.clone(), calls[(at + callee) % 4][to % 3]);
                    (call.callee.clone(), all.iter().enumerate().map(part).collect())
                };
                let stood = Stood {
                    traffic: users.iter().enumerate().map(part).collect(),
                    calls: workload.calls.iter().enumerate().map(called).collect(),
                    function: answered[at].filter(|_| has_function).map(|answered| (answered, 2)),
                };
                (key.clone(), stood)
            };
            workload.stood = places.map(of_place).collect();
        }
        problem
    })
}

/// Whether it would stand in other regions if moves cost nothing.
fn is_held_back(problem: &Problem, placement: &Placement) -> bool {
    let mut free = problem.clone();
    free.objective.move_per_replica = Money::ZERO;
    let free = place(&free).expect("solver and checker agree");
    free.outcome.placement().is_some_and(|(free, _)| free.regions() != placement.regions())
}

#[test]
fn the_optimum_is_the_oracles() {
    let (decided, paid) = (std::cell::Cell::new(0), std::cell::Cell::new(0));
    run_with(800, &moving(), |problem| {
        let answer = place(&problem).expect("solver and checker agree");
        match (&answer.outcome, oracle::cheapest(&problem)) {
            (Outcome::Optimal { placement, bound }, Some(assignment)) => {
                let theirs =
                    check::placement(&problem, assignment).expect("the oracle's placement is one").cost().micros();
                let ours = placement.cost().micros();
                prop_assert!((ours - theirs).abs() <= ROUNDING_MICROS, "ours {ours}, the oracle's {theirs}");
                prop_assert!(bound.micros() <= theirs + ROUNDING_MICROS, "bound {bound:?} above {theirs}");
                paid.set(paid.get() + usize::from(placement.totals().moves > Money::ZERO));
                decided.set(decided.get() + usize::from(is_held_back(&problem, placement)));
            }
            (Outcome::Infeasible(_), None) => {}
            (ours, best) => prop_assert!(false, "ours {ours:?}, the oracle's {best:?}"),
        }
        Ok(())
    });
    assert!(decided.get() >= 20 && paid.get() >= 100, "{} {}", decided.get(), paid.get());
}

/// Machines of a limited number, quotas, sums and copies of data over regions are decided beside them: the oracle tries every set of machines.
#[test]
fn they_are_weighed_against_what_is_limited() {
    /// The least cost, in micro-USD.
    type Oracle = fn(&Problem) -> Option<i128>;
    let oracles = [
        (stock::problem().boxed(), stock::cheapest as Oracle),
        (quotas::problem().boxed(), quotas::cheapest),
        (sums::problem().boxed(), sums::cheapest),
        (copies::problem().boxed(), copies::cheapest),
    ];
    for (problems, cheapest) in oracles {
        let (decided, paid) = (std::cell::Cell::new(0), std::cell::Cell::new(0));
        run_with(300, &stood(problems), |problem| {
            let answer = place(&problem).expect("solver and checker agree");
            let best = cheapest(&problem);
            let Ok(placement) = parts::agreed(&answer, best)? else { return Ok(()) };
            if problem.limits.have_sums() {
                // Too many pairs to be decided as one program.
                let large = place(&sums::with_empty_regions(&problem)).expect("solver and checker agree");
                if let (Some((found, bound)), Some(best)) = (large.outcome.placement(), best) {
                    prop_assert!(bound.micros() <= best + ROUNDING_MICROS, "bound {bound:?} above {best}");
                    prop_assert!(found.cost().micros() >= best - ROUNDING_MICROS, "{:?} below {best}", found.cost());
                }
            }
            paid.set(paid.get() + usize::from(placement.totals().moves > Money::ZERO));
            decided.set(decided.get() + usize::from(is_held_back(&problem, placement)));
            Ok(())
        });
        assert!(decided.get() >= 10 && paid.get() >= 50, "{} {}", decided.get(), paid.get());
    }
}

/// Workloads that call each other, most of which may run as functions.
#[test]
fn what_is_called_and_what_runs_as_a_function_moves_as_the_oracle_says() {
    let (decided, paid) = (std::cell::Cell::new(0), std::cell::Cell::new([0; 3]));
    run_with(1_000, &stood(with_functions()), |problem| {
        let answer = place(&problem).expect("solver and checker agree");
        let best = in_micros(oracle::least_cost_with_calls(&problem));
        let Ok(placement) = parts::agreed(&answer, best)? else { return Ok(()) };
        let moved = |placed: &&check::PlacedGroup| placed.lines.moves > Money::ZERO;
        let mut seen = paid.get();
        for placed in placement.groups().values().filter(moved) {
            seen[0] += 1;
            seen[1] += usize::from(placed.asked.called.0 > 0);
            seen[2] += usize::from(placed.group.function.is_some());
        }
        paid.set(seen);
        decided.set(decided.get() + usize::from(is_held_back(&problem, placement)));
        Ok(())
    });
    let [all, called, beside_functions] = paid.get();
    let is_tried = decided.get() >= 10 && all >= 50 && called >= 30 && beside_functions >= 2;
    assert!(is_tried, "{} {:?}", decided.get(), paid.get());
}

#[test]
fn routes_and_prices_know_what_moves_cost() {
    let placed = std::cell::Cell::new(0);
    run_with(60, &stood(with_functions()), |problem| {
        let [gap, _] = by_routes_beside(&problem, in_micros(oracle::least_cost_with_calls(&problem)))?;
        placed.set(placed.get() + usize::from(gap.is_some()));
        Ok(())
    });
    assert!(placed.get() > 15, "only {} placed", placed.get());
}

#[test]
fn programs_and_searches_agree() {
    run_with(200, &moving(), |problem| {
        let as_programs = Effort { as_programs: true, tolerance: problem.gap_tolerance, ..Effort::default() };
        let (search, program) = (place(&problem).unwrap(), place_with(&problem, as_programs).unwrap());
        match (cost_of(&search.outcome), cost_of(&program.outcome)) {
            (Some(search), Some(program)) => {
                let allowed = search * i128::from(problem.gap_tolerance.0) / 1_000_000 + ROUNDING_MICROS;
                prop_assert!((search - program).abs() <= allowed, "{search} by search, {program} as a program");
            }
            (search, program) => prop_assert_eq!(search, program),
        }
        Ok(())
    });
}
