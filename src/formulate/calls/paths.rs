//! Limits on paths of calls, in microseconds.
//!
//! > w(s, k, a, b) = 1 if calls go that way and are waited for:       y(s, k, a, b) <= most × w(s, k, a, b)
//! > e(s, c, a) = 1 if class c of a limited service enters in a:      x(s, c, a) <= d(s, c) × e(s, c, a)
//! > T(s, a) >= rtt(a, b) + T(callee, b)       where w(s, k, a, b) = 1
//! > T(s, a) <= max_path_rtt(s) − rtt(c, a)    where e(s, c, a) = 1
//!
//! where the first candidate of a region stands for all that are there. An unknown round trip counts as longer than any limit. Three sums decide where that has to be written down:
//!
//! > least(s, a)     the shortest that T can be, if every call takes the best way
//! > longest(s, a)   the longest it can be, if every call takes the worst
//! > left(s, a)      what of any limit can be left when a request arrives; without end if some are not limited
//!
//! A way with left(s, a) < rtt(a, b) + least(callee, b) is closed. Where every class that may enter has room for `longest`, nothing can be too long.

use std::collections::BTreeMap;

use super::{Graph, cost_of_way};
use crate::formulate::program::{Column, ColumnId, Decision, Program, Sense};
use crate::formulate::service::{Candidate, Reach, Service};
use crate::model::{Call, LinkTable, Problem, RegionId};
use crate::units::RoundTrip;

/// Longer than any sum of round trips.
pub(super) const WITHOUT_END: u64 = 1 << 60;

/// The columns that say which ways are in use, where that matters.
#[derive(Debug, Default)]
pub(super) struct Paths {
    /// By the column of calls, or of traffic: the one that says whether there is any.
    in_use: BTreeMap<ColumnId, ColumnId>,
    /// By the column of calls that are waited for: the round trip.
    lengths: BTreeMap<ColumnId, u64>,
    /// By service and candidate: the longest wait.
    wait: BTreeMap<(usize, usize), ColumnId>,
}

impl Paths {
    /// True if limits on paths as a whole are written down.
    pub(super) fn are_written(&self) -> bool {
        !self.lengths.is_empty()
    }

    /// True if `values` say that nothing goes the way of the column.
    pub(super) fn is_closed(&self, column: ColumnId, values: &[u64]) -> bool {
        self.in_use.get(&column).is_some_and(|in_use| values[in_use.index()] == 0)
    }
}

/// Sums along the paths of some services, by service and candidate.
#[derive(Debug)]
pub(super) struct Sums {
    /// By service: its limit.
    limits: Vec<Option<u64>>,
    /// Between two candidates, by their regions: an unknown round trip is longer than any limit.
    round_trips: RoundTrips,
    least: Vec<Vec<u64>>,
    longest: Vec<Vec<u64>>,
    /// `None` where nothing arrives.
    left: Vec<Vec<Option<u64>>>,
    /// By service, candidate and position in the demand: what the limit leaves of a request that enters there.
    entries: Vec<Vec<Vec<Option<u64>>>>,
}

/// Regions of candidates, and the round trips between them.
#[derive(Debug)]
struct RoundTrips {
    regions: Vec<Vec<RegionId>>,
    links: LinkTable,
    too_long: u64,
}

impl RoundTrips {
    fn between(&self, from: (usize, usize), to: (usize, usize)) -> u64 {
        let link = self.links.get(self.regions[from.0][from.1], self.regions[to.0][to.1]);
        link.rtt.map_or(self.too_long, |rtt| u64::from(rtt.round_trip.0))
    }
}

