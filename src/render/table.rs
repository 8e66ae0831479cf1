//! The answer as a table for a terminal, without colour.

use std::fmt::Write as _;

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, Table};

use super::group::{Group, groups};
use super::words::{count, ms, rps};
use super::{alternatives, conflict, notes, pools, totals};
use crate::model::Problem;
use crate::place::{Answer, Outcome};

/// Columns, each with whether its cells stand at the right edge.
pub(super) const COLUMNS: [(&str, bool); 7] = [
    ("workload", false),
    ("region", false),
    ("type", false),
    ("instances by zone", false),
    ("load", true),
    ("rtt", true),
    ("USD/month", true),
];

/// The answer: a row for each machine group, totals with their proof, and what is not counted. Ends with a newline.
pub fn table(problem: &Problem, answer: &Answer) -> String {
    let mut text = match &answer.outcome {
        Outcome::Optimal { placement, .. } | Outcome::Feasible { placement, .. } => {
            let mut table = Table::new();
            table.load_style(NOTHING).set_header(COLUMNS.map(|(name, _)| name));
            for ((_, is_right), column) in COLUMNS.iter().zip(table.column_iter_mut()) {
                column.set_padding((0, 2));
                column.set_cell_alignment(if *is_right { CellAlignment::Right } else { CellAlignment::Left });
            }
            table.add_rows(groups(problem, placement).iter().map(row));
            table.add_rows(pools::rows(problem, placement));
            table.trim_fmt() + "\n\n"
        }
        Outcome::Infeasible(found) => conflict(problem, found) + "\n\n",
        Outcome::Undecided => UNDECIDED.to_owned() + "\n\n",
    };
    for (label, line) in totals::lines(problem, answer) {
        let _ = writeln!(text, "{label:<9}  {line}");
    }
    text.push_str(&alternatives::table(problem, answer));
    let notes = notes(problem, answer);
    if !notes.is_empty() {
        text.push('\n');
    }
    for note in notes {
        let _ = writeln!(text, "{note}");
    }
    text
}

/// What there is to say when nothing was proven.
pub(super) const UNDECIDED: &str =
    "Undecided: the work limit ended the search before a placement was found. Nothing is proven.";

/// The cells of a group, in the order of [`COLUMNS`].
pub(super) fn row(group: &Group<'_>) -> [String; 7] {
    let rtt = match group.longest_round_trip() {
        Some(rtt) => ms(rtt),
        None if group.answers().next().is_none() => "-".to_owned(),
        None => "unknown".to_owned(),
    };
    [
        group.workload.name.clone(),
        group.region.key.to_string(),
        group.type_names(),
        instances(group),
        if group.has_load() { rps(group.load()) } else { "-".to_owned() },
        rtt,
        group.placed.lines.total().to_string(),
    ]
}

/// Instances in all, and by zone where there is more than one, environments of a function, and copies of data that may be in several regions:
/// `6 (a:2 b:2 c:2)`, `121 at a time`, `3 (a:1 b:1 c:1), 1 copy`.
pub(super) fn instances(group: &Group<'_>) -> String {
    let function = group.function.map(|function| format!("{} at a time", function.used.count));
    if group.machines.is_empty() {
        return function.unwrap_or_default();
    }
    let function = function.map_or(String::new(), |function| format!(" + {function}"));
    let copies = group.placed.group.copies;
    let copies = copies.map_or(String::new(), |copies| {
        format!(", {}", count(usize::try_from(copies).unwrap_or(usize::MAX), "copy", "copies"))
    });
    let zones: Vec<String> = group.zones().map(|(zone, held)| format!("{}:{held}", short(zone, group))).collect();
    format!("{} ({}){function}{copies}", group.instances(), zones.join(" "))
}

/// A zone's name without that of its region, where it begins with it: `a` for `eu-central-1a` and `europe-west3-a`.
fn short<'z>(zone: &'z str, group: &Group<'_>) -> &'z str {
    let rest = zone.strip_prefix(group.region.key.region.as_str()).map(|rest| rest.trim_start_matches('-'));
    rest.filter(|rest| !rest.is_empty()).unwrap_or(zone)
}
