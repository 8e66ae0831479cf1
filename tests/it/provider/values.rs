//! The provider in process: schemas, values, paths, and what is not known yet.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};
use stowage::parse::language::PROBLEM;
use stowage::provider::{Placement, Stowage};
use stowage::render::language::RESULT;
use stowage::tfplugin::{Call, Configured, DataSource as _, Diagnostics, Provider as _, Severity, Type, Value};

/// A small problem with every kind of argument.
fn everything() -> Json {
    json!({
        "users": {
            "here": { "city": "Frankfurt", "country": "DE", "paths": { "aws/eu-central-1": { "rtt_ms": 4.5 } } },
            "there": { "latitude": 48.85, "longitude": 2.35 },
            "anywhere": { "country": "PL" },
        },
        "workloads": {
            "web": {
                "replica": { "vcpu": 0.5, "memory_gib": 1, "gpus": 0, "resources": {} },
                "reserved": { "vcpu": 0.1, "memory_gib": 0.25 },
                "rps_per_replica": 100,
                "utilization_ceiling": 0.8,
                "demand_rps": { "here": 500, "there": 250.5 },
                "max_rtt_ms": 60,
                "rtt_share": 0.99,
                "survive": { "zones": 1 },
                "min_regions": 1,
                "max_regions": 3,
                "response_kib": 4,
                "allow_burstable": true,
                "pin": ["aws/eu-central-1"],
                "allowed": { "jurisdictions": ["EU"], "regions": ["aws/eu-central-1", "gcp/europe-west3"] },
                "denied": { "countries": ["FR"], "instance_types": ["t2.*"] },
            },
        },
        "allowed": { "clouds": ["aws", "gcp"], "architectures": ["x86_64", "arm64"] },
        "denied": { "regions": ["aws/eu-west-3"] },
        "limits": { "max_regions": 2 },
        "objective": { "carbon_usd_per_tonne": 80, "latency_usd_per_rps_ms": 0.25 },
        "catalog": {
            "price_adjustments": { "ours": { "clouds": ["aws"], "change": "-10%" } },
            "prices": { "aws/eu-central-1": { "m7i.large": 0.1 } },
            "excluded_instance_types": ["t3.*"],
            "fixed_monthly_usd": 20,
            "embedded": true,
            "machine_types": { "dc/r640": {
                "vcpu": 8, "memory_gib": 32, "gpus": 1, "gpu_model": "A100", "resources": { "disk_gib": 100 }, "family": "r",
                "architecture": "x86_64", "burstable": false, "watts": 100, "embodied_g_per_hour": 1,
            } },
            "sites": { "dc/berlin": {
                "city": "Berlin", "country": "DE", "zones": ["a", "b"], "fixed_monthly_usd": 1,
                "internet_egress_usd_per_gb": 0.01, "grid_g_per_kwh": 300,
                "machines": { "r640": { "hourly_usd": 5, "carbon_g_per_hour": 30, "count": 3, "zone_counts": { "a": 2, "b": 2 } } },
            } },
            "regions": { "aws/eu-central-1": { "fixed_monthly_usd": 10, "grid_g_per_kwh": 300 } },
        },
        "gap_tolerance": 0.0001,
        "on_infeasible": "error",
    })
}

/// The shortest problem.
fn smallest() -> Json {
    json!({
        "users": { "here": { "city": "Frankfurt", "country": "DE" } },
        "workloads": {
            "web": { "replica": { "vcpu": 1, "memory_gib": 2 }, "rps_per_replica": 100, "demand_rps": { "here": 500 } },
        },
    })
}

/// The value of a block that says `config`: the rest is null.
fn block(config: &Json) -> Value {
    Value::from_stored_json(config, &Placement.schema().object_type()).unwrap()
}

fn configured(provider: &Json) -> Configured {
    let block = Value::from_stored_json(provider, &Stowage.schema().object_type()).unwrap();
    let call = Call::new(None);
    assert_eq!(Stowage.validate(&block, &call), Diagnostics::new());
    Stowage.configure(&block, &call).unwrap()
}

