//! What a replica costs in a region: the yardstick by which readers compare places.

use crate::model::{Problem, Purchase, RegionId, WorkloadId};
use crate::units::{HOURS_PER_MONTH, Money};

/// What machines cost per replica of one workload.
#[derive(Clone, Debug)]
pub struct ReplicaPrices {
    /// Replicas one machine holds, by [`TypeId`](crate::model::TypeId); zero where it may hold none.
    replicas: Vec<u64>,
}

impl ReplicaPrices {
    /// Looks at every machine type once.
    pub fn of(problem: &Problem, workload: WorkloadId) -> Self {
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
        Self { replicas: replicas.collect() }
    }

    /// The least that machines in `region` cost per replica and month, on demand, each of them full; nothing if none may hold a replica. Egress, fixed
    /// costs and the price of carbon are not in it.
    pub fn cheapest(&self, problem: &Problem, region: RegionId) -> Option<Money> {
        let mut cheapest: Option<(Money, i128)> = None;
        let offers = problem.regions[region.index()].offers.iter();
        for offer in offers.filter(|offer| offer.purchase == Purchase::OnDemand) {
            let replicas = i128::from(self.replicas[offer.machine_type.index()]);
            let is_cheaper = || cheapest.is_none_or(|(hourly, held)| offer.hourly.times(held) < hourly.times(replicas));
            if replicas > 0 && is_cheaper() {
                cheapest = Some((offer.hourly, replicas));
            }
        }
        cheapest.map(|(hourly, replicas)| hourly.scaled(HOURS_PER_MONTH, replicas))
    }
}
