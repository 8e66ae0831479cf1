//! What each rule of a conflict says, and what follows from it alone.

use super::{FoundRule, Scope};
use crate::explain::{List, Rule};
use crate::model::{Filter, FunctionOffer, MachineType, Problem, Region, RegionId, Stock, Workload, WorkloadId};
use crate::render::words::{gib, ms_above, ms_exact, names, rps};
use crate::units::{Amount, Decimal, Ratio, RoundTrip};

/// Regions named, when a rule leaves only a few.
const FEW: usize = 3;

/// A rule over all workloads as it is stated.
pub(super) fn shared_fact(problem: &Problem, rule: Rule) -> FoundRule {
    let stated = if let Rule::Stock { region, machine_type } = rule {
        let place = &problem.regions[region.index()];
        let stock = place.stock.iter().find(|stock| stock.machine_type == machine_type);
        let total =
            |stock: &Stock| (0..place.zones.len()).fold(0_u64, |sum, zone| sum.saturating_add(stock.in_zone(zone)));
        let there = stock.map(|stock| stock.total.unwrap_or(u64::MAX).min(total(stock)));
        let machine = &problem.machine_types[machine_type.index()].name;
        there.map(|there| format!("{there} machines of {machine} in {}", place.key))
    } else if rule == Rule::LimitsMaxMonthlyCost {
        problem.limits.max_monthly_cost.map(|most| format!("{rule} = {}", most.usd()))
    } else if rule == Rule::LimitsMaxMonthlyCarbon {
        problem.limits.max_monthly_carbon.map(|most| format!("{rule} = {}", most.to_decimal()))
    } else if let Rule::Environments(region) = rule {
        let place = &problem.regions[region.index()];
        place.max_environments.map(|most| format!("{most} environments of functions at a time in {}", place.key))
    } else if let Rule::Quota(quota) = rule {
        let quota = &problem.quotas[quota.index()];
        let subject = quota.subject(&problem.regions[quota.region.index()]);
        Some(format!("a quota of {} {subject}", super::quota_amount(quota.unit, quota.most)))
    } else {
        rule.shared_limit(problem).map(|most| format!("{rule} = {most}"))
    };
    let stated = stated.unwrap_or_else(|| rule.to_string());
    FoundRule { scope: Scope::Problem, argument: rule.to_string(), stated, fact: None }
}