fn read(config: &Json, provider: &Json) -> Result<Json, Diagnostics> {
    let result = Placement.read(&block(config), &Call::new(Some(configured(provider))))?;
    assert!(result.clone().conform(&Placement.schema().object_type()).is_ok());
    Ok(result.to_json().unwrap())
}

fn validate(config: &Value) -> Diagnostics {
    Placement.validate(config, &Call::new(None))
}

/// Severity, path and summary of each finding.
fn told(diagnostics: &Diagnostics) -> Vec<String> {
    diagnostics.iter().map(|found| format!("{} | {}", found.path, found.summary)).collect()
}

/// `value` with one part that a configuration can set, at any depth, not known: each in turn.
fn partly_unknown(value: &Value) -> Vec<Value> {
    let is_argument = |name: &str| PROBLEM.iter().any(|argument| argument.name == name);
    let names: BTreeSet<&str> = RESULT.iter().map(|field| field.name).filter(|name| !is_argument(name)).collect();
    parts_unknown(value, &names)
}

fn parts_unknown(value: &Value, computed: &BTreeSet<&str>) -> Vec<Value> {
    /// What the provider says of its catalog, beside the arguments of that name.
    const STAMP: [&str; 5] = ["as_of", "digest", "overlaid", "sources", "version"];
    let mut all = Vec::new();
    let inside = |parts: &BTreeMap<String, Value>, make: fn(BTreeMap<String, Value>) -> Value| {
        let mut all = Vec::new();
        for (name, part) in parts.iter().filter(|(name, _)| !computed.contains(name.as_str())) {
            for unknown in std::iter::once(Value::unknown()).chain(parts_unknown(part, &BTreeSet::from(STAMP))) {
                let mut parts = parts.clone();
                parts.insert(name.clone(), unknown);
                all.push(make(parts));
            }
        }
        all
    };
    match value {
        Value::Object(parts) => all.extend(inside(parts, Value::Object)),
        Value::Map(parts) => all.extend(inside(parts, Value::Map)),
        Value::Set(elements) => all.extend((0..elements.len()).map(|at| {
            let mut elements = elements.clone();
            elements[at] = Value::unknown();
            Value::set(elements)
        })),
        Value::Null
        | Value::Unknown(_)
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::List(_)
        | Value::Tuple(_)
        | Value::Dynamic(..) => {}
    }
    all
}

fn described(attributes: &[stowage::tfplugin::Attribute]) {
    for attribute in attributes {
        assert!(attribute.description.len() > 8, "{}", attribute.name);
        described(attribute.nested_attributes());
    }
}

#[test]
fn the_schemas_keep_the_rules_of_the_host() {
    assert_eq!(Stowage.schema().check(), Ok(()));
    let schema = Placement.schema();
    assert_eq!(schema.check(), Ok(()));
    let attribute = |name: &str| schema.block.attributes.iter().find(|it| it.name == name).unwrap().clone();
    let users = attribute("users");
    assert!(users.is_optional && !users.is_computed && !users.nested_attributes().is_empty());
    assert!(attribute("workloads").is_required);
    let groups = attribute("groups");
    assert!(groups.is_computed && !groups.is_optional && !groups.nested_attributes().is_empty());
    let catalog = attribute("catalog");
    assert!(catalog.is_optional && catalog.is_computed);
    let names: Vec<_> = catalog.nested_attributes().iter().map(|it| it.name.as_str()).collect();
    assert!(names.contains(&"price_adjustments") && names.contains(&"digest"), "{names:?}");
    let prices = catalog.nested_attributes().iter().find(|it| it.name == "prices").unwrap();
    assert_eq!(prices.ty(), Type::map(Type::map(Type::Number)));
    described(&schema.block.attributes);
}

