//! Expressions to values, as Terraform computes them.
//!
//! Numbers are exact decimals, maps are ordered by key, conversions between strings and numbers are automatic, only the chosen branch of a
//! conditional is computed, and every fault names the expression it comes from. An evaluation cannot run away: steps, sizes and depths are
//! limited, and the parser limits how deep expressions nest.
//!
//! Why not the evaluator of `hcl-rs`: its numbers are binary (`0.1 * 3` is not `0.3`), its integer arithmetic panics on overflow and on
//! `5 % 0`, it iterates maps as written instead of by key, it cannot compute `try`, and its faults have no place.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use hcl_edit::Span as _;
use hcl_edit::expr::{Expression, ForExpr, FuncCall, ObjectKey, Traversal};
use hcl_edit::visit::{self, Visit};

use super::files::Files;
use super::functions::{self, Arguments};
use super::module::{Module, Site};
use super::reference::{lookup, named};
use super::value::Value;
use crate::diagnostic::{Diagnostic, Span, nearest, quoted};
use crate::units::Decimal;

/// A fault, boxed because it is large and rare.
pub(super) type Fault = Box<Diagnostic>;

/// What an expression is, or why it cannot be said.
pub(super) type Evaluated = Result<Value, Fault>;

/// Steps one evaluation of a whole module may take.
const MOST_STEPS: u64 = 10_000_000;

/// Deepest value. A problem needs six levels.
const DEEPEST: u32 = 64;

/// Values of a module: locals are computed when they are first needed, once.
#[derive(Debug)]
pub(super) struct Evaluator<'m> {
    pub(super) module: &'m Module,
    pub(super) locals: RefCell<BTreeMap<String, Evaluated>>,
    steps: Cell<u64>,
    pub(super) files: Files<'m>,
}

/// Names bound by `for`, innermost first.
#[derive(Clone, Copy)]
pub(super) struct Scope<'s> {
    pub(super) parent: Option<&'s Self>,
    pub(super) name: &'s str,
    pub(super) value: &'s Value,
}

impl<'m> Evaluator<'m> {
    pub(super) fn new(module: &'m Module) -> Self {
        Self { module, locals: RefCell::default(), steps: Cell::new(0), files: Files::default() }
    }

    /// The same, with files that expressions may name.
    pub(super) const fn reading(mut self, files: Files<'m>) -> Self {
        self.files = files;
        self
    }

    /// Steps taken so far.
    pub(super) const fn spent(&self) -> u64 {
        self.steps.get()
    }

    /// The value of `expression`, written in `site`.
    pub(super) fn value(&self, expression: &Expression, site: &Site) -> Evaluated {
        self.prepare(expression);
        let call = Call { evaluator: self, site };
        let value = call.value(expression, None)?;
        // What is handed out gets written out, shared parts every time they appear.
        call.spend(value.size(), expression)?;
        Ok(value)
    }

    /// The key an object key stands for.
    pub(super) fn key(&self, key: &ObjectKey, site: &Site) -> Result<String, Fault> {
        if let ObjectKey::Expression(expression) = key {
            self.prepare(expression);
        }
        Call { evaluator: self, site }.key(key, None)
    }

    /// Computes the locals that `expression` needs, each after those it needs itself.
    ///
    /// The order is found with a list, not by recursion: a chain of locals may be as long as its author likes.
    fn prepare(&self, expression: &Expression) {
        let mut open: Vec<(String, bool)> = needed_locals(expression);
        let mut underway: Vec<String> = Vec::new();
        while let Some((name, is_ready)) = open.pop() {
            if self.locals.borrow().contains_key(&name) {
                continue;
            }
            let Some((expression, site)) = self.module.local(&name) else { continue };
            if is_ready {
                underway.retain(|other| *other != name);
                let value = Call { evaluator: self, site }.value(expression, None);
                self.locals.borrow_mut().insert(name, value);
            } else if let Some(start) = underway.iter().position(|other| *other == name) {
                let circle: Vec<_> =
                    underway[start..].iter().chain([&name]).map(|name| format!("local.{name}")).collect();
                let fault = Diagnostic::error("cycle", format!("locals depend on each other: {}", circle.join(" → ")))
                    .help("break the circle by giving one of them a value of its own");
                let fault = Box::new(fault.spanned(site.span(expression)));
                for name in underway.split_off(start) {
                    self.locals.borrow_mut().insert(name, Err(fault.clone()));
                }
            } else {
                let needed = needed_locals(expression);
                underway.push(name.clone());
                open.push((name, true));
                open.extend(needed);
            }
        }
    }
}

