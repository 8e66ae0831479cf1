//! Services under quotas, or under limits on the environments of functions: first as if there were none, which mostly settles it.
//!
//! Without them the services fall apart into blocks that the searches know, and their optima are a bound. Where what they take stays within the quotas,
//! they are the optimum. Else all services that may take of a quota are one program. Regions that others replace are left out of it first, if the
//! others are under no quota: whoever moves there takes nothing, and leaves room.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use super::{Effort, Ended, Found, Share, Shares, calls, group, passes, program};
use crate::formulate::{Block, Femto, Formulation, Mixed, Service, formulate, reduce_under_quotas};
use crate::model::{MachineSet, Problem, RegionId, WorkloadId};

/// Numbers of machines by kind and period that one program decides on; of more, those of the cheapest kinds are decided, and only what is known without
/// quotas is proven.
const MOST_MIXED: usize = 20_000;
const FEW_FITS: usize = 3;
const FEW_SPOT: usize = 3;

fn mixed_size(service: &Service) -> usize {
    service.candidates.iter().filter_map(|candidate| candidate.mixed.as_ref()).map(Mixed::size).sum()
}

/// Solves the services of a block of which some may take of a quota, or run more environments than may run.
pub(super) fn solve(problem: &Problem, block: &Block, services: &[&Service], effort: Effort) -> Ended {
    let least = if calls::price_quotas(problem, block, services, effort) {
        0
    } else {
        match without_quotas(problem, block, services, effort) {
            ControlFlow::Break(ended) => return ended,
            ControlFlow::Continue(least) => least,
        }
    };
    let mut reduced: Vec<Service> = services.iter().map(|service| (*service).clone()).collect();
    let own = Block { services: (0..reduced.len()).collect(), ..block.clone() };
    reduce_under_quotas(problem, &own, &mut reduced);
    let is_partial = reduced.iter().map(mixed_size).sum::<usize>() > MOST_MIXED;
    if is_partial {
        for candidate in reduced.iter_mut().flat_map(|service| &mut service.candidates) {
            candidate.mixed = candidate.mixed.as_ref().map(|mixed| mixed.with_few(FEW_FITS, FEW_SPOT));
        }
    }
    let rest: Vec<&Service> = reduced.iter().collect();
    let ended = if block.has_calls {
        calls::solve(problem, &own, &rest, effort)
    } else {
        program::solve(problem, &own, &rest, effort)
    };
    let ended = ended.restored(&reduced, services);
    match ended {
        // What was left out might have been cheaper.
        Ended::Optimal(found) | Ended::Feasible(found) if is_partial => {
            Ended::of(Found { bound: least.min(found.cost), ..found }, effort)
        }
        Ended::Infeasible if is_partial => Ended::Undecided,
        Ended::Optimal(found) | Ended::Feasible(found) => {
            Ended::of(Found { bound: found.bound.max(least).min(found.cost), ..found }, effort)
        }
        ended @ (Ended::Infeasible | Ended::Undecided) => ended,
    }
}

/// As if there were no quotas: how it ended, if that settles it, or what nothing costs less than.
fn without_quotas(
    problem: &Problem,
    block: &Block,
    services: &[&Service],
    effort: Effort,
) -> ControlFlow<Ended, Femto> {
    let workload = |service: &&Service| problem.workloads[service.workload.index()].clone();
    let mut free = Problem {
        workloads: services.iter().map(workload).collect(),
        quotas: Vec::new(),
        previous: None,
        ..problem.clone()
    };
    free.regions.iter_mut().for_each(|region| region.max_environments = None);
    let formulation = formulate(&free);
    let solve_free = |effort| together(&formulation, passes::solve(&free, &formulation, effort), effort);
    let within = |found: &Found| {
        let shares = restated(&free, &formulation, &found.shares, services);
        shares.filter(|shares| is_within(problem, services, shares) && may_run(problem, services, shares))
    };
    // Where quotas will bind, all that matters is what they leave.
    let draft = Effort { is_draft: block.has_calls, ..effort };
    let mut ended = solve_free(draft);
    if let Ended::Feasible(found) = &ended
        && draft.is_draft
        && within(found).is_some()
    {
        ended = solve_free(effort);
    }
    match ended {
        // Quotas and limits only take placements away.
        Ended::Infeasible => ControlFlow::Break(Ended::Infeasible),
        Ended::Undecided => ControlFlow::Continue(0),
        Ended::Optimal(found) | Ended::Feasible(found) => match within(&found) {
            Some(shares) => ControlFlow::Break(Ended::of(Found { shares, ..found }, effort)),
            None => ControlFlow::Continue(found.bound),
        },
    }
}

/// The endings of all blocks as one, with shares in the order of the services.
fn together(formulation: &Formulation, endings: Vec<Ended>, effort: Effort) -> Ended {
    let mut all = Found { shares: vec![Shares::new(); formulation.services.len()], cost: 0, bound: 0 };
    let mut is_undecided = false;
    for (block, ended) in formulation.blocks.iter().zip(endings) {
        match ended {
            Ended::Optimal(found) | Ended::Feasible(found) => {
                all.cost += found.cost;
                all.bound += found.bound;
                for (&service, shares) in block.services.iter().zip(found.shares) {
                    all.shares[service] = shares;
                }
            }
            Ended::Infeasible => return Ended::Infeasible,
            Ended::Undecided => is_undecided = true,
        }
    }
    if is_undecided { Ended::Undecided } else { Ended::of(all, effort) }
}

