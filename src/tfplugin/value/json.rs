//! Values in JSON: stored state, the rare request that is not MessagePack, and the plain form for a provider's own parser.
//!
//! Numbers keep their digits in both directions. A value of dynamic type is stored as `{"type": …, "value": …}`.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::{Value, ValueError};
use crate::tfplugin::number::Number;
use crate::tfplugin::path::Step;
use crate::tfplugin::ty::{MAX_DEPTH, Type, shorten};

/// What to do where an object and its type differ in attributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// Exactly the attributes of the type.
    Exact,
    /// State written by another version: what is missing is null, what is unknown to the type is dropped.
    Stored,
}

impl Value {
    /// Reads a value of type `ty` with exactly its attributes.
    pub fn from_json(json: &Json, ty: &Type) -> Result<Self, ValueError> {
        read(json, ty, Shape::Exact, 0)
    }

    /// Reads stored state: missing attributes become null, attributes that the type does not have are dropped.
    pub fn from_stored_json(json: &Json, ty: &Type) -> Result<Self, ValueError> {
        read(json, ty, Shape::Stored, 0)
    }

    /// The value in plain JSON, without the types of dynamic values. Unknown values have no form in JSON and are an error.
    pub fn to_json(&self) -> Result<Json, ValueError> {
        write(self, false)
    }

    /// The value as it is stored: dynamic values carry their types.
    pub fn to_stored_json(&self) -> Result<Json, ValueError> {
        write(self, true)
    }
}

fn read(json: &Json, ty: &Type, shape: Shape, depth: usize) -> Result<Value, ValueError> {
    if depth > MAX_DEPTH {
        return Err(ValueError::here(format!("nested more than {MAX_DEPTH} deep")));
    }
    let inner = |json: &Json, ty: &Type| read(json, ty, shape, depth + 1);
    match (ty, json) {
        (_, Json::Null) => Ok(Value::Null),
        (Type::Bool, Json::Bool(value)) => Ok(Value::Bool(*value)),
        (Type::Number, Json::Number(number)) => number_of(number.as_str()),
        // The host stores large numbers as text.
        (Type::Number, Json::String(text)) => number_of(text),
        (Type::String, Json::String(text)) => Ok(Value::String(text.clone())),
        (Type::List(element), Json::Array(elements)) => {
            let at = |(index, json)| inner(json, element).map_err(|error| error.within(Step::Index(index)));
            elements.iter().enumerate().map(at).collect::<Result<_, _>>().map(Value::List)
        }
        (Type::Set(element), Json::Array(elements)) => {
            let elements = elements.iter().map(|json| inner(json, element));
            elements
                .collect::<Result<Vec<_>, _>>()
                .map(Value::set)
                .map_err(|error| ValueError::here(format!("in an element of the set: {}", error.message)))
        }
        (Type::Tuple(types), Json::Array(elements)) if types.len() == elements.len() => {
            let at =
                |(index, (json, ty))| inner(json, ty).map_err(|error: ValueError| error.within(Step::Index(index)));
            elements.iter().zip(types).enumerate().map(at).collect::<Result<_, _>>().map(Value::Tuple)
        }
        (Type::Map(element), Json::Object(elements)) => {
            let of = |(key, json): (&String, &Json)| match inner(json, element) {
                Ok(value) => Ok((key.clone(), value)),
                Err(error) => Err(error.within(Step::Key(key.clone()))),
            };
            elements.iter().map(of).collect::<Result<_, _>>().map(Value::Map)
        }
        (Type::Object(types), Json::Object(attributes)) => {
            if shape == Shape::Exact && attributes.len() != types.len() {
                return Err(mismatch(attributes, types));
            }
            let of = |(name, ty): (&String, &Type)| {
                let json = match (attributes.get(name), shape) {
                    (Some(json), _) => json,
                    (None, Shape::Stored) => &Json::Null,
                    (None, Shape::Exact) => return Err(mismatch(attributes, types)),
                };
                match inner(json, ty) {
                    Ok(value) => Ok((name.clone(), value)),
                    Err(error) => Err(error.within(Step::Attribute(name.clone()))),
                }
            };
            types.iter().map(of).collect::<Result<_, _>>().map(Value::Object)
        }
        (Type::Dynamic, Json::Object(pair)) => match (pair.get("type"), pair.get("value")) {
            (Some(ty), Some(json)) => {
                let ty = Type::from_json_value(ty, 0).map_err(|error| ValueError::here(error.to_string()))?;
                let value = inner(json, &ty)?;
                let is_bare = matches!(value, Value::Null | Value::Dynamic(..));
                Ok(if is_bare { value } else { Value::Dynamic(Box::new(ty), Box::new(value)) })
            }
            _ => Err(ValueError::here("a value of dynamic type is an object with \"type\" and \"value\"")),
        },
        (ty, json) => Err(ValueError::here(format!("{} given, {ty} required", kind(json)))),
    }
}

/// What an object has too much, or too little.
fn mismatch(attributes: &serde_json::Map<String, Json>, types: &BTreeMap<String, Type>) -> ValueError {
    if let Some(name) = attributes.keys().find(|name| !types.contains_key(*name)) {
        return ValueError::here(format!("unexpected attribute {:?}", shorten(name)));
    }
    let missing = types.keys().find(|name| !attributes.contains_key(*name)).map_or("", String::as_str);
    ValueError::here(format!("the attribute {missing:?} is missing"))
}

fn number_of(text: &str) -> Result<Value, ValueError> {
    Number::parse(text).map(Value::Number).map_err(|error| ValueError::here(error.to_string()))
}

fn kind(json: &Json) -> &'static str {
    match json {
        Json::Null => "null",
        Json::Bool(_) => "a bool",
        Json::Number(_) => "a number",
        Json::String(_) => "a string",
        Json::Array(_) => "an array",
        Json::Object(_) => "an object",
    }
}

fn write(value: &Value, with_types: bool) -> Result<Json, ValueError> {
    if let Some(path) = value.first_unknown() {
        return Err(ValueError::new(&path, "the value is not known yet"));
    }
    Ok(known(value, with_types))
}

fn known(value: &Value, with_types: bool) -> Json {
    match value {
        Value::Null | Value::Unknown(_) => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        Value::Number(number) if !number.is_finite() => Json::String(number.to_string()),
        Value::Number(number) => {
            serde_json::from_str(&number.to_string()).map_or_else(|_| Json::String(number.to_string()), Json::Number)
        }
        Value::String(text) => Json::String(text.clone()),
        Value::List(elements) | Value::Set(elements) | Value::Tuple(elements) => {
            elements.iter().map(|element| known(element, with_types)).collect()
        }
        Value::Map(elements) | Value::Object(elements) => {
            Json::Object(elements.iter().map(|(name, value)| (name.clone(), known(value, with_types))).collect())
        }
        Value::Dynamic(_, value) if !with_types => known(value, with_types),
        Value::Dynamic(ty, value) => {
            let ty = serde_json::from_str(&ty.to_json()).unwrap_or(Json::Null);
            Json::Object(
                [("type".to_owned(), ty), ("value".to_owned(), known(value, with_types))].into_iter().collect(),
            )
        }
    }
}
