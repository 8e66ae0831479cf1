//! Filling in what follows from the schema: computed attributes that are not known yet, write-only ones that are never stored, and
//! what a provider left out.

use std::collections::BTreeMap;

use super::is_single_block;
use crate::tfplugin::path::{AttributePath, Step};
use crate::tfplugin::schema::{Attribute, Block, BlockNesting, Nesting, Shape};
use crate::tfplugin::value::Value;

/// Where an element of a collection finds its counterpart in another.
#[derive(Clone, Copy)]
enum Matching {
    ByStep,
    /// Elements of sets have no address: they have no counterpart.
    Never,
}

impl From<Nesting> for Matching {
    fn from(nesting: Nesting) -> Self {
        match nesting {
            Nesting::Single | Nesting::List | Nesting::Map => Self::ByStep,
            Nesting::Set => Self::Never,
        }
    }
}

impl From<BlockNesting> for Matching {
    fn from(nesting: BlockNesting) -> Self {
        match nesting {
            BlockNesting::Single | BlockNesting::Group | BlockNesting::List | BlockNesting::Map => Self::ByStep,
            BlockNesting::Set => Self::Never,
        }
    }
}

/// `planned` with every computed attribute unknown that the configuration leaves open.
pub(crate) fn with_computed_unknown(block: &Block, planned: Value, config: &Value) -> Value {
    let in_attributes = |planned: Value| {
        each_attribute(&block.attributes, planned, config, &mut |attribute, planned, config| {
            if attribute.is_computed && config.is_null() { Value::unknown() } else { planned }
        })
    };
    let mut planned = in_attributes(planned);
    for nested in &block.blocks {
        if let Some(value) = take_attribute(&mut planned, &nested.name) {
            let config = config.attribute(&nested.name).unwrap_or(&Value::Null);
            let value =
                each_object(value, config, nested.nesting.into(), is_single_block(nested), &mut |object, config| {
                    with_computed_unknown(&nested.block, object, config)
                });
            planned.set_attribute(&nested.name, value);
        }
    }
    planned
}

/// `value` with every write-only attribute null.
pub(crate) fn without_write_only(block: &Block, value: Value) -> Value {
    let mut value = each_attribute(&block.attributes, value, &Value::Null, &mut |attribute, value, _| {
        if attribute.is_write_only { Value::Null } else { value }
    });
    for nested in &block.blocks {
        if let Some(inner) = take_attribute(&mut value, &nested.name) {
            let single = is_single_block(nested);
            let inner = each_object(inner, &Value::Null, nested.nesting.into(), single, &mut |object, _| {
                without_write_only(&nested.block, object)
            });
            value.set_attribute(&nested.name, inner);
        }
    }
    value
}

/// `value` with attributes that it leaves out taken from `other`, where they are known there.
pub(crate) fn completed(value: Value, other: &Value) -> Value {
    match (value, other) {
        (Value::Object(mut attributes), Value::Object(others)) => {
            for (name, other) in others {
                if !attributes.contains_key(name) && other.is_wholly_known() {
                    attributes.insert(name.clone(), other.clone());
                }
            }
            Value::Object(attributes)
        }
        (value, _) => value,
    }
}

type Change<'f> = &'f mut dyn FnMut(&Attribute, Value, &Value) -> Value;

/// Applies `change` to every attribute from the outside in, with its counterpart in `other`.
fn each_attribute(attributes: &[Attribute], value: Value, other: &Value, change: Change<'_>) -> Value {
    let mut value = value;
    for attribute in attributes {
        let Some(inner) = take_attribute(&mut value, &attribute.name) else { continue };
        let other = other.attribute(&attribute.name).unwrap_or(&Value::Null);
        let inner = change(attribute, inner, other);
        let inner = match &attribute.shape {
            Shape::Plain(_) => inner,
            Shape::Nested { nesting, attributes } => {
                let single = *nesting == Nesting::Single;
                each_object(inner, other, (*nesting).into(), single, &mut |object, other| {
                    each_attribute(attributes, object, other, change)
                })
            }
        };
        value.set_attribute(&attribute.name, inner);
    }
    value
}

