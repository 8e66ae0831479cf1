//! Lower bounds in whole numbers, by Lagrangian relaxation of the demand and the lateness of one service.
//!
//! Let p(c) be the price of serving a class and q >= 0 the price of lateness. For any placement of the service, with step s(r) and traffic
//! x(c, r) in each region r it uses,
//!
//! > cost >= sum over c of p(c) × demand(c)  −  q × late allowance
//! >         + sum over used r of [ cost(s(r)) − sum over c of (p(c) − egress(r) − q × late(c, r)) × x(c, r) ]
//!
//! because demand is served exactly and lateness stays within its allowance (weak duality). Within a region the bracket is least when traffic
//! is filled in by descending profit up to the step's capacity. That least value is the step's *reduced cost*: a placement that uses the step
//! costs at least the bound plus what the step adds to it, so a step beyond the best known cost can be discarded.
//!
//! All arithmetic is on integers: the bound holds exactly, whatever the multipliers.

use super::relaxation::Multipliers;
use crate::formulate::{Class, Femto, Reach, Service};

/// The reduced costs of a service under given multipliers.
#[derive(Clone, Debug)]
pub(super) struct Lagrangian {
    /// The part of the bound that no decision changes.
    pub(super) constant: Femto,
    /// Reduced cost by candidate and step.
    pub(super) reduced: Vec<Vec<Femto>>,
}

impl Lagrangian {
    /// Evaluates every step of every candidate.
    pub(super) fn evaluate(service: &Service, classes: &[Class], multipliers: &Multipliers) -> Self {
        let worth: Femto =
            classes.iter().zip(&multipliers.class).map(|(class, price)| price * i128::from(class.rate)).sum();
        let constant = worth - multipliers.late * i128::from(service.late_allowance);
        let reduced = (0..service.candidates.len())
            .map(|position| reduced_costs(service, classes, multipliers, position))
            .collect();
        Self { constant, reduced }
    }

    /// The bound on any placement of the service, whatever the number of regions.
    pub(super) fn free_bound(&self) -> Femto {
        self.constant + (0..self.reduced.len()).map(|candidate| self.least(candidate)).sum::<Femto>()
    }

    /// The least that a candidate adds to the bound: its best step, or nothing if it is better left unused.
    pub(super) fn least(&self, candidate: usize) -> Femto {
        self.reduced[candidate].iter().min().copied().unwrap_or(0).min(0)
    }

    /// Positions of the steps of a candidate that a placement cheaper than `limit` can use.
    ///
    /// Using a step instead of the best that the bound assumes for the region raises the bound by the difference.
    pub(super) fn survivors(&self, candidate: usize, limit: Femto) -> impl Iterator<Item = usize> + '_ {
        let elsewhere = self.free_bound() - self.least(candidate);
        self.reduced[candidate]
            .iter()
            .enumerate()
            .filter(move |(_, reduced)| elsewhere + **reduced < limit)
            .map(|(step, _)| step)
    }
}

fn reduced_costs(service: &Service, classes: &[Class], multipliers: &Multipliers, position: usize) -> Vec<Femto> {
    let candidate = &service.candidates[position];
    let mut profits: Vec<(Femto, u64)> = classes
        .iter()
        .zip(&multipliers.class)
        .filter_map(|(class, price)| {
            let late = match class.reach[position] {
                Reach::No => return None,
                Reach::InTime => 0,
                Reach::Late => multipliers.late,
            };
            let profit = price - candidate.egress - late;
            (profit > 0).then_some((profit, class.rate))
        })
        .collect();
    profits.sort_unstable_by(|a, b| b.cmp(a));
    let mut profits = profits.into_iter();
    let (mut filled, mut earned) = (0_u64, 0_i128);
    let mut open: Option<(Femto, u64)> = profits.next();
    candidate
        .curve
        .steps()
        .iter()
        .map(|step| {
            while let Some((profit, rate)) = open {
                let taken = rate.min(step.capacity - filled);
                filled += taken;
                earned += profit * i128::from(taken);
                if taken < rate {
                    open = Some((profit, rate - taken));
                    break;
                }
                open = profits.next();
            }
            step.cost - earned
        })
        .collect()
}
