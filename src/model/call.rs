//! Calls between workloads, and what lies between regions.

use super::{RegionId, Rtt};
use crate::units::{Bytes, Money, Ratio};

/// What a workload asks of another one while it answers a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Name of the workload that is called. One that the problem does not have is not called: conflicts are looked for in parts of a problem.
    pub callee: String,
    /// Calls for each request; above zero.
    pub per_request: Ratio,
    /// Bytes of the answer, which the callee sends to the caller.
    pub answer: Bytes,
    /// Bytes of the call itself, which the caller sends to the callee.
    pub sent: Bytes,
    /// Whether the caller waits for the answer: only then does the round trip count along a path.
    pub waits: bool,
}

impl Call {
    /// Calls that `load` requests make: rounded up to a whole milli-rps.
    pub fn made_by(&self, load: u64) -> u64 {
        let calls = (u128::from(load) * u128::from(self.per_request.0)).div_ceil(u128::from(Ratio::ONE.0));
        u64::try_from(calls).unwrap_or(u64::MAX)
    }
}

/// What is known of the way from a region to another one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// Price of 10^9 bytes, paid where they are sent; `None` when no price is known.
    pub egress_per_gb: Option<Money>,
    /// The round trip; `None` when it is not known.
    pub rtt: Option<Rtt>,
}

/// The ways between regions. Empty for problems without calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LinkTable {
    regions: usize,
    entries: Vec<Link>,
}

impl LinkTable {
    /// A table of `rows`, one row per sending region with one entry per receiving region.
    ///
    /// # Panics
    /// If it is not square.
    pub fn from_rows(rows: Vec<Vec<Link>>) -> Self {
        let regions = rows.len();
        assert!(rows.iter().all(|row| row.len() == regions), "one entry per pair of regions");
        Self { regions, entries: rows.into_iter().flatten().collect() }
    }

    /// True if it says nothing of any region.
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The way from one region to another; nothing is known of it if the table does not have it.
    pub fn get(&self, from: RegionId, to: RegionId) -> Link {
        self.entries.get(from.index() * self.regions + to.index()).copied().unwrap_or_default()
    }
}
