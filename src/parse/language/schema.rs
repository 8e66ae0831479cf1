//! The problem language as a JSON Schema (draft 2020-12), for editors and for checking problems before they are sent.

use serde_json::{Map, Value, json};

use super::{Argument, Bounds, Key, Kind, LONGEST_NAME, PROBLEM};

/// The JSON Schema of a problem. Null is allowed wherever an argument may be left out.
pub fn json_schema() -> Value {
    schema_of("Stowage placement problem", PROBLEM)
}

/// The JSON Schema of a document whose arguments `language` declares.
pub fn schema_of(title: &str, language: &[Argument]) -> Value {
    let mut schema = object(language);
    schema.insert("$schema".into(), "https://json-schema.org/draft/2020-12/schema".into());
    schema.insert("title".into(), title.into());
    let mut ordered = Map::new();
    for key in ["$schema", "title"] {
        ordered.extend(schema.remove_entry(key));
    }
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        properties.insert(
            "$schema".into(),
            json!({ "type": "string", "description": "Address of this schema, for editors; ignored." }),
        );
    }
    ordered.extend(schema);
    Value::Object(ordered)
}

fn object(arguments: &[Argument]) -> Map<String, Value> {
    let properties: Map<String, Value> =
        arguments.iter().map(|argument| (argument.name.to_owned(), property(argument))).collect();
    let required: Vec<_> =
        arguments.iter().filter(|argument| argument.required).map(|argument| argument.name).collect();
    let mut schema = Map::new();
    schema.insert("type".into(), "object".into());
    schema.insert("properties".into(), properties.into());
    if !required.is_empty() {
        schema.insert("required".into(), required.into());
    }
    schema.insert("additionalProperties".into(), false.into());
    schema
}

fn property(argument: &Argument) -> Value {
    let mut schema = if argument.required { kind(argument.kind) } else { nullable(argument.kind) };
    schema.insert("description".into(), argument.description.into());
    if let Some(default) = argument.default.and_then(|text| serde_json::from_str(text).ok()) {
        schema.insert("default".into(), default);
    }
    Value::Object(schema)
}

fn nullable(of: &Kind) -> Map<String, Value> {
    let mut schema = kind(of);
    if let Some(Value::Array(words)) = schema.get_mut("enum") {
        words.push(Value::Null);
    }
    match schema.get_mut("type") {
        Some(Value::Array(names)) => names.push("null".into()),
        Some(name) => *name = json!([name.take(), "null"]),
        None => {}
    }
    schema
}

fn kind(of: &Kind) -> Map<String, Value> {
    match of {
        Kind::Bool => entries([("type", "boolean".into())]),
        Kind::Text => entries([("type", "string".into())]),
        Kind::Word(words) => entries([("type", "string".into()), ("enum", json!(words))]),
        Kind::Number(bounds) => number(bounds),
        Kind::Document(_) => entries([("type", json!(["object", "string"]))]),
        Kind::List { of, lengths } => {
            let exactly = |length: &usize| json!({ "minItems": length, "maxItems": length });
            entries([
                ("type", "array".into()),
                ("items", Value::Object(kind(of))),
                ("anyOf", lengths.iter().map(exactly).collect()),
            ])
        }
        Kind::Set { of, at_least, at_most } => {
            let mut schema = entries([("type", "array".into()), ("items", Value::Object(kind(of)))]);
            if *at_least > 0 {
                schema.insert("minItems".into(), (*at_least).into());
            }
            schema.insert("maxItems".into(), (*at_most).into());
            schema
        }
        Kind::Map { key, of, at_most } => {
            let mut schema = entries([
                ("type", "object".into()),
                ("additionalProperties", Value::Object(nullable(of))),
                ("maxProperties", (*at_most).into()),
            ]);
            let name = format!(r"[^/\u0000-\u001f\u007f-\u009f]{{1,{LONGEST_NAME}}}");
            let pattern = match key {
                Key::Name(_) => Some(format!("^{name}$")),
                Key::Qualified(_) => Some(format!("^{name}(/{name})?$")),
                Key::Reference(_) => None,
            };
            if let Some(pattern) = pattern {
                schema.insert("propertyNames".into(), json!({ "pattern": pattern }));
            }
            schema
        }
        Kind::Object(arguments) => object(arguments),
    }
}

fn number(bounds: &Bounds) -> Map<String, Value> {
    let exact = |number: crate::units::Decimal| serde_json::from_str(&number.to_string()).unwrap_or(Value::Null);
    entries([
        ("type", if bounds.is_whole { "integer" } else { "number" }.into()),
        ("minimum", exact(bounds.least)),
        ("maximum", exact(bounds.most)),
    ])
}

fn entries<const N: usize>(pairs: [(&str, Value); N]) -> Map<String, Value> {
    pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}
