//! Copies of data over regions: what is accepted, what it costs, and what is wrong with every way to spoil it.

use stowage::check::{self, Kept, Violation};
use stowage::model::{Assignment, Link, LinkTable, Problem, Provenance, RegionId, Rtt, Survival, WorkloadId};
use stowage::units::{Bytes, Money, RoundTrip};

use super::{EAST, NORTH, WEST, assignment, at, group, keep, problem};

/// Ways of 0.02 and 20 ms between all regions.
fn link(from: usize, to: usize) -> Link {
    Link {
        egress_per_gb: Some(Money::from_micros(if from == to { 0 } else { 20_000 })),
        rtt: Some(Rtt { round_trip: RoundTrip(20_000), provenance: Provenance::Declared }),
    }
}

fn links(link: fn(usize, usize) -> Link) -> LinkTable {
    LinkTable::from_rows((0..3).map(|from| (0..3).map(|to| link(from, to)).collect()).collect())
}

/// Five copies of three GiB over three regions, of which one may be lost: two, one and two.
fn divided() -> (Problem, Assignment) {
    let mut problem = problem();
    keep(&mut problem, 5, 3);
    problem.links = links(link);
    problem.limits.max_regions = None;
    let workload = &mut problem.workloads[0];
    (workload.max_rtt, workload.min_regions, workload.max_regions) = (None, 1, None);
    workload.survive = Survival { zones: 1, regions: 1, clouds: 0 };
    let state = workload.state.as_mut().unwrap();
    (state.storage, state.is_multi_region) = (Bytes(3 << 30), true);
    let mut assignment = assignment();
    assignment.groups.insert(NORTH, group([1, 1, 0], &[]));
    at(&mut assignment, WEST).machines[0].instances_by_zone = vec![2, 2, 0];
    for (key, copies) in [(EAST, 2), (NORTH, 1), (WEST, 2)] {
        at(&mut assignment, key).copies = Some(copies);
    }
    (problem, assignment)
}

#[test]
fn copies_are_kept_and_paid_for_where_they_are() {
    let (problem, assignment) = divided();
    let placement = check::placement(&problem, assignment.clone()).unwrap();
    let placed = &placement.groups()[&EAST];
    let placed_lines = placed.lines;
    // A copy in each of two zones; of five copies two are lost with the region. Six GiB are on six replicas.
    let kept = Kept { copies: 2, copies_in_zone: 1, crossing: 2, left: 3, volume: Bytes(1 << 30) };
    assert_eq!(placed.kept, Some(kept));
    // Six GiB at 0.10; 1,051.2 GB to one copy in another zone at 0.01 and to three elsewhere at 0.02.
    assert_eq!(placed.lines.storage.usd().to_string(), "0.6");
    assert_eq!(placed.lines.replication.usd().to_string(), "73.584");
    let placed = &placement.groups()[&NORTH];
    assert_eq!((placed.lines.storage.usd().to_string(), placed.lines.replication), ("0.3".to_owned(), Money::ZERO));
    // A quarter of the writes begins in the west.
    assert_eq!(placement.groups()[&WEST].lines.replication.usd().to_string(), "18.396");
    // What its own copies are sent is no way: neither what that would cost nor that nobody knows it matters.
    for price in [Some(Money::from_micros(999_000)), None] {
        let mut own = problem.clone();
        own.links = links(link);
        let way = |from: usize, to: usize| {
            let way = problem.links.get(RegionId::at(from), RegionId::at(to));
            if from == to { Link { egress_per_gb: price, ..way } } else { way }
        };
        own.links = LinkTable::from_rows((0..3).map(|from| (0..3).map(|to| way(from, to)).collect()).collect());
        assert_eq!(check::placement(&own, assignment.clone()).unwrap().groups()[&EAST].lines, placed_lines);
    }
    // Three copies are in two regions of one cloud.
    let mut clouds = problem.clone();
    clouds.workloads[0].survive = Survival { zones: 0, regions: 0, clouds: 1 };
    clouds.workloads[0].state.as_mut().unwrap().quorum = 2;
    clouds.regions[2].key.cloud = "other".to_owned();
    let mut larger = assignment.clone();
    at(&mut larger, WEST).machines[0].instances_by_zone = vec![9, 9, 0];
    let kept = check::placement(&clouds, larger).unwrap().groups()[&EAST].kept;
    assert_eq!(kept.map(|kept| kept.left), Some(2));
    let keeps =
        |is_lost: &dyn Fn(RegionId, usize) -> bool| check::keeps_quorum(&problem, &assignment, WorkloadId(0), is_lost);
    assert!(keeps(&|region, _| region == RegionId(0)));
    assert!(keeps(&|region, zone| (region, zone) == (RegionId(0), 0)));
    assert!(!keeps(&|_, zone| zone == 0), "a zone of each region at once takes three copies");
    assert!(!keeps(&|region, _| region != RegionId(0)));
}

