//! Placements from what the relaxation does: the regions it uses, with the traffic that costs least.

use std::collections::BTreeSet;

use super::assign::{Assigner, Routes};
use super::dual::Round;
use super::exchange::Exchange;
use super::state::{Route, State, Use};
use super::transport::{Transport, cheapest};
use crate::formulate::{Class, Femto, Reach, Service};
use crate::solve::choice::{Choice, of_traffic};

/// The best placement known, and what has been tried.
pub(super) struct Primal<'a> {
    service: &'a Service,
    classes: &'a [Class],
    demand: Vec<u64>,
    tried: BTreeSet<Vec<usize>>,
    assigner: Assigner<'a>,
    /// Where every region can answer everybody.
    exchange: Option<Exchange>,
    rounds: usize,
    pub(super) best: Option<Choice>,
    /// By class, where nobody may be divided.
    pub(super) routes: Vec<usize>,
}

impl<'a> Primal<'a> {
    pub(super) fn new(service: &'a Service, classes: &'a [Class]) -> Self {
        Self {
            service,
            classes,
            demand: classes.iter().map(|class| class.rate).collect(),
            tried: BTreeSet::new(),
            assigner: Assigner::new(service, classes),
            exchange: if service.is_single_routed { None } else { Exchange::of(service, classes) },
            rounds: 0,
            best: None,
            routes: Vec::new(),
        }
    }

    /// The best cost known.
    pub(super) fn cost(&self) -> Option<Femto> {
        self.best.as_ref().map(|best| best.cost)
    }

    /// Makes a placement of what the relaxation does in a round, if that is new.
    pub(super) fn see(&mut self, state: &State, round: &Round<'_>) {
        self.rounds += 1;
        if !round.is_best && !self.rounds.is_multiple_of(10) {
            return;
        }
        let open = self.enough(state, round);
        if self.service.is_single_routed {
            self.assign(&open, round);
        } else if !self.tried.contains(&open) {
            self.try_set(&open);
            if let Some(exchange) = &self.exchange {
                let improved = exchange.improved(&open, |region| state.uses[region] != Use::Closed);
                self.try_set(&improved);
            }
        }
    }

    /// The regions of a round, and those that cost least beside them until all demand can be carried.
    fn enough(&self, state: &State, round: &Round<'_>) -> Vec<usize> {
        let most = |region: usize| self.service.candidates[region].curve.most();
        let mut open = round.chosen.clone();
        let mut carried = open.iter().map(|&region| most(region)).fold(0, u64::saturating_add);
        let is_other = |region: &usize| state.uses[*region] == Use::Free && open.binary_search(region).is_err();
        let mut others: Vec<usize> = (0..state.uses.len()).filter(is_other).collect();
        others.sort_by(|&a, &b| round.values[a].total_cmp(&round.values[b]).then(a.cmp(&b)));
        for region in others {
            if carried >= self.service.total || open.len() >= state.most {
                break;
            }
            carried = carried.saturating_add(most(region));
            open.push(region);
        }
        open.sort_unstable();
        open
    }

    /// The cheapest traffic over `open` regions, unless that has been tried.
    pub(super) fn try_set(&mut self, open: &[usize]) {
        if !self.tried.contains(open) {
            self.tried.insert(open.to_vec());
            if let Some(choice) = evaluate(self.service, self.classes, &self.demand, open) {
                self.improve(choice);
            }
        }
    }

    pub(super) fn improve(&mut self, choice: Choice) {
        if self.cost().is_none_or(|cost| choice.cost < cost) {
            self.best = Some(choice);
        }
    }

    /// Places classes where the relaxation has them, and the others by rule of thumb.
    fn assign(&mut self, open: &[usize], round: &Round<'_>) {
        let mut wish: Vec<Option<usize>> = vec![None; self.classes.len()];
        for &region in &round.chosen {
            for &(class, _) in &round.served[region] {
                let cost = |region: usize| self.classes[class].cost[region];
                if wish[class].is_none_or(|known| cost(region) < cost(known)) {
                    wish[class] = Some(region);
                }
            }
        }
        if let Some(routes) = self.assigner.complete(open, &wish) {
            self.take(routes);
        }
    }

    /// Takes the routes of a node that has decided all.
    pub(super) fn take_routes(&mut self, state: &State) {
        let regions = state.uses.len();
        let taken = |class: usize| (0..regions).find(|region| state.routes[class * regions + region] == Route::Taken);
        let wish: Vec<Option<usize>> = (0..self.classes.len()).map(taken).collect();
        if let Some(routes) = self.assigner.complete(&state.left(), &wish) {
            self.take(routes);
        }
    }

    fn take(&mut self, routes: Routes) {
        if self.cost().is_some_and(|cost| routes.cost >= cost) {
            return;
        }
        let mut load = vec![0; self.service.candidates.len()];
        for (&region, &rate) in routes.region.iter().zip(&self.demand) {
            load[region] += rate;
        }
        let candidates: Vec<usize> = routes.region.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
        let loads = candidates.iter().map(|&region| load[region]).collect();
        self.best = Some(Choice { candidates, loads, cost: routes.cost });
        self.routes = routes.region;
    }
}

/// The cheapest traffic over `open` regions.
pub(super) fn evaluate(service: &Service, classes: &[Class], demand: &[u64], open: &[usize]) -> Option<Choice> {
    let chosen: Vec<(usize, u64)> =
        open.iter().map(|&region| (region, service.candidates[region].curve.most())).collect();
    let capacity: Vec<u64> = chosen.iter().map(|&(_, capacity)| capacity).collect();
    let cost: Vec<Option<Femto>> = classes
        .iter()
        .flat_map(|class| open.iter().map(|&region| (class.reach[region] != Reach::No).then_some(class.cost[region])))
        .collect();
    let sent = cheapest(&Transport { demand, capacity: &capacity, cost: &cost })?;
    let paid = sent.iter().zip(&cost).map(|(&rate, cost)| cost.unwrap_or(0) * Femto::from(rate)).sum();
    Some(of_traffic(service, &chosen, &sent, paid))
}
