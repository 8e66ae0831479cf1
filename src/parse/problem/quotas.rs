//! Quotas by region: of all machines there, and of families.

use super::{Decoder, count};
use crate::diagnostic::Diagnostic;
use crate::model::{Glob, Quota, QuotaUnit, Region, RegionId, RegionKey};
use crate::parse::conform::Item;
use crate::units::Millicores;

/// A quota whose region has not been looked up.
pub(super) struct Stated {
    region: RegionKey,
    families: Option<Glob>,
    unit: QuotaUnit,
    most: u64,
}

impl Decoder<'_> {
    /// The quotas of `limits.quotas`.
    pub(super) fn quotas(&mut self, item: Option<&Item<'_>>) -> Vec<Stated> {
        let mut stated = Vec::new();
        let Some(item) = item else { return stated };
        for (region, item) in self.by_region(item, &mut std::collections::BTreeMap::new()) {
            let before = stated.len();
            self.quota(item, &region, None, &mut stated);
            if let Some(families) = item.get("families") {
                for (pattern, item) in families.entries() {
                    let glob = Glob(pattern.to_owned());
                    if let Some(fault) = self.pattern_fault("instance_families", &glob).filter(|_| self.is_market_known)
                    {
                        self.diagnostics.push(families.blame_key(pattern, fault));
                    }
                    self.quota(item, &region, Some(&glob), &mut stated);
                }
            }
            if stated.len() == before && !item.is_faulty() && !self.diagnostics.has_errors() {
                let fault = Diagnostic::warning("unused", "this quota limits nothing");
                self.blame(item, fault.help("give `vcpu`, `instances` or `families`, or remove it"));
            }
        }
        stated
    }

    fn quota(&mut self, item: &Item<'_>, region: &RegionKey, families: Option<&Glob>, stated: &mut Vec<Stated>) {
        let vcpu = self.quantity(item.get("vcpu"), Millicores::from_decimal).map(|vcpu| (QuotaUnit::Vcpu, vcpu.0));
        let instances = self.quantity(item.get("instances"), count);
        let instances = instances.map(|instances| (QuotaUnit::Instances, u64::from(instances)));
        stated.extend(vcpu.into_iter().chain(instances).map(|(unit, most)| Stated {
            region: region.clone(),
            families: families.cloned(),
            unit,
            most,
        }));
    }
}

/// The quotas of regions that somebody may use, by region, then in the order of their families, all machines first.
pub(super) fn settled(stated: Vec<Stated>, regions: &[Region]) -> Vec<Quota> {
    let find = |key: &RegionKey| regions.iter().position(|region| region.key == *key).map(RegionId::at);
    let settle = |stated: Stated| {
        let Stated { region, families, unit, most } = stated;
        Some(Quota { region: find(&region)?, families, unit, most })
    };
    let mut quotas: Vec<Quota> = stated.into_iter().filter_map(settle).collect();
    quotas.sort_by(|a, b| (a.region, &a.families, a.unit).cmp(&(b.region, &b.families, b.unit)));
    quotas
}
