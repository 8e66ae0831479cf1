//! What survivors of a loss can carry between them, against the condition of Hall: what any user groups ask for together, less what all the places
//! that answer one of them hold.

use stowage::check::{self, Violation};
use stowage::model::{Demand, RegionId, RegionKey, Rtt, RttTable, Survival, UserGroup, UserId};
use stowage::model::{Problem, Provenance};
use stowage::units::{MilliRps, Ratio, RoundTrip};

use super::{NOWHERE, group, problem};

const PLACES: usize = 3;

/// Three user groups, each answered by the places of its mask within the limit, and everybody answered by a fourth.
fn network(masks: [usize; 3], rates: [u64; 3]) -> Problem {
    let mut problem = problem();
    let rtt =
        |is_near| Some(Rtt { round_trip: RoundTrip(if is_near { 10 } else { 90 }), provenance: Provenance::Measured });
    problem.users =
        ["a", "b", "c"].map(|name| UserGroup { name: name.into(), country: None, coordinates: Some(NOWHERE) }).into();
    let mut places = vec![problem.regions[0].clone(); PLACES + 1];
    for (at, place) in places.iter_mut().enumerate() {
        place.key = RegionKey::new("test", format!("place-{at}"));
    }
    problem.regions = places;
    let row = |mask: usize| (0..=PLACES).map(|place| rtt(place == PLACES || mask >> place & 1 == 1)).collect();
    problem.rtt = RttTable::from_rows(PLACES + 1, masks.map(row).into());
    problem.limits.max_regions = None;
    let workload = &mut problem.workloads[0];
    (workload.max_rtt, workload.rtt_share, workload.degraded_max_rtt) = (None, Ratio::ONE, Some(RoundTrip(20)));
    (workload.min_regions, workload.max_regions) = (1, None);
    workload.survive = Survival { regions: 1, ..Survival::default() };
    workload.selectors.clear();
    let demand = |at: usize| Demand { user: UserId::at(at), rate: MilliRps(rates[at] * 100_000) };
    workload.demand = (0..3).map(demand).collect();
    problem
}

/// The most that some user groups ask for beyond what the places that answer one of them carry, in replicas.
fn beyond(masks: [usize; 3], rates: [u64; 3], room: [u64; PLACES]) -> u64 {
    let of = |chosen: usize| {
        let among = || (0..3).filter(move |group| chosen >> group & 1 == 1);
        let answering = among().fold(0, |all, group| all | masks[group]);
        let carried: u64 = (0..PLACES).filter(|place| answering >> place & 1 == 1).map(|place| room[place]).sum();
        among().map(|group| rates[group]).sum::<u64>().saturating_sub(carried)
    };
    (0..8).map(of).max().unwrap_or(0)
}

#[test]
fn survivors_carry_what_the_condition_of_hall_allows() {
    let (mut lost, mut carried) = (0, 0);
    let numbers = |base: usize, of: usize| [of % base, of / base % base, of / base / base];
    for masks in (0..343).map(|of| numbers(7, of).map(|mask| mask + 1)) {
        for (rates, room) in (0..8).flat_map(|of| (0..4).map(move |room| (numbers(2, of), numbers(2, room)))) {
            let rates = rates.map(|rate| rate as u64 + 1);
            let room = room.map(|room| room as u64 + 1);
            let problem = network(masks, rates);
            let mut assignment = super::Assignment::default();
            for (at, &replicas) in room.iter().chain(&[9]).enumerate() {
                let all: Vec<(u32, u64)> = (0..3).zip(rates.map(|rate| rate * 100)).collect();
                let key = (super::WorkloadId(0), RegionId::at(at));
                assignment.groups.insert(key, group([replicas, 0, 0], if at == PLACES { &all } else { &[] }));
            }
            let expected = beyond(masks, rates, room);
            let found = check::placement(&problem, assignment);
            let uncarried = match &found {
                Ok(_) => 0,
                Err(violations) => match &violations[..] {
                    [Violation::Loss { uncarried, .. }] => uncarried.0,
                    other => panic!("{other:?}"),
                },
            };
            assert_eq!(uncarried, expected * 100_000, "{masks:?} {rates:?} {room:?}");
            *if expected > 0 { &mut lost } else { &mut carried } += 1;
        }
    }
    assert!(lost > 1_000 && carried > 1_000, "{lost} {carried}");
}
