//! Values of expressions.
//!
//! Lists and maps are shared, not copied. Maps are ordered by key, as Terraform iterates them. Every container knows how deep and how large
//! it is when written out, so that no chain of references can build a value that exhausts stack or memory.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::diagnostic::Span;
use crate::parse::tree::{self, Entry, Node};
use crate::units::Decimal;

/// A value of an expression.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Number(Decimal),
    Text(Rc<str>),
    List(Shared<Vec<Value>>),
    Map(Shared<BTreeMap<String, Value>>),
}

/// A container with its measures.
#[derive(Clone, Debug)]
pub(super) struct Shared<T> {
    content: Rc<T>,
    depth: u32,
    size: u64,
}

impl<T> std::ops::Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.content
    }
}

impl Value {
    pub(super) fn text(text: impl Into<Rc<str>>) -> Self {
        Self::Text(text.into())
    }

    pub(super) fn count(count: usize) -> Self {
        Self::Number(Decimal::from_integer(count as i128))
    }

    pub(super) fn list(items: impl IntoIterator<Item = Self>) -> Self {
        let items: Vec<_> = items.into_iter().collect();
        let (depth, size) = measure(items.iter());
        Self::List(Shared { content: Rc::new(items), depth, size })
    }

    pub(super) fn map(entries: impl IntoIterator<Item = (String, Self)>) -> Self {
        let entries: BTreeMap<_, _> = entries.into_iter().collect();
        let (depth, size) = measure(entries.values());
        let keys: u64 = entries.keys().map(|key| text_size(key)).sum();
        Self::Map(Shared { content: Rc::new(entries), depth, size: size.saturating_add(keys) })
    }

    /// Levels of containers.
    pub(super) const fn depth(&self) -> u32 {
        match self {
            Self::List(list) => list.depth,
            Self::Map(map) => map.depth,
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Text(_) => 0,
        }
    }

    /// About how many words of memory the value takes when every part is written out.
    pub(super) fn size(&self) -> u64 {
        match self {
            Self::List(list) => list.size,
            Self::Map(map) => map.size,
            Self::Text(text) => text_size(text),
            Self::Null | Self::Bool(_) | Self::Number(_) => 1,
        }
    }

    /// The kind with its article, for messages.
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::Text(_) => "a string",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
        }
    }

    /// As a number; text that reads as one counts.
    pub(super) fn as_number(&self) -> Option<Decimal> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => text.parse().ok(),
            Self::Null | Self::Bool(_) | Self::List(_) | Self::Map(_) => None,
        }
    }

    /// As a boolean; the texts `true` and `false` count.
    pub(super) fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            Self::Text(text) => text.parse().ok(),
            Self::Null | Self::Number(_) | Self::List(_) | Self::Map(_) => None,
        }
    }

    /// As text; numbers and booleans are written out.
    pub(super) fn as_text(&self) -> Option<Rc<str>> {
        match self {
            Self::Text(text) => Some(Rc::clone(text)),
            Self::Number(number) => Some(number.to_string().into()),
            Self::Bool(value) => Some(value.to_string().into()),
            Self::Null | Self::List(_) | Self::Map(_) => None,
        }
    }

    /// As a node of the neutral tree, every part at `span`.
    pub(super) fn to_node(&self, span: Option<&Span>) -> Node {
        let value = match self {
            Self::Null => tree::Value::Null,
            Self::Bool(value) => tree::Value::Bool(*value),
            Self::Number(number) => tree::Value::Number(*number),
            Self::Text(text) => tree::Value::String(text.as_ref().to_owned()),
            Self::List(list) => tree::Value::List(list.iter().map(|item| item.to_node(span)).collect()),
            Self::Map(map) => {
                let entry = |(key, value): (&String, &Self)| Entry {
                    key: key.clone(),
                    key_span: span.cloned(),
                    node: value.to_node(span),
                };
                tree::Value::Map(map.iter().map(entry).collect())
            }
        };
        Node::new(value, span.cloned())
    }

    /// The value of a node; unreadable parts are the first fault found.
    pub(super) fn from_node(node: &Node) -> Result<Self, Box<crate::diagnostic::Diagnostic>> {
        Ok(match &node.value {
            tree::Value::Null => Self::Null,
            tree::Value::Bool(value) => Self::Bool(*value),
            tree::Value::Number(number) => Self::Number(*number),
            tree::Value::String(text) => Self::text(text.as_str()),
            tree::Value::List(items) => Self::list(items.iter().map(Self::from_node).collect::<Result<Vec<_>, _>>()?),
            tree::Value::Map(entries) => {
                let entry = |entry: &Entry| Ok((entry.key.clone(), Self::from_node(&entry.node)?));
                Self::map(entries.iter().map(entry).collect::<Result<Vec<_>, Box<_>>>()?)
            }
            tree::Value::Faulty(fault) => return Err(fault.clone()),
        })
    }
}

/// Equal as Terraform compares: same kind and same content, numbers by value.
impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Number(a), Self::Number(b)) => crate::parse::number::compare(*a, *b).is_eq(),
            (Self::Text(a), Self::Text(b)) => a == b,
            (Self::List(a), Self::List(b)) => **a == **b,
            (Self::Map(a), Self::Map(b)) => **a == **b,
            _ => false,
        }
    }
}

fn measure<'v>(parts: impl Iterator<Item = &'v Value>) -> (u32, u64) {
    parts.fold((1, 1), |(depth, size), part| (depth.max(part.depth() + 1), size.saturating_add(part.size())))
}

const fn text_size(text: &str) -> u64 {
    1 + text.len() as u64 / 8
}
