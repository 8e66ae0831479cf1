//! Every way to spoil a group of which a function answers a part.

use std::collections::{BTreeMap, BTreeSet};

use stowage::check::{self, Violation};
use stowage::model::{
    Architecture, Assignment, Calendar, Call, Demand, Environments, Filter, Function, FunctionId, FunctionOffer, Group,
    Problem, Profile, RegionId, Selector, State, Survival, UserId, Workload, WorkloadId,
};
use stowage::units::{Bytes, Carbon, Duration, MilliRps, Millicores, Money, Ratio};

use super::{EAST, WEST, assignment, group, problem};

fn service(requests_per_environment: u32) -> FunctionOffer {
    FunctionOffer {
        service: "faas".into(),
        architecture: Architecture::Arm64,
        million_requests: Money::from_micros(400_000),
        million_gib_seconds: Money::from_micros(2_000_000),
        million_vcpu_seconds: Some(Money::from_micros(10_000_000)),
        requests_per_environment,
        billing_increment: Duration(80_000),
        max_memory: Some(Bytes(1 << 29)),
        max_duration: Some(Duration(100_000)),
        carbon_of_million_gib_seconds: None,
    }
}

/// In the east 50 of 400 rps are answered by a function, in three environments, as many as may run there.
pub(super) fn partly() -> (Problem, Assignment) {
    let mut problem = problem();
    problem.objective.carbon_per_tonne = Money::ZERO;
    problem.workloads[0].function = Some(Function {
        memory: Bytes(1 << 29),
        vcpu: Some(Millicores(500)),
        duration: Duration(100_000),
        concurrency: 4,
    });
    problem.regions[0].functions = vec![service(2)];
    problem.regions[0].max_environments = Some(3);
    let mut assignment = assignment();
    let function = Environments { offer: FunctionId(0), rate: MilliRps(50_000), count: 3 };
    assignment.groups.entry(EAST).or_default().function = Some(function);
    (problem, assignment)
}

#[test]
fn requests_and_time_are_paid_for() {
    let (problem, assignment) = partly();
    let placement = check::placement(&problem, assignment).unwrap();
    // 131.4 million requests at 0.40 a million; 0.16 s of each are billed, shared by two: 10.512 million seconds of half a GiB at 2 and half a vCPU at 10.
    assert_eq!(placement.totals().functions.usd().to_string(), "115.632");
    assert_eq!(placement.totals().paid().usd().to_string(), "302.292");
    assert_eq!(placement.totals().emissions, None, "nobody states what a function emits");
    let usage = placement.groups()[&EAST].usage.unwrap();
    assert_eq!((usage.requests, usage.gib_seconds), (131_400_000_000, 5_256_000_000));
    assert_eq!((usage.vcpu_seconds, usage.capacity), (Some(5_256_000_000), 60_000));
}

#[test]
fn what_a_function_emits_is_counted_to_the_milligram() {
    let (mut problem, assignment) = partly();
    // 5.256 million GiB-seconds at 1.5 mg.
    problem.regions[0].functions[0].carbon_of_million_gib_seconds = Some(Carbon(1_500_000));
    let without = {
        let mut idle = assignment.clone();
        used(idle.groups.get_mut(&EAST).unwrap()).rate = MilliRps::ZERO;
        let mut small = problem.clone();
        small.workloads[0].demand[0].rate = MilliRps(350_000);
        idle.groups.get_mut(&EAST).unwrap().traffic.insert(UserId(0), MilliRps(350_000));
        check::placement(&small, idle).unwrap().totals().emissions.unwrap()
    };
    let placement = check::placement(&problem, assignment.clone()).unwrap();
    assert_eq!(placement.totals().emissions, Some(Carbon(without.0 + 7_884_000)));
    problem.objective.carbon_per_tonne = Money::from_micros(100_000_000);
    let priced = check::placement(&problem, assignment.clone()).unwrap();
    let emitted = priced.totals().emissions.unwrap();
    assert_eq!(priced.totals().carbon, problem.objective.carbon_per_tonne.scaled(emitted.0, 1_000_000_000));
    // The rounding of one function is no breach, two milligrams are.
    for (less, fits) in [(1, true), (2, false)] {
        problem.limits.max_monthly_carbon = Some(Carbon(emitted.0 - less));
        let found = check::placement(&problem, assignment.clone());
        assert_eq!(found.is_ok(), fits, "{less}: {found:?}");
    }
}

