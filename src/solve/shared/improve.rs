//! Better placements from the best one: with one region less, and with one more, while that helps.

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::{Found, RegionId, Search, Shares, improve, regions_of, shares_of, solve_apart, uses};
use crate::formulate::{Candidate, serves_as};
use crate::solve::compact::cost_of;
use crate::solve::{Ended, Share};

/// The services solved with the regions that are open, all of them paid.
struct Opened {
    regions: BTreeSet<RegionId>,
    found: Vec<Found>,
}

impl Search<'_> {
    /// Closes and opens regions of the best placement while that makes it cheaper.
    pub(super) fn move_regions(&mut self) {
        let Some((shares, _)) = &self.incumbent else { return };
        let regions = regions_of(self.services, shares);
        let everybody = self.everybody();
        self.count(everybody.iter().copied());
        let Some(found) = self.solve_within(&regions, &everybody) else { return };
        let mut opened = self.used(Opened { regions, found });
        self.take(&opened);
        while !self.is_out_of_work() {
            let closing = opened.regions.iter().map(|&region| (region, false));
            let opening = self.seen.difference(&opened.regions).map(|&region| (region, true));
            let moves: Vec<(RegionId, bool)> = closing.chain(opening).collect();
            let mut is_better = false;
            for (region, is_opening) in moves {
                if let Some(next) = self.with(&opened, region, is_opening) {
                    opened = self.used(next);
                    is_better |= self.take(&opened);
                }
            }
            if !is_better {
                return;
            }
        }
    }

    /// Of regions that cost alike the nearest stand: one in use gives way to a nearer one that is closed, answers the same users and is no dearer.
    pub(super) fn move_nearer(&mut self) {
        let Some((mut shares, mut cost)) = self.incumbent.take() else { return };
        let candidates = self.services.iter().flat_map(|service| &service.candidates);
        let all: BTreeSet<RegionId> = candidates.map(|candidate| candidate.region).collect();
        for region in regions_of(self.services, &shares) {
            let used = regions_of(self.services, &shares);
            let nearer = all.difference(&used).filter_map(|&other| {
                let (away, moved) = self.moved(&shares, region, other)?;
                let cost_there = cost_of(self.block, self.services, &moved);
                (cost_there <= cost).then_some((away, cost_there, moved))
            });
            if let Some((_, cost_there, moved)) = nearer.min_by_key(|(away, ..)| *away) {
                (shares, cost) = (moved, cost_there);
            }
        }
        self.incumbent = Some((shares, cost));
    }

    /// The shares with everything that stands in a region in another, which is nearer: by how much less it is away.
    fn moved(&self, shares: &[Shares], from: RegionId, to: RegionId) -> Option<(i128, Vec<Shares>)> {
        let mut moved = shares.to_vec();
        let mut away = 0;
        for (service, shares) in self.services.iter().zip(&mut moved) {
            let is_there = |share: &&mut Share| service.candidates[share.candidate].region == from;
            for share in shares.iter_mut().filter(is_there) {
                let stood = &service.candidates[share.candidate];
                let stands = |candidate: &Candidate| {
                    let is_alike = candidate.region == to && candidate.function.is_some() == stood.function.is_some();
                    is_alike && candidate.curve.most() >= share.carried && serves_as(candidate, stood)
                };
                if share.of_type.is_some() || !share.machines.is_empty() || !share.sets.is_empty() {
                    return None;
                }
                let next = service.candidates.iter().position(stands)?;
                away +=
                    i128::try_from(service.candidates[next].distance).ok()? - i128::try_from(stood.distance).ok()?;
                share.candidate = next;
            }
            shares.sort_unstable_by_key(|share| share.candidate);
        }
        (away < 0).then_some((away, moved))
    }

    /// The placement with a region opened or closed, if that is cheaper.
    fn with(&mut self, opened: &Opened, region: RegionId, is_opening: bool) -> Option<Opened> {
        let mut regions = opened.regions.clone();
        if is_opening {
            let is_full = self.block.max_regions.is_some_and(|most| regions.len() >= most);
            if is_full || !regions.insert(region) {
                return None;
            }
        } else if !regions.remove(&region) {
            return None;
        }
        let concerns = |at: &usize| {
            if is_opening {
                self.services[*at].candidates.iter().any(|candidate| candidate.region == region)
            } else {
                uses(self.services[*at], &opened.found[*at], region)
            }
        };
        let concerned: Vec<usize> = (0..self.services.len()).filter(concerns).collect();
        let mut found = opened.found.clone();
        let fixed = self.block.fixed.get(&region).copied().unwrap_or(0);
        self.count(concerned.iter().copied());
        let mut gain = if is_opening { -fixed } else { fixed };
        for (&at, new) in concerned.iter().zip(self.solve_within(&regions, &concerned)?) {
            gain += found[at].cost - new.cost;
            found[at] = new;
        }
        (gain > 0).then_some(Opened { regions, found })
    }

    /// The same without regions that nobody uses.
    fn used(&self, opened: Opened) -> Opened {
        Opened { regions: regions_of(self.services, &shares_of(&opened.found)), found: opened.found }
    }

    /// Takes a placement as the best, if it is.
    fn take(&mut self, opened: &Opened) -> bool {
        improve(&mut self.incumbent, self.block, self.services, shares_of(&opened.found))
    }

    /// Some services solved with no other regions than these; `None` if any cannot be served.
    pub(super) fn solve_within(&self, regions: &BTreeSet<RegionId>, concerned: &[usize]) -> Option<Vec<Found>> {
        let (problem, services, effort) = (self.problem, self.services, self.effort);
        let solve = |&at: &usize| match solve_apart(
            problem,
            services[at],
            effort,
            |region| regions.contains(&region),
            |_, _| 0,
        ) {
            Ended::Optimal(found) | Ended::Feasible(found) => Some(found),
            Ended::Infeasible | Ended::Undecided => None,
        };
        concerned.par_iter().map(solve).collect()
    }
}
