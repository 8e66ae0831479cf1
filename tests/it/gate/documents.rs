//! The published schemas: they accept what is documented, and what is written conforms to them.

use serde_json::Value;

use super::{folder, parsed, run, run_in, small};

/// Everything a policy can say.
pub(super) const POLICY: &str = r#"limits = {
  monthly_cost_usd        = 20000
  cost_increase_usd       = 500
  cost_increase_percent   = 10
  monthly_carbon_kg       = 900
  carbon_increase_percent = 5.5
  max_rtt_ms              = 80
  above_optimum_usd       = 400
  above_optimum_percent   = 15
}
sizes    = "max"
survive  = { zones = 1, regions = 0, min_left_percent = 50 }
allowed  = { clouds = ["aws"], jurisdictions = ["EU"], instance_types = ["m5.*", "c5.*"] }
denied   = { regions = ["aws/eu-south-1"], countries = ["IT"] }
coverage = { unknown = "warn", min_priced_percent = 95 }
severity = { cost-increase = "warning", "rego/main.deny_tags" = "note", single-zone = "off" }
waivers = {
  launch = {
    rule    = "cost-limit"
    reason  = "The launch needs twice the machines for a week"
    owner   = "ops@example.org"
    expires = "2027-01-31"
  }
}
"#;

fn schema(of: &str) -> Value {
    let ran = run(&[], &["schema", of]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    parsed(&ran.stdout)
}

#[track_caller]
fn conforms(schema: &Value, document: &Value) {
    let faults: Vec<String> = jsonschema::validator_for(schema)
        .unwrap()
        .iter_errors(document)
        .map(|fault| format!("{}: {fault}", fault.instance_path()))
        .collect();
    assert!(faults.is_empty(), "{faults:?}");
}

#[test]
fn the_whole_language_of_policies_is_read_and_published() {
    let ran = run(
        &[("plan.json", &small()), ("policy.hcl", POLICY)],
        &["gate", "plan.json", "--policy", "policy.hcl", "--today", "2026-11-24"],
    );
    assert!(ran.code != 1, "{}", ran.stderr);
    let schema = schema("policy");
    let policy: Value = hcl_to_json(POLICY);
    conforms(&schema, &policy);
    for (pointer, wrong) in
        [("/limits/monthly_cost_usd", "\"x\""), ("/coverage/unknown", "\"maybe\""), ("/survive/zones", "2")]
    {
        let mut policy = policy.clone();
        *policy.pointer_mut(pointer).unwrap() = parsed(wrong);
        assert!(!jsonschema::validator_for(&schema).unwrap().is_valid(&policy), "{pointer}");
    }
}

/// The policy above is plain enough to be rewritten: no expression, no comment.
fn hcl_to_json(text: &str) -> Value {
    let body: hcl_edit::structure::Body = text.parse().unwrap();
    let object = body.attributes().map(|attribute| (attribute.key.to_string(), value(&attribute.value)));
    Value::Object(object.collect())
}

fn value(expression: &hcl_edit::expr::Expression) -> Value {
    use hcl_edit::expr::ObjectKey;
    if let Some(text) = expression.as_str() {
        text.into()
    } else if let Some(number) = expression.as_number() {
        parsed(&number.to_string())
    } else if let Some(items) = expression.as_array() {
        items.iter().map(value).collect()
    } else {
        let key = |key: &ObjectKey| match key {
            ObjectKey::Ident(name) => name.to_string(),
            ObjectKey::Expression(expression) => expression.as_str().unwrap().to_owned(),
        };
        let object = expression.as_object().unwrap();
        Value::Object(object.iter().map(|(name, held)| (key(name), value(held.expr()))).collect())
    }
}

#[test]
fn what_is_written_conforms() {
    let folder =
        folder(&[("plan.json", &small()), ("policy.hcl", "survive = { zones = 1 }\nlimits = { max_rtt_ms = 5 }\n")]);
    let arguments =
        ["gate", "plan.json", "--policy", "policy.hcl", "--format", "json", "--write-baseline", "baseline.json"];
    let ran = run_in(folder.path(), &arguments, "");
    let document = parsed(&ran.stdout);
    conforms(&schema("gate"), &document);
    conforms(&schema("report"), &document["report"]);
    let baseline = std::fs::read_to_string(folder.path().join("baseline.json")).unwrap();
    conforms(&schema("baseline"), &parsed(&baseline));
    assert_eq!(ran.stdout, run_in(folder.path(), &arguments, "").stdout, "the same plan gives the same bytes");
}
