//! Lower bounds in whole numbers, by Lagrangian relaxation of the demand and the lateness of one service.
//!
//! Let p(c) be the price of serving a class and q >= 0 the price of lateness. For any placement of the service, with step s(r) and traffic
//! x(c, r) in each region r it uses,
//!
//! > cost >= sum over c of p(c) × demand(c)  −  q × late allowance
//! >         + sum over used r of [ cost(s(r)) − sum over c of (p(c) − e(c, r) − q × late(c, r)) × x(c, r) ]
//!
//! with e(c, r) the cost of traffic, because demand is served exactly and lateness stays within its allowance (weak duality). Within a region the bracket is least when traffic
//! is filled in by descending profit up to the step's capacity. That least value is the step's *reduced cost*: a placement that uses the step
//! costs at least the bound plus what the step adds to it, so a step beyond the best known cost can be discarded.
//!
//! All arithmetic here is on integers: the bound holds exactly, whatever the multipliers. `ascent` looks for good ones.

use crate::formulate::{Class, Femto, Reach, Service};

/// Prices put on demand and on lateness, in femto-USD per milli-rps and month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Multipliers {
    /// What serving one milli-rps of a class is worth.
    pub(super) class: Vec<Femto>,
    /// What answering one milli-rps late costs; not negative.
    pub(super) late: Femto,
}

impl Multipliers {
    /// The part of the bound that no decision changes.
    pub(super) fn constant(&self, service: &Service, classes: &[Class]) -> Femto {
        let worth: Femto = classes.iter().zip(&self.class).map(|(class, price)| price * i128::from(class.rate)).sum();
        worth - self.late * i128::from(service.late_allowance)
    }

    /// The reduced cost of every step of a candidate.
    pub(super) fn reduced_costs(&self, service: &Service, classes: &[Class], position: usize) -> Vec<Femto> {
        let candidate = &service.candidates[position];
        let mut profits: Vec<(Femto, u64)> = classes
            .iter()
            .zip(&self.class)
            .filter_map(|(class, price)| {
                let late = match class.reach[position] {
                    Reach::No => return None,
                    Reach::InTime => 0,
                    Reach::Late => self.late,
                };
                let profit = price - class.cost[position] - late;
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
}
