//! Pools against an oracle that tries every set of nodes: nothing it finds is cheaper than the solver's placement, and nothing exists where the solver
//! says so. The judge is `check`.

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use stowage::check::{Placement, placement};
use stowage::explain::{Rule, SharedConflict};
use stowage::model::{Assignment, Limits, PoolId, PoolNodes, PooledNodes, Problem, RegionId, TypeId};
use stowage::place::{Outcome, place};
use stowage::simulate::{Domain, Fate, Whose, simulate};
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
        "spread = { min_zones = 2 }",
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
    let limits = one_of(&[
        "",
        "",
        "",
        "limits = { quotas = { here = { vcpu = 6 } } }",
        "limits = { quotas = { here = { vcpu = 8, families = { b = { instances = 1 } } } } }",
        "limits = { quotas = { here = { instances = 2, families = { a = { vcpu = 2 } } } } }",
        "limits = { max_monthly_carbon_kg = 3000 }",
        "objective = { carbon_usd_per_tonne = 2000 }\nlimits = { max_monthly_cost_usd = 9000 }",
    ]);
    (supply, web, db, web_rules, db_rules, agent_rules, (pool_rules, limits)).prop_map(
        |((zones, price_a, price_b, vcpu, memory), web, db, web_rules, db_rules, agent_rules, (pool_rules, limits))| {
            let zones: Vec<String> = (0..zones).map(|zone| format!("\"{zone}\"")).collect();
            let replicas = |count: u32, rules: &str| {
                let is_open = rules.contains("survive") || rules.contains("cache");
                let most = if is_open { String::new() } else { format!(", max = {}", count + 1) };
                format!("{{ min = {count}{most} }}")
            };
            let carbon_a = 500 * (10 - price_a);
            let agent = if agent_rules.is_empty() {
                String::new()
            } else {
                format!("agent = {{ pool = \"main\", replica = {{ vcpu = 0.5, memory_gib = 0.5 }}, {agent_rules} }}")
            };
            format!(
                "catalog = {{\n embedded = false\n machine_types = {{ a = {{ vcpu = 2, memory_gib = 2, family = \"a\" }}, b = {{ vcpu = {vcpu}, memory_gib = \
                 {memory}, family = \"b\" }} }}\n sites = {{ here = {{ zones = [{}], machines = {{ a = {{ hourly_usd = {price_a}, carbon_g_per_hour = \
                 {carbon_a} }}, b = {{ hourly_usd = {price_b}, carbon_g_per_hour = 2000 }} }} }} }}\n}}\nusers = {{}}\n{limits}\npools = {{ main = {{ {pool_rules} }} }}\nworkloads = {{\n web = {{ pool = \"main\", \
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
        let offer = offers.iter().find(|offer| offer.machine_type == filling.machine_type);
        let priced = problem.objective.carbon_per_tonne;
        offer.map_or(Money::ZERO, |offer| {
            // A tonne is 10^9 milligrams.
            let emitted = offer.carbon_hourly.map_or(0, |hourly| hourly.0 * 730);
            offer.hourly.times(730) + priced.scaled(emitted, 1_000_000_000)
        })
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
    let config = Config { cases: 140, failure_persistence: None, ..Config::default() };
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
            losses(&problem, placement, text)?;
        }
        Outcome::Infeasible(conflict) => {
            prop_assert!(!conflict.pools.is_empty());
            prop_assert!(cheapest(&problem, &fillings, None).is_none(), "{text}");
        }
        Outcome::Feasible { .. } | Outcome::Undecided => prop_assert!(false, "undecided: {text}"),
    }
    Ok(())
}

/// What becomes of members when a zone is lost, counted again: what was promised is outlived, and nobody holds what is not there.
fn losses(problem: &Problem, placement: &Placement, text: &str) -> Result<(), TestCaseError> {
    let simulation = simulate(problem, placement).expect("solver and checker agree");
    let replicas = &placement.pools()[&PoolId(0)].replicas;
    for loss in &simulation.losses {
        let Domain::Zone(_, zone) = loss.domain else { continue };
        for struck in &loss.struck {
            let Whose::Member { member, .. } = struck.whose else { continue };
            let stated = &problem.pools[0].members[member];
            let left: u64 = replicas[member].iter().sum::<u64>() - replicas[member][zone];
            prop_assert_eq!(struck.fate == Fate::Holds, left >= stated.needed(), "{}", text);
            prop_assert!(stated.workload.survive.zones == 0 || struck.fate == Fate::Holds, "{text}");
            let missing = if struck.fate == Fate::Fails { stated.needed() - left } else { 0 };
            prop_assert_eq!(struck.missing_replicas, missing);
        }
    }
    Ok(())
}

