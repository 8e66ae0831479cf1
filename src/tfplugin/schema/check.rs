//! The rules that a host holds schemas against, so that a broken schema is found by a test and not by a user.
//!
//! 1. Names are valid identifiers and occur once.
//! 2. An attribute is required, optional, computed, or optional and computed.
//! 3. A write-only attribute is not computed, and stands in no set.
//! 4. No set holds a dynamic type; no collection of ours does, since a host ends in a panic when its elements differ in type.
//! 5. Limits of nested blocks are in order, and absent where the nesting has none.

use std::collections::BTreeSet;

use super::{Attribute, Block, BlockNesting, NestedBlock, Nesting, Schema, SchemaError, Shape, Signature};
use crate::tfplugin::ty::Type;

/// Attribute names that the configuration language keeps for itself in every resource and data block.
const RESERVED: [&str; 7] = ["connection", "count", "depends_on", "for_each", "lifecycle", "provider", "provisioner"];

pub(super) fn schema(schema: &Schema) -> Result<(), Vec<SchemaError>> {
    let mut checker = Checker::default();
    for name in RESERVED {
        let is_used = schema.block.attributes.iter().any(|attribute| attribute.name == name)
            || schema.block.blocks.iter().any(|block| block.name == name);
        if is_used {
            checker.inside(name, |checker| checker.broken("the name belongs to the configuration language"));
        }
    }
    checker.block(&schema.block, false);
    checker.end()
}

pub(super) fn signature(signature: &Signature) -> Result<(), Vec<SchemaError>> {
    let mut checker = Checker::default();
    let mut names = BTreeSet::new();
    for parameter in signature.parameters.iter().chain(&signature.variadic) {
        checker.inside(&parameter.name, |checker| {
            checker.name(&parameter.name, &mut names);
            checker.ty(&parameter.ty);
        });
    }
    checker.inside("result", |checker| checker.ty(&signature.result));
    if signature.summary.is_empty() {
        checker.broken("the summary is missing");
    }
    checker.end()
}

#[derive(Default)]
struct Checker {
    place: Vec<String>,
    errors: Vec<SchemaError>,
}

impl Checker {
    fn end(self) -> Result<(), Vec<SchemaError>> {
        if self.errors.is_empty() { Ok(()) } else { Err(self.errors) }
    }

    fn broken(&mut self, message: &str) {
        self.errors.push(SchemaError { place: self.place.join("."), message: message.to_owned() });
    }

    fn inside(&mut self, name: &str, check: impl FnOnce(&mut Self)) {
        self.place.push(name.to_owned());
        check(self);
        self.place.pop();
    }

    fn block(&mut self, block: &Block, in_set: bool) {
        let mut names = BTreeSet::new();
        self.attributes(&block.attributes, in_set, &mut names);
        for nested in &block.blocks {
            self.inside(&nested.name, |checker| {
                checker.name(&nested.name, &mut names);
                checker.limits(nested);
                checker.block(&nested.block, in_set || nested.nesting == BlockNesting::Set);
            });
        }
    }

    fn limits(&mut self, nested: &NestedBlock) {
        let (min, max) = (nested.min_items, nested.max_items);
        match nested.nesting {
            BlockNesting::Single if min > 1 || max > 1 => self.broken("a single block occurs at most once"),
            BlockNesting::Group | BlockNesting::Map if min != 0 || max != 0 => {
                self.broken("a group or map of blocks has no limits");
            }
            BlockNesting::List | BlockNesting::Set if max != 0 && min > max => {
                self.broken("the fewest blocks are more than the most");
            }
            BlockNesting::Single | BlockNesting::Group | BlockNesting::List | BlockNesting::Set | BlockNesting::Map => {
            }
        }
    }

    fn attributes(&mut self, attributes: &[Attribute], in_set: bool, names: &mut BTreeSet<String>) {
        for attribute in attributes {
            self.inside(&attribute.name, |checker| {
                checker.name(&attribute.name, names);
                checker.attribute(attribute, in_set);
            });
        }
    }

