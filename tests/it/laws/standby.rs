//! Pools that outlive regions against an oracle that tries every small set of nodes of every pool in every region, and every choice of regions: the judge of
//! each set, and of the whole, is `check`.

use std::cell::RefCell;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use stowage::check::placement;
use stowage::model::{Assignment, Pool, PoolId, PoolNodes, PooledNodes, Problem, RegionId, Survival, TypeId};
use stowage::place::{Outcome, place};
use stowage::simulate::{Domain, Fate, simulate};
use stowage::units::Money;

use crate::scenarios::pools::problem;

/// Nodes in the sets that are tried, at most; what the generator asks for fits on so many.
const MOST_NODES: usize = 3;

fn one_of(texts: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    proptest::sample::select(texts)
}

/// A pool of two or three members over two or three regions of up to two clouds, in the language.
fn outliving() -> impl Strategy<Value = String> {
    let prices = proptest::collection::vec((1..=9_u32, 1..=9_u32, 0..=2_u32, 5..=40_u32), 2..=3);
    let web = one_of(&[
        "survive = { regions = 1 }",
        "survive = { regions = 1 }, degraded_utilization = 1",
        "survive = { regions = 1 }, degraded_max_rtt_ms = 25",
        "survive = { clouds = 1 }",
        "survive = { regions = 1, clouds = 1 }, max_rtt_ms = 30",
        "survive = { regions = 2 }",
        "survive = { zones = 1, regions = 1 }",
        "survive = { regions = 1 }, max_per_node = 1",
    ]);
    let db = one_of(&[
        "",
        "survive = { regions = 1 }",
        "survive = { regions = 2 }",
        "apart = { node = [\"web\"] }",
        "survive = { clouds = 1 }, apart = { node = [\"web\"] }",
        "together = { node = [\"web\"] }",
    ]);
    let rest = one_of(&["", "agent = { pool = \"main\", replica = { vcpu = 0.5, memory_gib = 0.5 }, daemon = true }"]);
    let requires = one_of(&["", ", requires = { db = { count = 1, every = 2 } }"]);
    let limits =
        one_of(&["", "", "limits = { max_regions = 2 }", "limits = { quotas = { \"one/b\" = { vcpu = 3 } } }"]);
    (prices, 1..=2_u32, (web, 1..=2_u32), (db, 1..=2_u32), (rest, requires), limits).prop_map(
        |(regions, zones, (web, load), (db, count), (rest, requires), limits)| {
            let zones: Vec<String> = (0..zones).map(|zone| format!("\"{zone}\"")).collect();
            let names = ["a", "b", "c"];
            let sites = regions.iter().zip(names).map(|((small, large, fixed, _), name)| {
                let cloud = if name == "c" { "other" } else { "one" };
                format!(
                    "\"{cloud}/{name}\" = {{ zones = [{}], fixed_monthly_usd = {fixed}, internet_egress_usd_per_gb = 0.1, machines = {{ small = {{ hourly_usd = {small} }}, large = {{ hourly_usd = \
                     {large} }} }} }}",
                    zones.join(", ")
                )
            });
            let paths = regions.iter().zip(names).map(|((.., rtt), name)| {
                let cloud = if name == "c" { "other" } else { "one" };
                format!("\"{cloud}/{name}\" = {{ rtt_ms = {rtt} }}")
            });
            let limits = if regions.len() < 2 { "" } else { limits };
            let machines = ["one", "other"].map(|cloud| {
                format!("\"{cloud}/small\" = {{ vcpu = 2, memory_gib = 4 }}, \"{cloud}/large\" = {{ vcpu = 3, memory_gib = 4 }}")
            });
            format!(
                "catalog = {{\n embedded = false\n machine_types = {{ {} }}\n sites = {{\n {} }}\n}}\n\
                 users = {{ u = {{ paths = {{ {} }} }} }}\n{limits}\npools = {{ main = {{}} }}\nworkloads = {{\n web = {{ pool = \"main\", replica = {{ vcpu = 1, memory_gib = 1 }}, \
                 rps_per_replica = 10, utilization_ceiling = 0.5, response_kib = 1, demand_rps = {{ u = {} }}, {web}{requires} }}\n db = {{ pool = \"main\", replica = {{ vcpu = 1.5, \
                 memory_gib = 1 }}, replicas = {{ min = {count}, max = 3 }}, {db} }}\n {rest}\n}}\n",
                machines.join(", "),
                sites.collect::<Vec<_>>().join("\n "),
                paths.collect::<Vec<_>>().join(", "),
                load * 5,
            )
            .replace(", }", " }")
        },
    )
}

