//! Prices: on demand, spot, interruption.
//!
//! Faults handled: Windows prices among Azure's; prices of zero; Google spot not below on-demand; Google prices of types with a local
//! disk that leave the disk out; promotional Azure types that are no longer sold; prices far from the type's others; prices without
//! a shape, and shapes without a price, which leave the table of types. Every price that is changed or dropped stands in `corrections.tsv`.
//!
//! **Windows.** Azure's Linux prices of one family grow in proportion to the size: price = base × size. The Windows licence adds
//! 0.046 USD per vCPU of the size and hour (0.0046 in the B v2 family). A price that lies above its region's cheapest base by just
//! that is a Windows price, and the licence is taken off; what is left then agrees with its siblings, which is the proof.

use std::collections::{BTreeMap, BTreeSet};

use super::regions::Places;
use super::shapes::{Shapes, azure_name};
use super::sheet::approximate;
use super::write::Writer;
use super::{Files, Findings, ImportError};
use crate::catalog::tables;
use crate::model::RegionKey;
use crate::units::Decimal;

/// Windows licence of Azure, in 10^-9 USD per vCPU-hour: families D, E, F; family B v2.
const WINDOWS: i128 = 46_000_000;
const WINDOWS_B: i128 = 4_600_000;

/// A price this many times above or below the type's median over all regions is a mistake of the list.
const OUTLIER: f64 = 4.0;

/// One offer, money in 10^-9 USD per hour.
#[derive(Clone, Debug)]
struct Price {
    cloud: String,
    region: String,
    name: String,
    on_demand: i128,
    spot: Option<i128>,
    band: String,
}

pub(super) fn import(
    files: Files<'_>,
    places: &Places,
    shapes: &mut Shapes,
    findings: &mut Findings,
    out: &mut BTreeMap<String, String>,
) -> Result<(), ImportError> {
    let mut corrections = Writer::new(tables::CORRECTIONS, &["prices"]);
    let mut prices = read(files, places, shapes, findings, &mut corrections)?;
    take_off_windows(&mut prices, shapes, findings, &mut corrections);
    drop_outliers(&mut prices, findings, &mut corrections);
    for (cloud, layout) in tables::PRICES {
        let mut table = Writer::new(layout, &[&format!("{cloud}-prices")]);
        for price in prices.iter().filter(|price| price.cloud == cloud) {
            table.push([
                price.region.clone(),
                price.name.clone(),
                usd(price.on_demand),
                price.spot.map(usd).unwrap_or_default(),
                price.band.clone(),
            ]);
        }
        out.extend([table.sorted()]);
    }
    let sold: BTreeSet<(&str, &str)> = prices.iter().map(|price| (price.cloud.as_str(), price.name.as_str())).collect();
    shapes.retain(|(cloud, name), _| {
        let is_sold = sold.contains(&(cloud.as_str(), name.as_str()));
        if !is_sold {
            findings.note("machine_types.tsv", "shape without any price: left out", &format!("{cloud}/{name}"));
        }
        is_sold
    });
    out.extend([corrections.sorted()]);
    Ok(())
}

fn read(
    files: Files<'_>,
    places: &Places,
    shapes: &Shapes,
    findings: &mut Findings,
    corrections: &mut Writer,
) -> Result<Vec<Price>, ImportError> {
    let columns = ["provider", "region", "instance_type", "ondemand_usd_h", "spot_usd_h", "interrupt_band"];
    let sheet = files.sheet("catalogue/prices.csv", ',', &columns)?;
    let mut listed: BTreeMap<(&str, &str, &str), i128> = BTreeMap::new();
    for row in sheet.rows() {
        let price = row.number("ondemand_usd_h")?.in_units(9).map_err(|error| row.fault(error.to_string()))?;
        listed.insert((row.text("provider"), row.text("region"), row.text("instance_type")), price);
    }
    let mut prices = Vec::with_capacity(listed.len());
    for row in sheet.rows() {
        let (cloud, region, name) = (row.text("provider"), row.text("region"), row.text("instance_type"));
        let table = format!("prices/{cloud}.tsv");
        let place = format!("{region}/{name}");
        let Some(&on_demand) = listed.get(&(cloud, region, name)) else { continue };
        let fault = if !places.contains_key(&RegionKey::new(cloud, region)) {
            Some("price in a region that is left out")
        } else if !shapes.contains_key(&(cloud.to_owned(), name.to_owned())) {
            Some("price of a type without a shape")
        } else if on_demand <= 0 {
            Some("price of zero: unknown")
        } else if name.ends_with("_Promo") {
            Some("promotional type, no longer sold")
        } else if name
            .strip_suffix("-lssd")
            .is_some_and(|plain| listed.get(&(cloud, region, plain)) == Some(&on_demand))
        {
            Some("price leaves the local disk out")
        } else {
            None
        };
        if let Some(fault) = fault {
            findings.note(&table, &format!("{fault}: dropped"), &place);
            corrections.push([cloud.into(), region.into(), name.into(), usd(on_demand), String::new(), fault.into()]);
            continue;
        }
        let spot = row.optional("spot_usd_h")?.map(|spot| spot.in_units(9)).transpose();
        let mut spot = spot.map_err(|error| row.fault(error.to_string()))?;
        if spot.is_none() && cloud == "azure" {
            findings.note(&table, "no spot price: unknown", &place);
        }
        if spot.is_some_and(|spot| spot >= on_demand) {
            findings.note(&table, "spot price not below on-demand: dropped", &place);
            spot = None;
        }
        prices.push(Price {
            cloud: cloud.into(),
            region: region.into(),
            name: name.into(),
            on_demand,
            spot: spot.filter(|&spot| spot > 0),
            band: row.text("interrupt_band").into(),
        });
    }
    Ok(prices)
}

