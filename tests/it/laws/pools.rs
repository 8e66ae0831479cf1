//! Pools against an oracle that tries every set of nodes: nothing it finds is cheaper than the solver's placement, and nothing exists where the solver
//! says so. The judge is `check`.

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use stowage::check::{Placement, placement};
use stowage::model::{Assignment, PoolId, PoolNodes, PooledNodes, Problem, RegionId, TypeId};
use stowage::place::{Outcome, place};
use stowage::units::Money;

use crate::scenarios::pools::problem;

/// The oracle tries sets of three nodes where there are no more fillings than this, and of two where there are more.
const FEW_FILLINGS: usize = 70;

/// One of several texts.
fn one_of(texts: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    proptest::sample::select(texts)
}

/// A problem with one pool in one region, in the language.
fn pooled() -> impl Strategy<Value = String> {
    let supply = (1..=3_usize, 1..=9_u32, 1..=9_u32, 2..=4_u32, 2..=4_u32);
    let web = (1..=2_u32, 1..=2_u32, 1..=3_u32);
    let db = (1..=2_u32, 1..=3_u32, 1..=2_u32);
    let web_rules = one_of(&[
        "",
        "",
        "survive = { zones = 1 }",
        "apart = { node = [\"web\"] }",
        "apart = { zone = [\"web\"] }",
        "max_zone_skew = 1",
        "exclusive = true",
        "max_per_node = 2",
    ]);
    let db_rules = one_of(&[
        "",
        "",
        "apart = { node = [\"web\"] }",
        "apart = { zone = [\"web\"] }",
        "together = { node = [\"web\"] }",
        "together = { zone = [\"web\"] }",
        "requires = { web = { count = 2 } }",
    ]);
    let agent_rules = one_of(&["", "", "daemon = true", "daemon = true, apart = { node = [\"db\"] }"]);
    let pool_rules = one_of(&[
        "",
        "",
        "max_nodes = 2",
        "max_machine_types = 1",
        "max_nodes_by_type = { b = 1 }",
        "one_of = { either = [\"db\", \"web\"] }",
        "at_least = { both = { workloads = [\"db\", \"web\"], replicas = 4 } }",
        "reserved = { vcpu = 1, memory_gib = 0.5 }",
    ]);
    (supply, web, db, web_rules, db_rules, agent_rules, pool_rules).prop_map(
        |((zones, price_a, price_b, vcpu, memory), web, db, web_rules, db_rules, agent_rules, pool_rules)| {
            let zones: Vec<String> = (0..zones).map(|zone| format!("\"{zone}\"")).collect();
            let replicas = |count: u32, rules: &str| {
                let is_open = rules.contains("survive") || rules.contains("cache");
                let most = if is_open { String::new() } else { format!(", max = {}", count + 1) };
                format!("{{ min = {count}{most} }}")
            };
            let agent = if agent_rules.is_empty() {
                String::new()
            } else {
                format!("agent = {{ pool = \"main\", replica = {{ vcpu = 0.5, memory_gib = 0.5 }}, {agent_rules} }}")
            };
            format!(
                "catalog = {{\n embedded = false\n machine_types = {{ a = {{ vcpu = 2, memory_gib = 2 }}, b = {{ vcpu = {vcpu}, memory_gib = \
                 {memory} }} }}\n sites = {{ here = {{ zones = [{}], machines = {{ a = {{ hourly_usd = {price_a} }}, b = {{ hourly_usd = \
                 {price_b} }} }} }} }}\n}}\nusers = {{}}\npools = {{ main = {{ {pool_rules} }} }}\nworkloads = {{\n web = {{ pool = \"main\", \
                 replica = {{ vcpu = {}, memory_gib = {} }}, replicas = {}, {web_rules} }}\n db = {{ pool = \"main\", replica = {{ vcpu = {}, \
                 memory_gib = {} }}, replicas = {}, {db_rules} }}\n {agent}\n}}\n",
                zones.join(", "),
                web.0,
                web.1,
                replicas(web.2, web_rules),
                db.0,
                db.1,
                replicas(db.2, db_rules),
            )
            .replace(", }", " }")
        },
    )
}

