//! A service whose user groups rise and fall apart, with too many regions and hours for one program.
//!
//! Where a request is answered does not depend on the hour, and the machines of a region are of one type. If neither were so, hour t would be a service of
//! its own with the demand of that hour, over staircases (`service`), and it costs no less than if it were:
//!
//! > cost >= sum over paid hours t of least(t) / hours
//!
//! least(t) is what demand(g, t) = floor(d(g) × shape(g, t)) costs all the time. Rounding down proves no more than there is: what a placement sends in t are fractions of a milli-rps, no
//! more of a group than it asks for, and loads are rounded up; between whole loads and whole demand some flow in whole numbers costs as little. What a milli-rps of the largest rate costs on
//! its way is divided over the hours in proportion to what is asked in them.
//!
//! Where requests go in these hours says which regions matter, and placements begin at their mean (`plan`). Where regions or clouds are outlived, an hour outlives them by
//! itself, and placements are those of hours (`outlive`); so are those under rules that moves of requests do not know.

mod outlive;
mod plan;

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::{Effort, Ended, Found, Share, machines, program, service};
use crate::formulate::{Block, Candidate, Caps, Class, Curve, Femto, Mix, Mixed, Reach, Service, reduce_alone};
use crate::model::{Problem, UserId, Workload};
use crate::units::{MilliRps, Ratio};
use plan::Plan;

/// Regions that placements use, at most: those that most requests go to if every hour is routed anew.
const MOST_REGIONS: usize = 12;

/// What is proven of an hour may be lower by so many millionths, and its search does such a part of the work of one service: what hours leave open together is more.
const NEAR: Ratio = Ratio(1_000);
const LESS_WORK: u64 = 30;

/// Hours in which everybody asks for the same.
struct Hour {
    /// Part of its rate that each user group asks for, in millionths, by position in the demand.
    shares: Vec<u32>,
    /// How many are paid for.
    paid: Femto,
}

/// What is best if an hour is routed by itself.
struct Routed {
    /// Nothing costs less all the time.
    least: Femto,
    /// By candidate of the service and user group: milli-rps.
    traffic: BTreeMap<(usize, UserId), u64>,
}

/// What costs follow from.
struct Ground<'a> {
    service: &'a Service,
    classes: Vec<Class>,
    /// By paid hour: what part of its rate each class asks for, and for how long.
    hours: Vec<(Vec<u32>, Femto)>,
    /// Hours in all.
    all: Femto,
    /// By candidate: what carrying a load costs all the time.
    curves: Vec<Curve>,
}

/// Whether the services of a block are one that is solved here: hours are all it has to decide, and so many machines that no program ends soon.
pub(super) fn are_suited<'s>(
    block: &Block,
    mut services: impl Iterator<Item = &'s Service>,
    effort: Effort<'_>,
) -> bool {
    let are_many = |service: &Service| {
        let mixed = service.candidates.iter().filter_map(|candidate| candidate.mixed.as_ref());
        mixed.map(Mixed::size).sum::<usize>() >= effort.few_machines
    };
    block.has_only_hours && !effort.as_programs && services.all(are_many)
}

/// Solves a service alone whose hours have nothing in common but where traffic goes and the type of the machines; `None` if nothing is found.
pub(super) fn solve(problem: &Problem, block: &Block, service: &Service, effort: Effort<'_>) -> Option<Ended> {
    // Moves of requests know no other rule than how many regions there are at most.
    let has_others = block.is_single_routed
        || service.survive.has_places()
        || service.late_allowance > 0
        || service.min_regions > 1
        || service.most_in_region.is_some()
        || service.most_in_cloud.is_some();
    if has_others {
        return outlive::solve(problem, block, service, effort);
    }
    let workload = &problem.workloads[service.workload.index()];
    let hours = different(workload);
    let ground = Ground::of(workload, service, &hours)?;
    let routed: Vec<Routed> = hours.par_iter().map(|hour| routed(problem, &ground, workload, hour, effort)).collect();
    let paid = |(hour, routed): (&Hour, &Routed)| hour.paid * routed.least;
    let bound = hours.iter().zip(&routed).map(paid).sum::<Femto>().div_euclid(ground.all);
    let plan = ground.starts(&routed).into_par_iter().map(|start| start.improved(effort)).collect::<Vec<_>>();
    let best = plan.into_iter().min_by_key(Plan::cost)?;
    let found = Found { cost: best.cost(), bound: bound.min(best.cost()), shares: vec![shares(problem, &best)] };
    Some(Ended::of(found, effort))
}

/// The hours that are paid for, those in which everybody asks for the same together.
fn different(workload: &Workload) -> Vec<Hour> {
    times(workload).0.into_iter().filter(|hour| hour.paid > 0).collect()
}

