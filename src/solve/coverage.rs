//! Whether a service can be served at all.
//!
//! Capacity can always be bought, so what can fail is reach: every user group needs a region that answers it, enough requests must be
//! answered in time, and the number of regions is limited. With a limit on regions this is a set cover, settled by HiGHS.

use std::collections::BTreeMap;

use super::effort::Interrupt;
use super::highs::{Column, Model, Status, Stop};
use super::rows::{float, share};
use super::{calls, clouds, program};
use crate::formulate::{Candidate, Formulation, Reach, Service, short_groups};
use crate::model::{Problem, RegionId, UserId};

/// Why a service cannot be served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// No region is a candidate.
    NoRegion,
    /// No candidate answers these user groups.
    Unreachable(Vec<UserId>),
    /// Even with every candidate in use, fewer requests are in time than promised.
    TooFewInTime {
        /// Requests that candidates reach in time, in milli-rps.
        in_time: u64,
        /// Requests that must be.
        required: u64,
    },
    /// Fewer candidates in reach than `min_regions`.
    TooFewRegions {
        /// Candidates in reach.
        candidates: usize,
        /// `min_regions`.
        required: usize,
    },
    /// Too few regions, or clouds, stand in for these user groups when those that must be outlived are lost.
    TooFewStandIns(Vec<UserId>),
    /// No set of `max_regions` candidates answers every user group in time.
    TooManyRegionsNeeded {
        /// The limit.
        most: usize,
    },
}

/// Whether some choice of candidates serves `service`.
pub fn can_serve(problem: &Problem, service: &Service) -> Result<(), Obstacle> {
    if service.candidates.is_empty() {
        return Err(Obstacle::NoRegion);
    }
    let classes = service.classes();
    let unreachable: Vec<UserId> = classes
        .iter()
        .filter(|class| class.reach.iter().all(|&reach| reach == Reach::No))
        .flat_map(|class| class.users.iter().copied())
        .collect();
    if !unreachable.is_empty() {
        return Err(Obstacle::Unreachable(unreachable));
    }
    let required = service.total - service.late_allowance;
    let in_time: u64 =
        classes.iter().filter(|class| class.reach.contains(&Reach::InTime)).map(|class| class.rate).sum();
    if in_time < required {
        return Err(Obstacle::TooFewInTime { in_time, required });
    }
    // Regions that dominate others count for those they replace: they are never fewer than `min_regions` unless too few existed.
    let candidates = one_by_region(service).filter(|candidate| candidate.is_in_reach()).count();
    if candidates < service.min_regions {
        return Err(Obstacle::TooFewRegions { candidates, required: service.min_regions });
    }
    let short = short_groups(problem, service);
    if !short.is_empty() {
        return Err(Obstacle::TooFewStandIns(short));
    }
    if service.max_regions >= service.candidates.len() || is_covered(service) {
        return Ok(());
    }
    Err(Obstacle::TooManyRegionsNeeded { most: service.max_regions })
}

/// The first candidate in each region.
fn one_by_region(service: &Service) -> impl Iterator<Item = &Candidate> {
    let mut before = None;
    service.candidates.iter().filter(move |candidate| before.replace(candidate.region) != Some(candidate.region))
}

/// True if at most `max_regions` candidates reach every class, and enough of the demand in time.
fn is_covered(service: &Service) -> bool {
    can_serve_together(&[service], usize::MAX)
}

/// Whether services, each of which can be served alone, can be served by at most `most` regions together, each service within its own limits.
pub fn can_serve_together(services: &[&Service], most: usize) -> bool {
    let mut model = Model::default();
    let mut opened: BTreeMap<RegionId, Column> = BTreeMap::new();
    for service in services {
        for candidate in &service.candidates {
            opened.entry(candidate.region).or_insert_with(|| model.column(1.0, 1.0, true));
        }
    }
    for service in services {
        // Machines and functions in a region answer the same users.
        let placed = Service { candidates: one_by_region(service).cloned().collect(), ..(*service).clone() };
        cover(&mut model, &placed, &opened);
    }
    if most < opened.len() {
        model.at_most(opened.values().map(|&column| (column, 1.0)), float(most as u64));
    }
    model.minimise(Stop { nodes: 100_000, relative_gap: 1.0, interrupt: Interrupt::NEVER }, None).status
        != Status::Infeasible
}

/// Whether everything can be placed at once; each service can be served alone.
pub fn can_be_placed(problem: &Problem, formulation: &Formulation) -> bool {
    formulation.blocks.iter().all(|block| {
        let services: Vec<&Service> = block.services.iter().map(|&index| &formulation.services[index]).collect();
        if services.iter().any(|service| can_serve(problem, service).is_err()) {
            return false;
        }
        if block.has_calls {
            return !calls::is_infeasible(problem, block, &services);
        }
        if block.is_under_quota || block.has_limited_functions || block.has_further_rules {
            return !program::is_infeasible(problem, block, &services);
        }
        if let Some(most) = block.max_clouds {
            let tried = clouds::can_be_placed(problem, block, &services, most);
            return tried.unwrap_or_else(|| !program::is_infeasible(problem, block, &services));
        }
        block.max_regions.is_none_or(|most| can_serve_together(&services, most))
    })
}

/// The rows by which one service is covered by opened regions.
fn cover(model: &mut Model, service: &Service, opened: &BTreeMap<RegionId, Column>) {
    let used: Vec<Column> = service.candidates.iter().map(|_| model.column(0.0, 1.0, true)).collect();
    for (candidate, &used) in service.candidates.iter().zip(&used) {
        model.at_most([(used, 1.0), (opened[&candidate.region], -1.0)], 0.0);
    }
    let all = || used.iter().map(|&column| (column, 1.0));
    model.at_least(all(), float(service.min_regions as u64));
    if service.max_regions < used.len() {
        model.at_most(all(), float(service.max_regions as u64));
    }
    let mut in_time = Vec::new();
    for class in service.classes() {
        let reached = |wanted: fn(Reach) -> bool| {
            class.reach.iter().zip(&used).filter(move |(reach, _)| wanted(**reach)).map(|(_, &column)| (column, 1.0))
        };
        model.at_least(reached(|reach| reach != Reach::No), 1.0);
        let answered = model.column(0.0, 1.0, false);
        model.at_least(reached(|reach| reach == Reach::InTime).chain([(answered, -1.0)]), 0.0);
        in_time.push((answered, share(class.rate, service.total)));
    }
    // A hair below the promise, so that a share met exactly is not lost to rounding; one milli-rps is a far larger part.
    let required = share(service.total - service.late_allowance, service.total) - 1e-9;
    model.at_least(in_time, required);
}
