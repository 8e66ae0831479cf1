//! Small random problems: few regions, types, zones and users, demand of a few milli-rps, so that every placement can be enumerated.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use stowage::explain::{Change, List, Rule};
use stowage::model::{
    Access, Architecture, Calendar, Commitment, CommitmentId, Coordinates, Demand, Filter, Limits, MachineType,
    Objective, Offer, Problem, Profile, Provenance, Purchase, Region, RegionKey, Replica, Resources, Rtt, RttTable,
    Selector, SpotTerms, State, Survival, Term, TypeId, UserGroup, UserId, Workload, WorkloadId,
};
use stowage::units::{Amount, Bytes, Carbon, MilliRps, Millicores, Money, Ratio, RoundTrip};

const NOWHERE: Coordinates = Coordinates { latitude_microdegrees: 0, longitude_microdegrees: 0 };

fn machine_types() -> impl Strategy<Value = Vec<MachineType>> {
    vec((1_u64..=4, 1_u64..=4, any::<bool>(), 0_u8..6, 0_u64..=3, 0_u8..4), 1..=3).prop_map(|shapes| {
        shapes
            .into_iter()
            .enumerate()
            .map(|(index, (vcpu, memory, is_arm, burstable, disk, gpu))| MachineType {
                family: format!("family-{}", index % 2),
                gpus: u32::from(gpu > 1),
                gpu_model: (gpu == 2).then(|| "A1".to_owned()),
                resources: Resources::from_iter([("disk".to_owned(), Amount(disk))]),
                architecture: if is_arm { Architecture::Arm64 } else { Architecture::X86_64 },
                is_burstable: burstable == 0,
                ..MachineType::new("test", format!("type-{index}"), Millicores(vcpu * 1000), Bytes(memory << 30))
            })
            .collect()
    })
}

fn regions(types: usize) -> impl Strategy<Value = Vec<Region>> {
    let spot = option::weighted(0.6, (1_i128..=4, prop_oneof![Just(None), Just(Some(5_u8)), Just(Some(20))]));
    let offer = (1_i128..=5, option::weighted(0.8, 1_i128..=3), spot, option::weighted(0.7, 1_i128..=3));
    let region = (
        vec(option::weighted(0.8, offer), types),
        1_usize..=3,
        prop_oneof![1 => Just(0_i128), 2 => Just(2), 1 => Just(20)],
        option::weighted(0.9, prop_oneof![2 => Just(1_i128), 1 => Just(0)]),
        prop_oneof![9 => 0_u8..3, 1 => Just(3_u8)],
        prop::bool::weighted(0.05),
        prop::bool::weighted(0.25),
        (any::<bool>(), option::weighted(0.9, 0_i128..=2), option::weighted(0.8, 0_i128..=2)),
    );
    vec(region, 1..=3).prop_map(|regions| {
        let first = regions[0].clone();
        // Twins of the first region make ties.
        let made = |(index, made): (usize, Made)| build(index, if made.6 { first.clone() } else { made });
        regions.into_iter().enumerate().map(made).collect()
    })
}

/// Price on demand, emissions, price and interruptions as spot, and price committed.
type OnSale = (i128, Option<i128>, Option<(i128, Option<u8>)>, Option<i128>);

type Made = (Vec<Option<OnSale>>, usize, i128, Option<i128>, u8, bool, bool, (bool, Option<i128>, Option<i128>));

fn build(index: usize, (offers, zones, fixed, egress, country, restricted, _, more): Made) -> Region {
    let (is_other, storage, crossing) = more;
    let is_unknown = country == 3;
    let country = ["DE", "FR", "US", "XX"][usize::from(country)];
    let union = if country == "US" { None } else { Some("EU".to_owned()) };
    let zones = (0..zones).map(|zone| format!("{zone}")).collect();
    let cloud = if is_other { "other" } else { "test" };
    Region {
        country: (!is_unknown).then(|| country.into()),
        jurisdictions: union.into_iter().chain([country.to_owned()]).filter(|_| !is_unknown).collect(),
        access: if restricted { Access::Restricted } else { Access::Public },
        fixed_monthly: Money::from_micros(fixed * 1_000_000),
        internet_egress_per_gb: egress.map(|price| Money::from_micros(price * 1_000)),
        storage_per_gib: storage.map(|price| Money::from_micros(price * 600_000)),
        zone_egress_per_gb: crossing.map(|price| Money::from_micros(price * 1_000)),
        offers: offers
            .into_iter()
            .enumerate()
            .flat_map(|(index, offer)| offer.map(|offer| on_sale(index, offer)).unwrap_or_default())
            .collect(),
        ..Region::new(RegionKey::new(cloud, format!("region-{index}")), NOWHERE, country, zones)
    }
}

