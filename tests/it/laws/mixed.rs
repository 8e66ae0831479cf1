//! Mixed groups: user groups that rise and fall apart, and spot and commitments beside quotas and limits on money and carbon; and data beside all of these. Small
//! random problems of one or two workloads in two regions are settled by trying every split, type, and number of machines of every kind in every zone and hour.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use stowage::model::{
    Calendar, Commitment, CommitmentId, Coordinates, Demand, Glob, Limits, Objective, Offer, Order, Problem, Profile,
    Purchase, Quota, QuotaUnit, Region, RegionId, RegionKey, Replica, SpotTerms, State, Survival, Target, Term, TypeId,
    UserId, Workload,
};
use stowage::place::place;
use stowage::units::{Bytes, Carbon, MilliRps, Millicores, Money, Ratio, RoundTrip};

use super::oracle::{stores, ways};
use super::{cost_of, order, parts};

const NOWHERE: Coordinates = Coordinates { latitude_microdegrees: 0, longitude_microdegrees: 0 };

const TYPES: usize = 2;

/// Two hours, in thousandths of what a user group asks for at most.
const SHAPES: [[u64; 2]; 4] = [[1_000, 1_000], [1_000, 500], [500, 1_000], [1_000, 0]];

/// Price and emissions on demand, price of spot, price committed.
type Sold = (i128, i128, Option<i128>, Option<i128>);

fn region(index: usize, zones: usize, sold: &[Sold], fixed: i128) -> Region {
    let offers = sold.iter().enumerate().flat_map(|(id, &(price, carbon, spot, committed))| {
        let offer = move |(purchase, price): (Purchase, i128)| Offer {
            machine_type: TypeId::at(id),
            purchase,
            hourly: Money::from_micros(price * 1_000),
            carbon_hourly: Some(Carbon(carbon * 1_000)),
            interruption_percent: None,
        };
        let base = Purchase::Committed(CommitmentId(0), Term::OneYear);
        let others = spot.map(|price| (Purchase::Spot, price)).into_iter().chain(committed.map(|price| (base, price)));
        std::iter::once((Purchase::OnDemand, price)).chain(others).map(offer)
    });
    let zones = (0..zones).map(|zone| zone.to_string()).collect();
    Region {
        offers: offers.collect(),
        fixed_monthly: Money::from_micros(fixed * 1_000_000),
        ..Region::new(RegionKey::new("test", format!("region-{index}")), NOWHERE, "DE", zones)
    }
}

/// Rates and shapes by user, rate of a replica, zones to be outlived, way to buy.
type Asked = (Vec<(u64, usize)>, u64, u32, u8, (bool, u32, u32));

fn workload((index, (mut asked, rate, zones, buys, (is_half, pools, lost))): (usize, Asked)) -> Workload {
    if asked.iter().all(|(rate, _)| *rate == 0) {
        asked[0].0 = 1;
    }
    let replica = Replica { vcpu: Millicores(1000), memory: Bytes(1 << 30), ..Replica::default() };
    asked.retain(|(rate, _)| *rate > 0);
    let demand = asked.iter().enumerate();
    let demand = demand.map(|(user, &(rate, _))| Demand { user: UserId::at(user), rate: MilliRps(rate) }).collect();
    let shape = |&(_, shape): &(u64, usize)| SHAPES[shape].map(|part| Ratio(u32::try_from(part * 1_000).unwrap()));
    let shapes: Vec<Vec<Ratio>> = asked.iter().map(|asked| shape(asked).to_vec()).collect();
    let is_constant = asked.iter().all(|(_, shape)| *shape == 0);
    let calendar = Calendar { hours: 2, has_cases: false };
    let terms = SpotTerms {
        max_share: Ratio(if is_half { 500_000 } else { 1_000_000 }),
        max_interruption_percent: None,
        min_pools: pools,
        survive_pools: lost,
    };
    Workload {
        survive: Survival { zones, ..Survival::default() },
        max_rtt: Some(RoundTrip(20_000)),
        profile: if is_constant { Profile::default() } else { Profile { calendar, shapes, ..Profile::default() } },
        spot: (buys % 2 == 1).then_some(terms),
        uses_commitments: buys == 2 || buys == 4,
        ..Workload::new(format!("workload-{index}"), replica, MilliRps(rate), demand)
    }
}

