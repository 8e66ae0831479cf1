//! From a problem to what a solver decides: per workload a few candidate regions, each with a cost curve.
//!
//! A [`Service`] is one workload written down for solving. Its decisions are, for each [`Candidate`] region, a step of the region's
//! [`Curve`] (how much load the machines there carry, at which cost) and the traffic from each class of users. Everything else follows
//! from the step: the cheapest machine type and the instances per zone. `docs/formulation.md` has the mathematics.
//!
//! Three reductions make the problem small before any search, and each keeps an optimal placement:
//!
//! - `machines`, `capacity`: of the hundreds of machine types in a region only those on the price–capacity frontier shape its curve;
//! - `dominance`: a region that another one replaces at no greater cost is dropped;
//! - `regions`: workloads that share no priced or limited region are solved apart, as [`Block`]s.
//!
//! Costs are [`Femto`]s, whole 1e-15 USD: in that unit every coefficient is an integer, so bounds can be summed without rounding.

mod budget;
mod calls;
mod capacity;
mod carbon;
mod cluster;
mod commitments;
mod cost;
mod demand;
mod dominance;
mod functions;
mod latency;
mod leaders;
mod machine_types;
mod machines;
mod mixed;
mod moves;
mod order;
mod packing;
mod pin;
mod pools;
mod previous;
mod program;
mod quotas;
mod regions;
mod rejection;
mod replicas;
mod residency;
mod service;
mod single_region_per_user;
mod spot;
mod spread;
mod state;
mod stock;
mod survive;

pub use calls::{Entering, Flows, Outgoing, flows, reached};
pub use capacity::{Curve, Step};
pub use cluster::Clustered;
pub use commitments::{Caps, Committed};
pub use cost::{Femto, floor_to_money, from_money};
pub use demand::Class;
pub use dominance::{reduce_alone, reduce_block, reduce_under_quotas, serves_as};
pub use functions::FunctionFit;
pub use leaders::Leaders;
pub use machines::Fit;
pub use mixed::{Mixed, Part};
pub use order::PER_UNIT;
pub use packing::{Kind, NodeType, Nodes, Packing, Pattern, Reduced, Requires, fits, held, least_packing_cost};
pub use pools::{JoinedPools, LeftOut, PoolCandidate, PoolRejection, joined_pools, pool_candidate};
pub use previous::previous_assignment;
pub use program::{Bound, Column, ColumnId, Decision, Program, Row, Sense, program};
pub use regions::Block;
pub use rejection::{FunctionRejections, MachineRejections, Rejection};
pub use service::{Candidate, Reach, Service};
pub use spot::{Mix, Spot, by_zone};
pub use state::{Layout, Portion};
pub use stock::{Menu, Stocked};
pub use survive::{Left, left_of, short_groups, shortage, subsets};

use rayon::prelude::*;

use crate::model::{Problem, WorkloadId};

/// A problem ready to be solved.
#[derive(Clone, Debug)]
pub struct Formulation {
    /// One per workload, in the problem's order.
    pub services: Vec<Service>,
    /// Sets of services that can be solved apart; every service is in exactly one.
    pub blocks: Vec<Block>,
}

/// Writes `problem` down for solving. Services are built in parallel; their order and content do not depend on it.
pub fn formulate(problem: &Problem) -> Formulation {
    let leaders = Leaders::of(problem);
    let service = |index| Service::of(problem, WorkloadId::at(index), &leaders);
    let mut services: Vec<Service> = (0..problem.workloads.len()).into_par_iter().map(service).collect();
    let blocks = regions::blocks(problem, &mut services);
    dominance::reduce(&blocks, &mut services);
    Formulation { services, blocks }
}

/// One workload, before regions are dropped for being dominated: every candidate and every refusal with its reason.
pub fn service(problem: &Problem, workload: WorkloadId) -> Service {
    Service::of(problem, workload, &Leaders::of(problem))
}