#[test]
fn what_a_write_waits_for_may_be_as_far_as_the_limit() {
    let (mut problem, assignment) = divided();
    let wait = |problem: &mut Problem, micros| {
        problem.workloads[0].state.as_mut().unwrap().max_quorum_rtt = Some(RoundTrip(micros));
    };
    wait(&mut problem, 20_000);
    assert!(check::placement(&problem, assignment.clone()).is_ok());
    wait(&mut problem, 19_999);
    assert!(check::placement(&problem, assignment.clone()).is_err());
    problem.workloads[0].state.as_mut().unwrap().quorum = 1;
    assert!(check::placement(&problem, assignment).is_ok(), "its own copies are near");
}

/// What is spoilt, how, and what is said of it.
type Case = (&'static str, fn(&mut Problem, &mut Assignment), &'static str);

#[test]
fn every_way_to_spoil_copies_is_named() {
    let cases: [Case; 11] = [
        ("copies that are not counted", |_, a| at(a, EAST).copies = None, "are counted"),
        (
            "copies that are counted in one region",
            |p, _| p.workloads[0].state.as_mut().unwrap().is_multi_region = false,
            "are counted",
        ),
        ("a copy too few", |_, a| at(a, WEST).copies = Some(1), "more or fewer"),
        ("a copy too many", |_, a| at(a, NORTH).copies = Some(2), "more or fewer"),
        (
            "machines without a copy",
            |_, a| {
                at(a, NORTH).copies = Some(0);
                at(a, WEST).copies = Some(3);
            },
            "no copy",
        ),
        (
            "a region with a majority",
            |_, a| {
                at(a, EAST).copies = Some(3);
                at(a, WEST).copies = Some(1);
            },
            "loss of regions",
        ),
        (
            "a cloud with a majority",
            |p, _| p.workloads[0].survive = Survival { zones: 1, regions: 0, clouds: 1 },
            "loss of clouds",
        ),
        (
            "zones with a majority",
            |p, _| {
                p.workloads[0].survive = Survival { zones: 1, ..Survival::default() };
                p.workloads[0].state.as_mut().unwrap().quorum = 5;
            },
            "loss of zones",
        ),
        (
            "a quorum of unknown distance",
            |p, _| {
                p.links = links(|from, to| Link { rtt: None, ..link(from, to) });
                p.workloads[0].state.as_mut().unwrap().max_quorum_rtt = Some(RoundTrip(60_000_000));
            },
            "waits longer",
        ),
        (
            "a way without a price",
            |p, _| {
                p.links = links(|from, to| if (from, to) == (2, 1) { Link::default() } else { link(from, to) });
            },
            "other regions and have no known price",
        ),
        ("machines for one copy", |_, a| at(a, WEST).machines[0].instances_by_zone = vec![1, 0, 0], "different ones"),
    ];
    for (what, spoil, named) in cases {
        let (mut problem, mut assignment) = divided();
        spoil(&mut problem, &mut assignment);
        let violations = check::placement(&problem, assignment).expect_err(what);
        let is_named =
            |violation: &Violation| matches!(violation, Violation::State { reason, .. } if reason.contains(named));
        assert!(violations.iter().any(is_named), "{what}: {violations:?}");
    }
    // A way that nothing is sent over has no price to know.
    let (mut problem, assignment) = divided();
    problem.links = links(|from, to| Link { egress_per_gb: None, ..link(from, to) });
    problem.workloads[0].state.as_mut().unwrap().write = Bytes(0);
    assert!(check::placement(&problem, assignment).is_ok());
}
