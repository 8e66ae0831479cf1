//! What is left uncarried when zones are lost, for simulations, which lose more than a placement must outlive.

use std::collections::BTreeMap;

use stowage::check::{self, Violation};
use stowage::model::{Assignment, Call, Demand, Problem, RegionId, Survival, UserId, Workload, WorkloadId};
use stowage::units::{Bytes, MilliRps, Ratio};

use super::functions::partly;
use super::{assignment, group, problem};

/// By user group and of calls, in requests per second.
fn uncarried(
    problem: &Problem,
    assignment: &Assignment,
    is_lost: &dyn Fn(RegionId, usize) -> bool,
) -> (BTreeMap<u32, u64>, u64) {
    let (by_user, called) = check::uncarried_without(problem, assignment, WorkloadId(0), is_lost);
    (by_user.into_iter().map(|(user, rate)| (user.0, rate.0 / 1_000)).collect(), called.0 / 1_000)
}

#[test]
fn user_groups_are_served_in_their_order() {
    let (problem, assignment) = (problem(), assignment());
    let lost = |is_lost: &dyn Fn(RegionId, usize) -> bool| uncarried(&problem, &assignment, is_lost);
    // Six replicas in the east, two in the west, of 100 rps each; 400 and 100 rps are asked for.
    assert_eq!(lost(&|_, _| false), (BTreeMap::new(), 0));
    assert_eq!(lost(&|_, zone| zone == 0), (BTreeMap::new(), 0));
    assert_eq!(lost(&|region, _| region == RegionId(0)), (BTreeMap::from([(0, 200), (1, 100)]), 0));
    assert_eq!(lost(&|_, zone| zone < 2), (BTreeMap::from([(0, 200), (1, 100)]), 0));
    assert_eq!(lost(&|region, zone| region == RegionId(2) || zone == 2), (BTreeMap::from([(1, 100)]), 0));
    assert_eq!(lost(&|_, _| true), (BTreeMap::from([(0, 400), (1, 100)]), 0));
}

#[test]
fn calls_come_last() {
    let (mut problem, mut assignment) = (problem(), assignment());
    let call =
        Call { callee: "web".into(), per_request: Ratio(3_000_000), answer: Bytes(0), sent: Bytes(0), waits: false };
    problem.workloads.push(Workload {
        name: "shop".into(),
        demand: vec![Demand { user: UserId(0), rate: MilliRps(100_000) }],
        min_regions: 1,
        survive: Survival::default(),
        calls: vec![call],
        ..problem.workloads[0].clone()
    });
    let mut shop = group([1, 0, 0], &[(0, 100)]);
    shop.calls = BTreeMap::from([((WorkloadId(0), RegionId(0)), MilliRps(300_000))]);
    assignment.groups.insert((WorkloadId(1), RegionId(0)), shop);
    assert_eq!(uncarried(&problem, &assignment, &|_, _| false), (BTreeMap::new(), 0));
    // Five replicas are left: they carry what users ask for, and none of the calls.
    assert_eq!(uncarried(&problem, &assignment, &|_, zone| zone == 0), (BTreeMap::new(), 300));
    // With the region of the shop its calls are lost, unless it promises to outlive that: then it makes them elsewhere.
    let east = |region: RegionId, _: usize| region == RegionId(0);
    assert_eq!(uncarried(&problem, &assignment, &east).1, 0);
    problem.workloads[1].survive.regions = 1;
    assert_eq!(uncarried(&problem, &assignment, &east).1, 300);
}

#[test]
fn a_function_is_there_while_one_zone_is() {
    let (mut problem, assignment) = partly();
    problem.workloads[0].demand[0].rate = MilliRps(1_000_000);
    // Of three environments: 60 rps, whichever zones are left.
    let lost = |is_lost: &dyn Fn(RegionId, usize) -> bool| uncarried(&problem, &assignment, is_lost).0[&0];
    assert_eq!(lost(&|_, _| false), 1_000 - 800 - 60);
    assert_eq!(lost(&|_, zone| zone < 2), 1_000 - 200 - 60);
    assert_eq!(lost(&|_, _| true), 1_000);
}

#[test]
fn every_pair_of_regions_is_lost_once() {
    for small in 0..3 {
        let (mut problem, mut assignment) = (problem(), assignment());
        let workload = &mut problem.workloads[0];
        (workload.max_regions, problem.limits.max_regions) = (None, None);
        workload.survive = Survival { regions: 2, ..Survival::default() };
        for region in 0..3 {
            let traffic: &[(u32, u64)] = [&[(0, 400)][..], &[], &[(1, 100)]][region];
            let instances = if region == small { [1, 0, 0] } else { [5, 0, 0] };
            assignment.groups.insert((WorkloadId(0), RegionId::at(region)), group(instances, traffic));
        }
        let violations = check::placement(&problem, assignment).unwrap_err();
        let others: Vec<RegionId> = (0..3).filter(|&region| region != small).map(RegionId::at).collect();
        let is_named = |violation: &Violation| matches!(violation, Violation::Loss { regions, uncarried: MilliRps(400_000), .. } if *regions == others);
        assert!(violations.iter().any(is_named), "{small}: {violations:?}");
    }
}

#[test]
fn a_breach_names_its_rule() {
    let (problem, mut assignment) = (problem(), assignment());
    assignment.groups.clear();
    let violations = check::placement(&problem, assignment).unwrap_err();
    assert!(violations.iter().any(|violation| violation.rule() == "demand"), "{violations:?}");
}
