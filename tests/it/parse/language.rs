//! The JSON Schema says what the parser accepts.

use serde_json::{Value, json};
use stowage::catalog::Catalog;
use stowage::diagnostic::SourceFile;
use stowage::parse::language::{Argument, CATALOG, Kind, PROBLEM, json_schema};
use stowage::parse::{json, problem};

use super::cases;

fn accepted(document: &Value) -> bool {
    let file = SourceFile::new("a.json", document.to_string());
    json(&file).and_then(|node| problem(&node, Catalog::embedded(), None)).is_ok()
}

fn small() -> Value {
    json!({
        "users": { "all": { "country": "DE" } },
        "workloads": { "web": {
            "replica": { "vcpu": 1, "memory_gib": 2 },
            "rps_per_replica": 100,
            "demand_rps": { "all": 50 },
        } },
    })
}

#[test]
fn the_schema_accepts_good_problems() {
    let validator = jsonschema::validator_for(&json_schema()).unwrap();
    for path in cases("good").into_iter().filter(|path| path.extension().is_some_and(|kind| kind == "json")) {
        let document: Value = serde_json::from_slice(&super::source(&path).text).unwrap();
        let faults: Vec<_> = validator.iter_errors(&document).map(|fault| fault.to_string()).collect();
        assert!(faults.is_empty(), "{}: {faults:?}", path.display());
    }
    assert!(validator.is_valid(&small()) && accepted(&small()));
}

/// What is wrong in form is wrong for both; the schema is not laxer than the parser where it can speak.
#[test]
fn schema_and_parser_refuse_the_same_forms() {
    let validator = jsonschema::validator_for(&json_schema()).unwrap();
    for (pointer, value) in [
        ("", json!([])),
        ("", json!({})),
        ("/workloads", Value::Null),
        ("/users/a~1b", json!({ "country": "DE" })),
        ("/users/", json!({ "country": "DE" })),
        ("/users/all/latitude", json!(91)),
        ("/users/all/planet", json!("Earth")),
        ("/workloads/web/replica/vcpu", json!(0)),
        ("/workloads/web/replica/vcpu", json!("1")),
        ("/workloads/web/replica", json!({ "vcpu": 1 })),
        ("/workloads/web/rps_per_replica", json!(1e12)),
        ("/workloads/web/demand_rps/all", json!(-1)),
        ("/workloads/web/utilization_ceiling", json!(1.01)),
        ("/workloads/web/survive", json!({ "zones": 0.5 })),
        ("/workloads/web/allow_burstable", json!("no")),
        ("/workloads/web/colour", json!("red")),
        ("/allowed", json!({ "clouds": [] })),
        ("/allowed", json!({ "clouds": ["aws", null] })),
        ("/allowed", json!({ "architectures": ["amd64"] })),
        ("/catalog", json!({ "prices": { "aws/eu-central-1": { "m7g.large": -1 } } })),
        ("/gap_tolerance", json!(0.2)),
        ("/on_infeasible", json!("panic")),
    ] {
        let document = with(small(), pointer, value.clone());
        assert!(!validator.is_valid(&document), "the schema accepts {value} at {pointer}");
        assert!(!accepted(&document), "the parser accepts {value} at {pointer}");
    }
    for (pointer, value) in [
        ("/workloads/web/max_rtt_ms", Value::Null),
        ("/workloads/web/demand_rps/nobody", Value::Null),
        ("/denied", json!({ "clouds": [], "regions": null })),
        ("/$schema", json!("schema.json")),
        ("/on_infeasible", Value::Null),
        ("/workloads/web/survive", json!({ "zones": 1.0 })),
    ] {
        let document = with(small(), pointer, value.clone());
        assert!(validator.is_valid(&document), "the schema refuses {value} at {pointer}");
        assert!(accepted(&document), "the parser refuses {value} at {pointer}");
    }
}

fn with(mut document: Value, pointer: &str, value: Value) -> Value {
    let Some((parent, key)) = pointer.rsplit_once('/') else { return value };
    let parent = document.pointer_mut(parent);
    match parent {
        Some(parent) => parent[key.replace("~1", "/")] = value,
        None => document["catalog"] = value,
    }
    document
}

/// Descriptions are whole sentences, defaults are within bounds, names are plain.
#[test]
fn the_table_of_arguments_is_sound() {
    fn walk(arguments: &[Argument], place: &str) {
        for argument in arguments {
            let place = format!("{place}.{}", argument.name);
            assert!(argument.description.ends_with('.') && argument.description.len() > 10, "{place}: description");
            assert!(argument.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{place}: name");
            assert!(!(argument.required && argument.default.is_some()), "{place}: required, with a default");
            if let Some(default) = argument.default {
                let value: Value = serde_json::from_str(default).expect("a default is JSON");
                let fits = match argument.kind {
                    Kind::Bool => value.is_boolean(),
                    Kind::Number(_) => value.is_number(),
                    Kind::Word(words) => words.iter().any(|word| value == *word),
                    Kind::Map { .. } => value.as_object().is_some_and(serde_json::Map::is_empty),
                    Kind::Text | Kind::Document(_) | Kind::List { .. } | Kind::Set { .. } | Kind::Object(_) => false,
                };
                assert!(fits, "{place}: default");
            }
            if let Kind::Object(arguments) | Kind::Map { of: Kind::Object(arguments), .. } = argument.kind {
                walk(arguments, &place);
            }
        }
    }
    walk(PROBLEM, "problem");
    walk(CATALOG, "provider.catalog");
}

#[test]
fn the_schema_is_stable() {
    insta::assert_snapshot!(serde_json::to_string_pretty(&json_schema()).unwrap());
}
