//! Diagnostics as text for people: message, place, source lines, facts, way out. Plain ASCII lines, no colour.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::{Diagnostic, Diagnostics, Severity, SourceFile, Span};

/// All of `diagnostics` as text, in order, one blank line between them.
///
/// `sources` are the files the parser was given; a place in a file that is not among them is shown by name only.
pub fn render(diagnostics: Diagnostics, sources: &[SourceFile]) -> String {
    let sources: BTreeMap<&str, Lines> = sources.iter().map(|file| (&*file.name, Lines::of(&file.text))).collect();
    let mut text = String::new();
    for diagnostic in diagnostics.into_vec() {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&one(&diagnostic, &sources));
    }
    text
}

fn one(diagnostic: &Diagnostic, sources: &BTreeMap<&str, Lines>) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group = Group::with_title(level.primary_title(&diagnostic.message).id(diagnostic.code));
    if let Some(span) = &diagnostic.span {
        group = match sources.get(&*span.file) {
            Some(lines) => group.element(snippet(span, diagnostic, lines)),
            None => group.element(annotate_snippets::Origin::path(&*span.file)),
        };
    }
    if !diagnostic.path.0.is_empty() {
        group = group.element(Level::NOTE.no_name().message(format!("in {}", diagnostic.path)));
    }
    for note in &diagnostic.notes {
        group = group.element(Level::NOTE.no_name().message(note));
    }
    let mut text = Renderer::plain().render(&[group]);
    text.push('\n');
    if let Some(help) = &diagnostic.help {
        let _ = writeln!(text, "help: {help}");
    }
    text
}

fn snippet<'a>(
    span: &'a Span,
    diagnostic: &'a Diagnostic,
    lines: &'a Lines,
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let here = lines.clamped(span);
    let mut spans = vec![(here, None)];
    for (related, text) in diagnostic.related.iter().filter(|(related, _)| related.file == span.file) {
        spans.push((lines.clamped(related), Some(text.as_str())));
    }
    // Only the lines between the first and the last place are handed over, so that the cost does not grow with the file.
    let first = spans.iter().map(|(range, _)| lines.line_of(range.start)).min().unwrap_or_default();
    let last = spans.iter().map(|(range, _)| lines.line_of(range.end)).max().unwrap_or_default();
    let (start, end) = (lines.start_of(first), lines.start_of(last + 1));
    let mut snippet = Snippet::source(&lines.text[start..end]).line_start(first + 1).path(&*span.file);
    for (range, text) in spans {
        let kind = if text.is_some() { AnnotationKind::Context } else { AnnotationKind::Primary };
        snippet = snippet.annotation(kind.span(range.start - start..range.end - start).label(text));
    }
    snippet
}

/// A text and where its lines begin.
struct Lines {
    text: String,
    starts: Vec<usize>,
}

impl Lines {
    /// Bytes that are not UTF-8 show as U+FFFD; everything before the first of them keeps its position.
    fn of(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { text, starts }
    }

    fn line_of(&self, offset: usize) -> usize {
        self.starts.partition_point(|&start| start <= offset) - 1
    }

    fn start_of(&self, line: usize) -> usize {
        self.starts.get(line).copied().unwrap_or(self.text.len())
    }

    /// The span within the text, at character boundaries, cut at the end of its first line: the rest is for the file to show.
    fn clamped(&self, span: &Span) -> Range<usize> {
        let floor = |mut at: usize| {
            at = at.min(self.text.len());
            while !self.text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let start = floor(span.start);
        let line_end = self.text[start..].find(['\n', '\r']).map_or(self.text.len(), |length| start + length);
        start..floor(span.end).clamp(start, line_end)
    }
}
