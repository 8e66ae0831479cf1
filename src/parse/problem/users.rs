//! User groups: a city, a country alone, or coordinates.

use std::collections::BTreeMap;

use super::filters::name_fault;
use super::{Decoder, found};
use crate::diagnostic::Diagnostic;
use crate::model::{Coordinates, UserGroup};
use crate::parse::conform::Item;
use crate::units::{Decimal, DecimalError};

/// Where to point people who said nothing.
const WAYS: &str = "give a `city`, a `country`, or `latitude` and `longitude`";

impl Decoder<'_> {
    /// All groups by name; nothing for those that were reported, whose names still exist.
    pub(super) fn users<'n>(&mut self, item: Option<&Item<'n>>) -> BTreeMap<&'n str, Option<UserGroup>> {
        let entries = item.into_iter().flat_map(Item::entries);
        entries.map(|(name, item)| (name, self.user(name, item))).collect()
    }

    fn user(&mut self, name: &str, item: &Item<'_>) -> Option<UserGroup> {
        let arguments = ["city", "country", "latitude", "longitude"].map(|name| item.get(name));
        if item.is_faulty() || arguments.into_iter().flatten().any(Item::is_faulty) {
            return None;
        }
        let [city, country, latitude, longitude] = arguments;
        let (coordinates, country) = match (city, latitude, longitude) {
            (Some(city), None, None) => self.located(Some(city), country)?,
            (None, None, None) if country.is_some() => self.located(None, country)?,
            (None, Some(latitude), Some(longitude)) => {
                let country = match country {
                    Some(country) => Some(self.country(country)?),
                    None => None,
                };
                let latitude_microdegrees = self.quantity(Some(latitude), microdegrees)?;
                let longitude_microdegrees = self.quantity(Some(longitude), microdegrees)?;
                (Coordinates { latitude_microdegrees, longitude_microdegrees }, country)
            }
            (None, None, None) => {
                self.blame(item, Diagnostic::error("place", "the user group has no place").help(WAYS));
                return None;
            }
            (Some(_), _, _) => {
                let fault =
                    Diagnostic::error("contradiction", "the user group has a city and coordinates, which may differ");
                self.blame(item, fault.help("keep the city or the coordinates"));
                return None;
            }
            (None, Some(_), None) | (None, None, Some(_)) => {
                let missing = if latitude.is_some() { "longitude" } else { "latitude" };
                let fault = Diagnostic::error("missing-argument", format!("the argument `{missing}` is missing"));
                self.blame(item, fault.help(WAYS));
                return None;
            }
        };
        Some(UserGroup { name: name.to_owned(), country, coordinates })
    }

    fn located(
        &mut self,
        city: Option<&Item<'_>>,
        country: Option<&Item<'_>>,
    ) -> Option<(Coordinates, Option<String>)> {
        match self.catalog.locate(city.and_then(Item::text), country.and_then(Item::text)) {
            Ok(located) => Some((located.coordinates, Some(located.country))),
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
                self.blame(item, name_fault(&error));
                None
            }
        }
    }
}

fn microdegrees(degrees: Decimal) -> Result<i32, DecimalError> {
    i32::try_from(degrees.in_units(6)?).map_err(|_| DecimalError::OutOfRange)
}
