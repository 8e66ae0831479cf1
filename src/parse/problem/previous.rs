//! An earlier result, its certificate, or its groups: what stood before.
//!
//! Only decisions are read (machines, traffic, nodes), and what they were made from. What follows from decisions may be there and may be wrong. Names
//! are not resolved: that a region or a type is gone is for the answer to say.
//!
//! Of a whole result the certificate counts, which has exact rates and every hour. What was read is written down again, and nothing else of it, as the
//! problem's own statement: so a result that was kept from a result that was kept does not grow.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::Decoder;
use super::moves::stand;
use crate::catalog::Catalog;
use crate::diagnostic::{Diagnostic, SourceFile};
use crate::model::{
    ByZone, Origin, Previous, PreviousFunction, PreviousGroup, PreviousMachines, PreviousNodes, Problem,
};
use crate::parse::conform::{Form, Item};
use crate::parse::tree::{Node, Value as Leaf};
use crate::units::{Decimal, Money, Ratio};

/// More instances than any placement has; sums of counts stay sums.
const MOST_INSTANCES: u64 = u32::MAX as u64;

/// Arguments that say what is told of an answer, not which it is.
const NOT_DECIDING: [&str; 4] = ["previous", "alternatives", "bindings", "on_infeasible"];

/// An earlier placement with the statement of the problem it was an answer to.
pub(super) struct Read {
    pub(super) previous: Previous,
    problem: Option<Value>,
    provider_catalog: Option<Value>,
    version: Option<String>,
    catalog: Option<String>,
}

impl Decoder<'_> {
    /// What `previous`, `min_improvement_usd` and `min_improvement_percent` say.
    pub(super) fn previous(&mut self, root: &Item<'_>) -> Option<Read> {
        let min_improvement = self.quantity(root.get("min_improvement_usd"), Money::from_usd);
        let percent = |percent: Decimal| Ok(Ratio(u32::try_from(percent.in_units(4)?).unwrap_or(u32::MAX)));
        let share = self.quantity(root.get("min_improvement_percent"), percent);
        let item = root.get("previous")?;
        let Form::Document(node) = item.form else { return None };
        match read(node) {
            Ok(mut read) => {
                read.previous.min_improvement = min_improvement.unwrap_or_default();
                read.previous.min_improvement_share = share.unwrap_or_default();
                Some(read)
            }
            Err(fault) => {
                let help = "give what `stowage solve --format json` wrote, the `certificate` of a data source, or null";
                self.blame(item, Diagnostic::error("previous", fault).help(help));
                None
            }
        }
    }
}

impl Read {
    /// The earlier placement beside the statement of today's problem: what is stated otherwise, and, where more than that differs, the earlier problem.
    pub(super) fn compared(
        mut self,
        stated: &str,
        provider_catalog: Option<&str>,
        catalog: &Catalog,
        digest: &str,
    ) -> Previous {
        let (Some(problem), Some(version), Some(earlier)) = (self.problem.take(), self.version, self.catalog) else {
            return self.previous;
        };
        let now = |text: &str| serde_json::from_str(text).unwrap_or(Value::Null);
        let mut differences = Vec::new();
        compare("", &deciding(&problem), &deciding(&now(stated)), &mut differences);
        let before = self.provider_catalog.as_ref().unwrap_or(&Value::Null);
        compare("provider.catalog", before, &provider_catalog.map_or(Value::Null, now), &mut differences);
        let is_alone = version == env!("CARGO_PKG_VERSION") && earlier == digest;
        let reverted = (!differences.is_empty() && !is_alone)
            .then(|| reverted(&problem, self.provider_catalog.as_ref(), catalog))
            .flatten();
        let reverted = reverted.map(|mut problem| {
            if problem.objective.move_per_replica > Money::ZERO {
                let names: Vec<&str> = problem.users.iter().map(|user| user.name.as_str()).collect();
                stand(&self.previous, &names, &mut problem.workloads);
            }
            problem.previous = Some(Previous { origin: None, ..self.previous.clone() });
            Box::new(problem)
        });
        self.previous.origin = Some(Origin { version, catalog: earlier, differences, reverted });
        self.previous
    }

    /// What was read, as canonical JSON.
    pub(super) fn canonical(&self) -> String {
        let groups: Map<String, Value> =
            self.previous.groups.iter().map(|(key, group)| (key.clone(), group_value(group))).collect();
        let mut nodes = Map::new();
        for (pool, alike) in &self.previous.nodes {
            for (at, alike) in alike.iter().enumerate() {
                nodes.insert(format!("{pool}/{}/{}/{at}", alike.zone, alike.instance_type), node_value(pool, alike));
            }
        }
        let mut whole = json!({
            "catalog_sha256": self.catalog,
            "groups": groups,
            "monthly_cost_usd": self.previous.cost.map(usd),
            "nodes": nodes,
            "problem": self.problem.as_ref().map(deciding),
            "provider_catalog": self.provider_catalog,
            "version": self.version,
        });
        whole.sort_all_objects();
        whole.to_string()
    }
}

