//! Commitments that have prices: a bound, and placements near it, where a search over caps would take too long.
//!
//! > cost >= least(m) − sum over commitments c of m(c) × quantity(c)      for any prices m >= 0
//!
//! where least(m) is what everything costs at least if each committed machine costs m(c) more, and each region of each service may take as many as there are. If too
//! many are taken, the next price is what the last machine saves for which there is room; if too few, half of what is between it and the price at which too many were. What is
//! taken at each price is cut down to what there is, which gives a placement. Prices are found by drafts; only at the last are services settled with all effort.

use std::collections::{BTreeMap, BTreeSet};

use super::{Placed, Taken, User, all_of, cut_down, taken, unshared};
use crate::formulate::{Block, Femto, Service};
use crate::model::{CommitmentId, Problem};
use crate::solve::{Effort, Ended, Found};

/// Times that prices change, at most.
const TURNS: usize = 7;

/// Prices that change by less than such a part are found.
const SAME: Femto = 32;

/// Prices at which the right number is taken, as far as is known, are between these.
#[derive(Clone, Copy, Debug, Default)]
struct Range {
    low: Femto,
    high: Option<Femto>,
}

pub(super) fn solve(problem: &Problem, block: &Block, services: &[&Service], effort: Effort<'_>) -> Ended {
    let quantities: Vec<u64> = problem.commitments.iter().map(|commitment| commitment.quantity.into()).collect();
    let mut ranges: BTreeMap<CommitmentId, Range> = BTreeMap::new();
    let mut prices: BTreeMap<CommitmentId, Femto> = BTreeMap::new();
    let mut best: Option<Placed> = None;
    let mut bound: Femto = 0;
    let mut is_last = false;
    for turn in 0..=TURNS {
        is_last |= turn == TURNS;
        let draft = Effort { is_draft: true, program_work: 0, ..effort };
        let dearer: Vec<Service> = services.iter().map(|service| repriced(service, &prices)).collect();
        let found = match unshared(problem, block, dearer.clone(), services, if is_last { effort } else { draft }) {
            Ended::Optimal(found) | Ended::Feasible(found) => found,
            // Prices only make machines dearer.
            Ended::Infeasible => return Ended::Infeasible,
            Ended::Undecided if is_last => break,
            Ended::Undecided => {
                is_last = true;
                continue;
            }
        };
        let given: Femto =
            prices.iter().map(|(commitment, price)| price * Femto::from(quantities[commitment.index()])).sum();
        bound = bound.max(found.bound - given);
        let dearer: Vec<&Service> = dearer.iter().collect();
        let taken = taken(&dearer, &found.shares);
        let (shares, cost) = cut_down(problem, services, &dearer, &found, &taken);
        if best.as_ref().is_none_or(|(_, known)| cost < *known) {
            best = Some((shares, cost));
        }
        let is_enough = best.as_ref().is_some_and(|(_, cost)| effort.accepts(*cost, bound));
        if is_last || is_enough || effort.interrupt.is_raised() {
            break;
        }
        let next = next(&prices, &mut ranges, &taken, &quantities);
        is_last = next.iter().all(|(commitment, price)| {
            let before = prices.get(commitment).copied().unwrap_or(0);
            (price - before).abs() <= before / SAME
        });
        prices = next;
    }
    let Some((shares, cost)) = best else { return Ended::Undecided };
    Ended::of(Found { shares, cost, bound: bound.min(cost) }, effort)
}

/// Prices that are nearer to those at which as many are taken as there are.
fn next(
    prices: &BTreeMap<CommitmentId, Femto>,
    ranges: &mut BTreeMap<CommitmentId, Range>,
    taken: &BTreeMap<User, Taken>,
    quantities: &[u64],
) -> BTreeMap<CommitmentId, Femto> {
    let all = all_of(taken);
    let known: BTreeSet<CommitmentId> = all.keys().chain(prices.keys()).copied().collect();
    let mut next = prices.clone();
    for commitment in known {
        let price = prices.get(&commitment).copied().unwrap_or(0);
        let (count, quantity) = (all.get(&commitment).copied().unwrap_or(0), quantities[commitment.index()]);
        let range = ranges.entry(commitment).or_default();
        let between = |range: &Range, high: Femto| range.low + (high - range.low) / 2;
        if count > quantity {
            range.low = price;
            let last = last_saving(taken, commitment, quantity);
            let aim = price + last.max(1);
            next.insert(commitment, range.high.map_or(aim, |high| aim.min(between(range, high))));
        } else if count < quantity && price > 0 {
            range.high = Some(price);
            next.insert(commitment, between(range, price));
        }
    }
    next
}

/// What the last machine of a commitment saves for which there is room, if those that save most come first.
fn last_saving(taken: &BTreeMap<User, Taken>, commitment: CommitmentId, quantity: u64) -> Femto {
    let own = taken.iter().filter(|((.., of), _)| *of == commitment);
    let mut savings: Vec<(Femto, u64)> = own.map(|(_, taken)| (taken.saving, taken.count)).collect();
    savings.sort_unstable_by(|a, b| b.cmp(a));
    let mut before = 0;
    let last = savings.iter().find(|(_, count)| {
        before += count;
        before > quantity
    });
    last.map_or(0, |(saving, _)| *saving)
}

fn repriced(service: &Service, prices: &BTreeMap<CommitmentId, Femto>) -> Service {
    let mut service = service.clone();
    for candidate in &mut service.candidates {
        candidate.curve = candidate.curve.repriced(prices);
    }
    service
}
