//! Changes to the catalog: from the provider's configuration and from the problem.

use std::collections::BTreeMap;

use super::declared::qualified;
use super::{Decoder, count, found};
use crate::catalog::{
    CommitmentOffer, CommitmentPrice, Overlay, OverlayError, OverlayFault, PriceAdjustment, PriceChange, RegionOverlay,
};
use crate::diagnostic::{Diagnostic, quoted};
use crate::model::{Glob, RegionKey, Term};
use crate::parse::conform::Item;
use crate::parse::number::compare;
use crate::units::{Decimal, Money, Ratio};

/// An overlay and where its parts were written.
pub(super) struct Decoded<'i, 'n> {
    pub(super) overlay: Overlay,
    item: &'i Item<'n>,
    /// The names regions were given, by full name: `eu-central-1` may stand for `aws/eu-central-1`.
    written: BTreeMap<String, &'n str>,
}

impl Decoder<'_> {
    /// The whole of a `catalog` object, of which `declared` has been read already.
    pub(super) fn overlay<'i, 'n>(&mut self, item: &'i Item<'n>, declared: &Overlay) -> Decoded<'i, 'n> {
        let mut written = BTreeMap::new();
        let mut overlay = declared.clone();
        for (name, _) in ["sites", "machine_types"].iter().filter_map(|part| item.get(part)).flat_map(Item::entries) {
            written.insert(qualified(name).to_string(), name);
        }
        let adjustments = item.get("price_adjustments").into_iter().flat_map(Item::entries);
        for (label, item) in adjustments {
            overlay.price_adjustments.extend(self.adjustment(item).map(|adjustment| (label.to_owned(), adjustment)));
        }
        if let Some(prices) = item.get("prices") {
            for (key, item) in self.by_region(prices, &mut written) {
                let price = |(name, item): (&str, &Item<'_>)| {
                    Some((name.to_owned(), self.quantity(Some(item), Money::from_usd)?))
                };
                overlay.prices.insert(key, item.entries().filter_map(price).collect());
            }
        }
        if let Some(excluded) = item.get("excluded_instance_types") {
            overlay.excluded_instance_types = excluded.texts().map(|(pattern, _)| Glob(pattern.to_owned())).collect();
        }
        for (label, item) in item.get("commitments").into_iter().flat_map(Item::entries) {
            overlay.commitments.extend(self.commitment(item).map(|offer| (label.to_owned(), offer)));
        }
        for (name, item) in item.get("functions").into_iter().flat_map(Item::entries) {
            overlay.functions.extend(self.own_function(name, item).map(|own| (name.to_owned(), own)));
        }
        overlay.max_environments = self.quantity(item.get("max_function_concurrency"), count).map(u64::from);
        overlay.assume_spot_ratio = self.quantity(item.get("assume_spot_ratio"), Ratio::from_decimal);
        overlay.fixed_monthly = self.quantity(item.get("fixed_monthly_usd"), Money::from_usd);
        overlay.zone_egress_per_gb = self.quantity(item.get("zone_egress_usd_per_gb"), Money::from_usd);
        overlay.storage_per_gib = self.quantity(item.get("storage_usd_per_gib_month"), Money::from_usd);
        if let Some(regions) = item.get("regions") {
            for (key, item) in self.by_region(regions, &mut written) {
                let figures = RegionOverlay {
                    fixed_monthly: self.quantity(item.get("fixed_monthly_usd"), Money::from_usd),
                    internet_egress_per_gb: self.quantity(item.get("internet_egress_usd_per_gb"), Money::from_usd),
                    zone_egress_per_gb: self.quantity(item.get("zone_egress_usd_per_gb"), Money::from_usd),
                    storage_per_gib: self.quantity(item.get("storage_usd_per_gib_month"), Money::from_usd),
                    grid_g_per_kwh: item.get("grid_g_per_kwh").and_then(Item::number),
                    max_environments: self.quantity(item.get("max_function_concurrency"), count).map(u64::from),
                };
                overlay.regions.insert(key, figures);
            }
        }
        Decoded { overlay, item, written }
    }

    /// The entries of a map under names of regions.
    pub(super) fn by_region<'i, 'n>(
        &mut self,
        item: &'i Item<'n>,
        written: &mut BTreeMap<String, &'n str>,
    ) -> Vec<(RegionKey, &'i Item<'n>)> {
        let mut found: Vec<(RegionKey, &Item<'n>)> = Vec::new();
        for (name, part) in item.entries() {
            match self.market.find_region(name) {
                Ok(key) if found.iter().any(|(other, _)| *other == key) => {
                    let message = format!("the region {} is given twice, once as {key}", quoted(name, '`'));
                    self.diagnostics.push(
                        item.blame_key(name, Diagnostic::error("duplicate", message).help("remove one of the two")),
                    );
                }
                Ok(key) => {
                    written.insert(key.to_string(), name);
                    found.push((key, part));
                }
                Err(error) if !self.is_finding(&error) => {}
                Err(error) => {
                    let fault = self.name_fault(&error);
                    self.diagnostics.push(item.blame_key(name, fault));
                }
            }
        }
        found
    }

    fn adjustment(&mut self, item: &Item<'_>) -> Option<PriceAdjustment> {
        let clouds = self.clouds(item.get("clouds"));
        let regions = self.regions(item.get("regions"));
        let instance_families = self.families(item.get("instance_families"), true);
        let instance_types = self.types(item.get("instance_types"), true);
        let change = item.get("change")?;
        match read_change(change.text()?) {
            Ok(change) => Some(PriceAdjustment { clouds, regions, instance_families, instance_types, change }),
            Err(fault) => {
                self.blame(change, *fault);
                None
            }
        }
    }

    fn commitment(&mut self, item: &Item<'_>) -> Option<CommitmentOffer> {
        let clouds = self.clouds(item.get("clouds"));
        let regions = self.regions(item.get("regions"));
        let instance_families = self.families(item.get("instance_families"), true);
        let instance_types = self.types(item.get("instance_types"), true);
        let quantity = self.quantity(item.get("quantity"), count);
        let years = self.quantity(item.get("term_years"), count);
        let term = match years {
            Some(1) => Some(Term::OneYear),
            Some(3) => Some(Term::ThreeYears),
            Some(_) => {
                let fault = Diagnostic::error("range", "commitments bind for 1 or 3 years");
                self.blame(item.get("term_years")?, fault.help("give 1 or 3"));
                None
            }
            None => None,
        };
        let price = item.get("price")?;
        let read = match read_commitment_price(price.text()?) {
            Ok(price) => Some(price),
            Err(fault) => {
                self.blame(price, *fault);
                None
            }
        };
        Some(CommitmentOffer {
            clouds,
            regions,
            instance_families,
            instance_types,
            term: term?,
            price: read?,
            quantity: quantity?,
        })
    }

    /// Reports what the catalog found wrong with `overlays`.
    pub(super) fn blame_overlays(&mut self, overlays: &[Decoded<'_, '_>], errors: Vec<OverlayError>) {
        let may_be_declared = |fault: &OverlayFault| {
            matches!(
                fault,
                OverlayFault::UnknownRegion { .. }
                    | OverlayFault::UnknownType { .. }
                    | OverlayFault::UnknownCloud { .. }
                    | OverlayFault::MatchesNothing { .. }
                    | OverlayFault::NoShape { .. }
                    | OverlayFault::UnknownZone { .. }
            )
        };
        for error in errors {
            if !self.is_market_known && may_be_declared(&error.fault) {
                continue;
            }
            let fault = found("catalog", &error.fault.to_string());
            let Some(decoded) = overlays.get(error.overlay) else {
                self.diagnostics.push(fault);
                continue;
            };
            let mut item = decoded.item;
            let mut steps = error.path.iter().peekable();
            let mut blamed = None;
            while let Some(step) = steps.next() {
                let name = decoded.written.get(step).copied().unwrap_or(step);
                match item.get(name).or_else(|| item.entry(name)) {
                    Some(part) if steps.peek().is_none() && part.text().is_none() && item.get(name).is_none() => {
                        blamed = Some(item.blame_key(name, fault.clone()));
                    }
                    Some(part) => item = part,
                    None => break,
                }
            }
            self.diagnostics.push(blamed.unwrap_or_else(|| item.blame(fault)));
        }
    }
}

