//! A Terraform plan in, a [`Report`] out: what machines it leaves, what they cost and emit, what they outlive, what may go wrong during the
//! apply, and how far all that is from the cheapest placement that keeps the same promises.
//!
//! ```text
//! plan JSON → plan (typed, lean) → fleet → prices → findings ─┐
//!                                    └→ demand → place ────────┴→ report
//! ```
//!
//! Nothing is read or written here, and nothing is decided on trust: placements found in the plan are computed again. [`Report`] is the
//! values; `render` writes them down for people and machines.

mod compare;
mod configuration;
mod distance;
mod finding;
mod fleet;
mod hazards;
mod latency;
mod lint;
mod members;
mod patch;
mod placements;
mod plan;
pub mod policy;
mod price;
mod reason;
mod report;
mod rules;
mod survival;

pub use compare::compared;
pub use finding::{Finding, Rule, Severity};
pub use reason::Reason;
pub use report::{
    Action, Basis, BetterGroup, Change, Coverage, Deployment, Difference, Distance, Endurance, Figure, FleetMember,
    Location, Loss, Nearest, Patch, PatchedFile, PlanStamp, PlannedPlacement, Purchase, Range, Report, Service, Sum,
    Totals, Unit, Unknown, UserLatency, Verdict,
};
pub use rules::RULES;

use self::configuration::Sources;
use self::distance::Comparison;
use self::placements::Placed;
use self::plan::Plan;
use self::price::Prices;
use crate::catalog::Catalog;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::Problem;
use crate::parse::tree::Node;
use crate::parse::{self, SourceFile};
use crate::place::Answer;

/// What a review is made with.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// Prices, round trips, emissions.
    pub catalog: &'a Catalog,
    /// Changes of the catalog, as the `catalog` object of the provider's configuration states them.
    pub overlay: Option<&'a Node>,
    /// The configuration the plan was made of, if at hand: places of findings and patches come from it.
    pub sources: &'a [SourceFile],
    /// A file that declares users and workloads (`--workloads`), as `parse` understands it, with its name.
    pub workloads: Option<(&'a str, &'a Node)>,
    /// Whether the distance to the optimum is computed.
    pub with_distance: bool,
    /// How a result is written: [`render::result`](crate::render). Placements in the plan are compared with it.
    pub result: fn(&Problem, &Answer) -> serde_json::Value,
}

/// Reviews a plan as `terraform show -json` writes it.
///
/// # Errors
/// What is not a complete plan; an overlay or a file of workloads that is refused.
pub fn review(plan: &SourceFile, options: &Options<'_>) -> Result<Report, Diagnostics> {
    let plan = Plan::read(plan, &fleet::is_read)?;
    let overlays = match options.overlay {
        Some(node) => vec![parse::overlay(node, options.catalog)?],
        None => Vec::new(),
    };
    let declared = match options.workloads {
        Some((name, node)) => Some((name, parse::problem(node, options.catalog, options.overlay)?.problem)),
        None => None,
    };
    let read = members::read(&plan, &fleet::Zones::of(options.catalog));
    let regions = members::regions(&read);
    let prices = Prices::of(options.catalog, &overlays, &|region| regions.contains(region)).map_err(|errors| {
        errors.iter().fold(Diagnostics::new(), |mut all, error| {
            all.push(Diagnostic::error("catalog", error.to_string()));
            all
        })
    })?;
    let mut members = members::members(read, &prices);
    let sources = Sources::read(options.sources);
    for member in &mut members {
        member.location = sources.location(&member.block);
    }
    let placed = placements::placements(&plan, options);
    let declared = declared.as_ref().map(|(name, problem)| (*name, problem));
    let comparison = Comparison { plan: &plan, members: &members, prices: &prices, placed: &placed, declared };
    let distance = if options.with_distance {
        distance::distance(&comparison, options)
    } else {
        Figure::Unknown(Reason::Because("it was not asked for".to_owned()))
    };
    let coverage = members::coverage(&plan, &members);
    let totals = members::totals(&members, &coverage);
    let services = survival::services(&members);
    let latency = latency::latency(&problems(&placed, declared), &members);
    let mut findings = hazards::hazards(&members, &services);
    findings.extend(lint::lint(&plan, &members, &sources));
    findings.extend(unknown(&coverage));
    findings.extend(too_far(&latency));
    findings.extend(of_placements(&placed));
    findings.extend(of_distance(&distance));
    for finding in &mut findings {
        let block = finding.address.as_deref().map(plan::address::block);
        finding.location = block.and_then(|block| sources.location(&block));
    }
    findings.sort_by(|a, b| a.order().cmp(&b.order()));
    let mut catalog = options.catalog.stamp();
    catalog.is_overlaid = options.overlay.is_some();
    Ok(Report {
        plan: plan.stamp,
        catalog,
        members,
        services,
        coverage,
        totals,
        latency,
        distance,
        placements: placed.into_iter().map(|placed| placed.planned).collect(),
        findings,
    })
}