/// One rule as it is stated, and what it leaves.
pub(super) fn fact(problem: &Problem, workload: WorkloadId, rule: Rule) -> FoundRule {
    let workload = &problem.workloads[workload.index()];
    let (stated, fact) = match rule {
        Rule::CarbonPrice => {
            let price = problem.objective.carbon_per_tonne.usd();
            let left = offers(problem).filter(|offer| offer.carbon_hourly.is_some()).count();
            let fact = format!("leaves the {left} of {} offers whose emissions are known", offers(problem).count());
            (format!("{rule} = {price}"), Some(fact))
        }
        Rule::LatencyPrice => {
            let price = problem.objective.latency_per_rps_ms.usd();
            let is_known =
                |id: RegionId| workload.demand.iter().any(|demand| problem.rtt.get(demand.user, id).is_some());
            let left = (0..problem.regions.len()).filter(|&region| is_known(RegionId::at(region))).count();
            let fact = format!("leaves the {left} of {} regions whose round trips are known", problem.regions.len());
            (format!("{rule} = {price}"), Some(fact))
        }
        Rule::Order => {
            let targets = problem.order.iter().flat_map(|order| &order.targets);
            let stated: Vec<String> = targets.map(|target| format!("{:?}", target.name())).collect();
            let fact = "counts only what is known: machines with a figure for `carbon`, round trips for `latency`";
            (format!("{rule} = [{}]", stated.join(", ")), Some(fact.to_owned()))
        }
        Rule::Response => {
            let fact = leaves(problem, |region, _| region.internet_egress_per_gb.is_some());
            (format!("{rule} above 0"), Some(format!("{fact}, those whose egress price is known")))
        }
        Rule::NoBurstable => (format!("{rule} = false"), Some(leaves_types(problem, |machine| !machine.is_burstable))),
        Rule::ReplicaSize => (replica(workload), Some(leaves_types(problem, |machine| holds(workload, machine)))),
        Rule::FunctionSize => {
            let takes = |region: &Region| region.functions.iter().any(|offer| takes(workload, offer));
            (function(workload), Some(leaves(problem, |region, _| takes(region))))
        }
        Rule::ReplicaGpus => {
            let gpus = workload.replica.gpus;
            (format!("{rule} = {gpus}"), Some(leaves_types(problem, |machine| machine.gpus >= gpus)))
        }
        Rule::ReplicaResources => {
            let asked = |(name, amount): (&str, Amount)| format!("\"{name}\" = {}", amount.to_decimal());
            let stated = format!("{rule} = {{ {} }}", names(workload.replica.resources.iter().map(asked)));
            (stated, Some(leaves_types(problem, |machine| has_resources(workload, machine))))
        }
        Rule::Listed { selector, is_denied, list } => {
            let selector = &workload.selectors[selector];
            let filter = if is_denied { &selector.denied } else { &selector.allowed };
            let stated =
                format!("{rule} = [{}]", names(entries(filter, list).iter().map(|entry| format!("\"{entry}\""))));
            (stated, Some(listed(problem, filter, list, is_denied)))
        }
        Rule::SurviveZones => {
            let lost = workload.survive.zones as usize;
            (format!("{rule} = {lost}"), Some(leaves(problem, |region, _| region.zones.len() > lost)))
        }
        Rule::SurviveRegions => (format!("{rule} = {}", workload.survive.regions), None),
        Rule::SurviveClouds => (format!("{rule} = {}", workload.survive.clouds), None),
        Rule::MaxQuorumRtt => {
            let limit = workload.state.and_then(|state| state.max_quorum_rtt).unwrap_or_default();
            (format!("{rule} = {}", ms_exact(limit)), None)
        }
        Rule::DegradedMaxRtt => {
            let limit = workload.degraded_max_rtt.unwrap_or_default();
            let fact = leaves(problem, |_, id| nearest(problem, workload, id).is_some_and(|(rtt, _)| rtt <= limit));
            (format!("{rule} = {}", ms_exact(limit)), Some(format!("{fact}, while others are lost")))
        }
        Rule::MinRegions => (format!("{rule} = {}", workload.min_regions), None),
        Rule::LimitsMaxRegions
        | Rule::LimitsMaxClouds
        | Rule::Stock { .. }
        | Rule::Environments(_)
        | Rule::Quota(_)
        | Rule::LimitsMaxMonthlyCost
        | Rule::LimitsMaxMonthlyCarbon => (shared_fact(problem, rule).stated, None),
        Rule::Pin => (format!("{rule} = [{}]", names(workload.pinned.iter().map(|pin| format!("\"{pin}\"")))), None),
        Rule::MaxRegionShare => (shared(rule, workload.max_region_share), None),
        Rule::MaxCloudShare => (shared(rule, workload.max_cloud_share), None),
        Rule::Weights => (format!("{rule} = {}", weights(workload)), None),
        Rule::MinZones => {
            let least = workload.min_zones as usize;
            (format!("{rule} = {least}"), Some(leaves(problem, |region, _| region.zones.len() >= least)))
        }
        Rule::MaxZoneSkew => (format!("{rule} = {}", workload.max_zone_skew.unwrap_or_default()), None),
        Rule::MaxMachineTypes => (format!("{rule} = {}", workload.max_machine_types.unwrap_or_default()), None),
        Rule::State => state(problem, workload),
        Rule::SingleRegionPerUser => (format!("{rule} = true"), None),
        Rule::MaxRegions => (format!("{rule} = {}", workload.max_regions.unwrap_or_default()), None),
        Rule::MaxPathRtt => (format!("{rule} = {}", ms_exact(workload.max_path_rtt.unwrap_or_default())), None),
        Rule::MaxRtt => {
            let limit = workload.max_rtt.unwrap_or_default();
            let fact = leaves(problem, |_, id| nearest(problem, workload, id).is_some_and(|(rtt, _)| rtt <= limit));
            let share = workload.rtt_share.to_decimal();
            let stated = format!("{rule} = {}", ms_exact(limit));
            let with_share = if workload.rtt_share < Ratio::ONE {
                format!("{stated} for {share} of {}", rps(workload.total_demand()))
            } else {
                stated
            };
            (with_share, Some(fact))
        }
    };
    FoundRule { scope: super::scope(workload, rule), argument: rule.to_string(), stated, fact }
}

