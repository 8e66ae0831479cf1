//! The distance to the optimum, and the patch that closes it.

use serde_json::json;
use stowage::diagnostic::SourceFile;
use stowage::parse;
use stowage::review::{Basis, Figure, Options, Report};

use super::plans::{Plan, options, plan, rules};

/// A group of three over three zones, its type in a template.
fn group(machine_type: &str, count: u64) -> Plan {
    plan()
        .keep("aws_launch_template.web", json!({ "id": "lt-1", "name": "web", "instance_type": machine_type, "latest_version": 1 }))
        .keep(
            "aws_autoscaling_group.web",
            json!({ "min_size": count, "max_size": count, "desired_capacity": count,
                "availability_zones": ["eu-central-1a", "eu-central-1b", "eu-central-1c"],
                "launch_template": [{ "id": "lt-1", "version": "$Latest" }] }),
        )
        .block(
            "aws_autoscaling_group.web",
            json!({ "expressions": {
                "launch_template": [{ "id": { "references": ["aws_launch_template.web.id", "aws_launch_template.web"] } }],
                "desired_capacity": { "constant_value": count },
            } }),
        )
}

const CONFIGURATION: &str = "\
# The web tier.
resource \"aws_launch_template\" \"web\" {
  name          = \"web\"
  instance_type = \"m5.large\" # two cores are enough
}

resource \"aws_autoscaling_group\" \"web\" {
  min_size         = 3
  max_size         = 3
  desired_capacity = 3
}
";

fn against_itself(report: &Report) -> (i128, i128) {
    let distance = report.distance.known().unwrap_or_else(|| panic!("{}", report.distance.reason().unwrap()));
    assert_eq!(distance.basis, Basis::Fleet);
    assert!(distance.is_proven);
    assert!(distance.bound <= distance.optimum && distance.optimum <= distance.cost);
    (distance.cost.micros(), distance.optimum.micros())
}

/// Three m5.large cost 3 × 0.115 × 730 = 251.85 USD. After the loss of a zone two are left, so two must be left of what replaces them:
/// three again, over three zones, of the cheapest x86 type in eu-central-1 with 2 vCPU and 8 GiB that is not burstable. That is m6a.large at
/// 0.1035 USD: 226.665 USD. The difference is 25.185 USD, 11.1 % of the optimum.
#[test]
fn a_fleet_is_compared_with_the_cheapest_that_does_as_much() {
    let sources = [SourceFile::new("main.tf", CONFIGURATION)];
    let report = group("m5.large", 3).review_with(&Options { sources: &sources, ..options() });
    assert_eq!(against_itself(&report), (251_850_000, 226_665_000));
    let distance = report.distance.known().unwrap();
    assert_eq!((distance.difference().micros(), distance.tenths_of_percent()), (25_185_000, Some(111)));
    let finding = report.findings.iter().find(|finding| finding.rule == "distance-to-optimum").unwrap();
    assert_eq!(
        finding.message,
        "11.1 % above the cheapest placement that keeps your promises: 25.19 USD per month; every group stays in its region"
    );
    let patch = distance.patch.known().unwrap_or_else(|| panic!("{}", distance.patch.reason().unwrap()));
    assert_eq!(
        patch.diff,
        "--- a/main.tf\n+++ b/main.tf\n@@ -1,7 +1,7 @@\n # The web tier.\n resource \"aws_launch_template\" \"web\" {\n   name          = \"web\"\n\
         -  instance_type = \"m5.large\" # two cores are enough\n+  instance_type = \"m6a.large\" # two cores are enough\n }\n \n \
         resource \"aws_autoscaling_group\" \"web\" {\n"
    );
    // What the patch makes has no distance left.
    let patched = group("m6a.large", 3).review_with(&options());
    assert_eq!(against_itself(&patched), (226_665_000, 226_665_000));
    assert!(!rules(&patched).iter().any(|rule| rule.starts_with("distance")));
}

