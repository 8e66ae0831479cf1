//! Machine types: a group consists of no more different machine types than it may, in whatever way they are bought.
//!
//! > number of types o with instances(w, r, o) > 0  <=  max_machine_types(w)          for every group (w, r)

use std::collections::BTreeSet;

use super::Violation;
use crate::model::{Assignment, Problem, TypeId};

pub(super) fn check(problem: &Problem, assignment: &Assignment, violations: &mut Vec<Violation>) {
    for (&(workload, region), group) in &assignment.groups {
        let Some(most) = problem.workloads[workload.index()].max_machine_types else { continue };
        let types: BTreeSet<TypeId> = group.machines.iter().map(|set| set.machine_type).collect();
        if types.len() > most as usize {
            violations.push(Violation::MachineTypes { workload, region, used: types.len(), most });
        }
    }
}
