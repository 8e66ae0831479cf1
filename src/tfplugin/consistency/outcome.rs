//! What a host demands of the outcome of a change: every part of the plan that was known comes out exactly so.

use crate::tfplugin::path::AttributePath;
use crate::tfplugin::value::{Value, ValueError};

/// Every place where the outcome of a change differs from what was known in its plan.
pub(crate) fn outcome_errors(planned: &Value, actual: &Value) -> Vec<ValueError> {
    let mut errors = Vec::new();
    outcome(planned, actual, &AttributePath::root(), &mut errors);
    errors
}

fn outcome(planned: &Value, actual: &Value, path: &AttributePath, errors: &mut Vec<ValueError>) {
    let mut differs = |message: &str| errors.push(ValueError::new(path, message));
    match (planned, actual) {
        (Value::Unknown(refinements), actual) => {
            let broken = match (refinements.null, &refinements.prefix, actual) {
                (Some(null), _, actual) if null != actual.is_null() => true,
                (_, Some(prefix), Value::String(text)) => !text.starts_with(prefix.as_str()),
                _ => false,
            };
            if broken {
                differs("the value is not what was promised of it");
            }
        }
        (Value::Dynamic(_, planned), Value::Dynamic(_, actual)) => outcome(planned, actual, path, errors),
        (Value::Set(planned), Value::Set(actual)) => {
            let has_counterpart =
                |actual: &Value| planned.iter().any(|planned| outcome_errors(planned, actual).is_empty());
            if actual.len() > planned.len() || !actual.iter().all(has_counterpart) {
                differs("the set has elements that were not planned");
            } else if planned.iter().any(|planned| planned.is_wholly_known() && !actual.contains(planned)) {
                differs("the set lacks elements that were planned");
            }
        }
        (Value::List(_), Value::List(_))
        | (Value::Tuple(_), Value::Tuple(_))
        | (Value::Map(_), Value::Map(_))
        | (Value::Object(_), Value::Object(_)) => {
            let (planned, actual) = (planned.children(), actual.children());
            if planned.iter().map(|(step, _)| step).ne(actual.iter().map(|(step, _)| step)) {
                differs("the elements are not those planned");
                return;
            }
            for ((step, planned), (_, actual)) in planned.into_iter().zip(actual) {
                outcome(planned, actual, &path.with(step), errors);
            }
        }
        (planned, actual) if planned == actual => {}
        _ => differs("the value is not the one planned"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tfplugin::value::Refinements;

    #[test]
    fn known_parts_come_out_exactly_and_unknown_ones_as_promised() {
        let refined = |prefix: &str| {
            Value::Unknown(Refinements { null: Some(false), prefix: Some(prefix.to_owned()), ..Refinements::default() })
        };
        let list = |texts: &[&str]| Value::list(texts.iter().map(|text| Value::from(*text)));
        let set = |values: Vec<Value>| Value::set(values);
        let cases = [
            (Value::from("a"), Value::from("a"), true),
            (Value::from("a"), Value::from("b"), false),
            (Value::from("a"), Value::Null, false),
            (Value::Null, Value::from("a"), false),
            (Value::unknown(), Value::Null, true),
            (refined("pre-"), Value::from("pre-x"), true),
            (refined("pre-"), Value::from("x"), false),
            (refined("pre-"), Value::Null, false),
            (list(&["a"]), list(&["a"]), true),
            (list(&["a"]), list(&["a", "b"]), false),
            (Value::list([Value::unknown()]), list(&["a"]), true),
            (Value::map([("a", Value::unknown())]), Value::map([("b", Value::Null)]), false),
            (set(vec![Value::from("a"), Value::from("b")]), set(vec![Value::from("a"), Value::from("b")]), true),
            (set(vec![Value::from("a"), Value::from("b")]), set(vec![Value::from("a")]), false),
            (set(vec![Value::from("a")]), set(vec![Value::from("a"), Value::from("b")]), false),
            (set(vec![Value::from("a"), Value::unknown()]), set(vec![Value::from("a"), Value::from("z")]), true),
            // Two elements that turn out equal become one.
            (set(vec![Value::from("a"), Value::unknown()]), set(vec![Value::from("a")]), true),
        ];
        for (planned, actual, is_fine) in cases {
            assert_eq!(outcome_errors(&planned, &actual).is_empty(), is_fine, "{planned:?} → {actual:?}");
        }
        let planned = Value::object([("a", Value::map([("k", Value::from("x"))]))]);
        let actual = Value::object([("a", Value::map([("k", Value::from("y"))]))]);
        assert_eq!(outcome_errors(&planned, &actual)[0].path.to_string(), "a[\"k\"]");
    }
}