/// The locals an expression refers to, last name first, none of them ready.
fn needed_locals(expression: &Expression) -> Vec<(String, bool)> {
    let mut names = LocalNames(BTreeSet::new());
    names.visit_expr(expression);
    names.0.into_iter().rev().map(|name| (name, false)).collect()
}

/// Names of the locals an expression refers to.
struct LocalNames(BTreeSet<String>);

impl Visit for LocalNames {
    fn visit_traversal(&mut self, traversal: &Traversal) {
        if traversal.expr.as_variable().is_some_and(|root| root.as_str() == "local") {
            self.0.extend(traversal.operators.first().and_then(|operator| named(operator.value())).map(str::to_owned));
        }
        visit::visit_traversal(self, traversal);
    }
}

/// Code of the finding about a function that Terraform may know: `try` does not pass over it, because Terraform would not.
const NOT_COMPUTED: &str = "function";

/// The evaluation of expressions of one file.
#[derive(Clone, Copy)]
pub(super) struct Call<'e, 'm> {
    pub(super) evaluator: &'e Evaluator<'m>,
    pub(super) site: &'e Site,
}

pub(super) type Bound<'s> = Option<&'s Scope<'s>>;

impl Call<'_, '_> {
    pub(super) fn fault(self, code: &'static str, message: impl Into<String>, at: &Expression) -> Fault {
        Box::new(Diagnostic::error(code, message).spanned(self.site.span(at)))
    }

    pub(super) fn value(self, expression: &Expression, bound: Bound<'_>) -> Evaluated {
        self.spend(1, expression)?;
        let value = match expression {
            Expression::Null(_) => Value::Null,
            Expression::Bool(value) => Value::Bool(**value),
            Expression::Number(number) => {
                let text = number.as_repr().map_or_else(|| number.value().to_string(), |repr| (**repr).to_owned());
                let text: String = text.chars().filter(|character| !character.is_whitespace()).collect();
                let parsed = text.parse::<Decimal>();
                Value::Number(parsed.map_err(|error| {
                    Box::new(crate::parse::tree::number_fault(&text, error).spanned(self.site.span(expression)))
                })?)
            }
            Expression::String(text) => Value::text(text.as_str()),
            Expression::Array(array) => {
                let items = array.iter().map(|item| self.value(item, bound));
                Value::list(items.collect::<Result<Vec<_>, _>>()?)
            }
            Expression::Object(object) => {
                let entries =
                    object.iter().map(|(key, value)| Ok((self.key(key, bound)?, self.value(value.expr(), bound)?)));
                Value::map(entries.collect::<Result<Vec<_>, Fault>>()?)
            }
            Expression::StringTemplate(template) => self.template_value(template, true, expression, bound)?,
            Expression::HeredocTemplate(heredoc) => self.template_value(&heredoc.template, false, expression, bound)?,
            Expression::Parenthesis(inner) => self.value(inner.inner(), bound)?,
            Expression::Variable(name) => match lookup(bound, name.as_str()) {
                Some(value) => value.clone(),
                None => return Err(self.foreign_reference(expression)),
            },
            Expression::Traversal(traversal) => self.traversal(traversal, expression, bound)?,
            Expression::Conditional(choice) => {
                let chosen =
                    if self.boolean(&choice.cond_expr, bound)? { &choice.true_expr } else { &choice.false_expr };
                self.value(chosen, bound)?
            }
            Expression::FuncCall(call) => self.call(call, expression, bound)?,
            Expression::UnaryOp(operation) => self.unary(operation, bound)?,
            Expression::BinaryOp(operation) => self.binary(operation, expression, bound)?,
            Expression::ForExpr(each) => self.for_each(each, expression, bound)?,
        };
        if value.depth() > DEEPEST {
            return Err(self.fault("depth", format!("the value is nested more than {DEEPEST} deep"), expression));
        }
        Ok(value)
    }