/// `-37%` of the price on demand, or `0.045` USD per hour.
fn read_commitment_price(text: &str) -> Result<CommitmentPrice, Box<Diagnostic>> {
    let refuse = |message: String| {
        let help = "write \"-37%\" for what it is cheaper than on demand, or \"0.045\" for USD per hour";
        Err(Box::new(Diagnostic::error("number", message).help(help)))
    };
    let trimmed = text.trim();
    if trimmed.ends_with('%') {
        return match read_change(trimmed) {
            Ok(PriceChange::Percent(percent)) if compare(percent, Decimal::from_integer(0)).is_le() => {
                // Millionths of the whole: 1 % is 10,000.
                let left = percent.in_units(4).ok().and_then(|off| u32::try_from(1_000_000 + off).ok());
                left.map_or_else(
                    || refuse(format!("the price {} is out of range", quoted(text, '`'))),
                    |left| Ok(CommitmentPrice::OfOnDemand(Ratio(left))),
                )
            }
            _ => refuse(format!("the price {} is not below on demand", quoted(text, '`'))),
        };
    }
    let price = trimmed.parse::<Decimal>().ok().filter(|price| {
        !price.is_negative() && compare(*price, Decimal::from_integer(10_000)).is_le() && !trimmed.starts_with('+')
    });
    match price.and_then(|price| Money::from_usd(price).ok()) {
        Some(price) => Ok(CommitmentPrice::Hourly(price)),
        None => refuse(format!("{} is no price", quoted(text, '`'))),
    }
}

/// `+10%`, `-7.5%`, `+0.02`, `-0.01`: always with its sign, so that it cannot be taken for a price.
fn read_change(text: &str) -> Result<PriceChange, Box<Diagnostic>> {
    let refuse = |code, message: String| {
        Err(Box::new(
            Diagnostic::error(code, message).help("write \"+10%\" or \"-7.5%\", or \"-0.01\" for USD per hour"),
        ))
    };
    let trimmed = text.trim();
    let (number, is_percent) = trimmed.strip_suffix('%').map_or((trimmed, false), |number| (number.trim_end(), true));
    let Ok(amount) = number.parse::<Decimal>() else {
        return refuse("number", format!("{} is no change of a price", quoted(text, '`')));
    };
    if !number.starts_with(['+', '-']) {
        return refuse("number", format!("the change {} has no sign", quoted(text, '`')));
    }
    let (least, most) = if is_percent { (-100, 1_000) } else { (-10_000, 10_000) };
    if compare(amount, Decimal::from_integer(least)).is_lt() || compare(amount, Decimal::from_integer(most)).is_gt() {
        let unit = if is_percent { "%" } else { " USD per hour" };
        return refuse("range", format!("the change {} is not from {least}{unit} to +{most}{unit}", quoted(text, '`')));
    }
    if is_percent {
        return Ok(PriceChange::Percent(amount));
    }
    Money::from_usd(amount).map(PriceChange::Absolute).or_else(|error| refuse("number", error.to_string()))
}