fn on_sale(index: usize, (price, carbon, spot, committed): OnSale) -> Vec<Offer> {
    let on_demand = Offer {
        machine_type: TypeId::at(index),
        purchase: Purchase::OnDemand,
        hourly: Money::from_micros(price * 1_000),
        carbon_hourly: carbon.map(Carbon),
        interruption_percent: None,
    };
    let spot = spot.map(|(price, interruption_percent)| Offer {
        purchase: Purchase::Spot,
        hourly: Money::from_micros(price * 1_000),
        interruption_percent,
        ..on_demand
    });
    let committed = committed.map(|price| Offer {
        purchase: Purchase::Committed(CommitmentId(0), Term::OneYear),
        hourly: Money::from_micros(price * 1_000),
        ..on_demand
    });
    [Some(on_demand), spot, committed].into_iter().flatten().collect()
}

/// Demand that changes in one of several ways, alike for all of `users` user groups.
pub(super) fn profile(choice: u8, users: usize) -> Profile {
    let (calendar, shape) = match choice {
        0 => (Calendar { hours: 2, has_cases: false }, vec![1_000_000, 400_000]),
        1 => (Calendar { hours: 3, has_cases: false }, vec![333_334, 1_000_000, 0]),
        2 => (Calendar { hours: 1, has_cases: true }, vec![200_000, 500_000, 1_000_000]),
        3 => (Calendar { hours: 2, has_cases: true }, vec![0, 250_000, 500_000, 600_000, 1_000_000, 900_000]),
        _ => return Profile::default(),
    };
    Profile { calendar, shapes: vec![shape.into_iter().map(Ratio).collect(); users], ..Profile::default() }
}

fn spot_terms() -> impl Strategy<Value = Option<SpotTerms>> {
    let terms = (
        prop_oneof![2 => Just(Ratio::ONE), 1 => Just(Ratio(500_000))],
        option::weighted(0.3, prop_oneof![Just(5_u8), Just(20)]),
        prop_oneof![2 => Just(1_u32), 1 => Just(2)],
        prop_oneof![1 => Just(0_u32), 2 => Just(1)],
    );
    let terms = terms.prop_map(|(max_share, max_interruption_percent, min_pools, survive_pools)| SpotTerms {
        max_share,
        max_interruption_percent,
        min_pools,
        survive_pools,
    });
    option::weighted(0.25, terms)
}

/// Data of a few GiB: replicas store half of it, a little more, or all of it.
pub(super) fn state() -> impl Strategy<Value = State> {
    let kept = (1_u64..=3, 1_u32..=4, 1_u32..=4, any::<bool>(), option::weighted(0.6, 0_u64..=2));
    kept.prop_map(|(gib, replication_factor, quorum, writes, spare)| State {
        storage: Bytes(gib << 30),
        replication_factor,
        quorum: quorum.min(replication_factor),
        write: Bytes(if writes { 300_000_000 } else { 0 }),
        max_storage: spare.map(|spare| Bytes((gib + spare) << 29)),
        is_multi_region: false,
        max_quorum_rtt: None,
    })
}