    /// Counts work, so that no text can keep the machine busy for long.
    pub(super) fn spend(self, steps: u64, at: &Expression) -> Result<(), Fault> {
        let spent = self.evaluator.steps.get().saturating_add(steps);
        self.evaluator.steps.set(spent);
        if spent <= MOST_STEPS {
            return Ok(());
        }
        let fault = self.fault("limit", "the expressions take too many steps to compute", at);
        Err(Box::new(fault.help("compute large tables outside, and pass them as variables")))
    }

    pub(super) fn boolean(self, expression: &Expression, bound: Bound<'_>) -> Result<bool, Fault> {
        let value = self.value(expression, bound)?;
        value.as_bool().ok_or_else(|| self.expected("a boolean", &value, expression))
    }

    pub(super) fn number(self, expression: &Expression, bound: Bound<'_>) -> Result<Decimal, Fault> {
        let value = self.value(expression, bound)?;
        value.as_number().ok_or_else(|| self.expected("a number", &value, expression))
    }

    pub(super) fn expected(self, expected: &str, value: &Value, at: &Expression) -> Fault {
        self.fault("type", format!("{expected} is expected here, not {}", value.kind()), at)
    }

    fn key(self, key: &ObjectKey, bound: Bound<'_>) -> Result<String, Fault> {
        match key {
            // A bare word is a key, not a reference, unless it is in parentheses.
            ObjectKey::Ident(name) | ObjectKey::Expression(Expression::Variable(name)) => Ok(name.to_string()),
            ObjectKey::Expression(expression) => {
                let value = self.value(expression, bound)?;
                let text = value.as_text().ok_or_else(|| self.expected("a string as key", &value, expression))?;
                Ok(text.as_ref().to_owned())
            }
        }
    }

    fn call(self, call: &FuncCall, whole: &Expression, bound: Bound<'_>) -> Evaluated {
        let name = call.name.name.as_str();
        if call.name.namespace.is_empty() && matches!(name, "try" | "can") {
            return self.attempt(name, call, whole, bound);
        }
        if call.name.namespace.is_empty() && self.evaluator.files.has(name) {
            return self.of_file(name, call, whole, bound);
        }
        let Some(function) = functions::named(name).filter(|_| call.name.namespace.is_empty()) else {
            let fault =
                self.fault(NOT_COMPUTED, format!("the function {} is not computed here", quoted(name, '`')), whole);
            return Err(Box::new(match nearest(name, functions::names()) {
                Some(meant) => fault.help(format!("did you mean `{meant}`?")),
                None if name == "file" => {
                    fault.help("name an earlier result with --previous FILE; give any other file's text by a variable")
                }
                None => fault.help("give the value by a variable"),
            }));
        };
        let mut arguments = Vec::new();
        let count = call.args.len();
        for (position, argument) in call.args.iter().enumerate() {
            let value = self.value(argument, bound)?;
            if !call.args.expand_final() || position + 1 < count {
                arguments.push(value);
            } else if let Value::List(list) = &value {
                arguments.extend(list.iter().cloned());
            } else {
                return Err(self.expected("a list before `...`", &value, argument));
            }
        }
        let arguments = Arguments(arguments);
        let answer = function(&arguments).map_err(|fault| self.fault("call", format!("{name}: {fault}"), whole))?;
        // Reading a container costs its own length; what the call made costs its whole size, shared parts included.
        self.spend(answer.size().saturating_add(arguments.0.len() as u64), whole)?;
        if answer.size() > functions::LARGEST {
            return Err(self.fault("limit", format!("{name}: the result would be too large"), whole));
        }
        Ok(answer)
    }

