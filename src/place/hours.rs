//! Applications whose user groups rise and fall apart: workloads that call each other, asked by users who ask at different hours.
//!
//! Shares of requests and of calls are the same at all hours, and what a callee is asked follows from both ([`Asked`](crate::model::Asked)): a product of two decisions,
//! which no block of a formulation states. So such an application is bounded hour by hour and placed by moves.
//!
//! **Bound.** What a placement does in one hour is a placement of that hour alone, with the demand of the hour at all times: its loads are whole, every group
//! makes the calls that its requests need, and nothing costs more. With least(t) for the cost of the cheapest of those,
//!
//! > cost >= sum over paid hours t of least(t) / hours
//!
//! where rules that speak of all requests together, or of who may answer at all, are left out of the hour.
//!
//! **Placement.** Routes of the hours, of their mean, and of everybody's full demand at once are tried with the machines that carry them hour by hour, and the best is made cheaper by sending users, or
//! the calls of a group, elsewhere. Every one is judged by `check`, whatever rules there are.

mod routing;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::unit::Unit;
use super::{Disagreement, Outcome, cheapest as cheapest_of, is_within};
use crate::check::{self, Placement};
use crate::formulate::{Curve, Formulation, floor_to_money, formulate, service};
use crate::model::{Assignment, Group, Problem, Profile, RegionId, Workload, WorkloadId};
use crate::solve::{Effort, sets_over_time};
use crate::units::{Money, Ratio};
use routing::{Routing, improved};

/// An hour may be left open by so many millionths: what hours leave open together is more.
const NEAR: Ratio = Ratio(1_000);

/// The problem in which user groups of such applications ask for the most at all times: what may be placed at all is the same. The problem itself if there are
/// none.
pub(super) fn at_full_demand(problem: &Problem) -> Cow<'_, Problem> {
    if !problem.workloads.iter().any(|workload| workload.profile.rises_apart) {
        return Cow::Borrowed(problem);
    }
    let mut full = problem.clone();
    for workload in full.workloads.iter_mut().filter(|workload| workload.profile.rises_apart) {
        workload.profile = Profile::default();
    }
    Cow::Owned(full)
}

/// A problem that was made of one at full demand, with the demand of `problem` again.
pub(super) fn by_the_hour<'c>(changed: &'c Problem, problem: &Problem) -> Cow<'c, Problem> {
    let stated = |name: &str| {
        let workload = problem.workloads.iter().find(|workload| workload.name == name);
        workload.map(|workload| &workload.profile).filter(|profile| profile.rises_apart)
    };
    if !changed.workloads.iter().any(|workload| stated(&workload.name).is_some()) {
        return Cow::Borrowed(changed);
    }
    let mut restored = changed.clone();
    for workload in &mut restored.workloads {
        if let Some(profile) = stated(&workload.name) {
            workload.profile = profile.clone();
        }
    }
    Cow::Owned(restored)
}

/// The cheapest placement of a problem with such applications, whatever stood before; or the workloads that cannot be placed together. `formulation` is that of
/// full demand, if it is known.
pub(super) fn cheapest(
    problem: &Problem,
    full: &Problem,
    formulation: Option<&Formulation>,
    effort: Effort,
) -> Result<Result<Outcome, Vec<usize>>, Disagreement> {
    let units = formulation.map_or_else(|| Unit::of_blocks(&formulate(full)), Unit::of_blocks);
    let is_apart = |unit: &Unit| unit.workloads.iter().any(|id| problem.workloads[id.index()].profile.rises_apart);
    let (apart, others): (Vec<Unit>, Vec<Unit>) = units.into_iter().partition(is_apart);
    let others = Unit { workloads: others.into_iter().flat_map(|unit| unit.workloads).collect(), pools: Vec::new() };
    let mut whole = Assignment::default();
    let mut bound = Money::ZERO;
    for (unit, is_apart) in apart.iter().map(|unit| (unit, true)).chain([(&others, false)]) {
        if unit.workloads.is_empty() {
            continue;
        }
        let effort = if is_apart { in_haste(effort) } else { effort };
        let outcome = match cheapest_of(&unit.alone(full), None, effort)? {
            Ok(outcome) => outcome,
            Err(impossible) => {
                return Ok(Err(impossible.into_iter().map(|at| unit.workloads[at].index()).collect()));
            }
        };
        let Some((placement, least)) = outcome.placement() else { return Ok(Ok(Outcome::Undecided)) };
        let (found, least) = if is_apart {
            let application = Application::of(unit.alone(problem), unit.alone(full));
            application.placed(placement, effort)?
        } else {
            (placement.assignment(), least)
        };
        bound += least;
        whole.groups.extend(renumbered(found, &unit.workloads).groups);
    }
    let placement = check::placement(problem, whole).map_err(Disagreement)?;
    let bound = bound.min(placement.cost());
    let is_optimal = is_within(placement.cost(), bound, problem.gap_tolerance);
    Ok(Ok(Outcome::of(placement, bound, is_optimal)))
}

