//! Values of the configuration language.
//!
//! A value is read against a [`Type`], from MessagePack ([`Value::from_msgpack`]) or JSON ([`Value::from_json`]), and written the
//! same way. Sets are kept sorted and without duplicates, so that equal sets are equal values. [`View`] reads a value with the path it
//! stands at, so that every complaint names its place.

mod conform;
mod decode;
mod encode;
mod json;
mod msgpack;
mod view;

use std::collections::BTreeMap;
use std::fmt;

pub use view::View;

use super::diagnostic::Diagnostic;
use super::number::Number;
use super::path::{AttributePath, Step};
use super::ty::Type;

/// A value of any type.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// No value.
    Null,
    /// A value that is not known before something is created, and what is known about it.
    Unknown(Refinements),
    /// A truth value.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A text.
    String(String),
    /// Ordered elements of one type.
    List(Vec<Value>),
    /// Elements of one type, sorted and without duplicates; build it with [`Value::set`].
    Set(Vec<Value>),
    /// Elements of one type by name.
    Map(BTreeMap<String, Value>),
    /// Ordered elements, each of its own type.
    Tuple(Vec<Value>),
    /// The attributes of an object.
    Object(BTreeMap<String, Value>),
    /// A value where the schema says `dynamic`, with its own type. A dynamic null or unknown is plain [`Value::Null`] or
    /// [`Value::Unknown`].
    Dynamic(Box<Type>, Box<Value>),
}

/// What is known of an unknown value. The default says nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Refinements {
    /// `Some(false)`: certainly not null. `Some(true)`: certainly null.
    pub null: Option<bool>,
    /// What a text certainly begins with.
    pub prefix: Option<String>,
    /// The least a number can be; `true`: inclusive.
    pub min: Option<(Number, bool)>,
    /// The most a number can be; `true`: inclusive.
    pub max: Option<(Number, bool)>,
    /// The fewest elements a collection can have.
    pub min_length: Option<i64>,
    /// The most elements a collection can have.
    pub max_length: Option<i64>,
}

/// A value that does not fit its type, or bytes that are no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ValueError {
    /// Where in the value.
    pub path: AttributePath,
    /// What is wrong there.
    pub message: String,
}

impl fmt::Display for ValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_root() { f.write_str(&self.message) } else { write!(f, "{}: {}", self.path, self.message) }
    }
}

impl ValueError {
    pub(crate) fn new(path: &AttributePath, message: impl Into<String>) -> Self {
        Self { path: path.clone(), message: message.into() }
    }

    /// An error of the value itself.
    pub(crate) fn here(message: impl Into<String>) -> Self {
        Self::new(&AttributePath::root(), message)
    }

    /// The error as seen from one step further out: places are told on the way back, so that what is sound pays nothing for them.
    pub(crate) fn within(self, step: Step) -> Self {
        Self { path: self.path.within(step), ..self }
    }

    /// The error as a diagnostic at its place.
    pub fn to_diagnostic(&self, summary: &str) -> Diagnostic {
        Diagnostic::error(summary, format!("{self}.")).at(self.path.clone())
    }
}

impl Value {
    /// An unknown value about which nothing is known.
    pub fn unknown() -> Self {
        Self::Unknown(Refinements::default())
    }

    /// A set of these elements. Elements that are not wholly known are never taken for duplicates.
    pub fn set(elements: impl IntoIterator<Item = Value>) -> Self {
        let mut elements: Vec<Value> = elements.into_iter().collect();
        elements.sort();
        elements.dedup_by(|later, earlier| later == earlier && later.is_wholly_known());
        Self::Set(elements)
    }

    /// An object with these attributes.
    pub fn object<N: Into<String>>(attributes: impl IntoIterator<Item = (N, Value)>) -> Self {
        Self::Object(attributes.into_iter().map(|(name, value)| (name.into(), value)).collect())
    }

    /// A map of these elements.
    pub fn map<N: Into<String>>(elements: impl IntoIterator<Item = (N, Value)>) -> Self {
        Self::Map(elements.into_iter().map(|(name, value)| (name.into(), value)).collect())
    }

    /// A list of these elements.
    pub fn list(elements: impl IntoIterator<Item = Value>) -> Self {
        Self::List(elements.into_iter().collect())
    }

