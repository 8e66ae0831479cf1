//! Cost against the values of a promise that all workloads make alike.

use rayon::prelude::*;

use super::{Against, Found, Frontier, Point};
use crate::model::{Calendar, Member, Problem, Workload, with_standing_by};
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
    let (_, unchanged) = promising(problem, against, 0);
    let tried: Vec<(u32, Attempt)> = values
        .into_par_iter()
        .map(|value| Ok((value, attempt(&promising(problem, against, value).0, Interrupt::NEVER)?)))
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
    Ok(Frontier { against, points: tried.into_iter().filter_map(point).collect(), is_complete, unchanged })
}

/// The problem in which every workload that can promises `value`, and the names of those that cannot.
fn promising(problem: &Problem, against: Against, value: u32) -> (Problem, Vec<String>) {
    let mut changed = Problem { previous: None, ..problem.clone() };
    let mut unchanged = Vec::new();
    for workload in &mut changed.workloads {
        if !promise(workload, against, value) {
            unchanged.push(workload.name.clone());
        }
    }
    let mut answering = problem.pools.clone();
    answering.retain(|pool| pool.stands_by.is_none());
    for pool in &mut answering {
        let has_choices = !pool.one_of.is_empty();
        for member in &mut pool.members {
            if !promise_in_pool(member, has_choices, against, value) {
                unchanged.push(member.workload.name.clone());
            }
        }
    }
    changed.pools = with_standing_by(answering);
    unchanged.sort_unstable();
    (changed, unchanged)
}

/// Lets a workload promise `value`, if it can. A fixed number of replicas outlives nothing.
fn promise(workload: &mut Workload, against: Against, value: u32) -> bool {
    match against {
        Against::Carbon => false,
        Against::SurviveZones | Against::SurviveRegions if workload.is_counted_exactly() => false,
        Against::MaxRtt => promise_rtt(workload, value),
        Against::SurviveZones => {
            workload.survive.zones = value;
            true
        }
        Against::SurviveRegions => {
            // Losses of regions go with copies in several regions, and commitments are used beside them where that is asked for.
            let is_in_one_region = workload.state.is_some_and(|state| !state.is_multi_region);
            let profile = &workload.profile;
            let has_calls = !workload.calls.is_empty() || !profile.called.is_empty() || profile.rises_apart;
            let calls_by_the_hour = has_calls && workload.profile.calendar != Calendar::CONSTANT;
            let can_promise = !(is_in_one_region || calls_by_the_hour);
            if can_promise {
                let is_asked = workload.survive.has_places();
                workload.survive.regions = value;
                workload.uses_commitments &= is_asked || !workload.survive.has_places();
            }
            can_promise
        }
    }
}

fn promise_rtt(workload: &mut Workload, value: u32) -> bool {
    let Some(limit) = &mut workload.max_rtt else { return false };
    *limit = RoundTrip(value);
    true
}

/// The same for a member of a pool in which, perhaps, alternatives are chosen from. Daemons are on every node, and promise nothing.
fn promise_in_pool(member: &mut Member, has_choices: bool, against: Against, value: u32) -> bool {
    let is_fixed = member.workload.demand.is_empty() && member.replicas.is_exact();
    match against {
        Against::MaxRtt => promise_rtt(&mut member.workload, value),
        Against::SurviveZones if !member.is_daemon && !is_fixed => {
            member.workload.survive.zones = value;
            true
        }
        Against::SurviveRegions if !member.is_daemon && !has_choices => {
            member.workload.survive.regions = value;
            true
        }
        Against::Carbon | Against::SurviveZones | Against::SurviveRegions => false,
    }
}
