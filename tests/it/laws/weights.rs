//! Weighted routing: the oracle tries every split.

use std::collections::BTreeMap;

use proptest::prelude::*;
use stowage::check;
use stowage::model::{Problem, Survival, Weights};
use stowage::place::{Outcome, place};
use stowage::units::Ratio;

use super::generator::problem;
use super::{ROUNDING_MICROS, oracle, relax, run_with};

/// Problems whose first workload weighs clouds, or regions, or one region beside its cloud.
fn weighed() -> impl Strategy<Value = Problem> {
    let weights = (prop::collection::vec(0_u64..4, 4), 0_usize..3, prop::sample::select(vec![0_u32, 50_000, 250_000]));
    (problem(), weights, prop::bool::weighted(0.8)).prop_map(|(mut problem, (parts, kind, tolerance), is_relaxed)| {
        if is_relaxed {
            relax(&mut problem);
        }
        let mut of = BTreeMap::new();
        for (at, region) in problem.regions.iter().enumerate() {
            let domain =
                if kind == 0 || kind == 1 && at > 0 { region.key.cloud.clone() } else { region.key.to_string() };
            of.entry(domain).or_insert(parts[at % 4]);
        }
        if of.values().all(|&weight| weight == 0) {
            for weight in of.values_mut() {
                *weight = 1;
            }
        }
        let workload = &mut problem.workloads[0];
        workload.survive = Survival { zones: workload.survive.zones, ..Survival::default() };
        workload.state = None;
        workload.weights = Some(Weights { of, tolerance: Ratio(tolerance) });
        problem
    })
}

#[test]
fn domains_answer_what_the_oracle_lets_them() {
    let (split, tight, infeasible) = (std::cell::Cell::new(0), std::cell::Cell::new(0), std::cell::Cell::new(0));
    run_with(500, &weighed(), |problem| {
        let answer = place(&problem).expect("solver and checker agree");
        match (&answer.outcome, oracle::cheapest(&problem)) {
            (Outcome::Optimal { placement, bound }, Some(assignment)) => {
                let theirs = check::placement(&problem, assignment).expect("the oracle's placement is one");
                let (ours, theirs) = (placement.cost().micros(), theirs.cost().micros());
                prop_assert!((ours - theirs).abs() <= ROUNDING_MICROS, "ours {ours}, the oracle's {theirs}");
                prop_assert!(bound.micros() <= theirs + ROUNDING_MICROS, "bound {bound:?} above {theirs}");
                split.set(split.get() + usize::from(placement.groups().len() > problem.workloads.len()));
                let mut free = problem.clone();
                free.workloads[0].weights = None;
                tight.set(
                    tight.get() + usize::from(super::cost(&free).is_some_and(|free| free + ROUNDING_MICROS < ours)),
                );
            }
            (Outcome::Infeasible(_), None) => infeasible.set(infeasible.get() + 1),
            (ours, best) => prop_assert!(false, "ours {ours:?}, the oracle's {best:?}"),
        }
        Ok(())
    });
    let counts = [split.get(), tight.get(), infeasible.get()];
    assert!(counts.iter().all(|&count| count >= 20), "{counts:?}");
}
