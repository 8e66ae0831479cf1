//! Small problems that a person can follow, made by hand.

use std::collections::BTreeSet;
use std::sync::Arc;

use stowage::model::{
    Architecture, CatalogStamp, Coordinates, Demand, Filter, MachineType, Objective, Offer, Problem, Provenance,
    Purchase, Region, RegionKey, Replica, Rtt, RttTable, Selector, Source, Survival, TypeId, UserGroup, UserId,
    Workload,
};
use stowage::units::{Bytes, Carbon, MilliRps, Millicores, Money, Ratio, RoundTrip};

fn words(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

fn cents(cents: i128) -> Money {
    Money::from_micros(cents * 10_000)
}

fn machine(cloud: &str, name: &str, vcpu: u64, gib: u64, is_burstable: bool) -> MachineType {
    MachineType {
        family: name.split('.').next().unwrap_or_default().into(),
        architecture: if name.contains('g') { Architecture::Arm64 } else { Architecture::X86_64 },
        is_burstable,
        ..MachineType::new(cloud, name, Millicores(vcpu * 1000), Bytes(gib << 30))
    }
}

fn region(cloud: &str, name: &str, country: &str, zones: usize, offers: &[(u32, i128)]) -> Region {
    let mut jurisdictions = BTreeSet::from([country.to_owned()]);
    if matches!(country, "DE" | "IE" | "FR") {
        jurisdictions.insert("EU".to_owned());
    }
    let offer = |&(id, price): &(u32, i128)| Offer {
        machine_type: TypeId(id),
        purchase: Purchase::OnDemand,
        hourly: cents(price),
        // The big machine's emissions are unknown.
        carbon_hourly: (id != 1).then_some(Carbon(12_000)),
        interruption_percent: None,
    };
    let coordinates = Coordinates { latitude_microdegrees: 50_110_000, longitude_microdegrees: 8_680_000 };
    let zones = (0..zones).map(|zone| format!("{name}{}", ["a", "b", "c"][zone])).collect();
    Region {
        jurisdictions,
        internet_egress_per_gb: Some(cents(9)),
        offers: offers.iter().map(offer).collect(),
        ..Region::new(RegionKey::new(cloud, name), coordinates, country, zones)
    }
}

fn workload(name: &str, demand: &[(u32, u64)], max_rtt_ms: Option<u32>) -> Workload {
    let replica = Replica { vcpu: Millicores(1000), memory: Bytes(2 << 30), ..Replica::default() };
    let demand = demand.iter().map(|&(user, rps)| Demand { user: UserId(user), rate: MilliRps(rps * 1000) }).collect();
    Workload {
        max_rtt: max_rtt_ms.map(|ms| RoundTrip(ms * 1000)),
        selectors: vec![Selector::default()],
        ..Workload::new(name, replica, MilliRps(100_000), demand)
    }
}

fn rtt(ms: u32, provenance: Provenance) -> Rtt {
    Rtt { round_trip: RoundTrip(ms * 1000 + 40), provenance }
}

/// Two user groups, five regions of two clouds, three workloads.
pub(crate) fn shop() -> Problem {
    use Provenance::{Measured, Modelled, Proxy};
    let group = |name: &str| UserGroup {
        name: name.into(),
        country: None,
        coordinates: Some(Coordinates { latitude_microdegrees: 0, longitude_microdegrees: 0 }),
    };
    let regions = vec![
        region("aws", "eu-central-1", "DE", 3, &[(0, 10), (1, 36), (2, 3)]),
        region("aws", "eu-west-1", "IE", 3, &[(0, 9), (1, 34), (2, 2)]),
        region("aws", "us-east-1", "US", 2, &[(0, 8), (1, 30), (2, 2)]),
        region("gcp", "europe-west9", "FR", 1, &[(3, 12)]),
        region("gcp", "us-east4", "US", 3, &[(3, 11)]),
    ];
    let rows = vec![
        vec![
            Some(rtt(3, Measured)),
            Some(rtt(25, Proxy)),
            Some(rtt(90, Measured)),
            Some(rtt(10, Modelled)),
            Some(rtt(95, Modelled)),
        ],
        vec![Some(rtt(90, Measured)), Some(rtt(70, Proxy)), Some(rtt(8, Modelled)), None, Some(rtt(9, Modelled))],
    ];
    let mut web = workload("web", &[(0, 420), (1, 650)], Some(30));
    web.survive = Survival { zones: 1, ..Survival::default() };
    web.response = Bytes(20 << 10);
    let mut ledger = workload("ledger", &[(0, 150)], Some(60));
    ledger.selectors = vec![Selector {
        allowed: Filter { jurisdictions: Some(words(&["EU"])), ..Filter::default() },
        ..Selector::default()
    }];
    let batch = workload("batch", &[(0, 90), (1, 60)], None);
    Problem {
        users: vec![group("frankfurt"), group("new_york")],
        workloads: vec![batch, ledger, web],
        regions,
        machine_types: Arc::new([
            machine("aws", "c7g.large", 2, 4, false),
            machine("aws", "m7.2xlarge", 8, 32, false),
            machine("aws", "t4.large", 2, 8, true),
            machine("gcp", "n2.2", 2, 8, false),
        ]),
        commitments: Vec::new(),
        rtt: RttTable::from_rows(5, rows),
        objective: Objective::default(),
        gap_tolerance: Ratio(100),
        catalog: CatalogStamp {
            version: "2026.11".into(),
            as_of: "2026-11".into(),
            digest: "0".repeat(64),
            sources: vec![Source { facts: "prices".into(), as_of: "2026-11".into(), origin: "made by hand".into() }],
            is_overlaid: false,
        },
        ..Problem::default()
    }
}

fn shop_with(change: impl FnOnce(&mut Workload)) -> Problem {
    let mut problem = shop();
    problem.workloads.retain(|workload| workload.name == "web");
    change(&mut problem.workloads[0]);
    problem
}

/// Problems without a placement, each for another reason.
pub(crate) fn conflicting() -> Vec<Problem> {
    vec![
        // A user group without any region in time.
        shop_with(|web| web.max_rtt = Some(RoundTrip(5_000))),
        // Each list alone is fine, and so is the limit.
        shop_with(|web| {
            web.selectors[0].allowed.jurisdictions = Some(words(&["EU"]));
            web.selectors[0].denied.clouds = Some(words(&["gcp"]));
        }),
        // More regions than are near enough.
        shop_with(|web| {
            web.demand.truncate(1);
            web.max_rtt = Some(RoundTrip(4_000));
            web.min_regions = 2;
        }),
        // No machine is large enough.
        shop_with(|web| {
            web.replica = Replica { vcpu: Millicores(16_000), memory: Bytes(8 << 30), ..Replica::default() }
        }),
        // No region has so many zones.
        shop_with(|web| web.survive = Survival { zones: 3, ..Survival::default() }),
        // Only burstable machines are allowed by name.
        shop_with(|web| {
            web.selectors[0].allowed.instance_types = Some(BTreeSet::from([stowage::model::Glob("t4.*".into())]));
        }),
    ]
}

/// Two workloads that need a region each, and a limit of one.
pub(crate) fn too_few_regions_together() -> Problem {
    let mut problem = shop();
    problem.limits.max_regions = Some(1);
    problem.workloads = vec![workload("east", &[(0, 100)], Some(20)), workload("west", &[(1, 100)], Some(20))];
    problem
}

/// Names that mean something in Markdown.
pub(crate) fn hostile() -> Problem {
    let mut problem = shop();
    problem.workloads = vec![workload("<script>|```#*", &[(0, 10)], None)];
    problem.users[0].name = "a](http://b)|```\\".into();
    problem
}
