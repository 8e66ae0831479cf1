//! Round trips between regions, and the curve that stands for a pair of which nothing is known.
//!
//! Faults handled: the 2022 measurements average a few probes, and in some a single lost probe makes the average many times the
//! minimum (London to London: 3.6 ms at best, 133.8 ms on average): there the minimum is taken, unless it is faster than light.
//! Of two directions the larger is taken. What is still faster than light in fibre is raised to that.

use std::collections::BTreeMap;

use super::regions::Places;
use super::sheet::approximate;
use super::write::Writer;
use super::{Files, Findings, ImportError};
use crate::catalog::tables;
use crate::model::RegionKey;

/// Light in fibre: 200 km per millisecond one way, 100 km there and back.
const FIBRE_KM_PER_MS: f64 = 100.0;

/// Edges of the distance classes whose medians make the curve, in kilometres.
const CLASSES: [f64; 17] = [
    0.0, 100.0, 300.0, 600.0, 1000.0, 1500.0, 2000.0, 3000.0, 4000.0, 5500.0, 7000.0, 8500.0, 10_000.0, 12_000.0,
    14_000.0, 16_000.0, 20_100.0,
];

/// A class with fewer pairs says nothing.
const SMALLEST_CLASS: usize = 8;

#[derive(Clone, Copy, Debug)]
struct Pair {
    ms: f64,
    other_way_ms: Option<f64>,
    source: &'static str,
}

pub(super) fn import(
    files: Files<'_>,
    places: &Places,
    findings: &mut Findings,
    out: &mut BTreeMap<String, String>,
) -> Result<(), ImportError> {
    let probes = probes(files)?;
    let sheet = files.sheet("catalogue/latency_rtt_ms.csv", ',', &["src", "dst", "rtt_ms", "source"])?;
    let table = "rtt.tsv";
    let mut pairs: BTreeMap<(RegionKey, RegionKey), Pair> = BTreeMap::new();
    for row in sheet.rows() {
        let (Some(from), Some(to)) = (key(row.text("src")), key(row.text("dst"))) else {
            return Err(row.fault("src, dst: not cloud:region".into()));
        };
        let (Some(from_place), Some(to_place)) = (places.get(&from), places.get(&to)) else {
            findings.note(table, "pair of a region that is left out", row.text("src"));
            continue;
        };
        if from == to {
            continue;
        }
        let fibre_ms = from_place.coordinates.distance_km(to_place.coordinates) / FIBRE_KM_PER_MS;
        let mut ms = row.float("rtt_ms")?;
        if row.text("source") == "skyplane-2022"
            && let Some(&(least, average)) = probes.get(&(from.clone(), to.clone()))
            && average > 1.25 * least + 1.0
            && least >= fibre_ms
        {
            let example = format!("{from} to {to}: {least} ms at best, {average} ms on average");
            findings.note(table, "average far above the best probe: the best taken", &example);
            ms = (least * 10.0).round() / 10.0;
        }
        let source = match row.text("source") {
            "cloudping-2025" => "rtt-aws",
            "azure-ms" => "rtt-azure",
            "skyplane-2022" => "rtt-cross-cloud",
            other => return Err(row.fault(format!("source: {other:?} is not known"))),
        };
        let ends = if from <= to { (from, to) } else { (to, from) };
        match pairs.get_mut(&ends) {
            None => {
                pairs.insert(ends, Pair { ms, other_way_ms: None, source });
            }
            Some(pair) => {
                let (low, high) = (pair.ms.min(ms), pair.ms.max(ms));
                if high > 1.1 * low {
                    let example = format!("{} to {}: {low} and {high} ms", ends.0, ends.1);
                    findings.note(table, "directions differ by more than 10 %: the larger taken", &example);
                }
                *pair = Pair { ms: high, other_way_ms: Some(low), source: pair.source };
            }
        }
    }
    let mut rows = Writer::new(tables::RTT, &["rtt-aws", "rtt-azure", "rtt-cross-cloud"]);
    let mut points = Vec::with_capacity(pairs.len());
    for ((one, other), pair) in &pairs {
        let km = places[one].coordinates.distance_km(places[other].coordinates);
        // Rounded up to the table's tenth of a millisecond, so that the written value is not too fast again.
        let floor = (km / FIBRE_KM_PER_MS * 10.0).ceil() / 10.0;
        if pair.ms < km / FIBRE_KM_PER_MS {
            let example = format!("{one} to {other}: {} ms over {km:.0} km", pair.ms);
            findings.note(table, "faster than light in fibre: raised to it", &example);
        } else if let Some(ms) = pair.other_way_ms.filter(|ms| *ms < km / FIBRE_KM_PER_MS) {
            let example = format!("{one} to {other}: {ms} ms over {km:.0} km");
            findings.note(table, "one direction faster than light in fibre: the other taken", &example);
        }
        let ms = if pair.ms < km / FIBRE_KM_PER_MS { floor } else { pair.ms };
        points.push((km, ms));
        rows.push([one.to_string(), other.to_string(), tenths(ms), pair.source.into()]);
    }
    out.extend([rows.sorted()]);
    let mut curve = Writer::new(tables::RTT_CURVE, &["rtt-aws", "rtt-azure", "rtt-cross-cloud"]);
    for (km, ms) in knots(&points) {
        curve.push([format!("{km:.0}"), tenths(ms)]);
    }
    out.extend([curve.in_order()]);
    Ok(())
}

