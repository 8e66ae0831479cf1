//! `check` accepts a right assignment, and names what is wrong with every way to spoil it.

mod borders;
mod calls;
mod copies;
mod edges;
mod functions;
mod losses;
mod networks;
mod pools;
mod purchase;
mod standby;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use stowage::check::{self, Kept, Violation};
use stowage::model::{
    Access, Assignment, Calendar, Coordinates, Demand, Filter, Glob, Group, Limits, MachineSet, MachineType, Objective,
    Offer, Order, Problem, Profile, Provenance, Purchase, Quota, QuotaId, QuotaUnit, Region, RegionId, RegionKey,
    Replica, Replicas, Rtt, RttTable, Selector, State, Stock, Stood, Survival, Target, TypeId, UserGroup, UserId,
    Weights, Workload, WorkloadId,
};
use stowage::units::{Amount, Bytes, Carbon, MilliRps, Millicores, Money, Ratio, RoundTrip, Wait};

const NOWHERE: Coordinates = Coordinates { latitude_microdegrees: 0, longitude_microdegrees: 0 };

fn machine(name: &str, vcpu: u64, is_burstable: bool) -> MachineType {
    MachineType { is_burstable, ..MachineType::new("test", name, Millicores(vcpu * 1000), Bytes(vcpu << 30)) }
}

fn region(name: &str, country: &str) -> Region {
    let offer = |machine_type, carbon_hourly| Offer {
        machine_type: TypeId(machine_type),
        purchase: Purchase::OnDemand,
        hourly: Money::from_micros(10_000),
        carbon_hourly,
        interruption_percent: None,
    };
    let zones = vec!["1".into(), "2".into(), "3".into()];
    Region {
        fixed_monthly: Money::from_micros(5_000_000),
        internet_egress_per_gb: Some(Money::from_micros(90_000)),
        offers: Arc::new([
            offer(0, Some(Carbon(1_000))),
            offer(1, Some(Carbon(1_000))),
            offer(2, None),
            offer(3, Some(Carbon(2_000))),
        ]),
        ..Region::new(RegionKey::new("test", name), NOWHERE, country, zones)
    }
}

/// Two users, near one region each; a workload that survives a zone, in both.
fn problem() -> Problem {
    let rtt = |ms: u32| Some(Rtt { round_trip: RoundTrip(ms * 1000), provenance: Provenance::Measured });
    let user = |name: &str| UserGroup { name: name.into(), country: None, coordinates: Some(NOWHERE) };
    let demand = |user, rps: u64| Demand { user: UserId(user), rate: MilliRps(rps * 1000) };
    let replica = Replica { vcpu: Millicores(1000), memory: Bytes(1 << 30), ..Replica::default() };
    Problem {
        users: vec![user("east"), user("west")],
        workloads: vec![Workload {
            max_rtt: Some(RoundTrip(50_000)),
            survive: Survival { zones: 1, ..Survival::default() },
            min_regions: 2,
            max_regions: Some(2),
            response: Bytes(1_000),
            uses_commitments: true,
            selectors: vec![Selector {
                allowed: Filter::default(),
                denied: Filter { countries: Some(BTreeSet::from(["US".into()])), ..Filter::default() },
            }],
            ..Workload::new("web", replica, MilliRps(100_000), vec![demand(0, 400), demand(1, 100)])
        }],
        regions: vec![region("east", "DE"), region("north", "SE"), region("west", "FR")],
        machine_types: Arc::new([
            machine("one", 1, false),
            machine("two", 2, true),
            machine("wee", 0, false),
            machine("other", 1, false),
        ]),
        commitments: Vec::new(),
        rtt: RttTable::from_rows(3, vec![vec![rtt(10), rtt(30), rtt(80)], vec![rtt(80), None, rtt(10)]]),
        limits: Limits { max_regions: Some(2), ..Limits::default() },
        objective: Objective { carbon_per_tonne: Money::from_micros(100_000_000), ..Objective::default() },
        gap_tolerance: Ratio(100),
        ..Problem::default()
    }
}

fn machines(machine_type: u32, instances: [u64; 3]) -> MachineSet {
    MachineSet {
        machine_type: TypeId(machine_type),
        purchase: Purchase::OnDemand,
        instances_by_zone: instances.to_vec(),
        by_period: Vec::new(),
    }
}

fn group(instances: [u64; 3], traffic: &[(u32, u64)]) -> Group {
    Group {
        machines: vec![machines(0, instances)],
        traffic: traffic.iter().map(|&(user, rps)| (UserId(user), MilliRps(rps * 1000))).collect(),
        ..Group::default()
    }
}

