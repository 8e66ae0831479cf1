//! State over regions: how many copies of each piece are in which region, and what writes cost on their way between them.
//!
//! A region that may hold copies is as many candidates as there are numbers of them, each with a curve of its own (`state`), at most one of which is in use. Let
//! c(i) be the copies of candidate i, u(i) whether it is in use, n all copies, and q those that must be left.
//!
//! > copies: sum over i of c(i) u(i) = n,   sum over i in r of u(i) <= 1     for every region r
//! > loss:   sum over i of c(i) u(i) − sum of the k largest domains >= q     as for replicas in `survive::places`
//! > quorum: sum over i with rtt(a, r(i)) <= limit of c(i) u(i) >= q u(a)     for every region a
//!
//! A write that begins in region a goes to c(i) copies in every other region, at e(a, r(i)) each, so that with load l(a) writes cost the sum over a and i of
//! e(a, r(i)) c(i) u(i) l(a), a product of two decisions. What all pay alike is no product: with least(a) the least of all prices from a,
//!
//! > writes = sum over a of least(a) (n − c(a)) l(a) + sum over a and i of (e(a, r(i)) − least(a)) c(i) u(i) l(a)
//!
//! and the first sum is a cost of traffic of candidate a, whose copies are known. Regions with the same surplus e − least over all others are a group G; most
//! clouds are one. For these w(G, i) stands for c(i) u(i) l(G). All loads sum to the demand d, and all copies to n, so that
//!
//! > sum over G of w(G, i) >= c(i) d u(i),   w(G, i) <= c(i) l(G),   sum over i of w(G, i) >= n l(G)
//!
//! say exactly that where every u is whole: the first two together leave no other value, and the third makes the relaxation tighter.
//!
//! The checker for the same rule is `check::state`; it does not use this module.

use std::collections::BTreeMap;

use super::super::cost::{self, Femto};
use super::super::program::{Column, ColumnId, Decision, Program, Sense};
use super::super::service::Service;
use super::super::{functions, survive};
use super::Copies;
use crate::model::{Problem, RegionId, State, Workload};
use crate::units::Money;

/// Copies of a workload's data that a candidate holds, where they may be in several regions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Portion {
    /// Copies of each piece.
    pub copies: u64,
    /// What a milli-rps of the largest demand answered here writes costs each month, at the least price to any other region, rounded down.
    pub writes: Femto,
}

impl Portion {
    /// Copies over zones in use of a region; `None` if writes go to other zones and that has no price.
    pub(super) fn of(
        problem: &Problem,
        (workload, state): (&Workload, &State),
        region: RegionId,
        over: Copies,
    ) -> Option<Self> {
        let (all, crossing) = (Femto::from(over.all), Femto::from(over.crossing()));
        let sent = |price: Money| cost::written_per_millirps(workload, state, price);
        let in_region = if state.write.0 == 0 || crossing == 0 {
            0
        } else {
            sent(problem.regions[region.index()].zone_egress_per_gb?) * crossing / all
        };
        let elsewhere = Femto::from(state.replication_factor) - all;
        let writes = in_region + sent(least_price(problem, region)) * elsewhere;
        Some(Self { copies: over.all, writes })
    }
}

/// The least price of 10^9 bytes from a region to any other; none where nothing is known: no copies are in two of which nothing is known.
fn least_price(problem: &Problem, from: RegionId) -> Money {
    let others = (0..problem.regions.len()).map(RegionId::at).filter(|to| *to != from);
    others.filter_map(|to| problem.links.get(from, to).egress_per_gb).min().unwrap_or_default()
}

/// Whether the copies of a service may be in several regions.
pub(in crate::formulate) fn is_divided(service: &Service) -> bool {
    service.candidates.iter().any(|candidate| candidate.portion.is_some())
}

/// Writes that begin in a group of regions, and the copies of them that candidates get: columns that follow from others.
#[derive(Clone, Debug)]
pub(in crate::formulate) struct Written {
    begun: ColumnId,
    /// Traffic and calls that it sums.
    load: Vec<ColumnId>,
    /// By candidate: the column, whether it is in use, and its copies.
    sent: Vec<(ColumnId, ColumnId, u64)>,
}

/// Sets what is written to what traffic and the candidates in use make of it.
pub(in crate::formulate) fn complete(program: &Program<'_>, values: &mut [u64]) {
    for written in &program.written {
        let load: u64 = written.load.iter().map(|column| values[column.index()]).sum();
        values[written.begun.index()] = load;
        for &(column, in_use, copies) in &written.sent {
            values[column.index()] = if values[in_use.index()] > 0 { copies * load } else { 0 };
        }
    }
}

/// Adds where copies are, what losses leave, what writes wait for, and what they cost between regions.
pub(in crate::formulate) fn rows(program: &mut Program<'_>) {
    for service in 0..program.services().count() {
        let placed = program.service(service);
        let problem = program.problem();
        let state = problem.workloads[placed.workload.index()].state.filter(|_| is_divided(placed));
        let Some(state) = state else { continue };
        let all: Vec<(ColumnId, u64)> = held(program, service, 0..placed.candidates.len());
        program.add_row("state", factors(&all), Sense::Equal, state.replication_factor.into());
        for candidates in functions::by_region(placed).into_values().filter(|candidates| candidates.len() > 1) {
            let in_use = candidates.into_iter().filter_map(|at| program.in_use(service, at)).map(|column| (column, 1));
            let in_use: Vec<_> = in_use.collect();
            program.add_row("state", in_use, Sense::AtMost, 1);
        }
        for (lost, domains) in survive::losses(problem, placed) {
            let domains = domains.into_iter().map(|domain| factors(&held(program, service, domain))).collect();
            let most = u64::from(state.replication_factor);
            survive::without_largest(program, "state", (lost, domains, most), state.quorum.into(), None);
        }
        wait(program, service, &state);
        write(program, service, &state);
    }
}