/// Median distance and round trip of each distance class, never falling.
pub(super) fn knots(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut knots: Vec<(f64, f64)> = Vec::new();
    for edge in CLASSES.windows(2) {
        let class: Vec<_> = points.iter().filter(|(km, _)| (edge[0]..edge[1]).contains(km)).collect();
        if class.len() < SMALLEST_CLASS {
            continue;
        }
        let ms = median(class.iter().map(|point| point.1).collect());
        let before = knots.last().map_or(0.0, |&(_, ms)| ms);
        knots.push((median(class.iter().map(|point| point.0).collect()), ms.max(before)));
    }
    knots
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 { values[middle] } else { f64::midpoint(values[middle - 1], values[middle]) }
}

/// Least and average milliseconds, by sender and receiver.
type Probes = BTreeMap<(RegionKey, RegionKey), (f64, f64)>;

/// Least and average round trip of the 2022 probes between premium-tier networks, in milliseconds.
fn probes(files: Files<'_>) -> Result<Probes, ImportError> {
    let columns = ["src_region", "src_tier", "dst_region", "dst_tier", "min_rtt", "avg_rtt"];
    let sheet = files.sheet("latency/skyplane_latency_2022-04.csv", ',', &columns)?;
    let mut probes = Probes::new();
    for row in sheet.rows().filter(|row| row.text("src_tier") == "PREMIUM" && row.text("dst_tier") == "PREMIUM") {
        let (Some(from), Some(to)) = (key(row.text("src_region")), key(row.text("dst_region"))) else {
            return Err(row.fault("src_region, dst_region: not cloud:region".into()));
        };
        if let (Some(least), Some(average)) = (row.optional("min_rtt")?, row.optional("avg_rtt")?) {
            probes.insert((from, to), (approximate(least), approximate(average)));
        }
    }
    Ok(probes)
}

/// `cloud:region`, or `gcp:zone`.
pub(super) fn key(text: &str) -> Option<RegionKey> {
    let (cloud, place) = text.split_once(':')?;
    let region = match place.rsplit_once('-') {
        Some((region, zone)) if cloud == "gcp" && zone.len() == 1 => region,
        _ => place,
    };
    Some(RegionKey::new(cloud, region))
}

fn tenths(ms: f64) -> String {
    let text = format!("{ms:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}