fn problem() -> impl Strategy<Value = Problem> {
    let types = vec(1_u64..=2, TYPES);
    let terms = (any::<bool>(), 1_u32..=2, 0_u32..=1);
    let asked = (vec((0_u64..=2, 0..SHAPES.len()), 2), 1_u64..=2, 0_u32..=1, 0_u8..5, terms);
    let price = || option::weighted(0.7, 1_i128..=5);
    let sold = vec(vec((1_i128..=6, 1_i128..=6, price(), price()), TYPES), 2);
    let reach = vec(vec(option::weighted(0.9, Just(10_u32)), 2), 2);
    let quota = (0_usize..2, option::weighted(0.5, 0..TYPES), any::<bool>(), 2_u64..=7);
    let sum = || 4_i128..=30;
    let limits = prop_oneof![
        1 => Just((Vec::new(), None, None)),
        2 => vec(quota, 1..=2).prop_map(|quotas| (quotas, None, None)),
        1 => sum().prop_map(|budget| (Vec::new(), Some(budget), None)),
        1 => sum().prop_map(|cap| (Vec::new(), None, Some(cap))),
        1 => (sum(), sum()).prop_map(|(budget, cap)| (Vec::new(), Some(budget), Some(cap))),
    ];
    let limits = (limits, 0_i128..=3);
    let supply = (vec(1_usize..=2, 2), prop_oneof![2 => Just(0_i128), 1 => 1_i128..=3], 0_u32..=2);
    (types, vec(asked, 1..=2), sold, reach, limits, supply).prop_map(
        |(types, asked, sold, reach, ((quotas, budget, cap), carbon), (zones, fixed, quantity))| {
            let quota = |(region, family, is_vcpu, most): (usize, Option<usize>, bool, u64)| Quota {
                region: RegionId::at(region),
                families: family.map(|family| Glob(format!("*-{family}"))),
                unit: if is_vcpu { QuotaUnit::Vcpu } else { QuotaUnit::Instances },
                most: if is_vcpu { most * 1000 } else { most },
            };
            Problem {
                users: parts::users(2),
                workloads: asked.into_iter().enumerate().map(workload).collect(),
                regions: (0..2).map(|at| region(at, zones[at], &sold[at], fixed)).collect(),
                machine_types: parts::machine_types(types.into_iter().map(|vcpu| (vcpu, 8))),
                commitments: vec![Commitment { label: "base".into(), quantity }],
                quotas: quotas.into_iter().map(quota).collect(),
                rtt: parts::round_trips(2, reach.iter().map(Vec::as_slice)),
                limits: Limits {
                    max_monthly_cost: budget.map(|usd| Money::from_micros(usd * 1_000_000)),
                    max_monthly_carbon: cap.map(|kg| Carbon(kg * 1_000_000)),
                    ..Limits::default()
                },
                objective: Objective {
                    carbon_per_tonne: Money::from_micros(carbon * 1_000_000_000),
                    ..Objective::default()
                },
                gap_tolerance: Ratio(10),
                ..Problem::default()
            }
        },
    )
}

