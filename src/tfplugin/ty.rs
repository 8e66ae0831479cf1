//! The types of the configuration language and their JSON form.
//!
//! ```text
//! "string"  "number"  "bool"  "dynamic"
//! ["list", T]  ["set", T]  ["map", T]  ["tuple", [T, …]]  ["object", {"name": T, …}]
//! ```
//!
//! `dynamic` stands for a type that travels with each value. A host that reads a malformed type ends in a panic of its own, so
//! types are only ever printed from [`Type`].

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value as Json;

/// Nesting beyond this is refused wherever the depth comes from outside: types and dynamic values.
pub(crate) const MAX_DEPTH: usize = 100;

/// A type of the configuration language.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Type {
    /// Any type; each value brings its own.
    Dynamic,
    /// `true` or `false`.
    Bool,
    /// An exact decimal number of any size.
    Number,
    /// Unicode text.
    String,
    /// Ordered elements of one type.
    List(Box<Type>),
    /// Elements of one type, without order or duplicates.
    Set(Box<Type>),
    /// Elements of one type by name.
    Map(Box<Type>),
    /// Ordered elements, each of its own type.
    Tuple(Vec<Type>),
    /// Named attributes, each of its own type.
    Object(BTreeMap<String, Type>),
}

/// A type in JSON that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a type of the configuration language: {0}")]
pub struct TypeError(String);

impl Type {
    /// A list of `element`.
    pub fn list(element: Type) -> Self {
        Self::List(Box::new(element))
    }

    /// A set of `element`.
    pub fn set(element: Type) -> Self {
        Self::Set(Box::new(element))
    }

    /// A map of `element`.
    pub fn map(element: Type) -> Self {
        Self::Map(Box::new(element))
    }

    /// An object with these attributes.
    pub fn object<N: Into<String>>(attributes: impl IntoIterator<Item = (N, Type)>) -> Self {
        Self::Object(attributes.into_iter().map(|(name, ty)| (name.into(), ty)).collect())
    }

    /// Whether `dynamic` occurs anywhere in the type.
    pub fn has_dynamic(&self) -> bool {
        match self {
            Self::Dynamic => true,
            Self::Bool | Self::Number | Self::String => false,
            Self::List(element) | Self::Set(element) | Self::Map(element) => element.has_dynamic(),
            Self::Tuple(elements) => elements.iter().any(Self::has_dynamic),
            Self::Object(attributes) => attributes.values().any(Self::has_dynamic),
        }
    }

    /// The JSON form, as text.
    pub fn to_json(&self) -> String {
        self.json().to_string()
    }

    /// Reads the JSON form.
    ///
    /// Names of optional attributes, a third part of an object type, are accepted and dropped: they describe how a value is
    /// converted, not which values there are.
    pub fn from_json(text: &[u8]) -> Result<Self, TypeError> {
        let json = serde_json::from_slice(text).map_err(|error| TypeError(error.to_string()))?;
        Self::from_json_value(&json, 0)
    }

    pub(crate) fn from_json_value(json: &Json, depth: usize) -> Result<Self, TypeError> {
        let wrong = || TypeError(shorten(&json.to_string()));
        if depth > MAX_DEPTH {
            return Err(TypeError(format!("nested more than {MAX_DEPTH} deep")));
        }
        let inner = |json| Self::from_json_value(json, depth + 1);
        match json {
            Json::String(name) => match name.as_str() {
                "dynamic" => Ok(Self::Dynamic),
                "bool" => Ok(Self::Bool),
                "number" => Ok(Self::Number),
                "string" => Ok(Self::String),
                _ => Err(wrong()),
            },
            Json::Array(parts) => match (parts.first().and_then(Json::as_str), &parts[..]) {
                (Some("list"), [_, element]) => Ok(Self::list(inner(element)?)),
                (Some("set"), [_, element]) => Ok(Self::set(inner(element)?)),
                (Some("map"), [_, element]) => Ok(Self::map(inner(element)?)),
                (Some("tuple"), [_, Json::Array(elements)]) => {
                    Ok(Self::Tuple(elements.iter().map(inner).collect::<Result<_, _>>()?))
                }
                (Some("object"), [_, Json::Object(attributes)] | [_, Json::Object(attributes), Json::Array(_)]) => {
                    let attributes = attributes.iter().map(|(name, ty)| Ok((name.clone(), inner(ty)?)));
                    Ok(Self::Object(attributes.collect::<Result<_, _>>()?))
                }
                _ => Err(wrong()),
            },
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::Object(_) => Err(wrong()),
        }
    }

