//! What a host demands of planned and final values, and how the adapter helps a provider to keep to it.
//!
//! A plan, attribute by attribute, mirrors the configuration: a configured value is planned as it is (or as it was before, for a
//! change of spelling only); what is not configured is null unless the provider computes it; write-only values are null. After
//! the change every part of the plan that was known comes out exactly so, and nothing is unknown.

use std::collections::BTreeMap;

use super::path::{AttributePath, Step};
use super::schema::{Attribute, Block, BlockNesting, NestedBlock, Nesting, Shape};
use super::value::{Value, ValueError};

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

fn is_single_block(nested: &NestedBlock) -> bool {
    matches!(nested.nesting, BlockNesting::Single | BlockNesting::Group)
}

/// The places where a change replaces the object: attributes that say so and differ.
pub(crate) fn forced_replacements(block: &Block, prior: &Value, planned: &Value) -> Vec<AttributePath> {
    let mut found = Vec::new();
    replacements(&block.attributes, prior, planned, &AttributePath::root(), &mut found);
    found
}

fn replacements(
    attributes: &[Attribute],
    prior: &Value,
    planned: &Value,
    path: &AttributePath,
    found: &mut Vec<AttributePath>,
) {
    for attribute in attributes {
        let at = path.attribute(&attribute.name);
        let (Some(before), Some(after)) = (prior.attribute(&attribute.name), planned.attribute(&attribute.name)) else {
            continue;
        };
        if attribute.forces_replacement && before != after {
            found.push(at);
            continue;
        }
        match &attribute.shape {
            Shape::Nested { nesting: Nesting::Single, attributes } => {
                replacements(attributes, before, after, &at, found);
            }
            Shape::Nested { nesting: Nesting::List | Nesting::Map, attributes } => {
                for (step, before) in before.children() {
                    let step_path = AttributePath::root().with(step.clone());
                    if let Some(after) = after.at(&step_path) {
                        replacements(attributes, before, after, &at.with(step), found);
                    }
                }
            }
            Shape::Nested { nesting: Nesting::Set, .. } | Shape::Plain(_) => {}
        }
    }
}

/// Every place where a plan breaks a rule of the host.
pub(crate) fn plan_errors(block: &Block, prior: &Value, config: &Value, planned: &Value) -> Vec<ValueError> {
    let mut errors = Vec::new();
    block_plan(block, prior, config, planned, &AttributePath::root(), &mut errors);
    errors
}

fn block_plan(
    block: &Block,
    prior: &Value,
    config: &Value,
    planned: &Value,
    path: &AttributePath,
    errors: &mut Vec<ValueError>,
) {
    attributes_plan(&block.attributes, prior, config, planned, path, errors);
    for nested in &block.blocks {
        let at = path.attribute(&nested.name);
        let [prior, config, planned] =
            [prior, config, planned].map(|value| value.attribute(&nested.name).unwrap_or(&Value::Null));
        if config.is_unknown() || nested.nesting == BlockNesting::Set {
            let differ = if config.is_unknown() { config != planned } else { length(config) != length(planned) };
            if differ {
                errors.push(ValueError::new(&at, "the blocks differ from the configuration"));
            }
            continue;
        }
        let single = is_single_block(nested);
        for_matching(prior, config, planned, single, &at, errors, &mut |prior, config, planned, path, errors| {
            block_plan(&nested.block, prior, config, planned, path, errors);
        });
    }
}

fn attributes_plan(
    attributes: &[Attribute],
    prior: &Value,
    config: &Value,
    planned: &Value,
    path: &AttributePath,
    errors: &mut Vec<ValueError>,
) {
    for attribute in attributes {
        let [prior, config, planned] =
            [prior, config, planned].map(|value| value.attribute(&attribute.name).unwrap_or(&Value::Null));
        attribute_plan(attribute, prior, config, planned, &path.attribute(&attribute.name), errors);
    }
}

