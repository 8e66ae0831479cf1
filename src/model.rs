//! What a placement problem is, in values: users, workloads, supply and rules.
//!
//! A [`Problem`] is complete: prices, round trips and carbon have been looked up, names resolved to indices, numbers turned into whole
//! units. Nothing in it reads a file or a catalog, and every part is ordered (by name), so equal problems are equal values.
//!
//! Indices: `problem.users[i]`, `problem.workloads[w]`, `problem.regions[r]`, `problem.machine_types[t]`; [`UserId`], [`WorkloadId`],
//! [`RegionId`], [`TypeId`] keep them apart.

mod assignment;
mod demand;
mod id;
mod place;
mod problem;
mod selector;
mod supply;
mod workload;

pub use assignment::{Assignment, Group, MachineSet};
pub use demand::{Demand, UserGroup};
pub use id::{RegionId, TypeId, UserId, WorkloadId};
pub use place::{Coordinates, RegionKey};
pub use problem::{CatalogStamp, Limits, Objective, Problem, Source, Statement};
pub use selector::{Filter, Glob, Selector};
pub use supply::{Access, Architecture, MachineType, Offer, Provenance, Purchase, Region, Rtt, RttTable};
pub use workload::{Replica, Survival, Workload};