/// Two pools and a workload outside them in one region, under a limit over all.
fn sharing() -> impl Strategy<Value = String> {
    let supply = (1..=9_u32, 1..=9_u32, 2..=4_u32);
    let member = || (1..=2_u32, 1..=3_u32);
    let limits = one_of(&[
        "limits = { quotas = { here = { vcpu = 8 } } }",
        "limits = { quotas = { here = { vcpu = 12 } } }",
        "limits = { quotas = { here = { instances = 4, families = { b = { instances = 1 } } } } }",
        "limits = { quotas = { here = { families = { a = { vcpu = 4 } } } } }",
        "limits = { max_monthly_carbon_kg = 5000 }",
        "objective = { carbon_usd_per_tonne = 2000 }\nlimits = { max_monthly_cost_usd = 15000 }",
    ]);
    (supply, member(), member(), 0..=2_u32, 0..=1_u32, limits).prop_map(
        |((price_a, price_b, vcpu), x, y, web, fixed, limits)| {
            let carbon_a = 500 * (10 - price_a);
            let outside = if web == 0 {
                String::new()
            } else {
                format!("web = {{ replica = {{ vcpu = 2, memory_gib = 2 }}, rps_per_replica = 1, demand_rps = {{ u = {web} }} }}")
            };
            let member = |name: &str, (vcpu, count): (u32, u32)| {
                format!("{name} = {{ pool = \"p{name}\", replica = {{ vcpu = {vcpu}, memory_gib = 1 }}, replicas = {{ count = {count} }} }}")
            };
            format!(
                "catalog = {{\n embedded = false\n machine_types = {{ a = {{ vcpu = 2, memory_gib = 8, family = \"a\" }}, b = {{ vcpu = {vcpu}, \
                 memory_gib = 8, family = \"b\" }} }}\n sites = {{ here = {{ zones = [\"z\"], fixed_monthly_usd = {fixed}, machines = {{ a = {{ \
                 hourly_usd = {price_a}, carbon_g_per_hour = {carbon_a} }}, b = {{ hourly_usd = {price_b}, carbon_g_per_hour = 2000 }} }} }} }}\n}}\n\
                 users = {{ u = {{ paths = {{ here = {{ rtt_ms = 5 }} }} }} }}\n{limits}\npools = {{ px = {{}}, py = {{}} }}\nworkloads = {{\n {}\n \
                 {}\n {outside}\n}}\n",
                member("x", x),
                member("y", y),
            )
        },
    )
}

/// Every set of up to three nodes for the only member of a pool.
fn node_sets(problem: &Problem, pool: usize) -> Vec<PooledNodes> {
    let fillings: Vec<PoolNodes> = (0..problem.machine_types.len())
        .map(TypeId::at)
        .flat_map(|machine_type| (1..=3).map(move |held| (machine_type, held)))
        .map(|(machine_type, held)| PoolNodes { zone: 0, machine_type, replicas: vec![(0, held)], count: 1 })
        .collect();
    let wanted = problem.pools[pool].members[0].replicas.min;
    let mut sets: Vec<Vec<PoolNodes>> = vec![Vec::new()];
    for _ in 0..3 {
        let longer = |set: &Vec<PoolNodes>| {
            let fillings = fillings.iter().filter(|filling| set.last().is_none_or(|last| *filling >= last));
            fillings.map(|filling| set.iter().chain([filling]).cloned().collect()).collect::<Vec<_>>()
        };
        let more: Vec<Vec<PoolNodes>> = sets.iter().flat_map(longer).collect();
        sets.extend(more);
        sets.sort();
        sets.dedup();
    }
    let held = |set: &Vec<PoolNodes>| set.iter().map(|node| node.replicas[0].1).sum::<u64>();
    let exact = sets.into_iter().filter(|set| held(set) == wanted);
    exact.map(|set| PooledNodes { region: RegionId(0), nodes: merged(&set) }).collect()
}

/// The cheapest of all ways to place both pools and the workload.
fn cheapest_together(problem: &Problem) -> Option<Money> {
    let web: Vec<Assignment> = if problem.workloads.is_empty() {
        vec![Assignment::default()]
    } else {
        let free = Problem { pools: Vec::new(), quotas: Vec::new(), limits: Limits::default(), ..problem.clone() };
        let of_type = |machine_type: TypeId| {
            let mut only = free.clone();
            for region in &mut only.regions {
                region.offers =
                    region.offers.iter().filter(|offer| offer.machine_type == machine_type).copied().collect();
            }
            place(&only).expect("solver and checker agree").outcome.placement().map(|found| found.0.assignment())
        };
        (0..problem.machine_types.len()).map(TypeId::at).filter_map(of_type).collect()
    };
    let (first, second) = (node_sets(problem, 0), node_sets(problem, 1));
    let mut best: Option<Money> = None;
    for (one, other) in first.iter().flat_map(|one| second.iter().map(move |other| (one, other))) {
        for web in &web {
            let pools = [(PoolId(0), one.clone()), (PoolId(1), other.clone())].into();
            if let Ok(found) = placement(problem, Assignment { pools, ..web.clone() }) {
                best = best.into_iter().chain([found.cost()]).min();
            }
        }
    }
    best
}

