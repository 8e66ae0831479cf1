//! What a review says of a plan, in values. Everything that prints, judges or compares a plan starts from a [`Report`].
//!
//! Unknown is not zero: whatever a plan does not say, or the catalog does not price, is a [`Figure::Unknown`] with its [`Reason`], is counted
//! in [`Coverage`], and makes each sum it belongs to say how many parts it misses ([`Sum::unknown`]).
//!
//! Sizes and what follows from them are ranges: a group that scales has a smallest, an expected and a largest size.

use super::finding::Finding;
use super::reason::Reason;
use crate::model::{CatalogStamp, RegionKey, Rtt};
use crate::units::{Carbon, Millicores, Money, Ratio, RoundTrip};

/// A value, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Figure<T> {
    /// It is this.
    Known(T),
    /// It cannot be told, and why.
    Unknown(Reason),
}

impl<T> Figure<T> {
    /// The value, if known.
    pub const fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Unknown(_) => None,
        }
    }

    /// Why it is unknown, if it is.
    pub const fn reason(&self) -> Option<&Reason> {
        match self {
            Self::Known(_) => None,
            Self::Unknown(reason) => Some(reason),
        }
    }

    /// The figure that follows from the value.
    pub fn map<U>(self, follow: impl FnOnce(T) -> U) -> Figure<U> {
        match self {
            Self::Known(value) => Figure::Known(follow(value)),
            Self::Unknown(reason) => Figure::Unknown(reason),
        }
    }

    /// The figure that follows from the value, which may be unknown in its turn.
    pub fn and_then<U>(self, follow: impl FnOnce(T) -> Figure<U>) -> Figure<U> {
        match self {
            Self::Known(value) => follow(value),
            Self::Unknown(reason) => Figure::Unknown(reason),
        }
    }

    /// The same by reference.
    pub fn as_ref(&self) -> Figure<&T> {
        match self {
            Self::Known(value) => Figure::Known(value),
            Self::Unknown(reason) => Figure::Unknown(reason.clone()),
        }
    }
}

/// An amount at the smallest, the expected and the largest size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Range<T> {
    /// At the smallest size.
    pub min: T,
    /// At the size the plan asks for.
    pub expected: T,
    /// At the largest size.
    pub max: T,
}

impl<T: Copy> Range<T> {
    /// A range of one value.
    pub const fn fixed(value: T) -> Self {
        Self { min: value, expected: value, max: value }
    }

    /// The range with every end changed in the same way, which must keep their order.
    pub fn map<U>(self, change: impl Fn(T) -> U) -> Range<U> {
        Range { min: change(self.min), expected: change(self.expected), max: change(self.max) }
    }
}

impl<T: PartialEq> Range<T> {
    /// True if all three are one value.
    pub fn is_fixed(&self) -> bool {
        self.min == self.expected && self.expected == self.max
    }
}

/// The same thing before and after the change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Change<T> {
    /// In the state the plan starts from.
    pub before: T,
    /// As the plan will leave it.
    pub after: T,
}

/// A sum with what it misses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum<T> {
    /// Sum of the known parts.
    pub known: Range<T>,
    /// Number of parts that are not known: above zero, the true sum is larger than `known`.
    pub unknown: usize,
}

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

/// What the plan does with a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Nothing.
    NoOp,
    /// It comes into being.
    Create,
    /// Data is read during the apply.
    Read,
    /// It is changed in place.
    Update,
    /// It is destroyed, then created anew: it is missing in between.
    DeleteThenCreate,
    /// Its successor is created before it is destroyed.
    CreateThenDelete,
    /// It is destroyed.
    Delete,
    /// It is no longer managed and stays as it is.
    Forget,
}

impl Action {
    /// The word for it in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoOp => "no-op",
            Self::Create => "create",
            Self::Read => "read",
            Self::Update => "update",
            Self::DeleteThenCreate => "delete-then-create",
            Self::CreateThenDelete => "create-then-delete",
            Self::Delete => "delete",
            Self::Forget => "forget",
        }
    }

    /// Every word of [`Action::name`].
    pub const NAMES: &'static [&'static str] =
        &["no-op", "create", "read", "update", "delete-then-create", "create-then-delete", "delete", "forget"];
}

/// How machines are bought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purchase {
    /// At the list price, for as long as wanted.
    OnDemand,
    /// Spare capacity that may be taken back.
    Spot,
    /// Some of each.
    Mixed,
}

impl Purchase {
    /// The word for it in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OnDemand => "on_demand",
            Self::Spot => "spot",
            Self::Mixed => "mixed",
        }
    }

    /// Every word of [`Purchase::name`].
    pub const NAMES: &'static [&'static str] = &["on_demand", "spot", "mixed"];
}

