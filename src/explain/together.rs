//! Pools, and workloads beside them, that cannot be placed together though each can alone: thinned out by deletion, and after them the rules over all of them.

use super::conflict::{ConflictingRule, SharedConflict, needed, thin};
use super::relax::{Price, shared_relaxation};
use super::rule::Rule;
use crate::model::{PoolId, Problem, WorkloadId};

/// Whether it is proven that a problem has no placement.
pub(super) type IsImpossible<'a> = dyn Fn(&Problem) -> bool + Sync + 'a;

/// The conflict of a problem with pools of which each, and each workload beside them, can be placed alone; `price` tells the cost of the cheapest placement
/// of a problem.
pub fn pools_together(problem: &Problem, is_impossible: &IsImpossible<'_>, price: &Price<'_>) -> SharedConflict {
    let with = |workloads: &[usize], pools: &[usize], problem: &Problem| Problem {
        workloads: workloads.iter().map(|&index| problem.workloads[index].clone()).collect(),
        pools: pools.iter().map(|&index| problem.pools[index].clone()).collect(),
        ..problem.clone()
    };
    let mut workloads: Vec<usize> = (0..problem.workloads.len()).collect();
    let mut pools: Vec<usize> = (0..problem.pools.len()).collect();
    if is_impossible(&with(&[], &pools, problem)) {
        workloads.clear();
    }
    thin(&mut workloads, |fewer| is_impossible(&with(fewer, &pools, problem)));
    thin(&mut pools, |fewer| is_impossible(&with(&workloads, fewer, problem)));
    let (rules, _) = needed(Rule::shared_in_force(problem), with(&workloads, &pools, problem), is_impossible);
    let can_be_placed = |problem: &Problem| price(problem).is_some();
    let conflicting =
        |rule| ConflictingRule { rule, relaxation: shared_relaxation(problem, rule, price, &can_be_placed) };
    SharedConflict {
        workloads: workloads.into_iter().map(WorkloadId::at).collect(),
        pools: pools.into_iter().map(PoolId::at).collect(),
        rules: rules.into_iter().map(conflicting).collect(),
    }
}
