//! What may go wrong during the apply, and traps.

use serde_json::{Value, json};
use stowage::diagnostic::SourceFile;
use stowage::review::{Options, RULES, Severity};

use super::plans::{Plan, options, plan, rules};

fn machine(zone: &str) -> Value {
    json!({ "instance_type": "m5.large", "availability_zone": zone })
}

fn replace(plan: Plan, address: &str, actions: &[&str], zone: &str) -> Plan {
    plan.change(address, actions, machine(zone), machine(zone), json!({}))
}

const DELETE_FIRST: &[&str] = &["delete", "create"];
const CREATE_FIRST: &[&str] = &["create", "delete"];

/// Three machines in three zones: after the loss of a zone two are left. Replacing one at a time leaves two, replacing two leaves one.
#[test]
fn replacing_before_creating_leaves_a_gap() {
    let zones = ["eu-central-1a", "eu-central-1b", "eu-central-1c"];
    let found = |replaced: usize, actions: &[&str]| {
        let mut plan = plan();
        for (index, zone) in zones.iter().enumerate() {
            let address = format!("aws_instance.web[{index}]");
            plan = if index < replaced {
                replace(plan, &address, actions, zone)
            } else {
                plan.keep(&address, machine(zone))
            };
        }
        rules(&plan.review())
    };
    assert_eq!(found(0, DELETE_FIRST), Vec::<String>::new());
    assert_eq!(found(1, DELETE_FIRST), Vec::<String>::new(), "two are left, as after the loss of a zone");
    assert_eq!(found(2, DELETE_FIRST), ["capacity-gap-during-replace aws_instance.web"]);
    assert_eq!(found(3, DELETE_FIRST), ["all-zones-replaced-at-once aws_instance.web"]);
    assert_eq!(found(3, CREATE_FIRST), Vec::<String>::new(), "successors come first");
}

#[test]
fn the_only_machine_is_missing_while_it_is_replaced() {
    let report = replace(plan(), "aws_instance.one", DELETE_FIRST, "eu-central-1a").review();
    let finding = &report.findings[0];
    assert_eq!(finding.message, "the only machine of `aws_instance.one` is destroyed before its successor is created");
    assert_eq!(finding.severity, Severity::Error);
}

#[test]
fn what_is_lost_is_told() {
    let gone = plan()
        .change("aws_instance.a", &["delete"], machine("eu-west-1a"), Value::Null, json!({}))
        .keep("aws_instance.b", machine("eu-central-1a"))
        .review();
    assert_eq!(rules(&gone), ["last-region-removed aws_instance.a", "region-removed -"]);
    // From two zones into one.
    let group = |zones: &[&str]| json!({ "min_size": 4, "max_size": 4, "desired_capacity": 4, "availability_zones": zones, "launch_configuration": "l" });
    let narrowed = plan()
        .keep("aws_launch_configuration.l", json!({ "name": "l", "id": "l", "instance_type": "m5.large" }))
        .change(
            "aws_autoscaling_group.g",
            &["update"],
            group(&["eu-central-1a", "eu-central-1b"]),
            group(&["eu-central-1a"]),
            json!({}),
        )
        .review();
    assert_eq!(rules(&narrowed), ["survival-lost aws_autoscaling_group.g", "single-zone aws_autoscaling_group.g"]);
    let service = &narrowed.services[0];
    let share = |side: &Option<stowage::review::Endurance>| side.as_ref().unwrap().zone.known().unwrap().share.0;
    assert_eq!((share(&service.endures.before), share(&service.endures.after)), (500_000, 1_000_000));
}

/// An autoscaler has grown the group to 9; the apply sets it back to 3.
#[test]
fn an_apply_that_undoes_the_autoscaler_is_told() {
    let group = |desired: u64| {
        json!({ "min_size": 2, "max_size": 12, "desired_capacity": desired, "availability_zones": ["eu-central-1a", "eu-central-1b"],
            "launch_configuration": "l" })
    };
    let base = |before: u64, after: u64, written: bool| {
        let expressions = if written { json!({ "desired_capacity": { "constant_value": after } }) } else { json!({}) };
        plan()
            .keep("aws_launch_configuration.l", json!({ "name": "l", "id": "l", "instance_type": "m5.large" }))
            .change("aws_autoscaling_group.g", &["update"], group(before), group(after), json!({}))
            .block("aws_autoscaling_group.g", json!({ "expressions": expressions }))
    };
    let report = base(9, 3, true).review();
    assert_eq!(rules(&report), ["autoscaler-count-reset aws_autoscaling_group.g"]);
    assert_eq!(
        report.findings[0].message,
        "the apply sets `desired_capacity` of `aws_autoscaling_group.g` from 9 to 3, whatever the load is then"
    );
    assert_eq!(rules(&base(9, 3, false).review()), Vec::<String>::new(), "the cloud decides, not the configuration");
    let written = |lifecycle: &str| {
        let text = format!("resource \"aws_autoscaling_group\" \"g\" {{\n  desired_capacity = 3\n{lifecycle}}}\n");
        let sources = [SourceFile::new("main.tf", text)];
        let report = base(3, 3, true).review_with(&Options { sources: &sources, with_distance: false, ..options() });
        (rules(&report), report.findings.first().and_then(|finding| finding.location.clone()).map(|place| place.line))
    };
    assert_eq!(written(""), (vec!["count-under-autoscaler aws_autoscaling_group.g".to_owned()], Some(1)));
    assert_eq!(written("  lifecycle {\n    ignore_changes = [desired_capacity]\n  }\n"), (vec![], None));
}

#[test]
fn traps_of_terraform_are_told() {
    let counted = json!({ "count_expression": { "references": ["data.stowage_placement.shop.groups", "data.stowage_placement.shop"] } });
    let report = plan()
        .keep("aws_instance.web[\"eu/m5.large\"]", machine("eu-central-1a"))
        .keep("aws_instance.n[0]", machine("eu-central-1a"))
        .block("aws_instance.n", counted)
        .late("data.stowage_placement.shop", "read_because_dependency_pending")
        .block("data.stowage_placement.shop", json!({ "depends_on": ["terraform_data.x"] }))
        .late("data.aws_ami.a", "read_because_config_unknown")
        .with("complete", json!(false))
        .with(
            "deferred_changes",
            json!([{ "reason": "provider_config_unknown", "resource_change": { "address": "aws_instance.later" } }]),
        )
        .review();
    assert_eq!(
        rules(&report),
        [
            "deferred-data data.stowage_placement.shop",
            "incomplete-plan -",
            "key-from-position aws_instance.n",
            "key-from-type aws_instance.web[\"eu/m5.large\"]",
            "placement-unverifiable data.stowage_placement.shop",
            "unknown aws_instance.later",
            "deferred-data data.aws_ami.a",
        ]
    );
    assert!(report.findings[0].help.as_deref().unwrap().contains("terraform_data.x"));
}

/// A fingerprint names a place, not numbers; rules are listed once and in order.
#[test]
fn fingerprints_outlive_numbers() {
    let found = |count: u64| {
        let values = |zones: &[&str]| json!({ "sku": "Standard_D2s_v5", "instances": count, "location": "westeurope", "zones": zones });
        plan().keep("azurerm_linux_virtual_machine_scale_set.s", values(&["1"])).review().findings[0].clone()
    };
    let (two, three) = (found(2), found(3));
    assert_ne!(two.message, three.message);
    assert_eq!(two.fingerprint, three.fingerprint);
    assert_eq!(two.fingerprint.len(), 32);
    assert!(RULES.windows(2).all(|pair| pair[0].id < pair[1].id), "by name");
}