/// The same where the first workload keeps data, and the prices of that are known.
fn problem_with_data() -> impl Strategy<Value = Problem> {
    let quorum = prop_oneof![4 => Just(1_u32), 1 => 2_u32..=3];
    let kept = (1_u32..=3, quorum, any::<bool>(), option::weighted(0.5, 0_u64..=1));
    let prices = vec((option::weighted(0.95, 0_i128..=2), option::weighted(0.9, 0_i128..=2)), 2);
    (problem(), kept, prices, 0_u8..4).prop_map(|(mut problem, (copies, quorum, writes, spare), prices, buys)| {
        // Copies take machines beyond those that carry what is asked for.
        let beyond = i128::from(copies);
        problem.quotas.iter_mut().for_each(|quota| {
            let each = if quota.unit == QuotaUnit::Vcpu { 1_000 } else { 1 };
            quota.most += each * u64::from(copies);
        });
        let limits = &mut problem.limits;
        limits.max_monthly_cost =
            limits.max_monthly_cost.map(|most| Money::from_micros(most.micros() + beyond * 1_500_000));
        limits.max_monthly_carbon = limits.max_monthly_carbon.map(|most| Carbon(most.0 + beyond * 1_500_000));
        problem.rtt = parts::round_trips(2, [[Some(10_u32); 2].as_slice(), &[Some(10); 2]]);
        problem.commitments[0].quantity += 1;
        for (region, (storage, between)) in problem.regions.iter_mut().zip(prices) {
            region.storage_per_gib = storage.map(|price| Money::from_micros(price * 500_000));
            region.zone_egress_per_gb = between.map(|price| Money::from_micros(price * 100_000));
        }
        let workload = &mut problem.workloads[0];
        workload.spot = None;
        workload.uses_commitments = buys > 0;
        workload.state = Some(State {
            storage: Bytes(1 << 30),
            replication_factor: copies,
            quorum: quorum.min(copies),
            write: Bytes(if writes { 4_000_000 } else { 0 }),
            max_storage: spare.map(|spare| Bytes((1 + spare) << 29)),
            is_multi_region: false,
            max_quorum_rtt: None,
        });
        problem
    })
}

/// What a way to place something adds up to: the objective, what is paid, what is emitted, committed machines, then what is taken of each quota; last the
/// regions used, a bit each.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Plan {
    sums: Vec<i128>,
    used: usize,
}

/// Without those that others replace in everything.
fn kept(plans: Vec<Plan>) -> Vec<Plan> {
    let mut kept: Vec<Plan> = Vec::new();
    let replaces = |a: &Plan, b: &Plan| a.used == b.used && a.sums.iter().zip(&b.sums).all(|(a, b)| a <= b);
    for plan in plans {
        if !kept.iter().any(|other| replaces(other, &plan)) {
            kept.retain(|other| !replaces(&plan, other));
            kept.push(plan);
        }
    }
    kept
}

fn sum(a: &Plan, b: &Plan) -> Plan {
    Plan { sums: a.sums.iter().zip(&b.sums).map(|(a, b)| a + b).collect(), used: a.used | b.used }
}

/// Every list of counts from `from` on, each at most `most`.
fn counts(lengths: usize, most: u64) -> Vec<Vec<u64>> {
    (0..lengths).fold(vec![Vec::new()], |lists, _| {
        let longer = |list: Vec<u64>| (0..=most).map(move |count| list.iter().copied().chain([count]).collect());
        lists.into_iter().flat_map(longer).collect()
    })
}

/// True if the load is left after the loss of the fullest parts.
fn left(mut parts: Vec<u64>, lost: u32, all: u64, needed: u64) -> bool {
    parts.sort_unstable_by(|a, b| b.cmp(a));
    all - parts.iter().take(lost as usize).sum::<u64>() >= needed
}

/// What a machine in a region takes of a quota.
fn quota_of(problem: &Problem, offer: &Offer, quota: &Quota, at: usize) -> i128 {
    let machine = &problem.machine_types[offer.machine_type.index()];
    let is_of = quota.families.as_ref().is_none_or(|glob| glob.0 == format!("*-{}", offer.machine_type.index()));
    let each = if quota.unit == QuotaUnit::Vcpu { machine.vcpu.0 } else { 1 };
    if is_of && quota.region.index() == at { each.into() } else { 0 }
}

