//! What is just within every limit is accepted, and sums hold every line: the other side of the tables of what is spoilt.

use std::collections::BTreeMap;

use stowage::check::{self, CostLines, Totals, Violation};
use stowage::model::{
    Assignment, Calendar, Call, Demand, Function, Group, Link, LinkTable, Problem, Profile, Provenance, QuotaUnit,
    RegionId, Rtt, RttTable, Stock, TypeId, UserId, Workload, WorkloadId,
};
use stowage::units::{Bytes, Carbon, Duration, MilliRps, Money, Ratio, RoundTrip, Wait};

use super::{EAST, WEST, assignment, at, group, keep, machines, problem, quota, set, set_of};

/// What is changed, and how.
type Change = (&'static str, fn(&mut Problem, &mut Assignment));

#[test]
fn what_is_just_within_a_limit_is_accepted() {
    let cases: [Change; 20] = [
        // Four lines of two groups may be rounded.
        ("the budget, but for rounding", |p, _| p.limits.max_monthly_cost = Some(Money::from_micros(186_659_992))),
        ("the last milligram", |p, _| p.limits.max_monthly_carbon = Some(Carbon(5_840_000))),
        ("answers without bytes at no known price", |p, _| {
            p.workloads[0].response = Bytes(0);
            p.regions[0].internet_egress_per_gb = None;
        }),
        ("no requests of somebody nobody asked for", |p, a| {
            alone(p, a);
            set(a, EAST, 1, 0);
        }),
        ("the quota", |p, _| p.quotas = vec![quota(0, None, QuotaUnit::Vcpu, 6_000)]),
        ("the share of a region", |p, _| p.workloads[0].max_region_share = Some(Ratio(800_000))),
        ("the share of a region, rounded up", |p, _| p.workloads[0].max_region_share = Some(Ratio(799_999))),
        ("all of a cloud", |p, _| p.workloads[0].max_cloud_share = Some(Ratio::ONE)),
        ("the zones there are", |p, _| p.workloads[0].min_zones = 2),
        ("the skew there is", |p, _| p.workloads[0].max_zone_skew = Some(1)),
        ("the machine types there are", |p, a| {
            p.workloads[0].max_machine_types = Some(2);
            let sets = vec![machines(0, [1, 1, 1]), machines(3, [1, 1, 1])];
            a.groups.entry(EAST).or_default().machines = sets;
        }),
        ("the machines there are", |p, _| {
            let stock = Stock { machine_type: TypeId(0), total: Some(6), by_zone: Some(vec![2; 3]) };
            p.regions[0].stock = vec![stock];
        }),
        ("one region for everybody", |p, _| p.workloads[0].single_region_per_user = true),
        ("one cloud of one", |p, _| p.limits.max_clouds = Some(1)),
        ("a pinned region that is used", |p, _| p.workloads[0].pinned.extend([p.regions[0].key.clone()])),
        ("the longest round trip", |p, _| p.workloads[0].max_rtt = Some(RoundTrip(10_000))),
        ("a late request that may be", |p, a| {
            p.workloads[0].rtt_share = Ratio(998_000);
            p.rtt = known_everywhere();
            set(a, EAST, 0, 399_000);
            set(a, WEST, 0, 1_000);
            set_of(a, WEST).instances_by_zone = vec![2, 2, 0];
        }),
        ("a region that carries the other", |p, a| {
            p.workloads[0].survive.regions = 1;
            p.rtt = known_everywhere();
            p.workloads[0].degraded_max_rtt = Some(RoundTrip(80_000));
            set_of(a, EAST).instances_by_zone = vec![2, 2, 2];
            set_of(a, WEST).instances_by_zone = vec![2, 2, 1];
        }),
        ("latency at a price where nobody is far", |p, _| {
            p.objective.latency_per_rps_ms = Money::from_micros(1);
            p.workloads[0].max_rtt = None;
        }),
        ("copies enough", |p, a| {
            keep(p, 3, 2);
            alone(p, a);
            p.workloads[0].state.as_mut().unwrap().max_storage = Some(Bytes(500));
        }),
    ];
    for (what, change) in cases {
        let (mut problem, mut assignment) = (problem(), assignment());
        change(&mut problem, &mut assignment);
        let placed = check::placement(&problem, assignment);
        assert!(placed.is_ok(), "{what}: {:?}", placed.unwrap_err());
    }
}

fn rtt(ms: u32) -> Rtt {
    Rtt { round_trip: RoundTrip(ms * 1_000), provenance: Provenance::Measured }
}

/// Round trips with which both outer regions and the north are known to both users.
fn known_everywhere() -> RttTable {
    let row = |all: [u32; 3]| all.map(|ms| Some(rtt(ms))).to_vec();
    RttTable::from_rows(3, vec![row([10, 30, 80]), row([80, 30, 10])])
}

/// Leaves the east and its user group.
fn alone(problem: &mut Problem, assignment: &mut Assignment) {
    (problem.workloads[0].min_regions, problem.workloads[0].demand) =
        (1, vec![Demand { user: UserId(0), rate: MilliRps(400_000) }]);
    assignment.groups.remove(&WEST);
}

#[test]
fn requests_of_somebody_who_sends_none_are_named() {
    let (mut problem, assignment) = (problem(), assignment());
    problem.workloads[0].demand.pop();
    let violations = check::placement(&problem, assignment).unwrap_err();
    let expected = Violation::Demand {
        workload: WorkloadId(0),
        user: UserId(1),
        demanded: MilliRps(0),
        answered: MilliRps(100_000),
    };
    assert_eq!(violations, [expected]);
}

#[test]
fn sums_hold_every_line() {
    let usd = |usd: i128| Money::from_micros(usd * 1_000_000);
    let lines = CostLines {
        machines: usd(1),
        functions: usd(2),
        egress: usd(4),
        latency: usd(8),
        calls: usd(16),
        storage: usd(32),
        replication: usd(64),
        carbon: usd(128),
        moves: usd(256),
        emissions: None,
        wait: None,
    };
    assert_eq!(lines.total(), usd(511));
    let totals = Totals {
        machines: usd(1),
        functions: usd(2),
        fixed: usd(4),
        egress: usd(8),
        latency: usd(16),
        calls: usd(32),
        storage: usd(64),
        replication: usd(128),
        carbon: usd(256),
        moves: usd(512),
        emissions: None,
        wait: None,
    };
    assert_eq!((totals.paid(), totals.objective()), (usd(239), usd(1_023)));
}

/// Full demand in one of two hours, half of it in the other.
fn two_hours(groups: usize) -> Profile {
    let calendar = Calendar { hours: 2, has_cases: false };
    Profile { calendar, shapes: vec![vec![Ratio::ONE, Ratio(500_000)]; groups], ..Profile::default() }
}

#[test]
fn every_line_is_a_mean_over_the_hours() {
    let (mut problem, mut assignment) = (problem(), assignment());
    problem.workloads[0].profile = two_hours(2);
    problem.objective.latency_per_rps_ms = Money::from_micros(1_000);
    set_of(&mut assignment, EAST).by_period = vec![vec![2; 3], vec![1; 3]];
    set_of(&mut assignment, WEST).by_period = vec![vec![1, 1, 0]; 2];
    let placement = check::placement(&problem, assignment).unwrap();
    let totals = placement.totals();
    // 6.5 instances × 0.01 × 730; 375 rps × 1,000 bytes × 2,628,000 s = 985.5 GB at 0.09; 375 rps × 10 ms at 0.001; 6.5 g × 730 at 0.1 a kilogram.
    assert_eq!(totals.machines.usd().to_string(), "47.45");
    assert_eq!(totals.egress.usd().to_string(), "88.695");
    assert_eq!(totals.latency.usd().to_string(), "3.75");
    assert_eq!(totals.emissions, Some(Carbon(4_745_000)));
    assert_eq!(totals.carbon.usd().to_string(), "0.4745");
}

#[test]
fn time_on_the_way_is_rounded_half_up() {
    let (mut problem, mut assignment) = (problem(), assignment());
    alone(&mut problem, &mut assignment);
    problem.workloads[0].profile = two_hours(1);
    problem.workloads[0].demand[0].rate = MilliRps(400_002);
    let odd = Rtt { round_trip: RoundTrip(10_001), ..rtt(10) };
    problem.rtt = RttTable::from_rows(3, vec![vec![Some(odd); 3]; 2]);
    set(&mut assignment, EAST, 0, 400_002);
    let east = set_of(&mut assignment, EAST);
    east.instances_by_zone = vec![3; 3];
    east.by_period = vec![vec![3; 3]; 2];
    let placement = check::placement(&problem, assignment).unwrap();
    // 400,002 × 0.75 × 10,001 = 3,000,315,001.5 thousandths of a request per second and microseconds.
    assert_eq!(placement.totals().wait, Some(Wait(3_000_315_002)));
}

#[test]
fn writes_of_callers_are_replicated_too() {
    let (mut problem, mut assignment) = (problem(), assignment());
    alone(&mut problem, &mut assignment);
    keep(&mut problem, 2, 1);
    let mut shop = problem.workloads[0].clone();
    let cart = &mut problem.workloads[0];
    cart.name = "cart".into();
    (cart.demand, cart.response) = (Vec::new(), Bytes(0));
    cart.profile = Profile { called: two_hours(1).shapes.remove(0), ..two_hours(0) };
    (shop.name, shop.state, shop.profile) = ("shop".into(), None, two_hours(1));
    let call =
        Call { callee: "cart".into(), per_request: Ratio(500_000), answer: Bytes(0), sent: Bytes(0), waits: false };
    shop.calls = vec![call];
    problem.workloads.push(shop);
    problem.links = LinkTable::from_rows(vec![vec![Link { egress_per_gb: None, rtt: Some(rtt(1)) }; 3]; 3]);
    let calls = BTreeMap::from([((WorkloadId(0), RegionId(0)), MilliRps(200_000))]);
    assignment.groups = BTreeMap::from([
        ((WorkloadId(0), RegionId(0)), group([2, 2, 2], &[])),
        ((WorkloadId(1), RegionId(0)), Group { calls, ..group([2, 2, 2], &[(0, 400)]) }),
    ]);
    for set in assignment.groups.values_mut().flat_map(|group| &mut group.machines) {
        set.by_period = vec![set.instances_by_zone.clone(); 2];
    }
    let placement = check::placement(&problem, assignment).unwrap();
    // 200 calls per second in one of two hours and 100 in the other: each write goes to the other copy, 394.2 GB at 0.01.
    assert_eq!(placement.totals().replication.usd().to_string(), "3.942");
}

#[test]
fn waits_add_up_along_chains_of_calls() {
    let mut problem = problem();
    let call = |callee: &str| Call {
        callee: callee.into(),
        per_request: Ratio::ONE,
        answer: Bytes(0),
        sent: Bytes(0),
        waits: true,
    };
    let web = problem.workloads.remove(0);
    let plain = |name: &str, calls: Vec<Call>| Workload {
        calls,
        ..Workload::new(name, web.replica.clone(), web.rate_per_replica, Vec::new())
    };
    let front = Workload {
        demand: vec![Demand { user: UserId(0), rate: MilliRps(100_000) }],
        max_path_rtt: Some(RoundTrip(47_000)),
        ..plain("front", vec![call("middle")])
    };
    problem.workloads = vec![plain("back", Vec::new()), front, plain("middle", vec![call("back")])];
    let link = |from: usize, to: usize| Link {
        egress_per_gb: None,
        rtt: Some(rtt(if from == to { 1 } else { 12 + 13 * u32::from(from == 1) })),
    };
    problem.links = LinkTable::from_rows((0..3).map(|from| (0..3).map(|to| link(from, to)).collect()).collect());
    let (back, front, middle) =
        ((WorkloadId(0), RegionId(0)), (WorkloadId(1), RegionId(0)), (WorkloadId(2), RegionId(1)));
    let calling = |to| BTreeMap::from([(to, MilliRps(100_000))]);
    let groups = BTreeMap::from([
        (back, group([1, 0, 0], &[])),
        (front, Group { calls: calling(middle), ..group([1, 0, 0], &[(0, 100)]) }),
        (middle, Group { calls: calling(back), ..group([1, 0, 0], &[]) }),
    ]);
    let assignment = Assignment { groups, ..Assignment::default() };
    // 10 ms to the front, 12 to the north and 25 back.
    let placement = check::placement(&problem, assignment.clone()).unwrap();
    assert_eq!(placement.groups()[&front].wait, Some(RoundTrip(37_000)));
    problem.workloads[1].max_path_rtt = Some(RoundTrip(46_999));
    assert!(check::placement(&problem, assignment).is_err());
}

#[test]
fn what_is_left_in_place_carries_or_does_not() {
    let (mut problem, mut assignment) = (problem(), assignment());
    let web = WorkloadId(0);
    let carries = |problem: &Problem, assignment: &Assignment, lost: &[usize]| {
        check::carries_in_place(problem, assignment, web, &|region, zone| region == RegionId(0) && lost.contains(&zone))
    };
    assert!(carries(&problem, &assignment, &[]));
    assert!(carries(&problem, &assignment, &[1]));
    assert!(!carries(&problem, &assignment, &[0, 1]));
    // A function answers as long as a zone is left, and needs no machines.
    let function = Function { memory: Bytes(1), vcpu: None, duration: Duration(100_000), concurrency: 1 };
    problem.workloads[0].function = Some(function);
    let all = stowage::model::Environments { offer: stowage::model::FunctionId(0), rate: MilliRps(400_000), count: 40 };
    at(&mut assignment, EAST).function = Some(all);
    assert!(carries(&problem, &assignment, &[0, 1]));
    assert!(!carries(&problem, &assignment, &[0, 1, 2]));
}

/// The north stands by, without requests.
fn idle_north() -> (Problem, Assignment) {
    let (mut problem, mut assignment) = (problem(), assignment());
    (problem.workloads[0].max_regions, problem.limits.max_regions) = (None, None);
    problem.rtt = known_everywhere();
    assignment.groups.insert((WorkloadId(0), RegionId(1)), group([1, 0, 0], &[]));
    (problem, assignment)
}

#[test]
fn an_idle_region_is_of_use_where_it_could_answer() {
    let near: fn(&mut Problem) = |p| p.workloads[0].max_rtt = Some(RoundTrip(29_999));
    let unknown = |p: &mut Problem, east: Option<Rtt>| {
        p.workloads[0].max_rtt = None;
        p.rtt = RttTable::from_rows(3, vec![vec![Some(rtt(10)), east, None], vec![None, None, Some(rtt(10))]]);
    };
    let judge = |change: &dyn Fn(&mut Problem)| {
        let (mut problem, assignment) = idle_north();
        change(&mut problem);
        check::placement(&problem, assignment).map(|_| ())
    };
    let is_far = |found: Result<(), Vec<Violation>>| {
        matches!(found.unwrap_err()[..], [Violation::OutOfReach { region: RegionId(1), .. }])
    };
    assert_eq!(judge(&|_| ()), Ok(()));
    assert!(is_far(judge(&near)));
    // A few may be late; rounded up to whole thousandths of a request, so small a share is nobody.
    let late = |share: u32| move |p: &mut Problem| (near(p), p.workloads[0].rtt_share = Ratio(share)).0;
    assert_eq!(judge(&late(999_000)), Ok(()));
    assert_eq!(judge(&|p| unknown(p, None)), Ok(()), "nothing is asked of round trips");
    let priced = |east: Option<Rtt>| {
        move |p: &mut Problem| {
            unknown(p, east);
            p.objective.latency_per_rps_ms = Money::from_micros(1);
        }
    };
    assert_eq!(judge(&priced(Some(rtt(30)))), Ok(()), "it could answer the east");
    let unknown_trip = Violation::UnknownRoundTrip { workload: WorkloadId(0), user: UserId(0), region: RegionId(1) };
    assert_eq!(judge(&priced(None)), Err(vec![unknown_trip]));
    // Somebody who calls it may be anywhere.
    let called = |p: &mut Problem| {
        near(p);
        let call = Call { callee: "web".into(), per_request: Ratio(0), answer: Bytes(0), sent: Bytes(0), waits: false };
        let caller = Workload { calls: vec![call], ..p.workloads[0].clone() };
        p.workloads.push(Workload { name: "caller".into(), demand: Vec::new(), ..caller });
        p.links = LinkTable::from_rows(vec![vec![Link { egress_per_gb: None, rtt: Some(rtt(1)) }; 3]; 3]);
    };
    let found = judge(&called);
    let is_of_web = |violation: &Violation| matches!(violation, Violation::OutOfReach { workload: WorkloadId(0), .. });
    let found = found.unwrap_err();
    assert!(!found.iter().any(is_of_web), "{found:?}");
}

#[test]
fn a_placement_says_what_it_was_made_of() {
    let placement = check::placement(&problem(), assignment()).unwrap();
    assert_eq!(placement.assignment(), assignment());
    assert_eq!(placement.regions(), [RegionId(0), RegionId(2)].into());
}
