//! One workload over regions that answer different users at different prices, where what is left to find out is rounding: the search over whole replicas agrees with
//! the same problem written down as one program, what it proves when it ends early still holds, and what others need thousands of nodes for takes little work.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use stowage::catalog::Catalog;
use stowage::diagnostic::SourceFile;
use stowage::model::{Objective, Problem, Survival, Workload};
use stowage::parse;
use stowage::place::{Outcome, place_with};
use stowage::solve::Effort;
use stowage::units::{Bytes, MilliRps, Money, Ratio, RoundTrip};

use super::parts;
use super::stock::region;

/// Prices of two types, zones, cost of egress.
type Site = (Vec<Option<i128>>, usize, i128);

/// Two to six regions, two to five user groups; in every other problem the way to a region has a price.
fn problem() -> impl Strategy<Value = Problem> {
    let site = (vec(option::weighted(0.9, 1_i128..=4), 2), 2_usize..=3, 0_i128..=3);
    let users = vec((1_u64..=40, vec(option::weighted(0.6, 1_u32..=9), 6)), 2..=5);
    let workload = (1_u64..=5, 0_u32..=1, prop_oneof![1 => Just(0_i128), 1 => 0_i128..=60]);
    (vec(site, 2..=6), users, workload).prop_map(|(sites, users, (rate, zones, price))| {
        let make = |(index, (prices, zones, egress)): (usize, Site)| {
            let mut site = region(&format!("r{index}"), zones, &prices, 0);
            site.internet_egress_per_gb = Some(Money::from_micros(egress * 50_000));
            site
        };
        let rates: Vec<u64> = users.iter().map(|&(rate, _)| rate).collect();
        Problem {
            users: parts::users(users.len()),
            workloads: vec![Workload {
                response: Bytes(1 << 20),
                max_rtt: Some(RoundTrip(9_000)),
                survive: Survival { zones, ..Survival::default() },
                ..Workload::new("all", parts::replica(1, 1), MilliRps(rate), parts::demand(&rates))
            }],
            rtt: parts::round_trips(sites.len(), users.iter().map(|(_, row)| row.as_slice())),
            regions: sites.into_iter().enumerate().map(make).collect(),
            machine_types: parts::machine_types([(1, 1), (3, 3)]),
            objective: Objective { latency_per_rps_ms: Money::from_micros(price * 1_000_000), ..Objective::default() },
            gap_tolerance: Ratio(0),
            ..Problem::default()
        }
    })
}

#[test]
fn whole_replicas_are_those_of_the_program() {
    let seen = std::cell::RefCell::new((0, 0, 0));
    super::run_with(300, &problem(), |problem| {
        // The search by regions and steps gives up at once.
        let exact =
            Effort { tolerance: Ratio(0), many_pairs: usize::MAX, exact_work: 0, search_work: 0, ..Effort::default() };
        let early = Effort { tolerance: Ratio(300_000), rounding_work: 1, ..exact };
        let Some(found) = parts::optimum(&problem, exact, early)? else { return Ok(()) };
        let mut seen = seen.borrow_mut();
        seen.0 += usize::from(found.placement.groups().len() > 1);
        seen.1 += usize::from(found.placement.groups().len() > 2);
        seen.2 += usize::from(found.is_early_below);
        Ok(())
    });
    let (several, chains, early) = seen.into_inner();
    assert!([several, chains, early].iter().all(|&count| count >= 20), "{several} {chains} {early}");
}

/// Three workloads of the bench family within 60 to 200 ms on the embedded catalog. A search by regions and steps visits thousands of nodes for each, and for one of them
/// tens of thousands without a proof; here a few nodes prove them, in about half of these additions when this was written.
#[test]
fn rounding_takes_little_work() {
    let users = [
        ("fra", "Frankfurt am Main", "DE"),
        ("nyc", "New York City", "US"),
        ("tyo", "Tokyo", "JP"),
        ("sin", "Singapore", "SG"),
        ("sao", "São Paulo", "BR"),
        ("lon", "London", "GB"),
        ("par", "Paris", "FR"),
        ("bom", "Mumbai", "IN"),
        ("syd", "Sydney", "AU"),
        ("lax", "Los Angeles", "US"),
        ("chi", "Chicago", "US"),
        ("waw", "Warsaw", "PL"),
    ];
    let workloads = [
        (
            8_000_000,
            "\"replica\":{\"vcpu\":2.0,\"memory_gib\":5.0},\"rps_per_replica\":210,\"max_rtt_ms\":147,\"response_kib\":16,\
             \"demand_rps\":{\"lax\":4876,\"sao\":4885,\"waw\":2535,\"par\":3333}",
        ),
        (
            60_000_000,
            "\"replica\":{\"vcpu\":1.5,\"memory_gib\":8.0},\"rps_per_replica\":121,\"max_rtt_ms\":137,\"response_kib\":32,\
             \"demand_rps\":{\"par\":784,\"nyc\":388,\"syd\":4127,\"sin\":1588,\"chi\":3932,\"lon\":3720,\"fra\":2357,\"bom\":3934}",
        ),
        (
            12_000_000,
            "\"replica\":{\"vcpu\":1.0,\"memory_gib\":1.5},\"rps_per_replica\":304,\"max_rtt_ms\":144,\"response_kib\":16,\
             \"demand_rps\":{\"bom\":1710,\"tyo\":103,\"lax\":2290,\"sao\":4955,\"waw\":3371,\"par\":3851,\"nyc\":1780,\"syd\":4965}",
        ),
    ];
    let users =
        users.map(|(name, city, country)| format!("\"{name}\":{{\"city\":\"{city}\",\"country\":\"{country}\"}}"));
    for (rounding_work, workload) in workloads {
        let users = users.join(",");
        let text =
            format!("{{\"users\":{{{users}}},\"workloads\":{{\"all\":{{{workload},\"survive\":{{\"zones\":1}}}}}}}}");
        let node = parse::json(&SourceFile::new("problem.json", text)).expect("JSON");
        let problem = parse::problem(&node, Catalog::embedded(), None).expect("a problem").problem;
        let effort = Effort { exact_work: 0, search_work: 0, rounding_work, ..Effort::default() };
        let answer = place_with(&problem, effort).expect("solver and checker agree");
        let gap = answer.outcome.gap_millionths();
        assert!(matches!(answer.outcome, Outcome::Optimal { .. }), "{workload}: gap of {gap:?} millionths");
    }
}
