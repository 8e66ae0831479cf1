//! Every way to spoil a group of machines that follow the hours, are spot, or are committed.

use std::collections::BTreeMap;
use std::sync::Arc;

use stowage::check::{self, Violation};
use stowage::model::{
    Assignment, Calendar, Commitment, CommitmentId, Group, MachineSet, Offer, Problem, Profile, Purchase, RegionId,
    SpotTerms, Stock, Term, TypeId, UserId,
};
use stowage::units::{Bytes, MilliRps, Millicores, Money, Ratio};

use super::{EAST, machines, problem, shape};

const COMMITTED: Purchase = Purchase::Committed(CommitmentId(0), Term::OneYear);

/// One workload in the east: 400 rps in the first of two hours, 200 in the second, a zone may be lost.
pub(super) fn changing(purchase: Purchase) -> (Problem, Assignment) {
    let mut problem = problem();
    problem.objective.carbon_per_tonne = Money::ZERO;
    problem.limits.max_regions = None;
    let workload = &mut problem.workloads[0];
    workload.demand.truncate(1);
    workload.min_regions = 1;
    workload.profile = Profile {
        calendar: Calendar { hours: 2, has_cases: false },
        shapes: vec![vec![Ratio(1_000_000), Ratio(500_000)]],
        ..Profile::default()
    };
    if purchase == Purchase::Spot {
        workload.spot = Some(SpotTerms {
            max_share: Ratio(700_000),
            max_interruption_percent: Some(10),
            min_pools: 2,
            survive_pools: 1,
        });
    }
    problem.commitments = vec![Commitment { label: "base".into(), quantity: 3 }];
    for region in &mut problem.regions {
        let bought =
            Offer { purchase, hourly: Money::from_micros(5_000), interruption_percent: Some(10), ..region.offers[0] };
        let mut offers = region.offers.to_vec();
        offers.insert(1, bought);
        region.offers = offers.into();
    }
    let set = |purchase, first: [u64; 3], second: [u64; 3]| MachineSet {
        machine_type: TypeId(0),
        purchase,
        instances_by_zone: first.iter().zip(&second).map(|(first, second)| *first.max(second)).collect(),
        by_period: vec![first.to_vec(), second.to_vec()],
    };
    let machines = if purchase == Purchase::Spot {
        vec![set(Purchase::OnDemand, [1, 1, 0], [0, 0, 1]), set(purchase, [1, 1, 2], [1, 1, 0])]
    } else {
        vec![set(Purchase::OnDemand, [1, 1, 1], [0, 0, 0]), set(purchase, [1, 1, 1], [1, 1, 1])]
    };
    let traffic = BTreeMap::from([(UserId(0), MilliRps(400_000))]);
    (
        problem,
        Assignment {
            groups: BTreeMap::from([(EAST, Group { machines, traffic, ..Group::default() })]),
            ..Assignment::default()
        },
    )
}

#[test]
fn what_runs_is_paid_for_hour_by_hour() {
    let (problem, assignment) = changing(COMMITTED);
    let placement = check::placement(&problem, assignment).unwrap();
    // On demand 3 in one hour of two at 7.30 a month, committed 3 always at 3.65; (3 + 6) / 2 × 1 g × 730.
    assert_eq!(placement.totals().machines.usd().to_string(), "21.9");
    assert_eq!(placement.totals().emissions.unwrap().to_decimal().to_string(), "3.285");
    // 300 rps on average × 1,000 bytes × 2,628,000 s at 0.09 for 10^9 bytes.
    assert_eq!(placement.totals().egress.usd().to_string(), "70.956");
    let (problem, assignment) = changing(Purchase::Spot);
    assert!(check::placement(&problem, assignment).is_ok());
}

#[test]
fn limited_machines_stand_at_all_hours_whatever_others_do() {
    let with = |region: usize, machine_type: u32| {
        let (mut problem, assignment) = changing(COMMITTED);
        let stock = Stock { machine_type: TypeId(machine_type), total: Some(6), by_zone: None };
        problem.regions[region].stock = vec![stock];
        check::placement(&problem, assignment)
    };
    let comes_and_goes = |violation: &Violation| matches!(violation, Violation::Shape { region: RegionId(0), reason, .. } if reason.contains("come and go"));
    assert!(with(0, 0).unwrap_err().iter().any(comes_and_goes));
    // Of another region, or of another type.
    assert!(with(1, 0).is_ok() && with(0, 3).is_ok());
    // Other machines of the group may change beside limited ones that do not.
    let (mut problem, mut assignment) = changing(COMMITTED);
    let stock = |total| vec![Stock { machine_type: TypeId(3), total: Some(total), by_zone: None }];
    let always = MachineSet { machine_type: TypeId(3), purchase: Purchase::OnDemand, ..machines(3, [1, 0, 0]) };
    let always = MachineSet { by_period: vec![vec![1, 0, 0]; 2], ..always };
    assignment.groups.get_mut(&EAST).unwrap().machines.push(always);
    problem.regions[0].stock = stock(1);
    assert!(check::placement(&problem, assignment.clone()).is_ok());
    problem.regions[0].stock = stock(0);
    assert!(check::placement(&problem, assignment).is_err());
}

