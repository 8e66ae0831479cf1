//! Supply of one's own: sites, machine types, and a market without the embedded catalog.

use std::collections::BTreeMap;

use stowage::catalog::{Catalog, Overlay, OwnType, PriceAdjustment, PriceChange, RegionOverlay, Site, SiteMachine};
use stowage::model::{Architecture, Offer, Purchase, Region, RegionKey, Stock, TypeId};
use stowage::units::{Amount, Bytes, Carbon, Decimal, Millicores, Money};

fn usd(text: &str) -> Money {
    Money::from_usd(text.parse::<Decimal>().unwrap()).unwrap()
}

fn berlin() -> RegionKey {
    RegionKey::new("dc", "berlin")
}

fn own_type(vcpu: u64, gib: u64) -> OwnType {
    OwnType { vcpu: Some(Millicores(vcpu * 1000)), memory: Some(Bytes(gib << 30)), ..OwnType::default() }
}

/// A site in Berlin that sells a big and a small machine at 0.50 and 0.10 USD.
fn overlay() -> Overlay {
    let sold = |price: &str| SiteMachine { hourly: usd(price), carbon_hourly: None, count: None, zone_counts: None };
    let site = Site {
        country: Some("DE".into()),
        zones: vec!["hall-1".into(), "hall-2".into()],
        machines: BTreeMap::from([("small".to_owned(), sold("0.1")), ("big".to_owned(), sold("0.5"))]),
        ..Site::default()
    };
    Overlay {
        embedded: Some(false),
        sites: BTreeMap::from([(berlin(), site)]),
        machine_types: BTreeMap::from([
            (("dc".to_owned(), "small".to_owned()), own_type(2, 4)),
            (("dc".to_owned(), "big".to_owned()), own_type(16, 64)),
        ]),
        ..Overlay::default()
    }
}

fn only(overlays: &[Overlay]) -> Region {
    let mut supply = Catalog::embedded().supply(overlays, &|_| true).unwrap();
    assert_eq!(supply.regions.len(), 1);
    supply.regions.remove(0)
}

fn prices(region: &Region) -> Vec<Money> {
    region.offers.iter().map(|offer| offer.hourly).collect()
}

#[test]
fn without_the_embedded_catalog_there_is_what_is_declared() {
    let supply = Catalog::embedded().supply(&[overlay()], &|_| true).unwrap();
    let names: Vec<_> = supply.machine_types.iter().map(|machine| machine.name.as_str()).collect();
    assert_eq!(names, ["big", "small"]);
    let machine = &supply.machine_types[0];
    assert_eq!((machine.family.as_str(), machine.architecture), ("big", Architecture::X86_64));
    let [region] = &supply.regions[..] else { panic!("one region") };
    assert_eq!(region.jurisdictions.iter().map(String::as_str).collect::<Vec<_>>(), ["DE", "EEA", "EU"]);
    assert_eq!((region.coordinates, region.internet_egress_per_gb, region.fixed_monthly), (None, None, Money::ZERO));
    let offer = |id, price| Offer {
        machine_type: TypeId(id),
        purchase: Purchase::OnDemand,
        hourly: usd(price),
        carbon_hourly: None,
        interruption_percent: None,
    };
    assert_eq!(*region.offers, [offer(0, "0.5"), offer(1, "0.1")]);
}

/// A site's prices are one's own: adjustments of the same overlay leave them alone, those of a later one do not.
#[test]
fn a_sites_prices_are_ones_own() {
    let dearer = PriceAdjustment {
        clouds: None,
        regions: None,
        instance_families: None,
        instance_types: None,
        change: PriceChange::Percent("10".parse().unwrap()),
    };
    let adjusted = BTreeMap::from([("all".to_owned(), dearer)]);
    let same = Overlay { price_adjustments: adjusted.clone(), ..overlay() };
    assert_eq!(prices(&only(&[same])), [usd("0.5"), usd("0.1")]);
    let later = Overlay { price_adjustments: adjusted, ..Overlay::default() };
    assert_eq!(prices(&only(&[overlay(), later])), [usd("0.55"), usd("0.11")]);
    let own = BTreeMap::from([(berlin(), BTreeMap::from([("small".to_owned(), usd("0.2"))]))]);
    let priced = Overlay { prices: own, ..overlay() };
    assert_eq!(prices(&only(&[priced])), [usd("0.5"), usd("0.2")]);
    let excluded =
        Overlay { excluded_instance_types: [stowage::model::Glob("b*".into())].into(), ..Overlay::default() };
    assert_eq!(prices(&only(&[overlay(), excluded])), [usd("0.1")]);
}

#[test]
fn a_cost_for_every_region_is_no_cost_of_a_site_that_states_its_own() {
    let everywhere = |cost: &str| Overlay { fixed_monthly: Some(usd(cost)), ..Overlay::default() };
    assert_eq!(only(&[overlay(), everywhere("7")]).fixed_monthly, usd("7"));
    let mut stated = Overlay { fixed_monthly: Some(usd("7")), ..overlay() };
    stated.sites.get_mut(&berlin()).unwrap().fixed_monthly = Some(usd("3"));
    assert_eq!(only(&[stated.clone()]).fixed_monthly, usd("3"));
    let figures = RegionOverlay { fixed_monthly: Some(usd("4")), ..RegionOverlay::default() };
    let corrected = Overlay { regions: [(berlin(), figures)].into(), ..Overlay::default() };
    assert_eq!(only(&[stated, corrected]).fixed_monthly, usd("4"));
}

