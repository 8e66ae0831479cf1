//! A result that was given against the one that was written again, value by value.
//!
//! Keys may stand in any order and numbers may be written in any way (`1.50`, `1.5`): results travel through Terraform, `jq` and databases. Nothing
//! may be missing, and nothing may be there that a result does not have.

use std::fmt;

use serde_json::Value;

use crate::units::Decimal;

/// Longest value shown in a message.
const LONGEST: usize = 60;

/// One place where a result is not what it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Where: `groups["web/aws/eu-central-1"].instances`.
    pub path: String,
    /// What is wrong.
    pub message: String,
}

impl Difference {
    pub(super) fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), message: message.into() }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", if self.path.is_empty() { "the result" } else { &self.path }, self.message)
    }
}

/// Everything in which `given` is not `found`. Texts that another version words differently count only within one version.
pub(super) fn differences(given: &Value, found: &Value, is_same_version: bool) -> Vec<Difference> {
    let mut differences = Vec::new();
    compare("", given, found, &mut differences);
    let worded = ["explanation", "id", "certificate"];
    differences.retain(|difference| is_same_version || !worded.contains(&difference.path.as_str()));
    differences
}

fn compare(path: &str, given: &Value, found: &Value, differences: &mut Vec<Difference>) {
    match (given, found) {
        (Value::Object(given), Value::Object(found)) => {
            for (key, value) in found {
                let path = member(path, key);
                match given.get(key) {
                    Some(given) => compare(&path, given, value, differences),
                    None => differences.push(Difference::new(path, "is missing")),
                }
            }
            let extra = given.keys().filter(|key| !found.contains_key(*key));
            differences.extend(extra.map(|key| Difference::new(member(path, key), "does not belong here")));
        }
        (Value::Array(given), Value::Array(found)) if given.len() == found.len() => {
            for (index, (given, found)) in given.iter().zip(found).enumerate() {
                compare(&format!("{path}[{index}]"), given, found, differences);
            }
        }
        (Value::Number(given), Value::Number(found)) if is_same(given, found) => {}
        _ if given == found => {}
        _ => differences.push(Difference::new(path, format!("is {}, and must be {}", shown(given), shown(found)))),
    }
}

fn is_same(given: &serde_json::Number, found: &serde_json::Number) -> bool {
    let read = |number: &serde_json::Number| number.to_string().parse::<Decimal>().ok();
    // Results have at most six decimals.
    match (read(given), read(found)) {
        (Some(given), Some(found)) => {
            let (given, found) = (given.exactly_in_units(6), found.exactly_in_units(6));
            given.is_some() && given == found
        }
        _ => false,
    }
}

fn member(path: &str, key: &str) -> String {
    let is_name = key.chars().all(|character| character.is_ascii_alphanumeric() || character == '_');
    match (path, is_name) {
        ("", true) => key.to_owned(),
        (_, true) => format!("{path}.{key}"),
        (_, false) => format!("{path}[{key:?}]"),
    }
}

fn shown(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= LONGEST {
        return text;
    }
    let begin: String = text.chars().take(LONGEST).collect();
    format!("{begin}…")
}