#[test]
fn a_problem_with_every_argument_is_placed() {
    let config = everything();
    assert_eq!(told(&validate(&block(&config))), [""; 0]);
    let result = read(&config, &json!({})).unwrap();
    assert_eq!(result["outcome"], "optimal");
    assert_eq!(
        result["users"]["here"],
        json!({
            "city": "Frankfurt", "country": "DE", "latitude": null, "longitude": null,
            "paths": { "aws/eu-central-1": { "rtt_ms": 4.5 } },
        })
    );
    assert_eq!(result["catalog"]["fixed_monthly_usd"], json!(20), "what was given is read back");
    assert_eq!(result["catalog"]["overlaid"], json!(true), "and what came of it");
    for (key, group) in result["groups"].as_object().unwrap() {
        let place = format!("web/{}/{}", group["cloud"].as_str().unwrap(), group["region"].as_str().unwrap());
        assert_eq!(*key, place);
        assert_eq!(group["desired_capacity"], group["instances"]);
        for (field, value) in result["groups_by_workload"]["web"][key].as_object().unwrap() {
            assert_eq!(*value, group[field]);
        }
    }
    assert_eq!(
        result["groups"].as_object().unwrap().len(),
        result["groups_by_workload"]["web"].as_object().unwrap().len()
    );
}

#[test]
fn what_is_not_given_stays_null() {
    let result = read(&smallest(), &json!({})).unwrap();
    for name in ["allowed", "denied", "limits", "objective", "gap_tolerance", "on_infeasible", "conflict"] {
        assert_eq!(result[name], Json::Null, "{name}");
    }
    assert_eq!(result["catalog"]["price_adjustments"], Json::Null);
    assert_eq!(result["catalog"]["overlaid"], json!(false));
}

/// Validating a block begins the work on it. Whatever is read then, and however often, is what a read alone gives.
#[test]
fn work_that_validation_begins_is_taken_by_its_own_block() {
    let other = |rps: u32| {
        let mut config = smallest();
        config["workloads"]["web"]["demand_rps"]["here"] = json!(rps);
        config
    };
    let alone: Vec<Json> = (0..6).map(|at| read(&other(500 + at), &json!({})).unwrap()).collect();
    let dearer = json!({ "catalog": { "fixed_monthly_usd": 1000 } });
    let (plain, overlaid) = (Call::new(Some(configured(&json!({})))), Call::new(Some(configured(&dearer))));
    // More blocks than work is kept of, each under the configuration it is read under.
    for at in 0..6 {
        assert_eq!(Placement.validate(&block(&other(500 + at)), &plain), Diagnostics::new());
    }
    let overlaid_alone = read(&other(505), &dearer).unwrap();
    assert_ne!(overlaid_alone["id"], alone[5]["id"]);
    let under = |config: &Json, call: &Call| Placement.read(&block(config), call).unwrap().to_json().unwrap();
    assert_eq!(under(&other(505), &overlaid), overlaid_alone, "begun under another configuration of the provider");
    for (config, alone) in (0..6).map(|at| other(500 + at)).zip(&alone).rev() {
        assert_eq!(under(&config, &plain), *alone);
        assert_eq!(under(&config, &plain), *alone, "taken already");
    }
}

/// The parser sees the same problem whether Terraform or a JSON file states it.
#[test]
fn the_host_and_a_file_give_one_answer() {
    let config = everything();
    let file = stowage::parse::SourceFile::new("problem.json", config.to_string());
    let node = stowage::parse::json(&file).unwrap();
    let parsed = stowage::parse::problem(&node, stowage::catalog::Catalog::embedded(), None).unwrap();
    let answer = stowage::place::place(&parsed.problem).unwrap();
    let stated = stowage::render::result(&parsed.problem, &answer);
    let read = read(&config, &json!({})).unwrap();
    assert_eq!(read["id"], stated["id"]);
    assert_eq!(read["groups"], stated["groups"]);
}

