//! Which seats to change: tabu search.
//!
//! The best of all moves and exchanges is made again and again, also where it costs more, but nobody returns for a while to where it was (unless that is the best
//! of all so far). Memory is short in one phase and long in the next: short ones search closely where quotas are tight, long ones leave deep valleys. A phase that
//! finds nothing better for some time ends, and several services are moved anywhere. What is beyond the quotas has a price, which rises while that is worth paying
//! and falls while it is not. Work is limited by the number of changes judged.

use std::cmp::Reverse;

use super::{Change, Hall, IMPOSSIBLE, Seats};
use crate::formulate::Femto;
use crate::solve::effort::Interrupt;
use crate::solve::sequence::Sequence;

/// Changes judged, at most.
const MOST_WORK: usize = 400_000_000;

/// Phases in vain, at most: so many, and one more for so many candidates.
const VAIN: usize = 30;
const CANDIDATES_OF_A_PHASE: usize = 3;

/// Changes in vain that end a phase: so many, and so many more for each candidate, but not more than the most.
const PATIENCE: usize = 50;
const PATIENCE_OF_A_CANDIDATE: usize = 3;
const MOST_PATIENCE: usize = 2_000;

/// For how many changes nobody returns, in one phase after another: so many, and below so many more.
const MEMORIES: [(usize, usize); 4] = [(5, 15), (10, 30), (20, 60), (40, 120)];

/// What the price of a unit beyond a quota becomes, in hundredths, when it was worth paying so many times in a row, and when it was not.
const DEARER: Femto = 115;
const CHEAPER: Femto = 85;
const IN_A_ROW: u32 = 3;

/// The lowest price, as parts of the mean cost of a unit taken, and the highest, as a multiple of it.
const LOWEST_PRICE: Femto = 8;
const HIGHEST_PRICE: Femto = 100;

/// The price of a unit beyond a quota, and how often in a row it was worth paying or was not.
struct Price {
    now: Femto,
    lowest: Femto,
    highest: Femto,
    row: (bool, u32),
}

impl Price {
    /// What a unit costs in the mean; calls that cannot be made are left out.
    fn of(seats: &Seats) -> Self {
        let mean = (seats.cost % IMPOSSIBLE / Femto::from(seats.taken.iter().sum::<u64>().max(1))).max(1);
        Self { now: mean, lowest: (mean / LOWEST_PRICE).max(1), highest: mean * HIGHEST_PRICE, row: (false, 0) }
    }

    fn follow(&mut self, is_beyond: bool) {
        let (was_beyond, times) = self.row;
        self.row = (is_beyond, if was_beyond == is_beyond { times + 1 } else { 1 });
        if self.row.1 == IN_A_ROW {
            let changed = self.now * if is_beyond { DEARER } else { CHEAPER } / 100 + Femto::from(is_beyond);
            self.now = changed.clamp(self.lowest, self.highest);
            self.row.1 = 0;
        }
    }
}