#[test]
fn hours_without_requests_cost_nothing() {
    let (mut problem, mut assignment) = partly();
    let workload = &mut problem.workloads[0];
    workload.profile = Profile {
        calendar: Calendar { hours: 2, has_cases: false },
        shapes: vec![vec![Ratio(1_000_000), Ratio(500_000)]; 2],
        ..Profile::default()
    };
    for set in assignment.groups.values_mut().flat_map(|group| &mut group.machines) {
        set.by_period = vec![set.instances_by_zone.clone(); 2];
    }
    let placement = check::placement(&problem, assignment.clone()).unwrap();
    assert_eq!(placement.totals().functions.usd().to_string(), "86.724");
    // A price that no whole number of parts is left of: 98.55 million requests at a millionth more.
    problem.regions[0].functions[0].million_requests = Money::from_micros(400_001);
    let placement = check::placement(&problem, assignment).unwrap();
    assert_eq!(placement.totals().functions.usd().to_string(), "86.724099");
}

#[test]
fn requests_of_each_group_are_counted_by_its_own_hours() {
    let (mut problem, mut assignment) = partly();
    let workload = &mut problem.workloads[0];
    (workload.max_rtt, workload.min_regions, workload.runs_on_machines) = (None, 1, false);
    let calendar = Calendar { hours: 2, has_cases: false };
    let (first, second) = (vec![Ratio(1_000_000), Ratio(500_000)], vec![Ratio(0), Ratio(1_000_000)]);
    workload.profile = Profile { calendar, shapes: vec![first, second], ..Profile::default() };
    problem.regions[0].max_environments = None;
    let function = Environments { offer: FunctionId(0), rate: MilliRps(500_000), count: 25 };
    let traffic = group([0, 0, 0], &[(0, 400), (1, 100)]).traffic;
    assignment.groups = BTreeMap::from([(EAST, Group { function: Some(function), traffic, ..Group::default() })]);
    let placement = check::placement(&problem, assignment).unwrap();
    // Three quarters of 400 rps and half of 100: 350 rps, or 919.8 million requests in a month.
    assert_eq!(placement.groups()[&EAST].usage.unwrap().requests, 919_800_000_000);
}

#[test]
fn what_a_function_emits_is_a_mean_over_the_hours() {
    let (mut problem, assignment) = partly();
    let emitted = |problem: &Problem, assignment: &Assignment| {
        check::placement(problem, assignment.clone()).unwrap().totals().emissions.unwrap().0
    };
    // 5.256 million GiB-seconds at 1.500001 mg: 7,884,005.256 mg. Without the function the rest emits 5,840,000.
    let with = |problem: &Problem| {
        let mut problem = problem.clone();
        problem.regions[0].functions[0].carbon_of_million_gib_seconds = Some(Carbon(1_500_001));
        problem
    };
    assert_eq!(emitted(&with(&problem), &assignment), 5_840_000 + 7_884_005);
    // Two hours, the second with half of the requests and the machines of both: three quarters of it, 5,913,003.942 mg.
    let halved = vec![vec![Ratio(1_000_000), Ratio(500_000)]; 2];
    problem.workloads[0].profile =
        Profile { calendar: Calendar { hours: 2, has_cases: false }, shapes: halved, ..Profile::default() };
    let mut changing = assignment.clone();
    for set in changing.groups.values_mut().flat_map(|group| &mut group.machines) {
        set.by_period = vec![set.instances_by_zone.clone(); 2];
    }
    assert_eq!(emitted(&with(&problem), &changing), 5_840_000 + 5_913_004);
    // Seven hours, one of them with a third: what is left after the division by hours counts too.
    let uneven = vec![[1_000_000; 6].into_iter().chain([333_333]).map(Ratio).collect::<Vec<_>>(); 2];
    problem.workloads[0].profile =
        Profile { calendar: Calendar { hours: 7, has_cases: false }, shapes: uneven, ..Profile::default() };
    for set in changing.groups.values_mut().flat_map(|group| &mut group.machines) {
        set.by_period = vec![set.instances_by_zone.clone(); 7];
    }
    // 7,884,005.256 × 6.333333 / 7 = 7,133,147.18...
    assert_eq!(emitted(&with(&problem), &changing), 5_840_000 + 7_133_147);
}

