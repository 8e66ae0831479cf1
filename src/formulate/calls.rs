//! Calls: a workload's load is the requests of its users and the calls of others; calls cross regions at a price, and paths of calls have limits.
//!
//! > y(s, k, a, b)   calls of service s by its call k from candidate a to candidate b of the callee, in milli-rps
//! > load(s, a)      = sum over c of x(s, c, a) + sum over callers and their candidates a' of y(·, ·, a', a)
//! > made:           per_request(k) × sum over candidates a' in the region of a of load(s, a') <= sum over b of y(s, k, a, b)
//! >                                                                     for every call k and the first candidate a of every region
//! > cost:           sum of y(s, k, a, b) × (sent × price(a, b) + answer × price(b, a) + price of the function, if b is one)
//!
//! `load` takes the place of traffic in the rows of capacity and stock. Whole calls that are no fewer than needed are as many as needed, rounded up, in any
//! solution that sends none without need; [`complete`] takes the others away. Limits on paths are in `paths`.

mod flows;
mod paths;

pub use flows::{Entering, Flows, Outgoing, flows};
use paths::Sums;

use std::collections::BTreeMap;

use super::capacity::Step;
use super::cost::{self, Femto};
use super::functions::FunctionFit;
use super::program::{Column, ColumnId, Decision, FEW_REQUESTS, Program, Sense};
use super::service::{Candidate, Service};
use crate::model::{Call, Problem, RegionId, Workload, WorkloadId};
use crate::units::Ratio;

/// Who calls whom among some services, by position.
#[derive(Debug, Default)]
struct Graph<'a> {
    /// Callers first.
    order: Vec<usize>,
    /// By service: its calls, each with the position of the callee.
    calls: Vec<Vec<(usize, &'a Call)>>,
}

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

impl<'a> Graph<'a> {
    fn of(problem: &'a Problem, services: &[&Service]) -> Self {
        let position: BTreeMap<WorkloadId, usize> =
            services.iter().enumerate().map(|(at, service)| (service.workload, at)).collect();
        let of_service = |service: &&Service| {
            let calls = problem.calls_of(service.workload);
            calls.filter_map(|(callee, call)| Some((*position.get(&callee)?, call))).collect()
        };
        let order = problem.callers_first();
        Self {
            order: order.iter().filter_map(|workload| position.get(workload).copied()).collect(),
            calls: services.iter().map(of_service).collect(),
        }
    }

    /// What requests that enter one service load each with, in one region of each.
    fn loads(&self, entered: usize, rate: u64) -> Vec<u64> {
        let mut loads = vec![0_u64; self.calls.len()];
        loads[entered] = rate;
        for &caller in &self.order {
            for &(callee, call) in &self.calls[caller] {
                loads[callee] = loads[callee].saturating_add(call.made_by(loads[caller]));
            }
        }
        loads
    }
}

/// What one milli-rps of the largest rate of calls from one candidate to another of the callee costs, and what it costs there if a function answers it; `None`
/// if that is not known.
fn cost_of_way(
    problem: &Problem,
    call: &Call,
    from: &Candidate,
    (callee, to): (&Service, &Candidate),
) -> Option<Femto> {
    let there = problem.links.get(from.region, to.region).egress_per_gb;
    let back = problem.links.get(to.region, from.region).egress_per_gb;
    let answering = &problem.workloads[callee.workload.index()];
    let answered = to.function.map_or(0, |fit| fit.price_of_call(answering, &problem.objective));
    Some(cost::call_per_millirps(call, answering, there, back)? + answered)
}

/// Services with the candidates that requests can reach over paths that are short enough, each with its curve up to the most that can be sent there:
/// requests of the user groups from whose entries it can be reached, and what the callers' regions add by rounding up.
pub fn reached(problem: &Problem, services: &[&Service]) -> Vec<Service> {
    let graph = Graph::of(problem, services);
    let sums = Sums::of(problem, services, &graph);
    let of_candidates = |service: &&Service| vec![0; service.candidates.len()];
    let mut most: Vec<Vec<u64>> = services.iter().map(of_candidates).collect();
    let mut sent: Vec<u64> = vec![0; services.len()];
    for (entered, service) in services.iter().enumerate() {
        for (position, demand) in service.demand.iter().enumerate() {
            let loads = graph.loads(entered, demand.rate.0);
            let is_reached = sums.reached_from(problem, services, &graph, (entered, position));
            for (at, &load) in loads.iter().enumerate() {
                sent[at] = sent[at].saturating_add(load);
                for (most, _) in most[at].iter_mut().zip(&is_reached[at]).filter(|(_, is_reached)| **is_reached) {
                    *most = most.saturating_add(load);
                }
            }
        }
    }
    let of_service = |(at, service): (usize, &&Service)| {
        let workload = &problem.workloads[service.workload.index()];
        // Those that may hold machines without requests stay.
        let stands_by = service.survive.has_places();
        let may_be_idle = service.min_regions > 1 || !workload.pinned.is_empty() || sent[at] == 0 || stands_by;
        let rounding = most_load(problem, service).saturating_sub(sent[at]);
        let mut reached = (*service).clone();
        reached.candidates.clear();
        for (candidate, &most) in service.candidates.iter().zip(&most[at]).filter(|(_, most)| may_be_idle || **most > 0)
        {
            let most = most.saturating_add(rounding).max(1);
            // What stands by for others holds more than it is ever sent.
            let is_whole = candidate.stocked.is_some() || stands_by;
            let curve = if is_whole { candidate.curve.clone() } else { candidate.curve.up_to(most) };
            reached.candidates.push(Candidate { curve, ..candidate.clone() });
        }
        reached
    };
    services.iter().enumerate().map(of_service).collect()
}

