//! The functions an expression may call: those of Terraform that compute, by the same names and with the same results.
//!
//! What reads the clock or secrets is not here: an answer must follow from the texts alone. What reads files is in [`files`](super::files). `try` and `can` are in
//! [`eval`](super::eval), because they look at expressions, not values.

use std::rc::Rc;

use super::value::Value;
use crate::units::Decimal;

mod collection;
mod numeric;
mod text;

pub(super) use collection::distinct;

/// What a function makes of its arguments, or what is wrong with them.
pub(super) type Answer = Result<Value, String>;

/// A function of evaluated arguments.
pub(super) type Function = fn(&Arguments) -> Answer;

/// The function called `name`.
pub(super) fn named(name: &str) -> Option<Function> {
    [numeric::TABLE, text::TABLE, collection::TABLE]
        .into_iter()
        .flatten()
        .find(|(known, _)| *known == name)
        .map(|&(_, function)| function)
}

/// All names, for suggestions.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    let tables = [numeric::TABLE, text::TABLE, collection::TABLE];
    tables.into_iter().flatten().map(|(name, _)| *name).chain(["try", "can"])
}

/// Largest value, in words, that one call may make.
pub(super) const LARGEST: u64 = 2_000_000;

/// The arguments of a call, with access that names what is wrong.
#[derive(Debug)]
pub(super) struct Arguments(pub(super) Vec<Value>);

impl Arguments {
    pub(super) fn all(&self) -> &[Value] {
        &self.0
    }

    pub(super) fn expect(&self, least: usize, most: usize) -> Result<(), String> {
        let given = self.0.len();
        if (least..=most).contains(&given) {
            return Ok(());
        }
        let expected = match (least, most) {
            _ if least == most => least.to_string(),
            (_, usize::MAX) => format!("at least {least}"),
            _ => format!("{least} to {most}"),
        };
        Err(format!("{expected} arguments are expected, {given} given"))
    }

    pub(super) fn value(&self, index: usize) -> Result<&Value, String> {
        self.0.get(index).ok_or_else(|| format!("argument {} is missing", index + 1))
    }

    pub(super) fn number(&self, index: usize) -> Result<Decimal, String> {
        let value = self.value(index)?;
        value.as_number().ok_or_else(|| wrong(index, "a number", value))
    }

    /// A whole number within what positions and lengths can be.
    pub(super) fn whole(&self, index: usize) -> Result<i64, String> {
        let whole = self.number(index)?.exactly_in_units(0).and_then(|whole| i64::try_from(whole).ok());
        whole.ok_or_else(|| format!("argument {} must be a whole number", index + 1))
    }

    pub(super) fn text(&self, index: usize) -> Result<Rc<str>, String> {
        let value = self.value(index)?;
        value.as_text().ok_or_else(|| wrong(index, "a string", value))
    }

    pub(super) fn list(&self, index: usize) -> Result<&[Value], String> {
        let value = self.value(index)?;
        if let Value::List(list) = value { Ok(list) } else { Err(wrong(index, "a list", value)) }
    }

    pub(super) fn texts(&self, index: usize) -> Result<Vec<Rc<str>>, String> {
        let text = |value: &Value| value.as_text().ok_or_else(|| wrong(index, "a list of strings", value));
        self.list(index)?.iter().map(text).collect()
    }

    pub(super) fn map(&self, index: usize) -> Result<&std::collections::BTreeMap<String, Value>, String> {
        let value = self.value(index)?;
        if let Value::Map(map) = value { Ok(map) } else { Err(wrong(index, "a map", value)) }
    }
}

fn wrong(index: usize, expected: &str, value: &Value) -> String {
    format!("argument {} must be {expected}, not {}", index + 1, value.kind())
}

/// Refuses to make a value of `size` words that is too large.
fn room_for(size: u64) -> Result<(), String> {
    if size > LARGEST { Err("the result would be too large".to_owned()) } else { Ok(()) }
}
