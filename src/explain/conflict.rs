//! Why no placement exists, as sets of rules that cannot hold together.
//!
//! A set is found by deletion: from all rules of a workload, each rule in turn is taken away, for good if the workload still cannot be placed
//! without it. What is left is irreducible: with any one of its rules gone, the others can hold. Workloads that can each be placed alone may
//! still not fit under `limits.max_regions` together; then the workloads are thinned out in the same way.

use rayon::prelude::*;

use super::pools::PoolConflict;
use super::relax::{Price, Relaxation, relaxation};
use super::rule::Rule;
use crate::formulate::{Service, service};
use crate::model::{Problem, WorkloadId};
use crate::solve::{can_serve, can_serve_together};

/// Why no placement exists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conflict {
    /// Workloads that cannot be placed even alone.
    pub workloads: Vec<WorkloadConflict>,
    /// Workloads that cannot be placed together, though each can alone.
    pub together: Option<SharedConflict>,
    /// Pools that can stand nowhere.
    pub pools: Vec<PoolConflict>,
}

/// Rules of one workload that cannot hold together. Dropping any one of them lets the others hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkloadConflict {
    /// The workload.
    pub workload: WorkloadId,
    /// The rules; empty if there is nothing to buy at all.
    pub rules: Vec<ConflictingRule>,
}

/// One rule of a conflict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConflictingRule {
    /// The rule.
    pub rule: Rule,
    /// The smallest change of this rule alone that lets the workload be placed; `None` if none does, because of another conflict.
    pub relaxation: Option<Relaxation>,
}

/// Workloads that need more regions together than `limits.max_regions`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedConflict {
    /// The workloads; without any one of them the others fit.
    pub workloads: Vec<WorkloadId>,
    /// `limits.max_regions`.
    pub limit: u32,
    /// The least limit under which all workloads of the problem fit.
    pub needed: u32,
}

/// The conflict of a problem that has no placement; `suspects` are positions of workloads that may be part of it, `price` tells the cost of
/// the cheapest placement of a problem.
pub fn conflict(problem: &Problem, suspects: &[usize], price: &Price<'_>) -> Conflict {
    let workloads: Vec<WorkloadConflict> =
        suspects.par_iter().filter_map(|&index| of_workload(problem, WorkloadId::at(index), price)).collect();
    let together = if workloads.is_empty() { of_limit(problem, suspects) } else { None };
    Conflict { workloads, together, pools: Vec::new() }
}

/// A problem with one workload of `problem` only.
pub(super) fn alone(problem: &Problem, workload: WorkloadId) -> Problem {
    let workloads = vec![problem.workloads[workload.index()].clone()];
    Problem { workloads, pools: Vec::new(), ..problem.clone() }
}

/// True if the only workload of `problem` can be placed.
pub(super) fn is_placeable(problem: &Problem) -> bool {
    can_serve(&limited_service(problem, WorkloadId(0))).is_ok()
}

/// A service with the problem's own limit on regions.
fn limited_service(problem: &Problem, workload: WorkloadId) -> Service {
    let mut service = service(problem, workload);
    let limit = problem.limits.max_regions.map_or(usize::MAX, |most| most as usize);
    service.max_regions = service.max_regions.min(limit);
    service
}

fn of_workload(problem: &Problem, workload: WorkloadId, price: &Price<'_>) -> Option<WorkloadConflict> {
    let whole = alone(problem, workload);
    if is_placeable(&whole) {
        return None;
    }
    let mut thinned = whole.clone();
    let mut rules = Vec::new();
    for rule in Rule::in_force(&whole) {
        let mut without = thinned.clone();
        rule.drop_from(&mut without);
        if is_placeable(&without) {
            rules.push(rule);
        } else {
            thinned = without;
        }
    }
    if !is_placeable(&without_rules(&thinned, &rules)) {
        // Nothing is on sale, whatever the rules.
        rules.clear();
    }
    let rules =
        rules.into_iter().map(|rule| ConflictingRule { rule, relaxation: relaxation(&whole, rule, price) }).collect();
    Some(WorkloadConflict { workload, rules })
}

fn without_rules(problem: &Problem, rules: &[Rule]) -> Problem {
    let mut without = problem.clone();
    for rule in rules {
        rule.drop_from(&mut without);
    }
    without
}

fn of_limit(problem: &Problem, suspects: &[usize]) -> Option<SharedConflict> {
    let limit = problem.limits.max_regions?;
    let services: Vec<Service> =
        suspects.par_iter().map(|&index| limited_service(problem, WorkloadId::at(index))).collect();
    let fits = |kept: &[usize], most: usize| {
        let kept: Vec<&Service> = kept.iter().map(|&at| &services[at]).collect();
        can_serve_together(&kept, most)
    };
    let everything: Vec<usize> = (0..services.len()).collect();
    let needed = (limit..=u32::try_from(problem.regions.len()).ok()?).find(|&most| fits(&everything, most as usize))?;
    let mut kept = everything;
    let mut at = 0;
    while at < kept.len() {
        let mut fewer = kept.clone();
        fewer.remove(at);
        if fits(&fewer, limit as usize) {
            at += 1;
        } else {
            kept = fewer;
        }
    }
    Some(SharedConflict { workloads: kept.into_iter().map(|at| services[at].workload).collect(), limit, needed })
}
