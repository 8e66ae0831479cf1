//! An earlier placement and how much better another must be before anything moves.
//!
//! It is kept by names, not by indices: what it names may not exist any more, and that is an answer, not an error.

use std::collections::BTreeMap;

use crate::units::{MilliRps, Money, Ratio};

/// What stood before, and when to leave it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Previous {
    /// Its machine groups by `workload/cloud/region`.
    pub groups: BTreeMap<String, PreviousGroup>,
    /// Least saving each month that is worth a move.
    pub min_improvement: Money,
    /// Least saving that is worth a move, relative to what the earlier placement costs now.
    pub min_improvement_share: Ratio,
    /// What it was computed from; `None` if only its groups are given.
    pub origin: Option<Origin>,
}

/// One machine group of the earlier placement.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PreviousGroup {
    /// What its instances were.
    pub machines: Vec<PreviousMachines>,
    /// Requests it answered, by user group.
    pub traffic: BTreeMap<String, MilliRps>,
}

/// Machines of one type, bought in one way.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct PreviousMachines {
    /// The cloud's name of the type.
    pub instance_type: String,
    /// How they were bought: `on_demand`.
    pub purchase: String,
    /// Instances by zone.
    pub zones: BTreeMap<String, u64>,
}

/// What an earlier answer was computed from, as its certificate says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// Version of the program.
    pub version: String,
    /// Digest of the catalog.
    pub catalog: String,
    /// The problem as canonical JSON.
    pub problem: String,
    /// The provider's catalog as canonical JSON.
    pub provider_catalog: Option<String>,
}

impl Previous {
    /// Least saving that is worth leaving a placement that costs `cost`: the larger of both minimums.
    pub fn threshold(&self, cost: Money) -> Money {
        self.min_improvement.max(cost.scaled(i128::from(self.min_improvement_share.0), i128::from(Ratio::ONE.0)))
    }
}
