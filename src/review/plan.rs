//! A plan as `terraform show -json` writes it, read once and held as slices of its text.
//!
//! Resources come from `resource_changes`, which lists every managed instance, changed or not, with its values before and after; so
//! `planned_values` and the managed part of `prior_state`, which say the same again, are skipped. Data sources read while planning are only
//! in `prior_state`. Of all of them only the types that [`fleet`](super::fleet) reads are held; the rest are counted.
//!
//! Whatever is not a complete plan is refused here, with the way out: a gate must never pass because it could not read.

pub(super) mod address;
mod attributes;
mod configuration;
mod raw;
mod refusal;

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use sha2::{Digest, Sha256};

pub(super) use attributes::{Attribute, Attributes};
pub(super) use configuration::Configuration;
pub(super) use raw::Raw;
use raw::{Text, filtered};

use super::report::{Action, PlanStamp};
use crate::diagnostic::{Diagnostics, SourceFile};
use crate::units::hexadecimal;

/// A resource instance of a type that is read, or a data source.
#[derive(Debug)]
pub(super) struct Resource<'a> {
    /// As Terraform writes it.
    pub(super) address: Cow<'a, str>,
    /// The address without the keys of instances.
    pub(super) block: String,
    /// The resource type.
    pub(super) kind: Cow<'a, str>,
    /// True for a data source.
    pub(super) is_data: bool,
    /// What the plan does with it.
    pub(super) action: Action,
    before: Option<Raw<'a>>,
    after: Option<Raw<'a>>,
    after_unknown: Option<Raw<'a>>,
    before_sensitive: Option<Raw<'a>>,
    after_sensitive: Option<Raw<'a>>,
}

/// A time: before the change or after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Time {
    Before,
    After,
}

impl<'a> Resource<'a> {
    /// The attributes `wanted` at a time; none if the resource does not exist then.
    pub(super) fn attributes(&self, time: Time, wanted: &[&str]) -> Option<Attributes<'a>> {
        match time {
            Time::Before => self.before.map(|values| Attributes::pick(values, None, self.before_sensitive, wanted)),
            Time::After => {
                self.after.map(|values| Attributes::pick(values, self.after_unknown, self.after_sensitive, wanted))
            }
        }
    }

    /// True if it exists at that time.
    pub(super) const fn exists(&self, time: Time) -> bool {
        match time {
            Time::Before => self.before.is_some(),
            Time::After => self.after.is_some(),
        }
    }

    /// All values after the change, with their masks.
    pub(super) const fn after(&self) -> (Option<Raw<'a>>, Option<Raw<'a>>, Option<Raw<'a>>) {
        (self.after, self.after_unknown, self.after_sensitive)
    }
}

/// A change put off to a later plan.
#[derive(Debug)]
pub(super) struct Deferred {
    /// The resource instance.
    pub(super) address: String,
    /// Why, in Terraform's word.
    pub(super) reason: String,
}

/// A data source that is read only during the apply.
#[derive(Debug)]
pub(super) struct LateRead {
    pub(super) block: String,
    pub(super) kind: String,
    /// Terraform's word for why, such as `read_because_dependency_pending`.
    pub(super) reason: String,
}

/// A plan.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    pub(super) stamp: PlanStamp,
    /// By address, data sources among them.
    pub(super) resources: Vec<Resource<'a>>,
    /// Types that are not read, with the number of instances after the change.
    pub(super) not_read: BTreeMap<Cow<'a, str>, usize>,
    pub(super) configuration: Configuration<'a>,
    pub(super) deferred: Vec<Deferred>,
    /// Data sources that are read only during the apply, by address.
    pub(super) late_reads: BTreeMap<String, LateRead>,
    /// False if Terraform says that further plans are needed.
    pub(super) is_complete: bool,
    by_block: BTreeMap<String, Vec<usize>>,
}

