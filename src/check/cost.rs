//! Cost of a placement, line by line, in whole micro-USD per month; each line is rounded once, half away from zero.
//!
//! > machines(w, r) = sum over its machine sets of mean instances × hourly price × 730
//! > functions(w, r) = what the function answers, by the request and by the time that it is worked on (`functions.rs`)
//! > egress(w, r)   = mean load × response × 2,628,000 s × price per 10^9 bytes
//! > latency(w, r)  = sum over user groups of mean traffic × round trip, priced per request per second and millisecond
//! > calls(w, r)    = calls × seconds × (bytes sent × price there + bytes of the answer × price back), of all calls that the group makes
//! > storage(w, r)  = data × copies × price per 2^30 bytes
//! > replication(w, r) = mean load × bytes written × 2,628,000 s × (price per 10^9 bytes between zones × copies in other zones, and of each way to a copy in
//! >                    another region)
//! > moves(w, r)    = replicas beyond those that stood there before, at the price of the objective (`moves.rs`)
//! > carbon(w, r)   = sum over its machine sets of mean instances × hourly emissions × 730, and of what its function emits, priced per tonne
//! > fixed(r)       = fixed monthly cost of each region that holds any replica, once
//!
//! Means are over the paid periods of the workload's demand: what runs and what is asked for in each hour, divided by the number of hours at the end.

use super::Violation;
use super::machines::offer;
use super::state::Elsewhere;
use super::{calls, functions, moves, pools, state};
use crate::model::{
    Asked, Assignment, Demand, Group, MachineSet, Offer, Pool, PoolNodes, PooledNodes, Problem, RegionId, WorkloadId,
};
use crate::units::{Carbon, HOURS_PER_MONTH, Money, SECONDS_PER_MONTH, Wait};

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
    /// Instances.
    pub machines: Money,
    /// What runs as a function.
    pub functions: Money,
    /// Answers sent to the users.
    pub egress: Money,
    /// Time on the way at the price of the objective; not paid to anybody.
    pub latency: Money,
    /// Calls to other workloads, and their answers.
    pub calls: Money,
    /// The copies of the data that is kept.
    pub storage: Money,
    /// Writes to copies in other zones and regions.
    pub replication: Money,
    /// Replicas where none stood before, at the price of the objective; not paid to anybody.
    pub moves: Money,
    /// Emissions at the price of the objective; not paid to anybody.
    pub carbon: Money,
    /// Emissions; `None` if no figure is known.
    pub emissions: Option<Carbon>,
    /// Time that requests of users spend on their way, the mean of all paid hours; `None` if a round trip is unknown.
    pub wait: Option<Wait>,
}

impl CostLines {
    /// Cost and emissions of `group`, whose offers and prices exist, and of which so much is asked.
    pub(super) fn of(
        problem: &Problem,
        workload: WorkloadId,
        region: RegionId,
        (group, elsewhere): (&Group, Elsewhere),
        load: &Asked,
        before: &moves::Before,
    ) -> Self {
        let place = &problem.regions[region.index()];
        let asked = &problem.workloads[workload.index()];
        let calendar = asked.profile.calendar;
        let hours = calendar.hours as i128;
        let run = |set: &MachineSet| -> i128 {
            let paid = (0..calendar.periods()).filter(|&period| calendar.is_paid(period));
            paid.flat_map(|period| set.in_period(period)).copied().map(i128::from).sum::<i128>() * HOURS_PER_MONTH
        };
        let bought = || group.machines.iter().map(|set| (offer(problem, region, set), run(set)));
        let price = |(offer, run): (Option<&Offer>, i128)| Some(offer?.hourly.times(run));
        let emitted = |(offer, run): (Option<&Offer>, i128)| Some(offer?.carbon_hourly?.0 * run);
        // In parts of a milligram, summed over the hours of the calendar.
        let whole = hours * functions::PER_MILLIGRAM;
        let of_machines = bought().map(emitted).sum::<Option<i128>>();
        let of_function = functions::emissions(problem, workload, region, group);
        let emissions = of_machines
            .zip(of_function)
            .map(|(machines, function)| machines * functions::PER_MILLIGRAM + function * hours);
        // Millionths of thousandths of a request per second, summed over the paid hours.
        let requests = |(position, demand): (usize, &Demand)| {
            let sent = group.traffic.get(&demand.user).map_or(0, |rate| i128::from(rate.0));
            sent * i128::from(asked.profile.paid_share(position))
        };
        let microseconds = |(position, demand): (usize, &Demand)| {
            let round_trip = problem.rtt.get(demand.user, region).map_or(0, |rtt| i128::from(rtt.round_trip.0));
            requests((position, demand)) * round_trip
        };
        let is_travel_known = group.traffic.keys().all(|&user| problem.rtt.get(user, region).is_some());
        let travelled: i128 = asked.demand.iter().enumerate().map(microseconds).sum();
        let requests: i128 = asked.demand.iter().enumerate().map(requests).sum();
        let bytes = requests * i128::from(asked.response.0) * SECONDS_PER_MONTH;
        let all_requests = i128::try_from(load.paid(calendar)).unwrap_or(i128::MAX);
        let egress_price = place.internet_egress_per_gb.unwrap_or_default();
        Self {
            machines: bought().filter_map(price).sum::<Money>().scaled(1, hours),
            functions: functions::cost(problem, workload, region, group),
            calls: calls::cost(problem, workload, region, (group, load)),
            moves: moves::cost(problem, (workload, region), (group, load.called), before),
            storage: state::storage(problem, workload, region, group),
            replication: state::replication(problem, workload, region, (group, elsewhere), (all_requests, hours)),
            egress: egress_price.scaled(bytes, hours * 1_000_000_000_000_000_000),
            latency: problem.objective.latency_per_rps_ms.scaled(travelled, hours * 1_000_000_000_000),
            // A tonne is 10^9 milligrams.
            carbon: emissions
                .map_or(Money::ZERO, |mass| problem.objective.carbon_per_tonne.scaled(mass, whole * 1_000_000_000)),
            // Half a milligram up.
            emissions: emissions.map(|mass| Carbon((mass + whole / 2) / whole)),
            wait: is_travel_known.then(|| Wait((travelled + hours * 500_000) / (hours * 1_000_000))),
        }
    }

