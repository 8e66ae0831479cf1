//! From a formulation to values, a bound and how it ended.
//!
//! Each block is solved apart, in parallel. A block of one service goes through `service`: a search over the regions in use and the steps
//! of their curves (`branch`), with Lagrangian bounds in whole numbers (`lagrangian`) under prices found by `ascent`. A search that ends
//! is a proof in exact arithmetic. Services that share regions are
//! searched by the regions they open (`shared`). Under a limit on clouds every set of clouds is tried (`clouds`). Blocks with any other rule are solved as a program of columns and rows (`program`). Where a search runs out of work, `compact` hands the reduced problem to `HiGHS`.
//! This is the only module that names `good_lp` and `HiGHS` (`highs`).
//!
//! Work is limited by counts of nodes, never by a clock, so that the same problem ends the same way on every machine.

mod ascent;
mod branch;
mod choice;
mod clouds;
mod compact;
mod coverage;
mod flow;
mod highs;
mod lagrangian;
mod program;
mod relaxation;
mod rows;
mod service;
mod shared;

use std::collections::BTreeMap;

use rayon::prelude::*;

pub use coverage::{Obstacle, can_be_placed, can_serve, can_serve_together};

use crate::formulate::{Block, Femto, Formulation, Service};
use crate::model::{Assignment, Group, MachineSet, Problem, Purchase, RegionId, UserId, WorkloadId};
use crate::units::{MilliRps, Ratio};

/// How much work a search may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// Nodes that the search of one service may visit to settle it exactly.
    pub exact_work: u64,
    /// Nodes it may then visit to settle it within the tolerance.
    pub search_work: u64,
    /// Branch-and-bound nodes HiGHS may use for one block.
    pub branching_nodes: i32,
    /// Distance between cost and bound, relative to the cost, at which a search may stop.
    pub tolerance: Ratio,
    /// Solve every block as a program of columns and rows, though the searches know its rules: for comparisons.
    pub as_programs: bool,
}

impl Default for Effort {
    fn default() -> Self {
        Self {
            exact_work: 1_500,
            search_work: 30_000,
            branching_nodes: 20_000,
            tolerance: Ratio(100),
            as_programs: false,
        }
    }
}

/// What one service does in one region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// Position among the service's candidates.
    pub candidate: usize,
    /// Load that the machines there are bought for, in milli-rps; at least the traffic.
    pub carried: u64,
    /// Traffic by user group, none zero.
    pub traffic: BTreeMap<UserId, u64>,
}

/// Values of one service: where its traffic goes.
pub type Shares = Vec<Share>;

/// How the search of a block ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// No values cost less than `bound`, which is within the tolerance of the cost.
    Optimal(Found),
    /// The work ran out.
    Feasible(Found),
    /// Proven: no values satisfy the rules.
    Infeasible,
    /// The work ran out before any values were found.
    Undecided,
}

/// Values of a block and a bound on the cost of any values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// By position in [`Block::services`].
    pub shares: Vec<Shares>,
    /// Cost of the values in femto-USD.
    pub cost: Femto,
    /// Nothing costs less.
    pub bound: Femto,
}

impl Effort {
    /// True if a bound is near enough to a cost to call it optimal.
    fn accepts(self, cost: Femto, bound: Femto) -> bool {
        cost - bound <= cost / 1_000_000 * Femto::from(self.tolerance.0)
    }
}

impl Ended {
    fn of(found: Found, effort: Effort) -> Self {
        if effort.accepts(found.cost, found.bound) { Self::Optimal(found) } else { Self::Feasible(found) }
    }
}

/// Solves every block of `formulation`; results are in the order of the blocks.
pub fn solve(problem: &Problem, formulation: &Formulation, effort: Effort) -> Vec<Ended> {
    formulation.blocks.par_iter().map(|block| solve_block(problem, formulation, block, effort)).collect()
}

fn solve_block(problem: &Problem, formulation: &Formulation, block: &Block, effort: Effort) -> Ended {
    let services: Vec<&Service> = block.services.iter().map(|&index| &formulation.services[index]).collect();
    if services.iter().any(|service| can_serve(service).is_err()) {
        return Ended::Infeasible;
    }
    if block.needs_program || effort.as_programs {
        return program::solve(problem, block, &services, effort);
    }
    if let Some(most) = block.max_clouds {
        let tried = clouds::solve(problem, block, &services, most, effort);
        return tried.unwrap_or_else(|| program::solve(problem, block, &services, effort));
    }
    match services[..] {
        [service] => service::solve(problem, service, effort),
        _ => compact::solve_together(problem, block, &services, effort),
    }
}

/// The assignment that the shares of all services make.
pub fn assignment<'a>(
    problem: &Problem,
    formulation: &Formulation,
    shares: impl IntoIterator<Item = (usize, &'a Shares)>,
) -> Assignment {
    let mut groups = BTreeMap::new();
    for (index, shares) in shares {
        let service = &formulation.services[index];
        for share in shares {
            let (key, group) = group(problem, service, share);
            groups.insert(key, group);
        }
    }
    Assignment { groups }
}

fn group(problem: &Problem, service: &Service, share: &Share) -> ((WorkloadId, RegionId), Group) {
    let candidate = &service.candidates[share.candidate];
    let (fit, needed, _) = candidate.curve.cheapest(share.carried);
    let zones = problem.regions[candidate.region.index()].zones.len();
    let lost = problem.workloads[service.workload.index()].survive.zones;
    let group = Group {
        machines: vec![MachineSet {
            machine_type: fit.machine_type,
            purchase: Purchase::OnDemand,
            instances_by_zone: crate::formulate::instances_by_zone(needed, zones, lost),
        }],
        traffic: share.traffic.iter().map(|(&user, &rate)| (user, MilliRps(rate))).collect(),
    };
    ((service.workload, candidate.region), group)
}