/// The times at which not everybody asks for the same, paid for or not, and by period of the calendar which of them it is.
fn times(workload: &Workload) -> (Vec<Hour>, Vec<usize>) {
    let profile = &workload.profile;
    let mut times: Vec<Hour> = Vec::new();
    let mut of_calendar = Vec::with_capacity(profile.calendar.periods());
    for period in 0..profile.calendar.periods() {
        let shares: Vec<u32> = (0..workload.demand.len()).map(|position| profile.share(position, period).0).collect();
        let at = times.iter().position(|time| time.shares == shares).unwrap_or(times.len());
        if at == times.len() {
            times.push(Hour { shares, paid: 0 });
        }
        times[at].paid += Femto::from(profile.calendar.is_paid(period));
        of_calendar.push(at);
    }
    (times, of_calendar)
}

/// A rate divided in proportion to `parts`; what is left goes where most of it does. `None` if there is no part.
fn divided(rate: u64, parts: &[u128]) -> Option<Vec<u64>> {
    let all: u128 = parts.iter().sum();
    let most = (0..parts.len()).rev().max_by_key(|&at| parts[at])?;
    let mut left = rate;
    let mut sent = Vec::with_capacity(parts.len());
    for part in parts {
        let share = (u128::from(rate) * part).checked_div(all)?;
        let share = u64::try_from(share).unwrap_or(u64::MAX).min(left);
        left -= share;
        sent.push(share);
    }
    sent[most] += left;
    Some(sent)
}

/// What is best in an hour that is routed by itself.
fn routed(problem: &Problem, ground: &Ground<'_>, workload: &Workload, hour: &Hour, effort: Effort<'_>) -> Routed {
    let mut alone = ground.in_hour(workload, hour);
    let mut routed = Routed { least: 0, traffic: BTreeMap::new() };
    if alone.demand.is_empty() {
        return routed;
    }
    reduce_alone(&mut alone);
    let in_haste = Effort {
        tolerance: effort.tolerance.max(NEAR),
        search_work: effort.search_work / LESS_WORK,
        rounding_work: effort.rounding_work / LESS_WORK,
        branching_nodes: 0,
        ..effort
    };
    let (Ended::Optimal(found) | Ended::Feasible(found)) = service::solve(problem, &alone, in_haste) else {
        return routed;
    };
    routed.least = found.bound;
    for share in found.shares.into_iter().flatten() {
        let place = alone.candidates[share.candidate].place();
        let candidate = ground.service.candidates.partition_point(|candidate| candidate.place() < place);
        routed.traffic.extend(share.traffic.into_iter().map(|(user, rate)| ((candidate, user), rate)));
    }
    routed
}

impl<'a> Ground<'a> {
    fn of(workload: &Workload, service: &'a Service, hours: &[Hour]) -> Option<Self> {
        let classes = service.classes();
        let positions: Vec<usize> = classes.iter().map(|class| service.position_of(class)).collect();
        let of_classes = |hour: &Hour| (positions.iter().map(|&at| hour.shares[at]).collect(), hour.paid);
        Some(Self {
            service,
            hours: hours.iter().map(of_classes).collect(),
            all: workload.profile.calendar.hours as Femto,
            curves: service.candidates.iter().map(Candidate::hourly).collect::<Option<Vec<_>>>()?,
            classes,
        })
    }

    /// The service with what is asked in an hour, as if it were asked all the time.
    fn in_hour(&self, workload: &Workload, hour: &Hour) -> Service {
        let part = |rate: u64, share: u32| u128::from(rate) * u128::from(share) / 1_000_000;
        let rate = |at: usize| u64::try_from(part(workload.demand[at].rate.0, hour.shares[at])).unwrap_or(u64::MAX);
        let asking: Vec<usize> = (0..workload.demand.len()).filter(|&at| rate(at) > 0).collect();
        let full = 1_000_000 * self.all;
        let of_candidate = |(candidate, curve): (&Candidate, &Curve)| {
            let priced = |&at: &usize| {
                let paid = Femto::from(workload.profile.paid_share(at));
                (candidate.traffic[at] * full).checked_div(paid).unwrap_or(0)
            };
            let reach: Vec<Reach> = asking.iter().map(|&at| candidate.reach[at]).collect();
            let stands_in: Vec<bool> = asking.iter().filter_map(|&at| candidate.stands_in.get(at).copied()).collect();
            let answers = reach.iter().any(|&reach| reach != Reach::No) || stands_in.contains(&true);
            let sum = |of: &dyn Fn(usize) -> bool| -> u64 {
                (0..asking.len()).filter(|&at| of(at)).map(|at| rate(asking[at])).sum()
            };
            let curve = if stands_in.is_empty() {
                curve.clone()
            } else {
                let held = sum(&|at| stands_in[at]).div_ceil(self.service.degraded_rate);
                curve.holding_up_to(sum(&|at| reach[at] != Reach::No).max(1), held)
            };
            answers.then(|| Candidate {
                traffic: asking.iter().map(priced).collect(),
                stands_in,
                entry_rtt: asking.iter().filter_map(|&at| candidate.entry_rtt.get(at).copied()).collect(),
                curve,
                mixed: None,
                reach,
                ..candidate.clone()
            })
        };
        let mut alone = Service {
            demand: asking.iter().map(|&at| workload.demand[at]).collect(),
            shapes: vec![0; asking.len()],
            candidates: self.service.candidates.iter().zip(&self.curves).filter_map(of_candidate).collect(),
            ..self.service.clone()
        };
        for (demand, &at) in alone.demand.iter_mut().zip(&asking) {
            demand.rate = MilliRps(rate(at));
        }
        alone.total = alone.demand.iter().map(|demand| demand.rate.0).sum();
        // Regions that answer others at other times count for what is asked; requests that are late then may all be of those who ask now; and what a region answers of all requests is a
        // part of what is asked in an hour only if that is the same part of everybody's.
        let part_of_all = hour.shares.windows(2).all(|pair| pair[0] == pair[1]).then_some(hour.shares[0]);
        let ceil = |most: u64, share: u32| (u128::from(most) * u128::from(share)).div_ceil(1_000_000);
        let limit = |most: Option<u64>| u64::try_from(ceil(most?, part_of_all?)).ok();
        alone.min_regions = if asking.len() == workload.demand.len() { alone.min_regions } else { 1 };
        alone.late_allowance = alone.late_allowance.min(alone.total);
        (alone.most_in_region, alone.most_in_cloud) = (limit(alone.most_in_region), limit(alone.most_in_cloud));
        alone
    }

