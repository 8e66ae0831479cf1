//! The next best placements: for machines and for people.

use std::collections::BTreeMap;

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, Table};
use serde_json::{Value, json};

use super::markdown::{escaped, line};
use super::result::{map, usd};
use crate::model::{Problem, RegionId};
use crate::place::{Alternative, Answer};
use crate::units::Money;

/// Columns; the last two stand at the right edge.
const COLUMNS: [&str; 3] = ["otherwise", "USD/month", "more"];

/// The field `next_best` of a result.
pub(super) fn values(problem: &Problem, answer: &Answer) -> Vec<Value> {
    let cost = cost(answer);
    answer.alternatives.iter().map(|alternative| value(problem, alternative, cost)).collect()
}

fn value(problem: &Problem, alternative: &Alternative, cost: Money) -> Value {
    let key = |region: &RegionId| problem.regions[region.index()].key.to_string();
    let workloads = alternative.workloads.iter().map(|(workload, regions)| {
        let keys: Vec<String> = regions.iter().map(key).collect();
        (problem.workloads[workload.index()].name.clone(), json!(keys))
    });
    let pools = alternative.pools.iter();
    let pools = pools.map(|(pool, region)| (problem.pools[pool.index()].name.clone(), json!(key(region))));
    json!({
        "regions": map(workloads.collect::<BTreeMap<_, _>>()),
        "pools": map(pools.collect::<BTreeMap<_, _>>()),
        "monthly_cost_usd": usd(alternative.cost),
        "difference_usd": usd(alternative.cost - cost),
        "proven": alternative.is_proven,
    })
}

/// A table under the totals; nothing if there are no alternatives.
pub(super) fn table(problem: &Problem, answer: &Answer) -> String {
    if answer.alternatives.is_empty() {
        return String::new();
    }
    let mut table = Table::new();
    table.load_style(NOTHING).set_header(COLUMNS);
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 2));
        column.set_cell_alignment(if index > 0 { CellAlignment::Right } else { CellAlignment::Left });
    }
    table.add_rows(rows(problem, answer));
    format!("\n{}\n", table.trim_fmt())
}

/// The same in Markdown.
pub(super) fn markdown(problem: &Problem, answer: &Answer) -> String {
    if answer.alternatives.is_empty() {
        return String::new();
    }
    let mut text = format!("\n{}", line(COLUMNS.into_iter().map(str::to_owned)));
    text.push_str(&line(["---", "---:", "---:"].into_iter().map(str::to_owned)));
    for row in rows(problem, answer) {
        text.push_str(&line(row.iter().map(|cell| escaped(cell))));
    }
    text
}

fn rows(problem: &Problem, answer: &Answer) -> Vec<[String; 3]> {
    let cost = cost(answer);
    let row = |alternative: &Alternative| {
        let difference = alternative.cost - cost;
        let sign = if difference >= Money::ZERO { "+" } else { "" };
        let unproven = if alternative.is_proven { "" } else { " (not proven the next)" };
        [
            format!("{}{unproven}", places(problem, answer, alternative)),
            alternative.cost.to_string(),
            format!("{sign}{difference}"),
        ]
    };
    answer.alternatives.iter().map(row).collect()
}

/// Where what moves would be: `web in aws/eu-west-1 and aws/us-east-1; cart in gcp/us-east4`.
fn places(problem: &Problem, answer: &Answer, alternative: &Alternative) -> String {
    let Some((placement, _)) = answer.outcome.placement() else { return String::new() };
    let key = |region: &RegionId| problem.regions[region.index()].key.to_string();
    let workloads = alternative.workloads.iter().filter(|(workload, regions)| {
        let here = placement.groups().keys().filter(|(held, _)| held == *workload).map(|(_, region)| region);
        !here.eq(regions.iter())
    });
    let workloads = workloads.map(|(workload, regions)| {
        let keys: Vec<String> = regions.iter().map(key).collect();
        format!("{} in {}", problem.workloads[workload.index()].name, keys.join(" and "))
    });
    let pools = alternative
        .pools
        .iter()
        .filter(|(pool, region)| placement.pools().get(pool).is_none_or(|placed| placed.placed.region != **region));
    let pools = pools.map(|(pool, region)| format!("pool {} in {}", problem.pools[pool.index()].name, key(region)));
    workloads.chain(pools).collect::<Vec<_>>().join("; ")
}

fn cost(answer: &Answer) -> Money {
    answer.outcome.placement().map_or(Money::ZERO, |(placement, _)| placement.cost())
}
