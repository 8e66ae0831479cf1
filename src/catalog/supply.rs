//! What is on sale: regions with their offers, after overlays.
//!
//! Overlays change prices on demand. A spot price is the catalog's, or, where it has none, the assumed share of the price on demand.

mod figures;
mod layers;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Catalog;
use super::carbon::{self, Footprint};
use super::declared::{Site, SiteMachine};
use super::embedded::SpotPrice;
use super::overlay::{CommitmentPrice, Overlay, OverlayError, commitments, inspect};
use super::rows::RegionRow;
use crate::model::{Access, CommitmentId, Glob, MachineType, Offer, Purchase, Region, RegionKey, Stock, TypeId};
use crate::units::Money;
use figures::Figures;
use layers::{Layer, PER_MICRO, changed_prices};

/// Regions and the machine types on sale in them, as `Problem` holds them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Supply {
    /// By key.
    pub regions: Vec<Region>,
    /// By cloud and name; only those with an offer.
    pub machine_types: Arc<[MachineType]>,
}

impl Catalog {
    /// What everybody may buy on demand, as the catalog lists it. It is made once, and shared by all problems that change nothing.
    pub fn public_supply(&self) -> Supply {
        let make = || {
            let is_public = |key: &RegionKey| self.base().region(key).is_some_and(|row| row.access == Access::Public);
            self.supply(&[], &is_public).expect("without overlays nothing can be wrong with them")
        };
        self.public.get_or_init(make).clone()
    }

    /// The regions where only some accounts may buy, without offers.
    pub fn restricted_regions(&self) -> Vec<Region> {
        let rows = self.base().regions.iter().filter(|row| row.access == Access::Restricted);
        let region = |row: &RegionRow| Region {
            jurisdictions: self.jurisdictions_of(&row.country),
            access: row.access,
            ..Region::new(row.key.clone(), row.coordinates, row.country.clone(), row.zones.clone())
        };
        rows.map(region).collect()
    }

    /// The regions for which `wanted` is true, and the machine types on sale in any of them, on demand. Overlays apply in order.
    ///
    /// # Errors
    /// Every fault of every overlay. A price below zero is told once for each adjustment.
    pub fn supply(
        &self,
        overlays: &[Overlay],
        wanted: &dyn Fn(&RegionKey) -> bool,
    ) -> Result<Supply, Vec<OverlayError>> {
        self.sold(overlays, wanted, |_, _| ())
    }

    /// The same, with what is sold as spot.
    ///
    /// # Errors
    /// As [`Self::supply`].
    pub fn supply_with_spot(
        &self,
        overlays: &[Overlay],
        wanted: &dyn Fn(&RegionKey) -> bool,
    ) -> Result<Supply, Vec<OverlayError>> {
        self.sold(overlays, wanted, |index, region| self.add_spot(region, index, overlays))
    }