const EAST: (WorkloadId, RegionId) = (WorkloadId(0), RegionId(0));
const NORTH: (WorkloadId, RegionId) = (WorkloadId(0), RegionId(1));
const WEST: (WorkloadId, RegionId) = (WorkloadId(0), RegionId(2));

fn assignment() -> Assignment {
    Assignment {
        groups: BTreeMap::from([(EAST, group([2, 2, 2], &[(0, 400)])), (WEST, group([1, 1, 0], &[(1, 100)]))]),
        ..Assignment::default()
    }
}

#[test]
fn a_right_assignment_is_a_placement_with_its_cost() {
    let placement = check::placement(&problem(), assignment()).unwrap();
    let totals = placement.totals();
    // 8 instances × 0.01 × 730; two regions at 5; 500 rps × 1,000 bytes × 2,628,000 s = 1,314 GB at 0.09;
    // 8 × 1 g × 730 = 5.84 kg at 0.1 USD a kilogram.
    assert_eq!(totals.machines.usd().to_string(), "58.4");
    assert_eq!(totals.fixed.usd().to_string(), "10");
    assert_eq!(totals.egress.usd().to_string(), "118.26");
    assert_eq!(totals.carbon.usd().to_string(), "0.584");
    assert_eq!(totals.emissions.unwrap().to_decimal().to_string(), "5.84");
    assert_eq!(placement.cost().usd().to_string(), "187.244");
    assert_eq!(totals.paid().usd().to_string(), "186.66");
    assert_eq!(placement.groups()[&EAST].replicas_per_instance, [1]);
}

/// Gives domains weights.
fn weigh(problem: &mut Problem, weights: &[(&str, u64)]) {
    let of = weights.iter().map(|&(domain, weight)| (domain.to_owned(), weight)).collect();
    problem.workloads[0].weights = Some(Weights { of, tolerance: Ratio(0) });
}

#[test]
fn what_weights_say_is_accepted_within_a_tolerance() {
    for (weights, tolerance) in [
        (vec![("test/east", 4), ("test/west", 1)], 0),
        // Regions with weights of their own do not count for their cloud, which has nothing left.
        (vec![("test", 1_000), ("test/east", 400_000), ("test/west", 100_000)], 2_000),
        (vec![("test/east", 3), ("test/west", 1)], 50_000),
        (vec![("test", 7)], 0),
        // 399.9995: less than a thousandth beside what can be had.
        (vec![("test/east", 799_999), ("test/west", 200_001)], 0),
    ] {
        let mut problem = problem();
        weigh(&mut problem, &weights);
        problem.workloads[0].weights.as_mut().unwrap().tolerance = Ratio(tolerance);
        assert!(check::placement(&problem, assignment()).is_ok(), "{weights:?}");
    }
}

/// Answered such parts of user groups.
fn stood<const N: usize>(traffic: [(UserId, u64); N]) -> Stood {
    Stood { traffic: BTreeMap::from(traffic), ..Stood::default() }
}

#[test]
fn replicas_where_none_stood_are_paid_for() {
    let mut problem = problem();
    problem.objective.move_per_replica = Money::from_micros(2_000_000);
    // A quarter of the users of the east were answered there, rounded up 101 of 400: two replicas; now it is four. The west stood as it stands.
    let (east, west) = (problem.regions[0].key.clone(), problem.regions[2].key.clone());
    problem.workloads[0].demand[0].rate = MilliRps(401_000);
    problem.workloads[0].stood = BTreeMap::from([
        (east, stood([(UserId(0), 1)])),
        (RegionKey::new("test", "gone"), stood([(UserId(0), 3)])),
        (west, stood([(UserId(1), 7)])),
    ]);
    let mut assignment = assignment();
    set(&mut assignment, EAST, 0, 401_000);
    set_of(&mut assignment, EAST).instances_by_zone = vec![3, 3, 3];
    let placement = check::placement(&problem, assignment).unwrap();
    // 5 replicas carry 401, 2 would carry 101 at most.
    assert_eq!(placement.totals().moves.usd().to_string(), "6");
    assert_eq!(placement.groups()[&EAST].lines.moves.usd().to_string(), "6");
    assert_eq!(placement.cost() - placement.totals().paid(), placement.totals().carbon + placement.totals().moves);
    problem.workloads[0].stood.clear();
    let unmoved = check::placement(&problem, placement.assignment()).unwrap();
    assert_eq!(unmoved.totals().moves, Money::ZERO);
}

