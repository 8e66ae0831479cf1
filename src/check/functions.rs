//! Functions: a service that runs a part of a group's requests is on sale in the region, may be used, takes the function as it is, and runs no more
//! environments than it says; all groups of a region together run no more than may run there at a time.
//!
//! > rate(w, r) × duration(w) <= environments(w, r) × concurrency(w, r),   concurrency = min(what the function asks for, what the service allows)
//! > sum over w of environments(w, r) <= max_environments(r)
//!
//! Calls of other workloads are requests like those of users. The function answers the same part of the group's requests at all times, so that its largest rate is that of the largest demand. Where the workload
//! outlives zones, it is only where the region has more of them: a service spans the zones of its region.

use super::Violation;
use crate::model::{
    Asked, AskedByGroup, Assignment, Demand, Environments, FunctionOffer, Group, Problem, RegionId, Workload,
    WorkloadId,
};
use crate::units::{HOURS_PER_MONTH, MilliRps, Money, SECONDS_PER_MONTH};

pub(super) fn check(problem: &Problem, assignment: &Assignment, asked: &AskedByGroup, violations: &mut Vec<Violation>) {
    for (&(workload, region), group) in &assignment.groups {
        let Some(function) = group.function else { continue };
        let asked = &asked[&(workload, region)];
        let load = MilliRps(group.load().0.saturating_add(asked.called.0));
        // Where user groups rise and fall apart, it answers everything.
        if let Some(reason) = refusal(problem, (workload, region), (load, asked.peak()), function) {
            violations.push(Violation::Functions { workload, region, reason });
        }
    }
    for (index, region) in problem.regions.iter().enumerate() {
        let Some(most) = region.max_environments else { continue };
        let here = assignment.groups.iter().filter(|((_, place), _)| place.index() == index);
        let used: u128 = here.filter_map(|(_, group)| group.function).map(|function| u128::from(function.count)).sum();
        if used > u128::from(most) {
            violations.push(Violation::Environments { region: RegionId::at(index), used, most });
        }
    }
}

fn refusal(
    problem: &Problem,
    (workload, region): (WorkloadId, RegionId),
    (load, peak): (MilliRps, u128),
    used: Environments,
) -> Option<&'static str> {
    let asked = &problem.workloads[workload.index()];
    let place = &problem.regions[region.index()];
    let Some(function) = asked.function else { return Some("the workload does not run as a function") };
    let Some(offer) = place.functions.get(used.offer.index()) else { return Some("not on sale in this region") };
    if let Some(list) = asked.function_refusal(offer) {
        return Some(list);
    }
    if asked.state.is_some() {
        return Some("a function keeps no state");
    }
    if problem.counts_carbon() && offer.carbon_of_million_gib_seconds.is_none() {
        return Some("its emissions are unknown, though carbon has a price or a limit");
    }
    if offer.max_memory.is_some_and(|most| function.memory > most) {
        return Some("more memory than the service gives an environment");
    }
    if offer.max_duration.is_some_and(|most| function.duration > most) {
        return Some("requests take longer than the service lets them");
    }
    if offer.million_vcpu_seconds.is_some() && function.vcpu.is_none() {
        return Some("processor has a price there, and the function does not say how much it needs");
    }
    if place.zones.len() <= asked.survive.zones as usize {
        return Some("the loss of zones it must outlive leaves none");
    }
    if used.rate > load {
        return Some("it answers more requests than are sent to the group");
    }
    if used.count == 0 {
        return Some("it may run no environment");
    }
    // Microseconds in a thousand seconds, and millionths of a milli-rps.
    let at_once = u128::from(used.count) * u128::from(offer.concurrency(&function)) * 1_000_000_000_000_000;
    let busy = peak.min(u128::from(used.rate.0) * 1_000_000).saturating_mul(u128::from(function.duration.0));
    (busy > at_once).then_some("its environments cannot carry what it answers")
}

/// The mean over the paid hours of something that a milli-rps of its rate adds at all hours, summed over what the function of a group answers.
fn summed(workload: &Workload, group: &Group, used: Environments, all_the_time: i128) -> i128 {
    let profile = &workload.profile;
    let hours = profile.calendar.hours as i128 * 1_000_000;
    let mean = |paid: u64| {
        let paid = i128::from(paid);
        all_the_time / hours * paid + all_the_time % hours * paid / hours
    };
    if profile.is_uniform() {
        return mean(profile.paid_common_share()) * i128::from(used.rate.0);
    }
    let sent = |user| group.traffic.get(&user).map_or(0, |rate| i128::from(rate.0));
    let of_group = |(position, demand): (usize, &Demand)| mean(profile.paid_share(position)) * sent(demand.user);
    workload.demand.iter().enumerate().map(of_group).sum()
}

/// What so many environments of a workload carry, in milli-rps, rounded down.
fn capacity(workload: &Workload, offer: &FunctionOffer, count: u64) -> u128 {
    let Some(function) = workload.function else { return 0 };
    // Microseconds in a thousand seconds.
    let at_once = u128::from(count) * u128::from(offer.concurrency(&function)) * 1_000_000_000;
    at_once / u128::from(function.duration.0)
}

/// Environments that carry what a function answers, as long as that may grow: where others stand in for lost regions, no fewer than stood by.
pub fn environments(
    problem: &Problem,
    workload: WorkloadId,
    region: RegionId,
    asked_for: &Asked,
    used: Environments,
) -> u64 {
    let asked = &problem.workloads[workload.index()];
    let offer = problem.regions[region.index()].functions.get(used.offer.index());
    let Some((function, offer)) = asked.function.zip(offer) else { return used.count };
    let asked_for = asked_for.peak().min(u128::from(used.rate.0) * 1_000_000);
    let busy = asked_for * u128::from(function.duration.0);
    let needed = busy.div_ceil(u128::from(offer.concurrency(&function)) * 1_000_000_000_000_000);
    u64::try_from(needed).unwrap_or(u64::MAX).max(used.count)
}

