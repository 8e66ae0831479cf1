//! Order: what later targets may spend of an earlier one stays within what its stage left. Money and carbon are limited as they are for every problem
//! (`budget.rs`, `carbon.rs`); the time that requests of users spend on their way is limited here.
//!
//! > sum over w, g and r of mean traffic(w, g, r) × rtt(g, r)  <=  max_wait
//!
//! Every group's time is rounded to a unit; so much for each is no breach. An unknown round trip is one.

use super::{Totals, Violation};
use crate::model::Problem;

pub(super) fn check(problem: &Problem, totals: &Totals, groups: usize, violations: &mut Vec<Violation>) {
    let Some(most) = problem.limits.max_wait else { return };
    if totals.wait.is_none_or(|wait| wait.0 - groups as i128 > most.0) {
        violations.push(Violation::TooLongOnTheWay { wait: totals.wait, most });
    }
}
