//! The smallest change of one rule that lets a workload be placed.
//!
//! Numbers are searched for the nearest value that works: round trips among those that occur, counts one by one. Lists gain or lose one
//! entry, the one that gives the cheapest placement. Each change is tried on the whole problem of the workload, with every other rule in
//! force, and carries the cost of the placement it leads to.

mod counts;
mod lists;
mod round_trips;
mod sizes;
mod supply;

use super::conflict::is_placeable;
use super::rule::Rule;
use crate::model::{Problem, QuotaUnit, RegionKey};
use crate::units::{Amount, Bytes, Carbon, Duration, Millicores, Money, Ratio, RoundTrip};
use counts::{first_count, nearest_count, nearest_loss, nearest_share, nearest_tolerance, smaller_quorum};
use lists::{cheapest_entry, unpinned};
pub(super) use round_trips::{between_regions, occurring};
use round_trips::{longer_paths, nearer_quorum, nearest_round_trip};
use sizes::{largest_function, largest_replica, most_of_a_resource};
use supply::{larger_quota, larger_sum, more_environments, more_machines};

/// So many more types in a group than stated are tried.
const MORE_TYPES: u32 = 20;

/// Skews up to so much wider than the stated one are tried before the limit is dropped.
const WIDER_SKEWS: u32 = 16;

/// A change of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Set the limit on round trips to this.
    RoundTrip(RoundTrip),
    /// Set the number to this.
    Count(u32),
    /// Add this entry to the allow list.
    Allow(String),
    /// Remove this entry from the deny list.
    Undeny(String),
    /// Set `allow_burstable = true`.
    AllowBurstable,
    /// Let a replica ask for this.
    Replica {
        /// Processor.
        vcpu: Millicores,
        /// Memory.
        memory: Bytes,
    },
    /// Let a replica ask for this much of a resource; zero is none.
    Resource {
        /// Its name.
        name: String,
        /// How much.
        amount: Amount,
    },
    /// Have this many machines of a type in a site, in any of its zones.
    Machines {
        /// The type's name.
        machine: String,
        /// The site.
        site: RegionKey,
        /// How many.
        count: u64,
    },
    /// Let so many environments of functions run at a time in a region.
    Environments {
        /// The region.
        region: RegionKey,
        /// How many.
        most: u64,
    },
    /// Let a function ask for this.
    Function {
        /// Memory of an environment.
        memory: Bytes,
        /// Time for a request.
        duration: Duration,
        /// Whether it must say how much processor it needs.
        states_vcpu: bool,
    },
    /// Have this quota.
    Quota {
        /// What it is a quota of.
        subject: String,
        /// What it counts.
        unit: QuotaUnit,
        /// The most there may be, in the unit's parts.
        most: u64,
    },
    /// Set the share to this.
    Share(Ratio),
    /// Let a loss leave only so many copies of the data.
    Quorum(u32),
    /// Let so much be paid each month.
    MonthlyCost(Money),
    /// Let so much be emitted each month.
    MonthlyCarbon(Carbon),
    /// Drop the argument.
    Drop,
}

/// A change that works, and what the workload costs then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relaxation {
    /// What to change.
    pub change: Change,
    /// Monthly cost of the workload alone after the change, if it was settled.
    pub cost: Option<Money>,
}

/// What the cheapest placement of a problem costs each month; `None` if that is not settled.
pub(super) type Price<'a> = dyn Fn(&Problem) -> Option<Money> + Sync + 'a;

/// Whether a problem can be placed.
pub(super) type CanBePlaced<'a> = dyn Fn(&Problem) -> bool + 'a;

/// The smallest change of a rule over all workloads that lets `problem` be placed, as `is_enough` tells.
pub(super) fn shared_relaxation(
    problem: &Problem,
    rule: Rule,
    price: &Price<'_>,
    is_enough: &CanBePlaced<'_>,
) -> Option<Relaxation> {
    if let Rule::Stock { region, machine_type } = rule {
        return more_machines(problem, (region, machine_type), price, is_enough);
    }
    if rule == Rule::MaxPathRtt {
        return longer_paths(problem, price);
    }
    if matches!(rule, Rule::LimitsMaxMonthlyCost | Rule::LimitsMaxMonthlyCarbon) {
        return larger_sum(problem, rule, price, is_enough);
    }
    if let Rule::Environments(region) = rule {
        return more_environments(problem, region, price);
    }
    if let Rule::Quota(quota) = rule {
        return larger_quota(problem, quota, price, is_enough);
    }
    let limit = rule.shared_limit(problem)?;
    let (change, relaxed) = first_count(problem, more(problem, Some(limit)), is_enough, |problem, count| {
        if let Some(limit) = rule.shared_limit_in(&mut problem.limits) {
            *limit = Some(count);
        }
    })?;
    Some(Relaxation { change, cost: price(&relaxed) })
}

