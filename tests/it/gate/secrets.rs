//! What a plan marks sensitive is in no output, not even where a Rego policy tries to say it.

use serde_json::{Value, json};

use super::{change, folder, plan, run_in};

const SECRET: &str = "s3cr3t-hunter2";

const FORMATS: [&str; 8] = ["table", "json", "markdown", "sarif", "junit", "gitlab", "github", "html"];

/// Says everything it is given.
const TALKATIVE: &str = r#"package main

import rego.v1

deny contains sprintf("everything: %v", [input])
"#;

/// A plan with the secret in every place that Terraform marks.
fn planted() -> Value {
    let mut web = change(
        "aws_instance.web",
        &["update"],
        json!({ "instance_type": "m5.large", "availability_zone": "eu-central-1a", "user_data": SECRET }),
        json!({ "instance_type": SECRET, "availability_zone": "eu-central-1a", "user_data": SECRET, "tags": { "token": SECRET } }),
    );
    web["change"]["before_sensitive"] = json!({ "user_data": true });
    web["change"]["after_sensitive"] = json!({ "instance_type": true, "user_data": true, "tags": { "token": true } });
    let mut whole = change(
        "aws_instance.all",
        &["create"],
        Value::Null,
        json!({ "instance_type": SECRET, "availability_zone": SECRET }),
    );
    whole["change"]["after_sensitive"] = json!(true);
    let mut plan = plan(&[web, whole]);
    plan["variables"] = json!({ "password": { "value": SECRET } });
    plan["configuration"]["root_module"]["variables"] = json!({ "password": { "default": SECRET, "sensitive": true } });
    plan["planned_values"]["outputs"] = json!({ "password": { "sensitive": true, "value": SECRET } });
    plan["output_changes"] = json!({ "password": {
        "actions": ["create"], "before": null, "after": SECRET, "after_unknown": false, "before_sensitive": true, "after_sensitive": true,
    } });
    plan["planned_values"]["root_module"]["resources"] = json!([{
        "address": "aws_instance.web", "mode": "managed", "type": "aws_instance", "name": "web",
        "values": { "user_data": SECRET }, "sensitive_values": { "user_data": true },
    }]);
    plan
}

#[test]
fn no_format_shows_a_planted_secret() {
    let folder = folder(&[("plan.json", &planted().to_string()), ("talk.rego", TALKATIVE)]);
    for format in FORMATS {
        let output = format!("{format}=report");
        let ran = run_in(
            folder.path(),
            &["gate", "plan.json", "--rego", "talk.rego", "--format", format, "--output", &output],
            "",
        );
        assert_eq!(ran.code, 2, "{format}: {}", ran.stderr);
        let file = std::fs::read_to_string(folder.path().join("report")).unwrap();
        for (what, text) in [("output", &ran.stdout), ("talk", &ran.stderr), ("file", &file)] {
            assert!(!text.contains(SECRET), "{format}, {what}: {text}");
        }
        assert!(ran.stdout.contains("everything"), "the policy did speak: {}", ran.stdout);
    }
    for format in FORMATS {
        for command in [&["review", "plan.json"][..], &["diff", "plan.json", "plan.json"]] {
            let ran = run_in(folder.path(), &[command, &["--format", format]].concat(), "");
            assert_eq!(ran.code, 0, "{command:?} {format}: {}", ran.stderr);
            assert!(!(ran.stdout + &ran.stderr).contains(SECRET), "{command:?} {format}");
        }
    }
    let ran = run_in(folder.path(), &["verify-plan", "plan.json"], "");
    assert!(!(ran.stdout + &ran.stderr).contains(SECRET), "verify-plan");
    run_in(folder.path(), &["gate", "plan.json", "--rego", "talk.rego", "--write-baseline", "baseline.json"], "");
    let baseline = std::fs::read_to_string(folder.path().join("baseline.json")).unwrap();
    assert!(baseline.contains("aws_instance.web") && !baseline.contains(SECRET), "{baseline}");
}

/// What cannot be read is not quoted.
#[test]
fn a_broken_plan_is_not_quoted() {
    let text = planted().to_string();
    for cut in [text.len() / 3, text.len() / 2, text.len() - 2] {
        let folder = folder(&[("plan.json", &text[..cut])]);
        let ran = run_in(folder.path(), &["gate", "plan.json"], "");
        assert_eq!(ran.code, 1);
        assert!(!(ran.stdout + &ran.stderr).contains(SECRET), "cut at {cut}");
    }
}