fn group_value(group: &PreviousGroup) -> Value {
    let set = |machines: &PreviousMachines| {
        let mut value = json!({
            "by_period": machines.by_period,
            "commitment": machines.commitment,
            "hourly_usd_per_instance": machines.hourly.map(usd),
            "instance_type": machines.instance_type,
            "purchase_model": machines.purchase,
        });
        match &machines.instances {
            ByZone::InOrder(counts) => value["instances_by_zone"] = json!(counts),
            ByZone::Named(counts) => value["zones"] = json!(counts),
        }
        value
    };
    let machines: Vec<Value> = group.machines.iter().map(set).collect();
    let mut value = json!({ "machines": machines, "traffic_parts": group.traffic });
    if let Some(function) = &group.function {
        value["function"] = json!({
            "answered_parts": function.answered,
            "architecture": function.architecture,
            "concurrency": function.concurrency,
            "of_parts": function.of,
            "service": function.service,
        });
    }
    if !group.calls.is_empty() {
        value["calls_parts"] = json!(group.calls);
    }
    if let Some(copies) = group.copies {
        value["copies"] = copies.into();
    }
    value
}

fn node_value(pool: &str, alike: &PreviousNodes) -> Value {
    let (cloud, region) = alike.region.split_once('/').unwrap_or((&alike.region, ""));
    json!({
        "cloud": cloud,
        "holds": [{ "nodes": alike.count, "replicas": alike.replicas }],
        "instance_type": alike.instance_type,
        "pool": pool,
        "region": region,
        "zone": alike.zone,
    })
}

fn usd(amount: Money) -> Value {
    amount.usd().to_string().parse::<serde_json::Number>().map_or(Value::Null, Value::Number)
}

/// The earlier problem on the catalog of today; nothing if it cannot be stated any more.
fn reverted(problem: &Value, provider_catalog: Option<&Value>, catalog: &Catalog) -> Option<Problem> {
    let node = |value: &Value| super::super::json(&SourceFile::new("previous", value.to_string())).ok();
    let overlay = match provider_catalog {
        Some(value) => Some(node(value)?),
        None => None,
    };
    super::problem(&node(problem)?, catalog, overlay.as_ref()).ok().map(|parsed| parsed.problem)
}

/// A stated problem without what decides nothing.
fn deciding(problem: &Value) -> Value {
    let entries = problem.as_object().into_iter().flatten();
    let kept = entries.filter(|(name, _)| !NOT_DECIDING.contains(&name.as_str()));
    Value::Object(kept.map(|(name, value)| (name.clone(), value.clone())).collect())
}

/// Every part of two canonical documents that is not the same.
fn compare(path: &str, before: &Value, now: &Value, differences: &mut Vec<String>) {
    let (Value::Object(old), Value::Object(new)) = (before, now) else {
        if before != now {
            differences.push(format!("{path}: {} → {}", shown(before), shown(now)));
        }
        return;
    };
    let mut names: Vec<&String> = old.keys().chain(new.keys()).collect();
    names.sort();
    names.dedup();
    for name in names {
        let is_word = name.chars().all(|character| character.is_ascii_alphanumeric() || character == '_');
        let at = match (path, is_word) {
            ("", _) => name.clone(),
            (_, true) => format!("{path}.{name}"),
            (_, false) => format!("{path}[{name:?}]"),
        };
        compare(&at, old.get(name).unwrap_or(&Value::Null), new.get(name).unwrap_or(&Value::Null), differences);
    }
}

/// A value in a few words.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "not given".to_owned(),
        Value::Object(_) => "given".to_owned(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => value.to_string(),
    }
}

type Found<T> = Result<T, String>;

