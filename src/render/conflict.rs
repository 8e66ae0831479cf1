//! Why there is no placement, in words: what cannot hold together, the facts that show it, and the way out.
//!
//! ```text
//! error[conflict]: no placement keeps every promise of workload `payments`
//!   = max_rtt_ms = 15 leaves 1 of 6 regions: aws/eu-central-1
//!   = min_regions = 2
//!   = because the next nearest region, aws/eu-west-3, answers `frankfurt` in 18.1 ms
//! help: set max_rtt_ms = 18.05 (cost 74.10 USD/month), or set min_regions = 1 (cost 70.00 USD/month)
//! ```

mod facts;

use std::fmt;

use super::words::{count, gib, monthly, ms_exact, names, vcpu};
use crate::explain::{Change, Conflict, ConflictingRule, Relaxation, Rule, SharedConflict, WorkloadConflict};
use crate::model::{PoolId, Problem, QuotaUnit, Workload};
use crate::units::Millicores;
use facts::{because, fact, shared_fact};

/// One set of rules that cannot hold together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The workload whose rules they are; `None` for rules over several workloads.
    pub workload: Option<String>,
    /// What cannot be, without a full stop.
    pub message: String,
    /// The rules, each with what it says and what follows from it.
    pub rules: Vec<FoundRule>,
    /// The fact that settles it, if one does.
    pub because: Option<String>,
    /// The changes that would work, smallest first by argument.
    pub help: Option<String>,
}

/// Where an argument is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// In the workload.
    Workload,
    /// In the problem, for all workloads.
    Problem,
    /// In one of the two.
    Either,
}

/// One rule of a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundRule {
    /// Where the argument is written.
    pub scope: Scope,
    /// The argument: inside the workload, or inside the problem, as `max_rtt_ms`, `allowed.clouds`, `limits.max_regions`.
    pub argument: String,
    /// What it says, as it would be written: `max_rtt_ms = 15`.
    pub stated: String,
    /// What follows from it alone, such as `leaves 1 of 6 regions`.
    pub fact: Option<String>,
}

/// As a message, with a line for each fact and the way out on a line of its own.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error[conflict]: {}", self.message)?;
        for rule in &self.rules {
            write!(f, "\n  = {rule}")?;
        }
        if let Some(because) = &self.because {
            write!(f, "\n  = because {because}")?;
        }
        if let Some(help) = &self.help {
            write!(f, "\nhelp: {help}")?;
        }
        Ok(())
    }
}

/// `max_rtt_ms = 15 leaves 1 of 6 regions`.
impl fmt::Display for FoundRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.stated)?;
        if let Some(fact) = &self.fact {
            write!(f, " {fact}")?;
        }
        Ok(())
    }
}

/// The findings of a conflict: one for each of its workloads, in their order, then one for those that do not fit together, then one for each pool.
pub fn findings(problem: &Problem, conflict: &Conflict) -> Vec<Finding> {
    let alone = conflict.workloads.iter().map(|found| of_workload(problem, found));
    let together = conflict.together.iter().map(|shared| of_limits(problem, shared));
    let of_pools = conflict.pools.iter().map(|found| super::pools::finding(problem, found));
    alone.chain(together).chain(of_pools).collect()
}

/// The whole conflict as text, a blank line between findings.
pub fn conflict(problem: &Problem, conflict: &Conflict) -> String {
    findings(problem, conflict).iter().map(ToString::to_string).collect::<Vec<_>>().join("\n\n")
}

/// A change of a rule as an instruction: `set max_rtt_ms = 18.05`.
pub(super) fn way_out(workload: Option<&Workload>, rule: Rule, change: &Change) -> String {
    // Where both the problem and the workload have lists, the name alone does not say which one is meant.
    let rule = match workload.map(|workload| scope(workload, rule)) {
        Some(Scope::Problem) if matches!(rule, Rule::Listed { .. }) => format!("{rule} of the problem"),
        Some(Scope::Workload) if matches!(rule, Rule::Listed { .. }) => format!("{rule} of the workload"),
        _ => rule.to_string(),
    };
    match change {
        Change::Share(share) if rule == Rule::Weights.to_string() => {
            format!("set spread.weight_tolerance = {}", share.to_decimal())
        }
        Change::RoundTrip(limit) => format!("set {rule} = {}", ms_exact(*limit)),
        Change::Count(number) => format!("set {rule} = {number}"),
        Change::Allow(entry) => format!("add \"{entry}\" to {rule}"),
        Change::Undeny(entry) => format!("remove \"{entry}\" from {rule}"),
        Change::AllowBurstable => "set allow_burstable = true".to_owned(),
        Change::Replica { vcpu: processor, memory } => {
            format!("let a replica ask for at most {} and {}", vcpu(*processor), gib(*memory))
        }
        Change::Resource { name, amount } if amount.0 == 0 => format!("remove \"{name}\" from {rule}"),
        Change::Resource { name, amount } => {
            format!("let a replica ask for at most {} of \"{name}\"", amount.to_decimal())
        }
        Change::Machines { machine, site, count } => format!("have {count} machines of {machine} in {site}"),
        Change::Environments { region, most } => {
            format!("let {most} environments of functions run at a time in {region}")
        }
        Change::Function { memory, duration, states_vcpu } => {
            let size = format!("let the function ask for at most {} and {} ms", gib(*memory), duration.to_decimal());
            if *states_vcpu { format!("{size}, and state function.vcpu") } else { size }
        }
        Change::Quota { subject, unit, most } => format!("have a quota of {} {subject}", quota_amount(*unit, *most)),
        Change::Share(share) => format!("set {rule} = {}", share.to_decimal()),
        Change::Quorum(left) => format!("set {rule}.quorum = {left}"),
        Change::MonthlyCost(most) => format!("set {rule} = {}", most.usd()),
        Change::MonthlyCarbon(most) => format!("set {rule} = {}", most.to_decimal()),
        Change::Drop => format!("remove {rule}"),
    }
}

