//! Functions beside machines: small random problems of one or two workloads in two regions, settled by trying every division of the requests between
//! regions, machines and functions, every type, every service, and every number of machines and environments.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use stowage::model::{
    Architecture, Calendar, Demand, Function, FunctionOffer, Problem, Profile, Region, Replica, Survival, UserId,
    Workload,
};
use stowage::place::{place, place_with};
use stowage::render;
use stowage::solve::Effort;
use stowage::units::{Bytes, Duration, MilliRps, Millicores, Money, Ratio, RoundTrip};
use stowage::verify::{Proof, Verdict, verdict};

use super::oracle::mean;
use super::stock::region;
use super::{cost_of, parts};

const TYPES: usize = 2;

/// More environments than any problem here needs.
const MOST: u64 = 100;

/// Half of the demand in the first of two hours, all of it in the second.
fn by_hours(users: usize) -> Profile {
    let shape = vec![Ratio(500_000), Ratio::ONE];
    Profile { calendar: Calendar { hours: 2, has_cases: false }, shapes: vec![shape; users], ..Profile::default() }
}

/// What is drawn of a workload.
#[derive(Clone, Debug)]
struct Drawn {
    rates: Vec<u64>,
    rate_per_replica: u64,
    is_function_only: bool,
    /// Seconds for a request, and requests at a time, if it runs as a function.
    function: Option<(u32, u32)>,
    changes: bool,
    lost: (u32, u32),
    min_regions: u32,
    max_regions: Option<u32>,
    share: Option<u32>,
    is_single_routed: bool,
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let function = option::weighted(0.9, (prop_oneof![Just(500_u32), Just(700), Just(1000)], 1_u32..=2));
    let lost = prop_oneof![4 => Just((0, 0)), 2 => Just((1, 0)), 2 => Just((0, 1))];
    let regions = (prop_oneof![3 => Just(1_u32), 1 => Just(2)], option::weighted(0.2, Just(1_u32)));
    let share = option::weighted(0.2, prop_oneof![Just(500_000_u32), Just(700_000)]);
    let routed = (share, prop_oneof![3 => Just(false), 1 => Just(true)]);
    (vec(0_u64..=3, 2), 1_u64..=3, option::weighted(0.2, Just(())), function, any::<bool>(), lost, regions, routed)
        .prop_map(
            |(
                rates,
                rate_per_replica,
                only,
                function,
                changes,
                lost,
                (min_regions, max_regions),
                (share, is_single_routed),
            )| Drawn {
                is_single_routed,
                rates,
                rate_per_replica,
                is_function_only: only.is_some() && function.is_some(),
                function,
                changes: changes && lost.1 == 0,
                lost,
                min_regions,
                max_regions: max_regions.filter(|most| *most >= min_regions),
                share,
            },
        )
}

impl Drawn {
    fn workload(mut self, index: usize) -> Workload {
        if self.lost.1 > 0 {
            // What stands by is tried out in every number: one user group is enough of that.
            self.rates.truncate(1);
        }
        if self.rates.iter().all(|&rate| rate == 0) {
            self.rates[0] = 2;
        }
        let replica = Replica { vcpu: Millicores(1000), memory: Bytes(1 << 30), ..Replica::default() };
        let asked = self.rates.iter().enumerate().filter(|(_, rate)| **rate > 0);
        let demand: Vec<Demand> =
            asked.map(|(user, &rate)| Demand { user: UserId::at(user), rate: MilliRps(rate) }).collect();
        let function = self.function.map(|(seconds, concurrency)| Function {
            memory: Bytes(1 << 29),
            vcpu: Some(Millicores(500)),
            duration: Duration(seconds * 1_000_000),
            concurrency,
        });
        let replica = if self.is_function_only { Replica::default() } else { replica };
        Workload {
            function,
            runs_on_machines: !self.is_function_only,
            profile: if self.changes { by_hours(demand.len()) } else { Profile::default() },
            survive: Survival { zones: self.lost.0, regions: self.lost.1, clouds: 0 },
            max_rtt: if self.lost.1 > 0 { None } else { Some(RoundTrip(20_000)) },
            min_regions: self.min_regions,
            max_regions: self.max_regions,
            max_region_share: self.share.map(Ratio),
            single_region_per_user: self.is_single_routed,
            ..Workload::new(format!("workload-{index}"), replica, MilliRps(self.rate_per_replica), demand)
        }
    }
}

