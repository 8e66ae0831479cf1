//! What a problem means once it is read: units, defaults, rules, supply.

use stowage::catalog::Catalog;
use stowage::diagnostic::{Path, SourceFile, Step};
use stowage::model::{Access, Architecture, Demand, Provenance, Quota, Replica, Rtt, Survival, UserId};
use stowage::parse::tree::Node;
use stowage::parse::{OnInfeasible, Parsed, json, overlay, problem};
use stowage::units::{Bytes, MilliRps, Millicores, Money, Ratio, RoundTrip};

fn node(text: &str) -> Node {
    json(&SourceFile::new("a.json", text)).unwrap()
}

/// A problem of one workload with these further arguments, at the top and in the workload.
fn read(top: &str, workload: &str, provider: Option<&str>) -> Parsed {
    let text = format!(
        r#"{{ "users": {{ "z": {{ "country": "DE" }}, "a": {{ "latitude": 40.5, "longitude": -74.0000005 }} }},
             "workloads": {{ "web": {{ "replica": {{ "vcpu": 0.25, "memory_gib": 0.5 }}, "rps_per_replica": 150.5,
                                       "demand_rps": {{ "z": 10.0004, "a": 1e3 }} {workload} }} }} {top} }}"#
    );
    let provider = provider.map(node);
    problem(&node(&text), Catalog::embedded(), provider.as_ref()).unwrap_or_else(|found| panic!("{found}"))
}

#[test]
fn numbers_become_whole_units_and_defaults_hold() {
    let Parsed { problem, on_infeasible, warnings } = read("", "", None);
    assert!(warnings.is_empty());
    assert_eq!(on_infeasible, OnInfeasible::Error);
    let names: Vec<_> = problem.users.iter().map(|user| user.name.as_str()).collect();
    assert_eq!(names, ["a", "z"]);
    let coordinates = problem.users[0].coordinates.unwrap();
    assert_eq!((coordinates.latitude_microdegrees, coordinates.longitude_microdegrees), (40_500_000, -74_000_001));
    assert_eq!(problem.users[1].country.as_deref(), Some("DE"));
    let web = &problem.workloads[0];
    assert_eq!(web.replica, Replica { vcpu: Millicores(250), memory: Bytes(1 << 29), ..Replica::default() });
    assert_eq!(web.reserved, Replica::default());
    assert_eq!(web.rate_per_replica, MilliRps(150_500));
    let demand = |user, rate| Demand { user: UserId(user), rate: MilliRps(rate) };
    assert_eq!(web.demand, [demand(0, 1_000_000), demand(1, 10_000)]);
    assert_eq!((web.max_rtt, web.rtt_share, web.survive), (None, Ratio::ONE, Survival::default()));
    assert_eq!((web.degraded_max_rtt, web.degraded_rate_per_replica), (None, web.rate_per_replica));
    assert_eq!((web.min_regions, web.max_regions, web.response, web.allow_burstable), (1, None, Bytes(0), false));
    assert_eq!((problem.gap_tolerance, problem.limits.max_regions), (Ratio(100), None));
    assert_eq!(problem.objective.carbon_per_tonne, Money::ZERO);
    assert!(!problem.catalog.is_overlaid);
    assert!(problem.regions.len() > 100 && problem.regions.iter().all(|region| region.access == Access::Public));
    let rtt = problem.rtt.get(UserId(1), stowage::model::RegionId::at(problem.regions.len() - 1));
    assert!(rtt.is_some());
}