/// The smallest change of `rule` that lets the only workload of `problem` be placed.
pub(super) fn relaxation(problem: &Problem, rule: Rule, price: &Price<'_>) -> Option<Relaxation> {
    let mut dropped = problem.clone();
    rule.drop_from(&mut dropped);
    if !is_placeable(&dropped) {
        return None;
    }
    let (change, relaxed) = match rule {
        Rule::MaxRtt => nearest_round_trip(problem, |workload| &mut workload.max_rtt)?,
        Rule::MaxPathRtt => nearest_round_trip(problem, |workload| &mut workload.max_path_rtt)?,
        Rule::MaxQuorumRtt => nearer_quorum(problem)?,
        Rule::DegradedMaxRtt => nearest_round_trip(problem, |workload| &mut workload.degraded_max_rtt)?,
        Rule::SurviveZones => nearest_loss(problem, |survive| &mut survive.zones)?,
        Rule::SurviveRegions => nearest_loss(problem, |survive| &mut survive.regions)?,
        Rule::SurviveClouds => nearest_loss(problem, |survive| &mut survive.clouds)?,
        Rule::MinRegions => nearest_count(problem, (1..problem.workloads[0].min_regions).rev(), |problem, count| {
            problem.workloads[0].min_regions = count;
        })?,
        Rule::MaxRegions => {
            nearest_count(problem, more(problem, problem.workloads[0].max_regions), |problem, count| {
                problem.workloads[0].max_regions = Some(count);
            })?
        }
        Rule::LimitsMaxRegions
        | Rule::LimitsMaxClouds
        | Rule::Stock { .. }
        | Rule::Environments(_)
        | Rule::Quota(_)
        | Rule::LimitsMaxMonthlyCost
        | Rule::LimitsMaxMonthlyCarbon => {
            return shared_relaxation(problem, rule, price, &is_placeable);
        }
        Rule::Pin => {
            return unpinned(problem, price).or_else(|| without(problem, dropped, price));
        }
        Rule::MaxRegionShare => nearest_share(problem, |workload| &mut workload.max_region_share)?,
        Rule::MaxCloudShare => nearest_share(problem, |workload| &mut workload.max_cloud_share)?,
        Rule::Weights => nearest_tolerance(problem).unwrap_or((Change::Drop, dropped)),
        Rule::MinZones => nearest_count(problem, (1..problem.workloads[0].min_zones).rev(), |problem, count| {
            problem.workloads[0].min_zones = count;
        })?,
        Rule::MaxZoneSkew => {
            let stated = problem.workloads[0].max_zone_skew.and_then(|skew| u32::try_from(skew).ok()).unwrap_or(0);
            let wider = stated.saturating_add(1)..=stated.saturating_add(WIDER_SKEWS);
            nearest_count(problem, wider, |problem, count| problem.workloads[0].max_zone_skew = Some(count.into()))
                .unwrap_or((Change::Drop, dropped))
        }
        Rule::MaxMachineTypes => {
            let stated = problem.workloads[0].max_machine_types.unwrap_or(0);
            let more = stated.saturating_add(1)..=stated.saturating_add(MORE_TYPES);
            nearest_count(problem, more, |problem, count| problem.workloads[0].max_machine_types = Some(count))
                .unwrap_or((Change::Drop, dropped))
        }
        Rule::State => smaller_quorum(problem).unwrap_or((Change::Drop, dropped)),
        Rule::NoBurstable => (Change::AllowBurstable, dropped),
        Rule::Listed { selector, is_denied, list } => {
            return cheapest_entry(problem, selector, is_denied, list, price)
                .or_else(|| without(problem, dropped, price));
        }
        Rule::ReplicaSize => largest_replica(problem)?,
        Rule::FunctionSize => largest_function(problem)?,
        Rule::ReplicaGpus => nearest_count(problem, (0..problem.workloads[0].replica.gpus).rev(), |problem, count| {
            problem.workloads[0].replica.gpus = count;
        })?,
        Rule::ReplicaResources => most_of_a_resource(problem).unwrap_or((Change::Drop, dropped)),
        Rule::CarbonPrice | Rule::LatencyPrice | Rule::Order | Rule::Response | Rule::SingleRegionPerUser => {
            (Change::Drop, dropped)
        }
    };
    Some(Relaxation { change, cost: price(&relaxed) })
}

/// Dropping a rule that names regions, if that helps: regions of restricted access that only it names are closed by it.
fn without(problem: &Problem, dropped: Problem, price: &Price<'_>) -> Option<Relaxation> {
    let closed = Problem { regions: problem.regions.clone(), ..dropped };
    is_placeable(&closed).then(|| Relaxation { change: Change::Drop, cost: price(&closed) })
}

fn more(problem: &Problem, limit: Option<u32>) -> std::ops::RangeInclusive<u32> {
    limit.unwrap_or(0) + 1..=u32::try_from(problem.regions.len()).unwrap_or(u32::MAX)
}

/// The first value that lets the problem be placed, found by halving: where one does, all after it do.
fn first_that_helps<T: Copy>(values: &[T], with: impl Fn(T) -> Problem) -> Option<(T, Problem)> {
    let at = values.partition_point(|&value| !is_placeable(&with(value)));
    values.get(at).map(|&value| (value, with(value)))
}
