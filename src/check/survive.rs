//! Survival of zones: in each region, after the loss of any k zones, the replicas left carry the load sent there.
//!
//! All instances of a group are alike, so of all sets of k zones the loss of the k fullest leaves least; if what it leaves suffices,
//! so does what any other set leaves.

use super::{Violation, capacity::shortfall};
use crate::model::{Assignment, Problem};

pub(super) fn check(problem: &Problem, assignment: &Assignment, violations: &mut Vec<Violation>) {
    for (&(workload, region), group) in &assignment.groups {
        let zones_lost = problem.workloads[workload.index()].survive.zones;
        let mut by_zone = group.instances_by_zone.clone();
        by_zone.sort_unstable_by(|a, b| b.cmp(a));
        let left = by_zone.iter().skip(zones_lost as usize).sum();
        violations.extend(shortfall(problem, workload, region, group, left, zones_lost));
    }
}