impl Sums {
    pub(super) fn of(problem: &Problem, services: &[&Service], graph: &Graph<'_>) -> Self {
        let limit = |service: &&Service| {
            problem.workloads[service.workload.index()].max_path_rtt.map(|limit| u64::from(limit.0))
        };
        let limits: Vec<Option<u64>> = services.iter().map(limit).collect();
        let regions = |service: &&Service| service.candidates.iter().map(|candidate| candidate.region).collect();
        let round_trips = RoundTrips {
            regions: services.iter().map(regions).collect(),
            links: problem.links.clone(),
            too_long: limits.iter().flatten().max().map_or(0, |limit| limit + 1),
        };
        let of_size = |service: &&Service| vec![0; service.candidates.len()];
        let mut sums = Self {
            least: services.iter().map(of_size).collect(),
            longest: services.iter().map(of_size).collect(),
            left: services.iter().map(|service| vec![None; service.candidates.len()]).collect(),
            entries: Vec::new(),
            limits,
            round_trips,
        };
        if sums.limits.iter().any(Option::is_some) {
            sums.look_behind(problem, services, graph);
        }
        sums.look_ahead(problem, services, graph);
        sums
    }

    fn look_behind(&mut self, problem: &Problem, services: &[&Service], graph: &Graph<'_>) {
        for &service in graph.order.iter().rev() {
            for (from, caller) in services[service].candidates.iter().enumerate() {
                let (mut least, mut longest) = (0, 0);
                for &(callee, call) in graph.calls[service].iter().filter(|(_, call)| call.waits) {
                    let mut best = WITHOUT_END;
                    for (to, answering) in services[callee].candidates.iter().enumerate() {
                        if cost_of_way(problem, call, caller, (services[callee], answering)).is_some() {
                            let rtt = self.round_trips.between((service, from), (callee, to));
                            best = best.min(rtt + self.least[callee][to]);
                            longest = longest.max(rtt + self.longest[callee][to]);
                        }
                    }
                    least = best.max(least);
                }
                (self.least[service][from], self.longest[service][from]) = (least, longest);
            }
        }
    }

    fn look_ahead(&mut self, problem: &Problem, services: &[&Service], graph: &Graph<'_>) {
        self.entries = (0..services.len()).map(|service| self.entries_of(service, services[service])).collect();
        let entered = |(service, entries): (usize, &Vec<Vec<Option<u64>>>)| {
            let of_candidate = |(candidate, entries): (usize, &Vec<Option<u64>>)| match self.limits[service] {
                Some(_) => entries.iter().flatten().max().copied(),
                None => Self::is_entered(services[service], candidate).then_some(WITHOUT_END),
            };
            entries.iter().enumerate().map(of_candidate).collect()
        };
        let entered = self.entries.iter().enumerate().map(entered).collect();
        self.left = self.spread(problem, services, graph, entered);
    }

    fn is_entered(service: &Service, candidate: usize) -> bool {
        service.candidates[candidate].reach.iter().any(|&reach| reach != Reach::No)
    }

    /// What is left, at most, of the limits of requests that have `left` where they enter, in all that they reach.
    fn spread(
        &self,
        problem: &Problem,
        services: &[&Service],
        graph: &Graph<'_>,
        mut left: Vec<Vec<Option<u64>>>,
    ) -> Vec<Vec<Option<u64>>> {
        for &service in &graph.order {
            for (from, caller) in services[service].candidates.iter().enumerate() {
                let Some(before) = left[service][from] else { continue };
                for &(callee, call) in &graph.calls[service] {
                    for (to, answering) in services[callee].candidates.iter().enumerate() {
                        let after = self.after(before, (service, from), call, (callee, to));
                        if after > left[callee][to]
                            && cost_of_way(problem, call, caller, (services[callee], answering)).is_some()
                        {
                            left[callee][to] = after;
                        }
                    }
                }
            }
        }
        left
    }

    /// By service and candidate: whether requests of one user group of a service can arrive.
    pub(super) fn reached_from(
        &self,
        problem: &Problem,
        services: &[&Service],
        graph: &Graph<'_>,
        (entered, position): (usize, usize),
    ) -> Vec<Vec<bool>> {
        let mut left: Vec<Vec<Option<u64>>> =
            services.iter().map(|service| vec![None; service.candidates.len()]).collect();
        left[entered] = self.left_of((entered, position), services[entered]);
        let spread = self.spread(problem, services, graph, left);
        spread.iter().map(|left| left.iter().map(Option::is_some).collect()).collect()
    }