    fn sold(
        &self,
        overlays: &[Overlay],
        wanted: &dyn Fn(&RegionKey) -> bool,
        add: impl Fn(usize, &mut Region),
    ) -> Result<Supply, Vec<OverlayError>> {
        let market = self.market(overlays);
        let mut errors = inspect(&market, overlays);
        if !errors.is_empty() {
            return Err(errors);
        }
        let types = market.types();
        let layers: Vec<Layer<'_>> = overlays.iter().map(|overlay| Layer::new(overlay, &types.machines)).collect();
        let mut regions = Vec::new();
        for (index, row) in market.listed_regions().iter().enumerate().filter(|(_, row)| wanted(&row.key)) {
            let listed = self.prices()[index].iter();
            let figures = Figures::listed(self, &row.key).under(overlays, &row.key);
            // Most problems change nothing: their prices need no finer grain.
            let offers = if layers.is_empty() {
                let listed = listed.map(|&(id, micros)| (id, Money::from_micros(micros.into())));
                offers(listed, figures.grid, &types.footprints)
            } else {
                let listed = listed.map(|&(id, micros)| (id, i128::from(micros) * PER_MICRO)).collect();
                let prices = changed_prices(&layers, 0, &row.key, &types, listed, &mut errors);
                offers(prices.into_iter(), figures.grid, &types.footprints)
            };
            let mut region = Region {
                key: row.key.clone(),
                coordinates: Some(row.coordinates),
                country: Some(row.country.clone()),
                jurisdictions: self.jurisdictions_of(&row.country),
                access: row.access,
                zones: row.zones.clone(),
                fixed_monthly: figures.fixed_monthly,
                internet_egress_per_gb: figures.internet_egress_per_gb,
                zone_egress_per_gb: figures.zone_egress_per_gb,
                storage_per_gib: figures.storage_per_gib,
                offers,
                functions: Vec::new(),
                max_environments: None,
                stock: Vec::new(),
            };
            add(index, &mut region);
            self.add_committed(&mut region, overlays);
            regions.push(region);
        }
        // Sites sell on demand alone.
        for (key, &(declared_in, site)) in market.sites.iter().filter(|(key, _)| wanted(key)) {
            let prices = changed_prices(&layers, declared_in, key, &types, Vec::new(), &mut errors);
            let figures = Figures::of_site(site).under(&overlays[declared_in..], key);
            let mut offers = offers(prices.into_iter(), figures.grid, &types.footprints);
            let mut stock = Vec::new();
            for (name, machine) in &site.machines {
                let id = types.id(&key.cloud, name);
                let is_sold = |id: &u32| offers.iter().any(|offer| offer.machine_type == TypeId(*id));
                if let (Some(id), true) = (id.filter(is_sold), machine.count.is_some() || machine.zone_counts.is_some())
                {
                    stock.push(stock_of(TypeId(id), site, machine));
                }
                if let (Some(own), Some(id)) = (machine.carbon_hourly, id) {
                    let sold = Arc::make_mut(&mut offers).iter_mut().filter(|offer| offer.machine_type == TypeId(id));
                    sold.for_each(|offer| offer.carbon_hourly = Some(own));
                }
            }
            regions.push(Region {
                key: key.clone(),
                coordinates: site.coordinates,
                country: site.country.clone(),
                jurisdictions: site.country.as_ref().map(|code| self.jurisdictions_of(code)).unwrap_or_default(),
                access: Access::Public,
                zones: site.zones.clone(),
                fixed_monthly: figures.fixed_monthly,
                internet_egress_per_gb: figures.internet_egress_per_gb,
                zone_egress_per_gb: figures.zone_egress_per_gb,
                storage_per_gib: figures.storage_per_gib,
                offers,
                functions: Vec::new(),
                max_environments: None,
                stock,
            });
        }
        regions.sort_by(|a, b| a.key.cmp(&b.key));
        if errors.is_empty() { Ok(only_sold(regions, &types.machines)) } else { Err(errors) }
    }

    /// The intensity of a region's grid in 10^-4 g/kWh, of the catalog or a site, after all overlays.
    pub(super) fn grid(&self, overlays: &[Overlay], key: &RegionKey) -> Option<u64> {
        let declared = overlays.iter().enumerate().rev().find_map(|(at, overlay)| Some((at, overlay.sites.get(key)?)));
        let figures = match declared {
            Some((at, site)) => Figures::of_site(site).under(&overlays[at..], key),
            None => Figures::listed(self, key).under(overlays, key),
        };
        figures.grid
    }

    /// Adds the spot offers of what the region sells on demand. Position of the type in the catalog and id are still the same.
    fn add_spot(&self, region: &mut Region, index: usize, overlays: &[Overlay]) {
        let known: BTreeMap<u32, SpotPrice> =
            self.spot()[index].iter().map(|price| (price.machine_type, *price)).collect();
        let ratio = overlays.iter().rev().find_map(|overlay| overlay.assume_spot_ratio);
        let spot = |offer: &Offer| {
            let (hourly, interruption_percent) = match (known.get(&offer.machine_type.0), ratio) {
                (Some(price), _) => (price.hourly, price.interruption_percent),
                (None, Some(ratio)) => (offer.hourly.scaled(ratio.0.into(), 1_000_000), None),
                (None, None) => return None,
            };
            Some(Offer { purchase: Purchase::Spot, hourly, interruption_percent, ..*offer })
        };
        let spot = region.offers.iter().filter_map(spot).collect();
        add_offers(region, spot);
    }

