//! One unit more of a limit: the least change of a rule that could let something cheaper in.
//!
//! Counts change by one, as does the quorum of a workload that keeps state, a quota by what the smallest machine under it takes, a limit on round trips to the next that occurs, one on paths of calls to the
//! next ten milliseconds, a list goes as a whole, a share, money and carbon by one in a hundred.

use super::relax::{Change, between_regions, occurring};
use super::rule::Rule;
use crate::model::{Problem, QuotaId, RegionId, State, Stock, TypeId, Workload, WorkloadId};
use crate::units::{Carbon, Ratio, RoundTrip};

/// The limits of one workload that are in force, lists among them.
pub fn limits_of(problem: &Problem, workload: WorkloadId) -> Vec<Rule> {
    let mut first = problem.clone();
    first.workloads.swap(0, workload.index());
    let is_own = |rule: &Rule| match rule {
        // What a replica is and what a price says are no limits; the last four are all workloads' together.
        Rule::CarbonPrice
        | Rule::LatencyPrice
        | Rule::Order
        | Rule::Response
        | Rule::ReplicaSize
        | Rule::FunctionSize
        | Rule::ReplicaGpus
        | Rule::ReplicaResources
        | Rule::Environments(_)
        | Rule::Stock { .. }
        | Rule::Quota(_)
        | Rule::LimitsMaxMonthlyCost
        | Rule::LimitsMaxMonthlyCarbon
        | Rule::LimitsMaxRegions
        | Rule::LimitsMaxClouds => false,
        Rule::NoBurstable
        | Rule::Listed { .. }
        | Rule::SurviveZones
        | Rule::SurviveRegions
        | Rule::SurviveClouds
        | Rule::MinRegions
        | Rule::Pin
        | Rule::MaxRegions
        | Rule::MaxRegionShare
        | Rule::MaxCloudShare
        | Rule::Weights
        | Rule::MinZones
        | Rule::MaxZoneSkew
        | Rule::MaxMachineTypes
        | Rule::State
        | Rule::SingleRegionPerUser
        | Rule::MaxQuorumRtt
        | Rule::DegradedMaxRtt
        | Rule::MaxPathRtt
        | Rule::MaxRtt => true,
    };
    Rule::in_force(&first).into_iter().filter(is_own).collect()
}

/// The limits over all workloads that are in force, but for those that are stated by workload.
pub fn shared_limits(problem: &Problem) -> Vec<Rule> {
    Rule::shared_in_force(problem).into_iter().filter(|rule| *rule != Rule::MaxPathRtt).collect()
}

/// The problem with one unit more of a limit, `workload`'s own if it is one of a workload; nothing if there is no more.
pub fn one_more(problem: &Problem, workload: WorkloadId, rule: Rule) -> Option<(Change, Problem)> {
    let mut relaxed = problem.clone();
    let own = workload.index();
    let change = match rule {
        Rule::MaxPathRtt => longer_path(&mut relaxed.workloads[own].max_path_rtt)?,
        Rule::MaxRtt => longer(problem, workload, &mut relaxed, |workload| &mut workload.max_rtt)?,
        Rule::MaxQuorumRtt => {
            let state = relaxed.workloads[own].state.as_mut()?;
            let next = between_regions(problem).into_iter().find(|&rtt| Some(rtt) > state.max_quorum_rtt)?;
            state.max_quorum_rtt = Some(next);
            Change::RoundTrip(next)
        }
        Rule::DegradedMaxRtt => longer(problem, workload, &mut relaxed, |workload| &mut workload.degraded_max_rtt)?,
        Rule::SurviveZones => fewer(&mut relaxed.workloads[own].survive.zones)?,
        Rule::SurviveRegions => fewer(&mut relaxed.workloads[own].survive.regions)?,
        Rule::SurviveClouds => fewer(&mut relaxed.workloads[own].survive.clouds)?,
        Rule::MinRegions => fewer(&mut relaxed.workloads[own].min_regions)?,
        Rule::MaxRegions => more(&mut relaxed.workloads[own].max_regions)?,
        Rule::LimitsMaxRegions => more(&mut relaxed.limits.max_regions)?,
        Rule::LimitsMaxClouds => more(&mut relaxed.limits.max_clouds)?,
        Rule::Stock { region, machine_type } => another_machine(&mut relaxed, region, machine_type)?,
        Rule::LimitsMaxMonthlyCost => {
            let most = relaxed.limits.max_monthly_cost.as_mut()?;
            *most += most.scaled(1, 100);
            Change::MonthlyCost(*most)
        }
        Rule::LimitsMaxMonthlyCarbon => {
            let most = relaxed.limits.max_monthly_carbon.as_mut()?;
            *most = Carbon(most.0 + most.0 / 100);
            Change::MonthlyCarbon(*most)
        }
        Rule::Environments(region) => {
            let place = &mut relaxed.regions[region.index()];
            let most = place.max_environments?.checked_add(1)?;
            place.max_environments = Some(most);
            Change::Environments { region: place.key.clone(), most }
        }
        Rule::Quota(quota) => room_for_another(&mut relaxed, quota)?,
        Rule::MaxRegionShare => another_hundredth(&mut relaxed.workloads[own].max_region_share)?,
        Rule::MaxCloudShare => another_hundredth(&mut relaxed.workloads[own].max_cloud_share)?,
        Rule::Weights => {
            let weights = relaxed.workloads[own].weights.as_mut()?;
            let mut tolerance = Some(weights.tolerance);
            let change = another_hundredth(&mut tolerance)?;
            weights.tolerance = tolerance?;
            change
        }
        Rule::MinZones => fewer(&mut relaxed.workloads[own].min_zones)?,
        Rule::MaxZoneSkew => {
            let skew = relaxed.workloads[own].max_zone_skew.as_mut()?;
            *skew = skew.checked_add(1)?;
            Change::Count(u32::try_from(*skew).ok()?)
        }
        Rule::MaxMachineTypes => more(&mut relaxed.workloads[own].max_machine_types)?,
        Rule::State => another_lost(&mut relaxed.workloads[own].state)?,
        Rule::NoBurstable | Rule::Listed { .. } | Rule::Pin | Rule::SingleRegionPerUser => {
            relaxed.workloads.swap(0, own);
            rule.drop_from(&mut relaxed);
            relaxed.workloads.swap(0, own);
            if rule == Rule::NoBurstable { Change::AllowBurstable } else { Change::Drop }
        }
        Rule::CarbonPrice
        | Rule::LatencyPrice
        | Rule::Order
        | Rule::Response
        | Rule::ReplicaSize
        | Rule::FunctionSize
        | Rule::ReplicaGpus
        | Rule::ReplicaResources => {
            return None;
        }
    };
    Some((change, relaxed))
}

