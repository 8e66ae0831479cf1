//! The lines under a table: what it costs, what is proven, what it emits, on which catalog.

use super::words::{monthly, monthly_carbon, per_cent};
use super::{order, stability};
use crate::check::Totals;
use crate::model::Problem;
use crate::place::{Answer, Outcome};
use crate::units::Money;

/// A label and what stands beside it.
pub(super) type Line = (&'static str, String);

/// The lines of an answer, in the order in which they are read.
pub(super) fn lines(problem: &Problem, answer: &Answer) -> Vec<Line> {
    let mut lines = Vec::new();
    if let Some((placement, bound)) = answer.outcome.placement() {
        let totals = placement.totals();
        lines.push(("Cost", cost(totals)));
        lines.push(("Bound", proof(answer, bound)));
        if !answer.stages.is_empty() {
            lines.push(("Order", order::line(problem, answer)));
        }
        if let Some(found) = &answer.stability {
            lines.push(("Previous", stability::line(answer, found)));
        }
        let unknown = "unknown".to_owned();
        lines.push(("Emissions", totals.emissions.map_or(unknown, monthly_carbon)));
    }
    lines.push(("Catalog", catalog(problem)));
    lines
}

fn cost(totals: &Totals) -> String {
    let parts = [
        ("machines", totals.machines),
        ("functions", totals.functions),
        ("fixed cost of regions", totals.fixed),
        ("egress", totals.egress),
        ("calls", totals.calls),
        ("storage", totals.storage),
        ("replication", totals.replication),
        ("price of moves", totals.moves),
        ("price of latency", totals.latency),
        ("price of carbon", totals.carbon),
    ];
    let parts = parts.iter().filter(|(_, amount)| *amount != Money::ZERO);
    let parts: Vec<String> = parts.map(|(name, amount)| format!("{name} {amount}")).collect();
    let paid = if totals.paid() == totals.objective() {
        String::new()
    } else {
        format!("; {} are paid", monthly(totals.paid()))
    };
    let parts = if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) };
    format!("{}{parts}{paid}", monthly(totals.objective()))
}

fn proof(answer: &Answer, bound: Money) -> String {
    let gap = per_cent(answer.outcome.gap_millionths().unwrap_or_default());
    let said = match answer.outcome {
        Outcome::Feasible { .. } if answer.is_gap_kept() => "what stood before is kept",
        Outcome::Feasible { .. } => "not proven optimal: the work limit ended the search",
        Outcome::Optimal { .. } | Outcome::Infeasible(_) | Outcome::Undecided => "optimal",
    };
    let what = if answer.stages.is_empty() { "nothing costs less" } else { "nothing the order leaves costs less" };
    format!("{}: {what}; gap {gap}, {said}", monthly(bound))
}

fn catalog(problem: &Problem) -> String {
    let stamp = &problem.catalog;
    let changed = if stamp.is_overlaid { ", with own prices or figures" } else { "" };
    format!("{} (version {}{changed})", stamp.as_of, stamp.version)
}