    /// `try` is the first argument that can be computed; `can` says whether its argument can.
    fn attempt(self, name: &str, call: &FuncCall, whole: &Expression, bound: Bound<'_>) -> Evaluated {
        if name == "can" && call.args.len() == 1 {
            for argument in &call.args {
                match self.value(argument, bound) {
                    Ok(_) => {}
                    Err(fault) if fault.code == NOT_COMPUTED => return Err(fault),
                    Err(_) => return Ok(Value::Bool(false)),
                }
            }
            return Ok(Value::Bool(true));
        }
        if name == "can" || call.args.is_empty() {
            return Err(self.fault("call", format!("{name}: an argument is expected"), whole));
        }
        let mut last = None;
        for argument in &call.args {
            match self.value(argument, bound) {
                Ok(value) => return Ok(value),
                Err(fault) if fault.code == NOT_COMPUTED => return Err(fault),
                Err(fault) => last = Some(fault),
            }
        }
        let fault = self.fault("call", "try: no argument can be computed", whole);
        Err(Box::new(fault.note(last.map_or_else(String::new, |fault| format!("the last one: {}", fault.message)))))
    }

    /// The parts of a collection with their keys, for `for`.
    pub(super) fn parts(self, collection: &Expression, bound: Bound<'_>) -> Result<Vec<(Value, Value)>, Fault> {
        let value = self.value(collection, bound)?;
        match &value {
            Value::List(list) => {
                Ok(list.iter().cloned().enumerate().map(|(index, item)| (Value::count(index), item)).collect())
            }
            Value::Map(map) => Ok(map.iter().map(|(key, item)| (Value::text(key.as_str()), item.clone())).collect()),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => {
                Err(self.expected("a list or map", &value, collection))
            }
        }
    }

    fn for_each(self, each: &ForExpr, whole: &Expression, bound: Bound<'_>) -> Evaluated {
        let mut list = Vec::new();
        let mut map: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for (key, item) in self.parts(&each.intro.collection_expr, bound)? {
            let key_name = each.intro.key_var.as_ref().map_or("", |name| name.as_str());
            let outer = Scope { parent: bound, name: key_name, value: &key };
            let scope = Scope { parent: Some(&outer), name: each.intro.value_var.as_str(), value: &item };
            let bound = Some(&scope);
            if let Some(condition) = &each.cond
                && !self.boolean(&condition.expr, bound)?
            {
                continue;
            }
            let value = self.value(&each.value_expr, bound)?;
            self.spend(value.size(), whole)?;
            let Some(key_expression) = &each.key_expr else {
                list.push(value);
                continue;
            };
            let key = self.value(key_expression, bound)?;
            let key = key.as_text().ok_or_else(|| self.expected("a string as key", &key, key_expression))?;
            let values = map.entry(key.as_ref().to_owned()).or_default();
            if !values.is_empty() && !each.grouping {
                let fault = self.fault("duplicate", format!("the key {} is made twice", quoted(&key, '`')), whole);
                return Err(Box::new(fault.help("write `...` after the value to collect values of one key in a list")));
            }
            values.push(value);
        }
        Ok(match &each.key_expr {
            None => Value::list(list),
            Some(_) if each.grouping => Value::map(map.into_iter().map(|(key, values)| (key, Value::list(values)))),
            Some(_) => Value::map(map.into_iter().filter_map(|(key, mut values)| Some((key, values.pop()?)))),
        })
    }
}

impl<'s> Scope<'s> {
    /// One more name.
    pub(super) const fn with(parent: Bound<'s>, name: &'s str, value: &'s Value) -> Self {
        Self { parent, name, value }
    }
}

impl Site {
    /// Where `expression` is written.
    pub(super) fn span(&self, expression: &Expression) -> Option<Span> {
        expression.span().map(|range| Span::new(&self.name, range))
    }

    pub(super) fn text(&self, expression: &Expression) -> &str {
        expression.span().and_then(|range| self.content.get(range)).unwrap_or("…")
    }
}
