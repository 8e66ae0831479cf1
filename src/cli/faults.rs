//! Faults of an input as an error: written out with their places when they are made, because only then the texts are at hand.

use std::fmt;

use super::output::say;
use crate::diagnostic::{self, Diagnostics, SourceFile};

/// Diagnostics as text.
#[derive(Debug)]
pub(super) struct Faults(String);

impl Faults {
    /// The diagnostics about `sources`.
    pub(super) fn new(diagnostics: Diagnostics, sources: &[SourceFile]) -> Self {
        Self(diagnostic::render(diagnostics, sources))
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Faults {}

/// Says what a person should look at, if there is anything.
pub(super) fn warn(diagnostics: Diagnostics, sources: &[SourceFile]) {
    if !diagnostics.is_empty() {
        say(&diagnostic::render(diagnostics, sources));
    }
}
