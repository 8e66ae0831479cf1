//! The smallest change of one rule that lets a workload be placed.
//!
//! Numbers are searched for the nearest value that works: round trips among those that occur, counts one by one. Lists gain or lose one
//! entry, the one that gives the cheapest placement. Each change is tried on the whole problem of the workload, with every other rule in
//! force, and carries the cost of the placement it leads to.

use std::collections::BTreeSet;

use super::conflict::is_placeable;
use super::rule::{List, Rule};
use crate::model::{
    Access, Architecture, Filter, Function, MachineType, Objective, Problem, QuotaId, QuotaUnit, RegionId, RegionKey,
    Stock, Survival, TypeId, Weights, Workload,
};
use crate::solve::free_of_charge;
use crate::units::{Amount, Bytes, Carbon, Duration, Millicores, Money, Ratio, RoundTrip};

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

/// The least whole number of milliseconds that, as the limit of all paths with a shorter one, lets `problem` be placed.
fn longer_paths(problem: &Problem, price: &Price<'_>) -> Option<Relaxation> {
    /// The longest limit that can be stated.
    const MOST_MS: u32 = 60_000;
    let with = |ms: u32| {
        let mut relaxed = problem.clone();
        for limit in relaxed.workloads.iter_mut().filter_map(|workload| workload.max_path_rtt.as_mut()) {
            *limit = (*limit).max(RoundTrip(ms * 1_000));
        }
        relaxed
    };
    let (mut too_short, mut enough) = (0, MOST_MS);
    if !is_placeable(&with(enough)) {
        return None;
    }
    while too_short + 1 < enough {
        let half = too_short + (enough - too_short) / 2;
        if is_placeable(&with(half)) { enough = half } else { too_short = half }
    }
    Some(Relaxation { change: Change::RoundTrip(RoundTrip(enough * 1_000)), cost: price(&with(enough)) })
}

