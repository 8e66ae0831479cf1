//! A finding about the input: what is wrong, where, and the way out.
//!
//! A [`Diagnostic`] names its place twice where it can: by [`Path`], as the problem language sees it
//! (`workloads["web"].demand_rps["frankfurt"]`), and by [`Span`], as the file's bytes. Hosts without files (the Terraform plugin) use the
//! path, people at a terminal see both ([`render`]).
//!
//! [`Diagnostics`] collects everything that is wrong and hands it out in one order: by place in the files, then by path. The order does
//! not depend on the order in which things were found.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

mod nearest;
mod render;

pub use nearest::nearest;
pub use render::render;

/// A text as it was read, with the name a person knows it by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Path or other name, shown in diagnostics; `<stdin>` for standard input.
    pub name: Arc<str>,
    /// The bytes; whether they are UTF-8 is for the parser to say.
    pub text: Vec<u8>,
}

impl SourceFile {
    /// The text `text` under the name `name`.
    pub fn new(name: impl Into<Arc<str>>, text: impl Into<Vec<u8>>) -> Self {
        Self { name: name.into(), text: text.into() }
    }
}

/// Whether the finding stops the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Nothing is computed.
    Error,
    /// The work goes on; a person should look.
    Warning,
}

/// A range of bytes in a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Name of the [`SourceFile`].
    pub file: Arc<str>,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// The bytes `range` of `file`.
    pub fn new(file: &Arc<str>, range: Range<usize>) -> Self {
        Self { file: Arc::clone(file), start: range.start, end: range.end }
    }
}

/// One step from a value to a part of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// An argument the language names.
    Attribute(String),
    /// A key the problem's author chose.
    Key(String),
    /// A position in a list.
    Index(usize),
}

/// The way from the whole problem to a part of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path(pub Vec<Step>);

impl Path {
    /// The whole problem.
    pub const fn root() -> Self {
        Self(Vec::new())
    }
}

/// As it would be written to refer to the value: `workloads["web"].demand_rps["frankfurt"]`.
impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Attribute(name) if position == 0 => f.write_str(name)?,
                Step::Attribute(name) => write!(f, ".{name}")?,
                Step::Key(key) => write!(f, "[{}]", quoted(key, '"'))?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Whether it stops the work.
    pub severity: Severity,
    /// The kind of finding in one word, stable over versions.
    pub code: &'static str,
    /// What is wrong, with names and numbers, without a full stop.
    pub message: String,
    /// The place in the problem; the root if unknown.
    pub path: Path,
    /// The place in a file, if the value came from one.
    pub span: Option<Span>,
    /// Further places that matter, each with what it has to do with the finding.
    pub related: Vec<(Span, String)>,
    /// Facts a reader may want.
    pub notes: Vec<String>,
    /// The smallest change that would work.
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error without a place yet.
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            code,
            message: message.into(),
            path: Path::root(),
            span: None,
            related: Vec::new(),
            notes: Vec::new(),
            help: None,
        }
    }

    /// A warning without a place yet.
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message) }
    }

    /// With the place in the problem.
    #[must_use]
    pub fn at(mut self, path: Path) -> Self {
        self.path = path;
        self
    }

    /// With the place in a file, if there is one.
    #[must_use]
    pub fn spanned(mut self, span: Option<Span>) -> Self {
        self.span = span;
        self
    }

    /// With another place and what it has to do with this one; nothing if the place is in no file.
    #[must_use]
    pub fn related(mut self, span: Option<Span>, text: impl Into<String>) -> Self {
        self.related.extend(span.map(|span| (span, text.into())));
        self
    }

    /// With a fact.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// With the way out.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    fn order(&self) -> impl Ord + '_ {
        (self.span.is_none(), &self.span, &self.path, self.severity, self.code, &self.message)
    }
}

/// One line: `error[type]: … (workloads["web"].replica)`.
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        write!(f, "{severity}[{}]: {}", self.code, self.message)?;
        if self.path.0.is_empty() { Ok(()) } else { write!(f, " ({})", self.path) }
    }
}

