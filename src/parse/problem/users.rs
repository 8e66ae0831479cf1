//! User groups: a city, a country alone, or coordinates.

use std::collections::BTreeMap;

use super::{Decoder, found};
use crate::diagnostic::Diagnostic;
use crate::model::{Coordinates, RegionKey, UserGroup};
use crate::parse::conform::Item;
use crate::units::{Decimal, DecimalError, RoundTrip};

/// Where to point people who said nothing.
const WAYS: &str = "give a `city`, a `country`, or `latitude` and `longitude`";

/// A user group and what it declares of its network.
pub(super) struct Declared {
    pub(super) group: UserGroup,
    /// By region.
    pub(super) round_trips: BTreeMap<RegionKey, RoundTrip>,
}

impl Declared {
    /// What stands in the place of users where replicas are counted.
    pub(super) fn counted() -> Self {
        Self { group: UserGroup::counted(), round_trips: BTreeMap::new() }
    }
}

impl Decoder<'_> {
    /// All groups by name; nothing for those that were reported, whose names still exist.
    pub(super) fn users<'n>(&mut self, item: Option<&Item<'n>>) -> BTreeMap<&'n str, Option<Declared>> {
        let entries = item.into_iter().flat_map(Item::entries);
        entries.map(|(name, item)| (name, self.user(name, item))).collect()
    }

    fn user(&mut self, name: &str, item: &Item<'_>) -> Option<Declared> {
        if item.is_faulty() {
            return None;
        }
        let place = self.place(item, "the user group");
        let mut round_trips = BTreeMap::new();
        if let Some(paths) = item.get("paths") {
            for (region, path) in self.by_region(paths, &mut BTreeMap::new()) {
                let rtt = self.quantity(path.get("rtt_ms"), RoundTrip::from_decimal);
                round_trips.extend(rtt.map(|rtt| (region, rtt)));
            }
        }
        let (coordinates, country) = place?;
        if coordinates.is_none() && item.get("paths").is_none() {
            self.blame(item, Diagnostic::error("place", "the user group has no place").help(WAYS));
            return None;
        }
        Some(Declared { group: UserGroup { name: name.to_owned(), country, coordinates }, round_trips })
    }

    /// Where `what` is and in which country, as far as it says; nothing if that was reported.
    pub(super) fn place(&mut self, item: &Item<'_>, what: &str) -> Option<(Option<Coordinates>, Option<String>)> {
        let arguments = ["city", "country", "latitude", "longitude"].map(|name| item.get(name));
        if arguments.into_iter().flatten().any(Item::is_faulty) {
            return None;
        }
        let [city, country, latitude, longitude] = arguments;
        match (city, latitude, longitude) {
            (Some(city), None, None) => self.located(Some(city), country),
            (None, None, None) if country.is_some() => self.located(None, country),
            (None, None, None) => Some((None, None)),
            (None, Some(latitude), Some(longitude)) => {
                let country = match country {
                    Some(country) => Some(self.country(country)?),
                    None => None,
                };
                let latitude_microdegrees = self.quantity(Some(latitude), microdegrees)?;
                let longitude_microdegrees = self.quantity(Some(longitude), microdegrees)?;
                Some((Some(Coordinates { latitude_microdegrees, longitude_microdegrees }), country))
            }
            (Some(_), _, _) => {
                let message = format!("{what} has a city and coordinates, which may differ");
                let fault = Diagnostic::error("contradiction", message);
                self.blame(item, fault.help("keep the city or the coordinates"));
                None
            }
            (None, Some(_), None) | (None, None, Some(_)) => {
                let missing = if latitude.is_some() { "longitude" } else { "latitude" };
                let fault = Diagnostic::error("missing-argument", format!("the argument `{missing}` is missing"));
                self.blame(item, fault.help(WAYS));
                None
            }
        }
    }

    fn located(
        &mut self,
        city: Option<&Item<'_>>,
        country: Option<&Item<'_>>,
    ) -> Option<(Option<Coordinates>, Option<String>)> {
        match self.catalog.locate(city.and_then(Item::text), country.and_then(Item::text)) {
            Ok(located) => Some((Some(located.coordinates), Some(located.country))),
            Err(error) => {
                self.blame(city.or(country)?, found("place", &error.to_string()));
                None
            }
        }
    }

    fn country(&mut self, item: &Item<'_>) -> Option<String> {
        match self.catalog.find_country(item.text()?) {
            Ok(code) => Some(code.to_owned()),
            Err(error) => {
                self.blame(item, self.name_fault(&error));
                None
            }
        }
    }
}

fn microdegrees(degrees: Decimal) -> Result<i32, DecimalError> {
    i32::try_from(degrees.in_units(6)?).map_err(|_| DecimalError::OutOfRange)
}
