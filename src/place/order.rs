//! Objectives one after another: each target of an order is minimised among the placements that are as good in all targets before it.
//!
//! > stage k: minimise value(k)  subject to  value(j) <= (1 + tolerance) × best(j)  for all j before k
//!
//! where best(j) is what the stage of j found, and the last target is given no part of. So the placement found by one stage is one of the next. Every stage has a bound of its
//! own: no placement within the limits of its stage has less. Where a stage is not settled, later ones are held to what was found and not to what might be there; their
//! bounds are as true, and the whole is `feasible`.
//!
//! A stage is searched by weights, as limits on sums are (`limits.rs`). With weights p >= 0 everything falls apart into blocks, and
//!
//! > value(k) >= (least over all placements of (sum over j of p(j) value(j)) − sum over j ≠ k of p(j) limit(j)) / p(k)
//!
//! The next weights are those at which the best placements known on both sides of a limit weigh the same. Few pairs of workload and region are then settled exactly, as a
//! program with a row for each limit (`formulate::order`).
//!
//! At last, where cost does not come last, a placement that costs less and is as good in everything is taken if one is found; nothing is claimed of that.

use super::unit::Unit;
use super::{Disagreement, Outcome, limits, proven};
use crate::check::{self, Placement, Totals};
use crate::formulate::{PER_UNIT, floor_to_money, formulate};
use crate::model::{Assignment, Order, Problem, Target};
use crate::solve::{self, Effort, Ended, free_of_charge, without_sums};
use crate::units::{Carbon, Money, Wait};

/// Searches at most for the weight of one limit.
const MOST_SEARCHES: usize = 14;

/// Pairs of workload and region that are few enough to be decided as one program: a workload over all regions of three clouds takes a second.
const FEW_PAIRS: usize = 150;

/// Micro-USD of a tonne at which a milligram weighs as much as a micro-USD.
const MILLIGRAMS: i128 = 1_000_000_000;

/// Micro-USD of a request per second and a millisecond at which a unit of [`Wait`] weighs as much as a micro-USD.
const WAITS: i128 = 1_000_000;

/// What became of one target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stage {
    /// The target.
    pub target: Target,
    /// The least value that its stage found: micro-USD, milligrams, or units of [`Wait`].
    pub best: i128,
    /// No placement that leaves the targets before it what they were promised has less.
    pub bound: i128,
    /// Whether the two are within the gap tolerance of each other.
    pub is_proven: bool,
    /// The value in the answer, which later targets may have raised.
    pub value: i128,
}

/// Micro-USD, milligrams, and units of [`Wait`].
type Values = [i128; 3];

/// The best placement in the order, with its stages; `None` if it is proven that there is none.
pub(super) fn outcome(
    problem: &Problem,
    order: &Order,
    effort: Effort,
) -> Result<Option<(Outcome, Vec<Stage>)>, Disagreement> {
    let cheapest = if problem.limits.have_sums() {
        limits::outcome(problem, effort)?
    } else {
        let formulation = formulate(problem);
        proven(problem, &formulation, &solve::solve(problem, &formulation, effort))?
    };
    let Some(cheapest) = cheapest else { return Ok(None) };
    let Some((placement, least)) = cheapest.placement() else { return Ok(Some((Outcome::Undecided, Vec::new()))) };
    let mut search = Search::of(problem, effort, placement.clone());
    let mut stages: Vec<Stage> = Vec::with_capacity(order.targets.len());
    for (at, &target) in order.targets.iter().enumerate() {
        search.bound = 0;
        if at == 0 && target == Target::Cost {
            search.bound = least.micros();
        } else {
            search.minimise(target)?;
        }
        let best = search.value(target);
        stages.push(Stage { target, best, bound: search.bound, is_proven: false, value: best });
        let is_last = at + 1 == order.targets.len();
        let left = if is_last { 0 } else { best * i128::from(order.tolerance.0) / 1_000_000 };
        search.keep(target, best + left);
    }
    if order.targets.last() != Some(&Target::Cost) {
        search.minimise(Target::Cost)?;
    }
    let placement = check::placement(&search.within, search.best.assignment()).map_err(Disagreement)?;
    for stage in &mut stages {
        stage.value = values(placement.totals())[stage.target as usize];
        // What came later may have found less of a target that was not settled.
        stage.best = stage.best.min(stage.value);
        stage.is_proven = search.is_near(stage.best, stage.bound);
        stage.bound = stage.bound.min(stage.best);
    }
    let bound = stages.iter().find(|stage| stage.target == Target::Cost).map_or(0, |stage| stage.bound);
    let bound = Money::from_micros(bound).min(placement.cost());
    let is_optimal = stages.iter().all(|stage| stage.is_proven);
    Ok(Some((Outcome::of(placement, bound, is_optimal), stages)))
}