fn longer(
    problem: &Problem,
    workload: WorkloadId,
    relaxed: &mut Problem,
    limit_of: fn(&mut Workload) -> &mut Option<RoundTrip>,
) -> Option<Change> {
    let limit = limit_of(&mut relaxed.workloads[workload.index()]);
    let promised = *limit;
    let next =
        occurring(problem, &problem.workloads[workload.index()]).into_iter().find(|&rtt| Some(rtt) > promised)?;
    *limit = Some(next);
    Some(Change::RoundTrip(next))
}

fn longer_path(limit: &mut Option<RoundTrip>) -> Option<Change> {
    /// Paths are sums of many round trips, so that some path or other is longer by less than any step.
    const STEP: u32 = 10_000;
    let longer = RoundTrip((limit.as_ref()?.0 / STEP).checked_add(1)?.checked_mul(STEP)?);
    *limit = Some(longer);
    Some(Change::RoundTrip(longer))
}

fn fewer(count: &mut u32) -> Option<Change> {
    *count = count.checked_sub(1)?;
    Some(Change::Count(*count))
}

fn more(limit: &mut Option<u32>) -> Option<Change> {
    let more = limit.as_ref()?.checked_add(1)?;
    *limit = Some(more);
    Some(Change::Count(more))
}

/// One machine more, in whichever zone.
fn another_machine(problem: &mut Problem, region: RegionId, machine_type: TypeId) -> Option<Change> {
    let place = &mut problem.regions[region.index()];
    let stock = place.stock.iter_mut().find(|stock| stock.machine_type == machine_type)?;
    let in_zones = || stock.by_zone.as_ref().map(|zones| zones.iter().sum::<u64>());
    let count = stock.total.into_iter().chain(in_zones()).min()? + 1;
    let by_zone = stock.by_zone.as_ref().map(|zones| zones.iter().map(|there| there + 1).collect());
    *stock = Stock { machine_type, total: Some(count), by_zone };
    let site = place.key.clone();
    Some(Change::Machines { machine: problem.machine_types[machine_type.index()].name.clone(), site, count })
}

/// Room in a quota for the smallest machine that takes of it.
fn room_for_another(problem: &mut Problem, id: QuotaId) -> Option<Change> {
    let quota = &problem.quotas[id.index()];
    let place = &problem.regions[quota.region.index()];
    let taken = place.offers.iter().map(|offer| quota.taken_by(&problem.machine_types[offer.machine_type.index()]));
    let most = quota.most.checked_add(taken.filter(|&taken| taken > 0).min()?)?;
    let change = Change::Quota { subject: quota.subject(place), unit: quota.unit, most };
    problem.quotas[id.index()].most = most;
    Some(change)
}

/// A quorum of one copy less.
fn another_lost(state: &mut Option<State>) -> Option<Change> {
    let quorum = &mut state.as_mut()?.quorum;
    *quorum = quorum.checked_sub(1).filter(|&left| left > 0)?;
    Some(Change::Quorum(*quorum))
}

fn another_hundredth(share: &mut Option<Ratio>) -> Option<Change> {
    let more = share.filter(|share| *share < Ratio::ONE).map(|share| Ratio(share.0 + 10_000).min(Ratio::ONE))?;
    *share = Some(more);
    Some(Change::Share(more))
}
