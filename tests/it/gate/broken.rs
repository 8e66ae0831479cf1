//! Whatever is broken, the gate does not pass, and says what and where.

use super::{run, small, unpriced};

const WAIVED: &str = r#"limits = { monthly_cost_usd = 80 }
waivers = {
  launch = { rule = "cost-limit", reason = "The launch needs it", owner = "ops@example.org", expires = "2026-06-30" }
}
"#;

#[test]
fn a_matrix_of_broken_inputs_never_gives_0() {
    let small = small();
    let rego = |body: &str| format!("package main\n\n{body}\n");
    let cases: Vec<(&str, Vec<(&str, String)>, Vec<&str>, i32, &str)> = vec![
        ("no plan", vec![], vec![], 1, "plan.json cannot be read"),
        ("an empty plan", vec![("plan.json", String::new())], vec![], 1, "error"),
        ("half a plan", vec![("plan.json", small[..small.len() / 2].to_owned())], vec![], 1, "error"),
        ("no plan at all", vec![("plan.json", "[]".to_owned())], vec![], 1, "error"),
        (
            "a state",
            vec![("plan.json", r#"{"version":4,"terraform_version":"1.9.8","resources":[]}"#.to_owned())],
            vec![],
            1,
            "error",
        ),
        ("a plan file", vec![("plan.json", "PK\u{3}\u{4}".to_owned())], vec![], 1, "error"),
        ("a failed plan", vec![("plan.json", small.replacen('{', r#"{"errored":true,"#, 1))], vec![], 1, "error"),
        ("a format of the future", vec![("plan.json", small.replace("\"1.2\"", "\"9.0\""))], vec![], 1, "9.0"),
        ("no policy", vec![], vec!["--policy", "policy.hcl"], 1, "policy.hcl cannot be read"),
        (
            "an empty policy",
            vec![("policy.hcl", "# nothing\n".to_owned())],
            vec!["--policy", "policy.hcl"],
            1,
            "says nothing",
        ),
        ("no HCL", vec![("policy.hcl", "limits = {".to_owned())], vec!["--policy", "policy.hcl"], 1, "policy.hcl:1"),
        (
            "an unknown argument",
            vec![("policy.hcl", "limit = {}".to_owned())],
            vec!["--policy", "policy.hcl"],
            1,
            "did you mean `limits`?",
        ),
        (
            "an unknown rule",
            vec![("policy.hcl", "severity = { cost-limits = \"note\" }".to_owned())],
            vec!["--policy", "policy.hcl"],
            1,
            "did you mean `cost-limit`?",
        ),
        (
            "an unknown region",
            vec![("policy.hcl", "allowed = { regions = [\"eu-centrall-1\"] }".to_owned())],
            vec!["--policy", "policy.hcl"],
            1,
            "eu-central-1",
        ),
        (
            "no date",
            vec![("policy.hcl", WAIVED.replace("2026-06-30", "soon"))],
            vec!["--policy", "policy.hcl"],
            1,
            "write year, month and day",
        ),
        (
            "no reason",
            vec![("policy.hcl", WAIVED.replace("The launch needs it", " "))],
            vec!["--policy", "policy.hcl"],
            1,
            "the text is empty",
        ),
        (
            "an expired waiver",
            vec![("policy.hcl", WAIVED.to_owned())],
            vec!["--policy", "policy.hcl", "--today", "2026-07-01"],
            2,
            "waiver-expired",
        ),
        ("a missing price", vec![("plan.json", unpriced())], vec!["--strict"], 3, "[unknown]"),
        ("no baseline", vec![], vec!["--baseline", "base.json"], 1, "base.json cannot be read"),
        (
            "another baseline",
            vec![("base.json", "{\"baseline_version\":\"2\",\"accepted\":{}}".to_owned())],
            vec!["--baseline", "base.json"],
            1,
            "baseline_version",
        ),
        (
            "no Rego",
            vec![("p.rego", "package main\n\ndeny[".to_owned())],
            vec!["--rego", "p.rego"],
            1,
            "cannot be read: p.rego:",
        ),
        (
            "Rego without rules",
            vec![("p.rego", rego("allow := true"))],
            vec!["--rego", "p.rego"],
            1,
            "no Rego policy declares a rule",
        ),
        (
            "Rego that fails",
            vec![("p.rego", rego("deny contains msg if { msg := to_number(\"x\") }"))],
            vec!["--rego", "p.rego"],
            1,
            "failed: p.rego:3",
        ),
        (
            "Rego that contradicts itself",
            vec![("p.rego", rego("deny := \"a\"\n\ndeny := \"b\""))],
            vec!["--rego", "p.rego"],
            1,
            "rego/main.deny",
        ),
        ("Rego that says a number", vec![("p.rego", rego("deny := 3"))], vec!["--rego", "p.rego"], 1, "gives a number"),
        (
            "Rego that asks the network",
            vec![(
                "p.rego",
                rego(
                    "deny contains m if { m := http.send({\"method\": \"get\", \"url\": \"http://localhost\"}).raw_body }",
                ),
            )],
            vec!["--rego", "p.rego"],
            1,
            "rego",
        ),
        (
            "Rego that asks the clock",
            vec![("p.rego", rego("deny contains m if { m := sprintf(\"%v\", [time.now_ns()]) }"))],
            vec!["--rego", "p.rego"],
            1,
            "rego",
        ),
        (
            "half of each Rego",
            vec![("p.rego", rego("deny[msg] { msg := \"x\" }\n\nwarn contains \"y\" if { false }"))],
            vec!["--rego", "p.rego"],
            1,
            "mixes",
        ),
        ("no date on the command line", vec![], vec!["--today", "31.1.2027"], 1, "--today"),
        ("an unknown format", vec![], vec!["--output", "pdf=x"], 1, "there is no format `pdf`"),
        (
            "an output that cannot be written",
            vec![("there", String::new())],
            vec!["--output", "json=there/report.json"],
            1,
            "there",
        ),
        ("no base to compare to", vec![], vec!["--compare-to", "base.json"], 1, "base.json cannot be read"),
        ("no workloads", vec![("w.hcl", "users = {}".to_owned())], vec!["--workloads", "w.hcl"], 1, "error"),
        (
            "a broken catalog",
            vec![("c.hcl", "prices = { \"aws/nowhere\" = {} }".to_owned())],
            vec!["--catalog", "c.hcl"],
            1,
            "nowhere",
        ),
    ];
    for (what, own, options, code, part) in cases {
        let mut files: Vec<(&str, &str)> = Vec::new();
        if what != "no plan" && !own.iter().any(|(name, _)| *name == "plan.json") {
            files.push(("plan.json", &small));
        }
        files.extend(own.iter().map(|(name, text)| (*name, text.as_str())));
        let mut arguments = vec!["gate", "plan.json", "--no-distance"];
        arguments.extend(options);
        let ran = run(&files, &arguments);
        assert_eq!(ran.code, code, "{what}: {}{}", ran.stdout, ran.stderr);
        let said = ran.stdout + &ran.stderr;
        assert!(said.contains(part), "{what}: {part:?} is not in {said}");
        assert!(!said.contains("panicked"), "{what}: {said}");
    }
}

/// Everything that is wrong is said at once.
#[test]
fn all_faults_of_a_policy_come_together() {
    let policy = "limits = { monthly_cost_usd = -1, max_rtt = 3 }\nseverity = { nothing = \"loud\" }\nwaivers = { a = { rule = \"b\" } }\n";
    let ran = run(&[("plan.json", &small()), ("policy.hcl", policy)], &["gate", "plan.json", "--policy", "policy.hcl"]);
    assert_eq!(ran.code, 1);
    for part in [
        "is negative",
        "`max_rtt`",
        "\"error\", \"warning\", \"note\", \"off\"",
        "`reason` is missing",
        "`owner` is missing",
        "`expires` is missing",
        "policy.hcl:3",
    ] {
        assert!(ran.stderr.contains(part), "{part}: {}", ran.stderr);
    }
}
