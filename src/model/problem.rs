//! The whole problem.

use std::sync::Arc;

use super::{
    Call, Commitment, LinkTable, MachineType, Order, Pool, Previous, Quota, Region, RegionId, RttTable, Target,
    UserGroup, Workload, WorkloadId,
};
use crate::units::{Carbon, Money, Ratio, Wait};

/// What is counted beside money that is really paid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Objective {
    /// Price of 1,000 kg of CO₂ equivalent; zero leaves carbon out of the decision.
    pub carbon_per_tonne: Money,
    /// Price each month of a millisecond on the way of one request per second; zero leaves latency out of the decision.
    pub latency_per_rps_ms: Money,
    /// Price each month of a replica where none stood before; zero lets everything move.
    pub move_per_replica: Money,
    /// What is minimised; it is not cost while the stages of an [`Order`] are solved, and prices are zero then.
    pub target: Target,
}

/// Limits over all workloads together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// At most this many regions hold any replica.
    pub max_regions: Option<u32>,
    /// At most this many clouds hold any replica.
    pub max_clouds: Option<u32>,
    /// At most this much is paid each month.
    pub max_monthly_cost: Option<Money>,
    /// At most this much is emitted each month.
    pub max_monthly_carbon: Option<Carbon>,
    /// At most so much time do all requests together spend on their way: what an [`Order`] leaves to its later targets.
    pub max_wait: Option<Wait>,
    /// Emissions must be known, because they are limited where this problem is a part of.
    pub needs_emissions: bool,
}

impl Limits {
    /// Whether a sum over everything is limited: money, carbon, or time on the way.
    pub fn have_sums(&self) -> bool {
        self.max_monthly_cost.is_some() || self.max_monthly_carbon.is_some() || self.max_wait.is_some()
    }

    /// The same without limits on sums. What would count towards one must be known all the same.
    #[must_use]
    pub fn without_sums(&self) -> Self {
        let needs_emissions = self.needs_emissions || self.max_monthly_carbon.is_some();
        Self { max_monthly_cost: None, max_monthly_carbon: None, max_wait: None, needs_emissions, ..*self }
    }
}

/// One source of catalog facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// What it says, such as `aws on-demand prices`.
    pub facts: String,
    /// Date of the facts, as `2026-06` or `2026-06-30`.
    pub as_of: String,
    /// Where they come from, with licence.
    pub origin: String,
}

/// Which catalog the supply was read from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CatalogStamp {
    /// Version of the embedded catalog.
    pub version: String,
    /// Date of its newest facts.
    pub as_of: String,
    /// SHA-256 of its normalised tables, in hexadecimal.
    pub digest: String,
    /// Sources, by facts.
    pub sources: Vec<Source>,
    /// True if the problem or the provider changed prices or regions of the embedded catalog.
    pub is_overlaid: bool,
}

/// What was stated, before names, prices and round trips were looked up: what a certificate says the answer is an answer to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statement {
    /// The problem as canonical JSON.
    pub problem: String,
    /// The `catalog` of the provider's configuration as canonical JSON, if there was one.
    pub provider_catalog: Option<String>,
}

/// A placement problem, complete and ordered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problem {
    /// By name.
    pub users: Vec<UserGroup>,
    /// By name.
    pub workloads: Vec<Workload>,
    /// By name; their members are not among the workloads.
    pub pools: Vec<Pool>,
    /// By key.
    pub regions: Vec<Region>,
    /// By cloud and name.
    pub machine_types: Arc<[MachineType]>,
    /// By label.
    pub commitments: Vec<Commitment>,
    /// Between users and regions.
    pub rtt: RttTable,
    /// Between regions.
    pub links: LinkTable,
    /// Over everything.
    pub limits: Limits,
    /// Over everything in one region, by region.
    pub quotas: Vec<Quota>,
    /// What is minimised.
    pub objective: Objective,
    /// What is minimised one after another, if not cost alone.
    pub order: Option<Order>,
    /// Largest distance between cost and bound, relative to the cost, at which a placement is called optimal.
    pub gap_tolerance: Ratio,
    /// What stood before, if anything is to be kept of it.
    pub previous: Option<Previous>,
    /// How many of the next best placements are asked for, of everything that is decided together.
    pub alternatives: u32,
    /// Whether it is asked for which limits bind, and what one unit more of each would save.
    pub bindings: bool,
    /// Where the supply comes from.
    pub catalog: CatalogStamp,
    /// The text it was read from; `None` for a problem made of values.
    pub stated: Option<Statement>,
}

