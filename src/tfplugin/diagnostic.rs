//! What a provider tells the person at the terminal: errors and warnings, each with the place it concerns.
//!
//! A call of the protocol always succeeds as a call; what went wrong travels in these. The summary is one short line, the detail
//! full sentences that end with the way out.

use std::fmt;

use super::path::{AttributePath, Step};
use super::proto::tfplugin6 as pb;

/// Whether the host goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The host stops this operation.
    Error,
    /// The host prints it and goes on.
    Warning,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// One line without a full stop.
    pub summary: String,
    /// What, where, why, and the way out; may have several lines.
    pub detail: String,
    /// The place in the configuration; the root is the whole block.
    pub path: AttributePath,
}

impl Diagnostic {
    /// An error about the whole block.
    pub fn error(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { severity: Severity::Error, summary: summary.into(), detail: detail.into(), path: AttributePath::root() }
    }

    /// A warning about the whole block.
    pub fn warning(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(summary, detail) }
    }

    /// The same finding at `path`.
    #[must_use]
    pub fn at(mut self, path: AttributePath) -> Self {
        self.path = path;
        self
    }

    /// The same finding with a path that the host can turn into a line.
    ///
    /// A host looks an attribute up in the block and at most one element in its value; given a longer path it points at the block
    /// as a whole, unless the path leads through nested blocks. The detail then names the whole place.
    pub(crate) fn addressed(mut self, is_block: impl Fn(&str) -> bool) -> Self {
        let resolvable = match self.path.steps() {
            [Step::Attribute(name), ..] if is_block(name) => return self,
            [_, Step::Key(_) | Step::Index(_), _, ..] => 2,
            [_, Step::Attribute(_), ..] => 1,
            _ => return self,
        };
        let whole = self.path.to_string();
        self.path = self.path.steps()[..resolvable].iter().cloned().collect();
        if !self.detail.contains(&whole) && !self.summary.contains(&whole) {
            self.detail = format!("{}\n\nThis is about {whole}.", self.detail.trim_end());
        }
        self
    }

    pub(crate) fn to_proto(&self) -> pb::Diagnostic {
        let severity = match self.severity {
            Severity::Error => pb::diagnostic::Severity::Error,
            Severity::Warning => pb::diagnostic::Severity::Warning,
        };
        pb::Diagnostic {
            severity: severity.into(),
            summary: self.summary.clone(),
            detail: self.detail.clone(),
            attribute: (!self.path.is_root()).then(|| self.path.to_proto()),
        }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        write!(f, "{severity}: {}", self.summary)?;
        if !self.path.is_root() {
            write!(f, "\n  at {}", self.path)?;
        }
        if self.detail.is_empty() { Ok(()) } else { write!(f, "\n{}", self.detail) }
    }
}

/// Several findings in the order they were made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    /// No finding.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one finding.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }

    /// Whether at least one of them is an error.
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The findings in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.0.iter()
    }

    pub(crate) fn to_proto(&self) -> Vec<pb::Diagnostic> {
        self.0.iter().map(Diagnostic::to_proto).collect()
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Self {
        Self(vec![diagnostic])
    }
}

impl FromIterator<Diagnostic> for Diagnostics {
    fn from_iter<I: IntoIterator<Item = Diagnostic>>(iter: I) -> Self {
        Self(iter.into_iter().collect())
    }
}

impl Extend<Diagnostic> for Diagnostics {
    fn extend<I: IntoIterator<Item = Diagnostic>>(&mut self, iter: I) {
        self.0.extend(iter);
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cut_to_what_a_host_resolves() {
        let root = AttributePath::root();
        let cases = [
            (root.attribute("a"), "a", ""),
            (root.attribute("a").key("k"), "a[\"k\"]", ""),
            (root.attribute("a").key("k").attribute("b"), "a[\"k\"]", "\n\nThis is about a[\"k\"].b."),
            (root.attribute("a").attribute("b").index(0), "a", "\n\nThis is about a.b[0]."),
            (root.attribute("block").index(0).attribute("b").key("k"), "block[0].b[\"k\"]", ""),
        ];
        for (path, expected, about) in cases {
            let diagnostic = Diagnostic::error("s", "d.").at(path).addressed(|name| name == "block");
            assert_eq!((diagnostic.path.to_string().as_str(), diagnostic.detail), (expected, format!("d.{about}")));
        }
        let named = Diagnostic::error("s", "Not a.b at all.").at(root.attribute("a").attribute("b"));
        assert_eq!(named.addressed(|_| false).detail, "Not a.b at all.");
    }
}
