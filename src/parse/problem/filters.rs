//! Allow and deny lists: names of clouds, places and machine types that exist.
//!
//! A name that does not exist is an error in both kinds of list: a misspelt place would let data go, or not go, where its owner says. A
//! pattern of machine types that matches nothing is an error where it allows, and a warning where it denies, since deny lists outlive types.

use std::collections::BTreeSet;

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
        }
    }

    pub(super) fn clouds(&mut self, item: Option<&Item<'_>>) -> Option<BTreeSet<String>> {
        let catalog = self.catalog;
        self.names(item, |name| catalog.find_cloud(name).map(str::to_owned))
    }

    pub(super) fn regions(&mut self, item: Option<&Item<'_>>) -> Option<BTreeSet<RegionKey>> {
        let catalog = self.catalog;
        self.names(item, |name| catalog.find_region(name))
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
                Err(error) => self.blame(item, name_fault(&error)),
            }
        }
        Some(found)
    }

    fn globs(&mut self, item: Option<&Item<'_>>, list: &'static str, allows: bool) -> Option<BTreeSet<Glob>> {
        let mut globs = BTreeSet::new();
        for (pattern, item) in item?.texts() {
            let glob = Glob(pattern.to_owned());
            if let Some(fault) = self.pattern_fault(list, &glob) {
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

    fn pattern_fault(&mut self, list: &'static str, glob: &Glob) -> Option<Diagnostic> {
        let catalog = self.catalog;
        let fault = self.patterns.entry((list, glob.0.clone())).or_insert_with(|| {
            let check = if list == "instance_families" { catalog.check_family(glob) } else { catalog.check_type(glob) };
            check.err().map(|error| name_fault(&error))
        });
        fault.clone()
    }
}

/// The finding about a name that does not exist, or means several things.
pub(super) fn name_fault(error: &NameError) -> Diagnostic {
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
            fault.help("the catalog has aws, azure and gcp")
        }
        NameError::Unknown { .. } => fault,
    }
}

fn architectures(item: &Item<'_>) -> BTreeSet<Architecture> {
    let architecture = |(word, _)| if word == "arm64" { Architecture::Arm64 } else { Architecture::X86_64 };
    item.texts().map(architecture).collect()
}
