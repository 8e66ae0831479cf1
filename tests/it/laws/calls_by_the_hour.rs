//! Calls that rise and fall with the requests that make them: small random problems of three workloads whose demand changes as one, settled by trying every
//! split of traffic and calls, and every number of machines in every period.

use std::cell::RefCell;

use proptest::prelude::*;
use stowage::check::{PlacedGroup, Placement};
use stowage::model::{Problem, Profile, Quota, QuotaUnit, RegionId};
use stowage::place::{place, place_with};
use stowage::solve::Effort;
use stowage::units::Ratio;

use super::calls::{by_routes_beside, in_micros, problem, with_functions};
use super::parts::agreed;
use super::{ROUNDING_MICROS, generator, oracle, run_with};

/// The same problem, in which everything that is asked changes in one of several ways.
pub(super) fn by_the_hour(mut problem: Problem, choice: u8) -> Problem {
    let called: Vec<String> =
        problem.workloads.iter().flat_map(|of| &of.calls).map(|call| call.callee.clone()).collect();
    for workload in &mut problem.workloads {
        workload.profile = generator::profile(choice, workload.demand.len());
        if called.contains(&workload.name) {
            workload.profile.called = generator::profile(choice, 1).shapes.pop().unwrap_or_default();
        }
    }
    problem
}

fn changing() -> impl Strategy<Value = Problem> {
    (problem(), 0_u8..4).prop_map(|(problem, choice)| by_the_hour(problem, choice))
}

/// Whether a workload that others call has more machines in one period than in another one.
fn follows_calls(placement: &Placement) -> bool {
    let changes = |by_period: &Vec<Vec<u64>>| by_period.windows(2).any(|pair| pair[0] != pair[1]);
    let called = placement.groups().values().filter(|placed| placed.asked.called.0 > 0);
    called.flat_map(|placed| &placed.group.machines).any(|set| changes(&set.by_period))
}

#[test]
fn calls_by_the_hour_cost_what_the_oracle_says() {
    let seen = RefCell::new([0; 5]);
    run_with(400, &changing(), |problem| {
        let answer = place(&problem).expect("solver and checker agree");
        let agreed = agreed(&answer, in_micros(oracle::least_cost_with_calls(&problem)))?;
        let mut seen = seen.borrow_mut();
        let Ok(placement) = agreed else {
            seen[0] += 1;
            return Ok(());
        };
        let groups = placement.groups();
        let crosses =
            |((_, from), placed): (&(_, RegionId), &PlacedGroup)| placed.group.calls.keys().any(|(_, to)| to != from);
        seen[1] += usize::from(follows_calls(placement));
        seen[2] += usize::from(groups.iter().any(crosses));
        seen[3] += usize::from(placement.totals().calls.micros() > 0);
        let mut constant = problem.clone();
        constant.workloads.iter_mut().for_each(|workload| workload.profile = Profile::default());
        let peak = in_micros(oracle::least_cost_with_calls(&constant)).expect("the peak can be carried");
        prop_assert!(placement.cost().micros() <= peak + ROUNDING_MICROS, "the peak at all hours costs {peak}");
        seen[4] += usize::from(placement.cost().micros() + ROUNDING_MICROS < peak);
        Ok(())
    });
    let seen = seen.into_inner();
    let what = ["are infeasible", "follow calls", "cross regions", "pay for calls", "cost less than their peak"];
    for (what, count) in what.iter().zip(seen) {
        assert!(count >= 5, "only {count} of 400 problems {what}: {seen:?}");
    }
}

#[test]
fn functions_called_by_the_hour_cost_what_the_oracle_says() {
    let answering = RefCell::new(0);
    let changing = (with_functions(), 0_u8..4).prop_map(|(problem, choice)| by_the_hour(problem, choice));
    run_with(150, &changing, |problem| {
        let answer = place(&problem).expect("solver and checker agree");
        let best = in_micros(oracle::least_cost_with_calls(&problem));
        let agreed = agreed(&answer, best)?;
        let Ok(placement) = agreed else { return Ok(()) };
        let mut called =
            placement.groups().values().filter(|placed| placed.asked.called.0 > 0 && placed.group.function.is_some());
        *answering.borrow_mut() += usize::from(called.next().is_some());
        Ok(())
    });
    let answering = answering.into_inner();
    assert!(answering >= 10, "functions are called in only {answering} of 150 problems");
}

#[test]
fn routes_by_the_hour_cost_no_less_and_prices_prove_no_more_than_the_oracle_says() {
    let placed = RefCell::new([0; 2]);
    run_with(150, &changing(), |problem| {
        let gaps = by_routes_beside(&problem, in_micros(oracle::least_cost_with_calls(&problem)))?;
        for (placed, gap) in placed.borrow_mut().iter_mut().zip(gaps) {
            *placed += usize::from(gap.is_some());
        }
        Ok(())
    });
    let placed = placed.into_inner();
    assert!(placed[0] > 40 && placed[1] > 40, "only {placed:?} placed");
}

/// Quotas that nothing reaches change no cost, but have machines decided by kind and period where some are spot.
#[test]
fn machines_decided_by_period_carry_calls_as_curves_do() {
    let mixed = RefCell::new(0);
    run_with(150, &changing(), |problem| {
        let best = in_micros(oracle::least_cost_with_calls(&problem));
        let mut counted = problem.clone();
        let quota =
            |at| Quota { region: RegionId::at(at), families: None, unit: QuotaUnit::Instances, most: 1_000_000 };
        counted.quotas = (0..counted.regions.len()).map(quota).collect();
        let effort = Effort { as_programs: true, tolerance: Ratio(1), ..Effort::default() };
        let answer = place_with(&counted, effort).expect("solver and checker agree");
        agreed(&answer, best).map(|agreed| {
            let has_spot = problem.workloads.iter().any(|workload| workload.spot.is_some());
            *mixed.borrow_mut() += usize::from(has_spot && agreed.is_ok_and(follows_calls));
        })
    });
    assert!(mixed.into_inner() >= 3, "few mixed groups follow calls");
}
