//! From a formulation to values, a bound and how it ended.
//!
//! Each block is solved apart, in parallel. A block of one service goes through `service`: a search over the regions in use and the steps
//! of their curves (`branch`), with Lagrangian bounds in whole numbers (`lagrangian`) under prices found by `ascent`. A search that ends
//! is a proof in exact arithmetic. Services that share regions are
//! searched by the regions they open (`shared`). Under a limit on clouds every set of clouds is tried (`clouds`). Blocks with any other rule are solved as a program of columns and rows (`program`). Where a search runs out of work, `compact` hands the reduced problem to `HiGHS`.
//! This is the only module that names `good_lp` and `HiGHS` (`highs`).
//!
//! Work is limited by counts of nodes, never by a clock, so that the same problem ends the same way on every machine.

mod ascent;
mod branch;
mod calls;
mod choice;
mod clouds;
mod committed;
mod compact;
mod coverage;
mod effort;
mod flow;
mod highs;
mod hours;
mod lagrangian;
mod limits;
mod location;
mod packing;
mod partition;
mod parts;
mod passes;
mod program;
mod quotas;
mod relaxation;
mod rounding;
mod rows;
mod sequence;
mod service;
mod shared;
mod single_region_per_user;
mod stock;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

pub use coverage::{Obstacle, can_be_placed, can_serve, can_serve_together};
pub use effort::{Effort, Interrupt};
pub use limits::{can_hold_sums, free_of_charge, is_small, without_sums};
pub use packing::{Packed, PackingEffort, pack};

use crate::formulate::{Block, Caps, Curve, Femto, Fit, Formulation, Mix, Service, Stocked, by_zone};
use crate::model::{
    Assignment, Environments, Group, MachineSet, Problem, Purchase, RegionId, TypeId, UserId, Workload, WorkloadId,
};
use crate::units::MilliRps;

/// What one service does in one region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// Position among the service's candidates.
    pub candidate: usize,
    /// Load that the machines there are bought for, in milli-rps; at least the traffic.
    pub carried: u64,
    /// The position in the candidate's [`fits`](crate::formulate::Curve::fits) of the type of its machines; `None` for the cheapest.
    pub of_type: Option<usize>,
    /// Machines by type, then zone, where the candidate decides them one by one; empty where its curve says what it buys.
    pub machines: Vec<Vec<u64>>,
    /// All machine sets, where the candidate decides them by kind and period; else empty.
    pub sets: Vec<MachineSet>,
    /// Replicas that the machines there hold at least while all zones are up, or environments of a function that may run; zero asks for no more than the
    /// load does.
    pub held: u64,
    /// Traffic by user group, none zero.
    pub traffic: BTreeMap<UserId, u64>,
    /// Calls received.
    pub called: u64,
    /// Calls made, by callee and the region that answers, none zero.
    pub calls: BTreeMap<(WorkloadId, RegionId), u64>,
    /// Most committed machines it may use, where that has been decided.
    pub caps: Caps,
}

impl Share {
    /// Requests of users and calls, in milli-rps.
    fn load(&self) -> u64 {
        self.traffic.values().copied().fold(self.called, u64::saturating_add)
    }

    /// The most of it that is asked at one time, in millionths of a milli-rps.
    fn peak(&self, workload: &Workload) -> u128 {
        let traffic = self.traffic.iter().map(|(&user, &rate)| (user, MilliRps(rate))).collect();
        workload.profile.peak(&workload.demand, (&traffic, MilliRps(self.called)))
    }
}

/// Values of one service: where its traffic goes.
pub type Shares = Vec<Share>;

/// How the search of a block ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// No values cost less than `bound`, which is within the tolerance of the cost.
    Optimal(Found),
    /// The work ran out.
    Feasible(Found),
    /// Proven: no values satisfy the rules.
    Infeasible,
    /// The work ran out before any values were found.
    Undecided,
}

