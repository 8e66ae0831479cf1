//! A choice whose pools took too much together, each packed for itself: packed as one, and in turn within what is left.

use std::collections::{BTreeMap, BTreeSet};

use super::super::Disagreement;
use super::{Choice, Search, Tried, merged, with_paid};
use crate::check;
use crate::formulate::{Femto, PoolCandidate, from_money, joined_pools, pool_candidate};
use crate::model::{Assignment, Pool, PoolId, PooledNodes, Problem, RegionId};
use crate::solve::{Packed, PackingEffort, pack};
use crate::units::{Carbon, Money, Wait};

/// Branch-and-bound nodes for all pools packed as one.
const JOINT_NODES: i32 = 2_000;

impl Search<'_> {
    /// What a choice costs at least whose parts took too much together, and an assignment if one was found, from all pools packed as one and from
    /// packing them in turn; `None` if it is impossible. `known` are a bound on the choice and on the rest.
    pub(super) fn jointly(
        &self,
        choice: &Choice,
        without: &Problem,
        (bound, least_rest): (Femto, Femto),
    ) -> Result<Option<Tried>, Disagreement> {
        if !self.has_shared() {
            return Ok(Some(Tried { bound, found: None }));
        }
        let candidate =
            |(pool, region): (usize, &RegionId)| (&self.problem.pools[pool], &self.options[pool][region].candidate);
        let parts: Vec<(&Pool, &PoolCandidate)> = choice.iter().enumerate().map(candidate).collect();
        let left_out = self.left_out.clone().unwrap_or_default();
        let Some(joined) = joined_pools(self.problem, &parts, &left_out) else {
            return Ok(Some(Tried { bound, found: self.in_turn(choice, without)? }));
        };
        let effort = PackingEffort { branching_nodes: JOINT_NODES, ..self.packing_effort() };
        let (nodes, packed) = match pack(&joined.packing, effort) {
            Packed::Infeasible => return Ok(None),
            Packed::Undecided { bound } => (None, bound),
            Packed::Packed { nodes, bound, .. } => (Some(nodes), bound),
        };
        let regions: BTreeSet<RegionId> = choice.iter().copied().collect();
        let fixed = regions.iter().map(|region| from_money(self.problem.regions[region.index()].fixed_monthly));
        let rest = self.rests.get(&self.key(choice)).map_or(least_rest, |rest| rest.bound.max(least_rest));
        let egress = parts.iter().map(|(_, candidate)| candidate.egress);
        let bound = bound.max(packed + fixed.sum::<Femto>() + egress.sum::<Femto>() + rest);
        let found = match nodes {
            Some(nodes) => {
                let by_pool = joined.apart(nodes).into_iter().zip(&parts).enumerate();
                let placed = by_pool.map(|(pool, (nodes, (_, candidate)))| {
                    let nodes = PooledNodes { region: candidate.region, nodes: merged(candidate, nodes) };
                    (PoolId::at(pool), nodes)
                });
                self.with_rest(placed.collect(), without)?
            }
            None => None,
        };
        let found = match found {
            Some(found) => Some(found),
            None => self.in_turn(choice, without)?,
        };
        Ok(Some(Tried { bound, found }))
    }

    /// Pools with the rest within what they leave, if there is one and every rule holds.
    fn with_rest(
        &self,
        placed: BTreeMap<PoolId, PooledNodes>,
        without: &Problem,
    ) -> Result<Option<(Femto, Assignment)>, Disagreement> {
        let rest = Self::rest(&self.left_by(&placed, without), self.effort)?;
        let Some((_, mut assignment)) = rest.found else { return Ok(None) };
        assignment.pools = placed;
        Ok(self.allowed(assignment))
    }

    /// The parts of a choice, each within what those before it leave, by number or the other way round; `None` if nothing was found.
    fn in_turn(&self, choice: &Choice, without: &Problem) -> Result<Option<(Femto, Assignment)>, Disagreement> {
        let forwards: Vec<usize> = (0..choice.len()).collect();
        let backwards: Vec<usize> = forwards.iter().rev().copied().collect();
        match self.in_order(choice, &forwards, without)? {
            None if choice.len() > 1 => self.in_order(choice, &backwards, without),
            found => Ok(found),
        }
    }

    fn in_order(
        &self,
        choice: &Choice,
        order: &[usize],
        without: &Problem,
    ) -> Result<Option<(Femto, Assignment)>, Disagreement> {
        let effort = self.packing_effort();
        let mut placed: BTreeMap<PoolId, PooledNodes> = BTreeMap::new();
        for &pool in order {
            let region = choice[pool];
            let left = self.left_by(&placed, self.problem);
            let Ok(candidate) = pool_candidate(&left, &left.pools[pool], region) else { return Ok(None) };
            let Packed::Packed { nodes, .. } = pack(&candidate.packing, effort) else { return Ok(None) };
            placed.insert(PoolId::at(pool), PooledNodes { region, nodes: merged(&candidate, nodes) });
        }
        self.with_rest(placed, without)
    }

    /// `problem` with what pools leave of everything that is limited, and the fixed cost of their regions paid.
    pub(super) fn left_by(&self, placed: &BTreeMap<PoolId, PooledNodes>, problem: &Problem) -> Problem {
        let mut left = with_paid(problem, &placed.values().map(|pool| pool.region).collect());
        for pool in placed.values() {
            for nodes in &pool.nodes {
                for stock in &mut left.regions[pool.region.index()].stock {
                    if stock.machine_type == nodes.machine_type {
                        stock.total = stock.total.map(|total| total.saturating_sub(nodes.count));
                        if let Some(there) = stock.by_zone.as_mut().and_then(|by_zone| by_zone.get_mut(nodes.zone)) {
                            *there = there.saturating_sub(nodes.count);
                        }
                    }
                }
            }
        }
        let assignment = Assignment { pools: placed.clone(), ..Assignment::default() };
        for quota in &mut left.quotas {
            let taken = u64::try_from(check::taken(self.problem, &assignment, quota)).unwrap_or(u64::MAX);
            quota.most = if quota.most == u64::MAX { quota.most } else { quota.most.saturating_sub(taken) };
        }
        if self.problem.limits.have_sums() {
            let totals = check::pools_alone(self.problem, &assignment);
            let limits = &mut left.limits;
            limits.max_monthly_cost = limits.max_monthly_cost.map(|most| (most - totals.paid()).max(Money::ZERO));
            let emitted = totals.emissions.unwrap_or_default();
            limits.max_monthly_carbon = limits.max_monthly_carbon.map(|most| Carbon((most.0 - emitted.0).max(0)));
            let wait = totals.wait.unwrap_or_default();
            limits.max_wait = limits.max_wait.map(|most| Wait((most.0 - wait.0).max(0)));
        }
        left
    }
}
