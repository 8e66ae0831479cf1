//! Names and places: what is found, what is refused, what is suggested.

use stowage::catalog::{Catalog, LocateError, NameError};
use stowage::model::Glob;

#[test]
fn places_are_found() {
    for (city, country, found) in [
        (Some("Frankfurt"), Some("DE"), "DE 50 8"),
        (Some("frankfurt am main"), None, "DE 50 8"),
        (Some("sao paulo"), None, "BR -23 -46"),
        (Some("New York"), None, "US 40 -74"),
        (Some("London"), None, "GB 51 0"),
        (Some("london"), Some("CA"), "CA 42 -81"),
        (Some("Köln"), Some("de"), "DE 50 6"),
        (Some("Cologne"), None, "DE 50 6"),
        (Some("Bangalore"), Some("IN"), "IN 12 77"),
        (Some("Montreal"), None, "CA 45 -73"),
        // Smaller than the table's cities, but a region stands there.
        (Some("Geneva"), Some("CH"), "CH 46 6"),
        (Some("Council Bluffs"), None, "US 41 -95"),
        (None, Some("uk"), "GB 52 -1"),
        (None, Some("SG"), "SG 1 103"),
    ] {
        let located = Catalog::embedded().locate(city, country).unwrap();
        let whole = |microdegrees: i32| microdegrees / 1_000_000;
        let at = located.coordinates;
        let text =
            format!("{} {} {}", located.country, whole(at.latitude_microdegrees), whole(at.longitude_microdegrees));
        assert_eq!(text, found, "{city:?} {country:?}");
    }
}

#[test]
fn places_that_are_not_found_say_what_to_write() {
    let message = |city, country| Catalog::embedded().locate(city, country).unwrap_err().to_string();
    let messages = [
        message(None, None),
        message(Some("Frankfort"), None),
        message(Some("Melborne"), Some("AU")),
        message(Some("Paris"), Some("XX")),
        message(Some("Paris"), Some("Germany")),
        message(Some("Córdoba"), None),
        message(Some("San"), Some("US")),
        message(Some(""), None),
        message(Some("\u{1F600}"), None),
    ];
    insta::assert_snapshot!(messages.join("\n"), @r#"
    a place needs a city, a country or coordinates
    there is no city "Frankfort" among cities of 300,000 and more; did you mean Frankfurt?; latitude and longitude work for any place
    there is no city "Melborne" in AU among cities of 300,000 and more; did you mean Melbourne?; latitude and longitude work for any place
    there is no country "XX"; countries are named by their two-letter ISO 3166-1 code
    there is no country "Germany"; countries are named by their two-letter ISO 3166-1 code; did you mean DE?
    "Córdoba" may be Córdoba, AR or Córdoba, ES; give the country, or latitude and longitude
    "San" may be San Antonio, US or San Diego, US or San Jose, US or San Francisco, US; give the country, or latitude and longitude
    there is no city "" among cities of 300,000 and more; latitude and longitude work for any place
    there is no city "😀" among cities of 300,000 and more; latitude and longitude work for any place
    "#);
    let error = Catalog::embedded().locate(Some("Hyderabad"), None).unwrap_err();
    let LocateError::Ambiguous { candidates, .. } = error else { panic!("{error:?}") };
    assert_eq!(candidates, ["Hyderabad, IN", "Hyderabad, PK"].map(String::from).as_slice());
}

#[test]
fn region_names_are_found_bare_or_full() {
    let catalog = Catalog::embedded();
    let market = catalog.market(&[]);
    assert_eq!(market.find_region("eu-central-1").unwrap().to_string(), "aws/eu-central-1");
    assert_eq!(market.find_region("gcp/us-east1").unwrap().to_string(), "gcp/us-east1");
    for (name, suggestions) in [
        ("eu-centrall-1", vec!["aws/eu-central-1", "aws/eu-central-2"]),
        ("aws/westeurope", vec!["azure/westeurope"]),
        ("aws/us-east1", vec!["gcp/us-east1"]),
        ("azure/west-europe", vec!["azure/westeurope"]),
        ("nowhere-at-all", vec![]),
    ] {
        let error = market.find_region(name).unwrap_err();
        assert_eq!(error.suggestions(), suggestions, "{name}");
    }
    assert_eq!(catalog.clouds().collect::<Vec<_>>(), ["aws", "azure", "gcp"]);
    assert_eq!(catalog.region_keys().count(), 134);
}

#[test]
fn other_names_are_found_in_any_case() {
    let catalog = Catalog::embedded();
    let market = catalog.market(&[]);
    assert_eq!(market.find_cloud("AWS").unwrap(), "aws");
    assert_eq!(catalog.find_jurisdiction("eu").unwrap(), "EU");
    assert_eq!(catalog.find_jurisdiction("UK").unwrap(), "GB");
    assert_eq!(catalog.find_jurisdiction("de").unwrap(), "DE");
    assert_eq!(catalog.find_country("UK").unwrap(), "GB");
    let error = catalog.find_country("Germany").unwrap_err();
    assert_eq!(error.to_string(), "there is no country \"Germany\"; did you mean DE?");
    let error = market.find_cloud("asw").unwrap_err();
    assert!(matches!(error, NameError::Unknown { what: "cloud", .. }), "{error}");
    assert_eq!(error.suggestions(), ["aws"]);
    let members = |country: &str| catalog.jurisdictions_of(country).into_iter().collect::<Vec<_>>().join(" ");
    assert_eq!(members("DE"), "DE EEA EU");
    assert_eq!(members("NO"), "EEA NO");
    assert_eq!(members("GB"), "GB UK");
    assert_eq!(members("CH"), "CH");
}

#[test]
fn patterns_must_match_something() {
    let catalog = Catalog::embedded().market(&[]);
    for family in ["m7g", "m7*", "Dads_v5", "n2"] {
        catalog.check_family(&Glob(family.into())).unwrap();
    }
    catalog.check_type(&Glob("*.large".into())).unwrap();
    let error = catalog.check_type(&Glob("m5.largo".into())).unwrap_err();
    assert_eq!(error.suggestions()[0], "m5.large", "{error}");
    let error = catalog.check_family(&Glob("m77*".into())).unwrap_err();
    assert!(!error.suggestions().is_empty(), "{error}");
}
