//! Parts of a service that share nothing: no region answers user groups of two of them.
//!
//! Users in Europe, America and Asia who must be answered within tens of milliseconds have no region in common. Demand, capacity and cost then fall apart, and the
//! cheapest placement is the cheapest of each part, side by side. A search over the whole would multiply what it now adds. Limits on the
//! number of regions, and an allowance of late requests, hold the parts together.

use std::collections::BTreeMap;

use crate::formulate::{Candidate, Reach, Service};

/// A part of a service.
pub(super) struct Part {
    /// The part, as a service of its own.
    pub(super) service: Service,
    /// The position that each of its candidates has in the whole.
    pub(super) positions: Vec<usize>,
}

/// The parts of `service`, by first user group; `None` if it is one whole. Everybody must be answered by some candidate.
pub(super) fn parts(service: &Service) -> Option<Vec<Part>> {
    let is_held = service.late_allowance > 0
        || service.min_regions > 1
        || service.max_regions < service.candidates.len()
        || service.candidates.is_empty();
    if is_held {
        return None;
    }
    let part_of_group = joined(service);
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (group, &part) in part_of_group.iter().enumerate() {
        groups.entry(part).or_default().push(group);
    }
    (groups.len() > 1).then(|| groups.into_values().map(|groups| part(service, &groups)).collect())
}

/// For each user group the first one that it shares regions with, directly or through others.
fn joined(service: &Service) -> Vec<usize> {
    let mut first: Vec<usize> = (0..service.demand.len()).collect();
    for candidate in &service.candidates {
        let reached = || (0..first.len()).filter(|&group| candidate.reach[group] != Reach::No);
        let Some(least) = reached().map(|group| first[group]).min() else { continue };
        let joined: Vec<usize> = reached().map(|group| first[group]).collect();
        for part in &mut first {
            if joined.contains(part) {
                *part = least;
            }
        }
    }
    first
}

fn part(service: &Service, groups: &[usize]) -> Part {
    let is_inside = |candidate: &Candidate| groups.iter().any(|&group| candidate.reach[group] != Reach::No);
    let positions: Vec<usize> =
        (0..service.candidates.len()).filter(|&position| is_inside(&service.candidates[position])).collect();
    let inside = |position: &usize| {
        let candidate = &service.candidates[*position];
        Candidate {
            region: candidate.region,
            reach: groups.iter().map(|&group| candidate.reach[group]).collect(),
            stands_in: Vec::new(),
            traffic: groups.iter().map(|&group| candidate.traffic[group]).collect(),
            is_called: candidate.is_called,
            entry_rtt: Vec::new(),
            distance: candidate.distance,
            curve: candidate.curve.clone(),
            function: candidate.function,
            portion: candidate.portion,
            most_asked: candidate.most_asked,
            stocked: candidate.stocked.clone(),
            mixed: candidate.mixed.clone(),
            // What a candidate needs answers all that it answers: it is in the same part.
            needs: candidate.needs.iter().filter_map(|need| positions.binary_search(need).ok()).collect(),
        }
    };
    let demand: Vec<_> = groups.iter().map(|&group| service.demand[group]).collect();
    let part = Service {
        called_then: service.called_then,
        most_in_region: service.most_in_region,
        most_in_cloud: service.most_in_cloud,
        is_single_routed: service.is_single_routed,
        workload: service.workload,
        shapes: groups.iter().map(|&group| service.shapes[group]).collect(),
        total: demand.iter().map(|demand| demand.rate.0).sum(),
        demand,
        late_allowance: 0,
        survive: service.survive,
        degraded_rate: service.degraded_rate,
        min_regions: service.min_regions,
        max_regions: usize::MAX,
        candidates: positions.iter().map(inside).collect(),
        rejections: Vec::new(),
        dominated: Vec::new(),
    };
    Part { service: part, positions }
}
