//! Values that may be unknown, ranges of sizes, and what they sum to.

use crate::review::reason::Reason;

/// A value, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Figure<T> {
    /// It is this.
    Known(T),
    /// It cannot be told, and why.
    Unknown(Reason),
}

impl<T> Figure<T> {
    /// The value, if known.
    pub const fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Unknown(_) => None,
        }
    }

    /// Why it is unknown, if it is.
    pub const fn reason(&self) -> Option<&Reason> {
        match self {
            Self::Known(_) => None,
            Self::Unknown(reason) => Some(reason),
        }
    }

    /// The figure that follows from the value.
    pub fn map<U>(self, follow: impl FnOnce(T) -> U) -> Figure<U> {
        match self {
            Self::Known(value) => Figure::Known(follow(value)),
            Self::Unknown(reason) => Figure::Unknown(reason),
        }
    }

    /// The figure that follows from the value, which may be unknown in its turn.
    pub fn and_then<U>(self, follow: impl FnOnce(T) -> Figure<U>) -> Figure<U> {
        match self {
            Self::Known(value) => follow(value),
            Self::Unknown(reason) => Figure::Unknown(reason),
        }
    }

    /// The same by reference.
    pub fn as_ref(&self) -> Figure<&T> {
        match self {
            Self::Known(value) => Figure::Known(value),
            Self::Unknown(reason) => Figure::Unknown(reason.clone()),
        }
    }
}

/// An amount at the smallest, the expected and the largest size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Range<T> {
    /// At the smallest size.
    pub min: T,
    /// At the size the plan asks for.
    pub expected: T,
    /// At the largest size.
    pub max: T,
}

impl<T: Copy> Range<T> {
    /// A range of one value.
    pub const fn fixed(value: T) -> Self {
        Self { min: value, expected: value, max: value }
    }

    /// The range with every end changed in the same way, which must keep their order.
    pub fn map<U>(self, change: impl Fn(T) -> U) -> Range<U> {
        Range { min: change(self.min), expected: change(self.expected), max: change(self.max) }
    }
}

impl<T: PartialEq> Range<T> {
    /// True if all three are one value.
    pub fn is_fixed(&self) -> bool {
        self.min == self.expected && self.expected == self.max
    }
}

/// The same thing before and after the change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Change<T> {
    /// In the state the plan starts from.
    pub before: T,
    /// As the plan will leave it.
    pub after: T,
}

/// A sum with what it misses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum<T> {
    /// Sum of the known parts.
    pub known: Range<T>,
    /// Number of parts that are not known: above zero, the true sum is larger than `known`.
    pub unknown: usize,
}
