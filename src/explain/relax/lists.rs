//! Lists: the entry whose addition or removal gives the cheapest placement.

use std::collections::BTreeSet;

use super::{Change, Price, Relaxation};
use crate::explain::conflict::is_placeable;
use crate::explain::rule::List;
use crate::model::{Access, Architecture, Filter, Problem, RegionKey};

/// The pin whose removal gives the cheapest placement.
pub(super) fn unpinned(problem: &Problem, price: &Price<'_>) -> Option<Relaxation> {
    let pinned = problem.workloads[0].pinned.iter();
    let without = pinned.filter_map(|pin| {
        let mut relaxed = problem.clone();
        relaxed.workloads[0].pinned.remove(pin);
        if !is_placeable(&relaxed) {
            return None;
        }
        Some((price(&relaxed)?, pin.to_string()))
    });
    without.min().map(|(cost, pin)| Relaxation { change: Change::Undeny(pin), cost: Some(cost) })
}

/// The entry of a list whose addition (or removal) gives the cheapest placement; of equally cheap ones the first by name.
pub(super) fn cheapest_entry(
    problem: &Problem,
    selector: usize,
    is_denied: bool,
    list: List,
    price: &Price<'_>,
) -> Option<Relaxation> {
    let entries = entries(problem, selector, is_denied, list);
    entries
        .into_iter()
        .filter_map(|entry| {
            let mut relaxed = problem.clone();
            let filters = &mut relaxed.workloads[0].selectors[selector];
            change_list(if is_denied { &mut filters.denied } else { &mut filters.allowed }, list, &entry, is_denied);
            if !is_placeable(&relaxed) {
                return None;
            }
            Some((price(&relaxed)?, entry))
        })
        .min()
        .map(|(cost, entry)| Relaxation {
            change: if is_denied { Change::Undeny(entry) } else { Change::Allow(entry) },
            cost: Some(cost),
        })
}

/// Entries that may be added to an allow list (those that exist), or removed from a deny list (those it holds).
fn entries(problem: &Problem, selector: usize, is_denied: bool, list: List) -> BTreeSet<String> {
    let filters = &problem.workloads[0].selectors[selector];
    let denied = &filters.denied;
    let words = |words: &Option<BTreeSet<String>>| words.clone().unwrap_or_default();
    let open = || problem.regions.iter().filter(|region| region.access == Access::Public);
    match (list, is_denied) {
        (List::Clouds, true) => words(&denied.clouds),
        (List::Clouds, false) => open().map(|region| region.key.cloud.clone()).collect(),
        (List::Jurisdictions, true) => words(&denied.jurisdictions),
        (List::Jurisdictions, false) => open().flat_map(|region| region.jurisdictions.iter().cloned()).collect(),
        (List::Countries, true) => words(&denied.countries),
        (List::Countries, false) => open().filter_map(|region| region.country.clone()).collect(),
        (List::Regions, true) => denied.regions.iter().flatten().map(ToString::to_string).collect(),
        (List::Regions, false) => open().map(|region| region.key.to_string()).collect(),
        (List::Architectures, _) => {
            [Architecture::Arm64, Architecture::X86_64].iter().map(ToString::to_string).collect()
        }
        // Patterns have no nearest neighbour: the list as a whole is the unit of change.
        (List::InstanceFamilies | List::InstanceTypes, _) => BTreeSet::new(),
        (List::GpuModels, true) => words(&denied.gpu_models),
        (List::GpuModels, false) => {
            problem.machine_types.iter().filter_map(|machine| machine.gpu_model.clone()).collect()
        }
    }
}

fn change_list(filter: &mut Filter, list: List, entry: &str, remove: bool) {
    fn edit<T: Ord>(set: &mut Option<BTreeSet<T>>, entry: T, remove: bool) {
        let Some(set) = set else { return };
        if remove {
            set.remove(&entry);
        } else {
            set.insert(entry);
        }
    }
    match list {
        List::Clouds => edit(&mut filter.clouds, entry.to_owned(), remove),
        List::Jurisdictions => edit(&mut filter.jurisdictions, entry.to_owned(), remove),
        List::Countries => edit(&mut filter.countries, entry.to_owned(), remove),
        List::Regions => {
            if let Some((cloud, region)) = entry.split_once('/') {
                edit(&mut filter.regions, RegionKey::new(cloud, region), remove);
            }
        }
        List::Architectures => {
            let architecture =
                [Architecture::Arm64, Architecture::X86_64].into_iter().find(|known| known.to_string() == entry);
            if let Some(architecture) = architecture {
                edit(&mut filter.architectures, architecture, remove);
            }
        }
        List::GpuModels => edit(&mut filter.gpu_models, entry.to_owned(), remove),
        List::InstanceFamilies | List::InstanceTypes => {}
    }
}
