//! What a promise costs at each of its values: cases solved by hand, and the convexity of what prices lead to.

use serde_json::{Value, json};
use stowage::frontier::{Against, frontier};
use stowage::model::Problem;
use stowage::render;

use crate::laws::{random, relax};
use crate::scenarios::pools::problem;

/// Four sites, of which `odd` lies above the line from `cheap` to `clean` and `fair` below it.
const SITES: &str = r#"
catalog = {
  embedded      = false
  machine_types = { "dc/small" = { vcpu = 2, memory_gib = 4 } }
  sites = {
    "dc/cheap" = { zones = ["a"], machines = { small = { hourly_usd = 0.10, carbon_g_per_hour = 100 } } }
    "dc/clean" = { zones = ["a", "b"], machines = { small = { hourly_usd = 0.20, carbon_g_per_hour = 0 } } }
    "dc/fair"  = { zones = ["a"], machines = { small = { hourly_usd = 0.12, carbon_g_per_hour = 40 } } }
    "dc/odd"   = { zones = ["a"], machines = { small = { hourly_usd = 0.18, carbon_g_per_hour = 50 } } }
  }
}
users = { all = { paths = { "dc/cheap" = { rtt_ms = 60 }, "dc/clean" = { rtt_ms = 25 }, "dc/fair" = { rtt_ms = 40 }, "dc/odd" = { rtt_ms = 9 } } } }
workloads = {
  web = {
    replica         = { vcpu = 2, memory_gib = 4 }
    rps_per_replica = 100
    demand_rps      = { all = 100 }
    max_rtt_ms      = 100
  }
}
"#;

fn told(against: Against) -> (Value, String, String) {
    told_of(SITES, against)
}

fn told_of(text: &str, against: Against) -> (Value, String, String) {
    let problem = problem(text).expect("a problem");
    let found = frontier(&problem, against).expect("solver and checker agree");
    let schema = render::frontier_json_schema();
    let value = render::frontier(&problem, &found);
    let faults: Vec<String> = jsonschema::validator_for(&schema)
        .expect("a schema")
        .iter_errors(&value)
        .map(|fault| fault.to_string())
        .collect();
    assert!(faults.is_empty(), "{faults:?}");
    (value, render::frontier_table(&problem, &found), render::frontier_csv(&problem, &found))
}

fn column(value: &Value, name: &str) -> Vec<String> {
    value["points"].as_array().expect("a list").iter().map(|point| point[name].to_string()).collect()
}

/// 73 USD and 73 kg, 87.60 and 29.2, 146 and 0; 131.40 and 36.5 is beaten by `fair` in both.
#[test]
fn every_supported_point_is_found_and_no_other() {
    let (value, table, csv) = told(Against::Carbon);
    assert_eq!(column(&value, "monthly_paid_usd"), ["73", "87.6", "146"]);
    assert_eq!(column(&value, "monthly_carbon_kg"), ["73", "29.2", "0"]);
    assert_eq!(value["points"][1]["regions"], json!(["dc/fair"]));
    assert_eq!(value["complete"], true);
    assert!(table.contains("These are all points"), "{table}");
    let rows: Vec<&str> = csv.split("\r\n").collect();
    assert_eq!(rows[0], "carbon_usd_per_tonne,monthly_paid_usd,monthly_carbon_kg,proven,regions");
    assert!(rows[1].ends_with(",73,73,true,\"dc/cheap\""), "{csv}");
    assert_eq!(rows.len(), 5);
}

/// At 0.0145 USD `odd` costs 131.40 + 13.05, `fair` 87.60 + 58.00, `clean` 146.00 + 36.25: what is paid falls and rises again, what is minimised rises.
/// 262.8 million requests of 10 ms and a GiB: 131.40 USD, and at 1.8 W on a grid of 1,000 g/kWh 1.314 kg; a machine costs 73 USD and emits 73 kg.
#[test]
fn a_function_that_says_what_it_emits_is_a_point() {
    let text = r#"
catalog = {
  embedded      = false
  machine_types = { "dc/small" = { vcpu = 2, memory_gib = 4 } }
  sites         = { "dc/here" = { grid_g_per_kwh = 1000, machines = { small = { hourly_usd = 0.10, carbon_g_per_hour = 100 } } } }
  functions     = { faas = { usd_per_million_requests = 0.5, usd_per_gib_second = 0, watts_per_gib = 1.8 } }
}
users = { all = { paths = { "dc/here" = { rtt_ms = 10 } } } }
workloads = {
  web = {
    replica         = { vcpu = 2, memory_gib = 4 }
    function        = { memory_gib = 1, duration_ms = 10 }
    rps_per_replica = 100
    demand_rps      = { all = 100 }
  }
}
"#;
    let (value, ..) = told_of(text, Against::Carbon);
    assert_eq!(column(&value, "monthly_paid_usd"), ["73", "131.4"]);
    assert_eq!(column(&value, "monthly_carbon_kg"), ["73", "1.314"]);
}

#[test]
fn a_price_of_latency_counts_on_the_way_to_cleaner_points() {
    let (value, _, _) =
        told_of(&format!("{SITES}objective = {{ latency_usd_per_rps_ms = 0.0145 }}\n"), Against::Carbon);
    assert_eq!(column(&value, "monthly_carbon_kg"), ["36.5", "29.2", "0"]);
    assert_eq!(column(&value, "monthly_paid_usd"), ["131.4", "87.6", "146"]);
    assert_eq!(value["complete"], true);
}

