//! An earlier result, or its groups: what stood before.
//!
//! Of each group only the decisions are read (its key, its `machines`, its `traffic_rps`); what follows from them may be there and may be wrong.
//! Names are not resolved: that a region or a type is gone is for the answer to say.

use std::collections::BTreeMap;

use super::Decoder;
use crate::diagnostic::Diagnostic;
use crate::model::{Origin, Previous, PreviousGroup, PreviousMachines};
use crate::parse::canonical;
use crate::parse::conform::Item;
use crate::parse::tree::{Entry, Node, Value};
use crate::units::{Decimal, MilliRps, Money, Ratio};

/// More instances than any placement has.
const MOST_INSTANCES: u64 = 1_000_000_000;

impl Decoder<'_> {
    /// What `previous`, `min_improvement_usd` and `min_improvement_percent` say.
    pub(super) fn previous(&mut self, root: &Item<'_>) -> Option<Previous> {
        let min_improvement = self.quantity(root.get("min_improvement_usd"), Money::from_usd);
        let percent = |percent: Decimal| percent.in_units(4).map(|share| Ratio(u32::try_from(share).unwrap_or(u32::MAX)));
        let share = self.quantity(root.get("min_improvement_percent"), percent);
        let Some(item) = root.get("previous") else {
            for name in ["min_improvement_usd", "min_improvement_percent"] {
                if let Some(item) = root.get(name).filter(|item| item.is_given) {
                    let message = format!("`{name}` says nothing without `previous`");
                    let unused = Diagnostic::warning("unused", message);
                    self.blame(item, unused.help(format!("give `previous`, or remove `{name}`")));
                }
            }
            return None;
        };
        let node = item.node()?;
        let groups = match groups(node) {
            Ok(groups) => groups,
            Err(fault) => {
                self.blame(item, fault);
                return None;
            }
        };
        let text = |name: &str| match &node.get("certificate")?.get(name)?.value {
            Value::String(text) => Some(text.clone()),
            _ => None,
        };
        let origin = text("problem").and_then(|problem| {
            Some(Origin {
                version: text("version")?,
                catalog: text("catalog_sha256")?,
                problem: canonical::without_previous(&problem),
                provider_catalog: text("provider_catalog"),
            })
        });
        Some(Previous {
            groups,
            min_improvement: min_improvement.unwrap_or_default(),
            min_improvement_share: share.unwrap_or_default(),
            origin,
        })
    }
}

type Read<T> = Result<T, Diagnostic>;

fn groups(node: &Node) -> Read<BTreeMap<String, PreviousGroup>> {
    let given = node.get("groups").unwrap_or(node);
    let mut groups = BTreeMap::new();
    for Entry { key, node, .. } in entries(given, "groups")? {
        if key.split('/').count() < 3 {
            return Err(fault(format!("{key:?} is no `workload/cloud/region`")));
        }
        groups.insert(key.clone(), group(key, node)?);
    }
    Ok(groups)
}

fn group(key: &str, node: &Node) -> Read<PreviousGroup> {
    let Some(Node { value: Value::List(sets), .. }) = node.get("machines") else {
        return Err(fault(format!("the group {key:?} has no list `machines`")));
    };
    let mut machines = Vec::with_capacity(sets.len());
    for set in sets {
        let text = |name: &str| match set.get(name).map(|node| &node.value) {
            Some(Value::String(text)) => Ok(text.clone()),
            _ => Err(fault(format!("machines of {key:?} have no `{name}`"))),
        };
        let mut zones = BTreeMap::new();
        for Entry { key: zone, node, .. } in member(set, "zones", key)? {
            let count = number(node).and_then(|count| count.exactly_in_units(0)).and_then(|count| u64::try_from(count).ok());
            let count = count.filter(|&count| count <= MOST_INSTANCES);
            zones.insert(zone.clone(), count.ok_or_else(|| fault(format!("{key:?} has no count of instances in {zone}")))?);
        }
        machines.push(PreviousMachines { instance_type: text("instance_type")?, purchase: text("purchase_model")?, zones });
    }
    let mut traffic = BTreeMap::new();
    for Entry { key: user, node, .. } in member(node, "traffic_rps", key)? {
        let rate = number(node).and_then(|rate| MilliRps::from_decimal(rate).ok());
        traffic.insert(user.clone(), rate.ok_or_else(|| fault(format!("{key:?} has no rate of requests of {user}")))?);
    }
    Ok(PreviousGroup { machines, traffic })
}

fn member<'n>(node: &'n Node, name: &str, key: &str) -> Read<&'n [Entry]> {
    let member = node.get(name).ok_or_else(|| fault(format!("{key:?} has no map `{name}`")))?;
    entries(member, &format!("`{name}` of {key:?}"))
}

fn entries<'n>(node: &'n Node, what: &str) -> Read<&'n [Entry]> {
    match &node.value {
        Value::Map(entries) => Ok(entries),
        Value::Faulty(fault) => Err((**fault).clone()),
        other => Err(fault(format!("{what}: {} is given where a map is expected", other.kind()))),
    }
}

fn number(node: &Node) -> Option<Decimal> {
    match &node.value {
        Value::Number(number) if !number.is_negative() => Some(*number),
        _ => None,
    }
}

fn fault(message: String) -> Diagnostic {
    Diagnostic::error("previous", message)
        .help("give a result of `stowage solve --format json`, such as jsondecode(file(\"previous.json\")), or its `groups`")
}
