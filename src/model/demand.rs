//! Who asks, and how often.

use super::{Coordinates, UserId};
use crate::units::MilliRps;

/// Users who share a place, and so share round trips.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserGroup {
    /// The name the problem gives.
    pub name: String,
    /// ISO 3166-1 alpha-2 code, when declared or implied by a city.
    pub country: Option<String>,
    /// Where the group is; `None` if only its declared round trips are known.
    pub coordinates: Option<Coordinates>,
}

impl UserGroup {
    /// The name under which counted replicas are divided over regions: no name in a problem has a slash.
    pub const COUNTED: &str = "/replicas";

    /// What stands in the place of users where replicas are counted and nobody asks: demand of one thousandth is one replica, and every region answers at
    /// once.
    pub fn counted() -> Self {
        Self { name: Self::COUNTED.to_owned(), country: None, coordinates: None }
    }

    /// Whether it stands for replicas and not for users.
    pub fn is_counted(&self) -> bool {
        self.name == Self::COUNTED
    }
}

/// Requests one user group sends to one workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Demand {
    /// Who asks.
    pub user: UserId,
    /// How often, at most, if demand changes; above zero (groups without demand are dropped by `parse`).
    pub rate: MilliRps,
}

impl Demand {
    /// What is asked for in milli-rps, rounded up, while it is a part of the rate, in millionths.
    pub fn rate_at(&self, share: u32) -> u64 {
        u64::try_from((u128::from(self.rate.0) * u128::from(share)).div_ceil(1_000_000)).unwrap_or(u64::MAX)
    }
}
