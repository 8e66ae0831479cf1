//! Pins: regions that must hold replicas of a workload.
//!
//! > y(s, r) >= 1     for every pinned region r

use super::Service;
use super::program::{Program, Sense};
use crate::model::Problem;

/// Adds the pins of all services. A pinned region that is no candidate leaves a row that nothing can keep.
pub(super) fn rows(program: &mut Program<'_>) {
    for service in 0..program.services().count() {
        let placed = program.service(service);
        let problem = program.problem();
        for pinned in &problem.workloads[placed.workload.index()].pinned {
            let is_there = |region: usize| problem.regions[region].key == *pinned;
            let candidate = placed.candidates.iter().find(|candidate| is_there(candidate.region.index()));
            if let Some(in_use) = candidate.and_then(|candidate| program.present(service, candidate.region)) {
                program.add_row("pin", [(in_use, 1)], Sense::AtLeast, 1);
            } else {
                // Twice in use is what no candidate can be.
                let first = program.in_use(service, 0).map(|in_use| (in_use, 1));
                program.add_row("pin", first, Sense::AtLeast, 2);
            }
        }
    }
}

/// True if some region must hold replicas of the service.
pub(super) fn is_pinned(problem: &Problem, service: &Service) -> bool {
    !problem.workloads[service.workload.index()].pinned.is_empty()
}
