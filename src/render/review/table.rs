//! A review for a terminal, without colour: findings first, then what the plan changes, then the sums.

use std::fmt::Write as _;

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, Table};

use super::fleet::{COLUMNS, rows};
use super::summary::{lines, outcome};
use super::{Reviewed, about};
use crate::render::words::count;
use crate::review::Figure;
use crate::review::policy::{Judged, Standing};

/// The review as text. Ends with a newline.
pub fn table(reviewed: &Reviewed<'_>) -> String {
    let mut text = String::new();
    for judged in &reviewed.judgement.findings {
        write_finding(&mut text, judged);
    }
    if !reviewed.judgement.findings.is_empty() {
        text.push('\n');
    }
    let (rows, rest) = rows(reviewed);
    if !rows.is_empty() {
        let mut table = Table::new();
        table.load_style(NOTHING).set_header(COLUMNS.map(|(name, _)| name));
        for ((_, is_right), column) in COLUMNS.iter().zip(table.column_iter_mut()) {
            column.set_padding((0, 2));
            column.set_cell_alignment(if *is_right { CellAlignment::Right } else { CellAlignment::Left });
        }
        table.add_rows(rows.iter().map(|row| row.each_ref().map(|cell| plain(cell))));
        text.push_str(&table.trim_fmt());
        text.push('\n');
    }
    if rest > 0 {
        let _ = writeln!(text, "{} unchanged", count(rest, "member of the fleet", "members of the fleet"));
    }
    if !rows.is_empty() || rest > 0 {
        text.push('\n');
    }
    for (label, line) in lines(reviewed) {
        let _ = writeln!(text, "{label:<10}  {}", plain(&line));
    }
    if let Figure::Known(distance) = &reviewed.report.distance {
        for (index, assumption) in distance.assumptions.iter().enumerate() {
            let label = if index == 0 { "Assumed" } else { "" };
            let _ = writeln!(text, "{label:<10}  {}", plain(assumption));
        }
        if let Figure::Known(patch) = &distance.patch {
            let _ = writeln!(text, "\nThe better placement as a patch:\n\n{}", patch.diff.trim_end());
        }
    }
    let _ = writeln!(text, "\n{}: {}", plain(reviewed.title), outcome(reviewed.judgement));
    text
}

fn write_finding(text: &mut String, judged: &Judged) {
    let finding = &judged.finding;
    let word = match &judged.standing {
        Standing::Counts => finding.severity.name().to_owned(),
        Standing::Waived { .. } | Standing::Accepted => {
            format!("{} {}", judged.standing.name(), finding.severity.name())
        }
    };
    let _ = writeln!(text, "{word}[{}]: {}", finding.rule, plain(&finding.message));
    let about = about(finding);
    let place = finding.location.as_ref().map(|location| format!("{}:{}", location.file, location.line));
    let place = place.map(|place| format!("--> {}", plain(&place)));
    let about = (!about.is_empty()).then(|| format!("in {}", plain(&about)));
    let place: Vec<String> = place.into_iter().chain(about).collect();
    if !place.is_empty() {
        let _ = writeln!(text, "  {}", place.join(" "));
    }
    if let Standing::Waived { waiver, reason, owner, expires } = &judged.standing {
        let _ =
            writeln!(text, "  waived until {expires} by {} (owner {}): {}", plain(waiver), plain(owner), plain(reason));
    } else if let Some(help) = &finding.help {
        let _ = writeln!(text, "  help: {}", plain(help));
    }
}

/// Text without control characters, which a terminal would obey.
fn plain(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
}
