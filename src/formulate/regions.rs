//! Number and fixed cost of regions, and number of clouds: what couples workloads.
//!
//! > y(w, r) = 1 if workload w holds replicas in region r
//! > min_regions(w) <= sum over r in reach of y(w, r),   sum over r of y(w, r) <= max_regions(w)
//! > Y(r) >= y(w, r),   sum over r of Y(r) <= limits.max_regions,   cost: fixed(r) × Y(r)
//! > C(c) >= Y(r) for r in cloud c,   sum over c of C(c) <= limits.max_clouds
//!
//! Workloads that share a region with a fixed cost, a quota or a commitment, that call each other, or any workloads under `limits`, are one block. Where a block has one
//! workload, the fixed cost joins the curve of its region and the limit on regions joins the workload's own: nothing is left to couple.

use std::collections::{BTreeMap, BTreeSet};

use super::cost::{Femto, from_money};
use super::program::{Column, ColumnId, Decision, Program, Sense};
use super::service::{Candidate, Service};
use super::{Mixed, functions, mixed, pin, quotas, replicas, single_region_per_user, spread, state, stock};
use crate::model::{CommitmentId, Problem, RegionId};
use crate::units::Money;

/// Services that have to be decided together.
#[expect(clippy::struct_excessive_bools, reason = "each says of one kind of rule whether it is in force")]
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
    /// Most clouds that all services together may use, if there are more.
    pub max_clouds: Option<usize>,
    /// True if services call each other.
    pub has_calls: bool,
    /// Whether any of the services may take of a quota.
    pub is_under_quota: bool,
    /// Whether any of the services may run more environments of functions than may run in a region.
    pub has_limited_functions: bool,
    /// Whether any of the services answers each user group from one region.
    pub is_single_routed: bool,
    /// True if another rule beyond those that the searches know is in force.
    pub has_further_rules: bool,
    /// True if the only such rule is that machines are limited in number.
    pub has_only_stock: bool,
    /// True if the only such rule is that demand of its one service changes while user groups rise and fall apart, or it outlives regions or clouds; beside limits on the number of
    /// its regions, on late requests and on what one region or cloud answers.
    pub has_only_hours: bool,
}

impl Block {
    /// True if regions cost something, or are limited, beyond what the curves and the limits of the services say.
    pub fn couples_regions(&self) -> bool {
        !self.fixed.is_empty() || self.max_regions.is_some()
    }

    /// True if a rule beyond those that the searches know is in force: the block is solved as a [`Program`].
    pub fn needs_program(&self) -> bool {
        self.is_under_quota || self.has_limited_functions || self.is_single_routed || self.has_further_rules
    }
}