/// Every way to run one workload in a region that is sent `loads`, in thousandths of a milli-rps, by hour.
fn in_region(problem: &Problem, workload: &Workload, at: usize, loads: [u64; 2]) -> Vec<Plan> {
    let region = &problem.regions[at];
    let zones = region.zones.len();
    let lost = workload.survive.zones;
    if lost as usize >= zones {
        return Vec::new();
    }
    let held = |offer: &Offer| problem.machine_types[offer.machine_type.index()].vcpu.0 / 1000;
    let quota_of = |offer: &Offer, quota: &Quota| quota_of(problem, offer, quota, at);
    let carbon_price = problem.objective.carbon_per_tonne.micros();
    let mut plans = Vec::new();
    for on_demand in region.offers.iter().filter(|offer| offer.purchase == Purchase::OnDemand) {
        let replicas = held(on_demand);
        let needed =
            loads.map(|load| load.div_ceil(1_000).div_ceil(workload.rate_per_replica.0).max(1).div_ceil(replicas));
        let alike = |offer: &&Offer| held(offer) == replicas;
        let spot = workload.spot.filter(|terms| zones >= terms.survive_pools as usize);
        let spots: Vec<&Offer> = region
            .offers
            .iter()
            .filter(alike)
            .filter(|offer| offer.purchase == Purchase::Spot && spot.is_some())
            .collect();
        let bases: Vec<&Offer> = region
            .offers
            .iter()
            .filter(alike)
            .filter(|offer| matches!(offer.purchase, Purchase::Committed(..)) && workload.uses_commitments)
            .collect();
        let kinds: Vec<&Offer> = std::iter::once(on_demand).chain(spots.iter().copied()).collect();
        let quantity = u64::from(problem.commitments[0].quantity);
        for base in
            counts(bases.len() * zones, quantity).into_iter().filter(|base| base.iter().sum::<u64>() <= quantity)
        {
            let add = |sums: &mut Vec<i128>, offer: &Offer, count: u64, hours: i128| {
                let (paid, carbon) = (offer.hourly.micros() * hours, offer.carbon_hourly.unwrap().0 * hours);
                let count = i128::from(count);
                sums[0] += count * (paid + carbon * carbon_price / 1_000_000_000);
                sums[1] += count * paid;
                sums[2] += count * carbon;
            };
            let mut by_hour: Vec<Vec<Plan>> = Vec::new();
            for needed in needed {
                let mut found = Vec::new();
                for counts in counts(kinds.len() * zones, needed.max(base.iter().copied().max().unwrap_or(0))) {
                    let in_zone = |zone: usize| -> u64 {
                        counts.iter().skip(zone).step_by(zones).chain(base.iter().skip(zone).step_by(zones)).sum()
                    };
                    let by_zone: Vec<u64> = (0..zones).map(in_zone).collect();
                    let all = by_zone.iter().sum();
                    let pools: Vec<u64> = counts[zones..].iter().copied().filter(|&count| count > 0).collect();
                    let bought: u64 = pools.iter().sum();
                    let is_kept = |terms: SpotTerms| {
                        bought * 1_000_000 <= all * u64::from(terms.max_share.0)
                            && pools.len() >= terms.min_pools as usize
                            && left(pools.clone(), terms.survive_pools, all, needed)
                    };
                    if all < needed || !left(by_zone, lost, all, needed) {
                        continue;
                    }
                    if bought > 0 && !spot.is_some_and(is_kept) {
                        continue;
                    }
                    let mut sums = vec![0; 4 + problem.quotas.len()];
                    for (number, kind) in kinds.iter().enumerate() {
                        let count = counts[number * zones..(number + 1) * zones].iter().sum();
                        add(&mut sums, kind, count, 365);
                        for (quota, sum) in problem.quotas.iter().zip(&mut sums[4..]) {
                            *sum += quota_of(kind, quota) * i128::from(count);
                        }
                    }
                    for (number, kind) in bases.iter().enumerate() {
                        let count: u64 = base[number * zones..(number + 1) * zones].iter().sum();
                        add(&mut sums, kind, count, 365);
                        for (quota, sum) in problem.quotas.iter().zip(&mut sums[4..]) {
                            *sum += quota_of(kind, quota) * i128::from(count);
                        }
                    }
                    found.push(Plan { sums, used: 1 << at });
                }
                by_hour.push(kept(found));
            }
            plans.extend(by_the_month(workload, &by_hour, i128::from(base.iter().sum::<u64>())));
        }
        plans = kept(plans);
    }
    plans
}

