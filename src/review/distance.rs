//! How far the fleet is from the cheapest placement that keeps the same promises.
//!
//! The promises come from the first of these that is at hand:
//!
//! 1. workloads declared in a file: the whole fleet is compared with their placement;
//! 2. placements in the plan: the members whose blocks refer to them are compared, or the whole fleet if none does;
//! 3. the fleet itself: what stands now is the demand ([`demand`]).
//!
//! The fleet's cost is that of its machines at their expected sizes. Where a problem also prices regions or emissions, those of the fleet
//! are counted at the problem's prices; traffic, which a plan does not state, is taken as that of the best placement.

mod demand;

use std::collections::{BTreeMap, BTreeSet};

use super::placements::Placed;
use super::plan::Plan;
use super::price::Prices;
use super::reason::Reason;
use super::report::{Basis, BetterGroup, Deployment, Distance, Figure, FleetMember, Unit};
use super::{Options, patch};
use crate::model::{MachineSet, Offer, Problem, RegionId, RegionKey};
use crate::place::{Answer, Outcome, place};
use crate::units::{Carbon, HOURS_PER_MONTH, Money};

/// What there is to compare.
#[derive(Clone, Copy, Debug)]
pub(super) struct Comparison<'c, 'a> {
    pub(super) plan: &'c Plan<'a>,
    pub(super) members: &'c [FleetMember],
    pub(super) prices: &'c Prices<'c>,
    pub(super) placed: &'c [Placed],
    /// The problem a file declares, with the file's name.
    pub(super) declared: Option<(&'c str, &'c Problem)>,
}

/// The distance, or why there is none.
pub(super) fn distance(comparison: &Comparison<'_, '_>, options: &Options<'_>) -> Figure<Distance> {
    let found = match comparison.declared {
        Some((file, problem)) => from_file(comparison, file, problem),
        None if comparison.placed.iter().any(|placed| placed.computed.is_some()) => {
            from_placements(comparison, options)
        }
        None => demand::distance(comparison, options),
    };
    found.map_or_else(Figure::Unknown, Figure::Known)
}

/// The machines of a member after the change, if they count.
fn standing(member: &FleetMember) -> Option<&Deployment> {
    member.stands.after.as_ref().filter(|_| member.unit == Unit::Machines)
}

fn from_file(comparison: &Comparison<'_, '_>, file: &str, problem: &Problem) -> Result<Distance, Reason> {
    let answer = place(problem).map_err(|disagreement| Reason::Because(disagreement.to_string()))?;
    let members: Vec<&FleetMember> = comparison.members.iter().collect();
    let mut distance = against(Basis::Declared(file.to_owned()), problem, &answer, &members)?;
    distance.patch = Figure::Unknown(Reason::Because(
        "workloads of a file belong to no block: declare them as `data \"stowage_placement\"` and refer to its groups"
            .to_owned(),
    ));
    Ok(distance)
}

fn from_placements(comparison: &Comparison<'_, '_>, options: &Options<'_>) -> Result<Distance, Reason> {
    let Comparison { plan, members, placed, .. } = *comparison;
    let mut users: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    let blocks: BTreeSet<&str> = members.iter().map(|member| member.block.as_str()).collect();
    for block in blocks {
        let targets = plan.configuration.repetition_targets(block);
        for (index, placed) in placed.iter().enumerate() {
            if targets.iter().any(|target| target.block == placed.block) {
                users.entry(block).or_default().insert(index);
            }
        }
    }
    let mut sum: Option<Distance> = None;
    for (index, placed) in placed.iter().enumerate() {
        let Some((problem, answer)) = &placed.computed else { continue };
        let mine: Vec<&FleetMember> = if users.is_empty() {
            members.iter().collect()
        } else {
            let is_mine = |member: &&FleetMember| {
                users.get(member.block.as_str()).is_some_and(|used| used.first() == Some(&index))
            };
            members.iter().filter(is_mine).collect()
        };
        if mine.is_empty() {
            continue;
        }
        let address = placed.planned.address.clone();
        let one = against(Basis::Placement(address.clone()), problem, answer, &mine)?;
        // Without references nothing tells which placement a member belongs to.
        if users.is_empty() && placed_count(comparison) > 1 {
            return Err(Reason::Because("no block refers to any of the plan's placements".to_owned()));
        }
        sum = Some(match sum {
            None => one,
            Some(before) => together(before, one, &address),
        });
    }
    let mut distance =
        sum.ok_or_else(|| Reason::Because("no machines refer to the placements of the plan".to_owned()))?;
    distance.patch = if distance.difference() > Money::ZERO {
        patch::groups(plan, options.sources, &users.keys().map(|&block| block.to_owned()).collect())
    } else {
        Figure::Unknown(Reason::Because("there is nothing to change".to_owned()))
    };
    Ok(distance)
}

