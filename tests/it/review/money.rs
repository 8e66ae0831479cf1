//! Sums, coverage, and that every input matters.

use serde_json::{Value, json};
use stowage::catalog::Catalog;
use stowage::diagnostic::SourceFile;
use stowage::parse;
use stowage::render;
use stowage::review::{Options, Report};

use super::plans::{Plan, options, plan, rules};

fn machine(machine_type: &str, zone: &str) -> Value {
    json!({ "instance_type": machine_type, "availability_zone": zone })
}

fn fleet() -> Plan {
    plan()
        .keep("aws_instance.stays", machine("m5.large", "eu-central-1a"))
        .create("aws_instance.comes", machine("m5.xlarge", "eu-central-1b"))
        .change("aws_instance.goes", &["delete"], machine("m7g.large", "eu-central-1a"), Value::Null, json!({}))
        .create("aws_instance.odd", machine("m5.enormous", "eu-central-1a"))
        .change(
            "aws_instance.late",
            &["create"],
            Value::Null,
            json!({ "availability_zone": "eu-central-1a" }),
            json!({ "after_unknown": { "instance_type": true } }),
        )
}

/// Before: 83.95 + 71.394 = 155.344 USD. After: 83.95 + 167.90 = 251.85 USD, and two members nobody can price.
#[test]
fn sums_say_what_they_miss() {
    let report = fleet().review();
    let (before, after) = (report.totals.cost.before, report.totals.cost.after);
    assert_eq!((before.known.expected.micros(), before.unknown), (155_344_000, 0));
    assert_eq!((after.known.expected.micros(), after.unknown), (251_850_000, 2));
    assert_eq!((report.coverage.priced, report.coverage.total), (2, 4));
    let unknown: Vec<String> =
        report.coverage.unknown.iter().map(|one| format!("{} {}: {}", one.address, one.what, one.reason)).collect();
    assert_eq!(
        unknown,
        [
            "aws_instance.late machine type: `instance_type` is known only after the apply",
            "aws_instance.odd price: the catalog does not know the aws machine type `m5.enormous`",
        ]
    );
    assert!(report.totals.carbon.after.known.expected.0 > 0);
    assert_eq!(report.totals.carbon.after.unknown, 2);
}

/// Emissions of a sum are the sum of emissions.
#[test]
fn emissions_add_up() {
    let one = plan().create("aws_instance.a", machine("m5.large", "eu-central-1a")).review();
    let two = plan()
        .create("aws_instance.a", machine("m5.large", "eu-central-1a"))
        .create("aws_instance.b", machine("m5.large", "eu-central-1b"))
        .review();
    let kg = |report: &Report| report.totals.carbon.after.known.expected.0;
    assert_eq!(kg(&two), 2 * kg(&one));
}

fn verdict(report: &Report) -> String {
    let document = render::report(report);
    let mut parts: Vec<Value> = ["members", "cost", "carbon", "coverage", "services", "distance", "findings"]
        .map(|name| document[name].clone())
        .to_vec();
    parts.push(rules(report).into());
    Value::Array(parts).to_string()
}

/// Whatever changes of price, count or region, the verdict changes.
#[test]
fn every_input_of_the_price_matters() {
    let group = |min: u64, desired: u64, max: u64, zone: &str, machine_type: &str| {
        plan()
            .keep("aws_launch_configuration.l", json!({ "name": "l", "id": "l", "instance_type": machine_type }))
            .keep(
                "aws_autoscaling_group.g",
                json!({ "min_size": min, "max_size": max, "desired_capacity": desired, "availability_zones": [zone],
                    "launch_configuration": "l" }),
            )
    };
    let reference = verdict(&group(2, 3, 9, "eu-central-1a", "m5.large").review_with(&options()));
    for (changed, what) in [
        (group(1, 3, 9, "eu-central-1a", "m5.large"), "smallest size"),
        (group(2, 4, 9, "eu-central-1a", "m5.large"), "expected size"),
        (group(2, 3, 8, "eu-central-1a", "m5.large"), "largest size"),
        (group(2, 3, 9, "eu-west-1a", "m5.large"), "region"),
        (group(2, 3, 9, "eu-central-1b", "m5.large"), "zone"),
        (group(2, 3, 9, "eu-central-1a", "m5.xlarge"), "type"),
    ] {
        assert_ne!(verdict(&changed.review_with(&options())), reference, "{what}");
    }
    // A price: one micro-USD an hour more.
    let text = r#"{"prices": {"aws/eu-central-1": {"m5.large": 0.115001}}}"#;
    let overlay = parse::json(&SourceFile::new("overlay.json", text)).unwrap();
    let overlaid = Options { overlay: Some(&overlay), ..options() };
    let report = group(2, 3, 9, "eu-central-1a", "m5.large").review_with(&overlaid);
    assert_ne!(verdict(&report), reference);
    // 3 × 0.115001 × 730 = 251.85219 USD.
    assert_eq!(report.totals.cost.after.known.expected.micros(), 251_852_190);
    assert!(report.catalog.is_overlaid);
}

/// The order of resources in a plan says nothing.
#[test]
fn the_order_of_resources_does_not_matter() {
    let document = |plan: &Plan| {
        let mut document = render::report(&plan.review_with(&options()));
        document["plan"]["digest"] = Value::Null;
        document.to_string()
    };
    let mut json = fleet().json();
    json["resource_changes"].as_array_mut().unwrap().reverse();
    let reversed = plan().with("resource_changes", json["resource_changes"].clone());
    assert_eq!(document(&fleet()), document(&reversed));
    assert_eq!(document(&fleet()), document(&fleet()));
    assert_eq!(Catalog::embedded().stamp().digest.len(), 64);
}
