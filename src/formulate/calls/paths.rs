//! Limits on paths of calls, in microseconds.
//!
//! > w(s, k, a, b) = 1 if calls go that way and are waited for:       y(s, k, a, b) <= most × w(s, k, a, b)
//! > e(s, c, a) = 1 if class c of a limited service enters in a:      x(s, c, a) <= d(s, c) × e(s, c, a)
//! > T(s, a) >= rtt(a, b) + T(callee, b)       where w(s, k, a, b) = 1
//! > T(s, a) <= max_path_rtt(s) − rtt(c, a)    where e(s, c, a) = 1
//!
//! An unknown round trip counts as longer than any limit. Three sums decide where that has to be written down:
//!
//! > least(s, a)     the shortest that T can be, if every call takes the best way
//! > longest(s, a)   the longest it can be, if every call takes the worst
//! > left(s, a)      what of any limit can be left when a request arrives; without end if some are not limited
//!
//! A way with left(s, a) < rtt(a, b) + least(callee, b) is closed. Where every class that may enter has room for `longest`, nothing can be too long.

use std::collections::BTreeMap;

use super::{Calls, Made};
use crate::formulate::program::{Column, ColumnId, Decision, Program, Sense};
use crate::formulate::Reach;

/// Longer than any sum of round trips.
const WITHOUT_END: u64 = 1 << 60;

/// The columns that say which ways are in use, where that matters.
#[derive(Debug, Default)]
pub(super) struct Paths {
    /// By the column of calls, or of traffic: the one that says whether there is any.
    in_use: BTreeMap<ColumnId, ColumnId>,
    /// By service and candidate: the longest wait.
    wait: BTreeMap<(usize, usize), ColumnId>,
}

impl Paths {
    /// True if `values` say that nothing goes the way of the column.
    pub(super) fn is_closed(&self, column: ColumnId, values: &[u64]) -> bool {
        self.in_use.get(&column).is_some_and(|in_use| values[in_use.index()] == 0)
    }
}

/// Sums along the paths of a program, by service and candidate.
struct Sums {
    least: Vec<Vec<u64>>,
    longest: Vec<Vec<u64>>,
    /// `None` where nothing arrives.
    left: Vec<Vec<Option<u64>>>,
}

/// Adds the limits on paths.
pub(super) fn rows(program: &mut Program<'_>) {
    let services = program.services().count();
    if program.calls.order.is_empty() || !(0..services).any(|service| limit(program, service).is_some()) {
        return;
    }
    let sums = sums(program);
    close(program, &sums);
    let mut is_needed: Vec<Vec<bool>> =
        (0..services).map(|service| vec![false; program.service(service).candidates.len()]).collect();
    for service in program.calls.order.clone() {
        for candidate in 0..is_needed[service].len() {
            let entries = entries(program, service, candidate, &sums);
            let is_tight = |&(_, _, left): &(_, _, u64)| left < sums.longest[service][candidate];
            if !is_needed[service][candidate] && !entries.iter().any(is_tight) {
                continue;
            }
            is_needed[service][candidate] = true;
            for made in program.calls.made[service].iter().filter(|made| made.waits) {
                for &(to, _) in &made.ways[candidate] {
                    is_needed[made.callee][to] = true;
                }
            }
        }
    }
    for service in program.calls.order.clone().into_iter().rev() {
        for candidate in (0..is_needed[service].len()).filter(|&candidate| is_needed[service][candidate]) {
            behind(program, service, candidate, &sums);
            enter(program, service, candidate, &sums);
        }
    }
}

/// The limit on the paths of a service, in microseconds.
fn limit(program: &Program<'_>, service: usize) -> Option<u64> {
    let workload = program.service(service).workload;
    program.problem().workloads[workload.index()].max_path_rtt.map(|limit| u64::from(limit.0))
}

/// The round trip of a way; longer than every limit if it is not known.
fn round_trip(program: &Program<'_>, service: usize, from: usize, made: &Made, to: usize) -> u64 {
    let from = program.service(service).candidates[from].region;
    let to = program.service(made.callee).candidates[to].region;
    program.problem().links.get(from, to).rtt.map_or_else(|| too_long(program), |rtt| u64::from(rtt.round_trip.0))
}

