//! Azure's resources as the provider `azapi` writes them: a type with a version, and a body in the shape of Azure's own interface.
//!
//! Version 2 of the provider holds the body as an object, version 1 as JSON in a string.

use serde_json::Value;

use super::azure::region;
use super::{Market, Pool, Scene};
use crate::model::RegionKey;
use crate::review::plan::{Attribute, Attributes, Resource};
use crate::review::reason::Reason;
use crate::review::report::{Figure, Range};

pub(super) const RESOURCE: &[&str] = &["type", "location", "body", "parent_id"];

pub(super) fn resource(scene: &Scene<'_, '_>, resource: &Resource<'_>, attributes: &Attributes<'_>) -> Vec<Pool> {
    let kind = attributes.get("type").text();
    let Some(kind) = kind.known() else { return Vec::new() };
    let kind = kind.split('@').next().unwrap_or_default().to_lowercase();
    let body = attributes.get("body");
    let body = Body::of(&body);
    let own = || region(scene, attributes.get("location").text().map(std::borrow::Cow::into_owned));
    match kind.as_str() {
        "microsoft.compute/virtualmachines" => {
            let machine_type = body.text(&["properties", "hardwareProfile", "vmSize"]);
            let pool = Pool::of(own(), body.texts(&["zones"]), machine_type, Figure::Known(Range::fixed(1)));
            vec![pool.bought(market(&body.text(&["properties", "priority"])))]
        }
        "microsoft.compute/virtualmachinescalesets" => {
            let capacity = body.whole(&["sku", "capacity"]).map(Range::fixed);
            let pool = Pool::of(own(), body.texts(&["zones"]), body.text(&["sku", "name"]), capacity);
            let priority = body.text(&["properties", "virtualMachineProfile", "priority"]);
            vec![pool.bought(market(&priority))]
        }
        "microsoft.containerservice/managedclusters" => {
            let profiles = body.items(&["properties", "agentPoolProfiles"]);
            let named = |(index, profile): (usize, &Body<'_>)| {
                agent_pool(own(), profile).part(format!(".body.properties.agentPoolProfiles[{index}]"))
            };
            profiles.iter().enumerate().map(named).collect()
        }
        "microsoft.containerservice/managedclusters/agentpools" => {
            let parent = attributes.get("parent_id").text();
            let kinds = ["azapi_resource", "azurerm_kubernetes_cluster"];
            let clusters = scene.referred(resource, parent.known().map(AsRef::as_ref), &["parent_id"], &kinds);
            let read = |found: &Attributes<'_>| found.get("location").text().map(std::borrow::Cow::into_owned);
            let location = match clusters[..] {
                [] => Figure::Unknown(Reason::Because("its cluster is not in the plan".to_owned())),
                _ => scene.agreed(&clusters, "location", read, &["location"]),
            };
            vec![agent_pool(region(scene, location), &body.part("properties"))]
        }
        _ => Vec::new(),
    }
}

fn market(priority: &Figure<String>) -> Market {
    let is_spot = priority.known().is_some_and(|priority| priority == "Spot" || priority == "Low");
    if is_spot { Market::Spot } else { Market::OnDemand }
}

fn agent_pool(region: Figure<RegionKey>, profile: &Body<'_>) -> Pool {
    let count = profile.whole(&["count"]);
    let is_scaled = profile.is_true("enableAutoScaling");
    let capacity = if is_scaled {
        match (profile.whole(&["minCount"]), profile.whole(&["maxCount"])) {
            (Figure::Known(min), Figure::Known(max)) if min <= max => {
                Figure::Known(Range { min, expected: count.known().copied().unwrap_or(min).clamp(min, max), max })
            }
            (Figure::Unknown(reason), _) | (_, Figure::Unknown(reason)) => Figure::Unknown(reason),
            (Figure::Known(_), Figure::Known(_)) => Figure::Unknown(Reason::Unreadable {
                attribute: "maxCount".to_owned(),
                expected: "at least the smallest size",
            }),
        }
    } else {
        count.map(Range::fixed)
    };
    let pool = Pool::of(region, profile.texts(&["availabilityZones"]), profile.text(&["vmSize"]), capacity);
    pool.bought(market(&profile.text(&["scaleSetPriority"])))
}