    /// Whether this is null.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Whether this value itself is unknown; its elements may be unknown either way.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown(_))
    }

    /// Whether neither the value nor anything in it is unknown.
    pub fn is_wholly_known(&self) -> bool {
        self.first_unknown().is_none()
    }

    /// The place of the first unknown value, if there is one.
    pub fn first_unknown(&self) -> Option<AttributePath> {
        let mut path = AttributePath::root();
        self.find_unknown(&mut path).then_some(path)
    }

    /// Leaves `path` at the unknown value when it returns true.
    fn find_unknown(&self, path: &mut AttributePath) -> bool {
        match self {
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) => false,
            Self::Unknown(_) => true,
            Self::Set(elements) => elements.iter().any(|element| element.find_unknown(&mut AttributePath::root())),
            Self::Dynamic(_, value) => value.find_unknown(path),
            Self::List(_) | Self::Tuple(_) | Self::Map(_) | Self::Object(_) => {
                for (step, child) in self.children() {
                    path.push(step);
                    if child.find_unknown(path) {
                        return true;
                    }
                    path.pop();
                }
                false
            }
        }
    }

    /// The values directly inside, each with its step; the elements of a set have none and are left out.
    pub(crate) fn children(&self) -> Vec<(Step, &Value)> {
        match self {
            Self::List(elements) | Self::Tuple(elements) => {
                elements.iter().enumerate().map(|(index, value)| (Step::Index(index), value)).collect()
            }
            Self::Map(elements) => elements.iter().map(|(key, value)| (Step::Key(key.clone()), value)).collect(),
            Self::Object(attributes) => {
                attributes.iter().map(|(name, value)| (Step::Attribute(name.clone()), value)).collect()
            }
            Self::Dynamic(_, value) => value.children(),
            Self::Null | Self::Unknown(_) | Self::Bool(_) | Self::Number(_) | Self::String(_) | Self::Set(_) => {
                Vec::new()
            }
        }
    }

    /// The value at `path`, if the path leads anywhere.
    pub fn at(&self, path: &AttributePath) -> Option<&Value> {
        path.steps().iter().try_fold(self, |value, step| value.step(step))
    }

    fn step(&self, step: &Step) -> Option<&Value> {
        match (self, step) {
            (Self::Object(attributes), Step::Attribute(name)) => attributes.get(name),
            (Self::Map(elements), Step::Key(key)) => elements.get(key),
            (Self::List(elements) | Self::Tuple(elements), Step::Index(index)) => elements.get(*index),
            (Self::Dynamic(_, value), step) => value.step(step),
            _ => None,
        }
    }

    /// The attribute `name` of an object, if this is one and has it.
    pub fn attribute(&self, name: &str) -> Option<&Value> {
        match self {
            Self::Object(attributes) => attributes.get(name),
            Self::Dynamic(_, value) => value.attribute(name),
            Self::Null
            | Self::Unknown(_)
            | Self::Bool(_)
            | Self::Number(_)
            | Self::String(_)
            | Self::List(_)
            | Self::Set(_)
            | Self::Map(_)
            | Self::Tuple(_) => None,
        }
    }

    /// Sets the attribute `name` of an object; anything else is left as it is.
    pub fn set_attribute(&mut self, name: &str, value: Value) {
        if let Self::Object(attributes) = self {
            attributes.insert(name.to_owned(), value);
        }
    }

    /// The text, if this is one.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self { Some(text) } else { None }
    }

    /// The number, if this is one.
    pub fn as_number(&self) -> Option<&Number> {
        if let Self::Number(number) = self { Some(number) } else { None }
    }

    /// The truth value, if this is one.
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(value) = self { Some(*value) } else { None }
    }

    /// What kind of value this is, in a word for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Unknown(_) => "an unknown value",
            Self::Bool(_) => "a bool",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::List(_) => "a list",
            Self::Set(_) => "a set",
            Self::Map(_) => "a map",
            Self::Tuple(_) => "a tuple",
            Self::Object(_) => "an object",
            Self::Dynamic(_, value) => value.kind(),
        }
    }

    /// The same value with every unknown part made null.
    #[must_use]
    pub fn with_unknowns_as_null(self) -> Self {
        let each = |elements: Vec<Value>| elements.into_iter().map(Value::with_unknowns_as_null).collect::<Vec<_>>();
        let named = |elements: BTreeMap<String, Value>| {
            elements.into_iter().map(|(name, value)| (name, value.with_unknowns_as_null())).collect()
        };
        match self {
            Self::Unknown(_) => Self::Null,
            Self::List(elements) => Self::List(each(elements)),
            Self::Set(elements) => Self::set(each(elements)),
            Self::Tuple(elements) => Self::Tuple(each(elements)),
            Self::Map(elements) => Self::Map(named(elements)),
            Self::Object(attributes) => Self::Object(named(attributes)),
            Self::Dynamic(ty, value) => Self::Dynamic(ty, Box::new(value.with_unknowns_as_null())),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) => self,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<Number> for Value {
    fn from(number: Number) -> Self {
        Self::Number(number)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Number(value.into())
    }
}

impl From<u32> for Value {
    fn from(value: u32) -> Self {
        Self::Number(value.into())
    }
}

impl From<u64> for Value {
    fn from(value: u64) -> Self {
        Self::Number(value.into())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
