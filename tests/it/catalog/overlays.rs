//! Overlays: what a change does, in which order, and what is wrong with one.

use std::collections::{BTreeMap, BTreeSet};

use stowage::catalog::{Catalog, Overlay, PriceAdjustment, PriceChange, RegionOverlay, Supply};
use stowage::model::{Glob, RegionKey};
use stowage::units::{Decimal, Money};

const EVERYTHING: PriceAdjustment = PriceAdjustment {
    clouds: None,
    regions: None,
    instance_families: None,
    instance_types: None,
    change: PriceChange::Absolute(Money::ZERO),
};

fn frankfurt() -> RegionKey {
    RegionKey::new("aws", "eu-central-1")
}

fn usd(text: &str) -> Money {
    Money::from_usd(text.parse::<Decimal>().unwrap()).unwrap()
}

fn percent(text: &str) -> PriceChange {
    PriceChange::Percent(text.parse().unwrap())
}

fn globs(patterns: &[&str]) -> BTreeSet<Glob> {
    patterns.iter().map(|pattern| Glob((*pattern).into())).collect()
}

fn adjusted(adjustments: &[(&str, PriceAdjustment)]) -> Overlay {
    let price_adjustments =
        adjustments.iter().map(|(label, adjustment)| ((*label).to_owned(), adjustment.clone())).collect();
    Overlay { price_adjustments, ..Overlay::default() }
}

fn supply(overlays: &[Overlay]) -> Supply {
    Catalog::embedded().supply(overlays, &|key| key.region.starts_with("eu-central")).unwrap()
}

fn price(supply: &Supply, name: &str) -> Option<Money> {
    let region = supply.regions.iter().find(|region| region.key == frankfurt()).unwrap();
    let id = supply.machine_types.iter().position(|machine| machine.name == name)?;
    region.offers.iter().find(|offer| offer.machine_type.index() == id).map(|offer| offer.hourly)
}

/// m5.large costs 0.115 USD in Frankfurt.
#[test]
fn prices_change_by_percent_amount_and_name() {
    let discount = PriceAdjustment { change: percent("-30"), ..EVERYTHING };
    let surcharge = PriceAdjustment { change: PriceChange::Absolute(usd("0.01")), ..EVERYTHING };
    let only = |types: &[&str]| PriceAdjustment { instance_types: Some(globs(types)), ..discount.clone() };
    let cases: [(&[(&str, PriceAdjustment)], &str); 10] = [
        (&[], "0.115"),
        (&[("a", discount.clone())], "0.0805"),
        (&[("a", surcharge.clone())], "0.125"),
        // In the order of labels: (0.115 × 0.7) + 0.01, and (0.115 + 0.01) × 0.7.
        (&[("b", surcharge.clone()), ("a", discount.clone())], "0.0905"),
        (&[("a", surcharge), ("b", discount.clone())], "0.0875"),
        (&[("a", only(&["m5.*"]))], "0.0805"),
        (&[("a", only(&["*.xlarge"]))], "0.115"),
        (&[("a", PriceAdjustment { instance_families: Some(globs(&["m5"])), ..discount.clone() })], "0.0805"),
        (&[("a", PriceAdjustment { clouds: Some(["gcp".to_owned()].into()), ..discount.clone() })], "0.115"),
        (&[("a", PriceAdjustment { regions: Some([frankfurt()].into()), ..discount })], "0.0805"),
    ];
    for (adjustments, expected) in cases {
        assert_eq!(price(&supply(&[adjusted(adjustments)]), "m5.large"), Some(usd(expected)), "{adjustments:?}");
    }
}

/// 0.115 × 0.99999 × 0.99999 is 0.1149977000115: rounded once it is 0.114998, rounded twice 0.114998 too; a third of a percent shows
/// the difference: 0.115 × 1.001 × 1.001 × 1.001 = 0.115345345115.
#[test]
fn prices_are_rounded_once() {
    let tenth = PriceAdjustment { change: percent("0.1"), ..EVERYTHING };
    let overlay = adjusted(&[("a", tenth.clone()), ("b", tenth.clone()), ("c", tenth)]);
    assert_eq!(price(&supply(&[overlay]), "m5.large"), Some(Money::from_micros(115_345)));
    // 0.0000001 % of 0.115 is lost at the end, not before: ten thousand of it are not.
    let tiny = PriceAdjustment { change: percent("0.0001"), ..EVERYTHING };
    let many: Vec<(String, PriceAdjustment)> = (0..20).map(|at| (format!("{at:02}"), tiny.clone())).collect();
    let overlay = Overlay { price_adjustments: many.into_iter().collect(), ..Overlay::default() };
    assert_eq!(price(&supply(&[overlay]), "m5.large"), Some(Money::from_micros(115_002)));
}

