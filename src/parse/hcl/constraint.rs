//! Type constraints of variables, and conversion of values to them, as Terraform converts.

use std::cmp::Ordering;

use hcl_edit::expr::{Expression, ObjectKey};

use super::functions::distinct;
use super::value::Value;
use crate::parse::number::compare;

/// A type constraint.
#[derive(Clone, Debug)]
pub(super) enum Type {
    Any,
    Bool,
    Number,
    Text,
    List(Box<Self>),
    Set(Box<Self>),
    Map(Box<Self>),
    Tuple(Vec<Self>),
    Object(Vec<Field>),
}

/// An attribute of an object type.
#[derive(Clone, Debug)]
pub(super) struct Field {
    name: String,
    kind: Type,
    is_optional: bool,
    default: Value,
}

impl Type {
    /// Reads a constraint such as `map(object({ size = number, note = optional(string, "") }))`; `evaluate` computes defaults.
    pub(super) fn read(
        expression: &Expression,
        evaluate: &mut dyn FnMut(&Expression) -> Option<Value>,
    ) -> Result<Self, String> {
        if let Expression::Variable(name) = expression {
            return match name.as_str() {
                "any" => Ok(Self::Any),
                "bool" => Ok(Self::Bool),
                "number" => Ok(Self::Number),
                "string" => Ok(Self::Text),
                "list" => Ok(Self::List(Box::new(Self::Any))),
                "set" => Ok(Self::Set(Box::new(Self::Any))),
                "map" => Ok(Self::Map(Box::new(Self::Any))),
                other => Err(format!("there is no type `{other}`")),
            };
        }
        let Expression::FuncCall(call) = expression else {
            return Err("a type is expected, such as number or map(string)".to_owned());
        };
        {
            let argument = call.args.iter().next().ok_or("the type needs an argument")?;
            match call.name.name.as_str() {
                "list" => Ok(Self::List(Box::new(Self::read(argument, evaluate)?))),
                "set" => Ok(Self::Set(Box::new(Self::read(argument, evaluate)?))),
                "map" => Ok(Self::Map(Box::new(Self::read(argument, evaluate)?))),
                "tuple" => {
                    let items = argument.as_array().ok_or("tuple needs a list of types")?;
                    Ok(Self::Tuple(items.iter().map(|item| Self::read(item, evaluate)).collect::<Result<_, _>>()?))
                }
                "object" => {
                    let fields = argument.as_object().ok_or("object needs a map of types")?;
                    let field = |(key, value): (&ObjectKey, &hcl_edit::expr::ObjectValue)| {
                        Field::read(key, value.expr(), evaluate)
                    };
                    Ok(Self::Object(fields.iter().map(field).collect::<Result<_, _>>()?))
                }
                other => Err(format!("there is no type `{other}`")),
            }
        }
    }

    /// `value` as a value of this type. Null is a value of every type.
    pub(super) fn convert(&self, value: &Value) -> Result<Value, String> {
        let refused = |expected: &str| Err(format!("{expected} is expected, not {}", value.kind()));
        match (self, value) {
            (_, Value::Null) | (Self::Any, _) => Ok(value.clone()),
            (Self::Bool, _) => value.as_bool().map(Value::Bool).map_or_else(|| refused("a boolean"), Ok),
            (Self::Number, _) => value.as_number().map(Value::Number).map_or_else(|| refused("a number"), Ok),
            (Self::Text, _) => value.as_text().map(Value::Text).map_or_else(|| refused("a string"), Ok),
            (Self::List(of), Value::List(list)) => items(of, list).map(Value::list),
            (Self::Set(of), Value::List(list)) => {
                let mut set = distinct(&items(of, list)?);
                set.sort_by(in_a_set);
                Ok(Value::list(set))
            }
            (Self::Map(of), Value::Map(map)) => {
                let entries = map.iter().map(|(key, value)| Ok((key.clone(), of.convert(value)?)));
                Ok(Value::map(entries.collect::<Result<Vec<_>, String>>()?))
            }
            (Self::Tuple(types), Value::List(list)) if types.len() == list.len() => {
                let parts = types.iter().zip(list.iter()).map(|(kind, item)| kind.convert(item));
                Ok(Value::list(parts.collect::<Result<Vec<_>, _>>()?))
            }
            (Self::Object(fields), Value::Map(map)) => {
                let field = |field: &Field| Ok((field.name.clone(), field.convert(map.get(&field.name))?));
                Ok(Value::map(fields.iter().map(field).collect::<Result<Vec<_>, String>>()?))
            }
            (Self::List(_) | Self::Set(_), _) => refused("a list"),
            (Self::Tuple(types), _) => refused(&format!("a list of {} items", types.len())),
            (Self::Map(_) | Self::Object(_), _) => refused("a map"),
        }
    }

    /// True if a value given as text on the command line is that text itself, rather than an expression.
    pub(super) const fn takes_plain_text(&self) -> bool {
        matches!(self, Self::Any | Self::Text)
    }
}

/// The order of a set: numbers by value, everything else by its text.
fn in_a_set(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => compare(*a, *b),
        _ => a.as_text().cmp(&b.as_text()),
    }
}

fn items(of: &Type, list: &[Value]) -> Result<Vec<Value>, String> {
    list.iter().map(|item| of.convert(item)).collect()
}

impl Field {
    fn read(
        key: &ObjectKey,
        expression: &Expression,
        evaluate: &mut dyn FnMut(&Expression) -> Option<Value>,
    ) -> Result<Self, String> {
        let name = match key {
            ObjectKey::Ident(name) | ObjectKey::Expression(Expression::Variable(name)) => name.to_string(),
            ObjectKey::Expression(Expression::String(name)) => name.to_string(),
            ObjectKey::Expression(_) => return Err("an attribute's name must be written out".to_owned()),
        };
        if let Expression::FuncCall(call) = expression
            && call.name.name.as_str() == "optional"
        {
            let mut arguments = call.args.iter();
            let kind = Type::read(arguments.next().ok_or("optional needs a type")?, evaluate)?;
            let default = match arguments.next() {
                Some(default) => evaluate(default).ok_or("the default cannot be computed")?,
                None => Value::Null,
            };
            return Ok(Self { name, kind, is_optional: true, default });
        }
        Ok(Self { name, kind: Type::read(expression, evaluate)?, is_optional: false, default: Value::Null })
    }

    fn convert(&self, value: Option<&Value>) -> Result<Value, String> {
        let given = value.filter(|value| **value != Value::Null);
        match given {
            Some(value) => self.kind.convert(value).map_err(|fault| format!("{}: {fault}", self.name)),
            None if self.is_optional => self.kind.convert(&self.default),
            None if value.is_some() => Ok(Value::Null),
            None => Err(format!("the attribute `{}` is missing", self.name)),
        }
    }
}
