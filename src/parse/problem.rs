//! A tree that conforms to the language becomes a [`Problem`]: values get their types, names their meaning, places their prices.
//!
//! Every part is decoded even where others are wrong, so that one run reports everything. The order of maps does not matter: everything is
//! decoded, and numbered, by name.

use std::collections::BTreeMap;

pub use self::together::refused_together;

use self::together::Whole;
use self::users::Declared;
use self::workloads::Users;
use super::canonical::canonical;
use super::conform::{self, Item, Place};
use super::language::{CATALOG, PROBLEM};
use super::tree::Node;
use crate::catalog::{Catalog, Market, Overlay};
use crate::diagnostic::{Diagnostic, Diagnostics, Step, quoted};
use crate::model::{Limits, Objective, Problem, Selector, Statement, rise_together};
use crate::units::{Carbon, Decimal, DecimalError, Money, Ratio};

mod calls;
mod counted;
mod declared;
mod demand;
mod filters;
mod functions;
mod moves;
mod order;
mod overlays;
mod pools;
mod previous;
mod quotas;
mod state;
mod supply;
mod together;
mod users;
mod weights;
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
    read(node, catalog, provider_overlay, Aim::Solve)
}

/// Judges the problem that `node` states as [`problem`] does; prices that nothing can be wrong with are not looked up.
///
/// # Errors
/// Those of [`problem`].
pub fn judge(node: &Node, catalog: &Catalog, provider_overlay: Option<&Node>) -> Result<(), Diagnostics> {
    read(node, catalog, provider_overlay, Aim::Judge).map(drop)
}

/// What a problem is read for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Aim {
    Solve,
    Judge,
}

fn read(node: &Node, catalog: &Catalog, provider_overlay: Option<&Node>, aim: Aim) -> Result<Parsed, Diagnostics> {
    let mut diagnostics = Diagnostics::new();
    let mut root = conform::object(node, PROBLEM, &Place::root(), &mut diagnostics);
    let provider_catalog = provider_overlay.map(|node| catalog_object(node, &mut diagnostics));
    let catalogs: Vec<&Item<'_>> = provider_catalog.iter().chain(root.get("catalog")).collect();
    let declared = declared(catalog, &catalogs, &mut diagnostics);
    let market = catalog.market(&declared);
    let mut decoder = Decoder::new(catalog, &market, diagnostics);
    decoder.is_market_known = catalogs.iter().all(|item| declared::is_known(item));
    let groups = decoder.users(root.get("users"));
    let mut users = Users::new(root.get("users"), &groups);
    let common = decoder.selector(&root);
    let mut workloads = decoder.workloads(root.get("workloads"), &mut users, common.as_ref());
    let apart = rise_together(&mut workloads);
    // Where it was asked for, it is refused.
    for &at in &apart {
        workloads[at].uses_commitments = false;
    }
    decoder.refuse_in_workloads(root.get("workloads"), &workloads, &apart);
    decoder.check_calls(root.get("workloads"), &workloads);
    let pools = decoder.pools(root.get("pools"), root.get("workloads"), &mut users, common.as_ref());
    let limits = decoder.limits(&root);
    let quota_item = root.get("limits").and_then(|limits| limits.get("quotas"));
    let quotas = decoder.quotas(quota_item);
    let has_commitments = catalogs.iter().any(|item| item.get("commitments").is_some());
    let objective = decoder.objective(&root);
    let order = decoder.order(&root);
    let gap_tolerance = decoder.quantity(root.get("gap_tolerance"), Ratio::from_decimal).unwrap_or_default();
    let previous = decoder.previous(&root);
    let bindings = root.get("bindings").and_then(Item::boolean).unwrap_or_default();
    let alternatives = decoder.quantity(root.get("alternatives"), count).unwrap_or_default();
    let on_infeasible = match root.get("on_infeasible").and_then(Item::text) {
        Some("report") => OnInfeasible::Report,
        _ => OnInfeasible::Error,
    };
    if let (true, Some(item)) = (market.is_empty() && decoder.is_market_known, catalogs.last()) {
        let fault = Diagnostic::error(
            "catalog",
            "the embedded catalog is switched off and no site is declared: nothing is on sale",
        );
        decoder.blame(item, fault.help("declare `sites`, or set `embedded = true`"));
    }
    let overlays: Vec<_> =
        catalogs.iter().zip(&declared).map(|(item, declared)| decoder.overlay(item, declared)).collect();
    if let Some(item) = root.get("users").filter(|_| !decoder.diagnostics.has_errors()) {
        for name in users.unasked() {
            let message = format!("no workload has demand from the user group {}", quoted(name, '`'));
            decoder.diagnostics.push(item.blame_key(name, Diagnostic::warning("unused", message)));
        }
    }
    let counted = users.is_counted().then(Declared::counted);
    let users: Vec<Declared> = groups.into_values().flatten().chain(counted).collect();
    let mut supply = decoder.supply(&overlays, &users, workloads, pools, aim);
    decoder.refuse_in_problem(&Whole { root: &root, supply: &supply, has_commitments, has_order: order.is_some() });
    let mut stamp = catalog.stamp();
    stamp.is_overlaid |= !catalogs.is_empty();
    if decoder.diagnostics.has_errors() {
        return Err(decoder.diagnostics);
    }
    let provider_catalog = provider_catalog.as_ref().map(canonical);
    if let Some(previous) = &previous {
        root.state("previous", previous.canonical());
    }
    let stated = Statement { problem: canonical(&root), provider_catalog };
    let previous =
        previous.map(|read| read.compared(&stated.problem, stated.provider_catalog.as_deref(), catalog, &stamp.digest));
    let quotas = quotas::settled(quotas, &supply.regions);
    if objective.move_per_replica > Money::ZERO
        && let Some(previous) = &previous
    {
        let names: Vec<&str> = users.iter().map(|user| user.group.name.as_str()).collect();
        moves::stand(previous, &names, &mut supply.workloads);
    }
    let problem = Problem {
        users: users.into_iter().map(|user| user.group).collect(),
        workloads: supply.workloads,
        pools: supply.pools,
        regions: supply.regions,
        machine_types: supply.machine_types,
        commitments: supply.commitments,
        rtt: supply.rtt,
        links: supply.links,
        limits,
        quotas,
        objective,
        order,
        gap_tolerance,
        previous,
        alternatives,
        bindings,
        catalog: stamp,
        stated: Some(stated),
    };
    Ok(Parsed { problem, on_infeasible, warnings: decoder.diagnostics })
}