/// 100 W on a grid of 400 g/kWh are 40 g an hour, and 5 g are embodied.
#[test]
fn emissions_follow_from_power_and_grid_or_are_declared() {
    let mut overlay = overlay();
    let small = overlay.machine_types.get_mut(&("dc".to_owned(), "small".to_owned())).unwrap();
    small.watts = Some(Decimal::from_integer(100));
    small.embodied_g_per_hour = Some(Decimal::from_integer(5));
    let carbon = |overlay: &Overlay| {
        let region = only(std::slice::from_ref(overlay));
        region.offers.iter().map(|offer| offer.carbon_hourly).collect::<Vec<_>>()
    };
    assert_eq!(carbon(&overlay), [None, None], "the grid is unknown");
    let site = overlay.sites.get_mut(&berlin()).unwrap();
    site.grid_g_per_kwh = Some(Decimal::from_integer(400));
    site.machines.get_mut("big").unwrap().carbon_hourly = Some(Carbon(7_000));
    assert_eq!(carbon(&overlay), [Some(Carbon(7_000)), Some(Carbon(45_000))]);
}

/// What the catalog does not know of its types: disk, models, power.
#[test]
fn types_of_the_catalog_take_further_facts() {
    let said = OwnType {
        resources: BTreeMap::from([("disk".to_owned(), Amount(500_000))]),
        gpu_model: Some("none".into()),
        ..OwnType::default()
    };
    let overlay = Overlay {
        machine_types: BTreeMap::from([(("aws".to_owned(), "m5.large".to_owned()), said)]),
        ..Overlay::default()
    };
    let wanted = |key: &RegionKey| key.to_string() == "aws/eu-central-1";
    let (plain, changed) =
        (Catalog::embedded().supply(&[], &wanted).unwrap(), Catalog::embedded().supply(&[overlay], &wanted).unwrap());
    assert_eq!(plain.regions, changed.regions);
    for (before, after) in plain.machine_types.iter().zip(changed.machine_types.iter()) {
        assert_eq!(before.vcpu, after.vcpu);
        let has_disk = after.resources.get("disk") == Amount(500_000);
        assert_eq!(has_disk, after.name == "m5.large");
    }
}

/// A later overlay declares a site anew, and the two together may say what a type is.
#[test]
fn later_overlays_come_on_top() {
    let mut later = Overlay { embedded: None, ..overlay() };
    later.sites.get_mut(&berlin()).unwrap().machines.remove("big");
    let big = later.machine_types.get_mut(&("dc".to_owned(), "small".to_owned())).unwrap();
    *big = OwnType { vcpu: Some(Millicores(500)), ..OwnType::default() };
    let supply = Catalog::embedded().supply(&[overlay(), later], &|_| true).unwrap();
    assert_eq!(prices(&supply.regions[0]), [usd("0.1")]);
    assert_eq!((supply.machine_types[0].vcpu, supply.machine_types[0].memory), (Millicores(500), Bytes(4 << 30)));
}

/// Counts are by the type's own number, whatever else is on sale; a type that is not sold has no stock.
#[test]
fn machines_may_be_limited_in_number() {
    let mut limited = overlay();
    let site = limited.sites.get_mut(&berlin()).unwrap();
    site.machines.get_mut("big").unwrap().count = Some(3);
    site.machines.get_mut("small").unwrap().zone_counts = Some(BTreeMap::from([("hall-2".to_owned(), 5)]));
    let stock = |id, total, by_zone| Stock { machine_type: TypeId(id), total, by_zone };
    assert_eq!(only(&[limited.clone()]).stock, [stock(0, Some(3), None), stock(1, None, Some(vec![0, 5]))]);
    let excluded =
        Overlay { excluded_instance_types: [stowage::model::Glob("b*".into())].into(), ..Overlay::default() };
    assert_eq!(only(&[limited.clone(), excluded]).stock, [stock(0, None, Some(vec![0, 5]))]);
    let site = limited.sites.get_mut(&berlin()).unwrap();
    site.machines.get_mut("big").unwrap().zone_counts = Some(BTreeMap::from([("hall-3".to_owned(), 5)]));
    let errors = Catalog::embedded().supply(&[limited], &|_| true).unwrap_err();
    assert_eq!(
        errors[0].to_string(),
        "sites.dc/berlin.machines.big.zone_counts.hall-3: dc/berlin has no zone \"hall-3\"; did you mean hall-1, hall-2?"
    );
}

#[test]
fn sites_stand_beside_the_embedded_regions_in_the_order_of_keys() {
    let both = Overlay { embedded: None, ..overlay() };
    let supply = Catalog::embedded().supply(&[both], &|_| true).unwrap();
    assert_eq!(supply.regions.len(), 135);
    assert!(supply.regions.is_sorted_by_key(|region| &region.key));
    let key = |machine: &stowage::model::MachineType| (machine.cloud.clone(), machine.name.clone());
    assert!(supply.machine_types.is_sorted_by_key(key));
    assert!(supply.regions.iter().all(|region| region.offers.is_sorted_by_key(|offer| offer.machine_type)));
}
