//! The configuration part of a plan: which expression refers to what, and the regions of providers.
//!
//! A plan states expressions only as constants or as lists of what they refer to. That is enough to find the launch template a group will
//! use although its id is known only after the apply: the reference is followed through module arguments and outputs to a resource block.
//! Locals are not in a plan, so a reference to one ends there, and what follows from it stays unknown.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::address;
use super::raw::{Raw, Text};

/// Most steps from an argument through modules to a resource: deeper nesting of modules is not met.
const MOST_STEPS: usize = 32;

/// A resource block that an expression refers to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Target {
    /// The address of the block, modules included.
    pub(crate) block: String,
    /// The key of the instance, brackets included, if the reference names one.
    pub(crate) key: Option<String>,
}

/// The configuration of a plan.
#[derive(Debug, Default)]
pub(crate) struct Configuration<'a> {
    root: Option<Module<'a>>,
    providers: BTreeMap<Cow<'a, str>, Provider<'a>>,
    variables: BTreeMap<Cow<'a, str>, Raw<'a>>,
}

#[derive(Debug, Default)]
struct Module<'a> {
    blocks: BTreeMap<Cow<'a, str>, Block<'a>>,
    calls: BTreeMap<Cow<'a, str>, Call<'a>>,
    outputs: BTreeMap<Cow<'a, str>, Raw<'a>>,
    sensitive_variables: BTreeSet<String>,
}

#[derive(Debug)]
struct Call<'a> {
    expressions: Option<Raw<'a>>,
    module: Option<Module<'a>>,
}

/// A resource or data block.
#[derive(Debug, Deserialize)]
struct Block<'a> {
    #[serde(borrow)]
    address: Text<'a>,
    #[serde(borrow, default)]
    provider_config_key: Option<Text<'a>>,
    #[serde(borrow, default)]
    expressions: Option<Raw<'a>>,
    #[serde(borrow, default)]
    for_each_expression: Option<Raw<'a>>,
    #[serde(borrow, default)]
    count_expression: Option<Raw<'a>>,
    #[serde(borrow, default)]
    depends_on: Option<Raw<'a>>,
}

#[derive(Debug, Deserialize)]
struct Provider<'a> {
    #[serde(borrow, default)]
    module_address: Option<Text<'a>>,
    #[serde(borrow, default)]
    expressions: Option<Raw<'a>>,
}

#[derive(Deserialize)]
struct Parts<'a> {
    #[serde(borrow, default)]
    provider_config: Option<Raw<'a>>,
    #[serde(borrow, default)]
    root_module: Option<Raw<'a>>,
}

#[derive(Deserialize)]
struct ModuleParts<'a> {
    #[serde(borrow, default)]
    resources: Vec<Block<'a>>,
    #[serde(borrow, default)]
    module_calls: Option<Raw<'a>>,
    #[serde(borrow, default)]
    outputs: Option<Raw<'a>>,
    #[serde(borrow, default)]
    variables: Option<Raw<'a>>,
}

#[derive(Deserialize)]
struct CallParts<'a> {
    #[serde(borrow, default)]
    expressions: Option<Raw<'a>>,
    #[serde(borrow, default)]
    module: Option<Raw<'a>>,
}

impl<'a> Configuration<'a> {
    pub(super) fn read(raw: Option<Raw<'a>>, variables: Option<Raw<'a>>) -> Result<Self, serde_json::Error> {
        let variables = variables.map(Raw::members).unwrap_or_default();
        let variables = variables.into_iter().filter_map(|(name, raw)| Some((name, raw.get("value")?))).collect();
        let Some(raw) = raw else { return Ok(Self { variables, ..Self::default() }) };
        let parts: Parts<'a> = raw.object()?;
        let mut providers = BTreeMap::new();
        for (key, raw) in parts.provider_config.map(Raw::members).unwrap_or_default() {
            providers.insert(key, raw.object()?);
        }
        let root = parts.root_module.map(|raw| Module::of(raw.object()?, 0)).transpose()?;
        Ok(Self { root, providers, variables })
    }

