//! Findings as SARIF 2.1.0, for code scanning.
//!
//! Waived and accepted findings are there with a suppression, so that code scanning shows them as dismissed. A finding without a place in the
//! configuration stands at the first line of the plan, because code scanning shows none without a place.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::{Reviewed, about, said};
use crate::review::policy::{Judged, Standing, find_rule};
use crate::review::{Location, Severity};

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// Name of our fingerprints: its number grows when they are made in another way.
const FINGERPRINT: &str = "stowage/v1";

/// The log: one run with every finding.
pub fn sarif(reviewed: &Reviewed<'_>) -> Value {
    let findings = &reviewed.judgement.findings;
    let mut indices: BTreeMap<&str, usize> = findings.iter().map(|judged| (judged.finding.rule.as_str(), 0)).collect();
    for (number, index) in indices.values_mut().enumerate() {
        *index = number;
    }
    let rules: Vec<Value> = indices.keys().map(|id| rule(id)).collect();
    let results: Vec<Value> = findings.iter().map(|judged| result(judged, &indices, reviewed.title)).collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "stowage",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": rules,
            } },
            "automationDetails": { "id": format!("stowage/{}", reviewed.title) },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn rule(id: &str) -> Value {
    match find_rule(id) {
        Some(rule) => json!({
            "id": id,
            "shortDescription": { "text": rule.title },
            "fullDescription": { "text": rule.explanation },
            "help": { "text": rule.explanation, "markdown": rule.explanation },
            "defaultConfiguration": { "level": level(rule.severity) },
        }),
        None => {
            json!({ "id": id, "shortDescription": { "text": format!("The Rego rule {}", id.trim_start_matches("rego/")) } })
        }
    }
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

fn result(judged: &Judged, indices: &BTreeMap<&str, usize>, title: &str) -> Value {
    let finding = &judged.finding;
    let about = about(finding);
    let text = if about.is_empty() { said(finding) } else { format!("{about}: {}", said(finding)) };
    let mut location = Map::new();
    location.insert("physicalLocation".into(), physical(finding.location.as_ref(), title));
    if let Some(address) = &finding.address {
        location.insert("logicalLocations".into(), json!([{ "fullyQualifiedName": address, "kind": "resource" }]));
    }
    let mut result = json!({
        "ruleId": finding.rule,
        "ruleIndex": indices.get(finding.rule.as_str()),
        "level": level(finding.severity),
        "message": { "text": text },
        "locations": [location],
        "partialFingerprints": { FINGERPRINT: finding.fingerprint },
    });
    if let Some(suppression) = suppression(&judged.standing) {
        result["suppressions"] = json!([suppression]);
    }
    result
}

fn physical(location: Option<&Location>, title: &str) -> Value {
    let (file, line) = location.map_or((title, 1), |location| (location.file.as_str(), location.line.max(1)));
    json!({ "artifactLocation": { "uri": uri(file) }, "region": { "startLine": line } })
}

fn suppression(standing: &Standing) -> Option<Value> {
    let justification = match standing {
        Standing::Counts => return None,
        Standing::Accepted => "accepted by the baseline".to_owned(),
        Standing::Waived { waiver, reason, owner, expires } => {
            format!("waiver {waiver} until {expires}, owner {owner}: {reason}")
        }
    };
    Some(json!({ "kind": "external", "status": "accepted", "justification": justification }))
}

/// A path as a relative URI reference: everything that is not plain is percent-encoded.
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.replace('\\', "/").bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}
