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

mod finding;
mod plan;
pub mod policy;
mod reason;
mod report;

pub use finding::{Finding, Rule, Severity};
pub use reason::Reason;
pub use report::{
    Action, Basis, BetterGroup, Change, Coverage, Deployment, Difference, Distance, Endurance, Figure, FleetMember,
    Location, Loss, Nearest, Patch, PatchedFile, PlanStamp, PlannedPlacement, Purchase, Range, Report, Service, Sum,
    Totals, Unit, Unknown, UserLatency, Verdict,
};

use crate::catalog::Catalog;
use crate::model::Problem;
use crate::parse::SourceFile;
use crate::parse::tree::Node;
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
