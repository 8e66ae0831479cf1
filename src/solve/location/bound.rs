//! The bound in whole numbers, and what follows from it.
//!
//! For any price p(c) of a class and any set of decisions, with N the numbers of regions that may be in use,
//!
//! > cost >= sum over c of p(c) d(c) + least sum over used r of value(r),   number of used r in N, those open among them
//! > value(r) = least over steps v of cost(r, v) − max { sum over c of (p(c) − e(c, r)) x(c) : sum of x <= capacity(r, v) }
//!
//! where x(c) is between 0 and d(c), or one of the two where nobody may be divided: then the maximum is a knapsack, and the bound can lie above that of the
//! continuous relaxation. The number of regions is no part of either: it is at least what carries all demand.
//!
//! What the bound grows by if a region is used, or is not, or answers a class, is never less than the difference it makes here; where that reaches the
//! best known cost the contrary is decided.

use super::knapsack::{Item, Knapsack};
use super::state::{Route, State, Use};
use crate::formulate::{Class, Femto, Service};
use crate::solve::lagrangian::{Multipliers, Profits};

/// Profits of a knapsack are rounded up to multiples of what leaves them below this in all.
const MOST_PARTS: Femto = 1 << 48;

/// The bound at a node.
pub(super) struct Bound {
    /// No placement that the node allows costs less.
    pub(super) least: Femto,
    /// By region: what its use changes; of closed ones zero.
    values: Vec<Femto>,
    /// By region: whether the bound is reached with it in use.
    is_chosen: Vec<bool>,
    multipliers: Multipliers,
}

impl Bound {
    /// The bound of `state` at `multipliers`; `None` if too few regions can be used.
    pub(super) fn of(service: &Service, classes: &[Class], state: &State, multipliers: Multipliers) -> Option<Self> {
        let mut profits = Profits::default();
        let mut sack = Sack::default();
        let mut values = Vec::with_capacity(state.uses.len());
        for (region, status) in state.uses.iter().enumerate() {
            values.push(match status {
                Use::Closed => 0,
                Use::Free | Use::Open if service.is_single_routed => {
                    sack.fill(classes, state, &multipliers, region);
                    sack.value(service, region)?
                }
                Use::Free | Use::Open => {
                    profits.fill(&multipliers, classes, region);
                    profits.reduced_costs(service.candidates[region].curve.steps()).min()?
                }
            });
        }
        let mut is_chosen: Vec<bool> = state.uses.iter().map(|status| *status == Use::Open).collect();
        let mut count = is_chosen.iter().filter(|chosen| **chosen).count();
        for region in by_value(state, &values) {
            if count < state.least || (values[region] < 0 && count < state.most) {
                is_chosen[region] = true;
                count += 1;
            }
        }
        let used: Femto = values.iter().zip(&is_chosen).filter(|(_, chosen)| **chosen).map(|(value, _)| value).sum();
        let least = multipliers.constant(service, classes) + used;
        (count >= state.least).then_some(Self { least, values, is_chosen, multipliers })
    }

    /// Decides whatever the bound decides, `is_cut` being what no cost may reach.
    pub(super) fn decide(
        &self,
        service: &Service,
        classes: &[Class],
        state: &mut State,
        mut is_cut: impl FnMut(Femto) -> bool,
    ) {
        let free: Vec<usize> = by_value(state, &self.values);
        let open = state.uses.iter().filter(|status| **status == Use::Open).count();
        let chosen = free.iter().filter(|&&region| self.is_chosen[region]).count();
        let dearest = free[..chosen].last().map_or(0, |&region| self.values[region]);
        let next = free.get(chosen).map(|&region| self.values[region]);
        // One more in use takes the place of the dearest, if it must or if that helps.
        let instead = if open + chosen == state.most { dearest } else { dearest.max(0) };
        for &region in &free {
            if self.is_chosen[region] {
                // And without it another takes its place.
                let next = if open + chosen - 1 < state.least { next } else { Some(next.unwrap_or(0).min(0)) };
                if next.is_none_or(|next| is_cut(self.least - self.values[region] + next)) {
                    state.open(region);
                }
            } else if is_cut(self.least + self.values[region] - instead) {
                state.close(region);
            }
        }
        if service.is_single_routed {
            self.decide_routes(service, classes, state, self.least - instead, is_cut);
        }
    }

