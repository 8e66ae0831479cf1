//! Survival of regions and clouds: whichever k of them are lost, the replicas left carry the load of every user group.
//!
//! Let D(s, r, v) be the replicas of step v, let d(U) be the replicas that carry the load of the groups U at the degraded rate, rounded up, and let N(U) be the regions that stand in for some group of U. After the
//! loss of the domains L (regions, or all regions of a cloud) the traffic of all groups can be carried if and only if, for every set U of groups,
//!
//! > sum over r in N(U) outside L of D(s, r, v) use(s, r, v)  >=  d(U)            (Hall's theorem, max-flow min-cut)
//!
//! A step with D above d(U) keeps the row alone, so D may be cut off at d(U): no choice in whole numbers is lost, and the relaxation is tighter. For
//! one U all sets L of k domains together say that the sum over all domains less the k largest is at least d(U). With a level t and excesses e
//!
//! > e(i) >= D(domain i) − t,   sum over i of D(domain i) − k × t − sum over i of e(i) >= d(U),   t, e >= 0
//!
//! says the same, since k × t + sum of e(i) is least when t is the k-th largest; for k = 1 that is the largest, and nothing exceeds it. The level is
//! whole, so that the solver can branch on it. That is one row for each domain instead of one for each
//! set of k. Written down at the start are U of all groups and of each class of groups that the same regions stand in for; others are found by a
//! minimum cut ([`tighten`]) when a solution breaks them. Where machines are limited in number, D is the sum of what those bought hold. Where
//! functions stand in as well, D and d(U) are counted in parts of a milli-rps in which both what a replica and what an environment carries are whole. Rows that follow from demand and
//! capacity in whole replicas (`carry`) make the relaxation tighter.
//!
//! All machines of a region count, spot machines too: what is lost beside regions is not outlived. D of machines that are decided by kind (`mixed`) is what
//! those bought hold. Where demand changes these are others in every period, and all of it holds in each, with what is asked for then.
//!
//! The checker for the same rule is `check::survive`; it does not use this module.

use std::collections::{BTreeMap, BTreeSet};

use super::called;
use super::times::{StandIns, Time, short_sets, times};
use crate::formulate::program::{Column, ColumnId, Decision, Program, Sense};
use crate::formulate::{Candidate, Class, Fit, Reach, Service, functions, mixed};
use crate::model::{Problem, RegionId, UserId, Workload};

/// Which user groups of the workload `region` answers while regions or clouds are lost, in the order of its demand; empty where neither is to be
/// outlived.
pub(crate) fn stands_in(problem: &Problem, workload: &Workload, region: RegionId) -> Vec<bool> {
    if !workload.survive.has_places() {
        return Vec::new();
    }
    let answers = |user| {
        let round_trip = problem.rtt.get(user, region).map(|rtt| rtt.round_trip);
        workload.degraded_max_rtt.is_none_or(|limit| round_trip.is_some_and(|round_trip| round_trip <= limit))
    };
    workload.demand.iter().map(|demand| answers(demand.user)).collect()
}

/// User groups for which too few domains stand in, whatever is bought.
pub fn short_groups(problem: &Problem, service: &Service) -> Vec<UserId> {
    let is_short = |position: &usize| {
        losses(problem, service).iter().any(|(lost, domains)| {
            let stands_in = |&&candidate: &&usize| service.candidates[candidate].stands_in[*position];
            domains.iter().filter(|domain| domain.iter().any(|candidate| stands_in(&candidate))).count() <= *lost
        })
    };
    (0..service.demand.len()).filter(is_short).map(|position| service.demand[position].user).collect()
}

/// Regions, or clouds, that are lost at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Loss {
    /// How many.
    pub(super) domains: usize,
    pub(super) of_clouds: bool,
}

/// Machines bought so that a set of user groups, or everything that is asked of a workload, is carried whichever domains are lost.
#[derive(Clone, Debug)]
pub(crate) struct Outlived {
    /// Domains that may be lost at once.
    lost: usize,
    /// By domain: columns and the replicas that a unit of each holds, as far as they count; below zero, what it asks for.
    domains: Vec<Vec<(ColumnId, i128)>>,
    /// What must be left.
    need: i128,
    /// The service whose calls are carried, if it is about these.
    called: Option<usize>,
    level: ColumnId,
    excess: Vec<ColumnId>,
}

