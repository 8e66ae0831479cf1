//! Counts and shares: the nearest that works.

use super::{CanBePlaced, Change, first_that_helps};
use crate::explain::conflict::is_placeable;
use crate::model::{Problem, Survival, Weights, Workload};
use crate::units::Ratio;

/// The largest loss below the promised one that can be outlived.
pub(super) fn nearest_loss(problem: &Problem, lost: fn(&mut Survival) -> &mut u32) -> Option<(Change, Problem)> {
    let promised = *lost(&mut problem.workloads[0].survive.clone());
    nearest_count(problem, (0..promised).rev(), |problem, count| *lost(&mut problem.workloads[0].survive) = count)
}

/// The first count that works.
pub(super) fn nearest_count(
    problem: &Problem,
    counts: impl Iterator<Item = u32>,
    set: impl Fn(&mut Problem, u32),
) -> Option<(Change, Problem)> {
    first_count(problem, counts, &is_placeable, set)
}

/// The first count that is enough.
pub(super) fn first_count(
    problem: &Problem,
    mut counts: impl Iterator<Item = u32>,
    is_enough: &CanBePlaced<'_>,
    set: impl Fn(&mut Problem, u32),
) -> Option<(Change, Problem)> {
    counts.find_map(|count| {
        let mut relaxed = problem.clone();
        set(&mut relaxed, count);
        is_enough(&relaxed).then_some((Change::Count(count), relaxed))
    })
}

/// The largest quorum below the promised one that can be kept.
pub(super) fn smaller_quorum(problem: &Problem) -> Option<(Change, Problem)> {
    let promised = problem.workloads[0].state?.quorum;
    (1..promised).rev().find_map(|quorum| {
        let mut relaxed = problem.clone();
        relaxed.workloads[0].state.as_mut()?.quorum = quorum;
        is_placeable(&relaxed).then_some((Change::Quorum(quorum), relaxed))
    })
}

/// The least share above the stated one, in whole hundredths, that works, found by halving.
pub(super) fn nearest_share(
    problem: &Problem,
    share_of: fn(&mut Workload) -> &mut Option<Ratio>,
) -> Option<(Change, Problem)> {
    let stated = share_of(&mut problem.workloads[0].clone()).unwrap_or_default();
    let larger: Vec<Ratio> =
        (1..=100).map(|hundredths| Ratio(hundredths * 10_000)).filter(|share| *share > stated).collect();
    let with = |share: Ratio| {
        let mut relaxed = problem.clone();
        *share_of(&mut relaxed.workloads[0]) = Some(share);
        relaxed
    };
    first_that_helps(&larger, with).map(|(share, relaxed)| (Change::Share(share), relaxed))
}

/// The least tolerance of weights above the stated one, in whole hundredths, that works, found by halving.
pub(super) fn nearest_tolerance(problem: &Problem) -> Option<(Change, Problem)> {
    let stated = problem.workloads[0].weights.as_ref()?.tolerance;
    let larger: Vec<Ratio> =
        (1..=100).map(|hundredths| Ratio(hundredths * 10_000)).filter(|share| *share > stated).collect();
    let with = |tolerance: Ratio| {
        let mut relaxed = problem.clone();
        let weights = relaxed.workloads[0].weights.take();
        relaxed.workloads[0].weights = weights.map(|weights| Weights { tolerance, ..weights });
        relaxed
    };
    first_that_helps(&larger, with).map(|(tolerance, relaxed)| (Change::Share(tolerance), relaxed))
}