    /// Bars regions from answering classes where that would reach the best known cost.
    fn decide_routes(
        &self,
        service: &Service,
        classes: &[Class],
        state: &mut State,
        beside_another: Femto,
        mut is_cut: impl FnMut(Femto) -> bool,
    ) {
        let regions = state.uses.len();
        let mut sack = Sack::default();
        for region in (0..regions).filter(|&region| state.uses[region] != Use::Closed) {
            sack.fill(classes, state, &self.multipliers, region);
            let elsewhere = if self.is_chosen[region] { self.least - self.values[region] } else { beside_another };
            for (index, class) in classes.iter().enumerate() {
                let at = index * regions + region;
                if state.routes[at] == Route::Free
                    && sack
                        .value_with(service, region, index, class, &self.multipliers)
                        .is_none_or(|value| is_cut(elsewhere + value))
                {
                    state.routes[at] = Route::Barred;
                }
            }
        }
    }
}

/// Free regions, those whose use adds least first.
fn by_value(state: &State, values: &[Femto]) -> Vec<usize> {
    let mut free: Vec<usize> = (0..values.len()).filter(|&region| state.uses[region] == Use::Free).collect();
    free.sort_by_key(|&region| (values[region], region));
    free
}

/// The classes that a region may answer as wholes.
#[derive(Default)]
struct Sack {
    knapsack: Knapsack,
    /// What a unit of profit in the knapsack stands for.
    unit: Femto,
    /// Demand and profit of the classes that it answers in any case.
    forced: u64,
    earned: Femto,
}

impl Sack {
    fn fill(&mut self, classes: &[Class], state: &State, multipliers: &Multipliers, region: usize) {
        let regions = state.uses.len();
        (self.forced, self.earned) = (0, 0);
        let mut items: Vec<(Femto, usize)> = Vec::new();
        for (index, class) in classes.iter().enumerate() {
            match state.routes[index * regions + region] {
                Route::Barred => {}
                Route::Taken => {
                    self.forced += class.rate;
                    self.earned += profit(class, index, region, multipliers);
                }
                Route::Free => {
                    let profit = profit(class, index, region, multipliers);
                    if profit > 0 {
                        items.push((profit, index));
                    }
                }
            }
        }
        let all: Femto = items.iter().map(|(profit, _)| profit).sum();
        self.unit = all / MOST_PARTS + 1;
        let unit = self.unit;
        self.knapsack.fill(items.into_iter().map(|(profit, class)| Item {
            profit: i64::try_from(profit / unit + 1).unwrap_or(i64::MAX),
            weight: classes[class].rate,
            class,
        }));
    }

    /// The least reduced cost of the region; `None` if it cannot answer those that it must.
    fn value(&mut self, service: &Service, region: usize) -> Option<Femto> {
        let mut best: Option<Femto> = None;
        for step in service.candidates[region].curve.steps() {
            let Some(left) = step.capacity.checked_sub(self.forced) else { continue };
            let cost = step.cost - self.earned;
            if best.is_none_or(|best| cost - self.worth(self.knapsack.relaxed(left)) < best) {
                let value = cost - self.unit * Femto::from(self.knapsack.solve(left));
                best = Some(best.map_or(value, |best| best.min(value)));
            }
        }
        best
    }

    /// No more than the reduced cost of the region if it answers one more class; `None` if it cannot.
    fn value_with(
        &self,
        service: &Service,
        region: usize,
        index: usize,
        class: &Class,
        multipliers: &Multipliers,
    ) -> Option<Femto> {
        let steps = service.candidates[region].curve.steps().iter();
        let values = steps.filter_map(|step| {
            let left = step.capacity.checked_sub(self.forced)?.checked_sub(class.rate)?;
            Some(step.cost - self.worth(self.knapsack.relaxed(left)))
        });
        Some(values.min()? - self.earned - profit(class, index, region, multipliers))
    }

    fn worth(&self, parts: i64) -> Femto {
        self.unit * Femto::from(parts)
    }
}

/// What a region earns by answering all of a class.
fn profit(class: &Class, index: usize, region: usize, multipliers: &Multipliers) -> Femto {
    (multipliers.class[index] - class.cost[region]) * Femto::from(class.rate)
}
