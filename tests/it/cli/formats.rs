//! Forms of the answer, and that the same problem gives the same bytes.

use serde_json::{Map, Value};
use stowage::parse::language::json_schema;
use stowage::render::result_json_schema;

use super::{SMALL, folder, json, run, run_in};

/// Three user groups and three workloads, as JSON.
const PROBLEM: &str = r#"{
  "users": {
    "frankfurt": { "city": "Frankfurt", "country": "DE" },
    "sao_paulo": { "city": "Sao Paulo", "country": "BR" },
    "us_east": { "latitude": 40.71, "longitude": -74.01 }
  },
  "workloads": {
    "cart": {
      "replica": { "vcpu": 0.5, "memory_gib": 1 },
      "rps_per_replica": 400,
      "demand_rps": { "frankfurt": 2400, "sao_paulo": 300, "us_east": 5200 },
      "survive": { "zones": 1 }
    },
    "search": {
      "replica": { "vcpu": 4, "memory_gib": 16 },
      "rps_per_replica": 40,
      "demand_rps": { "frankfurt": 120.5, "us_east": 80 },
      "max_rtt_ms": 80,
      "response_kib": 30,
      "min_regions": 2
    },
    "web": {
      "replica": { "vcpu": 1, "memory_gib": 2 },
      "rps_per_replica": 150,
      "demand_rps": { "frankfurt": 2400, "sao_paulo": 300, "us_east": 5200 },
      "max_rtt_ms": 60,
      "survive": { "zones": 1 }
    }
  },
  "allowed": { "clouds": ["aws"], "countries": ["BR", "DE", "IE", "SE", "US"] },
  "limits": { "max_regions": 4 },
  "objective": { "carbon_usd_per_tonne": 80 }
}"#;

/// The value with the keys of every object in reverse.
fn reversed(value: &Value) -> Value {
    let Value::Object(entries) = value else { return value.clone() };
    Value::Object(entries.iter().rev().map(|(key, value)| (key.clone(), reversed(value))).collect::<Map<_, _>>())
}

#[test]
fn the_same_problem_gives_the_same_bytes() {
    let permuted = reversed(&json(PROBLEM)).to_string();
    assert!(permuted.find("us_east") < permuted.find("frankfurt"));
    let folder = folder(&[("a.json", PROBLEM), ("b.json", &permuted)]);
    let solve = |file: &str, threads: &str| {
        let ran = run_in(folder.path(), &["solve", file, "--format", "json", "--threads", threads], b"");
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
        ran.stdout
    };
    let first = solve("a.json", "1");
    assert_eq!(first, solve("a.json", "8"));
    assert_eq!(first, solve("b.json", "1"));
    assert_eq!(first, solve("b.json", "8"));
}

#[test]
fn the_printed_schemas_accept_what_goes_in_and_what_comes_out() {
    let schema = |of: &str| json(&run(&[], &["schema", of]).stdout);
    let (problem, result) = (schema("problem"), schema("result"));
    assert_eq!(problem, json_schema());
    assert_eq!(result, result_json_schema());
    for schema in [&problem, &result] {
        assert!(jsonschema::meta::is_valid(schema), "{schema}");
    }
    jsonschema::validate(&problem, &json(PROBLEM)).unwrap();
    let solved = run(&[("p.json", PROBLEM)], &["solve", "p.json", "--format", "json"]);
    jsonschema::validate(&result, &json(&solved.stdout)).unwrap();
}

#[test]
fn the_explanation_of_the_result_is_the_one_that_is_printed() {
    let folder = folder(&[("p.json", PROBLEM)]);
    let told = run_in(folder.path(), &["solve", "p.json", "--explain"], b"").stdout;
    let result = json(&run_in(folder.path(), &["solve", "p.json", "--format", "json"], b"").stdout);
    let explanation = result["explanation"].as_str().unwrap();
    assert!(told.ends_with(explanation), "{told}");
    assert!(explanation.contains("not elsewhere:"), "{explanation}");
}

#[test]
fn markdown_is_titled_by_its_data_block() {
    let text = format!("data \"stowage_placement\" \"shop\" {{\n{SMALL}\n}}\n");
    let ran = run(&[("main.tf", &text)], &["solve", ".", "--format", "markdown"]);
    assert_eq!(ran.code, 0);
    assert!(
        ran.stdout.starts_with("### Placement `data.stowage_placement.shop`: optimal\n\n| workload |"),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("<details><summary>"), "{}", ran.stdout);
}

#[test]
fn several_blocks_are_a_map_and_one_of_them_is_itself() {
    let block = |name: &str| format!("data \"stowage_placement\" \"{name}\" {{\n{SMALL}\n}}\n");
    let folder = folder(&[("a.tf", &block("first")), ("b.tf", &block("second"))]);
    let solve = |more: &[&str]| {
        let ran = run_in(folder.path(), &[&["solve", ".", "--format", "json"], more].concat(), b"");
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        json(&ran.stdout)
    };
    let both = solve(&[]);
    let addresses: Vec<&String> = both.as_object().unwrap().keys().collect();
    assert_eq!(addresses, ["data.stowage_placement.first", "data.stowage_placement.second"]);
    assert_eq!(solve(&["--block", "second"]), both["data.stowage_placement.second"]);
    assert_eq!(solve(&["--block", "data.stowage_placement.first"]), both["data.stowage_placement.first"]);
    let ran = run_in(folder.path(), &["solve", ".", "--block", "frist"], b"");
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("there is no data block `frist`"), "{}", ran.stderr);
    assert!(ran.stderr.contains("first"), "{}", ran.stderr);
}
