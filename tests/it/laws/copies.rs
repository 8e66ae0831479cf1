//! Copies of data over regions. Small random problems of one workload in four regions of one to four clouds are settled by trying every division of the
//! copies, every split of the requests, every number of machines in every zone and every loss.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use stowage::explain::Rule;
use stowage::model::{
    Commitment, CommitmentId, Coordinates, Link, LinkTable, Offer, Problem, Provenance, Purchase, Region, RegionId,
    RegionKey, Rtt, State, Survival, Term, TypeId, Workload,
};
use stowage::place::{Outcome, place};
use stowage::units::{Bytes, Carbon, MilliRps, Money, Ratio, RoundTrip};

use super::oracle::{self, stores, ways};
use super::outlive::{is_carried, losses};
use super::{ROUNDING_MICROS, cost, generator, parts, run_with};

const NOWHERE: Coordinates = Coordinates { latitude_microdegrees: 0, longitude_microdegrees: 0 };

const REGIONS: usize = 4;
const TYPES: usize = 2;
const USERS: usize = 2;

/// Which cloud each region is of.
const CLOUDS: [[usize; REGIONS]; 4] = [[0, 0, 1, 1], [0, 0, 0, 1], [0, 1, 2, 3], [0, 1, 1, 2]];

/// Price of storage, of traffic between zones, of the region by the month, and of the types: on demand, and committed.
type Sold = (Option<i128>, Option<i128>, i128, Vec<(i128, Option<i128>)>);

fn region(index: usize, cloud: usize, zones: usize, (storage, between, fixed, prices): Sold) -> Region {
    let offers = prices.into_iter().enumerate().flat_map(|(id, (price, committed))| {
        let base = Purchase::Committed(CommitmentId(0), Term::OneYear);
        let base = committed.map(|price| (base, price));
        std::iter::once((Purchase::OnDemand, price)).chain(base).map(move |(purchase, price)| Offer {
            machine_type: TypeId::at(id),
            purchase,
            hourly: Money::from_micros(price * 1_000),
            carbon_hourly: Some(Carbon(0)),
            interruption_percent: None,
        })
    });
    let zones = (0..zones).map(|zone| zone.to_string()).collect();
    Region {
        offers: offers.collect(),
        fixed_monthly: Money::from_micros(fixed * 1_000_000),
        storage_per_gib: storage.map(|price| Money::from_micros(price * 500_000)),
        zone_egress_per_gb: between.map(|price| Money::from_micros(price * 100_000)),
        ..Region::new(RegionKey::new(format!("cloud-{cloud}"), format!("region-{index}")), NOWHERE, "DE", zones)
    }
}

fn state() -> impl Strategy<Value = State> {
    let spare = option::weighted(0.5, 0_u64..=1);
    let quorum = option::weighted(0.4, 1_u32..=4);
    let wait = option::weighted(0.4, prop::sample::select(vec![5_u32, 10, 20]));
    let written = prop::sample::select(vec![0_u64, 3_000_000, 100_000_000]);
    (prop::sample::select(vec![2_u32, 3, 3, 3, 4, 5]), quorum, written, spare, wait).prop_map(
        |(copies, quorum, written, spare, wait)| State {
            storage: Bytes(1 << 30),
            replication_factor: copies,
            quorum: quorum.map_or(copies / 2 + 1, |quorum| quorum.min(copies)),
            write: Bytes(written),
            max_storage: spare.map(|spare| Bytes((1 + spare) << 29)),
            is_multi_region: true,
            max_quorum_rtt: wait.map(|ms| RoundTrip(ms * 1_000)),
        },
    )
}

