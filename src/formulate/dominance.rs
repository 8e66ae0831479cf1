//! Dominance: drops a region r when another region p does all that r does at no greater cost, or says that r is of use only beside p.
//!
//! **Dropped.** Take any placement that uses r. Move what a workload has in r to p. Nobody is answered later, nor at a greater cost of traffic, and the machines cost
//! no more if, whatever load a the workload already has in p and whatever load b is moved,
//!
//! > cost(p, a + b) − cost(p, a) <= cost(r, b)          (cost of no load is zero)
//!
//! [`Growth`] tabulates the left side's maximum over a. Two more things must not break: the number of regions (a workload that must use m
//! regions loses r only to m regions that each dominate it: either one of them was not in use and takes r's place, or all are in use and the
//! count without r is still m), and regions shared by the workloads of a block, where p must dominate r for every workload that could use r
//! and cost no more to open.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::cost::Femto;
use super::regions::Block;
use super::service::{Candidate, Place, Reach, Service};
use super::{Curve, Step, functions};
use crate::model::{Problem, RegionId};

/// Curves with more steps than this are compared only when one machine type shapes them (then growth is the curve itself).
const MOST_STEPS: usize = 2_000;

/// Drops dominated regions from all services; each keeps a note of what replaced them.
pub(super) fn reduce(blocks: &[Block], services: &mut [Service]) {
    let mut is_alone = vec![false; services.len()];
    // What replaces what depends on how many committed machines each may take, which is decided later.
    for block in blocks.iter().filter(|block| !block.is_committed) {
        match block.services[..] {
            _ if !may_reduce(block) => {}
            [only] if !moves_as_whole(block, &services[only]) => is_alone[only] = true,
            _ => reduce_together(block, services),
        }
    }
    services.par_iter_mut().zip(is_alone).filter(|(_, is_alone)| *is_alone).for_each(|(service, _)| {
        reduce_alone(service);
    });
}

/// Whether no rule counts on regions for more than what they answer.
fn may_reduce(block: &Block) -> bool {
    !block.is_under_quota && !block.has_limited_functions && !block.has_further_rules && block.max_clouds.is_none()
}

/// Whether regions of the only service of a block are left as wholes: they cost something, or user groups may not be divided between them, and machines
/// and a function stand in one.
fn moves_as_whole(block: &Block, service: &Service) -> bool {
    block.couples_regions() || block.is_single_routed && functions::is_doubled(service)
}

/// Drops dominated regions of the services of one block, which are all of `services`.
pub fn reduce_block(block: &Block, services: &mut [Service]) {
    match services {
        _ if !may_reduce(block) => {}
        [only] if !moves_as_whole(block, only) => reduce_alone(only),
        _ => reduce_together(block, services),
    }
}

/// Drops dominated regions of a service that shares none, and records what the others need.
pub fn reduce_alone(service: &mut Service) {
    let replaced = dominated(service);
    drop_regions(service, &|candidate| replaced.get(&candidate.place()).copied());
    record_needs(service);
}

/// Records which candidates each candidate needs.
pub(super) fn record_needs(service: &mut Service) {
    let needs: Vec<Vec<usize>> = (0..service.candidates.len()).map(|loser| needs(&service.candidates, loser)).collect();
    for (candidate, needs) in service.candidates.iter_mut().zip(needs) {
        candidate.needs = needs;
    }
}

/// Positions of the candidates that could take the place of `loser`.
fn needs(candidates: &[Candidate], loser: usize) -> Vec<usize> {
    let can_replace = |&winner: &usize| {
        let (winner, loser) = (&candidates[winner], &candidates[loser]);
        quality(winner, loser).is_lt()
            && serves_as(winner, loser)
            && is_nowhere_dearer(winner.curve.steps(), loser.curve.steps())
    };
    (0..candidates.len()).filter(can_replace).collect()
}

/// True if `winner` carries every load at no more than `loser` does.
fn is_nowhere_dearer(winner: &[Step], loser: &[Step]) -> bool {
    let mut at = 0;
    loser.iter().all(|step| {
        while at < winner.len() && winner[at].capacity < step.capacity {
            at += 1;
        }
        winner.get(at).is_some_and(|growth| growth.cost <= step.cost)
    })
}

