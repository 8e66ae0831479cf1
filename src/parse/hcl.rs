//! HCL to trees: a problem file, or the `stowage_placement` data blocks of a folder of `.tf` files.
//!
//! Expressions are computed with variables, locals and functions as Terraform would ([`eval`]); what only Terraform knows (resources, other
//! data sources, modules) is refused by name. Values written out keep their own places; computed ones have the place of their expression.

use std::collections::{BTreeMap, BTreeSet};

use hcl_edit::Span as _;
use hcl_edit::expr::{Expression, ObjectKey};
use hcl_edit::structure::{Attribute, Block};

use self::eval::Evaluator;
use self::files::Files;
pub use self::files::ReadFile;
use self::module::{Located, Module, Site};
use super::language::{Argument, Kind, PROBLEM};
use super::tree::{Entry, Node, Value};
use crate::diagnostic::{Diagnostic, Diagnostics, SourceFile, Span, quoted};

mod constraint;
mod eval;
mod files;
mod functions;
mod module;
mod operation;
mod reference;
mod syntax;
mod template;
mod value;

/// A problem as it is stated, before anything is decided about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stated {
    /// `data.stowage_placement.NAME` for a data block, nothing for a problem file.
    pub address: Option<String>,
    /// The problem.
    pub problem: Node,
    /// The `catalog` of the provider block that serves the data block, if there is one.
    pub overlay: Option<Node>,
}

/// Reads the problems that `sources` state together.
///
/// If any file has attributes outside of blocks, the files are one problem: those attributes are its arguments, and `variable` and `locals`
/// blocks may stand beside them. Otherwise every `data "stowage_placement"` block is a problem, in the order of their names. Files whose
/// names end in `.tfvars` or `.tfvars.json` give values to variables, later files before earlier ones; `variables` go before all files. Expressions may read
/// what `files` finds.
///
/// # Errors
/// What is not HCL or not UTF-8, names declared twice, and files that state no problem. Values that cannot be computed are in the trees,
/// and are reported by [`problem`](super::problem()).
pub fn hcl(
    sources: &[SourceFile],
    variables: &BTreeMap<String, String>,
    files: Option<&ReadFile<'_>>,
) -> Result<Vec<Stated>, Diagnostics> {
    let module = Module::read(sources, variables)?;
    let files = files.map_or_else(Files::default, |read| Files::read_by(read));
    let reader = Reader { evaluator: Evaluator::new(&module).reading(files) };
    if module.attributes.is_empty() {
        reader.placements(&module)
    } else {
        let problem = reader.attributes(&module, PROBLEM)?;
        Ok(vec![Stated { address: None, problem, overlay: None }])
    }
}

/// Reads one file whose attributes outside of blocks are the arguments of `language`; `locals` blocks may stand beside them.
///
/// # Errors
/// What is not HCL or not UTF-8, names declared twice, and blocks. Values that cannot be computed are in the tree.
pub(super) fn attributes(source: &SourceFile, language: &[Argument]) -> Result<Node, Diagnostics> {
    let module = Module::read(std::slice::from_ref(source), &BTreeMap::new())?;
    Reader { evaluator: Evaluator::new(&module) }.attributes(&module, language)
}

struct Reader<'m> {
    evaluator: Evaluator<'m>,
}

