//! Canonical JSON: one text for every way to state one problem.
//!
//! Arguments that are not given (null included) are left out, keys are sorted, lists whose order and repetitions mean nothing are sorted and hold
//! nothing twice, numbers are plain decimals of at most twelve places without needless digits, and there is no space. Reading the text as a JSON problem states the same
//! problem again, and its canonical text is itself.

use serde_json::Value;

use super::conform::{Form, Item};

/// The canonical text of an item that conforms; what was reported as faulty is null.
pub(super) fn canonical(item: &Item<'_>) -> String {
    match &item.form {
        Form::Bool(value) => value.to_string(),
        Form::Number(number) => number.to_string(),
        Form::Text(text) => quoted(text),
        Form::List(items) => listed(&items.iter().map(canonical).collect::<Vec<_>>()),
        Form::Set(items) => {
            let mut texts: Vec<String> = items.iter().map(canonical).collect();
            texts.sort();
            texts.dedup();
            listed(&texts)
        }
        Form::Map(entries) => object(entries.iter().map(|(&key, (_, item))| (key, item))),
        Form::Object(arguments) => {
            object(arguments.iter().filter(|(_, item)| item.is_given).map(|(&name, item)| (name, item)))
        }
        Form::Stated(text) => text.clone(),
        // Documents are read before the problem is stated, and what is faulty was reported.
        Form::Document(_) | Form::Faulty => "null".to_owned(),
    }
}

/// Entries come in the order of their keys: both maps are ordered.
fn object<'i, 'n: 'i>(entries: impl Iterator<Item = (&'i str, &'i Item<'n>)>) -> String {
    let entries: Vec<String> = entries.map(|(key, item)| format!("{}:{}", quoted(key), canonical(item))).collect();
    format!("{{{}}}", entries.join(","))
}

fn listed(texts: &[String]) -> String {
    format!("[{}]", texts.join(","))
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}
