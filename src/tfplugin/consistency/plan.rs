//! What a host demands of a plan, and which changes of it make a new object necessary.

use super::is_single_block;
use crate::tfplugin::path::AttributePath;
use crate::tfplugin::schema::{Attribute, Block, BlockNesting, Nesting, Shape};
use crate::tfplugin::value::{Value, ValueError};

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tfplugin::schema::NestedBlock;
    use crate::tfplugin::ty::Type;

    fn block() -> Block {
        let part = || {
            [
                Attribute::new("size", Type::String).required(),
                Attribute::new("made", Type::String).optional().computed(),
            ]
        };
        Block {
            attributes: vec![
                Attribute::new("name", Type::String).optional().replaces(),
                Attribute::new("id", Type::String).computed(),
                Attribute::new("secret", Type::String).optional().write_only(),
                Attribute::map("parts", part()).optional(),
                Attribute::set("bag", part()).optional(),
                Attribute::single("one", [Attribute::new("key", Type::String).required().replaces()]).optional(),
            ],
            blocks: vec![NestedBlock::new("rule", BlockNesting::List, part())],
            ..Block::default()
        }
    }

    fn part(size: &str, made: Value) -> Value {
        Value::object([("size", Value::from(size)), ("made", made)])
    }

    fn value(attributes: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
        let mut value = Value::object(attributes);
        if value.attribute("rule").is_none() {
            value.set_attribute("rule", Value::list([]));
        }
        value.conform(&block().object_type()).unwrap()
    }

    #[test]
    fn each_rule_of_a_plan_is_held_with_its_place() {
        let parts = |size: &str, made: Value| ("parts", Value::map([("k", part(size, made))]));
        let rules = |size: &str| ("rule", Value::list([part(size, Value::Null)]));
        let name = |name: &str| ("name", Value::from(name));
        // Prior, configuration, plan, and the places of the errors.
        let cases = [
            (value([]), value([name("n")]), value([name("n"), ("id", Value::unknown())]), ""),
            (value([]), value([name("n")]), value([name("m")]), "name"),
            (value([name("N")]), value([name("n")]), value([name("N")]), ""),
            (value([]), value([]), value([name("n")]), "name"),
            (value([]), value([("name", Value::unknown())]), value([name("n")]), "name"),
            (value([]), value([("secret", Value::from("s"))]), value([("secret", Value::from("s"))]), "secret"),
            (value([]), value([("secret", Value::from("s"))]), value([]), ""),
            (value([]), value([parts("1", Value::Null)]), value([parts("1", Value::unknown())]), ""),
            (value([]), value([parts("1", Value::Null)]), value([parts("2", Value::from("m"))]), "parts[\"k\"].size"),
            (value([]), value([parts("1", Value::Null)]), value([("parts", Value::map::<String>([]))]), "parts"),
            (value([]), value([parts("1", Value::Null)]), value([]), "parts"),
            (value([]), value([]), value([parts("1", Value::Null)]), "parts"),
            (
                value([]),
                value([("bag", Value::set([part("1", Value::Null)]))]),
                value([("bag", Value::set([part("1", Value::from("m"))]))]),
                "",
            ),
            (
                value([]),
                value([("bag", Value::set([part("1", Value::Null)]))]),
                value([("bag", Value::set([]))]),
                "bag",
            ),
            (value([]), value([rules("1")]), value([rules("1")]), ""),
            (value([]), value([rules("1")]), value([rules("2")]), "rule[0].size"),
            (value([]), value([rules("1")]), value([]), "rule"),
            (value([]), value([("rule", Value::unknown())]), value([rules("2")]), "rule"),
        ];
        for (prior, config, planned, expected) in cases {
            let errors = plan_errors(&block(), &prior, &config, &planned);
            let places: Vec<String> = errors.iter().map(|error| error.path.to_string()).collect();
            assert_eq!(places.join(" "), expected, "{config:?} planned as {planned:?}");
        }
    }

    #[test]
    fn a_replacing_attribute_replaces_when_it_differs() {
        let one = |key: &str| ("one", Value::object([("key", Value::from(key))]));
        let before = value([("name", Value::from("n")), one("k")]);
        let places = |after: &Value| {
            let places = forced_replacements(&block(), &before, after);
            places.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(places(&before), "");
        assert_eq!(places(&value([("name", Value::from("m")), one("k")])), "name");
        assert_eq!(places(&value([("name", Value::from("n")), one("l")])), "one.key");
        assert_eq!(places(&value([("name", Value::unknown()), one("k")])), "name");
        assert!(forced_replacements(&block(), &Value::Null, &before).is_empty(), "nothing is there to be replaced");
    }
}