type Spoil = (&'static str, Purchase, fn(&mut Problem, &mut Group), fn(&Violation) -> bool);

#[test]
fn every_way_to_spoil_what_is_bought_is_named() {
    let cases: [Spoil; 17] = [
        ("a period too few", COMMITTED, |_, g| g.machines[0].by_period.truncate(1), |v| shape(v, MOST)),
        ("a zone too few", COMMITTED, |_, g| g.machines[0].by_period[1].truncate(2), |v| shape(v, MOST)),
        ("less than the most", COMMITTED, |_, g| g.machines[0].instances_by_zone[0] = 2, |v| shape(v, MOST)),
        (
            "periods that the demand has not",
            COMMITTED,
            |p, _| p.workloads[0].profile = Profile::default(),
            |v| shape(v, MOST),
        ),
        (
            "an hour without machines",
            COMMITTED,
            |_, g| g.machines[1].by_period[1] = vec![0; 3],
            |v| shape(v, "a period without instances"),
        ),
        (
            "machines of two sizes",
            COMMITTED,
            |p, g| {
                let large = &mut Arc::make_mut(&mut p.machine_types)[3];
                (large.vcpu, large.memory) = (Millicores(2_000), Bytes(2 << 30));
                g.machines[0].machine_type = TypeId(3);
                g.machines.reverse();
            },
            |v| shape(v, "instances of one group hold different numbers of replicas"),
        ),
        (
            "too few in the second hour after a loss",
            COMMITTED,
            |p, _| p.workloads[0].profile.shapes[0][1] = Ratio(500_001),
            |v| matches!(v, Violation::Capacity { zones_lost: 1, load: MilliRps(200_001), .. }),
        ),
        ("committed, not asked for", COMMITTED, |p, _| p.workloads[0].uses_commitments = false, commitments),
        (
            "committed beside spot",
            COMMITTED,
            |p, _| {
                p.workloads[0].spot = Some(SpotTerms {
                    max_share: Ratio::ONE,
                    max_interruption_percent: None,
                    min_pools: 1,
                    survive_pools: 0,
                });
            },
            commitments,
        ),
        ("committed, not always", COMMITTED, |_, g| g.machines[1].by_period[1] = vec![1, 1, 0], commitments),
        (
            "more than there are",
            COMMITTED,
            |p, _| p.commitments[0].quantity = 2,
            |v| matches!(v, Violation::Committed { used: 3, quantity: 2, .. }),
        ),
        ("spot, not asked for", Purchase::Spot, |p, _| p.workloads[0].spot = None, |v| spot(v, "does not allow")),
        ("too much spot", Purchase::Spot, |p, _| terms(p).max_share = Ratio(660_000), |v| spot(v, "max_share")),
        (
            "interrupted too often",
            Purchase::Spot,
            |p, _| terms(p).max_interruption_percent = Some(9),
            |v| spot(v, "interrupted"),
        ),
        (
            "interruptions unknown",
            Purchase::Spot,
            |p, _| Arc::make_mut(&mut p.regions[0].offers)[1].interruption_percent = None,
            |v| spot(v, "interrupted"),
        ),
        ("too few pools", Purchase::Spot, |p, _| terms(p).min_pools = 3, |v| spot(v, "min_pools")),
        ("two pools lost", Purchase::Spot, |p, _| terms(p).survive_pools = 2, |v| spot(v, "does not carry")),
    ];
    for (what, purchase, spoil, is_expected) in cases {
        let (mut problem, mut assignment) = changing(purchase);
        spoil(&mut problem, assignment.groups.get_mut(&EAST).unwrap());
        let violations = check::placement(&problem, assignment).expect_err(what);
        assert!(violations.iter().any(is_expected), "{what}: {violations:?}");
    }
}

#[test]
fn a_region_of_fewer_zones_than_pools_lost_holds_no_spot() {
    let (mut problem, assignment) = changing(Purchase::Spot);
    terms(&mut problem).survive_pools = 4;
    let violations = check::placement(&problem, assignment).unwrap_err();
    assert!(violations.iter().any(|violation| spot(violation, "fewer zones")), "{violations:?}");
}

const MOST: &str = "instances by zone are not the most of all periods";

pub(super) fn terms(problem: &mut Problem) -> &mut SpotTerms {
    problem.workloads[0].spot.as_mut().unwrap()
}

fn commitments(violation: &Violation) -> bool {
    matches!(violation, Violation::Commitments { .. })
}

pub(super) fn spot(violation: &Violation, part: &str) -> bool {
    matches!(violation, Violation::Spot { reason, .. } if reason.contains(part))
}