/// Sets of nodes for a pool in a region that could be the cheapest of what they hold.
fn node_sets(problem: &Problem, pool: &Pool, region: RegionId) -> Vec<Vec<PoolNodes>> {
    let mut patterns: Vec<Vec<(usize, u64)>> = vec![Vec::new()];
    for (at, member) in pool.members.iter().enumerate() {
        let most = if member.is_daemon { 1 } else { 3 };
        let extend = |pattern: &Vec<(usize, u64)>| -> Vec<Vec<(usize, u64)>> {
            (0..=most)
                .map(|count| pattern.iter().copied().chain((count > 0).then_some((at, count))).collect())
                .collect()
        };
        patterns = patterns.iter().flat_map(extend).collect();
    }
    patterns.retain(|pattern| !pattern.is_empty());
    let mut fillings = Vec::new();
    let mut sold: Vec<TypeId> = problem.regions[region.index()].offers.iter().map(|offer| offer.machine_type).collect();
    sold.dedup();
    for machine_type in sold {
        let size = |&(at, count): &(usize, u64)| pool.members[at].workload.replica.vcpu.0 * count;
        for pattern in &patterns {
            let vcpu: u64 = pattern.iter().map(size).sum();
            for zone in 0..problem.regions[region.index()].zones.len() {
                if vcpu <= problem.machine_types[machine_type.index()].vcpu.0 {
                    fillings.push(PoolNodes { zone, machine_type, replicas: pattern.clone(), count: 1 });
                }
            }
        }
    }
    fillings.sort();
    let mut sets: Vec<Vec<PoolNodes>> = vec![Vec::new()];
    let mut longest = sets.clone();
    for _ in 0..MOST_NODES {
        let longer = |set: &Vec<PoolNodes>| -> Vec<Vec<PoolNodes>> {
            let more = fillings.iter().filter(|filling| set.last().is_none_or(|last| *filling >= last));
            more.map(|filling| set.iter().chain([filling]).cloned().collect()).collect()
        };
        longest = longest.iter().flat_map(longer).collect();
        sets.extend(longest.iter().cloned());
    }
    sets
}

/// Alike nodes together.
fn merged(nodes: &[PoolNodes]) -> Vec<PoolNodes> {
    let mut merged: Vec<PoolNodes> = Vec::new();
    for node in nodes {
        match merged.last_mut().filter(|last| PoolNodes { count: 1, ..(*last).clone() } == *node) {
            Some(last) => last.count += 1,
            None => merged.push(node.clone()),
        }
    }
    merged
}

/// The cheapest nodes of one pool in a region, with what they cost without the region's fixed cost.
fn cheapest_alone(problem: &Problem, at: usize, region: RegionId) -> Option<(Money, PooledNodes)> {
    let mut pool = problem.pools[at].clone();
    for member in &mut pool.members {
        member.workload.survive = Survival { zones: member.workload.survive.zones, ..Survival::default() };
    }
    let alone = Problem { pools: vec![pool.clone()], ..problem.clone() };
    let price = |nodes: &PoolNodes| {
        let offers = &problem.regions[region.index()].offers;
        offers.iter().find(|offer| offer.machine_type == nodes.machine_type).map_or(0, |offer| offer.hourly.micros())
    };
    let mut sets = node_sets(problem, &pool, region);
    sets.sort_by_cached_key(|nodes| nodes.iter().map(price).sum::<i128>());
    sets.into_iter().find_map(|nodes| {
        let placed = PooledNodes { region, nodes: merged(&nodes) };
        let assignment = Assignment { pools: [(PoolId(0), placed.clone())].into(), ..Assignment::default() };
        let found = placement(&alone, assignment).ok()?;
        Some((found.cost() - problem.regions[region.index()].fixed_monthly, placed))
    })
}