/// The problems that declare users, each with where it is declared.
fn problems<'p>(placed: &'p [Placed], declared: Option<(&str, &'p Problem)>) -> Vec<(String, &'p Problem)> {
    let computed = |placed: &'p Placed| Some((placed.planned.address.clone(), &placed.computed.as_ref()?.0));
    let declared = declared.map(|(name, problem)| (name.to_owned(), problem));
    placed.iter().filter_map(computed).chain(declared).collect()
}

fn unknown(coverage: &Coverage) -> impl Iterator<Item = Finding> {
    coverage.unknown.iter().map(|one| {
        let message = format!("the {} of `{}` is unknown: {}", one.what, one.address, one.reason);
        Finding::of(rules::UNKNOWN, message).at(&one.address).about(one.what)
    })
}

fn too_far(latency: &[UserLatency]) -> impl Iterator<Item = Finding> {
    latency.iter().filter_map(|one| {
        let promised = one.promised?;
        let nearest = one.nearest.after.known()?;
        (nearest.rtt.round_trip > promised).then(|| {
            let workload = one.workload.as_ref().map(|name| format!(" that serve `{name}`")).unwrap_or_default();
            let message = format!(
                "the nearest machines{workload} to user group `{}`, in {}, answer in {} ms, and {} ms are promised",
                one.user,
                nearest.region,
                nearest.rtt.round_trip.to_decimal(),
                promised.to_decimal()
            );
            let about = one.workload.as_ref().map(|name| format!(".{name}")).unwrap_or_default();
            Finding::of(rules::USERS_TOO_FAR, message).at(&one.declared_in).about(format!("users.{}{about}", one.user))
        })
    })
}

fn of_placements(placed: &[Placed]) -> impl Iterator<Item = Finding> {
    placed.iter().filter_map(|placed| {
        let address = &placed.planned.address;
        match &placed.planned.verdict {
            Verdict::Confirmed => None,
            Verdict::Differs(differences) => {
                let first = differences.first();
                let example =
                    first.map(|one| format!(": `{}` is {} and should be {}", one.path, one.planned, one.computed));
                let message = format!("`{address}` is not what the computation says{}", example.unwrap_or_default());
                Some(Finding::of(rules::PLACEMENT_DIFFERS, message).at(address).help("plan again"))
            }
            Verdict::Unverifiable(reason) => {
                let message = format!("`{address}` cannot be computed again: {reason}");
                Some(Finding::of(rules::PLACEMENT_UNVERIFIABLE, message).at(address))
            }
        }
    })
}

fn of_distance(distance: &Figure<Distance>) -> Option<Finding> {
    let distance = distance.known()?;
    if distance.cost < distance.bound {
        return Some(Finding::of(rules::BELOW_OPTIMUM, distance.sentence()));
    }
    distance.tenths_of_percent().filter(|tenths| *tenths > 0)?;
    let finding = Finding::of(rules::DISTANCE, distance.sentence());
    Some(match &distance.patch {
        Figure::Known(_) => finding.help("the patch in the report makes the change; `--fix` writes it"),
        Figure::Unknown(_) => finding,
    })
}
