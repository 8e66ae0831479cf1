//! Does a tree conform to the language? What does is handed on as [`Item`]s, what does not is reported.
//!
//! The check is generic: it walks the [tree of arguments](super::language) and the tree of values together. Null counts as not given, as
//! an argument and as an entry of a map. Values that do not conform become [`Form::Faulty`], so that the decoder reports nothing twice and
//! still checks all the rest.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::language::{Argument, Bounds, Key, Kind, LONGEST_NAME};
use super::number::compare;
use super::tree::{Entry, Node, Value};
use crate::diagnostic::{Diagnostic, Diagnostics, Path, Span, Step, nearest, quoted};
use crate::units::Decimal;

/// A value that conforms, or was reported, with its place.
#[derive(Debug)]
pub(crate) struct Item<'n> {
    pub(crate) form: Form<'n>,
    /// False for a default.
    pub(crate) is_given: bool,
    span: Option<Span>,
    place: Rc<Place>,
}

/// What the language asked for.
#[derive(Debug)]
pub(crate) enum Form<'n> {
    Bool(bool),
    Number(Decimal),
    Text(&'n str),
    /// Items in order.
    List(Vec<Item<'n>>),
    /// Items whose order and repetitions mean nothing.
    Set(Vec<Item<'n>>),
    Map(BTreeMap<&'n str, (Option<Span>, Item<'n>)>),
    Object(BTreeMap<&'static str, Item<'n>>),
    /// A document of another language, as it is given.
    Document(&'n Node),
    /// A document that was read, as canonical text.
    Stated(String),
    /// Does not conform; reported.
    Faulty,
}

/// A path as a chain towards the root: cheap to extend, written out only for a diagnostic.
#[derive(Debug)]
pub(crate) struct Place {
    parent: Option<Rc<Self>>,
    step: Option<Step>,
}

impl Place {
    pub(crate) fn root() -> Rc<Self> {
        Rc::new(Self { parent: None, step: None })
    }

    pub(crate) fn then(self: &Rc<Self>, step: Step) -> Rc<Self> {
        Rc::new(Self { parent: Some(Rc::clone(self)), step: Some(step) })
    }

    pub(crate) fn path(&self) -> Path {
        let mut steps: Vec<Step> = std::iter::successors(Some(self), |place| place.parent.as_deref())
            .filter_map(|place| place.step.clone())
            .collect();
        steps.reverse();
        Path(steps)
    }
}

impl<'n> Item<'n> {
    /// `diagnostic`, at this item.
    pub(crate) fn blame(&self, diagnostic: Diagnostic) -> Diagnostic {
        diagnostic.at(self.place.path()).spanned(self.span.clone())
    }

    /// `diagnostic`, at the entry `key` of this map.
    pub(crate) fn blame_key(&self, key: &str, diagnostic: Diagnostic) -> Diagnostic {
        let entry = if let Form::Map(entries) = &self.form { entries.get(key) } else { None };
        let span = entry.and_then(|(key_span, item)| key_span.clone().or(item.span.clone()));
        diagnostic.at(self.place.then(Step::Key(key.to_owned())).path()).spanned(span.or_else(|| self.span.clone()))
    }

    pub(crate) const fn is_faulty(&self) -> bool {
        matches!(self.form, Form::Faulty)
    }

    /// Whether it conforms with all its parts.
    pub(crate) fn is_sound(&self) -> bool {
        match &self.form {
            Form::Bool(_) | Form::Number(_) | Form::Text(_) | Form::Document(_) | Form::Stated(_) => true,
            Form::List(items) | Form::Set(items) => items.iter().all(Self::is_sound),
            Form::Map(entries) => entries.values().all(|(_, item)| item.is_sound()),
            Form::Object(arguments) => arguments.values().all(Self::is_sound),
            Form::Faulty => false,
        }
    }

    /// The argument `name` of this object, if it is given.
    pub(crate) fn get(&self, name: &str) -> Option<&Self> {
        if let Form::Object(arguments) = &self.form { arguments.get(name) } else { None }
    }

    /// Puts `text` in the place of the document that the argument `name` of this object is.
    pub(crate) fn state(&mut self, name: &str, text: String) {
        if let Form::Object(arguments) = &mut self.form
            && let Some(item) = arguments.get_mut(name)
        {
            item.form = Form::Stated(text);
        }
    }

    /// The entry of this map with a key; nothing for anything else.
    pub(crate) fn entry(&self, key: &str) -> Option<&Self> {
        if let Form::Map(entries) = &self.form { entries.get(key).map(|(_, item)| item) } else { None }
    }

    /// The entries of this map by key; nothing for anything else.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&'n str, &Self)> {
        let entries = if let Form::Map(entries) = &self.form { Some(entries) } else { None };
        entries.into_iter().flatten().map(|(&key, (_, item))| (key, item))
    }

    /// The items of this list that conform; nothing for anything else.
    pub(crate) fn texts(&self) -> impl Iterator<Item = (&'n str, &Self)> {
        self.items().iter().filter_map(|item| item.text().map(|text| (text, item)))
    }

    /// The items of this list; nothing for anything else.
    pub(crate) fn items(&self) -> &[Self] {
        if let Form::List(items) | Form::Set(items) = &self.form { items } else { &[] }
    }

    pub(crate) const fn text(&self) -> Option<&'n str> {
        if let Form::Text(text) = self.form { Some(text) } else { None }
    }

    pub(crate) const fn number(&self) -> Option<Decimal> {
        if let Form::Number(number) = self.form { Some(number) } else { None }
    }

    pub(crate) const fn boolean(&self) -> Option<bool> {
        if let Form::Bool(value) = self.form { Some(value) } else { None }
    }
}