#[test]
fn a_shorter_limit_costs_more_until_nothing_is_left() {
    let (value, table, _) = told(Against::MaxRtt);
    let limits = column(&value, "value");
    let costs = column(&value, "monthly_paid_usd");
    let at = |limit: &str| {
        let tried = limits.iter().position(|tried| tried == limit).expect("the limit was tried");
        costs[tried].as_str()
    };
    assert_eq!(
        [at("5"), at("10"), at("30"), at("40"), at("60"), at("300")],
        ["null", "131.4", "131.4", "87.6", "73", "73"]
    );
    assert!(table.contains("no placement"), "{table}");
}

#[test]
fn a_loss_more_costs_more() {
    let (zones, _, _) = told(Against::SurviveZones);
    assert_eq!(
        column(&zones, "monthly_paid_usd"),
        ["73", "292", "null"],
        "two of clean's zones, each with the whole load"
    );
    let (regions, _, _) = told(Against::SurviveRegions);
    assert_eq!(column(&regions, "monthly_paid_usd"), ["73", "160.6", "292"], "cheap and fair; cheap, fair and odd");
}

#[test]
fn the_chart_is_the_same_picture_every_time() {
    let problem = problem(SITES).expect("a problem");
    let found = frontier(&problem, Against::Carbon).expect("solver and checker agree");
    let chart = render::frontier_svg(&found).expect("a chart");
    assert_eq!(chart, render::frontier_svg(&found).expect("a chart"));
    assert!(chart.starts_with("<svg") && chart.trim_end().ends_with("</svg>"), "{chart}");
    assert_eq!(chart.matches("<circle").count(), 3);
}

/// Cost rises and emissions fall, ever more steeply: the corners of a convex hull.
#[test]
fn supported_points_are_convex() {
    let mut corners = 0;
    for problem in random(500) {
        let mut problem = Problem { gap_tolerance: stowage::units::Ratio(0), ..problem };
        relax(&mut problem);
        let found = frontier(&problem, Against::Carbon).expect("solver and checker agree");
        let points: Vec<(i128, i128)> = found
            .points
            .iter()
            .filter_map(|point| Some((point.found.as_ref()?.cost.micros(), point.found.as_ref()?.emissions?.0)))
            .collect();
        for pair in points.windows(2) {
            assert!(pair[0].0 < pair[1].0 && pair[0].1 > pair[1].1, "{points:?}");
        }
        for [a, b, c] in points.windows(3).map(|three| [three[0], three[1], three[2]]) {
            assert!((b.0 - a.0) * (b.1 - c.1) <= (c.0 - b.0) * (a.1 - b.1), "{points:?}");
        }
        corners += points.len().saturating_sub(1);
    }
    assert!(corners >= 10, "only {corners} corners");
}

/// Data in one region outlives none: it stays as it is and is named, and what stands beside it is tried. The rest needs two machines then, and three where two regions are lost.
#[test]
fn data_in_one_region_keeps_what_it_states() {
    let text = r#"
catalog = {
  embedded                  = false
  machine_types             = { small = { vcpu = 2, memory_gib = 4 } }
  storage_usd_per_gib_month = 0
  sites = {
    a = { zones = ["z"], machines = { small = { hourly_usd = 0.10 } } }
    b = { zones = ["z"], machines = { small = { hourly_usd = 0.20 } } }
    c = { zones = ["z"], machines = { small = { hourly_usd = 0.30 } } }
  }
}
users     = { all = { paths = { a = { rtt_ms = 5 }, b = { rtt_ms = 5 }, c = { rtt_ms = 5 } } } }
workloads = {
  store = { replica = { vcpu = 2, memory_gib = 4 }, rps_per_replica = 100, demand_rps = { all = 10 }, state = { storage_gib = 1, replication_factor = 1 } }
  web   = { replica = { vcpu = 2, memory_gib = 4 }, rps_per_replica = 100, demand_rps = { all = 10 } }
}
"#;
    let (value, table, _) = told_of(text, Against::SurviveRegions);
    assert_eq!(column(&value, "monthly_paid_usd"), ["146", "292", "511"]);
    assert_eq!(value["unchanged"], json!(["store"]));
    assert!(table.contains("What cannot promise it keeps what it states: store."), "{table}");
}

/// A pool stands in one region, and what stands by in one more for every region that may be lost; a number of replicas that is fixed cannot all be left.
#[test]
fn pools_make_promises_too() {
    let text = r#"
catalog = {
  embedded      = false
  machine_types = { small = { vcpu = 2, memory_gib = 4 } }
  sites = {
    a = { zones = ["y", "z"], machines = { small = { hourly_usd = 0.10 } } }
    b = { zones = ["y", "z"], machines = { small = { hourly_usd = 0.20 } } }
  }
}
users     = { all = { paths = { a = { rtt_ms = 5 }, b = { rtt_ms = 5 } } } }
pools     = { main = {} }
workloads = {
  job = { pool = "main", replica = { vcpu = 1, memory_gib = 1 }, replicas = { count = 1 } }
  web = { pool = "main", replica = { vcpu = 1, memory_gib = 1 }, rps_per_replica = 100, demand_rps = { all = 10 }, max_rtt_ms = 10 }
}
"#;
    let (value, ..) = told_of(text, Against::SurviveRegions);
    assert_eq!(column(&value, "monthly_paid_usd"), ["73", "219", "null"]);
    assert_eq!(value["unchanged"], json!([]));
    let (value, ..) = told_of(text, Against::SurviveZones);
    assert_eq!(column(&value, "monthly_paid_usd"), ["73", "146", "null"]);
    assert_eq!(value["unchanged"], json!(["job"]));
    let (value, ..) = told_of(text, Against::MaxRtt);
    assert_eq!(column(&value, "monthly_paid_usd")[0], "73");
    assert_eq!(value["unchanged"], json!(["job"]));
}