/// Machines as they stand at one time: all those of one resource instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployment {
    /// `cloud/region`; for machines of a cluster that is not in the plan it is unknown.
    pub region: Figure<RegionKey>,
    /// Names of the zones they may stand in, sorted.
    pub zones: Figure<Vec<String>>,
    /// The clouds' names of their types, in the order of preference; several where the group mixes types.
    pub machine_types: Figure<Vec<String>>,
    /// How they are bought.
    pub purchase: Purchase,
    /// Number of machines (or of replicas, where [`FleetMember::unit`] says so).
    pub count: Figure<Range<u64>>,
    /// Processor of all of them.
    pub vcpu: Figure<Range<Millicores>>,
    /// Cost of the machines in a month of 730 hours.
    pub monthly_cost: Figure<Range<Money>>,
    /// Emissions of the machines in a month, operation and manufacture.
    pub monthly_carbon: Figure<Range<Carbon>>,
}

/// What a member's count counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    /// Machines that are paid for by type.
    Machines,
    /// Copies that run on machines of some other member (Kubernetes, Nomad): they add nothing to the cost.
    Replicas,
    /// Tasks paid for by vCPU and memory, without a machine type (Fargate, Cloud Run, Lambda).
    Tasks,
}

impl Unit {
    /// The word for it in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Machines => "machines",
            Self::Replicas => "replicas",
            Self::Tasks => "tasks",
        }
    }

    /// Every word of [`Unit::name`].
    pub const NAMES: &'static [&'static str] = &["machines", "replicas", "tasks"];
}

/// A resource instance that holds machines, replicas or tasks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FleetMember {
    /// As Terraform writes it, such as `module.eu.aws_autoscaling_group.web["blue"]`.
    pub address: String,
    /// The address of its block: without the keys of instances. Members with one block are one service.
    pub block: String,
    /// The resource type.
    pub kind: String,
    /// `aws`, `azure`, `gcp`; none for what runs on top (`kubernetes_deployment`).
    pub cloud: Option<String>,
    /// What its count counts.
    pub unit: Unit,
    /// What the plan does with it.
    pub action: Action,
    /// Before and after the change; none where it does not exist.
    pub stands: Change<Option<Deployment>>,
    /// Where its block is written, if the configuration was given.
    pub location: Option<Location>,
}

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    /// As the file was named to the review.
    pub file: String,
    /// From 1.
    pub line: usize,
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

/// Where the demand of a distance comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Basis {
    /// A placement in the plan states the problem; its address.
    Placement(String),
    /// A file states the problem; its name.
    Declared(String),
    /// The machines of the plan are taken as the demand.
    Fleet,
}

/// One group of the cheapest placement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BetterGroup {
    /// The workload or the service.
    pub workload: String,
    /// Where.
    pub region: RegionKey,
    /// On what.
    pub machine_type: String,
    /// How many, in all zones.
    pub instances: u64,
    /// Cost in a month.
    pub monthly_cost: Money,
}

/// How far the plan is from the cheapest placement that keeps its promises.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Distance {
    /// Where the demand comes from.
    pub basis: Basis,
    /// What was assumed of the demand and the promises, in sentences.
    pub assumptions: Vec<String>,
    /// Cost in a month of the part of the plan that is compared.
    pub cost: Money,
    /// Cost in a month of the best placement found.
    pub optimum: Money,
    /// Proven: no placement that keeps the promises costs less.
    pub bound: Money,
    /// True if the best placement is proven cheapest within the gap tolerance.
    pub is_proven: bool,
    /// The best placement, by workload and region.
    pub placement: Vec<BetterGroup>,
    /// The change of the configuration that makes it, if one could be written.
    pub patch: Figure<Patch>,
}

impl Distance {
    /// What the better placement saves in a month; never below zero.
    pub fn difference(&self) -> Money {
        (self.cost - self.optimum).max(Money::ZERO)
    }

    /// The distance in one sentence: `11.1 % above the cheapest placement that keeps your promises: 25.19 USD per month`.
    pub fn sentence(&self) -> String {
        let place = match self.basis {
            Basis::Fleet => "; every group stays in its region",
            Basis::Declared(_) | Basis::Placement(_) => "",
        };
        let limit = if self.is_proven { "" } else { ", as far as the work limit let us see" };
        if self.cost < self.bound {
            let cheapest = self.bound;
            return format!(
                "the fleet costs {} USD per month, and no placement that keeps the promises costs less than {cheapest}",
                self.cost
            );
        }
        if self.difference() == Money::ZERO {
            return format!("nothing that keeps your promises costs less{limit}{place}");
        }
        let best = if self.is_proven { "the cheapest placement" } else { "a placement" };
        let relative =
            self.tenths_of_percent().map_or_else(String::new, |tenths| format!("{}.{} % ", tenths / 10, tenths % 10));
        format!("{relative}above {best} that keeps your promises: {} USD per month{place}", self.difference())
    }

    /// Tenths of a percent above the optimum, rounded half up; none for an optimum of zero.
    pub fn tenths_of_percent(&self) -> Option<i128> {
        let optimum = self.optimum.micros();
        (optimum > 0).then(|| (self.difference().micros() * 2_000 + optimum) / (2 * optimum))
    }
}

/// A changed file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatchedFile {
    /// As it was named to the review.
    pub name: String,
    /// Its text.
    pub before: String,
    /// Its text after the change; comments and formatting are kept.
    pub after: String,
}

/// Changes of the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patch {
    /// The files that change, by name.
    pub files: Vec<PatchedFile>,
    /// All changes as one unified diff.
    pub diff: String,
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
