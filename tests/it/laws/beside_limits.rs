//! Alternatives, frontiers and what stood before, where limits on money, carbon and quotas hold over everything.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use stowage::check;
use stowage::frontier::{Against, frontier};
use stowage::model::{Limits, Offer, Problem};
use stowage::place::place;
use stowage::units::{HOURS_PER_MONTH, Money, Ratio};

use super::previous::previous;
use super::{ROUNDING_MICROS, quotas, run_with, sums};

/// What a plan costs at the problem's prices but that of carbon, and what it emits.
fn cost_and_emissions(problem: &Problem, plan: sums::Plan) -> (i128, i128) {
    (plan.paid + plan.wait * problem.objective.latency_per_rps_ms.micros() / 1_000_000, plan.emitted)
}

/// The least that any plan costs in each set of regions, all of which hold machines, within the limits; those in `here` are left out.
fn by_regions(problem: &Problem, here: usize) -> Vec<i128> {
    let carbon = problem.objective.carbon_per_tonne.micros() / 1_000_000_000;
    let Limits { max_monthly_cost: budget, max_monthly_carbon: cap, .. } = problem.limits;
    let mut plans = sums::all(&without_limits(problem));
    for (at, region) in problem.regions.iter().enumerate() {
        // A machine that answers nobody.
        let idle = |plan: &sums::Plan| {
            let plan = *plan;
            let with = move |offer: &Offer| {
                let price = offer.hourly.micros() * HOURS_PER_MONTH + region.fixed_monthly.micros();
                let carbon = offer.carbon_hourly.unwrap().0 * HOURS_PER_MONTH;
                let used = plan.used | 1 << at;
                sums::Plan { paid: plan.paid + price, emitted: plan.emitted + carbon, used, ..plan }
            };
            let is_used = plan.used & (1 << at) != 0;
            region.offers.iter().filter(move |_| !is_used).map(with).collect::<Vec<_>>()
        };
        plans.extend(plans.iter().flat_map(idle).collect::<Vec<_>>());
    }
    let mut best: BTreeMap<usize, i128> = BTreeMap::new();
    for plan in plans.into_iter().filter(|plan| plan.used != here) {
        if budget.is_none_or(|most| plan.paid <= most.micros()) && cap.is_none_or(|most| plan.emitted <= most.0) {
            let (cost, emitted) = cost_and_emissions(problem, plan);
            let cost = cost + emitted * carbon;
            best.entry(plan.used).and_modify(|least| *least = cost.min(*least)).or_insert(cost);
        }
    }
    let mut best: Vec<i128> = best.into_values().collect();
    best.sort_unstable();
    best
}

fn without_limits(problem: &Problem) -> Problem {
    Problem { limits: Limits::default(), ..problem.clone() }
}

/// The next best sets of regions are those that the oracle finds within the limits.
#[test]
fn alternatives_keep_within_them() {
    let (found, fewer) = (Cell::new(0), Cell::new(0));
    run_with(400, &sums::problem(), |problem| {
        let problem = Problem { workloads: vec![problem.workloads[0].clone()], alternatives: 20, ..problem };
        let answer = place(&problem).expect("solver and checker agree");
        let Some((placement, _)) = answer.outcome.placement() else { return Ok(()) };
        let here: usize = placement.groups().keys().map(|(_, region)| 1 << region.index()).sum();
        let expected = by_regions(&problem, here);
        let ours: Vec<i128> = answer.alternatives.iter().map(|alternative| alternative.cost.micros()).collect();
        prop_assert_eq!(ours.len(), expected.len(), "{:?} against {:?}", ours, expected);
        for (ours, theirs) in ours.iter().zip(&expected) {
            prop_assert!((ours - theirs).abs() <= ROUNDING_MICROS + theirs / 100_000, "{ours} against {theirs}");
        }
        fewer.set(fewer.get() + usize::from(by_regions(&without_limits(&problem), here).len() > expected.len()));
        found.set(found.get() + ours.len());
        Ok(())
    });
    assert!(found.get() >= 100 && fewer.get() >= 20, "{} found, {} times fewer", found.get(), fewer.get());
}

/// Corners of the lower convex hull of cost and emissions, from the cheapest to the cleanest.
fn corners(mut points: Vec<(i128, i128)>) -> Vec<(i128, i128)> {
    points.sort_unstable();
    let mut hull: Vec<(i128, i128)> = Vec::new();
    for point in points {
        if hull.last().is_some_and(|last| last.1 <= point.1) {
            continue;
        }
        while let [.., a, b] = hull[..]
            && (b.0 - a.0) * (b.1 - point.1) >= (point.0 - b.0) * (a.1 - b.1)
        {
            hull.pop();
        }
        hull.push(point);
    }
    hull
}

