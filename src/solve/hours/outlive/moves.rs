//! Placements near others: of other types, with other routes, in other regions.

use std::collections::{BTreeMap, BTreeSet};

use super::{Plan, Scene, Stand};
use crate::formulate::{Femto, Reach};
use crate::model::UserId;

/// Types that cost more than so many percent of the cheapest for a replica are not tried in place of others.
const WORTH_TRYING: Femto = 150;

/// What of a user group's requests goes elsewhere at a time: one of so many parts.
const PARTS: [u64; 3] = [1, 5, 20];

impl Scene<'_> {
    /// The same regions and types with requests where they go in the hour that says so, where they go in the mean of all hours, and everywhere alike.
    pub(super) fn routed(&self, stands: &[Stand], mean: &BTreeMap<(usize, UserId), u64>) -> Vec<Vec<Stand>> {
        let resent = |part: &dyn Fn(&Stand, usize, UserId) -> u64| {
            let sent = |stand: &Stand| {
                let users = self.workload.demand.iter().enumerate();
                users.map(|(position, demand)| (demand.user, part(stand, position, demand.user))).collect()
            };
            self.whole(stands.iter().map(|stand| Stand { sent: sent(stand), ..stand.clone() }).collect())
        };
        let answers =
            |stand: &Stand, position: usize| self.service.candidates[stand.candidate].reach[position] != Reach::No;
        let as_in_mean = resent(&|stand, _, user| mean.get(&(stand.candidate, user)).copied().unwrap_or(0));
        let alike = resent(&|stand, position, _| u64::from(answers(stand, position)));
        [Some(stands.to_vec()), as_in_mean, alike].into_iter().flatten().collect()
    }

    /// The placements that differ in where a part of the requests of one user group goes.
    pub(super) fn with_other_routes(&self, plan: &Plan) -> Vec<Vec<Stand>> {
        let mut ways = Vec::new();
        for (position, demand) in self.workload.demand.iter().enumerate() {
            for (from, to) in (0..plan.stands.len()).flat_map(|from| (0..plan.stands.len()).map(move |to| (from, to))) {
                let there = plan.stands[from].sent.get(&demand.user).copied().unwrap_or(0);
                let may = self.service.candidates[plan.stands[to].candidate].reach[position] != Reach::No;
                if from == to || there == 0 || !may {
                    continue;
                }
                for part in PARTS.map(|part| (demand.rate.0 / part).min(there)) {
                    let mut stands = plan.stands.clone();
                    stands[from].sent.insert(demand.user, there - part);
                    *stands[to].sent.entry(demand.user).or_default() += part;
                    stands[from].sent.retain(|_, sent| *sent > 0);
                    ways.push(stands);
                }
            }
        }
        ways
    }

    /// The placements that leave one region out, have one more of those `known`, with its type, or one in the place of another.
    pub(super) fn with_other_regions(&self, plan: &Plan, known: &BTreeSet<(usize, usize)>) -> Vec<Vec<Stand>> {
        let mut ways: Vec<Vec<Stand>> = Vec::new();
        let without = |at: usize| {
            let mut stands = plan.stands.clone();
            stands.remove(at);
            stands
        };
        for at in 0..plan.stands.len() {
            ways.extend(self.whole(without(at)));
        }
        let is_new = |&&(candidate, _): &&(usize, usize)| plan.stands.iter().all(|stand| stand.candidate != candidate);
        for &(candidate, fit) in known.iter().filter(is_new) {
            let with = |mut stands: Vec<Stand>, sent: BTreeMap<UserId, u64>| {
                stands.push(Stand { candidate, fit, sent });
                stands
            };
            ways.push(with(plan.stands.clone(), BTreeMap::new()));
            for (at, stand) in plan.stands.iter().enumerate() {
                let mut sent = stand.sent.clone();
                for (demand, reach) in self.workload.demand.iter().zip(&self.service.candidates[candidate].reach) {
                    if *reach == Reach::No {
                        sent.remove(&demand.user);
                    }
                }
                ways.extend(self.whole(with(without(at), sent)));
            }
        }
        ways
    }

    /// The placements that differ in the type of one region.
    pub(super) fn with_other_types(&self, plan: &Plan) -> Vec<Vec<Stand>> {
        let each = |stand: &Stand, fit: usize| {
            let fit = &self.curves[stand.candidate].fits()[fit];
            fit.cost / Femto::from(fit.replicas.max(1))
        };
        let mut ways = Vec::new();
        for (at, stand) in plan.stands.iter().enumerate() {
            let fits = 0..self.curves[stand.candidate].fits().len();
            let cheapest = fits.clone().map(|fit| each(stand, fit)).min().unwrap_or(0);
            for fit in fits.filter(|&fit| fit != stand.fit && each(stand, fit) * 100 <= cheapest * WORTH_TRYING) {
                let mut stands = plan.stands.clone();
                stands[at].fit = fit;
                ways.push(stands);
            }
        }
        ways
    }
}
