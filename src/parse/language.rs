//! The problem language, declared once as data.
//!
//! [`PROBLEM`] is the tree of all arguments a problem may have, each with its kind, limits, default and description. Everything that
//! must know the language walks this tree: the conformity check, the [JSON Schema](json_schema), the Terraform schema
//! and the reference pages. What is not in the tree does not exist, and is refused by name.
//!
//! What the tree cannot say (that a user in `demand_rps` exists, that a region is known) is checked where the tree is decoded.

use crate::units::Decimal;

mod arguments;
mod catalog;
mod pools;
mod schema;
mod workload;

pub use arguments::PROBLEM;
pub(crate) use arguments::{defaulted, names, number, number_from, optional, required, whole};
pub use catalog::CATALOG;
pub use schema::{json_schema, schema_of};

/// A named part of an object.
#[derive(Clone, Copy, Debug)]
pub struct Argument {
    /// Its name in every form of the language.
    pub name: &'static str,
    /// What it may hold.
    pub kind: &'static Kind,
    /// Whether it must be given. Null counts as not given.
    pub required: bool,
    /// What holds when it is not given, as it would be written; `None` where nothing is assumed.
    pub default: Option<&'static str>,
    /// What it means, with its unit: Markdown, whole sentences. Limits of numbers are in `kind`.
    pub description: &'static str,
}

/// What a value may be.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// True or false.
    Bool,
    /// A number within bounds.
    Number(Bounds),
    /// Any text.
    Text,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A document of another language: an object, or its JSON text. What it is not, its reader says.
    Document(&'static str),
    /// Values in order, as many as one of `lengths`.
    List {
        /// What each item may be.
        of: &'static Kind,
        /// How many items there may be.
        lengths: &'static [usize],
    },
    /// A list whose order and repetitions mean nothing.
    Set {
        /// What each item may be.
        of: &'static Kind,
        /// Fewest items: 0 or 1.
        at_least: usize,
        /// Most items.
        at_most: usize,
    },
    /// Values under keys the author chooses.
    Map {
        /// What a key stands for.
        key: Key,
        /// What each value may be.
        of: &'static Kind,
        /// Most entries.
        at_most: usize,
    },
    /// Values under names the language gives.
    Object(&'static [Argument]),
}

/// What the keys of a map stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// A name the author chooses for a thing, such as `workload`: 1 to 128 characters without `/` and control characters,
    /// because names become parts of other names.
    Name(&'static str),
    /// A name that may have a second one before it, as in `berlin` and `dc/berlin`: what stands around the `/` are names.
    Qualified(&'static str),
    /// A reference to a thing that has its name already, such as `user group`.
    Reference(&'static str),
}

impl Key {
    /// The thing, for messages and documents.
    pub const fn what(self) -> &'static str {
        match self {
            Self::Name(what) | Self::Qualified(what) | Self::Reference(what) => what,
        }
    }
}

/// Most characters in a chosen name.
pub const LONGEST_NAME: usize = 128;

/// The numbers that are accepted; both ends are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Smallest.
    pub least: Decimal,
    /// Largest.
    pub most: Decimal,
    /// Whether only whole numbers are.
    pub is_whole: bool,
}

impl Kind {
    /// The kind in words, with its article: `a number from 0 to 1`.
    pub fn phrase(&self) -> String {
        match self {
            Self::Bool => "true or false".to_owned(),
            Self::Number(bounds) => bounds.phrase(),
            Self::Text => "a string".to_owned(),
            Self::Word(words) => format!("one of {}", words.map_quoted().join(", ")),
            Self::Document(what) => format!("{what}, as JSON text or an object"),
            Self::List { of, lengths } => {
                let lengths: Vec<String> = lengths.iter().map(ToString::to_string).collect();
                format!("a list of {} items, each {}", lengths.join(" or "), of.phrase())
            }
            Self::Set { of: Self::Word(words), .. } => {
                format!("a list of strings, each one of {}", words.map_quoted().join(", "))
            }
            Self::Set { .. } => "a list of strings".to_owned(),
            Self::Map { key, .. } => format!("a map with one entry per {}", key.what()),
            Self::Object(arguments) => {
                let names: Vec<_> = arguments.iter().map(|argument| argument.name).collect();
                format!("an object of {}", names.join(", "))
            }
        }
    }
}

impl Bounds {
    /// The bounds in words: `a whole number from 1 to 1000`.
    pub fn phrase(&self) -> String {
        let whole = if self.is_whole { "whole " } else { "" };
        format!("a {whole}number from {} to {}", self.least, self.most)
    }
}

trait MapQuoted {
    fn map_quoted(&self) -> Vec<String>;
}

impl MapQuoted for [&str] {
    fn map_quoted(&self) -> Vec<String> {
        self.iter().map(|word| format!("{word:?}")).collect()
    }
}
