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

use crate::formulate::{Class, Femto, Reach, Service, Step};

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
        let mut profits = Profits::default();
        profits.fill(self, classes, position);
        profits.reduced_costs(service.candidates[position].curve.steps()).collect()
    }
}

/// What the classes are worth to a candidate, most profitable first; used again and again.
#[derive(Debug, Default)]
pub(super) struct Profits(Vec<(Femto, u64)>);

impl Profits {
    /// Those of the candidate at `position`.
    pub(super) fn fill(&mut self, multipliers: &Multipliers, classes: &[Class], position: usize) {
        let profitable = |(class, price): (&Class, &Femto)| {
            let late = match class.reach[position] {
                Reach::No => return None,
                Reach::InTime => 0,
                Reach::Late => multipliers.late,
            };
            let profit = price - class.cost[position] - late;
            (profit > 0).then_some((profit, class.rate))
        };
        self.0.clear();
        self.0.extend(classes.iter().zip(&multipliers.class).filter_map(profitable));
        self.0.sort_unstable_by(|a, b| b.cmp(a));
    }

    /// The reduced costs of consecutive steps of its curve.
    pub(super) fn reduced_costs(&self, steps: &[Step]) -> impl Iterator<Item = Femto> {
        let mut profits = self.0.iter().copied();
        let (mut filled, mut earned) = (0_u64, 0_i128);
        let mut open = profits.next();
        steps.iter().map(move |step| {
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
    }
}
