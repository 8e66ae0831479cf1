//! What a review says of a plan, in values. Everything that prints, judges or compares a plan starts from a [`Report`].
//!
//! Unknown is not zero: whatever a plan does not say, or the catalog does not price, is a [`Figure::Unknown`] with its [`Reason`], is counted
//! in [`Coverage`], and makes each sum it belongs to say how many parts it misses ([`Sum::unknown`]).
//!
//! Sizes and what follows from them are ranges: a group that scales has a smallest, an expected and a largest size.

mod distance;
mod figure;
mod fleet;

use super::finding::Finding;
use super::reason::Reason;
use crate::model::{CatalogStamp, RegionKey, Rtt};
use crate::units::{Carbon, Money, Ratio, RoundTrip};

pub use distance::{Basis, BetterGroup, Distance, Patch, PatchedFile};
pub use figure::{Change, Figure, Range, Sum};
pub use fleet::{Action, Deployment, FleetMember, Location, Purchase, Unit};

/// Which plan was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlanStamp {
    /// `format_version` of the plan, such as `1.2`.
    pub format_version: String,
    /// Version of Terraform or OpenTofu that made it.
    pub terraform_version: Option<String>,
    /// SHA-256 of the plan's bytes, in hexadecimal.
    pub digest: String,
    /// Managed resources in the plan, of any type.
    pub resources: usize,
}

/// Something that could not be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// The resource instance.
    pub address: String,
    /// What is not known: `price`, `count`, `machine type`, `region`, `zones`, `carbon`.
    pub what: &'static str,
    /// Why.
    pub reason: Reason,
}

/// How much of the planned fleet has a price.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Members with a cost, after the change.
    pub priced: usize,
    /// Members that cost something, after the change.
    pub total: usize,
    /// Everything that could not be told, by address.
    pub unknown: Vec<Unknown>,
    /// Resource types that hold no machines this review knows of, with the number of instances after the change, by type.
    pub not_read: Vec<(String, usize)>,
}

/// Cost and emissions of the whole fleet in a month.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Cost of the machines.
    pub cost: Change<Sum<Money>>,
    /// Emissions of the machines.
    pub carbon: Change<Sum<Carbon>>,
}

/// The region with machines that answers a user group soonest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nearest {
    /// The region.
    pub region: RegionKey,
    /// Its round trip.
    pub rtt: Rtt,
}

/// How far a declared user group is from the fleet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserLatency {
    /// Where the user group is declared: the address of a placement, or the name of the file of workloads.
    pub declared_in: String,
    /// The user group.
    pub user: String,
    /// The workload it asks; none for a group that asks none.
    pub workload: Option<String>,
    /// The nearest region with machines of the workload, or, where no member's key names the workload, with any.
    pub nearest: Change<Figure<Nearest>>,
    /// The round trip that the workload promises each of its groups; none if it promises nothing, or a share of all requests only.
    pub promised: Option<RoundTrip>,
}

/// What a service loses with its fullest failure domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loss {
    /// True if something is left.
    pub survives: bool,
    /// The share of the expected instances that is lost.
    pub share: Ratio,
}

/// What a service outlives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endurance {
    /// The regions it stands in, sorted.
    pub regions: Vec<RegionKey>,
    /// Loss of the zone that holds most of it.
    pub zone: Figure<Loss>,
    /// Loss of the region that holds most of it.
    pub region: Figure<Loss>,
}

/// The members one block declares: what they outlive together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// The address of the block.
    pub block: String,
    /// Addresses of the members.
    pub members: Vec<String>,
    /// Before and after the change; none where nothing of it exists.
    pub endures: Change<Option<Endurance>>,
}

/// A difference between a placement in the plan and the one computed again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The attribute, such as `groups["web/aws/eu-central-1"].instances`.
    pub path: String,
    /// What the plan says, as JSON.
    pub planned: String,
    /// What the computation says, as JSON.
    pub computed: String,
}

/// What the computation says of a placement in the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Computed again, it is the same.
    Confirmed,
    /// Computed again, it differs: the plan, the catalog or the version changed since.
    Differs(Vec<Difference>),
    /// It cannot be computed again.
    Unverifiable(Reason),
}

impl Verdict {
    /// The word for it in reports.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Differs(_) => "differs",
            Self::Unverifiable(_) => "unverifiable",
        }
    }
}

/// A `stowage_placement` in the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedPlacement {
    /// As Terraform writes it.
    pub address: String,
    /// What the computation says.
    pub verdict: Verdict,
    /// The outcome the plan says, if it can be read.
    pub outcome: Option<String>,
    /// The cost in a month the plan says, if it can be read.
    pub monthly_cost: Option<Money>,
}

/// Everything a review says of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Which plan was read.
    pub plan: PlanStamp,
    /// Which catalog gave the prices.
    pub catalog: CatalogStamp,
    /// What holds machines, replicas or tasks, by address.
    pub members: Vec<FleetMember>,
    /// What they outlive, by block.
    pub services: Vec<Service>,
    /// How much has a price.
    pub coverage: Coverage,
    /// Cost and emissions.
    pub totals: Totals,
    /// How far declared users are, by where they are declared, then by name.
    pub latency: Vec<UserLatency>,
    /// Distance to the cheapest placement that keeps the promises.
    pub distance: Figure<Distance>,
    /// Placements in the plan, by address.
    pub placements: Vec<PlannedPlacement>,
    /// What a person should look at: by severity, then by rule and address.
    pub findings: Vec<Finding>,
}