impl Reader<'_> {
    fn attributes(&self, module: &Module, language: &[Argument]) -> Result<Node, Diagnostics> {
        let mut faults = Diagnostics::new();
        let placements = module.placements.values().chain(&module.providers).chain(&module.others);
        for block in placements {
            faults.push(nested_block(&block.part, language).spanned(block.site.header(&block.part)));
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let start = module.attributes.first().map(|first| Span::new(&first.site.name, 0..0));
        let entries = module.attributes.iter().map(|attribute| self.entry(&attribute.part, &attribute.site)).collect();
        let mut stated = Node::new(Value::Map(entries), start);
        convert_object(&mut stated, language);
        Ok(stated)
    }

    fn placements(&self, module: &Module) -> Result<Vec<Stated>, Diagnostics> {
        if module.placements.is_empty() {
            let fault = Diagnostic::error("no-problem", "the files state no problem");
            let calls_modules = module.others.iter().any(|block| block.part.ident.as_str() == "module");
            let help = if calls_modules {
                "modules are not followed: name the folder that holds the data \"stowage_placement\" block"
            } else {
                "write a data \"stowage_placement\" block, or users = … and workloads = … at the top of a file"
            };
            return Err(fault.help(help).into());
        }
        Ok(module.placements.iter().map(|(name, block)| self.placement(name, block, module)).collect())
    }

    fn placement(&self, name: &str, block: &Located<Block>, module: &Module) -> Stated {
        let site = &block.site;
        let body = &block.part.body;
        let mut problem = Node::new(Value::Null, site.header(&block.part));
        if let Some(meta) = body.attributes().find(|attribute| matches!(attribute.key.as_str(), "count" | "for_each")) {
            let message = format!(
                "a data block with `{}` states several problems, which only Terraform can tell apart",
                &*meta.key
            );
            let fault = Diagnostic::error("reference", message).spanned(site.key_span(meta));
            problem.value =
                Value::Faulty(Box::new(fault.help("write one data block per problem, or run terraform plan")));
        } else {
            let is_argument = |attribute: &&Attribute| !matches!(attribute.key.as_str(), "provider" | "depends_on");
            let mut entries: Vec<Entry> =
                body.attributes().filter(is_argument).map(|attribute| self.entry(attribute, site)).collect();
            for block in body.blocks().filter(|block| block.ident.as_str() != "lifecycle") {
                let span = site.header(block);
                let fault = nested_block(block, PROBLEM).spanned(span.clone());
                let node = Node::new(Value::Faulty(Box::new(fault)), span.clone());
                entries.push(Entry { key: block.ident.to_string(), key_span: span, node });
            }
            problem.value = Value::Map(entries);
            convert_object(&mut problem, PROBLEM);
        }
        let alias = body.get_attribute("provider").and_then(|attribute| alias_of(&attribute.value));
        Stated {
            address: Some(format!("data.stowage_placement.{name}")),
            problem,
            overlay: self.overlay(module, alias),
        }
    }

    /// The catalog of the provider block with this alias.
    fn overlay(&self, module: &Module, alias: Option<&str>) -> Option<Node> {
        let has_alias = |block: &&Located<Block>| {
            block.part.body.get_attribute("alias").and_then(|attribute| attribute.value.as_str()) == alias
        };
        let provider = module.providers.iter().find(has_alias)?;
        let catalog = provider.part.body.get_attribute("catalog")?;
        let mut node = self.node(&catalog.value, &provider.site);
        convert_object(&mut node, super::language::CATALOG);
        (node.value != Value::Null).then_some(node)
    }

    fn entry(&self, attribute: &Attribute, site: &Site) -> Entry {
        let key_span = site.key_span(attribute);
        Entry { key: attribute.key.to_string(), key_span, node: self.node(&attribute.value, site) }
    }

    /// Containers that are written out are walked, so that their parts keep their places; everything else is computed.
    fn node(&self, expression: &Expression, site: &Site) -> Node {
        let span = site.span(expression);
        let value = match expression {
            Expression::Parenthesis(inner) => return self.node(inner.inner(), site),
            Expression::Array(array) => Value::List(array.iter().map(|item| self.node(item, site)).collect()),
            Expression::Object(object) => {
                let mut seen = BTreeSet::new();
                let mut entries = Vec::new();
                for (key, value) in object {
                    let key_span = key_range(key).map(|range| Span::new(&site.name, range));
                    let key = match self.evaluator.key(key, site) {
                        Ok(key) => key,
                        Err(fault) => return Node::new(Value::Faulty(fault), span),
                    };
                    let mut node = self.node(value.expr(), site);
                    if !seen.insert(key.clone()) {
                        let fault =
                            Diagnostic::error("duplicate", format!("the key {} is given twice", quoted(&key, '`')));
                        node.value =
                            Value::Faulty(Box::new(fault.spanned(key_span.clone()).help("remove one of the two")));
                    }
                    entries.push(Entry { key, key_span, node });
                }
                Value::Map(entries)
            }
            Expression::Null(_)
            | Expression::Bool(_)
            | Expression::Number(_)
            | Expression::String(_)
            | Expression::StringTemplate(_)
            | Expression::HeredocTemplate(_)
            | Expression::Variable(_)
            | Expression::Conditional(_)
            | Expression::FuncCall(_)
            | Expression::Traversal(_)
            | Expression::UnaryOp(_)
            | Expression::BinaryOp(_)
            | Expression::ForExpr(_) => match self.evaluator.value(expression, site) {
                Ok(value) => return value.to_node(span.as_ref()),
                Err(fault) => Value::Faulty(fault),
            },
        };
        Node::new(value, span)
    }
}

fn key_range(key: &ObjectKey) -> Option<std::ops::Range<usize>> {
    match key {
        ObjectKey::Ident(name) => name.span(),
        ObjectKey::Expression(expression) => expression.span(),
    }
}

fn nested_block(block: &Block, language: &[Argument]) -> Diagnostic {
    let name = block.ident.as_str();
    let fault = Diagnostic::error("type", format!("a block `{name}` is not expected here"));
    if language.iter().any(|argument| argument.name == name) {
        fault.help(format!("`{name}` is an argument: write `{name} = {{`"))
    } else {
        fault.help("remove the block; only `variable` and `locals` blocks stand beside the arguments")
    }
}

/// `eu` of `provider = stowage.eu`.
fn alias_of(expression: &Expression) -> Option<&str> {
    let operator = expression.as_traversal()?.operators.first()?.value();
    if let hcl_edit::expr::TraversalOperator::GetAttr(name) = operator { Some(name.as_str()) } else { None }
}

/// Converts between strings, numbers and booleans as Terraform does when it hands values to a provider.
fn convert(node: &mut Node, kind: &Kind) {
    let converted = match (kind, &mut node.value) {
        (Kind::Number(_), Value::String(text)) => text.parse().ok().map(Value::Number),
        (Kind::Bool, Value::String(text)) => text.parse().ok().map(Value::Bool),
        (Kind::Text | Kind::Word(_), Value::Number(number)) => Some(Value::String(number.to_string())),
        (Kind::Text | Kind::Word(_), Value::Bool(value)) => Some(Value::String(value.to_string())),
        (Kind::Set { of, .. } | Kind::List { of, .. }, Value::List(items)) => {
            for item in items {
                convert(item, of);
            }
            None
        }
        (Kind::Map { of, .. }, Value::Map(entries)) => {
            for entry in entries {
                convert(&mut entry.node, of);
            }
            None
        }
        (Kind::Object(arguments), Value::Map(_)) => {
            convert_object(node, arguments);
            None
        }
        _ => None,
    };
    if let Some(value) = converted {
        node.value = value;
    }
}

fn convert_object(node: &mut Node, arguments: &[Argument]) {
    let Value::Map(entries) = &mut node.value else { return };
    for entry in entries {
        if let Some(argument) = arguments.iter().find(|argument| argument.name == entry.key) {
            convert(&mut entry.node, argument.kind);
        }
    }
}
