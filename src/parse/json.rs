//! JSON (RFC 8259) to a tree with places.
//!
//! A parser of its own, because diagnostics need the place of every value, duplicate keys must be found, and numbers must stay exact.
//! Depth is bounded, so that no input can exhaust the stack.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::tree::{Entry, Node, Value};
use crate::diagnostic::{Diagnostic, Diagnostics, SourceFile, Span, quoted};

/// Deepest nesting accepted. A problem needs six levels.
const DEEPEST: usize = 64;

/// Reads a problem from a JSON text.
///
/// The member `$schema` of the outermost object, which tells editors the schema, is left out.
///
/// # Errors
/// What is not JSON, is not UTF-8, or repeats a key.
pub fn json(file: &SourceFile) -> Result<Node, Diagnostics> {
    let text = super::utf8(file).map_err(|fault| *fault)?;
    let text = text.strip_prefix('\u{feff}').map_or((text, 0), |rest| (rest, text.len() - rest.len()));
    let mut parser = Parser { file: &file.name, text: text.0, offset: text.1, at: 0, repeated: Diagnostics::new() };
    let mut node = parser.document().map_err(|fault| Diagnostics::from(*fault))?;
    if !parser.repeated.is_empty() {
        return Err(parser.repeated);
    }
    if let Value::Map(entries) = &mut node.value {
        entries.retain(|entry| entry.key != "$schema");
    }
    Ok(node)
}

struct Parser<'t> {
    file: &'t Arc<str>,
    text: &'t str,
    /// Bytes of the file before `text`.
    offset: usize,
    at: usize,
    repeated: Diagnostics,
}

type Parsed<T> = Result<T, Box<Diagnostic>>;

