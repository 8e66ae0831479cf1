//! What a replica costs in a region: the yardstick by which readers compare places.

use crate::formulate::Leaders;
use crate::model::{Problem, Purchase, RegionId, TypeId, WorkloadId};
use crate::units::{HOURS_PER_MONTH, Money};

/// What machines cost per replica of one workload.
#[derive(Clone, Debug)]
pub struct ReplicaPrices<'a> {
    /// Replicas one machine holds, by [`TypeId`]; zero where it may hold none.
    replicas: Vec<u64>,
    /// Nothing if the workload selects types: then the cheapest may be behind one that is refused.
    leaders: Option<&'a Leaders<'a, Money>>,
}

impl<'a> ReplicaPrices<'a> {
    /// Looks at every machine type once.
    pub fn of(problem: &Problem, workload: WorkloadId, leaders: &'a Leaders<'a, Money>) -> Self {
        let workload = &problem.workloads[workload.index()];
        let part = |capacity: u64, reserved: u64, request: u64| capacity.saturating_sub(reserved) / request;
        let replicas = problem.machine_types.iter().map(|machine| {
            if !workload.runs_on_machines {
                return 0;
            }
            let (replica, reserved) = (&workload.replica, &workload.reserved);
            let by_name = replica
                .resources
                .iter()
                .map(|(name, asked)| part(machine.resources.get(name).0, reserved.resources.get(name).0, asked.0));
            let fitting = part(machine.vcpu.0, reserved.vcpu.0, replica.vcpu.0)
                .min(part(machine.memory.0, reserved.memory.0, replica.memory.0))
                .min(machine.gpus.checked_div(replica.gpus).map_or(u64::MAX, u64::from))
                .min(by_name.min().unwrap_or(u64::MAX));
            let may_be_used = fitting > 0
                && (workload.allow_burstable || !machine.is_burstable)
                && workload.machine_refusal(machine).is_none();
            if may_be_used { fitting } else { 0 }
        });
        let replicas = replicas.collect();
        Self { replicas, leaders: workload.selectors.is_empty().then_some(leaders) }
    }

    /// The least that machines in `region` cost per replica and month, on demand, each of them full; nothing if none may hold a replica. Egress, fixed
    /// costs and the price of carbon are not in it.
    pub fn cheapest(&self, problem: &Problem, region: RegionId) -> Option<Money> {
        let offers = &problem.regions[region.index()].offers;
        let find = |leaders: &'a Leaders<'a, Money>| {
            leaders.in_region(region, |sizes| Some(sizes.leaders(offers, |offer| Some(offer.hourly))))
        };
        if let Some(leading) = self.leaders.and_then(find) {
            return self.least(leading.iter().copied());
        }
        let on_demand = offers.iter().filter(|offer| offer.purchase == Purchase::OnDemand);
        self.least(on_demand.map(|offer| (offer.hourly, offer.machine_type)))
    }

    fn least(&self, machines: impl Iterator<Item = (Money, TypeId)>) -> Option<Money> {
        let mut cheapest: Option<(Money, i128)> = None;
        for (hourly, machine_type) in machines {
            let replicas = i128::from(self.replicas[machine_type.index()]);
            let is_cheaper = || cheapest.is_none_or(|(least, held)| hourly.times(held) < least.times(replicas));
            if replicas > 0 && is_cheaper() {
                cheapest = Some((hourly, replicas));
            }
        }
        cheapest.map(|(hourly, replicas)| hourly.scaled(HOURS_PER_MONTH, replicas))
    }
}
