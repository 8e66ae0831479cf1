//! The reduced problem as one mixed-integer model for HiGHS: for services that share regions, and for single services whose search ran
//! out of work.
//!
//! > minimise   sum over s, r, v of cost(s, r, v) × use(s, r, v) + sum of cost(s, c, r) × x(s, c, r) + sum over r of fixed(r) × Y(r)
//! > demand, capacity, link, open, late: as in `rows`, for each service
//! > y(s, r) = sum over v of use(s, r, v) <= Y(r) for regions with a fixed cost or under a limit
//! > sum over r of Y(r) <= limits.max_regions
//! > use binary
//!
//! Values are only taken for which steps are in use: traffic and cost are computed again in whole numbers.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::choice::{Choice, evaluate};
use super::highs::{Column, Model, Solved, Status, Stop};
use super::relaxation;
use super::rows::{self, Steps, float, usd};
use super::{Effort, Ended, Found, Shares, service, shared};
use crate::formulate::{Block, Candidate, Class, Femto, Service, Step, reduce_alone};
use crate::model::{Problem, RegionId};

/// With more steps than this that a better placement might use, the whole model is not worth its time beside a placement with a bound.
const MOST_STEPS: usize = 1_000;

/// The columns of one service.
struct Columns {
    /// By candidate, then step.
    uses: Vec<Vec<Column>>,
}

/// Shares of all services, and what they cost with the fixed cost of their regions.
pub(super) type Incumbent = (Vec<Shares>, Femto);

/// A model over several services.
struct Compact<'a> {
    services: &'a [&'a Service],
    classes: Vec<Vec<Class>>,
    steps: Vec<Steps>,
}

/// Goes on with one service whose search was cut short after it found `best` and proved `bound`.
pub(super) fn settle(
    service: &Service,
    classes: &[Class],
    best: Option<Choice>,
    bound: Femto,
    effort: Effort,
) -> service::Settled {
    let limit = best.as_ref().map_or(Femto::MAX, |choice| choice.cost);
    let steps = surviving_steps(service, classes, limit);
    let services = [service];
    let compact = Compact { services: &services, classes: vec![classes.to_vec()], steps: vec![steps] };
    let block = Block {
        services: vec![0],
        fixed: BTreeMap::new(),
        max_regions: None,
        max_clouds: None,
        is_committed: false,
        has_calls: false,
        is_under_quota: false,
        has_limited_functions: false,
        is_single_routed: false,
        has_further_rules: false,
        has_only_stock: false,
        has_only_hours: false,
    };
    let (solved, columns) = compact.solve(&block, effort, true);
    let choice = compact.choices(&solved, &columns).and_then(|mut choices| choices.pop());
    let best = [best, choice].into_iter().flatten().min_by_key(|choice| choice.cost);
    service::Settled {
        bound: safe_bound(&solved).max(bound).min(limit),
        is_infeasible: best.is_none() && solved.status == Status::Infeasible,
        best,
    }
}

