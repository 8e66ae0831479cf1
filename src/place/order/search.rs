//! The search of one stage: by weights, as limits on sums are searched (`limits.rs`). With weights p >= 0 everything falls apart into blocks, and
//!
//! > value(k) >= (least over all placements of (sum over j of p(j) value(j)) − sum over j ≠ k of p(j) limit(j)) / p(k)
//!
//! The next weights are those at which the best placements known on both sides of a limit weigh the same. Few pairs of workload and region are then settled exactly, as a
//! program with a row for each limit (`formulate::order`).

use super::weights::Weights;
use super::{first_stage, values};
use crate::check::{self, Placement};
use crate::formulate::{PER_UNIT, floor_to_money, formulate};
use crate::model::{Assignment, Problem, Target};
use crate::place::unit::Unit;
use crate::place::{Disagreement, Outcome, proven};
use crate::solve::{self, Effort, Ended, free_of_charge, without_sums};
use crate::units::{Carbon, Money, Wait};

/// Searches at most for the weight of one limit.
const MOST_SEARCHES: usize = 14;

/// Pairs of workload and region that are few enough to be decided as one program: a workload over all regions of three clouds takes a second.
const FEW_PAIRS: usize = 150;

pub(super) struct Search<'a> {
    /// With limits on what is settled.
    pub(super) within: Problem,
    /// Without any limit on sums.
    free: Problem,
    pub(super) effort: Effort<'a>,
    /// What is decided together where nothing is limited in sum.
    units: Vec<Unit>,
    /// The best placement for the target at hand.
    pub(super) best: Placement,
    /// No placement within the limits has less of it.
    pub(super) bound: i128,
}

impl<'a> Search<'a> {
    pub(super) fn of(problem: &Problem, effort: Effort<'a>, best: Placement) -> Self {
        let free = without_sums(problem);
        let units = Unit::of_blocks(&formulate(&free));
        let within = if problem.pools.is_empty() { problem.clone() } else { first_stage(problem) };
        Self { within, free, effort, units, best, bound: 0 }
    }

    pub(super) fn value(&self, target: Target) -> i128 {
        values(self.best.totals())[target as usize]
    }

    fn is_settled(&self, target: Target) -> bool {
        self.is_near(self.value(target), self.bound)
    }

    /// Whether a bound is within the gap tolerance of a value. Bounds are rounded down, so that one below is none.
    pub(super) fn is_near(&self, value: i128, bound: i128) -> bool {
        (value - bound - 1) * 1_000_000 <= value * i128::from(self.free.gap_tolerance.0)
    }

    pub(super) fn limits(&self) -> [Option<i128>; 3] {
        let limits = &self.within.limits;
        let (cost, carbon) = (limits.max_monthly_cost, limits.max_monthly_carbon);
        [cost.map(Money::micros), carbon.map(|most| most.0), limits.max_wait.map(|most| most.0)]
    }

    /// Limits a target to `most`, and what rounding adds: each of a group's lines, and each region's, is rounded once.
    pub(super) fn keep(&mut self, target: Target, most: i128) {
        /// Cost lines of a group.
        const LINES: i128 = 8;
        let groups = self.best.groups().len() + self.best.pools().len();
        let lines = (groups * LINES as usize + self.free.regions.len()) as i128;
        let limits = &mut self.within.limits;
        match target {
            Target::Cost => {
                let most = Money::from_micros(most + lines);
                limits.max_monthly_cost = Some(limits.max_monthly_cost.map_or(most, |stated| stated.min(most)));
            }
            Target::Carbon => {
                let most = Carbon(most + lines);
                limits.max_monthly_carbon = Some(limits.max_monthly_carbon.map_or(most, |stated| stated.min(most)));
            }
            Target::Latency => limits.max_wait = Some(Wait(most + lines)),
        }
    }

    /// Looks for less of `target` within the limits.
    pub(super) fn minimise(&mut self, target: Target) -> Result<(), Disagreement> {
        if !self.free.pools.is_empty() {
            return self.minimise_with_pools(target);
        }
        let Some(least) = self.at(Weights::of(target), target)? else { return Ok(()) };
        for limit in Target::ALL {
            if limit != target && !self.is_settled(target) {
                self.trade(target, limit, least.clone())?;
            }
        }
        if !self.is_settled(target) && self.free.workloads.len() * self.free.regions.len() <= FEW_PAIRS {
            self.settle(target)?;
        }
        Ok(())
    }

    /// The placement of the least weight, whatever the limits.
    fn at(&mut self, weights: Weights, target: Target) -> Result<Option<Placement>, Disagreement> {
        let mut weighed = if weights.money { self.free.clone() } else { free_of_charge(&self.free) };
        weighed.objective.carbon_per_tonne = Money::from_micros(weights.carbon);
        weighed.objective.latency_per_rps_ms = Money::from_micros(weights.latency);
        let formulation = formulate(&weighed);
        let outcome = proven(&weighed, &formulation, &solve::solve(&weighed, &formulation, self.effort))?;
        let Some((placement, bound)) = outcome.as_ref().and_then(Outcome::placement) else { return Ok(None) };
        self.prove(weights, target, bound.micros());
        let assignment = placement.assignment();
        self.offer(target, assignment.clone());
        check::placement(&self.free, assignment).map(Some).map_err(Disagreement)
    }