/// Decodes the `allowed` and `denied` lists of `item`, whatever language it belongs to; nothing if neither is given.
pub(crate) fn selector(item: &Item<'_>, catalog: &Catalog, diagnostics: &mut Diagnostics) -> Option<Selector> {
    let market = catalog.market(&[]);
    let mut decoder = Decoder::new(catalog, &market, Diagnostics::new());
    let selector = decoder.selector(item);
    diagnostics.append(decoder.diagnostics);
    selector
}

/// Decodes the `catalog` object of the provider's configuration, and checks it against the catalog.
///
/// # Errors
/// Everything that is wrong with it; paths begin with `catalog`.
pub fn overlay(node: &Node, catalog: &Catalog) -> Result<Overlay, Diagnostics> {
    let mut diagnostics = Diagnostics::new();
    let item = catalog_object(node, &mut diagnostics);
    let declared = declared(catalog, &[&item], &mut diagnostics);
    let market = catalog.market(&declared);
    let mut decoder = Decoder::new(catalog, &market, diagnostics);
    decoder.is_market_known = declared::is_known(&item);
    let read = decoder.overlay(&item, &declared[0]);
    decoder.supply(std::slice::from_ref(&read), &[], Vec::new(), Vec::new(), Aim::Judge);
    if decoder.diagnostics.has_errors() { Err(decoder.diagnostics) } else { Ok(read.overlay) }
}

fn catalog_object<'n>(node: &'n Node, diagnostics: &mut Diagnostics) -> Item<'n> {
    let place = Place::root().then(Step::Attribute("catalog".to_owned()));
    conform::object(node, CATALOG, &place, diagnostics)
}

/// What `catalog` objects declare, one overlay for each. It is read before everything else: names may mean it.
fn declared(catalog: &Catalog, items: &[&Item<'_>], diagnostics: &mut Diagnostics) -> Vec<Overlay> {
    let market = catalog.market(&[]);
    let mut decoder = Decoder::new(catalog, &market, std::mem::take(diagnostics));
    let declared = items.iter().map(|item| decoder.declared(item)).collect();
    *diagnostics = decoder.diagnostics;
    declared
}

struct Decoder<'c> {
    catalog: &'c Catalog,
    /// What names may mean.
    market: &'c Market<'c>,
    /// False if some of what is declared could not be read, so that a name nothing has is no finding.
    is_market_known: bool,
    diagnostics: Diagnostics,
    /// Patterns already looked up, with what is wrong with them: many workloads share their lists.
    patterns: BTreeMap<(&'static str, String), Option<Diagnostic>>,
}

impl<'c> Decoder<'c> {
    const fn new(catalog: &'c Catalog, market: &'c Market<'c>, diagnostics: Diagnostics) -> Self {
        Self { catalog, market, is_market_known: true, diagnostics, patterns: BTreeMap::new() }
    }

    /// The limits over everything, but for quotas.
    fn limits(&mut self, root: &Item<'_>) -> Limits {
        let stated = |name| root.get("limits").and_then(|limits| limits.get(name));
        Limits {
            max_regions: self.quantity(stated("max_regions"), count),
            max_clouds: self.quantity(stated("max_clouds"), count),
            max_monthly_cost: self.quantity(stated("max_monthly_cost_usd"), Money::from_usd),
            max_monthly_carbon: self.quantity(stated("max_monthly_carbon_kg"), Carbon::from_decimal),
            ..Limits::default()
        }
    }

    /// The prices of the objective.
    fn objective(&mut self, root: &Item<'_>) -> Objective {
        let mut price = |name| {
            let price = root.get("objective").and_then(|objective| objective.get(name));
            self.quantity(price, Money::from_usd).unwrap_or_default()
        };
        Objective {
            carbon_per_tonne: price("carbon_usd_per_tonne"),
            latency_per_rps_ms: price("latency_usd_per_rps_ms"),
            move_per_replica: price("move_usd_per_replica"),
            ..Objective::default()
        }
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
