//! Spread: no region, and no cloud, answers more than its share of a workload's requests, or each what its weight says.
//!
//! > sum over c of x(s, c, r) <= most_in_region(s) × y(s, r)     for every region r
//! > sum over c and r of the cloud of x(s, c, r) <= most_in_cloud(s)     for every cloud
//!
//! with most = ceil(share × demand), so that shares which add up to one can always be met.
//!
//! Weights: each domain d answers its part of all requests, within a tolerance:
//!
//! > floor((weight(d) / W − tolerance) × demand) <= sum over c and r of the domain of x(s, c, r) <= ceil((weight(d) / W + tolerance) × demand)
//!
//! where W is the sum of all weights. Regions of no domain are no candidates (`residency`).
//!
//! Zones: in a region in use at least m zones hold machines, and no two zones differ by more than a limit. Machines are as even over the zones as can be
//! anyway, so that m machines are in m zones, and only a limit of zero says more: their number is a multiple of that of the zones (`spot::Rules`). Machines
//! that are decided one by one (`stock`) have rows for it:
//!
//! > m × y(s, r) <= sum over zones z of f(s, r, z),   f(s, r, z) <= sum over types o of m(s, r, o, z),   f binary
//! > sum over o of m(s, r, o, z) − sum over o of m(s, r, o, z') <= max_skew     for all zones z, z'

use std::collections::BTreeMap;

use super::program::{Column, ColumnId, Decision, Program, Sense};
use super::{Service, Stocked, functions, stock};
use crate::model::Problem;

/// Adds the shares of all services.
pub(super) fn rows(program: &mut Program<'_>) {
    for service in 0..program.services().count() {
        let placed = program.service(service);
        let mut clouds: BTreeMap<&str, Vec<(ColumnId, i128)>> = BTreeMap::new();
        for (region, candidates) in functions::by_region(placed) {
            let sent = candidates.iter().flat_map(|&at| program.traffic(service, at));
            let sent: Vec<_> = sent.map(|(_, column)| (column, 1)).collect();
            let cloud = program.problem().regions[region.index()].key.cloud.as_str();
            clouds.entry(cloud).or_default().extend(&sent);
            if let (Some(most), Some(in_use)) = (placed.most_in_region, program.present(service, region)) {
                let terms = sent.into_iter().chain([(in_use, -i128::from(most))]);
                program.add_row("spread", terms, Sense::AtMost, 0);
            }
        }
        weighted(program, service);
        for (_, sent) in clouds {
            if let Some(most) = placed.most_in_cloud {
                program.add_row("spread", sent, Sense::AtMost, most.into());
            }
        }
    }
}

/// Adds the parts that weights ask for.
fn weighted(program: &mut Program<'_>, service: usize) {
    let placed = program.service(service);
    let problem = program.problem();
    let Some(weights) = &problem.workloads[placed.workload.index()].weights else { return };
    let mut sent: BTreeMap<&str, Vec<(ColumnId, i128)>> =
        weights.of.keys().map(|domain| (domain.as_str(), Vec::new())).collect();
    for (at, candidate) in placed.candidates.iter().enumerate() {
        let Some(domain) = weights.domain_of(&problem.regions[candidate.region.index()].key) else { continue };
        sent.entry(domain).or_default().extend(program.traffic(service, at).map(|(_, column)| (column, 1)));
    }
    let (all, whole) = (i128::from(placed.total), i128::from(weights.sum()));
    let given = i128::from(weights.tolerance.0) * whole;
    for (domain, terms) in sent {
        let part = i128::from(weights.of.get(domain).copied().unwrap_or(0)) * 1_000_000;
        let least = (all * (part - given)).div_euclid(whole * 1_000_000);
        let most = -(-all * (part + given)).div_euclid(whole * 1_000_000);
        if least > 0 {
            program.add_row("spread", terms.clone(), Sense::AtLeast, least);
        }
        if most < all {
            program.add_row("spread", terms, Sense::AtMost, most);
        }
    }
}

/// Adds what is asked of zones where machines are decided one by one.
pub(super) fn zones(program: &mut Program<'_>, service: usize, candidate: usize, stocked: &Stocked) {
    let columns = |zone| stock::machines_in(program, service, candidate, stocked, zone).collect();
    let by_zone: Vec<Vec<ColumnId>> = (0..stocked.zones()).map(columns).collect();
    // One zone is in use in any case, and more than may be lost.
    if stocked.least_zones > stocked.lost + 1 {
        let mut filled = Vec::new();
        for (zone, machines) in by_zone.iter().enumerate() {
            let decision = Decision::Filled { service, candidate, zone };
            let column = program.add_column(Column { decision, cost: 0, most: 1, is_whole: true });
            let there = machines.iter().map(|&machines| (machines, -1));
            program.add_row("spread", there.chain([(column, 1)]), Sense::AtMost, 0);
            filled.push((column, -1));
        }
        let in_use = program.in_use(service, candidate).map(|in_use| (in_use, stocked.least_zones as i128));
        program.add_row("spread", filled.into_iter().chain(in_use), Sense::AtMost, 0);
    }
    let Some(most) = stocked.max_skew else { return };
    for (zone, fuller) in by_zone.iter().enumerate() {
        for (_, emptier) in by_zone.iter().enumerate().filter(|(other, _)| *other != zone) {
            let terms = fuller.iter().map(|&column| (column, 1)).chain(emptier.iter().map(|&column| (column, -1)));
            program.add_row("spread", terms.collect::<Vec<_>>(), Sense::AtMost, most.into());
        }
    }
}

/// Whether a service is spread by shares or weights.
pub(super) fn is_in_force(problem: &Problem, service: &Service) -> bool {
    let is_weighted = problem.workloads[service.workload.index()].weights.is_some();
    service.most_in_region.is_some() || service.most_in_cloud.is_some() || is_weighted
}