#[test]
fn an_idle_function_costs_and_emits_nothing() {
    let (problem, mut assignment) = partly();
    assignment.groups.get_mut(&EAST).unwrap().function.as_mut().unwrap().rate = MilliRps::ZERO;
    let placement = check::placement(&problem, assignment).unwrap();
    assert_eq!(placement.totals().functions, Money::ZERO);
    assert!(placement.totals().emissions.is_some());
}

#[test]
fn environments_are_as_many_as_requests_keep_busy_or_stood_by() {
    let (mut problem, _) = partly();
    let (web, east) = (WorkloadId(0), RegionId(0));
    let used = |rate: u64, count: u64| Environments { offer: FunctionId(0), rate: MilliRps(rate), count };
    let asked = |problem: &Problem, sent: Group| {
        let assignment = Assignment { groups: [((web, east), sent)].into(), ..Assignment::default() };
        assignment.asked(problem).remove(&(web, east)).unwrap()
    };
    // Enough for any rate.
    let run = |problem: &Problem, used: Environments| {
        check::environments(problem, web, east, &asked(problem, group([0, 0, 0], &[(0, 1_000)])), used)
    };
    // Each request keeps half of an environment busy for a tenth of a second.
    assert_eq!(run(&problem, used(60_000, 1)), 3);
    assert_eq!(run(&problem, used(60_001, 1)), 4);
    assert_eq!(run(&problem, used(60_001, 9)), 9);
    // Of two groups that ask by turns only one keeps environments busy at a time.
    let mut apart = problem.clone();
    let calendar = Calendar { hours: 2, has_cases: false };
    let (first, second) = (vec![Ratio(1_000_000), Ratio(0)], vec![Ratio(0), Ratio(1_000_000)]);
    apart.workloads[0].profile = Profile { calendar, shapes: vec![first, second], ..Profile::default() };
    let sent = group([0, 0, 0], &[(0, 40), (1, 60)]);
    let by_turns = check::environments(&apart, web, east, &asked(&apart, sent), used(100_000, 1));
    assert_eq!(by_turns, 3, "60 rps at a time, of 100 in all");
    problem.regions[0].functions.clear();
    assert_eq!(run(&problem, used(60_001, 1)), 1);
}

