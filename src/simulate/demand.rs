//! Demand grows, of all user groups of a workload alike, and its machines stay as they are: the largest factor at which every rule still holds.
//!
//! A larger load never keeps a rule that a smaller one breaks, so the factor is found by halving, in steps of a thousandth.

use std::collections::BTreeSet;

use rayon::prelude::*;

use crate::check::{self, Violation};
use crate::model::{Assignment, Problem, RegionId, WorkloadId};
use crate::units::MilliRps;

/// Factors are in thousandths; none above this is looked at.
pub const MOST: u64 = 1_000_000;

/// A factor of one.
const ONE: u64 = 1_000;

/// How far the demand of a workload can grow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Growth {
    /// The workload.
    pub workload: WorkloadId,
    /// The largest factor that its machines carry, in thousandths; [`MOST`] if more than that.
    pub factor: u64,
    /// What breaks first above it: rules, each with the region it is about, if it is about one.
    pub breaks: BTreeSet<(&'static str, Option<RegionId>)>,
}

pub(super) fn growth(problem: &Problem, assignment: &Assignment) -> Vec<Growth> {
    let workloads = (0..problem.workloads.len()).into_par_iter().map(WorkloadId::at);
    workloads.map(|workload| of_workload(problem, assignment, workload)).collect()
}

fn of_workload(problem: &Problem, assignment: &Assignment, workload: WorkloadId) -> Growth {
    // The workload alone: what it breaks is its own.
    let groups = assignment.groups.iter().filter(|((own, _), _)| *own == workload);
    let groups = groups.map(|(&(_, region), group)| ((WorkloadId(0), region), group.clone()));
    let own = Assignment { groups: groups.collect(), ..Assignment::default() };
    let mut alone = Problem {
        workloads: vec![problem.workloads[workload.index()].clone()],
        pools: Vec::new(),
        previous: None,
        ..problem.clone()
    };
    let stated = alone.workloads[0].demand.clone();
    let mut broken = |factor: u64| {
        let scaled = |rate: MilliRps| {
            MilliRps(u64::try_from(u128::from(rate.0) * u128::from(factor) / u128::from(ONE)).unwrap_or(u64::MAX))
        };
        let mut larger = own.clone();
        for group in larger.groups.values_mut() {
            group.traffic.values_mut().for_each(|rate| *rate = scaled(*rate));
        }
        for (demand, stated) in alone.workloads[0].demand.iter_mut().zip(&stated) {
            let sent = larger.groups.values().filter_map(|group| group.traffic.get(&stated.user));
            demand.rate = MilliRps(sent.map(|rate| rate.0).sum());
        }
        check::placement(&alone, larger).err().unwrap_or_default()
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
    let breaks = why.iter().map(|violation| (violation.rule(), region(violation))).collect();
    Growth { workload, factor: holds, breaks }
}

fn region(violation: &Violation) -> Option<RegionId> {
    // More load is a matter of capacity; everything else is about the workload as a whole.
    if let Violation::Capacity { region, .. } = violation { Some(*region) } else { None }
}