/// Lets the workload keep a thousand bytes in so many copies, at prices that are known.
fn keep(problem: &mut Problem, replication_factor: u32, quorum: u32) {
    let state = State {
        storage: Bytes(1_000),
        replication_factor,
        quorum,
        write: Bytes(1_000),
        max_storage: None,
        is_multi_region: false,
        max_quorum_rtt: None,
    };
    problem.workloads[0].state = Some(state);
    for region in &mut problem.regions {
        region.storage_per_gib = Some(Money::from_micros(100_000));
        region.zone_egress_per_gb = Some(Money::from_micros(10_000));
    }
}

#[test]
fn state_is_kept_and_paid_for() {
    let mut problem = problem();
    keep(&mut problem, 4, 2);
    let workload = &mut problem.workloads[0];
    workload.state.as_mut().unwrap().storage = Bytes(3 << 30);
    (workload.min_regions, workload.demand) = (1, vec![Demand { user: UserId(0), rate: MilliRps(400_000) }]);
    let mut assignment = assignment();
    assignment.groups.remove(&WEST);
    let placement = check::placement(&problem, assignment.clone()).unwrap();
    let placed = &placement.groups()[&EAST];
    // Copies stand as 2, 1 and 1 on two machines each: two of them are lost with the fullest zone. 12 GiB are on six replicas.
    assert_eq!(placed.kept, Some(Kept { copies: 4, copies_in_zone: 2, crossing: 10, left: 2, volume: Bytes(2 << 30) }));
    // 12 GiB at 0.10; of 16 pairs of copies 4 + 1 + 1 are in one zone, so a write goes to 10 / 4 others: 1,051.2 GB × 2.5 at 0.01.
    assert_eq!(placed.lines.storage.usd().to_string(), "1.2");
    assert_eq!(placed.lines.replication.usd().to_string(), "26.28");
    assert_eq!(
        placement.totals().paid(),
        placement.totals().machines
            + placement.totals().fixed
            + placement.totals().egress
            + placed.lines.storage
            + placed.lines.replication
    );
    // Fewer machines in the last zone: one replica stores a copy of everything.
    at(&mut assignment, EAST).machines[0].instances_by_zone = vec![3, 3, 1];
    let placement = check::placement(&problem, assignment).unwrap();
    assert_eq!(placement.groups()[&EAST].kept.unwrap().volume, Bytes(3 << 30));
}

fn quota(region: u32, families: Option<&str>, unit: QuotaUnit, most: u64) -> Quota {
    let families = families.map(|families| Glob(families.to_owned()));
    Quota { region: RegionId(region), families, unit, most }
}

