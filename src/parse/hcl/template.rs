//! Templates: text with `${…}`, `%{ if … }` and `%{ for … }`. A `~` strips the white space next to its marker.

use hcl_edit::expr::Expression;
use hcl_edit::template::{Directive, Element, ForDirective, Strip, Template};

use super::eval::{Call, Evaluated, Fault, Scope};
use super::functions::LARGEST;
use super::value::Value;

impl Call<'_, '_> {
    /// A template of a single `${…}` is that value itself; any other is text. `is_quoted` is false for heredocs.
    pub(super) fn template_value(
        self,
        template: &Template,
        is_quoted: bool,
        whole: &Expression,
        bound: Option<&Scope<'_>>,
    ) -> Evaluated {
        if let Some(Element::Interpolation(only)) = template.as_single_element() {
            return self.value(&only.expr, bound);
        }
        let mut text = String::new();
        let outside = Around { strips: (false, false), is_quoted, is_nested: false };
        self.write(&mut text, template, outside, whole, bound)?;
        let text = Value::text(text);
        self.spend(text.size(), whole)?;
        Ok(text)
    }

    /// Appends `template` to `text`.
    fn write(
        self,
        text: &mut String,
        template: &Template,
        around: Around,
        whole: &Expression,
        bound: Option<&Scope<'_>>,
    ) -> Result<(), Fault> {
        let elements: Vec<&Element> = template.iter().collect();
        for (position, element) in elements.iter().enumerate() {
            match element {
                Element::Literal(literal) => {
                    let before = position.checked_sub(1).map_or(around.strips.0, |before| outer(elements[before]).1);
                    let after = elements.get(position + 1).map_or(around.strips.1, |after| outer(after).0);
                    // The parser replaces escapes, but not within directives.
                    let plain =
                        if around.is_quoted && around.is_nested { unescaped(literal) } else { literal.to_string() };
                    let literal = if before { plain.trim_start() } else { plain.as_str() };
                    text.push_str(if after { literal.trim_end() } else { literal });
                }
                Element::Interpolation(interpolation) => {
                    let value = self.value(&interpolation.expr, bound)?;
                    let part = value.as_text().ok_or_else(|| {
                        self.fault("type", format!("{} cannot be put into text", value.kind()), &interpolation.expr)
                    })?;
                    text.push_str(&part);
                }
                Element::Directive(directive) => match &**directive {
                    Directive::If(choice) => {
                        let (then, end) = (&choice.if_expr, choice.endif_expr.strip);
                        let otherwise = choice.else_expr.as_ref();
                        let chosen = if self.boolean(&then.cond_expr, bound)? {
                            let next = otherwise.map_or(end, |otherwise| otherwise.strip);
                            Some((&then.template, then.strip, next))
                        } else {
                            otherwise.map(|otherwise| (&otherwise.template, otherwise.strip, end))
                        };
                        if let Some((template, before, after)) = chosen {
                            let strips = (before.strip_end(), after.strip_start());
                            self.write(text, template, Around { strips, is_nested: true, ..around }, whole, bound)?;
                        }
                    }
                    Directive::For(each) => self.repeat(text, each, around, whole, bound)?,
                },
            }
            self.spend(1, whole)?;
            if text.len() as u64 / 8 > LARGEST {
                return Err(self.fault("limit", "the text would be too long", whole));
            }
        }
        Ok(())
    }

    fn repeat(
        self,
        text: &mut String,
        each: &ForDirective,
        around: Around,
        whole: &Expression,
        bound: Option<&Scope<'_>>,
    ) -> Result<(), Fault> {
        let (head, end) = (&each.for_expr, each.endfor_expr.strip);
        for (key, item) in self.parts(&head.collection_expr, bound)? {
            let outer = Scope::with(bound, head.key_var.as_ref().map_or("", |name| name.as_str()), &key);
            let scope = Scope::with(Some(&outer), head.value_var.as_str(), &item);
            let strips = (head.strip.strip_end(), end.strip_start());
            self.write(text, &head.template, Around { strips, is_nested: true, ..around }, whole, Some(&scope))?;
        }
        Ok(())
    }
}

/// What surrounds a template.
#[derive(Clone, Copy)]
struct Around {
    /// Whether white space at its start and end goes.
    strips: (bool, bool),
    /// Within quotation marks, not in a heredoc.
    is_quoted: bool,
    /// Within a directive.
    is_nested: bool,
}

/// `text` with its escapes replaced; what is no escape stays.
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        plain.push_str(&rest[..at]);
        let (character, length) = escape(&rest[at + 1..]).unwrap_or(('\\', 0));
        plain.push(character);
        rest = &rest[at + 1 + length..];
    }
    plain + rest
}

/// The character that an escape stands for, and the bytes it takes after the backslash.
fn escape(after: &str) -> Option<(char, usize)> {
    let code = |digits: usize| {
        let character = char::from_u32(u32::from_str_radix(after.get(1..=digits)?, 16).ok()?)?;
        Some((character, digits + 1))
    };
    match after.chars().next()? {
        'n' => Some(('\n', 1)),
        'r' => Some(('\r', 1)),
        't' => Some(('\t', 1)),
        '"' => Some(('"', 1)),
        '\\' => Some(('\\', 1)),
        'u' => code(4),
        'U' => code(8),
        _ => None,
    }
}

/// Whether an element strips the text before it, and after it.
fn outer(element: &Element) -> (bool, bool) {
    let strips = |first: Strip, last: Strip| (first.strip_start(), last.strip_end());
    match element {
        Element::Literal(_) => (false, false),
        Element::Interpolation(interpolation) => strips(interpolation.strip, interpolation.strip),
        Element::Directive(directive) => match &**directive {
            Directive::If(choice) => strips(choice.if_expr.strip, choice.endif_expr.strip),
            Directive::For(each) => strips(each.for_expr.strip, each.endfor_expr.strip),
        },
    }
}
