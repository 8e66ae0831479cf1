//! What holds machines, replicas or tasks, and how it stands before and after the change.

use super::figure::{Change, Figure, Range};
use crate::model::RegionKey;
use crate::units::{Carbon, Millicores, Money};

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
