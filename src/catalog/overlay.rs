//! What a problem or a provider changes of the catalog, and the faults of such a change.

use std::collections::{BTreeMap, BTreeSet};

use super::carbon::LARGEST_GRID;
use super::declared::{LARGEST_EMBODIED, LARGEST_POWER, OwnType, Site};
use super::functions::OwnFunction;
use super::market::TypeKey;
use super::names::{hint, similar};
use super::{Market, NameError};
use crate::model::{Glob, RegionKey, Term};
use crate::units::{Decimal, Money, Ratio};

/// Changes to the catalog. Own prices come first, then adjustments in the order of their labels, then exclusions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overlay {
    /// By label.
    pub price_adjustments: BTreeMap<String, PriceAdjustment>,
    /// Own hourly prices, by type. They make an offer where the catalog has none, and this overlay's adjustments leave them alone.
    pub prices: BTreeMap<RegionKey, BTreeMap<String, Money>>,
    /// Types that are not to be used.
    pub excluded_instance_types: BTreeSet<Glob>,
    /// Machines that can be bought for a term, by label.
    pub commitments: BTreeMap<String, CommitmentOffer>,
    /// Services that run functions, by name.
    pub functions: BTreeMap<String, OwnFunction>,
    /// Most environments of functions that run at a time in every region.
    pub max_environments: Option<u64>,
    /// Spot price of what has none in the catalog, as a share of its price on demand.
    pub assume_spot_ratio: Option<Ratio>,
    /// Fixed monthly cost of every region.
    pub fixed_monthly: Option<Money>,
    /// Price of 10^9 bytes between zones of every region.
    pub zone_egress_per_gb: Option<Money>,
    /// Price of 2^30 bytes of block storage for a month in every region.
    pub storage_per_gib: Option<Money>,
    /// By region.
    pub regions: BTreeMap<RegionKey, RegionOverlay>,
    /// Whether the embedded catalog's regions and types are part of the market; `None` leaves it as it is.
    pub embedded: Option<bool>,
    /// Regions of one's own.
    pub sites: BTreeMap<RegionKey, Site>,
    /// What is known of machine types, by cloud and name.
    pub machine_types: BTreeMap<TypeKey, OwnType>,
}

/// Changes to one region.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegionOverlay {
    /// Fixed monthly cost of the region when it is used.
    pub fixed_monthly: Option<Money>,
    /// Price of 10^9 bytes to the Internet.
    pub internet_egress_per_gb: Option<Money>,
    /// Price of 10^9 bytes between zones.
    pub zone_egress_per_gb: Option<Money>,
    /// Price of 2^30 bytes of block storage for a month.
    pub storage_per_gib: Option<Money>,
    /// Intensity of the grid in grams of CO₂ equivalent per kWh.
    pub grid_g_per_kwh: Option<Decimal>,
    /// Most environments of functions that run at a time.
    pub max_environments: Option<u64>,
}

/// Machines that can be bought for a term, in limited number. A list that is not given takes everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitmentOffer {
    /// Cloud names.
    pub clouds: Option<BTreeSet<String>>,
    /// Regions by full name.
    pub regions: Option<BTreeSet<RegionKey>>,
    /// Patterns of families.
    pub instance_families: Option<BTreeSet<Glob>>,
    /// Patterns of type names.
    pub instance_types: Option<BTreeSet<Glob>>,
    /// How long it binds.
    pub term: Term,
    /// What an instance costs.
    pub price: CommitmentPrice,
    /// Most instances.
    pub quantity: u32,
}

/// The price of a committed instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommitmentPrice {
    /// Per hour.
    Hourly(Money),
    /// As a share of the price on demand.
    OfOnDemand(Ratio),
}

/// The commitments of all overlays, by label; of one label the last overlay's.
pub fn commitments(overlays: &[Overlay]) -> BTreeMap<&str, &CommitmentOffer> {
    overlays.iter().flat_map(|overlay| &overlay.commitments).map(|(label, offer)| (label.as_str(), offer)).collect()
}

