//! Prices of traffic: to the Internet, between regions of a cloud, between zones.
//!
//! Prices are those of the first paid tier, in USD per 10^9 bytes; Google Cloud lists GiB and is converted. Regions newer than the lists
//! get a price by a rule, marked `rule`: the dearest listed price of the cloud in the same country, else on the same continent.
//! Pairs of regions that are not listed stay unknown.

use std::collections::BTreeMap;

use super::latency::key;
use super::regions::Places;
use super::write::Writer;
use super::{Files, Findings, ImportError};
use crate::catalog::tables;
use crate::model::RegionKey;
use crate::units::Decimal;

/// Azure sells Internet traffic by zone of the world: Europe and North America, South America, all else. USD per GB.
///
/// The first is of 2026-05, the others of 2022-04.
const AZURE_ZONE_1: &str = "0.087";
const AZURE_ZONE_2: &str = "0.12";
const AZURE_ZONE_3: &str = "0.181";

/// First tier of Google's regions whose row lacks it, in USD per GiB (2022-04).
const GOOGLE_FIRST_TIER: [(&str, &str); 3] =
    [("asia-northeast1", "0.14"), ("asia-northeast2", "0.14"), ("asia-northeast3", "0.147")];

pub(super) fn import(
    files: Files<'_>,
    places: &Places,
    findings: &mut Findings,
    out: &mut BTreeMap<String, String>,
) -> Result<(), ImportError> {
    let continents = continents(files)?;
    let mut listed: BTreeMap<RegionKey, Decimal> = BTreeMap::new();
    let mut between: BTreeMap<(RegionKey, RegionKey), String> = BTreeMap::new();
    amazon(files, places, &mut listed, &mut between)?;
    google(files, places, findings, &mut listed)?;
    azure(files, places, &continents, &mut listed)?;
    cross(files, places, &mut between)?;
    internet(places, &continents, &listed, findings, out);
    let mut table = Writer::new(tables::EGRESS_REGIONS, &["egress-aws", "egress-cross-cloud"]);
    for ((from, to), price) in between {
        table.push([from.cloud, from.region, to.region, price]);
    }
    out.extend([table.sorted()]);
    let mut zones = Writer::new(tables::EGRESS_ZONES, &["egress-zones"]);
    // 0.01 USD/GB is charged to the sender and again to the receiver.
    zones.push(["aws".into(), "0.02".into()]);
    out.extend([zones.sorted()]);
    Ok(())
}

fn internet(
    places: &Places,
    continents: &BTreeMap<String, String>,
    listed: &BTreeMap<RegionKey, Decimal>,
    findings: &mut Findings,
    out: &mut BTreeMap<String, String>,
) {
    let mut table =
        Writer::new(tables::EGRESS_INTERNET, &["egress-aws", "egress-google", "egress-tiers", "egress-cross-cloud"]);
    let units = |price: &Decimal| price.in_units(12).unwrap_or(0);
    for (key, place) in places {
        let dearest = |same: &dyn Fn(&str) -> bool| {
            listed
                .iter()
                .filter(|(other, _)| other.cloud == key.cloud && places.get(*other).is_some_and(|p| same(&p.country)))
                .map(|(_, price)| *price)
                .max_by_key(units)
        };
        let continent = continents.get(&place.country);
        let found = match listed.get(key) {
            Some(price) => Some((*price, "listed")),
            None => dearest(&|country| country == place.country)
                .or_else(|| dearest(&|country| continents.get(country) == continent))
                .map(|price| (price, "rule")),
        };
        let Some((price, origin)) = found else {
            findings.note("egress_internet.tsv", "no price: unknown", &key.to_string());
            continue;
        };
        if origin == "rule" {
            findings.note(
                "egress_internet.tsv",
                "not listed: dearest of the country or continent taken",
                &key.to_string(),
            );
        }
        table.push([key.cloud.clone(), key.region.clone(), price.to_string(), origin.into()]);
    }
    out.extend([table.sorted()]);
}