    /// Adds the offers of the commitments that cover what the region sells on demand.
    fn add_committed(&self, region: &mut Region, overlays: &[Overlay]) {
        let mut added = Vec::new();
        for (position, offer) in commitments(overlays).into_values().enumerate() {
            let is_here = offer.clouds.as_ref().is_none_or(|clouds| clouds.contains(&region.key.cloud))
                && offer.regions.as_ref().is_none_or(|regions| regions.contains(&region.key));
            if !is_here {
                continue;
            }
            let any = |globs: &Option<BTreeSet<Glob>>, name: &str| {
                globs.as_ref().is_none_or(|globs| globs.iter().any(|glob| glob.matches(name)))
            };
            let covers = |sold: &&Offer| {
                let machine = &self.types()[sold.machine_type.index()];
                sold.purchase == Purchase::OnDemand
                    && any(&offer.instance_families, &machine.family)
                    && any(&offer.instance_types, &machine.name)
            };
            let purchase = Purchase::Committed(CommitmentId::at(position), offer.term);
            let hourly = |sold: &Offer| match offer.price {
                CommitmentPrice::Hourly(price) => price,
                CommitmentPrice::OfOnDemand(ratio) => sold.hourly.scaled(ratio.0.into(), 1_000_000),
            };
            added.extend(region.offers.iter().filter(covers).map(|sold| Offer {
                purchase,
                hourly: hourly(sold),
                ..*sold
            }));
        }
        if !added.is_empty() {
            add_offers(region, added);
        }
    }
}

fn stock_of(machine_type: TypeId, site: &Site, machine: &SiteMachine) -> Stock {
    let in_zone = |counts: &BTreeMap<String, u64>| -> Vec<u64> {
        site.zones.iter().map(|zone| counts.get(zone).copied().unwrap_or(0)).collect()
    };
    Stock { machine_type, total: machine.count, by_zone: machine.zone_counts.as_ref().map(in_zone) }
}

fn add_offers(region: &mut Region, mut added: Vec<Offer>) {
    added.extend(region.offers.iter());
    added.sort_unstable_by_key(|offer| (offer.machine_type, offer.purchase));
    region.offers = added.into();
}

fn offers(
    prices: impl Iterator<Item = (u32, Money)>,
    grid: Option<u64>,
    footprints: &[Option<Footprint>],
) -> Arc<[Offer]> {
    let emissions =
        |id: u32| grid.zip(footprints[id as usize]).map(|(grid, footprint)| carbon::hourly(footprint, grid));
    prices
        .map(|(id, hourly)| Offer {
            machine_type: TypeId(id),
            purchase: Purchase::OnDemand,
            hourly,
            carbon_hourly: emissions(id),
            interruption_percent: None,
        })
        .collect()
}

/// Leaves out the types nobody sells and numbers the rest anew.
fn only_sold(mut regions: Vec<Region>, types: &Arc<[MachineType]>) -> Supply {
    let mut is_sold = vec![false; types.len()];
    for offer in regions.iter().flat_map(|region| region.offers.iter()) {
        is_sold[offer.machine_type.index()] = true;
    }
    let is_ordered = types.is_sorted_by_key(|machine| (&machine.cloud, &machine.name));
    if is_ordered && is_sold.iter().all(|is_sold| *is_sold) {
        // All keep their numbers, and the offers, the largest part, need not be gone through.
        for region in &mut regions {
            region.stock.sort_by_key(|stock| stock.machine_type);
        }
        return Supply { regions, machine_types: Arc::clone(types) };
    }
    let mut sold: Vec<(usize, &MachineType)> = types.iter().enumerate().filter(|(id, _)| is_sold[*id]).collect();
    sold.sort_by(|(_, a), (_, b)| (&a.cloud, &a.name).cmp(&(&b.cloud, &b.name)));
    let mut numbers = vec![TypeId(0); types.len()];
    for (at, (id, _)) in sold.iter().enumerate() {
        numbers[*id] = TypeId::at(at);
    }
    for region in &mut regions {
        let offers = Arc::make_mut(&mut region.offers);
        for offer in &mut *offers {
            offer.machine_type = numbers[offer.machine_type.index()];
        }
        offers.sort_by_key(|offer| (offer.machine_type, offer.purchase));
        for stock in &mut region.stock {
            stock.machine_type = numbers[stock.machine_type.index()];
        }
        region.stock.sort_by_key(|stock| stock.machine_type);
    }
    Supply { regions, machine_types: sold.into_iter().map(|(_, machine)| machine.clone()).collect() }
}
