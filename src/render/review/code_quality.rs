//! Findings as GitLab's code quality report: a JSON array that merge requests show beside the change.
//!
//! GitLab keeps one issue for each fingerprint, so a second finding of one rule at one place gets a number behind it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Reviewed, about, said};
use crate::review::Severity;
use crate::review::policy::{Standing, is_about_the_unknown};

/// The findings that count.
pub fn gitlab(reviewed: &Reviewed<'_>) -> Value {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let counted = reviewed.judgement.findings.iter().filter(|judged| judged.standing == Standing::Counts);
    let issues = counted.map(|judged| {
        let finding = &judged.finding;
        let number = seen.entry(&finding.fingerprint).or_default();
        *number += 1;
        let fingerprint =
            if *number > 1 { format!("{}-{number}", finding.fingerprint) } else { finding.fingerprint.clone() };
        let severity = match finding.severity {
            Severity::Error if is_about_the_unknown(&finding.rule) => "major",
            Severity::Error => "critical",
            Severity::Warning => "minor",
            Severity::Note => "info",
        };
        let (path, line) = match &finding.location {
            Some(location) => (location.file.as_str(), location.line),
            None => (reviewed.title, 1),
        };
        let about = about(finding);
        let about = if about.is_empty() { about } else { format!("{about}: ") };
        json!({
            "description": format!("{about}{}", said(finding)),
            "check_name": finding.rule,
            "fingerprint": fingerprint,
            "severity": severity,
            "location": { "path": path, "lines": { "begin": line } },
        })
    });
    issues.collect()
}
