//! What binds is what saves: for every limit, the cost without one unit more of it is compared with the cost with it.

use std::collections::BTreeMap;

use proptest::prelude::*;
use stowage::explain::{Change, Rule, limits_of, one_more, shared_limits};
use stowage::formulate::formulate;
use stowage::model::{Problem, WorkloadId};
use stowage::place::{Attempt, Interrupt, attempt, place};

use super::generator::problem;
use super::{ROUNDING_MICROS, calls, run_with};

/// Less is not told: it can be rounding.
const LEAST_MICROS: i128 = 1_000;

#[test]
fn they_are_the_limits_of_which_one_unit_more_saves() {
    let found = std::cell::Cell::new(0);
    run_with(400, &prop_oneof![3 => problem(), 1 => calls::problem()], |problem| {
        let problem = Problem { bindings: true, ..problem };
        let answer = place(&problem).expect("solver and checker agree");
        let Some((placement, _)) = answer.outcome.placement() else { return Ok(()) };
        let cost = placement.cost().micros();
        let told: BTreeMap<(Option<WorkloadId>, Rule), (&Change, i128)> = answer
            .bindings
            .iter()
            .map(|binding| ((binding.workload, binding.rule), (&binding.change, binding.saving.micros())))
            .collect();
        prop_assert_eq!(told.len(), answer.bindings.len());
        found.set(found.get() + told.len());
        let all = (0..problem.workloads.len()).map(WorkloadId::at);
        let own = all.flat_map(|id| limits_of(&problem, id).into_iter().map(move |rule| (Some(id), rule)));
        let limits: Vec<_> = own.chain(shared_limits(&problem).into_iter().map(|rule| (None, rule))).collect();
        prop_assert!(told.keys().all(|limit| limits.contains(limit)));
        for (workload, rule) in limits {
            let Some((change, relaxed)) = one_more(&problem, workload.unwrap_or(WorkloadId(0)), rule) else { continue };
            // What joins units that are apart is looked at within its own unit only.
            if formulate(&relaxed).blocks.len() < formulate(&problem).blocks.len() {
                continue;
            }
            let Attempt::Found { placement, .. } =
                attempt(&relaxed, Interrupt::NEVER).expect("solver and checker agree")
            else {
                return Err(TestCaseError::fail(format!("{rule} relaxed leaves no placement")));
            };
            let saving = cost - placement.cost().micros();
            prop_assert!(saving >= -ROUNDING_MICROS, "{rule} relaxed costs {}", -saving);
            match told.get(&(workload, rule)) {
                Some((told, amount)) => {
                    prop_assert_eq!(*told, &change);
                    prop_assert!((amount - saving).abs() <= ROUNDING_MICROS, "{rule}: {amount} told, {saving} found");
                }
                None => prop_assert!(saving <= LEAST_MICROS + ROUNDING_MICROS, "{rule}: {saving} not told"),
            }
        }
        Ok(())
    });
    assert!(found.get() >= 10, "only {} limits bind", found.get());
}
