//! Calls while regions or clouds are lost: what is left of a workload carries what others ask of it then, wherever they are and whatever it costs.
//!
//! A caller that outlives a loss answers all its users, wherever they are answered then, so that what follows from them is one number. One that does not
//! answers in the regions left what it answers there at other times, and makes those calls. With P the workloads that outlive the loss of j domains,
//!
//! > certain(w)  = sum over callers v in P of made(v, users(v) + certain(v))                        calls that follow from users of P
//! > asks(k, w)  = calls of w that one call k leads to over workloads in P alone, in millionths      for every call k that no workload in P makes
//!
//! and, since calls may go to any region during the loss, all is carried if and only if for every set L of j domains
//!
//! > sum over r outside L of (D(w, r, v) use(w, r, v) − sum over k and b of asks(k, w) y(k, r, b))  >=  users(w) + certain(w)
//!
//! beside the rows of `places` for sets of user groups: by max-flow min-cut either calls are no part of what is short, or everything is. What stands
//! against the right side is the sum less the j largest domains, as in `places`. Where callers lose more of their calls than the region of the callee could
//! carry, a domain counts for less than nothing, and its loss is none of the worst. Besides, replicas stand in more domains than may be lost: else a
//! workload would outlive a loss by being lost together with all who call it.

use std::collections::{BTreeMap, BTreeSet};

use super::places::{Loss, held, losses as of_places, most_held, needed, parts_of_rate, without_largest};
use crate::formulate::calls::most_called;
use crate::formulate::program::{ColumnId, Program, Sense};
use crate::formulate::{Candidate, Service};
use crate::model::{Call, Problem, RegionId, Workload, WorkloadId};
use crate::units::Ratio;

/// Millionths in one call.
const ONE_CALL: u128 = Ratio::ONE.0 as u128;

/// What others ask of a workload after a loss.
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    /// Calls that follow from users of workloads that outlive the loss, in milli-rps.
    certain: u64,
    /// Calls of workloads that do not: who makes them, to whom, and what each leads to, in millionths.
    by_others: Vec<(WorkloadId, WorkloadId, u128)>,
}

impl Asked {
    fn of(problem: &Problem, callee: WorkloadId, loss: Loss) -> Self {
        let outlives = |workload: WorkloadId| loss.is_outlived_by(&problem.workloads[workload.index()]);
        let order = problem.callers_first();
        let mut certain = vec![0_u64; problem.workloads.len()];
        for &caller in order.iter().filter(|caller| outlives(**caller)) {
            let users = problem.workloads[caller.index()].total_demand().0;
            let answered = users.saturating_add(certain[caller.index()]);
            for (to, call) in problem.calls_of(caller) {
                certain[to.index()] = certain[to.index()].saturating_add(call.made_by(answered));
            }
        }
        // What one request leads to.
        let mut leads = vec![0_u128; problem.workloads.len()];
        leads[callee.index()] = ONE_CALL;
        let mut by_others = Vec::new();
        for &caller in order.iter().rev() {
            for (to, call) in problem.calls_of(caller) {
                let to_each = leads[to.index()];
                if to_each > 0 && outlives(caller) {
                    leads[caller.index()] += (to_each * u128::from(call.per_request.0)).div_ceil(ONE_CALL);
                } else if to_each > 0 {
                    by_others.push((caller, to, to_each));
                }
            }
        }
        Self { certain: certain[callee.index()], by_others }
    }

    /// The most that can be asked.
    fn most(&self, problem: &Problem) -> u64 {
        let of_call = |&(caller, callee, leads): &(WorkloadId, WorkloadId, u128)| {
            let answered = problem.workloads[caller.index()].total_demand().0;
            let answered = answered.saturating_add(most_called(problem, caller));
            let call = problem.calls_of(caller).find(|(to, _)| *to == callee).map(|(_, call)| call);
            let made = call.map_or(0, |call: &Call| call.made_by(answered));
            let made = made.saturating_add(problem.regions.len() as u64);
            u64::try_from((u128::from(made) * leads).div_ceil(ONE_CALL)).unwrap_or(u64::MAX)
        };
        self.by_others.iter().map(of_call).fold(self.certain, u64::saturating_add)
    }
}