fn workload() -> impl Strategy<Value = Workload> {
    let lost = (
        0_u32..=1,
        prop_oneof![2 => Just(0_u32), 4 => Just(1), 1 => Just(2)],
        prop_oneof![3 => Just(0_u32), 2 => Just(1)],
    );
    let limits = (
        option::weighted(0.3, prop::sample::select(vec![15_u32, 30])),
        option::weighted(0.3, prop::sample::select(vec![15_u32, 30])),
    );
    let counts = (
        prop_oneof![4 => Just(1_u32), 1 => Just(2)],
        option::weighted(0.2, 2_u32..=3),
        any::<bool>(),
        prop_oneof![2 => Just(false), 1 => Just(true)],
    );
    let asked = (vec(0_u64..=2, USERS), 1_u64..=2, 0_u64..=1);
    (state(), lost, limits, counts, asked).prop_map(
        |(
            state,
            (zones, regions, clouds),
            (limit, degraded),
            (least, most, is_whole, commits),
            (mut asked, rate, more),
        )| {
            if asked.iter().all(|&rate| rate == 0) {
                asked[0] = 1;
            }
            let trip = |ms: Option<u32>| ms.map(|ms| RoundTrip(ms * 1_000));
            Workload {
                survive: Survival { zones, regions, clouds },
                max_rtt: trip(limit),
                degraded_max_rtt: trip(degraded),
                degraded_rate_per_replica: MilliRps(rate + more),
                min_regions: least,
                max_regions: most,
                single_region_per_user: is_whole,
                uses_commitments: commits,
                state: Some(state),
                ..Workload::new("log", parts::replica(1, 1), MilliRps(rate), parts::demand(&asked))
            }
        },
    )
}

/// Price in tenths of a USD by cloud, inside it and to others, and of single ways; round trips.
fn links() -> impl Strategy<Value = LinkTable> {
    let own = vec(option::weighted(0.15, 0_i128..=6), REGIONS * REGIONS);
    let by_cloud = vec((0_i128..=2, 1_i128..=5), REGIONS);
    let known = vec(option::weighted(0.95, Just(())), REGIONS * REGIONS);
    let trips = vec(option::weighted(0.95, prop::sample::select(vec![3_u32, 8, 15, 40])), REGIONS * REGIONS);
    (prop::sample::select(CLOUDS.to_vec()), by_cloud, own, known, trips).prop_map(
        |(clouds, by_cloud, own, known, trips)| {
            let link = |from: usize, to: usize| {
                let at = from * REGIONS + to;
                let (inside, outside) = by_cloud[clouds[from]];
                let listed = if clouds[from] == clouds[to] { inside } else { outside };
                let price = own[at].unwrap_or(listed);
                let trip = trips[from.min(to) * REGIONS + from.max(to)].filter(|_| from != to);
                let trip = if from == to { Some(1) } else { trip };
                Link {
                    egress_per_gb: known[at].map(|()| Money::from_micros(if from == to { 0 } else { price * 100_000 })),
                    rtt: trip.map(|ms| Rtt { round_trip: RoundTrip(ms * 1_000), provenance: Provenance::Declared }),
                }
            };
            LinkTable::from_rows((0..REGIONS).map(|from| (0..REGIONS).map(|to| link(from, to)).collect()).collect())
        },
    )
}

pub(super) fn problem() -> impl Strategy<Value = Problem> {
    let fixed = prop_oneof![3 => Just(0_i128), 1 => 1_i128..=3];
    let sold = (
        option::weighted(0.95, 0_i128..=3),
        option::weighted(0.8, 0_i128..=3),
        fixed,
        vec((2_i128..=6, option::weighted(0.7, 1_i128..=4)), TYPES),
    );
    let supply = (vec(sold, REGIONS), vec(1_usize..=2, REGIONS), prop::sample::select(CLOUDS.to_vec()));
    let reach = vec(vec(option::weighted(0.9, prop::sample::select(vec![10_u32, 10, 18, 25])), REGIONS), USERS);
    (workload(), links(), supply, reach, (vec(1_u64..=2, TYPES), 1_u32..=2)).prop_map(
        |(workload, links, (sold, zones, clouds), reach, (types, quantity))| Problem {
            commitments: vec![Commitment { label: "base".into(), quantity }],
            users: parts::users(USERS),
            workloads: vec![workload],
            regions: sold.into_iter().enumerate().map(|(at, sold)| region(at, clouds[at], zones[at], sold)).collect(),
            machine_types: parts::machine_types(types.into_iter().map(|vcpu| (vcpu, 8))),
            links,
            rtt: parts::round_trips(REGIONS, reach.iter().map(Vec::as_slice)),
            gap_tolerance: Ratio(10),
            ..Problem::default()
        },
    )
}

