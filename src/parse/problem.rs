//! A tree that conforms to the language becomes a [`Problem`]: values get their types, names their meaning, places their prices.
//!
//! Every part is decoded even where others are wrong, so that one run reports everything. The order of maps does not matter: everything is
//! decoded, and numbered, by name.

use std::collections::BTreeMap;

use self::workloads::Users;
use super::canonical::canonical;
use super::conform::{self, Item, Place};
use super::language::{CATALOG, PROBLEM};
use super::tree::Node;
use crate::catalog::{Catalog, Overlay};
use crate::diagnostic::{Diagnostic, Diagnostics, Step, quoted};
use crate::model::{Limits, Objective, Problem, Statement};
use crate::units::{Decimal, DecimalError, Money, Ratio};

mod filters;
mod overlays;
mod supply;
mod users;
mod workloads;

/// What happens when no placement exists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnInfeasible {
    /// The read fails.
    #[default]
    Error,
    /// The explanation is the result.
    Report,
}

/// A problem, and what a person should look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed {
    /// Complete: names resolved, prices and round trips looked up.
    pub problem: Problem,
    /// What the host does when no placement exists.
    pub on_infeasible: OnInfeasible,
    /// Findings that do not stop the work.
    pub warnings: Diagnostics,
}

/// Decodes and resolves the problem that `node` states.
///
/// `provider_overlay` is the `catalog` object of the provider's configuration; it is applied before the problem's own.
///
/// # Errors
/// Everything that is wrong with the problem, each finding with its path and, if the tree came from a file, its place there.
pub fn problem(node: &Node, catalog: &Catalog, provider_overlay: Option<&Node>) -> Result<Parsed, Diagnostics> {
    let mut decoder = Decoder::new(catalog);
    let root = conform::object(node, PROBLEM, &Place::root(), &mut decoder.diagnostics);
    let provider_catalog = provider_overlay.map(|node| decoder.catalog_object(node));
    let groups = decoder.users(root.get("users"));
    let mut users = Users::new(root.get("users"), &groups);
    let common = decoder.selector(&root);
    let workloads = decoder.workloads(root.get("workloads"), &mut users, common.as_ref());
    let max_regions = root.get("limits").and_then(|limits| limits.get("max_regions"));
    let max_clouds = root.get("limits").and_then(|limits| limits.get("max_clouds"));
    let limits =
        Limits { max_regions: decoder.quantity(max_regions, count), max_clouds: decoder.quantity(max_clouds, count) };
    let carbon = root.get("objective").and_then(|objective| objective.get("carbon_usd_per_tonne"));
    let objective = Objective { carbon_per_tonne: decoder.quantity(carbon, Money::from_usd).unwrap_or_default() };
    let gap_tolerance = decoder.quantity(root.get("gap_tolerance"), Ratio::from_decimal).unwrap_or_default();
    let on_infeasible = match root.get("on_infeasible").and_then(Item::text) {
        Some("report") => OnInfeasible::Report,
        _ => OnInfeasible::Error,
    };
    let own_catalog = root.get("catalog");
    let is_overlaid = provider_catalog.is_some() || own_catalog.is_some();
    let overlays: Vec<_> = provider_catalog.iter().chain(own_catalog).map(|item| decoder.overlay(item)).collect();
    if let Some(item) = root.get("users").filter(|_| !decoder.diagnostics.has_errors()) {
        for name in users.unasked() {
            let message = format!("no workload has demand from the user group {}", quoted(name, '`'));
            decoder.diagnostics.push(item.blame_key(name, Diagnostic::warning("unused", message)));
        }
    }
    let users: Vec<_> = groups.into_values().flatten().collect();
    let supply = decoder.supply(&overlays, &users, workloads);
    let mut stamp = catalog.stamp();
    stamp.is_overlaid |= is_overlaid;
    if decoder.diagnostics.has_errors() {
        return Err(decoder.diagnostics);
    }
    let problem = Problem {
        users,
        workloads: supply.workloads,
        regions: supply.regions,
        machine_types: supply.machine_types,
        rtt: supply.rtt,
        limits,
        objective,
        gap_tolerance,
        catalog: stamp,
        stated: Some(Statement {
            problem: canonical(&root),
            provider_catalog: provider_catalog.as_ref().map(canonical),
        }),
    };
    Ok(Parsed { problem, on_infeasible, warnings: decoder.diagnostics })
}

/// Decodes the `catalog` object of the provider's configuration, and checks it against the catalog.
///
/// # Errors
/// Everything that is wrong with it; paths begin with `catalog`.
pub fn overlay(node: &Node, catalog: &Catalog) -> Result<Overlay, Diagnostics> {
    let mut decoder = Decoder::new(catalog);
    let item = decoder.catalog_object(node);
    let read = decoder.overlay(&item);
    decoder.supply(std::slice::from_ref(&read), &[], Vec::new());
    if decoder.diagnostics.has_errors() { Err(decoder.diagnostics) } else { Ok(read.overlay) }
}

struct Decoder<'c> {
    catalog: &'c Catalog,
    diagnostics: Diagnostics,
    /// Patterns already looked up, with what is wrong with them: many workloads share their lists.
    patterns: BTreeMap<(&'static str, String), Option<Diagnostic>>,
}

impl<'c> Decoder<'c> {
    const fn new(catalog: &'c Catalog) -> Self {
        Self { catalog, diagnostics: Diagnostics::new(), patterns: BTreeMap::new() }
    }

    fn catalog_object<'n>(&mut self, node: &'n Node) -> Item<'n> {
        let place = Place::root().then(Step::Attribute("catalog".to_owned()));
        conform::object(node, CATALOG, &place, &mut self.diagnostics)
    }

    /// Reports a finding at `item`.
    fn blame(&mut self, item: &Item<'_>, diagnostic: Diagnostic) {
        self.diagnostics.push(item.blame(diagnostic));
    }

    /// A number in its unit; nothing if it is not given or was reported.
    fn quantity<T>(&mut self, item: Option<&Item<'_>>, unit: fn(Decimal) -> Result<T, DecimalError>) -> Option<T> {
        let item = item?;
        match unit(item.number()?) {
            Ok(quantity) => Some(quantity),
            Err(error) => {
                self.blame(item, Diagnostic::error("number", error.to_string()));
                None
            }
        }
    }
}

/// A number of things.
fn count(number: Decimal) -> Result<u32, DecimalError> {
    u32::try_from(number.in_units(0)?).map_err(|_| DecimalError::OutOfRange)
}

/// A finding of the catalog: its sentence is the message, and what follows after a semicolon, behind any quoted name, is the way out.
fn found(code: &'static str, sentence: &str) -> Diagnostic {
    let names_end = sentence.rfind('"').unwrap_or_default();
    match sentence[names_end..].split_once("; ") {
        Some((rest, help)) => Diagnostic::error(code, &sentence[..names_end + rest.len()]).help(help),
        None => Diagnostic::error(code, sentence),
    }
}