    fn module(&self, names: &[&str]) -> Option<&Module<'a>> {
        let mut module = self.root.as_ref()?;
        for name in names {
            module = module.calls.get(*name)?.module.as_ref()?;
        }
        Some(module)
    }

    fn block(&self, block: &str) -> Option<&Block<'a>> {
        self.module(&address::modules(block))?.blocks.get(address::local(block))
    }

    /// True if the argument is written in the block, whatever its value.
    pub(crate) fn is_written(&self, block: &str, names: &[&str]) -> bool {
        self.expression(block, names).is_some()
    }

    /// The resource blocks that an argument of `block` refers to, through modules; sorted.
    pub(crate) fn targets(&self, block: &str, names: &[&str]) -> Vec<Target> {
        let Some(expression) = self.expression(block, names) else { return Vec::new() };
        self.resolved(&address::modules(block), expression)
    }

    /// The resource blocks that `for_each` or `count` of `block` refers to; sorted.
    pub(crate) fn repetition_targets(&self, block: &str) -> Vec<Target> {
        let Some(found) = self.block(block) else { return Vec::new() };
        let modules = address::modules(block);
        let expressions = [found.for_each_expression, found.count_expression];
        expressions.into_iter().flatten().flat_map(|expression| self.resolved(&modules, expression)).collect()
    }

    /// What the block's `depends_on` names, as written.
    pub(crate) fn depends_on(&self, block: &str) -> Vec<String> {
        let listed = self.block(block).and_then(|block| block.depends_on).map(Raw::items).unwrap_or_default();
        listed.into_iter().filter_map(Raw::text).map(Cow::into_owned).collect()
    }

    /// The argument `name` of the provider that manages `block`, if it is a constant or a variable with a value that is not sensitive.
    pub(crate) fn provider_text(&self, block: &str, name: &str) -> Option<String> {
        let provider = self.provider(block)?;
        let module = provider.module_address.as_ref().map_or("", |text| text.0.as_ref());
        let scope = if module.is_empty() { String::new() } else { format!("{}.x.x", address::block(module)) };
        let expression = provider.expressions?.get(name)?;
        self.text(&address::modules(&scope), expression, 0)
    }

    /// The argument `name` of the provider that manages `block`, as an expression; none if it is not written.
    pub(crate) fn provider_argument(&self, block: &str, name: &str) -> Option<Raw<'a>> {
        self.provider(block)?.expressions?.get(name)
    }

    fn provider(&self, block: &str) -> Option<&Provider<'a>> {
        let key = self.block(block)?.provider_config_key.as_ref()?;
        // A module that configures no provider of its own uses its caller's under the same name.
        self.providers.get(&key.0).or_else(|| self.providers.get(key.0.rsplit(':').next()?))
    }

    fn expression(&self, block: &str, names: &[&str]) -> Option<Raw<'a>> {
        let mut expression = self.block(block)?.expressions?;
        for name in names {
            while expression.json().starts_with('[') {
                expression = expression.items().into_iter().next()?;
            }
            // The whole of a nested object may be one expression.
            if expression.get("references").is_some() {
                return Some(expression);
            }
            expression = expression.get(name)?;
        }
        Some(expression)
    }

    fn resolved(&self, modules: &[&str], expression: Raw<'a>) -> Vec<Target> {
        let mut targets = BTreeSet::new();
        for reference in references(expression) {
            self.follow(modules, &reference, 0, &mut targets);
        }
        // Terraform lists `a.b.c` and `a.b`; with a key named, the block alone says less.
        let keyed: BTreeSet<String> =
            targets.iter().filter(|one| one.key.is_some()).map(|one| one.block.clone()).collect();
        targets.into_iter().filter(|one| one.key.is_some() || !keyed.contains(&one.block)).collect()
    }

    fn follow(&self, modules: &[&str], reference: &str, steps: usize, targets: &mut BTreeSet<Target>) {
        if steps > MOST_STEPS {
            return;
        }
        let stripped = address::block(reference);
        let parts: Vec<&str> = stripped.split('.').collect();
        match parts[..] {
            ["var", name, ..] => {
                let Some((last, outer)) = modules.split_last() else { return };
                let call = self.module(outer).and_then(|module| module.calls.get(*last));
                let Some(expression) = call.and_then(|call| call.expressions?.get(name)) else { return };
                for reference in references(expression) {
                    self.follow(outer, &reference, steps + 1, targets);
                }
            }
            ["module", name, output, ..] => {
                let inner: Vec<&str> = modules.iter().copied().chain([name]).collect();
                let output = self.module(&inner).and_then(|module| module.outputs.get(output));
                for reference in output.and_then(|output| output.get("expression")).map(references).unwrap_or_default()
                {
                    self.follow(&inner, &reference, steps + 1, targets);
                }
            }
            ["each" | "count" | "self" | "path" | "terraform" | "local" | "module", ..] => {}
            ["data", kind, name, ..] => {
                targets.insert(target(modules, &format!("data.{kind}.{name}"), reference));
            }
            [kind, name, ..] => {
                targets.insert(target(modules, &format!("{kind}.{name}"), reference));
            }
            _ => {}
        }
    }

    /// The text an expression stands for, if it is a constant or refers to nothing but a variable.
    fn text(&self, modules: &[&str], expression: Raw<'a>, steps: usize) -> Option<String> {
        if let Some(constant) = expression.get("constant_value") {
            return constant.text().map(Cow::into_owned);
        }
        let references = references(expression);
        let longest = references.first()?;
        // `var.a.b` is listed with its beginnings; a second reference means an expression that cannot be computed from here.
        if steps > MOST_STEPS || !references.iter().all(|one| longest.starts_with(one.as_str())) {
            return None;
        }
        let stripped = address::block(longest);
        let mut parts = stripped.split('.');
        let (Some("var"), Some(name)) = (parts.next(), parts.next()) else { return None };
        if self.module(modules)?.sensitive_variables.contains(name) {
            return None;
        }
        let Some((last, outer)) = modules.split_last() else {
            let mut value = *self.variables.get(name)?;
            for part in parts {
                value = value.get(part)?;
            }
            return value.text().map(Cow::into_owned);
        };
        let argument = self.module(outer)?.calls.get(*last)?.expressions?.get(name)?;
        if parts.next().is_some() {
            return None;
        }
        self.text(outer, argument, steps + 1)
    }
}

