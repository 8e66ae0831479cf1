//! Cost against the values of a promise that all workloads make alike.

use rayon::prelude::*;

use super::{Against, Found, Frontier, Point};
use crate::model::{Calendar, Problem, Workload, WorkloadId};
use crate::place::{Attempt, Disagreement, Interrupt, attempt};
use crate::units::RoundTrip;

/// Limits on round trips that are tried, in ms.
const ROUND_TRIPS: [u32; 14] = [5, 10, 15, 20, 30, 40, 50, 60, 80, 100, 120, 150, 200, 300];

/// Domains lost.
const LOSSES: [u32; 3] = [0, 1, 2];

pub(super) fn frontier(problem: &Problem, against: Against) -> Result<Frontier, Disagreement> {
    let values: Vec<u32> = match against {
        Against::MaxRtt => ROUND_TRIPS.iter().map(|ms| ms * 1_000).collect(),
        Against::Carbon | Against::SurviveZones | Against::SurviveRegions => LOSSES.to_vec(),
    };
    let tried: Vec<(u32, Attempt)> = values
        .into_par_iter()
        .map(|value| {
            let mut changed = Problem { previous: None, ..problem.clone() };
            for (number, workload) in changed.workloads.iter_mut().enumerate() {
                promise(workload, problem.has_calls(WorkloadId::at(number)), against, value);
            }
            Ok((value, attempt(&changed, Interrupt::NEVER)?))
        })
        .collect::<Result<_, Disagreement>>()?;
    let is_complete = tried.iter().all(|(_, attempt)| match attempt {
        Attempt::Found { is_proven, .. } => *is_proven,
        Attempt::Impossible => true,
        Attempt::Undecided => false,
    });
    let point = |(value, attempt): (u32, Attempt)| {
        let found = match &attempt {
            Attempt::Found { placement, is_proven } => Some(Found::of(placement, *is_proven)),
            Attempt::Impossible => None,
            // Nothing is known of it.
            Attempt::Undecided => return None,
        };
        Some(Point { value: i128::from(value), found })
    };
    Ok(Frontier { against, points: tried.into_iter().filter_map(point).collect(), is_complete })
}

fn promise(workload: &mut Workload, has_calls: bool, against: Against, value: u32) {
    match against {
        Against::Carbon => {}
        Against::MaxRtt => {
            if let Some(limit) = &mut workload.max_rtt {
                *limit = RoundTrip(value);
            }
        }
        Against::SurviveZones => workload.survive.zones = value,
        Against::SurviveRegions => {
            // Losses of regions go with constant demand and without calls, and commitments are used beside them where that is asked for.
            if workload.profile.calendar == Calendar::CONSTANT && !has_calls {
                let is_asked = workload.survive.has_places();
                workload.survive.regions = value;
                workload.uses_commitments &= is_asked || !workload.survive.has_places();
            }
        }
    }
}
