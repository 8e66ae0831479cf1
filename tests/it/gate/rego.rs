//! Policies in Rego: those people have already, and those that use the report.

use super::{folder, parsed, run, run_in, small};

/// As conftest's own examples are written: Rego v0, the plan as input.
const CONFTEST: &str = r#"package main

deny[msg] {
  resource := input.resource_changes[_]
  resource.type == "aws_instance"
  resource.change.after.instance_type == "m5.large"
  msg := sprintf("%s is an m5.large", [resource.address])
}

violation[{"msg": msg, "details": {}}] {
  count(input.resource_changes) > 100
  msg := "too many changes"
}

warn_ami[msg] {
  input.resource_changes[_].change.after.ami == "ami-1"
  msg := "an old image"
}
"#;

/// As HCP Terraform's are: Rego v1, the plan under `plan`.
const HCP: &str = r#"package terraform.policies.zones

import rego.v1

deny contains msg if {
  some change in input.plan.resource_changes
  endswith(change.change.after.availability_zone, "1a")
  msg := sprintf("%s stands in zone a", [change.address])
}
"#;

/// With what only the review knows: the machine costs 83.95 USD in a month.
const REPORT: &str = r#"package costs

import rego.v1

deny contains {"msg": msg, "address": member.address} if {
  some member in input.stowage.members
  member.after.monthly_cost_usd.expected > 80
  msg := sprintf("%v USD in %s", [member.after.monthly_cost_usd.expected, member.after.region])
}

warn := "half of it has no price" if input.stowage.coverage.priced * 2 < input.stowage.coverage.total
"#;

#[test]
fn policies_that_exist_run_as_they_are() {
    let files = [
        ("plan.json", small()),
        ("a.rego", CONFTEST.to_owned()),
        ("b.rego", HCP.to_owned()),
        ("c.rego", REPORT.to_owned()),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let arguments = [
        "gate",
        "plan.json",
        "--rego",
        "a.rego",
        "--rego",
        "b.rego",
        "--rego",
        "c.rego",
        "--format",
        "json",
        "--no-distance",
    ];
    let ran = run(&files, &arguments);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    let document = parsed(&ran.stdout);
    let found: Vec<String> = document["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|judged| &judged["finding"])
        .filter(|finding| finding["rule"].as_str().unwrap().starts_with("rego/"))
        .map(|finding| {
            format!(
                "{} {}: {}",
                finding["severity"].as_str().unwrap(),
                finding["rule"].as_str().unwrap(),
                finding["message"].as_str().unwrap()
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            "error rego/costs.deny: 83.95 USD in aws/eu-central-1",
            "error rego/main.deny: aws_instance.web is an m5.large",
            "error rego/terraform.policies.zones.deny: aws_instance.web stands in zone a",
            "warning rego/main.warn_ami: an old image",
        ]
    );
    assert_eq!(ran.stdout, run(&files, &arguments).stdout);
}

#[test]
fn severities_waivers_and_baselines_know_rego() {
    let policy = r#"severity = { "rego/main.warn_ami" = "off" }
waivers = { old = { rule = "rego/main.deny", reason = "bought for a year", owner = "ops", expires = "2026-12-31" } }
"#;
    let folder = folder(&[("plan.json", &small()), ("a.rego", CONFTEST), ("policy.hcl", policy)]);
    let gate = ["gate", "plan.json", "--rego", "a.rego", "--no-distance", "--today", "2026-12-31", "--fail-on-warn"];
    let waived = run_in(folder.path(), &[&gate[..], &["--policy", "policy.hcl"]].concat(), "");
    assert_eq!(waived.code, 0, "{}{}", waived.stdout, waived.stderr);
    let written = run_in(folder.path(), &[&gate[..], &["--write-baseline", "baseline.json"]].concat(), "");
    assert_eq!(written.code, 0, "{}{}", written.stdout, written.stderr);
    // Another message of the same rule is new.
    std::fs::write(folder.path().join("plan.json"), small().replace("aws_instance.web", "aws_instance.api")).unwrap();
    let new = run_in(folder.path(), &[&gate[..], &["--baseline", "baseline.json"]].concat(), "");
    assert_eq!(new.code, 2, "{}{}", new.stdout, new.stderr);
}