#[test]
fn pools_and_workloads_share_what_is_limited() {
    let config = Config { cases: 80, failure_persistence: None, ..Config::default() };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let seen = std::cell::RefCell::new([0; 6]);
    TestRunner::new_with_rng(config, rng)
        .run(&sharing(), |text| {
            let problem = problem(&text).map_err(TestCaseError::fail)?;
            let outcome = place(&problem).expect("solver and checker agree").outcome;
            let best = cheapest_together(&problem);
            let mut seen = seen.borrow_mut();
            let is_settled = !matches!(outcome, Outcome::Feasible { .. } | Outcome::Undecided);
            prop_assert!(is_settled || !problem.workloads.is_empty(), "pools alone are settled: {text}");
            match (&outcome, best) {
                (Outcome::Optimal { placement, bound } | Outcome::Feasible { placement, bound }, Some(best)) => {
                    prop_assert!(best <= placement.cost(), "{text}");
                    prop_assert!(*bound <= best, "{text}\nbound {bound:?} above {best:?}");
                    let is_optimal = matches!(outcome, Outcome::Optimal { .. });
                    prop_assert!(!is_optimal || best == placement.cost(), "{text}");
                    seen[usize::from(!is_optimal)] += 1;
                }
                (Outcome::Infeasible(conflict), None) => {
                    seen[2] += 1;
                    if let Some(shared) = &conflict.together {
                        each_is_needed(&problem, shared)?;
                        seen[5] += 1;
                    }
                }
                (Outcome::Undecided, best) => {
                    seen[3] += 1;
                    seen[4] += usize::from(best.is_some());
                }
                (ours, best) => prop_assert!(false, "{text}\nours {ours:?}, the oracle's {best:?}"),
            }
            Ok(())
        })
        .unwrap_or_else(|failure| panic!("{failure}"));
    let counts = seen.into_inner();
    let [optimal, feasible, infeasible, undecided, missed, together] = counts;
    // Beside a workload on machines of its own pools are packed first, so that the cheapest of all may be missed; that nothing goes together is not.
    assert!(optimal >= 30 && infeasible >= 15 && together >= 15, "{counts:?}");
    assert!(feasible <= 15 && undecided == 0 && missed == 0, "{counts:?}");
}

/// Without any one of its pools, workloads and rules a conflict is none.
fn each_is_needed(problem: &Problem, shared: &SharedConflict) -> Result<(), TestCaseError> {
    let kept = |workload: Option<usize>, pool: Option<usize>| {
        let workloads = shared.workloads.iter().map(|id| id.index()).filter(|&at| Some(at) != workload);
        let pools = shared.pools.iter().map(|id| id.index()).filter(|&at| Some(at) != pool);
        Problem {
            workloads: workloads.map(|at| problem.workloads[at].clone()).collect(),
            pools: pools.map(|at| problem.pools[at].clone()).collect(),
            ..problem.clone()
        }
    };
    let is_conflict = |problem: &Problem| {
        let outcome = place(problem).expect("solver and checker agree").outcome;
        matches!(outcome, Outcome::Infeasible(_))
    };
    prop_assert!(is_conflict(&kept(None, None)));
    for id in &shared.workloads {
        prop_assert!(!is_conflict(&kept(Some(id.index()), None)));
    }
    for id in &shared.pools {
        prop_assert!(!is_conflict(&kept(None, Some(id.index()))));
    }
    for found in &shared.rules {
        let mut without = kept(None, None);
        if let Rule::Quota(quota) = found.rule {
            without.quotas[quota.index()].most = u64::MAX;
        } else if found.rule == Rule::LimitsMaxMonthlyCost {
            without.limits.max_monthly_cost = None;
        } else {
            prop_assert_eq!(found.rule, Rule::LimitsMaxMonthlyCarbon);
            without.limits.max_monthly_carbon = None;
        }
        prop_assert!(!is_conflict(&without));
        let relaxation = found.relaxation.as_ref();
        prop_assert!(relaxation.is_some_and(|relaxation| relaxation.cost.is_some()), "{} has no way out", found.rule);
    }
    Ok(())
}
