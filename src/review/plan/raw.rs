//! JSON that is looked into only where something is wanted.
//!
//! A plan repeats every attribute of every resource four times, and a review needs a dozen of them. A [`Raw`] is a slice of the plan's text
//! that is known to be one JSON value; taking it apart yields slices again, and numbers stay the text they were written as.

use std::borrow::Cow;
use std::fmt;

use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer as _};
use serde_json::value::RawValue;

/// One JSON value, not yet taken apart.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct Raw<'a>(#[serde(borrow)] &'a RawValue);

impl<'a> Raw<'a> {
    /// The text of the value.
    pub(crate) fn json(self) -> &'a str {
        self.0.get().trim()
    }

    pub(crate) fn is_null(self) -> bool {
        self.json() == "null"
    }

    /// The boolean, if it is one.
    pub(crate) fn boolean(self) -> Option<bool> {
        match self.json() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// The text, if it is a string.
    pub(crate) fn text(self) -> Option<Cow<'a, str>> {
        if !self.json().starts_with('"') {
            return None;
        }
        serde_json::from_str::<Text<'a>>(self.json()).ok().map(|text| text.0)
    }

    /// The number as it was written, if it is one; a string that holds one counts, as Terraform converts between them.
    pub(crate) fn number(self) -> Option<Cow<'a, str>> {
        let text = match self.text() {
            Some(text) => text,
            None => Cow::Borrowed(self.json()),
        };
        let first = text.bytes().next()?;
        (first == b'-' || first.is_ascii_digit()).then_some(text)
    }

    /// The whole number of at least zero, if it is one.
    pub(crate) fn whole(self) -> Option<u64> {
        let number = self.number()?;
        let number: crate::units::Decimal = number.parse().ok()?;
        u64::try_from(number.exactly_in_units(0)?).ok()
    }

    /// The items, if it is a list.
    pub(crate) fn items(self) -> Vec<Raw<'a>> {
        if !self.json().starts_with('[') {
            return Vec::new();
        }
        serde_json::from_str(self.json()).unwrap_or_default()
    }

    /// The members, if it is an object, in their order.
    pub(crate) fn members(self) -> Vec<(Cow<'a, str>, Raw<'a>)> {
        if !self.json().starts_with('{') {
            return Vec::new();
        }
        let mut text = serde_json::Deserializer::from_str(self.json());
        text.deserialize_map(Members { keep: &|_| true }).unwrap_or_default()
    }

    /// The members whose names are among `names`, if it is an object.
    pub(crate) fn pick(self, names: &[&str]) -> Vec<(Cow<'a, str>, Raw<'a>)> {
        if !self.json().starts_with('{') {
            return Vec::new();
        }
        let mut text = serde_json::Deserializer::from_str(self.json());
        text.deserialize_map(Members { keep: &|name| names.contains(&name) }).unwrap_or_default()
    }

    /// The object as what it should hold. Serde would take a list for the members in their order; JSON that says so is no plan.
    pub(super) fn object<T: Deserialize<'a>>(self) -> Result<T, serde_json::Error> {
        if self.json().starts_with('{') {
            serde_json::from_str(self.json())
        } else {
            Err(serde::de::Error::custom("an object is expected"))
        }
    }

    /// The member named `name`, if it is an object that has it.
    pub(crate) fn get(self, name: &str) -> Option<Raw<'a>> {
        self.pick(&[name]).pop().map(|(_, value)| value)
    }
}

/// A string that borrows if it holds no escapes.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct Text<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

struct Members<'k> {
    keep: &'k dyn Fn(&str) -> bool,
}

impl<'de> Visitor<'de> for Members<'_> {
    type Value = Vec<(Cow<'de, str>, Raw<'de>)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut kept = Vec::new();
        while let Some(Text(name)) = map.next_key()? {
            if (self.keep)(&name) {
                kept.push((name, map.next_value()?));
            } else {
                map.next_value::<serde::de::IgnoredAny>()?;
            }
        }
        Ok(kept)
    }
}

/// Reads a list item by item and keeps what `keep` makes of each, so that what is not wanted is never held.
pub(super) fn filtered<'de, D, T, U>(deserializer: D, keep: impl Fn(T) -> Option<U>) -> Result<Vec<U>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de>,
{
    struct Items<T, F> {
        keep: F,
        item: std::marker::PhantomData<T>,
    }

    impl<'de, T: Deserialize<'de>, U, F: Fn(T) -> Option<U>> Visitor<'de> for Items<T, F> {
        type Value = Vec<U>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            let mut kept = Vec::new();
            while let Some(item) = list.next_element()? {
                kept.extend((self.keep)(item));
            }
            Ok(kept)
        }
    }

    deserializer.deserialize_seq(Items { keep, item: std::marker::PhantomData })
}