/// The least number of machines of a type in a site that lets `problem` be placed.
fn more_machines(
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
fn more_environments(problem: &Problem, region: RegionId, price: &Price<'_>) -> Option<Relaxation> {
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

/// The function that a service takes in the place of the workload's, with as much of its memory and time as any takes.
fn largest_function(problem: &Problem) -> Option<(Change, Problem)> {
    let function = problem.workloads[0].function?;
    let offers = problem.regions.iter().flat_map(|region| &region.functions);
    let sizes = offers.map(|offer| {
        let memory = offer.max_memory.map_or(function.memory, |most| most.min(function.memory));
        let duration = offer.max_duration.map_or(function.duration, |most| most.min(function.duration));
        (memory, duration, offer.million_vcpu_seconds.is_none() || function.vcpu.is_some())
    });
    let sizes: BTreeSet<(Bytes, Duration, bool)> = sizes.collect();
    let with = |memory: Bytes, duration: Duration, is_silent: bool| {
        let mut relaxed = problem.clone();
        let vcpu = function.vcpu.or((!is_silent).then_some(Millicores(1_000)));
        relaxed.workloads[0].function = Some(Function { memory, vcpu, duration, ..function });
        let change = Change::Function { memory, duration, states_vcpu: !is_silent };
        is_placeable(&relaxed).then_some((change, relaxed))
    };
    let found = sizes.iter().rev().find_map(|&(memory, duration, is_silent)| with(memory, duration, is_silent));
    found.or_else(|| {
        // Too few environments may run: requests that take less time need fewer.
        let &(memory, longest, is_silent) = sizes.last()?;
        let (mut enough, mut too_long) = (0, longest.0 / 1_000);
        while enough + 1 < too_long {
            let half = u32::midpoint(enough, too_long);
            let is_enough = with(memory, Duration(half * 1_000), is_silent).is_some();
            if is_enough { enough = half } else { too_long = half }
        }
        with(memory, Duration(enough.max(1) * 1_000), is_silent)
    })
}

/// The least quota, in whole units, that lets `problem` be placed.
fn larger_quota(problem: &Problem, id: QuotaId, price: &Price<'_>, is_enough: &CanBePlaced<'_>) -> Option<Relaxation> {
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
fn larger_sum(problem: &Problem, rule: Rule, price: &Price<'_>, is_enough: &CanBePlaced<'_>) -> Option<Relaxation> {
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

/// The pin whose removal gives the cheapest placement.
fn unpinned(problem: &Problem, price: &Price<'_>) -> Option<Relaxation> {
    let pinned = problem.workloads[0].pinned.iter();
    let without = pinned.filter_map(|pin| {
        let mut relaxed = problem.clone();
        relaxed.workloads[0].pinned.remove(pin);
        if !is_placeable(&relaxed) {
            return None;
        }
        Some((price(&relaxed)?, pin.to_string()))
    });
    without.min().map(|(cost, pin)| Relaxation { change: Change::Undeny(pin), cost: Some(cost) })
}

/// The largest loss below the promised one that can be outlived.
fn nearest_loss(problem: &Problem, lost: fn(&mut Survival) -> &mut u32) -> Option<(Change, Problem)> {
    let promised = *lost(&mut problem.workloads[0].survive.clone());
    nearest_count(problem, (0..promised).rev(), |problem, count| *lost(&mut problem.workloads[0].survive) = count)
}

/// The first count that works.
fn nearest_count(
    problem: &Problem,
    counts: impl Iterator<Item = u32>,
    set: impl Fn(&mut Problem, u32),
) -> Option<(Change, Problem)> {
    first_count(problem, counts, &is_placeable, set)
}

/// The first count that is enough.
fn first_count(
    problem: &Problem,
    mut counts: impl Iterator<Item = u32>,
    is_enough: &CanBePlaced<'_>,
    set: impl Fn(&mut Problem, u32),
) -> Option<(Change, Problem)> {
    counts.find_map(|count| {
        let mut relaxed = problem.clone();
        set(&mut relaxed, count);
        is_enough(&relaxed).then_some((Change::Count(count), relaxed))
    })
}

/// The largest quorum below the promised one that can be kept.
fn smaller_quorum(problem: &Problem) -> Option<(Change, Problem)> {
    let promised = problem.workloads[0].state?.quorum;
    (1..promised).rev().find_map(|quorum| {
        let mut relaxed = problem.clone();
        relaxed.workloads[0].state.as_mut()?.quorum = quorum;
        is_placeable(&relaxed).then_some((Change::Quorum(quorum), relaxed))
    })
}

/// The least share above the stated one, in whole hundredths, that works, found by halving.
fn nearest_share(problem: &Problem, share_of: fn(&mut Workload) -> &mut Option<Ratio>) -> Option<(Change, Problem)> {
    let stated = share_of(&mut problem.workloads[0].clone()).unwrap_or_default();
    let larger: Vec<Ratio> =
        (1..=100).map(|hundredths| Ratio(hundredths * 10_000)).filter(|share| *share > stated).collect();
    let with = |share: Ratio| {
        let mut relaxed = problem.clone();
        *share_of(&mut relaxed.workloads[0]) = Some(share);
        relaxed
    };
    let at = larger.partition_point(|&share| !is_placeable(&with(share)));
    larger.get(at).map(|&share| (Change::Share(share), with(share)))
}

/// The least tolerance of weights above the stated one, in whole hundredths, that works, found by halving.
fn nearest_tolerance(problem: &Problem) -> Option<(Change, Problem)> {
    let stated = problem.workloads[0].weights.as_ref()?.tolerance;
    let larger: Vec<Ratio> =
        (1..=100).map(|hundredths| Ratio(hundredths * 10_000)).filter(|share| *share > stated).collect();
    let with = |tolerance: Ratio| {
        let mut relaxed = problem.clone();
        let weights = relaxed.workloads[0].weights.take();
        relaxed.workloads[0].weights = weights.map(|weights| Weights { tolerance, ..weights });
        relaxed
    };
    let at = larger.partition_point(|&tolerance| !is_placeable(&with(tolerance)));
    larger.get(at).map(|&tolerance| (Change::Share(tolerance), with(tolerance)))
}

/// The least limit on round trips that works, found by halving: a longer limit never forbids what a shorter one allows.
fn nearest_round_trip(
    problem: &Problem,
    limit_of: fn(&mut Workload) -> &mut Option<RoundTrip>,
) -> Option<(Change, Problem)> {
    let workload = &problem.workloads[0];
    let promised = *limit_of(&mut workload.clone());
    let longer: Vec<RoundTrip> = occurring(problem, workload).into_iter().filter(|&rtt| Some(rtt) > promised).collect();
    let with = |limit: RoundTrip| {
        let mut relaxed = problem.clone();
        *limit_of(&mut relaxed.workloads[0]) = Some(limit);
        relaxed
    };
    let at = longer.partition_point(|&limit| !is_placeable(&with(limit)));
    longer.get(at).map(|&limit| (Change::RoundTrip(limit), with(limit)))
}

/// The least limit on the way to a quorum that works, found by halving.
fn nearer_quorum(problem: &Problem) -> Option<(Change, Problem)> {
    let promised = problem.workloads[0].state?.max_quorum_rtt;
    let longer: Vec<RoundTrip> = between_regions(problem).into_iter().filter(|&rtt| Some(rtt) > promised).collect();
    let with = |limit: RoundTrip| {
        let mut relaxed = problem.clone();
        relaxed.workloads[0].state.iter_mut().for_each(|state| state.max_quorum_rtt = Some(limit));
        relaxed
    };
    let at = longer.partition_point(|&limit| !is_placeable(&with(limit)));
    longer.get(at).map(|&limit| (Change::RoundTrip(limit), with(limit)))
}

/// The round trips there are between regions.
pub(super) fn between_regions(problem: &Problem) -> BTreeSet<RoundTrip> {
    let regions = || (0..problem.regions.len()).map(RegionId::at);
    let pairs = regions().flat_map(|from| regions().filter(move |to| *to != from).map(move |to| (from, to)));
    pairs.filter_map(|(from, to)| problem.links.get(from, to).rtt).map(|rtt| rtt.round_trip).collect()
}

/// The round trips there are between the users of a workload and any region.
pub(super) fn occurring(problem: &Problem, workload: &Workload) -> BTreeSet<RoundTrip> {
    let known = |user| (0..problem.regions.len()).filter_map(move |region| problem.rtt.get(user, RegionId::at(region)));
    workload.demand.iter().flat_map(|demand| known(demand.user)).map(|rtt| rtt.round_trip).collect()
}

/// The entry of a list whose addition (or removal) gives the cheapest placement; of equally cheap ones the first by name.
fn cheapest_entry(
    problem: &Problem,
    selector: usize,
    is_denied: bool,
    list: List,
    price: &Price<'_>,
) -> Option<Relaxation> {
    let entries = entries(problem, selector, is_denied, list);
    entries
        .into_iter()
        .filter_map(|entry| {
            let mut relaxed = problem.clone();
            let filters = &mut relaxed.workloads[0].selectors[selector];
            change_list(if is_denied { &mut filters.denied } else { &mut filters.allowed }, list, &entry, is_denied);
            if !is_placeable(&relaxed) {
                return None;
            }
            Some((price(&relaxed)?, entry))
        })
        .min()
        .map(|(cost, entry)| Relaxation {
            change: if is_denied { Change::Undeny(entry) } else { Change::Allow(entry) },
            cost: Some(cost),
        })
}

/// Entries that may be added to an allow list (those that exist), or removed from a deny list (those it holds).
fn entries(problem: &Problem, selector: usize, is_denied: bool, list: List) -> BTreeSet<String> {
    let filters = &problem.workloads[0].selectors[selector];
    let denied = &filters.denied;
    let words = |words: &Option<BTreeSet<String>>| words.clone().unwrap_or_default();
    let open = || problem.regions.iter().filter(|region| region.access == Access::Public);
    match (list, is_denied) {
        (List::Clouds, true) => words(&denied.clouds),
        (List::Clouds, false) => open().map(|region| region.key.cloud.clone()).collect(),
        (List::Jurisdictions, true) => words(&denied.jurisdictions),
        (List::Jurisdictions, false) => open().flat_map(|region| region.jurisdictions.iter().cloned()).collect(),
        (List::Countries, true) => words(&denied.countries),
        (List::Countries, false) => open().filter_map(|region| region.country.clone()).collect(),
        (List::Regions, true) => denied.regions.iter().flatten().map(ToString::to_string).collect(),
        (List::Regions, false) => open().map(|region| region.key.to_string()).collect(),
        (List::Architectures, _) => {
            [Architecture::Arm64, Architecture::X86_64].iter().map(ToString::to_string).collect()
        }
        // Patterns have no nearest neighbour: the list as a whole is the unit of change.
        (List::InstanceFamilies | List::InstanceTypes, _) => BTreeSet::new(),
        (List::GpuModels, true) => words(&denied.gpu_models),
        (List::GpuModels, false) => {
            problem.machine_types.iter().filter_map(|machine| machine.gpu_model.clone()).collect()
        }
    }
}

fn change_list(filter: &mut Filter, list: List, entry: &str, remove: bool) {
    fn edit<T: Ord>(set: &mut Option<BTreeSet<T>>, entry: T, remove: bool) {
        let Some(set) = set else { return };
        if remove {
            set.remove(&entry);
        } else {
            set.insert(entry);
        }
    }
    match list {
        List::Clouds => edit(&mut filter.clouds, entry.to_owned(), remove),
        List::Jurisdictions => edit(&mut filter.jurisdictions, entry.to_owned(), remove),
        List::Countries => edit(&mut filter.countries, entry.to_owned(), remove),
        List::Regions => {
            if let Some((cloud, region)) = entry.split_once('/') {
                edit(&mut filter.regions, RegionKey::new(cloud, region), remove);
            }
        }
        List::Architectures => {
            let architecture =
                [Architecture::Arm64, Architecture::X86_64].into_iter().find(|known| known.to_string() == entry);
            if let Some(architecture) = architecture {
                edit(&mut filter.architectures, architecture, remove);
            }
        }
        List::GpuModels => edit(&mut filter.gpu_models, entry.to_owned(), remove),
        List::InstanceFamilies | List::InstanceTypes => {}
    }
}

/// The largest part of the replica that some machine on sale can hold, with every other rule in force.
fn largest_replica(problem: &Problem) -> Option<(Change, Problem)> {
    let workload = &problem.workloads[0];
    let shapes: BTreeSet<(Millicores, Bytes)> = offered(problem)
        .map(|machine| {
            let vcpu = machine.vcpu.0.saturating_sub(workload.reserved.vcpu.0);
            let memory = machine.memory.0.saturating_sub(workload.reserved.memory.0);
            (workload.replica.vcpu.min(Millicores(vcpu)), workload.replica.memory.min(Bytes(memory)))
        })
        .filter(|(vcpu, memory)| vcpu.0 > 0 && memory.0 > 0)
        .collect();
    let mut shapes: Vec<_> = shapes.into_iter().collect();
    shapes.sort_by_key(|&(vcpu, memory)| std::cmp::Reverse((u128::from(vcpu.0) * u128::from(memory.0), vcpu)));
    shapes.into_iter().find_map(|(vcpu, memory)| {
        let mut relaxed = problem.clone();
        (relaxed.workloads[0].replica.vcpu, relaxed.workloads[0].replica.memory) = (vcpu, memory);
        is_placeable(&relaxed).then_some((Change::Replica { vcpu, memory }, relaxed))
    })
}

/// The largest amount of the first resource, by name, with which some machine on sale can hold a replica.
fn most_of_a_resource(problem: &Problem) -> Option<(Change, Problem)> {
    let workload = &problem.workloads[0];
    workload.replica.resources.iter().find_map(|(name, asked)| {
        let free = |machine: &MachineType| {
            machine.resources.get(name).0.saturating_sub(workload.reserved.resources.get(name).0)
        };
        let less: BTreeSet<u64> = offered(problem).map(free).chain([0]).filter(|&amount| amount < asked.0).collect();
        less.into_iter().rev().find_map(|amount| {
            let (mut relaxed, amount) = (problem.clone(), Amount(amount));
            relaxed.workloads[0].replica.resources.set(name, amount);
            is_placeable(&relaxed).then_some((Change::Resource { name: name.to_owned(), amount }, relaxed))
        })
    })
}

/// Machine types that some region sells.
fn offered(problem: &Problem) -> impl Iterator<Item = &MachineType> {
    let offered: BTreeSet<_> =
        problem.regions.iter().flat_map(|region| region.offers.iter()).map(|offer| offer.machine_type).collect();
    offered.into_iter().map(|id| &problem.machine_types[id.index()])
}