impl Hall<'_> {
    /// The candidate of every service in the best assignment found; `None` if none was found that suits all of them.
    pub(in super::super) fn search(&self, interrupt: Interrupt<'_>) -> Option<Vec<usize>> {
        let mut now = self.seated(self.one_by_one()?);
        let (services, candidates) = (now.at.len(), self.alone.iter().map(Vec::len).sum::<usize>());
        let patience = (PATIENCE + PATIENCE_OF_A_CANDIDATE * candidates).min(MOST_PATIENCE);
        let mut numbers = Sequence::new();
        let mut price = Price::of(&now);
        let mut best = (self.beyond(&now), now.cost, now.at.clone());
        // By service and candidate: the change before which nobody returns.
        let mut until: Vec<Vec<usize>> = self.alone.iter().map(|alone| vec![0; alone.len()]).collect();
        let (mut phase, mut vain_phases, mut vain, mut best_of_phase) = (0, 0, 0, (i64::MAX, Femto::MAX));
        let most = MOST_WORK / (candidates + services * services / 2).max(1);
        for count in 1..=most {
            if interrupt.is_raised() || vain_phases > VAIN + candidates / CANDIDATES_OF_A_PHASE {
                break;
            }
            vain += 1;
            let may_go = |service: usize, to: usize| until[service][to] <= count;
            // If everybody would return, time passes.
            if let Some(change) = self.best_change(&now, price.now, (best.0, best.1), may_go) {
                for (service, _) in change.moves() {
                    let (shortest, more) = MEMORIES[phase % MEMORIES.len()];
                    let memory = shortest + numbers.below(more);
                    until[service][now.at[service]] = count + memory.min(candidates);
                }
                self.make(&mut now, change);
                let beyond = self.beyond(&now);
                price.follow(beyond > 0);
                if (beyond, now.cost) < best_of_phase {
                    (best_of_phase, vain) = ((beyond, now.cost), 0);
                }
                if (beyond, now.cost) < (best.0, best.1) {
                    (best, vain_phases) = ((beyond, now.cost, now.at.clone()), 0);
                }
            }
            if vain >= patience {
                (phase, vain_phases, vain, best_of_phase) = (phase + 1, vain_phases + 1, 0, (i64::MAX, Femto::MAX));
                for _ in 0..services.div_ceil(2) {
                    let service = numbers.below(services);
                    self.seat(&mut now, service, numbers.below(self.alone[service].len()));
                }
            }
        }
        (best.0 == 0 && best.1 < IMPOSSIBLE).then_some(best.2)
    }

    /// Everybody seated one after another, those first that take most of a quota: where that costs least by itself, while quotas last; `None` if somebody can be nowhere.
    fn one_by_one(&self) -> Option<Vec<usize>> {
        let most =
            |service: usize| self.taken[service].iter().flat_map(|taken| taken.iter()).map(|(_, amount)| *amount).max();
        let mut order: Vec<usize> = (0..self.alone.len()).collect();
        order.sort_by_key(|&service| (Reverse(most(service)), service));
        let mut left = self.market.quotas.clone();
        let mut at = vec![0; self.alone.len()];
        for service in order {
            let beyond = |candidate: usize| -> u64 {
                self.taken[service][candidate].iter().map(|&(quota, amount)| amount.saturating_sub(left[quota])).sum()
            };
            let possible = (0..self.alone[service].len()).filter(|&it| self.alone[service][it] < IMPOSSIBLE);
            at[service] = possible.map(|it| (beyond(it), self.alone[service][it], it)).min()?.2;
            for &(quota, amount) in self.taken[service][at[service]] {
                left[quota] = left[quota].saturating_sub(amount);
            }
        }
        Some(at)
    }

    /// The change after which the worth at a price of what is beyond the quotas is least; nobody goes where it may not, unless that is better than `best`, which is what is
    /// beyond the quotas, then the cost. `None` if nobody may go anywhere.
    fn best_change(
        &self,
        seats: &Seats,
        price: Femto,
        best: (i64, Femto),
        may_go: impl Fn(usize, usize) -> bool,
    ) -> Option<Change> {
        let beyond = self.beyond(seats);
        let mut found: Option<(Femto, Change)> = None;
        let mut judge = |change: Change, (more, more_beyond): (Femto, i64)| {
            let worth = more + price * Femto::from(more_beyond);
            if found.is_some_and(|(least, _)| least <= worth) {
                return;
            }
            if change.moves().all(|(service, to)| may_go(service, to))
                || (beyond + more_beyond, seats.cost + more) < best
            {
                found = Some((worth, change));
            }
        };
        for (service, &at) in seats.at.iter().enumerate() {
            let (less, less_beyond) = self.leaving(seats, service);
            for to in (0..self.alone[service].len()).filter(|&to| to != at) {
                let (more, more_beyond) = self.entering(seats, service, to);
                judge(Change::Move(service, to), (less + more, less_beyond + more_beyond));
            }
            let here = self.region(service, at);
            for (other, &other_at) in seats.at[..service].iter().enumerate() {
                let there = self.region(other, other_at);
                if here == there {
                    continue;
                }
                if let (Some(to), Some(from)) = (self.candidates[service][there], self.candidates[other][here]) {
                    let more = self.exchanged(seats, (service, to), (other, from));
                    judge(Change::Exchange((service, to), (other, from)), more);
                }
            }
        }
        found.map(|(_, change)| change)
    }
}