/// What is spoilt, how, and the violation that names it.
type Case = (&'static str, fn(&mut Problem, &mut Assignment), fn(&Violation) -> bool);

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn every_way_to_spoil_it_is_named() {
    let cases: [Case; 69] = [
        ("a request too few", |_, a| set(a, EAST, 0, 399_999), |v| matches!(v, Violation::Demand { .. })),
        ("a request too many", |_, a| set(a, EAST, 0, 400_001), |v| matches!(v, Violation::Demand { .. })),
        ("a user nobody asked for", |_, a| set(a, EAST, 1, 1), |v| matches!(v, Violation::Demand { .. })),
        ("a workload without groups", |_, a| a.groups.clear(), |v| matches!(v, Violation::Demand { .. })),
        (
            "a denied country",
            |p, _| p.regions[0].country = Some("US".into()),
            |v| matches!(v, Violation::Residency { list: "denied.countries", .. }),
        ),
        (
            "restricted access",
            |p, _| p.regions[0].access = Access::Restricted,
            |v| matches!(v, Violation::Residency { list: "restricted access", .. }),
        ),
        (
            "zones that do not exist",
            |_, a| set_of(a, EAST).instances_by_zone.push(1),
            |v| matches!(v, Violation::Shape { .. }),
        ),
        (
            "no instances",
            |_, a| set_of(a, WEST).instances_by_zone = vec![0; 3],
            |v| matches!(v, Violation::Shape { .. }),
        ),
        ("no machines", |_, a| at(a, WEST).machines.clear(), |v| matches!(v, Violation::Shape { .. })),
        (
            "a set without instances",
            |_, a| at(a, WEST).machines.push(machines(3, [0; 3])),
            |v| shape(v, "a machine set without instances"),
        ),
        (
            "sets out of order",
            |_, a| at(a, EAST).machines.insert(0, machines(3, [1; 3])),
            |v| shape(v, "machine sets out of order"),
        ),
        ("sets alike", |_, a| at(a, EAST).machines.push(machines(0, [1; 3])), |v| shape(v, "two machine sets alike")),
        (
            "a type not on sale",
            |p, _| {
                let offers = &mut p.regions[0].offers;
                *offers = offers.iter().filter(|offer| offer.machine_type != TypeId(0)).copied().collect();
            },
            |v| refuses(v, "not on sale in this region"),
        ),
        (
            "a burstable type",
            |_, a| set_of(a, EAST).machine_type = TypeId(1),
            |v| refuses(v, "burstable, which the workload does not allow"),
        ),
        (
            "unknown emissions",
            |_, a| set_of(a, EAST).machine_type = TypeId(2),
            |v| refuses(v, "its emissions are unknown, though carbon has a price or a limit"),
        ),
        (
            "a type too small",
            |p, a| {
                p.objective.carbon_per_tonne = Money::ZERO;
                set_of(a, EAST).machine_type = TypeId(2);
            },
            |v| refuses(v, "too small for one replica"),
        ),
        (
            "more reserved than there is",
            |p, _| p.workloads[0].reserved.memory = Bytes(1),
            |v| refuses(v, "too small for one replica"),
        ),
        (
            "more processor reserved than there is",
            |p, _| p.workloads[0].reserved.vcpu = Millicores(1),
            |v| refuses(v, "too small for one replica"),
        ),
        (
            "too few GPUs",
            |p, _| {
                Arc::make_mut(&mut p.machine_types)[0].gpus = 1;
                p.workloads[0].replica.gpus = 2;
            },
            |v| refuses(v, "too small for one replica"),
        ),
        (
            "too little of a resource",
            |p, _| {
                Arc::make_mut(&mut p.machine_types)[0].resources.set("disk", Amount(9));
                p.workloads[0].replica.resources.set("disk", Amount(10));
            },
            |v| refuses(v, "too small for one replica"),
        ),
        (
            "too little of a resource beside what is reserved",
            |p, _| {
                Arc::make_mut(&mut p.machine_types)[0].resources.set("disk", Amount(10));
                p.workloads[0].replica.resources.set("disk", Amount(6));
                p.workloads[0].reserved.resources.set("disk", Amount(5));
            },
            |v| refuses(v, "too small for one replica"),
        ),
        (
            "a GPU whose model nobody knows",
            |p, _| {
                Arc::make_mut(&mut p.machine_types)[0].gpus = 1;
                p.workloads[0].selectors[0].allowed.gpu_models = Some(BTreeSet::from(["A100".into()]));
            },
            |v| refuses(v, "allowed.gpu_models"),
        ),
        (
            "a country nobody knows",
            |p, _| p.regions[0].country = None,
            |v| matches!(v, Violation::Residency { list: "denied.countries", .. }),
        ),
        (
            "a denied type",
            |p, _| {
                let globs = BTreeSet::from([Glob("o*".into())]);
                p.workloads[0].selectors[0].denied.instance_types = Some(globs);
            },
            |v| refuses(v, "denied.instance_types"),
        ),
        (
            "too few machines",
            |p, a| {
                p.workloads[0].survive.zones = 0;
                set_of(a, EAST).instances_by_zone = vec![2, 1, 0];
            },
            |v| matches!(v, Violation::Capacity { zones_lost: 0, .. }),
        ),
        (
            "too few after a loss",
            |_, a| set_of(a, EAST).instances_by_zone = vec![3, 2, 1],
            |v| matches!(v, Violation::Capacity { zones_lost: 1, capacity: MilliRps(300_000), .. }),
        ),
        (
            "a late request",
            |_, a| {
                set(a, EAST, 0, 399_000);
                set(a, WEST, 0, 1_000);
                set_of(a, WEST).instances_by_zone = vec![2, 2, 0];
            },
            |v| matches!(v, Violation::Latency { in_time: MilliRps(499_000), required: MilliRps(500_000), .. }),
        ),
        (
            "an unknown round trip",
            |_, a| {
                let west = a.groups.remove(&WEST).unwrap();
                a.groups.insert(NORTH, west);
            },
            |v| matches!(v, Violation::UnknownRoundTrip { .. }),
        ),
        (
            "an idle region nobody is near",
            |p, _| p.workloads[0].max_rtt = Some(RoundTrip(9_000)),
            |v| matches!(v, Violation::OutOfReach { .. }),
        ),
        (
            "an unknown egress price",
            |p, _| p.regions[0].internet_egress_per_gb = None,
            |v| matches!(v, Violation::UnknownEgressPrice { .. }),
        ),
        (
            "more machines than there are",
            |p, _| p.regions[0].stock = vec![Stock { machine_type: TypeId(0), total: Some(5), by_zone: None }],
            |v| matches!(v, Violation::Stock { zone: None, used: 6, there: 5, .. }),
        ),
        (
            "more machines than there are in a zone",
            |p, _| {
                p.regions[0].stock =
                    vec![Stock { machine_type: TypeId(0), total: Some(6), by_zone: Some(vec![2, 1, 2]) }];
            },
            |v| matches!(v, Violation::Stock { zone: Some(1), used: 2, there: 1, .. }),
        ),
        (
            "more vCPU than the quota",
            |p, _| p.quotas = vec![quota(0, None, QuotaUnit::Vcpu, 5_999)],
            |v| matches!(v, Violation::Quota { taken: 6_000, most: 5_999, .. }),
        ),
        (
            "more instances than the second quota",
            |p, _| {
                p.quotas = vec![
                    quota(0, Some("tw*"), QuotaUnit::Instances, 0),
                    quota(2, Some("on*"), QuotaUnit::Instances, 1),
                    quota(1, None, QuotaUnit::Instances, 0),
                ];
            },
            |v| matches!(v, Violation::Quota { quota: QuotaId(1), taken: 2, most: 1 }),
        ),
        (
            "two types under a quota",
            |p, a| {
                p.quotas = vec![quota(0, None, QuotaUnit::Vcpu, 6_000)];
                set_of(a, EAST).instances_by_zone = vec![2, 2, 1];
                at(a, EAST).machines.push(machines(3, [0, 0, 1]));
            },
            |v| matches!(v, Violation::Shape { reason, .. } if reason.contains("quotas")),
        ),
        (
            "more than the share of a region",
            |p, _| p.workloads[0].max_region_share = Some(Ratio(799_000)),
            |v| matches!(v, Violation::Share { answered: MilliRps(400_000), most: MilliRps(399_500), domain, .. } if domain == "test/east"),
        ),
        (
            "more than the share of a cloud",
            |p, _| p.workloads[0].max_cloud_share = Some(Ratio(900_000)),
            |v| matches!(v, Violation::Share { answered: MilliRps(500_000), most: MilliRps(450_000), domain, .. } if domain == "test"),
        ),
        (
            "more than its weight says, by a thousandth of a request per second",
            |p, _| weigh(p, &[("test/east", 399_999), ("test/west", 100_001)]),
            |v| matches!(v, Violation::Weight { domain, .. } if domain == "test/east"),
        ),
        (
            "less than its weight says",
            |p, _| weigh(p, &[("test/east", 400_000), ("test/west", 90_000), ("other", 10_000)]),
            |v| matches!(v, Violation::Weight { domain, answered: MilliRps(0), .. } if domain == "other"),
        ),
        (
            "a region without a weight",
            |p, _| weigh(p, &[("test/east", 1)]),
            |v| matches!(v, Violation::Residency { region: RegionId(2), list: "spread.weights", .. }),
        ),
        (
            "too few zones",
            |p, _| p.workloads[0].min_zones = 3,
            |v| matches!(v, Violation::Zones { region: RegionId(2), in_use: 2, .. }),
        ),
        (
            "zones that are not alike",
            |p, _| p.workloads[0].max_zone_skew = Some(0),
            |v| matches!(v, Violation::Zones { region: RegionId(2), skew: 1, .. }),
        ),
        (
            "zones that differ by more than one",
            |p, a| {
                p.workloads[0].max_zone_skew = Some(1);
                set_of(a, EAST).instances_by_zone = vec![4, 2, 2];
            },
            |v| matches!(v, Violation::Zones { region: RegionId(0), skew: 2, .. }),
        ),
        (
            "two machine types in a group",
            |p, a| {
                p.workloads[0].max_machine_types = Some(1);
                a.groups.entry(EAST).or_default().machines = vec![machines(0, [1, 1, 1]), machines(3, [1, 1, 1])];
            },
            |v| matches!(v, Violation::MachineTypes { region: RegionId(0), used: 2, most: 1, .. }),
        ),
        (
            "state in two regions",
            |p, _| keep(p, 1, 1),
            |v| matches!(v, Violation::State { reason, .. } if reason.contains("several regions")),
        ),
        (
            "too few copies left",
            |p, _| keep(p, 3, 3),
            |v| matches!(v, Violation::State { region: RegionId(0), reason, .. } if reason.contains("too few copies")),
        ),
        (
            "two copies in one of two zones",
            |p, a| {
                keep(p, 3, 2);
                set_of(a, WEST).instances_by_zone = vec![2, 1, 0];
            },
            |v| matches!(v, Violation::State { region: RegionId(2), reason, .. } if reason.contains("too few copies")),
        ),
        (
            "two copies on one machine",
            |p, _| keep(p, 7, 1),
            |v| matches!(v, Violation::State { region: RegionId(0), reason, .. } if reason.contains("different ones")),
        ),
        (
            "more than a replica may store",
            |p, _| {
                keep(p, 3, 1);
                p.workloads[0].state.as_mut().unwrap().max_storage = Some(Bytes(499));
            },
            |v| matches!(v, Violation::State { region: RegionId(0), reason, .. } if reason.contains("store more")),
        ),
        (
            "storage of no known price",
            |p, _| {
                keep(p, 1, 1);
                p.regions[2].storage_per_gib = None;
            },
            |v| matches!(v, Violation::State { region: RegionId(2), reason, .. } if reason.contains("storage has no")),
        ),
        (
            "writes of no known price",
            |p, _| {
                keep(p, 2, 1);
                p.regions[0].zone_egress_per_gb = None;
            },
            |v| matches!(v, Violation::State { region: RegionId(0), reason, .. } if reason.contains("writes go")),
        ),
        (
            "machines that come and go with data",
            |p, a| {
                keep(p, 1, 1);
                let shapes = vec![vec![Ratio::ONE, Ratio(500_000)]; 2];
                p.workloads[0].profile =
                    Profile { calendar: Calendar { hours: 2, has_cases: false }, shapes, ..Profile::default() };
                for group in a.groups.values_mut() {
                    let zones = group.machines[0].instances_by_zone.clone();
                    group.machines[0].by_period =
                        vec![zones.clone(), zones.iter().map(|count| count.div_ceil(2)).collect()];
                }
            },
            |v| matches!(v, Violation::State { reason, .. } if reason.contains("come and go")),
        ),
        (
            "data on machines that are limited in number",
            |p, _| {
                keep(p, 1, 1);
                p.regions[0].stock = vec![Stock { machine_type: TypeId(0), total: Some(9), by_zone: None }];
            },
            |v| matches!(v, Violation::State { region: RegionId(0), reason, .. } if reason.contains("limited")),
        ),
        (
            "a divided user group",
            |p, a| {
                p.workloads[0].single_region_per_user = true;
                p.workloads[0].max_rtt = None;
                set(a, EAST, 0, 300_000);
                set(a, WEST, 0, 100_000);
                set_of(a, WEST).instances_by_zone = vec![2, 2, 0];
            },
            |v| matches!(v, Violation::Divided { user: UserId(0), regions: 2, .. }),
        ),
        (
            "over the budget by more than rounding",
            |p, _| p.limits.max_monthly_cost = Some(Money::from_micros(186_659_991)),
            |v| matches!(v, Violation::OverBudget { .. }),
        ),
        (
            "a milligram too much",
            |p, _| p.limits.max_monthly_carbon = Some(Carbon(5_839_999)),
            |v| matches!(v, Violation::TooMuchCarbon { emissions: Some(Carbon(5_840_000)), most: Carbon(5_839_999) }),
        ),
        (
            "emissions that are limited and unknown",
            |p, _| {
                p.objective.carbon_per_tonne = Money::ZERO;
                p.limits.max_monthly_carbon = Some(Carbon(i128::MAX));
                Arc::make_mut(&mut p.regions[0].offers)[0].carbon_hourly = None;
            },
            |v| matches!(v, Violation::Machines { reason, .. } if reason.contains("unknown")),
        ),
        (
            "more time on the way than rounding",
            |p, _| p.limits.max_wait = Some(Wait(4_999_999_997)),
            |v| matches!(v, Violation::TooLongOnTheWay { wait: Some(_), .. }),
        ),
        (
            "time on the way that is limited and unknown",
            |p, _| {
                p.workloads[0].max_rtt = None;
                p.limits.max_wait = Some(Wait(i128::MAX));
                p.rtt = RttTable::from_rows(p.regions.len(), vec![vec![None; p.regions.len()]; p.users.len()]);
            },
            |v| matches!(v, Violation::UnknownRoundTrip { .. }),
        ),
        (
            "emissions that stand in an order and are unknown",
            |p, _| {
                p.objective.carbon_per_tonne = Money::ZERO;
                p.order = Some(Order { targets: vec![Target::Cost, Target::Carbon], tolerance: Ratio(0) });
                Arc::make_mut(&mut p.regions[0].offers)[0].carbon_hourly = None;
            },
            |v| matches!(v, Violation::Machines { reason, .. } if reason.contains("unknown")),
        ),
        (
            "round trips that stand in an order and are unknown",
            |p, _| {
                p.workloads[0].max_rtt = None;
                p.order = Some(Order { targets: vec![Target::Cost, Target::Latency], tolerance: Ratio(0) });
                p.rtt = RttTable::from_rows(p.regions.len(), vec![vec![None; p.regions.len()]; p.users.len()]);
            },
            |v| matches!(v, Violation::UnknownRoundTrip { .. }),
        ),
        (
            "a pinned region without replicas",
            |p, _| p.workloads[0].pinned.extend([p.regions[1].key.clone()]),
            |v| matches!(v, Violation::Pin { .. }),
        ),
        (
            "a region pinned by its name in another cloud",
            |p, _| p.workloads[0].pinned.extend([RegionKey::new("other", "east")]),
            |v| matches!(v, Violation::Pin { .. }),
        ),
        (
            "a region without any of the replicas that are counted",
            |p, a| {
                p.workloads[0].replicas = Some(Replicas { min: 1, max: Some(1) });
                let second = std::mem::take(&mut a.groups.values_mut().nth(1).unwrap().traffic);
                a.groups.values_mut().next().unwrap().traffic.extend(second);
            },
            |v| matches!(v, Violation::Replicas { region: RegionId(2), .. }),
        ),
        (
            "a region lost",
            |p, _| p.workloads[0].survive.regions = 1,
            |v| matches!(v, Violation::Loss { regions, uncarried: MilliRps(300_000), .. } if *regions == [RegionId(0)]),
        ),
        (
            "a region lost, and the other too far",
            |p, _| {
                p.workloads[0].survive.regions = 1;
                p.workloads[0].degraded_max_rtt = Some(RoundTrip(79_999));
                p.workloads[0].degraded_rate_per_replica = MilliRps(250_000);
            },
            |v| matches!(v, Violation::Loss { regions, uncarried: MilliRps(400_000), .. } if *regions == [RegionId(0)]),
        ),
        (
            "more regions lost than there are",
            |p, _| p.workloads[0].survive.regions = 3,
            |v| matches!(v, Violation::Loss { regions, uncarried: MilliRps(500_000), .. } if regions.len() == 2),
        ),
        (
            "the only cloud lost",
            |p, _| p.workloads[0].survive.clouds = 1,
            |v| matches!(v, Violation::Loss { regions, uncarried: MilliRps(500_000), .. } if regions.len() == 2),
        ),
        (
            "a region too many for everything",
            |p, _| p.limits.max_regions = Some(1),
            |v| matches!(v, Violation::Regions { workload: None, used: 2, .. }),
        ),
    ];
    for (what, spoil, is_expected) in cases {
        let (mut problem, mut assignment) = (problem(), assignment());
        spoil(&mut problem, &mut assignment);
        let violations = check::placement(&problem, assignment).expect_err(what);
        assert!(violations.iter().any(is_expected), "{what}: {violations:?}");
    }
}

#[test]
fn a_group_of_two_sets_carries_and_costs_what_both_do() {
    let mut problem = problem();
    let mut assignment = assignment();
    // 400 rps with a zone lost: zones hold 2, 2 and 2 replicas.
    at(&mut assignment, EAST).machines = vec![machines(0, [2, 2, 0]), machines(3, [0, 0, 2])];
    let placement = check::placement(&problem, assignment.clone()).unwrap();
    let placed = &placement.groups()[&EAST];
    assert_eq!(placed.replicas_per_instance, [1, 1]);
    // 6 instances × 0.01 × 730; (4 × 1 g + 2 × 2 g) × 730.
    assert_eq!(placed.lines.machines.usd().to_string(), "43.8");
    assert_eq!(placed.lines.emissions.unwrap().to_decimal().to_string(), "5.84");
    // Both in one zone: its loss leaves two replicas.
    at(&mut assignment, EAST).machines[1].instances_by_zone = vec![2, 0, 0];
    let violations = check::placement(&problem, assignment.clone()).unwrap_err();
    assert!(violations.iter().any(|v| matches!(v, Violation::Capacity { zones_lost: 1, .. })), "{violations:?}");
    // Emissions of one set unknown: those of the group are.
    at(&mut assignment, EAST).machines[1].instances_by_zone = vec![0, 0, 2];
    problem.objective.carbon_per_tonne = Money::ZERO;
    Arc::make_mut(&mut problem.regions[0].offers)[3].carbon_hourly = None;
    let placement = check::placement(&problem, assignment).unwrap();
    assert_eq!(placement.groups()[&EAST].lines.emissions, None);
}

/// Two user groups, each of which one outer region stands in for, and a middle one for both: what the middle carries of one is moved on to make
/// room for the other.
#[test]
fn loads_are_moved_on_after_a_loss() {
    let mut problem = problem();
    let known = |ms: u32| Some(Rtt { round_trip: RoundTrip(ms * 1000), provenance: Provenance::Measured });
    problem.rtt =
        RttTable::from_rows(3, vec![vec![known(10), known(30), known(80)], vec![known(80), known(30), known(10)]]);
    problem.limits.max_regions = None;
    let workload = &mut problem.workloads[0];
    (workload.max_regions, workload.survive, workload.degraded_max_rtt) =
        (None, Survival { regions: 1, ..Survival::default() }, Some(RoundTrip(50_000)));
    let mut assignment = assignment();
    *at(&mut assignment, EAST) = group([1, 1, 2], &[(0, 400)]);
    *at(&mut assignment, WEST) = group([1, 0, 0], &[(1, 100)]);
    assignment.groups.insert(NORTH, group([2, 2, 0], &[]));
    let placement = check::placement(&problem, assignment.clone());
    assert!(placement.is_ok(), "{placement:?}");
    // Without the east its group has the north alone; then the west's has to stay in the west.
    *at(&mut assignment, NORTH) = group([2, 1, 0], &[]);
    let violations = check::placement(&problem, assignment.clone()).unwrap_err();
    let lost = [Violation::Loss { workload: WorkloadId(0), regions: vec![RegionId(0)], uncarried: MilliRps(100_000) }];
    assert_eq!(violations, lost);
    // Two at once: whichever are lost, one group has nothing left.
    *at(&mut assignment, NORTH) = group([4, 4, 4], &[]);
    problem.workloads[0].survive.regions = 2;
    let violations = check::placement(&problem, assignment).unwrap_err();
    assert!(matches!(&violations[..], [Violation::Loss { regions, .. }] if *regions == [RegionId(0), RegionId(1)]));
}

/// A region that nobody is near while nothing is lost may stand by, and counts for `max_regions` only.
#[test]
fn a_region_that_stands_by_is_of_use_but_no_region_of_its_own() {
    let mut problem = problem();
    problem.workloads[0].max_rtt = Some(RoundTrip(20_000));
    (problem.workloads[0].max_regions, problem.limits.max_regions) = (None, None);
    let mut assignment = assignment();
    *at(&mut assignment, WEST) = group([2, 2, 1], &[(1, 100)]);
    assignment.groups.insert(NORTH, group([1, 0, 0], &[]));
    let violations = check::placement(&problem, assignment.clone()).unwrap_err();
    assert!(matches!(violations[..], [Violation::OutOfReach { region: RegionId(1), .. }]), "{violations:?}");
    problem.workloads[0].survive.regions = 1;
    assert!(check::placement(&problem, assignment.clone()).is_ok());
    problem.workloads[0].min_regions = 3;
    let violations = check::placement(&problem, assignment).unwrap_err();
    assert!(matches!(violations[..], [Violation::Regions { used: 2, limit: "min_regions", .. }]), "{violations:?}");
}

#[test]
fn the_number_of_regions_has_two_sides() {
    let mut problem = problem();
    problem.workloads[0].min_regions = 3;
    problem.workloads[0].max_regions = Some(1);
    let violations = check::placement(&problem, assignment()).unwrap_err();
    let limits: Vec<_> = violations
        .iter()
        .filter_map(|violation| if let Violation::Regions { limit, .. } = violation { Some(*limit) } else { None })
        .collect();
    assert_eq!(limits, ["min_regions", "max_regions"]);
}

#[test]
fn if_some_may_be_late_every_round_trip_must_be_known() {
    let mut problem = problem();
    problem.workloads[0].rtt_share = Ratio(800_000);
    let mut assignment = assignment();
    let west = assignment.groups.remove(&WEST).unwrap();
    assignment.groups.insert(WEST, west);
    assert!(check::placement(&problem, assignment.clone()).is_ok());
    // West's traffic stays in the west, but the north, where it is unknown, joins in.
    problem.workloads[0].max_regions = None;
    problem.limits.max_regions = None;
    assignment.groups.insert(NORTH, group([1, 1, 0], &[]));
    let violations = check::placement(&problem, assignment).unwrap_err();
    assert!(
        violations.iter().all(|violation| matches!(violation, Violation::UnknownRoundTrip { user: UserId(1), .. }))
    );
}

fn at(assignment: &mut Assignment, key: (WorkloadId, RegionId)) -> &mut Group {
    assignment.groups.get_mut(&key).unwrap()
}

fn set_of(assignment: &mut Assignment, key: (WorkloadId, RegionId)) -> &mut MachineSet {
    &mut at(assignment, key).machines[0]
}

fn set(assignment: &mut Assignment, key: (WorkloadId, RegionId), user: u32, millirps: u64) {
    at(assignment, key).traffic.insert(UserId(user), MilliRps(millirps));
}

fn refuses(violation: &Violation, expected: &str) -> bool {
    matches!(violation, Violation::Machines { reason, .. } if *reason == expected)
}

fn shape(violation: &Violation, expected: &str) -> bool {
    matches!(violation, Violation::Shape { reason, .. } if *reason == expected)
}
