//! Cost of a placement, line by line, in whole micro-USD per month; each line is rounded once, half away from zero.
//!
//! > machines(w, r) = instances × hourly price × 730
//! > egress(w, r)   = load × response × 2,628,000 s × price per 10^9 bytes
//! > carbon(w, r)   = instances × hourly emissions × 730, priced per tonne
//! > fixed(r)       = fixed monthly cost of each region that holds any replica, once

use super::Violation;
use super::machines::offer;
use crate::model::{Assignment, Group, Problem, RegionId, WorkloadId};
use crate::units::{Carbon, HOURS_PER_MONTH, Money, SECONDS_PER_MONTH};

/// Every cost must be known: a workload whose answers have a size is only in regions with an egress price.
pub(super) fn check(problem: &Problem, assignment: &Assignment, violations: &mut Vec<Violation>) {
    for &(workload, region) in assignment.groups.keys() {
        let sends = problem.workloads[workload.index()].response.0 > 0;
        if sends && problem.regions[region.index()].internet_egress_per_gb.is_none() {
            violations.push(Violation::UnknownEgressPrice { workload, region });
        }
    }
}

/// Cost and emissions of one group each month.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CostLines {
    /// Instances, on demand.
    pub machines: Money,
    /// Answers sent to the users.
    pub egress: Money,
    /// Emissions at the price of the objective; not paid to anybody.
    pub carbon: Money,
    /// Emissions; `None` if no figure is known.
    pub emissions: Option<Carbon>,
}

impl CostLines {
    /// Cost and emissions of `group`, whose offer and egress price exist.
    pub(super) fn of(problem: &Problem, workload: WorkloadId, region: RegionId, group: &Group) -> Self {
        let instances = i128::from(group.instances());
        let place = &problem.regions[region.index()];
        let offer = offer(problem, region, group.machine_type);
        let emissions =
            offer.and_then(|offer| offer.carbon_hourly).map(|hourly| Carbon(hourly.0 * instances * HOURS_PER_MONTH));
        let response = i128::from(problem.workloads[workload.index()].response.0);
        // The load is in thousandths of a request per second, the price per 10^9 bytes.
        let bytes_thousandfold = i128::from(group.load().0) * response * SECONDS_PER_MONTH;
        let price = place.internet_egress_per_gb.unwrap_or_default();
        Self {
            machines: offer.map_or(Money::ZERO, |offer| offer.hourly.times(instances * HOURS_PER_MONTH)),
            egress: price.scaled(bytes_thousandfold, 1_000_000_000_000),
            // A tonne is 10^9 milligrams.
            carbon: emissions
                .map_or(Money::ZERO, |mass| problem.objective.carbon_per_tonne.scaled(mass.0, 1_000_000_000)),
            emissions,
        }
    }

    /// What the group adds to the objective.
    pub fn total(&self) -> Money {
        self.machines + self.egress + self.carbon
    }
}

/// Sums over a placement, each month.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Instances.
    pub machines: Money,
    /// Fixed cost of the regions used.
    pub fixed: Money,
    /// Answers sent to the users.
    pub egress: Money,
    /// Emissions at the price of the objective.
    pub carbon: Money,
    /// Emissions; `None` if those of any group are unknown.
    pub emissions: Option<Carbon>,
}

impl Totals {
    /// What is minimised.
    pub fn objective(&self) -> Money {
        self.machines + self.fixed + self.egress + self.carbon
    }

    /// What is paid: everything but the price put on carbon.
    pub fn paid(&self) -> Money {
        self.machines + self.fixed + self.egress
    }
}
