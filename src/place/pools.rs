//! Pools join the chain: which region each stands in, with everything else placed around them.
//!
//! > cost = sum over pools p of packing(p, r(p)) + egress(p, r(p)) + fixed cost of the regions in use + cost of the workloads outside pools
//!
//! Pools and other workloads share the fixed cost of regions, limits on regions, machines that are limited in number, quotas and limits on sums. So the search
//! is over the choice r, with two tables of lower bounds: one per pool and region, and one per set of regions for the rest (the rest is no dearer where the pools
//! have paid a region's fixed cost), each as if it had all that is limited to itself. The choice of least bound is looked for; what it is made of is solved, which
//! replaces bounds by results; and again, until the best choice consists of results only. Then its bound is a bound on the whole problem. Cheap bounds come
//! first, so that of a hundred regions a few are packed.
//!
//! Where the parts of a choice take too much together, all pools are packed as one, within all limits (`formulate::pools::joined`): then it is known what the choice
//! costs at least, or that it is impossible. The rest has what they leave. Where that leads nowhere, pools are packed again in turn, each within what those before
//! it leave, the rest last. The bound is the least of all choices; where all are impossible, there is no placement.

mod jointly;
mod least;

use std::collections::{BTreeMap, BTreeSet};

use least::least_taken;

use super::alternatives::alternatives;
use super::bindings::bindings;
use super::stability::settled;
use super::unit::Unit;
use super::{Answer, Disagreement, Outcome, cheapest, is_within, place_with, price, sizes_of_pools};
use crate::check;
use crate::explain::{self, PoolReason, PoolReasons};
use crate::formulate::{
    Femto, LeftOut, Nodes, Packing, PoolCandidate, PoolRejection, floor_to_money, from_money, least_packing_cost,
    pool_candidate,
};
use crate::model::{Assignment, PoolId, PoolNodes, PooledNodes, Problem, RegionId};
use crate::solve::{Effort, Packed, PackingEffort, pack};
use crate::units::Money;

/// Sets of regions for which the rest may be solved.
const MOST_RESTS: usize = 200;

/// Choices whose parts did not go together, at most.
const MOST_FAILED: usize = 40;

/// Further choices tried, at most, where the first leaves more of a gap than is asked for.
const MOST_FURTHER: usize = 8;

/// What is known of a pool in a region.
struct Standing {
    candidate: PoolCandidate,
    /// Packing and egress cost no less.
    bound: Femto,
    /// Packing and egress cost so much, with these nodes.
    found: Option<(Femto, Vec<PoolNodes>)>,
    is_packed: bool,
}

struct Search<'a> {
    problem: &'a Problem,
    effort: Effort<'a>,
    /// By pool: what can be chosen, by region.
    options: Vec<BTreeMap<RegionId, Standing>>,
    rejections: Vec<Vec<(RegionId, Option<PoolRejection>)>>,
    /// Whether the rest depends on where the pools are.
    is_coupled: bool,
    /// By set of regions: the rest, solved.
    rests: BTreeMap<Choice, Rest>,
    /// Choices that were tried: the cheapest assignment of each is known, or its parts were not found to go together.
    tried: BTreeSet<Choice>,
    /// What the rest takes at least of what is limited, once that was asked.
    left_out: Option<LeftOut>,
    /// What came of packings: regions that sell the same at the same prices ask the same.
    packed: Vec<(Packing, Packed)>,
}

/// The workloads outside pools, placed with the fixed cost of some regions paid.
struct Rest {
    bound: Femto,
    found: Option<(Femto, Assignment)>,
}

/// A choice that was looked at and may be possible.
struct Tried {
    /// It costs no less.
    bound: Femto,
    /// The cheapest assignment found, and its cost.
    found: Option<(Femto, Assignment)>,
}

/// A region for each pool.
type Choice = Vec<RegionId>;

