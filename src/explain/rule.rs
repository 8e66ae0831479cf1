//! The rules of one workload as things that can be taken away one at a time.

use std::collections::BTreeSet;
use std::fmt;

use crate::model::{
    Access, Filter, Function, Limits, Problem, QuotaId, Region, RegionId, RegionKey, Resources, TypeId, WorkloadId,
};
use crate::units::{Bytes, Duration, Millicores, Money};

/// A list of a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum List {
    /// `clouds`
    Clouds,
    /// `jurisdictions`
    Jurisdictions,
    /// `countries`
    Countries,
    /// `regions`
    Regions,
    /// `architectures`
    Architectures,
    /// `instance_families`
    InstanceFamilies,
    /// `instance_types`
    InstanceTypes,
    /// `gpu_models`
    GpuModels,
}

impl List {
    pub(super) const ALL: [Self; 8] = [
        Self::GpuModels,
        Self::InstanceTypes,
        Self::InstanceFamilies,
        Self::Architectures,
        Self::Clouds,
        Self::Countries,
        Self::Jurisdictions,
        Self::Regions,
    ];

    /// The argument's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Clouds => "clouds",
            Self::Jurisdictions => "jurisdictions",
            Self::Countries => "countries",
            Self::Regions => "regions",
            Self::Architectures => "architectures",
            Self::InstanceFamilies => "instance_families",
            Self::InstanceTypes => "instance_types",
            Self::GpuModels => "gpu_models",
        }
    }

    pub(super) fn is_given(self, filter: &Filter) -> bool {
        match self {
            Self::Clouds => filter.clouds.is_some(),
            Self::Jurisdictions => filter.jurisdictions.is_some(),
            Self::Countries => filter.countries.is_some(),
            Self::Regions => filter.regions.is_some(),
            Self::Architectures => filter.architectures.is_some(),
            Self::InstanceFamilies => filter.instance_families.is_some(),
            Self::InstanceTypes => filter.instance_types.is_some(),
            Self::GpuModels => filter.gpu_models.is_some(),
        }
    }

    pub(super) fn drop_from(self, filter: &mut Filter) {
        match self {
            Self::Clouds => filter.clouds = None,
            Self::Jurisdictions => filter.jurisdictions = None,
            Self::Countries => filter.countries = None,
            Self::Regions => filter.regions = None,
            Self::Architectures => filter.architectures = None,
            Self::InstanceFamilies => filter.instance_families = None,
            Self::InstanceTypes => filter.instance_types = None,
            Self::GpuModels => filter.gpu_models = None,
        }
    }
}

/// A rule that can make a workload impossible to place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// `objective.carbon_usd_per_tonne`: machines without a carbon figure are out.
    CarbonPrice,
    /// `objective.latency_usd_per_rps_ms`: regions of unknown round trip are out.
    LatencyPrice,
    /// `objective.order`: machines without a carbon figure are out, or regions of unknown round trip, as far as these have a place in it.
    Order,
    /// `response_kib`: regions without an egress price are out.
    Response,
    /// `allow_burstable = false`.
    NoBurstable,
    /// `replica` and `reserved`, processor and memory: machines must hold one.
    ReplicaSize,
    /// `function`, memory, time and processor: a service must take it.
    FunctionSize,
    /// `replica.gpus`.
    ReplicaGpus,
    /// `replica.resources` and `reserved.resources`.
    ReplicaResources,
    /// A list of selector number `selector` of the workload.
    Listed {
        /// Position in the workload's selectors.
        selector: usize,
        /// True for `denied`, false for `allowed`.
        is_denied: bool,
        /// Which list.
        list: List,
    },
    /// `survive.zones`.
    SurviveZones,
    /// `survive.regions`.
    SurviveRegions,
    /// `survive.clouds`.
    SurviveClouds,
    /// `min_regions`.
    MinRegions,
    /// `pin`.
    Pin,
    /// `count` or `zone_counts` of a machine type in a site.
    Stock {
        /// The site.
        region: RegionId,
        /// The type.
        machine_type: TypeId,
    },
    /// `catalog.max_function_concurrency` of a region.
    Environments(RegionId),
    /// One of `limits.quotas`.
    Quota(QuotaId),
    /// `limits.max_regions`.
    LimitsMaxRegions,
    /// `limits.max_clouds`.
    LimitsMaxClouds,
    /// `limits.max_monthly_cost_usd`.
    LimitsMaxMonthlyCost,
    /// `limits.max_monthly_carbon_kg`.
    LimitsMaxMonthlyCarbon,
    /// `max_regions`.
    MaxRegions,
    /// `spread.max_region_share`.
    MaxRegionShare,
    /// `spread.max_cloud_share`.
    MaxCloudShare,
    /// `spread.weights` with `spread.weight_tolerance`.
    Weights,
    /// `spread.min_zones`.
    MinZones,
    /// `max_zone_skew`.
    MaxZoneSkew,
    /// `max_machine_types`.
    MaxMachineTypes,
    /// `state`: one region for everybody, with a price of storage and of traffic between its zones, and zones enough for the quorum.
    State,
    /// `single_region_per_user`.
    SingleRegionPerUser,
    /// `state.max_quorum_rtt_ms`.
    MaxQuorumRtt,
    /// `degraded_max_rtt_ms`.
    DegradedMaxRtt,
    /// `max_rtt_ms` with `rtt_share`.
    MaxRtt,
    /// `max_path_rtt_ms`, of all workloads that have it.
    MaxPathRtt,
}

