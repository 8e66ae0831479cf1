//! Ways between regions: what bytes cost, and how long they take.
//!
//! Inside a region bytes cost nothing here: calls are taken to stay in a zone where the callee has replicas in it. Between regions of one cloud the
//! cloud's listed price counts; pairs that are not listed are unknown. Between clouds, and to and from sites, the sender pays its Internet price.

use super::Catalog;
use super::rtt::WITHIN_REGION;
use crate::model::{Link, LinkTable, Provenance, Region, RegionKey, Rtt};
use crate::units::Money;

impl Catalog {
    /// The ways between `regions`, both directions of each.
    pub fn links(&self, regions: &[Region]) -> LinkTable {
        let network = self.network();
        let ends: Vec<_> = regions
            .iter()
            .map(|region| region.coordinates.map(|at| (at, network.near(at), network.stand_ins(&region.key, at))))
            .collect();
        // A round trip is the same from both ends: it is computed from the first one by key.
        let rtt = |one: usize, other: usize| -> Option<Rtt> {
            let (one, other) = if regions[one].key <= regions[other].key { (one, other) } else { (other, one) };
            if one == other {
                return Some(WITHIN_REGION);
            }
            if let Some(round_trip) = network.measured(&regions[one].key, &regions[other].key) {
                return Some(Rtt { round_trip, provenance: Provenance::Measured });
            }
            let (from, near, _) = ends[one].as_ref()?;
            let (to, _, stand_ins) = ends[other].as_ref()?;
            Some(network.interpolated(*from, near, stand_ins, *to))
        };
        let link = |from: usize, to: usize| Link {
            egress_per_gb: self.egress_between(&regions[from], &regions[to]),
            rtt: rtt(from, to),
        };
        LinkTable::from_rows(
            (0..regions.len()).map(|from| (0..regions.len()).map(|to| link(from, to)).collect()).collect(),
        )
    }

    /// Price of 10^9 bytes from a region to another one, which may be the same.
    fn egress_between(&self, from: &Region, to: &Region) -> Option<Money> {
        let is_listed = |key: &RegionKey| self.base().region(key).is_some();
        if from.key == to.key {
            return Some(Money::ZERO);
        }
        if from.key.cloud == to.key.cloud && is_listed(&from.key) && is_listed(&to.key) {
            return self.inter_region_egress_per_gb(&from.key, &to.key);
        }
        from.internet_egress_per_gb
    }
}