/// Every way to run a workload that keeps data in a region that is sent everything, so much in each hour: its machines are the same in both.
fn keeping(problem: &Problem, workload: &Workload, state: &State, at: usize, loads: [u64; 2]) -> Vec<Plan> {
    let region = &problem.regions[at];
    let (zones, lost) = (region.zones.len(), workload.survive.zones);
    let Some(storage) = region.storage_per_gib.filter(|_| zones > lost as usize) else { return Vec::new() };
    let load = loads[0].max(loads[1]).div_ceil(1_000);
    let quantity = u64::from(problem.commitments[0].quantity);
    let carbon_price = problem.objective.carbon_per_tonne.micros();
    let mut plans = Vec::new();
    for on_demand in region.offers.iter().filter(|offer| offer.purchase == Purchase::OnDemand) {
        let held = |offer: &Offer| problem.machine_types[offer.machine_type.index()].vcpu.0 / 1000;
        let replicas = held(on_demand);
        let needed = load.div_ceil(workload.rate_per_replica.0).max(1).div_ceil(replicas);
        let is_base = |offer: &&Offer| {
            held(offer) == replicas && matches!(offer.purchase, Purchase::Committed(..)) && workload.uses_commitments
        };
        let bases: Vec<&Offer> = region.offers.iter().filter(is_base).collect();
        let most = needed.max(2 * u64::from(state.replication_factor));
        for base in
            counts(bases.len() * zones, quantity).into_iter().filter(|base| base.iter().sum::<u64>() <= quantity)
        {
            for bought in counts(zones, most) {
                let in_zone = |zone: usize| bought[zone] + base.iter().skip(zone).step_by(zones).sum::<u64>();
                let by_zone: Vec<u64> = (0..zones).map(in_zone).collect();
                let all: u64 = by_zone.iter().sum();
                if all < needed || !left(by_zone.clone(), lost, all, needed) || !stores(state, &by_zone, replicas) {
                    continue;
                }
                let ways = ways(state, &by_zone);
                if ways.iter().any(|way| !left(way.clone(), lost, way.iter().sum(), state.quorum.into())) {
                    continue;
                }
                let copies = i128::from(state.replication_factor);
                let crossing: i128 = ways[0].iter().map(|&here| i128::from(here) * (copies - i128::from(here))).sum();
                let Some(between) =
                    region.zone_egress_per_gb.or((crossing == 0 || state.write.0 == 0).then_some(Money::ZERO))
                else {
                    continue;
                };
                // In thousandths of a milli-rps, both hours.
                let requests = i128::from(loads[0] + loads[1]);
                let written = requests * i128::from(state.write.0) * 2_628 * between.micros() * crossing;
                let beside = storage.micros() * copies + written / (copies * 2_000 * 1_000_000_000);
                let mut sums = vec![0; 4 + problem.quotas.len()];
                (sums[0], sums[1]) = (beside, beside);
                let kinds = std::iter::once((on_demand, bought.iter().sum())).chain(
                    bases
                        .iter()
                        .enumerate()
                        .map(|(at, &offer)| (offer, base[at * zones..(at + 1) * zones].iter().sum::<u64>())),
                );
                for (offer, count) in kinds {
                    let count = i128::from(count);
                    let (paid, carbon) = (offer.hourly.micros() * 730, offer.carbon_hourly.unwrap().0 * 730);
                    sums[0] += count * (paid + carbon * carbon_price / 1_000_000_000);
                    sums[1] += count * paid;
                    sums[2] += count * carbon;
                    for (quota, sum) in problem.quotas.iter().zip(&mut sums[4..]) {
                        *sum += quota_of(problem, offer, quota, at) * count;
                    }
                }
                sums[3] = i128::from(base.iter().sum::<u64>());
                plans.push(Plan { sums, used: 1 << at });
            }
            plans = kept(plans);
        }
    }
    plans
}