/// The cheapest of all choices of a region for each pool.
fn cheapest(problem: &Problem) -> Option<Money> {
    let regions: Vec<RegionId> = (0..problem.regions.len()).map(RegionId::at).collect();
    let alone: Vec<Vec<Option<(Money, PooledNodes)>>> = (0..problem.pools.len())
        .map(|pool| regions.iter().map(|&region| cheapest_alone(problem, pool, region)).collect())
        .collect();
    let mut choices: Vec<Vec<PooledNodes>> = vec![Vec::new()];
    for options in &alone {
        let longer = |choice: &Vec<PooledNodes>| -> Vec<Vec<PooledNodes>> {
            let placed = options.iter().flatten().map(|(_, placed)| placed);
            placed.map(|placed| choice.iter().chain([placed]).cloned().collect()).collect()
        };
        choices = choices.iter().flat_map(longer).collect();
    }
    let judged = choices.into_iter().filter_map(|choice| {
        let pools = choice.into_iter().enumerate().map(|(pool, placed)| (PoolId::at(pool), placed)).collect();
        placement(problem, Assignment { pools, ..Assignment::default() }).ok()
    });
    judged.map(|found| found.cost()).min()
}

#[test]
fn no_choice_of_regions_and_nodes_is_cheaper() {
    let config = Config { cases: 90, failure_persistence: None, ..Config::default() };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let seen = RefCell::new([0; 3]);
    TestRunner::new_with_rng(config, rng)
        .run(&outliving(), |text| {
            let Ok(problem) = problem(&text) else { return Err(TestCaseError::fail(text)) };
            let outcome = place(&problem).expect("solver and checker agree").outcome;
            let best = cheapest(&problem);
            let mut seen = seen.borrow_mut();
            // What needs more nodes than the oracle tries says nothing.
            let nodes = |placed: &PooledNodes| placed.nodes.iter().map(|nodes| nodes.count).sum::<u64>();
            let placed = outcome.placement().into_iter().flat_map(|(placement, _)| placement.pools().values());
            if placed.into_iter().any(|pool| nodes(&pool.placed) > MOST_NODES as u64) {
                return Ok(());
            }
            match (&outcome, best) {
                (Outcome::Optimal { placement, bound }, Some(best)) => {
                    prop_assert_eq!(placement.cost(), best, "{}", text);
                    prop_assert!(*bound <= best);
                    seen[problem.pools.len() - 2] += 1;
                    let simulation = simulate(&problem, placement).expect("solver and checker agree");
                    let answering = problem.pools.iter().position(|pool| pool.stands_by.is_none()).unwrap();
                    for loss in simulation
                        .losses
                        .iter()
                        .filter(|loss| matches!(loss.domain, Domain::Region(_) | Domain::Cloud(_)))
                    {
                        for struck in &loss.struck {
                            let stowage::simulate::Whose::Member { pool, member } = struck.whose else { continue };
                            let survive = problem.pools[pool.index()].members[member].workload.survive;
                            let is_promised = match loss.domain {
                                Domain::Cloud(_) => survive.clouds > 0,
                                Domain::Region(_) | Domain::Zone(..) | Domain::NodeType(..) => survive.regions > 0,
                            };
                            let is_home = pool.index() == answering;
                            prop_assert!(!is_home || !is_promised || struck.fate == Fate::Rerouted, "{text}\n{loss:?}");
                            prop_assert!(is_home || struck.fate == Fate::Holds, "{text}\n{loss:?}");
                        }
                    }
                }
                (Outcome::Infeasible(conflict), None) => {
                    prop_assert!(conflict.together.is_some() || !conflict.pools.is_empty());
                    seen[2] += 1;
                }
                (ours, best) => prop_assert!(false, "{text}\nours {ours:?}, the oracle's {best:?}"),
            }
            Ok(())
        })
        .unwrap_or_else(|failure| panic!("{failure}"));
    let counts = seen.into_inner();
    assert!(counts[0] >= 20 && counts[1] >= 5 && counts[2] >= 10, "{counts:?}");
}
