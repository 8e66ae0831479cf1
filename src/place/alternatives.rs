//! The next best placements: those of another set of regions, in the order of their cost.
//!
//! A *set* says for each workload of a unit which regions hold it, and for each pool where it stands. All placements but those of one set S are divided
//! into parts that share none (Lawler 1972): with e₁ … eₙ the elements of S,
//!
//! > part i:  e₁ … eᵢ₋₁ are in it, eᵢ is not       part w:  all of S are in it, no more of the workloads before w, and at least one more of w
//!
//! Each part is a problem of the same kind with regions pinned, refused or counted, and is solved like any other; the cheapest of all parts is the next
//! best, and its part is divided again. Every placement found has passed `check`.
//!
//! Regions that only stand by, out of everyone's reach, are no further region of part w: `min_regions` does not count them.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::unit::Unit;
use super::{Attempt, Disagreement, Interrupt, attempt};
use crate::check::{self, Placement};
use crate::model::{Filter, PoolId, Problem, RegionId, Selector, WorkloadId};
use crate::units::Money;

/// A placement of other regions than the answer and the alternatives before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alternative {
    /// Where workloads that are decided together are then; the others stay where they are.
    pub workloads: BTreeMap<WorkloadId, BTreeSet<RegionId>>,
    /// Where pools stand then.
    pub pools: BTreeMap<PoolId, RegionId>,
    /// What everything costs then, each month.
    pub cost: Money,
    /// Whether no placement of yet other regions costs less, within the gap tolerance.
    pub is_proven: bool,
}

/// Regions by position of the workload, and of the pool.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Set {
    workloads: Vec<BTreeSet<RegionId>>,
    pools: Vec<RegionId>,
}

/// What is asked of the sets in a part.
#[derive(Clone, Debug)]
struct Part {
    workloads: Vec<Asked>,
    /// Of each pool: where it has to stand, and where it may not.
    pools: Vec<(Option<RegionId>, BTreeSet<RegionId>)>,
}

#[derive(Clone, Debug, Default)]
struct Asked {
    inside: BTreeSet<RegionId>,
    outside: BTreeSet<RegionId>,
    /// At least so many that answer somebody.
    least: u32,
    most: Option<u32>,
}

struct Found {
    cost: Money,
    set: Set,
    part: Part,
}