impl Outlived {
    /// By domain: what it adds to what is left while it is not lost.
    fn held(&self, values: &[u64]) -> Vec<i128> {
        let sum = |columns: &Vec<(ColumnId, i128)>| {
            columns.iter().map(|&(column, held)| held.saturating_mul(i128::from(values[column.index()]))).sum()
        };
        self.domains.iter().map(sum).collect()
    }

    /// The least that each of the domains counts that are lost in the worst case.
    fn level(&self, held: &[i128]) -> i128 {
        let mut largest = held.to_vec();
        largest.sort_unstable_by(|a, b| b.cmp(a));
        largest.get(self.lost - 1).copied().unwrap_or(0).max(0)
    }

    /// True if enough is left after every loss.
    fn is_kept_by(&self, values: &[u64]) -> bool {
        let held = self.held(values);
        let level = self.level(&held);
        let lost: i128 = level * self.lost as i128 + held.iter().map(|held| (held - level).max(0)).sum::<i128>();
        held.iter().sum::<i128>() - lost >= self.need
    }

    /// Sets level and excesses to what the machines in use make of them.
    pub(crate) fn complete(&self, values: &mut [u64]) {
        let held = self.held(values);
        let level = self.level(&held);
        let whole = |value: i128| u64::try_from(value.max(0)).unwrap_or(u64::MAX);
        values[self.level.index()] = whole(level);
        for (&column, held) in self.excess.iter().zip(held) {
            values[column.index()] = whole(held - level);
        }
    }
}

/// Adds the rows of every service that must outlive regions or clouds, for all its user groups together and for each class of them, and for what others ask
/// of it.
pub(crate) fn rows(program: &mut Program<'_>) {
    for service in 0..program.services().count() {
        let times = times(program, service);
        let Some(first) = times.first().filter(|time| !time.classes.is_empty()) else { continue };
        let classes = first.classes.len();
        let single = |only: usize| (0..classes).map(|class| class == only).collect::<Vec<_>>();
        let sets: BTreeSet<Vec<bool>> = (0..classes).map(single).chain([vec![true; classes]]).collect();
        for set in &sets {
            stand_apart(program, service, &first.classes, set);
            for time in &times {
                outlive(program, service, time, set);
            }
        }
        carry(program, service);
    }
    called::rows(program);
}

/// Adds what follows from demand and capacity in whole replicas, for each class of user groups and for all: it makes the relaxation tighter.
fn carry(program: &mut Program<'_>, service: usize) {
    let placed = program.service(service);
    let answers = |class: &Class| class.reach.iter().map(|&reach| reach != Reach::No).collect::<Vec<_>>();
    let mut sets: Vec<(u64, Vec<bool>)> =
        program.classes(service).iter().map(|class| (class.rate, answers(class))).collect();
    // Those that rise and fall apart never ask for all of it at one time.
    let is_together = placed.shapes.iter().all(|shape| *shape == placed.shapes[0]);
    if sets.len() > 1 && is_together {
        sets.push((placed.total, placed.candidates.iter().map(Candidate::is_in_reach).collect()));
    }
    for (load, answers) in sets {
        let mut terms = Vec::new();
        let mut need = 0;
        for (candidate, _) in answers.iter().enumerate().filter(|(_, answers)| **answers) {
            let curve = &placed.candidates[candidate].curve;
            need = load.div_ceil(curve.rate_per_replica());
            if placed.candidates[candidate].stocked.is_some() {
                let machines = held(program, service, (candidate, 0), u64::MAX).into_iter();
                terms.extend(machines.map(|(column, held)| (column, held / of_replica(placed))));
            } else {
                let replicas =
                    curve.steps().iter().map(|step| step.capacity.div_ceil(curve.rate_per_replica()).min(need));
                terms.extend(program.uses(service, candidate).zip(replicas));
            }
        }
        let terms = terms.into_iter().map(|(column, replicas)| (column, replicas.into()));
        program.add_row("capacity", terms, Sense::AtLeast, need.into());
    }
}

