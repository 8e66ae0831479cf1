//! The gate, run as pipelines run it: plans, policies and outputs.
//!
//! Plans are written here in the shape of `terraform show -json`. m5.large costs 0.115 USD an hour in eu-central-1 and 0.107 in eu-west-1, so
//! 83.95 and 78.11 USD in a month of 730 hours.

mod broken;
mod documents;
mod exits;
mod fix;
mod formats;
mod policies;
mod recipes;
mod rego;
mod run_task;
mod secrets;

use serde_json::{Value, json};

use crate::runs::{folder, run, run_in};

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// A change of a managed resource.
#[expect(clippy::needless_pass_by_value, reason = "callers build the values in place")]
fn change(address: &str, actions: &[&str], before: Value, after: Value) -> Value {
    let mut parts = address.split('.');
    json!({
        "address": address, "mode": "managed", "type": parts.next(), "name": parts.next(),
        "provider_name": "registry.terraform.io/hashicorp/aws",
        "change": {
            "actions": actions, "before": before, "after": after,
            "after_unknown": {}, "before_sensitive": {}, "after_sensitive": {},
        },
    })
}

/// A plan with these changes.
fn plan(changes: &[Value]) -> Value {
    json!({
        "format_version": "1.2",
        "terraform_version": "1.9.8",
        "planned_values": { "root_module": {} },
        "resource_changes": changes,
        "prior_state": { "format_version": "1.0", "values": { "root_module": { "resources": [] } } },
        "configuration": { "root_module": {} },
    })
}

fn instance(zone: &str, machine_type: &str) -> Value {
    json!({ "instance_type": machine_type, "availability_zone": zone, "ami": "ami-1" })
}

/// A new m5.large in Frankfurt, for 83.95 USD.
fn small() -> String {
    plan(&[change("aws_instance.web", &["create"], Value::Null, instance("eu-central-1a", "m5.large"))]).to_string()
}

/// A machine of a type nobody prices.
fn unpriced() -> String {
    plan(&[change("aws_instance.web", &["create"], Value::Null, instance("eu-central-1a", "m99.mega"))]).to_string()
}

/// One m5.large that stays and one that comes.
fn grown() -> String {
    let frankfurt = instance("eu-central-1a", "m5.large");
    plan(&[
        change("aws_instance.old", &["no-op"], frankfurt.clone(), frankfurt),
        change("aws_instance.new", &["create"], Value::Null, instance("eu-west-1a", "m5.large")),
    ])
    .to_string()
}