impl fmt::Display for Rule {
    /// The argument, as it is written inside the workload (or the problem, for `limits` and `objective`).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CarbonPrice => f.write_str("objective.carbon_usd_per_tonne"),
            Self::LatencyPrice => f.write_str("objective.latency_usd_per_rps_ms"),
            Self::Order => f.write_str("objective.order"),
            Self::Response => f.write_str("response_kib"),
            Self::NoBurstable => f.write_str("allow_burstable"),
            Self::ReplicaSize => f.write_str("replica"),
            Self::FunctionSize => f.write_str("function"),
            Self::ReplicaGpus => f.write_str("replica.gpus"),
            Self::ReplicaResources => f.write_str("replica.resources"),
            Self::Listed { is_denied, list, .. } => {
                write!(f, "{}.{}", if *is_denied { "denied" } else { "allowed" }, list.name())
            }
            Self::SurviveZones => f.write_str("survive.zones"),
            Self::SurviveRegions => f.write_str("survive.regions"),
            Self::SurviveClouds => f.write_str("survive.clouds"),
            Self::MinRegions => f.write_str("min_regions"),
            Self::LimitsMaxRegions => f.write_str("limits.max_regions"),
            Self::Pin => f.write_str("pin"),
            Self::Stock { .. } => f.write_str("catalog.sites count"),
            Self::Environments(_) => f.write_str("catalog max_function_concurrency"),
            Self::Quota(_) => f.write_str("limits.quotas"),
            Self::LimitsMaxClouds => f.write_str("limits.max_clouds"),
            Self::LimitsMaxMonthlyCost => f.write_str("limits.max_monthly_cost_usd"),
            Self::LimitsMaxMonthlyCarbon => f.write_str("limits.max_monthly_carbon_kg"),
            Self::MaxRegions => f.write_str("max_regions"),
            Self::MaxRegionShare => f.write_str("spread.max_region_share"),
            Self::MaxCloudShare => f.write_str("spread.max_cloud_share"),
            Self::Weights => f.write_str("spread.weights"),
            Self::MinZones => f.write_str("spread.min_zones"),
            Self::MaxZoneSkew => f.write_str("max_zone_skew"),
            Self::MaxMachineTypes => f.write_str("max_machine_types"),
            Self::State => f.write_str("state"),
            Self::SingleRegionPerUser => f.write_str("single_region_per_user"),
            Self::MaxQuorumRtt => f.write_str("state.max_quorum_rtt_ms"),
            Self::DegradedMaxRtt => f.write_str("degraded_max_rtt_ms"),
            Self::MaxRtt => f.write_str("max_rtt_ms"),
            Self::MaxPathRtt => f.write_str("max_path_rtt_ms"),
        }
    }
}

/// A region of restricted access that a rule named stays open without the rule: what names it is the author's word that it may be used,
/// and taking rules away must never refuse more.
fn keep_open(regions: &mut [Region], named: &BTreeSet<RegionKey>) {
    for region in regions.iter_mut().filter(|region| named.contains(&region.key)) {
        region.access = Access::Public;
    }
}

impl Rule {
    /// The rules over all workloads together that are in force and can make a problem impossible to place.
    pub(super) fn shared_in_force(problem: &Problem) -> Vec<Self> {
        let all = [Self::LimitsMaxClouds, Self::LimitsMaxRegions];
        let limits = all.into_iter().filter(|rule| rule.shared_limit(problem).is_some());
        let stocks = problem.regions.iter().enumerate().flat_map(|(index, region)| {
            let rule = move |machine_type| Self::Stock { region: RegionId::at(index), machine_type };
            region.stock.iter().map(move |stock| rule(stock.machine_type))
        });
        let is_used = problem.workloads.iter().any(|workload| workload.function.is_some());
        let functions =
            problem.regions.iter().enumerate().filter(|(_, region)| is_used && region.max_environments.is_some());
        let functions = functions.map(|(index, _)| Self::Environments(RegionId::at(index)));
        let quotas = problem.quotas.iter().enumerate().filter(|(_, quota)| quota.most < u64::MAX);
        let quotas = quotas.map(|(index, _)| Self::Quota(QuotaId::at(index)));
        let limits_paths = |workload: usize| {
            problem.workloads[workload].max_path_rtt.is_some()
                && problem.calls_of(WorkloadId::at(workload)).next().is_some()
        };
        let paths = (0..problem.workloads.len()).any(limits_paths).then_some(Self::MaxPathRtt);
        let budget = problem.limits.max_monthly_cost.map(|_| Self::LimitsMaxMonthlyCost);
        let carbon = problem.limits.max_monthly_carbon.map(|_| Self::LimitsMaxMonthlyCarbon);
        stocks.chain(functions).chain(quotas).chain(limits).chain(paths).chain(budget).chain(carbon).collect()
    }

