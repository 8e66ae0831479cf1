//! What `check` says of pools: the right one stands at the edge of every limit, and one step beyond any of them is named.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use stowage::check;
use stowage::model::{
    Access, Assignment, Demand, Filter, Glob, Member, Pool, PoolId, PoolNodes, PooledNodes, Problem, Provenance,
    Purchase, QuotaUnit, RegionId, Replica, Replicas, Requirement, Rtt, RttTable, Selector, Stock, Survival, TypeId,
    UserId, Workload,
};
use stowage::units::{Amount, Bytes, MilliRps, Millicores, Money, Ratio, RoundTrip};

use super::{machine, problem};

const JOB: usize = 0;
const LOG: usize = 1;
const SPARE: usize = 2;
const WEB: usize = 3;

fn member(name: &str, half_vcpus: u64, replicas: Replicas) -> Member {
    let replica = Replica { vcpu: Millicores(half_vcpus * 500), memory: Bytes(half_vcpus << 29), ..Replica::default() };
    Member {
        workload: Workload::new(name, replica, MilliRps(100_000), Vec::new()),
        replicas,
        is_daemon: false,
        is_exclusive: false,
        max_per_node: None,
        max_zone_skew: None,
        apart_on_node: Vec::new(),
        apart_in_zone: Vec::new(),
        together_on_node: Vec::new(),
        together_in_zone: Vec::new(),
        requires: Vec::new(),
    }
}

/// Three nodes of four vCPU, one in each zone, full to the last byte: two of `web`, one of `job`, and the daemon `log`. `spare` is not deployed.
fn pooled() -> (Problem, Assignment) {
    let mut problem = problem();
    problem.workloads.clear();
    let mut types =
        [machine("four", 4, false), machine("eight", 8, true), machine("wee", 0, false), machine("other", 4, false)];
    types[0].gpus = 1;
    types[0].resources.set("disk", Amount(10));
    problem.machine_types = Arc::new(types);
    let any = Replicas { min: 0, max: None };
    let survive = Survival { zones: 1, ..Survival::default() };
    let mut job = member("job", 2, Replicas { min: 2, max: Some(3) });
    (job.workload.replica.gpus, job.workload.survive) = (1, survive);
    job.workload.replica.resources.set("disk", Amount(6));
    let log = Member { is_daemon: true, ..member("log", 1, any) };
    let spare = member("spare", 2, Replicas { min: 1, max: None });
    let mut web = member("web", 2, any);
    web.workload.demand = vec![Demand { user: UserId(0), rate: MilliRps(400_000) }];
    (web.workload.survive, web.workload.response, web.workload.max_rtt) =
        (survive, Bytes(1_000), Some(RoundTrip(10_000)));
    (web.max_per_node, web.max_zone_skew) = (Some(2), Some(0));
    web.requires = vec![Requirement { member: JOB, count: 1, every: 2 }];
    let mut reserved = Replica { vcpu: Millicores(500), memory: Bytes(1 << 29), ..Replica::default() };
    reserved.resources.set("disk", Amount(4));
    // More of it than there is, but nobody asks for any.
    reserved.resources.set("tape", Amount(1));
    problem.pools = vec![Pool {
        name: "cluster".into(),
        members: vec![job, log, spare, web],
        reserved,
        allow_burstable: false,
        max_nodes: Some(3),
        max_machine_types: Some(1),
        max_nodes_of: vec![(TypeId(0), 3), (TypeId(3), 0)],
        at_least: vec![(vec![JOB, WEB], 9)],
        one_of: vec![vec![JOB, SPARE]],
        selectors: vec![Selector::default()],
        stands_by: None,
    }];
    let node =
        |zone| PoolNodes { zone, machine_type: TypeId(0), replicas: vec![(JOB, 1), (LOG, 1), (WEB, 2)], count: 1 };
    let placed = PooledNodes { region: RegionId(0), nodes: (0..3).map(node).collect() };
    (problem, Assignment { pools: BTreeMap::from([(PoolId(0), placed)]), ..Assignment::default() })
}

fn pool(problem: &mut Problem) -> &mut Pool {
    &mut problem.pools[0]
}

