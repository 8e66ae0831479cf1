//! The fewest machines that regions hold at one time, so that everything is carried whatever is lost.

use std::collections::BTreeSet;

use crate::formulate::{Femto, shortage};
use crate::solve::highs::{Column, Model, Stop};
use crate::solve::{Interrupt, rows};

/// Branch-and-bound nodes for the machines of one hour.
const NODES: i32 = 200;

/// What regions hold at one time.
pub(super) struct Hold<'s> {
    /// By stand: machines that its load needs, replicas on each, and what a machine costs.
    pub(super) machines: Vec<(u64, u64, Femto)>,
    /// Demand of the user groups, and the stands that answer each during a loss.
    pub(super) demand: Vec<u64>,
    pub(super) by: &'s [Vec<bool>],
    pub(super) losses: &'s [Vec<bool>],
    pub(super) rate: u64,
}

impl Hold<'_> {
    /// The fewest replicas, by what they cost, that carry everything whatever is lost; `None` if none do.
    pub(super) fn least(&self) -> Option<Vec<u64>> {
        let mut counts: Vec<u64> = self.machines.iter().map(|(least, ..)| *least).collect();
        let mut rows: BTreeSet<(Vec<bool>, u64)> = BTreeSet::new();
        loop {
            let short = self.short(&counts);
            if short.is_empty() {
                return Some(
                    counts.iter().zip(&self.machines).map(|(count, (_, replicas, _))| count * replicas).collect(),
                );
            }
            let known = rows.len();
            rows.extend(short);
            if rows.len() == known {
                return None;
            }
            counts = self.cheapest(&rows)?;
        }
    }

    /// Stands of which replicas are missed, and how many are needed in all, after some loss.
    fn short(&self, counts: &[u64]) -> Vec<(Vec<bool>, u64)> {
        let reaches: Vec<&[bool]> = self.by.iter().map(Vec::as_slice).collect();
        let of_loss = |left: &Vec<bool>| {
            let carried = counts.iter().zip(&self.machines).zip(left).map(|((count, (_, replicas, _)), &is_left)| {
                if is_left { count.saturating_mul(*replicas).saturating_mul(self.rate) } else { 0 }
            });
            let set = shortage(&self.demand, &carried.collect::<Vec<_>>(), &reaches)?;
            let chosen = || set.iter().enumerate().filter(|(_, is_in)| **is_in).map(|(user, _)| user);
            let asked: u64 = chosen().map(|user| self.demand[user]).sum();
            let stands_in = |at: usize| left[at] && chosen().any(|user| self.by[user][at]);
            Some(((0..counts.len()).map(stands_in).collect(), asked.div_ceil(self.rate)))
        };
        self.losses.iter().filter_map(of_loss).collect()
    }

    /// The cheapest numbers of machines that keep `rows`; `None` if none do.
    fn cheapest(&self, rows: &BTreeSet<(Vec<bool>, u64)>) -> Option<Vec<u64>> {
        let mut model = Model::default();
        let price = |cost: Femto| rows::float(u64::try_from(cost / 1_000_000).unwrap_or(u64::MAX)) * 1e-9;
        let more: Vec<_> =
            self.machines.iter().map(|(_, _, cost)| model.column(price(*cost), f64::INFINITY, true)).collect();
        for (stands, need) in rows {
            let of_stands = || self.machines.iter().zip(stands).zip(&more).filter(|((_, is_in), _)| **is_in);
            let there: u64 = of_stands().map(|(((least, replicas, _), _), _)| least * replicas).sum();
            let missing = need.saturating_sub(there);
            let terms: Vec<_> =
                of_stands().map(|(((_, replicas, _), _), &column)| (column, rows::float(*replicas))).collect();
            if missing > 0 && terms.is_empty() {
                return None;
            }
            if missing > 0 {
                model.at_least(terms, rows::float(missing));
            }
        }
        let stop = Stop { nodes: NODES, relative_gap: 1e-5, interrupt: Interrupt::NEVER };
        let values = model.minimise(stop, None).values?;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number of machines")]
        let whole = |(column, (least, ..)): (&Column, &(u64, u64, Femto))| {
            least + values[column.index()].round().max(0.0) as u64
        };
        Some(more.iter().zip(&self.machines).map(whole).collect())
    }
}
