//! Placements found in a plan, each computed again.
//!
//! A plan holds the arguments of every `stowage_placement` beside its answer. The arguments are parsed and solved as the provider would, and
//! the answer is compared attribute by attribute: a plan whose numbers were changed on the way, or that another catalog or version made,
//! is told apart from one that says what is true.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Options;
use super::fleet::PLACEMENT;
use super::plan::{Plan, Raw, Resource};
use super::reason::Reason;
use super::report::{Difference, PlannedPlacement, Verdict};
use crate::diagnostic::quoted;
use crate::model::Problem;
use crate::parse::language::{CATALOG, PROBLEM};
use crate::parse::tree::Node;
use crate::parse::{self};
use crate::place::{Answer, place};
use crate::units::{Decimal, Money};

/// Most differences told of one placement: a person acts on the first few.
const MOST_DIFFERENCES: usize = 20;

/// Most characters of a value shown.
const LONGEST_SHOWN: usize = 120;

/// Most digits a number's text may have to be taken as it is; hosts compute in binary and write 2.7 with 150 digits.
const MOST_DIGITS: usize = 24;

/// A placement with what was computed.
#[derive(Debug)]
pub(super) struct Placed {
    pub(super) planned: PlannedPlacement,
    /// Address of its block, as references name it.
    pub(super) block: String,
    /// None if it cannot be computed again.
    pub(super) computed: Option<(Problem, Answer)>,
}

/// All placements of a plan, by address.
pub(super) fn placements(plan: &Plan<'_>, options: &Options<'_>) -> Vec<Placed> {
    let mut seen = BTreeSet::new();
    let placements = plan.resources.iter().filter(|resource| resource.kind == PLACEMENT);
    placements
        .filter(|resource| seen.insert(resource.address.clone()))
        .filter_map(|one| placed(plan, options, one))
        .collect()
}

fn placed(plan: &Plan<'_>, options: &Options<'_>, resource: &Resource<'_>) -> Option<Placed> {
    // One that is about to go says nothing any more.
    let (after, unknown, sensitive) = resource.after();
    let values = after?;
    let is_hidden = |mask: Option<Raw<'_>>| mask.is_some_and(|mask| mask.json().contains("true"));
    let mut planned = PlannedPlacement {
        address: resource.address.to_string(),
        verdict: Verdict::Confirmed,
        outcome: None,
        monthly_cost: None,
    };
    let mut computed = None;
    if is_hidden(sensitive) {
        planned.verdict = Verdict::Unverifiable(Reason::Sensitive { attribute: PLACEMENT.to_owned() });
    } else if is_hidden(unknown) {
        planned.verdict = Verdict::Unverifiable(Reason::KnownAfterApply { attribute: PLACEMENT.to_owned() });
    } else {
        planned.outcome = values.get("outcome").and_then(Raw::text).map(std::borrow::Cow::into_owned);
        planned.monthly_cost = values.get("monthly_cost_usd").and_then(money);
        match solved(plan, options, resource, values) {
            Ok((problem, answer)) => {
                planned.verdict = verdict(values, &(options.result)(&problem, &answer));
                computed = Some((problem, answer));
            }
            Err(reason) => planned.verdict = Verdict::Unverifiable(reason),
        }
    }
    Some(Placed { planned, block: resource.block.clone(), computed })
}

fn money(raw: Raw<'_>) -> Option<Money> {
    Money::from_usd(raw.number()?.parse::<Decimal>().ok()?).ok()
}

fn solved(
    plan: &Plan<'_>,
    options: &Options<'_>,
    resource: &Resource<'_>,
    values: Raw<'_>,
) -> Result<(Problem, Answer), Reason> {
    let provider = provider_overlay(plan, resource)?;
    let overlay = options.overlay.or(provider.as_ref());
    let names: Vec<&str> = PROBLEM.iter().map(|argument| argument.name).collect();
    let mut arguments = Vec::new();
    for (name, value) in values.pick(&names).into_iter().filter(|(_, value)| !value.is_null()) {
        let given = if name == "catalog" { catalog_argument(value, overlay.is_some()) } else { Some(node(value, 0)) };
        arguments.extend(given.map(|given| (name, given)));
    }
    let problem = Node::map(arguments);
    let parsed = parse::problem(&problem, options.catalog, overlay)
        .map_err(|faults| Reason::Because(format!("its arguments are refused: {}", first_of(&faults.to_string()))))?;
    let answer = place(&parsed.problem).map_err(|disagreement| Reason::Because(disagreement.to_string()))?;
    Ok((parsed.problem, answer))
}

/// The part of `catalog` that is an argument: the rest of the object is the answer's. None if no argument was given.
fn catalog_argument(value: Raw<'_>, is_provider_overlaid: bool) -> Option<Node> {
    let names: Vec<&str> = CATALOG.iter().map(|argument| argument.name).collect();
    let given: Vec<_> = value.pick(&names).into_iter().filter(|(_, value)| !value.is_null()).collect();
    // An empty object changes nothing, and yet the answer says that the catalog is overlaid.
    let is_empty_object = !is_provider_overlaid && value.get("overlaid").and_then(Raw::boolean) == Some(true);
    (!given.is_empty() || is_empty_object)
        .then(|| Node::map(given.into_iter().map(|(name, value)| (name, node(value, 1)))))
}

