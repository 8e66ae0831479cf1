//! One service that has limited machines to itself: the cheapest of them for each load make a curve, and it is solved like any other service.

use super::{Effort, Ended, Share, location, service, single_region_per_user};
use crate::formulate::{Block, Menu, Service};
use crate::model::Problem;

/// Solves a service whose only rule beyond those that the searches know is that machines are limited in number. `None` where they have no curve.
pub(super) fn solve(problem: &Problem, block: &Block, service: &Service, effort: Effort) -> Option<Ended> {
    let menus: Vec<Option<Menu>> = service
        .candidates
        .iter()
        .map(|candidate| match &candidate.stocked {
            None => Some(None),
            Some(stocked) => stocked.menu(&problem.regions[candidate.region.index()], candidate.curve.most()).map(Some),
        })
        .collect::<Option<_>>()?;
    let mut limited = service.clone();
    for (candidate, menu) in limited.candidates.iter_mut().zip(&menus) {
        if let Some(menu) = menu {
            candidate.curve = menu.curve(&candidate.curve);
            candidate.stocked = None;
        }
    }
    let ended = if block.is_single_routed {
        let classes = limited.classes();
        if !location::is_suited(&limited, &classes, effort) {
            return None;
        }
        let located = location::search(&limited, &classes, effort);
        single_region_per_user::conclude(problem, block, service, &classes, located, effort)
    } else {
        service::solve_limited(problem, &limited, effort)
    };
    Some(ended.map(|mut found| {
        for share in found.shares.iter_mut().flatten() {
            buy(service, &menus, share);
        }
        found
    }))
}

/// Says which machines carry the load of a share, where that is not said yet.
fn buy(service: &Service, menus: &[Option<Menu>], share: &mut Share) {
    let stocked = service.candidates[share.candidate].stocked.as_ref();
    if let (Some(stocked), Some(menu)) = (stocked, &menus[share.candidate])
        && share.machines.is_empty()
    {
        share.machines = stocked.over_zones(menu.machines(share.carried));
    }
}