    fn json(&self) -> Json {
        let pair = |name: &str, element: Json| Json::Array(vec![Json::from(name), element]);
        match self {
            Self::Dynamic => Json::from("dynamic"),
            Self::Bool => Json::from("bool"),
            Self::Number => Json::from("number"),
            Self::String => Json::from("string"),
            Self::List(element) => pair("list", element.json()),
            Self::Set(element) => pair("set", element.json()),
            Self::Map(element) => pair("map", element.json()),
            Self::Tuple(elements) => pair("tuple", elements.iter().map(Self::json).collect()),
            Self::Object(attributes) => {
                let attributes = attributes.iter().map(|(name, ty)| (name.clone(), ty.json()));
                pair("object", Json::Object(attributes.collect()))
            }
        }
    }
}

/// The type in the words of a type constraint: `map(object({ zones = number }))`.
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dynamic => f.write_str("any"),
            Self::Bool => f.write_str("bool"),
            Self::Number => f.write_str("number"),
            Self::String => f.write_str("string"),
            Self::List(element) => write!(f, "list({element})"),
            Self::Set(element) => write!(f, "set({element})"),
            Self::Map(element) => write!(f, "map({element})"),
            Self::Tuple(elements) => {
                f.write_str("tuple([")?;
                for (position, element) in elements.iter().enumerate() {
                    write!(f, "{}{element}", if position == 0 { "" } else { ", " })?;
                }
                f.write_str("])")
            }
            Self::Object(attributes) => {
                f.write_str("object({")?;
                for (position, (name, ty)) in attributes.iter().enumerate() {
                    write!(f, "{} {name} = {ty}", if position == 0 { "" } else { "," })?;
                }
                f.write_str(if attributes.is_empty() { "})" } else { " })" })
            }
        }
    }
}

/// The first characters of foreign text, for a message.
pub(crate) fn shorten(text: &str) -> String {
    const LONGEST: usize = 80;
    let start = cut(text, LONGEST);
    if start.len() == text.len() { text.to_owned() } else { format!("{start}…") }
}

/// As many whole characters from the start of `text` as fit in `bytes`.
pub(crate) fn cut(text: &str, bytes: usize) -> &str {
    let is_end = |end: &usize| text.is_char_boundary(*end);
    let end = (0..=bytes.min(text.len())).rev().find(is_end).unwrap_or(0);
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_print_and_parse() {
        let cases = [
            (Type::String, r#""string""#, "string"),
            (Type::list(Type::set(Type::Number)), r#"["list",["set","number"]]"#, "list(set(number))"),
            (Type::Tuple(vec![Type::Bool, Type::Dynamic]), r#"["tuple",["bool","dynamic"]]"#, "tuple([bool, any])"),
            (
                Type::map(Type::object([("b", Type::Bool), ("a", Type::String)])),
                r#"["map",["object",{"a":"string","b":"bool"}]]"#,
                "map(object({ a = string, b = bool }))",
            ),
            (Type::object::<String>([]), r#"["object",{}]"#, "object({})"),
        ];
        for (ty, json, words) in cases {
            assert_eq!(ty.to_json(), json);
            assert_eq!(ty.to_string(), words);
            assert_eq!(Type::from_json(json.as_bytes()), Ok(ty));
        }
    }

    #[test]
    fn what_is_no_type_is_refused() {
        let deep = format!("{}\"string\"{}", "[\"list\",".repeat(110), "]".repeat(110));
        for json in
            ["", "null", "3", "{}", "[]", r#"["list"]"#, r#"["list","strin"]"#, r#"["object",[]]"#, deep.as_str()]
        {
            assert!(Type::from_json(json.as_bytes()).is_err(), "{json}");
        }
        let optional = Type::from_json(br#"["object",{"a":"bool"},["a"]]"#);
        assert_eq!(optional, Ok(Type::object([("a", Type::Bool)])));
    }
}
