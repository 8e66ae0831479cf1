//! The files of a folder as one module: variables with their values, locals, and the blocks that concern placement.

use std::collections::BTreeMap;
use std::sync::Arc;

use hcl_edit::Span as _;
use hcl_edit::expr::Expression;
use hcl_edit::structure::{Attribute, Block, Body};

use super::constraint::Type;
use super::eval::{Evaluated, Evaluator};
use super::syntax;
use super::value::Value;
use crate::diagnostic::{Diagnostic, Diagnostics, SourceFile, Span, nearest, quoted};

/// A file's name and text, for places and for quoting.
#[derive(Clone, Debug)]
pub(super) struct Site {
    pub(super) name: Arc<str>,
    pub(super) content: String,
}

/// A block and where it is written.
#[derive(Debug)]
pub(super) struct Located<T> {
    pub(super) part: T,
    pub(super) site: Arc<Site>,
}

/// What the files declare.
#[derive(Debug, Default)]
pub(super) struct Module {
    locals: BTreeMap<String, Located<Expression>>,
    variables: BTreeMap<String, Evaluated>,
    /// Attributes outside of blocks: a problem file.
    pub(super) attributes: Vec<Located<Attribute>>,
    /// `data "stowage_placement"` blocks, by name.
    pub(super) placements: BTreeMap<String, Located<Block>>,
    /// `provider "stowage"` blocks.
    pub(super) providers: Vec<Located<Block>>,
    /// Blocks of other kinds, for a problem file to refuse.
    pub(super) others: Vec<Located<Block>>,
}

impl Module {
    /// Reads `sources`; `.tfvars` and `.tfvars.json` files give values to variables, later ones and then `given` before earlier ones.
    pub(super) fn read(sources: &[SourceFile], given: &BTreeMap<String, String>) -> Result<Self, Diagnostics> {
        let mut faults = Diagnostics::new();
        let mut module = Self::default();
        let mut declared: BTreeMap<String, Located<Block>> = BTreeMap::new();
        let mut values: BTreeMap<String, Evaluated> = BTreeMap::new();
        for file in sources {
            if file.name.ends_with(".tfvars.json") {
                match crate::parse::json::json(file) {
                    Ok(node) => values.extend(json_values(&node)),
                    Err(found) => faults.append(found),
                }
                continue;
            }
            let (body, site) = match parsed(file) {
                Ok(parsed) => parsed,
                Err(found) => {
                    faults.append(found);
                    continue;
                }
            };
            if file.name.ends_with(".tfvars") {
                values.extend(literal_values(&body, &site));
            } else {
                module.take(body, &site, &mut declared, &mut faults);
            }
        }
        for name in given.keys().filter(|name| !declared.contains_key(*name)) {
            let fault = Diagnostic::error(
                "reference",
                format!("a value is given for {}, which is not declared", quoted(name, '`')),
            );
            faults.push(match nearest(name, declared.keys().map(String::as_str)) {
                Some(meant) => fault.help(format!("did you mean `{meant}`?")),
                None => fault.help(format!("declare it: variable \"{name}\" {{}}")),
            });
        }
        for (name, block) in declared {
            let value = variable(&name, &block, values.remove(&name), given.get(&name));
            module.variables.insert(name, value);
        }
        if faults.is_empty() { Ok(module) } else { Err(faults) }
    }

    pub(super) fn local(&self, name: &str) -> Option<(&Expression, &Site)> {
        self.locals.get(name).map(|local| (&local.part, &*local.site))
    }

    pub(super) fn local_names(&self) -> impl Iterator<Item = &str> {
        self.locals.keys().map(String::as_str)
    }

    pub(super) fn variable(&self, name: &str) -> Option<&Evaluated> {
        self.variables.get(name)
    }

    pub(super) fn variable_names(&self) -> impl Iterator<Item = &str> {
        self.variables.keys().map(String::as_str)
    }

    fn take(
        &mut self,
        body: Body,
        site: &Arc<Site>,
        variables: &mut BTreeMap<String, Located<Block>>,
        faults: &mut Diagnostics,
    ) {
        let mut twice = |what: &str, name: &str, first: Option<Span>, second: Option<Span>| {
            let fault = Diagnostic::error("duplicate", format!("the {what} {} is declared twice", quoted(name, '`')));
            faults.push(
                fault.spanned(second).related(first, "first declared here").help("remove or rename one of the two"),
            );
        };
        let (attributes, blocks): (Vec<_>, Vec<_>) =
            body.into_iter().partition(hcl_edit::structure::Structure::is_attribute);
        for attribute in attributes.into_iter().filter_map(|structure| structure.into_attribute().ok()) {
            let first = self.attributes.iter().find(|other| other.part.key.as_str() == attribute.key.as_str());
            if let Some(first) = first {
                twice("argument", &attribute.key, first.site.key_span(&first.part), site.key_span(&attribute));
            }
            self.attributes.push(Located { part: attribute, site: Arc::clone(site) });
        }
        for block in blocks.into_iter().filter_map(|structure| structure.into_block().ok()) {
            let labels: Vec<String> = block.labels.iter().map(|label| label.as_str().to_owned()).collect();
            let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
            match (block.ident.as_str(), labels.as_slice()) {
                ("locals", []) => {
                    for structure in block.body {
                        let Ok(attribute) = structure.into_attribute() else { continue };
                        let name = attribute.key.to_string();
                        let local = Located { part: attribute.value, site: Arc::clone(site) };
                        if let Some(first) = self.locals.get(&name) {
                            twice("local", &name, first.site.span(&first.part), local.site.span(&local.part));
                        }
                        self.locals.insert(name, local);
                    }
                }
                ("variable", [name]) => {
                    let name = (*name).to_owned();
                    let span = site.header(&block);
                    let block = Located { part: block, site: Arc::clone(site) };
                    if let Some(first) = variables.get(&name) {
                        twice("variable", &name, first.site.header(&first.part), span);
                    }
                    variables.insert(name, block);
                }
                ("data", ["stowage_placement", name]) => {
                    let name = (*name).to_owned();
                    let span = site.header(&block);
                    let block = Located { part: block, site: Arc::clone(site) };
                    if let Some(first) = self.placements.get(&name) {
                        twice("data source", &name, first.site.header(&first.part), span);
                    }
                    self.placements.insert(name, block);
                }
                ("provider", ["stowage"]) => self.providers.push(Located { part: block, site: Arc::clone(site) }),
                _ => self.others.push(Located { part: block, site: Arc::clone(site) }),
            }
        }
    }
}