#[test]
fn own_prices_stand_and_make_offers() {
    let own = |name: &str, price: &str| Overlay {
        prices: [(frankfurt(), [(name.to_owned(), usd(price))].into())].into(),
        ..adjusted(&[("a", PriceAdjustment { change: percent("10"), ..EVERYTHING })])
    };
    let overlaid = supply(&[own("m5.large", "0.05")]);
    assert_eq!(price(&overlaid, "m5.large"), Some(usd("0.05")));
    assert_eq!(price(&overlaid, "m5.xlarge"), Some(usd("0.253")));
    // Sold in Virginia only.
    assert_eq!(price(&supply(&[]), "t1.micro"), None);
    assert_eq!(price(&supply(&[own("t1.micro", "0")]), "t1.micro"), Some(Money::ZERO));
    // A later overlay changes what an earlier one set.
    let later = adjusted(&[("a", PriceAdjustment { change: percent("100"), ..EVERYTHING })]);
    assert_eq!(price(&supply(&[own("m5.large", "0.05"), later]), "m5.large"), Some(usd("0.1")));
}

#[test]
fn excluded_types_are_gone_everywhere() {
    let overlay = Overlay { excluded_instance_types: globs(&["*.metal*", "m5.large"]), ..Overlay::default() };
    let left = supply(&[overlay]);
    assert_eq!(price(&left, "m5.large"), None);
    assert!(left.machine_types.iter().all(|machine| !machine.name.contains(".metal")));
    assert_eq!(price(&left, "m5.xlarge"), price(&supply(&[]), "m5.xlarge"));
}

#[test]
fn regions_take_own_cost_traffic_and_grid() {
    let own = RegionOverlay {
        fixed_monthly: Some(usd("70")),
        internet_egress_per_gb: Some(usd("0.01")),
        grid_g_per_kwh: Some(Decimal::from_integer(0)),
        ..RegionOverlay::default()
    };
    let overlay =
        Overlay { fixed_monthly: Some(usd("30")), regions: [(frankfurt(), own)].into(), ..Overlay::default() };
    let (before, after) = (supply(&[]), supply(&[overlay]));
    assert_eq!(after.regions[0].key, frankfurt());
    assert_eq!(after.regions[0].fixed_monthly, usd("70"));
    assert_eq!(after.regions[1].fixed_monthly, usd("30"));
    assert_eq!(after.regions[0].internet_egress_per_gb, Some(usd("0.01")));
    let carbon =
        |supply: &Supply| supply.regions[0].offers.iter().filter_map(|o| o.carbon_hourly).map(|c| c.0).sum::<i128>();
    assert!(carbon(&after) > 0 && carbon(&after) < carbon(&before) / 2, "what is left is embodied");
    assert_eq!(before.regions[0].fixed_monthly, Money::ZERO);
}

#[test]
fn faults_are_told_all_at_once() {
    let wrong = PriceAdjustment {
        clouds: Some(["asw".to_owned()].into()),
        regions: Some([RegionKey::new("aws", "eu-central-9")].into()),
        instance_families: Some(globs(&["zz9*"])),
        instance_types: Some(globs(&["m5.largo"])),
        change: percent("1e20"),
    };
    let overlay = Overlay {
        prices: BTreeMap::from([
            (frankfurt(), BTreeMap::from([("m5.huge".into(), usd("1")), ("m5.large".into(), usd("-1"))])),
            (RegionKey::new("aws", "westeurope"), BTreeMap::new()),
        ]),
        excluded_instance_types: globs(&["nothing-like-this"]),
        fixed_monthly: Some(usd("-5")),
        regions: BTreeMap::from([(
            frankfurt(),
            RegionOverlay { grid_g_per_kwh: Some("-1".parse().unwrap()), ..RegionOverlay::default() },
        )]),
        ..adjusted(&[("wrong", wrong)])
    };
    let negative = adjusted(&[("free", PriceAdjustment { change: percent("-101"), ..EVERYTHING })]);
    let errors = |overlays: &[Overlay]| {
        let errors = Catalog::embedded().supply(overlays, &|_| true).unwrap_err();
        errors.iter().map(|error| format!("{} {error}", error.overlay)).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(errors(&[Overlay::default(), overlay]), @r#"
    1 excluded_instance_types: "nothing-like-this" matches nothing in the catalog
    1 fixed_monthly: fixed_monthly is below zero
    1 price_adjustments.wrong.clouds: there is no cloud "asw"; did you mean aws?
    1 price_adjustments.wrong.regions: there is no region aws/eu-central-9; did you mean aws/eu-central-1, aws/eu-central-2?
    1 price_adjustments.wrong.instance_families: "zz9*" matches nothing in the catalog
    1 price_adjustments.wrong.instance_types: "m5.largo" matches nothing in the catalog; did you mean m5.large, c5.large, m1.large?
    1 price_adjustments.wrong.change: the change is too large
    1 prices.aws/eu-central-1.m5.huge: aws has no instance type "m5.huge"
    1 prices.aws/eu-central-1.m5.large: the price is below zero
    1 prices.aws/westeurope: there is no region aws/westeurope; did you mean azure/westeurope?
    1 regions.aws/eu-central-1.grid_g_per_kwh: grid_g_per_kwh is below zero
    "#);
    insta::assert_snapshot!(errors(&[negative]), @"0 price_adjustments.free: the price of c5.12xlarge in aws/af-south-1 becomes -0.02736 USD per hour, below zero");
}
