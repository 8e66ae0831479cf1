//! The neutral tree: what HCL, JSON and a host's values all become before anything is decided about them.
//!
//! A [`Node`] is a value with its place. It knows nothing of the problem language; the conformity check compares the two.
//! Anything that can make nodes can state a problem: nodes without a place in a file are fine, their path is known anyway.

use crate::diagnostic::{Diagnostic, Span};
use crate::units::{Decimal, DecimalError};

/// A value and where it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Where it was written, if in a file.
    pub span: Option<Span>,
}

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Nothing: an argument that is null counts as not given.
    Null,
    /// True or false.
    Bool(bool),
    /// A number, exactly as written.
    Number(Decimal),
    /// Text.
    String(String),
    /// A list, tuple or set.
    List(Vec<Node>),
    /// A map or object, in the order written. Keys are unique: what makes the tree sees to it.
    Map(Vec<Entry>),
    /// A value that could not be read; the diagnostic says why, and gets its path when the tree is read.
    Faulty(Box<Diagnostic>),
}

/// One key of a map, and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where the key was written, if in a file.
    pub key_span: Option<Span>,
    /// Its value.
    pub node: Node,
}

impl Node {
    /// `value`, written at `span`.
    pub const fn new(value: Value, span: Option<Span>) -> Self {
        Self { value, span }
    }

    /// A map from host values, without places.
    pub fn map<K: Into<String>>(entries: impl IntoIterator<Item = (K, Self)>) -> Self {
        let entries = entries.into_iter().map(|(key, node)| Entry { key: key.into(), key_span: None, node }).collect();
        Value::Map(entries).into()
    }

    /// A list from host values, without places.
    pub fn list(items: impl IntoIterator<Item = Self>) -> Self {
        Value::List(items.into_iter().collect()).into()
    }

    /// A number from its text; text that is no number, or one beyond all quantities, becomes [`Value::Faulty`].
    pub fn number(text: &str, span: Option<Span>) -> Self {
        let value = match text.parse::<Decimal>() {
            Ok(number) => Value::Number(number),
            Err(error) => Value::Faulty(Box::new(number_fault(text, error).spanned(span.clone()))),
        };
        Self { value, span }
    }

    /// The value under `key`, if this is a map that has it.
    pub fn get(&self, key: &str) -> Option<&Self> {
        match &self.value {
            Value::Map(entries) => entries.iter().find(|entry| entry.key == key).map(|entry| &entry.node),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::List(_) | Value::Faulty(_) => {
                None
            }
        }
    }
}

impl From<Value> for Node {
    fn from(value: Value) -> Self {
        Self { value, span: None }
    }
}

impl From<bool> for Node {
    fn from(value: bool) -> Self {
        Value::Bool(value).into()
    }
}

impl From<&str> for Node {
    fn from(text: &str) -> Self {
        Value::String(text.into()).into()
    }
}

impl From<Decimal> for Node {
    fn from(number: Decimal) -> Self {
        Value::Number(number).into()
    }
}

impl Value {
    /// The kind of value, with its article, for messages.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
            Self::Faulty(_) => "unreadable",
        }
    }
}

/// The finding about the text of a number that cannot be carried.
pub(super) fn number_fault(text: &str, error: DecimalError) -> Diagnostic {
    let shown = crate::diagnostic::quoted(text, '`');
    match error {
        DecimalError::NotANumber => Diagnostic::error("number", format!("{shown} is not a number"))
            .help("write a decimal number, such as 12, 0.5 or 3e6"),
        DecimalError::OutOfRange => {
            Diagnostic::error("number", format!("the number {shown} is too large or too precise"))
                .help("write a number of at most 30 digits")
        }
    }
}