pub(super) fn place(problem: &Problem, effort: Effort) -> Result<Answer, Disagreement> {
    let without = Problem { pools: Vec::new(), previous: None, alternatives: 0, bindings: false, ..problem.clone() };
    let mut search = Search::new(problem, effort);
    let everywhere: BTreeSet<RegionId> = search.options.iter().flat_map(|options| options.keys().copied()).collect();
    let free = place_with(&with_paid(&without, &everywhere), effort)?;
    if let Some(conflict) = search.conflict(&free) {
        let pools = search.reasons(None);
        return Ok(Answer { outcome: Outcome::Infeasible(conflict), pools, ..free });
    }
    let least_rest = free.outcome.placement().map_or(0, |(_, bound)| from_money(bound));
    let answer = search.run(least_rest, &without)?;
    let Some(answer) = answer else {
        let conflict = search.conflict(&free).unwrap_or_else(|| together(problem, effort));
        return Ok(Answer { outcome: Outcome::Infeasible(conflict), pools: search.reasons(None), ..free });
    };
    let outcome = judged(problem, answer)?;
    let units = [Unit::whole(problem)];
    let (outcome, stability) = settled(problem, &units, outcome, effort.interrupt)?;
    let Some((placement, _)) = outcome.placement() else {
        return Ok(Answer { outcome, pools: search.reasons(None), ..free });
    };
    let chosen: Choice = placement.pools().values().map(|placed| placed.placed.region).collect();
    let formulation = super::formulation(&without);
    let reasons = explain::reasons(problem, &formulation, outcome.placement().map(|(placement, _)| placement));
    let sizes = sizes_of_pools(free.sizes, problem);
    let alternatives = alternatives(problem, &units, Some(placement), effort.interrupt)?;
    let bindings = bindings(problem, &units, Some(placement), stability.as_ref(), effort.interrupt)?;
    Ok(Answer {
        pools: search.reasons(Some(&chosen)),
        reasons,
        stability,
        alternatives,
        bindings,
        sizes,
        outcome,
        ..free
    })
}

/// A bound, and an assignment if one was found.
type Searched = (Femto, Option<Assignment>);

fn judged(problem: &Problem, (bound, assignment): Searched) -> Result<Outcome, Disagreement> {
    let Some(assignment) = assignment else { return Ok(Outcome::Undecided) };
    let placement = check::placement(problem, assignment).map_err(Disagreement)?;
    let bound = floor_to_money(bound).min(placement.cost());
    let is_optimal = is_within(placement.cost(), bound, problem.gap_tolerance);
    Ok(Outcome::of(placement, bound, is_optimal))
}

/// The cheapest placement of a problem with pools, whatever stood before; `None` if it is proven that there is none.
pub(super) fn outcome(problem: &Problem, effort: Effort) -> Result<Option<Outcome>, Disagreement> {
    let without = Problem { pools: Vec::new(), previous: None, alternatives: 0, bindings: false, ..problem.clone() };
    let mut search = Search::new(problem, effort);
    let everywhere: BTreeSet<RegionId> = search.options.iter().flat_map(|options| options.keys().copied()).collect();
    let Ok(free) = cheapest(&with_paid(&without, &everywhere), None, effort)? else { return Ok(None) };
    let least_rest = free.placement().map_or(0, |(_, bound)| from_money(bound));
    search.run(least_rest, &without)?.map(|answer| judged(problem, answer)).transpose()
}

/// What became of every region for every pool of an answer, as far as is known without packing any.
pub(super) fn reasons(problem: &Problem, placement: Option<&check::Placement>, effort: Effort) -> Vec<PoolReasons> {
    let chosen = placement.map(|placement| placement.pools().values().map(|placed| placed.placed.region).collect());
    Search::new(problem, effort).reasons(chosen.as_ref())
}

/// The conflict of pools, and workloads beside them, that each could be placed alone.
fn together(problem: &Problem, effort: Effort) -> explain::Conflict {
    let is_impossible = |problem: &Problem| {
        if problem.pools.is_empty() {
            cheapest(problem, None, effort).is_ok_and(|found| found.is_err())
        } else {
            matches!(outcome(problem, effort), Ok(None))
        }
    };
    let price = |problem: &Problem| price(problem, effort.interrupt);
    let shared = explain::pools_together(problem, &is_impossible, &price);
    explain::Conflict { together: Some(shared), ..explain::Conflict::default() }
}

