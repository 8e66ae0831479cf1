//! The times at which something may be lost, and what is short then.

use std::collections::{BTreeMap, BTreeSet};

use super::places::{held, losses, parts_of_rate};
use super::shortage::shortage;
use crate::formulate::program::{ColumnId, Program};
use crate::formulate::{Service, demand};
use crate::units::Ratio;

/// A time at which something may be lost.
pub(super) struct Time {
    /// What is asked for then.
    pub(super) classes: Vec<StandIns>,
    /// The period whose machines are there, where they are decided by period.
    pub(super) period: usize,
}

/// User groups that the same candidates stand in for.
pub(super) struct StandIns {
    /// Demand together, in milli-rps.
    pub(super) rate: u64,
    pub(super) by: Vec<bool>,
}

/// The times that differ, each with the same classes in the same order; none if nothing is to be outlived.
pub(super) fn times(program: &Program<'_>, service: usize) -> Vec<Time> {
    let placed = program.service(service);
    if !placed.survive.has_places() {
        return Vec::new();
    }
    let mut mixed = placed.candidates.iter().filter_map(|candidate| candidate.mixed.as_ref());
    let shares: Vec<(Vec<u32>, usize)> = if let Some(mixed) = mixed.next() {
        mixed.times().map(|(shares, period)| (shares.to_vec(), period)).collect()
    } else {
        // Machines are the same at all times.
        let peaks = demand::peaks(&program.problem().workloads[placed.workload.index()]);
        let together = || vec![vec![Ratio::ONE.0; placed.demand.len()]];
        let peaks = if peaks.is_empty() { together() } else { peaks };
        peaks.into_iter().map(|shares| (shares, 0)).collect()
    };
    shares.into_iter().map(|(shares, period)| Time { classes: classes(placed, &shares), period }).collect()
}

/// User groups by who stands in for them, where each asks for a part of its rate, in millionths.
fn classes(service: &Service, shares: &[u32]) -> Vec<StandIns> {
    let mut rates: BTreeMap<Vec<bool>, u64> = BTreeMap::new();
    for (position, (demand, &share)) in service.demand.iter().zip(shares).enumerate() {
        let by = service.candidates.iter().map(|candidate| candidate.stands_in[position]).collect();
        *rates.entry(by).or_default() += demand.rate_at(share);
    }
    rates.into_iter().map(|(by, rate)| StandIns { rate, by }).collect()
}

fn sum(columns: &[(ColumnId, u64)], values: &[u64]) -> u64 {
    let made = |&(column, held): &(ColumnId, u64)| held.saturating_mul(values[column.index()]);
    columns.iter().map(made).fold(0, u64::saturating_add)
}

/// Sets of classes that are short of replicas after some loss at one time, with the machines that `values` use.
pub(super) fn short_sets(program: &Program<'_>, service: usize, time: &Time, values: &[u64]) -> BTreeSet<Vec<bool>> {
    let placed = program.service(service);
    // Replicas carry the degraded rate each; parts of rates are compared as they are.
    let (of_held, of_rate) = parts_of_rate(placed).map_or((placed.degraded_rate, 1), |parts| (1, parts));
    let carried =
        |candidate| sum(&held(program, service, (candidate, time.period), u64::MAX), values).saturating_mul(of_held);
    let carried: Vec<u64> = (0..placed.candidates.len()).map(carried).collect();
    let demand: Vec<u64> = time.classes.iter().map(|class| class.rate.saturating_mul(of_rate)).collect();
    let reaches: Vec<&[bool]> = time.classes.iter().map(|class| class.by.as_slice()).collect();
    let mut short = BTreeSet::new();
    for (lost, domains) in losses(program.problem(), placed) {
        let in_use: Vec<&Vec<usize>> =
            domains.iter().filter(|domain| domain.iter().any(|&candidate| carried[candidate] > 0)).collect();
        subsets(in_use.len(), lost.min(in_use.len()), &mut |chosen| {
            let mut left = carried.clone();
            for &candidate in chosen.iter().flat_map(|&domain| in_use[domain]) {
                left[candidate] = 0;
            }
            short.extend(shortage(&demand, &left, &reaches));
        });
    }
    short
}

/// Calls `visit` with every ascending list of `size` numbers below `count`.
pub fn subsets(count: usize, size: usize, visit: &mut impl FnMut(&[usize])) {
    fn extend(chosen: &mut Vec<usize>, count: usize, size: usize, visit: &mut impl FnMut(&[usize])) {
        if chosen.len() == size {
            return visit(chosen);
        }
        for next in chosen.last().map_or(0, |last| last + 1)..count {
            chosen.push(next);
            extend(chosen, count, size, visit);
            chosen.pop();
        }
    }
    extend(&mut Vec::with_capacity(size), count, size, visit);
}
