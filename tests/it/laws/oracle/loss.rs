//! Calls while regions or clouds are lost, as the documentation words them: every loss, and the sums that are asked for after it.

use std::collections::{BTreeMap, BTreeSet};

use stowage::model::Problem;

/// Whether the calls that a workload makes in each region tell what may be asked after a loss.
pub(super) fn makes_a_difference(problem: &Problem, caller: usize) -> bool {
    let places = |survive: stowage::model::Survival| (survive.regions.max(survive.clouds), survive.clouds);
    let own = places(problem.workloads[caller].survive);
    problem.workloads.iter().any(|other| {
        let other = places(other.survive);
        other.0 > own.0 || other.1 > own.1
    })
}

/// So much of one workload that more is never of use: everything that could be asked, rounded up in every region.
pub(super) fn most_asked(problem: &Problem, number: usize) -> u64 {
    let workload = &problem.workloads[number];
    let own: u64 = workload.demand.iter().map(|demand| demand.rate.0).sum();
    let calls =
        problem.workloads.iter().enumerate().flat_map(|(at, other)| other.calls.iter().map(move |call| (at, call)));
    let calls = calls.filter(|(_, call)| call.callee == workload.name);
    let made = calls.map(|(caller, call)| {
        let most = most_asked(problem, caller) * u64::from(call.per_request.0);
        most.div_ceil(1_000_000) + problem.regions.len() as u64 - 1
    });
    own + made.sum::<u64>()
}

/// Whether what is held in the regions in use carries all users and calls after every loss that the workload outlives.
pub(super) fn outlives(
    problem: &Problem,
    number: usize,
    (here, held): (&[usize], &[u64]),
    made: &BTreeMap<(usize, usize), Vec<u64>>,
) -> bool {
    let regions = problem.regions.len();
    let survive = problem.workloads[number].survive;
    let cloud = |at: usize| problem.regions[at].key.cloud.as_str();
    let in_cloud = |name: &str| (0..regions).filter(|&at| cloud(at) == name).map(|at| 1_usize << at).sum::<usize>();
    let clouds: BTreeSet<usize> = (0..regions).map(|at| in_cloud(cloud(at))).collect();
    let kinds = [
        ((0..regions).map(|at| 1 << at).collect::<Vec<usize>>(), survive.regions.max(survive.clouds), false),
        (clouds.into_iter().collect(), survive.clouds, true),
    ];
    for (domains, most, of_clouds) in kinds {
        for lost in 1..=most {
            for chosen in (0..1_usize << domains.len()).filter(|chosen| chosen.count_ones() == lost) {
                let gone: usize = (0..domains.len()).filter(|at| chosen & (1 << at) != 0).map(|at| domains[at]).sum();
                let left = here.iter().zip(held).filter(|(at, _)| gone & (1 << **at) == 0);
                let left: u64 = left.map(|(_, held)| held).sum();
                if left == 0 || left < asked(problem, number, (lost, of_clouds), gone, made) {
                    return false;
                }
            }
        }
    }
    true
}

/// Everything that is asked of a workload once the regions of `gone` are lost.
fn asked(
    problem: &Problem,
    number: usize,
    (lost, of_clouds): (u32, bool),
    gone: usize,
    made: &BTreeMap<(usize, usize), Vec<u64>>,
) -> u64 {
    let outlives = |at: usize| {
        let survive = problem.workloads[at].survive;
        (if of_clouds { survive.clouds } else { survive.regions.max(survive.clouds) }) >= lost
    };
    let users = |at: usize| problem.workloads[at].demand.iter().map(|demand| demand.rate.0).sum::<u64>();
    let position = |name: &str| problem.workloads.iter().position(|workload| workload.name == name);
    let mut others = 0;
    for (caller, workload) in problem.workloads.iter().enumerate().filter(|(caller, _)| !outlives(*caller)) {
        for call in &workload.calls {
            let callee = position(&call.callee).unwrap();
            let made = made.get(&(caller, callee)).into_iter().flatten().enumerate();
            let outside: u64 = made.filter(|(at, _)| gone & (1 << at) == 0).map(|(_, made)| made).sum();
            others += outside * leads(problem, callee, number, &outlives);
        }
    }
    users(number) + certain(problem, number, &outlives, &users) + others.div_ceil(1_000_000)
}

/// What follows from users, by recursion from the callee to those who call it.
fn certain(problem: &Problem, at: usize, outlives: &dyn Fn(usize) -> bool, users: &dyn Fn(usize) -> u64) -> u64 {
    let name = &problem.workloads[at].name;
    let callers = problem.workloads.iter().enumerate().filter(|(caller, _)| outlives(*caller));
    let calls = callers.flat_map(|(caller, workload)| workload.calls.iter().map(move |call| (caller, call)));
    let calls = calls.filter(|(_, call)| call.callee == *name);
    let made = calls.map(|(caller, call)| {
        let load = users(caller) + certain(problem, caller, outlives, users);
        (load * u64::from(call.per_request.0)).div_ceil(1_000_000)
    });
    made.sum()
}

/// What a call leads to, over those that outlive the loss alone.
fn leads(problem: &Problem, from: usize, to: usize, outlives: &dyn Fn(usize) -> bool) -> u64 {
    if from == to {
        return 1_000_000;
    }
    if !outlives(from) {
        return 0;
    }
    let calls = problem.workloads[from].calls.iter();
    let each = calls.map(|call| {
        let next = problem.workloads.iter().position(|workload| workload.name == call.callee).unwrap();
        (leads(problem, next, to, outlives) * u64::from(call.per_request.0)).div_ceil(1_000_000)
    });
    each.sum()
}
