//! Calls while regions or clouds are lost: what is left of a workload that outlives the loss carries what others ask of it then.
//!
//! During a loss calls go to any region that is left: no price is paid, and no path is promised. So of each workload only sums matter, beside the user
//! groups of `places`: all calls can be carried if and only if the replicas left carry all users and all calls together, at the degraded rate. Calls that
//! follow from users of workloads that outlive the loss are made all the same; the others are those that are made outside the lost regions at other times.
//! What one of these leads to over workloads that outlive the loss is counted in millionths, rounded up with each call on the way, and all of them
//! together are rounded up once more.
//!
//! What outlives the loss of k domains also stands in more than k of them.

use std::collections::{BTreeMap, BTreeSet};

use super::super::Violation;
use super::places::{Standing, first_among_sets, standing};
use crate::model::{Assignment, Group, Problem, RegionId, WorkloadId};
use crate::units::MilliRps;

/// A loss of so many regions, or clouds.
#[derive(Clone, Copy)]
struct Loss {
    domains: u32,
    of_clouds: bool,
}

impl Loss {
    /// A region is less than its cloud.
    fn is_outlived_by(self, problem: &Problem, id: WorkloadId) -> bool {
        let survive = problem.workloads[id.index()].survive;
        let most = if self.of_clouds { survive.clouds } else { survive.regions.max(survive.clouds) };
        most >= self.domains
    }
}

pub(super) fn check(problem: &Problem, assignment: &Assignment, violations: &mut Vec<Violation>) {
    let called: BTreeSet<WorkloadId> = (0..problem.workloads.len())
        .flat_map(|caller| problem.calls_of(WorkloadId::at(caller)).map(|(callee, _)| callee))
        .collect();
    for id in called {
        let survive = problem.workloads[id.index()].survive;
        let regions = (1..=survive.regions.max(survive.clouds)).map(|domains| Loss { domains, of_clouds: false });
        let clouds = (1..=survive.clouds).map(|domains| Loss { domains, of_clouds: true });
        let found = regions.chain(clouds).find_map(|loss| broken(problem, assignment, id, loss));
        violations.extend(found);
    }
}

/// The first loss of its kind after which a workload does not carry what is asked of it.
fn broken(problem: &Problem, assignment: &Assignment, id: WorkloadId, loss: Loss) -> Option<Violation> {
    let standing = standing(problem, id, assignment, 0);
    let (certain, leads) = asked(problem, id, &|caller| loss.is_outlived_by(problem, caller));
    let made = made(assignment, &leads);
    let domain =
        |region: RegionId| if loss.of_clouds { Err(&problem.regions[region.index()].key.cloud) } else { Ok(region) };
    let mut domains: BTreeMap<Result<RegionId, &String>, BTreeSet<RegionId>> = BTreeMap::new();
    for region in standing.iter().map(|place| place.region).chain(made.iter().map(|(region, _)| *region)) {
        domains.entry(domain(region)).or_default().insert(region);
    }
    let domains: Vec<BTreeSet<RegionId>> = domains.into_values().collect();
    let users: u128 = problem.workloads[id.index()].demand.iter().map(|demand| u128::from(demand.rate.0)).sum();
    let is_left = |place: &&Standing<'_>, gone: &BTreeSet<RegionId>| !gone.contains(&place.region);
    first_among_sets(domains.len(), loss.domains as usize, |chosen| {
        let gone: BTreeSet<RegionId> = chosen.iter().flat_map(|&at| domains[at].iter().copied()).collect();
        let capacity: u128 = standing.iter().filter(|place| is_left(place, &gone)).map(|place| place.capacity).sum();
        let others: u128 = made.iter().filter(|(region, _)| !gone.contains(region)).map(|(_, made)| made).sum();
        let asked = users + certain + others.div_ceil(MILLION);
        // Something is left, whoever may ask.
        let uncarried = asked.max(1).saturating_sub(capacity);
        (uncarried > 0).then(|| Violation::Loss {
            workload: id,
            regions: gone.into_iter().collect(),
            uncarried: MilliRps(u64::try_from(uncarried).unwrap_or(u64::MAX)),
        })
    })
}

/// Calls that are asked of a workload once some regions are lost: callers whose promise covers that answer all their users, others what they answer in the
/// regions left.
pub(super) fn asked_without(
    problem: &Problem,
    assignment: &Assignment,
    id: WorkloadId,
    gone: &BTreeSet<RegionId>,
) -> u128 {
    let cloud = |region: &RegionId| problem.regions[region.index()].key.cloud.as_str();
    let clouds = gone.iter().map(cloud).collect::<BTreeSet<_>>().len();
    let outlives = |workload: WorkloadId| {
        let survive = problem.workloads[workload.index()].survive;
        !gone.is_empty() && (gone.len() <= survive.regions as usize || clouds <= survive.clouds as usize)
    };
    let (certain, leads) = asked(problem, id, &outlives);
    let made = made(assignment, &leads).into_iter().filter(|(region, _)| !gone.contains(region));
    certain + made.map(|(_, made)| made).sum::<u128>().div_ceil(MILLION)
}

/// What the calls of each group lead to, in millionths, none zero.
fn made(assignment: &Assignment, leads: &Leads) -> Vec<(RegionId, u128)> {
    let of_group = |(&(caller, region), group): (&(WorkloadId, RegionId), &Group)| {
        let each = |callee: WorkloadId| leads.get(&(caller, callee)).copied().unwrap_or(0);
        let made = group.calls.iter().map(|(&(callee, _), rate)| each(callee) * u128::from(rate.0));
        (region, made.sum())
    };
    assignment.groups.iter().map(of_group).filter(|(_, made)| *made > 0).collect()
}

/// By caller and callee: what one call leads to, in millionths.
type Leads = BTreeMap<(WorkloadId, WorkloadId), u128>;

const MILLION: u128 = 1_000_000;

/// Calls of a workload that follow from users of those that outlive the loss; and by caller that does not, and whom it calls, what one call leads to, in
/// millionths.
fn asked(problem: &Problem, id: WorkloadId, outlives: &dyn Fn(WorkloadId) -> bool) -> (u128, Leads) {
    let order = problem.callers_first();
    let mut certain: BTreeMap<WorkloadId, u128> = BTreeMap::new();
    for &caller in order.iter().filter(|caller| outlives(**caller)) {
        let users: u128 = problem.workloads[caller.index()].demand.iter().map(|demand| u128::from(demand.rate.0)).sum();
        let answered = users + certain.get(&caller).copied().unwrap_or(0);
        for (callee, call) in problem.calls_of(caller) {
            *certain.entry(callee).or_default() += (answered * u128::from(call.per_request.0)).div_ceil(MILLION);
        }
    }
    let mut leads = BTreeMap::from([(id, MILLION)]);
    let mut of_others = BTreeMap::new();
    for &caller in order.iter().rev() {
        for (callee, call) in problem.calls_of(caller) {
            let Some(to_each) = leads.get(&callee).copied() else { continue };
            if outlives(caller) {
                *leads.entry(caller).or_default() += (to_each * u128::from(call.per_request.0)).div_ceil(MILLION);
            } else {
                of_others.insert((caller, callee), to_each);
            }
        }
    }
    (certain.get(&id).copied().unwrap_or(0), of_others)
}