/// Checks `node` against the object of `arguments`, with `place` as its path.
pub(crate) fn object<'n>(
    node: &'n Node,
    arguments: &'static [Argument],
    place: &Rc<Place>,
    diagnostics: &mut Diagnostics,
) -> Item<'n> {
    let mut check = Check { diagnostics };
    let form = if let Value::Faulty(fault) = &node.value {
        check.faulty(fault, node, place)
    } else {
        check.object(node, arguments, place)
    };
    Item { form, is_given: true, span: node.span.clone(), place: Rc::clone(place) }
}

/// Decimals of a number that count; the finest grain of any quantity has six. Hosts compute fractions such as a third to different lengths, and one
/// problem must not become two.
const DECIMALS: u32 = 12;

fn settled(number: Decimal) -> Decimal {
    number.in_units(DECIMALS).map_or(number, |units| Decimal::new(units, DECIMALS))
}

struct Check<'d> {
    diagnostics: &'d mut Diagnostics,
}

impl Check<'_> {
    fn report(&mut self, diagnostic: Diagnostic, place: &Rc<Place>, span: Option<&Span>) -> Form<'static> {
        self.diagnostics.push(diagnostic.at(place.path()).spanned(span.cloned()));
        Form::Faulty
    }

    fn item<'n>(&mut self, node: &'n Node, kind: &'static Kind, place: Rc<Place>) -> Item<'n> {
        let form = match (kind, &node.value) {
            (_, Value::Faulty(fault)) => self.faulty(fault, node, &place),
            (Kind::Bool, &Value::Bool(value)) => Form::Bool(value),
            (Kind::Number(bounds), &Value::Number(number)) => self.number(number, bounds, node, &place),
            (Kind::Text, Value::String(text)) => Form::Text(text),
            (Kind::Word(words), Value::String(text)) if words.contains(&text.as_str()) => Form::Text(text),
            (Kind::Word(words), Value::String(text)) => {
                self.report(unknown_word(text, words, kind), &place, node.span.as_ref())
            }
            (Kind::List { of, lengths }, Value::List(items)) => self.list(items, of, lengths, node, &place),
            (Kind::Set { of, at_least, at_most }, Value::List(items)) => {
                self.set(items, of, (*at_least, *at_most), node, &place)
            }
            (Kind::Map { key, of, at_most }, Value::Map(entries)) => {
                self.map(entries, (*key, of, *at_most), node, &place)
            }
            (Kind::Object(arguments), _) => self.object(node, arguments, &place),
            (Kind::Document(_), Value::String(_) | Value::Map(_)) => Form::Document(node),
            (_, value) => self.report(wrong_type(value, kind), &place, node.span.as_ref()),
        };
        Item { form, is_given: true, span: node.span.clone(), place }
    }

    fn faulty(&mut self, fault: &Diagnostic, node: &Node, place: &Rc<Place>) -> Form<'static> {
        let mut fault = fault.clone();
        fault.span = fault.span.or_else(|| node.span.clone());
        self.diagnostics.push(fault.at(place.path()));
        Form::Faulty
    }

    fn object<'n>(&mut self, node: &'n Node, arguments: &'static [Argument], place: &Rc<Place>) -> Form<'n> {
        let Value::Map(entries) = &node.value else {
            return self.report(wrong_type(&node.value, &Kind::Object(arguments)), place, node.span.as_ref());
        };
        let mut given = BTreeMap::new();
        for Entry { key, key_span, node } in entries {
            let Some(argument) = arguments.iter().find(|argument| argument.name == key) else {
                let unknown = unknown_argument(key, arguments);
                self.report(unknown, place, key_span.as_ref().or(node.span.as_ref()));
                continue;
            };
            if node.value != Value::Null {
                let place = place.then(Step::Attribute(key.clone()));
                given.insert(argument.name, self.item(node, argument.kind, place));
            }
        }
        for argument in arguments.iter().filter(|argument| argument.required && !given.contains_key(argument.name)) {
            let missing = Diagnostic::error("missing-argument", format!("the argument `{}` is missing", argument.name))
                .help(format!("give `{}` = {}", argument.name, argument.kind.phrase()));
            self.report(missing, place, node.span.as_ref());
        }
        for argument in arguments {
            if !given.contains_key(argument.name)
                && let Some(form) = default_of(argument)
            {
                let place = place.then(Step::Attribute(argument.name.to_owned()));
                given.insert(argument.name, Item { form, is_given: false, span: node.span.clone(), place });
            }
        }
        Form::Object(given)
    }

    fn number(&mut self, number: Decimal, bounds: &Bounds, node: &Node, place: &Rc<Place>) -> Form<'static> {
        if bounds.is_whole && number.exactly_in_units(0).is_none() {
            let fault = Diagnostic::error("number", "a fraction is given where things are counted");
            return self.report(fault.help(format!("give {}", bounds.phrase())), place, node.span.as_ref());
        }
        let fault = if compare(number, bounds.least).is_lt() {
            let sign = if number.is_negative() && !bounds.least.is_negative() { "negative" } else { "too small" };
            format!("the number {} is {sign}", shown(number))
        } else if compare(number, bounds.most).is_gt() {
            format!("the number {} is too large", shown(number))
        } else {
            return Form::Number(settled(number));
        };
        let fault = Diagnostic::error("range", fault).help(format!("give {}", bounds.phrase()));
        self.report(fault, place, node.span.as_ref())
    }

    fn list<'n>(
        &mut self,
        items: &'n [Node],
        of: &'static Kind,
        lengths: &[usize],
        node: &Node,
        place: &Rc<Place>,
    ) -> Form<'n> {
        if !lengths.contains(&items.len()) {
            let expected: Vec<String> = lengths.iter().map(ToString::to_string).collect();
            let fault = Diagnostic::error("length", format!("the list has {} items", items.len()))
                .help(format!("give {} of them", expected.join(" or ")));
            return self.report(fault, place, node.span.as_ref());
        }
        let items = items.iter().enumerate();
        Form::List(items.map(|(index, item)| self.item(item, of, place.then(Step::Index(index)))).collect())
    }

    fn set<'n>(
        &mut self,
        items: &'n [Node],
        of: &'static Kind,
        (at_least, at_most): (usize, usize),
        node: &Node,
        place: &Rc<Place>,
    ) -> Form<'n> {
        if items.len() < at_least {
            let fault = Diagnostic::error("empty-list", "the list is empty: nothing would be selected")
                .help("name at least one, or leave the list out to select everything");
            return self.report(fault, place, node.span.as_ref());
        }
        if items.len() > at_most {
            return self.report(too_many(items.len(), "items", at_most), place, node.span.as_ref());
        }
        let items = items.iter().enumerate();
        Form::Set(items.map(|(index, item)| self.item(item, of, place.then(Step::Index(index)))).collect())
    }

    fn map<'n>(
        &mut self,
        entries: &'n [Entry],
        (key, of, at_most): (Key, &'static Kind, usize),
        node: &Node,
        place: &Rc<Place>,
    ) -> Form<'n> {
        if entries.len() > at_most {
            return self.report(too_many(entries.len(), "entries", at_most), place, node.span.as_ref());
        }
        let mut given = BTreeMap::new();
        for Entry { key: name, key_span, node } in entries {
            if node.value == Value::Null {
                continue;
            }
            let place = place.then(Step::Key(name.clone()));
            if let Some(fault) = name_fault(name, key) {
                self.report(fault, &place, key_span.as_ref().or(node.span.as_ref()));
            }
            given.insert(name.as_str(), (key_span.clone(), self.item(node, of, place)));
        }
        Form::Map(given)
    }
}