impl Site {
    /// Where a block begins: its type and labels.
    pub(super) fn header(&self, block: &Block) -> Option<Span> {
        let start = block.ident.span()?;
        let end = block.labels.last().and_then(hcl_edit::Span::span).map_or(start.end, |label| label.end);
        Some(Span::new(&self.name, start.start..end))
    }

    /// Where an attribute's name is.
    pub(super) fn key_span(&self, attribute: &Attribute) -> Option<Span> {
        attribute.key.span().map(|range| Span::new(&self.name, range))
    }
}

/// The syntax of a file.
fn parsed(file: &SourceFile) -> Result<(Body, Arc<Site>), Diagnostics> {
    let text = crate::parse::utf8(file).map_err(|fault| *fault)?;
    // A byte order mark becomes spaces, so that places stay.
    let content = text.strip_prefix('\u{feff}').map_or_else(|| text.to_owned(), |rest| format!("   {rest}"));
    match hcl_edit::parser::parse_body(&content) {
        Ok(body) => Ok((body, Arc::new(Site { name: Arc::clone(&file.name), content }))),
        Err(error) => Err(syntax::fault(&error, file, &content).into()),
    }
}

fn json_values(node: &crate::parse::tree::Node) -> Vec<(String, Evaluated)> {
    let crate::parse::tree::Value::Map(entries) = &node.value else { return Vec::new() };
    entries.iter().map(|entry| (entry.key.clone(), Value::from_node(&entry.node))).collect()
}

/// The values of a `.tfvars` file: expressions without references.
fn literal_values(body: &Body, site: &Site) -> Vec<(String, Evaluated)> {
    let nothing = Module::default();
    let evaluator = Evaluator::new(&nothing);
    body.attributes().map(|attribute| (attribute.key.to_string(), evaluator.value(&attribute.value, site))).collect()
}

/// The value of a variable: given as text, else from a file, else its default.
fn variable(name: &str, block: &Located<Block>, from_file: Option<Evaluated>, given: Option<&String>) -> Evaluated {
    let nothing = Module::default();
    let evaluator = Evaluator::new(&nothing);
    let body = &block.part.body;
    let header = block.site.header(&block.part);
    let attribute = |name: &str| body.get_attribute(name).map(|attribute| &attribute.value);
    let fault = |message: String, span: Option<Span>| {
        Box::new(Diagnostic::error("variable", format!("the variable {}: {message}", quoted(name, '`'))).spanned(span))
    };
    let kind = match attribute("type") {
        None => Type::Any,
        Some(expression) => {
            let mut default = |expression: &Expression| evaluator.value(expression, &block.site).ok();
            Type::read(expression, &mut default).map_err(|message| fault(message, block.site.span(expression)))?
        }
    };
    let (value, span) = if let Some(text) = given {
        (from_text(text, &kind, name), None)
    } else if let Some(value) = from_file {
        (value, None)
    } else if let Some(default) = attribute("default") {
        (evaluator.value(default, &block.site), block.site.span(default))
    } else {
        let message = "no value is given".to_owned();
        return Err(Box::new(fault(message, header).help(format!("give it a default, or a value with -var {name}=…"))));
    };
    kind.convert(&value?).map_err(|message| fault(message, span.or(header)))
}

/// The value of a text given on the command line: the text itself, or an expression if the variable's type asks for more than text.
fn from_text(text: &str, kind: &Type, name: &str) -> Evaluated {
    if kind.takes_plain_text() {
        return Ok(Value::text(text));
    }
    let file: Arc<str> = format!("-var {name}").into();
    let nothing = Module::default();
    match hcl_edit::parser::parse_expr(text) {
        Ok(expression) => {
            let site = Site { name: file, content: text.to_owned() };
            Evaluator::new(&nothing).value(&expression, &site)
        }
        Err(error) => {
            let message = format!("the value of {} is not an expression: {}", quoted(name, '`'), error.message());
            let start = error.location().offset().min(text.len());
            Err(Box::new(Diagnostic::error("syntax", message).spanned(Some(Span::new(&file, start..start)))))
        }
    }
}