/// Both hours with each other, or with itself where they are one.
fn by_the_month(workload: &Workload, by_hour: &[Vec<Plan>], committed: i128) -> Vec<Plan> {
    let [first, second] = by_hour else { return Vec::new() };
    let both = |(a, b): (&Plan, &Plan)| {
        let sums = a.sums.iter().zip(&b.sums).enumerate();
        // Quotas count the most of any hour.
        let mut sums: Vec<i128> = sums.map(|(at, (a, b))| if at < 4 { a + b } else { *a.max(b) }).collect();
        sums[3] = committed;
        Plan { sums, used: a.used }
    };
    if workload.profile.calendar.hours == 1 {
        return first.iter().map(|a| both((a, a))).collect();
    }
    first.iter().flat_map(|a| second.iter().map(move |b| both((a, b)))).collect()
}

fn plans(problem: &Problem, workload: &Workload) -> Vec<Plan> {
    let reaches = |user: UserId, region: usize| problem.rtt.get(user, RegionId::at(region)).is_some();
    let nothing = Plan { sums: vec![0; 4 + problem.quotas.len()], used: 0 };
    let rates: Vec<u64> = workload.demand.iter().map(|demand| demand.rate.0).collect();
    let mut all = Vec::new();
    for first in counts(rates.len(), rates.iter().copied().max().unwrap_or(0)) {
        if first.iter().zip(&rates).any(|(sent, rate)| sent > rate) {
            continue;
        }
        let second: Vec<u64> = rates.iter().zip(&first).map(|(rate, sent)| rate - sent).collect();
        let sent = [first, second];
        let is_out = |(region, sent): (usize, &Vec<u64>)| {
            sent.iter().zip(&workload.demand).any(|(&sent, demand)| sent > 0 && !reaches(demand.user, region))
        };
        if sent.iter().enumerate().any(is_out) {
            continue;
        }
        let is_divided = sent.iter().filter(|sent| sent.iter().any(|&sent| sent > 0)).count() > 1;
        if workload.state.is_some() && is_divided {
            continue;
        }
        let mut partial = vec![nothing.clone()];
        for (region, sent) in sent.iter().enumerate().filter(|(_, sent)| sent.iter().any(|&sent| sent > 0)) {
            let load = |hour: usize| {
                let parts = sent.iter().enumerate();
                parts.map(|(user, sent)| sent * u64::from(workload.profile.share(user, hour).0) / 1_000).sum()
            };
            let hours = workload.profile.calendar.hours;
            let loads = [load(0), load(hours - 1)];
            let options = match &workload.state {
                Some(state) => keeping(problem, workload, state, region, loads),
                None => in_region(problem, workload, region, loads),
            };
            partial = partial.iter().flat_map(|one| options.iter().map(move |other| sum(one, other))).collect();
        }
        all.extend(partial);
    }
    kept(all)
}

/// The least of the objective within all limits, in micro-USD.
fn cheapest(problem: &Problem) -> Option<i128> {
    within(problem).into_iter().map(|plan| plan.sums[0]).min()
}

/// Every way to place everything within all limits, fixed costs paid; those left out that others replace.
fn within(problem: &Problem) -> Vec<Plan> {
    let nothing = Plan { sums: vec![0; 4 + problem.quotas.len()], used: 0 };
    let all = problem.workloads.iter().fold(vec![nothing], |partial: Vec<Plan>, workload| {
        let plans = plans(problem, workload);
        kept(partial.iter().flat_map(|one| plans.iter().map(move |other| sum(one, other))).collect())
    });
    let with_fixed = |plan: Plan| {
        let regions = problem.regions.iter().enumerate().filter(|(at, _)| plan.used & (1 << at) != 0);
        let fixed: i128 = regions.map(|(_, region)| region.fixed_monthly.micros()).sum();
        let more = |(at, sum): (usize, i128)| if at < 2 { sum + fixed } else { sum };
        Plan { sums: plan.sums.into_iter().enumerate().map(more).collect(), used: plan.used }
    };
    let is_within = |plan: &Plan| {
        problem.limits.max_monthly_cost.is_none_or(|most| plan.sums[1] <= most.micros())
            && problem.limits.max_monthly_carbon.is_none_or(|most| plan.sums[2] <= most.0)
            && plan.sums[3] <= i128::from(problem.commitments[0].quantity)
            && problem.quotas.iter().zip(&plan.sums[4..]).all(|(quota, taken)| *taken <= i128::from(quota.most))
    };
    all.into_iter().map(with_fixed).filter(is_within).collect()
}

