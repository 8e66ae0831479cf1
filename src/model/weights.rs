//! Weighted routing: what part of a workload's requests each failure domain answers.

use std::collections::BTreeMap;

use super::RegionKey;
use crate::units::Ratio;

/// Weights of failure domains. The part of each is its weight over the sum of all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weights {
    /// Millionths by domain: a cloud, or a region as `cloud/region`. Not all zero.
    pub of: BTreeMap<String, u64>,
    /// How far a part may be from what the weights say, as a share of all requests.
    pub tolerance: Ratio,
}

impl Weights {
    /// The domain that a region counts for: itself if it has a weight, else its cloud; nothing if neither has one.
    pub fn domain_of(&self, region: &RegionKey) -> Option<&str> {
        let own = self.of.get_key_value(&region.to_string());
        own.or_else(|| self.of.get_key_value(&region.cloud)).map(|(domain, _)| domain.as_str())
    }

    /// Sum of all weights.
    pub fn sum(&self) -> u64 {
        self.of.values().sum()
    }
}
