//! What is on sale: regions with their offers, after overlays.
//!
//! Overlays change prices on demand. A spot price is the catalog's, or, where it has none, the assumed share of the price on demand.
//!
//! Prices are computed in 10^-18 USD and rounded once, half away from zero, to a micro-USD per hour when every overlay has been applied.

use std::collections::{BTreeMap, BTreeSet};

use super::Catalog;
use super::carbon;
use super::embedded::SpotPrice;
use super::overlay::{
    CommitmentPrice, Overlay, OverlayError, OverlayFault, PriceAdjustment, PriceChange, commitments, inspect,
};
use super::rows::{RegionRow, TypeRow};
use crate::model::{CommitmentId, Glob, MachineType, Offer, Purchase, Region, RegionKey, TypeId};
use crate::units::Money;

/// Regions and the machine types on sale in them, as `Problem` holds them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Supply {
    /// By key.
    pub regions: Vec<Region>,
    /// By cloud and name; only those with an offer.
    pub machine_types: Vec<MachineType>,
}

/// 10^-18 USD in a micro-USD.
const PER_MICRO: i128 = 1_000_000_000_000;

/// No price may pass this on its way: ten billion US dollars per hour, in 10^-18 USD.
const LARGEST: i128 = 10_000_000_000_000_000_000_000_000_000;

/// An adjustment with its patterns looked up: which types it takes.
#[derive(Debug)]
struct Adjuster<'a> {
    label: &'a str,
    adjustment: &'a PriceAdjustment,
    takes: Vec<bool>,
}

impl Adjuster<'_> {
    fn applies_in(&self, region: &RegionKey) -> bool {
        self.adjustment.clouds.as_ref().is_none_or(|clouds| clouds.contains(&region.cloud))
            && self.adjustment.regions.as_ref().is_none_or(|regions| regions.contains(region))
    }
}

/// An overlay with its patterns looked up.
#[derive(Debug)]
struct Layer<'a> {
    overlay: &'a Overlay,
    adjusters: Vec<Adjuster<'a>>,
    excludes: Vec<bool>,
}

impl Catalog {
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
        let mut errors = inspect(self, overlays);
        if !errors.is_empty() {
            return Err(errors);
        }
        let types = self.types();
        let layers: Vec<Layer<'_>> = overlays.iter().map(|overlay| Layer::new(overlay, types)).collect();
        let mut regions = Vec::new();
        for (index, row) in self.base().regions.iter().enumerate().filter(|(_, row)| wanted(&row.key)) {
            let listed = self.prices()[index].iter();
            // Most problems change nothing: their prices need no finer grain.
            let mut region = if layers.is_empty() {
                let prices = listed.map(|&(id, micros)| (id, Money::from_micros(micros.into())));
                self.region(row, overlays, prices)
            } else {
                let mut prices = listed.map(|&(id, micros)| (id, i128::from(micros) * PER_MICRO)).collect();
                for (overlay, layer) in layers.iter().enumerate() {
                    layer.apply(overlay, &row.key, self, &mut prices, &mut errors);
                }
                let rounded = |(id, price)| (id, Money::from_micros(price).scaled(1, PER_MICRO));
                self.region(row, overlays, prices.into_iter().map(rounded))
            };
            add(index, &mut region);
            self.add_committed(&mut region, overlays);
            regions.push(region);
        }
        if errors.is_empty() { Ok(only_sold(regions, types)) } else { Err(errors) }
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
        let spot: Vec<Offer> = region.offers.iter().filter_map(spot).collect();
        region.offers.extend(spot);
        region.offers.sort_unstable_by_key(|offer| (offer.machine_type, offer.purchase));
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
                let machine = &self.types()[sold.machine_type.index()].machine;
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
            region.offers.extend(added);
            region.offers.sort_unstable_by_key(|offer| (offer.machine_type, offer.purchase));
        }
    }

    fn region(&self, row: &RegionRow, overlays: &[Overlay], prices: impl Iterator<Item = (u32, Money)>) -> Region {
        let base = self.base();
        let mut fixed_monthly = Money::ZERO;
        let mut internet_egress_per_gb = base.internet_egress.get(&row.key).copied();
        let mut grid = base.grid.get(&row.key).copied();
        for overlay in overlays {
            let own = overlay.regions.get(&row.key);
            fixed_monthly = own.and_then(|own| own.fixed_monthly).or(overlay.fixed_monthly).unwrap_or(fixed_monthly);
            internet_egress_per_gb = own.and_then(|own| own.internet_egress_per_gb).or(internet_egress_per_gb);
            let grams = own.and_then(|own| own.grid_g_per_kwh).and_then(|grams| grams.in_units(4).ok());
            grid = grams.or(grid);
        }
        let grid = grid.and_then(|grams| u64::try_from(grams).ok());
        let footprints = self.footprints();
        let offers = prices
            .map(|(id, hourly)| Offer {
                machine_type: TypeId(id),
                purchase: Purchase::OnDemand,
                hourly,
                carbon_hourly: grid
                    .zip(footprints[id as usize])
                    .map(|(grid, footprint)| carbon::hourly(footprint, grid)),
                interruption_percent: None,
            })
            .collect();
        Region {
            key: row.key.clone(),
            coordinates: row.coordinates,
            country: row.country.clone(),
            jurisdictions: base.jurisdictions_of(&row.country),
            access: row.access,
            zones: row.zones.clone(),
            fixed_monthly,
            internet_egress_per_gb,
            offers,
        }
    }
}