    /// The limit over all workloads that the rule states, if it is such a rule and in force.
    pub fn shared_limit(self, problem: &Problem) -> Option<u32> {
        let mut limits = problem.limits;
        *self.shared_limit_in(&mut limits)?
    }

    /// Where that limit is written.
    pub(super) fn shared_limit_in(self, limits: &mut Limits) -> Option<&mut Option<u32>> {
        match self {
            Self::LimitsMaxRegions => Some(&mut limits.max_regions),
            Self::LimitsMaxClouds => Some(&mut limits.max_clouds),
            Self::CarbonPrice
            | Self::LatencyPrice
            | Self::Order
            | Self::Response
            | Self::NoBurstable
            | Self::ReplicaSize
            | Self::FunctionSize
            | Self::Environments(_)
            | Self::ReplicaGpus
            | Self::ReplicaResources
            | Self::Pin
            | Self::Stock { .. }
            | Self::Quota(_)
            | Self::LimitsMaxMonthlyCost
            | Self::LimitsMaxMonthlyCarbon
            | Self::Listed { .. }
            | Self::SurviveZones
            | Self::SurviveRegions
            | Self::SurviveClouds
            | Self::MinRegions
            | Self::MaxRegions
            | Self::MaxRegionShare
            | Self::MaxCloudShare
            | Self::Weights
            | Self::MinZones
            | Self::MaxZoneSkew
            | Self::MaxMachineTypes
            | Self::State
            | Self::SingleRegionPerUser
            | Self::MaxQuorumRtt
            | Self::DegradedMaxRtt
            | Self::MaxRtt
            | Self::MaxPathRtt => None,
        }
    }

    /// The rules in force in a problem of one workload, those a reader expects least to be the cause first.
    pub(super) fn in_force(problem: &Problem) -> Vec<Self> {
        let workload = &problem.workloads[0];
        let mut rules = Vec::new();
        let mut add = |is_in_force: bool, rule| {
            if is_in_force {
                rules.push(rule);
            }
        };
        add(problem.objective.carbon_per_tonne > Money::ZERO, Self::CarbonPrice);
        add(problem.objective.latency_per_rps_ms > Money::ZERO, Self::LatencyPrice);
        add(problem.order.is_some(), Self::Order);
        add(workload.response > Bytes(0), Self::Response);
        add(workload.runs_on_machines && !workload.allow_burstable, Self::NoBurstable);
        add(workload.runs_on_machines, Self::ReplicaSize);
        add(workload.function.is_some(), Self::FunctionSize);
        add(!workload.replica.resources.is_empty(), Self::ReplicaResources);
        add(workload.replica.gpus > 0, Self::ReplicaGpus);
        for list in List::ALL {
            for (selector, filters) in workload.selectors.iter().enumerate() {
                add(list.is_given(&filters.denied), Self::Listed { selector, is_denied: true, list });
                add(list.is_given(&filters.allowed), Self::Listed { selector, is_denied: false, list });
            }
        }
        add(workload.survive.zones > 0, Self::SurviveZones);
        add(workload.survive.regions > 0, Self::SurviveRegions);
        add(workload.survive.clouds > 0, Self::SurviveClouds);
        add(workload.min_regions > 1, Self::MinRegions);
        // Limits on paths are stated by workload, and follow below.
        for rule in Self::shared_in_force(problem).into_iter().filter(|rule| *rule != Self::MaxPathRtt) {
            add(true, rule);
        }
        add(!workload.pinned.is_empty(), Self::Pin);
        add(workload.max_region_share.is_some(), Self::MaxRegionShare);
        add(workload.max_cloud_share.is_some(), Self::MaxCloudShare);
        add(workload.weights.is_some(), Self::Weights);
        add(workload.min_zones > 1, Self::MinZones);
        add(workload.max_zone_skew.is_some(), Self::MaxZoneSkew);
        add(workload.max_machine_types.is_some(), Self::MaxMachineTypes);
        add(workload.state.is_some(), Self::State);
        let waits = workload.state.filter(|state| state.is_multi_region).and_then(|state| state.max_quorum_rtt);
        add(waits.is_some(), Self::MaxQuorumRtt);
        add(workload.single_region_per_user, Self::SingleRegionPerUser);
        add(workload.max_regions.is_some(), Self::MaxRegions);
        add(workload.survive.has_places() && workload.degraded_max_rtt.is_some(), Self::DegradedMaxRtt);
        add(workload.max_path_rtt.is_some(), Self::MaxPathRtt);
        add(workload.max_rtt.is_some(), Self::MaxRtt);
        rules
    }

