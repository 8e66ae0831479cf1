//! Allow and deny lists: names of clouds, places and machine types that exist.
//!
//! A name that does not exist is an error in both kinds of list: a misspelt place would let data go, or not go, where its owner says. A
//! pattern of machine types that matches nothing is an error where it allows, and a warning where it denies, since deny lists outlive types.

use std::collections::BTreeSet;

use super::declared::architecture;
use super::{Decoder, found};
use crate::catalog::NameError;
use crate::diagnostic::{Diagnostic, quoted};
use crate::model::{Architecture, Filter, Glob, RegionKey, Selector};
use crate::parse::conform::Item;

impl Decoder<'_> {
    /// The `allowed` and `denied` arguments of `item`; nothing if neither is given.
    pub(super) fn selector(&mut self, item: &Item<'_>) -> Option<Selector> {
        let (allowed, denied) = (item.get("allowed"), item.get("denied"));
        if allowed.is_none() && denied.is_none() {
            return None;
        }
        let allowed = allowed.map(|item| self.filter(item, true)).unwrap_or_default();
        let denied = denied.map(|item| self.filter(item, false)).unwrap_or_default();
        Some(Selector { allowed, denied })
    }

    fn filter(&mut self, item: &Item<'_>, allows: bool) -> Filter {
        Filter {
            clouds: self.clouds(item.get("clouds")),
            jurisdictions: {
                let catalog = self.catalog;
                self.names(item.get("jurisdictions"), |name| catalog.find_jurisdiction(name).map(str::to_owned))
            },
            countries: {
                let catalog = self.catalog;
                self.names(item.get("countries"), |name| catalog.find_country(name).map(str::to_owned))
            },
            regions: self.regions(item.get("regions")),
            architectures: item.get("architectures").map(architectures),
            instance_families: self.families(item.get("instance_families"), allows),
            instance_types: self.types(item.get("instance_types"), allows),
            gpu_models: {
                let market = self.market;
                self.names(item.get("gpu_models"), |name| market.find_gpu_model(name).map(str::to_owned))
            },
        }
    }

    pub(super) fn clouds(&mut self, item: Option<&Item<'_>>) -> Option<BTreeSet<String>> {
        let market = self.market;
        self.names(item, |name| market.find_cloud(name).map(str::to_owned))
    }

    pub(super) fn regions(&mut self, item: Option<&Item<'_>>) -> Option<BTreeSet<RegionKey>> {
        let market = self.market;
        self.names(item, |name| market.find_region(name))
    }

    pub(super) fn families(&mut self, item: Option<&Item<'_>>, allows: bool) -> Option<BTreeSet<Glob>> {
        self.globs(item, "instance_families", allows)
    }

    pub(super) fn types(&mut self, item: Option<&Item<'_>>, allows: bool) -> Option<BTreeSet<Glob>> {
        self.globs(item, "instance_types", allows)
    }

    fn names<T: Ord>(
        &mut self,
        item: Option<&Item<'_>>,
        find: impl Fn(&str) -> Result<T, NameError>,
    ) -> Option<BTreeSet<T>> {
        let mut found = BTreeSet::new();
        for (name, item) in item?.texts() {
            match find(name) {
                Ok(name) => {
                    found.insert(name);
                }
                Err(error) if self.is_finding(&error) => self.blame(item, self.name_fault(&error)),
                Err(_) => {}
            }
        }
        Some(found)
    }

    fn globs(&mut self, item: Option<&Item<'_>>, list: &'static str, allows: bool) -> Option<BTreeSet<Glob>> {
        let mut globs = BTreeSet::new();
        for (pattern, item) in item?.texts() {
            let glob = Glob(pattern.to_owned());
            if let Some(fault) = self.pattern_fault(list, &glob).filter(|_| self.is_market_known) {
                if allows {
                    self.blame(item, fault);
                } else {
                    let message =
                        format!("no machine type is called {}: nothing is denied by it", quoted(pattern, '`'));
                    self.blame(item, Diagnostic { help: fault.help, ..Diagnostic::warning("unknown-name", message) });
                }
            }
            globs.insert(glob);
        }
        Some(globs)
    }

    pub(super) fn pattern_fault(&mut self, list: &'static str, glob: &Glob) -> Option<Diagnostic> {
        let key = (list, glob.0.clone());
        if let Some(fault) = self.patterns.get(&key) {
            return fault.clone();
        }
        let families = list == "instance_families";
        let check = if families { self.market.check_family(glob) } else { self.market.check_type(glob) };
        let fault = check.err().map(|error| self.name_fault(&error));
        self.patterns.insert(key, fault.clone());
        fault
    }

    /// Whether a name that was not found is to be reported: it may be one of those that could not be read.
    pub(super) fn is_finding(&self, error: &NameError) -> bool {
        let may_be_declared = matches!(error, NameError::Unknown { what: "region" | "cloud" | "GPU model", .. });
        self.is_market_known || !may_be_declared
    }

    /// The finding about a name that does not exist, or means several things.
    pub(super) fn name_fault(&self, error: &NameError) -> Diagnostic {
        let fault = found("unknown-name", &error.to_string());
        match error {
            NameError::Ambiguous { candidates, .. } => fault.help(format!("write one of {}", candidates.join(", "))),
            NameError::Unknown { what: "country", suggestions, .. } if suggestions.is_empty() => {
                fault.help("write an ISO 3166-1 alpha-2 code, such as DE")
            }
            NameError::Unknown { what: "jurisdiction", suggestions, .. } if suggestions.is_empty() => {
                fault.help("write EU, EEA, or a country's ISO 3166-1 alpha-2 code")
            }
            NameError::Unknown { what: "cloud", suggestions, .. } if suggestions.is_empty() => {
                fault.help(some("the clouds are", self.market.clouds()))
            }
            NameError::Unknown { what: "GPU model", suggestions, .. } if suggestions.is_empty() => {
                fault.help(some("the models are", self.market.gpu_models()))
            }
            NameError::Unknown { .. } => fault,
        }
    }
}

/// A few of some names.
fn some<'a>(what: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    /// More names than this are no help.
    const MOST_LISTED: usize = 12;
    let names: Vec<&str> = names.into_iter().collect();
    let more = if names.len() > MOST_LISTED { ", …" } else { "" };
    let listed: Vec<&str> = names.into_iter().take(MOST_LISTED).collect();
    format!("{what} {}{more}", listed.join(", "))
}

fn architectures(item: &Item<'_>) -> BTreeSet<Architecture> {
    item.texts().map(|(word, _)| architecture(word)).collect()
}
