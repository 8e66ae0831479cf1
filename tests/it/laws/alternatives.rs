//! Alternatives are the next best sets of regions: for one workload, those that are found by trying every set.

use std::collections::BTreeSet;

use proptest::prelude::*;
use stowage::model::{Filter, Problem, RegionId, Selector, WorkloadId};
use stowage::place::{Attempt, Interrupt, attempt, place};

use super::generator::problem;
use super::{ROUNDING_MICROS, calls, run_with};

/// What the cheapest placement in exactly these regions costs, if there is one.
fn cost_in(problem: &Problem, regions: &BTreeSet<RegionId>) -> Option<i128> {
    let key = |region: RegionId| problem.regions[region.index()].key.clone();
    let mut fixed = problem.clone();
    let workload = &mut fixed.workloads[0];
    workload.pinned.extend(regions.iter().map(|&region| key(region)));
    let others = (0..problem.regions.len()).map(RegionId::at).filter(|region| !regions.contains(region)).map(key);
    let denied = Filter { regions: Some(others.collect()), ..Filter::default() };
    workload.selectors.push(Selector { denied, ..Selector::default() });
    // A pin names a region, and must open none that is closed.
    let is_closed = |region: &RegionId| problem.workloads[0].region_refusal(&problem.regions[region.index()]).is_some();
    if regions.iter().any(is_closed) {
        return None;
    }
    match attempt(&fixed, Interrupt::NEVER).expect("solver and checker agree") {
        Attempt::Found { placement, .. } => Some(placement.cost().micros()),
        Attempt::Impossible => None,
        Attempt::Undecided => panic!("a small problem is settled"),
    }
}

#[test]
fn they_are_the_cheapest_of_all_other_sets() {
    let found = std::cell::Cell::new(0);
    run_with(900, &problem(), |problem| {
        let mut problem = Problem { workloads: vec![problem.workloads[0].clone()], ..problem };
        problem.workloads[0].survive.regions = 0;
        problem.workloads[0].survive.clouds = 0;
        problem.alternatives = 20;
        let answer = place(&problem).expect("solver and checker agree");
        let Some((placement, _)) = answer.outcome.placement() else { return Ok(()) };
        let here: BTreeSet<RegionId> = placement.groups().keys().map(|&(_, region)| region).collect();
        let mut expected = Vec::new();
        for choice in 1_usize..1 << problem.regions.len() {
            let regions: BTreeSet<RegionId> =
                (0..problem.regions.len()).filter(|region| choice >> region & 1 == 1).map(RegionId::at).collect();
            if regions != here {
                expected.extend(cost_in(&problem, &regions));
            }
        }
        expected.sort_unstable();
        let costs: Vec<i128> = answer.alternatives.iter().map(|alternative| alternative.cost.micros()).collect();
        prop_assert_eq!(costs.len(), expected.len(), "{:?} against {:?}", costs, expected);
        for (ours, theirs) in costs.iter().zip(&expected) {
            prop_assert!((ours - theirs).abs() <= ROUNDING_MICROS, "{costs:?} against {expected:?}");
        }
        found.set(found.get() + costs.len());
        Ok(())
    });
    assert!(found.get() >= 80, "only {} alternatives", found.get());
}

#[test]
fn they_are_sorted_and_distinct_and_no_cheaper_than_the_answer() {
    run_with(100, &prop_oneof![problem(), calls::problem()], |problem| {
        let problem = Problem { alternatives: 3, ..problem };
        let answer = place(&problem).expect("solver and checker agree");
        let Some((placement, _)) = answer.outcome.placement() else { return Ok(()) };
        let mut seen = BTreeSet::new();
        let held = |workload: WorkloadId| -> BTreeSet<RegionId> {
            placement.groups().keys().filter(|(own, _)| *own == workload).map(|&(_, region)| region).collect()
        };
        let mut last = None;
        for alternative in &answer.alternatives {
            let own: Vec<WorkloadId> = alternative.workloads.keys().copied().collect();
            prop_assert!(alternative.workloads.iter().any(|(&workload, regions)| *regions != held(workload)));
            prop_assert!(seen.insert(alternative.workloads.clone()), "twice: {alternative:?}");
            prop_assert!(alternative.cost.micros() + ROUNDING_MICROS >= placement.cost().micros());
            if let Some((before, cost)) = last.replace((own.clone(), alternative.cost))
                && before == own
            {
                prop_assert!(cost <= alternative.cost);
            }
        }
        Ok(())
    });
}
