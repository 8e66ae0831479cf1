//! The attributes of one resource instance at one time, with what Terraform says of them: known, unknown until the apply, or sensitive.
//!
//! Terraform gives two masks of the same shape as the values: `true` stands wherever a value is unknown, or sensitive, and covers
//! everything below it. A value under either mask is never looked at.

use std::borrow::Cow;

use super::raw::Raw;
use crate::review::reason::Reason;
use crate::review::report::Figure;

/// The wanted attributes of a resource, and the masks over them.
#[derive(Clone, Debug)]
pub(crate) struct Attributes<'a> {
    values: Vec<(Cow<'a, str>, Raw<'a>)>,
    unknown: Mask<'a>,
    sensitive: Mask<'a>,
}

#[derive(Clone, Debug)]
enum Mask<'a> {
    /// Everything, or nothing, is under it.
    Whole(Option<Raw<'a>>),
    /// Of the wanted attributes these.
    Parts(Vec<(Cow<'a, str>, Raw<'a>)>),
}

impl<'a> Mask<'a> {
    fn of(mask: Option<Raw<'a>>, wanted: &[&str]) -> Self {
        match mask {
            Some(mask) if mask.json().starts_with('{') => Self::Parts(mask.pick(wanted)),
            mask => Self::Whole(mask.filter(|mask| mask.boolean() == Some(true))),
        }
    }

    fn get(&self, name: &str) -> Option<Raw<'a>> {
        match self {
            Self::Whole(mask) => *mask,
            Self::Parts(parts) => find(parts, name),
        }
    }
}

fn find<'a>(members: &[(Cow<'a, str>, Raw<'a>)], name: &str) -> Option<Raw<'a>> {
    members.iter().find(|(key, _)| key == name).map(|&(_, value)| value)
}

impl<'a> Attributes<'a> {
    /// The attributes `wanted` of a resource.
    pub(crate) fn pick(values: Raw<'a>, unknown: Option<Raw<'a>>, sensitive: Option<Raw<'a>>, wanted: &[&str]) -> Self {
        Self { values: values.pick(wanted), unknown: Mask::of(unknown, wanted), sensitive: Mask::of(sensitive, wanted) }
    }

    /// The attribute `name`, which must be among the wanted.
    pub(crate) fn get(&self, name: &str) -> Attribute<'a> {
        Attribute {
            path: name.to_owned(),
            value: find(&self.values, name),
            unknown: self.unknown.get(name),
            sensitive: self.sensitive.get(name),
        }
    }

    /// The part under several names, the first of which must be among the wanted.
    pub(crate) fn at(&self, names: &[&str]) -> Attribute<'a> {
        names.split_first().map_or_else(|| self.get(""), |(first, rest)| self.get(first).at(rest))
    }
}

/// A part of a resource's values, and the masks over it.
#[derive(Clone, Debug)]
pub(crate) struct Attribute<'a> {
    path: String,
    value: Option<Raw<'a>>,
    unknown: Option<Raw<'a>>,
    sensitive: Option<Raw<'a>>,
}

impl<'a> Attribute<'a> {
    /// The way to it, such as `launch_template[0].id`.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// The part under `name`.
    pub(crate) fn get(&self, name: &str) -> Self {
        let path = format!("{}.{name}", self.path);
        let mask =
            |mask: Option<Raw<'a>>| mask.and_then(|mask| if is_true(Some(mask)) { Some(mask) } else { mask.get(name) });
        Self {
            path,
            value: self.value.and_then(|value| value.get(name)),
            unknown: mask(self.unknown),
            sensitive: mask(self.sensitive),
        }
    }

    /// The part under several names, one below the other; a list on the way stands for its first item, as nested blocks are lists.
    pub(crate) fn at(&self, names: &[&str]) -> Self {
        let mut part = self.clone();
        for name in names {
            part = part.first_or_self().get(name);
        }
        part
    }

