//! Sensitive values reach no output.

use serde_json::{Value, json};
use stowage::diagnostic::SourceFile;
use stowage::render;
use stowage::review::{Options, review};

use super::plans::{options, plan};

/// What must not come out, wherever it was put in.
const SECRET: &str = "hunter2-correct-horse";

/// Every attribute that is read holds the secret and is marked sensitive, in parts or whole; so do arguments nobody reads, a sensitive
/// variable, and the configuration's constants.
#[test]
fn planted_secrets_come_out_nowhere() {
    let hidden = |names: &[&str], value: &Value| {
        Value::Object(names.iter().map(|name| ((*name).to_owned(), value.clone())).collect())
    };
    let names = [
        "instance_type",
        "availability_zone",
        "region",
        "arn",
        "launch_template",
        "min_size",
        "desired_capacity",
        "machine_type",
        "zone",
        "size",
        "sku",
        "location",
        "zones",
        "instances",
        "type",
        "body",
        "spec",
        "metadata",
        "values",
        "jobspec",
        "user_data",
        "password",
    ];
    let kinds = [
        "aws_instance",
        "aws_autoscaling_group",
        "google_compute_instance",
        "azurerm_linux_virtual_machine",
        "azurerm_linux_virtual_machine_scale_set",
        "azapi_resource",
        "kubernetes_deployment",
        "helm_release",
        "nomad_job",
        "aws_db_instance",
        "terraform_data",
    ];
    for value in [json!(SECRET), json!([SECRET]), json!([{ "id": SECRET, "name": SECRET }]), json!({ SECRET: SECRET })]
    {
        for mask in [json!(true), hidden(&names, &json!(true))] {
            let mut plan = plan()
                .provider(
                    "aws",
                    json!({ "region": { "references": ["var.secret"] }, "secret_key": { "constant_value": SECRET } }),
                )
                .variable("secret", json!(SECRET), true);
            for kind in kinds {
                let values = hidden(&names, &value);
                let masks = json!({ "before_sensitive": mask, "after_sensitive": mask });
                plan = plan
                    .change(&format!("{kind}.a"), &["update"], values.clone(), values, masks)
                    .block(&format!("{kind}.a"), json!({ "provider_config_key": "aws", "expressions": { "user_data": { "constant_value": SECRET } } }));
            }
            let report = plan.review_with(&options());
            let document = render::report(&report).to_string();
            assert!(!document.contains(SECRET), "{document}");
            assert!(!format!("{report:?}").contains(SECRET));
            assert_eq!(report.coverage.priced, 0);
        }
    }
}

/// Terraform masks only what it knows to be sensitive: one attribute of many.
#[test]
fn one_sensitive_attribute_hides_itself_alone() {
    let report = plan()
        .change(
            "aws_instance.a",
            &["create"],
            Value::Null,
            json!({ "instance_type": "m5.large", "availability_zone": SECRET, "region": "eu-central-1" }),
            json!({ "after_sensitive": { "availability_zone": true } }),
        )
        .review();
    let stands = super::plans::after(&report, "aws_instance.a");
    assert_eq!(super::plans::micros(stands), "83950000..83950000..83950000");
    assert_eq!(stands.zones.reason().unwrap().to_string(), "`availability_zone` is sensitive and was not read");
}

/// A text that is no plan is not quoted.
#[test]
fn a_refusal_quotes_nothing_of_the_text() {
    for text in [
        format!("password = {SECRET}"),
        format!("{{\"format_version\": \"1.2\", \"planned_values\": {{}}, \"resource_changes\": \"{SECRET}\"}}"),
    ] {
        let refused =
            review(&SourceFile::new("plan.json", text), &Options { with_distance: false, ..options() }).unwrap_err();
        assert!(!refused.to_string().contains(SECRET), "{refused}");
    }
}
