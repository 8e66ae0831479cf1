//! What is not a plan is never reviewed as if it were one.

use proptest::prelude::*;
use serde_json::json;
use stowage::diagnostic::SourceFile;
use stowage::review::{Options, review};

use super::plans::{options, plan};

fn refusal(text: impl Into<Vec<u8>>) -> Option<String> {
    let options = Options { with_distance: false, ..options() };
    review(&SourceFile::new("plan.json", text), &options).err().map(|faults| faults.to_string())
}

#[test]
fn every_broken_input_is_refused_with_the_reason() {
    let whole = plan().create("aws_instance.a", json!({ "instance_type": "m5.large" })).text();
    let with = |name: &str, value: serde_json::Value| plan().with(name, value).text();
    let without = |name: &str| {
        let mut plan = plan().json();
        plan.as_object_mut().unwrap().remove(name);
        plan.to_string()
    };
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (b"".to_vec(), "error[empty]: plan.json: there is no plan: the text is empty"),
        (b" \n".to_vec(), "error[empty]"),
        (b"PK\x03\x04plan".to_vec(), "error[binary-plan]"),
        (b"\xff\xfe{}".to_vec(), "error[encoding]"),
        (b"null".to_vec(), "error[not-a-plan]"),
        (b"[]".to_vec(), "error[not-a-plan]"),
        (b"{}".to_vec(), "it has no `format_version`"),
        (b"resource \"a\" \"b\" {}".to_vec(), "the text is not a plan in JSON"),
        (b"{\"@level\":\"info\"}\n{}".to_vec(), "this is the log of `terraform plan -json`"),
        (br#"{"format_version":"1.0","values":{"root_module":{}}}"#.to_vec(), "this is a state, not a plan"),
        (whole[..whole.len() / 2].into(), "the plan is cut off"),
        (whole[..whole.len() - 1].into(), "the plan is cut off"),
        (format!("{whole}{whole}").into(), "error[not-a-plan]"),
        (with("format_version", json!("2.0")).into(), "the format `2.0` of the plan is not known"),
        (with("format_version", json!("1.")).into(), "error[format-version]"),
        (with("format_version", json!(1.2)).into(), "error[not-a-plan]"),
        (with("errored", json!(true)).into(), "error[errored-plan]"),
        (without("planned_values").into(), "it has no `planned_values`"),
        (with("resource_changes", json!({})).into(), "error[not-a-plan]"),
        (with("resource_changes", json!([{}])).into(), "error[not-a-plan]"),
        (
            with("resource_changes", json!([{ "address": "a.b", "mode": "managed", "type": "a", "change": {} }]))
                .into(),
            "error[not-a-plan]",
        ),
        (
            with(
                "resource_changes",
                json!([{ "address": "a.b", "mode": "managed", "type": "a", "change": { "actions": ["explode"] } }]),
            )
            .into(),
            "there is no such action",
        ),
        (with("prior_state", json!(3)).into(), "error[not-a-plan]"),
        (with("configuration", json!({ "root_module": [] })).into(), "error[not-a-plan]"),
    ];
    for (text, expected) in cases {
        let shown = String::from_utf8_lossy(&text).chars().take(80).collect::<String>();
        let refused = refusal(text).unwrap_or_else(|| panic!("accepted: {shown}"));
        assert!(refused.contains(expected), "{shown}\n{refused}");
    }
}

/// Every beginning of a plan is refused; the whole is not.
#[test]
fn a_plan_cut_anywhere_is_refused() {
    let whole = plan()
        .create("aws_instance.a", json!({ "instance_type": "m5.large", "availability_zone": "eu-central-1a" }))
        .text();
    for end in 0..whole.len() {
        assert!(refusal(&whole.as_bytes()[..end]).is_some(), "{end} bytes");
    }
    assert_eq!(refusal(whole), None);
}

/// Values of the wrong kind, in every attribute that is read, make figures unknown and nothing else.
#[test]
fn values_of_the_wrong_kind_are_unknown() {
    for wrong in [
        json!(null),
        json!(true),
        json!(-1),
        json!(1.5),
        json!("x"),
        json!([]),
        json!([[]]),
        json!({}),
        json!([{ "id": 3 }]),
    ] {
        let values = |names: &[&str]| {
            serde_json::Value::Object(names.iter().map(|name| ((*name).to_owned(), wrong.clone())).collect())
        };
        let all = values(&[
            "instance_type",
            "availability_zone",
            "launch_template",
            "min_size",
            "max_size",
            "desired_capacity",
            "mixed_instances_policy",
            "machine_type",
            "zone",
            "region",
            "target_size",
            "version",
            "size",
            "sku",
            "location",
            "zones",
            "instances",
            "default_node_pool",
            "type",
            "body",
            "spec",
            "metadata",
            "set",
            "values",
            "jobspec",
            "task_groups",
            "node_config",
            "autoscaling",
            "node_locations",
            "scaling_config",
            "instance_types",
            "launch_template_config",
            "target_capacity_specification",
            "template",
            "memory_size",
        ]);
        let kinds = [
            "aws_instance",
            "aws_autoscaling_group",
            "aws_eks_node_group",
            "aws_ec2_fleet",
            "aws_spot_fleet_request",
            "aws_ecs_service",
            "aws_lambda_function",
            "google_compute_instance",
            "google_compute_instance_group_manager",
            "google_container_cluster",
            "google_container_node_pool",
            "google_cloud_run_v2_service",
            "azurerm_linux_virtual_machine",
            "azurerm_linux_virtual_machine_scale_set",
            "azurerm_kubernetes_cluster",
            "azapi_resource",
            "kubernetes_deployment",
            "helm_release",
            "nomad_job",
        ];
        let mut plan = plan();
        for kind in kinds {
            plan = plan.create(&format!("{kind}.a"), all.clone());
        }
        let report = plan.review();
        assert_eq!(report.coverage.priced, 0, "{wrong}");
        assert_eq!(report.totals.cost.after.known.max.micros(), 0);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn arbitrary_bytes_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(refusal(bytes).is_some());
    }

    /// A plan with some bytes changed is refused or reviewed; nothing panics.
    #[test]
    fn a_plan_with_changed_bytes_does_no_harm(changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..6)) {
        let mut text = plan()
            .create("aws_instance.a", json!({ "instance_type": "m5.large", "availability_zone": "eu-central-1a" }))
            .create("google_container_node_pool.a", json!({ "location": "europe-west1", "node_count": 3, "node_config": [{}] }))
            .create("azapi_resource.a", json!({ "type": "Microsoft.Compute/virtualMachines@1", "body": "{\"zones\":[\"1\"]}" }))
            .text()
            .into_bytes();
        for (index, byte) in changes {
            let at = index.index(text.len());
            text[at] = byte;
        }
        let _ = refusal(text);
    }
}
