//! Schemas: the shape of the provider block, of data sources and resources, and the signatures of functions.
//!
//! Built by chaining, checked as a whole by [`Schema::check`] before a host sees it:
//!
//! ```
//! use stowage::tfplugin::{Attribute, Schema, Type};
//!
//! let schema = Schema::new("Where the machines go.")
//!     .attribute(Attribute::new("name", Type::String).required().describe("What to call it."))
//!     .attribute(
//!         Attribute::map("groups", [Attribute::new("region", Type::String).required()])
//!             .optional()
//!             .describe("Groups by name."),
//!     );
//! assert_eq!(schema.check(), Ok(()));
//! assert_eq!(schema.object_type().to_string(), "object({ groups = map(object({ region = string })), name = string })");
//! ```

mod attribute;
mod check;
mod signature;
mod wire;

use std::fmt;

pub use attribute::{Attribute, Nesting, Shape};
pub use signature::{Parameter, Signature};

use super::ty::Type;

/// The schema of the provider block, a data source or a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    /// Counts the shapes of stored state, from 0; a greater one calls for an upgrade of what was stored.
    pub version: u32,
    /// The block itself.
    pub block: Block,
}

/// Attributes and nested blocks, with what the documentation says of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Block {
    /// In the order in which they were declared.
    pub attributes: Vec<Attribute>,
    /// In the order in which they were declared.
    pub blocks: Vec<NestedBlock>,
    /// Markdown.
    pub description: String,
    /// What to use instead, where the block should not be used any more.
    pub deprecation: Option<String>,
}

/// How often a nested block may occur and what holds its contents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockNesting {
    /// At most once; an object or null.
    Single,
    /// Once by meaning: an object that is never null.
    Group,
    /// Any number, in order; a list.
    List,
    /// Any number, without order; a set.
    Set,
    /// One for each label; a map.
    Map,
}

/// A block inside a block. New schemas prefer attributes with attributes of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NestedBlock {
    /// The name in the configuration.
    pub name: String,
    /// How often it may occur.
    pub nesting: BlockNesting,
    /// What is in it.
    pub block: Block,
    /// The fewest blocks (list and set; at most 1 for single), 0 for no limit.
    pub min_items: u32,
    /// The most blocks (list and set), 0 for no limit.
    pub max_items: u32,
}

/// A rule that a schema breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct SchemaError {
    /// The names from the outside in, joined by dots.
    pub place: String,
    /// The rule.
    pub message: String,
}

impl fmt::Display for SchemaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", if self.place.is_empty() { "the schema" } else { &self.place }, self.message)
    }
}

impl Schema {
    /// A schema of version 0 without attributes; `description` is Markdown.
    pub fn new(description: impl Into<String>) -> Self {
        Self { version: 0, block: Block { description: description.into(), ..Block::default() } }
    }

    /// Sets the version of the shape.
    #[must_use]
    pub fn version(mut self, version: u32) -> Self {
        self.version = version;
        self
    }

    /// Adds an attribute.
    #[must_use]
    pub fn attribute(mut self, attribute: Attribute) -> Self {
        self.block.attributes.push(attribute);
        self
    }

    /// Adds attributes.
    #[must_use]
    pub fn attributes(mut self, attributes: impl IntoIterator<Item = Attribute>) -> Self {
        self.block.attributes.extend(attributes);
        self
    }

    /// Adds a nested block.
    #[must_use]
    pub fn block(mut self, block: NestedBlock) -> Self {
        self.block.blocks.push(block);
        self
    }

    /// Marks the whole block as deprecated; says what to use instead.
    #[must_use]
    pub fn deprecated(mut self, instead: impl Into<String>) -> Self {
        self.block.deprecation = Some(instead.into());
        self
    }

    /// The type of a value of this schema: an object with every attribute and every block.
    pub fn object_type(&self) -> Type {
        self.block.object_type()
    }

    /// Holds the schema against the rules of the host; returns every rule broken.
    pub fn check(&self) -> Result<(), Vec<SchemaError>> {
        check::schema(self)
    }
}

impl Block {
    /// The type of a value of this block.
    pub fn object_type(&self) -> Type {
        let attributes = self.attributes.iter().map(|attribute| (attribute.name.clone(), attribute.ty()));
        let blocks = self.blocks.iter().map(|block| (block.name.clone(), block.ty()));
        Type::object(attributes.chain(blocks))
    }
}

impl NestedBlock {
    /// A nested block with these attributes and no limits.
    pub fn new(
        name: impl Into<String>,
        nesting: BlockNesting,
        attributes: impl IntoIterator<Item = Attribute>,
    ) -> Self {
        let block = Block { attributes: attributes.into_iter().collect(), ..Block::default() };
        Self { name: name.into(), nesting, block, min_items: 0, max_items: 0 }
    }

    /// Limits how many there are; 0 for no limit.
    #[must_use]
    pub fn items(mut self, min: u32, max: u32) -> Self {
        (self.min_items, self.max_items) = (min, max);
        self
    }

    /// Describes the block in Markdown.
    #[must_use]
    pub fn describe(mut self, description: impl Into<String>) -> Self {
        self.block.description = description.into();
        self
    }

    /// The type of the blocks together.
    pub fn ty(&self) -> Type {
        let inner = self.block.object_type();
        match self.nesting {
            BlockNesting::Single | BlockNesting::Group => inner,
            BlockNesting::List => Type::list(inner),
            BlockNesting::Set => Type::set(inner),
            BlockNesting::Map => Type::map(inner),
        }
    }
}
