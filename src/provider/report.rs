//! Findings travel back to the host: each at the attribute that caused it, with the facts and the way out.
//!
//! The host underlines the line of the outermost argument at least; the detail names the exact place in words.

use super::tree::NOT_KNOWN;
use crate::diagnostic::{self, Path, Severity, Step};
use crate::tfplugin::{AttributePath, Diagnostic, Diagnostics};

/// Longest summary in characters: the host prints it on one line in front of the place.
const LONGEST_SUMMARY: usize = 120;

/// The findings of the parser, without those that only say that a value is not known yet.
pub(super) fn findings(findings: diagnostic::Diagnostics) -> Diagnostics {
    findings.into_vec().iter().filter(|finding| finding.code != NOT_KNOWN).map(finding).collect()
}

fn finding(finding: &diagnostic::Diagnostic) -> Diagnostic {
    let mut detail = Vec::new();
    let message = sentence(&finding.message);
    let summary = if message.chars().count() <= LONGEST_SUMMARY && !message.contains('\n') {
        message.trim_end_matches('.').to_owned()
    } else {
        detail.push(message);
        "Invalid placement problem".to_owned()
    };
    if !finding.path.0.is_empty() {
        detail.push(format!("At {}.", finding.path));
    }
    detail.extend(finding.notes.iter().map(|note| sentence(note)));
    if let Some(help) = &finding.help {
        detail.push(format!("\n{}", sentence(help)));
    }
    let detail = detail.join("\n");
    let path = attribute_path(&finding.path);
    match finding.severity {
        Severity::Error => Diagnostic::error(summary, detail),
        Severity::Warning => Diagnostic::warning(summary, detail),
    }
    .at(path)
}

/// The path as the protocol has it. All lists of the language are sets, whose elements have no address: the path ends there.
pub(super) fn attribute_path(path: &Path) -> AttributePath {
    let steps = path.0.iter().map_while(|step| match step {
        Step::Attribute(name) => Some(crate::tfplugin::Step::Attribute(name.clone())),
        Step::Key(key) => Some(crate::tfplugin::Step::Key(key.clone())),
        Step::Index(_) => None,
    });
    steps.collect()
}

/// `text` with a capital at its beginning and a full stop at its end.
fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let Some(first) = characters.next() else { return String::new() };
    let end = if text.ends_with(['.', '?', '!', ':']) { "" } else { "." };
    format!("{}{}{end}", first.to_uppercase(), characters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_keeps_its_place_and_its_way_out() {
        let path = Path(vec![
            Step::Attribute("workloads".into()),
            Step::Key("web".into()),
            Step::Attribute("allowed".into()),
            Step::Attribute("regions".into()),
            Step::Index(1),
        ]);
        let found =
            diagnostic::Diagnostic::error("unknown-name", "there is no region `x`").at(path).help("did you mean `y`?");
        let told = finding(&found);
        assert_eq!(told.summary, "There is no region `x`");
        assert_eq!(told.detail, "At workloads[\"web\"].allowed.regions[1].\n\nDid you mean `y`?");
        assert_eq!(told.path.to_string(), "workloads[\"web\"].allowed.regions");
    }

    #[test]
    fn what_is_not_known_is_no_finding() {
        let unknown = diagnostic::Diagnostic::error(NOT_KNOWN, "not known");
        assert!(findings(unknown.into()).is_empty());
    }
}
