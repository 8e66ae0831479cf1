//! Supply of one's own: sites, what they sell, and machine types.

use std::collections::BTreeMap;

use super::{Decoder, count};
use crate::catalog::{Overlay, OwnType, Site, SiteMachine};
use crate::diagnostic::Diagnostic;
use crate::model::{Architecture, RegionKey};
use crate::parse::conform::{Item, name_fault};
use crate::parse::language::Key;
use crate::units::{Bytes, Carbon, Decimal, DecimalError, Millicores, Money};

/// The cloud of sites and machine types that name none.
const OWN_CLOUD: &str = "site";

/// The cloud and the name in `dc/berlin`; `berlin` alone is of the cloud `site`.
pub(super) fn qualified(name: &str) -> RegionKey {
    let (cloud, name) = name.split_once('/').unwrap_or((OWN_CLOUD, name));
    RegionKey::new(cloud, name)
}

/// Whether everything that a `catalog` object declares could be read.
pub(super) fn is_known(item: &Item<'_>) -> bool {
    let parts = ["sites", "machine_types", "embedded"].into_iter().filter_map(|part| item.get(part));
    !item.is_faulty() && parts.into_iter().all(Item::is_sound)
}

impl Decoder<'_> {
    /// The part of a `catalog` object that names may mean.
    pub(super) fn declared(&mut self, item: &Item<'_>) -> Overlay {
        let embedded = item.get("embedded").and_then(Item::boolean);
        let mut overlay = Overlay { embedded, ..Overlay::default() };
        if let Some(sites) = item.get("sites") {
            for (name, site) in self.qualified_entries(sites) {
                overlay.sites.extend(self.site(&name, site).map(|site| (name, site)));
            }
        }
        if let Some(types) = item.get("machine_types") {
            for (name, item) in self.qualified_entries(types).into_iter().filter(|(_, item)| !item.is_faulty()) {
                let said = self.own_type(item);
                overlay.machine_types.insert((name.cloud, name.region), said);
            }
        }
        overlay
    }

    /// The entries of a map by full name; a name that is there twice is reported.
    fn qualified_entries<'i, 'n>(&mut self, item: &'i Item<'n>) -> BTreeMap<RegionKey, &'i Item<'n>> {
        let mut found = BTreeMap::new();
        for (name, part) in item.entries() {
            let key = qualified(name);
            let message = format!("{key} is given twice: a name without a cloud is of the cloud `{OWN_CLOUD}`");
            if found.insert(key, part).is_some() {
                let fault = Diagnostic::error("duplicate", message).help("remove one of the two");
                self.diagnostics.push(item.blame_key(name, fault));
            }
        }
        found
    }

    fn site(&mut self, key: &RegionKey, item: &Item<'_>) -> Option<Site> {
        if item.is_faulty() {
            return None;
        }
        let place = self.place(item, "the site");
        let mut zones: Vec<String> = Vec::new();
        for (zone, item) in item.get("zones").into_iter().flat_map(Item::texts) {
            match name_fault(zone, Key::Name("zone")) {
                Some(fault) => self.blame(item, fault),
                None => zones.push(zone.to_owned()),
            }
        }
        zones.sort();
        zones.dedup();
        if zones.is_empty() {
            zones.push(key.region.clone());
        }
        let machines = item.get("machines").into_iter().flat_map(Item::entries);
        let machines = machines.filter_map(|(name, item)| Some((name.to_owned(), self.site_machine(item)?))).collect();
        let fixed_monthly = self.quantity(item.get("fixed_monthly_usd"), Money::from_usd);
        let internet_egress_per_gb = self.quantity(item.get("internet_egress_usd_per_gb"), Money::from_usd);
        let zone_egress_per_gb = self.quantity(item.get("zone_egress_usd_per_gb"), Money::from_usd);
        let storage_per_gib = self.quantity(item.get("storage_usd_per_gib_month"), Money::from_usd);
        let grid_g_per_kwh = item.get("grid_g_per_kwh").and_then(Item::number);
        let (coordinates, country) = place?;
        Some(Site {
            coordinates,
            country,
            zones,
            fixed_monthly,
            internet_egress_per_gb,
            zone_egress_per_gb,
            storage_per_gib,
            grid_g_per_kwh,
            machines,
        })
    }

    fn site_machine(&mut self, item: &Item<'_>) -> Option<SiteMachine> {
        let hourly = self.quantity(item.get("hourly_usd"), Money::from_usd);
        let carbon_hourly = self.quantity(item.get("carbon_g_per_hour"), grams);
        let count = self.quantity(item.get("count"), count).map(u64::from);
        let zone_counts = item.get("zone_counts").map(|zones| {
            let counted = |(zone, item): (&str, &Item<'_>)| {
                Some((zone.to_owned(), self.quantity(Some(item), super::count)?.into()))
            };
            zones.entries().filter_map(counted).collect()
        });
        Some(SiteMachine { hourly: hourly?, carbon_hourly, count, zone_counts })
    }

    fn own_type(&mut self, item: &Item<'_>) -> OwnType {
        OwnType {
            vcpu: self.quantity(item.get("vcpu"), Millicores::from_decimal),
            memory: self.quantity(item.get("memory_gib"), Bytes::from_gib),
            gpus: self.quantity(item.get("gpus"), count),
            gpu_model: item.get("gpu_model").and_then(Item::text).map(str::to_owned),
            resources: self.amounts(item.get("resources")),
            family: item.get("family").and_then(Item::text).map(str::to_owned),
            architecture: item.get("architecture").and_then(Item::text).map(architecture),
            is_burstable: item.get("burstable").and_then(Item::boolean),
            watts: item.get("watts").and_then(Item::number),
            embodied_g_per_hour: item.get("embodied_g_per_hour").and_then(Item::number),
        }
    }
}

/// The instruction set of a word that conforms.
pub(super) fn architecture(word: &str) -> Architecture {
    if word == "arm64" { Architecture::Arm64 } else { Architecture::X86_64 }
}

/// Grams as milligrams.
fn grams(number: Decimal) -> Result<Carbon, DecimalError> {
    number.in_units(3).map(Carbon)
}
