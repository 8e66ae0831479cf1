//! Each user group is answered by one region, as DNS by latency does it.
//!
//! > x(s, g, r) = d(s, g) × route(s, g, r),   route(s, g, r) <= y(s, r)     with route binary, so that one region answers all of d(s, g)
//!
//! Every user group is a class of its own then: groups that all regions answer alike may still go to different ones. Dominance of regions holds as it does
//! without the rule, because it moves all that a region answers to one other.

use super::Service;
use super::program::{Column, Decision, Program, Sense};

/// Adds which region answers each class of the services that divide none.
pub(super) fn rows(program: &mut Program<'_>) {
    for service in 0..program.services().count() {
        if !program.service(service).is_single_routed {
            continue;
        }
        for candidate in 0..program.service(service).candidates.len() {
            let traffic: Vec<_> = program.traffic(service, candidate).collect();
            for (class, sent) in traffic {
                let rate = i128::from(program.classes(service)[class].rate);
                let decision = Decision::Route { service, class, candidate };
                let route = program.add_column(Column { decision, cost: 0, most: 1, is_whole: true });
                program.add_row("single_region_per_user", [(sent, 1), (route, -rate)], Sense::Equal, 0);
            }
        }
    }
}

/// Sets the routes that follow from the traffic in `values`.
pub(super) fn complete(program: &Program<'_>, values: &mut [u64]) {
    for (index, column) in program.columns().iter().enumerate() {
        let Decision::Route { service, class, candidate } = column.decision else { continue };
        let sent = program.column(Decision::Traffic { service, class, candidate });
        values[index] = u64::from(sent.is_some_and(|sent| values[sent.index()] > 0));
    }
}

/// Whether the service must answer each user group from one region, and could do otherwise.
pub(super) fn is_in_force(service: &Service) -> bool {
    service.is_single_routed && service.candidates.len() > 1
}