/// Applies `change` to the object, or to each object of a collection, with its counterpart in `other`.
fn each_object(
    value: Value,
    other: &Value,
    matching: Matching,
    is_single: bool,
    change: &mut dyn FnMut(Value, &Value) -> Value,
) -> Value {
    if is_single {
        return if let Value::Object(_) = value { change(value, other) } else { value };
    }
    let counterpart = |step: Step| match matching {
        Matching::ByStep => other.at(&AttributePath::root().with(step)).unwrap_or(&Value::Null),
        Matching::Never => &Value::Null,
    };
    match value {
        Value::List(elements) => {
            let elements = elements.into_iter().enumerate();
            Value::list(elements.map(|(index, element)| change(element, counterpart(Step::Index(index)))))
        }
        Value::Map(elements) => {
            let change = |(key, element)| {
                let other = counterpart(Step::Key(String::clone(&key)));
                (key, change(element, other))
            };
            Value::Map(elements.into_iter().map(change).collect::<BTreeMap<_, _>>())
        }
        Value::Set(elements) => {
            Value::set(elements.into_iter().map(|element| {
                // What an element of a set computes may be known from before; only what is still open is unknown.
                let known = element.clone();
                change(element, &known)
            }))
        }
        Value::Null
        | Value::Unknown(_)
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Tuple(_)
        | Value::Object(_)
        | Value::Dynamic(..) => value,
    }
}

fn take_attribute(value: &mut Value, name: &str) -> Option<Value> {
    if let Value::Object(attributes) = value { attributes.remove(name) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tfplugin::schema::NestedBlock;
    use crate::tfplugin::ty::Type;

    fn block() -> Block {
        let inner = || {
            [
                Attribute::new("set", Type::String).optional(),
                Attribute::new("made", Type::String).optional().computed(),
                Attribute::new("secret", Type::String).optional().write_only(),
            ]
        };
        let mut block = Block { attributes: inner().into(), ..Block::default() };
        block.attributes.push(Attribute::map("map", inner()).optional());
        block.attributes.push(Attribute::set("bag", inner().into_iter().take(2)).optional());
        block.attributes.push(Attribute::single("one", inner()).optional().computed());
        block.blocks.push(NestedBlock::new("rule", BlockNesting::List, inner()));
        block
    }

    /// An object with `set` and `made`.
    fn object(made: Value) -> Value {
        Value::object([("set", Value::from("x")), ("made", made), ("secret", Value::from("s"))])
    }

    fn whole(made: &Value) -> Value {
        let mut bagged = object(made.clone());
        if let Value::Object(attributes) = &mut bagged {
            attributes.remove("secret");
        }
        let mut value = object(made.clone());
        value.set_attribute("map", Value::map([("k", object(made.clone()))]));
        value.set_attribute("bag", Value::set([bagged]));
        value.set_attribute("one", Value::Null);
        value.set_attribute("rule", Value::list([object(made.clone())]));
        value
    }

    #[test]
    fn what_is_computed_and_open_is_unknown_at_every_depth() {
        let config = whole(&Value::Null);
        let mut expected = whole(&Value::unknown());
        expected.set_attribute("one", Value::unknown());
        assert_eq!(with_computed_unknown(&block(), config.clone(), &config), expected);

        let mut configured = whole(&Value::from("given"));
        let mut expected = configured.clone();
        expected.set_attribute("one", Value::unknown());
        assert_eq!(with_computed_unknown(&block(), configured.clone(), &configured), expected);
        configured.set_attribute("map", Value::unknown());
        expected.set_attribute("map", Value::unknown());
        assert_eq!(with_computed_unknown(&block(), configured.clone(), &configured), expected);
    }

    #[test]
    fn what_is_write_only_is_null_at_every_depth() {
        let stored = without_write_only(&block(), whole(&Value::Null));
        let map = AttributePath::root().attribute("map").key("k").attribute("secret");
        let rule = AttributePath::root().attribute("rule").index(0).attribute("secret");
        for path in [AttributePath::root().attribute("secret"), map, rule] {
            assert_eq!(stored.at(&path), Some(&Value::Null), "{path}");
        }
        assert_eq!(stored.attribute("set"), Some(&Value::from("x")));
    }

    #[test]
    fn what_is_left_out_is_taken_where_it_is_known() {
        let other = Value::object([("a", Value::from("x")), ("b", Value::unknown()), ("c", Value::from("y"))]);
        let result = completed(Value::object([("c", Value::from("own"))]), &other);
        assert_eq!(result, Value::object([("a", Value::from("x")), ("c", Value::from("own"))]));
    }
}
