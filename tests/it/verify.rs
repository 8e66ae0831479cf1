//! Results are checked again without trust: whatever is changed in one is found, and false claims of optimality fall when they are proved again.

use serde_json::{Value, json};
use stowage::check;
use stowage::model::{Assignment, Filter, Problem, Selector};
use stowage::place::{place, restated};
use stowage::render::result;
use stowage::verify::{Proof, Verdict, verdict};

use crate::render::problems::{conflicting, hostile, shop, too_few_regions_together};

const HOLDS: Verdict = Verdict::Holds { is_proven: false };
const PROVEN: Verdict = Verdict::Holds { is_proven: true };

fn solved(problem: &Problem) -> Value {
    result(problem, &place(problem).unwrap())
}

fn certificate(result: &Value) -> Value {
    serde_json::from_str(result["certificate"].as_str().unwrap()).unwrap()
}

#[test]
fn a_result_that_was_not_changed_holds() {
    for problem in [shop(), hostile()] {
        let result = solved(&problem);
        assert_eq!(verdict(&result, &problem, Proof::Claimed), HOLDS);
        assert_eq!(verdict(&result, &problem, Proof::Again), PROVEN);
    }
    for problem in conflicting().into_iter().chain([too_few_regions_together()]) {
        assert_eq!(verdict(&solved(&problem), &problem, Proof::Claimed), PROVEN);
    }
}

/// A result may pass through programs that order keys and write numbers in their own way.
#[test]
fn the_order_of_keys_and_the_form_of_numbers_mean_nothing() {
    fn rewritten(value: &Value) -> Value {
        match value {
            Value::Object(entries) => {
                entries.iter().rev().map(|(key, value)| (key.clone(), rewritten(value))).collect()
            }
            Value::Array(items) => items.iter().map(rewritten).collect(),
            Value::Number(number) if number.to_string().contains('.') => {
                serde_json::from_str(&format!("{number}0e0")).unwrap()
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
        }
    }
    let problem = shop();
    let result = rewritten(&solved(&problem));
    assert!(result.to_string().contains("0e"), "{result}");
    assert_eq!(verdict(&result, &problem, Proof::Claimed), HOLDS);
}

/// Every way to change one value of `value`: the changed whole, and where.
fn changes(value: &Value) -> Vec<(String, Value)> {
    let mut pointers = vec![String::new()];
    let mut changes = Vec::new();
    while let Some(pointer) = pointers.pop() {
        let at = value.pointer(&pointer).unwrap();
        let escaped = |key: &str| key.replace('~', "~0").replace('/', "~1");
        let mut replaced = |new: Value| {
            let mut whole = value.clone();
            *whole.pointer_mut(&pointer).unwrap() = new;
            changes.push((pointer.clone(), whole));
        };
        match at {
            Value::Object(entries) => {
                for key in entries.keys() {
                    let mut fewer = entries.clone();
                    fewer.shift_remove(key);
                    replaced(Value::Object(fewer));
                    pointers.push(format!("{pointer}/{}", escaped(key)));
                }
                let mut more = entries.clone();
                more.insert("more".into(), json!(1));
                replaced(Value::Object(more));
            }
            Value::Array(items) => {
                for index in 0..items.len() {
                    let mut fewer = items.clone();
                    fewer.remove(index);
                    replaced(Value::Array(fewer));
                    pointers.push(format!("{pointer}/{index}"));
                }
            }
            Value::Number(number) => {
                let number: f64 = number.to_string().parse().unwrap();
                for new in [number + 1.0, number * 1.000_1 + 0.000_001, 0.0] {
                    if new.to_bits() != number.to_bits() {
                        replaced(json!(new));
                    }
                }
                replaced(json!(number.to_string()));
                replaced(Value::Null);
            }
            Value::String(text) => {
                replaced(json!(format!("{text}x")));
                replaced(json!(""));
                replaced(Value::Null);
            }
            Value::Bool(is) => replaced(json!(!is)),
            Value::Null => replaced(json!(0)),
        }
    }
    // Emptying what is empty changes nothing.
    changes.retain(|(_, changed)| changed != value);
    changes
}

#[test]
fn whatever_is_changed_is_found() {
    let mut tried = 0;
    // Without a placement each check is a fresh proof, so that a sample has to do.
    for (problem, sample) in [(shop(), 1), (conflicting().remove(0), 5)] {
        let result = solved(&problem);
        // The certificate is text in the result, and a document in itself.
        let of_certificate = changes(&certificate(&result)).into_iter().map(|(pointer, changed)| {
            let mut whole = result.clone();
            whole["certificate"] = json!(changed.to_string());
            (format!("/certificate{pointer}"), whole)
        });
        for (pointer, changed) in changes(&result).into_iter().chain(of_certificate).step_by(sample) {
            tried += 1;
            let found = verdict(&changed, &problem, Proof::Claimed);
            assert!(!matches!(found, Verdict::Holds { .. }), "{pointer} was changed, and nothing found");
        }
    }
    assert!(tried > 1_000, "only {tried} changes were tried");
}

/// A placement that keeps every promise, stated with a bound nobody proved.
#[test]
fn a_false_bound_falls_when_it_is_proved_again() {
    let problem = shop();
    let best = place(&problem).unwrap();
    let (best, _) = best.outcome.placement().unwrap();
    let used = problem.regions[best.groups().keys().next().unwrap().1.index()].key.clone();
    let mut without = problem.clone();
    for workload in &mut without.workloads {
        let denied = Filter { regions: Some([used.clone()].into()), ..Filter::default() };
        workload.selectors.push(Selector { denied, ..Selector::default() });
    }
    let dearer = place(&without).unwrap();
    let (dearer, _) = dearer.outcome.placement().unwrap();
    assert!(dearer.cost() > best.cost());
    let groups = dearer.groups().iter().map(|(&ids, placed)| (ids, placed.group.clone())).collect();
    let placement = check::placement(&problem, Assignment { groups, ..Assignment::default() }).unwrap();
    let bound = placement.cost();
    let forged = result(&problem, &restated(&problem, placement, bound, true));
    assert_eq!(forged["outcome"], "optimal");
    assert_eq!(verdict(&forged, &problem, Proof::Claimed), HOLDS);
    let found = verdict(&forged, &problem, Proof::Again);
    let Verdict::Broken(differences) = &found else { panic!("{found:?}") };
    assert_eq!(differences[0].path, "bound_monthly_cost_usd");
}

#[test]
fn lines_add_up_to_the_cost() {
    let problem = shop();
    let result = solved(&problem);
    let micros = |value: &Value| value.to_string().parse::<stowage::units::Decimal>().unwrap().in_units(6).unwrap();
    let certificate = certificate(&result);
    let lines = certificate["lines"].as_array().unwrap();
    assert!(lines.len() > problem.workloads.len());
    let sum: i128 = lines.iter().map(|line| micros(&line["usd"])).sum();
    assert_eq!(sum, micros(&result["monthly_cost_usd"]));
}
