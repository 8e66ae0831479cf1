//! Makes a value that a provider wrote fit its schema type exactly, or says where it does not.
//!
//! What has one possible meaning is filled in: attributes left out are null; a list stands for a set or tuple, an object for a map
//! and a map for an object; a value where the schema says `dynamic` gets the type it implies. Nothing else is converted.

use std::collections::BTreeMap;

use super::{Value, ValueError};
use crate::tfplugin::path::{AttributePath, Step};
use crate::tfplugin::ty::Type;

impl Value {
    /// The value as one of type `ty`.
    pub fn conform(self, ty: &Type) -> Result<Self, ValueError> {
        conform(self, ty, &mut AttributePath::root())
    }

    /// The type that a value implies: tuples and objects for what has parts, `dynamic` for null and unknown parts.
    pub fn implied_type(&self) -> Type {
        match self {
            Self::Null | Self::Unknown(_) => Type::Dynamic,
            Self::Bool(_) => Type::Bool,
            Self::Number(_) => Type::Number,
            Self::String(_) => Type::String,
            // Elements of a list must agree in type, those of a tuple need not: a host ends in a panic where a list's do not.
            Self::List(elements) | Self::Set(elements) | Self::Tuple(elements) => {
                Type::Tuple(elements.iter().map(Self::implied_type).collect())
            }
            Self::Map(attributes) | Self::Object(attributes) => {
                Type::object(attributes.iter().map(|(name, value)| (name.clone(), value.implied_type())))
            }
            Self::Dynamic(ty, _) => (**ty).clone(),
        }
    }
}

fn conform(value: Value, ty: &Type, path: &mut AttributePath) -> Result<Value, ValueError> {
    match (ty, value) {
        (_, value @ (Value::Null | Value::Unknown(_)))
        | (Type::Bool, value @ Value::Bool(_))
        | (Type::Number, value @ Value::Number(_))
        | (Type::String, value @ Value::String(_)) => Ok(value),
        (Type::List(element), Value::List(elements)) => each(elements, |_| Some(&**element), path).map(Value::List),
        (Type::Set(element), Value::Set(elements) | Value::List(elements)) => {
            let mut inside = AttributePath::root();
            let elements: Result<Vec<_>, _> =
                elements.into_iter().map(|value| conform(value, element, &mut inside)).collect();
            elements
                .map(Value::set)
                .map_err(|error| ValueError::new(path, format!("in an element of the set: {}", error.message)))
        }
        (Type::Tuple(types), Value::Tuple(elements) | Value::List(elements) | Value::Set(elements))
            if types.len() == elements.len() =>
        {
            each(elements, |index| types.get(index), path).map(Value::Tuple)
        }
        (Type::Map(element), Value::Map(elements) | Value::Object(elements)) => {
            let elements = elements.into_iter().map(|(key, value)| {
                path.push(Step::Key(key.clone()));
                let value = conform(value, element, path)?;
                path.pop();
                Ok((key, value))
            });
            elements.collect::<Result<_, _>>().map(Value::Map)
        }
        (Type::Object(types), Value::Object(attributes) | Value::Map(attributes)) => object(attributes, types, path),
        (Type::Dynamic, Value::Dynamic(ty, value)) => {
            let value = conform(*value, &ty, path)?;
            Ok(if value.is_null() || value.is_unknown() { value } else { Value::Dynamic(ty, Box::new(value)) })
        }
        (Type::Dynamic, value) => {
            let ty = value.implied_type();
            let value = conform(value, &ty, path)?;
            Ok(Value::Dynamic(Box::new(ty), Box::new(value)))
        }
        (ty, value) => Err(ValueError::new(path, format!("{} given, {ty} required", value.kind()))),
    }
}

fn each<'t>(
    elements: Vec<Value>,
    ty: impl Fn(usize) -> Option<&'t Type>,
    path: &mut AttributePath,
) -> Result<Vec<Value>, ValueError> {
    let mut conforming = Vec::with_capacity(elements.len());
    for (index, value) in elements.into_iter().enumerate() {
        path.push(Step::Index(index));
        let ty = ty(index).ok_or_else(|| ValueError::new(path, "unexpected element"))?;
        conforming.push(conform(value, ty, path)?);
        path.pop();
    }
    Ok(conforming)
}

fn object(
    mut attributes: BTreeMap<String, Value>,
    types: &BTreeMap<String, Type>,
    path: &mut AttributePath,
) -> Result<Value, ValueError> {
    let mut conforming = BTreeMap::new();
    for (name, ty) in types {
        path.push(Step::Attribute(name.clone()));
        let value = attributes.remove(name).unwrap_or(Value::Null);
        conforming.insert(name.clone(), conform(value, ty, path)?);
        path.pop();
    }
    match attributes.keys().next() {
        None => Ok(Value::Object(conforming)),
        Some(name) => Err(ValueError::new(path, format!("unexpected attribute {name:?}"))),
    }
}
