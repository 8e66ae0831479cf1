//! A frontier: as JSON ([`frontier`], whose parts [`FRONTIER`] declares), as a table, as CSV, and as a chart.

mod chart;

use std::fmt::Write as _;

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, Table};
use serde_json::{Value, json};

pub use chart::{ChartError, frontier_svg};

use super::language::{Field, Kind, known, nullable, schema_of};
use super::result::{kilograms, number, or_null, usd};
use super::words::names;
use crate::frontier::{Against, Found, Frontier, Point};
use crate::model::Problem;
use crate::units::Decimal;

/// Everything a frontier says.
pub const FRONTIER: &[Field] = &[
    known(
        "against",
        &Kind::Word(&["carbon_usd_per_tonne", "max_rtt_ms", "survive.zones", "survive.regions"]),
        "The argument whose values are tried, for all workloads alike.",
    ),
    known(
        "points",
        &Kind::List(&Kind::Object(POINT)),
        "By value. Against carbon: the supported points, those that are optimal at some price of carbon, from the cheapest to the cleanest; placements \\
         between them may exist that no price leads to.",
    ),
    known(
        "complete",
        &Kind::Bool,
        "Whether every supported point that saves more than `gap_tolerance` was found, or every value was settled, each with a proof.",
    ),
    known(
        "unchanged",
        &Kind::List(&Kind::Text),
        "Workloads that cannot make the promise and keep what they state; none against carbon.",
    ),
];

const POINT: &[Field] = &[
    known("value", &Kind::Number, "The value. Against carbon: a price at which this point is optimal."),
    nullable(
        "monthly_paid_usd",
        &Kind::Number,
        "What the cheapest placement costs, in USD per month, without a price of carbon. Null if there is none.",
    ),
    nullable(
        "monthly_carbon_kg",
        &Kind::Number,
        "Its emissions, in kg of CO₂ equivalent per month. Null if a figure is unknown, or there is none.",
    ),
    known("regions", &Kind::List(&Kind::Text), "The regions it uses, as `cloud/region`; empty if there is none."),
    known(
        "proven",
        &Kind::Bool,
        "Whether it is proven that nothing costs less at this value, within `gap_tolerance`, or that there is none.",
    ),
];

/// The JSON Schema of a frontier.
pub fn frontier_json_schema() -> Value {
    schema_of("Stowage frontier", FRONTIER)
}

/// A frontier for machines.
pub fn frontier(problem: &Problem, frontier: &Frontier) -> Value {
    let point = |point: &Point| {
        let found = point.found.as_ref();
        json!({
            "value": number(value(frontier.against, point)),
            "monthly_paid_usd": or_null(found, |found| usd(found.paid)),
            "monthly_carbon_kg": or_null(found.and_then(|found| found.emissions), kilograms),
            "regions": found.map(|found| regions(problem, found)).unwrap_or_default(),
            "proven": found.is_none_or(|found| found.is_proven),
        })
    };
    json!({
        "against": argument(frontier.against),
        "points": frontier.points.iter().map(point).collect::<Vec<_>>(),
        "complete": frontier.is_complete,
        "unchanged": frontier.unchanged,
    })
}

/// A frontier for people. Ends with a newline.
pub fn frontier_table(problem: &Problem, frontier: &Frontier) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING).set_header([argument(frontier.against), "USD/month", "kg CO₂e/month", "regions"]);
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 2));
        column.set_cell_alignment(if index < 3 { CellAlignment::Right } else { CellAlignment::Left });
    }
    table.add_rows(frontier.points.iter().map(|point| {
        let at = value(frontier.against, point).to_string();
        match &point.found {
            Some(found) => {
                let mass = found.emissions.map_or("unknown".to_owned(), |mass| mass.to_decimal().to_string());
                let unproven = if found.is_proven { "" } else { " (not proven the cheapest)" };
                [at, found.paid.to_string(), mass, format!("{}{unproven}", names(regions(problem, found)))]
            }
            None => [at, "no placement".to_owned(), String::new(), String::new()],
        }
    }));
    let note = match (frontier.against, frontier.is_complete) {
        (Against::Carbon, true) => {
            "These are all points that are optimal at some price of carbon; others may lie between them.\n"
        }
        (Against::Carbon, false) => "Some of the points that are optimal at some price of carbon; there may be more.\n",
        (_, true) => "",
        (_, false) => "Not every value was settled.\n",
    };
    let kept = match frontier.unchanged.len() {
        0 => String::new(),
        _ => format!("What cannot promise it keeps what it states: {}.\n", names(&frontier.unchanged)),
    };
    let gap = if note.is_empty() && kept.is_empty() { "" } else { "\n" };
    format!("{}\n{gap}{note}{kept}", table.trim_fmt())
}

/// A frontier as CSV (RFC 4180), with a header. What is unknown, or not there, is empty.
pub fn frontier_csv(problem: &Problem, frontier: &Frontier) -> String {
    let mut text = format!("{},monthly_paid_usd,monthly_carbon_kg,proven,regions\r\n", argument(frontier.against));
    for point in &frontier.points {
        let at = value(frontier.against, point);
        let cells = match &point.found {
            Some(found) => {
                let mass = found.emissions.map_or(String::new(), |mass| mass.to_decimal().to_string());
                let regions = regions(problem, found).join(" ").replace('"', "\"\"");
                format!("{},{mass},{},\"{regions}\"", found.paid.usd(), found.is_proven)
            }
            None => ",,true,".to_owned(),
        };
        let _ = write!(text, "{at},{cells}\r\n");
    }
    text
}

fn regions(problem: &Problem, found: &Found) -> Vec<String> {
    found.regions.iter().map(|region| problem.regions[region.index()].key.to_string()).collect()
}

const fn argument(against: Against) -> &'static str {
    match against {
        Against::Carbon => "carbon_usd_per_tonne",
        Against::MaxRtt => "max_rtt_ms",
        Against::SurviveZones => "survive.zones",
        Against::SurviveRegions => "survive.regions",
    }
}

/// The value in the unit of its argument.
fn value(against: Against, point: &Point) -> Decimal {
    match against {
        Against::Carbon => Decimal::new(point.value, 6),
        Against::MaxRtt => Decimal::new(point.value, 3),
        Against::SurviveZones | Against::SurviveRegions => Decimal::from_integer(point.value),
    }
}