    fn attribute(&mut self, attribute: &Attribute, in_set: bool) {
        match (attribute.is_required, attribute.is_optional, attribute.is_computed) {
            (true, false, false) | (false, true, _) | (false, false, true) => {}
            (false, false, false) => self.broken("say whether it is required, optional or computed"),
            (true, ..) => self.broken("a required attribute is neither optional nor computed"),
        }
        if attribute.is_write_only && attribute.is_computed {
            self.broken("a write-only attribute is not computed");
        }
        if attribute.is_write_only && in_set {
            self.broken("a write-only attribute stands in no set");
        }
        match &attribute.shape {
            Shape::Plain(ty) => self.ty(ty),
            Shape::Nested { nesting, attributes } => {
                if attribute.ty().has_dynamic() && *nesting != Nesting::Single {
                    self.broken("elements of a collection have one type: none of them is dynamic");
                }
                self.attributes(attributes, in_set || *nesting == Nesting::Set, &mut BTreeSet::new());
            }
        }
    }

    fn name(&mut self, name: &str, names: &mut BTreeSet<String>) {
        let is_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        let begins_well = name.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
        if !begins_well || !name.bytes().all(is_word) {
            self.broken("a name is lower case letters, digits and underscores, and begins with a letter");
        }
        if !names.insert(name.to_owned()) {
            self.broken("the name occurs twice");
        }
    }

    fn ty(&mut self, ty: &Type) {
        match ty {
            Type::Dynamic | Type::Bool | Type::Number | Type::String => {}
            Type::List(element) | Type::Set(element) | Type::Map(element) => {
                if element.has_dynamic() {
                    self.broken("elements of a collection have one type: none of them is dynamic");
                }
                self.ty(element);
            }
            Type::Tuple(elements) => elements.iter().for_each(|element| self.ty(element)),
            Type::Object(attributes) => attributes.values().for_each(|attribute| self.ty(attribute)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tfplugin::schema::Parameter;

    fn attribute(name: &str) -> Attribute {
        Attribute::new(name, Type::String)
    }

    #[test]
    fn each_rule_is_found_with_its_place() {
        let cases: Vec<(Schema, &str)> = vec![
            (Schema::new("").attribute(attribute("a")), "a: say whether"),
            (Schema::new("").attribute(attribute("a").required().optional()), "a: a required attribute"),
            (Schema::new("").attribute(attribute("a").required().computed()), "a: a required attribute"),
            (Schema::new("").attribute(attribute("A").optional()), "A: a name is"),
            (Schema::new("").attribute(attribute("").optional()), "the schema: a name is"),
            (Schema::new("").attribute(attribute("count").optional()), "count: the name belongs"),
            (
                Schema::new("").attribute(attribute("a").optional()).block(NestedBlock::new(
                    "a",
                    BlockNesting::List,
                    [],
                )),
                "a: the name occurs twice",
            ),
            (Schema::new("").attribute(attribute("a").optional().computed().write_only()), "a: a write-only"),
            (
                Schema::new("").attribute(Attribute::set("a", [attribute("b").optional().write_only()]).optional()),
                "a.b: a write-only",
            ),
            (Schema::new("").attribute(Attribute::new("a", Type::set(Type::Dynamic)).optional()), "a: elements"),
            (
                Schema::new("")
                    .attribute(Attribute::map("a", [Attribute::new("b", Type::Dynamic).optional()]).optional()),
                "a: elements",
            ),
            (Schema::new("").block(NestedBlock::new("a", BlockNesting::Set, []).items(3, 2)), "a: the fewest"),
            (Schema::new("").block(NestedBlock::new("a", BlockNesting::Single, []).items(0, 2)), "a: a single"),
            (Schema::new("").block(NestedBlock::new("a", BlockNesting::Map, []).items(1, 0)), "a: a group or map"),
        ];
        for (schema, expected) in cases {
            let errors = schema.check().expect_err(expected);
            let first = errors.first().map(ToString::to_string).unwrap_or_default();
            assert!(first.starts_with(expected), "{first} / {expected}");
        }
    }

    #[test]
    fn a_signature_has_unique_parameters_and_a_summary() {
        let parameter = || Parameter::new("x", Type::Number, "");
        assert!(Signature::new(Type::Number, "Adds.").parameter(parameter()).variadic(parameter()).check().is_err());
        assert!(Signature::new(Type::Number, "").check().is_err());
        assert_eq!(Signature::new(Type::Dynamic, "Adds.").parameter(parameter()).check(), Ok(()));
    }
}