/// The points against carbon are the corners of what the oracle finds within the limits.
#[test]
fn frontiers_keep_within_them() {
    let (several, cut) = (Cell::new(0), Cell::new(0));
    run_with(400, &sums::problem(), |problem| {
        let problem = Problem { gap_tolerance: Ratio(0), ..problem };
        let of = |problem: &Problem| {
            corners(sums::all(problem).into_iter().map(|plan| cost_and_emissions(problem, plan)).collect())
        };
        let expected = of(&problem);
        let found = frontier(&problem, Against::Carbon).expect("solver and checker agree");
        let ours: Vec<(i128, i128)> = found
            .points
            .iter()
            .filter_map(|point| point.found.as_ref())
            .filter_map(|found| Some((found.cost.micros(), found.emissions?.0)))
            .collect();
        prop_assert_eq!(ours.len(), expected.len(), "{:?} against {:?}", ours, expected);
        for (ours, theirs) in ours.iter().zip(&expected) {
            prop_assert!((ours.0 - theirs.0).abs() <= ROUNDING_MICROS && ours.1 == theirs.1, "{ours:?}, {theirs:?}");
        }
        several.set(several.get() + usize::from(ours.len() > 1));
        cut.set(cut.get() + usize::from(!ours.is_empty() && of(&without_limits(&problem)) != expected));
        Ok(())
    });
    assert!(several.get() >= 20 && cut.get() >= 20, "{} of several points, {} cut", several.get(), cut.get());
}

/// What stood is kept if and only if it is within the limits today and moving saves less than the threshold.
#[test]
fn what_stood_is_kept_within_them() {
    let [kept, moved, broken] = [Cell::new(0), Cell::new(0), Cell::new(0)];
    let count = |cell: &Cell<usize>| cell.set(cell.get() + 1);
    let problems = prop_oneof![sums::problem().boxed(), quotas::problem().boxed()];
    let cases = (problems, prop::collection::vec(30_i128..400, 2), 0_i128..4);
    run_with(500, &cases, |(problem, factors, usd)| {
        let problem = Problem { workloads: vec![problem.workloads[0].clone()], ..problem };
        let first = place(&problem).expect("solver and checker agree");
        let Some((placement, _)) = first.outcome.placement() else { return Ok(()) };
        let mut today = problem.clone();
        for (region, factor) in today.regions.iter_mut().zip(factors) {
            for offer in Arc::make_mut(&mut region.offers) {
                offer.hourly = offer.hourly.scaled(factor, 100);
            }
        }
        // Sometimes what stands is dearer than may be paid from today on.
        if usd == 0
            && let Ok(stands) = check::placement(&without_limits(&today), placement.assignment())
        {
            today.limits.max_monthly_cost = Some(stands.totals().paid().scaled(9, 10));
        }
        let best = place(&today).expect("solver and checker agree");
        let stands = check::placement(&today, placement.assignment());
        let mut stood = previous(&problem, placement);
        stood.min_improvement = Money::from_micros(usd * 1_000_000);
        today.previous = Some(stood.clone());
        let answer = place(&today).expect("solver and checker agree");
        let (Some((best, _)), Some((placed, _))) = (best.outcome.placement(), answer.outcome.placement()) else {
            prop_assert_eq!(best.outcome.name(), answer.outcome.name());
            return Ok(());
        };
        let expected = match stands {
            Ok(stands)
                if stands.cost() <= best.cost() || stands.cost() - best.cost() < stood.threshold(stands.cost()) =>
            {
                count(&kept);
                stands.cost()
            }
            Ok(_) => {
                count(&moved);
                best.cost()
            }
            Err(_) => {
                count(&broken);
                best.cost()
            }
        };
        let over = (placed.cost() - expected).micros();
        prop_assert!(over.abs() <= ROUNDING_MICROS, "{:?} instead of {expected:?}", placed.cost());
        Ok(())
    });
    let counts = [kept.get(), moved.get(), broken.get()];
    assert!(counts.iter().all(|&count| count >= 12), "kept, moved, broken: {counts:?}");
}

/// A region that sells nothing changes nothing that is said beside limits.
#[test]
fn a_region_without_offers_changes_no_alternative() {
    run_with(60, &sums::problem(), |problem| {
        let problem = Problem { alternatives: 3, ..problem };
        let larger = sums::with_regions(&problem, 3);
        let costs = |problem: &Problem| -> Vec<Money> {
            let answer = place(problem).expect("solver and checker agree");
            answer.alternatives.iter().map(|alternative| alternative.cost).collect()
        };
        prop_assert_eq!(costs(&problem), costs(&larger));
        Ok(())
    });
}
