//! Number and fixed cost of regions: what couples workloads.
//!
//! > y(w, r) = 1 if workload w holds replicas in region r
//! > min_regions(w) <= sum over r of y(w, r) <= max_regions(w)
//! > Y(r) >= y(w, r),   sum over r of Y(r) <= limits.max_regions,   cost: fixed(r) × Y(r)
//!
//! Workloads that share a region with a fixed cost or a commitment, or any workloads under `limits.max_regions`, are one block. Where a block has one
//! workload, the fixed cost joins the curve of its region and the limit joins the workload's own: nothing is left to couple.

use std::collections::BTreeMap;

use super::cost::{Femto, from_money};
use super::service::{Candidate, Service};
use crate::model::{CommitmentId, Problem, RegionId};
use crate::units::Money;

/// Services that have to be decided together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Positions in [`Formulation::services`](super::Formulation::services), ascending.
    pub services: Vec<usize>,
    /// Regions with a fixed cost not yet in the curves.
    pub fixed: BTreeMap<RegionId, Femto>,
    /// Most regions that all services together may use.
    pub max_regions: Option<usize>,
    /// Whether any of the services may use commitments, of which there is a limited number.
    pub is_committed: bool,
}

/// The blocks of `services`; moves what does not couple into the services.
pub(super) fn blocks(problem: &Problem, services: &mut [Service]) -> Vec<Block> {
    let limit = problem.limits.max_regions.map(|most| most as usize);
    let mut parent: Vec<usize> = (0..services.len()).collect();
    let mut first_user: BTreeMap<RegionId, usize> = BTreeMap::new();
    let mut first_committed: BTreeMap<CommitmentId, usize> = BTreeMap::new();
    for (index, service) in services.iter().enumerate() {
        if limit.is_some() {
            union(&mut parent, 0, index);
        }
        for candidate in &service.candidates {
            if problem.regions[candidate.region.index()].fixed_monthly > Money::ZERO {
                let other = *first_user.entry(candidate.region).or_insert(index);
                union(&mut parent, other, index);
            }
            for commitment in candidate.curve.commitments() {
                let other = *first_committed.entry(commitment).or_insert(index);
                union(&mut parent, other, index);
            }
        }
    }
    let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for index in 0..services.len() {
        members.entry(root(&mut parent, index)).or_default().push(index);
    }
    members.into_values().map(|members| block(problem, services, members, limit)).collect()
}

fn block(problem: &Problem, services: &mut [Service], members: Vec<usize>, limit: Option<usize>) -> Block {
    let may_commit = |candidate: &Candidate| !candidate.curve.commitments().is_empty();
    let is_committed = members.iter().any(|&member| services[member].candidates.iter().any(may_commit));
    let fixed = |region: RegionId| from_money(problem.regions[region.index()].fixed_monthly);
    if let [only] = members[..] {
        let service = &mut services[only];
        service.max_regions = service.max_regions.min(limit.unwrap_or(usize::MAX));
        for candidate in &mut service.candidates {
            candidate.curve.add_fixed(fixed(candidate.region));
        }
        return Block { services: members, fixed: BTreeMap::new(), max_regions: None, is_committed };
    }
    let fixed = members
        .iter()
        .flat_map(|&member| &services[member].candidates)
        .map(|candidate| (candidate.region, fixed(candidate.region)))
        .filter(|&(_, cost)| cost > 0)
        .collect();
    Block { services: members, fixed, max_regions: limit, is_committed }
}

/// The representative of `index`, halving paths on the way.
fn root(parent: &mut [usize], mut index: usize) -> usize {
    while parent[index] != index {
        parent[index] = parent[parent[index]];
        index = parent[index];
    }
    index
}

/// Joins two sets under the smaller representative, so that blocks come in the order of their first member.
fn union(parent: &mut [usize], a: usize, b: usize) {
    let (a, b) = (root(parent, a), root(parent, b));
    parent[a.max(b)] = a.min(b);
}