/// The problem with nothing to pay for presence in `paid`.
fn with_paid(problem: &Problem, paid: &BTreeSet<RegionId>) -> Problem {
    let mut problem = problem.clone();
    for region in paid {
        problem.regions[region.index()].fixed_monthly = Money::ZERO;
    }
    problem
}

impl<'a> Search<'a> {
    fn new(problem: &'a Problem, effort: Effort<'a>) -> Self {
        let mut options = Vec::new();
        let mut rejections = Vec::new();
        for pool in &problem.pools {
            let mut open = BTreeMap::new();
            let mut refused = Vec::new();
            for region in (0..problem.regions.len()).map(RegionId::at) {
                match pool_candidate(problem, pool, region) {
                    Ok(candidate) => {
                        let bound = least_packing_cost(&candidate.packing) + candidate.egress;
                        open.insert(region, Standing { candidate, bound, found: None, is_packed: false });
                    }
                    Err(rejection) => refused.push((region, Some(rejection))),
                }
            }
            options.push(open);
            rejections.push(refused);
        }
        let has_fixed = options
            .iter()
            .flat_map(|options: &BTreeMap<RegionId, Standing>| options.keys())
            .any(|region| problem.regions[region.index()].fixed_monthly > Money::ZERO);
        let is_coupled = !problem.workloads.is_empty()
            && (has_fixed || problem.limits.max_regions.is_some() || problem.limits.max_clouds.is_some());
        Self {
            problem,
            effort,
            options,
            rejections,
            is_coupled,
            rests: BTreeMap::new(),
            tried: BTreeSet::new(),
            left_out: None,
            packed: Vec::new(),
        }
    }

    /// Why there is no placement, if that is known.
    fn conflict(&self, free: &Answer) -> Option<explain::Conflict> {
        let mut conflict = match &free.outcome {
            Outcome::Infeasible(conflict) => conflict.clone(),
            Outcome::Optimal { .. } | Outcome::Feasible { .. } | Outcome::Undecided => explain::Conflict::default(),
        };
        let stuck = (0..self.options.len()).filter(|&pool| self.options[pool].is_empty());
        conflict.pools = stuck.map(|pool| explain::pool_conflict(self.problem, PoolId::at(pool), &can_stand)).collect();
        let is_empty = conflict.workloads.is_empty() && conflict.pools.is_empty() && conflict.together.is_none();
        (!is_empty).then_some(conflict)
    }

    /// Searches; the bound, and the assignment of the best choice. `None` if every choice is impossible.
    fn run(&mut self, least_rest: Femto, without: &Problem) -> Result<Option<Searched>, Disagreement> {
        // The least of the choices that were tried and may be possible.
        let mut least: Option<Femto> = None;
        let mut found: Option<(Femto, Assignment)> = None;
        let mut further = 0;
        let assignment = |found: Option<(Femto, Assignment)>| found.map(|(_, assignment)| assignment);
        loop {
            let Some((bound, choice)) = self.best(least_rest) else {
                return Ok(least.map(|least| (least, assignment(found))));
            };
            let least_of_all = least.map_or(bound, |least| least.min(bound));
            let is_enough = |(cost, _): &(Femto, Assignment)| {
                let (cost, least) = (floor_to_money(*cost), floor_to_money(least_of_all));
                further > MOST_FURTHER || floor_to_money(bound) >= cost || is_within(cost, least, self.effort.tolerance)
            };
            if found.as_ref().is_some_and(is_enough) {
                return Ok(Some((least_of_all, assignment(found))));
            }
            let open: Vec<usize> =
                (0..choice.len()).filter(|&pool| !self.options[pool][&choice[pool]].is_packed).collect();
            if let Some(&pool) = open.first() {
                self.pack(pool, choice[pool]);
                continue;
            }
            if !self.rests.contains_key(&self.key(&choice)) && self.rests.len() < MOST_RESTS {
                self.solve_rest(&choice, without)?;
                continue;
            }
            let tried = match self.assignment(&choice).and_then(|found| self.allowed(found)) {
                Some(joint) => Some(Tried { bound, found: Some(joint) }),
                None if self.left_out.is_none() && self.has_shared() => {
                    let everywhere = self.options.iter().flat_map(BTreeMap::keys).copied().collect();
                    let rest = with_paid(without, &everywhere);
                    self.left_out = Some(least_taken(self.problem, &rest, self.effort)?);
                    continue;
                }
                None => self.jointly(&choice, without, (bound, least_rest))?,
            };
            let is_over = found.is_none() && (!self.has_shared() || self.tried.len() == MOST_FAILED);
            let Some(Tried { bound, found: joint }) = tried else {
                self.tried.insert(choice);
                if is_over {
                    return Ok(Some((least_of_all, None)));
                }
                continue;
            };
            least = Some(least.map_or(bound, |least| least.min(bound)));
            if joint.is_none() && is_over {
                return Ok(Some((least_of_all, None)));
            }
            further += usize::from(found.is_some());
            found = joint.into_iter().chain(found).min_by_key(|(cost, _)| *cost);
            self.tried.insert(choice);
        }
    }

