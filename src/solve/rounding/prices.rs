//! Good prices for the bound over whole replicas, by the volume algorithm, then again with classes of about the same price as one.
//!
//! From the best prices known a step is taken along what is left unanswered, averaged over the rounds so far (Barahona and Anbil, 2000). Where regions that answer
//! several classes have room to spare, these classes have one price at the best bound, and which of them a region fills first is a matter of ties: rounds then
//! answer one of them twice and another not at all, and what little all of them have too much or too little of drowns in that. A second ascent moves
//! their prices together.
//!
//! Floating point is harmless here: a bound is computed in whole numbers from whatever prices come out.

use super::chain::{Chain, Options, Table};
use crate::formulate::{Femto, Reach};
use crate::solve::rows::float;

/// Prices are about the same if what they are above the cost of traffic differs by less than one part in so many.
const ALIKE: Femto = 50;

/// Rounds without a better bound before steps become shorter.
const PATIENCE: u32 = 3;

/// Where an ascent ended.
pub(super) struct Point {
    pub(super) prices: Vec<Femto>,
    pub(super) table: Table,
    /// By candidate: the units that it takes, averaged over the rounds.
    pub(super) average: Vec<f64>,
}

/// What an ascent aims at.
#[derive(Clone, Copy)]
pub(super) struct Aim {
    /// The best known cost.
    pub(super) cost: Femto,
    /// A bound that is high enough.
    pub(super) enough: Femto,
}

/// How an ascent moves.
struct Way<'g> {
    rounds: u32,
    /// Length of the first step.
    length: f64,
    /// By class: the first one that its price moves with.
    groups: &'g [usize],
}

/// First guesses: what a milli-rps costs on its way where that is least, without machines and with their least cost.
pub(super) fn first(chain: &Chain<'_>) -> [Vec<Femto>; 2] {
    let least = |with_machines: bool| -> Vec<Femto> {
        let of_class = |class: &crate::formulate::Class| {
            let answering = (0..class.reach.len()).filter(|&candidate| class.reach[candidate] != Reach::No);
            let cost = |candidate: usize| {
                let steps = chain.service.candidates[candidate].curve.steps().iter();
                let machines = steps.map(|step| step.cost / Femto::from(step.capacity.max(1))).min().unwrap_or(0);
                class.cost[candidate] + if with_machines { machines } else { 0 }
            };
            answering.map(cost).min().unwrap_or(0)
        };
        chain.classes.iter().map(of_class).collect()
    };
    [least(false), least(true)]
}

/// Prices improved from `start`; `seen` is shown every table and says what to aim at. `None` if nothing within `options` carries the demand.
pub(super) fn ascend(
    chain: &Chain<'_>,
    options: &Options,
    start: &[Femto],
    rounds: u32,
    seen: &mut impl FnMut(&Table) -> Aim,
) -> Option<Point> {
    let apart: Vec<usize> = (0..start.len()).collect();
    let length = if rounds > 30 { 1.0 } else { 0.5 };
    let first = phase(chain, options, start, &Way { rounds, length, groups: &apart }, seen)?;
    let groups = alike(chain, &first.prices);
    if groups == apart || first.table.bound >= seen(&first.table).enough {
        return Some(first);
    }
    let together = averaged(chain, &first.prices, &groups);
    let second = phase(chain, options, &together, &Way { rounds: rounds * 2 / 3, length, groups: &groups }, seen)?;
    // Averages of rounds that move apart say more.
    Some(if second.table.bound > first.table.bound { Point { average: first.average, ..second } } else { first })
}

