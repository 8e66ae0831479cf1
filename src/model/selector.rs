//! Allow and deny rules over places and machine types.
//!
//! A [`Filter`] holds lists. As an *allow* filter a thing passes if **every** given list contains it; as a *deny* filter it is
//! refused if **any** given list contains it. A list that is not given says nothing.

use std::collections::BTreeSet;
use std::fmt;

use super::{Architecture, MachineType, Region, RegionKey};

/// A pattern for names: `*` stands for any run of characters, everything else for itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Glob(pub String);

impl Glob {
    /// True if the whole of `name` fits the pattern.
    pub fn matches(&self, name: &str) -> bool {
        let mut parts = self.0.split('*');
        let first = parts.next().unwrap_or_default();
        let Some(mut rest) = name.strip_prefix(first) else {
            return false;
        };
        let Some(last) = parts.next_back() else {
            return rest.is_empty();
        };
        for part in parts {
            match rest.find(part) {
                Some(at) => rest = &rest[at + part.len()..],
                None => return false,
            }
        }
        rest.ends_with(last)
    }
}

impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Lists of places and types; `None` is a list that is not given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Cloud names.
    pub clouds: Option<BTreeSet<String>>,
    /// Jurisdictions, `EU` or a country's code.
    pub jurisdictions: Option<BTreeSet<String>>,
    /// Country codes.
    pub countries: Option<BTreeSet<String>>,
    /// Regions by full name.
    pub regions: Option<BTreeSet<RegionKey>>,
    /// Instruction sets.
    pub architectures: Option<BTreeSet<Architecture>>,
    /// Patterns of families, such as `m7*`.
    pub instance_families: Option<BTreeSet<Glob>>,
    /// Patterns of machine type names, such as `*.large`.
    pub instance_types: Option<BTreeSet<Glob>>,
    /// Models of accelerators, such as `A100`.
    pub gpu_models: Option<BTreeSet<String>>,
}

impl Filter {
    /// Whether each given list about places contains `region`, with the list's name. What is not known of a region is in every deny list
    /// and in no allow list: a place that nobody named cannot be shown to be elsewhere.
    pub fn place_verdicts<'a>(
        &'a self,
        region: &'a Region,
        is_denied: bool,
    ) -> impl Iterator<Item = (&'static str, bool)> + 'a {
        let is_unknown = region.country.is_none();
        let lies_in = move |list: &BTreeSet<String>| !list.is_disjoint(&region.jurisdictions);
        [
            self.clouds.as_ref().map(|list| ("clouds", list.contains(&region.key.cloud))),
            self.jurisdictions
                .as_ref()
                .map(|list| ("jurisdictions", if is_unknown { is_denied } else { lies_in(list) })),
            self.countries
                .as_ref()
                .map(|list| ("countries", region.country.as_ref().map_or(is_denied, |country| list.contains(country)))),
            self.regions.as_ref().map(|list| ("regions", list.contains(&region.key))),
        ]
        .into_iter()
        .flatten()
    }

    /// Whether each given list about machines contains `machine`, with the list's name. Lists of GPU models let every machine without a GPU
    /// pass; a model that is not known is in every deny list and in no allow list.
    pub fn machine_verdicts<'a>(
        &'a self,
        machine: &'a MachineType,
        is_denied: bool,
    ) -> impl Iterator<Item = (&'static str, bool)> + 'a {
        let has_model = move |list: &BTreeSet<String>| match &machine.gpu_model {
            _ if machine.gpus == 0 => !is_denied,
            Some(model) => list.contains(model),
            None => is_denied,
        };
        let any = |globs: &BTreeSet<Glob>, name: &str| globs.iter().any(|glob| glob.matches(name));
        [
            self.architectures.as_ref().map(|list| ("architectures", list.contains(&machine.architecture))),
            self.instance_families.as_ref().map(|list| ("instance_families", any(list, &machine.family))),
            self.instance_types.as_ref().map(|list| ("instance_types", any(list, &machine.name))),
            self.gpu_models.as_ref().map(|list| ("gpu_models", has_model(list))),
        ]
        .into_iter()
        .flatten()
    }
}

/// What may be used: everything that passes `allowed` and is not refused by `denied`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selector {
    /// Every given list must contain the thing.
    pub allowed: Filter,
    /// No given list may contain the thing.
    pub denied: Filter,
}

impl Selector {
    /// Whether the region is allowed by its own name, which opens one of restricted access.
    pub fn names(&self, region: &Region) -> bool {
        self.allowed.regions.as_ref().is_some_and(|list| list.contains(&region.key))
    }

    /// The first list that refuses `region`, as `allowed.clouds` or `denied.regions`; `None` if the region may be used.
    pub fn region_refusal(&self, region: &Region) -> Option<&'static str> {
        refusal(self.allowed.place_verdicts(region, false), self.denied.place_verdicts(region, true))
    }

    /// The list that refuses an instruction set, as `allowed.architectures`; `None` if it may be used.
    pub fn architecture_refusal(&self, architecture: Architecture) -> Option<&'static str> {
        let verdict =
            |filter: &Filter| filter.architectures.as_ref().map(|list| ("architectures", list.contains(&architecture)));
        refusal(verdict(&self.allowed).into_iter(), verdict(&self.denied).into_iter())
    }

    /// The first list that refuses `machine`; `None` if it may be used.
    pub fn machine_refusal(&self, machine: &MachineType) -> Option<&'static str> {
        refusal(self.allowed.machine_verdicts(machine, false), self.denied.machine_verdicts(machine, true))
    }
}

fn refusal(
    mut allowed: impl Iterator<Item = (&'static str, bool)>,
    mut denied: impl Iterator<Item = (&'static str, bool)>,
) -> Option<&'static str> {
    if let Some((list, _)) = allowed.find(|&(_, contains)| !contains) {
        return Some(match list {
            "clouds" => "allowed.clouds",
            "jurisdictions" => "allowed.jurisdictions",
            "countries" => "allowed.countries",
            "regions" => "allowed.regions",
            "architectures" => "allowed.architectures",
            "instance_families" => "allowed.instance_families",
            "gpu_models" => "allowed.gpu_models",
            _ => "allowed.instance_types",
        });
    }
    denied.find(|&(_, contains)| contains).map(|(list, _)| match list {
        "clouds" => "denied.clouds",
        "jurisdictions" => "denied.jurisdictions",
        "countries" => "denied.countries",
        "regions" => "denied.regions",
        "architectures" => "denied.architectures",
        "instance_families" => "denied.instance_families",
        "gpu_models" => "denied.gpu_models",
        _ => "denied.instance_types",
    })
}

#[cfg(test)]
mod tests {
    use super::Glob;

    #[test]
    fn globs_match_whole_names() {
        for (pattern, name, expected) in [
            ("t3.*", "t3.micro", true),
            ("t3.*", "t3a.micro", false),
            ("*", "", true),
            ("m*.large", "m7g.large", true),
            ("m*.large", "m7g.xlarge", false),
            ("*2*2*", "2", false),
            ("*2*2*", "x22", true),
            ("ab*ab", "ab", false),
            ("exact", "exact", true),
            ("exact", "exactly", false),
        ] {
            assert_eq!(Glob(pattern.into()).matches(name), expected, "{pattern} {name}");
        }
    }
}