/// Machines in a region: what they cost each month in femto-USD; committed ones among them; pairs of copies in different zones; replicas left after any loss of zones, and all.
#[derive(Clone, Debug)]
struct Bought {
    cost: i128,
    committed: u64,
    crossing: u64,
    left: u64,
    held: u64,
}

impl Bought {
    fn replaces(&self, other: &Self) -> bool {
        self.cost <= other.cost
            && self.committed <= other.committed
            && self.crossing <= other.crossing
            && self.left >= other.left
            && self.held >= other.held
    }
}

/// Every way to buy machines in a region that keep so many copies of everything and are of any use.
fn machines(problem: &Problem, workload: &Workload, state: &State, at: usize, copies: u32) -> Vec<Bought> {
    let region = &problem.regions[at];
    let lost = workload.survive.zones as usize;
    let total: u64 = workload.demand.iter().map(|demand| demand.rate.0).sum();
    let kept = State { replication_factor: copies, ..*state };
    let most = total.max(2 * u64::from(copies));
    let mut all: Vec<Bought> = Vec::new();
    let held = |offer: &Offer| problem.machine_types[offer.machine_type.index()].vcpu.0 / 1000;
    for offer in region.offers.iter().filter(|offer| offer.purchase == Purchase::OnDemand) {
        let each = held(offer);
        // Where a committed machine stands makes no difference.
        let bases = region.offers.iter().filter(|base| base.purchase != Purchase::OnDemand && held(base) == each);
        let base = bases.map(|base| base.hourly.micros()).min().filter(|_| workload.uses_commitments);
        let zones = region.zones.len();
        let by_zones = (0..zones).fold(vec![Vec::new()], |lists: Vec<Vec<u64>>, _| {
            let longer = |list: Vec<u64>| (0..=most).map(move |count| list.iter().copied().chain([count]).collect());
            lists.into_iter().flat_map(longer).collect()
        });
        for by_zone in by_zones {
            let mut fullest = by_zone.clone();
            fullest.sort_unstable_by(|a, b| b.cmp(a));
            let left: u64 = fullest.iter().skip(lost).sum();
            let here: u64 = by_zone.iter().sum();
            if left == 0 || !stores(&kept, &by_zone, each) {
                continue;
            }
            let ways = ways(&kept, &by_zone);
            let worst = ways.iter().map(|way| {
                let mut copies = way.clone();
                copies.sort_unstable_by(|a, b| b.cmp(a));
                copies.iter().take(lost).sum::<u64>()
            });
            if u64::from(state.replication_factor) - worst.max().unwrap() < u64::from(state.quorum) {
                continue;
            }
            let crossing = ways[0].iter().map(|here| here * (u64::from(copies) - here)).sum();
            if crossing > 0 && state.write.0 > 0 && region.zone_egress_per_gb.is_none() {
                continue;
            }
            let quantity = base.map_or(0, |_| u64::from(problem.commitments[0].quantity));
            for committed in 0..=quantity.min(here) {
                let hourly =
                    offer.hourly.micros() * i128::from(here - committed) + base.unwrap_or(0) * i128::from(committed);
                let bought = Bought {
                    cost: hourly * 730 * 1_000_000_000,
                    committed,
                    crossing: if state.write.0 > 0 { crossing } else { 0 },
                    left: (left * each).min(total),
                    held: (here * each).min(total),
                };
                if !all.iter().any(|other| other.replaces(&bought)) {
                    all.retain(|other| !bought.replaces(other));
                    all.push(bought);
                }
            }
        }
    }
    all
}