/// Values of a block and a bound on the cost of any values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// By position in [`Block::services`].
    pub shares: Vec<Shares>,
    /// Cost of the values in femto-USD.
    pub cost: Femto,
    /// Nothing costs less.
    pub bound: Femto,
}

impl Ended {
    /// The same end with other values.
    fn map(self, change: impl FnOnce(Found) -> Found) -> Self {
        match self {
            Self::Optimal(found) => Self::Optimal(change(found)),
            Self::Feasible(found) => Self::Feasible(change(found)),
            ended @ (Self::Infeasible | Self::Undecided) => ended,
        }
    }

    /// The end of a search over `reduced`, which are `services` with fewer candidates, in positions of `services`' candidates.
    fn restored(self, reduced: &[Service], services: &[&Service]) -> Self {
        self.map(|mut found| {
            for ((shares, reduced), service) in found.shares.iter_mut().zip(reduced).zip(services) {
                for share in shares {
                    let place = reduced.candidates[share.candidate].place();
                    share.candidate = service.candidates.partition_point(|candidate| candidate.place() < place);
                }
            }
            found
        })
    }

    fn of(found: Found, effort: Effort) -> Self {
        if effort.accepts(found.cost, found.bound) { Self::Optimal(found) } else { Self::Feasible(found) }
    }
}

/// Solves every block of `formulation`; results are in the order of the blocks.
pub fn solve(problem: &Problem, formulation: &Formulation, effort: Effort) -> Vec<Ended> {
    passes::solve(problem, formulation, effort)
}

fn solve_block(problem: &Problem, formulation: &Formulation, block: &Block, effort: Effort) -> Ended {
    if effort.interrupt.is_raised() {
        return Ended::Undecided;
    }
    let services: Vec<&Service> = block.services.iter().map(|&index| &formulation.services[index]).collect();
    if services.iter().any(|service| can_serve(problem, service).is_err()) {
        return Ended::Infeasible;
    }
    if block.is_committed {
        return committed::solve(problem, block, &services, effort);
    }
    solve_services(problem, block, &services, effort)
}

/// Solves services whose committed machines, if any, are theirs alone.
fn solve_services(problem: &Problem, block: &Block, services: &[&Service], effort: Effort) -> Ended {
    if block.is_under_quota && !effort.as_programs {
        return quotas::solve(problem, block, services, effort);
    }
    if block.has_limited_functions {
        // What is committed has been shared out, and must stay so.
        let is_committed =
            |service: &&Service| service.candidates.iter().any(|candidate| !candidate.curve.commitments().is_empty());
        return if effort.as_programs || services.iter().any(is_committed) {
            program::solve(problem, block, services, effort)
        } else {
            quotas::solve(problem, block, services, effort)
        };
    }
    if block.has_calls && !effort.as_programs {
        return calls::solve(problem, block, services, effort);
    }
    if let [service] = services
        && block.has_only_stock
        && !(effort.as_programs || block.couples_regions() || block.is_committed || block.max_clouds.is_some())
        && let Some(ended) = stock::solve(problem, block, service, effort)
    {
        return ended;
    }
    if let [service] = services
        && hours::are_suited(block, services.iter().copied(), effort)
        && let Some(ended) = hours::solve(problem, block, service, effort)
    {
        // Routes that are not divided leave a program little to decide: it may prove what hours by themselves leave open.
        return if block.is_single_routed && !matches!(ended, Ended::Optimal(_)) {
            passes::better(ended, program::solve(problem, block, services, effort), effort)
        } else {
            ended
        };
    }
    if block.has_further_rules || effort.as_programs {
        return program::solve(problem, block, services, effort);
    }
    if block.is_single_routed {
        return single_region_per_user::solve(problem, block, services, effort);
    }
    if let Some(most) = block.max_clouds {
        let tried = clouds::solve(problem, block, services, most, effort);
        return tried.unwrap_or_else(|| program::solve(problem, block, services, effort));
    }
    match services[..] {
        [service] if !block.couples_regions() => service::solve(problem, service, effort),
        _ => compact::solve_together(problem, block, services, effort),
    }
}

