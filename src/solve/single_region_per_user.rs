//! Services that answer each user group from one region: first as if they might divide it, which settles it where nobody is divided, and else as
//! a program. What costs least with divided groups is a bound.

use std::collections::BTreeSet;

use super::{Effort, Ended, Found, Shares, program, solve_services};
use crate::formulate::{Block, Service};
use crate::model::Problem;

/// Solves services of which some divide no user group, whose other rules the searches know.
pub(super) fn solve(problem: &Problem, block: &Block, services: &[&Service], effort: Effort) -> Ended {
    let free_to_divide = |service: &&Service| Service { is_single_routed: false, ..(*service).clone() };
    let divided: Vec<Service> = services.iter().map(free_to_divide).collect();
    let free = Block { is_single_routed: false, ..block.clone() };
    let least = match solve_services(problem, &free, &divided.iter().collect::<Vec<_>>(), effort) {
        Ended::Infeasible => return Ended::Infeasible,
        Ended::Undecided => 0,
        Ended::Optimal(found) | Ended::Feasible(found) => {
            let mut all = services.iter().zip(&found.shares);
            if all.all(|(service, shares)| !service.is_single_routed || is_undivided(service, shares)) {
                return Ended::of(found, effort);
            }
            found.bound
        }
    };
    match program::solve(problem, block, services, effort) {
        Ended::Optimal(found) | Ended::Feasible(found) => {
            Ended::of(Found { bound: found.bound.max(least).min(found.cost), ..found }, effort)
        }
        ended @ (Ended::Infeasible | Ended::Undecided) => ended,
    }
}

/// Whether every user group is answered from one region.
fn is_undivided(service: &Service, shares: &Shares) -> bool {
    let answering = |user| {
        let shares = shares.iter().filter(move |share| share.traffic.contains_key(&user));
        shares.map(|share| service.candidates[share.candidate].region).collect::<BTreeSet<_>>().len()
    };
    service.demand.iter().all(|demand| answering(demand.user) <= 1)
}
