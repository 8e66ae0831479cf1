//! Demand grows, of all user groups of a workload alike, and its machines stay as they are: the largest factor at which every rule still holds.
//!
//! A larger load never keeps a rule that a smaller one breaks, so the factor is found by halving, in steps of a thousandth. Calls grow with the requests
//! that make them, divided over regions as they are: what a workload's demand breaks may be another workload's.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use crate::check::{self, Violation};
use crate::model::{Asked, Assignment, CallParts, Group, Problem, RegionId, UserId, WorkloadId};
use crate::units::MilliRps;

/// Factors are in thousandths; none above this is looked at.
pub const MOST: u64 = 1_000_000;

/// A factor of one.
const ONE: u64 = 1_000;

/// How far the demand of a workload can grow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Growth {
    /// The workload; one that users ask.
    pub workload: WorkloadId,
    /// The largest factor that its machines carry, in thousandths; [`MOST`] if more than that.
    pub factor: u64,
    /// What breaks first above it: rules, each with the machine group it is about, if it is about one.
    pub breaks: BTreeSet<(&'static str, Option<(WorkloadId, RegionId)>)>,
}

pub(super) fn growth(problem: &Problem, assignment: &Assignment) -> Vec<Growth> {
    let is_asked = |workload: &WorkloadId| {
        let workload = &problem.workloads[workload.index()];
        !workload.demand.is_empty() && workload.replicas.is_none()
    };
    let workloads: Vec<WorkloadId> = (0..problem.workloads.len()).map(WorkloadId::at).filter(is_asked).collect();
    workloads.into_par_iter().map(|workload| of_workload(problem, assignment, workload)).collect()
}

fn of_workload(problem: &Problem, assignment: &Assignment, workload: WorkloadId) -> Growth {
    let (mut around, own, number) = around(problem, assignment, workload);
    let stated = around.workloads[number].demand.clone();
    let parts: BTreeMap<(WorkloadId, RegionId), CallParts> = own
        .groups
        .iter()
        .map(|(&key, group)| (key, group.calls.iter().map(|(&way, rate)| (way, rate.0)).collect()))
        .collect();
    let mut broken = |factor: u64| {
        let scaled = |rate: MilliRps| {
            MilliRps(u64::try_from(u128::from(rate.0) * u128::from(factor) / u128::from(ONE)).unwrap_or(u64::MAX))
        };
        let mut larger = own.clone();
        let mut grown = larger
            .groups
            .range_mut((WorkloadId::at(number), RegionId(0))..=(WorkloadId::at(number), RegionId(u32::MAX)));
        let mut sent: BTreeMap<UserId, u64> = BTreeMap::new();
        for (_, group) in grown.by_ref() {
            for (&user, rate) in &mut group.traffic {
                *rate = scaled(*rate);
                *sent.entry(user).or_default() += rate.0;
            }
        }
        for (demand, stated) in around.workloads[number].demand.iter_mut().zip(&stated) {
            demand.rate = MilliRps(sent.get(&stated.user).copied().unwrap_or(0));
        }
        // Whoever calls now goes on calling: no part is missing.
        let _ = larger.route_calls(&around, &parts);
        run_functions(&around, &own, &mut larger);
        check::placement(&around, larger).err().unwrap_or_default()
    };
    let (mut holds, mut breaks) = (ONE, MOST + 1);
    let mut why = Vec::new();
    // Doubling first: most placements carry little more than they are asked for.
    let mut next = ONE * 2;
    while holds + 1 < breaks {
        let factor = next.min(holds + (breaks - holds) / 2).max(holds + 1);
        let found = broken(factor);
        if found.is_empty() {
            (holds, next) = (factor, factor * 2);
        } else {
            (breaks, why) = (factor, found);
        }
    }
    let group = |violation: &Violation| {
        let (short, region) = group(violation)?;
        let is_alone = around.workloads.len() == 1;
        Some((if is_alone { workload } else { short }, region))
    };
    let breaks = why.iter().map(|violation| (violation.rule(), group(violation))).collect();
    Growth { workload, factor: holds, breaks }
}

/// Lets functions answer the same part of their groups' load as before, in as many environments as that takes: only their limit stops them.
fn run_functions(problem: &Problem, before: &Assignment, assignment: &mut Assignment) {
    let (asked_before, asked) = (before.asked(problem), assignment.asked(problem));
    let load = |of: &Group, asked: Option<&Asked>| of.load().0.saturating_add(asked.map_or(0, |asked| asked.called.0));
    for (key, group) in &mut assignment.groups {
        let Some((mut function, asked)) = group.function.zip(asked.get(key)) else { continue };
        let whole = before.groups.get(key).map_or(1, |before| load(before, asked_before.get(key)).max(1));
        let answered = u128::from(function.rate.0) * u128::from(load(group, Some(asked))) / u128::from(whole);
        function.rate = MilliRps(u64::try_from(answered).unwrap_or(u64::MAX));
        function.count = check::environments(problem, key.0, key.1, asked, function);
        group.function = Some(function);
    }
}

/// The problem and the assignment in which a workload grows, and its position there: alone, because what it breaks is its own, unless it calls others.
fn around(problem: &Problem, assignment: &Assignment, workload: WorkloadId) -> (Problem, Assignment, usize) {
    let without = Problem { pools: Vec::new(), previous: None, ..problem.clone() };
    if problem.has_calls(workload) {
        return (without, Assignment { pools: BTreeMap::new(), ..assignment.clone() }, workload.index());
    }
    let groups = assignment.groups_of(workload);
    let groups = groups.map(|(region, group)| ((WorkloadId(0), region), group.clone()));
    let own = Assignment { groups: groups.collect(), ..Assignment::default() };
    (Problem { workloads: vec![problem.workloads[workload.index()].clone()], ..without }, own, 0)
}

fn group(violation: &Violation) -> Option<(WorkloadId, RegionId)> {
    // More load is a matter of capacity; everything else is about the workload as a whole.
    if let Violation::Capacity { workload, region, .. } = violation { Some((*workload, *region)) } else { None }
}