/// What the function of a group carries at most, in milli-rps; the group has passed [`check`].
pub(super) fn carried_at_most(problem: &Problem, workload: WorkloadId, region: RegionId, group: &Group) -> u128 {
    let Some(used) = group.function else { return 0 };
    let offer = problem.regions[region.index()].functions.get(used.offer.index());
    offer.map_or(0, |offer| capacity(&problem.workloads[workload.index()], offer, used.count))
}

/// What the function of a group costs each month; the group has passed [`check`].
///
/// > price of a thousandth of a request per second = 2,628 × (request + billed duration / concurrency × (memory × GiB-second + vCPU × vCPU-second))
///
/// rounded down to 10^-15 USD, then as a mean over the hours; the sum is rounded once more.
pub(super) fn cost(problem: &Problem, workload: WorkloadId, region: RegionId, group: &Group) -> Money {
    let asked = &problem.workloads[workload.index()];
    let offers = &problem.regions[region.index()].functions;
    let Some((used, function)) = group.function.zip(asked.function) else { return Money::ZERO };
    let Some(offer) = offers.get(used.offer.index()) else { return Money::ZERO };
    let requests = SECONDS_PER_MONTH / 1_000;
    let by_request = requests * offer.million_requests.micros() * 1_000;
    // A micro-USD for 10^6 GiB-seconds is 10^-18 USD for a GiB-microsecond; the same with vCPU.
    let time = requests * i128::from(offer.billed(&function).0);
    let memory = i128::from(function.memory.0) * offer.million_gib_seconds.micros();
    let vcpu =
        i128::from(function.vcpu.unwrap_or_default().0) * offer.million_vcpu_seconds.unwrap_or_default().micros();
    let at_once = i128::from(offer.concurrency(&function)) * 1_000;
    let by_time = time * memory / (at_once << 30) + time * vcpu / (at_once * 1_000);
    Money::from_micros(summed(asked, group, used, by_request + by_time)).scaled(1, 1_000_000_000)
}

/// Parts of a milligram in which emissions are counted.
pub(super) const PER_MILLIGRAM: i128 = 1_000_000;

/// What the function of a group emits each month, in [`PER_MILLIGRAM`] parts; `None` if it does anything and nobody states that.
///
/// > emissions of a thousandth of a request per second = 2,628 × billed duration / concurrency × memory × emissions of a GiB-second
///
/// rounded down to such a part, then as a mean over the hours.
pub(super) fn emissions(problem: &Problem, workload: WorkloadId, region: RegionId, group: &Group) -> Option<i128> {
    let asked = &problem.workloads[workload.index()];
    let Some((used, function)) = group.function.zip(asked.function) else { return Some(0) };
    if used.rate == MilliRps::ZERO {
        return Some(0);
    }
    let offer = problem.regions[region.index()].functions.get(used.offer.index())?;
    let time = SECONDS_PER_MONTH / 1_000 * i128::from(offer.billed(&function).0) * i128::from(function.memory.0);
    let at_once = i128::from(offer.concurrency(&function)) * 1_000_000;
    let all_the_time = time * offer.carbon_of_million_gib_seconds?.0 / (at_once << 30);
    Some(summed(asked, group, used, all_the_time))
}

/// What a group's function can carry, and its requests, GiB-seconds and vCPU-seconds each month, in thousandths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// The most that its environments carry, in milli-rps.
    pub capacity: i128,
    /// Requests.
    pub requests: i128,
    /// Seconds of a GiB of memory, as billed.
    pub gib_seconds: i128,
    /// Seconds of a virtual processor, as billed; `None` if the function does not say how many it needs.
    pub vcpu_seconds: Option<i128>,
}

/// What the function of a group uses each month, every number rounded once.
pub(super) fn usage(problem: &Problem, workload: WorkloadId, region: RegionId, group: &Group) -> Option<Usage> {
    let asked = &problem.workloads[workload.index()];
    let (used, function) = group.function.zip(asked.function)?;
    let offer = problem.regions[region.index()].functions.get(used.offer.index())?;
    let profile = &asked.profile;
    // Thousandths of requests, times 10^6 times the hours.
    let sent = |user| group.traffic.get(&user).map_or(0, |rate| i128::from(rate.0));
    let of_group = |(position, demand): (usize, &Demand)| sent(demand.user) * i128::from(profile.paid_share(position));
    let answered = if profile.is_uniform() {
        i128::from(used.rate.0) * i128::from(profile.paid_common_share())
    } else {
        asked.demand.iter().enumerate().map(of_group).sum()
    };
    let requests = Money::from_micros(answered * HOURS_PER_MONTH * 3_600);
    let hours = profile.calendar.hours as i128 * 1_000_000;
    let at_once = i128::from(offer.concurrency(&function));
    let time = i128::from(offer.billed(&function).0);
    let of_time =
        |amount: i128, whole: i128| requests.scaled(time * amount, hours * at_once * 1_000_000 * whole).micros();
    Some(Usage {
        capacity: i128::try_from(capacity(asked, offer, used.count)).unwrap_or(i128::MAX),
        requests: requests.scaled(1, hours).micros(),
        gib_seconds: of_time(i128::from(function.memory.0), 1 << 30),
        vcpu_seconds: function.vcpu.map(|vcpu| of_time(i128::from(vcpu.0), 1_000)),
    })
}
