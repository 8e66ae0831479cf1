//! More of what is limited for all workloads together: machines, environments, quotas, money and emissions.

use super::{CanBePlaced, Change, Price, Relaxation};
use crate::explain::conflict::is_placeable;
use crate::explain::rule::Rule;
use crate::model::{Objective, Problem, QuotaId, RegionId, Stock, TypeId};
use crate::solve::free_of_charge;
use crate::units::Carbon;

/// The least number of machines of a type in a site that lets `problem` be placed.
pub(super) fn more_machines(
    problem: &Problem,
    (region, machine_type): (RegionId, TypeId),
    price: &Price<'_>,
    is_enough: &CanBePlaced<'_>,
) -> Option<Relaxation> {
    /// More machines than this were never the point.
    const MOST: u64 = 1 << 20;
    let place = &problem.regions[region.index()];
    let with = |count: u64| {
        let mut relaxed = problem.clone();
        for stock in &mut relaxed.regions[region.index()].stock {
            if stock.machine_type == machine_type {
                *stock = Stock { machine_type, total: Some(count), by_zone: None };
            }
        }
        relaxed
    };
    let enough = least_enough(MOST, |count| is_enough(&with(count)))?;
    let machine = problem.machine_types[machine_type.index()].name.clone();
    let change = Change::Machines { machine, site: place.key.clone(), count: enough };
    Some(Relaxation { change, cost: price(&with(enough)) })
}

/// The least number above zero, up to `most`, that is enough: found by doubling, then by halving.
fn least_enough(most: u64, is_enough: impl Fn(u64) -> bool) -> Option<u64> {
    let (mut too_few, mut enough) = (0, 1);
    while !is_enough(enough) {
        (too_few, enough) = (enough, enough * 2);
        if enough > most {
            return None;
        }
    }
    while too_few + 1 < enough {
        let half = too_few + (enough - too_few) / 2;
        if is_enough(half) { enough = half } else { too_few = half }
    }
    Some(enough)
}

/// The least number of environments in a region that lets `problem` be placed.
pub(super) fn more_environments(problem: &Problem, region: RegionId, price: &Price<'_>) -> Option<Relaxation> {
    /// More environments than this were never the point.
    const MOST: u64 = 1 << 30;
    let with = |most: u64| {
        let mut relaxed = problem.clone();
        relaxed.regions[region.index()].max_environments = Some(most);
        relaxed
    };
    let most = least_enough(MOST, |most| is_placeable(&with(most)))?;
    let region = problem.regions[region.index()].key.clone();
    Some(Relaxation { change: Change::Environments { region, most }, cost: price(&with(most)) })
}

/// The least quota, in whole units, that lets `problem` be placed.
pub(super) fn larger_quota(
    problem: &Problem,
    id: QuotaId,
    price: &Price<'_>,
    is_enough: &CanBePlaced<'_>,
) -> Option<Relaxation> {
    /// Larger quotas than this were never the point.
    const MOST: u64 = 1 << 30;
    let quota = &problem.quotas[id.index()];
    let with = |whole: u64| {
        let mut relaxed = problem.clone();
        relaxed.quotas[id.index()].most = whole * quota.unit.parts();
        relaxed
    };
    let relaxed = with(least_enough(MOST, |whole| is_enough(&with(whole)))?);
    let subject = quota.subject(&problem.regions[quota.region.index()]);
    let change = Change::Quota { subject, unit: quota.unit, most: relaxed.quotas[id.index()].most };
    Some(Relaxation { change, cost: price(&relaxed) })
}

/// The least limit on a sum that lets `problem` be placed: what the placement of which least is counted counts.
pub(super) fn larger_sum(
    problem: &Problem,
    rule: Rule,
    price: &Price<'_>,
    is_enough: &CanBePlaced<'_>,
) -> Option<Relaxation> {
    let mut least = problem.clone();
    rule.drop_from(&mut least);
    let mut relaxed = problem.clone();
    let change = if rule == Rule::LimitsMaxMonthlyCost {
        least.objective = Objective::default();
        let paid = price(&least)?;
        relaxed.limits.max_monthly_cost = Some(paid);
        Change::MonthlyCost(paid)
    } else {
        // Beside a budget prices cannot be left out.
        problem.limits.max_monthly_cost.is_none().then_some(())?;
        let emitted = Carbon(price(&free_of_charge(&least))?.micros());
        relaxed.limits.max_monthly_carbon = Some(emitted);
        Change::MonthlyCarbon(emitted)
    };
    is_enough(&relaxed).then(|| Relaxation { change, cost: price(&relaxed) })
}
