//! Places where the load of a circle stands: its centre, near that, beside the circle, far from it; and what calls cost between these.

use std::collections::BTreeMap;

use super::{App, CLOSED, Circle, Market, NEVER, full, whole};
use crate::model::RegionId;

/// The centre, regions near it, circles beside it, all others.
pub(super) const PLACES: usize = 4;
pub(super) const CENTRE: usize = 0;
pub(super) const NEAR: usize = 1;
pub(super) const BESIDE: usize = 2;
pub(super) const FAR: usize = 3;

/// By place of the caller and of the callee: what a milli-rps of a call costs at least.
pub(super) type Ways = [[f64; PLACES]; PLACES];

/// Circles at one place.
#[derive(Default)]
pub(super) struct Others {
    circles: Vec<usize>,
    /// By service: the least that a milli-rps costs on full machines in regions of no circle, where nobody can enter.
    outside: Vec<f64>,
}

/// The cheapest of other circles for a service: the price of a milli-rps, and which, if it is one.
pub(super) type Seller = (f64, Option<usize>);

/// What load of a service pays between places, at some potentials.
pub(super) struct Toll {
    /// By place: for a milli-rps.
    pub(super) by: [f64; PLACES],
    /// By place and call: the place of the callee that potentials gain most by.
    pub(super) to: [Vec<usize>; PLACES],
}

/// Regions as they are seen from a circle.
pub(super) struct Places<'a> {
    /// By region: one region of its circle.
    pub(super) circle: &'a BTreeMap<RegionId, RegionId>,
    /// By region: one region of all circles beside each other.
    pub(super) beside: &'a BTreeMap<RegionId, RegionId>,
    pub(super) centre: RegionId,
}

impl Places<'_> {
    fn place(&self, region: RegionId) -> usize {
        if region == self.centre {
            CENTRE
        } else if self.circle[&region] == self.circle[&self.centre] {
            NEAR
        } else if self.beside[&region] == self.beside[&self.centre] {
            BESIDE
        } else {
            FAR
        }
    }

    /// By service and call: what it costs at least.
    pub(super) fn ways(&self, market: &Market<'_>, services: &[usize], calls: &[Vec<(usize, f64)>]) -> Vec<Vec<Ways>> {
        let places = |service: usize| -> Vec<usize> {
            market.services[service].candidates.iter().map(|candidate| self.place(candidate.region)).collect()
        };
        let places: Vec<Vec<usize>> = services.iter().map(|&service| places(service)).collect();
        let of_call = |service: usize, call: usize, to: usize| {
            let mut least = [[NEVER; PLACES]; PLACES];
            for (&from, ways) in places[service].iter().zip(market.ways(services[service], call)) {
                for (&at, &way) in places[to].iter().zip(ways).filter(|(_, way)| **way < CLOSED) {
                    least[from][at] = least[from][at].min(whole(way.into()));
                }
            }
            least
        };
        let of_service = |(service, calls): (usize, &Vec<(usize, f64)>)| {
            calls.iter().enumerate().map(|(call, &(to, _))| of_call(service, call, to)).collect()
        };
        calls.iter().enumerate().map(of_service).collect()
    }

    /// The other circles, beside this one and far; `centres` has the centre of each, `steps` those of services by region.
    pub(super) fn others(
        &self,
        centres: &BTreeMap<RegionId, RegionId>,
        steps: &[BTreeMap<RegionId, Vec<(f64, f64)>>],
    ) -> [Others; 2] {
        [BESIDE, FAR].map(|place| {
            let is_there = |&(_, centre): &(usize, &RegionId)| self.place(*centre) == place;
            let is_outside =
                |region: RegionId| self.place(region) == place && !centres.contains_key(&self.circle[&region]);
            let outside = |steps: &BTreeMap<RegionId, Vec<(f64, f64)>>| {
                let outside = steps.iter().filter(|(region, _)| is_outside(**region));
                outside.map(|(_, steps)| full(steps)).fold(NEVER, f64::min)
            };
            Others {
                circles: centres.values().enumerate().filter(is_there).map(|(at, _)| at).collect(),
                outside: steps.iter().map(outside).collect(),
            }
        })
    }
}

impl Circle {
    /// By service: the cheapest seller beside the circle, and far from it, at prices by circle and service.
    pub(super) fn sellers(&self, prices: &[Vec<f64>]) -> Vec<[Seller; 2]> {
        let cheapest = |others: &Others, service: usize| {
            let circles = others.circles.iter().map(|&at| (prices[at][service], Some(at)));
            let outside = (others.outside[service], None);
            circles.fold(outside, |best, offer| if offer.0 < best.0 { offer } else { best })
        };
        let of_service = |service: usize| [0, 1].map(|place| cheapest(&self.others[place], service));
        (0..self.full.len()).map(of_service).collect()
    }
}

impl App {
    /// What load of a service pays between places, at potentials by place, the centre's left out, and service.
    pub(super) fn toll(&self, circle: &Circle, service: usize, potentials: &[Vec<f64>]) -> Toll {
        // Users enter anywhere.
        let potential = |service: usize, place: usize| {
            if place == CENTRE || service == 0 { 0.0 } else { potentials[place - 1][service] }
        };
        let mut toll = Toll { by: [0.0; PLACES], to: Default::default() };
        for place in 0..PLACES {
            toll.by[place] = potential(service, place);
            for (&(to, made), ways) in self.calls[service].iter().zip(&circle.ways[service]) {
                let mut most = (potential(to, place), place);
                for (at, &way) in ways[place].iter().enumerate() {
                    let gain = potential(to, at) - way;
                    if gain > most.0 {
                        most = (gain, at);
                    }
                }
                toll.by[place] -= made * most.0;
                toll.to[place].push(most.1);
            }
        }
        toll
    }
}
