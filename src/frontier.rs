//! What one promise costs: the cheapest placement at each of its values, every point an answer of its own.
//!
//! Against carbon the points are those that are optimal at some price of carbon (*supported*: the corners of the lower convex hull of all placements by cost
//! and emissions). They are found without gaps by dichotomy: between two points the price at which both cost the same is tried; either nothing is cheaper
//! there by more than the gap tolerance, and the two are neighbours, or a point between them is found. Placements above the hull may exist, and no price
//! of carbon leads to them.

mod carbon;
mod levels;

use std::collections::BTreeSet;

use crate::check::Placement;
use crate::model::{Problem, RegionId};
use crate::place::Disagreement;
use crate::units::{Carbon, Money};

/// What the cost is held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Against {
    /// Emissions.
    Carbon,
    /// `max_rtt_ms` of every workload that has one, in pools too.
    MaxRtt,
    /// `survive.zones` of every workload that can promise it.
    SurviveZones,
    /// `survive.regions` of every workload that can promise it.
    SurviveRegions,
}

/// The cheapest placement at one value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// The value, in the unit of what the cost is held against: a price of carbon in micro-USD per tonne, a round trip in microseconds, a number of domains.
    pub value: i128,
    /// What there is; nothing if no placement keeps every promise.
    pub found: Option<Found>,
}

/// A placement of a frontier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What is minimised each month, but for the price of carbon.
    pub cost: Money,
    /// What is paid each month.
    pub paid: Money,
    /// Emissions each month; nothing if a figure is unknown.
    pub emissions: Option<Carbon>,
    /// The regions in use.
    pub regions: BTreeSet<RegionId>,
    /// Whether nothing costs less, within the gap tolerance.
    pub is_proven: bool,
}

/// A frontier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frontier {
    /// What the cost is held against.
    pub against: Against,
    /// By value; against carbon from the cheapest to the cleanest.
    pub points: Vec<Point>,
    /// Whether every point there is was found, or every value asked for was settled.
    pub is_complete: bool,
    /// Workloads that cannot make the promise and keep what they state, by name.
    pub unchanged: Vec<String>,
}

impl Found {
    fn of(placement: &Placement, is_proven: bool) -> Self {
        let totals = placement.totals();
        let cost = totals.objective() - totals.carbon;
        Self { cost, paid: totals.paid(), emissions: totals.emissions, regions: placement.regions(), is_proven }
    }
}

/// The frontier of `problem`, whatever stood before.
pub fn frontier(problem: &Problem, against: Against) -> Result<Frontier, Disagreement> {
    match against {
        Against::Carbon => carbon::frontier(problem),
        Against::MaxRtt | Against::SurviveZones | Against::SurviveRegions => levels::frontier(problem, against),
    }
}
