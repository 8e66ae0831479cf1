//! What became of each target of an order: for machines and for people.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::result::number;
use super::words::{monthly, monthly_carbon, per_cent, thousands};
use crate::model::{Problem, Target, Workload};
use crate::place::{Answer, Stage};
use crate::units::{Carbon, Decimal, Money};

/// The field `objectives` of a result.
pub(super) fn values(problem: &Problem, answer: &Answer) -> Vec<Value> {
    let value = |stage: &Stage| {
        json!({
            "objective": stage.target.name(),
            "value": number(shown(problem, stage.target, stage.value)),
            "best": number(shown(problem, stage.target, stage.best)),
            "bound": number(shown(problem, stage.target, stage.bound)),
            "proven": stage.is_proven,
        })
    };
    answer.stages.iter().map(value).collect()
}

/// The line under a table.
pub(super) fn line(problem: &Problem, answer: &Answer) -> String {
    let of = |stage: &Stage| format!("{} {}", stage.target, worded(problem, stage.target, stage.value));
    answer.stages.iter().map(of).collect::<Vec<_>>().join(", then ")
}

/// The order in an explanation; nothing without one.
pub(super) fn explained(problem: &Problem, answer: &Answer) -> String {
    let mut text = String::new();
    let Some(order) = problem.order.as_ref().filter(|_| !answer.stages.is_empty()) else { return text };
    let names: Vec<&str> = order.targets.iter().map(|target| target.name()).collect();
    let _ = match order.tolerance.0 {
        0 => writeln!(text, "objective.order = {}:", names.join(", ")),
        share => writeln!(text, "objective.order = {}, each within {} of its best:", names.join(", "), per_cent(share)),
    };
    for (at, stage) in answer.stages.iter().enumerate() {
        let say = |value| worded(problem, stage.target, value);
        let among = if at == 0 { "no placement has less" } else { "none as good in what comes before has less" };
        let proof = if stage.is_proven { "proven" } else { "not proven: the work limit ended the search" };
        let answer = if stage.value == stage.best { String::new() } else { format!("; {} here", say(stage.value)) };
        let Stage { target, best, bound, .. } = *stage;
        let _ = writeln!(
            text,
            "  {}. {target}: {} at best{answer}; {among} than {} ({proof})",
            at + 1,
            say(best),
            say(bound)
        );
    }
    text
}

fn worded(problem: &Problem, target: Target, value: i128) -> String {
    match target {
        Target::Cost => monthly(Money::from_micros(value)),
        Target::Carbon => monthly_carbon(Carbon(value)),
        Target::Latency => {
            let ms = shown(problem, target, value).in_units(3).unwrap_or(i128::MAX);
            format!("{} ms on average", thousands(Decimal::new(ms, 3)))
        }
    }
}

/// A value in USD, kg, or milliseconds of the mean request, the last rounded down to a nanosecond.
fn shown(problem: &Problem, target: Target, value: i128) -> Decimal {
    match target {
        Target::Cost => Money::from_micros(value).usd(),
        Target::Carbon => Carbon(value).to_decimal(),
        Target::Latency => {
            // Milli-rps times microseconds, over millionths of milli-rps.
            let nanoseconds = value * 1_000 * 1_000_000;
            Decimal::new(nanoseconds.checked_div(mean_rate(problem)).unwrap_or(0), 6)
        }
    }
}

/// The mean rate of all requests of users over the paid hours, in millionths of a milli-rps.
fn mean_rate(problem: &Problem) -> i128 {
    let of = |workload: &Workload| -> i128 {
        let rates =
            workload.demand.iter().enumerate().map(|(position, demand)| {
                i128::from(demand.rate.0) * i128::from(workload.profile.paid_share(position))
            });
        rates.sum::<i128>() / workload.profile.calendar.hours as i128
    };
    problem.workloads.iter().filter(|workload| workload.replicas.is_none()).map(of).sum()
}