impl Parser<'_> {
    fn document(&mut self) -> Parsed<Node> {
        let node = self.value(0)?;
        self.skip_space();
        if self.at < self.text.len() { Err(self.unexpected("the end of the text")) } else { Ok(node) }
    }

    fn value(&mut self, depth: usize) -> Parsed<Node> {
        self.skip_space();
        let start = self.at;
        if depth > DEEPEST {
            return Err(self.fault("depth", format!("values are nested more than {DEEPEST} deep"), start..start + 1));
        }
        let value = match self.peek() {
            Some(b'{') => self.map(depth)?,
            Some(b'[') => self.list(depth)?,
            Some(b'"') => Value::String(self.string()?),
            Some(b'-' | b'0'..=b'9') => return self.number(),
            _ => self.word()?,
        };
        Ok(Node::new(value, Some(self.span(start..self.at))))
    }

    fn map(&mut self, depth: usize) -> Parsed<Value> {
        self.at += 1;
        let mut entries: Vec<Entry> = Vec::new();
        let mut seen: BTreeMap<String, Span> = BTreeMap::new();
        if self.ends_with(b'}') {
            return Ok(Value::Map(entries));
        }
        loop {
            self.skip_space();
            let start = self.at;
            if self.peek() != Some(b'"') {
                return Err(self.unexpected("a key in quotation marks"));
            }
            let key = self.string()?;
            let key_span = self.span(start..self.at);
            self.skip_space();
            if self.peek() != Some(b':') {
                return Err(self.unexpected("`:`"));
            }
            self.at += 1;
            let node = self.value(depth + 1)?;
            if let Some(first) = seen.get(&key) {
                let fault = Diagnostic::error("duplicate", format!("the key {} is given twice", quoted(&key, '`')));
                let fault = fault.spanned(Some(key_span)).related(Some(first.clone()), "first given here");
                self.repeated.push(fault.help("remove one of the two"));
            } else {
                seen.insert(key.clone(), key_span.clone());
                entries.push(Entry { key, key_span: Some(key_span), node });
            }
            if !self.continues(b'}')? {
                return Ok(Value::Map(entries));
            }
        }
    }

    fn list(&mut self, depth: usize) -> Parsed<Value> {
        self.at += 1;
        let mut items = Vec::new();
        if self.ends_with(b']') {
            return Ok(Value::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            if !self.continues(b']')? {
                return Ok(Value::List(items));
            }
        }
    }

    /// True after a comma, false after `close`.
    fn continues(&mut self, close: u8) -> Parsed<bool> {
        self.skip_space();
        match self.peek() {
            Some(b',') => self.at += 1,
            Some(byte) if byte == close => {
                self.at += 1;
                return Ok(false);
            }
            _ => return Err(self.unexpected(&format!("`,` or `{}`", char::from(close)))),
        }
        self.skip_space();
        if self.peek() == Some(close) { Err(self.unexpected("another item after the comma")) } else { Ok(true) }
    }

    fn ends_with(&mut self, close: u8) -> bool {
        self.skip_space();
        let ends = self.peek() == Some(close);
        self.at += usize::from(ends);
        ends
    }

    fn word(&mut self) -> Parsed<Value> {
        for (word, value) in [("null", Value::Null), ("true", Value::Bool(true)), ("false", Value::Bool(false))] {
            if self.text[self.at..].starts_with(word) {
                self.at += word.len();
                return Ok(value);
            }
        }
        let start = self.at;
        let length = self.text[start..].bytes().take_while(u8::is_ascii_alphanumeric).count();
        if ["NaN", "Infinity", "nan", "inf"].contains(&&self.text[start..start + length]) {
            let message = format!("{} is not a number", &self.text[start..start + length]);
            return Err(self.fault("number", message, start..start + length));
        }
        Err(self.unexpected("a value"))
    }

    fn number(&mut self) -> Parsed<Node> {
        let start = self.at;
        let is_part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
        self.at += self.text.as_bytes()[start..].iter().take_while(|byte| is_part(byte)).count();
        let text = &self.text[start..self.at];
        if !is_json_number(text) {
            let message = format!("{} is not a JSON number", quoted(text, '`'));
            return Err(self.fault("number", message, start..self.at));
        }
        Ok(Node::number(text, Some(self.span(start..self.at))))
    }

    fn string(&mut self) -> Parsed<String> {
        let start = self.at;
        self.at += 1;
        let mut text = String::new();
        loop {
            let rest = &self.text[self.at..];
            let plain = rest.find(['"', '\\']).unwrap_or(rest.len());
            if let Some(control) = rest[..plain].find(|character: char| character < ' ') {
                let at = self.at + control;
                return Err(self.fault("syntax", "a control character in a string must be escaped".into(), at..at + 1));
            }
            text.push_str(&rest[..plain]);
            self.at += plain;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(_) => text.push(self.escape()?),
                None => return Err(self.fault("syntax", "the string does not end".into(), start..start + 1)),
            }
        }
    }

    fn escape(&mut self) -> Parsed<char> {
        let start = self.at;
        let letter = self.text.as_bytes().get(start + 1).copied();
        self.at += 2;
        let character = match letter {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                let unit = self.hex(start)?;
                let code = match unit {
                    0xd800..0xdc00 if self.text[self.at..].starts_with("\\u") => {
                        self.at += 2;
                        let low = self.hex(start)?;
                        if (0xdc00..0xe000).contains(&low) {
                            0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00)
                        } else {
                            unit
                        }
                    }
                    _ => unit,
                };
                return char::from_u32(code).ok_or_else(|| {
                    self.fault("syntax", "half of a surrogate pair is no character".into(), start..self.at)
                });
            }
            _ => return Err(self.fault("syntax", "no such escape in a string".into(), start..start + 2)),
        };
        Ok(character)
    }

    fn hex(&mut self, start: usize) -> Parsed<u32> {
        let digits = self.text.get(self.at..self.at + 4).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
        let code = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let Some(code) = code else {
            return Err(self.fault("syntax", "\\u needs four hexadecimal digits".into(), start..start + 2));
        };
        self.at += 4;
        Ok(code)
    }

    fn skip_space(&mut self) {
        let space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
        self.at += self.text.as_bytes()[self.at..].iter().take_while(|byte| space(byte)).count();
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn unexpected(&self, expected: &str) -> Box<Diagnostic> {
        let message = match self.text[self.at..].chars().next() {
            Some(found) => format!("{} is found where {expected} is expected", quoted(&found.to_string(), '`')),
            None => format!("the text ends where {expected} is expected"),
        };
        let length = self.text[self.at..].chars().next().map_or(0, char::len_utf8);
        self.fault("syntax", message, self.at..self.at + length)
    }

    fn fault(&self, code: &'static str, message: String, range: Range<usize>) -> Box<Diagnostic> {
        Box::new(Diagnostic::error(code, message).spanned(Some(self.span(range))))
    }

    fn span(&self, range: Range<usize>) -> Span {
        Span::new(self.file, range.start + self.offset..range.end + self.offset)
    }
}

/// The grammar of RFC 8259: no plus sign, no leading zero, digits on both sides of the point.
fn is_json_number(text: &str) -> bool {
    let text = text.strip_prefix('-').unwrap_or(text);
    let (number, exponent) = text.split_once(['e', 'E']).map_or((text, None), |(number, power)| (number, Some(power)));
    let (whole, fraction) = number.split_once('.').map_or((number, None), |(whole, part)| (whole, Some(part)));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|power| digits(power.strip_prefix(['+', '-']).unwrap_or(power)))
}