    /// By candidate: what a limit leaves of one user group's requests that enter there; `None` where they do not.
    pub(super) fn left_of(&self, (entered, position): (usize, usize), service: &Service) -> Vec<Option<u64>> {
        let left = |(at, candidate): (usize, &Candidate)| match self.limits[entered] {
            Some(_) => self.entries[entered][at][position],
            None => (candidate.reach[position] != Reach::No).then_some(WITHOUT_END),
        };
        service.candidates.iter().enumerate().map(left).collect()
    }

    /// What a limit leaves of requests that enter in each candidate, if that is enough for what is behind.
    fn entries_of(&self, at: usize, service: &Service) -> Vec<Vec<Option<u64>>> {
        let of_candidate = |(from, candidate): (usize, &Candidate)| {
            let left = |(rtt, reach): (&Option<RoundTrip>, &Reach)| {
                let rtt = rtt.filter(|_| *reach != Reach::No)?;
                self.limits[at]?.checked_sub(u64::from(rtt.0)).filter(|&left| left >= self.least[at][from])
            };
            candidate.entry_rtt.iter().zip(&candidate.reach).map(left).collect()
        };
        service.candidates.iter().enumerate().map(of_candidate).collect()
    }

    /// What is left of a limit after a way; `None` if it is too long.
    fn after(&self, left: u64, from: (usize, usize), call: &Call, to: (usize, usize)) -> Option<u64> {
        if !call.waits || left == WITHOUT_END {
            return Some(WITHOUT_END);
        }
        left.checked_sub(self.round_trips.between(from, to)).filter(|&after| after >= self.least[to.0][to.1])
    }

    /// True if calls may go the way.
    pub(super) fn is_open(&self, from: (usize, usize), call: &Call, to: (usize, usize)) -> bool {
        self.left[from.0][from.1].is_some_and(|left| self.after(left, from, call, to).is_some())
    }
}

/// Adds that users enter limited services only where the shortest path is short enough.
pub(super) fn enter_in_time(program: &mut Program<'_>, sums: &Sums) {
    for service in 0..program.services().count() {
        for candidate in 0..program.service(service).candidates.len() {
            if sums.limits[service].is_some() {
                let first = program.service(service).first_in_region(candidate);
                let open: Vec<ColumnId> =
                    entries(program, service, first, sums).into_iter().map(|(column, ..)| column).collect();
                let closed: Vec<ColumnId> = program.traffic(service, candidate).map(|(_, column)| column).collect();
                for column in closed.into_iter().filter(|column| !open.contains(column)) {
                    program.add_row("calls", [(column, 1)], Sense::AtMost, 0);
                }
            }
        }
    }
}

/// The ways in which classes may enter a limited service in a region, by the first candidate there: the column, what it stands for, and what the limit
/// leaves.
fn entries(program: &Program<'_>, service: usize, first: usize, sums: &Sums) -> Vec<(ColumnId, (usize, usize), u64)> {
    let demand = &program.service(service).demand;
    let left = |candidate: usize, (class, column): (usize, ColumnId)| {
        let user = program.classes(service)[class].users[0];
        let position = demand.iter().position(|demand| demand.user == user)?;
        let left = *sums.entries.get(service)?.get(candidate)?.get(position)?;
        Some((column, (class, candidate), left?))
    };
    let here = program.service(service).of_region(first);
    here.flat_map(|candidate| program.traffic(service, candidate).filter_map(move |entry| left(candidate, entry)))
        .collect()
}