fn amazon(
    files: Files<'_>,
    places: &Places,
    listed: &mut BTreeMap<RegionKey, Decimal>,
    between: &mut BTreeMap<(RegionKey, RegionKey), String>,
) -> Result<(), ImportError> {
    let sheet = files.sheet("egress/aws_transfer_costs.csv", ',', &["src", "dst", "cost"])?;
    for row in sheet.rows() {
        let from = RegionKey::new("aws", row.text("src"));
        if !places.contains_key(&from) {
            continue;
        }
        let price = row.number("cost")?;
        if row.text("dst") == "internet" {
            listed.insert(from, price);
        } else {
            let to = RegionKey::new("aws", row.text("dst"));
            if places.contains_key(&to) && from != to {
                between.insert((from, to), price.to_string());
            }
        }
    }
    // The government partition has one price list.
    if let Some(&price) = listed.get(&RegionKey::new("aws", "us-gov-east-1")) {
        listed.entry(RegionKey::new("aws", "us-gov-west-1")).or_insert(price);
    }
    Ok(())
}

fn google(
    files: Files<'_>,
    places: &Places,
    findings: &mut Findings,
    listed: &mut BTreeMap<RegionKey, Decimal>,
) -> Result<(), ImportError> {
    let sheet = files.sheet("egress/gcp_internet_egress_worldwide.csv", ',', &["region", "usd_per_gib_0_1TiB"])?;
    for row in sheet.rows() {
        let region = row.text("region");
        let key = RegionKey::new("gcp", region);
        if !places.contains_key(&key) {
            continue;
        }
        let price = if let Some(price) = row.optional("usd_per_gib_0_1TiB")? {
            price
        } else {
            findings.note("egress_internet.tsv", "first tier missing: the 2022 price taken", &key.to_string());
            let Some((_, price)) = GOOGLE_FIRST_TIER.iter().find(|(name, _)| *name == region) else { continue };
            price.parse().map_err(|_| row.fault("first tier of the exceptions' list".into()))?
        };
        listed.insert(key, per_gb(price));
    }
    Ok(())
}

/// USD per GiB as USD per 10^9 bytes, to a micro-USD.
fn per_gb(per_gib: Decimal) -> Decimal {
    let micros = per_gib.in_units(6).unwrap_or(0);
    let scaled = (micros * 1_000_000_000 * 2 + (1 << 30)) / (2 * (1 << 30));
    Decimal::new(scaled, 6)
}

fn azure(
    files: Files<'_>,
    places: &Places,
    continents: &BTreeMap<String, String>,
    listed: &mut BTreeMap<RegionKey, Decimal>,
) -> Result<(), ImportError> {
    let tiers = files.json("egress/internet_egress_tiers_2026-05.json")?;
    let current = tiers["azure"]["tiers"][0]["price_per_gb_usd"].to_string();
    let path = "egress/internet_egress_tiers_2026-05.json";
    let fault = |message: String| ImportError::BadRow { path: path.into(), line: 1, message };
    if current != AZURE_ZONE_1 {
        return Err(fault(format!("azure: first tier is {current}, this importer knows {AZURE_ZONE_1}")));
    }
    for (key, place) in places.iter().filter(|(key, _)| key.cloud == "azure") {
        let price = match continents.get(&place.country).map(String::as_str) {
            Some("EU" | "NA") => AZURE_ZONE_1,
            Some("SA") => AZURE_ZONE_3,
            _ => AZURE_ZONE_2,
        };
        listed.insert(key.clone(), price.parse().map_err(|_| fault("azure: price".into()))?);
    }
    Ok(())
}

/// Pairs of one cloud in the cross-cloud list; AWS's own list is newer and comes first.
fn cross(
    files: Files<'_>,
    places: &Places,
    between: &mut BTreeMap<(RegionKey, RegionKey), String>,
) -> Result<(), ImportError> {
    let sheet = files.sheet("egress/skyplane_cost_crosscloud.csv", ',', &["src", "dest", "cost"])?;
    for row in sheet.rows() {
        let (Some(from), Some(to)) = (key(row.text("src")), key(row.text("dest"))) else {
            return Err(row.fault("src, dest: not cloud:region".into()));
        };
        if from.cloud != to.cloud || from == to || !places.contains_key(&from) || !places.contains_key(&to) {
            continue;
        }
        let price = row.number("cost")?;
        let price = if from.cloud == "gcp" { per_gb(price) } else { price };
        between.entry((from, to)).or_insert_with(|| price.to_string());
    }
    Ok(())
}

/// Continent of each country.
fn continents(files: Files<'_>) -> Result<BTreeMap<String, String>, ImportError> {
    let sheet = files.sheet("population/countries.csv", ',', &["iso2", "continent"])?;
    Ok(sheet.rows().map(|row| (row.text("iso2").into(), row.text("continent").into())).collect())
}
