//! Limits on sums over everything, of money paid and carbon emitted, by prices.
//!
//! With a price p >= 0 on what a limit counts, and the limit itself left out, everything falls apart into blocks that are solved as ever. By weak duality
//!
//! > cost >= least over all placements of (cost + p × counted) − p × limit
//!
//! for any price, so that every search gives a bound, and every placement found that keeps the limits a candidate. The next price is the one at which
//! the best placements known on both sides of the limit cost the same: their line is the dual's, until nothing lies below it. Two limits are priced in turn.
//! Of the two placements at the end each block takes one: as many as may be that of the cheaper, those first that save most for what they add.
//! Few pairs of workload and region are then settled exactly, as one program with a row for each limit; else the gap that is left is told.

use std::sync::Arc;

use super::unit::Unit;
use super::{Disagreement, Outcome, is_within, proven};
use crate::check::{self, Placement, Totals};
use crate::formulate::formulate;
use crate::model::{Assignment, Link, LinkTable, Problem, RegionId};
use crate::solve::{self, Effort, is_small, without_sums};
use crate::units::Money;

/// Searches at most for one limit in one turn.
const MOST_SEARCHES: usize = 14;

/// Turns at most where both limits have a price.
const MOST_TURNS: usize = 3;

/// The highest prices: parts of a million added to what is paid, micro-USD for a tonne.
const HIGHEST: [i128; 2] = [1_000_000_000, 1_000_000_000_000];

/// Prices of what is paid, in millionths of itself, and of carbon, in micro-USD for a tonne.
type Prices = [i128; 2];

struct Search<'a> {
    problem: &'a Problem,
    effort: Effort<'a>,
    /// Without limits on sums.
    free: Problem,
    /// What is decided together then.
    units: Vec<Unit>,
    best: Option<Placement>,
    bound: Money,
}

/// How a search at some prices ended.
enum At {
    Found(Box<Placement>),
    Impossible,
    Undecided,
}

/// The cheapest placement within the limits; `None` if it is proven that there is none.
pub(super) fn outcome(problem: &Problem, effort: Effort) -> Result<Option<Outcome>, Disagreement> {
    let (free, units) = (without_sums(problem), Vec::new());
    let mut search = Search { problem, effort, free, units, best: None, bound: Money::ZERO };
    match search.at([0, 0])? {
        At::Impossible => return Ok(None),
        At::Found(_) | At::Undecided => {}
    }
    // Where the cheapest placement found keeps the limits, none of them is scarce, and no price would prove more.
    if search.best.is_none() {
        if !solve::can_hold_sums(problem) {
            return Ok(None);
        }
        search.price()?;
    }
    if !search.is_settled() && is_small(problem) {
        let formulation = formulate(problem);
        match proven(problem, &formulation, &solve::solve(problem, &formulation, effort))? {
            None => return Ok(None),
            Some(exact) => {
                if let Some((placement, bound)) = exact.placement() {
                    search.bound = search.bound.max(bound);
                    search.offer(placement.clone());
                }
            }
        }
    }
    let Some(best) = search.best else { return Ok(Some(Outcome::Undecided)) };
    let bound = search.bound.min(best.cost());
    let is_optimal = is_within(best.cost(), bound, problem.gap_tolerance);
    Ok(Some(Outcome::of(best, bound, is_optimal)))
}

