//! Lower bounds of a program from prices of its rows, in whole numbers.
//!
//! For any prices y, not above zero on rows of *at most* and not below zero on rows of *at least*, and any values x that keep the rows,
//!
//! > sum of cost(j) x(j)  >=  sum of y(i) bound(i) + sum over j of reduced(j) x(j)  >=  sum of y(i) bound(i) + sum over j of min(0, reduced(j)) × most(j)
//! > reduced(j) = cost(j) − sum over i of y(i) factor(i, j)
//!
//! because y(i) × (sum of factor(i, j) x(j) − bound(i)) is never positive on a kept row (weak duality). Where a solver's duals come from does not
//! matter: prices of the wrong sign count as zero, and the sums are exact. A column with bound + |reduced(j)| above the cost of a known solution
//! keeps its value at the end of its range in every better one.
//!
//! The rows that tie the steps of a candidate to its being in use have any price: the one that makes the least reduced cost of its steps zero gives
//! the best bound, because at most one of the steps is used.

use super::{Program, Sense};
use crate::formulate::Femto;

/// A bound and what each column adds to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bound {
    /// Nothing costs less.
    pub least: Femto,
    /// By column: the least a unit away from the end of its range adds to `least`; positive at zero, negative at the column's most.
    pub reduced: Vec<Femto>,
}

impl Program<'_> {
    /// The bound that `prices` of the rows, in femto-USD per unit, prove.
    pub fn lower_bound(&self, prices: &[Femto]) -> Bound {
        let mut least = 0;
        let mut reduced: Vec<Femto> = self.columns().iter().map(|column| column.cost).collect();
        for (row, &price) in self.rows().iter().zip(prices) {
            let price = match row.sense {
                Sense::AtMost => price.min(0),
                Sense::AtLeast => price.max(0),
                Sense::Equal => price,
            };
            if price == 0 {
                continue;
            }
            least += price * row.bound;
            for &(column, factor) in &row.terms {
                reduced[column.index()] -= price * factor;
            }
        }
        self.charge_steps_to_candidates(&mut reduced);
        least += self
            .columns()
            .iter()
            .zip(&reduced)
            .map(|(column, reduced)| reduced.min(&0) * i128::from(column.most))
            .sum::<Femto>();
        Bound { least, reduced }
    }

    /// Moves the least reduced cost among a candidate's steps to the column that says it is in use, and counts what that adds for every step.
    fn charge_steps_to_candidates(&self, reduced: &mut [Femto]) {
        for (at, service) in self.services().enumerate() {
            for candidate in 0..service.candidates.len() {
                let Some(in_use) = self.in_use(at, candidate) else { continue };
                let least = self.uses(at, candidate).map(|step| reduced[step.index()]).min().unwrap_or(0);
                reduced[in_use.index()] += least;
                // Whoever uses a step pays for being in use as well.
                let shared = reduced[in_use.index()].max(0);
                for step in self.uses(at, candidate) {
                    reduced[step.index()] += shared - least;
                }
            }
        }
    }
}
