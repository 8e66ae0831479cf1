//! Prices of traffic inside a cloud. Internet prices are part of a region's supply.

use super::Catalog;
use crate::model::RegionKey;
use crate::units::Money;

impl Catalog {
    /// Price of 10^9 bytes from one region to another region of the same cloud; `None` where it is not listed, and between clouds,
    /// where the sender's Internet price applies.
    pub fn inter_region_egress_per_gb(&self, from: &RegionKey, to: &RegionKey) -> Option<Money> {
        self.egress().get(&(from.clone(), to.clone())).copied()
    }

    /// Price of 10^9 bytes from one zone of a region to another, what sender and receiver pay together; `None` where it is not listed.
    pub fn inter_zone_egress_per_gb(&self, region: &RegionKey) -> Option<Money> {
        self.base().zone_egress.iter().find(|(cloud, _)| *cloud == region.cloud).map(|(_, price)| *price)
    }
}
