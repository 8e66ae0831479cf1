//! What `check` says of pools that stand by: those solved by hand are accepted, and one replica fewer, a round trip too many or a region that is shared is named.

use stowage::check;
use stowage::model::{Assignment, PoolId, PoolNodes, PooledNodes, Problem, RegionId, RttTable, UserId};
use stowage::place::place;
use stowage::units::{MilliRps, Money, RoundTrip};

use crate::scenarios::pools::problem;

const MAIN: PoolId = PoolId(0);
const STANDBY: PoolId = PoolId(1);

/// The scenario in which a cloud is lost, and its answer.
fn a_cloud_is_lost() -> (Problem, Assignment) {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/scenarios/pools/a_cloud_is_lost.hcl");
    let problem = problem(&std::fs::read_to_string(file).unwrap()).unwrap();
    let answer = place(&problem).unwrap();
    let (placement, _) = answer.outcome.placement().unwrap();
    let assignment = placement.assignment();
    (problem, assignment)
}

fn standby(assignment: &mut Assignment) -> &mut PooledNodes {
    assignment.pools.get_mut(&STANDBY).unwrap()
}

fn broken(problem: &Problem, assignment: Assignment) -> String {
    let violations = check::placement(problem, assignment).unwrap_err();
    violations.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

#[test]
fn what_stands_by_is_judged_by_what_may_be_lost() {
    let (problem, right) = a_cloud_is_lost();
    let region = |key: &str| {
        RegionId::at(problem.regions.iter().position(|region| region.key.to_string() == key).expect("it is declared"))
    };
    assert_eq!(right.pools[&MAIN].region, region("here/south"));
    assert_eq!(right.pools[&STANDBY].region, region("there/abroad"));

    // Of the regions that hold enough one is left in no other cloud.
    let mut near = problem.clone();
    near.pools[STANDBY.index()].stands_by.as_mut().unwrap().is_in_another_cloud = false;
    let mut moved = right.clone();
    let types = &problem.machine_types;
    let here = types.iter().position(|machine| machine.cloud == "here").expect("it is declared");
    standby(&mut moved).region = region("here/north");
    standby(&mut moved).nodes[0].machine_type = stowage::model::TypeId::at(here);
    assert!(broken(&near, moved).contains("1 clouds hold what `web` needs, of which 1 may be lost"));

    let mut fewer = right.clone();
    standby(&mut fewer).nodes[0].count = 1;
    assert!(broken(&problem, fewer).contains("are too few"));
    // Even where the pool that stands by is asked for nothing: `web` must outlive the loss.
    let mut careless = problem.clone();
    careless.pools[STANDBY.index()].members[1].workload.demand.clear();
    let mut fewer = right.clone();
    standby(&mut fewer).nodes = vec![PoolNodes { count: 1, ..right.pools[&STANDBY].nodes[0].clone() }];
    assert!(broken(&careless, fewer).contains("1 clouds hold"));

    let mut slower = problem.clone();
    slower.pools[MAIN.index()].members[1].workload.degraded_rate_per_replica = MilliRps(99_999);
    assert!(broken(&slower, right.clone()).contains("1 clouds hold"));
    let mut nearer = problem.clone();
    nearer.pools[MAIN.index()].members[1].workload.degraded_max_rtt = Some(RoundTrip(89_999));
    assert!(broken(&nearer, right.clone()).contains("1 clouds hold"));

    let mut far = problem.clone();
    far.pools[MAIN.index()].members[1].workload.degraded_max_rtt = Some(RoundTrip(90_000));
    assert!(check::placement(&far, right.clone()).is_ok(), "a limit holds for what is as far as it says");
    let mut many = problem.clone();
    many.pools[MAIN.index()].members[1].replicas.min = 3;
    assert!(broken(&many, right.clone()).contains("1 clouds hold"));

    let mut unknown = problem.clone();
    unknown.objective.latency_per_rps_ms = Money::from_micros(1);
    unknown.pools[MAIN.index()].members[1].workload.degraded_max_rtt = None;
    unknown.pools[STANDBY.index()].members[1].workload.max_rtt = None;
    let row = (0..problem.regions.len()).map(|at| {
        let at = RegionId::at(at);
        problem.rtt.get(UserId(0), at).filter(|_| at != region("there/abroad"))
    });
    unknown.rtt = RttTable::from_rows(problem.regions.len(), vec![row.collect()]);
    let placement = check::placement(&unknown, right.clone()).expect("nobody waits for what stands by");
    // 200 rps from 5 ms away at a millionth of a USD each.
    assert_eq!(placement.totals().latency, Money::from_micros(1_000));
    let mut known = unknown.clone();
    known.rtt = problem.rtt.clone();
    let placement = check::placement(&known, right.clone()).expect("a way that is known changes nothing");
    assert_eq!(placement.totals().latency, Money::from_micros(1_000));

    let mut regions = problem.clone();
    let survive = &mut regions.pools[MAIN.index()].members[1].workload.survive;
    (survive.regions, survive.clouds) = (1, 0);
    regions.pools[STANDBY.index()].stands_by.as_mut().unwrap().is_in_another_cloud = false;
    assert!(check::placement(&regions, right.clone()).is_ok());
    let mut shared = right.clone();
    standby(&mut shared).region = region("here/south");
    standby(&mut shared).nodes[0].machine_type = stowage::model::TypeId::at(here);
    assert!(broken(&regions, shared).contains("1 regions hold what `web` needs, of which 1 may be lost"));

    let mut missing = right;
    missing.pools.remove(&STANDBY);
    assert!(broken(&problem, missing).contains("is nowhere"));
}
