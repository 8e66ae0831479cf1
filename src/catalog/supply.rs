//! What is on sale: regions with their offers, after overlays.
//!
//! Overlays change prices on demand. A spot price is the catalog's, or, where it has none, the assumed share of the price on demand.
//!
//! Prices are computed in 10^-18 USD and rounded once, half away from zero, to a micro-USD per hour when every overlay has been applied.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Catalog;
use super::carbon::{self, Footprint};
use super::declared::{Site, SiteMachine};
use super::embedded::SpotPrice;
use super::market::Types;
use super::overlay::{
    CommitmentPrice, Overlay, OverlayError, OverlayFault, PriceAdjustment, PriceChange, commitments, inspect,
};
use super::rows::{RegionRow, TypeRow};
use crate::model::{Access, CommitmentId, Glob, MachineType, Offer, Purchase, Region, RegionKey, Stock, TypeId};
use crate::units::{Decimal, Money};

/// Regions and the machine types on sale in them, as `Problem` holds them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Supply {
    /// By key.
    pub regions: Vec<Region>,
    /// By cloud and name; only those with an offer.
    pub machine_types: Arc<[MachineType]>,
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
        let layers: Vec<Layer<'_>> = overlays.iter().map(|overlay| Layer::new(overlay, &types.rows)).collect();
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
        if errors.is_empty() { Ok(only_sold(regions, &types.rows)) } else { Err(errors) }
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
            add_offers(region, added);
        }
    }
}

/// What presence, traffic, storage and power cost in a region.
#[derive(Clone, Copy, Debug, Default)]
struct Figures {
    fixed_monthly: Money,
    internet_egress_per_gb: Option<Money>,
    zone_egress_per_gb: Option<Money>,
    storage_per_gib: Option<Money>,
    /// In 10^-4 g/kWh.
    grid: Option<u64>,
}

impl Figures {
    fn listed(catalog: &Catalog, key: &RegionKey) -> Self {
        let base = catalog.base();
        Self {
            fixed_monthly: Money::ZERO,
            internet_egress_per_gb: base.internet_egress.get(key).copied(),
            zone_egress_per_gb: catalog.inter_zone_egress_per_gb(key),
            storage_per_gib: None,
            grid: base.grid.get(key).and_then(|grams| u64::try_from(*grams).ok()),
        }
    }

    fn of_site(site: &Site) -> Self {
        Self {
            fixed_monthly: site.fixed_monthly.unwrap_or_default(),
            internet_egress_per_gb: site.internet_egress_per_gb,
            zone_egress_per_gb: site.zone_egress_per_gb,
            storage_per_gib: site.storage_per_gib,
            grid: grid(site.grid_g_per_kwh),
        }
    }

    /// The figures after `overlays`. A cost for every region leaves alone the sites that state their own.
    fn under(mut self, overlays: &[Overlay], key: &RegionKey) -> Self {
        for overlay in overlays {
            let (own, site) = (overlay.regions.get(key), overlay.sites.get(key));
            let stated = |own: Option<Option<Money>>, site: Option<Option<Money>>, all: Option<Money>| {
                own.flatten().or(site.flatten()).or(all)
            };
            let fixed =
                stated(own.map(|own| own.fixed_monthly), site.map(|site| site.fixed_monthly), overlay.fixed_monthly);
            self.fixed_monthly = fixed.unwrap_or(self.fixed_monthly);
            self.internet_egress_per_gb =
                own.and_then(|own| own.internet_egress_per_gb).or(self.internet_egress_per_gb);
            let of_zones = stated(
                own.map(|own| own.zone_egress_per_gb),
                site.map(|site| site.zone_egress_per_gb),
                overlay.zone_egress_per_gb,
            );
            self.zone_egress_per_gb = of_zones.or(self.zone_egress_per_gb);
            let storage = stated(
                own.map(|own| own.storage_per_gib),
                site.map(|site| site.storage_per_gib),
                overlay.storage_per_gib,
            );
            self.storage_per_gib = storage.or(self.storage_per_gib);
            self.grid = own.and_then(|own| grid(own.grid_g_per_kwh)).or(self.grid);
        }
        self
    }
}

fn stock_of(machine_type: TypeId, site: &Site, machine: &SiteMachine) -> Stock {
    let in_zone = |counts: &BTreeMap<String, u64>| -> Vec<u64> {
        site.zones.iter().map(|zone| counts.get(zone).copied().unwrap_or(0)).collect()
    };
    Stock { machine_type, total: machine.count, by_zone: machine.zone_counts.as_ref().map(in_zone) }
}

fn grid(grams: Option<Decimal>) -> Option<u64> {
    grams.and_then(|grams| u64::try_from(grams.in_units(4).ok()?).ok())
}

/// The prices of a region after all layers from number `from` on, rounded once.
fn changed_prices(
    layers: &[Layer<'_>],
    from: usize,
    region: &RegionKey,
    types: &Types<'_>,
    mut prices: Vec<(u32, i128)>,
    errors: &mut Vec<OverlayError>,
) -> Vec<(u32, Money)> {
    for (overlay, layer) in layers.iter().enumerate().skip(from) {
        layer.apply(overlay, region, types, &mut prices, errors);
    }
    prices.into_iter().map(|(id, price)| (id, Money::from_micros(price).scaled(1, PER_MICRO))).collect()
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
        types: &Types<'_>,
        prices: &mut Vec<(u32, i128)>,
        errors: &mut Vec<OverlayError>,
    ) {
        // What a site sells is priced like everything else of one's own; `prices` may correct it.
        let sold = self.overlay.sites.get(region).into_iter().flat_map(|site| &site.machines);
        let sold = sold.map(|(name, machine)| (name, machine.hourly));
        let stated = self.overlay.prices.get(region).into_iter().flatten().map(|(name, &price)| (name, price));
        let own: BTreeMap<u32, i128> = sold
            .chain(stated)
            .filter_map(|(name, price)| Some((types.id(&region.cloud, name)?, price.micros() * PER_MICRO)))
            .collect();
        prices.retain(|(id, _)| !own.contains_key(id));
        for adjuster in self.adjusters.iter().filter(|adjuster| adjuster.applies_in(region)) {
            for (id, price) in prices.iter_mut().filter(|(id, _)| adjuster.takes[*id as usize]) {
                let changed = changed(*price, adjuster.adjustment.change);
                let fault = if changed > LARGEST {
                    OverlayFault::TooLarge { what: "the price" }
                } else if changed < 0 {
                    OverlayFault::NegativePrice {
                        instance_type: types.rows[*id as usize].machine.name.clone(),
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
    for offer in regions.iter().flat_map(|region| region.offers.iter()) {
        is_sold[offer.machine_type.index()] = true;
    }
    let mut sold: Vec<(usize, &TypeRow)> = types.iter().enumerate().filter(|(id, _)| is_sold[*id]).collect();
    let name = |row: &TypeRow| (row.machine.cloud.clone(), row.machine.name.clone());
    if !sold.is_sorted_by_key(|(_, row)| (&row.machine.cloud, &row.machine.name)) {
        sold.sort_by_cached_key(|(_, row)| name(row));
    }
    let mut numbers = vec![TypeId(0); types.len()];
    let mut machine_types = Vec::with_capacity(sold.len());
    for (id, row) in sold {
        numbers[id] = TypeId::at(machine_types.len());
        machine_types.push(row.machine.clone());
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
    Supply { regions, machine_types: machine_types.into() }
}