fn first_of(lines: &str) -> String {
    lines.lines().next().unwrap_or_default().to_owned()
}

/// The catalog of the provider that serves the placement, if its configuration states one.
fn provider_overlay(plan: &Plan<'_>, resource: &Resource<'_>) -> Result<Option<Node>, Reason> {
    let Some(catalog) = plan.configuration.provider_argument(&resource.block, "catalog") else { return Ok(None) };
    match constant(catalog, 0) {
        Some(node) => Ok(Some(node)),
        None => Err(Reason::Because("the provider's `catalog` is an expression that a plan does not show".to_owned())),
    }
}

/// Deepest nesting of arguments: a problem needs six levels.
const DEEPEST: usize = 16;

/// The value of an expression whose parts are all constants.
fn constant(expression: Raw<'_>, depth: usize) -> Option<Node> {
    if let Some(value) = expression.get("constant_value") {
        return Some(node(value, depth));
    }
    if depth > DEEPEST || expression.get("references").is_some() || !expression.json().starts_with('{') {
        return None;
    }
    let members = expression.members().into_iter().map(|(name, part)| Some((name, constant(part, depth + 1)?)));
    members.collect::<Option<Vec<_>>>().map(Node::map)
}

/// A value as the parser takes it; nulls of objects are left out, as they are arguments that were not given.
fn node(value: Raw<'_>, depth: usize) -> Node {
    use parse::tree::Value as Leaf;
    if depth > DEEPEST {
        return Leaf::Null.into();
    }
    if let Some(boolean) = value.boolean() {
        return boolean.into();
    }
    if let Some(text) = value.text() {
        return text.as_ref().into();
    }
    match value.json().as_bytes().first() {
        Some(b'[') => Node::list(value.items().into_iter().map(|item| node(item, depth + 1))),
        Some(b'{') => {
            let given = value.members().into_iter().filter(|(_, member)| !member.is_null());
            Node::map(given.map(|(name, member)| (name, node(member, depth + 1))))
        }
        Some(b'n') | None => Leaf::Null.into(),
        Some(_) => number(value.json()),
    }
}

fn number(text: &str) -> Node {
    let nearest = |text: &str| Decimal::from_f64(text.parse().ok()?).ok();
    match nearest(text) {
        Some(decimal) if text.len() > MOST_DIGITS => decimal.into(),
        _ => Node::number(text, None),
    }
}

fn verdict(planned: Raw<'_>, computed: &Value) -> Verdict {
    let digest = |catalog: &Value| catalog.get("digest").and_then(Value::as_str).map(str::to_owned);
    let own = computed.get("catalog").and_then(digest);
    let theirs = planned.get("catalog").and_then(|catalog| catalog.get("digest")).and_then(Raw::text);
    if let (Some(own), Some(theirs)) = (own, theirs)
        && own != theirs
    {
        return Verdict::Unverifiable(Reason::Because(
            "it was computed with another version of the catalog than this program holds".to_owned(),
        ));
    }
    let mut differences = Vec::new();
    let fields: Vec<&str> = computed.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    let picked: BTreeMap<_, _> = planned.pick(&fields).into_iter().collect();
    for name in fields {
        let mut value: Value =
            picked.get(name).and_then(|raw| serde_json::from_str(raw.json()).ok()).unwrap_or(Value::Null);
        if let ("catalog", Some(members)) = (name, value.as_object_mut()) {
            // The object also holds the arguments.
            members.retain(|name, _| CATALOG.iter().all(|argument| argument.name != name));
        }
        compare(name.to_owned(), &value, &computed[name], &mut differences);
    }
    if differences.is_empty() { Verdict::Confirmed } else { Verdict::Differs(differences) }
}

fn compare(path: String, planned: &Value, computed: &Value, differences: &mut Vec<Difference>) {
    if differences.len() >= MOST_DIFFERENCES {
        return;
    }
    let is_same = match (planned, computed) {
        (Value::Number(one), Value::Number(other)) => same_number(&one.to_string(), &other.to_string()),
        (Value::Object(one), Value::Object(other)) => {
            let names: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
            for name in names {
                let [one, other] = [one, other].map(|object| object.get(name).unwrap_or(&Value::Null));
                compare(step(&path, name), one, other, differences);
            }
            return;
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (index, (one, other)) in one.iter().zip(other).enumerate() {
                compare(format!("{path}[{index}]"), one, other, differences);
            }
            return;
        }
        (one, other) => one == other,
    };
    if !is_same {
        differences.push(Difference { path, planned: shown(planned), computed: shown(computed) });
    }
}

fn same_number(one: &str, other: &str) -> bool {
    // Nine decimals are finer than anything a result says.
    let units = |text: &str| text.parse::<Decimal>().ok().and_then(|number| number.in_units(9).ok());
    one == other || units(one).zip(units(other)).is_some_and(|(one, other)| one == other)
}

fn step(path: &str, name: &str) -> String {
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if is_name { format!("{path}.{name}") } else { format!("{path}[{}]", quoted(name, '"')) }
}

fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(LONGEST_SHOWN) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}
