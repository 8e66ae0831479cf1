//! What `check` says of calls: as many as requests need, to groups that exist, at known prices, along paths within the limit.

use std::collections::BTreeMap;

use stowage::check::{self, Violation};
use stowage::model::{
    Assignment, Calendar, Call, Group, Link, LinkTable, Problem, Profile, Provenance, RegionId, Rtt, UserId, Workload,
    WorkloadId,
};
use stowage::units::{Bytes, MilliRps, Money, Ratio, RoundTrip};

use super::{group, problem};

const WEB: WorkloadId = WorkloadId(0);
const CART: WorkloadId = WorkloadId(1);
const EAST: RegionId = RegionId(0);
const NORTH: RegionId = RegionId(1);

/// Web answers 100 requests per second of a user 10 ms away in the east and calls the cart 0.5 times for each: 30 times there, 20 times in the north.
fn called() -> (Problem, Assignment) {
    let mut problem = problem();
    let web = problem.workloads.remove(0);
    let call = Call {
        callee: "cart".into(),
        per_request: Ratio(500_000),
        answer: Bytes(1_000),
        sent: Bytes(500),
        waits: true,
    };
    let plain = Workload {
        survive: web.survive,
        selectors: web.selectors.clone(),
        ..Workload::new("cart", web.replica.clone(), web.rate_per_replica, Vec::new())
    };
    problem.workloads = vec![
        Workload {
            demand: vec![stowage::model::Demand { user: UserId(0), rate: MilliRps(100_000) }],
            calls: vec![call],
            max_path_rtt: Some(RoundTrip(35_000)),
            name: "web".into(),
            ..plain.clone()
        },
        plain,
    ];
    let link = |price, ms: u32| Link {
        egress_per_gb: Some(Money::from_micros(price)),
        rtt: Some(Rtt { round_trip: RoundTrip(ms * 1_000), provenance: Provenance::Declared }),
    };
    let rows = (0..3).map(|from| (0..3).map(|to| if from == to { link(0, 1) } else { link(20_000, 25) }).collect());
    problem.links = LinkTable::from_rows(rows.collect());
    let calls = BTreeMap::from([((CART, EAST), MilliRps(30_000)), ((CART, NORTH), MilliRps(20_000))]);
    let groups = BTreeMap::from([
        ((WEB, EAST), Group { calls, ..group([1, 1, 1], &[(0, 100)]) }),
        ((CART, EAST), group([1, 1, 0], &[])),
        ((CART, NORTH), group([1, 1, 0], &[])),
    ]);
    (problem, Assignment { groups, ..Assignment::default() })
}

#[test]
fn right_calls_are_accepted_with_their_cost() {
    let (problem, assignment) = called();
    let placement = check::placement(&problem, assignment).unwrap();
    // 20/s × 1,500 bytes × 2,628,000 s = 78.84 GB at 0.02 USD, there and back alike.
    assert_eq!(placement.totals().calls.usd().to_string(), "1.5768");
    assert_eq!(placement.groups()[&(CART, EAST)].load(), MilliRps(30_000));
    assert_eq!(placement.groups()[&(WEB, EAST)].wait, Some(RoundTrip(25_000)));
}

/// What is spoilt, how, and what is said of it.
type Case = (&'static str, fn(&mut Problem, &mut Assignment), &'static str);

fn send(assignment: &mut Assignment, to: (WorkloadId, RegionId), rate: u64) {
    assignment.groups.get_mut(&(WEB, EAST)).unwrap().calls.insert(to, MilliRps(rate));
}

/// The same link between all regions.
fn everywhere(link: Link) -> LinkTable {
    LinkTable::from_rows(vec![vec![link; 3]; 3])
}

#[test]
fn every_way_to_spoil_calls_is_named() {
    let cases: [Case; 8] = [
        ("one call too few", |_, a| send(a, (CART, EAST), 29_999), "more or fewer calls"),
        ("one call too many", |_, a| send(a, (CART, EAST), 30_001), "more or fewer calls"),
        ("calls of nothing", |_, a| send(a, (WEB, EAST), 1), "that no request needs"),
        ("a callee that is not there", |_, a| drop(a.groups.remove(&(CART, NORTH))), "where the callee holds nothing"),
        (
            "an unknown price",
            |p, _| p.links = everywhere(Link { egress_per_gb: None, ..p.links.get(EAST, NORTH) }),
            "whose price is unknown",
        ),
        (
            "a limit one microsecond lower",
            |p, _| p.workloads[0].max_path_rtt = Some(RoundTrip(34_999)),
            "is not within",
        ),
        (
            "an unknown round trip",
            |p, _| p.links = everywhere(Link { rtt: None, ..p.links.get(EAST, NORTH) }),
            "is not within",
        ),
        ("calls beyond capacity", |p, _| p.workloads[1].rate_per_replica = MilliRps(29_999), "needs more than"),
    ];
    for (what, spoil, said) in cases {
        let (mut problem, mut assignment) = called();
        spoil(&mut problem, &mut assignment);
        let found: Vec<Violation> = check::placement(&problem, assignment).expect_err(what);
        assert!(found.iter().any(|violation| violation.to_string().contains(said)), "{what}: {found:?}");
    }
}

