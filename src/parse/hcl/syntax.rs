//! What is not HCL, said so that a person finds it.
//!
//! The parser knows where it stopped. Where something that was opened never ends, that place says nothing, so the text is read once more for
//! strings and brackets alone.

use std::ops::Range;

use crate::diagnostic::{Diagnostic, SourceFile, Span, quoted};

/// The finding about `content`, where the parser stopped with `error`.
pub(super) fn fault(error: &hcl_edit::parser::Error, file: &SourceFile, content: &str) -> Diagnostic {
    let start = error.location().offset().min(content.len());
    let rest = content.get(start..).unwrap_or_default();
    let here = Span::new(&file.name, start..start + rest.chars().next().map_or(0, char::len_utf8));
    let message = error.message();
    if message.contains("redefined") {
        let name: String =
            rest.trim_start_matches('"').chars().take_while(|c| c.is_alphanumeric() || "_-".contains(*c)).collect();
        let fault = Diagnostic::error("duplicate", format!("the name {} is given twice", quoted(&name, '`')));
        return fault.spanned(Some(here)).help("remove one of the two");
    }
    if message.contains("nesting depth") {
        return Diagnostic::error("depth", "values are nested more than 64 deep").spanned(Some(here));
    }
    if message.contains("chained binary operators") {
        let fault = Diagnostic::error("depth", "more than 128 operators follow each other").spanned(Some(here));
        return fault.help("put parts of the expression into locals");
    }
    if let Some(Unclosed { opening, what }) = unclosed(content) {
        let fault = Diagnostic::error("syntax", format!("{what} that begins here does not end"));
        return fault.spanned(Some(Span::new(&file.name, opening))).help("close it where it should end");
    }
    let found = match rest.chars().next() {
        None => "the text ends".to_owned(),
        Some('\n' | '\r') => "the line ends".to_owned(),
        Some(character) => format!("{} is found", quoted(&character.to_string(), '`')),
    };
    let expected = match message.split_once("expected ") {
        _ if message == "unexpected token" => "the name of an argument or block",
        Some((before, _)) if before.contains("expression") => "a value",
        Some((_, expected)) if expected.ends_with("newline or eof") => "the end of the line",
        Some((_, expected)) => expected,
        None => "something else",
    };
    let fault = Diagnostic::error("syntax", format!("{found} where {expected} is expected")).spanned(Some(here));
    match content.trim_start().chars().next() {
        Some('{') => fault.help("if this is JSON, give the file a name that ends in .json"),
        _ if rest.starts_with('\'') => fault.help("write strings in double quotation marks"),
        _ => fault,
    }
}

struct Unclosed {
    opening: Range<usize>,
    what: &'static str,
}

/// The innermost string, bracket, comment or heredoc that does not end.
fn unclosed(content: &str) -> Option<Unclosed> {
    let bytes = content.as_bytes();
    // Each open thing: where it begins, and the byte that ends it.
    let mut open: Vec<(Range<usize>, u8)> = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let rest = &content[at..];
        let in_string = open.last().is_some_and(|&(_, end)| end == b'"');
        let mut length = 1;
        match byte {
            b'\\' if in_string => length = 2,
            b'$' | b'%' if in_string && (rest.starts_with("$${") || rest.starts_with("%%{")) => length = 3,
            b'$' | b'%' if in_string && bytes.get(at + 1) == Some(&b'{') => {
                length = 2;
                open.push((at..at + 2, b'}'));
            }
            b'"' if in_string => drop(open.pop()),
            b'\n' if in_string => break,
            _ if in_string => {}
            b'"' => open.push((at..at + 1, b'"')),
            b'#' => length = line_length(rest),
            b'/' if rest.starts_with("//") => length = line_length(rest),
            b'/' if rest.starts_with("/*") => match rest.find("*/") {
                Some(end) => length = end + 2,
                None => return Some(Unclosed { opening: at..at + 2, what: "a comment" }),
            },
            b'<' if rest.starts_with("<<") => match heredoc_length(rest) {
                Some(heredoc) => length = heredoc,
                None => return Some(Unclosed { opening: at..at + 2, what: "a heredoc" }),
            },
            b'{' => open.push((at..at + 1, b'}')),
            b'[' => open.push((at..at + 1, b']')),
            b'(' => open.push((at..at + 1, b')')),
            b'}' | b']' | b')' if open.last().is_some_and(|&(_, end)| end == byte) => drop(open.pop()),
            // The wrong bracket: the parser's own words are better.
            b'}' | b']' | b')' => return None,
            _ => {}
        }
        at += length;
        while at < content.len() && !content.is_char_boundary(at) {
            at += 1;
        }
    }
    let (opening, end) = open.pop()?;
    let what = match (end, opening.len()) {
        (b'"', _) => "a string",
        (_, 2) => "a template",
        _ => "a bracket",
    };
    Some(Unclosed { opening, what })
}

fn line_length(rest: &str) -> usize {
    rest.find('\n').unwrap_or(rest.len())
}

/// Bytes from `<<NAME` to the end of the line that ends it; two bytes if it is no heredoc.
fn heredoc_length(rest: &str) -> Option<usize> {
    let name_line = rest[..line_length(rest)].trim_start_matches('<').trim_start_matches('-');
    let name = name_line.trim_end();
    if name.is_empty() || !name.chars().all(|character| character.is_alphanumeric() || "_-".contains(character)) {
        return Some(2);
    }
    let mut length = 0;
    for (number, line) in rest.split_inclusive('\n').enumerate() {
        length += line.len();
        if number > 0 && line.trim() == name {
            return Some(length);
        }
    }
    None
}