/// Solves services that share regions, each of which can be served alone: by `shared`, and where that runs out of work by the whole model, if it is small
/// or nothing was found.
pub(super) fn solve_together(problem: &Problem, block: &Block, services: &[&Service], effort: Effort) -> Ended {
    let (mut incumbent, mut proven, is_complete) = shared::search(problem, block, services, effort);
    if is_complete {
        return if incumbent.is_none() { Ended::Infeasible } else { conclude(incumbent, proven, effort) };
    }
    let limit = incumbent.as_ref().map_or(Femto::MAX, |(_, cost)| *cost);
    if effort.accepts(limit, proven) {
        return conclude(incumbent, proven, effort);
    }
    // Apart from each other and without fixed costs, the services cost no more than together.
    let bounds: Vec<Femto> = services
        .par_iter()
        .map(|service| match solve_apart(problem, service, effort, |_| true, |_, _| 0) {
            Ended::Optimal(found) | Ended::Feasible(found) => found.bound,
            Ended::Infeasible | Ended::Undecided => 0,
        })
        .collect();
    let classes: Vec<Vec<Class>> = services.iter().map(|service| service.classes()).collect();
    let steps: Vec<Steps> = services
        .iter()
        .zip(&classes)
        .zip(&bounds)
        .map(|((service, classes), bound)| {
            let others = bounds.iter().sum::<Femto>() - bound;
            surviving_steps(service, classes, limit.saturating_sub(others))
        })
        .collect();
    if incumbent.is_some() && steps.iter().flatten().map(Vec::len).sum::<usize>() > MOST_STEPS {
        return conclude(incumbent, proven, effort);
    }
    let exact = Compact { services, classes, steps };
    let (solved, columns) = exact.solve(block, effort, true);
    proven = proven.max(safe_bound(&solved)).min(limit);
    if let Some(choices) = exact.choices(&solved, &columns) {
        let shares =
            services.iter().zip(&choices).map(|(service, choice)| service::shares(problem, service, choice)).collect();
        improve(&mut incumbent, block, services, shares);
    }
    if incumbent.is_none() && solved.status == Status::Infeasible {
        return Ended::Infeasible;
    }
    conclude(incumbent, proven, effort)
}

fn conclude(incumbent: Option<Incumbent>, proven: Femto, effort: Effort) -> Ended {
    incumbent
        .map_or(Ended::Undecided, |(shares, cost)| Ended::of(Found { shares, cost, bound: proven.min(cost) }, effort))
}

/// Regions that shares use.
pub(super) fn regions_of(services: &[&Service], shares: &[Shares]) -> BTreeSet<RegionId> {
    let of = |(service, shares): (&&Service, &Shares)| {
        let service = *service;
        shares.iter().map(|share| service.candidates[share.candidate].region).collect::<Vec<_>>()
    };
    services.iter().zip(shares).flat_map(of).collect()
}

/// What shares cost with the fixed cost of their regions.
pub(super) fn cost_of(block: &Block, services: &[&Service], shares: &[Shares]) -> Femto {
    let used = regions_of(services, shares);
    let fixed: Femto = used.iter().filter_map(|region| block.fixed.get(region)).sum();
    let share_cost = |service: &Service, shares: &Shares| -> Femto {
        let cost = |share: &super::Share| {
            let carried = service.candidates[share.candidate].curve.cost(share.traffic.values().sum());
            carried + service.cost_of_traffic(share.candidate, &share.traffic)
        };
        shares.iter().map(cost).sum()
    };
    fixed + services.iter().zip(shares).map(|(service, shares)| share_cost(service, shares)).sum::<Femto>()
}

/// Takes `shares` as the incumbent if they respect the limit on regions and cost less.
pub(super) fn improve(
    incumbent: &mut Option<Incumbent>,
    block: &Block,
    services: &[&Service],
    shares: Vec<Shares>,
) -> bool {
    let used = regions_of(services, &shares);
    if block.max_regions.is_some_and(|most| used.len() > most) {
        return false;
    }
    let cost = cost_of(block, services, &shares);
    let is_better = incumbent.as_ref().is_none_or(|(_, known)| cost < *known);
    if is_better {
        *incumbent = Some((shares, cost));
    }
    is_better
}

/// One service with some of its regions, as if it shared none, each candidate (by position) at a fixed cost of its own.
pub(super) fn solve_apart(
    problem: &Problem,
    service: &Service,
    effort: Effort,
    is_open: impl Fn(RegionId) -> bool,
    fixed: impl Fn(usize, RegionId) -> Femto,
) -> Ended {
    let mut apart = service.clone();
    for (position, candidate) in apart.candidates.iter_mut().enumerate() {
        candidate.curve.add_fixed(fixed(position, candidate.region));
    }
    apart.candidates.retain(|candidate| is_open(candidate.region));
    reduce_alone(&mut apart);
    if super::can_serve(problem, &apart).is_err() {
        return Ended::Infeasible;
    }
    service::solve(problem, &apart, effort).restored(&[apart], &[service])
}

