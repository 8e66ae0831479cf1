//! What stands exactly on a border, one step on either side of it: moves, order, spot, state, and the threshold of `previous`.

use std::collections::BTreeMap;

use stowage::check::{self, Violation};
use stowage::model::{
    Assignment, Call, Demand, Previous, Problem, Purchase, RegionId, RegionKey, Stood, Survival, UserId, Workload,
    WorkloadId,
};
use stowage::units::{Bytes, MilliRps, Millicores, Money, Ratio, Wait};

use super::purchase::{changing, spot, terms};
use super::{EAST, WEST, assignment, at, group, keep, problem, set, set_of, stood};

#[test]
fn nothing_moves_for_less_than_the_threshold() {
    let usd = |usd: i128| Money::from_micros(usd * 1_000_000);
    let previous = |least: i128, share: u32| Previous {
        groups: BTreeMap::new(),
        nodes: BTreeMap::new(),
        cost: None,
        min_improvement: usd(least),
        min_improvement_share: Ratio(share),
        origin: None,
    };
    let is_worth = |least, share, from, to| check::is_worth_moving(&previous(least, share), usd(from), usd(to));
    assert!(is_worth(10, 0, 100, 90) && !is_worth(11, 0, 100, 90));
    assert!(is_worth(0, 100_000, 100, 90) && !is_worth(0, 110_000, 100, 90));
    // Nothing saved is worth nothing, and what costs more is never a saving.
    assert!(!is_worth(0, 0, 100, 100) && !is_worth(0, 0, 100, 200) && is_worth(0, 0, 100, 99));
}

#[test]
fn the_longest_time_on_the_way_is_rounded_in_favour_of_it() {
    let mut problem = problem();
    // 400 rps × 10 ms + 100 rps × 10 ms, less a unit for each of two groups.
    problem.limits.max_wait = Some(Wait(4_999_999_998));
    assert!(check::placement(&problem, assignment()).is_ok());
}

#[test]
fn users_nobody_answered_before_need_replicas_that_are_new() {
    let (mut problem, mut assignment) = (problem(), assignment());
    problem.objective.move_per_replica = Money::from_micros(1_000_000);
    let (east, north) = (problem.regions[0].key.clone(), problem.regions[1].key.clone());
    // Three quarters of 400 rps were answered in the east: three replicas of four. Of the users of the west nothing is known: its replica is new.
    problem.workloads[0].stood = BTreeMap::from([(east, stood([(UserId(0), 3)])), (north, stood([(UserId(0), 1)]))]);
    let placement = check::placement(&problem, assignment.clone()).unwrap();
    assert_eq!(placement.groups()[&EAST].lines.moves.usd().to_string(), "1");
    assert_eq!(placement.groups()[&WEST].lines.moves.usd().to_string(), "1");
    // Requests of another workload count beside those of users: 100 rps more are a replica more.
    let caller =
        Workload { demand: vec![Demand { user: UserId(0), rate: MilliRps(100_000) }], ..problem.workloads[0].clone() };
    let caller = Workload { name: "shop".into(), min_regions: 1, stood: BTreeMap::new(), ..caller };
    problem.workloads.push(Workload {
        calls: vec![Call {
            callee: "web".into(),
            per_request: Ratio::ONE,
            answer: Bytes(0),
            sent: Bytes(0),
            waits: false,
        }],
        ..caller
    });
    let mut shop = group([1, 1, 0], &[(0, 100)]);
    shop.calls = BTreeMap::from([((WorkloadId(0), RegionId(0)), MilliRps(100_000))]);
    assignment.groups.insert((WorkloadId(1), RegionId(0)), shop);
    set_of(&mut assignment, EAST).instances_by_zone = vec![3, 3, 3];
    let placement = check::placement(&problem, assignment.clone()).unwrap();
    assert_eq!(placement.groups()[&EAST].lines.moves.usd().to_string(), "2");
    // The other workload stood there too, and called the east: of its calls two thirds, so that 67 rps more were there, and one replica.
    let east = problem.regions[0].key.clone();
    let elsewhere = RegionKey::new("test", "gone");
    let calls = BTreeMap::from([("web".to_owned(), BTreeMap::from([(east.clone(), 2), (elsewhere, 1)]))]);
    problem.workloads[1].stood = BTreeMap::from([(east.clone(), Stood { calls, ..stood([(UserId(0), 1)]) })]);
    let placement = check::placement(&problem, assignment.clone()).unwrap();
    assert_eq!(placement.groups()[&EAST].lines.moves.usd().to_string(), "1");
    // A function answered half of the 367 rps there: two replicas stood, and three are new.
    problem.workloads[0].stood.get_mut(&east).unwrap().function = Some((1, 2));
    let placement = check::placement(&problem, assignment).unwrap();
    assert_eq!(placement.groups()[&EAST].lines.moves.usd().to_string(), "3");
}

