//! One machine group with everything its readers name, looked up once.

use crate::check::{PlacedGroup, Placement};
use crate::model::{MachineType, Problem, Region, RegionId, Rtt, UserGroup, UserId, Workload, WorkloadId};
use crate::units::{MilliRps, Money, RoundTrip};

/// A group of a placement.
#[derive(Clone, Debug)]
pub(super) struct Group<'a> {
    pub(super) ids: (WorkloadId, RegionId),
    pub(super) workload: &'a Workload,
    pub(super) region: &'a Region,
    pub(super) machine: &'a MachineType,
    pub(super) placed: &'a PlacedGroup,
    /// Price of one instance for one hour.
    pub(super) hourly: Money,
    /// What it answers, by user group.
    pub(super) traffic: Vec<Traffic<'a>>,
}

/// Requests of one user group that a machine group answers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Traffic<'a> {
    pub(super) id: UserId,
    pub(super) user: &'a UserGroup,
    pub(super) rate: MilliRps,
    pub(super) rtt: Option<Rtt>,
}

/// The groups of a placement by workload, then region.
pub(super) fn groups<'a>(problem: &'a Problem, placement: &'a Placement) -> Vec<Group<'a>> {
    placement.groups().iter().map(|(&ids, placed)| Group::of(problem, ids, placed)).collect()
}

impl<'a> Group<'a> {
    fn of(problem: &'a Problem, ids: (WorkloadId, RegionId), placed: &'a PlacedGroup) -> Self {
        let region = &problem.regions[ids.1.index()];
        let machine_type = placed.group.machine_type;
        let offer = region.offers.iter().find(|offer| offer.machine_type == machine_type);
        let traffic = placed.group.traffic.iter().map(|(&id, &rate)| Traffic {
            id,
            user: &problem.users[id.index()],
            rate,
            rtt: problem.rtt.get(id, ids.1),
        });
        Self {
            ids,
            workload: &problem.workloads[ids.0.index()],
            region,
            machine: &problem.machine_types[machine_type.index()],
            placed,
            // `check` has refused placements of machines that are not on sale.
            hourly: offer.map_or(Money::ZERO, |offer| offer.hourly),
            traffic: traffic.collect(),
        }
    }

    /// `workload/cloud/region`.
    pub(super) fn key(&self) -> String {
        format!("{}/{}", self.workload.name, self.region.key)
    }

    /// Instances in all zones.
    pub(super) fn instances(&self) -> u64 {
        self.placed.group.instances()
    }

    /// Replicas all instances hold.
    pub(super) fn replicas(&self) -> u64 {
        self.instances().saturating_mul(self.placed.replicas_per_instance)
    }

    /// Load the replicas carry, in thousandths of a request per second.
    pub(super) fn capacity_milli_rps(&self) -> i128 {
        i128::from(self.replicas()) * i128::from(self.workload.rate_per_replica.0)
    }

    /// Zones with instances: name and count.
    pub(super) fn zones(&self) -> impl Iterator<Item = (&'a str, u64)> {
        let counts = self.placed.group.instances_by_zone.iter().copied();
        self.region.zones.iter().map(String::as_str).zip(counts).filter(|&(_, count)| count > 0)
    }

    /// The longest round trip to a user group it answers; nothing if it answers none or any is unknown.
    pub(super) fn longest_round_trip(&self) -> Option<RoundTrip> {
        let round_trips: Option<Vec<RoundTrip>> =
            self.traffic.iter().map(|traffic| traffic.rtt.map(|rtt| rtt.round_trip)).collect();
        round_trips?.into_iter().max()
    }
}
