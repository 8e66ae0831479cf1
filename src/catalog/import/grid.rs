//! Carbon of grids: Google's figure of the region; else that of a Google region in the same country within [`SAME_GRID_KM`]; else the
//! regional factor of Cloud Carbon Footprint; else the country's mix.
//!
//! Faults handled: two factors that lost the part before their decimal comma; regions without any figure, which stay unknown.

use std::collections::BTreeMap;

use super::carbon::decimals;
use super::regions::Places;
use super::sheet::approximate;
use super::write::Writer;
use super::{Files, Findings, ImportError};
use crate::catalog::tables;
use crate::model::RegionKey;

/// Two data centres this near in one country draw from one grid.
const SAME_GRID_KM: f64 = 100.0;

pub(super) fn import(
    files: Files<'_>,
    places: &Places,
    findings: &mut Findings,
    out: &mut BTreeMap<String, String>,
) -> Result<(), ImportError> {
    let google = google_grid(files)?;
    let regional = regional_grid(files, findings)?;
    let national = national_grid(files)?;
    let mut table = Writer::new(tables::GRID, &[]);
    for (key, place) in places {
        let near = places
            .iter()
            .filter(|(other, at)| other.cloud == "gcp" && at.country == place.country)
            .filter_map(|(other, at)| {
                Some((at.coordinates.distance_km(place.coordinates), *google.get(other.region.as_str())?))
            })
            .min_by(|a, b| a.0.total_cmp(&b.0))
            .filter(|(km, _)| *km <= SAME_GRID_KM);
        let own = google.get(key.region.as_str()).filter(|_| key.cloud == "gcp");
        let (grams, from, source) = match (own, near, regional.get(key), national.get(&place.country)) {
            (Some(&grams), _, _, _) => (grams, "region", "grid-google"),
            (None, Some((_, grams)), _, _) => (grams, "near", "grid-google"),
            (None, None, Some(&grams), _) => (grams, "region", "grid-ccf"),
            (None, None, None, Some(&grams)) => (grams, "country", "grid-country"),
            (None, None, None, None) => {
                findings.note("grid.tsv", "no figure: carbon unknown", &key.to_string());
                continue;
            }
        };
        if source != "grid-google" {
            findings.note("grid.tsv", &format!("no Google figure: {source} taken"), &key.to_string());
        }
        table.push([key.cloud.clone(), key.region.clone(), decimals(grams), from.into(), source.into()]);
    }
    out.extend([table.sorted()]);
    Ok(())
}

fn google_grid(files: Files<'_>) -> Result<BTreeMap<String, f64>, ImportError> {
    let column = "Grid carbon intensity (gCO2eq / kWh)";
    let sheet = files.sheet("carbon/google_region_carbon_2024.csv", ',', &["Google Cloud Region", column])?;
    sheet.rows().map(|row| Ok((row.text("Google Cloud Region").to_owned(), row.float(column)?))).collect()
}

/// Regional factors in g/kWh. Two Azure rows lost the part before their decimal comma: `000402` stands for 0.000402.
fn regional_grid(files: Files<'_>, findings: &mut Findings) -> Result<BTreeMap<RegionKey, f64>, ImportError> {
    let mut factors = BTreeMap::new();
    let column = "CO2e (metric ton/kWh)";
    for (cloud, path) in [
        ("aws", "carbon/ccf_coefficients/grid-emissions-factors-aws.csv"),
        ("azure", "carbon/ccf_coefficients/grid-emissions-factors-azure.csv"),
    ] {
        let sheet = files.sheet(path, ',', &["Region", column])?;
        for row in sheet.rows() {
            let text = row.text(column);
            let tonnes = if text.starts_with("000") {
                findings.note("grid.tsv", "decimal comma lost: read as a fraction", row.text("Region"));
                format!("0.{text}")
                    .parse()
                    .map(approximate)
                    .map_err(|_| row.fault(format!("{text:?} is not a number")))?
            } else {
                row.float(column)?
            };
            let region = row.text("Region");
            let region = if cloud == "azure" { region.to_lowercase().replace(' ', "") } else { region.into() };
            factors.insert(RegionKey::new(cloud, region), tonnes * 1e6);
        }
    }
    Ok(factors)
}

/// Country mixes in g/kWh, by ISO 3166-1 alpha-2 code.
fn national_grid(files: Files<'_>) -> Result<BTreeMap<String, f64>, ImportError> {
    let mix = files.json("carbon/global_energy_mix.json")?;
    let sheet = files.sheet("population/countries.csv", ',', &["iso2", "iso3"])?;
    Ok(sheet
        .rows()
        .filter_map(|row| {
            let grams = mix[row.text("iso3")]["carbon_intensity"].as_f64()?;
            Some((row.text("iso2").to_owned(), grams))
        })
        .collect())
}