fn workload(users: usize) -> impl Strategy<Value = Workload> {
    let demand = vec(0_u64..=5, users);
    let rules = (
        option::weighted(0.8, 30_u32..=60),
        prop_oneof![1 => Just(1_000_000_u32), 3 => 500_000_u32..900_000],
        prop_oneof![2 => Just(0_u32), 2 => Just(1_u32), 1 => Just(2_u32)],
        prop_oneof![3 => Just(1_u32), 1 => Just(2_u32)],
        option::weighted(0.2, 1_u32..=2),
    );
    let one = |weight| prop_oneof![weight => Just(0_u64), 1 => Just(1_u64)];
    let lost = (prop_oneof![5 => Just(0_u32), 2 => Just(1), 1 => Just(2)], prop_oneof![8 => Just(0_u32), 1 => Just(1)]);
    let degraded = (lost, option::weighted(0.6, 30_u32..=80), 0_u64..=2);
    let shape = (1_u64..=3, 1_u64..=2, one(3), 1_u64..=3, one(4), one(8));
    let part = || option::weighted(0.08, prop_oneof![Just(500_000_u32), Just(700_000)].prop_map(Ratio));
    let zones = (prop_oneof![30 => Just(1_u32), 2 => Just(2), 1 => Just(3)], option::weighted(0.08, 0_u64..=1));
    let shares = (part(), part(), zones);
    let more = (prop::bool::weighted(0.2), shares, option::weighted(0.08, state()));
    let purchase = (0_u8..12, spot_terms(), prop::bool::weighted(0.7), degraded, more);
    (demand, rules, shape, any::<bool>(), 0_u8..16, prop::bool::ANY, purchase).prop_map(
        |(
            mut demand,
            rules,
            shape,
            sends,
            filter,
            allow_burstable,
            (changes, spot, commits, degraded, (undivided, shares, state)),
        )| {
            let (max_rtt, rtt_share, zones, min_regions, max_regions) = rules;
            let ((regions, clouds), degraded_max_rtt, more) = degraded;
            // What is not decided together with state.
            let (regions, clouds, min_regions, spot, shares) = match state {
                Some(_) => (0, 0, 1, None, (None, None, (shares.2.0, None))),
                None => (regions, clouds, min_regions, spot, shares),
            };
            let survive = Survival { zones, regions, clouds };
            // What is not decided together with the loss of regions or clouds.
            let (changes, spot, commits) =
                if survive.has_places() { (u8::MAX, None, false) } else { (changes, spot, commits) };
            let (vcpu, memory, reserved, rate, asked, gpus) = shape;
            // They need several regions, so less else keeps regions out.
            let (asked, gpus) = if survive.has_places() { (0, 0) } else { (asked, gpus) };
            let disk = |amount| Resources::from_iter([("disk".to_owned(), Amount(amount))]);
            if spot.is_some() {
                // Few machines: their mixes are many.
                for rate in &mut demand {
                    *rate = (*rate).min(1);
                }
            }
            if demand.iter().all(|&rate| rate == 0) {
                demand[0] = 1;
            }
            let replica = Replica {
                vcpu: Millicores(vcpu * 1000),
                memory: Bytes(memory << 30),
                gpus: u32::from(gpus > 0),
                resources: disk(asked),
            };
            let asking = demand.iter().filter(|rate| **rate > 0).count();
            let demand = demand
                .into_iter()
                .enumerate()
                .filter(|&(_, rate)| rate > 0)
                .map(|(user, rate)| Demand { user: UserId::at(user), rate: MilliRps(rate) })
                .collect();
            Workload {
                reserved: Replica {
                    vcpu: Millicores(reserved * 500),
                    resources: disk(asked * reserved),
                    ..Replica::default()
                },
                profile: profile(changes, asking),
                max_rtt: max_rtt.map(|ms| RoundTrip(ms * 1000)),
                rtt_share: Ratio(rtt_share),
                survive,
                degraded_max_rtt: degraded_max_rtt.map(|ms| RoundTrip(ms * 1000)),
                degraded_rate_per_replica: MilliRps(rate + more),
                min_regions,
                max_regions: max_regions.map(|most: u32| most.max(min_regions)),
                single_region_per_user: undivided,
                max_region_share: shares.0,
                max_cloud_share: shares.1,
                min_zones: shares.2.0,
                max_zone_skew: shares.2.1,
                response: Bytes(if sends { 1_000_000_000 } else { 0 }),
                state,
                allow_burstable,
                uses_commitments: commits && spot.is_none(),
                spot,
                selectors: selectors(filter),
                ..Workload::new("workload", replica, MilliRps(rate), demand)
            }
        },
    )
}

