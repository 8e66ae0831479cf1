//! A review as one HTML file that fetches nothing: style is inside, there is no script, and every text is escaped by the template.

use std::fmt::Write as _;

use minijinja::{Environment, HtmlEscape, UndefinedBehavior};
use serde::Serialize;

use super::fleet::{COLUMNS, rows};
use super::summary::{counted, lines};
use super::{Reviewed, about};
use crate::render::words::parts;
use crate::review::Figure;
use crate::review::policy::{Judged, Standing, find_rule};

/// The template. The end of its name makes every value in it escaped.
const TEMPLATE: (&str, &str) = ("review.html", include_str!("review.html"));

#[derive(Serialize)]
struct Page<'a> {
    title: &'a str,
    decision: &'static str,
    counted: String,
    lines: Vec<(&'static str, String)>,
    assumptions: &'a [String],
    findings: Vec<Row<'a>>,
    columns: [(&'static str, bool); 6],
    members: Vec<[String; 6]>,
    unchanged: usize,
    patch: Option<&'a str>,
    digest: &'a str,
    version: &'static str,
}

#[derive(Serialize)]
struct Row<'a> {
    class: &'static str,
    word: String,
    rule: &'a str,
    about: String,
    place: Option<String>,
    message: &'a str,
    help: Option<&'a str>,
    waiver: Option<String>,
    explanation: Option<&'static str>,
}

/// The page.
///
/// # Errors
/// Nothing known: every value the template names is there, which tests hold true.
pub fn html(reviewed: &Reviewed<'_>) -> Result<String, minijinja::Error> {
    let distance = reviewed.report.distance.known();
    let (members, unchanged) = rows(reviewed);
    let patch = distance.and_then(|distance| match &distance.patch {
        Figure::Known(patch) => Some(patch.diff.as_str()),
        Figure::Unknown(_) => None,
    });
    let page = Page {
        title: reviewed.title,
        decision: if reviewed.judgement.is_judged { reviewed.judgement.decision().name() } else { "reviewed" },
        counted: counted(reviewed.judgement),
        lines: lines(reviewed),
        assumptions: distance.map_or(&[], |distance| &distance.assumptions),
        findings: reviewed.judgement.findings.iter().map(row).collect(),
        columns: COLUMNS,
        members,
        unchanged,
        patch,
        digest: &reviewed.report.plan.digest,
        version: env!("CARGO_PKG_VERSION"),
    };
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.add_filter("worded", worded);
    environment.add_template(TEMPLATE.0, TEMPLATE.1)?;
    environment.get_template(TEMPLATE.0)?.render(minijinja::value::Serde(page))
}

/// A message whose names in backticks are code, escaped part by part.
#[expect(clippy::needless_pass_by_value, reason = "a filter takes what it is given")]
fn worded(message: String) -> minijinja::Value {
    let mut html = String::with_capacity(message.len());
    for (is_code, part) in parts(&message) {
        let (begin, end) = if is_code { ("<code>", "</code>") } else { ("", "") };
        let _ = write!(html, "{begin}{}{end}", HtmlEscape(part));
    }
    minijinja::Value::from_safe_string(html)
}

fn row(judged: &Judged) -> Row<'_> {
    let finding = &judged.finding;
    let severity = finding.severity.name();
    let (class, word, waiver) = match &judged.standing {
        Standing::Counts => (severity, severity.to_owned(), None),
        Standing::Accepted => ("settled", format!("{severity}, accepted"), None),
        Standing::Waived { waiver, reason, owner, expires } => {
            let said = format!("Waived until {expires} by {waiver}, owner {owner}: {reason}");
            ("settled", format!("{severity}, waived"), Some(said))
        }
    };
    Row {
        class,
        word,
        rule: &finding.rule,
        about: about(finding),
        place: finding.location.as_ref().map(|location| format!("{}:{}", location.file, location.line)),
        message: &finding.message,
        help: finding.help.as_deref(),
        waiver,
        explanation: find_rule(&finding.rule).map(|rule| rule.explanation),
    }
}