/// A family whose Linux prices are proportional to a weight.
#[derive(Clone, Debug)]
struct Member {
    group: String,
    weight: f64,
    licence: i128,
}

/// The proportional family of an Azure type, if its prices are proportional.
fn member(name: &str, memory_gib: f64) -> Option<Member> {
    let parts = azure_name("azure", name)?;
    let size = f64::from(parts.size);
    if parts.letters == "B" && parts.tail == "_v2" {
        // Two-vCPU B sizes follow their memory, larger ones of the low-memory lines their size.
        let own_line = parts.size >= 4 && parts.suffix.contains('l');
        let suffix = if own_line { parts.suffix.to_owned() } else { parts.suffix.replace(['t', 'l'], "") };
        let weight = if own_line { size } else { memory_gib };
        return Some(Member {
            group: format!("B{suffix}{}", parts.tail),
            weight,
            licence: WINDOWS_B * i128::from(parts.size),
        });
    }
    let version = parts.tail.strip_prefix("_v").and_then(|version| version.parse::<u32>().ok());
    let proportional = ["D", "E", "F", "DC", "EC"].contains(&parts.letters) && version.is_some_and(|v| v >= 3);
    proportional.then(|| Member {
        group: format!("{}{}{}", parts.letters, parts.suffix, parts.tail),
        weight: size,
        licence: WINDOWS * i128::from(parts.size),
    })
}

/// Families that may hold nothing but Windows prices in a region, each with the older family that tells.
const TELLTALES: [(&str, &str); 2] = [("Das_v5", "Das_v4"), ("Eas_v5", "Eas_v4")];

fn take_off_windows(prices: &mut [Price], shapes: &Shapes, findings: &mut Findings, corrections: &mut Writer) {
    let members: Vec<Option<Member>> = prices
        .iter()
        .map(|price| {
            let shape = shapes.get(&(price.cloud.clone(), price.name.clone()))?;
            (price.cloud == "azure").then(|| member(&price.name, approximate(shape.memory_gib))).flatten()
        })
        .collect();
    let mut base: BTreeMap<(String, String), f64> = BTreeMap::new();
    for (price, member) in prices.iter().zip(&members) {
        let Some(member) = member else { continue };
        let lowest = base.entry((price.region.clone(), member.group.clone())).or_insert(f64::INFINITY);
        *lowest = lowest.min(nano_usd(price.on_demand) / member.weight);
    }
    let all_windows = |region: &str, group: &str| {
        let Some((_, older)) = TELLTALES.iter().find(|(newer, _)| *newer == group) else { return false };
        let of = |group: &str| base.get(&(region.to_owned(), group.to_owned())).copied();
        let (Some(newer), Some(older)) = (of(group), of(older)) else { return false };
        newer / older > 1.3 && (0.85..=1.1).contains(&((newer - nano_usd(WINDOWS)) / older))
    };
    for (price, member) in prices.iter_mut().zip(&members) {
        let Some(member) = member else { continue };
        let base = base[&(price.region.clone(), member.group.clone())];
        let excess = nano_usd(price.on_demand) - base * member.weight;
        let licence = nano_usd(member.licence);
        // 3 % and half of the list's last digit cover its rounding.
        let is_windows = (excess - licence).abs() <= 0.03 * licence + 0.0006;
        if is_windows || all_windows(&price.region, &member.group) {
            let kept = price.on_demand - member.licence;
            findings.note(
                "prices/azure.tsv",
                "Windows price: licence taken off",
                &format!("{}/{}", price.region, price.name),
            );
            corrections.push([
                price.cloud.clone(),
                price.region.clone(),
                price.name.clone(),
                usd(price.on_demand),
                usd(kept),
                "Windows licence taken off".into(),
            ]);
            price.on_demand = kept;
        }
    }
}

fn drop_outliers(prices: &mut Vec<Price>, findings: &mut Findings, corrections: &mut Writer) {
    let mut by_type: BTreeMap<(String, String), Vec<i128>> = BTreeMap::new();
    for price in &*prices {
        by_type.entry((price.cloud.clone(), price.name.clone())).or_default().push(price.on_demand);
    }
    for list in by_type.values_mut() {
        list.sort_unstable();
    }
    prices.retain(|price| {
        let list = &by_type[&(price.cloud.clone(), price.name.clone())];
        let ratio = nano_usd(price.on_demand) / nano_usd(list[list.len() / 2]);
        let kept = (1.0 / OUTLIER..=OUTLIER).contains(&ratio);
        if !kept {
            let reason = "four times above or below the type's median price";
            findings.note(
                &format!("prices/{}.tsv", price.cloud),
                &format!("{reason}: dropped"),
                &format!("{}/{}", price.region, price.name),
            );
            corrections.push([
                price.cloud.clone(),
                price.region.clone(),
                price.name.clone(),
                usd(price.on_demand),
                String::new(),
                reason.into(),
            ]);
        }
        kept
    });
}

fn usd(nano: i128) -> String {
    Decimal::new(nano, 9).to_string()
}

#[expect(clippy::cast_precision_loss, reason = "prices have far fewer than 53 bits; used to tell faults only")]
fn nano_usd(nano: i128) -> f64 {
    nano as f64 / 1e9
}