/// Adds rows for the sets of user groups that `values` leave short after some loss; false if there are none.
pub(crate) fn tighten(program: &mut Program<'_>, values: &[u64]) -> bool {
    let mut is_tighter = false;
    for service in 0..program.services().count() {
        for time in times(program, service).iter().filter(|time| time.classes.len() > 1) {
            for set in short_sets(program, service, time, values) {
                stand_apart(program, service, &time.classes, &set);
                outlive(program, service, time, &set);
                is_tighter = true;
            }
        }
    }
    is_tighter
}

/// True if every user group is carried after every loss, with what `values` buy.
pub(crate) fn outlives(program: &Program<'_>, service: usize, values: &[u64]) -> bool {
    let of_calls = program.outlived.iter().filter(|outlived| outlived.called == Some(service));
    times(program, service).iter().all(|time| short_sets(program, service, time, values).is_empty())
        && of_calls.into_iter().all(|outlived| outlived.is_kept_by(values))
}

/// How many domains may be lost at once, and the candidates of each domain: for regions, and for clouds.
pub(crate) fn losses(problem: &Problem, service: &Service) -> Vec<(usize, Vec<Vec<usize>>)> {
    let mut by_cloud: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (position, candidate) in service.candidates.iter().enumerate() {
        by_cloud.entry(&problem.regions[candidate.region.index()].key.cloud).or_default().push(position);
    }
    let regions = functions::by_region(service).into_values().collect();
    let clouds = by_cloud.into_values().collect();
    [(service.survive.regions, regions), (service.survive.clouds, clouds)]
        .into_iter()
        .filter(|(lost, _)| *lost > 0)
        .map(|(lost, domains)| (lost as usize, domains))
        .collect()
}

/// The domains that stand in for some class of `set`, for each kind of loss with how many may be lost at once.
fn standing_in(
    program: &Program<'_>,
    service: usize,
    classes: &[StandIns],
    set: &[bool],
) -> Vec<(usize, Vec<Vec<usize>>)> {
    let stands_in = |candidate: &usize| {
        let chosen = classes.iter().zip(set).filter(|(_, is_in)| **is_in);
        chosen.into_iter().any(|(class, _)| class.by[*candidate])
    };
    let kept = |domain: Vec<usize>| domain.into_iter().filter(stands_in).collect::<Vec<_>>();
    let of_kind = |(lost, domains): (usize, Vec<Vec<usize>>)| {
        (lost, domains.into_iter().map(kept).filter(|domain| !domain.is_empty()).collect())
    };
    losses(program.problem(), program.service(service)).into_iter().map(of_kind).collect()
}

/// Adds that more candidates are in use than domains may be lost, where each domain is one candidate.
fn stand_apart(program: &mut Program<'_>, service: usize, classes: &[StandIns], set: &[bool]) {
    for (lost, domains) in standing_in(program, service, classes, set) {
        if domains.iter().all(|domain| domain.len() == 1) {
            let in_use = domains.iter().flatten().filter_map(|&candidate| program.in_use(service, candidate));
            let in_use: Vec<_> = in_use.map(|column| (column, 1)).collect();
            program.add_row("survive", in_use, Sense::AtLeast, lost as i128 + 1);
        }
    }
}

/// Adds columns and rows by which the classes of `set` are carried after every loss at one time.
fn outlive(program: &mut Program<'_>, service: usize, time: &Time, set: &[bool]) {
    let chosen = time.classes.iter().zip(set).filter(|(_, is_in)| **is_in);
    let need = needed(program.service(service), chosen.map(|(class, _)| class.rate).sum());
    for (lost, domains) in standing_in(program, service, &time.classes, set) {
        let held = |&candidate: &usize| {
            let held = held(program, service, (candidate, time.period), need).into_iter();
            held.map(|(column, held)| (column, held.into())).collect::<Vec<_>>()
        };
        let columns: Vec<Vec<(ColumnId, i128)>> =
            domains.iter().map(|domain| domain.iter().flat_map(held).collect()).collect();
        let most = |domain: &Vec<usize>| {
            let held = domain.iter().map(|&candidate| most_held(program, service, (candidate, time.period), need));
            held.fold(0, u64::saturating_add)
        };
        let most = domains.iter().map(most).max().unwrap_or(0);
        without_largest(program, "survive", (lost, columns, most), need.into(), None);
    }
}

