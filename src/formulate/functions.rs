//! Functions: a candidate beside the machines of its region, whose cost is one of traffic.
//!
//! A function costs nothing that is not asked for, so that its curve is one step of no cost, and its price is in what every milli-rps costs:
//!
//! > e(s, c, f) = egress + latency + 2,628 × (request + billed / concurrency × (memory × GiB-second + vCPU × vCPU-second)) + emitted × price of carbon
//! > emitted    = 2,628 × billed / concurrency × memory × emissions of a GiB-second
//!
//! Machines and the function of a region are two candidates, between which traffic is divided as between regions: the cheapest division of any load, which is
//! the lower envelope of a staircase and a line, is found where traffic is. The part of each is the same at all hours, as it is between regions. Of a region's
//! services only those stay that no other replaces in price and in requests at a time; a workload uses at most one of them.
//!
//! Where environments are limited in number, or stand in for other regions, E(s, f) of them are decided:
//!
//! > work:   duration × load(s, f) <= concurrency × E(s, f),   y(s, f) <= E(s, f) <= most × y(s, f)
//! > limit:  sum over s of E(s, f) <= max_environments(r)
//!
//! Where user groups rise and fall apart, only a function runs the workload, and *work* holds for the load of every period in which not everybody asks for less than in another one.
//!
//! Whether a region is in use is then a column P(s, r) of its own, because more than one candidate stands there:
//!
//! > y(s, f) <= P(s, r) <= sum over candidates f in r of y(s, f)
//!
//! The checker for the same rule is `check::functions`; it does not use this module.

use std::collections::{BTreeMap, BTreeSet};

use super::cost::{self, Femto};
use super::demand;
use super::program::{Column, ColumnId, Decision, Program, Sense};
use super::rejection::FunctionRejections;
use super::service::{Candidate, Service};
use crate::model::{Function, FunctionId, FunctionOffer, Objective, Problem, RegionId, Workload};

/// A service that can run a workload in some region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FunctionFit {
    /// The service, among those of the region.
    pub offer: FunctionId,
    /// What a milli-rps that is asked for at all hours costs each month, rounded down, carbon at its price included.
    pub price: Femto,
    /// What is paid of that.
    paid: Femto,
    /// What it emits, in millionths of a milligram; zero where that is unknown and counts for nothing.
    emitted: i128,
    /// What a milli-rps keeps busy …
    work: u64,
    /// … of what one environment has.
    room: u64,
    /// Most environments that all workloads may run in the region, where that may be too few.
    pub limit: Option<u64>,
}

impl FunctionFit {
    /// True if it is no worse than another in anything that may count.
    const fn replaces(&self, other: &Self) -> bool {
        self.price <= other.price && self.paid <= other.paid && self.emitted <= other.emitted && self.room >= other.room
    }

    /// Environments that carry `peak` at any time, in millionths of a milli-rps: rounded up, and at least one.
    pub fn environments(&self, peak: u128) -> u64 {
        needed(peak, self.work, self.room)
    }

    /// Environments that carry a load in milli-rps.
    fn enough(&self, load: u64) -> u64 {
        self.environments(u128::from(load) * MILLIONTHS)
    }

    /// What is paid for a milli-rps of the largest demand of the user group at `position`, rounded down.
    pub(super) fn paid_by(&self, workload: &Workload, position: usize) -> Femto {
        cost::mean(workload, position, self.paid)
    }

    /// What a milli-rps of the largest demand of the user group at `position` emits, in millionths of a milligram.
    pub(super) fn emitted_by(&self, workload: &Workload, position: usize) -> i128 {
        cost::mean(workload, position, self.emitted)
    }

    /// What a milli-rps of the largest demand of the user group at `position` costs, carbon at its price included.
    pub(super) fn price_of(&self, workload: &Workload, position: usize, objective: &Objective) -> Femto {
        self.paid_by(workload, position) + priced(self.emitted_by(workload, position), objective)
    }