    /// Placements to begin with, over the regions that matter: the mean of the hours, every class where most of it goes, and every class where it costs
    /// least beside those before it, the largest first.
    fn starts<'g>(&'g self, routed: &[Routed]) -> Vec<Plan<'g, 'a>> {
        let class_of: BTreeMap<UserId, usize> = self
            .classes
            .iter()
            .enumerate()
            .flat_map(|(at, class)| class.users.iter().map(move |&user| (user, at)))
            .collect();
        let mut sent: BTreeMap<usize, Vec<u128>> = BTreeMap::new();
        for ((_, paid), routed) in self.hours.iter().zip(routed) {
            for (&(candidate, user), &rate) in &routed.traffic {
                let of_candidate = sent.entry(candidate).or_insert_with(|| vec![0; self.classes.len()]);
                of_candidate[class_of[&user]] += u128::from(rate) * paid.unsigned_abs();
            }
        }
        let mut most: Vec<(u128, usize)> =
            sent.iter().map(|(&candidate, sent)| (sent.iter().sum(), candidate)).collect();
        most.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        let kept: BTreeSet<usize> = most.iter().take(MOST_REGIONS).map(|&(_, candidate)| candidate).collect();
        sent.retain(|candidate, _| kept.contains(candidate));
        // Somebody may ask for something in hours only that nobody pays for.
        for class in &self.classes {
            let reaches = |&candidate: &usize| class.reach[candidate] != Reach::No;
            if !sent.keys().any(reaches)
                && let Some(first) = (0..class.reach.len()).find(reaches)
            {
                sent.insert(first, vec![0; self.classes.len()]);
            }
        }
        let regions: Vec<usize> = sent.keys().copied().collect();
        let empty = Plan::empty(self, &regions);
        let mean = empty.divided(&sent.values().cloned().collect::<Vec<_>>());
        let whole = mean.as_ref().map(Plan::whole);
        [mean, whole, empty.greedy()]
            .into_iter()
            .flatten()
            .filter(|plan| plan.in_use() <= self.service.max_regions)
            .collect()
    }
}

/// What a plan does in each region it uses.
fn shares(problem: &Problem, plan: &Plan<'_, '_>) -> Vec<Share> {
    let ground = plan.ground();
    let workload = &problem.workloads[ground.service.workload.index()];
    let used = plan.used();
    let candidates: Vec<usize> = used.iter().map(|region| region.candidate).collect();
    let mut shares: Vec<Share> = used.iter().map(|region| idle(region.candidate, region.sent.iter().sum())).collect();
    for (at, class) in ground.classes.iter().enumerate() {
        let sent: Vec<u64> = used.iter().map(|region| region.sent[at]).collect();
        let split = program::split(problem, ground.service, class, (&candidates, &sent));
        for (&user, row) in class.users.iter().zip(split) {
            for (share, rate) in shares.iter_mut().zip(row).filter(|(_, rate)| *rate > 0) {
                share.traffic.insert(user, rate);
            }
        }
    }
    for (share, region) in shares.iter_mut().zip(&used) {
        let curve = &ground.curves[region.candidate];
        let fit = &curve.fits()[region.fit];
        let traffic = share.traffic.iter().map(|(&user, &rate)| (user, MilliRps(rate))).collect();
        let load = |period| workload.profile.load(&workload.demand, (&traffic, MilliRps::ZERO), period).0;
        let mixes: Vec<Mix> =
            (0..workload.profile.calendar.periods()).map(|period| curve.machines(fit, load(period))).collect();
        let zones = problem.regions[ground.service.candidates[region.candidate].region.index()].zones.len();
        share.sets = machines(fit, &[], &mixes, zones);
    }
    shares
}

/// A share of a candidate that carries a load, with nothing bought and nothing sent yet.
fn idle(candidate: usize, carried: u64) -> Share {
    Share {
        candidate,
        carried,
        of_type: None,
        machines: Vec::new(),
        sets: Vec::new(),
        held: 0,
        traffic: BTreeMap::new(),
        called: 0,
        calls: BTreeMap::new(),
        caps: Caps::new(),
    }
}
