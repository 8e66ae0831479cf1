//! Replicas that are counted: the oracle tries every way to divide them.

use proptest::prelude::*;
use stowage::check;
use stowage::model::{
    Demand, Problem, Profile, Provenance, RegionId, Replicas, Rtt, RttTable, Survival, UserGroup, UserId, Workload,
};
use stowage::place::place;
use stowage::units::{Bytes, MilliRps, Ratio, RoundTrip};

use super::generator::problem;
use super::parts::agreed;
use super::{oracle, relax, run_with};

/// Problems whose first workload has a number of replicas; of two workloads the other keeps its demand.
fn counted() -> impl Strategy<Value = Problem> {
    let number = (1_u64..=5, any::<bool>(), 1_u32..=3, prop::option::weighted(0.2, Just(Ratio(500_000))));
    (problem(), number, prop::bool::weighted(0.7)).prop_map(|(mut problem, number, is_relaxed)| {
        if is_relaxed {
            let spot = problem.workloads[0].spot;
            relax(&mut problem);
            problem.workloads[0].spot = spot;
        }
        count(&mut problem, number);
        problem
    })
}

fn count(problem: &mut Problem, (number, is_exact, min_regions, share): (u64, bool, u32, Option<Ratio>)) {
    let regions = problem.regions.len();
    let row = |user| (0..regions).map(|region| problem.rtt.get(user, RegionId::at(region))).collect();
    let mut rows: Vec<Vec<Option<Rtt>>> = (0..problem.users.len()).map(UserId::at).map(row).collect();
    rows.push(vec![Some(Rtt { round_trip: RoundTrip(0), provenance: Provenance::Declared }); regions]);
    let user = UserId::at(problem.users.len());
    problem.users.push(UserGroup::counted());
    problem.rtt = RttTable::from_rows(regions, rows);
    let workload = &mut problem.workloads[0];
    // A placement that outlives regions has more ways than the oracle can try.
    let number = if workload.spot.is_some() { number.min(2) } else { number };
    *workload = Workload {
        demand: vec![Demand { user, rate: MilliRps(number) }],
        replicas: Some(Replicas { min: number, max: is_exact.then_some(number) }),
        profile: Profile::default(),
        rate_per_replica: MilliRps(1),
        degraded_rate_per_replica: MilliRps(1),
        max_rtt: None,
        rtt_share: Ratio::ONE,
        degraded_max_rtt: None,
        single_region_per_user: false,
        response: Bytes(0),
        max_region_share: share,
        ..workload.clone()
    };
    if workload.state.is_none() {
        workload.min_regions = workload.min_regions.max(min_regions);
        workload.max_regions = workload.max_regions.map(|most| most.max(workload.min_regions));
    }
    if is_exact {
        workload.min_regions = workload.min_regions.min(u32::try_from(number).unwrap());
        workload.survive = Survival::default();
        workload.state = None;
        if let Some(terms) = &mut workload.spot {
            terms.survive_pools = 0;
        }
    }
}

#[test]
fn counted_replicas_cost_what_the_oracle_finds() {
    let (split, spread, infeasible) = (std::cell::Cell::new(0), std::cell::Cell::new(0), std::cell::Cell::new(0));
    run_with(800, &counted(), |problem| {
        let answer = place(&problem).expect("solver and checker agree");
        let judged = |assignment| check::placement(&problem, assignment).expect("the oracle's placement is one");
        let best = oracle::cheapest(&problem).map(|assignment| judged(assignment).cost().micros());
        let Ok(placement) = agreed(&answer, best)? else {
            infeasible.set(infeasible.get() + 1);
            return Ok(());
        };
        let groups = placement.groups().keys().filter(|(workload, _)| workload.index() == 0).count();
        split.set(split.get() + usize::from(groups > 1));
        let workload = &problem.workloads[0];
        let is_spread = workload.is_counted_exactly() && workload.min_regions > 1;
        spread.set(spread.get() + usize::from(is_spread));
        Ok(())
    });
    let counts = [split.get(), spread.get(), infeasible.get()];
    assert!(counts.iter().all(|&count| count >= 40), "{counts:?}");
}
