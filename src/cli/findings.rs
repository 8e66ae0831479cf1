//! A conflict shown where it was written: each rule of it at its line in the file, if there is one.

use crate::diagnostic::{Diagnostic, Diagnostics, Path, Span, Step};
use crate::explain::Conflict;
use crate::model::Problem;
use crate::parse::tree::{Node, Value};
use crate::render::{self, Finding, Scope};

/// The diagnostics of a conflict; `stated` is the tree that the problem was parsed from.
pub(super) fn diagnostics(problem: &Problem, conflict: &Conflict, stated: &Node) -> Diagnostics {
    let mut all = Diagnostics::new();
    for finding in render::findings(problem, conflict) {
        all.push(diagnostic(&finding, stated));
    }
    all
}

fn diagnostic(finding: &Finding, stated: &Node) -> Diagnostic {
    let workload: Vec<&str> = finding.workload.iter().flat_map(|name| ["workloads", name]).collect();
    let path = finding
        .workload
        .as_ref()
        .map_or_else(Path::root, |name| Path(vec![Step::Attribute("workloads".to_owned()), Step::Key(name.clone())]));
    let mut diagnostic = Diagnostic::error("conflict", &finding.message).at(path);
    let mut place = written(stated, &workload).or_else(|| stated.span.clone());
    for rule in &finding.rules {
        let argument: Vec<&str> = rule.argument.split('.').collect();
        let own = || written(stated, &[&workload[..], &argument[..]].concat());
        let common = || written(stated, &argument);
        let span = match rule.scope {
            Scope::Workload => own(),
            Scope::Problem => common(),
            Scope::Either => own().or_else(common),
        };
        match span {
            // A conflict over everything stands at its only rule.
            Some(span) if workload.is_empty() => place = Some(span),
            Some(span) => {
                let fact = rule.fact.clone().unwrap_or_else(|| rule.stated.clone());
                diagnostic = diagnostic.related(Some(span), fact);
            }
            None => diagnostic = diagnostic.note(rule.to_string()),
        }
    }
    if let Some(because) = &finding.because {
        diagnostic = diagnostic.note(format!("because {because}"));
    }
    if let Some(help) = &finding.help {
        diagnostic = diagnostic.help(help);
    }
    diagnostic.spanned(place)
}

/// Where the value at the end of `path` is written, its key included.
fn written(stated: &Node, path: &[&str]) -> Option<Span> {
    let (last, before) = path.split_last()?;
    let parent = before.iter().try_fold(stated, |node, key| node.get(key))?;
    let Value::Map(entries) = &parent.value else { return None };
    let entry = entries.iter().find(|entry| entry.key == *last)?;
    match (&entry.key_span, &entry.node.span) {
        (Some(key), Some(value)) if key.file == value.file && key.start <= value.start => {
            Some(Span::new(&key.file, key.start..value.end))
        }
        (key, value) => key.clone().or_else(|| value.clone()),
    }
}
