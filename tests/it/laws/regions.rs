//! Several workloads over regions that cost something each, or of which only so many may be used: dividing what regions cost among the workloads agrees with the same
//! problem written down as one program, and what it proves when it ends early still holds.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use stowage::model::{Limits, Problem, Survival, Workload};
use stowage::solve::Effort;
use stowage::units::{Bytes, MilliRps, Money, Ratio, RoundTrip};

use super::parts;
use super::stock::region;

/// Prices of two types, cost of egress, what the region costs.
type Site = (Vec<Option<i128>>, i128, i128);

/// Two to six regions, two to four user groups, two to four workloads that ask for some of them; in every third problem few regions may be used.
fn problem() -> impl Strategy<Value = Problem> {
    let site = (vec(option::weighted(0.9, 1_i128..=4), 2), 0_i128..=3, 0_i128..=40);
    let users = vec(vec(option::weighted(0.6, 1_u32..=9), 6), 4);
    let workload = (vec(0_u64..=20, 4), 1_u64..=5, 0_u32..=1);
    let most = prop_oneof![2 => Just(None), 1 => (1_u32..=3).prop_map(Some)];
    (vec(site, 2..=6), users, vec(workload, 2..=4), most).prop_map(|(sites, users, workloads, max_regions)| {
        let make = |(index, (prices, egress, fixed)): (usize, Site)| {
            let mut site = region(&format!("r{index}"), 2, &prices, fixed);
            site.internet_egress_per_gb = Some(Money::from_micros(egress * 50_000));
            site
        };
        let workload = |(index, (rates, rate, zones)): (usize, (Vec<u64>, u64, u32))| Workload {
            response: Bytes(1 << 20),
            max_rtt: Some(RoundTrip(9_000)),
            survive: Survival { zones, ..Survival::default() },
            ..Workload::new(format!("w{index}"), parts::replica(1, 1), MilliRps(rate), parts::demand(&rates))
        };
        Problem {
            users: parts::users(4),
            rtt: parts::round_trips(sites.len(), users.iter().map(Vec::as_slice)),
            regions: sites.into_iter().enumerate().map(make).collect(),
            workloads: workloads.into_iter().enumerate().map(workload).collect(),
            machine_types: parts::machine_types([(1, 1), (3, 3)]),
            limits: Limits { max_regions, ..Limits::default() },
            gap_tolerance: Ratio(0),
            ..Problem::default()
        }
    })
}

#[test]
fn regions_shared_are_those_of_the_program() {
    let seen = std::cell::RefCell::new((0, 0, 0, 0));
    super::run_with(200, &problem(), |problem| {
        let exact = Effort { tolerance: Ratio(0), ..Effort::default() };
        let found = parts::optimum(&problem, exact, Effort { tolerance: Ratio(300_000), ..exact })?;
        let mut seen = seen.borrow_mut();
        let Some(parts::Optimum { placement, is_early_below }) = found else {
            seen.3 += 1;
            return Ok(());
        };
        seen.0 += usize::from(placement.regions().len() > 1);
        seen.1 += usize::from(placement.groups().len() > placement.regions().len());
        seen.2 += usize::from(is_early_below);
        Ok(())
    });
    let (several, shared, early, infeasible) = seen.into_inner();
    let seen = [several, shared, early, infeasible];
    assert!(seen.iter().all(|&count| count >= 12), "{seen:?}");
}