#[test]
fn they_cost_what_the_oracle_says() {
    let seen = std::cell::RefCell::new([0; 8]);
    super::run_with(900, &problem(), |problem| {
        let answer = place(&problem).expect("solver and checker agree");
        let unlimited = Problem { quotas: Vec::new(), limits: Limits::default(), ..problem.clone() };
        let mut seen = seen.borrow_mut();
        match parts::agreed(&answer, cheapest(&problem))? {
            Ok(placement) => {
                let ours = placement.cost().micros();
                let free = cost_of(&place(&unlimited).expect("solver and checker agree").outcome);
                let is_binding = free.is_some_and(|free| free + super::ROUNDING_MICROS < ours);
                let any = |is: fn(&Workload) -> bool| problem.workloads.iter().any(is);
                let (has_spot, has_base) =
                    (any(|workload| workload.spot.is_some()), any(|workload| workload.uses_commitments));
                seen[0] += usize::from(is_binding && has_spot && !problem.quotas.is_empty());
                seen[1] += usize::from(is_binding && has_base && !problem.quotas.is_empty());
                seen[2] += usize::from(is_binding && has_spot && problem.limits.have_sums());
                seen[3] += usize::from(is_binding && has_base && problem.limits.have_sums());
                let is_apart = |workload: &Workload| !workload.profile.is_uniform();
                let apart = problem.workloads.iter().any(is_apart);
                seen[4] += usize::from(apart);
                seen[5] += usize::from(apart && (has_spot || has_base));
                seen[6] += usize::from(apart && is_binding);
            }
            Err(_) => seen[7] += 1,
        }
        Ok(())
    });
    let counts = seen.into_inner();
    assert!(counts.iter().all(|&count| count >= 5), "{counts:?}");
}

/// The problem with a limit that the cheapest placement without limits breaks: on emissions, on money, or on the machines of a region; as it is for any other
/// number.
fn narrowed(problem: Problem, how: u8) -> Problem {
    let mut narrow = Problem { quotas: Vec::new(), limits: Limits::default(), ..problem.clone() };
    let outcome = place(&narrow).expect("solver and checker agree").outcome;
    let Some((placement, _)) = outcome.placement() else { return problem };
    let totals = placement.totals();
    match how {
        0 => narrow.limits.max_monthly_carbon = totals.emissions.map(|mass| Carbon(mass.0 * 9 / 10)),
        1 => narrow.limits.max_monthly_cost = Some(Money::from_micros(totals.paid().micros() * 19 / 20)),
        2 => {
            let used = placement.regions().into_iter().map(|region| {
                let here = placement.groups().iter().filter(move |((_, at), _)| *at == region);
                Quota {
                    region,
                    families: None,
                    unit: QuotaUnit::Instances,
                    most: here.map(|(_, placed)| placed.group.instances()).sum::<u64>() - 1,
                }
            });
            narrow.quotas = used.take(1).collect();
        }
        _ => return problem,
    }
    narrow
}

#[test]
fn machines_that_keep_data_are_committed_at_the_least_cost_within_all_limits() {
    let seen = std::cell::RefCell::new([0; 6]);
    super::run_with(500, &(problem_with_data(), 0_u8..4), |(problem, how)| {
        let problem = narrowed(problem, how);
        let answer = place(&problem).expect("solver and checker agree");
        let mut seen = seen.borrow_mut();
        match parts::agreed(&answer, cheapest(&problem))? {
            Ok(placement) => {
                let own = placement.groups().iter().filter(|((workload, _), _)| workload.index() == 0);
                let mut sets = own.flat_map(|(_, placed)| &placed.group.machines);
                let is_committed = sets.any(|set| matches!(set.purchase, Purchase::Committed(..)));
                let is_apart = !problem.workloads[0].profile.is_uniform();
                seen[0] += usize::from(is_committed && how == 2);
                seen[1] += usize::from(is_committed && how < 2);
                seen[2] += usize::from(is_apart);
                seen[3] += usize::from(is_apart && is_committed);
                seen[4] += usize::from(placement.totals().replication > Money::ZERO);
            }
            Err(_) => seen[5] += 1,
        }
        Ok(())
    });
    let counts = seen.into_inner();
    assert!(counts.iter().all(|&count| count >= 8), "{counts:?}");
}