/// Every list of `length` numbers that sum to `whole`.
fn divisions(whole: u64, length: usize) -> Vec<Vec<u64>> {
    if length == 1 {
        return vec![vec![whole]];
    }
    let with =
        |first: u64| divisions(whole - first, length - 1).into_iter().map(move |rest| [vec![first], rest].concat());
    (0..=whole).flat_map(with).collect()
}

/// Whether copies may be where they are, whatever machines keep them.
fn may_be(problem: &Problem, workload: &Workload, state: &State, copies: &[u64]) -> bool {
    let used: Vec<usize> = (0..REGIONS).filter(|&region| copies[region] > 0).collect();
    let link = |from: usize, to: usize| problem.links.get(RegionId::at(from), RegionId::at(to));
    let is_paid = |from: usize, to: usize| state.write.0 == 0 || from == to || link(from, to).egress_per_gb.is_some();
    let is_near = |from: usize, to: usize| {
        let Some(limit) = state.max_quorum_rtt else { return true };
        from == to || link(from, to).rtt.is_some_and(|rtt| rtt.round_trip <= limit)
    };
    let enough = |left: u64| left >= u64::from(state.quorum);
    let sum = |is: &dyn Fn(usize) -> bool| used.iter().filter(|&&to| is(to)).map(|&to| copies[to]).sum::<u64>();
    let answers = |region: &&usize| {
        let rtt = |user| problem.rtt.get(user, RegionId::at(**region)).map(|rtt| rtt.round_trip);
        let in_time = |limit| workload.demand.iter().any(|demand| rtt(demand.user).is_some_and(|rtt| rtt <= limit));
        workload.max_rtt.is_none_or(in_time)
    };
    used.iter().all(|&from| used.iter().all(|&to| is_paid(from, to)))
        && used.iter().all(|&from| enough(sum(&|to| is_near(from, to))))
        && losses(problem, workload, &used).iter().all(|gone| enough(sum(&|to| !gone.contains(&to))))
        && used.iter().filter(answers).count() >= workload.min_regions as usize
        && workload.max_regions.is_none_or(|most| used.len() <= most as usize)
        && used.iter().all(|&region| problem.regions[region].storage_per_gib.is_some())
}

/// The loads of regions that some split in time has.
fn loads(problem: &Problem, workload: &Workload) -> BTreeSet<Vec<u64>> {
    let mut sums = BTreeSet::from([vec![0; REGIONS]]);
    for demand in &workload.demand {
        let may = |row: &Vec<u64>| {
            let is_in_time = |region: usize| {
                let rtt = problem.rtt.get(demand.user, RegionId::at(region)).map(|rtt| rtt.round_trip);
                workload.max_rtt.is_none_or(|limit| rtt.is_some_and(|rtt| rtt <= limit))
            };
            let sent: Vec<usize> = (0..REGIONS).filter(|&region| row[region] > 0).collect();
            sent.iter().all(|&region| is_in_time(region)) && !(workload.single_region_per_user && sent.len() > 1)
        };
        let rows: Vec<Vec<u64>> = divisions(demand.rate.0, REGIONS).into_iter().filter(may).collect();
        let add = |sum: &Vec<u64>| -> Vec<Vec<u64>> {
            rows.iter().map(|row| sum.iter().zip(row).map(|(sum, sent)| sum + sent).collect()).collect()
        };
        sums = sums.iter().flat_map(add).collect();
    }
    sums
}

/// Machines in some of the regions: what they cost, how many are committed, and the replicas that each region holds.
type Partial = (i128, u64, Vec<(usize, u64)>);

