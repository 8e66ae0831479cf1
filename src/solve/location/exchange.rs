//! Sets of regions improved one region at a time, where each of them can answer everybody: one is opened, closed, or takes the place of another.
//!
//! Everybody is answered where that costs least. Of each class the two cheapest open regions are known; then one look at all classes tells what every exchange for
//! one region that is not open would save: what is saved wherever it is cheaper, less, for each region that would close, what its classes lose.

use crate::formulate::{Class, Femto, Reach, Service};

/// What it costs to answer a class where it cannot be answered: more than everything else.
const UNREACHED: Femto = 1 << 100;

/// Costs of a service each of whose regions can answer everybody.
pub(super) struct Exchange {
    /// By region, then class: the cost of answering all of it.
    cost: Vec<Vec<Femto>>,
    /// By region.
    fixed: Vec<Femto>,
    least: usize,
    most: usize,
}

/// What becomes cheaper by closing one region, opening another, or both.
struct Change {
    saved: Femto,
    closed: Option<usize>,
    opened: Option<usize>,
}

impl Exchange {
    /// `None` if some region cannot answer everybody.
    pub(super) fn of(service: &Service, classes: &[Class]) -> Option<Self> {
        let fixed = service.candidates.iter().map(|candidate| {
            let first = candidate.curve.steps().first()?;
            (first.capacity >= service.total).then_some(first.cost)
        });
        let cost = |region: usize| {
            let of_class = |class: &Class| match class.reach[region] {
                Reach::No => UNREACHED,
                Reach::InTime | Reach::Late => class.cost[region] * Femto::from(class.rate),
            };
            classes.iter().map(of_class).collect()
        };
        Some(Self {
            fixed: fixed.collect::<Option<_>>()?,
            cost: (0..service.candidates.len()).map(cost).collect(),
            least: service.min_regions.max(1),
            most: service.max_regions,
        })
    }

    /// The set that is left when no exchange makes `open` cheaper; only regions that `is_allowed` are opened.
    pub(super) fn improved(&self, open: &[usize], is_allowed: impl Fn(usize) -> bool) -> Vec<usize> {
        let mut open = open.to_vec();
        while let Some(change) = self.best_change(&open, &is_allowed) {
            open.retain(|&region| Some(region) != change.closed);
            open.extend(change.opened);
        }
        open.sort_unstable();
        open
    }

    fn best_change(&self, open: &[usize], is_allowed: &impl Fn(usize) -> bool) -> Option<Change> {
        let classes = self.cost[0].len();
        // By class: the position in `open` of the cheapest region, its cost, and that of the next one.
        let nearest: Vec<(usize, Femto, Femto)> = (0..classes)
            .map(|class| {
                let mut best = (0, UNREACHED, UNREACHED);
                for (at, &region) in open.iter().enumerate() {
                    let cost = self.cost[region][class];
                    if cost < best.1 {
                        best = (at, cost, best.1);
                    } else {
                        best.2 = best.2.min(cost);
                    }
                }
                best
            })
            .collect();
        let mut best = Change { saved: 0, closed: None, opened: None };
        let mut take = |change: Change| {
            if change.saved > best.saved {
                best = change;
            }
        };
        let mut lost = vec![0; open.len()];
        for &(at, first, second) in &nearest {
            lost[at] += second - first;
        }
        if open.len() > self.least {
            for (&region, lost) in open.iter().zip(&lost) {
                take(Change { saved: self.fixed[region] - lost, closed: Some(region), opened: None });
            }
        }
        for region in (0..self.cost.len()).filter(|region| is_allowed(*region) && !open.contains(region)) {
            let mut gained = -self.fixed[region];
            lost.fill(0);
            for (&(at, first, second), &cost) in nearest.iter().zip(&self.cost[region]) {
                if cost < first {
                    gained += first - cost;
                } else {
                    lost[at] += second.min(cost) - first;
                }
            }
            if open.len() < self.most {
                take(Change { saved: gained, closed: None, opened: Some(region) });
            }
            for (&other, lost) in open.iter().zip(&lost) {
                let saved = gained - lost + self.fixed[other];
                take(Change { saved, closed: Some(other), opened: Some(region) });
            }
        }
        (best.saved > 0).then_some(best)
    }
}
