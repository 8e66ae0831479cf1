//! One machine group with everything its readers name, looked up once.

use crate::check::{PlacedGroup, Placement, Usage};
use crate::model::{
    Environments, Function, FunctionOffer, MachineSet, MachineType, Offer, Problem, Purchase, Region, RegionId, Rtt,
    UserGroup, UserId, Workload, WorkloadId,
};
use crate::units::{MilliRps, Money, RoundTrip};

/// A group of a placement.
#[derive(Clone, Debug)]
pub(super) struct Group<'a> {
    pub(super) ids: (WorkloadId, RegionId),
    pub(super) workload: &'a Workload,
    pub(super) region: &'a Region,
    /// Its machine sets in their order; empty if it runs as a function only.
    pub(super) machines: Vec<Machines<'a>>,
    /// Its function, if it has one.
    pub(super) function: Option<RunsAs<'a>>,
    pub(super) placed: &'a PlacedGroup,
    /// What it answers, by user group; where replicas are counted, they stand in the place of users.
    pub(super) traffic: Vec<Traffic<'a>>,
    /// What it calls: callee, region that answers, and how often.
    pub(super) calls: Vec<(&'a Workload, &'a Region, MilliRps)>,
}

/// A machine set of a group.
#[derive(Clone, Copy, Debug)]
pub(super) struct Machines<'a> {
    pub(super) machine: &'a MachineType,
    pub(super) set: &'a MachineSet,
    /// The label of the commitment it is bought by.
    pub(super) commitment: Option<&'a str>,
    /// Replicas one instance holds.
    pub(super) replicas_per_instance: u64,
    /// Price of one instance for one hour.
    pub(super) hourly: Money,
}