    /// What is paid for a milli-rps of the largest rate of calls to the workload, rounded down.
    pub(super) fn paid_by_call(&self, workload: &Workload) -> Femto {
        cost::mean_called(workload, self.paid)
    }

    /// What a milli-rps of the largest rate of calls to the workload emits, in millionths of a milligram.
    pub(super) fn emitted_by_call(&self, workload: &Workload) -> i128 {
        cost::mean_called(workload, self.emitted)
    }

    /// What a milli-rps of the largest rate of calls to the workload costs, carbon at its price included.
    pub(super) fn price_of_call(&self, workload: &Workload, objective: &Objective) -> Femto {
        self.paid_by_call(workload) + priced(self.emitted_by_call(workload), objective)
    }

    /// The most that so many environments carry.
    pub(super) fn carried(&self, environments: u64) -> u64 {
        let carried = u128::from(environments) * u128::from(self.room) / u128::from(self.work);
        u64::try_from(carried).unwrap_or(u64::MAX)
    }

    /// In which parts of a milli-rps what a function carries is whole: the parts of one, and those that one environment carries.
    pub(super) fn parts(&self) -> (u64, u64) {
        (self.work, self.room)
    }
}

/// Parts of a milli-rps in which what is asked in a period is counted.
const MILLIONTHS: u128 = 1_000_000;

/// What emissions cost, in millionths of a milligram at the price of carbon.
const fn priced(emitted: i128, objective: &Objective) -> Femto {
    // Milligrams × micro-USD per 10^9 milligrams = 1e-15 USD.
    emitted * objective.carbon_per_tonne.micros() / cost::PER_MILLIGRAM
}

/// The services of a region that can run the workload, cheapest first, without those that another one replaces; or why there is none.
pub(super) fn fits(
    problem: &Problem,
    workload: &Workload,
    id: RegionId,
) -> Result<Vec<FunctionFit>, FunctionRejections> {
    let region = &problem.regions[id.index()];
    let mut refused = FunctionRejections::default();
    let mut fits = Vec::new();
    let Some(function) = workload.function.filter(|_| workload.state.is_none()) else { return Err(refused) };
    for (index, offer) in region.functions.iter().enumerate() {
        let lacks_vcpu = offer.million_vcpu_seconds.is_some() && function.vcpu.is_none();
        if workload.function_refusal(offer).is_some() {
            refused.filtered += 1;
        } else if offer.max_memory.is_some_and(|most| function.memory > most) {
            refused.too_large += 1;
        } else if offer.max_duration.is_some_and(|most| function.duration > most) {
            refused.too_long += 1;
        } else if lacks_vcpu {
            refused.unknown_vcpu += 1;
        } else if problem.counts_carbon() && offer.carbon_of_million_gib_seconds.is_none() {
            refused.unknown_carbon += 1;
        } else if region.max_environments == Some(0) {
            refused.none_allowed += 1;
        } else {
            let (work, room) = parts(&function, offer);
            let paid = cost::function_per_millirps(&function, offer);
            let emitted = cost::function_emissions(&function, offer).unwrap_or(0);
            let price = paid + priced(emitted, &problem.objective);
            fits.push(FunctionFit {
                offer: FunctionId::at(index),
                price,
                paid,
                emitted,
                work,
                room,
                limit: region.max_environments,
            });
        }
    }
    fits.retain(|fit| {
        let carries = fit.limit.is_none_or(|limit| fit.carried(limit) > 0);
        refused.none_allowed += usize::from(!carries);
        carries
    });
    fits.sort_by(|a, b| {
        let by_emissions = || a.paid.cmp(&b.paid).then(a.emitted.cmp(&b.emitted));
        a.price.cmp(&b.price).then(b.room.cmp(&a.room)).then_with(by_emissions).then(a.offer.cmp(&b.offer))
    });
    let mut kept: Vec<FunctionFit> = Vec::new();
    for fit in fits {
        if !kept.iter().any(|other| other.replaces(&fit)) {
            kept.push(fit);
        }
    }
    let fits = kept;
    if fits.is_empty() { Err(refused) } else { Ok(fits) }
}