/// The most calls that can reach a workload, in milli-rps: each region of a caller rounds up.
pub(super) fn most_called(problem: &Problem, callee: WorkloadId) -> u64 {
    if !problem.is_called(callee) {
        return 0;
    }
    let mut most: Vec<u64> = vec![0; problem.workloads.len()];
    for caller in problem.callers_first() {
        let load = problem.workloads[caller.index()].total_demand().0.saturating_add(most[caller.index()]);
        for (to, call) in problem.calls_of(caller) {
            let made = call.made_by(load).saturating_add(problem.regions.len() as u64 - 1);
            most[to.index()] = most[to.index()].saturating_add(made);
        }
    }
    most[callee.index()]
}

/// The fewest calls that reach a workload in all, in milli-rps: nobody rounds up but for the whole.
pub(super) fn least_called(problem: &Problem, callee: WorkloadId) -> u64 {
    if !problem.is_called(callee) {
        return 0;
    }
    let mut least: Vec<u64> = vec![0; problem.workloads.len()];
    for caller in problem.callers_first() {
        let load = problem.workloads[caller.index()].total_demand().0.saturating_add(least[caller.index()]);
        for (to, call) in problem.calls_of(caller) {
            least[to.index()] = least[to.index()].saturating_add(call.made_by(load));
        }
    }
    least[callee.index()]
}

/// Adds the columns of all calls between the program's services, over ways that paths may take.
pub(super) fn columns(program: &mut Program<'_>) {
    let problem = program.problem();
    let services: Vec<&Service> = program.services().collect();
    let graph = Graph::of(problem, &services);
    if !services.iter().any(|service| problem.has_calls(service.workload)) {
        return;
    }
    let sums = Sums::of(problem, &services, &graph);
    let mut calls = Calls { order: graph.order.clone(), ..Calls::default() };
    for (service, caller) in services.iter().enumerate() {
        let mut made = Vec::new();
        for (number, &(callee, call)) in graph.calls[service].iter().enumerate() {
            let most = call.made_by(most_load(problem, caller));
            let mut ways = vec![Vec::new(); caller.candidates.len()];
            // Machines and the function of a region make their calls together.
            let regions = ways.iter_mut().enumerate().filter(|(from, _)| caller.first_in_region(*from) == *from);
            for (from, ways) in regions {
                for (to, answering) in services[callee].candidates.iter().enumerate() {
                    let cost = cost_of_way(problem, call, &caller.candidates[from], (services[callee], answering));
                    let open = sums.is_open((service, from), call, (callee, to));
                    let Some(cost) = cost.filter(|_| open) else { continue };
                    let decision = Decision::Calls { service, call: number, from, to };
                    let column = Column { decision, cost, most, is_whole: most < FEW_REQUESTS };
                    let column = program.add_column(column);
                    ways.push((to, column));
                    calls.received.entry((callee, to)).or_default().push(column);
                }
            }
            made.push(Made { callee, per_request: call.per_request, waits: call.waits, ways });
        }
        calls.made.push(made);
    }
    program.calls = calls;
    program.count_few_requests();
    paths::enter_in_time(program, &sums);
}

/// The most requests that can reach a service in one region.
fn most_load(problem: &Problem, service: &Service) -> u64 {
    service.total.saturating_add(most_called(problem, service.workload))
}

/// Adds that every call is made.
pub(super) fn rows(program: &mut Program<'_>) {
    let mut rows = Vec::new();
    for (service, made) in program.calls.made.iter().enumerate() {
        for made in made {
            for (from, ways) in made.ways.iter().enumerate() {
                let here = program.service(service).of_region(from);
                let load = here.flat_map(|candidate| program.load(service, candidate));
                let needed = load.map(|column| (column, -i128::from(made.per_request.0)));
                let sent = ways.iter().map(|&(_, column)| (column, i128::from(Ratio::ONE.0)));
                rows.push(needed.chain(sent).collect::<Vec<_>>());
            }
        }
    }
    for row in rows {
        program.add_row("calls", row, Sense::AtLeast, 0);
    }
}