type Spoil = (&'static str, fn(&mut Problem, &mut Group), fn(&Violation) -> bool);

fn says(violation: &Violation, words: &str) -> bool {
    matches!(violation, Violation::Functions { reason, .. } if reason.contains(words))
}

fn used(group: &mut Group) -> &mut Environments {
    group.function.as_mut().unwrap()
}

#[test]
fn every_way_to_spoil_a_function_is_named() {
    let cases: [Spoil; 16] = [
        ("no function", |p, _| p.workloads[0].function = None, |v| says(v, "does not run as a function")),
        (
            "state",
            |p, _| {
                p.workloads[0].state = Some(State {
                    storage: Bytes(1),
                    replication_factor: 1,
                    quorum: 1,
                    write: Bytes(0),
                    max_storage: None,
                    is_multi_region: false,
                    max_quorum_rtt: None,
                });
            },
            |v| says(v, "keeps no state"),
        ),
        ("no service", |_, g| used(g).offer = FunctionId(1), |v| says(v, "not on sale")),
        (
            "another instruction set",
            |p, _| {
                let architectures = Some(BTreeSet::from([Architecture::X86_64]));
                let allowed = Filter { architectures, ..Filter::default() };
                p.workloads[0].selectors.push(Selector { allowed, ..Selector::default() });
            },
            |v| says(v, "allowed.architectures"),
        ),
        ("a price of carbon", |p, _| p.objective.carbon_per_tonne = Money::from_micros(1), |v| says(v, "emissions")),
        ("a limit of carbon", |p, _| p.limits.max_monthly_carbon = Some(Carbon(1)), |v| says(v, "emissions")),
        ("too much memory", |p, _| p.regions[0].functions[0].max_memory = Some(Bytes(1)), |v| says(v, "more memory")),
        ("too long", |p, _| p.regions[0].functions[0].max_duration = Some(Duration(99_999)), |v| says(v, "longer")),
        (
            "nobody says how much processor",
            |p, _| p.workloads[0].function.as_mut().unwrap().vcpu = None,
            |v| says(v, "processor has a price"),
        ),
        ("no zone is left", |p, _| p.regions[0].zones.truncate(1), |v| says(v, "leaves none")),
        ("more than is sent", |_, g| used(g).rate = MilliRps(400_001), |v| says(v, "more requests")),
        ("no environment", |_, g| used(g).count = 0, |v| says(v, "no environment")),
        ("too few environments", |_, g| used(g).rate = MilliRps(60_001), |v| says(v, "cannot carry")),
        (
            "one at a time",
            |p, _| p.workloads[0].function.as_mut().unwrap().concurrency = 1,
            |v| says(v, "cannot carry"),
        ),
        (
            "more than may run",
            |p, _| p.regions[0].max_environments = Some(2),
            |v| matches!(v, Violation::Environments { used: 3, most: 2, .. }),
        ),
        (
            "machines beside a function only",
            |p, _| p.workloads[0].runs_on_machines = false,
            |v| matches!(v, Violation::Machines { reason: "the workload runs as a function only", .. }),
        ),
    ];
    for (what, spoil, is_named) in cases {
        let (mut problem, mut assignment) = partly();
        spoil(&mut problem, assignment.groups.get_mut(&EAST).unwrap());
        let violations = check::placement(&problem, assignment).expect_err(what);
        assert!(violations.iter().any(is_named), "{what}: {violations:?}");
        assert!(violations.iter().all(|violation| !violation.rule().is_empty()));
    }
}

#[test]
fn machines_carry_what_is_left() {
    // 60 rps are the function's: the four machines that the loss of a zone leaves carry 400 of the others, and not one more.
    for (sent, fits) in [(460_000, true), (460_001, false)] {
        let (mut problem, mut assignment) = partly();
        let east = assignment.groups.get_mut(&EAST).unwrap();
        used(east).rate = MilliRps(60_000);
        east.traffic.insert(UserId(0), MilliRps(sent));
        problem.workloads[0].demand[0].rate = MilliRps(sent);
        let found = check::placement(&problem, assignment);
        assert_eq!(found.is_ok(), fits, "{sent}: {found:?}");
    }
}

#[test]
fn calls_are_answered_by_either() {
    // Two zones of replicas at 100 rps and a function carry the calls of 460 rps; no more of them are the function's than its environments carry.
    for (answered, fits) in [(60_000, true), (59_999, false), (60_001, false)] {
        let (mut problem, mut assignment) = partly();
        let asking = Workload {
            calls: vec![Call {
                callee: problem.workloads[0].name.clone(),
                per_request: Ratio(1_000_000),
                answer: Bytes(0),
                sent: Bytes(0),
                waits: false,
            }],
            function: None,
            min_regions: 1,
            ..problem.workloads[0].clone()
        };
        problem.workloads.push(Workload { name: "asking".into(), ..asking });
        problem.workloads[1].demand = vec![Demand { user: UserId(0), rate: MilliRps(60_000) }];
        let east = assignment.groups.get_mut(&EAST).unwrap();
        used(east).rate = MilliRps(answered);
        let calls = BTreeMap::from([(EAST, MilliRps(60_000))]);
        let caller = (WorkloadId(1), EAST.1);
        assignment.groups.insert(caller, Group { calls, ..group([1, 1, 1], &[(0, 60)]) });
        let found = check::placement(&problem, assignment);
        assert_eq!(found.is_ok(), fits, "{answered}: {found:?}");
        if let Ok(placement) = found {
            assert_eq!(placement.groups()[&EAST].load(), MilliRps(460_000));
        }
    }
}

#[test]
fn it_stands_in_for_a_lost_region_with_what_may_run() {
    // 100 rps of 0.1 s, two at a time.
    for (environments, fits) in [(5, true), (4, false)] {
        let (mut problem, _) = partly();
        let workload = &mut problem.workloads[0];
        workload.survive = Survival { regions: 1, ..Survival::default() };
        (workload.min_regions, workload.max_rtt) = (1, None);
        workload.demand = vec![Demand { user: UserId(0), rate: MilliRps(100_000) }];
        problem.regions[2].functions = vec![service(2)];
        let function = Some(Environments { offer: FunctionId(0), rate: MilliRps::ZERO, count: environments });
        let groups =
            BTreeMap::from([(EAST, group([1, 0, 0], &[(0, 100)])), (WEST, Group { function, ..Group::default() })]);
        let found = check::placement(&problem, Assignment { groups, ..Assignment::default() });
        assert_eq!(found.is_ok(), fits, "{found:?}");
    }
}