    /// Cost and emissions of a pool, whose offers and egress price exist. Each line is rounded once, over all its nodes or members.
    pub(super) fn of_pool(problem: &Problem, pool: &Pool, placed: &PooledNodes) -> Self {
        let place = &problem.regions[placed.region.index()];
        let bought = || {
            let hours = |nodes: &PoolNodes| i128::from(nodes.count) * HOURS_PER_MONTH;
            placed.nodes.iter().map(move |nodes| (pools::offer(place, nodes.machine_type), hours(nodes)))
        };
        let price = |(offer, hours): (Option<&Offer>, i128)| Some(offer?.hourly.times(hours));
        let emitted = |(offer, hours): (Option<&Offer>, i128)| Some(offer?.carbon_hourly?.0 * hours);
        let emissions = bought().map(emitted).sum::<Option<i128>>().map(Carbon);
        let bytes_thousandfold: i128 = pool
            .members
            .iter()
            .map(|member| {
                i128::from(member.workload.total_demand().0)
                    * i128::from(member.workload.response.0)
                    * SECONDS_PER_MONTH
            })
            .sum();
        // What stands by answers nobody while this is paid.
        let answering = pool.members.iter().filter(|_| pool.stands_by.is_none());
        let demand = answering.flat_map(|member| &member.workload.demand);
        let is_travel_known = demand.clone().all(|demand| problem.rtt.get(demand.user, placed.region).is_some());
        let microseconds = demand.map(|demand| {
            let rtt = problem.rtt.get(demand.user, placed.region);
            i128::from(demand.rate.0) * rtt.map_or(0, |rtt| i128::from(rtt.round_trip.0))
        });
        let travelled = microseconds.sum();
        Self {
            machines: bought().filter_map(price).sum(),
            functions: Money::ZERO,
            calls: Money::ZERO,
            storage: Money::ZERO,
            replication: Money::ZERO,
            moves: Money::ZERO,
            egress: place.internet_egress_per_gb.unwrap_or_default().scaled(bytes_thousandfold, 1_000_000_000_000),
            latency: problem.objective.latency_per_rps_ms.scaled(travelled, 1_000_000),
            carbon: emissions
                .map_or(Money::ZERO, |mass| problem.objective.carbon_per_tonne.scaled(mass.0, 1_000_000_000)),
            emissions,
            wait: is_travel_known.then_some(Wait(travelled)),
        }
    }

    /// What the group adds to the objective.
    pub fn total(&self) -> Money {
        self.machines
            + self.functions
            + self.egress
            + self.calls
            + self.storage
            + self.replication
            + self.moves
            + self.latency
            + self.carbon
    }
}

/// Sums over a placement, each month.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Instances.
    pub machines: Money,
    /// What runs as functions.
    pub functions: Money,
    /// Fixed cost of the regions used.
    pub fixed: Money,
    /// Answers sent to the users.
    pub egress: Money,
    /// Time on the way at the price of the objective.
    pub latency: Money,
    /// Calls between workloads, and their answers.
    pub calls: Money,
    /// The copies of the data that is kept.
    pub storage: Money,
    /// Writes to copies in other zones and regions.
    pub replication: Money,
    /// Replicas where none stood before, at the price of the objective.
    pub moves: Money,
    /// Emissions at the price of the objective.
    pub carbon: Money,
    /// Emissions; `None` if those of any group are unknown.
    pub emissions: Option<Carbon>,
    /// Time that requests of users spend on their way; `None` if a round trip is unknown.
    pub wait: Option<Wait>,
}

impl Totals {
    /// What is minimised.
    pub fn objective(&self) -> Money {
        self.paid() + self.moves + self.latency + self.carbon
    }

    /// What is paid: everything but the prices put on moves, latency and carbon.
    pub fn paid(&self) -> Money {
        self.machines + self.functions + self.fixed + self.egress + self.calls + self.storage + self.replication
    }
}