#[test]
fn limits_that_are_dropped_beside_data_never_cost_more() {
    super::run_with(80, &problem_with_data(), |mut problem| {
        let before = super::cost(&problem);
        let mut unlimited = Problem { quotas: Vec::new(), limits: Limits::default(), ..problem.clone() };
        let without = super::cost(&unlimited);
        prop_assert!(before.is_none_or(|before| without.is_some_and(|after| after <= before + super::ROUNDING_MICROS)));
        super::relax(&mut unlimited);
        let after = super::cost(&unlimited);
        prop_assert!(without.is_none_or(|before| after.is_some_and(|after| after <= before + super::ROUNDING_MICROS)));
        problem.workloads[0].uses_commitments = false;
        let dearer = super::cost(&problem);
        prop_assert!(dearer.is_none_or(|dearer| before.is_some_and(|cost| cost <= dearer + super::ROUNDING_MICROS)));
        Ok(())
    });
}

#[test]
fn one_target_after_another_is_what_the_oracle_says_beside_data() {
    let targets = prop::sample::select(vec![[Target::Cost, Target::Carbon], [Target::Carbon, Target::Cost]]);
    let seen = std::cell::RefCell::new([0; 2]);
    super::run_with(120, &(problem_with_data(), targets), |(problem, targets)| {
        let order = Order { targets: targets.to_vec(), tolerance: Ratio(200_000) };
        let ordered = Problem { order: Some(order.clone()), objective: Objective::default(), ..problem };
        let values = within(&ordered).iter().map(|plan| [plan.sums[1], plan.sums[2], 0]).collect();
        let answer = place(&ordered).expect("solver and checker agree");
        let agreed = order::agreed(&order, &answer, order::least_of(&order, values))?;
        let Some((placement, _)) = agreed else { return Ok(()) };
        let mut sets = placement.groups().values().flat_map(|placed| &placed.group.machines);
        seen.borrow_mut()[0] += usize::from(sets.any(|set| matches!(set.purchase, Purchase::Committed(..))));
        seen.borrow_mut()[1] += 1;
        Ok(())
    });
    let counts = seen.into_inner();
    assert!(counts.iter().all(|&count| count >= 5), "{counts:?}");
}

#[test]
fn one_target_after_another_is_what_the_oracle_says() {
    let targets = prop::sample::select(vec![[Target::Cost, Target::Carbon], [Target::Carbon, Target::Cost]]);
    let tolerance = prop::sample::select(vec![0_u32, 200_000, 500_000]);
    let seen = std::cell::RefCell::new([0; 5]);
    super::run_with(300, &(problem(), targets, tolerance), |(problem, targets, tolerance)| {
        let order = Order { targets: targets.to_vec(), tolerance: Ratio(tolerance) };
        let ordered = Problem { order: Some(order.clone()), objective: Objective::default(), ..problem };
        let values = within(&ordered).iter().map(|plan| [plan.sums[1], plan.sums[2], 0]).collect();
        let answer = place(&ordered).expect("solver and checker agree");
        let agreed = order::agreed(&order, &answer, order::least_of(&order, values))?;
        let mut seen = seen.borrow_mut();
        let Some((placement, _)) = agreed else {
            seen[4] += 1;
            return Ok(());
        };
        let sets = || placement.groups().values().flat_map(|placed| &placed.group.machines);
        seen[0] += usize::from(sets().any(|set| set.purchase == Purchase::Spot));
        seen[1] += usize::from(sets().any(|set| matches!(set.purchase, Purchase::Committed(..))));
        seen[2] += usize::from(ordered.workloads.iter().any(|workload| !workload.profile.is_uniform()));
        seen[3] += usize::from(answer.stages.iter().any(|stage| stage.value > stage.best));
        Ok(())
    });
    let counts = seen.into_inner();
    assert!(counts.iter().all(|&count| count >= 5), "{counts:?}");
}
