//! What readers need to know of the rest of the plan: resources found by id or by reference, and regions found by any way there is.

use std::collections::BTreeMap;

use super::HELPERS;
use crate::catalog::Catalog;
use crate::model::RegionKey;
use crate::review::plan::{Attribute, Attributes, Plan, Resource, Time, address};
use crate::review::reason::Reason;
use crate::review::report::Figure;

/// Names by which other resources refer to a helper.
const NAMES: &[&str] = &["id", "arn", "name", "self_link", "self_link_unique", "resource_id"];

/// The regions of the catalog, to recognise the region in the name of a zone.
#[derive(Debug)]
pub(in crate::review) struct Zones {
    regions: Vec<RegionKey>,
}

impl Zones {
    /// Those of a catalog.
    pub(in crate::review) fn of(catalog: &Catalog) -> Self {
        Self { regions: catalog.region_keys().collect() }
    }

    fn has(&self, key: &RegionKey) -> bool {
        self.regions.binary_search(key).is_ok()
    }

    /// The region of a zone: `eu-central-1` of `eu-central-1a`, `us-west-2` of the local zone `us-west-2-lax-1a`.
    fn region_of(&self, cloud: &str, zone: &str) -> Option<RegionKey> {
        let fits = |key: &&RegionKey| {
            key.cloud == cloud
                && zone.strip_prefix(key.region.as_str()).is_some_and(|rest| {
                    rest.starts_with('-') || (rest.len() == 1 && rest.bytes().all(|byte| byte.is_ascii_lowercase()))
                })
        };
        self.regions.iter().filter(fits).max_by_key(|key| key.region.len()).cloned()
    }
}

/// The plan at one time.
#[derive(Debug)]
pub(in crate::review) struct Scene<'s, 'a> {
    pub(super) plan: &'s Plan<'a>,
    pub(in crate::review) time: Time,
    zones: &'s Zones,
    /// Helpers by each name they go by, in lower case: Azure writes ids in any.
    by_name: BTreeMap<String, Vec<usize>>,
    /// Autoscalers by the address of what they scale.
    scalers: BTreeMap<String, Vec<usize>>,
    /// Autoscalers of Kubernetes, which name what they scale in words of their own.
    pub(super) pod_scalers: Vec<usize>,
}

/// Autoscalers, the attribute that names what each scales, and what that may be.
const SCALERS: &[(&str, &str, &[&str])] = &[
    ("google_compute_autoscaler", "target", &["google_compute_instance_group_manager"]),
    ("google_compute_region_autoscaler", "target", &["google_compute_region_instance_group_manager"]),
    (
        "azurerm_monitor_autoscale_setting",
        "target_resource_id",
        &[
            "azurerm_linux_virtual_machine_scale_set",
            "azurerm_windows_virtual_machine_scale_set",
            "azurerm_orchestrated_virtual_machine_scale_set",
            "azurerm_virtual_machine_scale_set",
        ],
    ),
];