/// The losses after which what others ask of a workload tells something that no larger loss of the kind does.
fn losses(problem: &Problem, id: WorkloadId) -> Vec<(Loss, Asked)> {
    let workload = &problem.workloads[id.index()];
    let mut all: Vec<(Loss, Asked)> = Vec::new();
    for of_clouds in [false, true] {
        let most = Loss::most(workload, of_clouds);
        let mut larger: Option<Vec<(WorkloadId, WorkloadId, u128)>> = None;
        for domains in (1..=most).rev() {
            let loss = Loss { domains, of_clouds };
            let asked = Asked::of(problem, id, loss);
            // With the same callers, what is left after more is lost is less beside what is asked, in the mean of all sets.
            if larger.as_ref() != Some(&asked.by_others) {
                larger = Some(asked.by_others.clone());
                all.push((loss, asked));
            }
        }
    }
    all
}

/// The most that is asked of a workload by others after any loss that it outlives.
pub(in crate::formulate) fn most_called_then(problem: &Problem, id: WorkloadId) -> u64 {
    if !problem.workloads[id.index()].survive.has_places() || !problem.is_called(id) {
        return 0;
    }
    // One replica is left at least.
    losses(problem, id).iter().map(|(_, asked)| asked.most(problem)).max().unwrap_or(0).max(1)
}

/// What a service holds at least after a loss, whichever domains are lost: in replicas, each counted as it is bought.
#[derive(Clone, Debug)]
pub struct Left {
    /// Domains that may be lost at once.
    pub lost: usize,
    /// The candidates of each domain that count.
    pub domains: Vec<Vec<usize>>,
    /// Replicas in all domains but the largest.
    pub need: u64,
}

/// What is certain to be asked of a service after the largest loss that it outlives, of clouds if there is one; `None` if it outlives none, or if steps do not say
/// what it holds.
pub fn left_of(problem: &Problem, service: &Service) -> Option<Left> {
    let is_on_steps = |it: &Candidate| it.function.is_none() && it.stocked.is_none() && it.mixed.is_none();
    if !service.candidates.iter().all(is_on_steps) {
        return None;
    }
    let (lost, mut domains) = of_places(problem, service).pop()?;
    let certain = if problem.is_called(service.workload) {
        let largest = Loss { domains: lost, of_clouds: service.survive.clouds > 0 };
        Asked::of(problem, service.workload, largest).certain
    } else {
        for domain in &mut domains {
            domain.retain(|candidate| service.candidates[*candidate].stands_in.contains(&true));
        }
        0
    };
    domains.retain(|domain| !domain.is_empty());
    let need = needed(service, service.total.saturating_add(certain)).max(1);
    Some(Left { lost, domains, need })
}

/// Adds that every workload that is called, and outlives regions or clouds, carries its calls after each loss, and stands in more of them than may be lost.
pub(super) fn rows(program: &mut Program<'_>) {
    let problem = program.problem();
    for service in 0..program.services().count() {
        let workload = program.service(service).workload;
        if !problem.workloads[workload.index()].survive.has_places() || !problem.is_called(workload) {
            continue;
        }
        for (loss, asked) in losses(problem, workload) {
            if asked.by_others.is_empty() {
                stand_in(program, service, loss, asked.certain);
            } else {
                stand_in(program, service, loss, 0);
                carry(program, service, loss, &asked);
            }
        }
    }
}

/// Adds that replicas for all users and so many calls are left after the loss, and one at least.
fn stand_in(program: &mut Program<'_>, service: usize, loss: Loss, calls: u64) {
    let placed = program.service(service);
    let need = needed(placed, placed.total.saturating_add(calls)).max(1);
    let domains = by_domain(program.problem(), placed, loss);
    let held = |&candidate: &usize| held(program, service, (candidate, 0), need);
    let columns = domains.values().map(|domain| domain.iter().flat_map(held).map(counted).collect()).collect();
    let most = |domain: &Vec<usize>| {
        let held = domain.iter().map(|&candidate| most_held(program, service, (candidate, 0), need));
        held.fold(0, u64::saturating_add)
    };
    let most = domains.values().map(most).max().unwrap_or(0);
    if !loss.of_clouds {
        let regions: BTreeSet<RegionId> = placed.candidates.iter().map(|candidate| candidate.region).collect();
        let present = regions.into_iter().filter_map(|region| program.present(service, region));
        let present: Vec<_> = present.map(|column| (column, 1)).collect();
        program.add_row("survive", present, Sense::AtLeast, loss.domains as i128 + 1);
    }
    without_largest(program, "survive", (loss.domains, columns, most), need.into(), Some(service));
}

