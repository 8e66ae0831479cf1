//! The answer as Markdown, for a comment on a pull request: table and totals in sight, the explanation folded away.

use std::fmt::Write as _;

use super::group::groups;
use super::table::{COLUMNS, UNDECIDED, row};
use super::words::{count, parts};
use super::{alternatives, conflict, explanation, notes, pools, totals};
use crate::model::Problem;
use crate::place::{Answer, Outcome};

/// The answer under a heading; `title` names the problem, such as the address of its data block. Ends with a newline.
pub fn markdown(problem: &Problem, answer: &Answer, title: &str) -> String {
    let mut text = format!("### Placement {}: {}\n\n", code(title), answer.outcome.name());
    match &answer.outcome {
        Outcome::Optimal { placement, .. } | Outcome::Feasible { placement, .. } => {
            text.push_str(&line(COLUMNS.iter().map(|(name, _)| (*name).to_owned())));
            text.push_str(&line(COLUMNS.iter().map(|(_, is_right)| if *is_right { "---:" } else { "---" }.to_owned())));
            let of_groups = groups(problem, placement).iter().map(row).collect::<Vec<_>>();
            for cells in of_groups.into_iter().chain(pools::rows(problem, placement)) {
                text.push_str(&line(cells.into_iter().map(|cell| escaped(&cell))));
            }
            text.push('\n');
        }
        Outcome::Infeasible(found) => {
            let _ = write!(text, "{}\n\n", fenced(&conflict(problem, found), "text"));
        }
        Outcome::Undecided => {
            let _ = write!(text, "{UNDECIDED}\n\n");
        }
    }
    for (label, line) in totals::lines(problem, answer) {
        let _ = writeln!(text, "- **{label}:** {}", escaped(&line));
    }
    for note in notes(problem, answer) {
        let _ = writeln!(text, "- {}", worded(&note));
    }
    text.push_str(&alternatives::markdown(problem, answer));
    if answer.outcome.placement().is_some() {
        let workloads = count(problem.workloads.len(), "workload", "workloads");
        let _ = write!(
            text,
            "\n<details><summary>Why here: {workloads}</summary>\n\n{}\n\n</details>\n",
            fenced(&explanation(problem, answer), "text")
        );
    }
    text
}

pub(super) fn line(cells: impl Iterator<Item = String>) -> String {
    format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "))
}

/// A block of text in a fence longer than any run of backticks in it, so that no name can end it.
pub(super) fn fenced(text: &str, language: &str) -> String {
    let fence = "`".repeat(longest_run(text).max(2) + 1);
    format!("{fence}{language}\n{}\n{fence}", text.trim_end())
}

/// A name in backticks, which it cannot end, on one line, which it cannot end either.
pub(super) fn code(name: &str) -> String {
    let name: String = name.chars().map(|character| if character.is_control() { ' ' } else { character }).collect();
    let fence = "`".repeat(longest_run(&name) + 1);
    let space = if name.starts_with('`') || name.ends_with('`') { " " } else { "" };
    format!("{fence}{space}{name}{space}{fence}")
}

fn longest_run(text: &str) -> usize {
    text.split(|character| character != '`').map(str::len).max().unwrap_or_default()
}

/// A message whose names in backticks are code, and whose other characters mean themselves.
pub(super) fn worded(message: &str) -> String {
    let part = |(is_code, part): (bool, &str)| if is_code { code(part) } else { escaped(part) };
    parts(message).into_iter().map(part).collect()
}

/// Text whose characters mean themselves: names come from the input.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\r' => escaped.push(' '),
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '~' | '&' | '@' => {
                escaped.push('\\');
                escaped.push(character);
            }
            _ => escaped.push(character),
        }
    }
    escaped
}
