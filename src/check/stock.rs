//! Stock: of machines that are limited in number, all workloads together use no more than there are, in the region and in each zone. They are
//! held at all hours, so that what one workload uses at night is not another's.

use super::Violation;
use crate::model::{Assignment, MachineSet, Problem, RegionId};

pub(super) fn check(problem: &Problem, assignment: &Assignment, violations: &mut Vec<Violation>) {
    for (index, region) in problem.regions.iter().enumerate() {
        let id = RegionId::at(index);
        for stock in &region.stock {
            let groups = assignment.groups.iter().filter(|((_, used), _)| *used == id);
            let sets = groups
                .flat_map(|(_, group)| &group.machines)
                .filter(|set| set.machine_type == stock.machine_type)
                .collect::<Vec<_>>();
            for ((workload, _), group) in assignment.groups.iter().filter(|((_, used), _)| *used == id) {
                let changes = |set: &MachineSet| set.by_period.iter().any(|by_zone| *by_zone != set.instances_by_zone);
                if group.machines.iter().any(|set| set.machine_type == stock.machine_type && changes(set)) {
                    let reason = "limited machines that come and go with the hours";
                    violations.push(Violation::Shape { workload: *workload, region: id, reason });
                }
            }
            let pools = assignment.pools.values().filter(|placed| placed.region == id);
            let nodes = pools
                .flat_map(|placed| &placed.nodes)
                .filter(|nodes| nodes.machine_type == stock.machine_type)
                .collect::<Vec<_>>();
            let pooled = |zone: Option<usize>| -> u64 {
                let there = nodes.iter().filter(|nodes| zone.is_none_or(|zone| nodes.zone == zone));
                there.map(|nodes| nodes.count).sum()
            };
            let mut compare = |zone: Option<usize>, used: u64, there: u64| {
                if used > there {
                    violations.push(Violation::Stock {
                        region: id,
                        machine_type: stock.machine_type,
                        zone,
                        used,
                        there,
                    });
                }
            };
            if let Some(total) = stock.total {
                compare(None, sets.iter().map(|set| set.instances()).sum::<u64>() + pooled(None), total);
            }
            for (zone, &there) in stock.by_zone.iter().flatten().enumerate() {
                compare(
                    Some(zone),
                    sets.iter().map(|set| set.instances_by_zone[zone]).sum::<u64>() + pooled(Some(zone)),
                    there,
                );
            }
        }
    }
}