/// Adds that what is left of every domain carries what is left of the calls of those that do not outlive the loss, beside all that is certain.
fn carry(program: &mut Program<'_>, service: usize, loss: Loss, asked: &Asked) {
    let problem = program.problem();
    let placed = program.service(service);
    let parts = parts_of_rate(placed).unwrap_or(1);
    // Everything is counted in so small a part of a milli-rps that all factors are whole.
    let common = asked.by_others.iter().map(|(_, _, leads)| *leads).fold(ONE_CALL, greatest_common_divisor);
    let scale = i128::try_from(ONE_CALL / common).unwrap_or(i128::MAX);
    let of_rate = i128::from(parts) * scale;
    let of_held = scale * if parts_of_rate(placed).is_some() { 1 } else { i128::from(placed.degraded_rate) };
    let most = of_rate * i128::from(placed.total.saturating_add(asked.most(problem)));
    let mut domains: BTreeMap<Domain<'_>, Vec<(ColumnId, i128)>> = BTreeMap::new();
    for (domain, candidates) in by_domain(problem, placed, loss) {
        let held = candidates.iter().flat_map(|&candidate| held(program, service, (candidate, 0), u64::MAX));
        // What carries everything need not carry more.
        let carried = held.map(|(column, held)| (column, (i128::from(held).saturating_mul(of_held)).min(most)));
        domains.entry(domain).or_default().extend(carried);
    }
    let at = |workload| program.services().position(|service| service.workload == workload);
    for &(caller, callee, leads) in &asked.by_others {
        let Some(caller) = at(caller) else { continue };
        let factor = i128::try_from(leads / common).unwrap_or(i128::MAX).saturating_mul(i128::from(parts));
        for (region, column) in program.calls_from(caller, callee) {
            domains.entry(loss.domain(problem, region)).or_default().push((column, -factor));
        }
    }
    let need = of_rate * i128::from(placed.total.saturating_add(asked.certain));
    let largest = |domain: &Vec<(ColumnId, i128)>| {
        let held = domain.iter().filter(|(_, factor)| *factor > 0);
        let most = |&(column, factor): &(ColumnId, i128)| {
            factor.saturating_mul(i128::from(program.columns()[column.index()].most))
        };
        held.map(most).fold(0, i128::saturating_add)
    };
    let most = domains.values().map(largest).max().unwrap_or(0);
    let most = u64::try_from(most).unwrap_or(u64::MAX);
    let columns = domains.into_values().collect();
    without_largest(program, "survive", (loss.domains, columns, most), need, Some(service));
}

/// What is lost together: a region, or a cloud by its name.
type Domain<'a> = (Option<RegionId>, &'a str);

impl Loss {
    /// The most regions, or clouds, that a workload outlives the loss of: a region is less than its cloud.
    fn most(workload: &Workload, of_clouds: bool) -> usize {
        (if of_clouds { workload.survive.clouds } else { workload.survive.places() }) as usize
    }

    fn is_outlived_by(self, workload: &Workload) -> bool {
        Self::most(workload, self.of_clouds) >= self.domains
    }

    fn domain(self, problem: &Problem, region: RegionId) -> Domain<'_> {
        if self.of_clouds { (None, &problem.regions[region.index()].key.cloud) } else { (Some(region), "") }
    }
}

fn by_domain<'a>(problem: &'a Problem, service: &Service, loss: Loss) -> BTreeMap<Domain<'a>, Vec<usize>> {
    let mut domains: BTreeMap<Domain<'_>, Vec<usize>> = BTreeMap::new();
    for (position, candidate) in service.candidates.iter().enumerate() {
        let Candidate { region, .. } = *candidate;
        domains.entry(loss.domain(problem, region)).or_default().push(position);
    }
    domains
}

fn counted((column, held): (ColumnId, u64)) -> (ColumnId, i128) {
    (column, held.into())
}

fn greatest_common_divisor(a: u128, b: u128) -> u128 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}
