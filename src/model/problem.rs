//! The whole problem.

use super::{Commitment, MachineType, Pool, Previous, Quota, Region, RegionId, RttTable, UserGroup, Workload};
use crate::units::{Money, Ratio};

/// What is counted beside money that is really paid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Objective {
    /// Price of 1,000 kg of CO₂ equivalent; zero leaves carbon out of the decision.
    pub carbon_per_tonne: Money,
    /// Price each month of a millisecond on the way of one request per second; zero leaves latency out of the decision.
    pub latency_per_rps_ms: Money,
}

/// Limits over all workloads together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// At most this many regions hold any replica.
    pub max_regions: Option<u32>,
    /// At most this many clouds hold any replica.
    pub max_clouds: Option<u32>,
}

/// One source of catalog facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// What it says, such as `aws on-demand prices`.
    pub facts: String,
    /// Date of the facts, as `2026-06` or `2026-06-30`.
    pub as_of: String,
    /// Where they come from, with licence.
    pub origin: String,
}

/// Which catalog the supply was read from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CatalogStamp {
    /// Version of the embedded catalog.
    pub version: String,
    /// Date of its newest facts.
    pub as_of: String,
    /// SHA-256 of its normalised tables, in hexadecimal.
    pub digest: String,
    /// Sources, by facts.
    pub sources: Vec<Source>,
    /// True if the problem or the provider changed prices or regions of the embedded catalog.
    pub is_overlaid: bool,
}

/// What was stated, before names, prices and round trips were looked up: what a certificate says the answer is an answer to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statement {
    /// The problem as canonical JSON.
    pub problem: String,
    /// The `catalog` of the provider's configuration as canonical JSON, if there was one.
    pub provider_catalog: Option<String>,
}

/// A placement problem, complete and ordered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problem {
    /// By name.
    pub users: Vec<UserGroup>,
    /// By name.
    pub workloads: Vec<Workload>,
    /// By name; their members are not among the workloads.
    pub pools: Vec<Pool>,
    /// By key.
    pub regions: Vec<Region>,
    /// By cloud and name.
    pub machine_types: Vec<MachineType>,
    /// By label.
    pub commitments: Vec<Commitment>,
    /// Between users and regions.
    pub rtt: RttTable,
    /// Over everything.
    pub limits: Limits,
    /// Over everything in one region, by region; none of them where there are pools.
    pub quotas: Vec<Quota>,
    /// What is minimised.
    pub objective: Objective,
    /// Largest distance between cost and bound, relative to the cost, at which a placement is called optimal.
    pub gap_tolerance: Ratio,
    /// What stood before, if anything is to be kept of it.
    pub previous: Option<Previous>,
    /// How many of the next best placements are asked for, of everything that is decided together.
    pub alternatives: u32,
    /// Whether it is asked for which limits bind, and what one unit more of each would save.
    pub bindings: bool,
    /// Where the supply comes from.
    pub catalog: CatalogStamp,
    /// The text it was read from; `None` for a problem made of values.
    pub stated: Option<Statement>,
}

impl Problem {
    /// The quotas of a region.
    pub fn quotas_in(&self, region: RegionId) -> impl Iterator<Item = &Quota> {
        self.quotas.iter().filter(move |quota| quota.region == region)
    }
}
