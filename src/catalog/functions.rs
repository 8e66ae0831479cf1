//! Services that run functions: those of the embedded catalog, and what overlays declare.
//!
//! A declared service takes the place of one that has its name and its instruction set in the regions it is declared for. Free tiers are not counted: they
//! belong to an account, which may have used them up elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use super::embedded::Catalog;
use super::overlay::Overlay;
use crate::model::{Architecture, FunctionOffer, Region, RegionKey};

/// A service of one's own, and where it is on sale. A list that is not given takes every region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnFunction {
    /// Cloud names.
    pub clouds: Option<BTreeSet<String>>,
    /// Regions by full name.
    pub regions: Option<BTreeSet<RegionKey>>,
    /// What is on sale there.
    pub offer: FunctionOffer,
}

impl OwnFunction {
    fn is_in(&self, region: &RegionKey) -> bool {
        self.clouds.as_ref().is_none_or(|clouds| clouds.contains(&region.cloud))
            && self.regions.as_ref().is_none_or(|regions| regions.contains(region))
    }
}

impl Catalog {
    /// Adds to regions what runs functions there, and how many environments may run at a time. Overlays apply in order.
    pub fn add_functions(&self, overlays: &[Overlay], regions: &mut [Region]) {
        let is_embedded = overlays.iter().filter_map(|overlay| overlay.embedded).next_back().unwrap_or(true);
        for region in regions {
            let listed = self.functions().get(&region.key).filter(|_| is_embedded);
            let mut offers: BTreeMap<(String, Architecture), FunctionOffer> = BTreeMap::new();
            let own = overlays.iter().flat_map(|overlay| overlay.functions.values());
            let own = own.filter(|own| own.is_in(&region.key)).map(|own| &own.offer);
            for offer in listed.into_iter().flatten().chain(own) {
                offers.insert((offer.service.clone(), offer.architecture), offer.clone());
            }
            region.functions = offers.into_values().collect();
            for overlay in overlays {
                let here = overlay.regions.get(&region.key).and_then(|here| here.max_environments);
                region.max_environments = here.or(overlay.max_environments).or(region.max_environments);
            }
        }
    }
}
