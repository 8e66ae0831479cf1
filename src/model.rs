//! What a placement problem is, in values: users, workloads, supply and rules.
//!
//! A [`Problem`] is complete: prices, round trips and carbon have been looked up, names resolved to indices, numbers turned into whole
//! units. Nothing in it reads a file or a catalog, and every part is ordered (by name), so equal problems are equal values.
//!
//! Indices: `problem.users[i]`, `problem.workloads[w]`, `problem.regions[r]`, `problem.machine_types[t]`; [`UserId`], [`WorkloadId`],
//! [`RegionId`], [`TypeId`] keep them apart.

mod asked;
mod assignment;
mod call;
mod demand;
mod function;
mod id;
mod order;
mod place;
mod pool;
mod previous;
mod problem;
mod profile;
mod quota;
mod resources;
mod selector;
mod standby;
mod state;
mod supply;
mod weights;
mod workload;

pub use asked::{Asked, AskedByGroup};
pub use assignment::{Assignment, Environments, Group, MachineSet, PooledNodes};
pub use call::{Call, CallParts, Link, LinkTable, applications, divided};
pub use demand::{Demand, UserGroup};
pub use function::{Function, FunctionOffer};
pub use id::{CommitmentId, FunctionId, PoolId, QuotaId, RegionId, TypeId, UserId, WorkloadId};
pub use order::{Order, Target};
pub use place::{Coordinates, RegionKey};
pub use pool::{Member, Pool, PoolNodes, Replicas, Requirement};
pub use previous::{ByZone, Origin, Previous, PreviousFunction, PreviousGroup, PreviousMachines, PreviousNodes};
pub use problem::{CatalogStamp, Limits, Objective, Problem, Source, Statement};
pub use profile::{Calendar, Profile, Sent, rise_together};
pub use quota::{Quota, QuotaUnit};
pub use resources::Resources;
pub use selector::{Filter, Glob, Selector};
pub use standby::{StandBy, with_standing_by};
pub use state::State;
pub use supply::{
    Access, Architecture, Commitment, MachineType, Offer, Provenance, Purchase, Region, Rtt, RttTable, Stock, Term,
};
pub use weights::Weights;
pub use workload::{Replica, SpotTerms, Stood, Survival, Workload};