fn selectors(choice: u8) -> Vec<Selector> {
    let words = |word: &str| Some(BTreeSet::from([word.to_owned()]));
    let allowed = |allowed| vec![Selector { allowed, denied: Filter::default() }];
    match choice {
        0 => allowed(Filter { jurisdictions: words("EU"), ..Filter::default() }),
        1 => allowed(Filter { countries: words("US"), ..Filter::default() }),
        2 => allowed(Filter { architectures: Some(BTreeSet::from([Architecture::X86_64])), ..Filter::default() }),
        3 => vec![Selector {
            allowed: Filter::default(),
            denied: Filter { regions: Some(BTreeSet::from([RegionKey::new("test", "region-0")])), ..Filter::default() },
        }],
        4 => vec![Selector {
            allowed: Filter::default(),
            denied: Filter { countries: words("FR"), ..Filter::default() },
        }],
        5 => allowed(Filter { gpu_models: words("A1"), ..Filter::default() }),
        6 => vec![Selector {
            allowed: Filter::default(),
            denied: Filter { gpu_models: words("A1"), ..Filter::default() },
        }],
        _ => Vec::new(),
    }
}

/// Problems of one or two workloads.
pub(super) fn problem() -> impl Strategy<Value = Problem> {
    (prop_oneof![1 => Just(1_usize), 2 => Just(2), 2 => Just(3)], machine_types()).prop_flat_map(|(users, types)| {
        regions(types.len()).prop_flat_map(move |regions| {
            let rtt = vec(vec(option::weighted(0.9, 10_u32..=80), regions.len()), users);
            let limit = option::weighted(0.25, 1_u32..=2);
            let pin = option::weighted(0.12, 0..regions.len());
            let clouds = prop_oneof![5 => Just(None), 1 => Just(Some(1_u32))];
            let carbon = prop_oneof![2 => Just(0_i128), 1 => 1_i128..=3];
            let latency = prop_oneof![3 => Just(0_i128), 1 => 1_i128..=3];
            let types = types.clone();
            let quantity = prop_oneof![2 => Just(0_u32), 1 => 1_u32..=3];
            let all = (vec(workload(users), 1..=2), rtt, limit, (carbon, latency), clouds, quantity, pin);
            all.prop_map(move |(mut workloads, rtt, limit, (carbon, latency), max_clouds, quantity, pin)| {
                let mut regions = regions.clone();
                workloads[0].pinned.extend(pin.map(|pin| regions[pin].key.clone()));
                if quantity == 0 {
                    let is_committed = |offer: &Offer| matches!(offer.purchase, Purchase::Committed(..));
                    for region in &mut regions {
                        region.offers = region.offers.iter().filter(|offer| !is_committed(offer)).copied().collect();
                    }
                }
                for (index, workload) in workloads.iter_mut().enumerate() {
                    workload.name = format!("workload-{index}");
                }
                let user =
                    |index| UserGroup { name: format!("user-{index}"), country: None, coordinates: Some(NOWHERE) };
                let known = |ms| Rtt { round_trip: RoundTrip(ms * 1000), provenance: Provenance::Declared };
                let rows = rtt.into_iter().map(|row| row.into_iter().map(|ms| ms.map(known)).collect()).collect();
                Problem {
                    users: (0..users).map(user).collect(),
                    workloads,
                    rtt: RttTable::from_rows(regions.len(), rows),
                    regions,
                    commitments: (quantity > 0)
                        .then(|| Commitment { label: "base".into(), quantity })
                        .into_iter()
                        .collect(),
                    machine_types: types.clone().into(),
                    limits: Limits { max_regions: limit, max_clouds, ..Limits::default() },
                    objective: Objective {
                        carbon_per_tonne: Money::from_micros(carbon * 1_000_000_000_000),
                        latency_per_rps_ms: Money::from_micros(latency * 100_000_000),
                        ..Objective::default()
                    },
                    gap_tolerance: Ratio(10),
                    ..Problem::default()
                }
            })
        })
    })
}

