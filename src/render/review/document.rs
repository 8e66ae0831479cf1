//! A judged review for programs: the decision, every finding with its standing, and the report.

use serde_json::{Value, json};

use super::Reviewed;
use crate::render::language::{self, Field, Kind, known, nullable};
use crate::render::report::{FINDING, REPORT, finding, report};
use crate::render::result::object;
use crate::review::Severity;
use crate::review::policy::{Decision, Judged, Standing};

/// Everything the document says.
pub const GATE: &[Field] = &[
    known(
        "decision",
        &Kind::Word(Decision::NAMES),
        "What follows: `violated` if an error counts; `undecided` if only errors about unknown figures do; `warned` if only warnings do; \
         `passed` otherwise.",
    ),
    known("errors", &Kind::Whole, "Errors that count."),
    known("warnings", &Kind::Whole, "Warnings that count."),
    known("notes", &Kind::Whole, "Notes that count."),
    known(
        "findings",
        &Kind::List(&Kind::Object(JUDGED)),
        "Every finding of review, policy and Rego: those that count first, then by severity.",
    ),
    known("report", &Kind::Object(REPORT), "What the review says of the plan, before any policy."),
];

const JUDGED: &[Field] = &[
    known("finding", &Kind::Object(FINDING), "The finding, with the severity that the policy gives it."),
    known("standing", &Kind::Word(Standing::NAMES), "Whether it counts, is waived, or is accepted by the baseline."),
    nullable("waiver", &Kind::Object(WAIVER), "The waiver that covers it. Null unless it is waived."),
];

const WAIVER: &[Field] = &[
    known("name", &Kind::Text, "Its name in the policy."),
    known("reason", &Kind::Text, "Why the finding is accepted."),
    known("owner", &Kind::Text, "Who answers for it."),
    known("expires", &Kind::Text, "The last day on which it holds."),
];

/// The JSON Schema of the document.
pub fn json_schema() -> Value {
    language::schema_of("Stowage judgement of a Terraform plan", GATE)
}

/// The document: an object with the fields of [`GATE`] in their order.
pub fn json(reviewed: &Reviewed<'_>) -> Value {
    let judgement = reviewed.judgement;
    Value::Object(object([
        ("decision", judgement.decision().name().into()),
        ("errors", judgement.count(Severity::Error).into()),
        ("warnings", judgement.count(Severity::Warning).into()),
        ("notes", judgement.count(Severity::Note).into()),
        ("findings", judgement.findings.iter().map(judged).collect()),
        ("report", report(reviewed.report)),
    ]))
}

fn judged(judged: &Judged) -> Value {
    let waiver = match &judged.standing {
        Standing::Waived { waiver, reason, owner, expires } => {
            json!({ "name": waiver, "reason": reason, "owner": owner, "expires": expires.to_string() })
        }
        Standing::Counts | Standing::Accepted => Value::Null,
    };
    json!({ "finding": finding(&judged.finding), "standing": judged.standing.name(), "waiver": waiver })
}
