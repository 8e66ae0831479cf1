//! Findings as GitHub's workflow commands: printed by a step of a workflow, they become annotations of the change.
//!
//! > `::error file=main.tf,line=3,title=cost-limit::message`
//!
//! In values `%`, carriage return and line feed are escaped, in properties `:` and `,` too, so that no name from a plan can end a command or
//! begin another.

use std::fmt::Write as _;

use super::{Reviewed, about, said};
use crate::review::Severity;
use crate::review::policy::Standing;

/// One line for each finding that counts. Ends with a newline unless there is none.
pub fn github(reviewed: &Reviewed<'_>) -> String {
    let mut text = String::new();
    for judged in reviewed.judgement.findings.iter().filter(|judged| judged.standing == Standing::Counts) {
        let finding = &judged.finding;
        let command = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "notice",
        };
        let mut properties = Vec::new();
        if let Some(location) = &finding.location {
            properties.push(format!("file={}", property(&location.file)));
            properties.push(format!("line={}", location.line));
        }
        properties.push(format!("title={}", property(&finding.rule)));
        let about = about(finding);
        let about = if about.is_empty() { about } else { format!("{about}: ") };
        let _ = writeln!(text, "::{command} {}::{}", properties.join(","), data(&(about + &said(finding))));
    }
    text
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