impl<'a> Module<'a> {
    fn of(parts: ModuleParts<'a>, depth: usize) -> Result<Self, serde_json::Error> {
        let mut calls = BTreeMap::new();
        for (name, raw) in parts.module_calls.map(Raw::members).unwrap_or_default() {
            let call: CallParts<'a> = raw.object()?;
            let module = match call.module.filter(|_| depth < MOST_STEPS) {
                Some(raw) => Some(Self::of(raw.object()?, depth + 1)?),
                None => None,
            };
            calls.insert(name, Call { expressions: call.expressions, module });
        }
        let variables = parts.variables.map(Raw::members).unwrap_or_default();
        let is_sensitive = |raw: &Raw<'_>| raw.get("sensitive").and_then(Raw::boolean) == Some(true);
        Ok(Self {
            blocks: parts.resources.into_iter().map(|block| (block.address.0.clone(), block)).collect(),
            calls,
            outputs: parts.outputs.map(Raw::members).unwrap_or_default().into_iter().collect(),
            sensitive_variables: variables
                .into_iter()
                .filter(|(_, raw)| is_sensitive(raw))
                .map(|(name, _)| name.into_owned())
                .collect(),
        })
    }
}

fn target(modules: &[&str], local: &str, reference: &str) -> Target {
    let mut block = String::new();
    for module in modules {
        block.push_str("module.");
        block.push_str(module);
        block.push('.');
    }
    block.push_str(local);
    // `aws_subnet.a["x"].id`: what stands in brackets right behind the name.
    let key = reference.strip_prefix(local).filter(|rest| rest.starts_with('[')).and_then(|rest| {
        let end = rest
            .match_indices(']')
            .map(|(at, _)| at + 1)
            .find(|&end| address::block(&rest[..end]).is_empty() && rest[..end].matches('"').count() % 2 == 0)?;
        Some(rest[..end].to_owned())
    });
    Target { block, key }
}

/// All references of an expression, or of the expressions in a nested block, in their order.
fn references(expression: Raw<'_>) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![(expression, 0_usize)];
    while let Some((raw, depth)) = open.pop() {
        if let Some(listed) = raw.get("references") {
            found.extend(listed.items().into_iter().filter_map(Raw::text).map(Cow::into_owned));
        } else if depth < MOST_STEPS && raw.get("constant_value").is_none() {
            open.extend(raw.items().into_iter().map(|item| (item, depth + 1)));
            open.extend(raw.members().into_iter().map(|(_, member)| (member, depth + 1)));
        }
    }
    found
}
