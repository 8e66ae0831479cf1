//! Edits that leave comments in line, as `terraform fmt` has them.
//!
//! `terraform fmt` puts the comments at the ends of successive lines into one column, one space behind the longest of the lines. Let line i
//! of such a run have s(i) spaces before its comment and grow by d(i) characters. All comments are in one column, so the new column is right
//! with
//!
//! > s'(i) = max over j of (d(j) − s(j)) + s(i) − d(i) + 1
//!
//! and no width has to be known. Comments that were not in line before are left where they are.

use std::ops::Range;

/// A line with its place in the text, without what ends it.
struct Line<'t> {
    start: usize,
    text: &'t str,
    /// Where spaces and comment begin, if a comment ends the line and something stands before it.
    comment: Option<(usize, usize)>,
    /// Characters that edits add.
    growth: isize,
}

/// The text with what stands at each place replaced; places are in order and do not overlap.
pub(super) fn edited(text: &str, edits: &[(Range<usize>, String)]) -> String {
    let mut all: Vec<(Range<usize>, String)> = edits.to_vec();
    let lines = lines(text, edits);
    for run in lines.chunk_by(|one, next| one.comment.is_some() && next.comment.is_some()) {
        if run.iter().any(|line| line.growth != 0) && are_in_line(run) {
            all.extend(aligned(run));
        }
    }
    all.sort_by_key(|(place, _)| place.start);
    let mut after = text.to_owned();
    // From the end, so that earlier places stay where they are.
    for (place, new) in all.into_iter().rev() {
        after.replace_range(place, &new);
    }
    after
}

fn lines<'t>(text: &'t str, edits: &[(Range<usize>, String)]) -> Vec<Line<'t>> {
    let mut start = 0;
    let mut lines = Vec::new();
    for whole in text.split_inclusive('\n') {
        let line = whole.trim_end_matches(['\n', '\r']);
        let end = start + line.len();
        let mine = edits.iter().filter(|(place, _)| start <= place.start && place.end <= end);
        let growth = mine.map(|(place, new)| length(new) - length(&text[place.clone()])).sum();
        lines.push(Line { start, text: line, comment: comment(line), growth });
        start += whole.len();
    }
    lines
}

fn length(text: &str) -> isize {
    text.chars().count().cast_signed()
}

/// Where the spaces before a comment at the end of a line begin, and where the comment does.
fn comment(line: &str) -> Option<(usize, usize)> {
    let bytes = line.as_bytes();
    let (mut at, mut is_quoted) = (0, false);
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if is_quoted => at += 1,
            b'"' => is_quoted = !is_quoted,
            b'#' if !is_quoted => break,
            b'/' if !is_quoted && bytes.get(at + 1) == Some(&b'/') => break,
            _ => {}
        }
        at += 1;
    }
    let code = line.get(..at)?.trim_end_matches(' ');
    (at < bytes.len() && !code.trim().is_empty()).then_some((code.len(), at))
}

fn spaces(line: &Line<'_>) -> isize {
    line.comment.map_or(0, |(from, to)| (to - from).cast_signed())
}

/// Whether the comments of a run stand as `terraform fmt` puts them.
fn are_in_line(run: &[Line<'_>]) -> bool {
    let column = |line: &Line<'_>| line.comment.map(|(_, at)| length(&line.text[..at]));
    run.iter().all(|line| line.comment.is_some() && column(line) == column(&run[0]))
        && run.iter().map(spaces).min() == Some(1)
}

/// The spaces of a run after its edits.
fn aligned(run: &[Line<'_>]) -> Vec<(Range<usize>, String)> {
    let farthest = run.iter().map(|line| line.growth - spaces(line)).max().unwrap_or_default();
    let mut edits = Vec::new();
    for line in run {
        let Some((from, to)) = line.comment else { continue };
        let wanted = farthest + spaces(line) - line.growth + 1;
        edits.push((line.start + from..line.start + to, " ".repeat(wanted.unsigned_abs())));
    }
    edits
}

#[cfg(test)]
mod tests {
    use super::edited;

    /// The text with the first place that reads `before` made to read `after`.
    fn change(text: &str, before: &str, after: &str) -> String {
        let start = text.find(before).unwrap();
        edited(text, &[(start..start + before.len(), after.to_owned())])
    }

    #[test]
    fn comments_in_line_stay_in_line() {
        for (text, expected) in [
            ("a = \"x\" # one\nbb = 1  # two\n", "a = \"xyz\" # one\nbb = 1    # two\n"),
            // The line that grows is not the longest.
            ("a = \"x\"  # one\nbb = 123 # two\n", "a = \"xyz\" # one\nbb = 123  # two\n"),
            // Blank lines and lines without comments end a run; comments of their own lines do too.
            ("a = \"x\" # one\n\nbb = 1  # two\n", "a = \"xyz\" # one\n\nbb = 1  # two\n"),
            ("a = \"x\" // one\n# two\nb = 1   # three\n", "a = \"xyz\" // one\n# two\nb = 1   # three\n"),
            // A sign in a string is no comment, and an umlaut is one character.
            ("a = \"x\" # one\nb = \"#\" # zwei\n", "a = \"xyz\" # one\nb = \"#\"   # zwei\n"),
            ("a = \"x\" # one\nb = \"ü\" # zwei\r\n", "a = \"xyz\" # one\nb = \"ü\"   # zwei\r\n"),
            // What was not in line stays as it was.
            ("a = \"x\"   # one\nb = 1 # two\n", "a = \"xyz\"   # one\nb = 1 # two\n"),
            ("a = \"x\"", "a = \"xyz\""),
        ] {
            assert_eq!(change(text, "\"x\"", "\"xyz\""), expected);
        }
        assert_eq!(change("a = 10 # one\nb = 1  # two\n", "10", "9"), "a = 9 # one\nb = 1 # two\n");
    }
}
