//! Makes a value that a provider wrote fit its schema type exactly, or says where it does not.
//!
//! What has one possible meaning is filled in: attributes left out are null; a list stands for a set or tuple, an object for a map
//! and a map for an object; a value where the schema says `dynamic` gets the type it implies. Nothing else is converted.

use std::collections::BTreeMap;

use super::{Value, ValueError};
use crate::tfplugin::path::Step;
use crate::tfplugin::ty::Type;

impl Value {
    /// The value as one of type `ty`.
    pub fn conform(self, ty: &Type) -> Result<Self, ValueError> {
        conform(self, ty)
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

fn conform(value: Value, ty: &Type) -> Result<Value, ValueError> {
    match (ty, value) {
        (_, value @ (Value::Null | Value::Unknown(_)))
        | (Type::Bool, value @ Value::Bool(_))
        | (Type::Number, value @ Value::Number(_))
        | (Type::String, value @ Value::String(_)) => Ok(value),
        (Type::List(element), Value::List(elements)) => each(elements, |_| Some(&**element)).map(Value::List),
        (Type::Set(element), Value::Set(elements) | Value::List(elements)) => {
            let elements: Result<Vec<_>, _> = elements.into_iter().map(|value| conform(value, element)).collect();
            elements
                .map(Value::set)
                .map_err(|error| ValueError::here(format!("in an element of the set: {}", error.message)))
        }
        (Type::Tuple(types), Value::Tuple(elements) | Value::List(elements) | Value::Set(elements))
            if types.len() == elements.len() =>
        {
            each(elements, |index| types.get(index)).map(Value::Tuple)
        }
        (Type::Map(element), Value::Map(mut elements) | Value::Object(mut elements)) => {
            for (key, value) in &mut elements {
                in_place(value, element).map_err(|error| error.within(Step::Key(key.clone())))?;
            }
            Ok(Value::Map(elements))
        }
        (Type::Object(types), Value::Object(attributes) | Value::Map(attributes)) => object(attributes, types),
        (Type::Dynamic, Value::Dynamic(ty, value)) => {
            let value = conform(*value, &ty)?;
            Ok(if value.is_null() || value.is_unknown() { value } else { Value::Dynamic(ty, Box::new(value)) })
        }
        (Type::Dynamic, value) => {
            let ty = value.implied_type();
            let value = conform(value, &ty)?;
            Ok(Value::Dynamic(Box::new(ty), Box::new(value)))
        }
        (ty, value) => Err(ValueError::here(format!("{} given, {ty} required", value.kind()))),
    }
}

fn in_place(value: &mut Value, ty: &Type) -> Result<(), ValueError> {
    *value = conform(std::mem::replace(value, Value::Null), ty)?;
    Ok(())
}

fn each<'t>(elements: Vec<Value>, ty: impl Fn(usize) -> Option<&'t Type>) -> Result<Vec<Value>, ValueError> {
    let conforming = elements.into_iter().enumerate().map(|(index, value)| {
        let conforming = match ty(index) {
            Some(ty) => conform(value, ty),
            None => Err(ValueError::here("unexpected element")),
        };
        conforming.map_err(|error| error.within(Step::Index(index)))
    });
    conforming.collect()
}

fn object(mut attributes: BTreeMap<String, Value>, types: &BTreeMap<String, Type>) -> Result<Value, ValueError> {
    if attributes.len() != types.len() || !attributes.keys().eq(types.keys()) {
        for name in types.keys() {
            attributes.entry(name.clone()).or_insert(Value::Null);
        }
    }
    if attributes.len() > types.len() {
        let unexpected = attributes.keys().find(|name| !types.contains_key(*name)).cloned().unwrap_or_default();
        return Err(ValueError::here(format!("unexpected attribute {unexpected:?}")));
    }
    // Both are in the order of names, and have the same.
    for ((name, value), ty) in attributes.iter_mut().zip(types.values()) {
        in_place(value, ty).map_err(|error| error.within(Step::Attribute(name.clone())))?;
    }
    Ok(Value::Object(attributes))
}