/// Like blocks are solved once and counted as often as there are.
#[test]
fn like_machines_are_counted_each() {
    let mut plan = plan();
    for name in ["a", "b", "c"] {
        plan = plan.keep(
            &format!("aws_instance.{name}"),
            json!({ "instance_type": "m5.large", "availability_zone": "eu-central-1a" }),
        );
    }
    let report = plan.review_with(&options());
    // 3 × 83.95 and 3 × 75.555.
    assert_eq!(against_itself(&report), (251_850_000, 226_665_000));
    assert_eq!(report.distance.known().unwrap().placement.len(), 3);
}

/// A type in a variable's default, a list of types, and values that cannot be told.
#[test]
fn patches_reach_literals_and_defaults() {
    let report = |configuration: &str| {
        let sources = [SourceFile::new("main.tf", configuration)];
        plan()
            .keep("aws_instance.a", json!({ "instance_type": "m5.large", "availability_zone": "eu-central-1a" }))
            .review_with(&Options { sources: &sources, ..options() })
    };
    let patched = |configuration: &str| match &report(configuration).distance.known().unwrap().patch {
        Figure::Known(patch) => patch.files[0].after.clone(),
        Figure::Unknown(reason) => format!("none: {reason}"),
    };
    let instance = |value: &str| format!("resource \"aws_instance\" \"a\" {{\n  instance_type = {value}\n}}\n");
    let variable = |default: &str| {
        format!("variable \"size\" {{\n  default = {default} // the default\n}}\n{}", instance("var.size"))
    };
    assert_eq!(patched(&instance("\"m5.large\"")), instance("\"m6a.large\""));
    assert_eq!(patched(&variable("\"m5.large\"")), variable("\"m6a.large\""));
    for (configuration, reason) in [
        (variable("\"m5.xlarge\""), "none: `aws_instance.a.instance_type` does not say `m5.large` as a literal"),
        (
            instance("var.size"),
            "none: `aws_instance.a.instance_type` refers to `var.size`, which has no default in the files given",
        ),
        (instance("local.size"), "none: `aws_instance.a.instance_type` does not say `m5.large` as a literal"),
        ("# nothing\n".to_owned(), "none: `aws_instance.a.instance_type` is not written in the files given"),
        ("resource {".to_owned(), "none: the configuration was not given"),
    ] {
        assert_eq!(patched(&configuration), reason);
    }
}

/// What cannot be compared is named, and a fleet of nothing else has no distance.
#[test]
fn what_is_left_out_is_said() {
    let spot = json!({ "instance_type": "m5.large", "availability_zone": "eu-central-1a" });
    let alone = plan().keep("aws_spot_instance_request.s", spot.clone()).review_with(&options());
    assert!(alone.distance.reason().unwrap().to_string().contains("no machines bought on demand"));
    let beside =
        plan().keep("aws_spot_instance_request.s", spot.clone()).keep("aws_instance.a", spot).review_with(&options());
    let assumptions = &beside.distance.known().unwrap().assumptions;
    assert!(
        assumptions.iter().any(|one| one.starts_with("Left out") && one.contains("aws_spot_instance_request.s")),
        "{assumptions:?}"
    );
}

