//! The certificate: what an answer must be checked against, and every cost it is made of.
//!
//! It adds no fact: lines are those of `check`, the bound is the one that was proven. What it adds is that a result can be checked alone, years
//! later, by whoever has the program of that version: the problem's text, its digest, and the digest of the catalog.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::group::Group;
use super::result::{number, or_null, usd};
use crate::check::Placement;
use crate::model::Problem;
use crate::units::{HOURS_PER_MONTH, Money, SECONDS_PER_MONTH};

/// The certificate of a result with these groups.
pub(super) fn certificate(problem: &Problem, groups: &[Group<'_>], placement: Option<(&Placement, Money)>) -> Value {
    let stated = problem.stated.as_ref();
    let lines: Vec<Value> = placement.map(|(placement, _)| lines(problem, groups, placement)).unwrap_or_default();
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "problem": stated.map(|stated| &stated.problem),
        "problem_sha256": stated.map(|stated| sha256(&stated.problem)),
        "provider_catalog": stated.and_then(|stated| stated.provider_catalog.as_ref()),
        "catalog_sha256": problem.catalog.digest,
        "lines": lines,
        "monthly_cost_usd": or_null(placement, |(placement, _)| usd(placement.cost())),
        "bound_monthly_cost_usd": or_null(placement, |(_, bound)| usd(bound)),
    })
}

/// SHA-256 in hexadecimal.
fn sha256(text: &str) -> String {
    Sha256::digest(text).iter().fold(String::with_capacity(64), |mut digits, byte| {
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}

fn lines(problem: &Problem, groups: &[Group<'_>], placement: &Placement) -> Vec<Value> {
    let mut lines = Vec::new();
    for group in groups {
        of_group(problem, group, &mut lines);
    }
    let used: std::collections::BTreeSet<_> = placement.groups().keys().map(|&(_, region)| region).collect();
    for region in used {
        let region = &problem.regions[region.index()];
        push(&mut lines, &region.key.to_string(), "fixed", region.fixed_monthly, "the region is used".to_owned());
    }
    lines
}

fn of_group(problem: &Problem, group: &Group<'_>, lines: &mut Vec<Value>) {
    let key = group.key();
    let costs = &group.placed.lines;
    let machines: Vec<String> = group
        .machines
        .iter()
        .map(|machines| {
            let (count, name, bought) = (machines.set.instances(), &machines.machine.name, machines.set.purchase);
            format!("{count} {name} {bought} × {HOURS_PER_MONTH} h × {} USD/h", number(machines.hourly.usd()))
        })
        .collect();
    push(lines, &key, "machines", costs.machines, machines.join(" + "));
    let egress_price = group.region.internet_egress_per_gb.unwrap_or_default();
    let egress = format!(
        "{} requests/s × {} bytes × {SECONDS_PER_MONTH} s × {} USD/10^9 bytes",
        number(group.placed.group.load().to_decimal()),
        group.workload.response.0,
        number(egress_price.usd()),
    );
    push(lines, &key, "egress", costs.egress, egress);
    let mass = costs.emissions.map_or(Value::Null, |mass| number(mass.to_decimal()));
    let price = number(problem.objective.carbon_per_tonne.usd());
    push(lines, &key, "carbon", costs.carbon, format!("{mass} kg × {price} USD/1000 kg"));
}

fn push(lines: &mut Vec<Value>, of: &str, item: &str, amount: Money, from: String) {
    if amount != Money::ZERO {
        let line: Map<String, Value> = [
            ("of".to_owned(), of.into()),
            ("item".to_owned(), item.into()),
            ("usd".to_owned(), usd(amount)),
            ("from".to_owned(), from.into()),
        ]
        .into_iter()
        .collect();
        lines.push(Value::Object(line));
    }
}
