//! Pools, and workloads beside them, that cannot be placed together though each can alone: thinned out by deletion, and after them the rules over all of them.

use super::conflict::{ConflictingRule, SharedConflict, needed, thin};
use super::relax::{Price, shared_relaxation};
use super::rule::Rule;
use crate::model::{Pool, PoolId, Problem, WorkloadId};

/// Whether it is proven that a problem has no placement.
pub(super) type IsImpossible<'a> = dyn Fn(&Problem) -> bool + Sync + 'a;

/// The conflict of a problem with pools of which each, and each workload beside them, can be placed alone; `price` tells the cost of the cheapest placement
/// of a problem.
pub fn pools_together(problem: &Problem, is_impossible: &IsImpossible<'_>, price: &Price<'_>) -> SharedConflict {
    let with = |workloads: &[usize], pools: &[usize], problem: &Problem| Problem {
        workloads: workloads.iter().map(|&index| problem.workloads[index].clone()).collect(),
        pools: beside_each_other(pools.iter().map(|&index| problem.pools[index].clone()).collect()),
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

/// Some pools of a problem: of each that answers no more is asked than those that stand by for it, and are left, make possible.
fn beside_each_other(mut pools: Vec<Pool>) -> Vec<Pool> {
    let families: Vec<String> = pools.iter().map(|pool| pool.family().to_owned()).collect();
    for pool in pools.iter_mut().filter(|pool| pool.stands_by.is_none()) {
        let family = families.iter().filter(|family| **family == pool.name).count();
        let standing = u32::try_from(family - 1).unwrap_or(u32::MAX);
        for member in &mut pool.members {
            let survive = &mut member.workload.survive;
            (survive.regions, survive.clouds) = (survive.regions.min(standing), survive.clouds.min(standing));
        }
    }
    pools
}