impl<'a> Plan<'a> {
    /// Reads a plan; `is_read` says which resource types are held.
    ///
    /// # Errors
    /// Whatever is not a complete plan in a format this program knows.
    pub(super) fn read(file: &'a SourceFile, is_read: &dyn Fn(&str) -> bool) -> Result<Self, Diagnostics> {
        let text = refusal::text(file)?;
        let document: Document<'a> = serde_json::from_str(text).map_err(|error| refusal::syntax(file, text, &error))?;
        refusal::check(file, &document)?;
        let mut stamp = PlanStamp {
            format_version: document.format_version.map(|text| text.0.into_owned()).unwrap_or_default(),
            terraform_version: document.terraform_version.map(|text| text.0.into_owned()),
            digest: hexadecimal(&Sha256::digest(&file.text)),
            resources: 0,
        };
        let mut resources = Vec::new();
        let mut not_read = BTreeMap::new();
        let mut late_reads = BTreeMap::new();
        for mut entry in document.resource_changes.unwrap_or_default() {
            let reason = entry.action_reason.take();
            let resource = entry.resource();
            if resource.is_data && resource.action == Action::Read {
                let reason = reason.map(|text| text.0.into_owned()).unwrap_or_default();
                let late = LateRead { block: resource.block.clone(), kind: resource.kind.to_string(), reason };
                late_reads.insert(resource.address.to_string(), late);
            }
            stamp.resources += usize::from(!resource.is_data);
            if is_read(&resource.kind) {
                resources.push(resource);
            } else if !resource.is_data && resource.exists(Time::After) {
                *not_read.entry(resource.kind).or_default() += 1;
            }
        }
        if let Some(state) = document.prior_state {
            let state: State<'a> = state.object().map_err(|error| refusal::part(file, "prior_state", &error))?;
            if let Some(values) = state.values {
                values.root_module.collect(is_read, &mut resources);
            }
        }
        resources.sort_by(|a, b| a.address.cmp(&b.address));
        let mut by_block: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, resource) in resources.iter().enumerate() {
            by_block.entry(resource.block.clone()).or_default().push(index);
        }
        let configuration = Configuration::read(document.configuration, document.variables)
            .map_err(|error| refusal::part(file, "configuration", &error))?;
        let deferred = document.deferred_changes.unwrap_or_default().into_iter().map(DeferredEntry::deferred).collect();
        let is_complete = document.complete.unwrap_or(true);
        Ok(Self { stamp, resources, not_read, configuration, deferred, late_reads, is_complete, by_block })
    }

    /// The instances of a block, in the order of their addresses.
    pub(super) fn instances(&self, block: &str) -> impl Iterator<Item = &Resource<'a>> {
        self.by_block.get(block).into_iter().flatten().map(|&index| &self.resources[index])
    }
}

/// The parts of the outermost object that count. Parts that are held as they are get their meaning later.
#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow, default)]
    format_version: Option<Text<'a>>,
    #[serde(borrow, default)]
    terraform_version: Option<Text<'a>>,
    #[serde(borrow, default)]
    planned_values: Option<Raw<'a>>,
    #[serde(borrow, default)]
    resource_changes: Option<Vec<Entry<'a>>>,
    #[serde(borrow, default)]
    deferred_changes: Option<Vec<DeferredEntry<'a>>>,
    #[serde(borrow, default)]
    prior_state: Option<Raw<'a>>,
    #[serde(borrow, default)]
    configuration: Option<Raw<'a>>,
    #[serde(borrow, default)]
    variables: Option<Raw<'a>>,
    /// Only in a state, which people give by mistake.
    #[serde(borrow, default)]
    values: Option<Raw<'a>>,
    #[serde(default)]
    complete: Option<bool>,
    #[serde(default)]
    errored: Option<bool>,
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow)]
    address: Text<'a>,
    #[serde(borrow)]
    mode: Text<'a>,
    #[serde(borrow, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow, default)]
    deposed: Option<Text<'a>>,
    #[serde(borrow, default)]
    action_reason: Option<Text<'a>>,
    #[serde(borrow)]
    change: EntryChange<'a>,
}

#[derive(Deserialize)]
struct EntryChange<'a> {
    #[serde(deserialize_with = "action")]
    actions: Action,
    #[serde(borrow, default)]
    before: Option<Raw<'a>>,
    #[serde(borrow, default)]
    after: Option<Raw<'a>>,
    #[serde(borrow, default)]
    after_unknown: Option<Raw<'a>>,
    #[serde(borrow, default)]
    before_sensitive: Option<Raw<'a>>,
    #[serde(borrow, default)]
    after_sensitive: Option<Raw<'a>>,
}

