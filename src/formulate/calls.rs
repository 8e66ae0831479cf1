//! Calls: a workload's load is the requests of its users and the calls of others; calls cross regions at a price, and paths of calls have limits.
//!
//! > y(s, k, a, b)   calls of service s by its call k from candidate a to candidate b of the callee, in milli-rps
//! > load(s, a)      = sum over c of x(s, c, a) + sum over callers and their candidates a' of y(·, ·, a', a)
//! > made:           per_request(k) × load(s, a) <= sum over b of y(s, k, a, b)          for every call k and candidate a
//! > cost:           sum of y(s, k, a, b) × (sent × price(a, b) + answer × price(b, a))
//!
//! `load` takes the place of traffic in the rows of capacity and stock. Whole calls that are no fewer than needed are as many as needed, rounded up, in any
//! solution that sends none without need; [`complete`] takes the others away. Limits on paths are in `paths`.

mod paths;

use std::collections::BTreeMap;

use super::cost;
use super::program::{Column, ColumnId, Decision, Program, Sense};
use super::service::Service;
use crate::model::{Problem, RegionId, WorkloadId};
use crate::units::Ratio;

/// Fewer requests than this, in milli-rps, are counted in whole milli-rps while searching: how each region rounds its calls up would be felt. Of more
/// it would not, and whole values are made of the solver's afterwards.
const FEW_REQUESTS: u64 = 1_000;

/// The calls of a program: who calls whom, by which columns.
#[derive(Debug, Default)]
pub(super) struct Calls {
    /// Positions of services, callers first.
    order: Vec<usize>,
    /// By service.
    made: Vec<Vec<Made>>,
    /// Columns of the calls that reach a candidate, by service and candidate.
    received: BTreeMap<(usize, usize), Vec<ColumnId>>,
    paths: paths::Paths,
}

/// One call of a service.
#[derive(Debug)]
struct Made {
    /// Position of the callee.
    callee: usize,
    per_request: Ratio,
    waits: bool,
    /// By candidate of the caller: candidates of the callee with the column of the calls to them.
    ways: Vec<Vec<(usize, ColumnId)>>,
}

/// The most calls that can reach a workload, in milli-rps: each region of a caller rounds up.
pub(super) fn most_called(problem: &Problem, callee: WorkloadId) -> u64 {
    if !problem.is_called(callee) {
        return 0;
    }
    let mut called: Vec<u64> = vec![0; problem.workloads.len()];
    for caller in problem.callers_first() {
        let load = problem.workloads[caller.index()].total_demand().0.saturating_add(called[caller.index()]);
        for (to, call) in problem.calls_of(caller) {
            let most = call.made_by(load).saturating_add(problem.regions.len() as u64 - 1);
            called[to.index()] = called[to.index()].saturating_add(most);
        }
    }
    called[callee.index()]
}

/// True if the workload calls others, or others it.
pub(super) fn has_calls(problem: &Problem, workload: WorkloadId) -> bool {
    problem.calls_of(workload).next().is_some() || problem.is_called(workload)
}

/// Adds the columns of all calls between the program's services.
pub(super) fn columns(program: &mut Program<'_>) {
    let problem = program.problem();
    let position: BTreeMap<WorkloadId, usize> =
        program.services().enumerate().map(|(at, service)| (service.workload, at)).collect();
    if !position.keys().any(|&workload| has_calls(problem, workload)) {
        return;
    }
    let mut calls = Calls {
        order: problem.callers_first().iter().filter_map(|workload| position.get(workload).copied()).collect(),
        ..Calls::default()
    };
    for service in 0..position.len() {
        let caller = program.service(service);
        let mut made = Vec::new();
        for (number, (callee, call)) in problem.calls_of(caller.workload).enumerate() {
            let Some(&callee) = position.get(&callee) else { continue };
            let most = call.made_by(most_load(problem, caller));
            let mut ways = vec![Vec::new(); caller.candidates.len()];
            for (from, ways) in ways.iter_mut().enumerate() {
                let answering = program.service(callee);
                for (to, candidate) in answering.candidates.iter().enumerate() {
                    let (here, there) = (caller.candidates[from].region, candidate.region);
                    let back = problem.links.get(there, here).egress_per_gb;
                    let there = problem.links.get(here, there).egress_per_gb;
                    let Some(cost) = cost::call_per_millirps(call, there, back) else { continue };
                    let decision = Decision::Calls { service, call: number, from, to };
                    let column = program.add_column(Column { decision, cost, most, is_whole: most < FEW_REQUESTS });
                    ways.push((to, column));
                    calls.received.entry((callee, to)).or_default().push(column);
                }
            }
            made.push(Made { callee, per_request: call.per_request, waits: call.waits, ways });
        }
        calls.made.push(made);
    }
    program.calls = calls;
    program.make_whole(|decision, most| matches!(decision, Decision::Traffic { .. }) && most < FEW_REQUESTS);
}

/// The most requests that can reach a service in one region.
fn most_load(problem: &Problem, service: &Service) -> u64 {
    service.total.saturating_add(most_called(problem, service.workload))
}

/// Adds that every call is made, and the limits on paths.
pub(super) fn rows(program: &mut Program<'_>) {
    let mut rows = Vec::new();
    for (service, made) in program.calls.made.iter().enumerate() {
        for made in made {
            for (from, ways) in made.ways.iter().enumerate() {
                let needed = program.load(service, from).map(|column| (column, -i128::from(made.per_request.0)));
                let sent = ways.iter().map(|&(_, column)| (column, i128::from(Ratio::ONE.0)));
                rows.push(needed.chain(sent).collect::<Vec<_>>());
            }
        }
    }
    for row in rows {
        program.add_row("calls", row, Sense::AtLeast, 0);
    }
    paths::rows(program);
}

