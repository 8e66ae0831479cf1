//! Plans put together from parts, and their reviews.

#![expect(clippy::needless_pass_by_value, reason = "tests write values where they are needed")]

use serde_json::{Map, Value, json};
use stowage::catalog::Catalog;
use stowage::diagnostic::SourceFile;
use stowage::render;
use stowage::review::{Deployment, FleetMember, Options, Range, Report, review};

/// A plan to be written.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    changes: Vec<Value>,
    blocks: Vec<Value>,
    calls: Map<String, Value>,
    providers: Map<String, Value>,
    variables: Map<String, Value>,
    declared: Map<String, Value>,
    extra: Map<String, Value>,
}

/// A plan without anything.
pub(super) fn plan() -> Plan {
    Plan::default()
}

impl Plan {
    /// A change of a managed resource; `masks` may hold `after_unknown`, `before_sensitive`, `after_sensitive`.
    pub(super) fn change(mut self, address: &str, actions: &[&str], before: Value, after: Value, masks: Value) -> Self {
        let mut change = json!({ "actions": actions, "before": before, "after": after });
        for (name, mask) in masks.as_object().into_iter().flatten() {
            change[name] = mask.clone();
        }
        let local =
            address.rsplit("module.").next().unwrap().split_once('.').filter(|_| address.starts_with("module."));
        let local = local.map_or(address, |(_, local)| local);
        let kind = local.split('.').next().unwrap();
        self.changes.push(json!({
            "address": address, "mode": "managed", "type": kind, "name": local.split('.').nth(1).unwrap(),
            "provider_name": "registry.terraform.io/hashicorp/x", "change": change,
        }));
        self
    }

    /// A resource that is created.
    pub(super) fn create(self, address: &str, after: Value) -> Self {
        self.change(address, &["create"], Value::Null, after, json!({}))
    }

    /// A resource that stays as it is.
    pub(super) fn keep(self, address: &str, values: Value) -> Self {
        self.change(address, &["no-op"], values.clone(), values, json!({}))
    }

    /// A data source read during the apply.
    pub(super) fn late(mut self, address: &str, reason: &str) -> Self {
        let kind = address.split('.').nth(1).unwrap();
        self.changes.push(json!({
            "address": address, "mode": "data", "type": kind, "action_reason": reason,
            "change": { "actions": ["read"], "before": null, "after": {}, "after_unknown": { "id": true } },
        }));
        self
    }

    /// A block of the root module; `rest` may hold `expressions`, `for_each_expression`, `depends_on`, `provider_config_key`.
    pub(super) fn block(mut self, address: &str, rest: Value) -> Self {
        self.blocks.push(block(address, rest));
        self
    }

    /// A call of a module.
    pub(super) fn call(mut self, name: &str, call: Value) -> Self {
        self.calls.insert(name.to_owned(), call);
        self
    }

    /// A provider with these expressions.
    pub(super) fn provider(mut self, key: &str, expressions: Value) -> Self {
        self.providers.insert(key.to_owned(), json!({ "name": key, "expressions": expressions }));
        self
    }

    /// A variable with its value.
    pub(super) fn variable(mut self, name: &str, value: Value, is_sensitive: bool) -> Self {
        self.variables.insert(name.to_owned(), json!({ "value": value }));
        let declared = if is_sensitive { json!({ "sensitive": true }) } else { json!({}) };
        self.declared.insert(name.to_owned(), declared);
        self
    }

    /// Another member of the outermost object.
    pub(super) fn with(mut self, name: &str, value: Value) -> Self {
        self.extra.insert(name.to_owned(), value);
        self
    }

    pub(super) fn json(&self) -> Value {
        let mut plan = json!({
            "format_version": "1.2",
            "terraform_version": "1.9.8",
            "variables": self.variables,
            "planned_values": { "root_module": {} },
            "resource_changes": self.changes,
            "prior_state": { "format_version": "1.0", "values": { "root_module": {} } },
            "configuration": {
                "provider_config": self.providers,
                "root_module": { "resources": self.blocks, "module_calls": self.calls, "variables": self.declared },
            },
        });
        for (name, value) in &self.extra {
            plan[name] = value.clone();
        }
        plan
    }

    pub(super) fn text(&self) -> String {
        self.json().to_string()
    }

    /// The review, without the distance.
    #[track_caller]
    pub(super) fn review(&self) -> Report {
        self.review_with(&Options { with_distance: false, ..options() })
    }

    #[track_caller]
    pub(super) fn review_with(&self, options: &Options<'_>) -> Report {
        review(&SourceFile::new("plan.json", self.text()), options).unwrap_or_else(|faults| panic!("{faults}"))
    }
}

/// A block as `configuration` holds it.
pub(super) fn block(address: &str, rest: Value) -> Value {
    let mut block = json!({ "address": address, "mode": "managed", "type": address.split('.').next() });
    for (name, value) in rest.as_object().into_iter().flatten() {
        block[name] = value.clone();
    }
    block
}

/// The embedded catalog, no configuration, with the distance.
pub(super) fn options() -> Options<'static> {
    Options {
        catalog: Catalog::embedded(),
        overlay: None,
        sources: &[],
        workloads: None,
        with_distance: true,
        result: render::result,
    }
}

/// The member at an address.
#[track_caller]
pub(super) fn member<'r>(report: &'r Report, address: &str) -> &'r FleetMember {
    let found = report.members.iter().find(|member| member.address == address);
    found.unwrap_or_else(|| panic!("no {address} in {:#?}", report.members))
}

/// How a member stands after the change.
#[track_caller]
pub(super) fn after<'r>(report: &'r Report, address: &str) -> &'r Deployment {
    member(report, address).stands.after.as_ref().unwrap()
}

/// What a deployment says in one line: region, zones, types, purchase, count; `?reason` for what is unknown.
pub(super) fn line(stands: &Deployment) -> String {
    let zones = stands.zones.known().map_or_else(|| "?".to_owned(), |zones| zones.join("+"));
    let types = told(&stands.machine_types, |types| types.join("+"));
    let count = told(&stands.count, |Range { min, expected, max }| format!("{min}..{expected}..{max}"));
    format!("{} {zones} {types} {} {count}", told(&stands.region, ToString::to_string), stands.purchase.name())
}

fn told<T>(figure: &stowage::review::Figure<T>, show: impl Fn(&T) -> String) -> String {
    figure.known().map_or_else(|| format!("?{}", figure.reason().unwrap()), show)
}

/// The cost after the change, as `min..expected..max` in whole micro-USD.
pub(super) fn micros(stands: &Deployment) -> String {
    told(&stands.monthly_cost, |Range { min, expected, max }| {
        format!("{}..{}..{}", min.micros(), expected.micros(), max.micros())
    })
}

/// The rules found, with what they are about.
pub(super) fn rules(report: &Report) -> Vec<String> {
    let told =
        |finding: &stowage::review::Finding| format!("{} {}", finding.rule, finding.address.as_deref().unwrap_or("-"));
    report.findings.iter().map(told).collect()
}