/// A change of prices. A list that is not given takes everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceAdjustment {
    /// Cloud names.
    pub clouds: Option<BTreeSet<String>>,
    /// Regions by full name.
    pub regions: Option<BTreeSet<RegionKey>>,
    /// Patterns of families.
    pub instance_families: Option<BTreeSet<Glob>>,
    /// Patterns of type names.
    pub instance_types: Option<BTreeSet<Glob>>,
    /// What happens to the price.
    pub change: PriceChange,
}

/// How a price changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriceChange {
    /// By percent: 10 is a tenth dearer, −30 a discount.
    Percent(Decimal),
    /// By an amount per hour, which may be negative.
    Absolute(Money),
}

/// One fault of one overlay.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {fault}", .path.join("."))]
pub struct OverlayError {
    /// Which of the overlays, from 0.
    pub overlay: usize,
    /// Its place inside, such as `["prices", "aws/eu-central-1", "m5.huge"]`.
    pub path: Vec<String>,
    /// What is wrong there.
    pub fault: OverlayFault,
}

/// What is wrong with a part of an overlay.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OverlayFault {
    /// The catalog has no such region.
    #[error("there is no region {region}{}", hint(.suggestions))]
    UnknownRegion {
        /// As written.
        region: RegionKey,
        /// Names like it.
        suggestions: Vec<String>,
    },
    /// The region's cloud has no such type.
    #[error("{} has no instance type {instance_type:?}{}", .region.cloud, hint(.suggestions))]
    UnknownType {
        /// Where it was priced.
        region: RegionKey,
        /// As written.
        instance_type: String,
        /// Names like it.
        suggestions: Vec<String>,
    },
    /// The catalog has no such cloud.
    #[error("there is no cloud {cloud:?}{}", hint(.suggestions))]
    UnknownCloud {
        /// As written.
        cloud: String,
        /// The clouds like it.
        suggestions: Vec<String>,
    },
    /// A pattern names nothing.
    #[error("{pattern:?} matches nothing in the catalog{}", hint(.suggestions))]
    MatchesNothing {
        /// As written.
        pattern: String,
        /// Names like it.
        suggestions: Vec<String>,
    },
    /// A price falls below zero.
    #[error("the price of {instance_type} in {region} becomes {} USD per hour, below zero", .price.usd())]
    NegativePrice {
        /// The type.
        instance_type: String,
        /// Where.
        region: RegionKey,
        /// What it would cost.
        price: Money,
    },
    /// A site has the name of a region of the embedded catalog.
    #[error("the catalog has the region {region} already; `regions` and `prices` change its figures")]
    KnownRegion {
        /// As written.
        region: RegionKey,
    },
    /// A machine type of one's own lacks its processor or memory.
    #[error("the machine type {cloud}/{name} is not in the catalog and says no `{missing}`; give `{missing}`{}", hint(.suggestions))]
    NoShape {
        /// Its cloud.
        cloud: String,
        /// Its name.
        name: String,
        /// The argument.
        missing: &'static str,
        /// Names like it.
        suggestions: Vec<String>,
    },
    /// A site has no such zone.
    #[error("{site} has no zone {zone:?}{}", hint(.suggestions))]
    UnknownZone {
        /// The site.
        site: RegionKey,
        /// As written.
        zone: String,
        /// Its zones like it.
        suggestions: Vec<String>,
    },
    /// A quantity is below zero.
    #[error("{what} is below zero")]
    NegativeValue {
        /// Which quantity.
        what: &'static str,
    },
    /// A quantity is beyond anything that can be computed with.
    #[error("{what} is too large")]
    TooLarge {
        /// Which quantity.
        what: &'static str,
    },
}

/// The largest price, fixed cost or change that is accepted: a billion US dollars.
const LARGEST: Money = Money::from_micros(1_000_000_000_000_000);

/// Collects the faults of one overlay.
#[derive(Debug)]
struct Inspector<'a> {
    market: &'a Market<'a>,
    overlay: usize,
    errors: Vec<OverlayError>,
}

/// Every fault that can be told without computing a price.
pub(super) fn inspect(market: &Market<'_>, overlays: &[Overlay]) -> Vec<OverlayError> {
    let mut errors = Vec::new();
    for (index, overlay) in overlays.iter().enumerate() {
        let mut inspector = Inspector { market, overlay: index, errors: Vec::new() };
        inspector.overlay(overlay);
        errors.extend(inspector.errors);
    }
    errors
}