/// Adds the limits on paths as a whole, if `values` break one and they are not written down yet: they take many rows, and seldom matter beside
/// the ways that are left out. False if there is nothing to add.
pub(super) fn tighten(program: &mut Program<'_>, values: &[u64]) -> bool {
    if program.calls.paths.are_written() {
        return false;
    }
    let services: Vec<&Service> = program.services().collect();
    let sums = Sums::of(program.problem(), &services, &Graph::of(program.problem(), &services));
    if !paths::are_too_long(program, &sums, values) {
        return false;
    }
    paths::rows(program, &sums);
    true
}

impl Program<'_> {
    /// The columns of calls that a candidate receives.
    pub fn received(&self, service: usize, candidate: usize) -> impl Iterator<Item = ColumnId> + '_ {
        self.calls.received.get(&(service, candidate)).into_iter().flatten().copied()
    }

    /// The columns of the calls that a service makes to a workload, each with the region it makes them in.
    pub(super) fn calls_from(&self, service: usize, callee: WorkloadId) -> Vec<(RegionId, ColumnId)> {
        let made = self.calls.made.get(service).into_iter().flatten();
        let to_callee = made.filter(|made| self.service(made.callee).workload == callee);
        let ways = to_callee.flat_map(|made| made.ways.iter().enumerate());
        let region = |from: usize| self.service(service).candidates[from].region;
        ways.flat_map(|(from, ways)| ways.iter().map(move |&(_, column)| (region(from), column))).collect()
    }

    /// The columns that load a candidate: traffic of users and calls.
    pub fn load(&self, service: usize, candidate: usize) -> impl Iterator<Item = ColumnId> + '_ {
        self.traffic(service, candidate).map(|(_, column)| column).chain(self.received(service, candidate))
    }

    /// The calls that the candidates of a region make together in `values`, by callee and region, none zero.
    pub fn calls_made(&self, service: usize, from: usize, values: &[u64]) -> BTreeMap<(WorkloadId, RegionId), u64> {
        let from = self.service(service).first_in_region(from);
        let mut sent = BTreeMap::new();
        for made in self.calls.made.get(service).into_iter().flatten() {
            let callee = self.service(made.callee);
            for &(to, column) in &made.ways[from] {
                if values[column.index()] > 0 {
                    *sent.entry((callee.workload, callee.candidates[to].region)).or_default() += values[column.index()];
                }
            }
        }
        sent
    }

    /// The calls that a candidate receives in `values`.
    pub fn called(&self, service: usize, candidate: usize, values: &[u64]) -> u64 {
        self.received(service, candidate).map(|column| values[column.index()]).fold(0, u64::saturating_add)
    }

    /// The candidate of the callee that a call goes to.
    fn answering(&self, service: usize, call: usize, to: usize) -> &Candidate {
        &self.service(self.calls.made[service][call].callee).candidates[to]
    }

    /// The function that answers a call, with the workload it runs, if one does.
    pub(super) fn answered_by(&self, service: usize, call: usize, to: usize) -> Option<(FunctionFit, &Workload)> {
        let callee = self.service(self.calls.made[service][call].callee);
        Some((callee.candidates[to].function?, &self.problem().workloads[callee.workload.index()]))
    }

    /// True if calls from one candidate to the other do not leave their region.
    pub fn stays_in_region(&self, service: usize, call: usize, from: usize, to: usize) -> bool {
        self.service(service).candidates[from].region == self.answering(service, call, to).region
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
                let here = program.service(service).of_region(from);
                let load: u64 = here.map(|candidate| program.loaded(service, candidate, values)).sum();
                let load = u128::from(load) * u128::from(made.per_request.0);
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
            let now = uses.iter().position(|use_| values[use_.index()] > 0);
            let carries = now.is_some_and(|step| placed.curve.steps()[step].capacity >= load);
            if load == 0 || carries {
                continue;
            }
            // What stands by for other regions goes on to.
            let held = now.map_or(0, |step| placed.curve.steps()[step].replicas);
            let is_enough = |step: &Step| step.capacity >= load && step.replicas >= held;
            if let Some(step) = placed.curve.steps().iter().position(is_enough) {
                for (position, use_) in uses.into_iter().enumerate() {
                    values[use_.index()] = u64::from(position == step);
                }
                if let Some(in_use) = program.in_use(service, candidate) {
                    values[in_use.index()] = 1;
                }
            }
        }
    }
}