fn read(node: &Node) -> Found<Read> {
    let root = match &node.value {
        Leaf::String(text) => serde_json::from_str(text).map_err(|error| format!("the text is no JSON: {error}"))?,
        Leaf::Map(_) => value(node)?,
        Leaf::Null | Leaf::Bool(_) | Leaf::Number(_) | Leaf::List(_) | Leaf::Faulty(_) => {
            return Err(format!("{} is given where a result is expected", node.value.kind()));
        }
    };
    let certificate = match root["certificate"].as_str() {
        Some(text) => serde_json::from_str(text).map_err(|error| format!("its certificate is no JSON: {error}"))?,
        None => root.clone(),
    };
    let Value::Object(decided) = &certificate["groups"] else {
        return Err("it holds no `groups`: it is no result".to_owned());
    };
    let mut groups = BTreeMap::new();
    for (key, given) in decided {
        if key.split('/').count() < 3 {
            return Err(format!("the group {key:?} is no `workload/cloud/region`"));
        }
        groups.insert(key.clone(), group(key, given)?);
    }
    count_calls(decided, &mut groups);
    let text = |name: &str| certificate[name].as_str().map(str::to_owned);
    let document = |name: &str| Some(certificate[name].clone()).filter(Value::is_object);
    let previous = Previous {
        groups,
        nodes: nodes(&root["nodes"])?,
        cost: money(&certificate["monthly_cost_usd"]),
        ..Previous::default()
    };
    Ok(Read {
        previous,
        problem: document("problem"),
        provider_catalog: document("provider_catalog"),
        version: text("version"),
        catalog: text("catalog_sha256"),
    })
}

fn group(key: &str, given: &Value) -> Found<PreviousGroup> {
    let sets = given["machines"].as_array().ok_or_else(|| format!("the group {key:?} has no list `machines`"))?;
    // A group of one type on its own says so itself.
    let sets = if sets.is_empty() { std::slice::from_ref(given) } else { sets.as_slice() };
    let mut machines = Vec::with_capacity(sets.len());
    for set in sets {
        let text = |name: &str| {
            set[name].as_str().map(str::to_owned).ok_or_else(|| format!("machines of {key:?} have no `{name}`"))
        };
        let wrong = || format!("machines of {key:?} have no counts of instances by zone");
        let instances = if let Value::Object(zones) = &set["zones"] {
            let counts = zones.iter().map(|(zone, number)| Some((zone.clone(), count(number)?)));
            ByZone::Named(counts.collect::<Option<_>>().ok_or_else(wrong)?)
        } else {
            ByZone::InOrder(counts(&set["instances_by_zone"]).ok_or_else(wrong)?)
        };
        let periods = set["by_period"].as_array().map(Vec::as_slice).unwrap_or_default();
        machines.push(PreviousMachines {
            instance_type: text("instance_type")?,
            purchase: text("purchase_model")?,
            commitment: set["commitment"].as_str().map(str::to_owned),
            instances,
            by_period: periods.iter().map(counts).collect::<Option<_>>().ok_or_else(wrong)?,
            hourly: money(&set["hourly_usd_per_instance"]),
        });
    }
    let (entries, places) =
        divided(given, "traffic").ok_or_else(|| format!("the group {key:?} has no map `traffic_share`"))?;
    let traffic = parts(entries, places);
    let traffic = traffic.ok_or_else(|| format!("the traffic of the group {key:?} is no map of numbers"))?;
    let calls = divided(given, "calls").map_or_else(
        || Some(BTreeMap::new()),
        |(entries, places)| {
            let of_callee =
                |(callee, regions): (&String, &Value)| Some((callee.clone(), parts(regions.as_object()?, places)?));
            entries.iter().map(of_callee).collect()
        },
    );
    let calls = calls.ok_or_else(|| format!("the calls of the group {key:?} are no maps of numbers"))?;
    let function = Some(&given["function"]).filter(|function| !function.is_null()).map(|function| {
        let read = function_of(function, &traffic, places);
        read.ok_or_else(|| format!("the function of the group {key:?} is not as a result has it"))
    });
    let function = function.transpose()?;
    let copies = [&given["copies"], &given["state"]["copies"]].into_iter().find(|copies| !copies.is_null());
    let copies = copies.map(|copies| count(copies).and_then(|copies| u32::try_from(copies).ok()));
    let copies = copies.map(|copies| copies.ok_or_else(|| format!("the copies of the group {key:?} are no number")));
    Ok(PreviousGroup { machines, function, traffic, calls, copies: copies.transpose()? })
}

/// Adds the calls that groups receive to what their functions answer a part of, where that is told beside rates of the traffic: it is users' then.
fn count_calls(decided: &Map<String, Value>, groups: &mut BTreeMap<String, PreviousGroup>) {
    let mut called: BTreeMap<String, u64> = BTreeMap::new();
    for (callee, regions) in groups.values().flat_map(|group| &group.calls) {
        for (region, &rate) in regions {
            let sum = called.entry(format!("{callee}/{region}")).or_default();
            *sum = sum.saturating_add(rate);
        }
    }
    for (key, group) in groups {
        let is_of_rates = decided.get(key).is_some_and(|given| given.get("traffic_rps").is_some());
        if let Some(function) = group.function.as_mut().filter(|_| is_of_rates) {
            function.of = function.of.saturating_add(called.get(key).copied().unwrap_or(0));
        }
    }
}