#[test]
fn given_values_replace_defaults() {
    let workload = r#", "reserved": { "memory_gib": 1 }, "utilization_ceiling": 0.7, "max_rtt_ms": 12.5, "rtt_share": 0.95,
        "survive": { "zones": 2, "regions": 1, "clouds": 3 }, "degraded_max_rtt_ms": 150, "degraded_utilization": 0.9, "min_regions": 2, "max_regions": 3, "response_kib": 1.5, "allow_burstable": true"#;
    let top = r#", "gap_tolerance": 0, "on_infeasible": "report", "limits": { "max_regions": 5 },
        "objective": { "carbon_usd_per_tonne": 80.5, "latency_usd_per_rps_ms": 0.25 }"#;
    let Parsed { problem, on_infeasible, .. } = read(top, workload, None);
    let web = &problem.workloads[0];
    assert_eq!(web.reserved, Replica { memory: Bytes(1 << 30), ..Replica::default() });
    assert_eq!(web.rate_per_replica, MilliRps(105_350));
    assert_eq!((web.max_rtt, web.rtt_share), (Some(RoundTrip(12_500)), Ratio(950_000)));
    assert_eq!(web.survive, Survival { zones: 2, regions: 1, clouds: 3 });
    assert_eq!((web.degraded_max_rtt, web.degraded_rate_per_replica), (Some(RoundTrip(150_000)), MilliRps(135_450)));
    assert_eq!((web.min_regions, web.max_regions, web.response, web.allow_burstable), (2, Some(3), Bytes(1536), true));
    assert_eq!((problem.gap_tolerance, problem.limits.max_regions), (Ratio(0), Some(5)));
    assert_eq!(problem.objective.carbon_per_tonne, Money::from_micros(80_500_000));
    assert_eq!(problem.objective.latency_per_rps_ms, Money::from_micros(250_000));
    assert_eq!(on_infeasible, OnInfeasible::Report);
}

