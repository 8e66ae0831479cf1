//! The fleet as its own demand: what stands now must still be there after the change of machines.
//!
//! Every set of like machines (one block, one region, one type) becomes a workload whose replica is one such machine:
//!
//! | promise | taken from the fleet |
//! |---|---|
//! | region | the same |
//! | machine | at least as much processor and memory, the same instruction set, burstable only if it is now, no GPU |
//! | zones | if machines are left when the fullest zone is lost, as many replicas must be left when any zone is, in as many zones; else none need be |
//!
//! So the fleet is itself a placement that keeps these promises, and nothing of it is moved away from its users, whom a plan does not name.
//! Sets over equally many zones are one problem, since a region has one number of zones in a problem. Sets that ask the same are solved once:
//! with m the largest number of sets that one solution stands for, the bound on a problem is its cost − m × (cost − bound).

use std::collections::BTreeMap;

use super::{Comparison, cost_of, no_placement, patch, standing};
use crate::model::{Architecture, MachineSet, RegionKey};
use crate::parse::{self, tree::Node};
use crate::place::{Outcome, place};
use crate::review::Options;
use crate::review::patch::Replacement;
use crate::review::reason::Reason;
use crate::review::report::{Basis, BetterGroup, Distance, Figure, Purchase};
use crate::units::{Bytes, Decimal, Millicores, Money};

/// Like machines of one block.
#[derive(Default)]
struct Set {
    machines: u64,
    cost: Money,
    by_zone: BTreeMap<String, u64>,
    are_zones_known: bool,
}

/// What a workload asks. Sets that ask the same are one workload.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Asked {
    /// Of which the loss of any one is outlived; 0 if that of the fullest is not.
    zones: usize,
    region: RegionKey,
    machine_type: String,
    replicas: u64,
}

/// Block, region, machine type.
type Key = (String, RegionKey, String);

type Sets = BTreeMap<Key, Set>;

/// What would do as much, and what it costs.
#[derive(Default)]
struct Better {
    optimum: Money,
    bound: Money,
    is_proven: bool,
    groups: Vec<BetterGroup>,
    replacements: Vec<Replacement>,
}

pub(super) fn distance(comparison: &Comparison<'_, '_>, options: &Options<'_>) -> Result<Distance, Reason> {
    let mut left_out = Vec::new();
    let sets = sets(comparison, &mut left_out);
    if sets.is_empty() {
        return Err(Reason::Because(
            "the plan holds no machines bought on demand whose price and type are known".to_owned(),
        ));
    }
    let mut problems: BTreeMap<usize, BTreeMap<Asked, Vec<&Key>>> = BTreeMap::new();
    for (key, set) in &sets {
        let asked = ask(key, set);
        problems.entry(asked.zones).or_default().entry(asked).or_default().push(key);
    }
    let mut better = Better { is_proven: true, ..Better::default() };
    for (&zones, asked) in &problems {
        better.add(comparison, options, zones, asked, &sets)?;
    }
    better.groups.sort_by(|a, b| (&a.workload, &a.region).cmp(&(&b.workload, &b.region)));
    Ok(Distance {
        basis: Basis::Fleet,
        assumptions: assumptions(&left_out),
        cost: sets.values().map(|set| set.cost).sum(),
        optimum: better.optimum,
        bound: better.bound,
        is_proven: better.is_proven,
        placement: better.groups,
        patch: patch::replacements(comparison.plan, options.sources, &better.replacements),
    })
}

impl Better {
    /// Solves what sets over so many zones ask.
    fn add(
        &mut self,
        comparison: &Comparison<'_, '_>,
        options: &Options<'_>,
        zones: usize,
        asked: &BTreeMap<Asked, Vec<&Key>>,
        sets: &Sets,
    ) -> Result<(), Reason> {
        let stated = problem(comparison, asked.keys())?;
        let mut problem = parse::problem(&stated, options.catalog, options.overlay)
            .map_err(|faults| Reason::Because(format!("the fleet is no problem that can be solved: {faults}")))?
            .problem;
        if zones > 0 {
            // A group stays in the zones it names: what more the region has is no help to it.
            for region in &mut problem.regions {
                region.zones = (1..=zones).map(|zone| zone.to_string()).collect();
            }
        }
        let answer = place(&problem).map_err(|disagreement| Reason::Because(disagreement.to_string()))?;
        let (placement, bound) = answer.outcome.placement().ok_or_else(|| no_placement(&answer.outcome))?;
        let mut optimum = Money::ZERO;
        for (index, (asked, keys)) in asked.iter().enumerate() {
            let name = name(index);
            let found =
                placement.groups().iter().filter(|((workload, _), _)| problem.workloads[workload.index()].name == name);
            for (&(_, place), placed) in found {
                let set_of = |set: &MachineSet| {
                    let name = problem.machine_types[set.machine_type.index()].name.clone();
                    (name, set.instances(), cost_of(&problem, place, set))
                };
                let better: Vec<(String, u64, Money)> = placed.group.machines.iter().map(set_of).collect();
                for &key in keys {
                    let (block, _, before) = key;
                    let set = &sets[key];
                    // Where what stands costs as little, nothing is better.
                    let after = if placed.lines.total() < set.cost {
                        better.clone()
                    } else {
                        vec![(before.clone(), set.machines, set.cost)]
                    };
                    for (machine_type, instances, cost) in &after {
                        optimum += *cost;
                        self.groups.push(BetterGroup {
                            workload: block.clone(),
                            region: asked.region.clone(),
                            machine_type: machine_type.clone(),
                            instances: *instances,
                            monthly_cost: *cost,
                        });
                    }
                    self.replacements.push(Replacement {
                        block: block.clone(),
                        before: (before.clone(), set.machines),
                        after: after
                            .into_iter()
                            .map(|(machine_type, instances, _)| (machine_type, instances))
                            .collect(),
                    });
                }
            }
        }
        let most = asked.values().map(Vec::len).max().unwrap_or(1);
        let open = placement.cost() - bound;
        self.optimum += optimum;
        self.bound += optimum - open.times(most as i128);
        self.is_proven &= matches!(answer.outcome, Outcome::Optimal { .. });
        Ok(())
    }
}