/// What a milli-rps of a function keeps busy, of what one environment has.
fn parts(function: &Function, offer: &FunctionOffer) -> (u64, u64) {
    /// Microseconds in a thousand seconds: one request at a time of one microsecond is so many milli-rps.
    const MICROS: u64 = 1_000_000_000;
    let duration = u64::from(function.duration.0);
    let common = divisor(duration, MICROS);
    (duration / common, MICROS / common * u64::from(offer.concurrency(function)))
}

/// Environments of a service that carry `peak` at any time, in millionths of a milli-rps: rounded up, and at least one.
pub(super) fn environments(function: &Function, offer: &FunctionOffer, peak: u128) -> u64 {
    let (work, room) = parts(function, offer);
    needed(peak, work, room)
}

fn needed(peak: u128, work: u64, room: u64) -> u64 {
    let needed = peak.saturating_mul(u128::from(work)).div_ceil(u128::from(room) * MILLIONTHS);
    u64::try_from(needed).unwrap_or(u64::MAX).max(1)
}

/// The greatest common divisor of two numbers above zero.
const fn divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { divisor(b, a % b) }
}

/// Regions in which all functions together can want more environments than may run there; forgets limits that are none.
pub(super) fn limited(services: &mut [Service]) -> BTreeSet<RegionId> {
    let mut wanted: BTreeMap<RegionId, u128> = BTreeMap::new();
    let mut limits: BTreeMap<RegionId, u64> = BTreeMap::new();
    for service in services.iter() {
        let mut own: BTreeMap<RegionId, u64> = BTreeMap::new();
        for candidate in &service.candidates {
            let Some((fit, limit)) = candidate.function.and_then(|fit| Some((fit, fit.limit?))) else { continue };
            // Where they stand in for other regions they may be asked for everything.
            let asked = if service.survive.has_places() {
                candidate.most_asked.max(service.total.saturating_add(service.called_then))
            } else {
                candidate.most_asked
            };
            let most = own.entry(candidate.region).or_default();
            *most = fit.enough(asked).max(*most);
            limits.insert(candidate.region, limit);
        }
        for (region, most) in own {
            *wanted.entry(region).or_default() += u128::from(most);
        }
    }
    let limited: BTreeSet<RegionId> = limits
        .into_iter()
        .filter(|(region, limit)| wanted[region] > u128::from(*limit))
        .map(|(region, _)| region)
        .collect();
    for candidate in services.iter_mut().flat_map(|service| &mut service.candidates) {
        if let Some(fit) = candidate.function.as_mut().filter(|_| !limited.contains(&candidate.region)) {
            fit.limit = None;
        }
    }
    limited
}

/// Whether the environments of a service are limited in some region.
pub(super) fn are_limited(service: &Service) -> bool {
    service.candidates.iter().any(|candidate| candidate.function.is_some_and(|fit| fit.limit.is_some()))
}

/// Whether a service has to choose between services that run functions, in some region.
pub(super) fn has_choice(service: &Service) -> bool {
    let of_region = |candidate: &Candidate| candidate.function.map(|_| candidate.region);
    let regions: Vec<RegionId> = service.candidates.iter().filter_map(of_region).collect();
    regions.windows(2).any(|pair| pair[0] == pair[1])
}

/// Whether more than one candidate of a service stands in some region.
pub(super) fn is_doubled(service: &Service) -> bool {
    service.candidates.windows(2).any(|pair| pair[0].region == pair[1].region)
}