#[test]
fn an_unknown_value_anywhere_is_no_error() {
    let config = block(&everything());
    let all = partly_unknown(&config);
    assert!(all.len() > 60, "{}", all.len());
    for config in all {
        let found = validate(&config);
        assert!(found.is_empty(), "{:?} for {config:?}", told(&found));
    }
}

#[test]
fn known_faults_are_told_beside_unknown_values() {
    let mut config = everything();
    config["workloads"]["web"]["demand_rps"]["frankfrt"] = json!(1);
    let Value::Object(mut parts) = block(&config) else { panic!("a block is an object") };
    parts.insert("objective".to_owned(), Value::unknown());
    let found = validate(&Value::Object(parts));
    let [found] = &told(&found)[..] else { panic!("one finding: {found:?}") };
    assert!(found.starts_with("workloads[\"web\"].demand_rps"), "{found}");
}

#[test]
fn an_unknown_overlay_of_the_provider_waits() {
    let ty = Stowage.schema().object_type();
    let overlay = json!({ "catalog": { "fixed_monthly_usd": 5, "excluded_instance_types": ["t3.*"] } });
    let block_of_provider = Value::from_stored_json(&overlay, &ty).unwrap();
    for unknown in partly_unknown(&block_of_provider) {
        let call = Call::new(None);
        assert_eq!(told(&Stowage.validate(&unknown, &call)), [""; 0]);
        let configured = Stowage.configure(&unknown, &call).unwrap();
        let refused = Placement.read(&block(&smallest()), &Call::new(Some(configured))).unwrap_err();
        assert_eq!(told(&refused), [" | The provider's catalog is not known yet"]);
    }
}

#[test]
fn faults_are_told_at_their_place() {
    let cases = [
        (json!({ "users": { "here": { "city": "Atlantis" } } }), "users[\"here\"].city"),
        (
            json!({ "workloads": { "web": { "demand_rps": { "here": -1 } } } }),
            "workloads[\"web\"].demand_rps[\"here\"]",
        ),
        (json!({ "workloads": { "web": { "demand_rps": { "her": 1 } } } }), "workloads[\"web\"].demand_rps[\"her\"]"),
        (json!({ "workloads": { "web": { "rps_per_replica": 0 } } }), "workloads[\"web\"].rps_per_replica"),
        (json!({ "allowed": { "regions": ["aws/eu-centrall-1"] } }), "allowed.regions"),
        (json!({ "allowed": { "clouds": [] } }), "allowed.clouds"),
        (json!({ "limits": { "max_regions": 1.5 } }), "limits.max_regions"),
        (
            json!({ "catalog": { "price_adjustments": { "ours": { "change": "cheaper" } } } }),
            "catalog.price_adjustments[\"ours\"].change",
        ),
        (json!({ "on_infeasible": "ignore" }), "on_infeasible"),
    ];
    for (fault, place) in cases {
        let mut config = everything();
        merge(&mut config, &fault);
        let found = validate(&block(&config));
        let told = told(&found);
        assert!(told.iter().any(|line| line.starts_with(&format!("{place} | "))), "{place}: {told:?}");
        for found in &found {
            assert_eq!(found.severity, Severity::Error);
            assert!(found.detail.contains("\n\n"), "the way out: {found}");
        }
        assert!(read(&config, &json!({})).is_err(), "{place}");
    }
}

/// Puts `change` over `config`, object by object.
fn merge(config: &mut Json, change: &Json) {
    match (config, change) {
        (Json::Object(config), Json::Object(change)) => {
            for (name, change) in change {
                merge(config.entry(name.clone()).or_insert(Json::Null), change);
            }
        }
        (config, change) => *config = change.clone(),
    }
}

