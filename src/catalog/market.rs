//! What can be named and bought: the embedded catalog, unless it is switched off, and what overlays declare beside it.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Catalog;
use super::carbon::Footprint;
use super::declared::{OwnType, Site};
use super::overlay::Overlay;
use crate::model::{MachineType, RegionKey};

/// A type's cloud and name.
pub(super) type TypeKey = (String, String);

/// The embedded catalog under overlays. Making one is cheap; types and prices are opened when they are asked for.
#[derive(Debug)]
pub struct Market<'a> {
    pub(super) catalog: &'a Catalog,
    /// Whether the embedded catalog's regions and types are part of it.
    pub(super) has_embedded: bool,
    /// Declared regions with the position of the overlay that declares them: the last one does.
    pub(super) sites: BTreeMap<RegionKey, (usize, &'a Site)>,
    /// What overlays say of types, first to last.
    own_types: BTreeMap<&'a TypeKey, Vec<&'a OwnType>>,
}

/// All machine types of a market. Ids are positions: the catalog's types come first, as there; then new ones, by cloud and name.
#[derive(Debug)]
pub(super) struct Types<'a> {
    pub(super) machines: Arc<[MachineType]>,
    pub(super) footprints: Cow<'a, [Option<Footprint>]>,
    catalog: &'a Catalog,
    listed: usize,
    new: BTreeMap<TypeKey, u32>,
}

impl Catalog {
    /// What there is under `overlays`, which apply in order.
    pub fn market<'a>(&'a self, overlays: &'a [Overlay]) -> Market<'a> {
        let mut market =
            Market { catalog: self, has_embedded: true, sites: BTreeMap::new(), own_types: BTreeMap::new() };
        for (index, overlay) in overlays.iter().enumerate() {
            market.has_embedded = overlay.embedded.unwrap_or(market.has_embedded);
            market.sites.extend(overlay.sites.iter().map(|(key, site)| (key.clone(), (index, site))));
            for (key, said) in &overlay.machine_types {
                market.own_types.entry(key).or_default().push(said);
            }
        }
        market
    }
}

impl<'a> Market<'a> {
    /// True if there is no region at all.
    pub fn is_empty(&self) -> bool {
        !self.has_embedded && self.sites.is_empty()
    }

    /// The embedded catalog's regions, if it is on.
    pub(super) fn listed_regions(&self) -> &'a [super::rows::RegionRow] {
        if self.has_embedded { &self.catalog.base().regions } else { &[] }
    }

    /// The embedded catalog's types, if it is on.
    fn listed_types(&self) -> &'a [MachineType] {
        if self.has_embedded { self.catalog.types() } else { &[] }
    }

    /// Every region's key, sorted.
    pub(super) fn region_keys(&self) -> BTreeSet<RegionKey> {
        self.listed_regions().iter().map(|row| &row.key).chain(self.sites.keys()).cloned().collect()
    }

    /// Names of clouds: those of regions.
    pub fn clouds(&self) -> BTreeSet<&str> {
        let regions = self.listed_regions().iter().map(|row| &row.key).chain(self.sites.keys());
        regions.map(|key| key.cloud.as_str()).collect()
    }

    pub(super) fn has_region(&self, key: &RegionKey) -> bool {
        self.sites.contains_key(key) || (self.has_embedded && self.catalog.base().region(key).is_some())
    }

    /// Whether a type has a shape; one that an overlay mentions without processor or memory has none.
    pub(super) fn has_type(&self, cloud: &str, name: &str) -> bool {
        (self.has_embedded && self.catalog.has_type(cloud, name))
            || self.own_types.keys().any(|(of, known)| of == cloud && known == name)
    }

    /// Names of the types of a cloud, or of all.
    pub(super) fn type_names(&self, cloud: Option<&str>) -> BTreeSet<&str> {
        let listed = self.listed_types().iter().map(|machine| (&machine.cloud, &machine.name));
        let own = self.own_types.keys().map(|(of, name)| (of, name));
        listed
            .chain(own)
            .filter(|(of, _)| cloud.is_none_or(|cloud| *of == cloud))
            .map(|(_, name)| name.as_str())
            .collect()
    }

    /// Families of all types.
    pub(super) fn families(&self) -> BTreeSet<&str> {
        let listed = self.listed_types().iter().map(|machine| machine.family.as_str());
        let own = self.own_types.iter().flat_map(|(key, said)| {
            let named = said.iter().filter_map(|said| said.family.as_deref());
            named.chain([key.1.as_str()])
        });
        listed.chain(own).collect()
    }

    /// Models of GPUs on board of any type.
    pub fn gpu_models(&self) -> BTreeSet<&str> {
        let listed = self.listed_types().iter().filter_map(|machine| machine.gpu_model.as_deref());
        let own = self.own_types.values().flatten().filter_map(|said| said.gpu_model.as_deref());
        listed.chain(own).collect()
    }

    /// All types, with what overlays say of them.
    pub(super) fn types(&self) -> Types<'a> {
        let listed = if self.has_embedded { Arc::clone(self.catalog.types()) } else { Arc::default() };
        let footprints: &[Option<Footprint>] = if self.has_embedded { self.catalog.footprints() } else { &[] };
        let mut types = Types {
            listed: listed.len(),
            machines: listed,
            footprints: Cow::Borrowed(footprints),
            catalog: self.catalog,
            new: BTreeMap::new(),
        };
        let mut new = Vec::new();
        for (&key, said) in &self.own_types {
            // A later overlay completes what an earlier one says: together they make one statement.
            if let Some(id) = types.id(&key.0, &key.1) {
                for said in said {
                    let at = id as usize;
                    said.change(&mut Arc::make_mut(&mut types.machines)[at], &mut types.footprints.to_mut()[at]);
                }
                continue;
            }
            let whole = said.iter().copied().fold(OwnType::default(), OwnType::completed_by);
            // `inspect` has reported types without a shape.
            let Some((machine, footprint)) = whole.new_type(&key.0, &key.1) else { continue };
            types.new.insert(key.clone(), u32::try_from(types.listed + new.len()).unwrap_or(u32::MAX));
            new.push(machine);
            types.footprints.to_mut().push(footprint);
        }
        if !new.is_empty() {
            types.machines = types.machines.iter().cloned().chain(new).collect();
        }
        types
    }

    /// What all overlays together say of one type; `None` if none says anything.
    pub(super) fn said_of(&self, key: &TypeKey) -> Option<OwnType> {
        let said = self.own_types.get(key)?;
        Some(said.iter().copied().fold(OwnType::default(), OwnType::completed_by))
    }
}

impl Types<'_> {
    /// The position of a type.
    pub(super) fn id(&self, cloud: &str, name: &str) -> Option<u32> {
        let listed = if self.listed > 0 { self.catalog.type_id(cloud, name) } else { None };
        listed.or_else(|| self.new.get(&(cloud.to_owned(), name.to_owned())).copied())
    }
}
