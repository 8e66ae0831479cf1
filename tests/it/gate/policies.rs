//! What policies find, whom they let pass, and what they read.

use proptest::prelude::*;
use serde_json::{Value, json};
use stowage::catalog::Catalog;
use stowage::diagnostic::SourceFile;
use stowage::review::policy;

use super::{change, folder, instance, parsed, plan, run, run_in, small};

/// The findings that count, as `rule address`, and the exit code.
fn judged(plan: &Value, policy: &str, options: &[&str]) -> (Vec<String>, i32) {
    let files = [("plan.json", plan.to_string()), ("policy.hcl", policy.to_owned())];
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let mut arguments = vec!["gate", "plan.json", "--policy", "policy.hcl", "--format", "json", "--no-distance"];
    arguments.extend(options);
    let ran = run(&files, &arguments);
    assert!(ran.code != 1, "{}", ran.stderr);
    let document = parsed(&ran.stdout);
    let told = |judged: &Value| {
        let finding = &judged["finding"];
        format!(
            "{} {} {}",
            finding["severity"].as_str().unwrap(),
            finding["rule"].as_str().unwrap(),
            finding["address"].as_str().unwrap_or("-")
        )
    };
    let counted = document["findings"].as_array().unwrap().iter().filter(|judged| judged["standing"] == "counts");
    (counted.map(told).filter(|told| !told.starts_with("note")).collect(), ran.code)
}

/// A group of 2 to 8 m5.large, 4 of them now: 4 × 83.95 = 335.80, at most 671.60 USD.
fn group() -> Value {
    let values = json!({
        "min_size": 2, "desired_capacity": 4, "max_size": 8,
        "availability_zones": ["eu-central-1a", "eu-central-1b"],
        "launch_template": [{ "id": "lt-1" }], "mixed_instances_policy": [],
    });
    let template = json!({ "id": "lt-1", "instance_type": "m5.large" });
    plan(&[
        change("aws_launch_template.web", &["no-op"], template.clone(), template),
        change("aws_autoscaling_group.web", &["create"], Value::Null, values),
    ])
}

#[test]
fn limits_are_held_against_the_sizes_the_policy_names() {
    let limit = |sizes: &str| format!("limits = {{ monthly_cost_usd = 400 }}\nsizes = \"{sizes}\"\n");
    assert_eq!(judged(&group(), &limit("expected"), &[]).1, 0);
    assert_eq!(judged(&group(), &limit("max"), &[]), (vec!["error cost-limit -".to_owned()], 2));
}

/// From 83.95 to 162.06 USD: 78.11 more, 93.0 % (78.11 / 83.95 = 0.9304).
#[test]
fn growth_is_limited_in_usd_and_percent() {
    let plan: Value = parsed(&super::grown());
    for (policy, is_kept) in [
        ("limits = { cost_increase_usd = 78.11 }", true),
        ("limits = { cost_increase_usd = 78.10 }", false),
        ("limits = { cost_increase_percent = 93.1 }", true),
        ("limits = { cost_increase_percent = 93 }", false),
    ] {
        let (found, code) = judged(&plan, policy, &[]);
        assert_eq!((found.is_empty(), code == 0), (is_kept, is_kept), "{policy}: {found:?}");
    }
}

#[test]
fn places_and_types_are_limited() {
    let plan = plan(&[
        change("aws_instance.home", &["create"], Value::Null, instance("eu-central-1a", "m5.large")),
        change("aws_instance.away", &["create"], Value::Null, instance("us-east-1a", "c5.large")),
        // What goes may stand anywhere.
        change("aws_instance.gone", &["delete"], instance("us-west-2a", "m5.large"), Value::Null),
    ]);
    let away = vec!["error place-not-allowed aws_instance.away".to_owned()];
    for policy in [
        "allowed = { jurisdictions = [\"EU\"] }",
        "allowed = { countries = [\"DE\"] }",
        "allowed = { regions = [\"aws/eu-central-1\"] }",
        "denied = { regions = [\"us-east-1\"] }",
        "denied = { countries = [\"US\"] }",
        "allowed = { instance_types = [\"m5.*\"] }",
        "denied = { instance_types = [\"c5.*\"] }",
    ] {
        let (found, code) = judged(&plan, &format!("{policy}\nseverity = {{ last-region-removed = \"note\" }}"), &[]);
        assert_eq!((&found, code), (&away, 2), "{policy}");
    }
}

/// One instance outlives nothing. The group has two of four left after a zone is lost.
#[test]
fn services_must_outlive_what_the_policy_asks() {
    let one: Value = parsed(&small());
    assert_eq!(
        judged(&one, "survive = { zones = 1 }", &[]),
        (vec!["error survival-limit aws_instance.web".to_owned()], 2)
    );
    assert_eq!(judged(&group(), "survive = { zones = 1 }", &[]).1, 0);
    assert_eq!(judged(&group(), "survive = { zones = 1, min_left_percent = 50 }", &[]).1, 0);
    assert_eq!(judged(&group(), "survive = { zones = 1, min_left_percent = 51 }", &[]).1, 2);
    assert_eq!(judged(&group(), "survive = { regions = 1 }", &[]).1, 2);
}

#[test]
fn a_limit_whose_figure_nobody_knows_is_undecided() {
    let plan: Value = parsed(&small());
    let undecided = |policy: &str, options: &[&str]| {
        let (found, code) = judged(&plan, policy, options);
        assert_eq!((found, code), (vec!["error limit-undecided -".to_owned()], 3), "{policy}");
    };
    // No user groups are declared, and the distance was not asked for.
    undecided("limits = { max_rtt_ms = 50 }", &[]);
    undecided("limits = { above_optimum_percent = 10 }", &[]);
    // What the policy accepts, --strict does not.
    let accepted = "limits = { max_rtt_ms = 50 }\ncoverage = { unknown = \"accept\" }";
    assert_eq!(judged(&plan, accepted, &[]).1, 0);
    undecided(accepted, &["--strict"]);
}

