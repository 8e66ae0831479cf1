//! Reference sections from the language tables: one table for each object, under a heading that says where it stands.

use std::fmt::Write as _;

use stowage::parse::language::{Argument, CATALOG, Kind as Given, PROBLEM};
use stowage::render::language::{Field, Kind as Made, RESULT};

/// The arguments of the data source.
pub(super) fn arguments() -> String {
    let mut page = Page::default();
    page.given("", PROBLEM);
    page.text.trim_end().to_owned()
}

/// The argument of the provider block.
pub(super) fn provider() -> String {
    let mut page = Page::default();
    page.text.push_str(
        "`catalog` (object, optional) has these arguments; the data source has the same, applied after them.\n\n",
    );
    page.given("catalog", CATALOG);
    page.text.trim_end().to_owned()
}

/// The computed attributes of the data source.
pub(super) fn attributes() -> String {
    let mut page = Page::default();
    page.made("", RESULT);
    page.text.trim_end().to_owned()
}

/// Sections, and which objects they have shown: by what is said of their parts, with the heading.
#[derive(Default)]
struct Page {
    text: String,
    shown: Vec<(Parts, String)>,
}

/// Names and descriptions.
type Parts = Vec<(&'static str, &'static str)>;

fn given_parts(arguments: &'static [Argument]) -> Parts {
    arguments.iter().map(|argument| (argument.name, argument.description)).collect()
}

fn made_parts(fields: &'static [Field]) -> Parts {
    fields.iter().map(|field| (field.name, field.description)).collect()
}

impl Page {
    fn given(&mut self, path: &str, arguments: &'static [Argument]) {
        self.heading(path, given_parts(arguments));
        self.text.push_str("| argument | value | default | meaning |\n|---|---|---|---|\n");
        let mut inner = Vec::new();
        for argument in arguments {
            let place = join(path, argument.name);
            let mut value = escaped(&argument.kind.phrase());
            if let Some((suffix, object)) = given_object(argument.kind) {
                let place = format!("{place}{suffix}");
                let anchor = self.anchor(&place, &place, given_parts(object), &mut inner, object);
                value = if suffix.is_empty() {
                    format!("[object](#{anchor})")
                } else {
                    value.replace("a map", &format!("a map of [objects](#{anchor})"))
                };
            }
            let default = match (argument.required, argument.default) {
                (true, _) => "**required**".to_owned(),
                (false, Some(default)) => format!("`{default}`"),
                (false, None) => "none".to_owned(),
            };
            let _ = writeln!(
                self.text,
                "| `{}` | {value} | {default} | {} |",
                argument.name,
                escaped(argument.description)
            );
        }
        for (place, object) in inner {
            self.given(&place, object);
        }
    }

    fn made(&mut self, path: &str, fields: &'static [Field]) {
        let heading = if path.is_empty() { String::new() } else { read_only(path) };
        self.heading(&heading, made_parts(fields));
        self.text.push_str("| attribute | value | meaning |\n|---|---|---|\n");
        let mut inner = Vec::new();
        for field in fields {
            let place = join(path, field.name);
            let mut value = escaped(&field.kind.phrase());
            if let Some((suffix, object)) = made_object(field.kind) {
                let place = format!("{place}{suffix}");
                let anchor = self.anchor(&place, &read_only(&place), made_parts(object), &mut inner, object);
                let word = if suffix.is_empty() { "object" } else { "objects" };
                value = value.replace(word, &format!("[{word}](#{anchor})"));
            }
            if field.is_nullable {
                value.push_str(", or null");
            }
            let _ = writeln!(self.text, "| `{}` | {value} | {} |", field.name, escaped(field.description));
        }
        for (place, object) in inner {
            self.made(&place, object);
        }
    }

    fn heading(&mut self, heading: &str, parts: Parts) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
        if !heading.is_empty() {
            let _ = writeln!(self.text, "### {heading}\n");
        }
        self.note(parts, heading);
    }

    fn note(&mut self, parts: Parts, heading: &str) {
        if !self.shown.iter().any(|(shown, _)| *shown == parts) {
            self.shown.push((parts, heading.to_owned()));
        }
    }

    /// The anchor of the section that shows an object; the object is queued for `place` if there is none.
    fn anchor<T>(
        &mut self,
        place: &str,
        heading: &str,
        parts: Parts,
        queue: &mut Vec<(String, T)>,
        object: T,
    ) -> String {
        if let Some((_, heading)) = self.shown.iter().find(|(shown, _)| *shown == parts) {
            return anchor(heading);
        }
        self.note(parts, heading);
        queue.push((place.to_owned(), object));
        anchor(heading)
    }
}

/// The heading of an object of the result: arguments may have the same path.
fn read_only(path: &str) -> String {
    format!("{path} (read-only)")
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// The object inside a kind, and what stands between the argument's name and the object's parts.
fn given_object(kind: &'static Given) -> Option<(&'static str, &'static [Argument])> {
    match kind {
        Given::Object(arguments) => Some(("", arguments)),
        Given::Map { of, .. } => given_object(of).map(|(_, arguments)| ("[...]", arguments)),
        Given::Bool
        | Given::Number(_)
        | Given::Text
        | Given::Word(_)
        | Given::Document(_)
        | Given::List { .. }
        | Given::Set { .. } => None,
    }
}

fn made_object(kind: &'static Made) -> Option<(&'static str, &'static [Field])> {
    match kind {
        Made::Object(fields) => Some(("", fields)),
        Made::List(of) | Made::Map { of, .. } => made_object(of).map(|(_, fields)| ("[...]", fields)),
        Made::Bool | Made::Number | Made::Whole | Made::Text | Made::Word(_) => None,
    }
}

/// The anchor that Markdown renderers make of a heading.
pub(super) fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|character| character.is_alphanumeric() || matches!(character, ' ' | '-' | '_'));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

fn escaped(text: &str) -> String {
    text.replace('|', "\\|")
}
