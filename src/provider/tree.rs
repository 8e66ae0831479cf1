//! Values of the host become a tree for the parser.
//!
//! Nulls of objects are left out: an argument that is null is not given, and computed attributes, which a configuration never sets, are
//! null. Sets become lists in their own order. An unknown value becomes an unreadable one marked [`NOT_KNOWN`], so that the parser judges
//! everything else and nothing that depends on it; [`super::report`] drops the mark.
//!
//! The host computes in binary with 512 bits, so that `3 * 0.9` arrives as 2.7000…0003 with 150 digits. Fractions are rounded to
//! [`SIGNIFICANT`] digits, more than any quantity takes, so that what was computed is as good as what was written.

use std::borrow::Cow;

use crate::diagnostic::Diagnostic;
use crate::parse::tree::{Node, Value as Leaf};
use crate::tfplugin::Value;

/// Code of the finding that stands for a value the host does not know yet.
pub(super) const NOT_KNOWN: &str = "not-known";

/// Digits of a fraction that are kept: the parser accepts 30 and needs 24.
const SIGNIFICANT: usize = 24;

/// The tree of `value`.
pub(super) fn node(value: &Value) -> Node {
    match value {
        Value::Null => Leaf::Null.into(),
        Value::Unknown(_) => Leaf::Faulty(Box::new(not_known())).into(),
        Value::Bool(value) => (*value).into(),
        Value::Number(number) => Node::number(&rounded(&number.to_string()), None),
        Value::String(text) => text.as_str().into(),
        Value::List(items) | Value::Set(items) | Value::Tuple(items) => Node::list(items.iter().map(node)),
        Value::Map(entries) => Node::map(entries.iter().map(|(key, value)| (key, node(value)))),
        Value::Object(attributes) => {
            let given = attributes.iter().filter(|(_, value)| !value.is_null());
            Node::map(given.map(|(name, value)| (name, node(value))))
        }
        Value::Dynamic(_, value) => node(value),
    }
}

fn not_known() -> Diagnostic {
    Diagnostic::error(NOT_KNOWN, "the value is not known yet")
        .help("give it a value that does not depend on something still to be created")
}

/// The decimal `text` with at most [`SIGNIFICANT`] digits, rounded half away from zero; digits before the point are all kept.
fn rounded(text: &str) -> Cow<'_, str> {
    let (sign, unsigned) = text.strip_prefix('-').map_or(("", text), |unsigned| ("-", unsigned));
    let Some((whole, fraction)) = unsigned.split_once('.') else { return Cow::Borrowed(text) };
    let leading = if whole == "0" { fraction.bytes().take_while(|&digit| digit == b'0').count() } else { 0 };
    let used = if whole == "0" { 0 } else { whole.len() };
    let kept = (leading + SIGNIFICANT).saturating_sub(used);
    if fraction.len() <= kept {
        return Cow::Borrowed(text);
    }
    let mut digits: Vec<u8> = whole.bytes().chain(fraction.bytes().take(kept)).collect();
    if fraction.as_bytes()[kept] >= b'5' {
        increment(&mut digits);
    }
    let point = digits.len() - kept;
    let digits = String::from_utf8_lossy(&digits);
    Cow::Owned(format!("{sign}{}.{}", &digits[..point], &digits[point..]))
}

/// Adds one to a whole number in decimal digits.
fn increment(digits: &mut Vec<u8>) {
    for digit in digits.iter_mut().rev() {
        if *digit < b'9' {
            *digit += 1;
            return;
        }
        *digit = b'0';
    }
    digits.insert(0, b'1');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_fractions_are_rounded_to_what_was_meant() {
        let nines = "9".repeat(150);
        for (text, expected) in [
            (format!("3.1{nines}"), "3.20000000000000000000000"),
            (format!("0.000{nines}"), "0.001000000000000000000000000"),
            (format!("-99.{nines}"), "-100.0000000000000000000000"),
            (format!("3.{}", "3".repeat(150)), "3.33333333333333333333333"),
            ("0.1".to_owned(), "0.1"),
            (format!("{nines}.5"), &format!("1{}.", "0".repeat(150))),
            (nines.clone(), &nines),
            ("Inf".to_owned(), "Inf"),
        ] {
            assert_eq!(rounded(&text), expected, "{text}");
        }
    }
}