struct Search<'a> {
    /// With limits on what is settled.
    within: Problem,
    /// Without any limit on sums.
    free: Problem,
    effort: Effort<'a>,
    /// What is decided together where nothing is limited in sum.
    units: Vec<Unit>,
    /// The best placement for the target at hand.
    best: Placement,
    /// No placement within the limits has less of it.
    bound: i128,
}

/// What the parts of a sum weigh.
#[derive(Clone, Copy, Debug)]
struct Weights {
    /// Whether money does.
    money: bool,
    /// Micro-USD for a tonne.
    carbon: i128,
    /// Micro-USD for a request per second and a millisecond.
    latency: i128,
}

impl Weights {
    const NONE: Self = Self { money: false, carbon: 0, latency: 0 };

    /// Those under which nothing but a target weighs anything.
    fn of(target: Target) -> Self {
        match target {
            Target::Cost => Self { money: true, ..Self::NONE },
            Target::Carbon => Self { carbon: MILLIGRAMS, ..Self::NONE },
            Target::Latency => Self { latency: WAITS, ..Self::NONE },
        }
    }

    /// Those under which `(a, of_a)` and `(b, of_b)` weigh the same: so much of one target for so much of another.
    fn balanced((a, of_a): (Target, i128), (b, of_b): (Target, i128)) -> Self {
        /// Weights are whole: where money does not say how large they are, a milligram weighs so much that their rounding is not felt.
        const FINE: i128 = 1_000_000;
        let of = |target| {
            if a == target {
                Some(of_a)
            } else if b == target {
                Some(of_b)
            } else {
                None
            }
        };
        match (of(Target::Cost), of(Target::Carbon), of(Target::Latency)) {
            (Some(money), Some(carbon), _) => {
                Self { money: true, carbon: money * MILLIGRAMS / carbon.max(1), latency: 0 }
            }
            (Some(money), None, Some(wait)) => Self { money: true, latency: money * WAITS / wait.max(1), carbon: 0 },
            (None, Some(carbon), Some(wait)) => {
                Self { money: false, carbon: FINE * MILLIGRAMS, latency: FINE * carbon * WAITS / wait.max(1) }
            }
            _ => Self::NONE,
        }
    }

    /// The weight of a unit of each target, and what it is divided by.
    fn parts(self) -> [(i128, i128); 3] {
        [(i128::from(self.money), 1), (self.carbon, MILLIGRAMS), (self.latency, WAITS)]
    }
}

fn values(totals: &Totals) -> Values {
    // What is not known is not limited: `check` asks for figures where they count.
    let emitted = totals.emissions.map_or(0, |emissions| emissions.0);
    [totals.paid().micros(), emitted, totals.wait.map_or(0, |wait| wait.0)]
}

impl<'a> Search<'a> {
    fn of(problem: &Problem, effort: Effort<'a>, best: Placement) -> Self {
        let free = without_sums(problem);
        let units = Unit::of_blocks(&formulate(&free));
        Self { within: problem.clone(), free, effort, units, best, bound: 0 }
    }

    fn value(&self, target: Target) -> i128 {
        values(self.best.totals())[target as usize]
    }

    fn is_settled(&self, target: Target) -> bool {
        self.is_near(self.value(target), self.bound)
    }

    /// Whether a bound is within the gap tolerance of a value. Bounds are rounded down, so that one below is none.
    fn is_near(&self, value: i128, bound: i128) -> bool {
        (value - bound - 1) * 1_000_000 <= value * i128::from(self.free.gap_tolerance.0)
    }

    fn limits(&self) -> [Option<i128>; 3] {
        let limits = &self.within.limits;
        let (cost, carbon) = (limits.max_monthly_cost, limits.max_monthly_carbon);
        [cost.map(Money::micros), carbon.map(|most| most.0), limits.max_wait.map(|most| most.0)]
    }

    /// Limits a target to `most`, and what rounding adds: each of a group's lines, and each region's, is rounded once.
    fn keep(&mut self, target: Target, most: i128) {
        /// Cost lines of a group.
        const LINES: i128 = 8;
        let lines = (self.best.groups().len() * LINES as usize + self.free.regions.len()) as i128;
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
    fn minimise(&mut self, target: Target) -> Result<(), Disagreement> {
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
    fn prove(&mut self, weights: Weights, target: Target, least: i128) {
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
    fn offer(&mut self, target: Target, assignment: Assignment) {
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