/// The next best placements of every unit, by unit, then cost.
pub(super) fn alternatives(
    problem: &Problem,
    units: &[Unit],
    placement: Option<&Placement>,
    interrupt: Interrupt<'_>,
) -> Result<Vec<Alternative>, Disagreement> {
    let Some(placement) = placement.filter(|_| problem.alternatives > 0) else { return Ok(Vec::new()) };
    let of_units = units.par_iter().map(|unit| of_unit(problem, unit, placement, interrupt));
    Ok(of_units.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}

fn of_unit(
    problem: &Problem,
    unit: &Unit,
    placement: &Placement,
    interrupt: Interrupt<'_>,
) -> Result<Vec<Alternative>, Disagreement> {
    let alone = unit.alone(problem);
    let here = set(unit, placement);
    let rest = placement.cost() - unit.cost(problem, placement);
    let anything = Part {
        workloads: vec![Asked::default(); unit.workloads.len()],
        pools: vec![(None, BTreeSet::new()); unit.pools.len()],
    };
    let mut open = anything.without(&alone, &here);
    let mut found: Vec<Found> = Vec::new();
    let mut is_proven = true;
    let mut alternatives = Vec::new();
    while alternatives.len() < problem.alternatives as usize {
        let attempts: Vec<_> = open.par_iter().map(|part| attempt(&part.asked_of(&alone), interrupt)).collect();
        for (part, attempt) in open.into_iter().zip(attempts) {
            match attempt? {
                Attempt::Found { placement, is_proven: is_best } => {
                    is_proven &= is_best;
                    let set = set(&Unit::whole(&alone), &placement);
                    found.push(Found { cost: placement.cost(), set, part });
                }
                Attempt::Impossible => {}
                Attempt::Undecided => is_proven = false,
            }
        }
        let Some(next) = (0..found.len()).min_by_key(|&index| (found[index].cost, &found[index].set)) else { break };
        let next = found.swap_remove(next);
        open = next.part.without(&alone, &next.set);
        alternatives.push(Alternative {
            workloads: unit.workloads.iter().copied().zip(next.set.workloads).collect(),
            pools: unit.pools.iter().copied().zip(next.set.pools).collect(),
            cost: rest + next.cost,
            is_proven,
        });
    }
    // Costs are proven within a tolerance: a later one may be lower by less than that.
    alternatives.sort_by_key(|alternative| alternative.cost);
    Ok(alternatives)
}

fn set(unit: &Unit, placement: &Placement) -> Set {
    let of_workload = |&workload: &WorkloadId| {
        let groups = placement.groups().range((workload, RegionId(0))..=(workload, RegionId(u32::MAX)));
        groups.map(|(&(_, region), _)| region).collect()
    };
    let pools = unit.pools.iter().filter_map(|pool| Some(placement.pools().get(pool)?.placed.region));
    Set { workloads: unit.workloads.iter().map(of_workload).collect(), pools: pools.collect() }
}

impl Part {
    /// This part without the placements of one set, in parts that share none.
    fn without(&self, problem: &Problem, set: &Set) -> Vec<Self> {
        let mut parts = Vec::new();
        let mut holding = self.clone();
        for (workload, regions) in set.workloads.iter().enumerate() {
            for &region in regions {
                if holding.workloads[workload].inside.contains(&region) {
                    continue;
                }
                let mut part = holding.clone();
                part.workloads[workload].outside.insert(region);
                parts.push(part);
                holding.workloads[workload].inside.insert(region);
            }
        }
        for (pool, &region) in set.pools.iter().enumerate() {
            if holding.pools[pool].0.is_none() {
                let mut part = holding.clone();
                part.pools[pool].1.insert(region);
                parts.push(part);
                holding.pools[pool].0 = Some(region);
            }
        }
        for (workload, regions) in set.workloads.iter().enumerate() {
            let id = WorkloadId::at(workload);
            let answering = regions.iter().filter(|&&region| check::can_answer(problem, id, region)).count();
            let mut part = holding.clone();
            part.workloads[workload].least = count(answering) + 1;
            parts.push(part);
            holding.workloads[workload].most = Some(count(regions.len()));
        }
        parts
    }

    /// The problem whose placements are those of this part.
    fn asked_of(&self, problem: &Problem) -> Problem {
        let mut asked = problem.clone();
        let key = |region: &RegionId| problem.regions[region.index()].key.clone();
        let refused = |regions: &BTreeSet<RegionId>| Selector {
            denied: Filter { regions: Some(regions.iter().map(key).collect()), ..Filter::default() },
            ..Selector::default()
        };
        for (workload, part) in asked.workloads.iter_mut().zip(&self.workloads) {
            workload.pinned.extend(part.inside.iter().map(key));
            if !part.outside.is_empty() {
                workload.selectors.push(refused(&part.outside));
            }
            workload.min_regions = workload.min_regions.max(part.least);
            workload.max_regions = [workload.max_regions, part.most].into_iter().flatten().min();
        }
        for (pool, (here, outside)) in asked.pools.iter_mut().zip(&self.pools) {
            if let Some(here) = here {
                let allowed = Filter { regions: Some([key(here)].into()), ..Filter::default() };
                pool.selectors.push(Selector { allowed, ..Selector::default() });
            }
            if !outside.is_empty() {
                pool.selectors.push(refused(outside));
            }
        }
        asked
    }
}

fn count(regions: usize) -> u32 {
    u32::try_from(regions).unwrap_or(u32::MAX)
}
