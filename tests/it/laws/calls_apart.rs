//! Calls of applications whose user groups rise and fall apart: small random problems, settled by trying every split of traffic and calls.

use std::cell::RefCell;

use proptest::collection::vec;
use proptest::prelude::*;
use stowage::model::{Calendar, Problem, Profile, WorkloadId};
use stowage::place::{Outcome, place};
use stowage::units::Ratio;

use super::calls::{in_micros, problem};
use super::{ROUNDING_MICROS, oracle, run_with};

/// The problems of `calls`, in which every user group has hours of its own.
fn apart() -> impl Strategy<Value = Problem> {
    let part = prop_oneof![Just(0_u32), Just(200_000), Just(500_000), Just(1_000_000)];
    (problem(), vec(vec(part, 3), 3), any::<bool>()).prop_map(|(mut problem, shapes, has_cases)| {
        let calendar = Calendar { hours: if has_cases { 1 } else { 3 }, has_cases };
        let mut shapes = shapes.into_iter().enumerate();
        for workload in &mut problem.workloads {
            workload.state = None;
            let mut shape = |_: &_| {
                let (at, mut shape) = shapes.next().expect("three user groups at most");
                // Whoever asks, asks for everything at some time.
                shape[at % 3] = 1_000_000;
                shape.into_iter().map(Ratio).collect()
            };
            let shapes = workload.demand.iter().map(&mut shape).collect();
            workload.profile = Profile { calendar, shapes, ..Profile::default() };
        }
        // Rates of a few thousandths would be taken for rounded ones.
        for at in (0..problem.workloads.len()).map(WorkloadId::at) {
            problem.workloads[at.index()].profile.rises_apart = problem.has_calls(at);
        }
        problem
    })
}

#[test]
fn hours_prove_no_more_than_the_oracle_says_and_moves_come_near_it() {
    let seen = RefCell::new([0; 4]);
    run_with(250, &apart(), |problem| {
        let answer = place(&problem).expect("solver and checker agree");
        let best = in_micros(oracle::least_cost_with_calls(&problem));
        let mut seen = seen.borrow_mut();
        seen[0] += usize::from(problem.workloads.iter().any(|workload| workload.profile.rises_apart));
        match (&answer.outcome, best) {
            (Outcome::Infeasible(_), None) => seen[1] += 1,
            (Outcome::Optimal { placement, bound } | Outcome::Feasible { placement, bound }, Some(best)) => {
                let cost = placement.cost().micros();
                prop_assert!(cost + ROUNDING_MICROS >= best, "{cost} is less than the oracle's {best}");
                prop_assert!(bound.micros() <= best + ROUNDING_MICROS, "bound {bound:?} above the oracle's {best}");
                seen[2] += usize::from(cost <= best + ROUNDING_MICROS);
                seen[3] += usize::from(cost > best + ROUNDING_MICROS);
            }
            (ours, best) => prop_assert!(false, "ours {ours:?}, the oracle's {best:?}"),
        }
        Ok(())
    });
    let [are_apart, infeasible, best, dearer] = seen.into_inner();
    assert!(are_apart > 150 && infeasible > 5, "{are_apart} apart, {infeasible} infeasible");
    assert!(best > 10 * dearer, "{best} as the oracle says, {dearer} dearer");
}
