//! Laws of what stood before: it costs no more to keep than the threshold allows, an answer is its own successor, and nothing is kept that breaks a rule.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use stowage::check;
use stowage::model::{ByZone, Previous, PreviousGroup, PreviousMachines, Problem, Purchase};
use stowage::place::{Outcome, place};
use stowage::units::{Money, Ratio};

use super::generator::problem;
use super::{ROUNDING_MICROS, calls, relax, run_with};

/// What stands when `placement` does.
pub(super) fn previous(problem: &Problem, placement: &check::Placement) -> Previous {
    let mut previous = Previous::default();
    for (&(workload, region), placed) in placement.groups() {
        let machines = placed.group.machines.iter().map(|set| PreviousMachines {
            instance_type: problem.machine_types[set.machine_type.index()].name.clone(),
            purchase: set.purchase.to_string(),
            commitment: match set.purchase {
                Purchase::Committed(id, _) => Some(problem.commitments[id.index()].label.clone()),
                Purchase::OnDemand | Purchase::Spot => None,
            },
            instances: ByZone::InOrder(set.instances_by_zone.clone()),
            by_period: set.by_period.clone(),
            hourly: None,
        });
        let name = |user: usize| problem.users[user].name.clone();
        let traffic = placed.group.traffic.iter().map(|(user, rate)| (name(user.index()), rate.0)).collect();
        let key = format!("{}/{}", problem.workloads[workload.index()].name, problem.regions[region.index()].key);
        let mut calls: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
        for (&(callee, to), rate) in &placed.group.calls {
            let regions = calls.entry(problem.workloads[callee.index()].name.clone()).or_default();
            regions.insert(problem.regions[to.index()].key.to_string(), rate.0);
        }
        previous
            .groups
            .insert(key, PreviousGroup { machines: machines.collect(), function: None, traffic, calls, copies: None });
    }
    previous
}

/// A problem, factors in percent by which the prices of its regions change, and thresholds in USD and percent.
fn changed() -> impl Strategy<Value = (Problem, Vec<i128>, i128, u32)> {
    let usd = prop_oneof![3 => Just(0_i128), 1 => 0_i128..5];
    let percent = prop_oneof![1 => Just(0_u32), 1 => 0_u32..60];
    (problem(), prop::collection::vec(20_i128..300, 3), usd, percent)
}

#[test]
fn an_answer_is_its_own_successor() {
    run_with(400, &problem(), is_its_own_successor);
    run_with(200, &calls::problem(), is_its_own_successor);
}

#[expect(clippy::needless_pass_by_value, reason = "a law takes the problem it is tried on")]
fn is_its_own_successor(problem: Problem) -> Result<(), TestCaseError> {
    let first = place(&problem).expect("solver and checker agree");
    let Some((placement, _)) = first.outcome.placement() else { return Ok(()) };
    let next = Problem { previous: Some(previous(&problem, placement)), ..problem.clone() };
    let second = place(&next).expect("solver and checker agree");
    let (again, _) = second.outcome.placement().expect("what was placed can be");
    prop_assert_eq!(again, placement);
    let stability = second.stability.as_ref().expect("something stood");
    prop_assert!(stability.is_kept(), "{stability:?}");
    prop_assert!(stability.changed.groups.is_empty(), "{:?}", stability.changed);
    prop_assert_eq!(&first.outcome, &second.outcome);
    Ok(())
}

#[test]
fn what_is_kept_costs_no_more_than_the_threshold_allows() {
    let (mut kept, mut moved, mut impossible) = (0, 0, 0);
    let seen = std::cell::RefCell::new(Vec::new());
    run_with(800, &changed(), |case| {
        seen.borrow_mut().push(case);
        Ok(())
    });
    for (mut problem, factors, usd, percent) in seen.into_inner() {
        relax(&mut problem);
        let first = place(&problem).expect("solver and checker agree");
        let Some((placement, _)) = first.outcome.placement() else { continue };
        let mut today = problem.clone();
        let doubles = factors[0] % 3 == 0;
        for (region, factor) in today.regions.iter_mut().zip(factors) {
            for offer in Arc::make_mut(&mut region.offers) {
                offer.hourly = offer.hourly.scaled(factor, 100);
            }
        }
        if doubles {
            for demand in &mut today.workloads[0].demand {
                demand.rate.0 *= 2;
            }
        }
        let stood = Previous {
            min_improvement: Money::from_micros(usd * 1_000_000),
            min_improvement_share: Ratio(percent * 10_000),
            ..previous(&problem, placement)
        };
        let best = place(&today).expect("solver and checker agree");
        today.previous = Some(stood.clone());
        let answer = place(&today).expect("solver and checker agree");
        let (Some((best, bound)), Some((placement, stated))) = (best.outcome.placement(), answer.outcome.placement())
        else {
            assert_eq!(best.outcome.name(), answer.outcome.name());
            continue;
        };
        let stability = answer.stability.as_ref().expect("something stood");
        assert_eq!(stability.best, Some(best.cost()));
        assert_eq!(stated, bound.min(placement.cost()), "the bound is the search's");
        let mut allowed = Money::ZERO;
        for decision in &stability.decisions {
            let best = decision.best.expect("a placement was found");
            match &decision.earlier {
                Ok(cost) if decision.is_kept => {
                    kept += 1;
                    assert!(*cost <= best || *cost - best < stood.threshold(*cost), "{decision:?}");
                    allowed += (*cost - best).max(Money::ZERO);
                }
                Ok(cost) => {
                    moved += 1;
                    assert!(*cost - best >= stood.threshold(*cost) && *cost > best, "{decision:?}");
                }
                Err(_) => impossible += 1,
            }
        }
        let over = (placement.cost() - best.cost()).micros();
        assert!(over <= allowed.micros() + ROUNDING_MICROS, "{over} over the best, {allowed:?} allowed");
        let is_optimal = matches!(answer.outcome, Outcome::Optimal { .. });
        assert!(is_optimal || answer.is_gap_kept(), "only what is kept leaves a gap");
    }
    for (what, count) in [("kept", kept), ("moved", moved), ("impossible", impossible)] {
        assert!(count >= 20, "only {count} parts are {what}");
    }
}
