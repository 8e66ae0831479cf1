//! Names: what is meant by a written one, and what was probably meant by one that is not known.

use super::{Base, Catalog, Market};
use crate::model::{Glob, RegionKey};
use std::collections::BTreeSet;

/// Why a name is not one of the catalog's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing has the name.
    #[error("there is no {what} {name:?}{}", hint(.suggestions))]
    Unknown {
        /// `region`, `country` …
        what: &'static str,
        /// As written.
        name: String,
        /// The names most like it, best first.
        suggestions: Vec<String>,
    },
    /// Several things have the name.
    #[error("{name:?} is the name of more than one {what}: {}", .candidates.join(", "))]
    Ambiguous {
        /// `region`, `country` …
        what: &'static str,
        /// As written.
        name: String,
        /// Their full names, sorted.
        candidates: Vec<String>,
    },
}

impl NameError {
    /// What could be written instead.
    pub fn suggestions(&self) -> &[String] {
        match self {
            Self::Unknown { suggestions, .. } => suggestions,
            Self::Ambiguous { candidates, .. } => candidates,
        }
    }
}

/// `; did you mean a, b?`, or nothing.
pub(super) fn hint(suggestions: &[String]) -> String {
    if suggestions.is_empty() { String::new() } else { format!("; did you mean {}?", suggestions.join(", ")) }
}

impl Catalog {
    /// The clouds, sorted.
    pub fn clouds(&self) -> impl Iterator<Item = &str> {
        self.base().clouds().into_iter()
    }

    /// Every region's key, sorted.
    pub fn region_keys(&self) -> impl Iterator<Item = RegionKey> + '_ {
        self.base().regions.iter().map(|region| region.key.clone())
    }

    /// The country of an ISO 3166-1 alpha-2 code, in any letter case; `UK` is read as `GB`.
    pub fn find_country(&self, code: &str) -> Result<&str, NameError> {
        let base = self.base();
        let code = if code.eq_ignore_ascii_case("uk") { "GB" } else { code };
        find("country", code, base.countries.iter().map(|country| country.code.as_str())).map_err(|error| {
            // People write names; the code is what they need.
            let names = base.countries.iter().map(|country| country.name.as_str());
            let by_name = similar(code, names);
            let codes: Vec<String> = by_name
                .iter()
                .filter_map(|name| base.countries.iter().find(|country| country.name == *name))
                .map(|country| country.code.clone())
                .collect();
            match error {
                NameError::Unknown { what, name, suggestions } => {
                    let suggestions = if code.len() > 2 { codes } else { suggestions };
                    NameError::Unknown { what, name, suggestions }
                }
                NameError::Ambiguous { .. } => error,
            }
        })
    }

    /// The jurisdiction of that name, in any letter case: `EU`, `EEA` or a country's code; `UK` is read as `GB`.
    pub fn find_jurisdiction(&self, name: &str) -> Result<&str, NameError> {
        let base = self.base();
        let name = if name.eq_ignore_ascii_case("uk") { "GB" } else { name };
        let groups = base.jurisdictions.iter().map(|jurisdiction| jurisdiction.code.as_str());
        find("jurisdiction", name, groups.chain(base.countries.iter().map(|country| country.code.as_str())))
    }

    /// The jurisdictions a country belongs to, its own code among them.
    pub fn jurisdictions_of(&self, country: &str) -> BTreeSet<String> {
        self.base().jurisdictions_of(country)
    }
}

