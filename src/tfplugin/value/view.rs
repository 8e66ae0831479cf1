//! Reading a value together with the place it stands at.
//!
//! ```
//! use stowage::tfplugin::{Value, View};
//!
//! let config = Value::object([("name", Value::from("web")), ("zones", Value::Null)]);
//! let view = View::new(&config);
//! assert_eq!(view.attribute("name").string()?, Some("web"));
//! assert_eq!(view.attribute("zones").u64()?, None);
//! let wrong = view.attribute("name").u64().unwrap_err();
//! assert_eq!(wrong.path.to_string(), "name");
//! # Ok::<(), stowage::tfplugin::Diagnostic>(())
//! ```
#![expect(clippy::wildcard_enum_match_arm, reason = "what does not fit is an error, whatever it is")]

use super::Value;
use crate::tfplugin::diagnostic::Diagnostic;
use crate::tfplugin::number::Number;
use crate::tfplugin::path::AttributePath;

static NULL: Value = Value::Null;

/// A value and its path. Readers return `None` for null, and a diagnostic at the path for an unknown value or one of another kind.
#[derive(Debug, Clone)]
pub struct View<'a> {
    value: &'a Value,
    path: AttributePath,
}

impl<'a> View<'a> {
    /// The block itself.
    pub fn new(value: &'a Value) -> Self {
        Self { value, path: AttributePath::root() }
    }

    /// The value.
    pub fn value(&self) -> &'a Value {
        self.value
    }

    /// Where it stands.
    pub fn path(&self) -> &AttributePath {
        &self.path
    }

    /// The attribute `name`; null where this is null or has no such attribute.
    #[must_use]
    pub fn attribute(&self, name: &str) -> View<'a> {
        View { value: self.value.attribute(name).unwrap_or(&NULL), path: self.path.attribute(name) }
    }

    /// Whether the value is null.
    pub fn is_null(&self) -> bool {
        self.value.is_null()
    }

    /// Whether the value itself is unknown.
    pub fn is_unknown(&self) -> bool {
        self.value.is_unknown()
    }

    /// The text here.
    pub fn string(&self) -> Result<Option<&'a str>, Diagnostic> {
        self.read("a string", Value::as_str)
    }

    /// The truth value here.
    pub fn bool(&self) -> Result<Option<bool>, Diagnostic> {
        self.read("a bool", Value::as_bool)
    }

    /// The number here.
    pub fn number(&self) -> Result<Option<&'a Number>, Diagnostic> {
        self.read("a number", Value::as_number)
    }

    /// The whole number here.
    pub fn i64(&self) -> Result<Option<i64>, Diagnostic> {
        self.read("a whole number that fits in 64 bits", |value| value.as_number()?.as_i64())
    }

    /// The whole number here, not negative.
    pub fn u64(&self) -> Result<Option<u64>, Diagnostic> {
        self.read("a whole number that is not negative and fits in 64 bits", |value| value.as_number()?.as_u64())
    }

    /// The elements of a list, tuple or set; none for null. Elements of a set have the path of the set.
    pub fn elements(&self) -> Result<Vec<View<'a>>, Diagnostic> {
        let elements = self.read("a list or set", |value| match value {
            Value::List(elements) | Value::Tuple(elements) => Some((elements, true)),
            Value::Set(elements) => Some((elements, false)),
            _ => None,
        })?;
        let Some((elements, are_addressed)) = elements else { return Ok(Vec::new()) };
        let path = |index| if are_addressed { self.path.index(index) } else { self.path.clone() };
        Ok(elements.iter().enumerate().map(|(index, value)| View { value, path: path(index) }).collect())
    }

    /// The elements of a map in order of their keys; none for null.
    pub fn entries(&self) -> Result<Vec<(&'a str, View<'a>)>, Diagnostic> {
        let entries = self.read("a map", |value| if let Value::Map(entries) = value { Some(entries) } else { None })?;
        let view = |(key, value): (&'a String, &'a Value)| (key.as_str(), View { value, path: self.path.key(key) });
        Ok(entries.map(|entries| entries.iter().map(view).collect()).unwrap_or_default())
    }

    /// An error at this place.
    pub fn error(&self, summary: impl Into<String>, detail: impl Into<String>) -> Diagnostic {
        Diagnostic::error(summary, detail).at(self.path.clone())
    }

    fn read<T>(&self, wanted: &str, read: impl Fn(&'a Value) -> Option<T>) -> Result<Option<T>, Diagnostic> {
        let value = if let Value::Dynamic(_, value) = self.value { value } else { self.value };
        match value {
            Value::Null => Ok(None),
            Value::Unknown(_) => Err(self.error(
                "Value not known yet",
                format!("{} must be known before it can be used here. Give it a value that does not depend on something still to be created.", self.name()),
            )),
            value => read(value).map(Some).ok_or_else(|| {
                self.error("Unsuitable value", format!("{} is {}, where {wanted} is needed.", self.name(), value.kind()))
            }),
        }
    }

    fn name(&self) -> String {
        if self.path.is_root() { "The block".to_owned() } else { format!("The value of {}", self.path) }
    }
}
