//! Demand: user groups that every candidate region answers alike are one class.
//!
//! Their requests cost the same wherever they go, so only their sum matters; `solve` splits a class's traffic again at the end.

use std::collections::BTreeMap;

use super::program::{Decision, Program, Sense};
use super::{Candidate, Reach};
use crate::model::{Demand, UserId};

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

/// User groups with equal reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    /// The groups, in the order of the workload's demand.
    pub users: Vec<UserId>,
    /// Their demand together, in milli-rps.
    pub rate: u64,
    /// Reach by candidate.
    pub reach: Vec<Reach>,
}

/// The classes of `demand` over `candidates`, whose `reach` is by position in `demand`. Ordered by first member.
pub(super) fn classes(demand: &[Demand], candidates: &[Candidate]) -> Vec<Class> {
    let mut by_reach: BTreeMap<Vec<Reach>, usize> = BTreeMap::new();
    let mut classes: Vec<Class> = Vec::new();
    for (position, demand) in demand.iter().enumerate() {
        let reach: Vec<Reach> = candidates.iter().map(|candidate| candidate.reach[position]).collect();
        let index = *by_reach.entry(reach.clone()).or_insert(classes.len());
        if index == classes.len() {
            classes.push(Class { users: Vec::new(), rate: 0, reach });
        }
        classes[index].users.push(demand.user);
        classes[index].rate += demand.rate.0;
    }
    classes
}
