//! Where a user group is, from a city, a country or both.
//!
//! A city's name is compared without letter case, accents and punctuation, first whole, then as the first words of a longer name
//! (`New York` of `New York City`). Cities that regions are named after are known too, however small.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::names::{hint, similar};
use super::{Catalog, NameError};
use crate::model::Coordinates;

/// A place on the globe and its country.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    /// The city, or the country's mean of cities.
    pub coordinates: Coordinates,
    /// ISO 3166-1 alpha-2 code.
    pub country: String,
}

/// Why a place was not found.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LocateError {
    /// Neither city nor country was given.
    #[error("a place needs a city, a country or coordinates")]
    Nothing,
    /// No city of the table has the name.
    #[error("there is no city {city:?}{} among cities of 300,000 and more{}; latitude and longitude work for any place", within(.country.as_deref()), hint(.suggestions))]
    UnknownCity {
        /// As written.
        city: String,
        /// The country it was looked for in.
        country: Option<String>,
        /// Names like it.
        suggestions: Vec<String>,
    },
    /// No country has the code.
    #[error("there is no country {country:?}; countries are named by their two-letter ISO 3166-1 code{}", hint(.suggestions))]
    UnknownCountry {
        /// As written.
        country: String,
        /// Codes like it.
        suggestions: Vec<String>,
    },
    /// Several cities have the name and none is ten times as large as the next.
    #[error("{city:?} may be {}; give the country, or latitude and longitude", .candidates.join(" or "))]
    Ambiguous {
        /// As written.
        city: String,
        /// Name and country of each, largest first.
        candidates: Vec<String>,
    },
}

impl LocateError {
    /// What could be written instead.
    pub fn suggestions(&self) -> &[String] {
        match self {
            Self::Nothing => &[],
            Self::UnknownCity { suggestions, .. } | Self::UnknownCountry { suggestions, .. } => suggestions,
            Self::Ambiguous { candidates, .. } => candidates,
        }
    }
}

fn within(country: Option<&str>) -> String {
    country.map(|code| format!(" in {code}")).unwrap_or_default()
}

/// A city with its names folded.
#[derive(Clone, Debug)]
pub(super) struct City {
    name: String,
    other_names: Vec<String>,
    country: String,
    folded: Vec<String>,
    population: u64,
    coordinates: Coordinates,
}

/// A city of one name wins over its namesakes elsewhere if it is this many times as large.
const OUTSTANDING: u64 = 10;

impl Catalog {
    /// The place of a city, of a country, or of a city within a country.
    pub fn locate(&self, city: Option<&str>, country: Option<&str>) -> Result<Located, LocateError> {
        let country = country
            .map(|code| {
                self.find_country(code).map_err(|error| LocateError::UnknownCountry {
                    country: code.into(),
                    suggestions: match error {
                        NameError::Unknown { suggestions, .. } => suggestions,
                        NameError::Ambiguous { candidates, .. } => candidates,
                    },
                })
            })
            .transpose()?;
        match (city, country) {
            (None, None) => Err(LocateError::Nothing),
            (None, Some(code)) => {
                let found = self.base().countries.iter().find(|row| row.code == code);
                found
                    .map(|row| Located { coordinates: row.coordinates, country: code.into() })
                    .ok_or_else(|| LocateError::UnknownCountry { country: code.into(), suggestions: Vec::new() })
            }
            (Some(city), country) => self.locate_city(city, country),
        }
    }

    fn locate_city(&self, city: &str, country: Option<&str>) -> Result<Located, LocateError> {
        let wanted = fold(city);
        let here: Vec<&City> =
            self.cities().iter().filter(|known| country.is_none_or(|code| known.country == code)).collect();
        let begins = format!("{wanted} ");
        let whole = |known: &City| known.folded.contains(&wanted);
        let partly = |known: &City| known.folded.iter().any(|name| name.starts_with(&begins));
        let mut found: Vec<&City> = here.iter().copied().filter(|known| whole(known)).collect();
        let one_country_suffices = !found.is_empty() && country.is_some();
        if found.is_empty() && !wanted.is_empty() {
            found = here.iter().copied().filter(|known| partly(known)).collect();
        }
        found.sort_by_key(|known| (std::cmp::Reverse(known.population), &known.country, &known.name));
        match found.as_slice() {
            [] => Err(LocateError::UnknownCity {
                city: city.into(),
                country: country.map(str::to_owned),
                suggestions: similar(
                    city,
                    here.iter()
                        .flat_map(|known| std::iter::once(&known.name).chain(&known.other_names).map(String::as_str)),
                ),
            }),
            [first, rest @ ..]
                if one_country_suffices
                    || rest.first().is_none_or(|next| first.population >= OUTSTANDING * next.population) =>
            {
                Ok(Located { coordinates: first.coordinates, country: first.country.clone() })
            }
            several => Err(LocateError::Ambiguous {
                city: city.into(),
                candidates: several.iter().take(5).map(|known| format!("{}, {}", known.name, known.country)).collect(),
            }),
        }
    }
}

/// Cities of the table and the cities of regions, ready to be compared.
pub(super) fn cities(rows: Vec<super::rows::CityRow>, regions: &[super::rows::RegionRow]) -> Vec<City> {
    let mut cities: Vec<City> = rows
        .into_iter()
        .map(|row| City {
            folded: std::iter::once(&row.name).chain(&row.other_names).map(|name| fold(name)).collect(),
            name: row.name,
            other_names: row.other_names,
            country: row.country,
            population: row.population,
            coordinates: row.coordinates,
        })
        .collect();
    for region in regions {
        let folded = fold(&region.place);
        let begins = format!("{folded} ");
        let known = |city: &City| {
            city.country == region.country
                && city.folded.iter().any(|name| *name == folded || name.starts_with(&begins))
        };
        if !cities.iter().any(known) {
            cities.push(City {
                name: region.place.clone(),
                other_names: Vec::new(),
                country: region.country.clone(),
                folded: vec![folded],
                population: 0,
                coordinates: region.coordinates,
            });
        }
    }
    cities
}

/// Lower case, accents and punctuation removed, single spaces.
pub(super) fn fold(name: &str) -> String {
    let mut folded = String::with_capacity(name.len());
    let push = |letter: char| match letter {
        'ß' => folded.push_str("ss"),
        'ø' | 'Ø' => folded.push('o'),
        'æ' | 'Æ' => folded.push_str("ae"),
        'ł' | 'Ł' => folded.push('l'),
        'đ' | 'Đ' => folded.push('d'),
        'ı' => folded.push('i'),
        letter if letter.is_alphanumeric() => folded.extend(letter.to_lowercase()),
        '\'' | '’' | '‘' | '.' => {}
        _ if folded.is_empty() || folded.ends_with(' ') => {}
        _ => folded.push(' '),
    };
    // Most names are plain, and need no table of letters.
    if name.is_ascii() {
        name.chars().for_each(push);
    } else {
        name.nfkd().filter(|letter| !is_combining_mark(*letter)).for_each(push);
    }
    folded.truncate(folded.trim_end().len());
    folded
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn names_are_folded() {
        for (name, folded) in [
            ("São Paulo", "sao paulo"),
            ("Washington, D.C.", "washington dc"),
            ("KØBENHAVN", "kobenhavn"),
            ("Pimpri-Chinchwad", "pimpri chinchwad"),
            ("Łódź", "lodz"),
            ("  Zürich ", "zurich"),
        ] {
            assert_eq!(fold(name), folded);
        }
    }
}
