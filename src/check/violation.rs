//! What can be wrong with an assignment, each with the facts that show it.

use crate::model::{CommitmentId, PoolId, QuotaId, RegionId, RegionKey, TypeId, UserId, WorkloadId};
use crate::units::{Carbon, MilliRps, Money, RoundTrip, Wait};

/// A rule that an assignment breaks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// Requests of a user group are not answered exactly once.
    #[error("workload {workload:?}: user group {user:?} sends {demanded:?}, {answered:?} is answered")]
    Demand {
        /// Whose requests.
        workload: WorkloadId,
        /// Who asks.
        user: UserId,
        /// What is sent.
        demanded: MilliRps,
        /// What is answered.
        answered: MilliRps,
    },
    /// A region is used that a rule refuses.
    #[error("workload {workload:?}: region {region:?} is refused by {list}")]
    Residency {
        /// Which workload uses it.
        workload: WorkloadId,
        /// The region.
        region: RegionId,
        /// The list that refuses it.
        list: &'static str,
    },
    /// A machine type is used that may not be, or cannot be.
    #[error("workload {workload:?} in {region:?}: machine type {machine_type:?}: {reason}")]
    Machines {
        /// Which workload uses it.
        workload: WorkloadId,
        /// Where.
        region: RegionId,
        /// The type.
        machine_type: TypeId,
        /// What is wrong.
        reason: &'static str,
    },
    /// A group does not match its region's zones, or holds no instance.
    #[error("workload {workload:?} in {region:?}: {reason}")]
    Shape {
        /// Which workload.
        workload: WorkloadId,
        /// Where.
        region: RegionId,
        /// What is wrong.
        reason: &'static str,
    },
    /// A function is used that may not be, or cannot be.
    #[error("workload {workload:?} in {region:?}: function: {reason}")]
    Functions {
        /// Which workload.
        workload: WorkloadId,
        /// Where.
        region: RegionId,
        /// What is wrong.
        reason: &'static str,
    },
    /// More environments of functions run in a region than may.
    #[error("{used} environments run in {region:?}, where {most} may")]
    Environments {
        /// Where.
        region: RegionId,
        /// How many run.
        used: u128,
        /// How many may.
        most: u64,
    },
    /// Spot machines are used in a way that the workload does not accept.
    #[error("workload {workload:?} in {region:?}: spot: {reason}")]
    Spot {
        /// Which workload.
        workload: WorkloadId,
        /// Where.
        region: RegionId,
        /// What is wrong.
        reason: &'static str,
    },
    /// Committed machines are used in a way that commitments do not allow.
    #[error("workload {workload:?} in {region:?}: commitments: {reason}")]
    Commitments {
        /// Which workload.
        workload: WorkloadId,
        /// Where.
        region: RegionId,
        /// What is wrong.
        reason: &'static str,
    },
    /// More machines of a commitment are used than it has.
    #[error("commitment {commitment:?}: {used} of {quantity} machines are used")]
    Committed {
        /// Which commitment.
        commitment: CommitmentId,
        /// Machines used.
        used: u64,
        /// Machines there are.
        quantity: u32,
    },
    /// Replicas cannot carry the load sent to them, after the loss of `zones_lost` zones.
    #[error(
        "workload {workload:?} in {region:?}: {load:?} needs more than {capacity:?} after losing {zones_lost} zones"
    )]
    Capacity {
        /// Which workload.
        workload: WorkloadId,
        /// Where.
        region: RegionId,
        /// Zones lost.
        zones_lost: u32,
        /// Load sent to the region.
        load: MilliRps,
        /// What is left carries this much.
        capacity: MilliRps,
    },
    /// The replicas outside lost regions cannot carry the load of every user group.
    #[error("workload {workload:?}: after losing {regions:?}, {uncarried:?} cannot be carried")]
    Loss {
        /// Which workload.
        workload: WorkloadId,
        /// The regions lost.
        regions: Vec<RegionId>,
        /// Load that is left over.
        uncarried: MilliRps,
    },
    /// Requests are answered over a connection whose round trip is unknown, though a limit is promised.
    #[error("workload {workload:?}: the round trip from {user:?} to {region:?} is unknown")]
    UnknownRoundTrip {
        /// Which workload.
        workload: WorkloadId,
        /// Who asks.
        user: UserId,
        /// Who answers.
        region: RegionId,
    },
    /// A region holds replicas that could answer no user group in time.
    #[error("workload {workload:?}: no user group is within {limit:?} of {region:?}")]
    OutOfReach {
        /// Which workload.
        workload: WorkloadId,
        /// Where.
        region: RegionId,
        /// The limit.
        limit: RoundTrip,
    },
    /// Answers are sent from a region whose egress price is unknown.
    #[error("workload {workload:?}: the egress price of {region:?} is unknown")]
    UnknownEgressPrice {
        /// Which workload.
        workload: WorkloadId,
        /// Where.
        region: RegionId,
    },
    /// Too few requests are answered in time.
    #[error("workload {workload:?}: {in_time:?} of the requests are within {limit:?}, {required:?} must be")]
    Latency {
        /// Which workload.
        workload: WorkloadId,
        /// The limit.
        limit: RoundTrip,
        /// Requests within it.
        in_time: MilliRps,
        /// Requests that must be.
        required: MilliRps,
    },
    /// A group makes other calls than it may and must.
    #[error("workload {workload:?} in {region:?}: calls: {reason}")]
    Calls {
        /// Which workload.
        workload: WorkloadId,
        /// Where.
        region: RegionId,
        /// What is wrong.
        reason: &'static str,
    },
    /// A request may wait for a path of calls that is longer than promised, or of unknown length.
    #[error("workload {workload:?}: a path from {user:?} through {region:?} is not within {limit:?}")]
    PathTooLong {
        /// Which workload.
        workload: WorkloadId,
        /// Who asks.
        user: UserId,
        /// Who answers.
        region: RegionId,
        /// The limit.
        limit: RoundTrip,
    },
    /// A pool breaks one of its rules.
    #[error("pool {pool:?}: {reason}")]
    Pool {
        /// Which pool.
        pool: PoolId,
        /// What is wrong.
        reason: String,
    },
    /// The number of regions or clouds is outside its limits; `workload` is `None` for the limits over everything.
    #[error("{workload:?} uses {used}, which breaks {limit} = {bound}")]
    Regions {
        /// Which workload, or all.
        workload: Option<WorkloadId>,
        /// Regions, or clouds, used.
        used: usize,
        /// `min_regions`, `max_regions`, `limits.max_regions` or `limits.max_clouds`.
        limit: &'static str,
        /// Its value.
        bound: u32,
    },
    /// More machines of a type are used than there are.
    #[error("{used} machines of {machine_type:?} are used in {region:?} (zone {zone:?}), where there are {there}")]
    Stock {
        /// Where.
        region: RegionId,
        /// The type.
        machine_type: TypeId,
        /// The zone, by position; `None` for the region as a whole.
        zone: Option<usize>,
        /// How many are used.
        used: u64,
        /// How many there are.
        there: u64,
    },
    /// More is used of a region than an account may use.
    #[error("{taken} is taken of quota {quota:?}, which is {most}")]
    Quota {
        /// Which quota.
        quota: QuotaId,
        /// What is taken, in the parts of its unit.
        taken: u128,
        /// The most there may be.
        most: u64,
    },
    /// A failure domain does not answer what its weight says.
    #[error("workload {workload:?}: {domain} answers {answered:?}, which is not what its weight says")]
    Weight {
        /// Which workload.
        workload: WorkloadId,
        /// The domain.
        domain: String,
        /// What is answered there.
        answered: MilliRps,
    },
    /// A region or a cloud answers more than its share.
    #[error("workload {workload:?}: {domain} answers {answered:?}, its share is {most:?}")]
    Share {
        /// Which workload.
        workload: WorkloadId,
        /// The region or the cloud.
        domain: String,
        /// What it answers.
        answered: MilliRps,
        /// What it may.
        most: MilliRps,
    },
    /// A group mixes too many machine types.
    #[error("workload {workload:?} in {region:?}: {used} machine types, at most {most} are allowed")]
    MachineTypes {
        /// Which workload.
        workload: WorkloadId,
        /// Where.
        region: RegionId,
        /// Different types.
        used: usize,
        /// How many there may be.
        most: u32,
    },
    /// Machines are in too few zones, or not even enough.
    #[error("workload {workload:?} in {region:?}: {in_use} zones are in use, which differ by up to {skew} machines")]
    Zones {
        /// Which workload.
        workload: WorkloadId,
        /// Where.
        region: RegionId,
        /// Zones with machines.
        in_use: usize,
        /// Largest difference between two zones.
        skew: u64,
    },
    /// State is kept in a way that the workload does not accept.
    #[error("workload {workload:?} in {region:?}: state: {reason}")]
    State {
        /// Which workload.
        workload: WorkloadId,
        /// Where.
        region: RegionId,
        /// What is wrong.
        reason: &'static str,
    },
    /// A user group is answered from several regions, though it may not be divided.
    #[error("workload {workload:?}: user group {user:?} is answered from {regions} regions")]
    Divided {
        /// Which workload.
        workload: WorkloadId,
        /// Who asks.
        user: UserId,
        /// How many regions answer.
        regions: usize,
    },
    /// More is paid than the budget.
    #[error("{paid} are paid each month, the budget is {most}")]
    OverBudget {
        /// What is paid.
        paid: Money,
        /// The budget.
        most: Money,
    },
    /// More is emitted than the limit, or nobody knows how much.
    #[error("{emissions:?} are emitted each month, the limit is {most:?}")]
    TooMuchCarbon {
        /// What is emitted, if it is known.
        emissions: Option<Carbon>,
        /// The limit.
        most: Carbon,
    },
    /// Requests spend more time on their way than later targets of an order may ask for, or nobody knows how much.
    #[error("requests spend {wait:?} on their way, the limit is {most:?}")]
    TooLongOnTheWay {
        /// The time, if it is known.
        wait: Option<Wait>,
        /// The limit.
        most: Wait,
    },
    /// A region that must hold replicas holds none.
    #[error("workload {workload:?} is pinned to {region}, which holds none of it")]
    Pin {
        /// Which workload.
        workload: WorkloadId,
        /// The region.
        region: RegionKey,
    },
    /// A region in use holds none of the replicas that are counted.
    #[error("workload {workload:?} in {region:?}: machines hold none of its replicas")]
    Replicas {
        /// Which workload.
        workload: WorkloadId,
        /// The region.
        region: RegionId,
    },
}