impl<'a> Entry<'a> {
    fn resource(self) -> Resource<'a> {
        let block = address::block(&self.address.0);
        // An object that a failed replacement left behind has the address of its successor.
        let address = match self.deposed {
            Some(key) => Cow::Owned(format!("{} (deposed {})", self.address.0, key.0)),
            None => self.address.0,
        };
        let existing = |raw: Option<Raw<'a>>| raw.filter(|raw| !raw.is_null());
        Resource {
            address,
            block,
            kind: self.kind.0,
            is_data: self.mode.0 == "data",
            action: self.change.actions,
            before: existing(self.change.before),
            after: existing(self.change.after),
            after_unknown: self.change.after_unknown,
            before_sensitive: self.change.before_sensitive,
            after_sensitive: self.change.after_sensitive,
        }
    }
}

fn action<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Action, D::Error> {
    let words = Vec::<Text<'de>>::deserialize(deserializer)?;
    let words: Vec<&str> = words.iter().map(|word| word.0.as_ref()).collect();
    Ok(match words[..] {
        ["no-op"] => Action::NoOp,
        ["create"] => Action::Create,
        ["read"] => Action::Read,
        ["update"] => Action::Update,
        ["delete"] => Action::Delete,
        ["forget"] => Action::Forget,
        ["delete", "create"] => Action::DeleteThenCreate,
        ["create", "delete" | "forget"] => Action::CreateThenDelete,
        _ => return Err(serde::de::Error::custom(refusal::NO_SUCH_ACTION)),
    })
}

#[derive(Deserialize)]
struct DeferredEntry<'a> {
    #[serde(borrow, default)]
    reason: Option<Text<'a>>,
    #[serde(borrow)]
    resource_change: DeferredResource<'a>,
}

#[derive(Deserialize)]
struct DeferredResource<'a> {
    #[serde(borrow)]
    address: Text<'a>,
}

impl DeferredEntry<'_> {
    fn deferred(self) -> Deferred {
        Deferred {
            address: self.resource_change.address.0.into_owned(),
            reason: self.reason.map_or_else(|| "unknown".to_owned(), |text| text.0.into_owned()),
        }
    }
}

#[derive(Deserialize)]
struct State<'a> {
    #[serde(borrow, default)]
    values: Option<StateValues<'a>>,
}

#[derive(Deserialize)]
struct StateValues<'a> {
    #[serde(borrow)]
    root_module: StateModule<'a>,
}

#[derive(Deserialize)]
struct StateModule<'a> {
    #[serde(borrow, default, deserialize_with = "data_only")]
    resources: Vec<StateResource<'a>>,
    #[serde(borrow, default)]
    child_modules: Vec<StateModule<'a>>,
}

#[derive(Deserialize)]
struct StateResource<'a> {
    #[serde(borrow)]
    address: Text<'a>,
    #[serde(borrow)]
    mode: Text<'a>,
    #[serde(borrow, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow, default)]
    values: Option<Raw<'a>>,
    #[serde(borrow, default)]
    sensitive_values: Option<Raw<'a>>,
}

fn data_only<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<StateResource<'de>>, D::Error> {
    filtered(deserializer, |resource: StateResource<'de>| (resource.mode.0 == "data").then_some(resource))
}

impl<'a> StateModule<'a> {
    fn collect(self, is_read: &dyn Fn(&str) -> bool, resources: &mut Vec<Resource<'a>>) {
        for resource in self.resources.into_iter().filter(|resource| is_read(&resource.kind.0)) {
            resources.push(Resource {
                block: address::block(&resource.address.0),
                address: resource.address.0,
                kind: resource.kind.0,
                is_data: true,
                action: Action::NoOp,
                before: resource.values,
                after: resource.values,
                after_unknown: None,
                before_sensitive: resource.sensitive_values,
                after_sensitive: resource.sensitive_values,
            });
        }
        for module in self.child_modules {
            module.collect(is_read, resources);
        }
    }
}