/// The least cost, in micro-USD.
pub(super) fn cheapest(problem: &Problem) -> Option<i128> {
    let workload = &problem.workloads[0];
    let state = workload.state.as_ref().unwrap();
    let loads = loads(problem, workload);
    let mut bought: BTreeMap<(usize, u64), Vec<Bought>> = BTreeMap::new();
    let mut best: Option<i128> = None;
    for copies in divisions(state.replication_factor.into(), REGIONS) {
        if !may_be(problem, workload, state, &copies) {
            continue;
        }
        let used: Vec<usize> = (0..REGIONS).filter(|&region| copies[region] > 0).collect();
        let gone = losses(problem, workload, &used);
        let beside: i128 = used
            .iter()
            .map(|&region| {
                let place = &problem.regions[region];
                let storage = place.storage_per_gib.unwrap().micros() * i128::from(copies[region]);
                (storage * i128::from(state.storage.0 >> 30) + place.fixed_monthly.micros()) * 1_000_000_000
            })
            .sum();
        for loads in loads.iter().filter(|loads| (0..REGIONS).all(|region| loads[region] == 0 || copies[region] > 0)) {
            let mut partial: Vec<Partial> = vec![(beside, 0, Vec::new())];
            let quantity = u64::from(problem.commitments[0].quantity);
            for &region in &used {
                let known = bought.entry((region, copies[region])).or_insert_with(|| {
                    machines(problem, workload, state, region, u32::try_from(copies[region]).unwrap())
                });
                let elsewhere = used.iter().filter(|to| **to != region).map(|&to| {
                    let price = problem.links.get(RegionId::at(region), RegionId::at(to)).egress_per_gb;
                    price.unwrap_or_default().micros() * i128::from(copies[to])
                });
                let elsewhere: i128 = elsewhere.sum();
                let between = problem.regions[region].zone_egress_per_gb.unwrap_or_default().micros();
                let written = i128::from(loads[region]) * i128::from(state.write.0) * 2_628;
                let moved = oracle::moves(problem, workload, &problem.regions[region], loads[region]);
                let carrying = known.iter().filter(|it| it.left * workload.rate_per_replica.0 >= loads[region]);
                let options: Vec<(i128, u64, u64)> = carrying
                    .map(|it| {
                        let in_region = written * between * i128::from(it.crossing) / i128::from(copies[region]);
                        (it.cost + in_region + written * elsewhere + moved, it.committed, it.held)
                    })
                    .collect();
                partial = partial
                    .iter()
                    .flat_map(|(cost, committed, held)| {
                        options.iter().map(move |(more, taken, here)| {
                            (cost + more, committed + taken, [held.clone(), vec![(region, *here)]].concat())
                        })
                    })
                    .filter(|(cost, committed, _)| *committed <= quantity && best.is_none_or(|best| *cost < best))
                    .collect();
            }
            for (cost, _, held) in partial {
                if best.is_none_or(|best| cost < best)
                    && gone.iter().all(|gone| is_carried(problem, workload, &held, gone))
                {
                    best = Some(cost);
                }
            }
        }
    }
    best.map(|cost| cost / 1_000_000_000)
}

#[test]
fn copies_over_regions_cost_what_the_oracle_says() {
    let [several, uneven, witness, clouds, refused, written, committed] = [0_usize; 7].map(Cell::new);
    run_with(600, &problem(), |problem| {
        let answer = place(&problem).expect("solver and checker agree");
        let count = |cell: &Cell<usize>, is: bool| cell.set(cell.get() + usize::from(is));
        match parts::agreed(&answer, cheapest(&problem))? {
            Ok(placement) => {
                let copies: Vec<u32> = placement.groups().values().filter_map(|placed| placed.group.copies).collect();
                count(&several, copies.len() > 1);
                count(&uneven, copies.iter().max() != copies.iter().min());
                count(&witness, placement.groups().values().any(|placed| placed.group.traffic.is_empty()));
                count(&clouds, problem.workloads[0].survive.clouds > 0);
                count(&written, placement.totals().replication > Money::ZERO);
                let mut sets = placement.groups().values().flat_map(|placed| &placed.group.machines);
                let is_base = sets.any(|set| matches!(set.purchase, Purchase::Committed(..)));
                count(&committed, copies.len() > 1 && is_base);
            }
            Err(_) => count(&refused, true),
        }
        Ok(())
    });
    for (what, seen) in [
        ("in several regions", several),
        ("divided unevenly", uneven),
        ("with a region that answers nobody", witness),
        ("outliving a cloud", clouds),
        ("refused", refused),
        ("written to others", written),
        ("in several regions and committed", committed),
    ] {
        assert!(seen.get() >= 30, "only {} of 600 problems are {what}", seen.get());
    }
}

