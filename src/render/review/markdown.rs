//! A review as Markdown, for a comment on a pull request.
//!
//! The first line is a comment that no reader sees: a pipeline finds the comment it wrote before by it, and updates that one. The text never
//! has more bytes than GitHub accepts characters ([`LARGEST_COMMENT`]): what would go beyond is left out, counted, and said to be.

use std::fmt::Write as _;

use super::fleet::{COLUMNS, rows};
use super::summary::{lines, outcome, sign};
use super::{Reviewed, about};
use crate::render::markdown::{code, escaped, fenced, line, worded};
use crate::render::words::count;
use crate::review::policy::{Judged, Standing};
use crate::review::{Figure, Severity};

/// Most characters in a comment on GitHub.
pub const LARGEST_COMMENT: usize = 65_536;

/// Bytes kept for the sentences that say what was left out, and for closing what is open.
const RESERVE: usize = 1_024;

/// Longest title that is shown: it stands in the marker too.
const LONGEST_TITLE: usize = 200;

/// The review as Markdown. Ends with a newline.
pub fn markdown(reviewed: &Reviewed<'_>) -> String {
    let title: String = reviewed.title.chars().take(LONGEST_TITLE).collect();
    let mut page = Page::new();
    let marker: String = title
        .chars()
        .map(|character| if character.is_alphanumeric() || "._/".contains(character) { character } else { '_' })
        .collect();
    page.always(&format!("<!-- stowage-gate: {marker} -->\n"));
    page.always(&format!(
        "### {} {}: {}\n\n",
        sign(reviewed.judgement),
        code(&title),
        escaped(&outcome(reviewed.judgement))
    ));
    let summary = lines(reviewed).into_iter().map(|(label, line)| format!("- **{label}:** {}\n", worded(&line)));
    page.items("", summary.collect(), "");

    let (counted, settled): (Vec<&Judged>, Vec<&Judged>) =
        reviewed.judgement.findings.iter().partition(|judged| judged.standing == Standing::Counts);
    page.items("\n#### Findings\n\n", counted.into_iter().map(finding).collect(), "");
    let (members, unchanged) = rows(reviewed);
    let header = line(COLUMNS.iter().map(|(name, _)| (*name).to_owned()))
        + &line(COLUMNS.iter().map(|(_, is_right)| if *is_right { "---:" } else { "---" }.to_owned()));
    let about_fleet = format!(
        "\n<details><summary>What changes: {}</summary>\n\n{header}",
        count(members.len(), "member of the fleet", "members of the fleet")
    );
    let rows = members.iter().map(|cells| line(cells.iter().map(|cell| escaped(cell)))).collect();
    let rest =
        if unchanged > 0 { format!("\n{} unchanged\n", count(unchanged, "member", "members")) } else { String::new() };
    page.items(&about_fleet, rows, &format!("{rest}\n</details>\n"));
    if let Figure::Known(distance) = &reviewed.report.distance {
        let assumptions = distance.assumptions.iter().map(|assumption| format!("- {}\n", worded(assumption))).collect();
        page.items("\n<details><summary>What the distance assumes</summary>\n\n", assumptions, "\n</details>\n");
        if let Figure::Known(patch) = &distance.patch {
            let text = format!(
                "\n<details><summary>The better placement as a patch</summary>\n\n{}\n\n</details>\n",
                fenced(&patch.diff, "diff")
            );
            page.items("", vec![text], "");
        }
    }
    let heading = format!("\n<details><summary>Waived and accepted: {}</summary>\n\n", settled.len());
    page.items(&heading, settled.into_iter().map(finding).collect(), "\n</details>\n");
    page.text
}

fn finding(judged: &Judged) -> String {
    let finding = &judged.finding;
    let picture = match finding.severity {
        Severity::Error => "🔴",
        Severity::Warning => "🟡",
        Severity::Note => "🔵",
    };
    let mut text = format!("- {picture} {} {}", finding.severity.name(), code(&finding.rule));
    let about = about(finding);
    if !about.is_empty() {
        let _ = write!(text, " in {}", code(&about));
    }
    if let Some(location) = &finding.location {
        let _ = write!(text, " at {}", code(&format!("{}:{}", location.file, location.line)));
    }
    let _ = write!(text, ": {}", worded(&finding.message));
    match &judged.standing {
        Standing::Waived { waiver, reason, owner, expires } => {
            let said = format!("waived until {expires} by {waiver}, owner {owner}: {reason}");
            let _ = write!(text, "; {}", escaped(&said));
        }
        Standing::Accepted => text.push_str("; accepted by the baseline"),
        Standing::Counts => {
            if let Some(help) = &finding.help {
                let _ = write!(text, "\n  {}", worded(help));
            }
        }
    }
    text + "\n"
}

/// Text that never grows beyond what a comment may hold.
struct Page {
    text: String,
}

impl Page {
    const fn new() -> Self {
        Self { text: String::new() }
    }

    fn always(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn fits(&self, more: usize) -> bool {
        self.text.len() + more + RESERVE <= LARGEST_COMMENT
    }

    /// A section with as many items as fit between its beginning and its end; nothing if there are none.
    fn items(&mut self, begin: &str, items: Vec<String>, end: &str) {
        let all = items.len();
        if all == 0 {
            return;
        }
        if !self.fits(begin.len() + end.len() + items[0].len()) {
            if self.fits(0) {
                self.text.push_str(
                    "\nMore is left out here: it would go beyond what a comment holds. See the full report.\n",
                );
            }
            return;
        }
        self.text.push_str(begin);
        let mut shown = 0;
        for item in items {
            if !self.fits(item.len() + end.len()) {
                break;
            }
            self.text.push_str(&item);
            shown += 1;
        }
        if shown < all {
            let _ = writeln!(self.text, "\n{} more are left out here: see the full report.", all - shown);
        }
        self.text.push_str(end);
    }
}