fn attribute_plan(
    attribute: &Attribute,
    prior: &Value,
    config: &Value,
    planned: &Value,
    path: &AttributePath,
    errors: &mut Vec<ValueError>,
) {
    if attribute.is_write_only {
        if !planned.is_null() {
            errors.push(ValueError::new(path, "a write-only attribute is planned with a value"));
        }
        return;
    }
    if planned == config {
        return;
    }
    if config.is_null() {
        if !attribute.is_computed {
            errors.push(ValueError::new(path, "a value is planned that is neither configured nor computed"));
        }
        return;
    }
    if !prior.is_null() && planned == prior && !matches!(attribute.shape, Shape::Nested { .. }) {
        return;
    }
    match &attribute.shape {
        Shape::Nested { nesting: Nesting::Set, .. } if !planned.is_null() && length(config) == length(planned) => {}
        Shape::Nested { nesting: nesting @ (Nesting::Single | Nesting::List | Nesting::Map), attributes }
            if !planned.is_null() && !planned.is_unknown() && !config.is_unknown() =>
        {
            let single = *nesting == Nesting::Single;
            for_matching(prior, config, planned, single, path, errors, &mut |prior, config, planned, path, errors| {
                attributes_plan(attributes, prior, config, planned, path, errors);
            });
        }
        Shape::Nested { .. } | Shape::Plain(_) => {
            errors.push(ValueError::new(path, "another value is planned than is configured"));
        }
    }
}

type CheckObject<'f> = &'f mut dyn FnMut(&Value, &Value, &Value, &AttributePath, &mut Vec<ValueError>);

/// Checks the object, or each object of a list or map, against those at the same place.
fn for_matching(
    prior: &Value,
    config: &Value,
    planned: &Value,
    is_single: bool,
    path: &AttributePath,
    errors: &mut Vec<ValueError>,
    check: CheckObject<'_>,
) {
    if is_single {
        if config.is_null() != planned.is_null() {
            errors.push(ValueError::new(path, "planned where it is not configured, or the other way round"));
        } else if !config.is_null() {
            check(prior, config, planned, path, errors);
        }
        return;
    }
    let steps = |value: &Value| value.children().into_iter().map(|(step, _)| step).collect::<Vec<_>>();
    if steps(config) != steps(planned) {
        errors.push(ValueError::new(path, "the planned elements are not those configured"));
        return;
    }
    for step in steps(config) {
        let here = AttributePath::root().with(step.clone());
        let [prior, config, planned] = [prior, config, planned].map(|value| value.at(&here).unwrap_or(&Value::Null));
        check(prior, config, planned, &path.with(step), errors);
    }
}

fn length(value: &Value) -> Option<usize> {
    match value {
        Value::List(elements) | Value::Set(elements) | Value::Tuple(elements) => Some(elements.len()),
        Value::Map(elements) | Value::Object(elements) => Some(elements.len()),
        Value::Dynamic(_, value) => length(value),
        Value::Null | Value::Unknown(_) | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

/// Every place where the outcome of a change differs from what was known in its plan.
pub(crate) fn outcome_errors(planned: &Value, actual: &Value) -> Vec<ValueError> {
    let mut errors = Vec::new();
    outcome(planned, actual, &AttributePath::root(), &mut errors);
    errors
}

fn outcome(planned: &Value, actual: &Value, path: &AttributePath, errors: &mut Vec<ValueError>) {
    let mut differs = |message: &str| errors.push(ValueError::new(path, message));
    match (planned, actual) {
        (Value::Unknown(refinements), actual) => {
            let broken = match (refinements.null, &refinements.prefix, actual) {
                (Some(null), _, actual) if null != actual.is_null() => true,
                (_, Some(prefix), Value::String(text)) => !text.starts_with(prefix.as_str()),
                _ => false,
            };
            if broken {
                differs("the value is not what was promised of it");
            }
        }
        (Value::Dynamic(_, planned), Value::Dynamic(_, actual)) => outcome(planned, actual, path, errors),
        (Value::Set(planned), Value::Set(actual)) => {
            let has_counterpart =
                |actual: &Value| planned.iter().any(|planned| outcome_errors(planned, actual).is_empty());
            if actual.len() > planned.len() || !actual.iter().all(has_counterpart) {
                differs("the set has elements that were not planned");
            } else if planned.iter().any(|planned| planned.is_wholly_known() && !actual.contains(planned)) {
                differs("the set lacks elements that were planned");
            }
        }
        (Value::List(_), Value::List(_))
        | (Value::Tuple(_), Value::Tuple(_))
        | (Value::Map(_), Value::Map(_))
        | (Value::Object(_), Value::Object(_)) => {
            let (planned, actual) = (planned.children(), actual.children());
            if planned.iter().map(|(step, _)| step).ne(actual.iter().map(|(step, _)| step)) {
                differs("the elements are not those planned");
                return;
            }
            for ((step, planned), (_, actual)) in planned.into_iter().zip(actual) {
                outcome(planned, actual, &path.with(step), errors);
            }
        }
        (planned, actual) if planned == actual => {}
        _ => differs("the value is not the one planned"),
    }
}