fn of(problem: &mut Problem, member: usize) -> &mut Member {
    &mut problem.pools[0].members[member]
}

fn node(assignment: &mut Assignment, at: usize) -> &mut PoolNodes {
    &mut assignment.pools.get_mut(&PoolId(0)).unwrap().nodes[at]
}

/// What each node holds, instead.
fn hold(assignment: &mut Assignment, at: usize, replicas: &[(usize, u64)]) {
    node(assignment, at).replicas = replicas.to_vec();
}

fn denied(filter: Filter) -> Selector {
    Selector { denied: filter, ..Selector::default() }
}

fn types(pattern: &str) -> Filter {
    Filter { instance_types: Some(BTreeSet::from([Glob(pattern.into())])), ..Filter::default() }
}

fn stock(total: u64, by_zone: [u64; 3]) -> Stock {
    Stock { machine_type: TypeId(0), total: Some(total), by_zone: Some(by_zone.to_vec()) }
}

fn nowhere_from(problem: &mut Problem, east: Option<u32>, west: Option<u32>) {
    let known = |ms: Option<u32>| Some(Rtt { round_trip: RoundTrip(ms? * 1_000), provenance: Provenance::Measured });
    problem.rtt = RttTable::from_rows(3, vec![vec![known(east); 3], vec![known(west); 3]]);
}

#[test]
fn the_right_pool_is_accepted_with_its_cost() {
    let (mut problem, assignment) = pooled();
    problem.objective.latency_per_rps_ms = Money::from_micros(1_000);
    let placement = check::placement(&problem, assignment.clone()).unwrap();
    assert_eq!((placement.assignment(), placement.regions()), (assignment.clone(), [RegionId(0)].into()));
    assert_eq!(placement.pools()[&PoolId(0)].placed, assignment.pools[&PoolId(0)]);
    assert_eq!(placement.pools()[&PoolId(0)].replicas[WEB], [2, 2, 2]);
    let totals = placement.totals();
    // 3 nodes × 0.01 × 730; a region at 5; 400 rps × 1,000 bytes × 2,628,000 s = 1,051.2 GB at 0.09; 400 rps × 10 ms at 0.001;
    // 3 × 1 g × 730 = 2.19 kg at 0.1 USD a kilogram.
    assert_eq!(totals.machines.usd().to_string(), "21.9");
    assert_eq!(totals.fixed.usd().to_string(), "5");
    assert_eq!(totals.egress.usd().to_string(), "94.608");
    assert_eq!(totals.latency.usd().to_string(), "4");
    assert_eq!(totals.emissions.unwrap().to_decimal().to_string(), "2.19");
    assert_eq!(placement.cost().usd().to_string(), "125.727");
}

#[test]
fn a_pool_keeps_the_budget_but_for_rounding() {
    let (mut problem, assignment) = pooled();
    problem.limits.max_monthly_cost = Some(Money::from_micros(121_507_996));
    assert!(check::placement(&problem, assignment.clone()).is_ok());
    problem.limits.max_monthly_cost = Some(Money::from_micros(121_507_995));
    assert!(check::placement(&problem, assignment).is_err());
}

#[test]
fn a_pool_and_a_group_share_quotas_and_machines() {
    let (mut problem, mut assignment) = pooled();
    let demand = vec![Demand { user: UserId(0), rate: MilliRps(100_000) }];
    let replica = Replica { vcpu: Millicores(1_000), memory: Bytes(1 << 30), ..Replica::default() };
    problem.workloads = vec![Workload::new("alone", replica, MilliRps(100_000), demand)];
    assignment.groups.insert(super::EAST, super::group([2, 0, 0], &[(0, 100)]));
    let found = |quota: u64, total: u64, by_zone: [u64; 3]| {
        let mut problem = problem.clone();
        problem.quotas = vec![super::quota(0, None, QuotaUnit::Vcpu, quota)];
        problem.regions[0].stock = vec![stock(total, by_zone)];
        check::placement(&problem, assignment.clone())
    };
    // Three nodes and two machines of four vCPU each, three of the five in the first zone.
    assert!(found(20_000, 5, [3, 1, 1]).is_ok());
    for (quota, total, by_zone) in [(19_999, 5, [3, 1, 1]), (20_000, 4, [3, 1, 1]), (20_000, 5, [2, 1, 1])] {
        assert_eq!(found(quota, total, by_zone).unwrap_err().len(), 1, "{quota} {total} {by_zone:?}");
    }
}

