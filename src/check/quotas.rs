//! Quotas: all machines in a region together, and those of some families, stay within what an account may use there. Machines are counted as the most
//! of a workload that run at any time, and a group in such a region has one type on demand, unless its machines are limited in number.
//!
//! > sum over w of the most at any time t of sum over types o of the quota of instances(w, r, o, t) × vcpu(o)  <=  most
//!
//! or without vcpu(o), where instances are counted. Nodes of pools count as well.

use super::Violation;
use crate::model::{Assignment, Group, MachineSet, Problem, Purchase, Quota, QuotaId, RegionId, TypeId, WorkloadId};

pub(super) fn check(problem: &Problem, assignment: &Assignment, violations: &mut Vec<Violation>) {
    for (index, quota) in problem.quotas.iter().enumerate() {
        let taken = taken(problem, assignment, quota);
        if taken > u128::from(quota.most) {
            violations.push(Violation::Quota { quota: QuotaId::at(index), taken, most: quota.most });
        }
    }
    for (&(workload, region), group) in &assignment.groups {
        let is_limited = !problem.regions[region.index()].stock.is_empty();
        let on_demand = group.machines.iter().filter(|set| set.purchase == Purchase::OnDemand).count();
        if on_demand > 1 && !is_limited && problem.quotas_in(region).next().is_some() {
            let reason = "several machine types on demand in a group of a region with quotas";
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
    let most = |((workload, _), group): (&(WorkloadId, RegionId), &Group)| -> u128 {
        let periods = 0..problem.workloads[workload.index()].profile.calendar.periods();
        let running = |set: &MachineSet, period: usize| set.in_period(period).iter().sum();
        let at = |period| group.machines.iter().map(|set| taken(set.machine_type, running(set, period))).sum();
        periods.map(at).max().unwrap_or(0)
    };
    let pools = assignment.pools.values().filter(|placed| placed.region == quota.region);
    let nodes = pools.flat_map(|placed| &placed.nodes).map(|nodes| taken(nodes.machine_type, nodes.count));
    groups.map(most).sum::<u128>() + nodes.sum::<u128>()
}