    /// Whether parts may take too much together of what is limited.
    fn has_shared(&self) -> bool {
        let regions = self.options.iter().flat_map(BTreeMap::keys).copied().collect();
        self.has_stock(&regions) || self.counts_machines()
    }

    fn counts_machines(&self) -> bool {
        self.problem.limits.have_sums() || !self.problem.quotas.is_empty()
    }

    /// The assignment and its cost, if every rule holds.
    fn allowed(&self, assignment: Assignment) -> Option<(Femto, Assignment)> {
        let placement = check::placement(self.problem, assignment.clone()).ok()?;
        Some((from_money(placement.cost()), assignment))
    }

    fn packing_effort(&self) -> PackingEffort<'a> {
        PackingEffort { tolerance: self.effort.tolerance, interrupt: self.effort.interrupt, ..PackingEffort::default() }
    }

    /// The regions whose fixed cost the rest need not pay.
    fn paid(&self, regions: &BTreeSet<RegionId>) -> BTreeSet<RegionId> {
        if self.is_coupled { regions.clone() } else { BTreeSet::new() }
    }

    /// What the rest depends on: the regions whose fixed cost is paid, or the choice as such where pools use machines that are limited in number.
    fn key(&self, choice: &Choice) -> Choice {
        let regions: BTreeSet<RegionId> = choice.iter().copied().collect();
        if self.has_stock(&regions) || self.counts_machines() {
            choice.clone()
        } else {
            self.paid(&regions).into_iter().collect()
        }
    }

    fn has_stock(&self, regions: &BTreeSet<RegionId>) -> bool {
        regions.iter().any(|region| !self.problem.regions[region.index()].stock.is_empty())
    }

    /// The choice of least bound, of equal ones the first.
    fn best(&self, least_rest: Femto) -> Option<(Femto, Choice)> {
        let mut best: Option<(Femto, Choice)> = None;
        let mut choice = Vec::new();
        self.extend(&mut choice, 0, least_rest, &mut best);
        best
    }

    fn extend(&self, choice: &mut Choice, cost: Femto, least_rest: Femto, best: &mut Option<(Femto, Choice)>) {
        let regions: BTreeSet<RegionId> = choice.iter().copied().collect();
        if !self.is_within_limits(&regions) || !self.is_within_wait(choice) {
            return;
        }
        let pool = choice.len();
        // What the pools still to come cost at least, wherever they are.
        let least = |options: &BTreeMap<RegionId, Standing>| options.values().map(|option| option.bound).min();
        let Some(to_come) = self.options[pool..].iter().map(least).sum::<Option<Femto>>() else { return };
        let rest = self.rests.get(&self.key(choice)).filter(|_| pool == self.options.len());
        let bound = cost + to_come + rest.map_or(least_rest, |rest| rest.bound.max(least_rest));
        if best.as_ref().is_some_and(|(known, _)| bound >= *known) {
            return;
        }
        let Some(options) = self.options.get(pool) else {
            if self.tried.contains(choice) {
                return;
            }
            *best = Some((bound, choice.clone()));
            return;
        };
        let fixed = |region: &RegionId| {
            let is_paid = regions.contains(region);
            if is_paid { 0 } else { from_money(self.problem.regions[region.index()].fixed_monthly) }
        };
        let mut order: Vec<(Femto, RegionId)> =
            options.iter().map(|(region, option)| (option.bound + fixed(region), *region)).collect();
        order.sort_unstable();
        for (more, region) in order {
            if !self.may_stand(choice, region) {
                continue;
            }
            choice.push(region);
            self.extend(choice, cost + more, least_rest, best);
            choice.pop();
        }
    }

    /// Whether the next pool may be in a region beside those of which it stands by for one, or which stand by for it.
    fn may_stand(&self, choice: &Choice, region: RegionId) -> bool {
        let place = |region: RegionId| &self.problem.regions[region.index()];
        let pools = &self.problem.pools;
        let next = &pools[choice.len()];
        choice.iter().zip(pools).all(|(&other, pool)| next.may_stand(place(region), pool, place(other)))
    }

    /// Whether `limits` allow these regions, and the clouds they are in.
    fn is_within_limits(&self, regions: &BTreeSet<RegionId>) -> bool {
        let limits = &self.problem.limits;
        let most = |limit: Option<u32>| limit.map_or(usize::MAX, |most| most as usize);
        let clouds: BTreeSet<&str> =
            regions.iter().map(|region| self.problem.regions[region.index()].key.cloud.as_str()).collect();
        regions.len() <= most(limits.max_regions) && clouds.len() <= most(limits.max_clouds)
    }

    /// Whether the requests that pools answer in these regions are on their way no longer than all together may be.
    fn is_within_wait(&self, choice: &Choice) -> bool {
        let Some(most) = self.problem.limits.max_wait else { return true };
        let wait = |(pool, region): (usize, &RegionId)| {
            self.options[pool].get(region).map_or(0, |standing| standing.candidate.wait)
        };
        choice.iter().enumerate().map(wait).sum::<i128>() <= most.0
    }

    /// Packs a pool in a region: its bound becomes that of the packing, or the region is struck out.
    fn pack(&mut self, pool: usize, region: RegionId) {
        let effort = self.packing_effort();
        let Some(option) = self.options[pool].get_mut(&region) else { return };
        let egress = option.candidate.egress;
        option.is_packed = true;
        let packing = &option.candidate.packing;
        let known = self.packed.iter().find(|(other, _)| other == packing).map(|(_, packed)| packed.clone());
        let packed = known.unwrap_or_else(|| {
            let packed = pack(packing, effort);
            self.packed.push((packing.clone(), packed.clone()));
            packed
        });
        match packed {
            Packed::Packed { nodes, cost, bound } => {
                option.bound = option.bound.max(bound + egress).min(cost + egress);
                option.found = Some((cost + egress, merged(&option.candidate, nodes)));
            }
            Packed::Undecided { bound } => option.bound = option.bound.max(bound + egress),
            Packed::Infeasible => {
                self.options[pool].remove(&region);
                self.rejections[pool].push((region, None));
            }
        }
    }

    fn solve_rest(&mut self, choice: &Choice, without: &Problem) -> Result<(), Disagreement> {
        let regions = &choice.iter().copied().collect::<BTreeSet<RegionId>>();
        let paid = self.paid(regions);
        let mut relaxed = with_paid(without, &paid);
        let mut rest = Self::rest(&relaxed, self.effort)?;
        let is_within = |rest: &Rest| {
            let groups = rest.found.iter().flat_map(|(_, assignment)| assignment.groups.keys());
            self.is_within_limits(&groups.map(|&(_, region)| region).chain(regions.iter().copied()).collect())
        };
        if !is_within(&rest) {
            // Its bound stays: regions the pools are in need not count again. What is found is within the limits only if it keeps to regions of the pools'
            // clouds, or to what the limits leave beside the pools.
            let left = self.problem.limits.max_regions.map(|most| most.saturating_sub(count(regions)));
            relaxed.limits.max_regions = left;
            rest.found = None;
            if left != Some(0) {
                let counted = Self::rest(&relaxed, self.effort)?;
                rest.found = counted.found.clone().filter(|_| is_within(&counted));
            }
        }
        if self.problem.workloads.is_empty() || !(self.has_stock(regions) || self.counts_machines()) {
            self.rests.insert(self.key(choice), rest);
            return Ok(());
        }
        // What the pools use of what is limited is not there for the rest; its bound stays, as if it were.
        let found = |(pool, region): (usize, &RegionId)| {
            let (_, nodes) = self.options[pool].get(region)?.found.as_ref()?;
            Some((PoolId::at(pool), PooledNodes { region: *region, nodes: nodes.clone() }))
        };
        let placed = choice.iter().enumerate().filter_map(found).collect();
        rest.found = Self::rest(&self.left_by(&placed, &relaxed), self.effort)?.found.filter(|found| {
            let groups = found.1.groups.keys().map(|&(_, region)| region);
            self.is_within_limits(&groups.chain(regions.iter().copied()).collect())
        });
        self.rests.insert(self.key(choice), rest);
        Ok(())
    }

    fn rest(problem: &Problem, effort: Effort) -> Result<Rest, Disagreement> {
        let answer = place_with(problem, effort)?;
        Ok(match answer.outcome.placement() {
            Some((placement, bound)) => {
                let found = (from_money(placement.cost()), placement.assignment());
                Rest { bound: from_money(bound), found: Some(found) }
            }
            None => Rest { bound: 0, found: None },
        })
    }

    fn assignment(&self, choice: &Choice) -> Option<Assignment> {
        let (_, rest) = self.rests.get(&self.key(choice))?.found.as_ref()?;
        let mut assignment = rest.clone();
        for (pool, &region) in choice.iter().enumerate() {
            let (_, nodes) = self.options[pool].get(&region)?.found.as_ref()?;
            assignment.pools.insert(PoolId::at(pool), PooledNodes { region, nodes: nodes.clone() });
        }
        Some(assignment)
    }

    /// What became of every region for every pool.
    fn reasons(&self, chosen: Option<&Choice>) -> Vec<PoolReasons> {
        let of_pool = |pool: usize| {
            let open = self.options[pool].iter().map(|(&region, option)| {
                let at_least =
                    floor_to_money(option.bound + from_money(self.problem.regions[region.index()].fixed_monthly));
                let is_chosen = chosen.is_some_and(|chosen| chosen[pool] == region);
                (region, if is_chosen { PoolReason::Chosen } else { PoolReason::CostsAtLeast(at_least) })
            });
            let refused = self.rejections[pool].iter().map(|(region, rejection)| match rejection {
                Some(rejection) => (*region, PoolReason::Refused(rejection.clone())),
                None => (*region, PoolReason::NoPacking),
            });
            let mut regions: Vec<(RegionId, PoolReason)> = open.chain(refused).collect();
            regions.sort_by_key(|&(region, _)| region);
            PoolReasons { pool: PoolId::at(pool), regions }
        };
        (0..self.options.len()).map(of_pool).collect()
    }
}

/// Packed nodes, alike ones together.
fn merged(candidate: &PoolCandidate, nodes: Vec<Nodes>) -> Vec<PoolNodes> {
    let types = &candidate.packing.node_types;
    let mut alike: BTreeMap<_, u64> = BTreeMap::new();
    for nodes in nodes {
        let machine_type = types[nodes.node_type].machine_type;
        *alike.entry((nodes.zone, machine_type, nodes.pattern)).or_default() += nodes.count;
    }
    let nodes = alike.into_iter().map(|((zone, machine_type, replicas), count)| PoolNodes {
        zone,
        machine_type,
        replicas,
        count,
    });
    nodes.collect()
}

fn count(regions: &BTreeSet<RegionId>) -> u32 {
    u32::try_from(regions.len()).unwrap_or(u32::MAX)
}

/// Whether the first pool of a problem can stand anywhere, for conflicts.
fn can_stand(problem: &Problem) -> bool {
    let Some(pool) = problem.pools.first() else { return true };
    (0..problem.regions.len()).map(RegionId::at).any(|region| {
        pool_candidate(problem, pool, region)
            .is_ok_and(|candidate| !matches!(pack(&candidate.packing, PackingEffort::default()), Packed::Infeasible))
    })
}
