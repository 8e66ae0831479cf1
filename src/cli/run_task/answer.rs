//! What a run task answers: a JSON:API document with the status, a message, and an outcome for each finding that counts.

use serde_json::{Value, json};

use crate::render::review::outcome;
use crate::review::Severity;
use crate::review::policy::{Decision, Judged, Judgement, Standing, find_rule};

/// Most outcomes sent; the message counts them all.
const MOST_OUTCOMES: usize = 100;

/// Most characters of a message or description.
const LONGEST: usize = 1_000;

/// The result of a judgement.
pub(super) fn judged(judgement: &Judgement, fail_on_warn: bool) -> Value {
    let is_passed = match judgement.decision() {
        Decision::Passed => true,
        Decision::Warned => !fail_on_warn,
        Decision::Undecided | Decision::Violated => false,
    };
    let counted = judgement.findings.iter().filter(|judged| judged.standing == Standing::Counts);
    let outcomes: Vec<Value> = counted.take(MOST_OUTCOMES).map(finding).collect();
    document(if is_passed { "passed" } else { "failed" }, &outcome(judgement), &outcomes)
}

/// The result where there is no judgement.
pub(super) fn failed(why: &str) -> Value {
    document("failed", why, &[])
}

fn document(status: &str, message: &str, outcomes: &[Value]) -> Value {
    json!({ "data": {
        "type": "task-results",
        "attributes": { "status": status, "message": short(message) },
        "relationships": { "outcomes": { "data": outcomes } },
    } })
}

fn finding(judged: &Judged) -> Value {
    let finding = &judged.finding;
    let (label, level) = match finding.severity {
        Severity::Error => ("Failed", "error"),
        Severity::Warning => ("Warning", "warning"),
        Severity::Note => ("Note", "info"),
    };
    let about = finding.address.as_ref().map(|address| format!("{address}: ")).unwrap_or_default();
    let help = finding.help.as_ref().map(|help| format!("\n\nHelp: {help}")).unwrap_or_default();
    let explanation = find_rule(&finding.rule).map(|rule| format!("\n\n{}", rule.explanation)).unwrap_or_default();
    json!({
        "type": "task-result-outcomes",
        "attributes": {
            "outcome-id": format!("{}-{}", finding.rule, finding.fingerprint),
            "description": short(&format!("{about}{}", finding.message)),
            "body": format!("{about}{}{help}{explanation}", finding.message),
            "tags": {
                "Status": [{ "label": label, "level": level }],
                "Rule": [{ "label": finding.rule, "level": "none" }],
            },
        },
    })
}

fn short(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        text.to_owned()
    } else {
        text.chars().take(LONGEST - 1).chain(['…']).collect()
    }
}