/// True if the ways that `values` use make a path that is longer than its limit.
pub(super) fn are_too_long(program: &Program<'_>, sums: &Sums, values: &[u64]) -> bool {
    let mut waits: Vec<Vec<u64>> = sums.least.iter().map(|least| vec![0; least.len()]).collect();
    for &service in program.calls.order.iter().rev() {
        for from in 0..waits[service].len() {
            let waited = program.calls.made[service].iter().filter(|made| made.waits);
            let used = waited.flat_map(|made| made.ways[from].iter().map(|&(to, column)| (made.callee, to, column)));
            let used = used.filter(|(_, _, column)| values[column.index()] > 0);
            let wait = |(callee, to, _)| {
                let behind = waits[callee][program.service(callee).first_in_region(to)];
                sums.round_trips.between((service, from), (callee, to)) + behind
            };
            waits[service][from] = used.map(wait).max().unwrap_or(0);
        }
    }
    let is_too_long = |service: usize, candidate: usize| {
        let entries = entries(program, service, candidate, sums);
        let used = entries.into_iter().filter(|(column, _, _)| values[column.index()] > 0);
        used.map(|(_, _, left)| left).any(|left| left < waits[service][candidate])
    };
    (0..waits.len()).any(|service| (0..waits[service].len()).any(|candidate| is_too_long(service, candidate)))
}

/// Adds the limits on paths as a whole.
pub(super) fn rows(program: &mut Program<'_>, sums: &Sums) {
    let services = program.services().count();
    let mut is_needed: Vec<Vec<bool>> =
        (0..services).map(|service| vec![false; program.service(service).candidates.len()]).collect();
    for &service in &program.calls.order {
        for candidate in 0..is_needed[service].len() {
            let entries = entries(program, service, candidate, sums);
            let is_tight = |&(_, _, left): &(ColumnId, (usize, usize), u64)| left < sums.longest[service][candidate];
            if !is_needed[service][candidate] && !entries.iter().any(is_tight) {
                continue;
            }
            is_needed[service][candidate] = true;
            for made in program.calls.made[service].iter().filter(|made| made.waits) {
                for &(to, _) in &made.ways[candidate] {
                    is_needed[made.callee][program.service(made.callee).first_in_region(to)] = true;
                }
            }
        }
    }
    for service in program.calls.order.clone().into_iter().rev() {
        for candidate in (0..is_needed[service].len()).filter(|&candidate| is_needed[service][candidate]) {
            behind(program, service, candidate, sums);
            enter(program, service, candidate, sums);
        }
    }
    let lengths = program.calls.made.iter().enumerate().flat_map(|(service, made)| {
        let waited = made.iter().filter(|made| made.waits);
        waited.flat_map(move |made| {
            let ways = made.ways.iter().enumerate();
            ways.flat_map(move |(from, ways)| {
                ways.iter().map(move |&(to, column)| (column, (service, from), (made.callee, to)))
            })
        })
    });
    let lengths = lengths.map(|(column, from, to)| (column, sums.round_trips.between(from, to))).collect();
    program.calls.paths.lengths = lengths;
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
            ways.push((
                call,
                made.callee,
                to,
                sums.round_trips.between((service, candidate), (made.callee, to)),
                column,
            ));
        }
    }
    for (call, callee, to, rtt, sent) in ways {
        let in_use = in_use(program, sent, Decision::Way { service, call, from: candidate, to });
        let first = program.service(callee).first_in_region(to);
        let after = program.calls.paths.wait.get(&(callee, first)).copied();
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
    for (sent, (class, at), left) in entries(program, service, candidate, sums) {
        if left < most {
            let in_use = in_use(program, sent, Decision::Entry { service, class, candidate: at });
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
                for &(to, column) in made.ways[from].iter().filter(|(_, column)| values[column.index()] > 0) {
                    let first = program.service(made.callee).first_in_region(to);
                    let after = paths.wait.get(&(made.callee, first)).map_or(0, |after| values[after.index()]);
                    longest = longest.max(paths.lengths.get(&column).copied().unwrap_or(0) + after);
                }
            }
            values[wait.index()] = longest;
        }
    }
}