/// A body in either form.
enum Body<'a> {
    Object(Attribute<'a>),
    Json(Value),
    Hidden(Reason),
}

impl<'a> Body<'a> {
    fn of(attribute: &Attribute<'a>) -> Self {
        if let Figure::Known(text) = attribute.text() {
            let fault = Reason::Unreadable { attribute: attribute.path().to_owned(), expected: "JSON" };
            return serde_json::from_str(&text).map_or(Self::Hidden(fault), Self::Json);
        }
        match attribute.hidden() {
            Some(reason) => Self::Hidden(reason),
            None => Self::Object(attribute.clone()),
        }
    }

    fn part(&self, name: &str) -> Self {
        match self {
            Self::Object(attribute) => Self::Object(attribute.get(name)),
            Self::Json(value) => Self::Json(value.get(name).cloned().unwrap_or(Value::Null)),
            Self::Hidden(reason) => Self::Hidden(reason.clone()),
        }
    }

    fn at(&self, names: &[&str]) -> Self {
        names.iter().fold(self.part_or_self(), |part, name| part.part(name))
    }

    fn part_or_self(&self) -> Self {
        match self {
            Self::Object(attribute) => Self::Object(attribute.clone()),
            Self::Json(value) => Self::Json(value.clone()),
            Self::Hidden(reason) => Self::Hidden(reason.clone()),
        }
    }

    fn items(&self, names: &[&str]) -> Vec<Self> {
        match self.at(names) {
            Self::Object(attribute) => attribute.items().into_iter().map(Self::Object).collect(),
            Self::Json(Value::Array(items)) => items.into_iter().map(Self::Json).collect(),
            Self::Json(_) => Vec::new(),
            Self::Hidden(reason) => vec![Self::Hidden(reason)],
        }
    }

    fn json<T>(names: &[&str], value: &Value, read: impl Fn(&Value) -> Option<T>) -> Figure<T> {
        let attribute = format!("body.{}", names.join("."));
        match value {
            Value::Null => Figure::Unknown(Reason::NotStated { attribute }),
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => read(value)
                .map_or(
                    Figure::Unknown(Reason::Unreadable { attribute, expected: "what Azure's interface holds there" }),
                    Figure::Known,
                ),
        }
    }

    fn text(&self, names: &[&str]) -> Figure<String> {
        match self.at(names) {
            Self::Object(attribute) => attribute.text().map(std::borrow::Cow::into_owned),
            Self::Json(value) => Self::json(names, &value, |value| value.as_str().map(str::to_owned)),
            Self::Hidden(reason) => Figure::Unknown(reason),
        }
    }

    fn whole(&self, names: &[&str]) -> Figure<u64> {
        match self.at(names) {
            Self::Object(attribute) => attribute.whole(),
            Self::Json(value) => Self::json(names, &value, Value::as_u64),
            Self::Hidden(reason) => Figure::Unknown(reason),
        }
    }

    fn texts(&self, names: &[&str]) -> Figure<Vec<String>> {
        let texts = match self.at(names) {
            Self::Object(attribute) => attribute.texts(),
            Self::Json(value) => Self::json(names, &value, |value| {
                value.as_array()?.iter().map(|item| item.as_str().map(str::to_owned)).collect()
            }),
            Self::Hidden(reason) => Figure::Unknown(reason),
        };
        texts.map(|mut texts| {
            texts.sort();
            texts
        })
    }

    fn is_true(&self, name: &str) -> bool {
        match self.at(&[name]) {
            Self::Object(attribute) => attribute.is_true(),
            Self::Json(value) => value == Value::Bool(true),
            Self::Hidden(_) => false,
        }
    }
}