/// The assignment that the shares of all services make.
pub fn assignment<'a>(
    problem: &Problem,
    formulation: &Formulation,
    shares: impl IntoIterator<Item = (usize, &'a Shares)>,
) -> Assignment {
    let mut groups = BTreeMap::new();
    for (index, shares) in shares {
        let service = &formulation.services[index];
        for share in shares {
            let (key, group) = group(problem, service, share);
            match groups.entry(key) {
                Entry::Vacant(entry) => {
                    entry.insert(group);
                }
                Entry::Occupied(mut entry) => join(entry.get_mut(), group),
            }
        }
    }
    Assignment { groups, pools: BTreeMap::new() }
}

/// Puts the machines and the function of one workload in one region together.
fn join(group: &mut Group, other: Group) {
    group.machines.extend(other.machines);
    group.function = group.function.or(other.function);
    for (user, rate) in other.traffic {
        group.traffic.entry(user).or_default().0 += rate.0;
    }
    for (way, rate) in other.calls {
        group.calls.entry(way).or_default().0 += rate.0;
    }
}

fn group(problem: &Problem, service: &Service, share: &Share) -> ((WorkloadId, RegionId), Group) {
    let candidate = &service.candidates[share.candidate];
    if let Some(fit) = candidate.function {
        let (traffic, calls) = sent(share);
        let rate = MilliRps(share.load());
        let count = fit.environments(share.peak(&problem.workloads[service.workload.index()])).max(share.held);
        let function = Some(Environments { offer: fit.offer, rate, count });
        return ((service.workload, candidate.region), Group { function, traffic, calls, ..Group::default() });
    }
    let copies = candidate.portion.and_then(|portion| u32::try_from(portion.copies).ok());
    if candidate.mixed.is_some() {
        let (traffic, calls) = sent(share);
        let machines = share.sets.clone();
        return ((service.workload, candidate.region), Group { machines, function: None, traffic, calls, copies });
    }
    if let Some(stocked) = &candidate.stocked {
        return ((service.workload, candidate.region), stocked_group(problem, service, stocked, share));
    }
    let curve = candidate.curve.capped(&share.caps);
    let zones = problem.regions[candidate.region.index()].zones.len();
    let workload = &problem.workloads[service.workload.index()];
    let (traffic, calls) = sent(share);
    let in_zones = |fit: &Fit, committed: &[u64], mixes: &[Mix]| {
        // Where data is kept, machines are in the zones of their layout.
        let in_use = fit.layout.and_then(|layout| usize::try_from(layout.zones).ok()).unwrap_or(zones);
        let mut machines = machines(fit, committed, mixes, in_use);
        for set in &mut machines {
            set.instances_by_zone.resize(zones, 0);
            set.by_period.iter_mut().for_each(|by_zone| by_zone.resize(zones, 0));
        }
        machines
    };
    let machines = if share.held > 0 {
        let fit =
            share.of_type.map_or_else(|| curve.cheapest_holding(share.carried, share.held).0, |at| &curve.fits()[at]);
        // The same at all hours.
        let mix = curve.machines_holding(fit, share.carried, share.held);
        in_zones(fit, &[], &vec![mix; workload.profile.calendar.periods()])
    } else {
        let fit = share.of_type.map_or_else(|| curve.cheapest(share.carried).0, |at| &curve.fits()[at]);
        // Where data is kept, they are the same at all hours.
        let load =
            |period| if fit.layout.is_some() { share.carried } else { workload.profile.part(share.carried, period) };
        let periods = 0..workload.profile.calendar.periods();
        let mixes: Vec<Mix> = periods.map(|period| curve.machines(fit, load(period))).collect();
        in_zones(fit, &curve.committed(fit, share.carried), &mixes)
    };
    ((service.workload, candidate.region), Group { machines, function: None, traffic, calls, copies })
}