/// What holds when an argument is not given: its default, or, for an object whose arguments all have defaults, all of those.
fn default_of(argument: &Argument) -> Option<Form<'static>> {
    match (argument.kind, argument.default) {
        (Kind::Number(_), Some(text)) => text.parse().ok().map(Form::Number),
        (Kind::Bool, Some(text)) => text.parse().ok().map(Form::Bool),
        (Kind::Text | Kind::Word(_), Some(text)) => Some(Form::Text(text.trim_matches('"'))),
        (Kind::Map { .. }, Some("{}")) => Some(Form::Map(BTreeMap::new())),
        (Kind::Object(arguments), None)
            if !argument.required && arguments.iter().all(|argument| !argument.required) =>
        {
            let part = |argument: &Argument| {
                let item = Item { form: default_of(argument)?, is_given: false, span: None, place: Place::root() };
                Some((argument.name, item))
            };
            arguments.iter().map(part).collect::<Option<_>>().map(Form::Object)
        }
        _ => None,
    }
}

fn wrong_type(value: &Value, kind: &Kind) -> Diagnostic {
    let fault = Diagnostic::error("type", format!("{} is given where {} is expected", value.kind(), kind.phrase()));
    match (kind, value) {
        (Kind::Number(_), Value::String(text)) if text.parse::<Decimal>().is_ok() => {
            fault.help(format!("remove the quotation marks: {text}"))
        }
        (Kind::Set { .. }, Value::String(text)) => fault.help(format!("put it into a list: [{}]", quoted(text, '"'))),
        _ => fault,
    }
}