/// An assignment of some workloads, whose numbers in the whole problem are these.
fn renumbered(assignment: Assignment, workloads: &[WorkloadId]) -> Assignment {
    let of_group = |((workload, region), mut group): ((WorkloadId, RegionId), Group)| {
        let calls = std::mem::take(&mut group.calls).into_iter();
        group.calls = calls.map(|((callee, to), rate)| ((workloads[callee.index()], to), rate)).collect();
        ((workloads[workload.index()], region), group)
    };
    Assignment { groups: assignment.groups.into_iter().map(of_group).collect(), ..Assignment::default() }
}

fn in_haste(effort: Effort<'_>) -> Effort<'_> {
    // What a program would add is little of what hours leave open together.
    Effort { tolerance: effort.tolerance.max(NEAR), ..effort.at_prices() }
}

/// Hours in which everybody asks for the same.
struct Hour {
    /// Part of its rate that each user group asks for, in millionths, by workload, then position in its demand.
    shares: Vec<Vec<u32>>,
    /// How many are paid for.
    paid: i128,
}

/// Such an application, with whatever is decided together with it.
pub(super) struct Application {
    problem: Problem,
    /// At full demand.
    full: Problem,
    hours: Vec<Hour>,
    /// What machines cost, wherever its workloads may be.
    curves: BTreeMap<(WorkloadId, RegionId), Curve>,
}

impl Application {
    fn of(problem: Problem, full: Problem) -> Self {
        let curves = (0..problem.workloads.len()).map(WorkloadId::at).flat_map(|id| {
            let candidates = service(&full, id).candidates.into_iter();
            candidates.map(move |candidate| ((id, candidate.region), candidate.curve))
        });
        let curves = curves.collect();
        Self { hours: different(&problem), problem, full, curves }
    }

    /// A placement, no dearer than any that was tried, and what nothing costs less than.
    fn placed(&self, full: &Placement, effort: Effort) -> Result<(Assignment, Money), Disagreement> {
        let routed = self.hours.par_iter().map(|hour| self.in_hour(hour, effort)).collect::<Result<Vec<_>, _>>()?;
        let calendar_hours = self.hours.iter().map(|hour| hour.paid).sum::<i128>().max(1);
        let least = |(hour, (least, _)): (&Hour, &(Money, Option<Assignment>))| least.micros() * hour.paid;
        let sum: i128 = self.hours.iter().zip(&routed).map(least).sum();
        let bound = Money::from_micros(sum.div_euclid(calendar_hours));
        let start = full.assignment();
        let mut routings = vec![Routing::of(&start)];
        let mut mean = Routing::default();
        for (hour, (_, assignment)) in self.hours.iter().zip(&routed) {
            let Some(assignment) = assignment else { continue };
            mean.add(assignment, u64::try_from(hour.paid).unwrap_or(0));
            routings.push(Routing::of(assignment));
        }
        routings.push(mean.whole());
        routings.push(mean);
        let best = improved(self, &start, &routings, effort);
        // At full demand all day the machines are too many, and carry everything.
        let best = best.or_else(|| self.with_machines(start)).unwrap_or_default();
        Ok((best, bound))
    }

    /// What an hour costs at least, and how it is best routed.
    fn in_hour(&self, hour: &Hour, effort: Effort) -> Result<(Money, Option<Assignment>), Disagreement> {
        let (alone, of_alone) = self.demand_of(hour);
        let idle = self.idle(&of_alone);
        if alone.workloads.is_empty() {
            return Ok((idle, None));
        }
        let Ok(outcome) = cheapest_of(&alone, None, effort)? else { return Ok((idle, None)) };
        let Some((placement, bound)) = outcome.placement() else { return Ok((idle, None)) };
        let bound = bound + idle;
        Ok((bound, Some(renumbered(placement.assignment(), &of_alone))))
    }

    /// What workloads cost at least of which nothing is asked: a replica of each is somewhere all the same.
    fn idle(&self, asked: &[WorkloadId]) -> Money {
        let of = |id: WorkloadId| {
            let here = self.curves.range((id, RegionId(0))..=(id, RegionId(u32::MAX)));
            here.map(|(_, curve)| curve.cost(0)).min().unwrap_or(0)
        };
        let ids = (0..self.problem.workloads.len()).map(WorkloadId::at);
        ids.filter(|id| !asked.contains(id)).map(|id| floor_to_money(of(id))).sum()
    }

    /// The problem of an hour alone, and which workloads are in it: those of which something is asked then.
    fn demand_of(&self, hour: &Hour) -> (Problem, Vec<WorkloadId>) {
        let mut alone = self.full.clone();
        alone.objective.move_per_replica = Money::ZERO;
        for (workload, shares) in alone.workloads.iter_mut().zip(&hour.shares) {
            workload.stood.clear();
            if shares.is_empty() && !workload.demand.is_empty() {
                // It is decided together with the application, and has hours of its own.
                continue;
            }
            let total = workload.total_demand().0;
            for (demand, &share) in workload.demand.iter_mut().zip(shares) {
                let asked = u128::from(demand.rate.0) * u128::from(share) / 1_000_000;
                demand.rate.0 = u64::try_from(asked).unwrap_or(u64::MAX);
            }
            workload.demand.retain(|demand| demand.rate.0 > 0);
            // Requests that are late may all be of those who ask now.
            let now = u128::from(workload.total_demand().0);
            let late = u128::from(total) - (u128::from(total) * u128::from(workload.rtt_share.0)).div_ceil(1_000_000);
            let in_time = (now.saturating_sub(late) * 1_000_000).checked_div(now).unwrap_or(0);
            workload.rtt_share = Ratio(u32::try_from(in_time).unwrap_or(Ratio::ONE.0));
            workload.min_regions = 1;
            workload.max_region_share = None;
            workload.max_cloud_share = None;
            workload.weights = None;
        }
        let asked = asked(&alone);
        let of_alone: Vec<WorkloadId> =
            (0..alone.workloads.len()).map(WorkloadId::at).filter(|id| asked.contains(id)).collect();
        alone.workloads = of_alone.iter().map(|id| alone.workloads[id.index()].clone()).collect();
        (alone, of_alone)
    }

    /// Routes with the cheapest machines of one type in each group that carry them hour by hour; `None` if some group is where it may not be.
    fn with_machines(&self, mut assignment: Assignment) -> Option<Assignment> {
        let asked = assignment.asked(&self.problem);
        for (&(workload, region), group) in &mut assignment.groups {
            let profile = &self.problem.workloads[workload.index()].profile;
            if !profile.rises_apart {
                continue;
            }
            let curve = self.curves.get(&(workload, region))?;
            let load = |period| asked.get(&(workload, region)).map_or(0, |asked| asked.load(period).0);
            let loads: Vec<(u64, bool)> = (0..profile.calendar.periods())
                .map(|period| (load(period), profile.calendar.is_paid(period)))
                .collect();
            let zones = self.problem.regions[region.index()].zones.len();
            group.machines = sets_over_time(curve, &loads, zones);
        }
        Some(assignment)
    }
}

/// The workloads of which something is asked, by users or by others of which something is.
fn asked(problem: &Problem) -> BTreeSet<WorkloadId> {
    let mut asked = BTreeSet::new();
    for caller in problem.callers_first() {
        if asked.contains(&caller) || !problem.workloads[caller.index()].demand.is_empty() {
            asked.insert(caller);
            asked.extend(problem.calls_of(caller).map(|(callee, _)| callee));
        }
    }
    asked
}

/// The paid hours of the applications, those in which everybody asks for the same together.
fn different(problem: &Problem) -> Vec<Hour> {
    let apart = problem.workloads.iter().filter(|workload| workload.profile.rises_apart);
    let most = apart.map(|workload| workload.profile.calendar.hours).max().unwrap_or(0);
    let mut hours: Vec<Hour> = Vec::new();
    // Days are whole in a week.
    for hour in 0..most {
        let of_workload = |workload: &Workload| {
            let (profile, calendar) = (&workload.profile, workload.profile.calendar);
            let positions = 0..if profile.rises_apart { workload.demand.len() } else { 0 };
            let period = calendar.expected(hour % calendar.hours);
            positions.map(|position| profile.share(position, period).0).collect()
        };
        let shares: Vec<Vec<u32>> = problem.workloads.iter().map(of_workload).collect();
        match hours.iter_mut().find(|known| known.shares == shares) {
            Some(known) => known.paid += 1,
            None => hours.push(Hour { shares, paid: 1 }),
        }
    }
    hours
}