#[test]
fn waivers_hold_until_their_day_and_only_for_what_they_name() {
    let plan: Value = parsed(&small());
    let waiver = |rest: &str| {
        format!(
            "survive = {{ zones = 1 }}\nwaivers = {{ lab = {{ rule = \"survival-limit\", reason = \"a lab\", owner = \"ops\", \
             expires = \"2026-06-30\"{rest} }} }}\n"
        )
    };
    assert_eq!(judged(&plan, &waiver(""), &["--today", "2026-06-30"]).1, 0);
    assert_eq!(judged(&plan, &waiver(""), &["--today", "2026-07-01"]).1, 2);
    assert_eq!(judged(&plan, &waiver(", address = \"aws_instance.*\""), &["--today", "2026-06-30"]).1, 0);
    assert_eq!(judged(&plan, &waiver(", address = \"module.lab.*\""), &["--today", "2026-06-30"]).1, 2);
}

#[test]
fn a_waived_unknown_decides_the_limits_it_left_open() {
    let plan: Value = parsed(&super::unpriced());
    let waiver = "waivers = { big = { rule = \"unknown\", address = \"aws_instance.web\", reason = \"priced by contract\", owner = \"ops\", expires = \"2026-06-30\" } }\n";
    let policy = format!("limits = {{ monthly_cost_usd = 10 }}\n{waiver}");
    assert_eq!(judged(&plan, &policy, &["--today", "2026-01-01"]).1, 0);
    assert_eq!(judged(&plan, &policy, &["--today", "2026-12-01"]).1, 3);
}

/// Whoever accepts that a price is missing, a run that must be sure does not pass.
#[test]
fn nothing_makes_up_for_the_unknown_in_a_strict_run() {
    let waiver = "waivers = { big = { rule = \"unknown\", reason = \"by contract\", owner = \"ops\", expires = \"2026-06-30\" } }\n";
    let plan = super::unpriced();
    let limit = "limits = { monthly_cost_usd = 10 }\n";
    for (policy, has_baseline) in [("coverage = { unknown = \"accept\" }\n", false), (waiver, false), (limit, true)] {
        let folder = folder(&[("plan.json", &plan), ("policy.hcl", policy)]);
        let gate = ["gate", "plan.json", "--policy", "policy.hcl", "--no-distance", "--today", "2026-01-01"];
        let baseline: &[&str] = if has_baseline { &["--write-baseline", "baseline.json"] } else { &[] };
        let accepted = run_in(folder.path(), &[&gate[..], baseline].concat(), "");
        assert_eq!(accepted.code, 0, "{policy}: {}{}", accepted.stdout, accepted.stderr);
        let strict = run_in(folder.path(), &[&gate[..], baseline, &["--strict"]].concat(), "");
        assert_eq!(strict.code, 3, "{policy}: {}{}", strict.stdout, strict.stderr);
        assert!(!strict.stdout.contains("waiver-unused"), "{}", strict.stdout);
    }
}

/// What was there is accepted; what is new, and what is limited as a whole, is not.
#[test]
fn a_baseline_accepts_what_was_there() {
    let folder = folder(&[
        ("plan.json", &small()),
        ("policy.hcl", "survive = { zones = 1 }\nlimits = { monthly_cost_usd = 80 }\n"),
    ]);
    let gate = ["gate", "plan.json", "--policy", "policy.hcl", "--no-distance"];
    let written = run_in(folder.path(), &[&gate[..], &["--write-baseline", "baseline.json"]].concat(), "");
    assert_eq!(written.code, 2, "{}", written.stderr);
    assert!(
        written.stdout.contains("accepted error[survival-limit]") && written.stdout.contains("\nerror[cost-limit]")
            || written.stdout.starts_with("error[cost-limit]"),
        "{}",
        written.stdout
    );
    std::fs::write(folder.path().join("policy.hcl"), "survive = { zones = 1 }\n").unwrap();
    let with = [&gate[..], &["--baseline", "baseline.json"]].concat();
    assert_eq!(run_in(folder.path(), &with, "").code, 0);
    assert_eq!(run_in(folder.path(), &gate, "").code, 2);
    let other = small().replace("aws_instance.web", "aws_instance.other");
    std::fs::write(folder.path().join("plan.json"), other).unwrap();
    assert_eq!(run_in(folder.path(), &with, "").code, 2);
}

#[test]
fn json_says_the_same_as_hcl() {
    let policy = json!({ "limits": { "monthly_cost_usd": 80 }, "severity": { "cost-limit": "warning" } }).to_string();
    let files = [("plan.json", small()), ("policy.json", policy)];
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let ran = run(&files, &["gate", "plan.json", "--policy", "policy.json", "--no-distance", "--fail-on-warn"]);
    assert_eq!(ran.code, 4, "{}", ran.stderr);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    /// Any bytes are a policy or are refused.
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), is_json: bool) {
        let name = if is_json { "policy.json" } else { "policy.hcl" };
        let _ = policy::read(&SourceFile::new(name, bytes.clone()), Catalog::embedded());
        let _ = policy::Baseline::read(&SourceFile::new(name, bytes));
    }

    /// So is what almost is one.
    #[test]
    fn no_damage_makes_the_reader_panic(at in 0_usize..400, by: u8) {
        let mut bytes = super::documents::POLICY.as_bytes().to_vec();
        let at = at % bytes.len();
        bytes[at] = by;
        let _ = policy::read(&SourceFile::new("policy.hcl", bytes), Catalog::embedded());
    }
}