    /// Learns from the least weight of any placement.
    pub(super) fn prove(&mut self, weights: Weights, target: Target, least: i128) {
        let mut left = least;
        let limits = self.limits();
        let (mut own, mut per) = (0, 1);
        for (other, (weight, unit)) in Target::ALL.into_iter().zip(weights.parts()) {
            match limits[other as usize] {
                _ if other == target => (own, per) = (weight, unit),
                _ if weight == 0 => {}
                // Rounded up: it is taken away.
                Some(most) => left -= (most * weight + unit - 1) / unit,
                None => return,
            }
        }
        if own > 0 {
            self.bound = self.bound.max((left * per).div_euclid(own));
        }
    }

    /// Keeps a placement within the limits that has less of the target, or as little at less cost.
    pub(super) fn offer(&mut self, target: Target, assignment: Assignment) {
        let Ok(placement) = check::placement(&self.within, assignment) else { return };
        let rank = |placement: &Placement| (values(placement.totals())[target as usize], placement.cost());
        if rank(&placement) < rank(&self.best) {
            self.best = placement;
        }
    }

    /// Trades a target for one that is limited: from `over` the limit towards placements within it.
    fn trade(&mut self, target: Target, limit: Target, mut over: Placement) -> Result<(), Disagreement> {
        let Some(most) = self.limits()[limit as usize] else { return Ok(()) };
        let of = |placement: &Placement, target: Target| values(placement.totals())[target as usize];
        if of(&over, limit) <= most {
            return Ok(());
        }
        let mut within = self.best.clone();
        for _ in 0..MOST_SEARCHES {
            let gained = of(&within, target) - of(&over, target);
            let given = of(&over, limit) - of(&within, limit);
            if gained <= 0 || given <= 0 || self.is_settled(target) || self.effort.interrupt.is_raised() {
                break;
            }
            let weights = Weights::balanced((target, gained), (limit, given));
            let Some(found) = self.at(weights, target)? else { break };
            let weigh = |placement: &Placement| -> i128 {
                let parts = values(placement.totals()).into_iter().zip(weights.parts());
                parts.map(|(value, (weight, unit))| value * weight / unit).sum()
            };
            // Nothing lies below the line of the two: the weights are the best.
            let is_corner = weigh(&found) < weigh(&over).min(weigh(&within));
            if of(&found, limit) > most {
                over = found;
            } else {
                within = found;
            }
            if !is_corner {
                break;
            }
        }
        self.mix((target, limit), most, &over, &within);
        Ok(())
    }

    /// Offers a placement between one `over` a limit and one `within` it: of each unit what one of the two has.
    fn mix(&mut self, (target, limit): (Target, Target), most: i128, over: &Placement, within: &Placement) {
        let mut order: Vec<(i128, i128, usize)> = Vec::new();
        for (at, unit) in self.units.iter().enumerate() {
            let (over, within) = (unit.values(&self.free, over), unit.values(&self.free, within));
            let gained = within[target as usize] - over[target as usize];
            if gained > 0 {
                order.push((gained, over[limit as usize] - within[limit as usize], at));
            }
        }
        // What is gained for each part that is given, the most first; of equal ones the first.
        order.sort_by(|a, b| (b.0 * a.1.max(1)).cmp(&(a.0 * b.1.max(1))).then(a.2.cmp(&b.2)));
        let mut room = most - values(within.totals())[limit as usize];
        let mut is_over = vec![false; self.units.len()];
        for (_, given, at) in order {
            if given <= room {
                room -= given;
                is_over[at] = true;
            }
        }
        let (over, within) = (over.assignment(), within.assignment());
        let mut mixed = Assignment::default();
        for (unit, is_over) in self.units.iter().zip(is_over) {
            mixed.groups.extend(unit.part(if is_over { &over } else { &within }).groups);
        }
        self.offer(target, mixed);
    }

    /// Settles a target exactly, as a program with a row for each limit.
    fn settle(&mut self, target: Target) -> Result<(), Disagreement> {
        let mut staged = self.within.clone();
        staged.objective.target = target;
        let formulation = formulate(&staged);
        // Searches know no target but cost.
        let effort = Effort { as_programs: true, ..self.effort };
        let mut least = 0;
        let mut shares = Vec::new();
        let endings = solve::solve(&staged, &formulation, effort);
        for (block, ended) in formulation.blocks.iter().zip(&endings) {
            let (Ended::Optimal(found) | Ended::Feasible(found)) = ended else { return Ok(()) };
            least += found.bound;
            shares.extend(block.services.iter().copied().zip(&found.shares));
        }
        let assignment = solve::assignment(&staged, &formulation, shares);
        // Each step's emissions are rounded up where they are a mean of hours.
        let changes = self.free.workloads.iter().filter(|workload| workload.profile.calendar.periods() > 1).count();
        let rounded = if target == Target::Carbon { (changes * self.free.regions.len()) as i128 } else { 0 };
        let is_money = target == Target::Cost;
        let least = if is_money { floor_to_money(least).micros() } else { least.div_euclid(PER_UNIT) };
        self.bound = self.bound.max(least - rounded);
        check::placement(&self.within, assignment.clone()).map_err(Disagreement)?;
        self.offer(target, assignment);
        Ok(())
    }
}
