//! Commitments: machines that are paid for all the time, at a lower price, in limited number.
//!
//! In one region, let p be the monthly price on demand of a machine of some size, T(t) the machines that run in period t, and r(1) <= r(2) <= … the
//! monthly prices of the committed machines of that size, in order. The C-th of them replaces a machine on demand in the paid hours in which T(t) >= C.
//! With W(C) the share of those hours,
//!
//! > cost = sum over t of p × T(t) / hours − sum over C of max(0, p × W(C) − r(C))
//!
//! because W falls and r rises with C: if the C-th saves anything, so do those before it. This is how the base of a profile is committed and its peak is not.
//!
//! The number of committed machines is shared by all regions and workloads. A curve is made for given *caps* on what its region may take of each
//! commitment; `solve` chooses the caps.

use std::collections::BTreeMap;

use super::cost::Femto;
use crate::model::{CommitmentId, Purchase, TypeId};

/// Committed machines that one region may take for one size of machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Committed {
    /// Which commitment.
    pub commitment: CommitmentId,
    /// How it is bought.
    pub purchase: Purchase,
    /// The cheapest type of that size that the commitment covers.
    pub machine_type: TypeId,
    /// Monthly cost of one instance, carbon included.
    pub cost: Femto,
    /// Most instances.
    pub cap: u64,
}

/// Most instances of each commitment; one that is not named is not limited further.
pub type Caps = BTreeMap<CommitmentId, u64>;

/// Committed machines by price, with caps lowered to `caps`.
pub(super) fn capped(committed: &[Committed], caps: &Caps) -> Vec<Committed> {
    let lowered = |offer: &Committed| {
        let cap = caps.get(&offer.commitment).map_or(offer.cap, |&cap| cap.min(offer.cap));
        Committed { cap, ..*offer }
    };
    committed.iter().map(lowered).filter(|offer| offer.cap > 0).collect()
}

/// Committed machines by price, each as much dearer as `prices` say.
pub(super) fn repriced(committed: &[Committed], prices: &BTreeMap<CommitmentId, Femto>) -> Vec<Committed> {
    let dearer = |offer: &Committed| {
        let cost = offer.cost + prices.get(&offer.commitment).copied().unwrap_or(0);
        Committed { cost, ..*offer }
    };
    let mut committed: Vec<Committed> = committed.iter().map(dearer).collect();
    committed.sort_by_key(|offer| offer.cost);
    committed
}

/// The hours in which each committed machine replaces one on demand, and what that saves.
#[derive(Clone, Debug)]
pub(super) struct Savings<'a> {
    committed: &'a [Committed],
    on_demand: Femto,
    all_hours: Femto,
    /// W(C) in hours, by C − 1.
    replaced: Vec<u64>,
    /// Saved by all, summed over hours.
    pub(super) sum: Femto,
}

impl<'a> Savings<'a> {
    pub(super) fn new(committed: &'a [Committed], on_demand: Femto, all_hours: Femto) -> Self {
        Self { committed, on_demand, all_hours, replaced: Vec::new(), sum: 0 }
    }

    /// Counts `hours` more in which the machines above the first `from` up to `to` run.
    pub(super) fn add(&mut self, hours: u64, from: u64, to: u64) {
        for position in from..to {
            let Some(price) = self.price(position) else { return };
            let Ok(at) = usize::try_from(position) else { return };
            if self.replaced.len() <= at {
                self.replaced.resize(at + 1, 0);
            }
            let saved = |hours: u64| (self.on_demand * Femto::from(hours) - price * self.all_hours).max(0);
            self.sum -= saved(self.replaced[at]);
            self.replaced[at] += hours;
            self.sum += saved(self.replaced[at]);
        }
    }

    /// How many of each offer save something.
    pub(super) fn taken(&self) -> Vec<u64> {
        let mut taken = vec![0; self.committed.len()];
        for (position, &hours) in self.replaced.iter().enumerate() {
            let Some(offer) = self.offer(position as u64) else { break };
            let price = self.committed[offer].cost;
            if self.on_demand * Femto::from(hours) > price * self.all_hours {
                taken[offer] += 1;
            }
        }
        taken
    }

    fn price(&self, position: u64) -> Option<Femto> {
        self.offer(position).map(|offer| self.committed[offer].cost)
    }

    /// The offer that the committed machine at `position` comes from.
    fn offer(&self, position: u64) -> Option<usize> {
        let mut before = 0;
        self.committed.iter().position(|offer| {
            before += offer.cap;
            position < before
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Term;

    fn offer(id: u32, cost: Femto, cap: u64) -> Committed {
        let purchase = Purchase::Committed(CommitmentId(id), Term::OneYear);
        Committed { commitment: CommitmentId(id), purchase, machine_type: TypeId(0), cost, cap }
    }

    #[test]
    fn the_base_is_committed_and_the_peak_is_not() {
        // Of four hours two need 1 machine, one needs 3 and one 4, at 10 on demand.
        let offers = [offer(0, 4, 2), offer(1, 7, 5)];
        let mut savings = Savings::new(&offers, 10, 4);
        for machines in [1, 1, 3, 4] {
            savings.add(1, 0, machines);
        }
        // The first replaces four hours (40 − 16); the second two (20 − 16); the third, at 7, would too, but costs 28.
        assert_eq!(savings.sum, 24 + 4);
        assert_eq!(savings.taken(), [2, 0]);
        assert_eq!(capped(&offers, &BTreeMap::from([(CommitmentId(0), 0)])), [offer(1, 7, 5)]);
    }
}
