//! Demand: user groups that every candidate region answers alike are one class.
//!
//! Their requests cost the same on the same way, so only their sum matters; `solve` splits a class's traffic again at the end.
//!
//! Where demand changes and all user groups of a workload have one shape, a region that is sent l of the groups' largest rates carries
//! load(t) = ceil(l × shape(t)) in period t: a function of l alone. [`Hours`] are the periods that are paid for, periods of equal share together.

use std::collections::BTreeMap;

use super::program::{Decision, Program, Sense};
use super::{Candidate, Femto, Reach};
use crate::model::{Demand, Profile, UserId, Workload};
use crate::units::{Ratio, RoundTrip};

/// The paid hours of a month, by the share of the largest demand that they ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hours {
    /// (share in millionths, number of hours), by share.
    paid: Vec<(u32, u64)>,
    /// Hours in all.
    all: i128,
}

impl Default for Hours {
    fn default() -> Self {
        Self { paid: vec![(Ratio::ONE.0, 1)], all: 1 }
    }
}

impl Hours {
    /// The hours of a profile in which everything has one shape.
    pub(super) fn of(profile: &Profile) -> Self {
        let calendar = profile.calendar;
        let mut paid: BTreeMap<u32, u64> = BTreeMap::new();
        for (share, _) in profile.common().filter(|&(_, is_paid)| is_paid) {
            *paid.entry(share.0).or_default() += 1;
        }
        Self { paid: paid.into_iter().collect(), all: calendar.hours as i128 }
    }

    /// (share in millionths, number of hours), by share.
    pub(super) fn paid(&self) -> &[(u32, u64)] {
        &self.paid
    }

    /// Number of hours in all.
    pub(super) const fn all(&self) -> i128 {
        self.all
    }

    /// Whether the full demand is asked for all the time.
    pub(super) fn is_constant(&self) -> bool {
        self.paid.iter().all(|&(share, _)| share == Ratio::ONE.0)
    }

    /// The load of a period of this share, where `sent` of the largest rates is sent.
    pub(super) fn load(sent: u64, share: u32) -> u64 {
        let load = (u128::from(sent) * u128::from(share)).div_ceil(1_000_000);
        u64::try_from(load).unwrap_or(u64::MAX)
    }

    /// The most that can be sent while the load of a period of this share is at most `load`.
    pub(super) fn largest(load: u64, share: u32) -> u64 {
        let sent = (u128::from(load) * 1_000_000).checked_div(u128::from(share)).unwrap_or(u128::MAX);
        u64::try_from(sent).unwrap_or(u64::MAX)
    }
}

/// Adds that every request is answered: sum over r of x(s, c, r) = d(s, c).
pub(super) fn rows(program: &mut Program<'_>) {
    for service in 0..program.services().count() {
        let candidates = program.service(service).candidates.len();
        for class in 0..program.classes(service).len() {
            let column = |candidate| program.column(Decision::Traffic { service, class, candidate });
            let sent: Vec<_> = (0..candidates).filter_map(column).map(|column| (column, 1)).collect();
            let rate = i128::from(program.classes(service)[class].rate);
            program.add_row("demand", sent, Sense::Equal, rate);
        }
    }
}

/// User groups with equal reach and equal cost of traffic, and equal round trips where these are limited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    /// The groups, in the order of the workload's demand.
    pub users: Vec<UserId>,
    /// Their demand together, in milli-rps.
    pub rate: u64,
    /// Reach by candidate.
    pub reach: Vec<Reach>,
    /// Cost of one milli-rps by candidate.
    pub cost: Vec<Femto>,
}

/// By position in a workload's demand: the first user group that has the same shape.
pub(super) fn shapes(workload: &Workload) -> Vec<usize> {
    let shapes = &workload.profile.shapes;
    let mut known: BTreeMap<&Vec<Ratio>, usize> = BTreeMap::new();
    let first = |position: usize| shapes.get(position).map_or(0, |shape| *known.entry(shape).or_insert(position));
    (0..workload.demand.len()).map(first).collect()
}

/// What part of its rate each user group asks for, in millionths, by position in the demand, in every period in which another one asks for less of
/// somebody; empty where all user groups have one shape, and ask for most at one time.
pub(super) fn peaks(workload: &Workload) -> Vec<Vec<u32>> {
    let profile = &workload.profile;
    if profile.is_uniform() {
        return Vec::new();
    }
    let shares = |period| (0..workload.demand.len()).map(|position| profile.share(position, period).0).collect();
    let mut all: Vec<Vec<u32>> = (0..profile.calendar.periods()).map(shares).collect();
    all.sort_unstable();
    all.dedup();
    let is_below = |a: &Vec<u32>, b: &Vec<u32>| a != b && a.iter().zip(b).all(|(a, b)| a <= b);
    all.iter().filter(|one| !all.iter().any(|other| is_below(one, other))).cloned().collect()
}

/// The classes of `demand` over `candidates`, whose `reach` and `traffic` are by position in `demand`; groups with another number in `apart` are in another
/// class. Ordered by first member.
pub(super) fn classes(demand: &[Demand], candidates: &[Candidate], apart: &[usize]) -> Vec<Class> {
    // How each candidate answers, at what cost, and how far it is.
    type Answers = Vec<(Reach, Femto, Option<RoundTrip>)>;
    let mut alike: BTreeMap<(usize, Answers), usize> = BTreeMap::new();
    let mut classes: Vec<Class> = Vec::new();
    for (position, demand) in demand.iter().enumerate() {
        let reach: Vec<Reach> = candidates.iter().map(|candidate| candidate.reach[position]).collect();
        let cost: Vec<Femto> = candidates.iter().map(|candidate| candidate.traffic[position]).collect();
        let answers = candidates
            .iter()
            .zip(reach.iter().zip(&cost))
            .map(|(candidate, (&reach, &cost))| (reach, cost, candidate.entry_rtt.get(position).copied().flatten()));
        let own = apart[position];
        let index = *alike.entry((own, answers.collect())).or_insert(classes.len());
        if index == classes.len() {
            classes.push(Class { users: Vec::new(), rate: 0, reach, cost });
        }
        classes[index].users.push(demand.user);
        classes[index].rate += demand.rate.0;
    }
    classes
}
