//! Instances of generalised quadratic assignment (Cordeau and others, 2006): services of one machine each stand in one site, whose capacity is a quota, and
//! pay for being there and for what they send each other.

use std::collections::BTreeSet;
use std::fs::read_to_string;
use std::path::Path;
use std::sync::Arc;

use stowage::model::{
    Call, Coordinates, Demand, Filter, Glob, Link, LinkTable, MachineType, Offer, Problem, Provenance, Purchase, Quota,
    QuotaUnit, Region, RegionId, RegionKey, Replica, Rtt, RttTable, Selector, TypeId, UserGroup, UserId, Workload,
};
use stowage::units::{Bytes, MilliRps, Millicores, Money, Ratio, RoundTrip};

use crate::instances::Instance;

/// Requests of every service, in milli-rps: a millionth of them, with what others call, is [`CALLS`] when rounded up.
const RATE: u64 = 9_999_500_000;

/// Calls between two services, in milli-rps.
const CALLS: u64 = 10_000;

/// Bytes of all calls at a thousandth of a request per second for a unit of flow, so that those of a month, 2,628, cost a unit at [`PER_DISTANCE`].
const BYTES: u64 = 380_517_504;

/// Micro-USD of 10^9 bytes for a unit of distance.
const PER_DISTANCE: i128 = 1_000;

/// Hours of a month.
const HOURS: u64 = 730;

pub(crate) fn published(folder: &Path) -> Vec<Instance> {
    let table = read_to_string(folder.join("best_known.csv")).unwrap_or_default();
    table.lines().skip(1).filter_map(|line| line.split_once(',')).map(|(name, best)| read(folder, name, best)).collect()
}

fn read(folder: &Path, name: &str, best: &str) -> Instance {
    let text = read_to_string(folder.join(format!("{name}.txt"))).unwrap();
    let mut numbers = text.split_whitespace().map(|word| word.parse::<u64>().unwrap());
    let mut next = || numbers.next().unwrap();
    let (services, sites, unit) = (next(), next(), next());
    let mut row = |length: u64| -> Vec<u64> { (0..length).map(|_| next()).collect() };
    let flow: Vec<Vec<u64>> = (0..services).map(|_| row(services)).collect();
    let distance: Vec<Vec<u64>> = (0..sites).map(|_| row(sites)).collect();
    let installed: Vec<Vec<u64>> = (0..services).map(|_| row(sites)).collect();
    let (required, capacity) = (row(services), row(sites));
    Instance {
        family: "gqap",
        name: name.to_owned(),
        published: best.to_owned(),
        problem: problem(unit, &flow, &distance, &installed, &required, &capacity),
    }
}

fn problem(
    unit: u64,
    flow: &[Vec<u64>],
    distance: &[Vec<u64>],
    installed: &[Vec<u64>],
    required: &[u64],
    capacity: &[u64],
) -> Problem {
    let somewhere = Coordinates { latitude_microdegrees: 0, longitude_microdegrees: 0 };
    let name = |at: usize| format!("service-{at:02}");
    let workload = |(at, flow): (usize, &Vec<u64>)| {
        let replica = Replica { vcpu: Millicores(1_000 * required[at]), memory: Bytes(1), ..Replica::default() };
        let own = Filter { instance_types: Some(BTreeSet::from([Glob(name(at))])), ..Filter::default() };
        // Flows go both ways and are said twice: whoever comes first calls.
        let call = |(callee, &flow): (usize, &u64)| Call {
            callee: name(callee),
            per_request: Ratio(1),
            answer: Bytes(0),
            sent: Bytes(2 * unit * flow * BYTES / CALLS),
            waits: false,
        };
        let demand = vec![Demand { user: UserId(0), rate: MilliRps(RATE) }];
        Workload {
            max_regions: Some(1),
            selectors: vec![Selector { allowed: own, denied: Filter::default() }],
            calls: flow.iter().enumerate().skip(at + 1).filter(|(_, flow)| **flow > 0).map(call).collect(),
            ..Workload::new(name(at), replica, MilliRps(2 * RATE), demand)
        }
    };
    let region = |at: usize| {
        let offer = |(service, costs): (usize, &Vec<u64>)| Offer {
            machine_type: TypeId::at(service),
            purchase: Purchase::OnDemand,
            hourly: Money::from_micros(i128::from(costs[at] * 1_000_000 / HOURS)),
            carbon_hourly: None,
            interruption_percent: None,
        };
        let key = RegionKey::new("site", format!("s{at:02}"));
        Region {
            offers: installed.iter().enumerate().map(offer).collect(),
            ..Region::new(key, somewhere, "XX", vec!["a".to_owned()])
        }
    };
    let link = |distance: &u64| Link {
        egress_per_gb: Some(Money::from_micros(i128::from(*distance) * PER_DISTANCE)),
        rtt: None,
    };
    let quota = |(at, &capacity): (usize, &u64)| Quota {
        region: RegionId::at(at),
        families: None,
        unit: QuotaUnit::Vcpu,
        most: 1_000 * capacity,
    };
    let near = Rtt { round_trip: RoundTrip(1_000), provenance: Provenance::Declared };
    Problem {
        users: vec![UserGroup { name: "all".to_owned(), country: None, coordinates: Some(somewhere) }],
        workloads: flow.iter().enumerate().map(workload).collect(),
        regions: (0..capacity.len()).map(region).collect(),
        machine_types: required
            .iter()
            .enumerate()
            .map(|(at, &size)| MachineType::new("site", name(at), Millicores(1_000 * size), Bytes(1)))
            .collect::<Arc<[MachineType]>>(),
        rtt: RttTable::from_rows(capacity.len(), vec![vec![Some(near); capacity.len()]]),
        links: LinkTable::from_rows(distance.iter().map(|row| row.iter().map(link).collect()).collect()),
        quotas: capacity.iter().enumerate().map(quota).collect(),
        gap_tolerance: Ratio(1),
        ..Problem::default()
    }
}