impl<'s, 'a> Scene<'s, 'a> {
    pub(super) fn new(plan: &'s Plan<'a>, zones: &'s Zones, time: Time) -> Self {
        let mut by_name: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, resource) in plan.resources.iter().enumerate() {
            let kind = resource.kind.as_ref();
            let is_named = HELPERS.contains(&kind)
                || ["cluster", "scale_set", "group_manager"].iter().any(|word| kind.contains(word));
            if !is_named {
                continue;
            }
            for attributes in [Time::Before, Time::After].iter().filter_map(|&time| resource.attributes(time, NAMES)) {
                for name in NAMES {
                    if let Figure::Known(text) = attributes.get(name).text() {
                        let indices = by_name.entry(text.to_lowercase()).or_default();
                        if indices.last() != Some(&index) {
                            indices.push(index);
                        }
                    }
                }
            }
        }
        let is_pod_scaler = |one: &Resource<'_>| one.kind.starts_with("kubernetes_horizontal_pod_autoscaler");
        let pod_scalers =
            plan.resources.iter().enumerate().filter(|(_, one)| is_pod_scaler(one)).map(|(index, _)| index).collect();
        let mut scene = Self { plan, time, zones, by_name, scalers: BTreeMap::new(), pod_scalers };
        let mut scalers: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, resource) in plan.resources.iter().enumerate() {
            let Some(&(_, attribute, kinds)) = SCALERS.iter().find(|(kind, _, _)| resource.kind == *kind) else {
                continue;
            };
            let Some(attributes) = resource.attributes(time, &[attribute]) else { continue };
            let target = attributes.get(attribute).text();
            for scaled in scene.referred(resource, target.known().map(AsRef::as_ref), &[attribute], kinds) {
                scalers.entry(scaled.address.to_string()).or_default().push(index);
            }
        }
        scene.scalers = scalers;
        scene
    }

    /// The autoscaler of a resource, if it has one.
    pub(in crate::review) fn scaler(&self, resource: &Resource<'_>) -> Option<&'s Resource<'a>> {
        let indices = self.scalers.get(resource.address.as_ref())?;
        indices.first().map(|&index| &self.plan.resources[index])
    }

    /// The resources of one of `kinds` that an attribute of `consumer` refers to: by the attribute's value where it is known, else by
    /// what the configuration's argument `names` refers to. Empty if there are none.
    pub(super) fn referred(
        &self,
        consumer: &Resource<'a>,
        value: Option<&str>,
        names: &[&str],
        kinds: &[&str],
    ) -> Vec<&'s Resource<'a>> {
        if let Some(value) = value {
            let indices = self.by_name.get(&value.to_lowercase()).map(Vec::as_slice).unwrap_or_default();
            let found = indices.iter().map(|&index| &self.plan.resources[index]);
            let found: Vec<_> = found.filter(|one| kinds.contains(&one.kind.as_ref())).collect();
            if !found.is_empty() {
                return found;
            }
        }
        let targets = self.plan.configuration.targets(&consumer.block, names);
        let mut found = Vec::new();
        for target in targets {
            let candidates = self.plan.instances(&target.block).filter(|one| kinds.contains(&one.kind.as_ref()));
            let mut candidates: Vec<&Resource<'a>> = candidates.collect();
            if let Some(key) = &target.key {
                candidates.retain(|one| one.address.ends_with(key.as_str()));
            }
            found.extend(nearest(candidates, consumer));
        }
        found
    }

    /// The text that all of `resources` agree on; a single reason where they differ or say nothing.
    pub(super) fn agreed(
        &self,
        resources: &[&Resource<'a>],
        attribute: &'static str,
        read: impl Fn(&Attributes<'a>) -> Figure<String>,
        wanted: &[&str],
    ) -> Figure<String> {
        let mut agreed: Option<Figure<String>> = None;
        for resource in resources {
            let Some(attributes) = self.attributes_of(resource, wanted) else { continue };
            let text = read(&attributes);
            match &agreed {
                None => agreed = Some(text),
                Some(before) if *before == text => {}
                Some(_) => return Figure::Unknown(Reason::Because(format!("`{attribute}` may be one of several"))),
            }
        }
        agreed.unwrap_or_else(|| Figure::Unknown(Reason::NotStated { attribute: attribute.to_owned() }))
    }

    /// The attributes of a resource at the scene's time, or at its only one: what a group refers to may be replaced with it.
    pub(super) fn attributes_of(&self, resource: &Resource<'a>, wanted: &[&str]) -> Option<Attributes<'a>> {
        let other = if self.time == Time::Before { Time::After } else { Time::Before };
        resource.attributes(self.time, wanted).or_else(|| resource.attributes(other, wanted))
    }

    /// The region written as `attribute`, if the catalog knows it.
    pub(super) fn region(&self, cloud: &str, name: &str) -> Figure<RegionKey> {
        let key = RegionKey::new(cloud, name);
        if self.zones.has(&key) { Figure::Known(key) } else { Figure::Unknown(Reason::NoSuchRegion { region: key }) }
    }

    /// The region of a zone.
    pub(super) fn region_of_zone(&self, cloud: &str, zone: &str) -> Figure<RegionKey> {
        match self.zones.region_of(cloud, zone) {
            Some(key) => Figure::Known(key),
            None => Figure::Unknown(Reason::NoSuchRegion { region: RegionKey::new(cloud, zone) }),
        }
    }

    /// The region of a resource that states none itself: that of its provider.
    pub(super) fn provider_region(&self, cloud: &str, resource: &Resource<'a>) -> Figure<RegionKey> {
        let configuration = &self.plan.configuration;
        match configuration.provider_text(&resource.block, "region") {
            Some(region) => self.region(cloud, &region),
            None if configuration.provider_argument(&resource.block, "region").is_some() => Figure::Unknown(
                Reason::Because("the provider's `region` is an expression that a plan does not show".to_owned()),
            ),
            None => Figure::Unknown(Reason::NotStated { attribute: "region".to_owned() }),
        }
    }

    /// The region of AWS's resource: its own `region`, that of its zones, that in its ARN, or its provider's.
    pub(super) fn aws_region(
        &self,
        resource: &Resource<'a>,
        attributes: &Attributes<'a>,
        zones: &Figure<Vec<String>>,
    ) -> Figure<RegionKey> {
        if let Figure::Known(region) = attributes.get("region").text() {
            return self.region("aws", &region);
        }
        if let Some(zone) = zones.known().and_then(|zones| zones.first()) {
            return self.region_of_zone("aws", zone);
        }
        if let Figure::Known(arn) = attributes.get("arn").text()
            && let Some(region) = arn.split(':').nth(3).filter(|region| !region.is_empty())
        {
            return self.region("aws", region);
        }
        self.provider_region("aws", resource)
    }

    /// The zones of the subnets that an attribute lists: by their ids, or by what the configuration refers to.
    pub(super) fn zones_of_subnets(
        &self,
        resource: &Resource<'a>,
        listed: &Attribute<'a>,
        names: &[&str],
    ) -> Figure<Vec<String>> {
        let ids = match listed.texts() {
            Figure::Known(ids) => ids.into_iter().map(Some).collect(),
            Figure::Unknown(_) => match listed.text() {
                Figure::Known(id) => vec![Some(id.into_owned())],
                Figure::Unknown(reason @ Reason::Sensitive { .. }) => return Figure::Unknown(reason),
                Figure::Unknown(_) => vec![None],
            },
        };
        let mut zones = Vec::new();
        for id in ids {
            let subnets = self.referred(resource, id.as_deref(), names, &["aws_subnet"]);
            if subnets.is_empty() {
                return Figure::Unknown(match id {
                    Some(_) => Reason::Because("its subnets are not in the plan".to_owned()),
                    None => listed.hidden().unwrap_or(Reason::NotStated { attribute: listed.path().to_owned() }),
                });
            }
            for subnet in subnets {
                let Some(attributes) = self.attributes_of(subnet, &["availability_zone"]) else { continue };
                match attributes.get("availability_zone").text() {
                    Figure::Known(zone) => zones.push(zone.into_owned()),
                    Figure::Unknown(reason) => return Figure::Unknown(reason),
                }
            }
        }
        zones.sort();
        zones.dedup();
        if zones.is_empty() {
            return Figure::Unknown(Reason::NotStated { attribute: "availability_zone".to_owned() });
        }
        Figure::Known(zones)
    }
}

/// Of the instances of a block those a consumer means: with its own key, if there is one; in its own module, if there is one.
fn nearest<'s, 'a>(mut candidates: Vec<&'s Resource<'a>>, consumer: &Resource<'a>) -> Vec<&'s Resource<'a>> {
    let mut narrow = |fits: &dyn Fn(&str) -> bool| {
        if candidates.iter().any(|one| fits(&one.address)) {
            candidates.retain(|one| fits(&one.address));
        }
    };
    let module = module_of(&consumer.address);
    if !module.is_empty() {
        narrow(&|address| module_of(address) == module);
    }
    let key = key_of(&consumer.address);
    if !key.is_empty() {
        narrow(&|address| key_of(address) == key);
    }
    candidates
}

/// `["a"]` of `aws_instance.web["a"]`.
fn key_of(address: &str) -> &str {
    let is_key = |at: &usize| {
        let rest = &address[*at..];
        rest.ends_with(']') && address::block(rest).is_empty()
    };
    address.match_indices('[').map(|(at, _)| at).find(is_key).map_or("", |at| &address[at..])
}

/// `module.eu["a"].` of `module.eu["a"].aws_instance.web[0]`.
fn module_of(address: &str) -> &str {
    let own = address::local(&address::block(address)).split('.').next().unwrap_or_default().to_owned();
    address.find(&format!("{own}.")).map_or("", |at| &address[..at])
}