/// What is kept, and what it asks of a region.
fn state(problem: &Problem, workload: &Workload) -> (String, Option<String>) {
    let Some(kept) = workload.state else { return (Rule::State.to_string(), None) };
    let lost = u64::from(workload.survive.zones);
    let copies = u64::from(kept.replication_factor);
    let size = gib(kept.storage);
    if kept.is_multi_region {
        let stated = format!(
            "{} of {copies} copies of {size} over regions, {} of them left after a loss",
            Rule::State,
            kept.quorum
        );
        let fact = leaves(problem, |region, _| region.storage_per_gib.is_some());
        return (stated, Some(format!("{fact}, those whose price of storage is known")));
    }
    let (stated, zones) = if lost == 0 {
        (format!("{} of {copies} copies of {size} in one region", Rule::State), 1)
    } else {
        let quorum = kept.quorum;
        let stated = format!(
            "{} of {copies} copies of {size} in one region, {quorum} of them left without {lost} of its zones",
            Rule::State
        );
        (stated, copies_in_zones(copies, quorum.into(), lost))
    };
    let is_known = |region: &Region| {
        region.storage_per_gib.is_some()
            && (kept.write.0 == 0 || lost == 0 || region.zone_egress_per_gb.is_some())
            && region.zones.len() as u64 >= zones
    };
    let needed = if lost == 0 || zones == u64::MAX { String::new() } else { format!(" and that have {zones} zones") };
    let fact = leaves(problem, |region, _| is_known(region));
    (stated, Some(format!("{fact}, those whose prices of storage and of traffic between zones are known{needed}")))
}

/// The fewest zones of which `lost` leave a quorum of copies that are spread evenly; the largest number there is if none do.
fn copies_in_zones(copies: u64, quorum: u64, lost: u64) -> u64 {
    let left = |zones: u64| copies - (lost * (copies / zones) + lost.min(copies % zones)).min(copies);
    (lost + 1..=copies).find(|&zones| left(zones) >= quorum).unwrap_or(u64::MAX)
}

fn shared(rule: Rule, share: Option<Ratio>) -> String {
    format!("{rule} = {}", share.unwrap_or(Ratio::ONE).to_decimal())
}

/// The round trip that settles a conflict with `max_rtt_ms`.
pub(super) fn because(problem: &Problem, workload: WorkloadId, rules: &[Rule]) -> Option<String> {
    if !rules.contains(&Rule::MaxRtt) {
        return None;
    }
    let workload = &problem.workloads[workload.index()];
    let limit = workload.max_rtt?;
    let open: Vec<RegionId> = ids(problem).filter(|id| is_open(workload, &problem.regions[id.index()])).collect();
    let allowed = if open.len() < problem.regions.len() { " that the other rules allow" } else { "" };
    // The user group that is worst off, if some group has no region in time.
    let worst_off = workload
        .demand
        .iter()
        .filter_map(|demand| {
            let rtt = |&id: &RegionId| Some((problem.rtt.get(demand.user, id)?.round_trip, id));
            let (nearest, region) = open.iter().filter_map(rtt).min()?;
            (nearest > limit).then_some((nearest, region, demand.user))
        })
        .max();
    if let Some((rtt, region, user)) = worst_off {
        let (region, user) = (&problem.regions[region.index()].key, &problem.users[user.index()].name);
        return Some(format!("the nearest region{allowed}, {region}, answers `{user}` in {}", ms_above(rtt)));
    }
    let next = open
        .iter()
        .filter_map(|&id| nearest(problem, workload, id).map(|(rtt, user)| (rtt, id, user)))
        .filter(|&(rtt, _, _)| rtt > limit)
        .min()?;
    let (region, user) = (&problem.regions[next.1.index()].key, &problem.users[next.2].name);
    Some(format!("the next nearest region{allowed}, {region}, answers `{user}` in {}", ms_above(next.0)))
}

/// The shortest round trip between a region and a user group of the workload, with the group's position in the problem.
fn nearest(problem: &Problem, workload: &Workload, region: RegionId) -> Option<(RoundTrip, usize)> {
    let rtt =
        |demand: &crate::model::Demand| Some((problem.rtt.get(demand.user, region)?.round_trip, demand.user.index()));
    workload.demand.iter().filter_map(rtt).min()
}

fn is_open(workload: &Workload, region: &Region) -> bool {
    workload.region_refusal(region).is_none() && region.zones.len() > workload.survive.zones as usize
}

fn ids(problem: &Problem) -> impl Iterator<Item = RegionId> + use<> {
    (0..problem.regions.len()).map(RegionId::at)
}

fn offers(problem: &Problem) -> impl Iterator<Item = &crate::model::Offer> {
    problem.regions.iter().flat_map(|region| region.offers.iter())
}