    fn first_or_self(self) -> Self {
        let is_list = |raw: Option<Raw<'_>>| raw.is_some_and(|raw| raw.json().starts_with('['));
        if !is_list(self.value) && !is_list(self.unknown) {
            return self;
        }
        self.items().into_iter().next().unwrap_or(Self { value: None, ..self })
    }

    /// The items of a list; of nothing, none. Where the mask is longer than the values, the rest of it counts as items.
    pub(crate) fn items(&self) -> Vec<Self> {
        let values = self.value.map(Raw::items).unwrap_or_default();
        let masks = |mask: Option<Raw<'a>>| match mask {
            Some(mask) if is_true(Some(mask)) => vec![mask; values.len()],
            Some(mask) => mask.items(),
            None => Vec::new(),
        };
        let (unknown, sensitive) = (masks(self.unknown), masks(self.sensitive));
        let length = values.len().max(unknown.len());
        (0..length)
            .map(|index| Self {
                path: format!("{}[{index}]", self.path),
                value: values.get(index).copied(),
                unknown: unknown.get(index).copied(),
                sensitive: sensitive.get(index).copied(),
            })
            .collect()
    }

    /// True if neither a value nor a mask says anything of it: as good as not written.
    pub(crate) fn is_absent(&self) -> bool {
        !is_true(self.unknown)
            && !is_true(self.sensitive)
            && self.value.is_none_or(|value| value.is_null() || value.json() == "[]" || value.json() == "\"\"")
            && self.unknown.is_none_or(|mask| !mask.json().contains("true"))
    }

    /// Why it may not be looked at.
    pub(crate) fn hidden(&self) -> Option<Reason> {
        if is_true(self.sensitive) {
            return Some(Reason::Sensitive { attribute: self.path.clone() });
        }
        is_true(self.unknown).then(|| Reason::KnownAfterApply { attribute: self.path.clone() })
    }

    fn raw(&self) -> Figure<Raw<'a>> {
        if let Some(reason) = self.hidden() {
            return Figure::Unknown(reason);
        }
        match self.value {
            Some(value) if !value.is_null() => Figure::Known(value),
            _ => Figure::Unknown(Reason::NotStated { attribute: self.path.clone() }),
        }
    }

    fn read<T>(&self, expected: &'static str, read: impl Fn(Raw<'a>) -> Option<T>) -> Figure<T> {
        self.raw().and_then(|raw| match read(raw) {
            Some(value) => Figure::Known(value),
            None => Figure::Unknown(Reason::Unreadable { attribute: self.path.clone(), expected }),
        })
    }

    /// It as text that is not empty; Terraform's providers write "" for nothing.
    pub(crate) fn text(&self) -> Figure<Cow<'a, str>> {
        match self.read("text", Raw::text) {
            Figure::Known(text) if text.is_empty() => {
                Figure::Unknown(Reason::NotStated { attribute: self.path.clone() })
            }
            figure @ (Figure::Known(_) | Figure::Unknown(_)) => figure,
        }
    }

    /// It as a whole number of at least zero.
    pub(crate) fn whole(&self) -> Figure<u64> {
        self.read("a whole number of at least zero", Raw::whole)
    }

    /// It as a boolean.
    pub(crate) fn boolean(&self) -> Figure<bool> {
        self.read("true or false", Raw::boolean)
    }

    /// True if it is known to be true.
    pub(crate) fn is_true(&self) -> bool {
        self.boolean().known() == Some(&true)
    }

    /// It as a list of texts; an absent one is not stated.
    pub(crate) fn texts(&self) -> Figure<Vec<String>> {
        if self.is_absent() {
            return Figure::Unknown(Reason::NotStated { attribute: self.path.clone() });
        }
        if let Some(reason) = self.hidden() {
            return Figure::Unknown(reason);
        }
        let mut texts = Vec::new();
        for item in self.items() {
            match item.text() {
                Figure::Known(text) => texts.push(text.into_owned()),
                Figure::Unknown(reason) => return Figure::Unknown(reason),
            }
        }
        if texts.is_empty() {
            return Figure::Unknown(Reason::Unreadable { attribute: self.path.clone(), expected: "a list of texts" });
        }
        Figure::Known(texts)
    }
}

fn is_true(mask: Option<Raw<'_>>) -> bool {
    mask.is_some_and(|mask| mask.boolean() == Some(true))
}
