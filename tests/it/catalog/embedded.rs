//! The embedded catalog is what the tables say, small, quick and complete.

use std::collections::{BTreeMap, BTreeSet};

use stowage::catalog::{Catalog, Overlay, Supply, TABLES, validate};
use stowage::model::{Access, Offer, Purchase, RegionKey};
use stowage::units::{Decimal, Money, Ratio};

fn tables() -> BTreeMap<String, Vec<u8>> {
    TABLES
        .iter()
        .map(|file| ((*file).to_owned(), std::fs::read(format!("{}/data/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap()))
        .collect()
}

fn everything() -> Supply {
    Catalog::embedded().supply(&[], &|_| true).unwrap()
}

fn usd(text: &str) -> Money {
    Money::from_usd(text.parse::<Decimal>().unwrap()).unwrap()
}

/// Rows of a table as columns by name.
fn rows(file: &str) -> Vec<BTreeMap<String, String>> {
    let text = String::from_utf8(tables()[file].clone()).unwrap();
    let mut lines = text.lines().filter(|line| !line.starts_with('#'));
    let header: Vec<&str> = lines.next().unwrap().split('\t').collect();
    lines
        .map(|line| header.iter().map(|name| (*name).to_owned()).zip(line.split('\t').map(str::to_owned)).collect())
        .collect()
}

#[test]
fn the_tables_are_valid() {
    let problems: Vec<String> = validate(&tables()).iter().map(ToString::to_string).collect();
    assert!(problems.is_empty(), "{problems:#?}");
}

#[test]
fn validation_names_table_line_and_fault() {
    let mut tables = tables();
    tables.remove("grid.tsv");
    let regions = String::from_utf8(tables["regions.tsv"].clone()).unwrap().replace("\t-33.92487\t", "\t-133.92487\t");
    tables.insert("regions.tsv".into(), regions.into_bytes());
    let problems: Vec<String> = validate(&tables).iter().map(ToString::to_string).collect();
    assert!(
        problems.contains(&"regions.tsv:3: latitude \"-133.92487\" is no degree on Earth".to_owned()),
        "{:?}",
        &problems[..3]
    );
    assert!(problems.contains(&"grid.tsv: the table is missing".to_owned()));
}

/// Decoding gives the tables back: every price, shape and zone.
#[test]
fn unpacked_equals_the_tables() {
    let supply = everything();
    let mut unpacked = BTreeSet::new();
    for region in &supply.regions {
        for offer in region.offers.iter() {
            let machine = &supply.machine_types[offer.machine_type.index()];
            assert_eq!(machine.cloud, region.key.cloud);
            unpacked.insert((region.key.clone(), machine.name.clone(), offer.hourly));
        }
    }
    let mut listed = BTreeSet::new();
    for cloud in ["aws", "azure", "gcp"] {
        for row in rows(&format!("prices/{cloud}.tsv")) {
            listed.insert((RegionKey::new(cloud, &row["region"]), row["type"].clone(), usd(&row["on_demand_usd_h"])));
        }
    }
    assert_eq!(unpacked.len(), 82_565);
    assert!(unpacked == listed, "{:?}", unpacked.symmetric_difference(&listed).next());
    let types: Vec<(String, String)> =
        rows("machine_types.tsv").into_iter().map(|row| (row["cloud"].clone(), row["type"].clone())).collect();
    let sold: Vec<(String, String)> =
        supply.machine_types.iter().map(|machine| (machine.cloud.clone(), machine.name.clone())).collect();
    let unsold: Vec<_> = types.iter().filter(|name| !sold.contains(name)).collect();
    assert!(unsold.is_empty(), "{unsold:?}");
    for (region, row) in supply.regions.iter().zip(rows("regions.tsv")) {
        assert_eq!(region.key, RegionKey::new(&row["cloud"], &row["region"]));
        assert_eq!(region.zones.join(","), row["zone_names"]);
        assert_eq!(region.country.as_ref(), Some(&row["country"]));
    }
}

#[test]
fn supply_is_complete_and_ordered() {
    let supply = everything();
    assert_eq!(supply.regions.len(), 134);
    assert!(supply.regions.windows(2).all(|pair| pair[0].key < pair[1].key));
    let names = |machine: &stowage::model::MachineType| (machine.cloud.clone(), machine.name.clone());
    assert!(supply.machine_types.windows(2).all(|pair| names(&pair[0]) < names(&pair[1])));
    for region in &supply.regions {
        assert!(!region.zones.is_empty() && region.zones.iter().collect::<BTreeSet<_>>().len() == region.zones.len());
        let country = region.country.as_ref().unwrap();
        assert!(region.coordinates.unwrap().latitude_microdegrees != 0 && country.len() == 2, "{}", region.key);
        assert!(region.jurisdictions.contains(country));
        assert!(!region.offers.is_empty() && region.internet_egress_per_gb.is_some(), "{}", region.key);
        assert!(region.offers.windows(2).all(|pair| pair[0].machine_type < pair[1].machine_type));
        assert!(region.offers.iter().all(|offer| offer.hourly > Money::ZERO));
        assert!(region.offers.iter().any(|offer| offer.carbon_hourly.is_some()), "{}", region.key);
    }
    for machine in supply.machine_types.iter() {
        assert!(machine.vcpu.0 > 0 && machine.memory.0 > 0, "{}", machine.name);
    }
}

/// Prices as the clouds publish them, checked by hand: aws.amazon.com/ec2/pricing/on-demand, azure.microsoft.com/pricing/details/
/// virtual-machines/linux, cloud.google.com/compute/vm-instance-pricing.
#[test]
fn some_prices_by_hand() {
    let supply = everything();
    for (region, name, price) in [
        ("aws/us-east-1", "m5.large", "0.096"),
        ("aws/eu-central-1", "m5.large", "0.115"),
        ("aws/us-east-1", "t3.micro", "0.0104"),
        ("azure/eastus", "Standard_D2s_v5", "0.096"),
        // Listed with a Windows licence (0.195); Linux is 0.103.
        ("azure/eastus", "Standard_D2ads_v5", "0.103"),
        ("gcp/us-central1", "e2-standard-2", "0.067011"),
    ] {
        let found = supply.regions.iter().find(|known| known.key.to_string() == region).unwrap();
        let offer =
            found.offers.iter().find(|offer| supply.machine_types[offer.machine_type.index()].name == name).unwrap();
        assert_eq!(offer.hourly, usd(price), "{region} {name}");
    }
}

#[test]
fn burstable_and_restricted_are_marked() {
    let supply = everything();
    let burstable = |name: &str| supply.machine_types.iter().find(|machine| machine.name == name).unwrap().is_burstable;
    for name in [
        "t3.micro",
        "t4g.2xlarge",
        "m7i-flex.large",
        "Standard_B2s",
        "Standard_B2ats_v2",
        "e2-micro",
        "e2-medium",
        "f1-micro",
        "g1-small",
    ] {
        assert!(burstable(name), "{name}");
    }
    for name in ["m5.large", "trn1.2xlarge", "Standard_D2s_v5", "e2-standard-2", "t2d-standard-1"] {
        assert!(!burstable(name), "{name}");
    }
    let restricted: Vec<String> = supply
        .regions
        .iter()
        .filter(|region| region.access == Access::Restricted)
        .map(|region| region.key.to_string())
        .collect();
    insta::assert_snapshot!(restricted.join(" "), @"aws/us-gov-east-1 aws/us-gov-west-1 azure/australiacentral2 azure/brazilsoutheast azure/francesouth azure/germanynorth azure/jioindiacentral azure/jioindiawest azure/norwaywest azure/southafricawest azure/swedensouth azure/switzerlandwest azure/uaecentral gcp/me-central2");
}

#[test]
fn a_wanted_part_is_a_part() {
    let catalog = Catalog::embedded();
    let part = catalog.supply(&[], &|key| key.cloud == "gcp" && key.region.starts_with("europe")).unwrap();
    assert!(part.regions.iter().all(|region| region.key.region.starts_with("europe")));
    assert!(part.machine_types.iter().all(|machine| machine.cloud == "gcp"));
    let whole = everything();
    let frankfurt = |supply: &Supply| {
        let region = supply.regions.iter().find(|region| region.key.region == "europe-west3").unwrap().clone();
        let named = |offer: &Offer| {
            (supply.machine_types[offer.machine_type.index()].name.clone(), offer.hourly, offer.carbon_hourly)
        };
        region.offers.iter().map(named).collect::<Vec<_>>()
    };
    assert_eq!(frankfurt(&part), frankfurt(&whole));
    assert_eq!(catalog.supply(&[], &|_| false).unwrap(), Supply::default());
}

#[test]
fn the_stamp_tells_version_date_digest_and_sources() {
    use sha2::{Digest, Sha256};
    let stamp = Catalog::embedded().stamp();
    let mut hash = Sha256::new();
    for (file, text) in tables() {
        hash.update(format!("{file}\0{}\0", text.len()));
        hash.update(text);
    }
    let digest = hash.finalize();
    assert_eq!(stamp.digest.len(), 64);
    assert!((0..32).all(|at| stamp.digest[2 * at..2 * at + 2] == format!("{:02x}", digest[at])), "{}", stamp.digest);
    assert_eq!(stamp.version, "2026.11");
    assert!(stamp.sources.iter().any(|source| source.facts.contains("Azure on-demand") && source.as_of == "2026-06"));
    assert!(!stamp.is_overlaid);
}

#[test]
fn the_catalog_is_small() {
    let size = Catalog::embedded().packed_size();
    assert!(size < 1_000_000, "{size} bytes");
    println!("{size} bytes");
}

/// The bar of the design is 20 ms on a quiet machine. Times are reported, not gated: only a look-up that takes seconds fails.
#[test]
fn the_first_look_up_is_quick() {
    let start = std::time::Instant::now();
    let located = Catalog::embedded().locate(None, Some("DE")).unwrap();
    let base = start.elapsed();
    let start = std::time::Instant::now();
    let supply = everything();
    let first = start.elapsed();
    let start = std::time::Instant::now();
    everything();
    let second = start.elapsed();
    let start = std::time::Instant::now();
    Catalog::embedded().rtt(located.coordinates, &supply.regions);
    let rtt = start.elapsed();
    let start = std::time::Instant::now();
    Catalog::embedded().locate(Some("Frankfurt"), Some("DE")).unwrap();
    let city = start.elapsed();
    println!("country {base:?}, first supply {first:?}, second {second:?}, first rtt {rtt:?}, first city {city:?}");
    assert!(first.as_secs() < 5, "{first:?}");
}

#[test]
fn spot_is_cheaper_and_azure_has_none_unless_assumed() {
    let sold = |overlays: &[Overlay]| Catalog::embedded().supply_with_spot(overlays, &|_| true).unwrap();
    let spot = |supply: &Supply, cloud: &str| -> Vec<(Offer, Offer)> {
        let regions = supply.regions.iter().filter(|region| region.key.cloud == cloud);
        let pairs = regions.flat_map(|region| region.offers.windows(2));
        pairs.filter(|pair| pair[1].purchase == Purchase::Spot).map(|pair| (pair[0], pair[1])).collect()
    };
    let listed = sold(&[]);
    for cloud in ["aws", "gcp"] {
        let pairs = spot(&listed, cloud);
        assert!(pairs.len() > 5_000, "{cloud}: {}", pairs.len());
        for (on_demand, spot) in pairs {
            assert_eq!((on_demand.machine_type, on_demand.purchase), (spot.machine_type, Purchase::OnDemand));
            assert!(spot.hourly < on_demand.hourly, "{cloud}: {spot:?}");
            assert_eq!(spot.interruption_percent.is_none(), cloud == "gcp", "{cloud}: {spot:?}");
        }
    }
    assert!(spot(&listed, "azure").is_empty());
    let assumed = sold(&[Overlay { assume_spot_ratio: Some(Ratio(250_000)), ..Overlay::default() }]);
    let pairs = spot(&assumed, "azure");
    assert!(pairs.len() > 10_000, "{}", pairs.len());
    for (on_demand, spot) in pairs {
        assert_eq!(spot.hourly, on_demand.hourly.scaled(1, 4));
        assert_eq!(spot.interruption_percent, None);
    }
}