/// Shares of services without quotas as shares of `services`; `None` if a type of theirs is none that these decide about.
fn restated(
    problem: &Problem,
    formulation: &Formulation,
    shares: &[Shares],
    services: &[&Service],
) -> Option<Vec<Shares>> {
    let of_service = |((free, shares), service): ((&Service, &Shares), &&Service)| {
        let restate = |share: &Share| {
            // Without quotas the workloads of the block are numbered from zero.
            let callee = |(&(callee, region), &rate): (&(WorkloadId, RegionId), &u64)| {
                ((services[callee.index()].workload, region), rate)
            };
            let calls = share.calls.iter().map(callee).collect();
            Some(Share { calls, ..restated_share(problem, free, share, service)? })
        };
        shares.iter().map(restate).collect::<Option<Shares>>()
    };
    formulation.services.iter().zip(shares).zip(services).map(of_service).collect()
}

fn restated_share(problem: &Problem, free: &Service, share: &Share, service: &Service) -> Option<Share> {
    let before = &free.candidates[share.candidate];
    let candidate = service.candidates.iter().position(|candidate| candidate.place() == before.place())?;
    let placed = &service.candidates[candidate];
    let sets = if placed.mixed.is_some() { group(problem, free, share).1.machines } else { Vec::new() };
    let mut share = Share { candidate, sets, ..share.clone() };
    if placed.mixed.is_some() {
        return Some(share);
    }
    if let (Some(before), Some(stocked)) = (&before.stocked, &placed.stocked) {
        let counts = |fit: &crate::formulate::Fit| {
            let at = before.fits.iter().position(|known| known.machine_type == fit.machine_type);
            at.map_or_else(|| vec![0; before.most[0].len()], |at| share.machines[at].clone())
        };
        share.machines = stocked.fits.iter().map(counts).collect();
    } else if placed.curve.type_of_step(0).is_some() {
        let fit = match (share.of_type, share.held) {
            (Some(at), _) => &before.curve.fits()[at],
            (None, 0) => before.curve.cheapest(share.carried).0,
            (None, held) => before.curve.cheapest_holding(share.carried, held).0,
        };
        share.of_type = Some(
            placed
                .curve
                .fits()
                .iter()
                .position(|known| (known.machine_type, known.layout) == (fit.machine_type, fit.layout))?,
        );
    }
    Some(share)
}

/// Whether no more environments run in any region than may.
fn may_run(problem: &Problem, services: &[&Service], shares: &[Shares]) -> bool {
    let mut running: BTreeMap<RegionId, u128> = BTreeMap::new();
    for (service, shares) in services.iter().zip(shares) {
        for share in shares {
            let placed = &service.candidates[share.candidate];
            let peak = || share.peak(&problem.workloads[service.workload.index()]);
            let run = placed.function.map_or(0, |fit| fit.environments(peak()).max(share.held));
            *running.entry(placed.region).or_default() += u128::from(run);
        }
    }
    running.into_iter().all(|(region, run)| {
        problem.regions[region.index()].max_environments.is_none_or(|most| run <= u128::from(most))
    })
}

/// What machine sets take of a quota at most at any time.
fn most_taken(sets: &[MachineSet], taken: impl Fn(&MachineSet) -> u64) -> u128 {
    let running = |set: &MachineSet, period: usize| -> u128 {
        set.in_period(period).iter().map(|&count| u128::from(count)).sum()
    };
    let at = |period: usize| -> u128 { sets.iter().map(|set| u128::from(taken(set)) * running(set, period)).sum() };
    let periods = sets.iter().map(|set| set.by_period.len()).max().unwrap_or(0).max(1);
    (0..periods).map(at).max().unwrap_or(0)
}

/// Whether no more is taken of any quota than there is.
fn is_within(problem: &Problem, services: &[&Service], shares: &[Shares]) -> bool {
    problem.quotas.iter().all(|quota| {
        let at = problem.quotas_in(quota.region).position(|other| std::ptr::eq(other, quota)).unwrap_or_default();
        let taken = |(service, share): (&&Service, &Share)| -> u128 {
            let placed = &service.candidates[share.candidate];
            if placed.region != quota.region {
                return 0;
            }
            if placed.mixed.is_some() {
                return most_taken(&share.sets, |set| quota.taken_by(&problem.machine_types[set.machine_type.index()]));
            }
            let of = |fit: &crate::formulate::Fit, count: u64| u128::from(fit.taken[at]) * u128::from(count);
            match (&placed.stocked, share.of_type) {
                (Some(stocked), _) => {
                    let counted = stocked.fits.iter().zip(&share.machines);
                    counted.map(|(fit, by_zone)| of(fit, by_zone.iter().sum())).sum()
                }
                (None, Some(of_type)) => {
                    let fit = &placed.curve.fits()[of_type];
                    of(fit, placed.curve.instances(fit, share.carried, share.held))
                }
                (None, None) => 0,
            }
        };
        let all =
            services.iter().zip(shares).flat_map(|(service, shares)| shares.iter().map(move |share| (service, share)));
        all.map(taken).sum::<u128>() <= u128::from(quota.most)
    })
}