/// The function of a group: how much it answers is there as parts, as a rate beside rates of the traffic, or as a share.
fn function_of(given: &Value, traffic: &BTreeMap<String, u64>, places: u32) -> Option<PreviousFunction> {
    let number = |name: &str, places: u32| {
        let units = decimal(&given[name])?.exactly_in_units(places)?;
        u64::try_from(units).ok()
    };
    let (answered, of) = if given.get("answered_parts").is_some() {
        (number("answered_parts", 0)?, number("of_parts", 0)?)
    } else if places == 3 {
        (number("load_rps", 3)?, traffic.values().copied().fold(0, u64::saturating_add))
    } else {
        (number("load_share", 6)?, 1_000_000)
    };
    let text = |name: &str| given[name].as_str().map(str::to_owned);
    Some(PreviousFunction {
        service: text("service")?,
        architecture: text("architecture")?,
        concurrency: count(&given["concurrency"])?,
        answered,
        of,
    })
}

/// How the traffic or the calls of a group are divided, and the decimals of its numbers: rates have three, shares six, parts none. Within a result all
/// are of one kind.
fn divided<'v>(group: &'v Value, what: &str) -> Option<(&'v Map<String, Value>, u32)> {
    let units = [("parts", 0), ("rps", 3), ("share", 6)];
    units.into_iter().find_map(|(unit, places)| Some((group[format!("{what}_{unit}")].as_object()?, places)))
}

fn parts(entries: &Map<String, Value>, places: u32) -> Option<BTreeMap<String, u64>> {
    let part = |(name, number): (&String, &Value)| {
        let part = decimal(number)?.exactly_in_units(places).and_then(|part| u64::try_from(part).ok())?;
        Some((name.clone(), part))
    };
    entries.iter().map(part).collect()
}

fn nodes(given: &Value) -> Found<BTreeMap<String, Vec<PreviousNodes>>> {
    let mut pools: BTreeMap<String, Vec<PreviousNodes>> = BTreeMap::new();
    for (key, alike) in given.as_object().into_iter().flatten() {
        let wrong = || format!("the nodes {key:?} are not as a result has them");
        let text = |name: &str| alike[name].as_str().map(str::to_owned).ok_or_else(wrong);
        let region = format!("{}/{}", text("cloud")?, text("region")?);
        for held in alike["holds"].as_array().ok_or_else(wrong)? {
            let replicas = held["replicas"].as_object().ok_or_else(wrong)?;
            let replicas = replicas.iter().map(|(name, number)| Some((name.clone(), count(number)?)));
            let nodes = PreviousNodes {
                region: region.clone(),
                zone: text("zone")?,
                instance_type: text("instance_type")?,
                replicas: replicas.collect::<Option<_>>().ok_or_else(wrong)?,
                count: count(&held["nodes"]).ok_or_else(wrong)?,
            };
            pools.entry(text("pool")?).or_default().push(nodes);
        }
    }
    for nodes in pools.values_mut() {
        nodes.sort();
    }
    Ok(pools)
}

fn counts(value: &Value) -> Option<Vec<u64>> {
    value.as_array()?.iter().map(count).collect()
}

fn count(value: &Value) -> Option<u64> {
    let count = decimal(value)?.exactly_in_units(0).and_then(|count| u64::try_from(count).ok())?;
    (count <= MOST_INSTANCES).then_some(count)
}

fn money(value: &Value) -> Option<Money> {
    Money::from_usd(decimal(value)?).ok()
}

fn decimal(value: &Value) -> Option<Decimal> {
    value.as_number()?.to_string().parse().ok()
}

/// A tree as a JSON value.
fn value(node: &Node) -> Found<Value> {
    Ok(match &node.value {
        Leaf::Null => Value::Null,
        Leaf::Bool(value) => (*value).into(),
        Leaf::Number(number) => number.to_string().parse::<serde_json::Number>().map_or(Value::Null, Value::Number),
        Leaf::String(text) => text.as_str().into(),
        Leaf::List(items) => Value::Array(items.iter().map(value).collect::<Found<_>>()?),
        Leaf::Map(entries) => {
            let entries = entries.iter().map(|entry| Ok((entry.key.clone(), value(&entry.node)?)));
            Value::Object(entries.collect::<Found<_>>()?)
        }
        Leaf::Faulty(fault) => return Err(fault.message.clone()),
    })
}
