//! The input document of Rego policies: the plan without its secrets, and the report.

use regorus::Value as Rego;
use serde_json::{Map, Value, json};

/// What stands in the place of a value that the plan marks sensitive.
pub const MASKED: &str = "(sensitive)";

/// Values with the marks beside them that say which parts of them are sensitive.
const MARKED: [(&str, &str); 5] = [
    ("before", "before_sensitive"),
    ("after", "after_sensitive"),
    ("values", "sensitive_values"),
    ("value", "sensitive"),
    ("default", "sensitive"),
];

/// The plan, masked, and the report.
#[derive(Clone, Debug)]
pub struct Input(Rego);

impl Input {
    /// The input made of a plan, as `terraform show -json` writes it, and of a report as JSON.
    ///
    /// # Errors
    /// What is no JSON object.
    pub fn new(plan: &[u8], report: &Value) -> Result<Self, String> {
        let plan: Value = serde_json::from_slice(plan.strip_prefix(b"\xef\xbb\xbf").unwrap_or(plan))
            .map_err(|error| format!("the plan is not JSON: {error}"))?;
        let Value::Object(plan) = plan else { return Err("the plan is not a JSON object".to_owned()) };
        let plan = masked(plan);
        let mut input = plan.clone();
        input.insert("plan".to_owned(), plan.into());
        input.insert("stowage".to_owned(), report.clone());
        Rego::from_json_str(&Value::Object(input).to_string()).map(Self).map_err(|error| error.to_string())
    }

    pub(super) fn into_value(self) -> Rego {
        self.0
    }
}

/// The plan with everything masked that it marks sensitive:
///
/// | value | mark |
/// |---|---|
/// | `before`, `after` of a change | `before_sensitive`, `after_sensitive` beside it |
/// | `values` of a resource | `sensitive_values` beside it |
/// | `value` of an output, `default` of a variable's declaration | `sensitive` beside it |
/// | a variable's value | `sensitive` of its declaration in `configuration` |
fn masked(mut plan: Map<String, Value>) -> Map<String, Value> {
    let declared = plan.get("configuration").and_then(|configuration| configuration.pointer("/root_module/variables"));
    let secret: Vec<String> = declared
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter(|(_, declared)| declared.get("sensitive") == Some(&Value::Bool(true)))
        .map(|(name, _)| name.clone())
        .collect();
    if let Some(variables) = plan.get_mut("variables").and_then(Value::as_object_mut) {
        for name in secret {
            if let Some(variable) = variables.get_mut(&name) {
                *variable = json!({ "value": MASKED });
            }
        }
    }
    plan.values_mut().for_each(mask);
    plan
}

/// Masks every marked value inside `value`.
fn mask(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(mask),
        Value::Object(entries) => {
            for (held, mark) in MARKED {
                let Some(mark) = entries.get(mark).cloned() else { continue };
                if let Some(held) = entries.get_mut(held) {
                    hide(held, &mark);
                }
            }
            entries.values_mut().for_each(mask);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Hides the parts of `value` that `mark`, a value of the same form with `true` at what is sensitive, names.
fn hide(value: &mut Value, mark: &Value) {
    match (value, mark) {
        (Value::Null, _) => {}
        (value, Value::Bool(true)) => *value = MASKED.into(),
        (Value::Object(entries), Value::Object(marks)) => {
            for (key, mark) in marks {
                if let Some(part) = entries.get_mut(key) {
                    hide(part, mark);
                }
            }
        }
        (Value::Array(items), Value::Array(marks)) => {
            items.iter_mut().zip(marks).for_each(|(item, mark)| hide(item, mark));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Input, MASKED};

    #[test]
    fn marked_values_are_masked_wherever_the_plan_repeats_them() {
        let plan = json!({
            "variables": { "password": { "value": "hush" }, "name": { "value": "open" } },
            "planned_values": { "root_module": { "resources": [
                { "values": { "a": ["hush", "open"], "b": "open" }, "sensitive_values": { "a": [true] } },
            ] }, "outputs": { "o": { "sensitive": true, "value": { "deep": "hush" } } } },
            "resource_changes": [{ "change": {
                "before": null, "before_sensitive": false,
                "after": { "x": { "y": "hush", "z": "open" } }, "after_sensitive": { "x": { "y": true } },
            } }],
            "configuration": { "root_module": { "variables": { "password": { "default": "hush", "sensitive": true } } } },
        });
        let input = Input::new(plan.to_string().as_bytes(), &json!({ "report": 1 })).unwrap().into_value();
        let text = input.to_json_str().unwrap();
        assert!(!text.contains("hush"), "{text}");
        // Each secret stands in the plan once, and the plan in the input twice.
        assert_eq!(text.matches(MASKED).count(), 2 * 5, "{text}");
        assert_eq!(text.matches("open").count(), 2 * 4, "{text}");
    }
}