fn unknown_word(text: &str, words: &[&'static str], kind: &Kind) -> Diagnostic {
    let fault = Diagnostic::error("unknown-name", format!("{} is not known here", quoted(text, '`')));
    let same = same_thing(text).filter(|word| words.contains(word));
    match same.or_else(|| nearest(text, words.iter().copied())) {
        Some(word) => fault.help(format!("write \"{word}\"")),
        None => fault.help(format!("write {}", kind.phrase())),
    }
}

fn unknown_argument(key: &str, arguments: &[Argument]) -> Diagnostic {
    let fault = Diagnostic::error("unknown-argument", format!("there is no argument {} here", quoted(key, '`')));
    let names = arguments.iter().map(|argument| argument.name);
    match nearest(key, names.clone()) {
        Some(meant) => fault.help(format!("did you mean `{meant}`?")),
        None => fault.help(format!("the arguments are {}", names.collect::<Vec<_>>().join(", "))),
    }
}

fn too_many(count: usize, what: &str, at_most: usize) -> Diagnostic {
    Diagnostic::error("limit", format!("{count} {what} are given, and at most {at_most} are accepted"))
        .help("split the problem into several, each solved on its own")
}

/// What is wrong with a chosen name, if anything.
pub(super) fn name_fault(name: &str, key: Key) -> Option<Diagnostic> {
    let what = match key {
        Key::Name(what) => what,
        Key::Qualified(what) => match name.split_once('/') {
            Some((before, after)) => {
                return name_fault(before, Key::Name(what)).or_else(|| name_fault(after, Key::Name(what)));
            }
            None => what,
        },
        Key::Reference(_) => return None,
    };
    let fault = if name.is_empty() {
        format!("the name of a {what} is empty")
    } else if name.chars().count() > LONGEST_NAME {
        format!("the name of a {what} has more than {LONGEST_NAME} characters")
    } else if name.contains(|character: char| character == '/' || character.is_control()) {
        format!("the name {} of a {what} contains `/` or a control character", quoted(name, '`'))
    } else {
        return None;
    };
    Some(Diagnostic::error("name", fault).help(format!("use 1 to {LONGEST_NAME} characters without `/`")))
}

/// What other tools call the same thing.
fn same_thing(word: &str) -> Option<&'static str> {
    match word.to_ascii_lowercase().as_str() {
        "amd64" | "x64" | "x86-64" | "x86" | "intel" | "amd" => Some("x86_64"),
        "aarch64" | "arm" | "graviton" => Some("arm64"),
        _ => None,
    }
}

/// A number for a message: written out if that is short.
fn shown(number: Decimal) -> String {
    let text = number.to_string();
    if text.len() <= 40 { text } else { format!("{}…", &text[..32]) }
}