impl Inspector<'_> {
    fn overlay(&mut self, overlay: &Overlay) {
        for glob in &overlay.excluded_instance_types {
            self.glob(&["excluded_instance_types"], self.market.check_type(glob));
        }
        self.amount(&["fixed_monthly"], "fixed_monthly", overlay.fixed_monthly);
        self.amount(&["zone_egress_per_gb"], "zone_egress_per_gb", overlay.zone_egress_per_gb);
        self.amount(&["storage_per_gib"], "storage_per_gib", overlay.storage_per_gib);
        for (label, adjustment) in &overlay.price_adjustments {
            self.adjustment(label, adjustment);
        }
        for (region, prices) in &overlay.prices {
            let name = region.to_string();
            if !self.region(&["prices", &name], region) {
                continue;
            }
            for (instance_type, price) in prices {
                let path = ["prices", name.as_str(), instance_type.as_str()];
                self.machine_type(&path, region, instance_type);
                self.amount(&path, "the price", Some(*price));
            }
        }
        for (region, changes) in &overlay.regions {
            let name = region.to_string();
            self.region(&["regions", &name], region);
            self.amount(&["regions", &name, "fixed_monthly"], "fixed_monthly", changes.fixed_monthly);
            for (what, price) in [
                ("internet_egress_per_gb", changes.internet_egress_per_gb),
                ("zone_egress_per_gb", changes.zone_egress_per_gb),
                ("storage_per_gib", changes.storage_per_gib),
            ] {
                self.amount(&["regions", &name, what], what, price);
            }
            self.figure(&["regions", &name], "grid_g_per_kwh", changes.grid_g_per_kwh, (LARGEST_GRID, 4));
        }
        for (region, site) in &overlay.sites {
            self.site(region, site);
        }
        for (key, said) in &overlay.machine_types {
            self.own_type(key, said);
        }
        for (name, own) in &overlay.functions {
            self.figure(&["functions", name], "watts_per_gib", own.watts_per_gib, (LARGEST_POWER, 0));
        }
    }

    fn site(&mut self, region: &RegionKey, site: &Site) {
        let name = region.to_string();
        let path = ["sites", name.as_str()];
        if self.market.has_embedded && self.market.catalog.base().region(region).is_some() {
            self.fault(&path, OverlayFault::KnownRegion { region: region.clone() });
        }
        self.amount(&["sites", &name, "fixed_monthly"], "fixed_monthly", site.fixed_monthly);
        for (what, price) in [
            ("internet_egress_per_gb", site.internet_egress_per_gb),
            ("zone_egress_per_gb", site.zone_egress_per_gb),
            ("storage_per_gib", site.storage_per_gib),
        ] {
            self.amount(&["sites", &name, what], what, price);
        }
        self.figure(&path, "grid_g_per_kwh", site.grid_g_per_kwh, (LARGEST_GRID, 4));
        for (machine_type, machine) in &site.machines {
            let path = ["sites", &name, "machines", machine_type];
            self.machine_type(&path, region, machine_type);
            self.amount(&["sites", &name, "machines", machine_type, "hourly"], "the price", Some(machine.hourly));
            for zone in machine.zone_counts.iter().flat_map(BTreeMap::keys).filter(|zone| !site.zones.contains(zone)) {
                let suggestions = similar(zone, site.zones.iter().map(String::as_str));
                let fault = OverlayFault::UnknownZone { site: region.clone(), zone: zone.clone(), suggestions };
                self.fault(&["sites", &name, "machines", machine_type, "zone_counts", zone], fault);
            }
        }
    }

    fn own_type(&mut self, key: &TypeKey, said: &OwnType) {
        let (cloud, name) = key;
        let full = format!("{cloud}/{name}");
        let path = ["machine_types", full.as_str()];
        self.figure(&path, "watts", said.watts, (LARGEST_POWER, 0));
        self.figure(&path, "embodied_g_per_hour", said.embodied_g_per_hour, (LARGEST_EMBODIED, 0));
        if self.market.has_embedded && self.market.catalog.has_type(cloud, name) {
            return;
        }
        let whole = self.market.said_of(key).unwrap_or_default();
        let missing = [("vcpu", whole.vcpu.is_none()), ("memory_gib", whole.memory.is_none())];
        if let Some((missing, _)) = missing.into_iter().find(|&(_, is_missing)| is_missing) {
            let names = self.market.type_names(Some(cloud));
            let suggestions = similar(name, names.into_iter().filter(|known| known != name));
            let (cloud, name) = key.clone();
            self.fault(&path, OverlayFault::NoShape { cloud, name, missing, suggestions });
        }
    }

    /// A machine type that is sold in `region` must be one of its cloud's.
    fn machine_type(&mut self, path: &[&str], region: &RegionKey, instance_type: &str) {
        if !self.market.has_type(&region.cloud, instance_type) {
            let suggestions = similar(instance_type, self.market.type_names(Some(&region.cloud)));
            let (region, instance_type) = (region.clone(), instance_type.to_owned());
            self.fault(path, OverlayFault::UnknownType { region, instance_type, suggestions });
        }
    }

    /// A figure that must not be negative, nor above a number of 10^-places.
    fn figure(&mut self, path: &[&str], what: &'static str, figure: Option<Decimal>, (most, places): (i128, u32)) {
        let Some(figure) = figure else { return };
        let path: Vec<&str> = path.iter().copied().chain([what]).collect();
        if figure.is_negative() {
            self.fault(&path, OverlayFault::NegativeValue { what });
        } else if !figure.in_units(places).is_ok_and(|units| units <= most) {
            self.fault(&path, OverlayFault::TooLarge { what });
        }
    }

    fn adjustment(&mut self, label: &str, adjustment: &PriceAdjustment) {
        let path = |attribute| ["price_adjustments", label, attribute];
        for cloud in adjustment.clouds.iter().flatten() {
            if let Err(error) = self.market.find_cloud(cloud) {
                let suggestions = error.suggestions().to_vec();
                self.fault(&path("clouds"), OverlayFault::UnknownCloud { cloud: cloud.clone(), suggestions });
            }
        }
        for region in adjustment.regions.iter().flatten() {
            self.region(&path("regions"), region);
        }
        for glob in adjustment.instance_families.iter().flatten() {
            self.glob(&path("instance_families"), self.market.check_family(glob));
        }
        for glob in adjustment.instance_types.iter().flatten() {
            self.glob(&path("instance_types"), self.market.check_type(glob));
        }
        let is_sane = match adjustment.change {
            // A factor of a million.
            PriceChange::Percent(percent) => percent.in_units(6).is_ok_and(|units| units.abs() <= 100_000_000_000_000),
            PriceChange::Absolute(amount) => (-LARGEST..=LARGEST).contains(&amount),
        };
        if !is_sane {
            self.fault(&path("change"), OverlayFault::TooLarge { what: "the change" });
        }
    }

    fn region(&mut self, path: &[&str], region: &RegionKey) -> bool {
        let is_known = self.market.has_region(region);
        if !is_known {
            let suggestions = self.market.similar_regions(&region.to_string());
            self.fault(path, OverlayFault::UnknownRegion { region: region.clone(), suggestions });
        }
        is_known
    }

    fn glob(&mut self, path: &[&str], outcome: Result<(), NameError>) {
        if let Err(NameError::Unknown { name, suggestions, .. }) = outcome {
            self.fault(path, OverlayFault::MatchesNothing { pattern: name, suggestions });
        }
    }

    fn amount(&mut self, path: &[&str], what: &'static str, amount: Option<Money>) {
        match amount {
            Some(amount) if amount < Money::ZERO => self.fault(path, OverlayFault::NegativeValue { what }),
            Some(amount) if amount > LARGEST => self.fault(path, OverlayFault::TooLarge { what }),
            _ => {}
        }
    }

    fn fault(&mut self, path: &[&str], fault: OverlayFault) {
        let path = path.iter().map(|part| (*part).to_owned()).collect();
        self.errors.push(OverlayError { overlay: self.overlay, path, fault });
    }
}