impl Market<'_> {
    /// The region meant by `cloud/region`, or by a bare name that only one cloud has.
    pub fn find_region(&self, name: &str) -> Result<RegionKey, NameError> {
        if let Some((cloud, region)) = name.split_once('/') {
            let key = RegionKey::new(cloud, region);
            if self.has_region(&key) {
                return Ok(key);
            }
        }
        let mut fits = self.region_keys().into_iter().filter(|key| key.region == name);
        match (fits.next(), fits.next()) {
            (Some(key), None) => Ok(key),
            (Some(first), Some(second)) => Err(NameError::Ambiguous {
                what: "region",
                name: name.into(),
                candidates: [first, second].into_iter().chain(fits).map(|key| key.to_string()).collect(),
            }),
            (None, _) => {
                Err(NameError::Unknown { what: "region", name: name.into(), suggestions: self.similar_regions(name) })
            }
        }
    }

    pub(super) fn similar_regions(&self, name: &str) -> Vec<String> {
        let bare = name.rsplit('/').next().unwrap_or(name);
        let keys = self.region_keys();
        let full: Vec<String> = keys.iter().map(ToString::to_string).collect();
        // A full name of the wrong cloud is best answered by the same region of its own cloud.
        let same: Vec<String> = full.iter().filter(|key| key.rsplit('/').next() == Some(bare)).cloned().collect();
        if !same.is_empty() {
            return same;
        }
        if name.contains('/') {
            return similar(name, full.iter().map(String::as_str));
        }
        let bare_names = similar(name, keys.iter().map(|key| key.region.as_str()));
        let mut found = Vec::new();
        for bare in bare_names {
            found.extend(full.iter().filter(|key| key.rsplit('/').next() == Some(&bare)).cloned());
        }
        found
    }

    /// The cloud of that name, in any letter case.
    pub fn find_cloud(&self, name: &str) -> Result<&str, NameError> {
        find("cloud", name, self.clouds())
    }

    /// The model of a GPU, in any letter case.
    pub fn find_gpu_model(&self, name: &str) -> Result<&str, NameError> {
        find("GPU model", name, self.gpu_models())
    }

    /// Fails if no machine type's family fits the pattern.
    pub fn check_family(&self, glob: &Glob) -> Result<(), NameError> {
        check("instance family", glob, self.families())
    }

    /// Fails if no machine type's name fits the pattern.
    pub fn check_type(&self, glob: &Glob) -> Result<(), NameError> {
        check("instance type", glob, self.type_names(None))
    }
}

impl Base {
    pub(super) fn clouds(&self) -> BTreeSet<&str> {
        self.regions.iter().map(|region| region.key.cloud.as_str()).collect()
    }

    pub(super) fn jurisdictions_of(&self, country: &str) -> BTreeSet<String> {
        let groups = self.jurisdictions.iter().filter(|group| group.countries.iter().any(|code| code == country));
        groups.map(|group| group.code.clone()).chain([country.to_owned()]).collect()
    }
}

fn check(what: &'static str, glob: &Glob, names: BTreeSet<&str>) -> Result<(), NameError> {
    if names.iter().any(|name| glob.matches(name)) {
        return Ok(());
    }
    let suggestions = similar(&glob.0.replace('*', ""), names);
    Err(NameError::Unknown { what, name: glob.0.clone(), suggestions })
}

fn find<'a>(what: &'static str, name: &str, names: impl IntoIterator<Item = &'a str>) -> Result<&'a str, NameError> {
    let names: Vec<&str> = names.into_iter().collect();
    match names.iter().find(|known| known.eq_ignore_ascii_case(name)) {
        Some(known) => Ok(known),
        None => Err(NameError::Unknown { what, name: name.into(), suggestions: similar(name, names) }),
    }
}

/// How many names are suggested.
const SUGGESTIONS: usize = 3;

/// The names most like `name`: fewest edits first, a third of its letters and one more than the best at most; then in order of names.
pub(super) fn similar<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let wanted: Vec<char> = name.to_lowercase().chars().collect();
    // Every code of two letters is one edit from dozens of others.
    if wanted.len() <= 2 {
        return Vec::new();
    }
    let limit = (wanted.len() / 3).max(1);
    let mut found: Vec<(usize, &str)> = names
        .into_iter()
        .filter_map(|known| {
            let letters: Vec<char> = known.to_lowercase().chars().collect();
            if letters.len().abs_diff(wanted.len()) > limit {
                return None;
            }
            Some((edits(&wanted, &letters), known)).filter(|(edits, _)| *edits <= limit)
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    // Beside a near miss, far ones are noise.
    let best = found.first().map_or(0, |&(edits, _)| edits);
    found.retain(|&(edits, _)| edits <= best + 1);
    found.into_iter().take(SUGGESTIONS).map(|(_, known)| known.to_owned()).collect()
}

/// Insertions, deletions, replacements and swaps of neighbours that turn one text into the other.
fn edits(one: &[char], other: &[char]) -> usize {
    let mut rows = vec![(0..=other.len()).collect::<Vec<usize>>()];
    for (i, a) in one.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in other.iter().enumerate() {
            let mut least = (rows[i][j] + usize::from(a != b)).min(rows[i][j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *a == other[j - 1] && one[i - 1] == *b {
                least = least.min(rows[i - 1][j - 1] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[one.len()][other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_counted() {
        for (one, other, expected) in [("", "", 0), ("kitten", "sitting", 3), ("ab", "ba", 1), ("", "abc", 3)] {
            let letters = |text: &str| text.chars().collect::<Vec<char>>();
            assert_eq!(edits(&letters(one), &letters(other)), expected, "{one} {other}");
        }
    }
}
