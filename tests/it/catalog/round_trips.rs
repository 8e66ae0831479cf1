//! Round trips and traffic between places.

use stowage::catalog::Catalog;
use stowage::model::{Coordinates, Provenance, RegionKey};
use stowage::units::{Decimal, Money};

fn region(name: &str) -> RegionKey {
    Catalog::embedded().market(&[]).find_region(name).unwrap()
}

#[test]
fn every_pair_of_regions_is_symmetric_and_slower_than_light() {
    let catalog = Catalog::embedded();
    let supply = catalog.supply(&[], &|_| true).unwrap();
    let mut counts = std::collections::BTreeMap::new();
    for one in &supply.regions {
        for other in &supply.regions {
            let rtt = catalog.rtt_between(&one.key, &other.key).unwrap();
            assert_eq!(Some(rtt), catalog.rtt_between(&other.key, &one.key));
            let km = one.coordinates.unwrap().distance_km(other.coordinates.unwrap());
            assert!(f64::from(rtt.round_trip.0) / 10.0 >= km, "{} {}: {rtt:?} over {km} km", one.key, other.key);
            if one.key < other.key {
                *counts.entry(rtt.provenance.to_string()).or_insert(0) += 1;
            }
        }
    }
    insta::assert_debug_snapshot!(counts, @r#"
    {
        "measured": 3648,
        "modelled": 910,
        "proxy": 4353,
    }
    "#);
    assert_eq!(catalog.rtt_between(&region("us-east1"), &RegionKey::new("aws", "nowhere")), None);
}

#[test]
fn every_city_reaches_every_region() {
    let catalog = Catalog::embedded();
    let supply = catalog.supply(&[], &|_| true).unwrap();
    for (city, country) in [
        ("Frankfurt", "DE"),
        ("New York", "US"),
        ("Lagos", "NG"),
        ("Auckland", "NZ"),
        ("Lima", "PE"),
        ("Reykjavík", "IS"),
        ("Singapore", "SG"),
        ("Novosibirsk", "RU"),
    ] {
        let from = match catalog.locate(Some(city), Some(country)) {
            Ok(located) => located.coordinates,
            Err(_) => catalog.locate(None, Some(country)).unwrap().coordinates,
        };
        let table = catalog.rtt(from, &supply.regions);
        assert_eq!(table.len(), supply.regions.len());
        for (region, rtt) in supply.regions.iter().zip(table) {
            let rtt = rtt.unwrap();
            let km = from.distance_km(region.coordinates.unwrap());
            assert!(f64::from(rtt.round_trip.0) / 10.0 >= km, "{city} {}: {rtt:?} over {km} km", region.key);
            assert!((2_000..500_000).contains(&rtt.round_trip.0), "{city} {}: {rtt:?}", region.key);
            assert!(matches!(rtt.provenance, Provenance::Proxy | Provenance::Modelled));
        }
    }
}

/// Public knowledge of the Internet: Frankfurt to Frankfurt is a few milliseconds, to Dublin about 25, to Virginia about 90, to
/// Singapore about 160, to Sydney about 280.
#[test]
fn round_trips_from_frankfurt_are_plausible() {
    let catalog = Catalog::embedded();
    let from = catalog.locate(Some("Frankfurt"), Some("DE")).unwrap().coordinates;
    let supply = catalog.supply(&[], &|key| key.cloud == "aws").unwrap();
    let table = catalog.rtt(from, &supply.regions);
    let ms = |name: &str| {
        let at = supply.regions.iter().position(|region| region.key.region == name).unwrap();
        f64::from(table[at].unwrap().round_trip.0) / 1000.0
    };
    for (name, from, to) in [
        ("eu-central-1", 2.0, 6.0),
        ("eu-west-1", 18.0, 32.0),
        ("us-east-1", 80.0, 105.0),
        ("ap-southeast-1", 145.0, 190.0),
        ("ap-southeast-2", 240.0, 310.0),
    ] {
        assert!((from..=to).contains(&ms(name)), "{name}: {} ms", ms(name));
    }
}

#[test]
fn the_poles_and_the_date_line_are_places_too() {
    let catalog = Catalog::embedded();
    let supply = catalog.supply(&[], &|key| key.cloud == "azure").unwrap();
    for (latitude_microdegrees, longitude_microdegrees) in
        [(90_000_000, 0), (-90_000_000, 0), (0, 180_000_000), (0, -180_000_000), (0, 0)]
    {
        let table = catalog.rtt(Coordinates { latitude_microdegrees, longitude_microdegrees }, &supply.regions);
        assert!(table.iter().all(Option::is_some));
    }
}

#[test]
fn traffic_has_listed_prices_or_none() {
    let catalog = Catalog::embedded();
    let usd = |text: &str| Some(Money::from_usd(text.parse::<Decimal>().unwrap()).unwrap());
    let price = |from: &str, to: &str| catalog.inter_region_egress_per_gb(&region(from), &region(to));
    assert_eq!(price("us-east-1", "eu-central-1"), usd("0.02"));
    assert_eq!(price("us-east-1", "us-east-2"), usd("0.01"));
    assert_eq!(price("sa-east-1", "us-east-1"), usd("0.138"));
    assert_eq!(price("aws/us-east-1", "gcp/us-east1"), None);
    assert_eq!(catalog.inter_zone_egress_per_gb(&region("us-east-1")), usd("0.02"));
    assert_eq!(catalog.inter_zone_egress_per_gb(&region("westeurope")), None);
    let supply = catalog.supply(&[], &|_| true).unwrap();
    let internet =
        |name: &str| supply.regions.iter().find(|known| known.key == region(name)).unwrap().internet_egress_per_gb;
    assert_eq!(internet("eu-central-1"), usd("0.09"));
    assert_eq!(internet("westeurope"), usd("0.087"));
    // 0.12 USD per GiB.
    assert_eq!(internet("us-central1"), usd("0.111759"));
}
