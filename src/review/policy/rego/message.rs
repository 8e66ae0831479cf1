//! What a Rego rule gives, as findings.

use regorus::Value;

use crate::review::finding::{Finding, Severity};

/// The findings in the value of a rule named `name`.
///
/// # Errors
/// What was given instead of messages, in words.
pub(super) fn findings(name: &str, severity: Severity, value: &Value) -> Result<Vec<Finding>, &'static str> {
    match value {
        Value::Bool(false) | Value::Undefined => Ok(Vec::new()),
        Value::Bool(true) => Ok(vec![finding(name, severity, &format!("{name} holds"), None)]),
        Value::String(text) => Ok(vec![finding(name, severity, text, None)]),
        Value::Set(items) => items.iter().map(|item| one(name, severity, item)).collect(),
        Value::Array(items) => items.iter().map(|item| one(name, severity, item)).collect(),
        // `deny[msg]` gives a set, `deny[msg] := true` an object whose keys are the messages.
        Value::Object(entries) if value["msg"] == Value::Undefined => entries
            .iter()
            .filter(|(_, holds)| **holds != Value::Bool(false))
            .map(|(key, _)| one(name, severity, key))
            .collect(),
        Value::Object(_) => Ok(vec![one(name, severity, value)?]),
        Value::Null => Err("null"),
        Value::Number(_) => Err("a number"),
    }
}

fn one(name: &str, severity: Severity, value: &Value) -> Result<Finding, &'static str> {
    match value {
        Value::String(text) => Ok(finding(name, severity, text, None)),
        Value::Object(_) => {
            let text = |key: &str| value[key].as_string().ok().map(ToString::to_string);
            let message = text("msg").or_else(|| text("message")).ok_or("an object without msg")?;
            let address = ["address", "resource"].into_iter().find_map(text);
            Ok(finding(name, severity, &message, address.as_deref()))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Set(_) | Value::Undefined => {
            Err("something that is neither a string nor an object with msg")
        }
    }
}

/// What a Rego rule says is all there is to tell its findings apart, so the message is part of the fingerprint.
fn finding(name: &str, severity: Severity, message: &str, address: Option<&str>) -> Finding {
    let identity = address.into_iter().fold(Finding::new(name, severity, message), Finding::at);
    let fingerprint = identity.clone().about(message).fingerprint;
    Finding { fingerprint, ..identity }
}