fn leaves(problem: &Problem, stays: impl Fn(&Region, RegionId) -> bool) -> String {
    let left: Vec<String> = ids(problem)
        .filter(|&id| stays(&problem.regions[id.index()], id))
        .map(|id| problem.regions[id.index()].key.to_string())
        .collect();
    let named = if (1..=FEW).contains(&left.len()) { format!(": {}", left.join(", ")) } else { String::new() };
    format!("leaves {} of {} regions{named}", left.len(), problem.regions.len())
}

fn leaves_types(problem: &Problem, stays: impl Fn(&MachineType) -> bool) -> String {
    let left = problem.machine_types.iter().filter(|machine| stays(machine)).count();
    format!("leaves {left} of {} machine types", problem.machine_types.len())
}

fn listed(problem: &Problem, filter: &Filter, list: List, is_denied: bool) -> String {
    let passes = |mut verdicts: Box<dyn Iterator<Item = (&'static str, bool)> + '_>| {
        verdicts.all(|(name, contains)| name != list.name() || contains != is_denied)
    };
    match list {
        List::Clouds | List::Jurisdictions | List::Countries | List::Regions => {
            leaves(problem, |region, _| passes(Box::new(filter.place_verdicts(region, is_denied))))
        }
        List::Architectures | List::InstanceFamilies | List::InstanceTypes | List::GpuModels => {
            leaves_types(problem, |machine| passes(Box::new(filter.machine_verdicts(machine, is_denied))))
        }
    }
}

fn entries(filter: &Filter, list: List) -> Vec<String> {
    fn texts<T: ToString>(set: Option<&std::collections::BTreeSet<T>>) -> Vec<String> {
        set.into_iter().flatten().map(ToString::to_string).collect()
    }
    match list {
        List::Clouds => texts(filter.clouds.as_ref()),
        List::Jurisdictions => texts(filter.jurisdictions.as_ref()),
        List::Countries => texts(filter.countries.as_ref()),
        List::Regions => texts(filter.regions.as_ref()),
        List::Architectures => texts(filter.architectures.as_ref()),
        List::InstanceFamilies => texts(filter.instance_families.as_ref()),
        List::InstanceTypes => texts(filter.instance_types.as_ref()),
        List::GpuModels => texts(filter.gpu_models.as_ref()),
    }
}

fn replica(workload: &Workload) -> String {
    use crate::render::words::vcpu;
    let replica = &workload.replica;
    let reserved = &workload.reserved;
    let size = format!("replica of {} and {}", vcpu(replica.vcpu), gib(replica.memory));
    if reserved.vcpu.0 == 0 && reserved.memory.0 == 0 {
        size
    } else {
        format!("{size}, beside {} and {} reserved,", vcpu(reserved.vcpu), gib(reserved.memory))
    }
}

fn function(workload: &Workload) -> String {
    use crate::render::words::{gib, vcpu};
    let Some(function) = workload.function else { return String::new() };
    let processor = function.vcpu.map_or(String::new(), |processor| format!(", {}", vcpu(processor)));
    format!("function of {}{processor} and {} ms", gib(function.memory), function.duration.to_decimal())
}

fn takes(workload: &Workload, offer: &FunctionOffer) -> bool {
    workload.function.is_some_and(|function| {
        offer.max_memory.is_none_or(|most| function.memory <= most)
            && offer.max_duration.is_none_or(|most| function.duration <= most)
            && (offer.million_vcpu_seconds.is_none() || function.vcpu.is_some())
    })
}

fn holds(workload: &Workload, machine: &MachineType) -> bool {
    machine.vcpu.0.saturating_sub(workload.reserved.vcpu.0) >= workload.replica.vcpu.0
        && machine.memory.0.saturating_sub(workload.reserved.memory.0) >= workload.replica.memory.0
}

fn has_resources(workload: &Workload, machine: &MachineType) -> bool {
    workload.replica.resources.iter().all(|(name, asked)| {
        machine.resources.get(name).0.saturating_sub(workload.reserved.resources.get(name).0) >= asked.0
    })
}

/// Weights as they are stated, with their tolerance.
fn weights(workload: &Workload) -> String {
    let Some(weights) = &workload.weights else { return "{}".to_owned() };
    let of = |(domain, &weight): (&String, &u64)| format!("{domain:?} = {}", Decimal::new(i128::from(weight), 6));
    let stated = names(weights.of.iter().map(of));
    match weights.tolerance.0 {
        0 => format!("{{ {stated} }}"),
        _ => format!("{{ {stated} }}, spread.weight_tolerance = {}", weights.tolerance.to_decimal()),
    }
}
