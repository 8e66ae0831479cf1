//! Cities and countries: where users are.
//!
//! A country's point is the mean of its cities of 300,000 and more, weighted by population and taken on the sphere; where it has none
//! in the table, the country's centre. The table says which.

use std::collections::BTreeMap;

use super::places::{JURISDICTIONS, OTHER_NAMES};
use super::regions::degrees;
use super::sheet::approximate;
use super::write::Writer;
use super::{Files, Findings, ImportError, coordinates};
use crate::catalog::tables;
use crate::model::Coordinates;

pub(super) fn import(
    files: Files<'_>,
    findings: &mut Findings,
    out: &mut BTreeMap<String, String>,
) -> Result<(), ImportError> {
    let columns = ["name", "country", "lat", "lon", "population"];
    let sheet = files.sheet("population/cities_300k.csv", ',', &columns)?;
    let mut cities = Writer::new(tables::CITIES, &["population"]);
    let mut by_country: BTreeMap<&str, Vec<(Coordinates, f64)>> = BTreeMap::new();
    for row in sheet.rows() {
        let (name, country) = (row.text("name"), row.text("country"));
        let at = coordinates(row.float("lat")?, row.float("lon")?);
        let others = OTHER_NAMES.iter().find(|(code, city, _)| *code == country && *city == name);
        by_country.entry(country).or_default().push((at, row.float("population")?));
        cities.push([
            country.into(),
            name.into(),
            row.text("population").into(),
            degrees(at.latitude_microdegrees),
            degrees(at.longitude_microdegrees),
            others.map(|(_, _, names)| (*names).to_owned()).unwrap_or_default(),
        ]);
    }
    out.extend([cities.sorted()]);

    let centres = centres(files)?;
    let sheet = files.sheet("population/countries.csv", ',', &["iso2", "name", "continent", "population"])?;
    let mut countries = Writer::new(tables::COUNTRIES, &["population", "country-centres"]);
    for row in sheet.rows() {
        let code = row.text("iso2");
        let (at, point) = match (by_country.get(code), centres.get(code)) {
            (Some(cities), _) => (mean(cities), "cities"),
            (None, Some(&centre)) => (centre, "centre"),
            (None, None) => {
                findings.note("countries.tsv", "country without cities or centre left out", code);
                continue;
            }
        };
        countries.push([
            code.into(),
            row.text("name").into(),
            row.text("continent").into(),
            row.text("population").into(),
            degrees(at.latitude_microdegrees),
            degrees(at.longitude_microdegrees),
            point.into(),
        ]);
    }
    out.extend([countries.sorted()]);

    let mut jurisdictions = Writer::new(tables::JURISDICTIONS, &["jurisdictions"]);
    for (code, name, members) in JURISDICTIONS {
        jurisdictions.push([(*code).into(), (*name).into(), members.replace(' ', ",")]);
    }
    out.extend([jurisdictions.sorted()]);
    Ok(())
}

fn centres(files: Files<'_>) -> Result<BTreeMap<String, Coordinates>, ImportError> {
    let list = files.json("regions/countries_latlon.json")?;
    let number = |value: &serde_json::Value| value.to_string().parse().ok().map(approximate);
    Ok(list
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|country| {
            let at = coordinates(number(&country["latitude"])?, number(&country["longitude"])?);
            Some((country["country"].as_str()?.to_owned(), at))
        })
        .collect())
}

/// The mean of points on the sphere: the direction of the sum of their unit vectors.
fn mean(cities: &[(Coordinates, f64)]) -> Coordinates {
    let mut sum = [0.0; 3];
    for (at, weight) in cities {
        let latitude = (f64::from(at.latitude_microdegrees) / 1e6).to_radians();
        let longitude = (f64::from(at.longitude_microdegrees) / 1e6).to_radians();
        sum[0] += weight * latitude.cos() * longitude.cos();
        sum[1] += weight * latitude.cos() * longitude.sin();
        sum[2] += weight * latitude.sin();
    }
    let latitude = sum[2].atan2(sum[0].hypot(sum[1])).to_degrees();
    let longitude = sum[1].atan2(sum[0]).to_degrees();
    // A hundredth of a degree, about a kilometre: a mean of cities is no more exact.
    coordinates((latitude * 100.0).round() / 100.0, (longitude * 100.0).round() / 100.0)
}
