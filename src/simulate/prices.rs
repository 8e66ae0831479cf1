//! Prices of a region or a cloud in use rise: how far the placement stays the cheapest, by solving again at given factors.

use std::collections::BTreeSet;
use std::sync::Arc;

use rayon::prelude::*;

use super::loss::Domain;
use crate::check::{self, Placement};
use crate::model::{Problem, RegionId};
use crate::place::{Attempt, Disagreement, Interrupt, attempt, is_within};
use crate::units::Money;

/// The factors tried, in percent.
pub const FACTORS: [u32; 6] = [102, 105, 110, 120, 150, 200];

/// What moving saves at a factor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// The factor, in percent.
    pub factor: u32,
    /// What the placement costs then.
    pub stays: Money,
    /// What the cheapest costs then.
    pub best: Money,
    /// The regions that are left.
    pub left: Vec<RegionId>,
    /// The regions that are new.
    pub entered: Vec<RegionId>,
}

/// A region or a cloud whose machines become dearer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shift {
    /// Whose prices rise.
    pub domain: Domain,
    /// The largest factor tried at which nothing is cheaper than the placement, within the gap tolerance, in percent; 100 if that is so at none.
    pub stays_to: u32,
    /// The first factor tried at which something is; nothing if that is so at none.
    pub moves: Option<Move>,
}

pub(super) fn shifts(problem: &Problem, placement: &Placement) -> Result<Vec<Shift>, Disagreement> {
    let regions: BTreeSet<RegionId> = placement.regions();
    let clouds: BTreeSet<String> =
        regions.iter().map(|region| problem.regions[region.index()].key.cloud.clone()).collect();
    let mut domains: Vec<Domain> = regions.into_iter().map(Domain::Region).collect();
    if clouds.len() > 1 || problem.regions.iter().any(|region| !clouds.contains(&region.key.cloud)) {
        domains.extend(clouds.into_iter().map(Domain::Cloud));
    }
    domains.into_par_iter().map(|domain| shift(problem, placement, domain)).collect()
}

fn shift(problem: &Problem, placement: &Placement, domain: Domain) -> Result<Shift, Disagreement> {
    let mut stays_to = 100;
    for factor in FACTORS {
        let dearer = dearer(problem, &domain, factor);
        let stays = check::placement(&dearer, placement.assignment()).map_err(Disagreement)?.cost();
        let Attempt::Found { placement: best, .. } = attempt(&dearer, Interrupt::NEVER)? else { break };
        if !is_within(stays, best.cost(), problem.gap_tolerance) {
            let (before, now) = (placement.regions(), best.regions());
            let moves = Move {
                factor,
                stays,
                best: best.cost(),
                left: before.difference(&now).copied().collect(),
                entered: now.difference(&before).copied().collect(),
            };
            return Ok(Shift { domain, stays_to, moves: Some(moves) });
        }
        stays_to = factor;
    }
    Ok(Shift { domain, stays_to, moves: None })
}

fn dearer(problem: &Problem, domain: &Domain, factor: u32) -> Problem {
    let mut dearer = Problem { previous: None, ..problem.clone() };
    // That prices may rise above the budget is no reason to move.
    dearer.limits.max_monthly_cost = None;
    for (index, region) in dearer.regions.iter_mut().enumerate() {
        let is_meant = match domain {
            Domain::Zone(place, _) | Domain::Region(place) | Domain::NodeType(place, _) => place.index() == index,
            Domain::Cloud(cloud) => region.key.cloud == *cloud,
        };
        if is_meant {
            for offer in Arc::make_mut(&mut region.offers) {
                offer.hourly = offer.hourly.scaled(i128::from(factor), 100);
            }
            let scaled = |price: Money| price.scaled(i128::from(factor), 100);
            for offer in &mut region.functions {
                offer.million_requests = scaled(offer.million_requests);
                offer.million_gib_seconds = scaled(offer.million_gib_seconds);
                offer.million_vcpu_seconds = offer.million_vcpu_seconds.map(scaled);
            }
        }
    }
    dearer
}
