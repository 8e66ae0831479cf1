//! Quotas: all machines in a region together, and those of some families, stay within what an account may use there. Machines are counted as the most
//! that run at any time, and a group in such a region is of one type, unless its machines are limited in number.
//!
//! > sum over w and types o of the quota of instances(w, r, o) × vcpu(o)  <=  most         (or without vcpu(o), where instances are counted)

use super::Violation;
use crate::model::{Assignment, Problem, Quota, QuotaId, TypeId};

pub(super) fn check(problem: &Problem, assignment: &Assignment, violations: &mut Vec<Violation>) {
    for (index, quota) in problem.quotas.iter().enumerate() {
        let taken = taken(problem, assignment, quota);
        if taken > u128::from(quota.most) {
            violations.push(Violation::Quota { quota: QuotaId::at(index), taken, most: quota.most });
        }
    }
    for (&(workload, region), group) in &assignment.groups {
        let is_limited = !problem.regions[region.index()].stock.is_empty();
        if group.machines.len() > 1 && !is_limited && problem.quotas_in(region).next().is_some() {
            let reason = "several machine types in a group of a region with quotas";
            violations.push(Violation::Shape { workload, region, reason });
        }
    }
}

/// What `assignment` takes of a quota, in the parts of its unit.
pub fn taken(problem: &Problem, assignment: &Assignment, quota: &Quota) -> u128 {
    let taken = |machine_type: TypeId, count: u64| {
        u128::from(count) * u128::from(quota.taken_by(&problem.machine_types[machine_type.index()]))
    };
    let groups = assignment.groups.iter().filter(|((_, region), _)| *region == quota.region);
    let sets = groups.flat_map(|(_, group)| &group.machines);
    sets.map(|set| taken(set.machine_type, set.instances())).sum()
}