/// The steps that a placement of the service cheaper than `limit` can use.
///
/// Using a step instead of the best that the bound assumes for a region raises the bound by the difference.
fn surviving_steps(service: &Service, classes: &[Class], limit: Femto) -> Steps {
    let multipliers = relaxation::multipliers(service, classes);
    let reduced: Vec<Vec<Femto>> =
        (0..service.candidates.len()).map(|at| multipliers.reduced_costs(service, classes, at)).collect();
    let least = |steps: &Vec<Femto>| steps.iter().min().copied().unwrap_or(0).min(0);
    let bound = multipliers.constant(service, classes) + reduced.iter().map(least).sum::<Femto>();
    let survivors = |(candidate, reduced): (&Candidate, &Vec<Femto>)| {
        let elsewhere = bound - least(reduced);
        let steps = candidate.curve.steps().iter().zip(reduced);
        steps.filter(|(_, reduced)| elsewhere + **reduced < limit).map(|(step, _)| *step).collect()
    };
    service.candidates.iter().zip(&reduced).map(survivors).collect()
}

/// The dual bound of a solve in femto-USD, lowered by more than the solver's tolerances can be off.
#[expect(clippy::cast_possible_truncation, reason = "bounds are far below 2^127 femto-USD; infinities saturate")]
pub(super) fn safe_bound(solved: &Solved) -> Femto {
    let margin = 1e-6 + solved.bound.abs() * 1e-8;
    let bound = (solved.bound - margin) * 1e15;
    if bound.is_finite() { bound as Femto } else { 0 }
}

impl Compact<'_> {
    fn solve(&self, block: &Block, effort: Effort, whole_steps: bool) -> (Solved, Vec<Columns>) {
        let mut model = Model::default();
        let mut columns = Vec::new();
        let mut by_region: BTreeMap<RegionId, Vec<Vec<Column>>> = BTreeMap::new();
        for ((service, classes), steps) in self.services.iter().zip(&self.classes).zip(&self.steps) {
            let uses = rows::add_service(&mut model, service, classes, steps, whole_steps).uses;
            for (candidate, uses) in service.candidates.iter().zip(&uses) {
                by_region.entry(candidate.region).or_default().push(uses.clone());
            }
            columns.push(Columns { uses });
        }
        let mut opened = Vec::new();
        for (region, users) in by_region {
            let fixed = block.fixed.get(&region).copied().unwrap_or(0);
            if fixed == 0 && block.max_regions.is_none() {
                continue;
            }
            let open = model.column(usd(fixed), 1.0, true);
            opened.push((open, 1.0));
            for uses in users {
                let terms = uses.into_iter().map(|column| (column, 1.0)).chain([(open, -1.0)]);
                model.at_most(terms.collect::<Vec<_>>(), 0.0);
            }
        }
        if let Some(most) = block.max_regions {
            model.at_most(opened, float(most as u64));
        }
        let relative_gap = f64::from(effort.tolerance.0) / 4e6;
        (
            model.minimise(Stop { nodes: effort.branching_nodes, relative_gap, interrupt: effort.interrupt }, None),
            columns,
        )
    }

    /// The steps in use, as exact choices; `None` if there are no values or they do not carry the load.
    fn choices(&self, solved: &Solved, columns: &[Columns]) -> Option<Vec<Choice>> {
        let values = solved.values.as_ref()?;
        let chosen = |columns: &Columns, steps: &Steps| -> Vec<(usize, u64)> {
            let in_use = |(position, (uses, steps)): (usize, (&Vec<Column>, &Vec<Step>))| {
                let at = uses.iter().position(|column| values[column.index()] > 0.5)?;
                Some((position, steps[at].capacity))
            };
            columns.uses.iter().zip(steps).enumerate().filter_map(in_use).collect()
        };
        self.services
            .iter()
            .zip(&self.classes)
            .zip(columns.iter().zip(&self.steps))
            .map(|((service, classes), (columns, steps))| {
                let demand: Vec<u64> = classes.iter().map(|class| class.rate).collect();
                evaluate(service, classes, &demand, &chosen(columns, steps))
            })
            .collect()
    }
}
