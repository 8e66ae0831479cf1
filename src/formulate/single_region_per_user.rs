//! Each user group is answered by one region, as DNS by latency does it.
//!
//! > x(s, g, r) = d(s, g) × route(s, g, r),   route(s, g, r) <= y(s, r)     with route binary, so that one region answers all of d(s, g)
//!
//! where x(s, g, r) is what machines and functions of the region answer together: inside it requests may be divided.
//!
//! Every user group is a class of its own then: groups that all regions answer alike may still go to different ones. Dominance of regions holds as it does
//! without the rule, because it moves all that a region answers to one other, unless machines and a function stand in one: what moves then is a part.

use super::program::{Column, Decision, Program, Sense};
use super::{Service, functions};

/// Adds which region answers each class of the services that divide none.
pub(super) fn rows(program: &mut Program<'_>) {
    for service in 0..program.services().count() {
        if !program.service(service).is_single_routed {
            continue;
        }
        for candidates in functions::by_region(program.service(service)).into_values() {
            for class in 0..program.classes(service).len() {
                let column = |&candidate: &usize| program.column(Decision::Traffic { service, class, candidate });
                let sent: Vec<_> = candidates.iter().filter_map(column).map(|column| (column, 1)).collect();
                let Some(&first) = candidates.first().filter(|_| !sent.is_empty()) else { continue };
                let rate = i128::from(program.classes(service)[class].rate);
                let decision = Decision::Route { service, class, candidate: first };
                let route = program.add_column(Column { decision, cost: 0, most: 1, is_whole: true });
                let terms = sent.into_iter().chain([(route, -rate)]);
                program.add_row("single_region_per_user", terms, Sense::Equal, 0);
            }
        }
    }
}

/// Sets the routes that follow from the traffic in `values`.
pub(super) fn complete(program: &Program<'_>, values: &mut [u64]) {
    for (index, column) in program.columns().iter().enumerate() {
        let Decision::Route { service, class, candidate } = column.decision else { continue };
        let candidates = &program.service(service).candidates;
        let here = (0..candidates.len()).filter(|&other| candidates[other].region == candidates[candidate].region);
        let mut sent = here.filter_map(|candidate| program.column(Decision::Traffic { service, class, candidate }));
        values[index] = u64::from(sent.any(|sent| values[sent.index()] > 0));
    }
}

/// Whether the service must answer each user group from one region, and could do otherwise.
pub(super) fn is_in_force(service: &Service) -> bool {
    service.is_single_routed && functions::by_region(service).len() > 1
}
