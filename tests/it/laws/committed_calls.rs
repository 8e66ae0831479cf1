//! Commitments beside calls: small random problems of three workloads that call each other and share committed machines, whose demand may change by the hour,
//! settled by trying every split of traffic and calls, and every number of machines and of committed ones among them.

use std::cell::RefCell;

use proptest::prelude::*;
use stowage::model::{Problem, Purchase};
use stowage::place::place;

use super::calls::{by_routes_beside, in_micros, problem};
use super::calls_by_the_hour::by_the_hour;
use super::parts::agreed;
use super::{ROUNDING_MICROS, cost, oracle, run_with};

/// Whether some committed machine is for sale.
pub(super) fn sells_commitments(problem: &Problem) -> bool {
    let mut offers = problem.regions.iter().flat_map(|region| region.offers.iter());
    !problem.commitments.is_empty() && offers.any(|offer| matches!(offer.purchase, Purchase::Committed(..)))
}

/// Problems in which some committed machines are for sale, to all workloads that use no spot; in half of them demand changes.
fn committed() -> impl Strategy<Value = Problem> {
    (problem().prop_filter("nothing is committed", sells_commitments), 0_u8..8).prop_map(|(mut problem, choice)| {
        for workload in &mut problem.workloads {
            workload.uses_commitments = workload.spot.is_none();
            workload.max_machine_types = None;
        }
        by_the_hour(problem, choice)
    })
}

#[test]
fn commitments_beside_calls_cost_what_the_oracle_says() {
    let seen = RefCell::new([0; 4]);
    run_with(300, &committed(), |problem| {
        let answer = place(&problem).expect("solver and checker agree");
        let agreed = agreed(&answer, in_micros(oracle::least_cost_with_calls(&problem)))?;
        let mut seen = seen.borrow_mut();
        let Ok(placement) = agreed else {
            seen[0] += 1;
            return Ok(());
        };
        let is_committed = |set: &&stowage::model::MachineSet| matches!(set.purchase, Purchase::Committed(..));
        let taken = |placed: &stowage::check::PlacedGroup| -> u64 {
            placed.group.machines.iter().filter(is_committed).map(stowage::model::MachineSet::instances).sum()
        };
        let groups = || placement.groups().values();
        let all: u64 = groups().map(taken).sum();
        seen[1] += usize::from(groups().any(|placed| placed.asked.called.0 > 0 && taken(placed) > 0));
        seen[2] += usize::from(all > 0 && all == u64::from(problem.commitments[0].quantity));
        let mut more = problem.clone();
        more.commitments[0].quantity += 1;
        let less = cost(&more).is_some_and(|less| less + ROUNDING_MICROS < placement.cost().micros());
        seen[3] += usize::from(less);
        Ok(())
    });
    let seen = seen.into_inner();
    let what = ["are infeasible", "commit machines that are called", "take all there is", "could use more"];
    for (what, count) in what.iter().zip(seen) {
        assert!(count >= 5, "only {count} of 300 problems {what}: {seen:?}");
    }
}

#[test]
fn routes_beside_commitments_cost_no_less_and_prices_prove_no_more_than_the_oracle_says() {
    let placed = RefCell::new(0);
    run_with(100, &committed(), |problem| {
        let gaps = by_routes_beside(&problem, in_micros(oracle::least_cost_with_calls(&problem)))?;
        *placed.borrow_mut() += gaps.into_iter().flatten().count();
        Ok(())
    });
    assert!(placed.into_inner() > 60, "few are placed");
}