/// An amount of what a quota counts, as a number.
pub(super) fn quota_amount(unit: QuotaUnit, amount: u64) -> String {
    match unit {
        QuotaUnit::Vcpu => Millicores(amount).to_decimal().to_string(),
        QuotaUnit::Instances => amount.to_string(),
    }
}

/// Where a rule in force for `workload` is written: of two selectors the first is the problem's.
fn scope(workload: &Workload, rule: Rule) -> Scope {
    match rule {
        Rule::CarbonPrice
        | Rule::LatencyPrice
        | Rule::Order
        | Rule::LimitsMaxRegions
        | Rule::LimitsMaxClouds
        | Rule::Stock { .. }
        | Rule::Environments(_)
        | Rule::Quota(_)
        | Rule::LimitsMaxMonthlyCost
        | Rule::LimitsMaxMonthlyCarbon => Scope::Problem,
        Rule::Listed { selector, .. } => match (workload.selectors.len(), selector) {
            (2, 0) => Scope::Problem,
            (2, _) => Scope::Workload,
            _ => Scope::Either,
        },
        Rule::Response
        | Rule::NoBurstable
        | Rule::ReplicaSize
        | Rule::FunctionSize
        | Rule::ReplicaGpus
        | Rule::ReplicaResources
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
        | Rule::MaxRtt => Scope::Workload,
    }
}

fn of_workload(problem: &Problem, found: &WorkloadConflict) -> Finding {
    let workload = &problem.workloads[found.workload.index()];
    let name = workload.name.clone();
    if found.rules.is_empty() {
        return Finding {
            message: format!("workload `{name}` cannot be placed: nothing is on sale, whatever its rules"),
            workload: Some(name),
            rules: Vec::new(),
            because: Some(format!(
                "the catalog offers {} in {}",
                count(problem.machine_types.len(), "machine type", "machine types"),
                count(problem.regions.len(), "region", "regions")
            )),
            help: Some("exclude fewer machine types in catalog.excluded_instance_types".to_owned()),
        };
    }
    let rules: Vec<Rule> = found.rules.iter().map(|conflicting| conflicting.rule).collect();
    let ways: Vec<String> = found
        .rules
        .iter()
        .filter_map(|conflicting| Some((conflicting.rule, conflicting.relaxation.as_ref()?)))
        .map(|(rule, relaxation)| priced(way_out(Some(workload), rule, &relaxation.change), relaxation))
        .collect();
    let help = if ways.is_empty() {
        "no change of one of these rules alone is enough: loosen several".to_owned()
    } else {
        ways.join(", or ")
    };
    Finding {
        message: format!("no placement keeps every promise of workload `{name}`"),
        workload: Some(name),
        rules: rules.iter().map(|&rule| fact(problem, found.workload, rule)).collect(),
        because: because(problem, found.workload, &rules),
        help: Some(help),
    }
}

fn priced(way: String, relaxation: &Relaxation) -> String {
    match relaxation.cost {
        Some(cost) => format!("{way} (cost {})", monthly(cost)),
        None => way,
    }
}

fn of_limits(problem: &Problem, shared: &SharedConflict) -> Finding {
    let workloads = shared.workloads.iter().map(|workload| format!("`{}`", problem.workloads[workload.index()].name));
    let pools = shared.pools.iter().map(|pool| format!("`{}`", problem.pools[pool.index()].name));
    let listed = |one: &str, many: &str, count: usize, names: String| match count {
        0 => None,
        1 => Some(format!("{one} {names}")),
        _ => Some(format!("{many} {names}")),
    };
    let parts = [
        listed("workload", "workloads", shared.workloads.len(), names(workloads)),
        listed("pool", "pools", shared.pools.len(), names(pools)),
    ];
    let parts = parts.into_iter().flatten().collect::<Vec<_>>().join(" and ");
    let mut ways: Vec<String> = shared
        .rules
        .iter()
        .filter_map(|conflicting| Some((conflicting.rule, conflicting.relaxation.as_ref()?)))
        .map(|(rule, relaxation)| priced(way_out(None, rule, &relaxation.change), relaxation))
        .collect();
    let is_standby = |pool: &PoolId| problem.pools[pool.index()].stands_by.is_some();
    if ways.is_empty() && shared.pools.iter().any(is_standby) {
        ways.push(
            "allow more regions, or clouds: what stands by for a pool is in one of its own; or lower `survive.regions` and `survive.clouds` of its workloads"
                .to_owned(),
        );
    }
    let stated = |conflicting: &ConflictingRule| shared_fact(problem, conflicting.rule);
    Finding {
        workload: None,
        message: format!("{parts} cannot be placed together, though each can alone"),
        rules: shared.rules.iter().map(stated).collect(),
        because: None,
        help: (!ways.is_empty()).then(|| ways.join(", or ")),
    }
}
