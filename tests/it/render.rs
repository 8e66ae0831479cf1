//! What people and programs read: snapshots of the texts, and the result against its declared language.

#![expect(clippy::unwrap_used, reason = "what is missing fails the test at its line")]

pub(crate) mod problems;

use serde_json::Value;
use stowage::model::Problem;
use stowage::place::{Answer, Outcome, Sizes, place};
use stowage::render::language::{Field, Kind, RESULT};
use stowage::render::{explanation, markdown, result, result_json_schema, table};

use problems::{conflicting, hostile, shop, too_few_regions_together};

fn answer(problem: &Problem) -> Answer {
    place(problem).unwrap()
}

/// A problem that asks for everything beside its answer.
fn asking() -> Problem {
    Problem { alternatives: 2, bindings: true, ..shop() }
}

/// Everything worth testing a result with.
fn answered() -> Vec<(Problem, Answer)> {
    let undecided = Answer {
        outcome: Outcome::Undecided,
        reasons: Vec::new(),
        pools: Vec::new(),
        stability: None,
        alternatives: Vec::new(),
        bindings: Vec::new(),
        stages: Vec::new(),
        sizes: Sizes::default(),
    };
    let mut all: Vec<_> = [shop(), asking(), hostile(), too_few_regions_together()]
        .into_iter()
        .chain(conflicting())
        .map(|problem| (problem.clone(), answer(&problem)))
        .collect();
    all.push((shop(), undecided));
    all
}

#[test]
fn a_table_shows_groups_totals_and_what_is_not_counted() {
    let problem = shop();
    insta::assert_snapshot!("table", table(&problem, &answer(&problem)));
}

#[test]
fn markdown_folds_the_explanation_away() {
    let problem = shop();
    insta::assert_snapshot!("markdown", markdown(&problem, &answer(&problem), "data.stowage_placement.shop"));
}

#[test]
fn an_explanation_says_why_here_why_not_there_and_what_binds() {
    let problem = shop();
    insta::assert_snapshot!("explanation", explanation(&problem, &answer(&problem)));
}

#[test]
fn a_conflict_names_the_rules_the_facts_and_the_way_out() {
    let texts: Vec<String> = conflicting()
        .into_iter()
        .chain([too_few_regions_together()])
        .map(|problem| explanation(&problem, &answer(&problem)))
        .collect();
    insta::assert_snapshot!("conflicts", texts.join("\n---\n\n"));
}

#[test]
fn names_from_the_input_cannot_break_markdown() {
    let problem = hostile();
    let text = markdown(&problem, &answer(&problem), "a`b``c");
    assert!(text.starts_with("### Placement ```a`b``c```: optimal\n"), "{text}");
    let rows: Vec<&str> = text.lines().filter(|line| line.starts_with('|')).collect();
    for row in &rows {
        assert_eq!(row.replace("\\|", "").matches('|').count(), 8, "{row}");
    }
    assert!(!rows.join("\n").contains("<script>"), "{text}");
    assert_eq!(text.matches("````").count(), 2, "the fence is longer than any run of backticks in it\n{text}");
}

#[test]
fn a_result_is_what_its_language_declares() {
    let schema = jsonschema::validator_for(&result_json_schema()).unwrap();
    for (problem, answer) in answered() {
        let result = result(&problem, &answer);
        let faults: Vec<String> =
            schema.iter_errors(&result).map(|fault| format!("{fault} at {}", fault.instance_path())).collect();
        assert!(faults.is_empty(), "{faults:?}");
        conforms_to_object(&result, RESULT, "result");
    }
}

fn conforms_to_object(value: &Value, fields: &[Field], place: &str) {
    let object = value.as_object().unwrap_or_else(|| panic!("{place}: {value} is no object"));
    let names: Vec<&str> = object.keys().map(String::as_str).collect();
    let declared: Vec<&str> = fields.iter().map(|field| field.name).collect();
    assert_eq!(names, declared, "{place}");
    for field in fields {
        let value = &object[field.name];
        if !(field.is_nullable && value.is_null()) {
            conforms(value, field.kind, &format!("{place}.{}", field.name));
        }
    }
}

