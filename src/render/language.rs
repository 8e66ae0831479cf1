//! The result's language, declared once as data.
//!
//! [`RESULT`] is the tree of everything a result says. The [JSON Schema](json_schema), the computed attributes of the Terraform data source
//! and the reference pages are made from it, and a test compares it with what [`result`](super::result()) writes. Every field is always
//! present; one that can be unknown or absent says so (`is_nullable`) and is `null` then.

mod fields;
mod schema;

pub use fields::RESULT;
pub(super) use fields::{CATALOG, GROUP_OF_WORKLOAD, known, nullable};
pub use schema::json_schema;
pub(super) use schema::schema_of;

/// A named part of an object.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its name in every form of the result.
    pub name: &'static str,
    /// What it holds.
    pub kind: &'static Kind,
    /// Whether it may be null; the description says when.
    pub is_nullable: bool,
    /// What it means, with its unit: Markdown, whole sentences.
    pub description: &'static str,
}

/// What a value is.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// True or false.
    Bool,
    /// A number, exact, with at most six decimals.
    Number,
    /// A number without decimals.
    Whole,
    /// Any text.
    Text,
    /// One of these words.
    Word(&'static [&'static str]),
    /// Values in a stated order.
    List(&'static Kind),
    /// Values under keys, in the order of the keys.
    Map {
        /// What a key is, such as `workload`.
        key: &'static str,
        /// What each value is.
        of: &'static Kind,
    },
    /// Values under names the language gives.
    Object(&'static [Field]),
}

impl Kind {
    /// The kind in words, for documents: `map (by workload) of numbers`.
    pub fn phrase(&self) -> String {
        match self {
            Self::Bool => "boolean".to_owned(),
            Self::Number => "number".to_owned(),
            Self::Whole => "whole number".to_owned(),
            Self::Text => "string".to_owned(),
            Self::Word(words) => {
                format!("one of {}", words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "))
            }
            Self::List(of) => format!("list of {}", of.plural()),
            Self::Map { key, of } => format!("map (by {key}) of {}", of.plural()),
            Self::Object(_) => "object".to_owned(),
        }
    }

    fn plural(&self) -> String {
        match self {
            Self::Bool | Self::Number | Self::Whole | Self::Text | Self::Object(_) => format!("{}s", self.phrase()),
            Self::Word(_) => format!("strings, each {}", self.phrase()),
            Self::List(of) => format!("lists of {}", of.plural()),
            Self::Map { key, of } => format!("maps (by {key}) of {}", of.plural()),
        }
    }
}