/// Workloads of a file: two replicas of 2 vCPU near Frankfurt. The fleet is dearer, or too small and told so.
#[test]
fn declared_workloads_are_the_measure() {
    let text = r#"{
        "users": {"frankfurt": {"city": "Frankfurt", "country": "DE"}},
        "workloads": {"web": {"replica": {"vcpu": 2, "memory_gib": 8}, "rps_per_replica": 100, "demand_rps": {"frankfurt": 200},
            "max_rtt_ms": 10, "allowed": {"regions": ["aws/eu-central-1"], "architectures": ["x86_64"]}}}
    }"#;
    let node = parse::json(&SourceFile::new("workloads.json", text)).unwrap();
    let reviewed = |plan: Plan| plan.review_with(&Options { workloads: Some(("workloads.json", &node)), ..options() });
    let report = reviewed(group("m5.large", 3));
    let distance = report.distance.known().unwrap();
    // Two m6a.large: 2 × 75.555 = 151.11 USD.
    assert_eq!((distance.cost.micros(), distance.optimum.micros()), (251_850_000, 151_110_000));
    assert_eq!(distance.basis, Basis::Declared("workloads.json".to_owned()));
    assert_eq!(report.latency.len(), 1);
    assert_eq!(report.latency[0].nearest.after.known().unwrap().region.to_string(), "aws/eu-central-1");
    assert!(rules(&reviewed(group("m6a.large", 1))).contains(&"below-optimum -".to_owned()));
    let far =
        plan().create("aws_instance.a", json!({ "instance_type": "m5.large", "availability_zone": "ap-southeast-2a" }));
    assert!(rules(&reviewed(far)).contains(&"users-too-far workloads.json".to_owned()));
}

/// Two workloads with the same users and machines of their own: each is as far as its own machines, and promises for itself.
#[test]
fn each_workload_has_its_own_way_to_the_users() {
    let text = r#"{
        "users": {"frankfurt": {"city": "Frankfurt", "country": "DE"}, "nobody": {"city": "Paris", "country": "FR"}},
        "workloads": {
            "api": {"replica": {"vcpu": 1, "memory_gib": 1}, "rps_per_replica": 100, "demand_rps": {"frankfurt": 200}, "max_rtt_ms": 30},
            "mail": {"replica": {"vcpu": 1, "memory_gib": 1}, "rps_per_replica": 100, "demand_rps": {"frankfurt": 200}},
            "some": {"replica": {"vcpu": 1, "memory_gib": 1}, "rps_per_replica": 100, "demand_rps": {"frankfurt": 200},
                "max_rtt_ms": 1, "rtt_share": 0.5},
            "web": {"replica": {"vcpu": 1, "memory_gib": 1}, "rps_per_replica": 100, "demand_rps": {"frankfurt": 200}, "max_rtt_ms": 30}
        }
    }"#;
    let node = parse::json(&SourceFile::new("workloads.json", text)).unwrap();
    let machine = |zone: &str| json!({ "instance_type": "m5.large", "availability_zone": zone });
    let report = plan()
        .create("aws_instance.m[\"api/aws/us-east-1\"]", machine("us-east-1a"))
        .create("aws_instance.m[\"web/aws/eu-central-1\"]", machine("eu-central-1a"))
        .create("aws_instance.other", machine("eu-west-1a"))
        .review_with(&Options { workloads: Some(("workloads.json", &node)), with_distance: false, ..options() });
    let rows: Vec<String> = report
        .latency
        .iter()
        .map(|row| {
            let region = row.nearest.after.known().map(|nearest| nearest.region.to_string());
            let promised = row.promised.map(|promised| promised.to_decimal().to_string());
            format!("{} {:?} {region:?} {promised:?}", row.user, row.workload)
        })
        .collect();
    assert_eq!(
        rows,
        [
            r#"frankfurt Some("api") Some("aws/us-east-1") Some("30")"#,
            r#"frankfurt Some("mail") Some("aws/eu-central-1") None"#,
            r#"frankfurt Some("some") Some("aws/eu-central-1") None"#,
            r#"frankfurt Some("web") Some("aws/eu-central-1") Some("30")"#,
            r#"nobody None Some("aws/eu-central-1") None"#,
        ]
    );
    let far: Vec<&str> =
        report.findings.iter().filter(|one| one.rule == "users-too-far").map(|one| one.message.as_str()).collect();
    assert_eq!(far.len(), 1, "{far:?}");
    assert!(far[0].contains("`api`") && far[0].contains("aws/us-east-1"), "{far:?}");
}