/// The columns that say whether candidates are in use, with their copies.
fn held(program: &Program<'_>, service: usize, candidates: impl IntoIterator<Item = usize>) -> Vec<(ColumnId, u64)> {
    let copies = |at: usize| program.service(service).candidates[at].portion.map_or(0, |portion| portion.copies);
    candidates.into_iter().filter_map(|at| Some((program.in_use(service, at)?, copies(at)))).collect()
}

fn factors(held: &[(ColumnId, u64)]) -> Vec<(ColumnId, i128)> {
    held.iter().map(|&(column, copies)| (column, copies.into())).collect()
}

/// Adds that a quorum is within the round trip that a write may wait for.
fn wait(program: &mut Program<'_>, service: usize, state: &State) {
    let Some(limit) = state.max_quorum_rtt else { return };
    let placed = program.service(service);
    for (region, here) in functions::by_region(placed) {
        let is_near = |&at: &usize| {
            let other = placed.candidates[at].region;
            let rtt = program.problem().links.get(region, other).rtt;
            other == region || rtt.is_some_and(|rtt| rtt.round_trip <= limit)
        };
        let near = held(program, service, (0..placed.candidates.len()).filter(is_near));
        let asked = held(program, service, here).into_iter().map(|(column, _)| (column, -i128::from(state.quorum)));
        let terms: Vec<_> = factors(&near).into_iter().chain(asked).collect();
        program.add_row("state", terms, Sense::AtLeast, 0);
    }
}

/// Adds what writes cost beyond the least price of their region, and that both ways between regions in use have a price.
fn write(program: &mut Program<'_>, service: usize, state: &State) {
    if state.write.0 == 0 {
        return;
    }
    let placed = program.service(service);
    let problem = program.problem();
    let workload = &problem.workloads[placed.workload.index()];
    let by_region = functions::by_region(placed);
    let price = |from: RegionId, to: RegionId| problem.links.get(from, to).egress_per_gb;
    let regions: Vec<RegionId> = by_region.keys().copied().collect();
    for (at, &one) in regions.iter().enumerate() {
        for &other in &regions[at + 1..] {
            if price(one, other).is_none() || price(other, one).is_none() {
                let both = by_region[&one].iter().chain(&by_region[&other]);
                let both: Vec<_> = both.filter_map(|&at| program.in_use(service, at)).map(|it| (it, 1)).collect();
                program.add_row("state", both, Sense::AtMost, 1);
            }
        }
    }
    // Regions by what they pay beyond their least price, in the order of `regions`.
    let mut groups: BTreeMap<Vec<Femto>, Vec<RegionId>> = BTreeMap::new();
    for &from in &regions {
        let sent = |price: Money| cost::written_per_millirps(workload, state, price);
        let least = sent(least_price(problem, from));
        let surplus = |&to: &RegionId| {
            let known = price(from, to).filter(|_| to != from);
            known.map_or(0, |price| sent(price) - least)
        };
        groups.entry(regions.iter().map(surplus).collect()).or_default().push(from);
    }
    if groups.keys().flatten().all(|surplus| *surplus == 0) {
        return;
    }
    let position = |region: RegionId| regions.binary_search(&region).unwrap_or_default();
    let mut received: Vec<Vec<(ColumnId, i128)>> = vec![Vec::new(); placed.candidates.len()];
    for (group, (surplus, members)) in groups.into_iter().enumerate() {
        let candidates = members.iter().flat_map(|region| &by_region[region]);
        let load: Vec<ColumnId> = candidates.flat_map(|&at| program.load(service, at)).collect();
        let decision = Decision::Written { service, group, to: None };
        let begun = program.add_column(Column { decision, cost: 0, most: placed.total, is_whole: false });
        program.add_row("state", load.iter().map(|&load| (load, 1)).chain([(begun, -1)]), Sense::Equal, 0);
        let mut sent = Vec::new();
        for (at, candidate) in placed.candidates.iter().enumerate() {
            let (Some(portion), Some(in_use)) = (candidate.portion, program.in_use(service, at)) else { continue };
            let decision = Decision::Written { service, group, to: Some(at) };
            let (cost, most) = (surplus[position(candidate.region)], portion.copies.saturating_mul(placed.total));
            let column = program.add_column(Column { decision, cost, most, is_whole: false });
            let terms = [(column, 1), (begun, -i128::from(portion.copies))];
            program.add_row("state", terms, Sense::AtMost, 0);
            received[at].push((column, 1));
            sent.push((column, in_use, portion.copies));
        }
        let all = sent.iter().map(|&(column, ..)| (column, 1));
        let asked = (begun, -i128::from(state.replication_factor));
        program.add_row("state", all.chain([asked]).collect::<Vec<_>>(), Sense::AtLeast, 0);
        program.written.push(Written { begun, load, sent });
    }
    for (at, terms) in received.into_iter().enumerate() {
        let (Some(portion), Some(in_use)) = (placed.candidates[at].portion, program.in_use(service, at)) else {
            continue;
        };
        let asked = i128::from(portion.copies) * i128::from(placed.total);
        program.add_row("state", terms.into_iter().chain([(in_use, -asked)]), Sense::AtLeast, 0);
    }
}