/// Price of a milli-rps in micro-USD a month for its requests, one for its time, and requests at a time.
fn offers() -> impl Strategy<Value = Vec<(i128, i128, u32)>> {
    vec((0_i128..=4, 0_i128..=3, 1_u32..=2), 0..=2)
}

pub(super) fn service(index: usize, (requests, time, at_once): (i128, i128, u32)) -> FunctionOffer {
    FunctionOffer {
        service: format!("service-{index}"),
        architecture: Architecture::X86_64,
        // In dollars for a million: a milli-rps is 2,628 requests a month.
        million_requests: Money::from_micros(requests * 100_000_000),
        million_gib_seconds: Money::from_micros(time * 100_000),
        million_vcpu_seconds: (time > 1).then(|| Money::from_micros(50_000)),
        requests_per_environment: at_once,
        billing_increment: Duration(300_000_000),
        max_memory: None,
        max_duration: Some(Duration(900_000_000 + 100_000_000 * at_once)),
        carbon_of_million_gib_seconds: None,
    }
}

fn problem() -> impl Strategy<Value = Problem> {
    let types = vec(1_u64..=2, TYPES);
    let prices = vec(vec(option::weighted(0.7, 1_i128..=6), TYPES), 2);
    let reach = vec(vec(option::weighted(0.85, Just(10_u32)), 2), 2);
    let fixed = prop_oneof![2 => Just(0_i128), 1 => 1_i128..=3];
    let places = (vec(1_usize..=2, 2), fixed, vec(offers(), 2), vec(option::weighted(0.5, 0_u64..=4), 2));
    let most_regions = option::weighted(0.15, Just(1_u32));
    (types, vec(drawn(), 1..=2), prices, reach, places, most_regions).prop_map(
        |(types, workloads, prices, reach, (zones, fixed, services, limits), most_regions)| {
            let place = |at: usize| Region {
                functions: services[at].iter().enumerate().map(|(index, &drawn)| service(index, drawn)).collect(),
                max_environments: limits[at],
                ..region(&format!("region-{at}"), zones[at], &prices[at], fixed)
            };
            let mut problem = Problem {
                users: parts::users(2),
                workloads: workloads.into_iter().enumerate().map(|(at, drawn)| drawn.workload(at)).collect(),
                regions: (0..2).map(place).collect(),
                machine_types: parts::machine_types(types.into_iter().map(|vcpu| (vcpu, vcpu))),
                rtt: parts::round_trips(2, reach.iter().map(Vec::as_slice)),
                gap_tolerance: Ratio(10),
                ..Problem::default()
            };
            problem.limits.max_regions = most_regions;
            problem
        },
    )
}

/// A way to run a part of a workload in a region: cost in 10^-15 USD, environments that may run, and what it carries while another region is lost.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way {
    pub(super) cost: i128,
    pub(super) environments: u64,
    /// In milli-rps times 10^9, so that it is whole.
    stands_in: u128,
}

/// Whether some distribution over one or two zones leaves `needed` replicas after the loss of zones.
fn survives(count: u64, replicas: u64, zones: usize, lost: u32, needed: u64) -> bool {
    if lost as usize >= zones {
        return false;
    }
    (0..=count).any(|first| {
        let by_zone = if zones == 1 { vec![count] } else { vec![first, count - first] };
        let left = by_zone.iter().sum::<u64>() - if lost > 0 { *by_zone.iter().max().unwrap() } else { 0 };
        left * replicas >= needed
    })
}