/// Lists select within the problem and take no region out of it: a conflict must be able to name what a list refuses.
#[test]
fn supply_does_not_depend_on_lists() {
    let all = read("", "", None).problem;
    let one = read(r#", "allowed": { "regions": ["eu-central-1"], "architectures": ["arm64"] }"#, "", None).problem;
    let none = read(r#", "allowed": { "clouds": ["gcp"] }"#, r#", "allowed": { "clouds": ["aws"] }"#, None).problem;
    for listed in [&one, &none] {
        assert_eq!((&listed.regions, &listed.machine_types), (&all.regions, &all.machine_types));
    }
    assert!(one.workloads[0].selectors[0].allowed.architectures.as_ref().unwrap().contains(&Architecture::Arm64));
    let open = |region: &stowage::model::Region| one.workloads[0].region_refusal(region).is_none();
    let open: Vec<String> =
        one.regions.iter().filter(|region| open(region)).map(|region| region.key.to_string()).collect();
    assert_eq!(open, ["aws/eu-central-1"]);
    assert!(none.regions.iter().all(|region| none.workloads[0].region_refusal(region).is_some()));
}

/// Naming a restricted region in one of the two lists is enough, whatever else the other says.
#[test]
fn restricted_regions_are_used_only_by_name() {
    let catalog = Catalog::embedded();
    let supply = catalog.supply(&[], &|_| true).unwrap();
    let restricted = supply.regions.iter().find(|region| region.access == Access::Restricted).expect("there are some");
    let (key, cloud) = (restricted.key.to_string(), &restricted.key.cloud);
    let named = format!(r#", "allowed": {{ "regions": ["{key}"] }}"#);
    let by_cloud = format!(r#", "allowed": {{ "clouds": ["{cloud}"] }}"#);
    let has = |parsed: &Parsed| parsed.problem.regions.iter().any(|region| region.key == restricted.key);
    assert!(has(&read(&named, "", None)) && has(&read("", &named, None)));
    assert!(has(&read(&named, &by_cloud, None)) && has(&read(&by_cloud, &named, None)));
    assert!(!has(&read(&by_cloud, "", None)) && !has(&read("", "", None)));
}

/// The provider's changes come first, the problem's own after them.
#[test]
fn overlays_apply_in_order() {
    let fixed = |parsed: &Parsed| parsed.problem.regions[0].fixed_monthly;
    let only = r#", "allowed": { "regions": ["aws/eu-central-1"] }"#;
    let provider = r#"{ "fixed_monthly_usd": 20 }"#;
    let own = r#", "allowed": { "regions": ["aws/eu-central-1"] }, "catalog": { "fixed_monthly_usd": 30.5 }"#;
    assert_eq!(fixed(&read(only, "", None)), Money::ZERO);
    assert_eq!(fixed(&read(only, "", Some(provider))), Money::from_micros(20_000_000));
    assert_eq!(fixed(&read(own, "", Some(provider))), Money::from_micros(30_500_000));
    assert!(read(own, "", None).problem.catalog.is_overlaid);
}

#[test]
fn prices_of_the_problem_win() {
    let catalog = r#", "allowed": { "regions": ["aws/eu-central-1"] }, "catalog": {
        "prices": { "eu-central-1": { "m7g.large": 0.01 } },
        "price_adjustments": { "all": { "change": "+100%" } }, "excluded_instance_types": ["t*"] }"#;
    let problem = read(catalog, "", None).problem;
    let frankfurt = |problem: &stowage::model::Problem| {
        problem.regions.iter().find(|region| region.key.to_string() == "aws/eu-central-1").unwrap().clone()
    };
    let changed = frankfurt(&problem);
    let price = |name: &str| {
        let offers = changed.offers.iter();
        offers
            .clone()
            .find(|offer| problem.machine_types[offer.machine_type.index()].name == name)
            .map(|offer| offer.hourly)
    };
    let plain = read(r#", "allowed": { "regions": ["aws/eu-central-1"] }"#, "", None).problem;
    let unchanged = frankfurt(&plain);
    let listed = unchanged.offers.iter().find(|o| plain.machine_types[o.machine_type.index()].name == "m7g.xlarge");
    assert_eq!(price("m7g.large"), Some(Money::from_micros(10_000)));
    assert_eq!(price("m7g.xlarge"), listed.map(|offer| offer.hourly.times(2)));
    assert_eq!(price("t3.micro"), None);
}

#[test]
fn the_providers_catalog_is_checked_on_its_own() {
    let catalog = Catalog::embedded();
    assert_eq!(
        overlay(&node(r#"{ "fixed_monthly_usd": 20 }"#), catalog).unwrap().fixed_monthly,
        Some(Money::from_micros(20_000_000))
    );
    let found =
        overlay(&node(r#"{ "prices": { "eu-central-1": { "m5.huge": 1 } } }"#), catalog).unwrap_err().into_vec();
    let steps = ["prices", "eu-central-1", "m5.huge"];
    let path = Path(vec![
        Step::Attribute("catalog".into()),
        Step::Attribute(steps[0].into()),
        Step::Key(steps[1].into()),
        Step::Key(steps[2].into()),
    ]);
    assert_eq!(found.iter().map(|finding| finding.path.clone()).collect::<Vec<_>>(), [path]);
}

/// What a group measured itself counts in the place of the catalog's figure; a group without a place knows nothing else.
#[test]
fn declared_round_trips_come_first() {
    let text = r#"{ "users": { "a": { "city": "Frankfurt", "country": "DE", "paths": { "eu-central-1": { "rtt_ms": 3.25 } } },
                               "b": { "paths": { "aws/eu-central-1": { "rtt_ms": 0 } } } },
        "workloads": { "web": { "replica": { "vcpu": 1, "memory_gib": 1 }, "rps_per_replica": 1, "demand_rps": { "a": 1, "b": 1 } } } }"#;
    let problem = problem(&node(text), Catalog::embedded(), None).unwrap_or_else(|found| panic!("{found}")).problem;
    let region = |key: &str| {
        let at = problem.regions.iter().position(|region| region.key.to_string() == key).unwrap();
        stowage::model::RegionId::at(at)
    };
    let rtt = |user, key| problem.rtt.get(UserId(user), region(key));
    let declared = |micros| Some(Rtt { round_trip: RoundTrip(micros), provenance: Provenance::Declared });
    assert_eq!(rtt(0, "aws/eu-central-1"), declared(3_250));
    assert_eq!(rtt(1, "aws/eu-central-1"), declared(0));
    assert_ne!(rtt(0, "aws/eu-west-1").unwrap().provenance, Provenance::Declared);
    assert_eq!(rtt(1, "aws/eu-west-1"), None);
}

#[test]
fn demand_of_every_form_becomes_rates_and_shapes() {
    let hours = |low: &str, high: &str| [vec![low; 12], vec![high; 12]].concat().join(", ");
    let text = format!(
        r#"{{ "users": {{ "berlin": {{ "city": "Berlin", "country": "DE" }}, "madrid": {{ "city": "Madrid", "country": "ES" }} }},
             "workloads": {{
               "hourly": {{ "replica": {{ "vcpu": 1, "memory_gib": 1 }}, "rps_per_replica": 12, "headroom": 0.2, "growth": 0.5,
                            "hourly_demand_rps": {{ "berlin": [{}], "madrid": [{}] }}, "purchase": {{ "spot": {{}} }} }},
               "forecast": {{ "replica": {{ "vcpu": 1, "memory_gib": 1 }}, "rps_per_replica": 10,
                              "forecast_demand_rps": {{ "berlin": {{ "low": 10, "expected": 20, "high": 40 }} }} }} }},
             "catalog": {{ "commitments": {{ "base": {{ "clouds": ["aws"], "instance_types": ["m7g.large"], "term_years": 3,
                                                        "price": "-50%", "quantity": 4 }} }} }} }}"#,
        hours("50", "100"),
        hours("5", "10")
    );
    let read = problem(&node(&text), Catalog::embedded(), None).unwrap_or_else(|found| panic!("{found}"));
    let problem = read.problem;
    let (forecast, hourly) = (&problem.workloads[0], &problem.workloads[1]);
    let rates: Vec<u64> = hourly.demand.iter().map(|demand| demand.rate.0).collect();
    assert_eq!(rates, [150_000, 15_000]);
    assert_eq!(hourly.rate_per_replica.0, 10_000);
    assert!(hourly.profile.is_uniform());
    assert_eq!(hourly.profile.calendar.periods(), 24);
    assert_eq!((hourly.profile.share(1, 0).0, hourly.profile.share(1, 23).0), (500_000, 1_000_000));
    let terms = hourly.spot.expect("spot is allowed");
    assert_eq!((terms.max_share.0, terms.min_pools, terms.survive_pools), (1_000_000, 1, 1));
    assert!(!hourly.uses_commitments && forecast.uses_commitments);
    assert_eq!(forecast.demand[0].rate.0, 40_000);
    let shares: Vec<u32> = (0..3).map(|period| forecast.profile.share(0, period).0).collect();
    assert_eq!(shares, [250_000, 500_000, 1_000_000]);
    assert_eq!((problem.commitments[0].label.as_str(), problem.commitments[0].quantity), ("base", 4));
    let frankfurt = problem.regions.iter().find(|region| region.key.region == "eu-central-1").expect("a region");
    let offers: Vec<(String, i128)> = frankfurt
        .offers
        .iter()
        .filter(|offer| problem.machine_types[offer.machine_type.index()].name == "m7g.large")
        .map(|offer| (offer.purchase.to_string(), offer.hourly.micros()))
        .collect();
    let kinds: Vec<&str> = offers.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(kinds, ["on_demand", "spot", "committed_3_years"]);
    assert!(offers[1].1 < offers[0].1 && offers[2].1 * 2 - offers[0].1 <= 1, "{offers:?}");
}

#[test]
fn quotas_are_ordered_and_counted_in_parts() {
    let text = r#"{ "users": { "berlin": { "city": "Berlin", "country": "DE" } },
        "workloads": { "web": { "replica": { "vcpu": 1, "memory_gib": 1 }, "rps_per_replica": 10, "demand_rps": { "berlin": 10 } } },
        "limits": { "quotas": {
            "eu-central-1": { "instances": 7, "vcpu": 12.5, "families": { "m7*": { "vcpu": 4 }, "c7g": { "instances": 0 } } },
            "azure/westeurope": { "vcpu": 1 } } } }"#;
    let problem = problem(&node(text), Catalog::embedded(), None).unwrap_or_else(|found| panic!("{found}")).problem;
    let told = |quota: &Quota| {
        let subject = quota.subject(&problem.regions[quota.region.index()]);
        format!("{} {subject}", quota.most)
    };
    assert_eq!(
        problem.quotas.iter().map(told).collect::<Vec<_>>(),
        [
            "12500 vCPU in aws/eu-central-1",
            "7 instances in aws/eu-central-1",
            "0 instances of c7g in aws/eu-central-1",
            "4000 vCPU of m7* in aws/eu-central-1",
            "1000 vCPU in azure/westeurope",
        ]
    );
}
