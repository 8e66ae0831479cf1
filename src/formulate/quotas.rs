//! Quotas: what all workloads together take of a region stays within what an account may use there.
//!
//! > sum over s and steps v of taken(q, r, v) × use(s, r, v) + sum over types o and zones z of taken(q, o) × m(s, r, o, z) <= most(q)     for every quota q of r
//!
//! taken(q, o) is what one machine takes of the quota: its vCPU, or one. The machines of one workload may cost least and take most, so a curve that
//! names the cheapest machines for every load cannot stand for the region: the steps of a candidate under quotas are those of every type that no other
//! replaces in cost and in all that is taken ([`Curve::by_type`](super::Curve::by_type)). Every group is of one type. Where machines are limited
//! in number too, they are decided one by one (`stock`), and count the same; beside spot and commitments they are decided by kind and period (`mixed`), and
//! the most of any period counts.

use super::mixed;
use super::program::{ColumnId, Decision, Program, Sense};
use super::service::Candidate;
use crate::model::{MachineType, Problem, Quota, RegionId};

/// What a machine takes of each quota of a region, in the problem's order.
pub(super) fn taken(problem: &Problem, region: RegionId, machine: &MachineType) -> Vec<u64> {
    problem.quotas_in(region).map(|quota| quota.taken_by(machine)).collect()
}

/// Whether a candidate may take anything of a quota.
pub(super) fn is_under_quota(problem: &Problem, candidate: &Candidate) -> bool {
    let fits = candidate.stocked.as_ref().map_or(candidate.curve.fits(), |stocked| &stocked.fits);
    let takes = |at: usize, quota: &Quota| quota.most < u64::MAX && fits.iter().any(|fit| fit.taken[at] > 0);
    let mixed = candidate.mixed.as_ref();
    let takes_mixed = |at: usize, quota: &Quota| quota.most < u64::MAX && mixed.is_some_and(|mixed| mixed.takes(at));
    problem.quotas_in(candidate.region).enumerate().any(|(at, quota)| takes(at, quota) || takes_mixed(at, quota))
}

/// Adds what is taken of every quota.
pub(super) fn rows(program: &mut Program<'_>) {
    let problem = program.problem();
    for quota in problem.quotas.iter().filter(|quota| quota.most < u64::MAX) {
        let at = problem.quotas_in(quota.region).position(|other| std::ptr::eq(other, quota)).unwrap_or_default();
        let mut terms = Vec::new();
        for service in 0..program.services().count() {
            let candidates = &program.service(service).candidates;
            // One for each number of copies that data in several regions may have in this one.
            let here = (0..candidates.len()).filter(|&candidate| candidates[candidate].region == quota.region);
            for candidate in here.filter(|&candidate| candidates[candidate].function.is_none()) {
                if candidates[candidate].mixed.is_some() {
                    terms.extend(mixed::taken_by(program, (service, candidate), at, quota.most));
                } else {
                    terms.extend(taken_by(program, service, candidate, at));
                }
            }
        }
        if !terms.is_empty() {
            program.add_row("quotas", terms, Sense::AtMost, quota.most.into());
        }
    }
}

/// The columns of a candidate with what a unit of each takes of the quota at position `at` among those of its region.
fn taken_by(program: &Program<'_>, service: usize, candidate: usize, at: usize) -> Vec<(ColumnId, i128)> {
    let placed = &program.service(service).candidates[candidate];
    let Some(stocked) = &placed.stocked else {
        let steps = program.uses(service, candidate).enumerate();
        return steps.map(|(step, column)| (column, i128::from(placed.curve.taken(step, at)))).collect();
    };
    let zones = stocked.most.first().map_or(0, Vec::len);
    let machines = stocked.fits.iter().enumerate().flat_map(|(fit, of)| {
        let column = move |zone| program.column(Decision::Machines { service, candidate, fit, zone });
        (0..zones).filter_map(column).map(|column| (column, i128::from(of.taken[at])))
    });
    machines.collect()
}