/// Every way to carry `load` on machines of a region.
fn on_machines(problem: &Problem, workload: &Workload, at: usize, load: u64) -> Vec<Way> {
    let place = &problem.regions[at];
    let mut ways = Vec::new();
    if !workload.runs_on_machines {
        return ways;
    }
    let needed = |load: u64| load.div_ceil(workload.rate_per_replica.0).max(1);
    let total = workload.demand.iter().map(|demand| demand.rate.0).sum::<u64>();
    for offer in place.offers.iter() {
        let replicas = problem.machine_types[offer.machine_type.index()].vcpu.0 / 1000;
        let least = |load: u64| {
            (1..=2 * needed(load))
                .find(|&count| survives(count, replicas, place.zones.len(), workload.survive.zones, needed(load)))
        };
        let Some(peak) = least(load) else { continue };
        let monthly = offer.hourly.micros() * 730 * 1_000_000_000;
        if workload.profile.calendar.hours == 2 {
            let calm = least(load.div_ceil(2)).unwrap();
            ways.push(Way { cost: monthly / 2 * i128::from(peak + calm), environments: 0, stands_in: 0 });
            continue;
        }
        let more = if workload.survive.regions > 0 { needed(total) } else { 0 };
        for count in peak..=peak + more {
            let carried = u128::from(count * replicas * workload.rate_per_replica.0) * 1_000_000_000;
            ways.push(Way { cost: monthly * i128::from(count), environments: 0, stands_in: carried });
        }
    }
    ways
}

/// Every way to carry `load` as a function in a region.
pub(super) fn as_function(problem: &Problem, workload: &Workload, at: usize, load: u64) -> Vec<Way> {
    let place = &problem.regions[at];
    let mut ways = Vec::new();
    let Some(function) = workload.function else { return ways };
    if workload.survive.zones as usize >= place.zones.len() {
        return ways;
    }
    let total = workload.demand.iter().map(|demand| demand.rate.0).sum::<u64>();
    for offer in &place.functions {
        if offer.max_duration.is_some_and(|most| function.duration > most) {
            continue;
        }
        let at_once = u128::from(function.concurrency.min(offer.requests_per_environment));
        let busy = |load: u64| u128::from(load) * u128::from(function.duration.0);
        let carries = |count: u64, load: u64| busy(load) <= u128::from(count) * at_once * 1_000_000_000;
        let billed = i128::from(function.duration.0.div_ceil(300_000_000)) * 300;
        // Half a GiB and half a vCPU, for so many seconds.
        let vcpu = offer.million_vcpu_seconds.unwrap_or_default().micros();
        let time = billed * (offer.million_gib_seconds.micros() + vcpu) * 1_000 / 2 / i128::try_from(at_once).unwrap();
        let mut cost = i128::from(load) * 2_628 * (offer.million_requests.micros() * 1_000 + time);
        cost = mean(workload, cost);
        let least = (1..=MOST).find(|&count| carries(count, load)).unwrap();
        let enough = (1..=MOST).find(|&count| carries(count, total)).unwrap();
        let most = if workload.survive.regions > 0 { enough.max(least) } else { least };
        for count in least..=most {
            let stands_in =
                u128::from(count) * at_once * 1_000_000_000 * 1_000_000_000 / u128::from(function.duration.0);
            ways.push(Way { cost, environments: count, stands_in });
        }
    }
    ways
}

/// The least cost for each set of regions in use and each number of environments in each region.
type Plans = BTreeMap<(usize, [u64; 2]), i128>;

fn plans(problem: &Problem, workload: &Workload) -> Plans {
    let total: u64 = workload.demand.iter().map(|demand| demand.rate.0).sum();
    let mut partial: Vec<[u64; 4]> = vec![[0; 4]];
    for demand in &workload.demand {
        let mut longer = Vec::new();
        for row in parts(demand.rate.0) {
            let is_answered = |at: usize| workload.max_rtt.is_none() || problem.rtt.get(demand.user, id(at)).is_some();
            let is_divided = (0..2).all(|at| row[2 * at] + row[2 * at + 1] > 0);
            let may_be = !(is_divided && workload.single_region_per_user);
            if may_be && (0..2).all(|at| row[2 * at] + row[2 * at + 1] == 0 || is_answered(at)) {
                longer.extend(partial.iter().map(|loads| std::array::from_fn(|slot| loads[slot] + row[slot])));
            }
        }
        longer.sort_unstable();
        longer.dedup();
        partial = longer;
    }
    let mut best = Plans::new();
    for loads in partial {
        let most = workload.max_region_share.map(|share| (total * u64::from(share.0)).div_ceil(1_000_000));
        if (0..2).any(|at| most.is_some_and(|most| loads[2 * at] + loads[2 * at + 1] > most)) {
            continue;
        }
        let options: Vec<Vec<Option<Way>>> =
            (0..2).map(|at| options(problem, workload, at, [loads[2 * at], loads[2 * at + 1]])).collect();
        for one in &options[0] {
            for other in &options[1] {
                let ways = [one, other];
                let used = (0..2).filter(|&at| ways[at].is_some()).map(|at| 1 << at).sum::<usize>();
                if !is_within(problem, workload, used) || !outlives(workload, &ways, total) {
                    continue;
                }
                let cost = ways.iter().filter_map(|way| way.map(|way| way.cost)).sum();
                let key = (used, ways.map(|way| way.map_or(0, |way| way.environments)));
                let known = best.entry(key).or_insert(cost);
                *known = cost.min(*known);
            }
        }
    }
    best
}

