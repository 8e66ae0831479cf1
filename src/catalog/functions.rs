//! Services that run functions: those of the embedded catalog, and what overlays declare.
//!
//! A declared service takes the place of one that has its name and its instruction set in the regions it is declared for. Free tiers are not counted: they
//! belong to an account, which may have used them up elsewhere. Nobody lists what functions emit: that is known where a declared service states its power.

use std::collections::{BTreeMap, BTreeSet};

use super::carbon::of_million_seconds;
use super::embedded::Catalog;
use super::overlay::Overlay;
use crate::model::{Architecture, FunctionOffer, Region, RegionKey};
use crate::units::Decimal;

/// A service of one's own, and where it is on sale. A list that is not given takes every region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnFunction {
    /// Cloud names.
    pub clouds: Option<BTreeSet<String>>,
    /// Regions by full name.
    pub regions: Option<BTreeSet<RegionKey>>,
    /// What is on sale there.
    pub offer: FunctionOffer,
    /// Mean power of an environment at work for each GiB of its memory; emissions follow from the grid of each region.
    pub watts_per_gib: Option<Decimal>,
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
            let own = own.filter(|own| own.is_in(&region.key)).map(|own| {
                let watts = own.watts_per_gib.and_then(|watts| u64::try_from(watts.in_units(7).ok()?).ok());
                let grid = watts.and_then(|_| self.grid(overlays, &region.key));
                let carbon = watts.zip(grid).map(|(watts, grid)| of_million_seconds(watts, grid));
                FunctionOffer { carbon_of_million_gib_seconds: carbon, ..own.offer.clone() }
            });
            for offer in listed.into_iter().flatten().cloned().chain(own) {
                offers.insert((offer.service.clone(), offer.architecture), offer);
            }
            region.functions = offers.into_values().collect();
            for overlay in overlays {
                let here = overlay.regions.get(&region.key).and_then(|here| here.max_environments);
                region.max_environments = here.or(overlay.max_environments).or(region.max_environments);
            }
        }
    }
}