/// The function of a group.
#[derive(Clone, Copy, Debug)]
pub(super) struct RunsAs<'a> {
    pub(super) function: Function,
    pub(super) offer: &'a FunctionOffer,
    pub(super) used: Environments,
    pub(super) usage: Usage,
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
        let machines = placed.group.machines.iter().zip(&placed.replicas_per_instance).map(|(set, &held)| {
            let is_of = |offer: &&Offer| (offer.machine_type, offer.purchase) == (set.machine_type, set.purchase);
            Machines {
                machine: &problem.machine_types[set.machine_type.index()],
                set,
                commitment: match set.purchase {
                    Purchase::Committed(id, _) => Some(&problem.commitments[id.index()].label),
                    Purchase::OnDemand | Purchase::Spot => None,
                },
                replicas_per_instance: held,
                // `check` has refused placements of machines that are not on sale.
                hourly: region.offers.iter().find(is_of).map_or(Money::ZERO, |offer| offer.hourly),
            }
        });
        let traffic = placed.group.traffic.iter().map(|(&id, &rate)| Traffic {
            id,
            user: &problem.users[id.index()],
            rate,
            rtt: problem.rtt.get(id, ids.1),
        });
        let calls = placed
            .group
            .calls
            .iter()
            .map(|(&(callee, to), &rate)| (&problem.workloads[callee.index()], &problem.regions[to.index()], rate));
        Self {
            ids,
            workload: &problem.workloads[ids.0.index()],
            region,
            machines: machines.collect(),
            function: Self::function(&problem.workloads[ids.0.index()], region, placed),
            placed,
            traffic: traffic.collect(),
            calls: calls.collect(),
        }
    }

    fn function(workload: &Workload, region: &'a Region, placed: &PlacedGroup) -> Option<RunsAs<'a>> {
        let (used, usage) = placed.group.function.zip(placed.usage)?;
        Some(RunsAs { function: workload.function?, offer: region.functions.get(used.offer.index())?, used, usage })
    }

    /// What it answers of users.
    pub(super) fn answers(&self) -> impl Iterator<Item = &Traffic<'a>> {
        self.traffic.iter().filter(|traffic| !traffic.user.is_counted())
    }

    /// The first of its machine sets: what a group of one set consists of; nothing if it runs as a function only.
    pub(super) fn first(&self) -> Option<&Machines<'a>> {
        self.machines.first()
    }

    /// The load of its machines, where a function carries the rest; the most of any time.
    pub(super) fn load_of_machines(&self) -> MilliRps {
        let function = self.function.map_or(0, |function| function.used.rate.0);
        MilliRps(self.load().0.saturating_sub(function))
    }

    /// Its machine types and its service: `m7g.large`, `m7g.large + m7g.large spot`, `lambda (arm64)`.
    pub(super) fn type_names(&self) -> String {
        let name = |machines: &Machines<'_>| match machines.set.purchase {
            Purchase::OnDemand => machines.machine.name.clone(),
            Purchase::Spot => format!("{} spot", machines.machine.name),
            Purchase::Committed(..) => format!("{} committed", machines.machine.name),
        };
        let service = self.function.map(|of| format!("{} ({})", of.offer.service, of.offer.architecture));
        self.machines.iter().map(name).chain(service).collect::<Vec<_>>().join(" + ")
    }

    /// The most it carries at any time.
    pub(super) fn load(&self) -> MilliRps {
        let peak = self.placed.asked.peak().div_ceil(1_000_000);
        MilliRps(u64::try_from(peak).unwrap_or(u64::MAX))
    }

    /// Instances in each period in turn.
    pub(super) fn sizes(&self) -> Vec<u64> {
        let periods = self.workload.profile.calendar.periods();
        (0..periods).map(|period| self.placed.group.instances_in_period(period)).collect()
    }

    /// Instances in each paid period in turn.
    pub(super) fn paid_sizes(&self) -> Vec<u64> {
        let calendar = self.workload.profile.calendar;
        let sizes = self.sizes().into_iter().enumerate();
        sizes.filter(|&(period, _)| calendar.is_paid(period)).map(|(_, size)| size).collect()
    }

    /// `workload/cloud/region`.
    pub(super) fn key(&self) -> String {
        format!("{}/{}", self.workload.name, self.region.key)
    }

    /// Instances in all zones, when there are most.
    pub(super) fn instances(&self) -> u64 {
        self.sizes().into_iter().max().unwrap_or(0)
    }

    /// Replicas that are to run: all that its instances hold, unless their number is fixed.
    pub(super) fn replicas(&self) -> u64 {
        if self.workload.is_counted_exactly() { self.load().0 } else { self.replicas_held() }
    }

    /// Replicas all instances hold.
    fn replicas_held(&self) -> u64 {
        self.placed
            .group
            .machines
            .iter()
            .zip(&self.placed.replicas_per_instance)
            .map(|(set, &held)| set.instances().saturating_mul(held))
            .sum()
    }

    /// Load the replicas carry, in thousandths of a request per second.
    pub(super) fn capacity_of_machines(&self) -> i128 {
        i128::from(self.replicas_held()) * i128::from(self.workload.rate_per_replica.0)
    }

    /// Whether requests say how many replicas there are, and not a number of them.
    pub(super) const fn has_load(&self) -> bool {
        self.workload.replicas.is_none()
    }

    /// Load that replicas and environments carry, in thousandths of a request per second.
    pub(super) fn capacity_milli_rps(&self) -> i128 {
        self.capacity_of_machines() + self.function.map_or(0, |function| function.usage.capacity)
    }

    /// Zones with instances: name and count.
    pub(super) fn zones(&self) -> impl Iterator<Item = (&'a str, u64)> {
        let names = self.region.zones.iter().enumerate();
        let counted = |(zone, name): (usize, &'a String)| (name.as_str(), self.placed.group.instances_in_zone(zone));
        names.map(counted).filter(|&(_, count)| count > 0)
    }

    /// The longest sum of round trips from a user group through this group and what is called and waited for; nothing if it answers no users or
    /// any round trip is unknown.
    pub(super) fn longest_path(&self) -> Option<RoundTrip> {
        Some(RoundTrip(self.longest_round_trip()?.0.saturating_add(self.placed.wait?.0)))
    }

    /// The longest round trip to a user group it answers; nothing if it answers none or any is unknown.
    pub(super) fn longest_round_trip(&self) -> Option<RoundTrip> {
        let round_trips: Option<Vec<RoundTrip>> =
            self.answers().map(|traffic| traffic.rtt.map(|rtt| rtt.round_trip)).collect();
        round_trips?.into_iter().max()
    }
}
