//! State: the random problems with data to keep and most other promises taken away, settled by trying every type and every number of machines by zone.

use proptest::prelude::*;
use stowage::check;
use stowage::explain::Rule;
use stowage::model::{Problem, Survival};
use stowage::place::{Outcome, place, place_with};
use stowage::solve::Effort;
use stowage::units::{Bytes, Millicores, Money};

use super::{ROUNDING_MICROS, cost, cost_of, generator, oracle, relax, run_with};

/// The first workload keeps state and outlives up to one zone; its users are within reach of every region that is not out of theirs.
fn problem() -> impl Strategy<Value = Problem> {
    let loss = prop_oneof![1 => Just(0_u32), 3 => Just(1), 1 => Just(2)];
    (
        generator::problem(),
        generator::state(),
        loss,
        prop::collection::vec(prop_oneof![1 => Just(1_usize), 1 => Just(2), 4 => Just(3), 1 => Just(4)], 3),
    )
        .prop_map(|(mut problem, state, zones, of_regions)| {
            let min_zones = problem.workloads[0].min_zones;
            let max_rtt = problem.workloads[0].max_rtt.filter(|_| zones == 1);
            relax(&mut problem);
            problem.workloads.truncate(1);
            let workload = &mut problem.workloads[0];
            (workload.replica.vcpu, workload.replica.memory) = (Millicores(1000), Bytes(1 << 30));
            (workload.reserved.vcpu, workload.reserved.memory) = (Millicores(0), Bytes(0));
            workload.spot = None;
            workload.min_zones = min_zones;
            workload.max_rtt = max_rtt;
            workload.survive = Survival { zones, ..Survival::default() };
            workload.state = Some(state);
            for (region, zones) in problem.regions.iter_mut().zip(of_regions) {
                region.zones = (0..zones).map(|zone| zone.to_string()).collect();
            }
            problem
        })
}

#[test]
fn the_optimum_with_state_is_the_oracles() {
    let [placed, crossing, larger, fewer, refused] = [0_usize; 5].map(std::cell::Cell::new);
    run_with(800, &problem(), |problem| {
        let answer = place(&problem).expect("solver and checker agree");
        match (&answer.outcome, oracle::cheapest(&problem)) {
            (Outcome::Optimal { placement, bound }, Some(assignment)) => {
                let theirs = check::placement(&problem, assignment).expect("the oracle's placement is one");
                let (ours, theirs) = (placement.cost().micros(), theirs.cost().micros());
                prop_assert!((ours - theirs).abs() <= ROUNDING_MICROS, "ours {ours}, the oracle's {theirs}");
                prop_assert!(bound.micros() <= theirs + ROUNDING_MICROS, "bound {bound:?} above {theirs}");
                let (&(workload, region), group) = placement.groups().first_key_value().expect("a group");
                let needed = problem.workloads[workload.index()].replicas_for(group.load());
                let zones = (0..problem.regions[region.index()].zones.len())
                    .filter(|&zone| group.group.instances_in_zone(zone) > 0)
                    .count();
                let instances = group.group.instances();
                let count = |cell: &std::cell::Cell<usize>, is: bool| cell.set(cell.get() + usize::from(is));
                count(&placed, true);
                count(&crossing, group.lines.replication > Money::ZERO);
                count(&larger, instances > 2 * needed);
                count(&fewer, zones < problem.regions[region.index()].zones.len() && instances > zones as u64);
            }
            (Outcome::Infeasible(conflict), None) => {
                prop_assert!(conflict.together.is_some() || !conflict.workloads.is_empty());
                let rules = conflict.workloads.iter().flat_map(|workload| &workload.rules);
                refused.set(refused.get() + usize::from(rules.map(|rule| rule.rule).any(|rule| rule == Rule::State)));
            }
            (ours, best) => prop_assert!(false, "ours {ours:?}, the oracle's {best:?}"),
        }
        Ok(())
    });
    for (what, count) in [
        ("placed", placed),
        ("writing to other zones", crossing),
        ("larger for their data", larger),
        ("in fewer zones than there are", fewer),
        ("refused for their state", refused),
    ] {
        assert!(count.get() >= 20, "only {} of 800 problems are {what}", count.get());
    }
}

#[test]
fn programs_and_searches_agree_on_state() {
    run_with(400, &problem(), |problem| {
        let effort = Effort { tolerance: problem.gap_tolerance, as_programs: true, ..Effort::default() };
        let (searched, program) = (place(&problem).unwrap(), place_with(&problem, effort).unwrap());
        prop_assert_eq!(searched.outcome.name(), program.outcome.name());
        if let (Some(a), Some(b)) = (cost_of(&searched.outcome), cost_of(&program.outcome)) {
            prop_assert!((a - b).abs() <= ROUNDING_MICROS, "a search found {a}, the program {b}");
        }
        Ok(())
    });
}

/// Storage and writes are paid: a budget of what the cheapest placement costs changes nothing, and one below that leaves none.
#[test]
fn a_budget_counts_what_state_costs() {
    run_with(300, &problem(), |mut problem| {
        for workload in &mut problem.workloads {
            workload.uses_commitments = false;
        }
        problem.objective = stowage::model::Objective::default();
        let Some(least) = cost(&problem) else { return Ok(()) };
        let within = |budget: i128| {
            let mut limited = problem.clone();
            limited.limits.max_monthly_cost = Some(Money::from_micros(budget));
            cost(&limited)
        };
        let enough = within(least + ROUNDING_MICROS);
        prop_assert!(
            enough.is_some_and(|cost| (cost - least).abs() <= 2 * ROUNDING_MICROS),
            "{least} became {enough:?}"
        );
        prop_assert_eq!(within(least - ROUNDING_MICROS), None);
        Ok(())
    });
}