/// Takes the pins of the first workload away, not the word that regions of restricted access may be used.
pub(super) fn unpin(problem: &mut Problem) {
    let pinned = std::mem::take(&mut problem.workloads[0].pinned);
    for region in problem.regions.iter_mut().filter(|region| pinned.contains(&region.key)) {
        region.access = Access::Public;
    }
}

/// The problem of one workload with only the rules of `kept` in force.
pub(super) fn with_only(problem: &Problem, workload: WorkloadId, kept: &[Rule]) -> Problem {
    let mut only = Problem { workloads: vec![problem.workloads[workload.index()].clone()], ..problem.clone() };
    let has = |rule| kept.contains(&rule);
    if !has(Rule::Pin) {
        unpin(&mut only);
    }
    let target = &mut only.workloads[0];
    if !has(Rule::CarbonPrice) {
        only.objective.carbon_per_tonne = Money::ZERO;
    }
    if !has(Rule::LatencyPrice) {
        only.objective.latency_per_rps_ms = Money::ZERO;
    }
    if !has(Rule::Order) {
        only.order = None;
    }
    if !has(Rule::Response) {
        target.response = Bytes(0);
    }
    if !has(Rule::NoBurstable) {
        target.allow_burstable = true;
    }
    if !has(Rule::ReplicaSize) {
        (target.replica.vcpu, target.replica.memory) = (Millicores(1), Bytes(1));
        (target.reserved.vcpu, target.reserved.memory) = (Millicores(0), Bytes(0));
    }
    if !has(Rule::ReplicaGpus) {
        target.replica.gpus = 0;
    }
    if !has(Rule::ReplicaResources) {
        target.replica.resources = Resources::default();
    }
    if !has(Rule::SurviveZones) {
        target.survive.zones = 0;
    }
    if !has(Rule::SurviveRegions) {
        target.survive.regions = 0;
    }
    if !has(Rule::SurviveClouds) {
        target.survive.clouds = 0;
    }
    if !has(Rule::DegradedMaxRtt) {
        target.degraded_max_rtt = None;
    }
    if !has(Rule::MinRegions) {
        target.min_regions = 1;
    }
    if !has(Rule::MaxRegionShare) {
        target.max_region_share = None;
    }
    if !has(Rule::Weights) {
        target.weights = None;
    }
    if !has(Rule::MaxCloudShare) {
        target.max_cloud_share = None;
    }
    if !has(Rule::MinZones) {
        target.min_zones = 1;
    }
    if !has(Rule::MaxZoneSkew) {
        target.max_zone_skew = None;
    }
    if !has(Rule::MaxMachineTypes) {
        target.max_machine_types = None;
    }
    if !has(Rule::State) {
        target.state = None;
    }
    if let Some(state) = target.state.as_mut().filter(|_| !has(Rule::MaxQuorumRtt)) {
        state.max_quorum_rtt = None;
    }
    if !has(Rule::SingleRegionPerUser) {
        target.single_region_per_user = false;
    }
    if !has(Rule::MaxRegions) {
        target.max_regions = None;
    }
    if !has(Rule::MaxRtt) {
        target.max_rtt = None;
    }
    if !has(Rule::LimitsMaxRegions) {
        only.limits.max_regions = None;
    }
    if !has(Rule::LimitsMaxClouds) {
        only.limits.max_clouds = None;
    }
    // The generator gives at most one list.
    if !kept.iter().any(|rule| matches!(rule, Rule::Listed { .. })) {
        target.selectors.clear();
    }
    only
}