fn assumptions(left_out: &[String]) -> Vec<String> {
    let mut assumptions = vec![
        "Groups that scale are taken at their expected sizes.".to_owned(),
        "Every group stays in its region and its zones: the plan does not say where its users are.".to_owned(),
        "Machines have the same instruction set as those they replace, and are none smaller.".to_owned(),
        "Where machines are left when the fullest zone is lost, as many must be left when any zone is.".to_owned(),
    ];
    if !left_out.is_empty() {
        let few: Vec<&str> = left_out.iter().take(5).map(String::as_str).collect();
        let more = if left_out.len() > few.len() {
            format!(" and {} more", left_out.len() - few.len())
        } else {
            String::new()
        };
        assumptions.push(format!(
            "Left out, because their price is unknown, they mix types, are bought on the spot market or hold GPUs: {}{more}.",
            few.join(", ")
        ));
    }
    assumptions
}

fn sets(comparison: &Comparison<'_, '_>, left_out: &mut Vec<String>) -> Sets {
    let mut sets = Sets::new();
    for member in comparison.members {
        let Some(stands) = standing(member) else { continue };
        let (Figure::Known(region), Figure::Known(types), Figure::Known(count), Figure::Known(cost)) =
            (&stands.region, &stands.machine_types, &stands.count, &stands.monthly_cost)
        else {
            left_out.push(member.address.clone());
            continue;
        };
        let [machine_type] = &types[..] else {
            left_out.push(member.address.clone());
            continue;
        };
        let has_gpus = |machine_type: &str| {
            comparison.prices.offer(region, machine_type, false).known().is_some_and(|(_, machine)| machine.gpus > 0)
        };
        if stands.purchase != Purchase::OnDemand || has_gpus(machine_type) {
            left_out.push(member.address.clone());
            continue;
        }
        if count.expected == 0 {
            continue;
        }
        let set = sets
            .entry((member.block.clone(), region.clone(), machine_type.clone()))
            .or_insert_with(|| Set { are_zones_known: true, ..Set::default() });
        set.machines += count.expected;
        set.cost += cost.expected;
        match &stands.zones {
            Figure::Known(zones) if !zones.is_empty() => {
                for zone in zones {
                    *set.by_zone.entry(zone.clone()).or_default() += count.expected.div_ceil(zones.len() as u64);
                }
            }
            Figure::Known(_) | Figure::Unknown(_) => set.are_zones_known = false,
        }
    }
    sets
}

fn ask((_, region, machine_type): &Key, set: &Set) -> Asked {
    let fullest = set.by_zone.values().copied().max().unwrap_or(set.machines).min(set.machines);
    let left = set.machines - fullest;
    let (zones, replicas) = if set.are_zones_known && left > 0 { (set.by_zone.len(), left) } else { (0, set.machines) };
    Asked { zones, region: region.clone(), machine_type: machine_type.clone(), replicas }
}

fn name(index: usize) -> String {
    // As many digits as make the order of names that of the numbers.
    format!("set {index:08}")
}

/// The problem in the language of the parser, so that everything it says is checked as if a person had written it.
fn problem<'k>(comparison: &Comparison<'_, '_>, asked: impl Iterator<Item = &'k Asked>) -> Result<Node, Reason> {
    let number = |number: u64| Node::from(Decimal::from_integer(number.into()));
    let mut workloads = Vec::new();
    for (index, asked) in asked.enumerate() {
        let machine = match comparison.prices.offer(&asked.region, &asked.machine_type, false) {
            Figure::Known((_, machine)) => machine,
            Figure::Unknown(reason) => return Err(reason),
        };
        let architecture = match machine.architecture {
            Architecture::X86_64 => "x86_64",
            Architecture::Arm64 => "arm64",
        };
        let workload = Node::map([
            ("replica", replica(machine.vcpu, machine.memory)),
            ("rps_per_replica", number(1)),
            ("demand_rps", Node::map([("fleet", number(asked.replicas))])),
            ("survive", Node::map([("zones", number((asked.zones > 0).into()))])),
            ("allow_burstable", machine.is_burstable.into()),
            (
                "allowed",
                Node::map([
                    ("regions", Node::list([Node::from(asked.region.to_string().as_str())])),
                    ("architectures", Node::list([Node::from(architecture)])),
                ]),
            ),
        ]);
        workloads.push((name(index), workload));
    }
    // No round trip is promised, so it does not matter where the one user group is.
    let place = Node::map([("latitude", number(0)), ("longitude", number(0))]);
    Ok(Node::map([
        ("users", Node::map([("fleet", place)])),
        ("workloads", Node::map(workloads)),
        // All of it: what is left open would be found by the next review of what this one proposes.
        ("gap_tolerance", number(0)),
    ]))
}

fn replica(vcpu: Millicores, memory: Bytes) -> Node {
    /// Bytes of a GiB.
    const GIB: i128 = 1 << 30;
    // Rounded down, so that the machine itself holds its replica.
    let millionths = i128::from(memory.0) * 1_000_000 / GIB;
    Node::map([("vcpu", Node::from(vcpu.to_decimal())), ("memory_gib", Node::from(Decimal::new(millionths, 6)))])
}
