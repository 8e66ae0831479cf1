//! What became of every region, for every workload.

use crate::check::Placement;
use crate::formulate::{Formulation, Rejection, Service};
use crate::model::{Problem, RegionId, WorkloadId};

/// What became of a region for a workload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegionReason {
    /// Holds replicas.
    Chosen,
    /// Could hold replicas; the placement is cheaper without.
    NotNeeded,
    /// Could, but `by` does all it does at no greater cost.
    Dominated {
        /// The region that replaces it.
        by: RegionId,
    },
    /// A rule refuses it, or nothing on sale there will do.
    Refused(Rejection),
}

/// What became of every region for one workload, by region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reasons {
    /// The workload.
    pub workload: WorkloadId,
    /// By region, each region of the problem once.
    pub regions: Vec<(RegionId, RegionReason)>,
}

/// The reasons for a placement, or for there being none.
pub fn reasons(problem: &Problem, formulation: &Formulation, placement: Option<&Placement>) -> Vec<Reasons> {
    formulation.services.iter().map(|service| of_service(problem, service, placement)).collect()
}

fn of_service(problem: &Problem, service: &Service, placement: Option<&Placement>) -> Reasons {
    let workload = service.workload;
    let is_chosen = |region| placement.is_some_and(|placement| placement.groups().contains_key(&(workload, region)));
    let candidates = service.candidates.iter().map(|candidate| {
        let reason = if is_chosen(candidate.region) { RegionReason::Chosen } else { RegionReason::NotNeeded };
        (candidate.region, reason)
    });
    let dominated = service.dominated.iter().map(|&(region, by)| (region, RegionReason::Dominated { by }));
    let refused =
        service.rejections.iter().map(|(region, rejection)| (*region, RegionReason::Refused(rejection.clone())));
    let mut regions: Vec<_> = candidates.chain(dominated).chain(refused).collect();
    regions.sort_by_key(|(region, _)| *region);
    // Machines and functions of a region have one reason.
    regions.dedup_by_key(|(region, _)| *region);
    debug_assert_eq!(regions.len(), problem.regions.len(), "every region has one reason");
    Reasons { workload, regions }
}
