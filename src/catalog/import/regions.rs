//! Regions: place, country, access, zones.
//!
//! Faults handled: coordinates that are missing, of another place, or of a state's or country's centre; zone counts that are
//! assumed (`3?`); zone letters an account cannot use; regions missing from the zone list; a region of no known place.

use std::collections::{BTreeMap, BTreeSet};

use super::places::{KEEP_WITHIN_KM, USABLE_ZONES, sites};
use super::sheet::approximate;
use super::write::Writer;
use super::{Files, Findings, ImportError, coordinates};
use crate::catalog::tables;
use crate::model::RegionKey;

/// What other importers need of a region.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) country: String,
    pub(super) coordinates: crate::model::Coordinates,
}

/// Regions by key.
pub(super) type Places = BTreeMap<RegionKey, Place>;

/// The suffixes Google Cloud gives the zones of a region it has not listed yet.
const ASSUMED_LETTERS: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

pub(super) fn import(
    files: Files<'_>,
    findings: &mut Findings,
    out: &mut BTreeMap<String, String>,
) -> Result<Places, ImportError> {
    let path = "catalogue/regions.csv";
    let sheet = files.sheet(path, ',', &["provider", "region", "lat", "lon", "az_count", "coord_source"])?;
    let google_zones = google_zones(files)?;
    let amazon_zones = amazon_zones(files)?;
    let sites: BTreeMap<(&str, &str), _> = sites().map(|site| ((site.cloud, site.region), site)).collect();
    let mut table = Writer::new(tables::REGIONS, &["regions", "region-places", "zones"]);
    let mut places = Places::new();
    for row in sheet.rows() {
        let (cloud, region) = (row.text("provider"), row.text("region"));
        let name = format!("{cloud}/{region}");
        let Some(site) = sites.get(&(cloud, region)) else {
            findings.note("regions.tsv", "region of no known city left out", &name);
            continue;
        };
        let city = coordinates(site.city.latitude, site.city.longitude);
        let listed = match (row.optional("lat")?, row.optional("lon")?) {
            (Some(latitude), Some(longitude)) => Some(coordinates(approximate(latitude), approximate(longitude))),
            _ => None,
        };
        let replace = row.text("coord_source").contains("REPLACE");
        let (at, origin) = match listed {
            None => {
                findings.note("regions.tsv", "no coordinates: the city's taken", &name);
                (city, "city")
            }
            Some(_) if replace => {
                findings.note("regions.tsv", "coordinates marked REPLACE: the city's taken", &name);
                (city, "city")
            }
            Some(listed) if listed.distance_km(city) > KEEP_WITHIN_KM => {
                let example = format!("{name}: {:.0} km from {}", listed.distance_km(city), site.city.name);
                findings.note("regions.tsv", "coordinates of another place: the city's taken", &example);
                (city, "city")
            }
            Some(listed) => (listed, "listed"),
        };
        let count = row.text("az_count");
        let (letters, basis) = zones(cloud, region, count, &google_zones, &amazon_zones);
        if basis == "assumed" {
            findings.note("regions.tsv", "zones assumed", &name);
        }
        if basis == "usable" {
            findings.note("regions.tsv", "zone letters fewer than listed: what an account can use", &name);
        }
        let key = RegionKey::new(cloud, region);
        table.push([
            cloud.into(),
            region.into(),
            site.city.name.into(),
            site.city.country.into(),
            degrees(at.latitude_microdegrees),
            degrees(at.longitude_microdegrees),
            origin.into(),
            if site.restricted { "restricted" } else { "public" }.into(),
            basis.into(),
            letters.join(","),
            if origin == "city" { "region-places" } else { "regions" }.into(),
        ]);
        places.insert(key, Place { country: site.city.country.into(), coordinates: at });
    }
    out.extend([table.sorted()]);
    Ok(places)
}

/// Zone names of a region and where they come from: `listed`, `usable`, `assumed` or `none`.
fn zones(
    cloud: &str,
    region: &str,
    count: &str,
    google: &BTreeMap<String, BTreeSet<String>>,
    amazon: &BTreeMap<String, BTreeSet<String>>,
) -> (Vec<String>, &'static str) {
    let named = |letters: &BTreeSet<String>, separator: &str| -> Vec<String> {
        letters.iter().map(|letter| format!("{region}{separator}{letter}")).collect()
    };
    let number: usize = count.trim_end_matches('?').parse().unwrap_or(1);
    match cloud {
        "aws" => {
            if let Some((_, letters)) = USABLE_ZONES.iter().find(|(name, _)| *name == region) {
                return (letters.iter().map(|letter| format!("{region}{letter}")).collect(), "usable");
            }
            match amazon.get(region) {
                Some(letters) => (named(letters, ""), "listed"),
                None => (ASSUMED_LETTERS.iter().take(number).map(|l| format!("{region}{l}")).collect(), "listed"),
            }
        }
        "gcp" => match google.get(region) {
            Some(letters) => (named(letters, "-"), "listed"),
            None => (ASSUMED_LETTERS.iter().take(number).map(|l| format!("{region}-{l}")).collect(), "assumed"),
        },
        // Azure numbers its zones; a region without zones is one failure domain.
        _ if number > 1 => ((1..=number).map(|zone| zone.to_string()).collect(), "listed"),
        _ => (vec!["regional".into()], "none"),
    }
}

fn google_zones(files: Files<'_>) -> Result<BTreeMap<String, BTreeSet<String>>, ImportError> {
    let sheet = files.sheet("catalogue/gcp_zones.csv", ';', &["NAME", "REGION", "STATUS"])?;
    let mut zones: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in sheet.rows().filter(|row| row.text("STATUS") == "UP") {
        if let Some((_, letter)) = row.text("NAME").rsplit_once('-') {
            zones.entry(row.text("REGION").into()).or_default().insert(letter.into());
        }
    }
    Ok(zones)
}

fn amazon_zones(files: Files<'_>) -> Result<BTreeMap<String, BTreeSet<String>>, ImportError> {
    let list = files.json("regions/npm_aws_regions.json")?;
    let mut zones: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for region in list.as_array().into_iter().flatten() {
        let Some(code) = region["code"].as_str() else { continue };
        for zone in region["zones"].as_array().into_iter().flatten().filter_map(|zone| zone.as_str()) {
            zones.entry(code.into()).or_default().insert(zone.strip_prefix(code).unwrap_or(zone).into());
        }
    }
    Ok(zones)
}

/// Millionths of a degree as decimal degrees.
pub(super) fn degrees(microdegrees: i32) -> String {
    crate::units::Decimal::new(microdegrees.into(), 6).to_string()
}