/// The group of a candidate that decides its machines one by one: they are the same at all hours.
fn stocked_group(problem: &Problem, service: &Service, stocked: &Stocked, share: &Share) -> Group {
    let periods = problem.workloads[service.workload.index()].profile.calendar.periods();
    let sets = stocked.fits.iter().zip(&share.machines).filter(|(_, by_zone)| by_zone.iter().any(|&count| count > 0));
    let mut machines: Vec<MachineSet> = sets
        .map(|(fit, by_zone)| MachineSet {
            machine_type: fit.machine_type,
            purchase: Purchase::OnDemand,
            instances_by_zone: by_zone.clone(),
            by_period: if periods > 1 { vec![by_zone.clone(); periods] } else { Vec::new() },
        })
        .collect();
    machines.sort_by_key(|set| (set.machine_type, set.purchase));
    let (traffic, calls) = sent(share);
    Group { machines, traffic, calls, ..Group::default() }
}

/// What the users send to a share, and what it asks of others.
fn sent(share: &Share) -> (BTreeMap<UserId, MilliRps>, BTreeMap<(WorkloadId, RegionId), MilliRps>) {
    let traffic = share.traffic.iter().map(|(&user, &rate)| (user, MilliRps(rate))).collect();
    let calls = share.calls.iter().map(|(&callee, &rate)| (callee, MilliRps(rate))).collect();
    (traffic, calls)
}

/// The cheapest machines of one type on demand, and of spot beside it, that carry a load in every period, some of which are paid for: what a group buys whose
/// routes are known.
pub fn sets_over_time(curve: &Curve, loads: &[(u64, bool)], zones: usize) -> Vec<MachineSet> {
    let mixes = |fit: &Fit| -> Vec<Mix> { loads.iter().map(|&(load, _)| curve.machines(fit, load)).collect() };
    let paid = |mixes: &[Mix]| -> Femto {
        mixes.iter().zip(loads).filter(|(_, (_, is_paid))| *is_paid).map(|(mix, _)| mix.cost).sum()
    };
    let cheapest = curve.fits().iter().map(|fit| (fit, mixes(fit))).min_by_key(|(_, mixes)| paid(mixes));
    cheapest.map_or_else(Vec::new, |(fit, mixes)| machines(fit, &[], &mixes, zones))
}

/// The machine sets of a group that runs `committed` machines at all times and needs `mixes`, one for each period.
fn machines(fit: &Fit, committed: &[u64], mixes: &[Mix], zones: usize) -> Vec<MachineSet> {
    let mut sets: BTreeMap<(TypeId, Purchase), Vec<Vec<u64>>> = BTreeMap::new();
    for (period, mix) in mixes.iter().enumerate() {
        let always =
            fit.committed.iter().map(|offer| (offer.machine_type, offer.purchase)).zip(committed.iter().copied());
        let spot = fit.spot.iter().map(|spot| (spot.machine_type, Purchase::Spot)).zip(mix.spot.iter().copied());
        let rest = mix.on_demand.saturating_sub(committed.iter().sum());
        let on_demand = [((fit.machine_type, Purchase::OnDemand), rest)];
        let (kinds, counts): (Vec<_>, Vec<u64>) = always.chain(spot).chain(on_demand).unzip();
        for (kind, by_zone) in kinds.into_iter().zip(by_zone(counts, zones)) {
            sets.entry(kind).or_insert_with(|| vec![vec![0; zones]; mixes.len()])[period] = by_zone;
        }
    }
    let set = |((machine_type, purchase), mut by_period): ((TypeId, Purchase), Vec<Vec<u64>>)| {
        let most = |zone: usize| by_period.iter().map(|by_zone| by_zone[zone]).max().unwrap_or(0);
        let instances_by_zone: Vec<u64> = (0..zones).map(most).collect();
        if by_period.len() == 1 {
            by_period.clear();
        }
        MachineSet { machine_type, purchase, instances_by_zone, by_period }
    };
    sets.into_iter().map(set).filter(|set| set.instances() > 0).collect()
}
