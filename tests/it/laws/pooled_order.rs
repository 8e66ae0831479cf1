//! Orders of problems with pools: every small set of nodes in every region, beside every place of a workload outside, and of those as good in what comes first the
//! best in what comes next.

use std::cell::RefCell;

use proptest::prelude::*;
use stowage::check::placement;
use stowage::model::{
    Assignment, Group, MachineSet, PoolId, PoolNodes, PooledNodes, Problem, Purchase, RegionId, TypeId, UserId,
    WorkloadId,
};
use stowage::place::{Outcome, place};
use stowage::units::MilliRps;

use super::order::{Values, agreed, least_of};
use crate::scenarios::pools::problem;

/// A pool with one member, perhaps a workload of one user group outside it, two regions, and an order.
fn ordered() -> impl Strategy<Value = String> {
    let region = || (1..=9_u32, 1..=9_u32, 1..=9_u32, 1..=9_u32, 1..=9_u32, 0..=3_u32);
    let order = prop::sample::select(vec![
        "\"cost\", \"carbon\"",
        "\"cost\", \"latency\"",
        "\"carbon\", \"cost\"",
        "\"latency\", \"cost\"",
        "\"carbon\", \"latency\", \"cost\"",
        "\"cost\", \"latency\", \"carbon\"",
    ]);
    let tolerance = prop::sample::select(vec![0_u32, 0, 20, 50, 100]);
    let limits =
        prop::sample::select(vec!["", "", "limits = { max_regions = 1 }", "limits = { max_monthly_cost_usd = 9000 }"]);
    (region(), region(), (1..=3_u32, 1..=2_u32, 2..=3_u32), 0..=2_u32, (order, tolerance), limits).prop_map(
        |(near, far, (load, vcpu, large), web, (order, tolerance), limits)| {
            let site = |name: &str, (a, b, carbon_a, carbon_b, _, fixed): (u32, u32, u32, u32, u32, u32)| {
                format!(
                    "{name} = {{ zones = [\"z\"], fixed_monthly_usd = {fixed}, machines = {{ a = {{ hourly_usd = {a}, carbon_g_per_hour = {carbon_a} }}, b = {{ hourly_usd = {b}, \
                     carbon_g_per_hour = {carbon_b} }} }} }}"
                )
            };
            let outside = if web == 0 {
                String::new()
            } else {
                format!("web = {{ replica = {{ vcpu = 1, memory_gib = 1 }}, rps_per_replica = 1, demand_rps = {{ u = {web} }}, single_region_per_user = true }}")
            };
            format!(
                "catalog = {{\n embedded = false\n machine_types = {{ a = {{ vcpu = 1, memory_gib = 8 }}, b = {{ vcpu = {large}, memory_gib = 8 }} }}\n sites = {{\n {}\n {}\n }}\n}}\n\
                 users = {{ u = {{ paths = {{ near = {{ rtt_ms = {} }}, far = {{ rtt_ms = {} }} }} }} }}\n{limits}\nobjective = {{ order = [{order}], order_tolerance_percent = {tolerance} }}\n\
                 pools = {{ main = {{}} }}\nworkloads = {{\n x = {{ pool = \"main\", replica = {{ vcpu = {}, memory_gib = 1 }}, rps_per_replica = 1, demand_rps = {{ u = {load} }} }}\n \
                 {outside}\n}}\n",
                site("near", near),
                site("far", far),
                near.4,
                far.4,
                if vcpu == 1 { "1" } else { "0.5" },
            )
        },
    )
}

