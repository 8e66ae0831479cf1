//! Policies in Rego, computed by regorus.
//!
//! The input document is the plan as `terraform show -json` writes it, so that policies for conftest read `input.resource_changes`; the same
//! plan once more under `plan`, where HCP Terraform's policies find it (`input.plan.resource_changes`); and the review's report under
//! `stowage`. Values that the plan marks sensitive are replaced by [`MASKED`], so that no message can carry one.
//!
//! In every package, rules named `deny`, `violation` and `warn`, alone or with a suffix after `_`, are read: a set or list of strings, or of
//! objects with `msg` (and, if wanted, `address`), or a boolean. Everything else fails: a rule of another type, a file without any such rule, a
//! built-in function that meets what it cannot work on. There is no clock, no randomness and no network among the built-in functions, so that
//! a plan and a policy give one verdict.

mod input;
mod message;

use std::time::Duration;

use regorus::utils::limits::ExecutionTimerConfig;
use regorus::{Engine, Value};

pub use input::{Input, MASKED};

use super::decode::REGO_PREFIX;
use crate::diagnostic::{Diagnostic, Diagnostics, SourceFile, quoted};
use crate::review::finding::{Finding, Severity};

/// The longest a policy may run: a guard against one that does not end, far above what any needs.
const LONGEST: Duration = Duration::from_secs(60);

/// Steps between two looks at the clock.
const STEPS: std::num::NonZeroU32 = std::num::NonZeroU32::new(10_000).expect("it is not zero");

/// What rules are read, and how grave their findings are.
const ENTRY_POINTS: [(&str, Severity); 3] =
    [("deny", Severity::Error), ("violation", Severity::Error), ("warn", Severity::Warning)];

/// Rego policies, read and ready.
#[derive(Clone, Debug)]
pub struct Rego {
    engine: Engine,
    /// Packages with the entry points that their files declare.
    rules: Vec<(String, String, Severity)>,
}

impl Rego {
    /// Reads policies: Rego v1, or Rego v0 where a file is not v1.
    ///
    /// # Errors
    /// Files that are neither, and files without any rule that would be read.
    pub fn read(sources: &[SourceFile]) -> Result<Self, Diagnostics> {
        let mut engine = Engine::new();
        engine.set_strict_builtin_errors(true);
        engine.set_execution_timer_config(ExecutionTimerConfig { limit: LONGEST, check_interval: STEPS });
        let mut rules = Vec::new();
        let mut faults = Diagnostics::new();
        for source in sources {
            match add(&mut engine, source) {
                Ok(found) => rules.extend(found),
                Err(fault) => faults.push(*fault),
            }
        }
        if !sources.is_empty() && rules.is_empty() && faults.is_empty() {
            let fault = Diagnostic::error("rego", "no Rego policy declares a rule that would be read");
            faults.push(fault.help("name a rule deny, violation or warn, alone or with a suffix, such as deny_cost"));
        }
        rules.sort();
        rules.dedup();
        if faults.is_empty() { Ok(Self { engine, rules }) } else { Err(faults) }
    }

    /// What the policies find in a plan.
    ///
    /// # Errors
    /// A rule that fails or gives something that is no message.
    pub fn findings(&self, input: Input) -> Result<Vec<Finding>, Diagnostics> {
        let mut engine = self.engine.clone();
        engine.set_input(input.into_value());
        let mut findings = Vec::new();
        let mut faults = Diagnostics::new();
        for (package, rule, severity) in &self.rules {
            let name = format!("{REGO_PREFIX}{}.{rule}", package.trim_start_matches("data."));
            match value(&mut engine, package, rule) {
                Err(error) => faults.push(failed(&name, &error)),
                Ok(None) => {}
                Ok(Some(value)) => match message::findings(&name, *severity, &value) {
                    Ok(found) => findings.extend(found),
                    Err(what) => {
                        let fault = Diagnostic::error("rego", format!("the rule {name} gives {what}"));
                        faults.push(fault.help("give a set of strings, or of objects with msg"));
                    }
                },
            }
        }
        if faults.is_empty() { Ok(findings) } else { Err(faults) }
    }
}

fn failed(name: &str, error: &anyhow::Error) -> Diagnostic {
    Diagnostic::error("rego", format!("the rule {name} failed: {}", one_line(error)))
}

/// The value of a rule; nothing if it is undefined.
fn value(engine: &mut Engine, package: &str, rule: &str) -> anyhow::Result<Option<Value>> {
    let results = engine.eval_query(format!("{package}.{rule}"), false)?;
    let value = results.result.into_iter().next().and_then(|result| result.expressions.into_iter().next());
    Ok(value.map(|expression| expression.value).filter(|value| *value != Value::Undefined))
}

/// Adds a file, and gives the rules of it that are read.
fn add(engine: &mut Engine, source: &SourceFile) -> Result<Vec<(String, String, Severity)>, Box<Diagnostic>> {
    let fault = |message: String| Box::new(Diagnostic::error("rego", message));
    let name = quoted(&source.name, '`');
    let text = std::str::from_utf8(&source.text).map_err(|_| fault(format!("the Rego policy {name} is not UTF-8")))?;
    let before = engine.get_modules().len();
    engine.set_rego_v0(false);
    let package = match engine.add_policy(source.name.to_string(), text.to_owned()) {
        Ok(package) => package,
        Err(error) => {
            // What is not Rego v1 may be v0; if it is neither, what v1 says of it is of more use.
            let mut older = engine.clone();
            older.set_rego_v0(true);
            let package = older.add_policy(source.name.to_string(), text.to_owned());
            let package =
                package.map_err(|_| fault(format!("the Rego policy {name} cannot be read: {}", one_line(&error))))?;
            *engine = older;
            package
        }
    };
    let modules = engine.get_modules();
    let names: Vec<String> =
        modules[before..].iter().flat_map(|module| &module.policy).map(|rule| head(rule.span().text())).collect();
    if names.iter().any(|name| name == "if") {
        // Rego v0 takes a misplaced `if` for the name of a rule, and what was to be its condition for the rule's body.
        let fault = Diagnostic::error("rego", format!("the Rego policy {name} mixes Rego v0 and v1"));
        return Err(Box::new(fault.help("write `if` and `contains` in every rule, or in none")));
    }
    let read = |name: &String| entry_point(name).map(|severity| (package.clone(), name.clone(), severity));
    Ok(names.iter().filter_map(read).collect())
}

/// The name a rule begins with.
fn head(rule: &str) -> String {
    let rule = rule.trim_start().strip_prefix("default").map_or(rule.trim_start(), str::trim_start);
    rule.chars().take_while(|character| character.is_alphanumeric() || *character == '_').collect()
}

fn entry_point(name: &str) -> Option<Severity> {
    ENTRY_POINTS
        .into_iter()
        .find(|(word, _)| name.strip_prefix(word).is_some_and(|rest| rest.is_empty() || rest.starts_with('_')))
        .map(|(_, severity)| severity)
}

/// An error of regorus, which draws its place over several lines, as one line: `policy.rego:10:46: error: …`.
fn one_line(error: &anyhow::Error) -> String {
    let text = error.to_string();
    let place = text.lines().find_map(|line| line.trim().strip_prefix("-->")).map(str::trim);
    let what = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default().trim();
    let what = what.strip_prefix("error: ").unwrap_or(what);
    place.map_or_else(|| what.to_owned(), |place| format!("{place}: {what}"))
}