/// Most findings kept. A person acts on the first few; a hostile input must not fill memory.
const MOST_KEPT: usize = 1_000;

/// Everything that is wrong, and everything a person should look at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics {
    kept: Vec<Diagnostic>,
    dropped: usize,
}

impl Diagnostics {
    /// Nothing found yet.
    pub const fn new() -> Self {
        Self { kept: Vec::new(), dropped: 0 }
    }

    /// Adds a finding.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        if self.kept.len() < MOST_KEPT { self.kept.push(diagnostic) } else { self.dropped += 1 }
    }

    /// Adds all of `other`.
    pub fn append(&mut self, other: Self) {
        other.kept.into_iter().for_each(|diagnostic| self.push(diagnostic));
        self.dropped += other.dropped;
    }

    /// True if nothing was found.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// True if any finding stops the work.
    pub fn has_errors(&self) -> bool {
        self.dropped > 0 || self.kept.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// The findings in order: by place in the files, then by path; what was said twice of one place in a file is kept once.
    pub fn into_vec(mut self) -> Vec<Diagnostic> {
        self.kept.sort_by(|a, b| a.order().cmp(&b.order()));
        let mut said = BTreeSet::new();
        self.kept.retain(|diagnostic| {
            diagnostic.span.is_none() || said.insert((diagnostic.span.clone(), diagnostic.message.clone()))
        });
        if self.dropped > 0 {
            self.kept.push(Diagnostic::error("too-many", format!("{} more findings are not shown", self.dropped)));
        }
        self.kept
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Self {
        Self { kept: vec![diagnostic], dropped: 0 }
    }
}

/// One line per finding, in order.
impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, diagnostic) in self.clone().into_vec().iter().enumerate() {
            if position > 0 {
                f.write_str("\n")?;
            }
            diagnostic.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostics {}

/// A name from the input, fit to be shown: between `quote` marks, control characters escaped, at most 80 characters.
pub fn quoted(name: &str, quote: char) -> String {
    /// Longer names are cut: a message is for reading.
    const LONGEST: usize = 80;
    let mut text = String::from(quote);
    for (position, character) in name.chars().enumerate() {
        if position == LONGEST {
            text.push('…');
            break;
        }
        if character.is_control() || character == quote || character == '\\' {
            text.extend(character.escape_default());
        } else {
            text.push(character);
        }
    }
    text.push(quote);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(steps: &[Step]) -> Path {
        Path(steps.to_vec())
    }

    #[test]
    fn a_path_reads_as_a_reference() {
        let shown = path(&[
            Step::Attribute("workloads".into()),
            Step::Key("web".into()),
            Step::Attribute("demand_rps".into()),
            Step::Key("a\"b\n".into()),
            Step::Index(2),
        ])
        .to_string();
        assert_eq!(shown, r#"workloads["web"].demand_rps["a\"b\n"][2]"#);
    }

    #[test]
    fn the_order_of_finding_does_not_matter() {
        let file: Arc<str> = "a.hcl".into();
        let findings = [
            Diagnostic::error("x", "late").spanned(Some(Span::new(&file, 9..10))),
            Diagnostic::error("x", "early").spanned(Some(Span::new(&file, 1..2))),
            Diagnostic::error("x", "nowhere").at(path(&[Step::Attribute("users".into())])),
            Diagnostic::error("x", "early").spanned(Some(Span::new(&file, 1..2))),
        ];
        let said = |order: &[usize]| {
            let mut all = Diagnostics::new();
            for &index in order {
                all.push(findings[index].clone());
            }
            all.into_vec().into_iter().map(|diagnostic| diagnostic.message).collect::<Vec<_>>()
        };
        assert_eq!(said(&[0, 1, 2, 3]), ["early", "late", "nowhere"]);
        assert_eq!(said(&[3, 2, 0, 1]), ["early", "late", "nowhere"]);
    }
}