/// Sets of up to three nodes that hold what the only member needs.
fn node_sets(problem: &Problem, region: RegionId) -> Vec<PooledNodes> {
    let wanted = problem.pools[0].members[0].needed();
    let fillings: Vec<PoolNodes> = (0..problem.machine_types.len())
        .map(TypeId::at)
        .flat_map(|machine_type| (1..=3).map(move |held| (machine_type, held)))
        .map(|(machine_type, held)| PoolNodes { zone: 0, machine_type, replicas: vec![(0, held)], count: 1 })
        .collect();
    let mut sets: Vec<Vec<PoolNodes>> = vec![Vec::new()];
    for _ in 0..3 {
        let longer = |set: &Vec<PoolNodes>| -> Vec<Vec<PoolNodes>> {
            let more = fillings.iter().filter(|filling| set.last().is_none_or(|last| *filling >= last));
            more.map(|filling| set.iter().chain([filling]).cloned().collect()).collect()
        };
        let more: Vec<Vec<PoolNodes>> = sets.iter().flat_map(longer).collect();
        sets.extend(more);
        sets.sort();
        sets.dedup();
    }
    sets.retain(|set| set.iter().map(|node| node.replicas[0].1).sum::<u64>() == wanted);
    let merged = |set: Vec<PoolNodes>| {
        let mut merged: Vec<PoolNodes> = Vec::new();
        for node in set {
            match merged.last_mut().filter(|last| PoolNodes { count: 1, ..(*last).clone() } == node) {
                Some(last) => last.count += 1,
                None => merged.push(node),
            }
        }
        merged
    };
    sets.into_iter().map(|set| PooledNodes { region, nodes: merged(set) }).collect()
}

/// The workload outside pools, if there is one, on machines of one type in one region.
fn outside(problem: &Problem) -> Vec<Assignment> {
    let Some(web) = problem.workloads.first() else { return vec![Assignment::default()] };
    let rate = web.total_demand();
    let mut all = Vec::new();
    for region in (0..problem.regions.len()).map(RegionId::at) {
        for machine_type in (0..problem.machine_types.len()).map(TypeId::at) {
            let held = problem.machine_types[machine_type.index()].vcpu.0 / web.replica.vcpu.0;
            let instances = web.replicas_for(rate).div_ceil(held);
            let set = MachineSet {
                machine_type,
                purchase: Purchase::OnDemand,
                instances_by_zone: vec![instances],
                by_period: Vec::new(),
            };
            let traffic = [(UserId(0), MilliRps(rate.0))].into();
            let group = Group { machines: vec![set], traffic, ..Group::default() };
            all.push(Assignment { groups: [((WorkloadId(0), region), group)].into(), ..Assignment::default() });
        }
    }
    all
}

/// The values of everything that can be placed.
fn all(problem: &Problem) -> Vec<Values> {
    let free = Problem { order: None, ..problem.clone() };
    let outside = outside(problem);
    let mut values = Vec::new();
    for region in (0..problem.regions.len()).map(RegionId::at) {
        for (nodes, beside) in
            node_sets(problem, region).iter().flat_map(|nodes| outside.iter().map(move |it| (nodes, it)))
        {
            let assignment = Assignment { pools: [(PoolId(0), nodes.clone())].into(), ..beside.clone() };
            if let Ok(found) = placement(&free, assignment) {
                let totals = found.totals();
                values.push([
                    totals.paid().micros(),
                    totals.emissions.map_or(0, |emissions| emissions.0),
                    totals.wait.map_or(0, |wait| wait.0),
                ]);
            }
        }
    }
    values
}

#[test]
fn every_target_is_the_oracles_beside_pools() {
    let seen = RefCell::new([0; 4]);
    super::run_with(150, &ordered(), |text| {
        let problem = problem(&text).map_err(TestCaseError::fail)?;
        let answer = place(&problem).expect("solver and checker agree");
        let order = problem.order.as_ref().expect("an order");
        let best = least_of(order, all(&problem));
        let mut seen = seen.borrow_mut();
        if problem.workloads.is_empty() || !matches!(answer.outcome, Outcome::Feasible { .. } | Outcome::Undecided) {
            let told = |error| TestCaseError::fail(format!("{text}\n{error}"));
            match agreed(order, &answer, best).map_err(told)? {
                Some(_) => seen[usize::from(!problem.workloads.is_empty())] += 1,
                None => seen[2] += 1,
            }
            return Ok(());
        }
        // Pools are packed before what stands beside them is placed: the best may be missed, and no bound may be above it.
        seen[3] += 1;
        if let Some((stage, (least, _))) = answer.stages.first().zip(best) {
            prop_assert!(stage.bound <= least[0] + super::ROUNDING_MICROS, "{text}\n{stage:?} above {least:?}");
            prop_assert!(stage.best + super::ROUNDING_MICROS >= least[0], "{text}\n{stage:?} below {least:?}");
        }
        Ok(())
    });
    let counts = seen.into_inner();
    let [alone, beside, infeasible, open] = counts;
    assert!(alone >= 40 && beside >= 30 && open <= 60 && infeasible <= 10, "{counts:?}");
}
