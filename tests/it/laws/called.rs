//! Regions and clouds that may be lost beside calls: small random problems of three workloads that call each other, each of which may outlive what it likes,
//! settled by trying every split of traffic and calls, every number of machines, and every loss.

use std::cell::RefCell;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use stowage::model::{Problem, Purchase, RegionKey, Survival};
use stowage::place::{Outcome, place, place_with};
use stowage::solve::Effort;
use stowage::units::{Bytes, MilliRps, RoundTrip};

use super::committed_calls::sells_commitments;
use super::parts::agreed;
use super::{ROUNDING_MICROS, calls, oracle, run_with};

/// Regions, clouds; whether replicas work harder during a loss; the longest round trip then.
type Outlived = (u32, u32, bool, Option<u32>);

fn outlived() -> impl Strategy<Value = Outlived> {
    let lost = prop_oneof![6 => Just((1_u32, 0_u32)), 5 => Just((0, 0)), 1 => Just((2, 0)), 1 => Just((0, 1)), 1 => Just((1, 1))];
    (lost, any::<bool>(), option::weighted(0.15, 10_u32..=60))
        .prop_map(|((regions, clouds), is_harder, limit)| (regions, clouds, is_harder, limit))
}

/// The problems of `calls` in which there is more than one region, and workloads outlive regions and clouds. Mostly nothing else stands in the way.
fn problem() -> impl Strategy<Value = Problem> {
    let of_calls = calls::problem().prop_filter("one region", |problem| problem.regions.len() > 1);
    (of_calls, vec(outlived(), 3), prop::bool::weighted(0.8)).prop_map(|(mut problem, outlived, is_simple)| {
        for (workload, (regions, clouds, is_harder, limit)) in problem.workloads.iter_mut().zip(outlived) {
            workload.state = None;
            workload.spot = None;
            workload.max_machine_types = None;
            workload.single_region_per_user = false;
            workload.survive = Survival { regions, clouds, ..workload.survive };
            workload.degraded_max_rtt = limit.map(|ms| RoundTrip(ms * 1_000)).filter(|_| workload.survive.has_places());
            let rate = workload.rate_per_replica.0;
            workload.degraded_rate_per_replica = MilliRps(if is_harder { rate + 1 } else { rate });
            if is_simple {
                workload.survive.zones = 0;
                (workload.response, workload.max_regions, workload.max_rtt) = (Bytes(0), None, None);
                (workload.max_region_share, workload.max_cloud_share) = (None, None);
            }
        }
        if is_simple {
            problem.limits.max_regions = None;
            problem.limits.max_clouds = None;
        }
        // What is tried grows fast with regions and requests.
        let most = if problem.regions.len() > 2 { 1 } else { 2 };
        for demand in problem.workloads.iter_mut().flat_map(|workload| &mut workload.demand) {
            demand.rate.0 = demand.rate.0.min(most);
        }
        let last = problem.regions.len() - 1;
        for (at, region) in problem.regions.iter_mut().enumerate() {
            region.key = RegionKey::new(if at < last { "one" } else { "other" }, region.key.region.clone());
        }
        problem
    })
}

#[test]
fn what_outlives_regions_beside_calls_costs_what_the_oracle_says() {
    let seen = RefCell::new([0; 4]);
    run_with(60, &problem(), |problem| {
        let answer = place(&problem).expect("solver and checker agree");
        let best = oracle::least_cost_with_calls(&problem).map(|femto| femto / 1_000_000_000);
        let agreed = agreed(&answer, best)?;
        let mut seen = seen.borrow_mut();
        let Ok(placement) = agreed else {
            seen[0] += 1;
            return Ok(());
        };
        let outlives = |at: usize| problem.workloads[at].survive.has_places();
        let calls = |from: usize| !problem.workloads[from].calls.is_empty();
        seen[1] += usize::from(calls(0) && outlives(0) && outlives(2));
        seen[2] += usize::from(calls(0) && !outlives(0) && outlives(2));
        let stands_by =
            placement.groups().values().any(|placed| placed.group.traffic.is_empty() && placed.asked.called.0 == 0);
        seen[3] += usize::from(stands_by);
        Ok(())
    });
    let seen = seen.into_inner();
    let what = ["are infeasible", "have callers and callees that outlive", "have callees alone that do", "stand by"];
    for (what, count) in what.iter().zip(seen) {
        assert!(count >= 3, "only {count} of 60 problems {what}: {seen:?}");
    }
}

/// Those that outlive nothing may use commitments.
#[test]
fn commitments_beside_what_outlives_regions_and_is_called_cost_what_the_oracle_says() {
    let seen = RefCell::new([0; 2]);
    let committed = problem().boxed().prop_filter("nothing is committed", sells_commitments);
    let committed = committed.prop_map(|mut problem| {
        for workload in &mut problem.workloads {
            workload.uses_commitments = !workload.survive.has_places();
        }
        problem
    });
    run_with(60, &committed, |problem| {
        let answer = place(&problem).expect("solver and checker agree");
        let best = oracle::least_cost_with_calls(&problem).map(|femto| femto / 1_000_000_000);
        let Ok(placement) = agreed(&answer, best)? else { return Ok(()) };
        let outlives = problem.workloads.iter().any(|workload| workload.survive.has_places());
        let sets = || placement.groups().values().flat_map(|placed| &placed.group.machines);
        let mut seen = seen.borrow_mut();
        seen[0] += usize::from(outlives);
        seen[1] += usize::from(outlives && sets().any(|set| matches!(set.purchase, Purchase::Committed(..))));
        Ok(())
    });
    let seen = seen.into_inner();
    assert!(seen[0] >= 20 && seen[1] >= 5, "{seen:?} of 60 outlive regions, and commit machines");
}

#[test]
fn routes_beside_losses_cost_no_less_and_prices_prove_no_more_than_the_program() {
    let placed = RefCell::new([0; 2]);
    run_with(100, &problem(), |problem| {
        let exact = Effort { as_programs: true, ..Effort::default() };
        let exact = place_with(&problem, exact).expect("solver and checker agree").outcome;
        let best = exact.placement().map(|(placement, _)| placement.cost().micros());
        for work in [0, 2_000_000] {
            let answer = place_with(&problem, calls::by_routes(work)).expect("solver and checker agree");
            match (answer.outcome.placement(), best) {
                (Some((found, bound)), Some(best)) => {
                    prop_assert!(found.cost().micros() >= best - ROUNDING_MICROS, "{found:?} below {best}");
                    prop_assert!(bound.micros() <= best + ROUNDING_MICROS, "bound {bound:?} above {best}");
                    placed.borrow_mut()[usize::from(work > 0)] += 1;
                }
                (None, Some(best)) => {
                    prop_assert!(!matches!(answer.outcome, Outcome::Infeasible(_)), "infeasible, the program's {best}");
                }
                (Some(_), None) => prop_assert!(!matches!(exact, Outcome::Infeasible(_)), "cannot be placed"),
                (None, None) => {}
            }
        }
        Ok(())
    });
    let placed = placed.into_inner();
    assert!(placed[0] > 10 && placed[1] > 20, "only {placed:?} placed");
}
