//! Nothing that is accepted is ignored: every argument of the language changes some answer.
//!
//! The cases stand in `tests/arguments/cases.toml`; the walk over the language shows that none is missing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Deserialize;
use serde_json::{Value, json};
use stowage::catalog::Catalog;
use stowage::parse::SourceFile;
use stowage::parse::language::{Argument, Kind, PROBLEM};
use stowage::place::place;

/// Judged elsewhere: it decides what becomes of a conflict, and changes no answer.
const JUDGED_ELSEWHERE: [&str; 1] = ["on_infeasible"];

/// What says where an answer comes from, and not what it is; and what would differ by the mere mention of an argument.
const BESIDE_THE_ANSWER: [&str; 4] = ["certificate", "id", "catalog", "explanation"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    case: Vec<Case>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// The file of the problem.
    base: String,
    /// What both problems say beside it, by path.
    #[serde(default)]
    also: BTreeMap<String, Value>,
    /// What only the second problem says, by path.
    given: BTreeMap<String, Value>,
    /// The argument in question, where that is not the only path of `given`.
    is: Option<String>,
    /// What the problem says beside its base whose answer is `previous` for both.
    previous: Option<BTreeMap<String, Value>>,
}

impl Case {
    fn argument(&self) -> String {
        match (&self.is, self.given.keys().next()) {
            (Some(argument), _) => argument.clone(),
            (None, Some(path)) if self.given.len() == 1 => pattern(path),
            _ => panic!("{self:?}: say which argument it is about"),
        }
    }

    fn base(&self) -> Value {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/arguments").join(format!("{}.json", self.base));
        serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap()
    }

    /// The problem without the argument, and with it.
    fn problems(&self) -> Result<[Value; 2], String> {
        let earlier = self.previous.as_ref().map(|said| answer(&with(self.base(), said))).transpose()?;
        let filled = |said: &BTreeMap<String, Value>| -> BTreeMap<String, Value> {
            let fill = |value: &Value| match (&earlier, value.as_str()) {
                (Some(earlier), Some("the earlier answer")) => earlier.clone(),
                _ => value.clone(),
            };
            said.iter().map(|(path, value)| (path.clone(), fill(value))).collect()
        };
        let without = with(self.base(), &filled(&self.also));
        Ok([without.clone(), with(without, &filled(&self.given))])
    }
}

/// `problem` with what is said at some paths. A path that leads through what is said at another comes after it in the order of paths.
fn with(mut problem: Value, said: &BTreeMap<String, Value>) -> Value {
    for (path, value) in said {
        let mut place = &mut problem;
        for name in path.split('.') {
            if place.is_null() {
                *place = json!({});
            }
            place = &mut place[name];
        }
        *place = value.clone();
    }
    problem
}

/// What has no arguments within.
macro_rules! leaf {
    () => {
        Kind::Bool
            | Kind::Number(_)
            | Kind::Text
            | Kind::Word(_)
            | Kind::Document(_)
            | Kind::List { .. }
            | Kind::Set { .. }
    };
}

/// A path with a star for each name that the language leaves to the author.
fn pattern(path: &str) -> String {
    let mut names = Vec::new();
    let mut kind = &Kind::Object(PROBLEM);
    for name in path.split('.') {
        kind = match kind {
            Kind::Object(arguments) => {
                names.push(name);
                let argument = arguments.iter().find(|argument| argument.name == name);
                argument.unwrap_or_else(|| panic!("{path}: there is no argument {name}")).kind
            }
            Kind::Map { of, .. } => {
                names.push("*");
                of
            }
            leaf!() => panic!("{path} leads beyond an argument"),
        };
    }
    names.join(".")
}

fn leaves(path: &str, kind: &Kind, found: &mut BTreeSet<String>) {
    match kind {
        Kind::Object(arguments) => {
            for Argument { name, kind, .. } in *arguments {
                leaves(&if path.is_empty() { (*name).to_owned() } else { format!("{path}.{name}") }, kind, found);
            }
        }
        Kind::Map { of, .. } => leaves(&format!("{path}.*"), of, found),
        leaf!() => {
            found.insert(path.to_owned());
        }
    }
}

/// The result for a problem, whole.
fn answer(stated: &Value) -> Result<Value, String> {
    let source = SourceFile::new("case.json", stated.to_string().into_bytes());
    let parsed =
        stowage::parse::json(&source).and_then(|node| stowage::parse::problem(&node, Catalog::embedded(), None));
    let parsed = parsed.map_err(|found| stowage::diagnostic::render(found, &[source]))?;
    let answer = place(&parsed.problem).map_err(|error| error.to_string())?;
    Ok(stowage::render::result(&parsed.problem, &answer))
}

/// The result for a problem without what an argument may change by being mentioned.
fn compared(stated: &Value) -> Result<Value, String> {
    let mut answer = answer(stated)?;
    for field in BESIDE_THE_ANSWER {
        answer[field] = Value::Null;
    }
    Ok(answer)
}

/// The lists of what may be used, which problems, workloads and pools have alike.
fn lists() -> Vec<Case> {
    let allowed = [
        ("clouds", json!(["dc"])),
        ("regions", json!(["dc/near"])),
        ("countries", json!(["DE"])),
        ("jurisdictions", json!(["EU"])),
        ("architectures", json!(["arm64"])),
        ("instance_families", json!(["small"])),
        ("instance_types", json!(["arm"])),
        ("gpu_models", json!(["A100"])),
    ];
    let denied = [
        ("clouds", json!(["edge"])),
        ("regions", json!(["edge/far"])),
        ("countries", json!(["US"])),
        ("jurisdictions", json!(["US"])),
        ("architectures", json!(["x86_64"])),
        ("instance_families", json!(["e", "large"])),
        ("instance_types", json!(["small", "large"])),
        ("gpu_models", json!(["H100"])),
    ];
    let mut cases = Vec::new();
    for (scope, base) in [("", "machines"), ("workloads.web.", "machines"), ("pools.main.", "pool")] {
        for (word, lists) in [("allowed", &allowed), ("denied", &denied)] {
            for (name, value) in lists {
                // GPUs are looked at where somebody asks for one.
                let gpus = (*name == "gpu_models").then(|| ("workloads.web.replica.gpus".to_owned(), json!(1)));
                cases.push(Case {
                    base: base.to_owned(),
                    also: gpus.into_iter().collect(),
                    given: BTreeMap::from([(format!("{scope}{word}.{name}"), value.clone())]),
                    is: None,
                    previous: None,
                });
            }
        }
    }
    cases
}

#[test]
fn every_argument_changes_some_answer() {
    let text = include_str!("../arguments/cases.toml");
    let Table { case: mut cases } = toml::from_str(text).unwrap();
    cases.extend(lists());
    let mut known = BTreeSet::new();
    leaves("", &Kind::Object(PROBLEM), &mut known);
    let mut shown: BTreeSet<String> = JUDGED_ELSEWHERE.map(str::to_owned).into();
    let mut failures = Vec::new();
    for case in &cases {
        let argument = case.argument();
        if !known.contains(&argument) {
            failures.push(format!("{argument}: no such argument"));
        }
        match case.problems().and_then(|[without, with]| Ok((compared(&without)?, compared(&with)?))) {
            Ok((without, with)) if without == with => failures.push(format!("{argument}: changes nothing in {case:?}")),
            Ok(_) => {}
            Err(refusal) => failures.push(format!("{argument}: {refusal} in {case:?}")),
        }
        shown.insert(argument);
    }
    failures.extend(known.difference(&shown).map(|argument| format!("{argument}: no case shows what it changes")));
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