/// What is changed, and how.
type Change = (&'static str, fn(&mut Problem, &mut Assignment));

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn what_rules_leave_alone_is_accepted() {
    let cases: [Change; 22] = [
        ("the zones there are", |p, _| of(p, WEB).workload.min_zones = 3),
        ("zones of what is left out", |p, _| of(p, SPARE).workload.min_zones = 2),
        ("the zone of what has no replicas", |p, a| {
            (of(p, WEB).requires, of(p, JOB).replicas.min, of(p, JOB).workload.survive) =
                (Vec::new(), 0, Survival::default());
            (pool(p).one_of, pool(p).at_least) = (Vec::new(), Vec::new());
            of(p, SPARE).replicas.min = 0;
            (0..3).for_each(|at| hold(a, at, &[(LOG, 1), (WEB, 2)]));
        }),
        ("a quota and machines of other regions", |p, _| {
            p.quotas = vec![super::quota(0, None, QuotaUnit::Vcpu, 12_000), super::quota(1, None, QuotaUnit::Vcpu, 0)];
            p.regions[1].stock = vec![stock(0, [0, 0, 0])];
        }),
        ("round trips that nobody asks for", |p, _| {
            nowhere_from(p, None, None);
            of(p, WEB).workload.max_rtt = None;
        }),
        ("one of a kind that keeps apart from itself", |p, _| {
            (of(p, JOB).apart_on_node, of(p, JOB).apart_in_zone) = (vec![JOB], vec![JOB]);
        }),
        ("apart from what is nowhere", |p, _| {
            (of(p, WEB).apart_in_zone, of(p, SPARE).apart_in_zone) = (vec![SPARE], vec![WEB]);
        }),
        ("a zone that holds neither of two", |p, a| {
            (of(p, WEB).workload.survive, of(p, JOB).workload.survive) = (Survival::default(), Survival::default());
            (of(p, WEB).max_zone_skew, of(p, WEB).together_in_zone) = (None, vec![JOB]);
            pool(p).at_least.clear();
            hold(a, 2, &[(LOG, 1)]);
        }),
        ("as many nodes as there are", |p, _| p.regions[0].stock = vec![stock(3, [1, 1, 1])]),
        ("a restricted region that a list names", |p, _| {
            p.regions[0].access = Access::Restricted;
            let key = p.regions[0].key.clone();
            pool(p).selectors[0].allowed.regions = Some(BTreeSet::from([key]));
        }),
        ("answers without bytes", |p, _| {
            of(p, WEB).workload.response = Bytes(0);
            p.regions[0].internet_egress_per_gb = None;
        }),
        ("answers to nobody", |p, _| {
            of(p, JOB).workload.response = Bytes(1);
            (of(p, WEB).workload.response, p.regions[0].internet_egress_per_gb) = (Bytes(0), None);
        }),
        ("as many late as may be", |p, _| {
            let web = &mut of(p, WEB).workload;
            web.demand = [(0, 320_000), (1, 80_000)]
                .map(|(user, rate)| Demand { user: UserId(user), rate: MilliRps(rate) })
                .into();
            web.rtt_share = Ratio(800_000);
        }),
        ("a list of a member that is not there", |p, _| of(p, SPARE).workload.selectors = vec![denied(types("fo*"))]),
        ("burstable machines where they may be", |p, a| {
            pool(p).allow_burstable = true;
            Arc::make_mut(&mut p.machine_types)[1].gpus = 1;
            Arc::make_mut(&mut p.machine_types)[1].resources.set("disk", Amount(10));
            (0..3).for_each(|at| node(a, at).machine_type = TypeId(1));
        }),
        ("emissions nobody asks for", |p, _| {
            Arc::make_mut(&mut p.regions[0].offers)[0].carbon_hourly = None;
            p.objective.carbon_per_tonne = Money::ZERO;
        }),
        ("an exclusive member beside a daemon", |p, a| {
            of(p, WEB).is_exclusive = true;
            (of(p, WEB).max_zone_skew, of(p, JOB).replicas.max) = (None, None);
            (pool(p).max_nodes, pool(p).max_nodes_of) = (None, Vec::new());
            let nodes = &mut a.pools.get_mut(&PoolId(0)).unwrap().nodes;
            *nodes = (0..3)
                .flat_map(|zone| {
                    let of = |replicas| PoolNodes { zone, machine_type: TypeId(0), replicas, count: 1 };
                    [of(vec![(JOB, 1), (LOG, 1)]), of(vec![(LOG, 1), (WEB, 2)])]
                })
                .collect();
        }),
        ("a node without a daemon that is kept off", |p, a| {
            of(p, LOG).apart_on_node = vec![JOB];
            (0..3).for_each(|at| hold(a, at, &[(JOB, 1), (WEB, 2)]));
        }),
        ("together with what another of its list stands for", |p, _| {
            of(p, WEB).together_on_node = vec![SPARE];
            of(p, WEB).together_in_zone = vec![SPARE];
            of(p, WEB).requires.push(Requirement { member: SPARE, count: 1, every: 1 });
        }),
        ("a daemon that another of its list stands for", |p, _| of(p, SPARE).is_daemon = true),
        ("members that are always together", |p, _| {
            of(p, WEB).together_on_node = vec![JOB];
            of(p, WEB).together_in_zone = vec![JOB];
        }),
        ("alike nodes counted", |p, a| {
            p.regions[0].zones.truncate(1);
            (of(p, WEB).workload.survive, of(p, JOB).workload.survive) = (Survival::default(), Survival::default());
            let nodes = &mut a.pools.get_mut(&PoolId(0)).unwrap().nodes;
            nodes.truncate(1);
            nodes[0].count = 3;
        }),
    ];
    for (what, change) in cases {
        let (mut problem, mut assignment) = pooled();
        change(&mut problem, &mut assignment);
        let placed = check::placement(&problem, assignment);
        assert!(placed.is_ok(), "{what}: {:?}", placed.unwrap_err());
    }
}

/// What is spoilt, how, and what is said of it.
type Case = (&'static str, fn(&mut Problem, &mut Assignment), &'static str);

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn every_way_to_spoil_a_pool_is_named() {
    let shapes: [Case; 9] = [
        ("no nodes", |_, a| a.pools.clear(), "is nowhere"),
        (
            "an unknown pool",
            |_, a| drop(a.pools.insert(PoolId(1), a.pools[&PoolId(0)].clone())),
            "is not in the problem",
        ),
        ("a zone that is not there", |_, a| node(a, 2).zone = 3, "in no zone"),
        ("no nodes of a kind", |_, a| node(a, 0).count = 0, "of no number"),
        ("nodes out of order", |_, a| a.pools.get_mut(&PoolId(0)).unwrap().nodes.reverse(), "out of order"),
        ("nodes twice", |_, a| node(a, 1).zone = 0, "out of order"),
        ("replicas of nobody", |_, a| hold(a, 0, &[(JOB, 1), (4, 1)]), "unknown replicas"),
        ("no replicas of somebody", |_, a| hold(a, 0, &[(JOB, 0), (LOG, 1), (WEB, 2)]), "unknown replicas"),
        ("replicas twice", |_, a| hold(a, 0, &[(JOB, 1), (LOG, 1), (WEB, 1), (WEB, 1)]), "out of order"),
    ];
    let places: [Case; 10] = [
        (
            "a list of the pool",
            |p, _| {
                pool(p)
                    .selectors
                    .push(denied(Filter { countries: Some(BTreeSet::from(["DE".into()])), ..Filter::default() }));
            },
            "is refused by denied.countries",
        ),
        (
            "a list of a member",
            |p, _| {
                let lists = &mut of(p, SPARE).workload.selectors;
                lists.push(denied(Filter { countries: Some(BTreeSet::from(["DE".into()])), ..Filter::default() }));
            },
            "is refused by denied.countries",
        ),
        ("restricted access", |p, _| p.regions[0].access = Access::Restricted, "is restricted"),
        ("an unknown egress price", |p, _| p.regions[0].internet_egress_per_gb = None, "egress price"),
        (
            "a limit on round trips",
            |p, _| of(p, WEB).workload.max_rtt = Some(RoundTrip(9_999)),
            "too few requests in time",
        ),
        (
            "one late request too many",
            |p, _| {
                let web = &mut of(p, WEB).workload;
                web.demand = [(0, 319_999), (1, 80_001)]
                    .map(|(user, rate)| Demand { user: UserId(user), rate: MilliRps(rate) })
                    .into();
                web.rtt_share = Ratio(800_000);
            },
            "too few requests in time",
        ),
        ("an unknown round trip", |p, _| nowhere_from(p, None, Some(10)), "unknown round trips"),
        (
            "an unknown round trip of few",
            |p, _| {
                nowhere_from(p, Some(10), None);
                let web = &mut of(p, WEB).workload;
                web.demand = [(0, 320_000), (1, 80_000)]
                    .map(|(user, rate)| Demand { user: UserId(user), rate: MilliRps(rate) })
                    .into();
                web.rtt_share = Ratio(800_000);
            },
            "unknown round trips",
        ),
        (
            "an unknown round trip at a price",
            |p, _| {
                nowhere_from(p, None, Some(10));
                of(p, WEB).workload.max_rtt = None;
                p.objective.latency_per_rps_ms = Money::from_micros(1);
            },
            "though latency is counted",
        ),
        (
            "emissions that are unknown",
            |p, _| Arc::make_mut(&mut p.regions[0].offers)[0].carbon_hourly = None,
            "though carbon has a price",
        ),
    ];
    let machines: [Case; 9] = [
        ("a type that is not on sale", |p, _| p.regions[0].offers = Arc::default(), "is not on sale"),
        (
            "a type that is sold as spot only",
            |p, _| Arc::make_mut(&mut p.regions[0].offers)[0].purchase = Purchase::Spot,
            "is not on sale",
        ),
        (
            "a type the pool denies",
            |p, _| pool(p).selectors.push(denied(types("fo*"))),
            "is refused by denied.instance_types",
        ),
        (
            "a type a member denies",
            |p, _| of(p, LOG).workload.selectors.push(denied(types("fo*"))),
            "is refused by denied.instance_types",
        ),
        ("burstable machines", |_, a| node(a, 2).machine_type = TypeId(1), "is burstable"),
        (
            "a thousandth of a processor too much",
            |p, _| pool(p).reserved.vcpu = Millicores(501),
            "holds more than it has",
        ),
        ("a byte too much", |p, _| pool(p).reserved.memory = Bytes((1 << 29) + 1), "holds more than it has"),
        ("a GPU too much", |p, _| pool(p).reserved.gpus = 1, "holds more than it has"),
        ("a disk too much", |p, _| pool(p).reserved.resources.set("disk", Amount(5)), "holds more than it has"),
    ];
    let nodes: [Case; 12] = [
        ("more than a node may hold", |p, _| of(p, WEB).max_per_node = Some(1), "a node holds 2 replicas of `web`"),
        ("a daemon twice", |_, a| hold(a, 0, &[(JOB, 1), (LOG, 2), (WEB, 2)]), "a node holds 2 replicas of `log`"),
        ("apart from itself", |p, _| of(p, WEB).apart_on_node = vec![WEB], "two replicas of `web`"),
        ("apart from another", |p, _| of(p, WEB).apart_on_node = vec![JOB], "a node holds `web` and `job`"),
        ("an exclusive member", |p, _| of(p, JOB).is_exclusive = true, "a node holds `job` and `web`"),
        (
            "one of two that are together",
            |p, a| {
                of(p, WEB).together_on_node = vec![JOB];
                hold(a, 0, &[(LOG, 1), (WEB, 2)]);
            },
            "a node holds `web` without `job`",
        ),
        (
            "one of two that are together as the other says",
            |p, a| {
                of(p, JOB).together_on_node = vec![WEB];
                hold(a, 0, &[(LOG, 1), (WEB, 2)]);
            },
            "a node holds `web` without `job`",
        ),
        ("a node without the daemon", |_, a| hold(a, 1, &[(JOB, 1), (WEB, 2)]), "without daemon `log`"),
        ("a daemon that is kept off", |p, _| of(p, LOG).apart_on_node = vec![JOB], "without daemon `log`, or holds it"),
        (
            "a daemon kept off by another",
            |p, _| of(p, JOB).apart_on_node = vec![LOG],
            "without daemon `log`, or holds it",
        ),
        ("a node too many", |p, _| pool(p).max_nodes = Some(2), "has 3 nodes"),
        (
            "a type too many",
            |p, a| {
                (pool(p).max_nodes_of, pool(p).reserved.resources) = (Vec::new(), stowage::model::Resources::default());
                of(p, JOB).workload.replica = Replica { gpus: 0, ..of(p, WEB).workload.replica.clone() };
                node(a, 2).machine_type = TypeId(3);
            },
            "has 2 machine types",
        ),
    ];
    let counts: [Case; 17] = [
        (
            "too few zones",
            |p, a| {
                (of(p, JOB).workload.min_zones, of(p, WEB).requires) = (3, Vec::new());
                hold(a, 1, &[(LOG, 1), (WEB, 2)]);
            },
            "2 zones hold replicas of `job`",
        ),
        ("a node more than there are", |p, _| p.regions[0].stock = vec![stock(2, [1, 1, 1])], "3 machines of"),
        (
            "a node more than there are in a zone",
            |p, _| p.regions[0].stock = vec![stock(3, [1, 0, 1])],
            "1 machines of",
        ),
        (
            "too few beside it, by twos and threes",
            |p, _| (of(p, WEB).requires[0].count, of(p, WEB).requires[0].every) = (2, 3),
            "6 replicas of `web` have 3 of `job`",
        ),
        (
            "what is required and nowhere",
            |p, _| {
                pool(p).one_of = vec![vec![SPARE]];
                of(p, WEB).requires.push(Requirement { member: SPARE, count: 1, every: 1 });
            },
            "6 replicas of `web` have 0 of `spare`",
        ),
        ("a node of a type too many", |p, _| pool(p).max_nodes_of[0].1 = 2, "has 3 nodes of type four"),
        (
            "zones unlike",
            |_, a| hold(a, 0, &[(JOB, 1), (LOG, 1), (WEB, 1)]),
            "zones hold from 1 to 2 replicas of `web`",
        ),
        ("two in a zone", |p, _| of(p, WEB).apart_in_zone = vec![WEB], "a zone holds `web` and `web`"),
        ("two kinds in a zone", |p, _| of(p, WEB).apart_in_zone = vec![JOB], "a zone holds `web` and `job`"),
        (
            "one of two that share zones",
            |p, a| {
                of(p, WEB).together_in_zone = vec![JOB];
                hold(a, 0, &[(LOG, 1), (WEB, 2)]);
            },
            "a zone holds one of `web` and `job`",
        ),
        ("too few after a loss", |p, _| of(p, JOB).replicas.min = 3, "2 replicas of `job` are too few"),
        (
            "too little after a loss",
            |p, _| of(p, WEB).workload.rate_per_replica = MilliRps(99_999),
            "4 replicas of `web` are too few",
        ),
        ("too many", |p, _| of(p, JOB).replicas.max = Some(2), "3 replicas of `job` are too many"),
        ("too few beside it", |p, _| of(p, WEB).requires[0].every = 1, "6 replicas of `web` have 3 of `job`"),
        ("too few together", |p, _| pool(p).at_least[0].1 = 10, "9 replicas are fewer than the 10"),
        ("two of a list", |p, _| pool(p).one_of.push(vec![JOB, WEB]), "2 workloads of a one_of list"),
        ("none of a list", |p, _| pool(p).one_of.push(vec![SPARE]), "0 workloads of a one_of list"),
    ];
    for (what, spoil, said) in shapes.into_iter().chain(places).chain(machines).chain(nodes).chain(counts) {
        let (mut problem, mut assignment) = pooled();
        spoil(&mut problem, &mut assignment);
        let found = check::placement(&problem, assignment).expect_err(what);
        assert!(found.iter().any(|violation| violation.to_string().contains(said)), "{what}: {found:?}");
    }
}