#[test]
fn huge_and_infinite_numbers_are_refused_with_words() {
    let numbers = ["1e400", "123456789012345678901234567890123456789012345678901234567890", "-0.0000000001"];
    for number in numbers {
        let mut config = smallest();
        config["workloads"]["web"]["rps_per_replica"] = serde_json::from_str(number).unwrap();
        assert_ne!(told(&validate(&block(&config))), [""; 0], "{number}");
    }
    let Value::Object(mut parts) = block(&smallest()) else { panic!("a block is an object") };
    parts.insert("gap_tolerance".to_owned(), Value::Number(stowage::tfplugin::Number::parse("Inf").unwrap()));
    let found = validate(&Value::Object(parts));
    assert!(told(&found)[0].starts_with("gap_tolerance | "), "{found:?}");
}

#[test]
fn no_placement_is_an_error_at_the_workload_or_a_report() {
    let mut config = smallest();
    config["workloads"]["web"]["max_rtt_ms"] = json!(0.5);
    config["allowed"] = json!({ "regions": ["aws/ap-southeast-2"] });
    let refused = read(&config, &json!({})).unwrap_err();
    let [found] = &refused.iter().collect::<Vec<_>>()[..] else { panic!("one finding: {refused:?}") };
    assert_eq!(found.path.to_string(), "workloads[\"web\"]");
    assert!(found.detail.contains("max_rtt_ms"), "{found}");

    config["on_infeasible"] = json!("report");
    let report = read(&config, &json!({})).unwrap();
    assert_eq!(report["outcome"], "infeasible");
    assert_eq!(report["groups"], json!({}));
    assert_eq!(report["groups_by_workload"], json!({ "web": {} }));
    assert_eq!(report["monthly_cost_usd"], Json::Null);
    assert!(report["conflict"]["workloads"]["web"]["text"].as_str().unwrap().contains("max_rtt_ms"));
}

#[test]
fn the_provider_overlay_changes_prices_and_nothing_else() {
    let plain = read(&smallest(), &json!({})).unwrap();
    let overlay = json!({ "catalog": { "price_adjustments": { "ours": { "change": "-50%" } } } });
    let cheaper = read(&smallest(), &overlay).unwrap();
    let cost = |result: &Json| result["monthly_cost_usd"].to_string().parse::<f64>().unwrap();
    assert!((cost(&plain) / cost(&cheaper) - 2.0).abs() < 0.01, "{} {}", cost(&plain), cost(&cheaper));
    let keys = |result: &Json| result["groups"].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&plain), keys(&cheaper));
    assert_eq!(cheaper["catalog"]["overlaid"], json!(true));
}

#[test]
fn a_wrong_overlay_is_refused_in_the_provider_block() {
    let overlay = json!({ "catalog": { "prices": { "aws/eu-central-1": { "m7i.hugest": 1 } } } });
    let block = Value::from_stored_json(&overlay, &Stowage.schema().object_type()).unwrap();
    let found = Stowage.validate(&block, &Call::new(None));
    assert!(told(&found)[0].starts_with("catalog.prices[\"aws/eu-central-1\"][\"m7i.hugest\"] | "), "{found:?}");
}

/// The order in which the host sends maps and sets means nothing.
#[test]
fn the_same_problem_gives_the_same_bytes() {
    let first = read(&everything(), &json!({})).unwrap().to_string();
    for _ in 0..3 {
        assert_eq!(read(&everything(), &json!({})).unwrap().to_string(), first);
    }
}

#[test]
fn a_stop_is_answered_while_the_work_goes_on() {
    let call = Call::new(Some(configured(&json!({}))));
    call.cancellation().cancel();
    let users: serde_json::Map<String, Json> = (0..4_000)
        .map(|at| (format!("u{at}"), json!({ "latitude": f64::from(at) / 100.0, "longitude": 8.5 })))
        .collect();
    let demand: serde_json::Map<String, Json> = users.keys().map(|name| (name.clone(), json!(1))).collect();
    let mut config = smallest();
    config["users"] = users.into();
    config["workloads"]["web"]["demand_rps"] = demand.into();
    let refused = Placement.read(&block(&config), &call).unwrap_err();
    assert_eq!(told(&refused), [" | Cancelled"]);
}