impl Violation {
    /// The rule that is broken, by the name it has in every layer.
    pub fn rule(&self) -> &'static str {
        match self {
            Self::Demand { .. } => "demand",
            Self::Residency { .. } => "residency",
            Self::Machines { .. } | Self::Shape { .. } => "machines",
            Self::Functions { .. } | Self::Environments { .. } => "functions",
            Self::Spot { .. } => "spot",
            Self::Commitments { .. } | Self::Committed { .. } => "commitments",
            Self::Capacity { zones_lost: 0, .. } => "capacity",
            Self::Capacity { .. } | Self::Loss { .. } => "survive",
            Self::UnknownRoundTrip { .. } | Self::OutOfReach { .. } | Self::Latency { .. } => "latency",
            Self::UnknownEgressPrice { .. } => "cost",
            Self::Pool { .. } => "pools",
            Self::Regions { .. } => "regions",
            Self::Stock { .. } => "stock",
            Self::Calls { .. } | Self::PathTooLong { .. } => "calls",
            Self::Quota { .. } => "quotas",
            Self::Share { .. } | Self::Weight { .. } | Self::Zones { .. } => "spread",
            Self::MachineTypes { .. } => "machine_types",
            Self::State { .. } => "state",
            Self::Divided { .. } => "single_region_per_user",
            Self::OverBudget { .. } => "budget",
            Self::TooMuchCarbon { .. } => "carbon",
            Self::TooLongOnTheWay { .. } => "order",
            Self::Pin { .. } => "pin",
            Self::Replicas { .. } => "replicas",
        }
    }
}
