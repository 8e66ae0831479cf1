//! Prices after overlays, one after the other.
//!
//! They are computed in 10^-18 USD and rounded once, half away from zero, to a micro-USD per hour when every overlay has been applied.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::market::Types;
use crate::catalog::overlay::{Overlay, OverlayError, OverlayFault, PriceAdjustment, PriceChange};
use crate::model::{Glob, MachineType, RegionKey};
use crate::units::Money;

/// 10^-18 USD in a micro-USD.
pub(super) const PER_MICRO: i128 = 1_000_000_000_000;

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
pub(super) struct Layer<'a> {
    overlay: &'a Overlay,
    adjusters: Vec<Adjuster<'a>>,
    excludes: Vec<bool>,
}

impl<'a> Layer<'a> {
    pub(super) fn new(overlay: &'a Overlay, types: &[MachineType]) -> Self {
        let any = |globs: &BTreeSet<Glob>, name: &str| globs.iter().any(|glob| glob.matches(name));
        let adjusters = overlay
            .price_adjustments
            .iter()
            .map(|(label, adjustment)| {
                let takes = types.iter().map(|machine| {
                    adjustment.instance_families.as_ref().is_none_or(|globs| any(globs, &machine.family))
                        && adjustment.instance_types.as_ref().is_none_or(|globs| any(globs, &machine.name))
                });
                Adjuster { label, adjustment, takes: takes.collect() }
            })
            .collect();
        let excludes = if overlay.excluded_instance_types.is_empty() {
            Vec::new()
        } else {
            types.iter().map(|machine| any(&overlay.excluded_instance_types, &machine.name)).collect()
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
                        instance_type: types.machines[*id as usize].name.clone(),
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

/// The prices of a region after all layers from number `from` on, rounded once.
pub(super) fn changed_prices(
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
