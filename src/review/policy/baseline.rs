//! The baseline: findings that were there before anybody judged, by fingerprint, so that a gate can be put before an estate that has some.
//!
//! Only what is about a resource, a block or a Rego message is accepted. A limit on the whole plan is not: its fingerprint does not change with
//! its numbers, so that a total once accepted would never be judged again. Waivers, which expire, are for that.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::decode::REGO_PREFIX;
use super::judge::{Judgement, Standing};
use super::language::BASELINE;
use crate::diagnostic::{Diagnostics, SourceFile};
use crate::parse;
use crate::parse::conform::{self, Item, Place};
use crate::review::finding::{Finding, Severity};

/// Version of the file's language.
const VERSION: &str = "1";

/// Findings that were accepted before, by fingerprint, each with its rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    accepted: BTreeMap<String, String>,
}

impl Baseline {
    /// Reads a baseline.
    ///
    /// # Errors
    /// Everything that is wrong with the file.
    pub fn read(source: &SourceFile) -> Result<Self, Diagnostics> {
        let node = parse::document(source, BASELINE)?;
        let mut diagnostics = Diagnostics::new();
        let root = conform::object(&node, BASELINE, &Place::root(), &mut diagnostics);
        if diagnostics.has_errors() {
            return Err(diagnostics);
        }
        let entries = root.get("accepted").into_iter().flat_map(Item::entries);
        let accepted = entries.filter_map(|(fingerprint, item)| {
            Some((fingerprint.to_owned(), item.get("rule").and_then(Item::text)?.to_owned()))
        });
        Ok(Self { accepted: accepted.collect() })
    }

    /// True if the finding was accepted.
    pub fn accepts(&self, finding: &Finding) -> bool {
        may_be_accepted(finding) && self.accepted.get(&finding.fingerprint) == Some(&finding.rule)
    }

    /// The file that accepts every finding of a judgement that counts, or was accepted before, and is graver than a note. Ends with a newline.
    pub fn written(judgement: &Judgement) -> String {
        let kept = judgement.findings.iter().filter(|judged| {
            !matches!(judged.standing, Standing::Waived { .. })
                && judged.finding.severity != Severity::Note
                && may_be_accepted(&judged.finding)
        });
        let sorted: BTreeMap<&str, &Finding> =
            kept.map(|judged| (judged.finding.fingerprint.as_str(), &judged.finding)).collect();
        let accepted: Map<String, Value> = sorted
            .into_iter()
            .map(|(fingerprint, finding)| {
                let said = json!({ "rule": finding.rule, "address": finding.address, "message": finding.message });
                (fingerprint.to_owned(), said)
            })
            .collect();
        format!("{:#}\n", json!({ "baseline_version": VERSION, "accepted": accepted }))
    }
}

fn may_be_accepted(finding: &Finding) -> bool {
    finding.address.is_some() || finding.rule.starts_with(REGO_PREFIX)
}