fn conforms(value: &Value, kind: &Kind, place: &str) {
    match kind {
        Kind::Bool => assert!(value.is_boolean(), "{place}: {value}"),
        Kind::Number => {
            assert!(value.is_number(), "{place}: {value}");
            let text = value.to_string();
            let decimals = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
            assert!(decimals <= 6 && !text.contains('e'), "{place}: {text}");
        }
        Kind::Whole => assert!(value.is_u64(), "{place}: {value}"),
        Kind::Text => assert!(value.is_string(), "{place}: {value}"),
        Kind::Word(words) => assert!(words.contains(&value.as_str().unwrap()), "{place}: {value}"),
        Kind::List(of) => value.as_array().unwrap().iter().for_each(|item| conforms(item, of, place)),
        Kind::Map { of, .. } => {
            let keys: Vec<&String> = value.as_object().unwrap().keys().collect();
            assert!(keys.is_sorted(), "{place}: {keys:?}");
            value.as_object().unwrap().iter().for_each(|(key, item)| conforms(item, of, &format!("{place}[{key}]")));
        }
        Kind::Object(fields) => conforms_to_object(value, fields, place),
    }
}

#[test]
fn shares_of_a_user_group_sum_to_one_and_groups_appear_alike_everywhere() {
    let problem = shop();
    let result = result(&problem, &answer(&problem));
    let groups = result["groups"].as_object().unwrap();
    assert!(groups.len() >= 3, "{groups:?}");
    let mut named = 0;
    for (name, mine) in result["groups_by_workload"].as_object().unwrap() {
        named += mine.as_object().unwrap().len();
        let mut shares = std::collections::BTreeMap::new();
        for (key, group) in mine.as_object().unwrap() {
            assert_eq!(groups[key]["workload"].as_str(), Some(name.as_str()));
            for (field, value) in group.as_object().unwrap() {
                assert_eq!(&groups[key][field], value);
            }
            for (user, share) in group["traffic_share"].as_object().unwrap() {
                *shares.entry(user.clone()).or_insert(0.0) += share.as_f64().unwrap();
            }
        }
        assert!(!shares.is_empty(), "{name}");
        for (user, sum) in shares {
            assert!((sum - 1.0).abs() < 1e-9, "{name}, {user}: {sum}");
        }
    }
    assert_eq!(named, groups.len());
}

#[test]
fn every_group_is_named_in_its_cloud_and_in_no_other() {
    let problem = shop();
    let result = result(&problem, &answer(&problem));
    let mut named = std::collections::BTreeSet::new();
    for (cloud, keys) in result["groups_by_cloud"].as_object().unwrap() {
        let keys: Vec<&str> = keys.as_array().unwrap().iter().map(|key| key.as_str().unwrap()).collect();
        assert!(!keys.is_empty() && keys.is_sorted(), "{cloud}: {keys:?}");
        for key in keys {
            assert_eq!(result["groups"][key]["cloud"].as_str(), Some(cloud.as_str()), "{key}");
            assert!(named.insert(key), "{key} twice");
        }
    }
    assert_eq!(named.len(), result["groups"].as_object().unwrap().len());
}

#[test]
fn costs_add_up_digit_by_digit() {
    let problem = shop();
    let result = result(&problem, &answer(&problem));
    let micros = |value: &Value| -> i128 {
        let amount: stowage::units::Decimal = value.to_string().parse().unwrap();
        amount.in_units(6).unwrap()
    };
    let costs: i128 = result["costs"].as_object().unwrap().values().map(micros).sum();
    assert_eq!(costs, micros(&result["monthly_cost_usd"]));
    let groups: i128 =
        result["groups"].as_object().unwrap().values().map(|group| micros(&group["monthly_cost_usd"])).sum();
    for group in result["groups"].as_object().unwrap().values() {
        let lines = group["costs"].as_object().unwrap();
        assert_eq!(lines.values().map(micros).sum::<i128>(), micros(&group["monthly_cost_usd"]), "{group}");
        assert!(lines.keys().all(|line| result["costs"].get(line).is_some()), "{group}");
        assert!(lines.values().all(|amount| micros(amount) != 0), "{group}");
    }
    let fixed: i128 = result["regions"].as_object().unwrap().values().map(|region| micros(&region["fixed_usd"])).sum();
    assert_eq!(groups + fixed, costs);
    assert_eq!(micros(&result["monthly_paid_usd"]) + micros(&result["costs"]["carbon_usd"]), costs);
}

#[test]
fn the_id_changes_with_the_answer_and_only_with_it() {
    let problem = shop();
    let id = |problem: &Problem| result(problem, &answer(problem))["id"].as_str().unwrap().to_owned();
    assert_eq!(id(&problem), id(&problem));
    assert_eq!(id(&problem).len(), 32);
    let mut dearer = problem.clone();
    dearer.regions[0].fixed_monthly = stowage::units::Money::from_micros(1);
    assert_ne!(id(&problem), id(&dearer));
}
