//! The table of exit codes, row by row, through the program.

use super::{folder, grown, run, run_in, small, unpriced};

/// A limit of 100 USD passes 83.95; one of 80 does not. Nothing else about the plans is judged.
#[test]
fn every_row_of_the_table() {
    let passes = "limits = { monthly_cost_usd = 100 }\n";
    let refuses = "limits = { monthly_cost_usd = 80 }\n";
    let warns = "limits = { monthly_cost_usd = 80 }\nseverity = { cost-limit = \"warning\" }\n";
    let accepts = "limits = { monthly_cost_usd = 80 }\ncoverage = { unknown = \"accept\" }\n";
    let both = "limits = { monthly_cost_usd = 80 }\ndenied = { instance_types = [\"m99.*\"] }\n";
    let (small, unpriced) = (small(), unpriced());
    for (plan, policy, options, expected) in [
        (&small, None, &[][..], 0),
        (&small, Some(passes), &[], 0),
        (&small, Some(passes), &["--strict"], 0),
        (&small, Some(refuses), &[], 2),
        (&small, Some(refuses), &["--fail-on-warn"], 2),
        (&small, Some(warns), &[], 0),
        (&small, Some(warns), &["--fail-on-warn"], 4),
        // A missing price is never 0 unless the policy says so in as many words.
        (&unpriced, None, &[], 3),
        (&unpriced, Some(passes), &[], 3),
        (&unpriced, Some(passes), &["--strict"], 3),
        (&unpriced, Some(accepts), &[], 0),
        (&unpriced, Some(accepts), &["--strict"], 3),
        // Of several, the smallest counts.
        (&unpriced, Some(both), &[], 2),
        (&small, Some("limits = { monthly_cost_usd = \"much\" }"), &[], 1),
    ] {
        let folder = folder(&[("plan.json", plan)]);
        let mut arguments = vec!["gate", "plan.json", "--no-distance"];
        if let Some(policy) = policy {
            std::fs::write(folder.path().join("policy.hcl"), policy).unwrap();
            arguments.extend(["--policy", "policy.hcl"]);
        }
        arguments.extend(options);
        let ran = run_in(folder.path(), &arguments, "");
        assert_eq!(ran.code, expected, "{policy:?} {options:?}: {}{}", ran.stdout, ran.stderr);
    }
}

#[test]
fn a_plan_comes_from_standard_input_as_well() {
    let folder = folder(&[("policy.hcl", "limits = { monthly_cost_usd = 80 }")]);
    let ran = run_in(folder.path(), &["gate", "-", "--policy", "policy.hcl", "--no-distance"], small());
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert!(
        ran.stdout.contains("error[cost-limit]: 83.95 USD per month is above `limits.monthly_cost_usd` of 80.00"),
        "{}",
        ran.stdout
    );
}

/// The plan adds 78.11 USD (m5.large in eu-west-1) to 83.95; against a plan that left nothing it adds all of 162.06.
#[test]
fn what_is_added_depends_on_what_it_is_compared_to() {
    let empty = super::plan(&[]).to_string();
    let files = [
        ("head.json", grown()),
        ("base.json", empty),
        ("policy.hcl", "limits = { cost_increase_usd = 100 }".to_owned()),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let own = run(&files, &["gate", "head.json", "--policy", "policy.hcl", "--no-distance"]);
    assert_eq!(own.code, 0, "{}{}", own.stdout, own.stderr);
    assert!(own.stdout.contains("83.95 → 162.06 USD/month (+78.11)"), "{}", own.stdout);
    let compared =
        run(&files, &["gate", "head.json", "--compare-to", "base.json", "--policy", "policy.hcl", "--no-distance"]);
    assert_eq!(compared.code, 2, "{}{}", compared.stdout, compared.stderr);
    assert!(
        compared.stdout.contains("162.06 USD per month more is above `limits.cost_increase_usd` of 100.00"),
        "{}",
        compared.stdout
    );
    let diff = run(&files, &["diff", "base.json", "head.json", "--no-distance"]);
    assert_eq!(diff.code, 0, "{}", diff.stderr);
    for part in ["0.00 → 162.06 USD/month (+162.06)", "aws_instance.old", "create"] {
        assert!(diff.stdout.contains(part), "{part}: {}", diff.stdout);
    }
}

#[test]
fn reviews_tell_and_do_not_judge() {
    let ran = run(&[("plan.json", &unpriced())], &["review", "plan.json", "--no-distance"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("[unknown]") && ran.stdout.contains("priced 0 of 1"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("violated"), "{}", ran.stdout);
}

#[test]
fn nothing_confirmed_is_not_0() {
    let ran = run(&[("plan.json", &small())], &["verify-plan", "plan.json"]);
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (3, "the plan holds no placement: nothing is confirmed\n"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_fix_that_cannot_be_made_is_a_failure() {
    let ran = run(&[("plan.json", &unpriced())], &["review", "plan.json", "--fix"]);
    assert_eq!(ran.code, 1, "{}", ran.stdout);
    assert!(ran.stderr.contains("nothing is fixed"), "{}", ran.stderr);
}