/// Every filling of a node of every type in every zone; those that do not fit are refused by `check`.
fn fillings(problem: &Problem) -> Vec<PoolNodes> {
    let members = problem.pools[0].members.len();
    let mut patterns: Vec<Vec<(usize, u64)>> = vec![Vec::new()];
    for member in 0..members {
        let most = if problem.pools[0].members[member].is_daemon { 1 } else { 3 };
        let extend = |pattern: &Vec<(usize, u64)>| {
            (0..=most)
                .map(|count| pattern.iter().copied().chain((count > 0).then_some((member, count))).collect())
                .collect::<Vec<_>>()
        };
        patterns = patterns.iter().flat_map(extend).collect();
    }
    patterns.retain(|pattern| !pattern.is_empty());
    let zones = problem.regions[0].zones.len();
    let mut fillings = Vec::new();
    for machine_type in (0..problem.machine_types.len()).map(TypeId::at) {
        let machine = &problem.machine_types[machine_type.index()];
        for pattern in &patterns {
            let vcpu: u64 =
                pattern.iter().map(|&(at, count)| problem.pools[0].members[at].workload.replica.vcpu.0 * count).sum();
            for zone in (0..zones).filter(|_| vcpu <= machine.vcpu.0) {
                fillings.push(PoolNodes { zone, machine_type, replicas: pattern.clone(), count: 1 });
            }
        }
    }
    fillings.sort();
    fillings
}

/// The cheapest small set of nodes that `check` accepts and that costs less than `known`.
fn cheapest(problem: &Problem, fillings: &[PoolNodes], known: Option<Money>) -> Option<Placement> {
    let cost = |filling: &PoolNodes| {
        let offers = &problem.regions[0].offers;
        offers
            .iter()
            .find(|offer| offer.machine_type == filling.machine_type)
            .map_or(Money::ZERO, |offer| offer.hourly.times(730))
    };
    let most_nodes = if fillings.len() <= FEW_FILLINGS { 3 } else { 2 };
    let mut best: (Option<Money>, Option<Placement>) = (known, None);
    let mut stack: Vec<(usize, Money, Vec<PoolNodes>)> = vec![(0, Money::ZERO, Vec::new())];
    while let Some((from, paid, nodes)) = stack.pop() {
        if best.0.is_some_and(|best| paid >= best) {
            continue;
        }
        if !nodes.is_empty() {
            let placed = PooledNodes { region: RegionId(0), nodes: merged(&nodes) };
            let assignment = Assignment { pools: [(PoolId(0), placed)].into(), ..Assignment::default() };
            if let Ok(found) = placement(problem, assignment) {
                best = (Some(found.cost()), Some(found));
                continue;
            }
        }
        if nodes.len() < most_nodes {
            for (at, filling) in fillings.iter().enumerate().skip(from) {
                let mut more = nodes.clone();
                more.push(filling.clone());
                stack.push((at, paid + cost(filling), more));
            }
        }
    }
    best.1
}

/// Alike nodes together.
fn merged(nodes: &[PoolNodes]) -> Vec<PoolNodes> {
    let mut merged: Vec<PoolNodes> = Vec::new();
    for node in nodes {
        match merged.iter_mut().find(|known| {
            (known.zone, known.machine_type, &known.replicas) == (node.zone, node.machine_type, &node.replicas)
        }) {
            Some(known) => known.count += 1,
            None => merged.push(node.clone()),
        }
    }
    merged.sort();
    merged
}

#[test]
fn no_set_of_nodes_is_cheaper() {
    let config = Config { cases: 96, failure_persistence: None, ..Config::default() };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    TestRunner::new_with_rng(config, rng)
        .run(&pooled(), |text| law(&text))
        .unwrap_or_else(|failure| panic!("{failure}"));
}

fn law(text: &str) -> Result<(), TestCaseError> {
    // Contradictions are refused before anything is solved.
    let Ok(problem) = problem(text) else { return Ok(()) };
    let outcome = place(&problem).expect("solver and checker agree").outcome;
    let fillings = fillings(&problem);
    match &outcome {
        Outcome::Optimal { placement, bound } => {
            prop_assert!(*bound <= placement.cost());
            let better = cheapest(&problem, &fillings, Some(placement.cost()));
            prop_assert!(better.is_none(), "{text}\nfound {:?}\nbetter {better:?}", placement.pools());
        }
        Outcome::Infeasible(conflict) => {
            prop_assert!(!conflict.pools.is_empty());
            prop_assert!(cheapest(&problem, &fillings, None).is_none(), "{text}");
        }
        Outcome::Feasible { .. } | Outcome::Undecided => prop_assert!(false, "undecided: {text}"),
    }
    Ok(())
}