#[test]
fn a_conflict_over_copies_is_irreducible_and_its_relaxations_work() {
    let seen = Cell::new(0);
    run_with(120, &problem(), |problem| {
        let Outcome::Infeasible(conflict) = place(&problem).unwrap().outcome else { return Ok(()) };
        let [workload] = &conflict.workloads[..] else { return Err(TestCaseError::fail("one workload")) };
        let rules: Vec<Rule> = workload.rules.iter().map(|rule| rule.rule).collect();
        for rule in &workload.rules {
            let Some(relaxation) = &rule.relaxation else { continue };
            let relaxed = generator::relaxed(problem.clone(), rule.rule, &relaxation.change);
            prop_assert!(cost(&relaxed).is_some(), "{rule:?} does not help");
        }
        prop_assert!(cost(&generator::with_only(&problem, workload.workload, &rules)).is_none(), "{rules:?} can hold");
        for left_out in &rules {
            let others: Vec<Rule> = rules.iter().copied().filter(|rule| rule != left_out).collect();
            let fewer = generator::with_only(&problem, workload.workload, &others);
            prop_assert!(cost(&fewer).is_some(), "{rules:?} without {left_out:?} still conflict");
        }
        seen.set(seen.get() + 1);
        Ok(())
    });
    assert!(seen.get() >= 10, "only {} conflicts", seen.get());
}

#[test]
fn a_rule_about_copies_that_is_dropped_never_costs_more() {
    run_with(120, &problem(), |problem| {
        let drops: [fn(&mut Problem); 8] = [
            |problem| problem.workloads[0].survive.regions = 0,
            |problem| problem.workloads[0].survive.clouds = 0,
            |problem| problem.workloads[0].survive.zones = 0,
            |problem| problem.workloads[0].max_regions = None,
            |problem| problem.workloads[0].state.as_mut().unwrap().max_quorum_rtt = None,
            |problem| problem.workloads[0].state.as_mut().unwrap().quorum = 1,
            |problem| problem.workloads[0].state.as_mut().unwrap().max_storage = None,
            super::relax,
        ];
        let Some(before) = cost(&problem) else { return Ok(()) };
        for drop in drops {
            let mut relaxed = problem.clone();
            drop(&mut relaxed);
            let after = cost(&relaxed);
            prop_assert!(after.is_some_and(|after| after <= before + ROUNDING_MICROS), "{before} became {after:?}");
        }
        Ok(())
    });
}

/// Storage and writes are paid: a budget of what the cheapest placement costs changes nothing, and one below that leaves none.
#[test]
fn a_budget_counts_what_copies_cost() {
    run_with(150, &problem(), |problem| {
        let Some(least) = cost(&problem) else { return Ok(()) };
        let within = |budget: i128| {
            let mut limited = problem.clone();
            limited.limits.max_monthly_cost = Some(Money::from_micros(budget));
            cost(&limited)
        };
        let enough = within(least + ROUNDING_MICROS);
        prop_assert!(
            enough.is_some_and(|cost| (cost - least).abs() <= 2 * ROUNDING_MICROS),
            "{least} became {enough:?}"
        );
        prop_assert_eq!(within(least - ROUNDING_MICROS), None);
        Ok(())
    });
}
