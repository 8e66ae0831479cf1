//! The lines that say a review in short, and the outcome in one.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::Reviewed;
use crate::render::words::{count, monthly, monthly_carbon, ms};
use crate::review::policy::{Decision, Judgement};
use crate::review::{Change, Figure, Report, Severity, Sum, UserLatency, Verdict};
use crate::units::{Carbon, Money};

/// A label and what stands beside it.
pub(super) type Line = (&'static str, String);

/// Most user groups whose latency is shown in short.
const MOST_USERS: usize = 3;

/// The decision with what led to it: `violated: 2 errors, 1 warning`.
pub fn outcome(judgement: &Judgement) -> String {
    let counted = counted(judgement);
    if judgement.is_judged { format!("{}: {counted}", judgement.decision().name()) } else { counted }
}

/// How many findings count, and how many do not: `2 errors, 1 warning (1 waived or accepted)`.
pub(super) fn counted(judgement: &Judgement) -> String {
    let words = [
        (Severity::Error, "error", "errors"),
        (Severity::Warning, "warning", "warnings"),
        (Severity::Note, "note", "notes"),
    ];
    let counted: Vec<String> = words
        .into_iter()
        .map(|(severity, one, several)| (judgement.count(severity), one, several))
        .filter(|(number, ..)| *number > 0)
        .map(|(number, one, several)| count(number, one, several))
        .collect();
    let settled = judgement.settled();
    let settled = if settled > 0 { format!(" ({settled} waived or accepted)") } else { String::new() };
    let found = if counted.is_empty() { "no findings".to_owned() } else { counted.join(", ") };
    format!("{found}{settled}")
}

/// A sign for the decision, for formats that show pictures.
pub(super) fn sign(judgement: &Judgement) -> &'static str {
    if !judgement.is_judged {
        return "🔎";
    }
    match judgement.decision() {
        Decision::Passed => "✅",
        Decision::Warned => "⚠️",
        Decision::Undecided => "❔",
        Decision::Violated => "❌",
    }
}

/// The lines of a review, in the order in which they are read.
pub(super) fn lines(reviewed: &Reviewed<'_>) -> Vec<Line> {
    let report = reviewed.report;
    let mut lines = vec![
        ("Cost", changed(&report.totals.cost, monthly, |after, before| difference(after - before))),
        ("Emissions", changed(&report.totals.carbon, monthly_carbon, carbon_difference)),
        ("Coverage", coverage(report)),
        ("Distance", distance(report)),
    ];
    if let Some(latency) = latency(report) {
        lines.push(("Latency", latency));
    }
    if !report.placements.is_empty() {
        lines.push(("Placements", placements(report)));
    }
    let stamp = &report.catalog;
    let own = if stamp.is_overlaid { ", with own prices or figures" } else { "" };
    lines.push(("Catalog", format!("{} (version {}{own})", stamp.as_of, stamp.version)));
    lines
}

/// `1,000.00 → 1,412.00 USD/month (+412.00); at most 2,000.00; 2 parts unknown`.
fn changed<T: Copy + PartialEq>(
    change: &Change<Sum<T>>,
    shown: impl Fn(T) -> String,
    difference: impl Fn(T, T) -> String,
) -> String {
    let (before, after) = (change.before.known, change.after.known);
    let mut text = if before.expected == after.expected {
        shown(after.expected)
    } else {
        let first = shown(before.expected);
        let first = first.split(' ').next().unwrap_or_default();
        format!("{first} → {} ({})", shown(after.expected), difference(after.expected, before.expected))
    };
    if !after.is_fixed() {
        let least = shown(after.min);
        let _ = write!(text, "; {} to {}", least.split(' ').next().unwrap_or_default(), shown(after.max));
    }
    let unknown = change.after.unknown;
    if unknown > 0 {
        let _ = write!(text, "; {} unknown, so the true sum is larger", count(unknown, "part", "parts"));
    }
    text
}

fn difference(added: Money) -> String {
    if added > Money::ZERO { format!("+{added}") } else { added.to_string() }
}

fn carbon_difference(after: Carbon, before: Carbon) -> String {
    let added = after.0 - before.0;
    let shown = monthly_carbon(Carbon(added));
    let shown = shown.split(' ').next().unwrap_or_default();
    if added > 0 { format!("+{shown}") } else { shown.to_owned() }
}

fn coverage(report: &Report) -> String {
    let coverage = &report.coverage;
    let unknown = match coverage.unknown.len() {
        0 => String::new(),
        number => format!("; {} unknown", count(number, "figure", "figures")),
    };
    let not_read: usize = coverage.not_read.iter().map(|(_, number)| number).sum();
    let not_read = match not_read {
        0 => String::new(),
        number => format!("; {} of other types not looked at", count(number, "resource", "resources")),
    };
    format!("priced {} of {}{unknown}{not_read}", coverage.priced, coverage.total)
}

fn distance(report: &Report) -> String {
    match &report.distance {
        Figure::Unknown(reason) => format!("unknown: {reason}"),
        Figure::Known(distance) => distance.sentence(),
    }
}

/// The farthest user groups.
fn latency(report: &Report) -> Option<String> {
    let mut known: Vec<_> =
        report.latency.iter().filter_map(|users| Some((users, users.nearest.after.known()?))).collect();
    known.sort_by_key(|(users, nearest)| (std::cmp::Reverse(nearest.rtt.round_trip), &users.user, &users.workload));
    let shown: Vec<String> = known
        .iter()
        .take(MOST_USERS)
        .map(|(users, nearest)| {
            let workload = users.workload.as_ref().map(|name| format!(" to {name}")).unwrap_or_default();
            format!("{}{workload} {} from {}", users.user, ms(nearest.rtt.round_trip), nearest.region)
        })
        .collect();
    let is_unknown = |users: &&UserLatency| users.nearest.after.known().is_none();
    let unknown = report.latency.iter().filter(is_unknown).map(|users| (&users.declared_in, &users.user));
    let unknown = match unknown.collect::<BTreeSet<_>>().len() {
        0 => None,
        number => Some(format!("unknown for {}", count(number, "user group", "user groups"))),
    };
    let farthest = (!shown.is_empty()).then(|| format!("farthest: {}", shown.join(", ")));
    (!report.latency.is_empty()).then(|| farthest.into_iter().chain(unknown).collect::<Vec<_>>().join("; "))
}

fn placements(report: &Report) -> String {
    let number = |wanted: &str| report.placements.iter().filter(|placement| placement.verdict.name() == wanted).count();
    let names = [Verdict::Confirmed.name(), "differs", "unverifiable"];
    let counted = names.into_iter().map(|name| (name, number(name))).filter(|(_, number)| *number > 0);
    counted.map(|(name, number)| format!("{number} {name}")).collect::<Vec<_>>().join(", ")
}