/// Adds columns and rows by which domains, less the `lost` of them that hold most, hold at least `need`; none holds more than `most`. `called` is the
/// service whose calls are carried, if it is about these.
pub(crate) fn without_largest(
    program: &mut Program<'_>,
    rule: &'static str,
    (lost, columns, most): (usize, Vec<Vec<(ColumnId, i128)>>, u64),
    need: i128,
    called: Option<usize>,
) {
    let number = program.outlived.len();
    let column = |decision, is_whole| Column { decision, cost: 0, most, is_whole };
    // Pieces are branched on; requests are too many for that.
    let counts_pieces = columns.iter().flatten().all(|(_, held)| *held >= 0);
    let level = program.add_column(column(Decision::LossLevel { number }, counts_pieces));
    // Nothing exceeds the largest.
    let excess: Vec<ColumnId> = (0..if lost > 1 { columns.len() } else { 0 })
        .map(|domain| program.add_column(column(Decision::LossExcess { number, domain }, false)))
        .collect();
    for (position, domain) in columns.iter().enumerate() {
        let above = excess.get(position).map(|&excess| (excess, -1));
        let terms = domain.iter().copied().chain([(level, -1)]).chain(above);
        program.add_row(rule, terms, Sense::AtMost, 0);
    }
    let left = columns.iter().flatten().copied();
    let taken = excess.iter().map(|&column| (column, -1)).chain([(level, -(lost as i128))]);
    program.add_row(rule, left.chain(taken), Sense::AtLeast, need);
    program.outlived.push(Outlived { lost, domains: columns, need, called, level, excess });
}

/// What is counted of a milli-rps, where functions stand in; else replicas are counted.
pub(super) fn parts_of_rate(service: &Service) -> Option<u64> {
    service.candidates.iter().find_map(|candidate| Some(candidate.function?.parts().0))
}

/// What carries a load while something is lost, as it is counted.
pub(super) fn needed(service: &Service, load: u64) -> u64 {
    parts_of_rate(service).map_or_else(|| load.div_ceil(service.degraded_rate), |parts| load.saturating_mul(parts))
}

/// What a replica counts for.
fn of_replica(service: &Service) -> u64 {
    parts_of_rate(service).map_or(1, |parts| parts.saturating_mul(service.degraded_rate))
}

/// The replicas of a candidate in a period: columns, and how many a unit of each holds. A step, and a machine of a mixed group, counts for no more than `need`.
pub(super) fn held(
    program: &Program<'_>,
    service: usize,
    (candidate, period): (usize, usize),
    need: u64,
) -> Vec<(ColumnId, u64)> {
    let placed = program.service(service);
    let of_replica = of_replica(placed);
    if let Some(fit) = placed.candidates[candidate].function {
        let environments = program.column(Decision::Environments { service, candidate });
        environments.map(|column| (column, fit.parts().1)).into_iter().collect()
    } else if let Some(stocked) = &placed.candidates[candidate].stocked {
        let fits = stocked.fits.iter().enumerate();
        let zones = |(fit, each): (usize, &Fit)| {
            let replicas = each.replicas.saturating_mul(of_replica);
            let column = move |zone| program.column(Decision::Machines { service, candidate, fit, zone });
            (0..stocked.zones()).filter_map(column).map(move |column| (column, replicas))
        };
        fits.flat_map(zones).collect()
    } else if let Some(mixed) = &placed.candidates[candidate].mixed {
        let machines = mixed::held(program, (service, candidate), mixed, period).into_iter();
        machines.map(|(column, replicas)| (column, replicas.saturating_mul(of_replica).min(need))).collect()
    } else {
        let steps = placed.candidates[candidate].curve.steps().iter();
        let held = steps.map(|step| step.replicas.saturating_mul(of_replica).min(need));
        program.uses(service, candidate).zip(held).collect()
    }
}

/// The most that [`held`] sums to: a candidate is on one step at most, but buys machines of all types.
pub(super) fn most_held(program: &Program<'_>, service: usize, at: (usize, usize), need: u64) -> u64 {
    let all = held(program, service, at, need).into_iter();
    let most = all.map(|(column, held)| held.saturating_mul(program.columns()[column.index()].most));
    let placed = &program.service(service).candidates[at.0];
    if placed.stocked.is_some() || placed.mixed.is_some() {
        most.fold(0, u64::saturating_add)
    } else {
        most.max().unwrap_or(0)
    }
}