impl Search<'_> {
    fn is_settled(&self) -> bool {
        let is_near =
            |best: &Placement| is_within(best.cost(), self.bound.min(best.cost()), self.problem.gap_tolerance);
        self.best.as_ref().is_some_and(is_near) || self.effort.interrupt.is_raised()
    }

    fn offer(&mut self, placement: Placement) {
        if self.best.as_ref().is_none_or(|best| placement.cost() < best.cost()) {
            self.best = Some(placement);
        }
    }

    /// The limits in the units of [`counted`].
    fn limits(&self) -> [Option<i128>; 2] {
        let limits = &self.problem.limits;
        [limits.max_monthly_cost.map(Money::micros), limits.max_monthly_carbon.map(|most| most.0)]
    }

    /// Searches at the given prices.
    fn at(&mut self, prices: Prices) -> Result<At, Disagreement> {
        let problem = at_prices(&self.free, prices);
        let formulation = formulate(&problem);
        let Some(outcome) = proven(&problem, &formulation, &solve::solve(&problem, &formulation, self.effort))? else {
            return Ok(At::Impossible);
        };
        let Some((placement, bound)) = outcome.placement() else { return Ok(At::Undecided) };
        // What the limits leave is worth so much at these prices, rounded up.
        let [paid, carbon] = self.limits();
        let worth = (paid.unwrap_or(0) * prices[0] + 999_999) / 1_000_000
            + (carbon.unwrap_or(0) * prices[1] + 999_999_999) / 1_000_000_000;
        self.bound = self.bound.max(bound - Money::from_micros(worth));
        let assignment = placement.assignment();
        if let Ok(within) = check::placement(self.problem, assignment.clone()) {
            self.offer(within);
        }
        if self.units.is_empty() {
            self.units = Unit::of_blocks(&formulation);
        }
        let at_true_prices = check::placement(&self.free, assignment).map_err(Disagreement)?;
        Ok(At::Found(Box::new(at_true_prices)))
    }

    /// Looks for the prices of the best bound.
    fn price(&mut self) -> Result<(), Disagreement> {
        let mut prices = [0, 0];
        let limited: Vec<usize> = (0..2).filter(|&limit| self.limits()[limit].is_some()).collect();
        let turns = if limited.len() > 1 { MOST_TURNS } else { 1 };
        for _ in 0..turns {
            for &limit in &limited {
                if !self.is_settled() {
                    prices[limit] = self.price_one(limit, prices)?;
                }
            }
        }
        Ok(())
    }

    /// The price of one limit, beside that of the other.
    fn price_one(&mut self, limit: usize, beside: Prices) -> Result<i128, Disagreement> {
        let Some(most) = self.limits()[limit] else { return Ok(0) };
        let with = |price: i128| {
            let mut prices = beside;
            prices[limit] = price;
            prices
        };
        let (mut low, mut high) = (0, HIGHEST[limit]);
        let At::Found(mut over) = self.at(with(low))? else { return Ok(0) };
        if counted(over.totals())[limit] <= most {
            return Ok(low);
        }
        let At::Found(mut within) = self.at(with(high))? else { return Ok(0) };
        for _ in 0..MOST_SEARCHES {
            // Everything but the price sought, at both ends.
            let rest = |totals: &Totals| {
                let other = 1 - limit;
                totals.objective().micros() + worth(other, counted(totals)[other], beside[other])
            };
            let (dearer, less) = {
                let (over, within) = (over.totals(), within.totals());
                (rest(within) - rest(over), counted(over)[limit] - counted(within)[limit])
            };
            if less <= 0 || self.is_settled() {
                break;
            }
            let price = (dearer.max(0) * unit(limit) / less).clamp(low, high);
            if price == low || price == high {
                break;
            }
            let At::Found(found) = self.at(with(price))? else { break };
            let at_price = |totals: &Totals| rest(totals) + worth(limit, counted(totals)[limit], price);
            // Nothing lies below the line of the two: the price is the best.
            let is_corner = at_price(found.totals()) < at_price(over.totals()).min(at_price(within.totals()));
            if counted(found.totals())[limit] > most {
                (low, over) = (price, found);
            } else {
                (high, within) = (price, found);
            }
            if !is_corner {
                break;
            }
        }
        self.mix(limit, most, &over, &within);
        Ok(high)
    }

    /// Offers a placement between one `over` a limit and one `within` it.
    fn mix(&mut self, limit: usize, most: i128, over: &Placement, within: &Placement) {
        let of = |unit: &Unit, placement: &Placement| {
            (unit.cost(&self.free, placement), unit.counted(&self.free, placement)[limit])
        };
        let mut order: Vec<(i128, i128, usize)> = Vec::new();
        for (at, unit) in self.units.iter().enumerate() {
            let ((cost, taken), (dearer, less)) = (of(unit, over), of(unit, within));
            if cost < dearer {
                order.push(((dearer - cost).micros(), taken - less, at));
            }
        }
        // What is saved for each part that is added, the most first; of equal ones the first.
        order.sort_by(|a, b| (b.0 * a.1.max(1)).cmp(&(a.0 * b.1.max(1))).then(a.2.cmp(&b.2)));
        let mut room = most - counted(within.totals())[limit];
        let mut is_over = vec![false; self.units.len()];
        for (_, adds, at) in order {
            if adds <= room {
                room -= adds;
                is_over[at] = true;
            }
        }
        let (over, within) = (over.assignment(), within.assignment());
        let mut mixed = Assignment::default();
        for (unit, is_over) in self.units.iter().zip(is_over) {
            mixed.groups.extend(unit.part(if is_over { &over } else { &within }).groups);
        }
        if let Ok(placement) = check::placement(self.problem, mixed) {
            self.offer(placement);
        }
    }
}

/// What the limits count: micro-USD paid, milligrams emitted.
fn counted(totals: &Totals) -> [i128; 2] {
    [totals.paid().micros(), totals.emissions.map_or(0, |emissions| emissions.0)]
}

/// Parts that a price is for: of a micro-USD, of a milligram.
const fn unit(limit: usize) -> i128 {
    [1_000_000, 1_000_000_000][limit]
}

/// What so much of what a limit counts is worth at a price, in micro-USD.
const fn worth(limit: usize, amount: i128, price: i128) -> i128 {
    amount * price / unit(limit)
}

/// The problem with prices on what is limited; never dearer than they say.
fn at_prices(free: &Problem, prices: Prices) -> Problem {
    let mut raised = free.clone();
    raised.objective.carbon_per_tonne += Money::from_micros(prices[1]);
    if prices[0] == 0 {
        return raised;
    }
    let more = |money: Money| Money::from_micros(money.micros() + money.micros() * prices[0] / 1_000_000);
    for region in &mut raised.regions {
        region.fixed_monthly = more(region.fixed_monthly);
        region.internet_egress_per_gb = region.internet_egress_per_gb.map(more);
        region.zone_egress_per_gb = region.zone_egress_per_gb.map(more);
        region.storage_per_gib = region.storage_per_gib.map(more);
        for offer in Arc::make_mut(&mut region.offers) {
            offer.hourly = more(offer.hourly);
        }
        for offer in &mut region.functions {
            offer.million_requests = more(offer.million_requests);
            offer.million_gib_seconds = more(offer.million_gib_seconds);
            offer.million_vcpu_seconds = offer.million_vcpu_seconds.map(more);
        }
    }
    if !raised.links.is_empty() {
        let regions = || (0..free.regions.len()).map(RegionId::at);
        let link = |from, to| {
            let link = free.links.get(from, to);
            Link { egress_per_gb: link.egress_per_gb.map(more), ..link }
        };
        raised.links =
            LinkTable::from_rows(regions().map(|from| regions().map(|to| link(from, to)).collect()).collect());
    }
    raised
}