fn id(at: usize) -> stowage::model::RegionId {
    stowage::model::RegionId::at(at)
}

/// Every way to write `whole` as four parts: machines and function of either region.
fn parts(whole: u64) -> Vec<[u64; 4]> {
    let mut found = Vec::new();
    for a in 0..=whole {
        for b in 0..=whole - a {
            for c in 0..=whole - a - b {
                found.push([a, b, c, whole - a - b - c]);
            }
        }
    }
    found
}

/// Machines, the function, or both, of which none is needed where nothing is sent to it.
fn options(problem: &Problem, workload: &Workload, at: usize, [machines, function]: [u64; 2]) -> Vec<Option<Way>> {
    let mut some: Vec<Option<Way>> = on_machines(problem, workload, at, machines).into_iter().map(Some).collect();
    if machines == 0 {
        some.push(None);
    }
    let mut others: Vec<Option<Way>> = as_function(problem, workload, at, function).into_iter().map(Some).collect();
    if function == 0 {
        others.push(None);
    }
    let both = |(one, other): (&Option<Way>, &Option<Way>)| match (one, other) {
        (Some(one), Some(other)) => Some(Way {
            cost: one.cost + other.cost,
            environments: other.environments,
            stands_in: one.stands_in + other.stands_in,
        }),
        (one, other) => one.or(*other),
    };
    some.iter().flat_map(|one| others.iter().map(move |other| both((one, other)))).collect()
}

fn is_within(problem: &Problem, workload: &Workload, used: usize) -> bool {
    let is_used = |at: &usize| used & (1 << at) != 0;
    let can_answer = |at: &usize| {
        workload.max_rtt.is_none()
            || workload.demand.iter().any(|demand| problem.rtt.get(demand.user, id(*at)).is_some())
    };
    (0..2).filter(is_used).all(|at| can_answer(&at))
        && used.count_ones() >= workload.min_regions
        && workload.max_regions.is_none_or(|most| used.count_ones() <= most)
}

/// Whether either region alone carries everything, where the loss of one must be outlived.
fn outlives(workload: &Workload, ways: &[&Option<Way>; 2], total: u64) -> bool {
    let carries = |at: usize| ways[at].is_some_and(|way| way.stands_in >= u128::from(total) * 1_000_000_000);
    workload.survive.regions == 0 || carries(0) && carries(1)
}

/// The least cost of all workloads together, in micro-USD.
fn cheapest(problem: &Problem) -> Option<i128> {
    let mut together = Plans::from([((0, [0; 2]), 0)]);
    for workload in &problem.workloads {
        let own = plans(problem, workload);
        let mut longer = Plans::new();
        for (&(used, environments), &cost) in &together {
            for (&(more, extra), &added) in &own {
                let key = (used | more, std::array::from_fn(|at| environments[at] + extra[at]));
                let known = longer.entry(key).or_insert(cost + added);
                *known = (*known).min(cost + added);
            }
        }
        together = longer;
    }
    let is_within = |used: usize, environments: [u64; 2]| {
        problem.limits.max_regions.is_none_or(|most| used.count_ones() <= most)
            && (0..2).all(|at| problem.regions[at].max_environments.is_none_or(|most| environments[at] <= most))
    };
    let fixed = |used: usize| -> i128 {
        let open = (0..2).filter(|at| used & (1 << at) != 0);
        open.map(|at| problem.regions[at].fixed_monthly.micros()).sum()
    };
    let costs = together.into_iter().filter(|&((used, environments), _)| is_within(used, environments));
    costs.map(|((used, _), cost)| cost / 1_000_000_000 + fixed(used)).min()
}

