//! The document for machines is what its table says.

use serde_json::json;
use stowage::diagnostic::SourceFile;
use stowage::render;
use stowage::review::{Options, RULES};

use super::plans::{options, plan};

#[test]
fn documents_follow_their_schema() {
    let schema = render::report_json_schema();
    jsonschema::meta::validate(&schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let sources =
        [SourceFile::new("main.tf", "resource \"aws_instance\" \"a\" {\n  instance_type = \"m5.large\"\n}\n")];
    let machine = json!({ "instance_type": "m5.large", "availability_zone": "eu-central-1a" });
    let rich = plan()
        .change("aws_instance.a", &["delete", "create"], machine.clone(), machine, json!({}))
        .create("aws_instance.b", json!({}))
        .create("aws_db_instance.c", json!({}))
        .create("kubernetes_deployment.d", json!({ "spec": [{ "replicas": 2 }] }))
        .late("data.stowage_placement.shop", "read_because_config_unknown")
        .review_with(&Options { sources: &sources, ..options() });
    for report in [plan().review(), rich] {
        let document = render::report(&report);
        let faults: Vec<String> =
            validator.iter_errors(&document).map(|fault| format!("{}: {fault}", fault.instance_path())).collect();
        assert!(faults.is_empty(), "{faults:#?}");
        let names: Vec<&str> = document.as_object().unwrap().keys().map(String::as_str).collect();
        let declared: Vec<&str> = render::REPORT.iter().map(|field| field.name).collect();
        assert_eq!(names, declared);
    }
}

/// The reference page lists every rule as it is.
#[test]
fn the_page_lists_every_rule() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/gate.md")).unwrap();
    let rows: Vec<&str> =
        page.lines().skip_while(|line| *line != "## Findings").filter(|line| line.starts_with("| `")).collect();
    let expected: Vec<String> =
        RULES.iter().map(|rule| format!("| `{}` | {} | {} |", rule.id, rule.severity.name(), rule.title)).collect();
    assert_eq!(rows, expected);
}
