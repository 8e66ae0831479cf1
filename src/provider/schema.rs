//! Schemas and results, derived from the two tables of the language.
//!
//! | language | attribute |
//! |---|---|
//! | object | nested attribute, single |
//! | map of objects | nested attribute, map |
//! | map, set, list of anything else | attribute of that type |
//! | document | string: its JSON text |
//!
//! An argument and a result of one name (`catalog`: what is changed, and what came of it) become one attribute that has both.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::parse::language::{Argument, CATALOG, Kind as Given, PROBLEM};
use crate::render::language::{Field, Kind as Made, RESULT};
use crate::tfplugin::{Attribute, Diagnostics, Schema, Shape, Step, Type, Value, ValueError};

/// The provider block.
pub(super) fn provider() -> Schema {
    let catalog = Attribute::single("catalog", CATALOG.iter().map(argument)).optional();
    Schema::new(
        "Computes the provably cheapest placement of a distributed system from an embedded catalog of regions, machine types, prices and \
         round trips. Needs no credentials and no network.",
    )
    .attribute(catalog.describe(
        "Changes to the embedded catalog for every data source of this provider: negotiated prices, own prices, excluded types, costs of \
         regions. The `catalog` of a data source is applied after it.",
    ))
}

/// The block of `stowage_placement`.
pub(super) fn placement() -> Schema {
    let mut attributes: Vec<Attribute> = PROBLEM.iter().map(argument).collect();
    for field in RESULT {
        let made = result_attribute(field);
        match attributes.iter_mut().find(|attribute| attribute.name == made.name) {
            Some(given) => unite(given, made),
            None => attributes.push(made),
        }
    }
    Schema::new(
        "Places request-serving workloads: which regions, which machine types, how many instances in which zones, and who is served where, \
         so that every promise holds and nothing costs less. The answer is proven, and the same on every machine.",
    )
    .attributes(attributes)
}

/// The attribute that an argument is.
fn argument(argument: &Argument) -> Attribute {
    let attribute = match argument.kind {
        Given::Object(arguments) => Attribute::single(argument.name, arguments.iter().map(self::argument)),
        Given::Map { of: Given::Object(arguments), .. } => {
            Attribute::map(argument.name, arguments.iter().map(self::argument))
        }
        Given::Bool
        | Given::Number(_)
        | Given::Text
        | Given::Word(_)
        | Given::Document(_)
        | Given::List { .. }
        | Given::Set { .. }
        | Given::Map { .. } => Attribute::new(argument.name, given_type(argument.kind)),
    };
    let default = argument.default.map(|default| format!(" Default: `{default}`.")).unwrap_or_default();
    let attribute = attribute.describe(format!("{}{default}", argument.description));
    if argument.required { attribute.required() } else { attribute.optional() }
}

fn given_type(kind: &Given) -> Type {
    match kind {
        Given::Bool => Type::Bool,
        Given::Number(_) => Type::Number,
        Given::Text | Given::Word(_) | Given::Document(_) => Type::String,
        Given::List { of, .. } => Type::list(given_type(of)),
        Given::Set { of, .. } => Type::set(given_type(of)),
        Given::Map { of, .. } => Type::map(given_type(of)),
        Given::Object(arguments) => {
            Type::object(arguments.iter().map(|argument| (argument.name, given_type(argument.kind))))
        }
    }
}

/// The attribute that a field of the result is.
fn result_attribute(field: &Field) -> Attribute {
    let attribute = match field.kind {
        Made::Object(fields) => Attribute::single(field.name, fields.iter().map(result_attribute)),
        Made::Map { of: Made::Object(fields), .. } => Attribute::map(field.name, fields.iter().map(result_attribute)),
        Made::List(Made::Object(fields)) => Attribute::list(field.name, fields.iter().map(result_attribute)),
        Made::Bool | Made::Number | Made::Whole | Made::Text | Made::Word(_) | Made::List(_) | Made::Map { .. } => {
            Attribute::new(field.name, made_type(field.kind))
        }
    };
    attribute.describe(field.description).computed()
}

fn made_type(kind: &Made) -> Type {
    match kind {
        Made::Bool => Type::Bool,
        Made::Number | Made::Whole => Type::Number,
        Made::Text | Made::Word(_) => Type::String,
        Made::List(of) => Type::list(made_type(of)),
        Made::Map { of, .. } => Type::map(made_type(of)),
        Made::Object(fields) => made_object(fields),
    }
}

fn made_object(fields: &[Field]) -> Type {
    Type::object(fields.iter().map(|field| (field.name, made_type(field.kind))))
}

/// One attribute of an argument and a result that share a name: an object that has what both have.
fn unite(given: &mut Attribute, made: Attribute) {
    given.is_computed = true;
    given.description = format!("{} Read back: {}", given.description, made.description);
    if let (Shape::Nested { attributes: given, .. }, Shape::Nested { attributes: made, .. }) =
        (&mut given.shape, made.shape)
    {
        given.extend(made);
    }
}

/// The attributes that `result` gives, beside those of `config`.
pub(super) fn result(result: &serde_json::Value, config: &Value) -> Result<Value, Diagnostics> {
    // The host waits for nothing else: the long parts are read side by side.
    let read = |field: &Field| {
        let value = Value::from_json(&result[field.name], &made_type(field.kind));
        let value = value.map_err(|error| error.within(Step::Attribute(field.name.to_owned())))?;
        Ok((field.name.to_owned(), value))
    };
    let attributes: Result<BTreeMap<String, Value>, ValueError> = RESULT.par_iter().map(read).collect();
    let mut attributes =
        attributes.map_err(|error| error.to_diagnostic("Internal error of the provider: unsuitable result"))?;
    for argument in PROBLEM {
        let given = config.attribute(argument.name).cloned().unwrap_or(Value::Null);
        let value = match attributes.remove(argument.name) {
            Some(made) => united(made, &given, argument.kind),
            None => given,
        };
        attributes.insert(argument.name.to_owned(), value);
    }
    Ok(Value::Object(attributes))
}

/// What was made and, beside it, what was given; null where nothing was.
fn united(made: Value, given: &Value, kind: &Given) -> Value {
    let (Value::Object(mut made), Given::Object(arguments)) = (made, kind) else { return given.clone() };
    for argument in *arguments {
        made.insert(argument.name.to_owned(), given.attribute(argument.name).cloned().unwrap_or(Value::Null));
    }
    Value::Object(made)
}