impl Problem {
    /// Whether everything that runs must have a carbon figure.
    pub fn counts_carbon(&self) -> bool {
        self.objective.carbon_per_tonne > Money::ZERO
            || self.limits.max_monthly_carbon.is_some()
            || self.limits.needs_emissions
            || self.has_target(Target::Carbon)
    }

    /// Whether every round trip that is travelled must be known.
    pub fn counts_latency(&self) -> bool {
        self.objective.latency_per_rps_ms > Money::ZERO || self.counts_wait() || self.has_target(Target::Latency)
    }

    /// Whether the time that requests spend on their way is minimised or limited as such, and not by its price.
    pub fn counts_wait(&self) -> bool {
        self.limits.max_wait.is_some() || self.objective.target == Target::Latency
    }

    fn has_target(&self, target: Target) -> bool {
        self.objective.target == target || self.order.as_ref().is_some_and(|order| order.has(target))
    }

    /// The workload of a name; none of those in pools.
    pub fn workload_named(&self, name: &str) -> Option<WorkloadId> {
        self.workloads.iter().position(|workload| workload.name == name).map(WorkloadId::at)
    }

    /// The workloads that a workload calls, with what it asks of them.
    pub fn calls_of(&self, caller: WorkloadId) -> impl Iterator<Item = (WorkloadId, &Call)> {
        let calls = self.workloads[caller.index()].calls.iter();
        calls.filter_map(|call| Some((self.workload_named(&call.callee)?, call)))
    }

    /// True if some workload calls `callee`.
    pub fn is_called(&self, callee: WorkloadId) -> bool {
        // Most problems have no calls, and some have very many workloads.
        if self.links.is_empty() {
            return false;
        }
        let name = &self.workloads[callee.index()].name;
        self.workloads.iter().flat_map(|workload| &workload.calls).any(|call| call.callee == *name)
    }

    /// True if the workload calls others, or others it.
    pub fn has_calls(&self, workload: WorkloadId) -> bool {
        self.calls_of(workload).next().is_some() || self.is_called(workload)
    }

    /// Workloads with every caller before those it calls. Calls make no circle: `parse` refuses those.
    pub fn callers_first(&self) -> Vec<WorkloadId> {
        let mut waiting: Vec<usize> = vec![0; self.workloads.len()];
        let called = |caller| self.calls_of(WorkloadId::at(caller)).map(|(callee, _)| callee.index());
        for callee in (0..self.workloads.len()).flat_map(called) {
            waiting[callee] += 1;
        }
        let mut order: Vec<usize> = (0..waiting.len()).filter(|&workload| waiting[workload] == 0).collect();
        let mut at = 0;
        while let Some(&caller) = order.get(at) {
            at += 1;
            for callee in called(caller) {
                waiting[callee] -= 1;
                if waiting[callee] == 0 {
                    order.push(callee);
                }
            }
        }
        order.into_iter().map(WorkloadId::at).collect()
    }

    /// Whether a sum over everything is limited, or something else is minimised than what is paid and priced.
    pub fn counts_sums(&self) -> bool {
        self.limits.have_sums() || self.objective.target != Target::Cost
    }

    /// Whether it matters which machines are used in a region and not only what they cost: quotas, or sums over everything, count them.
    pub fn counts_machines_in(&self, region: RegionId) -> bool {
        self.counts_sums() || self.quotas_in(region).next().is_some()
    }

    /// The quotas of a region.
    pub fn quotas_in(&self, region: RegionId) -> impl Iterator<Item = &Quota> {
        self.quotas.iter().filter(move |quota| quota.region == region)
    }
}