/// Adds columns that say whether a region is in use, for services of which more than one candidate stands in one.
pub(super) fn columns(program: &mut Program<'_>) {
    let is_run = program.services().flat_map(|service| &service.candidates).any(|it| it.function.is_some());
    let is_apart = |service: &Service| {
        are_limited(service) && !program.problem().workloads[service.workload.index()].profile.is_uniform()
    };
    if is_run && (program.problem().limits.have_sums() || program.services().any(is_apart)) {
        // A function takes any part of a milli-rps, and of a sum; where user groups rise and fall apart, environments do.
        program.count_few_requests();
    }
    for service in 0..program.services().count() {
        for (region, candidates) in by_region(program.service(service)) {
            if candidates.len() < 2 {
                continue;
            }
            let decision = Decision::Presence { service, region };
            let present = program.add_column(Column { decision, cost: 0, most: 1, is_whole: true });
            let in_use: Vec<ColumnId> =
                candidates.iter().filter_map(|&candidate| program.in_use(service, candidate)).collect();
            for &in_use in &in_use {
                program.add_row("functions", [(in_use, 1), (present, -1)], Sense::AtMost, 0);
            }
            let any = in_use.iter().map(|&in_use| (in_use, -1));
            program.add_row("functions", any.chain([(present, 1)]), Sense::AtMost, 0);
        }
    }
}

/// Adds the environments that are decided, their limits, and that a workload uses one service in a region.
pub(super) fn rows(program: &mut Program<'_>) {
    let mut used: BTreeMap<RegionId, (u64, Vec<(ColumnId, i128)>)> = BTreeMap::new();
    for service in 0..program.services().count() {
        let placed = program.service(service);
        let mut of_region: BTreeMap<RegionId, Vec<(ColumnId, i128)>> = BTreeMap::new();
        for (candidate, at) in placed.candidates.iter().enumerate() {
            let (Some(fit), Some(in_use)) = (at.function, program.in_use(service, candidate)) else { continue };
            of_region.entry(at.region).or_default().push((in_use, 1));
            if fit.limit.is_none() && !placed.survive.has_places() {
                continue;
            }
            let enough = fit.enough(at.most_asked.max(placed.total.saturating_add(placed.called_then)));
            let most = fit.limit.map_or(enough, |limit| limit.min(enough));
            let decision = Decision::Environments { service, candidate };
            let environments = program.add_column(Column { decision, cost: 0, most, is_whole: true });
            let workload = &program.problem().workloads[placed.workload.index()];
            let sent: Vec<Vec<(ColumnId, i128)>> = if workload.profile.is_uniform() {
                vec![program.load(service, candidate).map(|column| (column, i128::from(fit.work))).collect()]
            } else {
                // In every period in which not less is asked of everybody than in another one.
                let of_period = |shares: &Vec<u32>| {
                    let asked = program.asked_in(service, candidate, shares);
                    asked.map(|(column, share)| (column, i128::from(share) * i128::from(fit.work))).collect()
                };
                demand::peaks(workload).iter().map(of_period).collect()
            };
            let part = if workload.profile.is_uniform() { 1 } else { 1_000_000 };
            for sent in sent {
                let room = [(environments, -i128::from(fit.room) * part)];
                program.add_row("functions", sent.into_iter().chain(room), Sense::AtMost, 0);
            }
            program.add_row("functions", [(environments, 1), (in_use, -i128::from(most))], Sense::AtMost, 0);
            program.add_row("functions", [(in_use, 1), (environments, -1)], Sense::AtMost, 0);
            if let Some(limit) = fit.limit {
                used.entry(at.region).or_insert((limit, Vec::new())).1.push((environments, 1));
            }
        }
        for terms in of_region.into_values().filter(|terms| terms.len() > 1) {
            program.add_row("functions", terms, Sense::AtMost, 1);
        }
    }
    for (limit, terms) in used.into_values() {
        program.add_row("functions", terms, Sense::AtMost, limit.into());
    }
}