/// Half of everything is asked in the second of two hours, in which the cart has half of its machines.
fn called_by_the_hour() -> (Problem, Assignment) {
    let (mut problem, mut assignment) = called();
    let (calendar, shape) = (Calendar { hours: 2, has_cases: false }, vec![Ratio::ONE, Ratio(500_000)]);
    problem.workloads[0].profile = Profile { calendar, shapes: vec![shape.clone()], ..Profile::default() };
    problem.workloads[1].profile = Profile { calendar, called: shape, ..Profile::default() };
    problem.workloads[1].rate_per_replica = MilliRps(15_000);
    for (&(workload, _), group) in &mut assignment.groups {
        let set = &mut group.machines[0];
        set.by_period = vec![set.instances_by_zone.clone(); 2];
        if workload == CART {
            set.instances_by_zone = vec![2, 2, 0];
            set.by_period[0] = vec![2, 2, 0];
        }
    }
    (problem, assignment)
}

#[test]
fn calls_rise_and_fall_as_the_requests_that_make_them() {
    let (problem, assignment) = called_by_the_hour();
    let placement = check::placement(&problem, assignment).unwrap();
    // Three quarters of what they cost at the peak of all hours.
    assert_eq!(placement.totals().calls.usd().to_string(), "1.1826");
    let cases: [Case; 2] = [
        (
            "calls of other hours",
            |p, a| {
                p.workloads[1].profile.calendar.hours = 3;
                for (_, group) in a.groups.iter_mut().filter(|((workload, _), _)| *workload == CART) {
                    group.machines[0].by_period.push(vec![1, 0, 0]);
                }
            },
            "other periods",
        ),
        (
            "machines for less than the quiet hour",
            |_, a| a.groups.get_mut(&(CART, NORTH)).unwrap().machines[0].by_period[1] = vec![1, 0, 0],
            "needs more than",
        ),
    ];
    for (what, spoil, said) in cases {
        let (mut problem, mut assignment) = called_by_the_hour();
        spoil(&mut problem, &mut assignment);
        let found: Vec<Violation> = check::placement(&problem, assignment).expect_err(what);
        assert!(found.iter().any(|violation| violation.to_string().contains(said)), "{what}: {found:?}");
    }
}

#[test]
fn nobody_waits_for_calls_that_are_not_waited_for() {
    let (mut problem, assignment) = called();
    problem.workloads[0].calls[0].waits = false;
    problem.workloads[0].max_path_rtt = Some(RoundTrip(10_000));
    assert!(check::placement(&problem, assignment).is_ok());
}

/// The loss that a workload is said not to outlive.
fn loss(problem: &Problem, assignment: &Assignment) -> Option<(WorkloadId, Vec<RegionId>, u64)> {
    let found = check::placement(problem, assignment.clone()).err()?;
    found.into_iter().find_map(|violation| {
        let Violation::Loss { workload, regions, uncarried } = violation else { return None };
        Some((workload, regions, uncarried.0))
    })
}

#[test]
fn what_outlives_a_region_carries_the_calls_that_are_made_then() {
    let (mut problem, mut assignment) = called();
    problem.workloads[1].survive.regions = 1;
    assert_eq!(loss(&problem, &assignment), None);
    // Two replicas in each region. With the north lost, web in the east calls 50 times a second; with the east, nobody calls.
    problem.workloads[1].degraded_rate_per_replica = MilliRps(24_999);
    assert_eq!(loss(&problem, &assignment), Some((CART, vec![NORTH], 2)));
    problem.workloads[1].degraded_rate_per_replica = MilliRps(25_000);
    assert_eq!(loss(&problem, &assignment), None);
    // What web made then goes anywhere, whatever the price.
    problem.links = everywhere(Link::default());
    assert_eq!(loss(&problem, &assignment), None);
    // Something is left of the cart, though all who call it are lost.
    assignment.groups.remove(&(CART, NORTH));
    assert_eq!(loss(&problem, &assignment), Some((CART, vec![EAST], 1)));
}

#[test]
fn callers_that_outlive_a_region_call_as_much_as_ever() {
    let (mut problem, mut assignment) = called();
    problem.workloads[0].survive.regions = 1;
    problem.workloads[1].survive.regions = 1;
    problem.workloads[1].degraded_rate_per_replica = MilliRps(25_000);
    assert_eq!(loss(&problem, &assignment), Some((WEB, vec![EAST], 100_000)));
    assignment.groups.insert((WEB, NORTH), group([1, 1, 1], &[]));
    assert_eq!(loss(&problem, &assignment), None);
    // With the east lost too.
    problem.workloads[1].degraded_rate_per_replica = MilliRps(24_999);
    assert_eq!(loss(&problem, &assignment), Some((CART, vec![EAST], 2)));
}