fn reduce_together(block: &Block, services: &mut [Service]) {
    if block.services.iter().any(|&index| services[index].min_regions > 1) {
        return;
    }
    let replaced = dominated_in_block(block, services, &|_| true);
    for &index in &block.services {
        drop_regions(&mut services[index], &|candidate| replaced.get(&candidate.region).copied());
    }
}

/// Drops regions of services under quotas, which are all of `services`, that regions without quotas dominate.
pub fn reduce_under_quotas(problem: &Problem, block: &Block, services: &mut [Service]) {
    let is_free = |region: RegionId| problem.quotas_in(region).next().is_none();
    let has_least = services.iter().any(|service| service.min_regions > 1);
    if block.has_further_rules || block.is_committed || block.max_clouds.is_some() || has_least {
        return;
    }
    let replaced = dominated_in_block(block, services, &is_free);
    for service in services {
        drop_regions(service, &|candidate| replaced.get(&candidate.region).copied());
    }
}

/// Drops candidates that are replaced; their regions are dominated if nothing is left there.
fn drop_regions(service: &mut Service, replaced_by: &dyn Fn(&Candidate) -> Option<RegionId>) {
    let by = |candidate: &Candidate| replaced_by(candidate).map(|by| (candidate.region, by));
    let dropped: BTreeMap<RegionId, RegionId> = service.candidates.iter().filter_map(by).collect();
    service.candidates.retain(|candidate| replaced_by(candidate).is_none());
    let is_left = |region: RegionId| service.candidates.iter().any(|candidate| candidate.region == region);
    service.dominated.extend(dropped.into_iter().filter(|&(region, _)| !is_left(region)));
}

/// Candidates of one service that `min_regions` kept regions dominate, with the first of those.
fn dominated(service: &Service) -> BTreeMap<Place, RegionId> {
    let mut order: Vec<&Candidate> = service.candidates.iter().collect();
    order.sort_by(|a, b| quality(a, b));
    let mut kept: Vec<(&Candidate, Option<Growth>)> = Vec::new();
    let mut replaced = BTreeMap::new();
    for candidate in order {
        let mut by = kept
            .iter()
            .filter(|(other, growth)| growth.as_ref().is_some_and(|growth| dominates(other, growth, candidate)));
        match by.nth(service.min_regions.max(1) - 1) {
            Some((other, _)) => {
                replaced.insert(candidate.place(), other.region);
            }
            None => kept.push((candidate, Growth::of(&candidate.curve))),
        }
    }
    replaced
}

/// Regions that one kept region, which `may_replace` others, dominates for every service of the block that could use them.
fn dominated_in_block<'a>(
    block: &Block,
    services: &'a [Service],
    may_replace: &dyn Fn(RegionId) -> bool,
) -> BTreeMap<RegionId, RegionId> {
    let members: Vec<&Service> = block.services.iter().map(|&index| &services[index]).collect();
    let tables: Vec<BTreeMap<RegionId, Here<'a>>> = members
        .iter()
        .map(|service| {
            let mut table: BTreeMap<RegionId, Here<'a>> = BTreeMap::new();
            for candidate in &service.candidates {
                table.entry(candidate.region).or_default().push((candidate, Growth::of(&candidate.curve)));
            }
            table
        })
        .collect();
    let fixed = |region: RegionId| block.fixed.get(&region).copied().unwrap_or(0);
    let regions: BTreeSet<RegionId> = tables.iter().flat_map(|table| table.keys().copied()).collect();
    let mut order: Vec<RegionId> = regions.into_iter().collect();
    // Any fixed order is correct; regions that serve many cheaply come first so that they are kept.
    order.sort_by_key(|&region| {
        let present = || tables.iter().filter_map(|table| table.get(&region)).flatten();
        let reached: u128 = present().map(|(candidate, _)| u128::from(candidate.curve.most())).sum();
        let cost: Femto = present().map(|(candidate, _)| candidate.full_cost()).sum();
        let distance: u128 = present().map(|(candidate, _)| candidate.distance).sum();
        (std::cmp::Reverse(reached), cost + fixed(region), distance, region)
    });
    let mut kept: Vec<RegionId> = Vec::new();
    let mut replaced = BTreeMap::new();
    for region in order {
        let can_take_over = |other: RegionId| {
            may_replace(other)
                && fixed(other) <= fixed(region)
                && tables.iter().all(|table| match (table.get(&region), table.get(&other)) {
                    (None, _) => true,
                    (Some(losers), Some(winners)) => losers.iter().all(|(loser, _)| may_take(winners, loser)),
                    (Some(_), None) => false,
                })
        };
        match kept.iter().copied().find(|&other| can_take_over(other)) {
            Some(other) => {
                replaced.insert(region, other);
            }
            None => kept.push(region),
        }
    }
    replaced
}