#[test]
fn the_share_of_spot_is_reached_and_not_passed() {
    let (mut problem, mut assignment) = changing(Purchase::Spot);
    let on_demand = &mut at(&mut assignment, EAST).machines[0];
    (on_demand.instances_by_zone, on_demand.by_period) = (vec![2, 2, 1], vec![vec![2, 2, 0], vec![1, 0, 1]]);
    // Four of eight, then two of four.
    terms(&mut problem).max_share = Ratio(500_000);
    assert!(check::placement(&problem, assignment.clone()).is_ok());
    terms(&mut problem).max_share = Ratio(499_999);
    assert!(check::placement(&problem, assignment).is_err());
}

#[test]
fn a_region_has_as_many_zones_as_pools_may_go() {
    let (mut problem, assignment) = changing(Purchase::Spot);
    terms(&mut problem).survive_pools = 3;
    let violations = check::placement(&problem, assignment).unwrap_err();
    assert!(!violations.iter().any(|violation| spot(violation, "fewer zones")), "{violations:?}");
}

#[test]
fn a_lost_pool_takes_all_replicas_of_its_machines() {
    let (mut problem, mut assignment) = changing(Purchase::Spot);
    let workload = &mut problem.workloads[0];
    (workload.replica.vcpu, workload.replica.memory) = (Millicores(500), Bytes(1 << 29));
    // Twelve replicas on six machines; the fullest pool is two machines with four replicas, which leaves eight.
    workload.survive = Survival::default();
    for (rate, carries) in [(800_000, true), (800_001, false)] {
        problem.workloads[0].demand[0].rate = MilliRps(rate);
        set(&mut assignment, EAST, 0, 0);
        at(&mut assignment, EAST).traffic.insert(UserId(0), MilliRps(rate));
        let violations = check::placement(&problem, assignment.clone()).err().unwrap_or_default();
        let is_short = violations.iter().any(|violation| spot(violation, "does not carry"));
        assert_eq!(is_short, !carries, "{rate}: {violations:?}");
    }
}

/// One group in the east that keeps `copies` of its data, of which a quorum of `quorum` must be left after the loss of `zones`.
fn kept(copies: u32, quorum: u32, zones: u32) -> (Problem, Assignment) {
    let (mut problem, mut assignment) = (problem(), assignment());
    keep(&mut problem, copies, quorum);
    let workload = &mut problem.workloads[0];
    (workload.min_regions, workload.survive) = (1, Survival { zones, ..Survival::default() });
    workload.demand = vec![Demand { user: UserId(0), rate: MilliRps(400_000) }];
    assignment.groups.remove(&WEST);
    (problem, assignment)
}

#[test]
fn writes_that_leave_no_zone_need_no_price() {
    let is_unpriced = |violation: &Violation| violation.to_string().contains("writes go to other zones");
    let (mut problem, mut assignment) = kept(3, 2, 1);
    problem.regions[0].zone_egress_per_gb = None;
    assert!(check::placement(&problem, assignment.clone()).unwrap_err().iter().any(is_unpriced));
    problem.workloads[0].state.as_mut().unwrap().write = Bytes(0);
    assert!(check::placement(&problem, assignment.clone()).is_ok());
    // All copies in one zone.
    (problem, _) = kept(3, 2, 0);
    problem.regions[0].zone_egress_per_gb = None;
    set_of(&mut assignment, EAST).instances_by_zone = vec![6, 0, 0];
    let placed = check::placement(&problem, assignment);
    assert!(placed.is_ok(), "{:?}", placed.unwrap_err());
}

#[test]
fn a_quorum_is_kept_until_the_copies_left_are_fewer() {
    let (problem, assignment) = kept(3, 2, 1);
    let keeps =
        |lost: &dyn Fn(RegionId, usize) -> bool| check::keeps_quorum(&problem, &assignment, WorkloadId(0), lost);
    assert!(keeps(&|_, _| false) && keeps(&|_, zone| zone == 1) && !keeps(&|_, zone| zone < 2));
    assert!(!keeps(&|region, _| region == RegionId(0)) && keeps(&|region, _| region == RegionId(1)));
    let mut without = problem.clone();
    without.workloads[0].state = None;
    assert!(check::keeps_quorum(&without, &assignment, WorkloadId(0), &|_, _| true));
}

#[test]
fn machines_of_regions_that_are_gone_do_not_count_as_standing() {
    let (mut problem, assignment) = (problem(), assignment());
    problem.objective.move_per_replica = Money::from_micros(1_000_000);
    problem.workloads[0].stood = BTreeMap::from([(RegionKey::new("test", "gone"), stood([(UserId(0), 1)]))]);
    let placement = check::placement(&problem, assignment).unwrap();
    // Four replicas in the east and one in the west, all of them new.
    assert_eq!(placement.totals().moves.usd().to_string(), "5");
}
