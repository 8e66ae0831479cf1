//! The result's language as a JSON Schema (draft 2020-12).

use serde_json::{Map, Value, json};

use super::{Field, Kind, RESULT};

/// The JSON Schema of a result.
pub fn json_schema() -> Value {
    schema_of("Stowage placement result", RESULT)
}

/// The JSON Schema of a document with these fields.
pub(in crate::render) fn schema_of(title: &str, fields: &[Field]) -> Value {
    let mut schema = Map::new();
    schema.insert("$schema".into(), "https://json-schema.org/draft/2020-12/schema".into());
    schema.insert("title".into(), title.into());
    schema.extend(object(fields));
    Value::Object(schema)
}

fn object(fields: &[Field]) -> Map<String, Value> {
    let properties: Map<String, Value> = fields.iter().map(|field| (field.name.to_owned(), property(field))).collect();
    let required: Vec<_> = fields.iter().map(|field| field.name).collect();
    let mut schema = Map::new();
    schema.insert("type".into(), "object".into());
    schema.insert("properties".into(), properties.into());
    schema.insert("required".into(), required.into());
    schema.insert("additionalProperties".into(), false.into());
    schema
}

fn property(field: &Field) -> Value {
    let mut schema = kind(field.kind);
    if field.is_nullable
        && let Some(name) = schema.get_mut("type")
    {
        *name = json!([name.take(), "null"]);
        if let Some(Value::Array(words)) = schema.get_mut("enum") {
            words.push(Value::Null);
        }
    }
    schema.insert("description".into(), field.description.into());
    Value::Object(schema)
}

fn kind(of: &Kind) -> Map<String, Value> {
    match of {
        Kind::Bool => entries([("type", "boolean".into())]),
        Kind::Number => entries([("type", "number".into())]),
        Kind::Whole => entries([("type", "integer".into()), ("minimum", 0.into())]),
        Kind::Text => entries([("type", "string".into())]),
        Kind::Word(words) => entries([("type", "string".into()), ("enum", json!(words))]),
        Kind::List(of) => entries([("type", "array".into()), ("items", Value::Object(kind(of)))]),
        Kind::Map { of, .. } => entries([("type", "object".into()), ("additionalProperties", Value::Object(kind(of)))]),
        Kind::Object(fields) => object(fields),
    }
}

fn entries<const N: usize>(pairs: [(&str, Value); N]) -> Map<String, Value> {
    pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}