/// A problem of one workload after a change of one rule.
pub(super) fn relaxed(mut problem: Problem, rule: Rule, change: &Change) -> Problem {
    let workload = &mut problem.workloads[0];
    match (rule, change) {
        (Rule::MaxRtt, Change::RoundTrip(limit)) => workload.max_rtt = Some(*limit),
        (Rule::DegradedMaxRtt, Change::RoundTrip(limit)) => workload.degraded_max_rtt = Some(*limit),
        (Rule::SurviveZones, Change::Count(count)) => workload.survive.zones = *count,
        (Rule::SurviveRegions, Change::Count(count)) => workload.survive.regions = *count,
        (Rule::SurviveClouds, Change::Count(count)) => workload.survive.clouds = *count,
        (Rule::MinRegions, Change::Count(count)) => workload.min_regions = *count,
        (Rule::MaxRegions, Change::Count(count)) => workload.max_regions = Some(*count),
        (Rule::LimitsMaxRegions, Change::Count(count)) => problem.limits.max_regions = Some(*count),
        (Rule::LimitsMaxClouds, Change::Count(count)) => problem.limits.max_clouds = Some(*count),
        (Rule::NoBurstable, Change::AllowBurstable) => workload.allow_burstable = true,
        (Rule::ReplicaSize, Change::Replica { vcpu, memory }) => {
            (workload.replica.vcpu, workload.replica.memory) = (*vcpu, *memory);
        }
        (Rule::ReplicaGpus, Change::Count(count)) => workload.replica.gpus = *count,
        (Rule::ReplicaResources, Change::Resource { name, amount }) => workload.replica.resources.set(name, *amount),
        (Rule::ReplicaResources, Change::Drop) => workload.replica.resources = Resources::default(),
        (Rule::Listed { list, .. }, Change::Allow(entry)) => {
            let allowed = &mut workload.selectors[0].allowed;
            match list {
                List::Jurisdictions => allowed.jurisdictions.get_or_insert_default().extend([entry.clone()]),
                List::Countries => allowed.countries.get_or_insert_default().extend([entry.clone()]),
                List::Architectures => allowed.architectures = None,
                List::GpuModels => allowed.gpu_models.get_or_insert_default().extend([entry.clone()]),
                List::Clouds | List::Regions | List::InstanceFamilies | List::InstanceTypes => {
                    panic!("the generator makes no list of {}", list.name())
                }
            }
        }
        (Rule::Pin, Change::Undeny(pin)) => workload.pinned.retain(|key| key.to_string() != *pin),
        (Rule::Pin, Change::Drop) => workload.pinned.clear(),
        (Rule::Listed { .. }, Change::Undeny(_) | Change::Drop) => workload.selectors.clear(),
        (Rule::Response, Change::Drop) => workload.response = Bytes(0),
        (Rule::MaxRegionShare, Change::Share(share)) => workload.max_region_share = Some(*share),
        (Rule::MaxCloudShare, Change::Share(share)) => workload.max_cloud_share = Some(*share),
        (Rule::Weights, Change::Drop) => workload.weights = None,
        (Rule::Weights, Change::Share(share)) => {
            workload.weights.as_mut().expect("weights").tolerance = *share;
        }
        (Rule::MinZones, Change::Count(count)) => workload.min_zones = *count,
        (Rule::MaxZoneSkew, Change::Count(count)) => workload.max_zone_skew = Some((*count).into()),
        (Rule::MaxZoneSkew, Change::Drop) => workload.max_zone_skew = None,
        (Rule::State, Change::Drop) => workload.state = None,
        (Rule::State, Change::Quorum(left)) => {
            let state = workload.state.as_mut().expect("a workload with state");
            state.quorum = *left;
        }
        (Rule::MaxQuorumRtt, Change::RoundTrip(limit)) => {
            workload.state.as_mut().expect("a workload with state").max_quorum_rtt = Some(*limit);
        }
        (Rule::SingleRegionPerUser, Change::Drop) => workload.single_region_per_user = false,
        (Rule::CarbonPrice, Change::Drop) => problem.objective.carbon_per_tonne = Money::ZERO,
        (Rule::LatencyPrice, Change::Drop) => problem.objective.latency_per_rps_ms = Money::ZERO,
        (Rule::Order, Change::Drop) => problem.order = None,
        other => panic!("no such relaxation: {other:?}"),
    }
    problem
}