fn too_long(program: &Program<'_>) -> u64 {
    let services = 0..program.services().count();
    services.filter_map(|service| limit(program, service)).max().unwrap_or(0) + 1
}

/// The classes that may enter a limited service in a candidate: the column, the class, and what the limit leaves.
fn entries(program: &Program<'_>, service: usize, candidate: usize, sums: &Sums) -> Vec<(ColumnId, usize, u64)> {
    let Some(limit) = limit(program, service) else { return Vec::new() };
    let left = |(class, column)| {
        let rtt = entry_round_trip(program, service, class, candidate)?;
        let left = limit.checked_sub(rtt).filter(|&left| left >= sums.least[service][candidate])?;
        Some((column, class, left))
    };
    program.traffic(service, candidate).filter_map(left).collect()
}

fn entry_round_trip(program: &Program<'_>, service: usize, class: usize, candidate: usize) -> Option<u64> {
    let user = program.classes(service)[class].users[0];
    let region = program.service(service).candidates[candidate].region;
    program.problem().rtt.get(user, region).map(|rtt| u64::from(rtt.round_trip.0))
}

fn sums(program: &Program<'_>) -> Sums {
    let Calls { order, made, .. } = &program.calls;
    let sizes: Vec<usize> = program.services().map(|service| service.candidates.len()).collect();
    let mut sums = Sums {
        least: sizes.iter().map(|&size| vec![0; size]).collect(),
        longest: sizes.iter().map(|&size| vec![0; size]).collect(),
        left: sizes.iter().map(|&size| vec![None; size]).collect(),
    };
    for &service in order.iter().rev() {
        for from in 0..sizes[service] {
            let (mut least, mut longest) = (0, 0);
            for made in made[service].iter().filter(|made| made.waits) {
                let rtt = |to: usize| round_trip(program, service, from, made, to);
                let best = made.ways[from].iter().map(|&(to, _)| rtt(to) + sums.least[made.callee][to]).min();
                let worst = made.ways[from].iter().map(|&(to, _)| rtt(to) + sums.longest[made.callee][to]).max();
                least = best.unwrap_or(WITHOUT_END).max(least).min(WITHOUT_END);
                longest = worst.unwrap_or(0).max(longest);
            }
            (sums.least[service][from], sums.longest[service][from]) = (least, longest);
        }
    }
    for &service in order {
        for from in 0..sizes[service] {
            let arrives = if limit(program, service).is_some() {
                entries(program, service, from, &sums).into_iter().map(|(_, _, left)| left).max()
            } else {
                let is_reached = |class: &super::super::Class| class.reach[from] != Reach::No;
                program.classes(service).iter().any(is_reached).then_some(WITHOUT_END)
            };
            let left = sums.left[service][from].max(arrives);
            sums.left[service][from] = left;
            let Some(left) = left else { continue };
            for made in &made[service] {
                for &(to, _) in &made.ways[from] {
                    let behind = round_trip(program, service, from, made, to);
                    let after = match () {
                        () if !made.waits || left == WITHOUT_END => Some(WITHOUT_END),
                        () => left.checked_sub(behind).filter(|&after| after >= sums.least[made.callee][to]),
                    };
                    sums.left[made.callee][to] = sums.left[made.callee][to].max(after);
                }
            }
        }
    }
    sums
}

/// Adds that nothing goes where a path is too long whatever else is decided.
fn close(program: &mut Program<'_>, sums: &Sums) {
    let mut closed = Vec::new();
    for service in 0..program.services().count() {
        for from in 0..program.service(service).candidates.len() {
            if limit(program, service).is_some() {
                let open = entries(program, service, from, sums);
                let is_open = |column: ColumnId| open.iter().any(|(open, _, _)| *open == column);
                closed.extend(program.traffic(service, from).map(|(_, column)| column).filter(|&at| !is_open(at)));
            }
            for made in &program.calls.made[service] {
                for &(to, column) in &made.ways[from] {
                    let needed = round_trip(program, service, from, made, to) + sums.least[made.callee][to];
                    let is_open =
                        sums.left[service][from].is_some_and(|left| !made.waits || left == WITHOUT_END || left >= needed);
                    if !is_open {
                        closed.push(column);
                    }
                }
            }
        }
    }
    for column in closed {
        program.add_row("calls", [(column, 1)], Sense::AtMost, 0);
    }
}

