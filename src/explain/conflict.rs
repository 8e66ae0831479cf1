//! Why no placement exists, as sets of rules that cannot hold together.
//!
//! A set is found by deletion: from all rules of a workload, each rule in turn is taken away, for good if the workload still cannot be placed
//! without it. What is left is irreducible: with any one of its rules gone, the others can hold. Workloads that can each be placed alone may
//! still not fit under limits over all of them; then the workloads, and after them the limits, are thinned out in the same way.

use rayon::prelude::*;

use super::pools::PoolConflict;
use super::relax::{Price, Relaxation, relaxation, shared_relaxation};
use super::rule::Rule;
use crate::formulate::{formulate, service};
use crate::model::{PoolId, Problem, WorkloadId};
use crate::solve::{can_be_placed, can_hold_sums, can_serve, is_small, without_sums};

/// Why no placement exists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conflict {
    /// Workloads that cannot be placed even alone.
    pub workloads: Vec<WorkloadConflict>,
    /// Workloads and pools that cannot be placed together, though each can alone.
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

/// Workloads and pools that cannot be placed together under rules over all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedConflict {
    /// The workloads; without any one of them the others can be placed.
    pub workloads: Vec<WorkloadId>,
    /// The pools; without any one of them the others can be placed.
    pub pools: Vec<PoolId>,
    /// The rules; without any one of them these workloads and pools can be placed. A relaxation lets everything in the problem be placed.
    pub rules: Vec<ConflictingRule>,
}

/// The conflict of a problem that has no placement; `suspects` are positions of workloads that may be part of it, `price` tells the cost of
/// the cheapest placement of a problem.
pub fn conflict(problem: &Problem, suspects: &[usize], price: &Price<'_>) -> Conflict {
    let workloads: Vec<WorkloadConflict> =
        suspects.par_iter().filter_map(|&index| of_workload(problem, WorkloadId::at(index), price)).collect();
    let together = if workloads.is_empty() { of_limits(problem, suspects, price) } else { None };
    Conflict { workloads, together, pools: Vec::new() }
}

/// A problem with one workload of `problem` only.
pub(super) fn alone(problem: &Problem, workload: WorkloadId) -> Problem {
    let workloads = vec![problem.workloads[workload.index()].clone()];
    Problem { workloads, pools: Vec::new(), ..problem.clone() }
}

/// True if all workloads of `problem` can be placed. Looks at each alone first, which is cheap and settles most cases.
pub(super) fn is_placeable(problem: &Problem) -> bool {
    if problem.limits.have_sums() && !is_small(problem) {
        return can_hold_sums(problem) && is_placeable(&without_sums(problem));
    }
    let can_serve_alone = |workload| can_serve(problem, &service(problem, WorkloadId::at(workload))).is_ok();
    (0..problem.workloads.len()).all(can_serve_alone) && can_be_placed(problem, &formulate(problem))
}

fn of_workload(problem: &Problem, workload: WorkloadId, price: &Price<'_>) -> Option<WorkloadConflict> {
    let whole = alone(problem, workload);
    if is_placeable(&whole) {
        return None;
    }
    let (mut rules, thinned) = needed(Rule::in_force(&whole), whole.clone(), |without| !is_placeable(without));
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

/// Rules over several of `suspects`, each of which can be placed alone.
fn of_limits(problem: &Problem, suspects: &[usize], price: &Price<'_>) -> Option<SharedConflict> {
    let with = |kept: &[usize], problem: &Problem| Problem {
        workloads: kept.iter().map(|&index| problem.workloads[index].clone()).collect(),
        ..problem.clone()
    };
    let mut kept = suspects.to_vec();
    if is_placeable(&with(&kept, problem)) {
        return None;
    }
    thin(&mut kept, |fewer| !is_placeable(&with(fewer, problem)));
    let shared = Rule::shared_in_force(problem);
    let (rules, _) = needed(shared, with(&kept, problem), |without| !is_placeable(without));
    let rules = rules
        .into_iter()
        .map(|rule| ConflictingRule { rule, relaxation: shared_relaxation(problem, rule, price, &is_placeable) })
        .collect();
    Some(SharedConflict { workloads: kept.into_iter().map(WorkloadId::at).collect(), pools: Vec::new(), rules })
}

/// Leaves out, one by one, what is not needed for a conflict.
pub(super) fn thin(kept: &mut Vec<usize>, is_conflict: impl Fn(&[usize]) -> bool) {
    let mut at = 0;
    while at < kept.len() {
        let mut fewer = kept.clone();
        fewer.remove(at);
        if is_conflict(&fewer) {
            *kept = fewer;
        } else {
            at += 1;
        }
    }
}

/// The rules that a conflict needs, and the problem without the others: each is dropped in turn, and stays away if the conflict stays.
pub(super) fn needed(
    rules: impl IntoIterator<Item = Rule>,
    mut thinned: Problem,
    is_conflict: impl Fn(&Problem) -> bool,
) -> (Vec<Rule>, Problem) {
    let mut needed = Vec::new();
    for rule in rules {
        let mut without = thinned.clone();
        rule.drop_from(&mut without);
        if is_conflict(&without) {
            thinned = without;
        } else {
            needed.push(rule);
        }
    }
    (needed, thinned)
}