/// Sets what follows from the candidates in use and their load.
pub(super) fn complete(program: &Program<'_>, values: &mut [u64]) {
    for (index, column) in program.columns().iter().enumerate() {
        if let Decision::Environments { service, candidate } = column.decision
            && !program.service(service).survive.has_places()
        {
            values[index] = carrying(program, service, candidate, values);
        }
        let Decision::Presence { service, region } = column.decision else { continue };
        let here =
            program.service(service).candidates.iter().enumerate().filter(|(_, candidate)| candidate.region == region);
        let in_use = here.filter_map(|(candidate, _)| program.in_use(service, candidate));
        values[index] = in_use.map(|in_use| values[in_use.index()]).max().unwrap_or(0);
    }
}

/// Environments that carry what `values` send to a candidate; none if it is not in use.
fn carrying(program: &Program<'_>, service: usize, candidate: usize, values: &[u64]) -> u64 {
    let is_in_use = program.in_use(service, candidate).is_some_and(|in_use| values[in_use.index()] > 0);
    let placed = program.service(service);
    let fit = placed.candidates[candidate].function.filter(|_| is_in_use);
    let workload = &program.problem().workloads[placed.workload.index()];
    let peak = || {
        let load = || program.load(service, candidate).map(|column| values[column.index()]).sum::<u64>();
        let in_period = |shares: &Vec<u32>| -> u128 {
            let asked = program.asked_in(service, candidate, shares);
            asked.map(|(column, share)| u128::from(values[column.index()]) * u128::from(share)).sum()
        };
        let peaks = demand::peaks(workload);
        peaks.iter().map(in_period).max().unwrap_or_else(|| u128::from(load()) * MILLIONTHS)
    };
    fit.map_or(0, |fit| fit.environments(peak()))
}

/// Takes away, from whole values, functions that answer nobody and are needed for nothing, and environments that outlive nothing.
pub(super) fn trim(program: &Program<'_>, values: &mut Vec<u64>) {
    for service in 0..program.services().count() {
        let placed = program.service(service);
        for (candidate, _) in placed.candidates.iter().enumerate().filter(|(_, candidate)| candidate.function.is_some())
        {
            without(program, service, candidate, values);
            fewer(program, service, candidate, values);
        }
    }
}

/// Leaves a function out that answers nobody, if everything holds without it.
fn without(program: &Program<'_>, service: usize, candidate: usize, values: &mut Vec<u64>) {
    if program.load(service, candidate).any(|column| values[column.index()] > 0) {
        return;
    }
    let mut left = values.clone();
    let own = program.uses(service, candidate).chain(program.in_use(service, candidate));
    for column in own.chain(program.column(Decision::Environments { service, candidate })) {
        left[column.index()] = 0;
    }
    program.complete(&mut left);
    if program.is_satisfied_by(&left) && program.outlives(service, &left) {
        *values = left;
    }
}

/// Leaves environments out that no loss of other regions asks for, found by halving: more of them never outlive less.
fn fewer(program: &Program<'_>, service: usize, candidate: usize, values: &mut Vec<u64>) {
    let Some(column) = program.column(Decision::Environments { service, candidate }) else { return };
    let mut too_few = carrying(program, service, candidate, values).saturating_sub(1);
    let with = |count: u64, values: &[u64]| {
        let mut left = values.to_vec();
        left[column.index()] = count;
        program.complete(&mut left);
        left
    };
    let mut enough = values[column.index()];
    while too_few + 1 < enough {
        let half = u64::midpoint(too_few, enough);
        let left = with(half, values);
        if program.is_satisfied_by(&left) && program.outlives(service, &left) { enough = half } else { too_few = half }
    }
    *values = with(enough, values);
}

/// The candidates of a service, by region.
pub(super) fn by_region(service: &Service) -> BTreeMap<RegionId, Vec<usize>> {
    let mut by_region: BTreeMap<RegionId, Vec<usize>> = BTreeMap::new();
    for (position, candidate) in service.candidates.iter().enumerate() {
        by_region.entry(candidate.region).or_default().push(position);
    }
    by_region
}