#[test]
fn they_are_used_as_the_oracle_uses_them() {
    let seen = std::cell::RefCell::new([0; 6]);
    super::run_with(600, &problem(), |problem| {
        let answer = place(&problem).expect("solver and checker agree");
        let mut seen = seen.borrow_mut();
        match parts::agreed(&answer, cheapest(&problem))? {
            Ok(placement) => {
                let ours = placement.cost().micros();
                let effort = Effort { tolerance: problem.gap_tolerance, as_programs: true, ..Effort::default() };
                let program = cost_of(&place_with(&problem, effort).expect("solver and checker agree").outcome);
                prop_assert!(program.is_some_and(|other| (other - ours).abs() <= super::ROUNDING_MICROS));
                let written = verdict(&render::result(&problem, &answer), &problem, Proof::Claimed);
                prop_assert!(matches!(written, Verdict::Holds { .. }), "{written:?}");
                let groups = || placement.groups().values().map(|placed| &placed.group);
                let functions = groups().filter(|group| group.function.is_some()).count();
                seen[0] += usize::from(functions > 0);
                seen[1] += usize::from(groups().any(|group| group.function.is_some() && !group.machines.is_empty()));
                seen[2] += usize::from(functions > 0 && functions < groups().count());
                seen[3] += usize::from(
                    groups().any(|group| group.function.is_some_and(|function| function.rate == MilliRps::ZERO)),
                );
                let mut unlimited = problem.clone();
                unlimited.regions.iter_mut().for_each(|region| region.max_environments = None);
                let free = cost_of(&place(&unlimited).expect("solver and checker agree").outcome);
                prop_assert!(free.is_some_and(|free| free <= ours + super::ROUNDING_MICROS), "no limit costs more");
                seen[4] += usize::from(free.is_some_and(|free| free + super::ROUNDING_MICROS < ours));
                for at in 0..2 {
                    let mut fewer = problem.clone();
                    if fewer.regions[at].functions.pop().is_none() {
                        continue;
                    }
                    let without = cost_of(&place(&fewer).expect("solver and checker agree").outcome);
                    let is_dearer = without.is_none_or(|without| without + super::ROUNDING_MICROS >= ours);
                    prop_assert!(is_dearer, "a service less costs less: {without:?}, with it {ours}");
                }
            }
            Err(_) => seen[5] += 1,
        }
        Ok(())
    });
    let seen = seen.into_inner();
    for (what, count) in
        ["use functions", "use both in a region", "use either", "stand by", "are limited", "are infeasible"]
            .iter()
            .zip(seen)
    {
        assert!(count >= 10, "only {count} of 600 problems {what}: {seen:?}");
    }
}

/// Every workload may run as a function too, at a price for 10^6 requests, wherever it may be placed.
fn with_functions(problem: &Problem, million_requests: Money) -> Problem {
    let mut with = problem.clone();
    for workload in &mut with.workloads {
        workload.function =
            Some(Function { memory: Bytes(1 << 29), vcpu: None, duration: Duration(100_000), concurrency: 1 });
    }
    for region in &mut with.regions {
        region.functions = vec![FunctionOffer { million_requests, ..service(0, (0, 0, 1)) }];
    }
    with
}

#[test]
fn what_is_too_dear_changes_nothing_and_what_is_free_costs_no_more() {
    let seen = std::cell::RefCell::new([0; 3]);
    super::run(400, |mut problem| {
        super::relax(&mut problem);
        let cost = |problem: &Problem| cost_of(&place(problem).expect("solver and checker agree").outcome);
        let Some(without) = cost(&problem) else { return Ok(()) };
        let dear = cost(&with_functions(&problem, Money::from_micros(1_000_000_000_000_000)));
        prop_assert!(dear.is_some_and(|dear| (dear - without).abs() <= super::ROUNDING_MICROS), "{without}, {dear:?}");
        let free = cost(&with_functions(&problem, Money::ZERO));
        prop_assert!(free.is_some_and(|free| free <= without + super::ROUNDING_MICROS), "{without}, {free:?}");
        let mut seen = seen.borrow_mut();
        seen[0] += usize::from(free.is_some_and(|free| free + super::ROUNDING_MICROS < without));
        seen[1] += usize::from(!problem.commitments.is_empty());
        seen[2] += usize::from(problem.workloads.iter().any(|workload| workload.spot.is_some()));
        Ok(())
    });
    let seen = seen.into_inner();
    assert!(seen.iter().all(|&count| count >= 20), "{seen:?}");
}