fn phase(
    chain: &Chain<'_>,
    options: &Options,
    start: &[Femto],
    way: &Way<'_>,
    seen: &mut impl FnMut(&Table) -> Aim,
) -> Option<Point> {
    let classes = start.len();
    let mut length = way.length;
    let mut stalled = 0;
    let mut at = start.to_vec();
    let mut along: Vec<f64> = Vec::new();
    let mut average = vec![0.0; options.of.len()];
    let mut best: Option<(Vec<Femto>, Table)> = None;
    for _ in 0..way.rounds {
        let table = chain.table(options, &at)?;
        let aim = seen(&table);
        let mut unanswered = vec![0.0; classes];
        for (class, &served) in table.served.iter().enumerate() {
            unanswered[way.groups[class]] += float(chain.classes[class].rate) - float(served);
        }
        let part = if along.is_empty() { 1.0 } else { nearest(&unanswered, &along) };
        along.resize(classes, 0.0);
        for (along, now) in along.iter_mut().zip(&unanswered) {
            *along += part * (now - *along);
        }
        for (candidate, average) in average.iter_mut().enumerate() {
            let units = chain.units_of(candidate, table.chosen[candidate]);
            *average += part * (float(units as u64) - *average);
        }
        if best.as_ref().is_none_or(|(_, best)| table.bound > best.bound) {
            let is_onward = unanswered.iter().zip(&along).map(|(now, along)| now * along).sum::<f64>() > 0.0;
            length = if is_onward { (length * 1.2_f64).min(2.0) } else { length };
            stalled = 0;
            best = Some((at.clone(), table));
        } else {
            stalled += 1;
            if stalled == PATIENCE {
                length *= 0.66;
                stalled = 0;
            }
        }
        let Some((center, reached)) = &best else { break };
        let square: f64 = along.iter().map(|along| along * along).sum();
        let is_balanced = unanswered.iter().all(|&unanswered| unanswered == 0.0);
        if reached.bound >= aim.enough || is_balanced || square < 1.0 {
            break;
        }
        let step = length * amount(aim.cost - reached.bound) / square;
        for (class, (at, center)) in at.iter_mut().zip(center).enumerate() {
            *at = center + rounded(step * along[way.groups[class]]);
        }
    }
    let (prices, table) = best?;
    Some(Point { prices, table, average })
}

/// How far to go from the average towards what is unanswered now, so that the two together are least.
fn nearest(now: &[f64], along: &[f64]) -> f64 {
    let (mut down, mut square) = (0.0, 0.0);
    for (now, along) in now.iter().zip(along) {
        let change = now - along;
        down -= along * change;
        square += change * change;
    }
    match (square > 0.0).then(|| down / square) {
        Some(part) if part >= 1.0 => 0.5,
        Some(part) => part.max(0.05),
        None => 0.1,
    }
}

/// For each class the first one of about the same price.
fn alike(chain: &Chain<'_>, prices: &[Femto]) -> Vec<usize> {
    let [traffic, _] = first(chain);
    let mut groups: Vec<usize> = (0..prices.len()).collect();
    let mut order = groups.clone();
    order.sort_by_key(|&class| (prices[class], class));
    for pair in order.windows(2) {
        let (below, above) = (pair[0], pair[1]);
        let beyond = (prices[below] - traffic[below]).max(prices[above] - traffic[above]);
        if (prices[above] - prices[below]) * ALIKE < beyond {
            groups[above] = groups[below];
        }
    }
    groups
}

/// The mean price of each group, weighted by demand, for all its classes.
fn averaged(chain: &Chain<'_>, prices: &[Femto], groups: &[usize]) -> Vec<Femto> {
    let mean = |&group: &usize| {
        let members = || groups.iter().enumerate().filter(move |(_, of)| **of == group).map(|(class, _)| class);
        let rate = |class: usize| Femto::from(chain.classes[class].rate);
        let worth: Femto = members().map(|class| prices[class] * rate(class)).sum();
        worth / members().map(rate).sum::<Femto>().max(1)
    };
    groups.iter().map(mean).collect()
}

#[expect(clippy::cast_precision_loss, reason = "approximation")]
fn amount(amount: Femto) -> f64 {
    amount as f64
}

#[expect(clippy::cast_possible_truncation, reason = "a price may be any number near the given one")]
fn rounded(price: f64) -> Femto {
    price.round() as Femto
}