/// What a service has in one region: machines, a function, or both.
type Here<'a> = Vec<(&'a Candidate, Option<Growth>)>;

/// Whether some candidate of a region takes what `loser` has, whatever it has already: two losers that move to one winner do so one after the other.
/// What is limited in number may be full.
fn may_take(winners: &[(&Candidate, Option<Growth>)], loser: &Candidate) -> bool {
    let is_unlimited = |winner: &Candidate| winner.function.is_none_or(|fit| fit.limit.is_none());
    let takes = |(winner, growth): &(&Candidate, Option<Growth>)| {
        is_unlimited(winner) && growth.as_ref().is_some_and(|growth| dominates(winner, growth, loser))
    };
    winners.iter().any(takes)
}

impl Candidate {
    /// Cost of carrying all that can be sent here.
    fn full_cost(&self) -> Femto {
        let most = self.curve.most();
        self.curve.steps().last().map_or(0, |step| step.cost) + self.dearest_traffic() * i128::from(most)
    }
}

/// Cheapest per unit of load first; then nearest; then by region.
fn quality(a: &Candidate, b: &Candidate) -> std::cmp::Ordering {
    (a.full_cost() * i128::from(b.curve.most()))
        .cmp(&(b.full_cost() * i128::from(a.curve.most())))
        .then(a.distance.cmp(&b.distance))
        .then(a.place().cmp(&b.place()))
}

fn dominates(winner: &Candidate, growth: &Growth, loser: &Candidate) -> bool {
    serves_as(winner, loser) && is_nowhere_dearer(&growth.0, loser.curve.steps())
}

/// True if `winner` answers everybody that `loser` answers, as timely, and none of them at greater cost of traffic.
pub fn serves_as(winner: &Candidate, loser: &Candidate) -> bool {
    let serves = |(winner, loser): (&Reach, &Reach)| match loser {
        Reach::No => true,
        Reach::InTime => *winner == Reach::InTime,
        Reach::Late => *winner != Reach::No,
    };
    let is_no_dearer =
        |position: usize| loser.reach[position] == Reach::No || winner.traffic[position] <= loser.traffic[position];
    winner.reach.iter().zip(&loser.reach).all(serves) && (0..loser.reach.len()).all(is_no_dearer)
}

/// For each load b up to the end of a step: the most that any load a in the region grows dearer by b more.
#[derive(Clone, Debug)]
struct Growth(Vec<Step>);

impl Growth {
    /// `None` where tabulating would cost more than it saves.
    fn of(curve: &Curve) -> Option<Self> {
        let steps = curve.steps();
        if curve.fits().len() == 1 && curve.commitments().is_empty() && curve.is_of_machines() {
            // One type: the number of machines is subadditive, so growth from no load is the greatest.
            return Some(Self(steps.to_vec()));
        }
        if steps.len() > MOST_STEPS {
            return None;
        }
        let most = curve.most();
        let table = steps.iter().map(|moved| {
            let mut cost = moved.cost;
            let mut at = 0;
            // Growth is greatest at the full end of a step.
            for held in steps {
                let together = (held.capacity + moved.capacity).min(most);
                while steps[at].capacity < together {
                    at += 1;
                }
                cost = cost.max(steps[at].cost - held.cost);
            }
            Step { cost, ..*moved }
        });
        Some(Self(table.collect()))
    }
}