impl<'a> Layer<'a> {
    fn new(overlay: &'a Overlay, types: &[TypeRow]) -> Self {
        let any = |globs: &BTreeSet<Glob>, name: &str| globs.iter().any(|glob| glob.matches(name));
        let adjusters = overlay
            .price_adjustments
            .iter()
            .map(|(label, adjustment)| {
                let takes = types.iter().map(|row| {
                    adjustment.instance_families.as_ref().is_none_or(|globs| any(globs, &row.machine.family))
                        && adjustment.instance_types.as_ref().is_none_or(|globs| any(globs, &row.machine.name))
                });
                Adjuster { label, adjustment, takes: takes.collect() }
            })
            .collect();
        let excludes = if overlay.excluded_instance_types.is_empty() {
            Vec::new()
        } else {
            types.iter().map(|row| any(&overlay.excluded_instance_types, &row.machine.name)).collect()
        };
        Self { overlay, adjusters, excludes }
    }

    fn apply(
        &self,
        index: usize,
        region: &RegionKey,
        catalog: &Catalog,
        prices: &mut Vec<(u32, i128)>,
        errors: &mut Vec<OverlayError>,
    ) {
        let own: BTreeMap<u32, i128> = self
            .overlay
            .prices
            .get(region)
            .into_iter()
            .flatten()
            .filter_map(|(name, price)| Some((catalog.type_id(&region.cloud, name)?, price.micros() * PER_MICRO)))
            .collect();
        prices.retain(|(id, _)| !own.contains_key(id));
        for adjuster in self.adjusters.iter().filter(|adjuster| adjuster.applies_in(region)) {
            for (id, price) in prices.iter_mut().filter(|(id, _)| adjuster.takes[*id as usize]) {
                let changed = changed(*price, adjuster.adjustment.change);
                let fault = if changed > LARGEST {
                    OverlayFault::TooLarge { what: "the price" }
                } else if changed < 0 {
                    OverlayFault::NegativePrice {
                        instance_type: catalog.types()[*id as usize].machine.name.clone(),
                        region: region.clone(),
                        price: Money::from_micros(changed).scaled(1, PER_MICRO),
                    }
                } else {
                    *price = changed;
                    continue;
                };
                let path = vec!["price_adjustments".to_owned(), adjuster.label.to_owned()];
                if !errors.iter().any(|error| error.overlay == index && error.path == path) {
                    errors.push(OverlayError { overlay: index, path, fault });
                }
            }
        }
        prices.extend(own);
        if !self.excludes.is_empty() {
            prices.retain(|(id, _)| !self.excludes[*id as usize]);
        }
        prices.sort_unstable();
    }
}

/// The price after a change that `inspect` has found to be sane.
fn changed(price: i128, change: PriceChange) -> i128 {
    match change {
        PriceChange::Percent(percent) => {
            // 1 % is 10^6 millionths of a percent; 100 % is the whole.
            let units = percent.in_units(6).unwrap_or(0);
            Money::from_micros(price).scaled(100_000_000 + units, 100_000_000).micros()
        }
        PriceChange::Absolute(amount) => price + amount.micros() * PER_MICRO,
    }
}

/// Leaves out the types nobody sells and numbers the rest anew.
fn only_sold(mut regions: Vec<Region>, types: &[TypeRow]) -> Supply {
    let mut is_sold = vec![false; types.len()];
    for offer in regions.iter().flat_map(|region| &region.offers) {
        is_sold[offer.machine_type.index()] = true;
    }
    let mut numbers = vec![TypeId(0); types.len()];
    let mut machine_types = Vec::new();
    for (id, row) in types.iter().enumerate().filter(|(id, _)| is_sold[*id]) {
        numbers[id] = TypeId::at(machine_types.len());
        machine_types.push(row.machine.clone());
    }
    for offer in regions.iter_mut().flat_map(|region| &mut region.offers) {
        offer.machine_type = numbers[offer.machine_type.index()];
    }
    Supply { regions, machine_types }
}