/// The largest wait behind a candidate that needs to be told apart.
fn most_wait(service: usize, candidate: usize, sums: &Sums) -> u64 {
    sums.longest[service][candidate].min(sums.left[service][candidate].unwrap_or(0))
}

/// Adds the wait behind a candidate: no less than over any way in use.
fn behind(program: &mut Program<'_>, service: usize, candidate: usize, sums: &Sums) {
    let most = most_wait(service, candidate, sums);
    let decision = Decision::Wait { service, candidate };
    let wait = program.add_column(Column { decision, cost: 0, most, is_whole: false });
    program.calls.paths.wait.insert((service, candidate), wait);
    let mut ways: Vec<(usize, usize, usize, u64, ColumnId)> = Vec::new();
    for (call, made) in program.calls.made[service].iter().enumerate().filter(|(_, made)| made.waits) {
        for &(to, column) in &made.ways[candidate] {
            ways.push((call, made.callee, to, round_trip(program, service, candidate, made, to), column));
        }
    }
    for (call, callee, to, rtt, sent) in ways {
        let in_use = in_use(program, sent, Decision::Way { service, call, from: candidate, to });
        let after = program.calls.paths.wait.get(&(callee, to)).copied();
        let longest = if after.is_some() { i128::from(most_wait(callee, to, sums)) } else { 0 };
        let factor = -(i128::from(rtt) + longest);
        let terms = [(wait, 1), (in_use, factor)].into_iter().chain(after.map(|after| (after, -1)));
        program.add_row("calls", terms, Sense::AtLeast, -longest);
    }
}

/// Adds that users enter only where the wait behind is short enough for them.
fn enter(program: &mut Program<'_>, service: usize, candidate: usize, sums: &Sums) {
    let Some(wait) = program.calls.paths.wait.get(&(service, candidate)).copied() else { return };
    let most = most_wait(service, candidate, sums);
    for (sent, class, left) in entries(program, service, candidate, sums) {
        if left < most {
            let in_use = in_use(program, sent, Decision::Entry { service, class, candidate });
            let terms = [(wait, 1), (in_use, i128::from(most) - i128::from(left))];
            program.add_row("calls", terms, Sense::AtMost, i128::from(most));
        }
    }
}

/// The column that says whether anything is sent by `column`.
fn in_use(program: &mut Program<'_>, column: ColumnId, decision: Decision) -> ColumnId {
    let most = i128::from(program.columns()[column.index()].most);
    let in_use = program.add_column(Column { decision, cost: 0, most: 1, is_whole: true });
    program.calls.paths.in_use.insert(column, in_use);
    program.add_row("calls", [(column, 1), (in_use, -most)], Sense::AtMost, 0);
    in_use
}

/// Sets the columns of this file to what follows from the traffic and calls of `values`.
pub(super) fn complete(program: &Program<'_>, values: &mut [u64]) {
    let paths = &program.calls.paths;
    for (column, in_use) in &paths.in_use {
        values[in_use.index()] = u64::from(values[column.index()] > 0);
    }
    for &service in program.calls.order.iter().rev() {
        for from in 0..program.service(service).candidates.len() {
            let Some(wait) = paths.wait.get(&(service, from)) else { continue };
            let mut longest = 0;
            for made in program.calls.made[service].iter().filter(|made| made.waits) {
                for &(to, _) in made.ways[from].iter().filter(|(_, column)| values[column.index()] > 0) {
                    let after = paths.wait.get(&(made.callee, to)).map_or(0, |after| values[after.index()]);
                    longest = longest.max(round_trip(program, service, from, made, to) + after);
                }
            }
            values[wait.index()] = longest;
        }
    }
}
