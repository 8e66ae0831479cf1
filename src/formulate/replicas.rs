//! Counted replicas: where their number is fixed, a region in use holds at least one.
//!
//! > sum over r of x(w, r) = replicas(w),     x(w, r) >= y(w, r) where `replicas.count` is given
//!
//! x counts them in thousandths of a request per second, in which everything is whole: a replica carries one. The sum is the row of `demand`.

use super::program::{Decision, Program, Sense};
use super::{Service, functions};
use crate::model::Problem;

/// Adds that no region in use is without a replica.
pub(super) fn rows(program: &mut Program<'_>) {
    for service in 0..program.services().count() {
        let placed = program.service(service);
        if !program.problem().workloads[placed.workload.index()].is_counted_exactly() {
            continue;
        }
        let by_region = functions::by_region(placed);
        for (region, candidates) in by_region {
            let held = |&candidate: &usize| program.column(Decision::Traffic { service, class: 0, candidate });
            let Some(present) = program.present(service, region) else { continue };
            let terms: Vec<_> = candidates.iter().filter_map(held).map(|column| (column, 1)).collect();
            program.add_row("replicas", terms.into_iter().chain([(present, -1)]), Sense::AtLeast, 0);
        }
    }
}

/// Whether a region could be in use, and say that it holds a fixed number, without a replica.
pub(super) fn may_be_idle(problem: &Problem, service: &Service) -> bool {
    let workload = &problem.workloads[service.workload.index()];
    workload.is_counted_exactly() && (service.min_regions > 1 || !workload.pinned.is_empty())
}