    /// Takes the rule out of a problem: a rule of a workload out of its only workload.
    pub(super) fn drop_from(self, problem: &mut Problem) {
        if self.drop_shared(problem) {
            return;
        }
        let Some(workload) = problem.workloads.first_mut() else { return };
        match self {
            Self::CarbonPrice => problem.objective.carbon_per_tonne = Money::ZERO,
            Self::LatencyPrice => problem.objective.latency_per_rps_ms = Money::ZERO,
            Self::Order => problem.order = None,
            Self::Response => workload.response = Bytes(0),
            Self::NoBurstable => workload.allow_burstable = true,
            Self::ReplicaSize => {
                (workload.replica.vcpu, workload.replica.memory) = (Millicores(1), Bytes(1));
                (workload.reserved.vcpu, workload.reserved.memory) = (Millicores(0), Bytes(0));
            }
            Self::FunctionSize => {
                let least = |function: Function| Function {
                    memory: Bytes(1),
                    vcpu: Some(Millicores(1)),
                    duration: Duration(1),
                    concurrency: function.concurrency,
                };
                workload.function = workload.function.map(least);
            }
            Self::ReplicaGpus => workload.replica.gpus = 0,
            Self::ReplicaResources => workload.replica.resources = Resources::default(),
            Self::Listed { selector, is_denied, list } => {
                let selector = &mut workload.selectors[selector];
                let named = if is_denied { None } else { selector.allowed.regions.clone() };
                list.drop_from(if is_denied { &mut selector.denied } else { &mut selector.allowed });
                if list == List::Regions {
                    keep_open(&mut problem.regions, &named.unwrap_or_default());
                }
            }
            Self::SurviveZones => workload.survive.zones = 0,
            Self::SurviveRegions => workload.survive.regions = 0,
            Self::SurviveClouds => workload.survive.clouds = 0,
            Self::MinRegions => workload.min_regions = 1,
            Self::Pin => keep_open(&mut problem.regions, &std::mem::take(&mut workload.pinned)),
            Self::MaxRegions => workload.max_regions = None,
            Self::MaxRegionShare => workload.max_region_share = None,
            Self::MaxCloudShare => workload.max_cloud_share = None,
            Self::Weights => workload.weights = None,
            Self::MinZones => workload.min_zones = 1,
            Self::MaxZoneSkew => workload.max_zone_skew = None,
            Self::MaxMachineTypes => workload.max_machine_types = None,
            Self::State => workload.state = None,
            Self::SingleRegionPerUser => workload.single_region_per_user = false,
            Self::MaxQuorumRtt => workload.state.iter_mut().for_each(|state| state.max_quorum_rtt = None),
            Self::DegradedMaxRtt => workload.degraded_max_rtt = None,
            Self::MaxRtt => workload.max_rtt = None,
            // Rules over all workloads are gone by now.
            Self::LimitsMaxRegions
            | Self::LimitsMaxClouds
            | Self::Stock { .. }
            | Self::Environments(_)
            | Self::Quota(_)
            | Self::LimitsMaxMonthlyCost
            | Self::LimitsMaxMonthlyCarbon
            | Self::MaxPathRtt => {}
        }
    }

    /// Takes the rule out of a problem if it is one over all workloads; whether it is.
    fn drop_shared(self, problem: &mut Problem) -> bool {
        if let Some(limit) = self.shared_limit_in(&mut problem.limits) {
            *limit = None;
        } else if let Self::Stock { region, machine_type } = self {
            problem.regions[region.index()].stock.retain(|stock| stock.machine_type != machine_type);
        } else if let Self::Environments(region) = self {
            problem.regions[region.index()].max_environments = None;
        } else if let Self::Quota(quota) = self {
            problem.quotas[quota.index()].most = u64::MAX;
        } else if self == Self::LimitsMaxMonthlyCost {
            problem.limits.max_monthly_cost = None;
        } else if self == Self::LimitsMaxMonthlyCarbon {
            problem.limits.max_monthly_carbon = None;
        } else if self == Self::MaxPathRtt {
            problem.workloads.iter_mut().for_each(|workload| workload.max_path_rtt = None);
        } else {
            return false;
        }
        true
    }
}