fn placed_count(comparison: &Comparison<'_, '_>) -> usize {
    comparison.placed.iter().filter(|placed| placed.computed.is_some()).count()
}

fn together(one: Distance, other: Distance, address: &str) -> Distance {
    let basis = match one.basis {
        Basis::Placement(first) => Basis::Placement(format!("{first}, {address}")),
        basis @ (Basis::Declared(_) | Basis::Fleet) => basis,
    };
    let mut assumptions = one.assumptions;
    assumptions.extend(other.assumptions);
    assumptions.sort();
    assumptions.dedup();
    Distance {
        basis,
        assumptions,
        cost: one.cost + other.cost,
        optimum: one.optimum + other.optimum,
        bound: one.bound + other.bound,
        is_proven: one.is_proven && other.is_proven,
        placement: one.placement.into_iter().chain(other.placement).collect(),
        patch: one.patch,
    }
}

/// The distance of `members` to the answer of a problem.
fn against(basis: Basis, problem: &Problem, answer: &Answer, members: &[&FleetMember]) -> Result<Distance, Reason> {
    let (placement, bound) = answer.outcome.placement().ok_or_else(|| no_placement(&answer.outcome))?;
    let totals = placement.totals();
    let mut machines = Money::ZERO;
    let mut emissions = Some(Carbon(0));
    let mut regions: BTreeSet<&RegionKey> = BTreeSet::new();
    let mut unpriced = 0_usize;
    for stands in members.iter().filter_map(|member| standing(member)) {
        match (&stands.monthly_cost, &stands.region) {
            (Figure::Known(cost), Figure::Known(region)) => {
                machines += cost.expected;
                regions.insert(region);
            }
            _ => unpriced += 1,
        }
        emissions = emissions.zip(stands.monthly_carbon.known()).map(|(sum, one)| Carbon(sum.0 + one.expected.0));
    }
    if unpriced > 0 {
        return Err(Reason::Because(format!("{unpriced} of the compared members have no price")));
    }
    if regions.is_empty() {
        return Err(Reason::Because("the plan holds no machines to compare".to_owned()));
    }
    let fixed =
        problem.regions.iter().filter(|region| regions.contains(&region.key)).map(|region| region.fixed_monthly);
    let fixed: Money = fixed.sum();
    let price = problem.objective.carbon_per_tonne;
    let carbon = match emissions {
        _ if price == Money::ZERO => Money::ZERO,
        // A tonne is 10^9 milligrams.
        Some(mass) => price.scaled(mass.0, 1_000_000_000),
        None => return Err(Reason::Because("the emissions of some compared members are not known".to_owned())),
    };
    let others = totals.objective() - totals.machines - totals.fixed - totals.carbon;
    let mut assumptions = vec!["Groups that scale are taken at their expected sizes.".to_owned()];
    if others != Money::ZERO {
        assumptions.push(format!("Traffic is taken as that of the best placement: {others} USD per month."));
    }
    let groups = placement.groups().iter().flat_map(|(&(workload, region), placed)| {
        placed.group.machines.iter().map(move |set| BetterGroup {
            workload: problem.workloads[workload.index()].name.clone(),
            region: problem.regions[region.index()].key.clone(),
            machine_type: problem.machine_types[set.machine_type.index()].name.clone(),
            instances: set.instances(),
            monthly_cost: cost_of(problem, region, set),
        })
    });
    Ok(Distance {
        basis,
        assumptions,
        cost: machines + fixed + carbon + others,
        optimum: totals.objective(),
        bound,
        is_proven: matches!(answer.outcome, Outcome::Optimal { .. }),
        placement: groups.collect(),
        // Whoever asked knows what can be changed.
        patch: Figure::Unknown(Reason::Because("the configuration was not given".to_owned())),
    })
}

/// What the machines of a set cost in a month.
fn cost_of(problem: &Problem, region: RegionId, set: &MachineSet) -> Money {
    let is_offer = |offer: &&Offer| offer.machine_type == set.machine_type && offer.purchase == set.purchase;
    let offer = problem.regions[region.index()].offers.iter().find(is_offer);
    offer.map_or(Money::ZERO, |offer| offer.hourly.times(i128::from(set.instances()) * HOURS_PER_MONTH))
}

fn no_placement(outcome: &Outcome) -> Reason {
    Reason::Because(match outcome {
        Outcome::Infeasible(_) => "no placement keeps every promise".to_owned(),
        Outcome::Optimal { .. } | Outcome::Feasible { .. } | Outcome::Undecided => {
            "the work limit ended the search before a placement was found".to_owned()
        }
    })
}