/// The blocks of `services`; moves what does not couple into the services.
pub(super) fn blocks(problem: &Problem, services: &mut [Service]) -> Vec<Block> {
    let limit = problem.limits.max_regions.map(|most| most as usize);
    let clouds = max_clouds(problem);
    let limited = functions::limited(services);
    let couples_all = limit.is_some() || clouds.is_some() || problem.limits.have_sums();
    let mut parent: Vec<usize> = (0..services.len()).collect();
    let mut first_user: BTreeMap<RegionId, usize> = BTreeMap::new();
    let mut first_committed: BTreeMap<CommitmentId, usize> = BTreeMap::new();
    for (index, service) in services.iter().enumerate() {
        let is_shared = |candidate: &&Candidate| {
            candidate.stocked.is_some()
                || quotas::is_under_quota(problem, candidate)
                || (candidate.function.is_some() && limited.contains(&candidate.region))
        };
        for candidate in service.candidates.iter().filter(is_shared) {
            let other = *first_user.entry(candidate.region).or_insert(index);
            union(&mut parent, other, index);
        }
        if couples_all {
            union(&mut parent, 0, index);
        }
        for (callee, _) in problem.calls_of(service.workload) {
            union(&mut parent, index, callee.index());
        }
        for candidate in &service.candidates {
            if problem.regions[candidate.region.index()].fixed_monthly > Money::ZERO {
                let other = *first_user.entry(candidate.region).or_insert(index);
                union(&mut parent, other, index);
            }
            let mixed = candidate.mixed.as_ref().map(Mixed::commitments).unwrap_or_default();
            for commitment in candidate.curve.commitments().into_iter().chain(mixed) {
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

/// The limit on clouds, if there are more clouds than that.
fn max_clouds(problem: &Problem) -> Option<usize> {
    let clouds: BTreeSet<&str> = problem.regions.iter().map(|region| region.key.cloud.as_str()).collect();
    problem.limits.max_clouds.map(|most| most as usize).filter(|&most| most < clouds.len())
}

fn block(problem: &Problem, services: &mut [Service], members: Vec<usize>, limit: Option<usize>) -> Block {
    let is_rich = |&member: &usize| {
        let service = &services[member];
        problem.workloads[service.workload.index()].weights.is_some()
            || functions::has_choice(service)
            || state::is_divided(service)
            || functions::is_doubled(service)
                && (service.min_regions > 1 || service.max_regions < service.candidates.len())
            || pin::is_pinned(problem, service)
            || replicas::may_be_idle(problem, service)
            || service.has_late_and_priced()
            || problem.has_calls(service.workload)
            || service.total == 0
    };
    let is_apart = |&member: &usize| {
        let service = &services[member];
        mixed::is_mixed(service) || service.shapes.iter().any(|shape| *shape != service.shapes[0])
    };
    let has_calls = members.iter().any(|&member| problem.calls_of(services[member].workload).next().is_some());
    let takes_quota = |candidate: &Candidate| quotas::is_under_quota(problem, candidate);
    let is_under_quota = members.iter().any(|&member| services[member].candidates.iter().any(takes_quota));
    let has_limited_functions = members.iter().any(|&member| functions::are_limited(&services[member]));
    let is_single_routed = members.iter().any(|&member| single_region_per_user::is_in_force(&services[member]));
    let is_otherwise_rich = problem.limits.have_sums() || members.iter().any(is_rich);
    // What hour by hour goes with.
    let is_richer = |&member: &usize| {
        let service = &services[member];
        service.survive.has_places() || spread::is_in_force(problem, service)
    };
    let is_rich = is_otherwise_rich || members.iter().any(|member| is_apart(member) || is_richer(member));
    let is_stocked = members.iter().any(|&member| stock::is_stocked(&services[member]));
    let (has_further_rules, has_only_stock) = (is_rich || is_stocked, is_stocked && !is_rich);
    let may_commit = |candidate: &Candidate| !candidate.curve.commitments().is_empty();
    let is_committed = members.iter().any(|&member| services[member].candidates.iter().any(may_commit));
    let max_clouds = max_clouds(problem);
    let may_be_routed_by_hours = |&member: &usize| {
        let service = &services[member];
        let is_hourly = |candidate: &Candidate| candidate.mixed.as_ref().is_some_and(|mixed| mixed.hourly().is_some());
        service.candidates.iter().all(is_hourly)
    };
    let has_only_hours = members.len() == 1
        && members.iter().all(may_be_routed_by_hours)
        && !(is_otherwise_rich || is_stocked || max_clouds.is_some());
    let fixed = |region: RegionId| from_money(problem.regions[region.index()].fixed_monthly);
    let fixed_here = |candidate: &Candidate| fixed(candidate.region) > 0;
    // Where machines and a function stand in one region, it is paid for and counted once.
    let is_counted_once = |service: &Service| {
        functions::is_doubled(service) && (limit.is_some() || service.candidates.iter().any(fixed_here))
    };
    if let [only] = members[..]
        && !is_counted_once(&services[only])
    {
        let service = &mut services[only];
        service.max_regions = service.max_regions.min(limit.unwrap_or(usize::MAX));
        for candidate in &mut service.candidates {
            candidate.curve.add_fixed(fixed(candidate.region));
        }
        return Block {
            services: members,
            fixed: BTreeMap::new(),
            max_regions: None,
            max_clouds,
            is_committed,
            has_calls,
            is_under_quota,
            has_limited_functions,
            is_single_routed,
            has_further_rules,
            has_only_stock,
            has_only_hours,
        };
    }
    let fixed = members
        .iter()
        .flat_map(|&member| &services[member].candidates)
        .map(|candidate| (candidate.region, fixed(candidate.region)))
        .filter(|&(_, cost)| cost > 0)
        .collect();
    Block {
        services: members,
        fixed,
        max_regions: limit,
        max_clouds,
        is_committed,
        has_calls,
        is_under_quota,
        has_limited_functions,
        is_single_routed,
        has_further_rules,
        has_only_stock,
        has_only_hours: false,
    }
}

/// Adds the limits on regions and clouds, and what regions cost that are used.
pub(super) fn rows(program: &mut Program<'_>, block: &Block) {
    for service in 0..program.services().count() {
        let by_region = functions::by_region(program.service(service));
        let in_use = |program: &Program<'_>, counts: fn(&Candidate) -> bool| -> Vec<(ColumnId, i128)> {
            let here =
                |candidates: &[usize]| candidates.iter().any(|&at| counts(&program.service(service).candidates[at]));
            let counted = by_region.iter().filter(|(_, candidates)| here(candidates));
            counted.filter_map(|(&region, _)| program.present(service, region)).map(|column| (column, 1)).collect()
        };
        let (least, most) = (program.service(service).min_regions, program.service(service).max_regions);
        // Where users ask, one region follows from their demand.
        if least > 1 || program.service(service).total == 0 {
            let terms = in_use(program, Candidate::is_in_reach);
            program.add_row("regions", terms, Sense::AtLeast, least as i128);
        }
        if most < by_region.len() {
            let terms = in_use(program, |_| true);
            program.add_row("regions", terms, Sense::AtMost, most as i128);
        }
    }
    let max_clouds = block.max_clouds;
    let regions: BTreeSet<RegionId> =
        program.services().flat_map(|service| &service.candidates).map(|candidate| candidate.region).collect();
    let mut opened = Vec::new();
    for region in regions {
        let cost = block.fixed.get(&region).copied().unwrap_or(0);
        if cost > 0 || block.max_regions.is_some() || max_clouds.is_some() {
            opened.push((region, open(program, region, cost)));
        }
    }
    if let Some(most) = block.max_regions {
        program.add_row("regions", opened.iter().map(|&(_, column)| (column, 1)), Sense::AtMost, most as i128);
    }
    if let Some(most) = max_clouds {
        limit_clouds(program, &opened, most);
    }
}

/// The column that says whether a region is in use, tied to the services that use it.
fn open(program: &mut Program<'_>, region: RegionId, cost: Femto) -> ColumnId {
    let opened = program.add_column(Column { decision: Decision::Open { region }, cost, most: 1, is_whole: true });
    for service in 0..program.services().count() {
        let Some(in_use) = program.present(service, region) else { continue };
        program.add_row("regions", [(in_use, 1), (opened, -1)], Sense::AtMost, 0);
    }
    opened
}

fn limit_clouds(program: &mut Program<'_>, opened: &[(RegionId, ColumnId)], most: usize) {
    let regions = &program.problem().regions;
    let names: BTreeSet<&str> = regions.iter().map(|region| region.key.cloud.as_str()).collect();
    let mut clouds = BTreeSet::new();
    for &(region, opened) in opened {
        let name = regions[region.index()].key.cloud.as_str();
        let cloud = names.iter().position(|known| *known == name).unwrap_or_default();
        let decision = Decision::OpenCloud { cloud };
        let in_use = program.add_column(Column { decision, cost: 0, most: 1, is_whole: true });
        program.add_row("regions", [(opened, 1), (in_use, -1)], Sense::AtMost, 0);
        clouds.insert(in_use);
    }
    program.add_row("regions", clouds.into_iter().map(|cloud| (cloud, 1)), Sense::AtMost, most as i128);
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