impl Program<'_> {
    /// The columns of calls that a candidate receives.
    pub fn received(&self, service: usize, candidate: usize) -> impl Iterator<Item = ColumnId> + '_ {
        self.calls.received.get(&(service, candidate)).into_iter().flatten().copied()
    }

    /// The columns that load a candidate: traffic of users and calls.
    pub fn load(&self, service: usize, candidate: usize) -> impl Iterator<Item = ColumnId> + '_ {
        self.traffic(service, candidate).map(|(_, column)| column).chain(self.received(service, candidate))
    }

    /// The calls that a candidate makes in `values`, by callee and region, none zero.
    pub fn calls_made(&self, service: usize, from: usize, values: &[u64]) -> BTreeMap<(WorkloadId, RegionId), u64> {
        let mut sent = BTreeMap::new();
        for made in self.calls.made.get(service).into_iter().flatten() {
            let callee = self.service(made.callee);
            for &(to, column) in &made.ways[from] {
                if values[column.index()] > 0 {
                    sent.insert((callee.workload, callee.candidates[to].region), values[column.index()]);
                }
            }
        }
        sent
    }

    /// Sum of the columns at `values`.
    fn loaded(&self, service: usize, candidate: usize, values: &[u64]) -> u64 {
        self.load(service, candidate).map(|column| values[column.index()]).fold(0, u64::saturating_add)
    }
}

/// Makes the calls of `values` as many as are needed, callers first: what is too much is taken away where it costs most; what is missing is sent
/// where calls go already, first where machines have room. Then steps are raised where they carry less than that, and what follows from the ways in use
/// is set.
pub(super) fn complete(program: &Program<'_>, values: &mut [u64]) {
    for &service in &program.calls.order {
        for made in &program.calls.made[service] {
            for (from, ways) in made.ways.iter().enumerate() {
                let load = u128::from(program.loaded(service, from, values)) * u128::from(made.per_request.0);
                let needed = u64::try_from(load.div_ceil(u128::from(Ratio::ONE.0))).unwrap_or(u64::MAX);
                settle(program, made.callee, ways, needed, values);
            }
        }
    }
    if !program.calls.order.is_empty() {
        raise_steps(program, values);
    }
    paths::complete(program, values);
}

/// Makes the calls over `ways` sum up to `needed`.
fn settle(program: &Program<'_>, callee: usize, ways: &[(usize, ColumnId)], needed: u64, values: &mut [u64]) {
    for &(_, column) in ways {
        if program.calls.paths.is_closed(column, values) {
            values[column.index()] = 0;
        }
    }
    let mut dearest: Vec<(usize, ColumnId)> = ways.to_vec();
    dearest.sort_by_key(|&(to, column)| (std::cmp::Reverse(program.columns()[column.index()].cost), to));
    let sent: u64 = ways.iter().map(|&(_, column)| values[column.index()]).sum();
    let mut surplus = sent.saturating_sub(needed);
    for &(_, column) in &dearest {
        let less = surplus.min(values[column.index()]);
        values[column.index()] -= less;
        surplus -= less;
    }
    let mut missing = needed.saturating_sub(sent);
    if missing == 0 {
        return;
    }
    let is_in_use = |to: usize, values: &[u64]| program.uses(callee, to).any(|use_| values[use_.index()] > 0);
    let room = |to: usize, values: &[u64]| {
        let steps = program.service(callee).candidates[to].curve.steps();
        let used = program.uses(callee, to).position(|use_| values[use_.index()] > 0);
        let capacity = used.map_or(0, |step| steps[step].capacity);
        capacity.saturating_sub(program.loaded(callee, to, values))
    };
    // The cheapest first: where calls go already, then where machines are, then anywhere.
    let open = |column: ColumnId, values: &[u64]| !program.calls.paths.is_closed(column, values);
    let mut order: Vec<(usize, ColumnId)> =
        dearest.into_iter().rev().filter(|&(_, column)| open(column, values)).collect();
    order.sort_by_key(|&(to, column)| (values[column.index()] == 0, !is_in_use(to, values)));
    for &(to, column) in &order {
        let more = if is_in_use(to, values) { missing.min(room(to, values)) } else { 0 };
        values[column.index()] += more;
        missing -= more;
    }
    if let Some(&(_, column)) = order.first() {
        values[column.index()] += missing;
    }
}

/// Lets every candidate be on the first step that carries what it is sent.
fn raise_steps(program: &Program<'_>, values: &mut [u64]) {
    for service in 0..program.services().count() {
        for (candidate, placed) in program.service(service).candidates.iter().enumerate() {
            let load = program.loaded(service, candidate, values);
            let uses: Vec<ColumnId> = program.uses(service, candidate).collect();
            let used = uses.iter().position(|use_| values[use_.index()] > 0);
            let carries = used.is_some_and(|step| placed.curve.steps()[step].capacity >= load);
            if load == 0 || carries {
                continue;
            }
            if let Some(step) = placed.curve.steps().iter().position(|step| step.capacity >= load) {
                for (position, use_) in uses.into_iter().enumerate() {
                    values[use_.index()] = u64::from(position == step);
                }
            }
        }
    }
}
