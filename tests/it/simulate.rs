//! What becomes of a placement when something is lost, more is asked for, or prices move: cases solved by hand, and laws.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use stowage::place::{Outcome, place};
use stowage::render;
use stowage::simulate::{Domain, Fate, Whose, simulate};
use stowage::units::MilliRps;

use crate::laws::random;
use crate::scenarios::pools::problem;

/// One machine in each of two sites answers the users near it: 60 and 30 requests of the 100 it could.
const TWO_SITES: &str = r#"
catalog = {
  embedded      = false
  machine_types = { "dc/small" = { vcpu = 2, memory_gib = 4 }, "edge/small" = { vcpu = 2, memory_gib = 4 } }
  sites = {
    "dc/east"   = { zones = ["a", "b"], machines = { small = { hourly_usd = 0.10 } } }
    "edge/west" = { zones = ["a"], machines = { small = { hourly_usd = 0.12 } } }
  }
}
users = {
  here  = { paths = { "dc/east" = { rtt_ms = 5 }, "edge/west" = { rtt_ms = 50 } } }
  there = { paths = { "dc/east" = { rtt_ms = 50 }, "edge/west" = { rtt_ms = 5 } } }
}
workloads = {
  web = {
    replica         = { vcpu = 2, memory_gib = 4 }
    rps_per_replica = 100
    demand_rps      = { here = 60, there = THERE }
    max_rtt_ms      = 20
  }
}
"#;

fn simulated(text: &str) -> (Value, String) {
    let problem = problem(text).expect("a problem");
    let answer = place(&problem).expect("solver and checker agree");
    let (placement, _) = answer.outcome.placement().expect("a placement");
    let simulation = simulate(&problem, placement).expect("solver and checker agree");
    (render::simulation(&problem, &simulation), render::simulation_table(&problem, &simulation))
}

fn fates(simulation: &Value) -> BTreeMap<String, (String, Value)> {
    let losses = simulation["losses"].as_array().expect("a list").iter();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let told = |loss: &Value| {
        let uncarried = loss["workloads"]["web"]["uncarried_rps"].clone();
        (format!("{} {}", text(&loss["kind"]), text(&loss["name"])), (text(&loss["fate"]), uncarried))
    };
    losses.map(told).collect()
}

#[test]
fn the_other_site_takes_over_while_it_has_room() {
    let (simulation, table) = simulated(&TWO_SITES.replace("THERE", "30"));
    let fates = fates(&simulation);
    for lost in ["zone dc/east/a", "region dc/east", "cloud dc", "zone edge/west/a", "region edge/west", "cloud edge"] {
        assert_eq!(fates[lost], ("rerouted".to_owned(), json!({})), "{lost}");
    }
    assert_eq!(fates.len(), 6, "zones without machines are no loss");
    // 60 × 1.666 = 99.96; a thousandth more is 100.02.
    assert_eq!(simulation["growth"]["web"]["factor"].to_string(), "1.666");
    assert_eq!(
        simulation["growth"]["web"]["breaks"],
        json!([{ "rule": "capacity", "region": "dc/east", "workload": "web" }])
    );
    let is_told = |line: &str| line.starts_with("region dc/east ") && line.contains("rerouted");
    assert!(table.lines().any(is_told), "{table}");
}

#[test]
fn who_is_not_served_is_told() {
    let (simulation, table) = simulated(&TWO_SITES.replace("THERE", "70"));
    let fates = fates(&simulation);
    // 130 requests for the machine that is left; `here` comes first by name.
    assert_eq!(fates["region dc/east"], ("fails".to_owned(), json!({ "there": 30 })));
    assert_eq!(fates["cloud edge"], ("fails".to_owned(), json!({ "there": 30 })));
    assert!(table.contains("web: 30 rps of there"), "{table}");
}

#[test]
fn zones_that_were_promised_hold() {
    let promised = TWO_SITES.replace("max_rtt_ms      = 20", "survive         = { zones = 1 }").replace("THERE", "30");
    let (simulation, _) = simulated(&promised);
    let fates = fates(&simulation);
    assert_eq!(fates["zone dc/east/a"].0, "holds");
    assert_eq!(fates["zone dc/east/b"].0, "holds");
    assert_eq!(fates["cloud dc"], ("fails".to_owned(), json!({ "here": 60, "there": 30 })));
}

/// East costs 0.10 and west 0.12: at 1.2 times its price east is as dear, at 1.5 times dearer.
#[test]
fn a_placement_stays_the_cheapest_up_to_a_price() {
    let (simulation, table) = simulated(&TWO_SITES.replace("max_rtt_ms      = 20", "").replace("THERE", "30"));
    let region = &simulation["prices"][0];
    assert_eq!(region["name"], "dc/east");
    assert_eq!(region["stays_to"].to_string(), "1.2");
    assert_eq!(region["moves"]["factor"].to_string(), "1.5");
    assert_eq!(region["moves"]["stays_monthly_cost_usd"].to_string(), "109.5", "0.15 × 730");
    assert_eq!(region["moves"]["best_monthly_cost_usd"].to_string(), "87.6", "0.12 × 730");
    assert_eq!(region["moves"]["enters"], json!(["edge/west"]));
    assert!(table.contains("at 1.5 moving to edge/west saves 21.90 USD/month"), "{table}");
}

/// Web answers users in east and calls the cart, of which one replica stands in each site: east's carries 100 of 150 calls.
const CALLING: &str = r#"
catalog = {
  embedded      = false
  machine_types = { "dc/large" = { vcpu = 4, memory_gib = 8 }, "dc/small" = { vcpu = 2, memory_gib = 4 }, "edge/small" = { vcpu = 2, memory_gib = 4 } }
  sites = {
    "dc/east"   = { zones = ["a"], machines = { large = { hourly_usd = 0.30 }, small = { hourly_usd = 0.10, count = 1 } } }
    "edge/west" = { zones = ["a"], machines = { small = { hourly_usd = 0.12 } } }
  }
}
users = { here = { paths = { "dc/east" = { rtt_ms = 5 }, "edge/west" = { rtt_ms = 50 } } } }
workloads = {
  web = {
    replica         = { vcpu = 4, memory_gib = 8 }
    rps_per_replica = 400
    demand_rps      = { here = 100 }
    max_rtt_ms      = 20
    calls           = { cart = { per_request = 1.5 } }
  }
  cart = {
    replica         = { vcpu = 2, memory_gib = 4 }
    rps_per_replica = 100
    allowed         = { clouds = ["dc", "edge"] }
    denied          = { instance_types = ["large"] }
  }
}
"#;

#[test]
fn calls_grow_with_requests_and_are_lost_last() {
    let (simulation, table) = simulated(CALLING);
    let growth = simulation["growth"].as_object().expect("a map");
    assert_eq!(growth.keys().collect::<Vec<_>>(), ["web"], "users ask web alone");
    // 150 calls for two carts of 100 each: a third more fills both, or the one that gets more of them before.
    let breaks = &growth["web"]["breaks"][0];
    assert_eq!((&breaks["rule"], &breaks["workload"]), (&json!("capacity"), &json!("cart")));
    let losses = simulation["losses"].as_array().expect("a list");
    let west = losses.iter().find(|loss| loss["name"] == "edge/west").expect("carts stand there");
    assert_eq!(west["workloads"]["cart"]["fate"], "fails");
    assert_eq!(west["workloads"]["cart"]["uncarried_calls_rps"], 50, "{west}");
    assert!(table.contains("cart: 50 rps of calls"), "{table}");
    assert!(table.contains("capacity of cart in "), "{table}");
}

#[test]
fn it_says_what_its_schema_says() {
    let schema = render::simulation_json_schema();
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    for text in [TWO_SITES.replace("THERE", "30"), TWO_SITES.replace("THERE", "70"), CALLING.to_owned()] {
        let (simulation, _) = simulated(&text);
        let faults: Vec<String> = validator.iter_errors(&simulation).map(|fault| fault.to_string()).collect();
        assert!(faults.is_empty(), "{faults:?}");
    }
}

/// What was promised holds, whichever placement it is.
#[test]
fn promises_are_outlived() {
    let (mut zones, mut places) = (0, 0);
    for problem in random(900) {
        let answer = place(&problem).expect("solver and checker agree");
        let Outcome::Optimal { placement, .. } = &answer.outcome else { continue };
        let simulation = simulate(&problem, placement).expect("solver and checker agree");
        for loss in &simulation.losses {
            for struck in &loss.struck {
                let Whose::Workload(workload) = struck.whose else { continue };
                let survive = problem.workloads[workload.index()].survive;
                assert_eq!(struck.fate == Fate::Fails, !struck.uncarried.is_empty());
                assert_eq!(struck.uncarried_calls, MilliRps::ZERO, "nobody calls");
                match loss.domain {
                    Domain::Zone(..) if survive.zones > 0 => {
                        zones += 1;
                        assert_eq!(struck.fate, Fate::Holds, "{loss:?}");
                    }
                    Domain::Region(_) if survive.regions > 0 => {
                        places += 1;
                        assert_ne!(struck.fate, Fate::Fails, "{loss:?}");
                    }
                    Domain::Cloud(_) if survive.clouds > 0 => {
                        places += 1;
                        assert_ne!(struck.fate, Fate::Fails, "{loss:?}");
                    }
                    Domain::Zone(..) | Domain::Region(_) | Domain::Cloud(_) | Domain::NodeType(..) => {}
                }
            }
        }
        for growth in &simulation.growth {
            assert!(growth.factor >= 1_000, "what holds now holds at a factor of one");
        }
        let shifted = simulation.shifts.iter().filter_map(|shift| shift.moves.as_ref());
        assert!(shifted.into_iter().all(|moves| moves.best < moves.stays));
    }
    assert!(zones >= 10 && places >= 10, "{zones} zones and {places} regions and clouds are outlived");
}

/// One machine of two would carry everything, but of two copies both are needed to agree.
#[test]
fn a_quorum_that_is_lost_answers_nobody() {
    let kept = TWO_SITES
        .replace("max_rtt_ms      = 20", "state = { storage_gib = 1, replication_factor = 2 }")
        .replace("embedded      = false", "embedded = false\n  storage_usd_per_gib_month = 0.1")
        .replace("THERE", "30");
    let (simulation, _) = simulated(&kept);
    let fates = fates(&simulation);
    assert_eq!(fates["zone dc/east/a"], ("fails".to_owned(), json!({ "here": 60, "there": 30 })));
    let with_one = kept.replace("replication_factor = 2", "replication_factor = 2, quorum = 1");
    let (simulation, _) = simulated(&with_one);
    assert_eq!(self::fates(&simulation)["zone dc/east/a"].0, "holds");
}

/// Three copies in three sites of a machine each: any of them may be lost, and what is left carries everybody.
#[test]
fn a_quorum_over_regions_outlives_each_of_them() {
    let site = |name: &str| {
        format!(
            r#"{name} = {{ zones = ["a"], internet_egress_usd_per_gb = 0, machines = {{ box = {{ hourly_usd = 0.1 }} }} }}"#
        )
    };
    let text = format!(
        r"
catalog = {{
  embedded = false
  storage_usd_per_gib_month = 0.1
  machine_types = {{ box = {{ vcpu = 4, memory_gib = 16 }} }}
  sites = {{ {}
  {}
  {} }}
}}
users = {{ all = {{ paths = {{ one = {{ rtt_ms = 5 }}, two = {{ rtt_ms = 9 }}, three = {{ rtt_ms = 9 }} }} }} }}
workloads = {{
  log = {{
    replica = {{ vcpu = 2, memory_gib = 4 }}
    rps_per_replica = 100
    demand_rps = {{ all = 50 }}
    survive = {{ regions = 1 }}
    state = {{ storage_gib = 10, multi_region = true }}
  }}
}}
",
        site("one"),
        site("two"),
        site("three")
    );
    let (simulation, _) = simulated(&text);
    let lost = fates(&simulation);
    let regions: Vec<&String> = lost.keys().filter(|name| name.starts_with("region")).collect();
    assert_eq!(regions.len(), 3, "{lost:?}");
    assert!(regions.iter().all(|name| lost[*name].0 != "fails"), "{lost:?}");
}

/// Nodes of four vCPU: `x` has one replica in each zone, as one must be left; `y` has two, which need two vCPU each.
const POOL: &str = r#"
catalog = {
  embedded      = false
  machine_types = { node = { vcpu = 5, memory_gib = 16 } }
  sites         = { here = { zones = ["a", "b"], machines = { node = { hourly_usd = 0.10 } } } }
}
users = { all = { paths = { here = { rtt_ms = 5 } } } }
pools = { main = {} }
workloads = {
  x = { pool = "main", replica = { vcpu = 1, memory_gib = 1 }, replicas = { min = 1 }, survive = { zones = 1 } }
  y = { pool = "main", replica = { vcpu = VCPU, memory_gib = 1 }, rps_per_replica = 10, demand_rps = { all = 20 }, max_zone_skew = SKEW }
}
"#;

fn members(simulation: &Value, lost: &str) -> BTreeMap<String, (String, Value, Value)> {
    let losses = simulation["losses"].as_array().expect("a list").iter();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let found = losses
        .filter(|loss| format!("{} {}", text(&loss["kind"]), text(&loss["name"])) == lost)
        .flat_map(|loss| loss["workloads"].as_object().expect("a map"));
    let told = |(name, struck): (&String, &Value)| {
        (name.clone(), (text(&struck["fate"]), struck["missing_replicas"].clone(), struck["uncarried_rps"].clone()))
    };
    found.map(told).collect()
}

#[test]
fn what_a_zone_held_is_packed_on_the_nodes_that_are_left_if_they_have_room() {
    let held = |fate: &str, missing: u64, uncarried: Value| (fate.to_owned(), json!(missing), uncarried);
    // One node in each zone holds x and a y. A node has room for both y of two vCPU beside its x, not for both of three.
    let (simulation, _) = simulated(&POOL.replace("VCPU", "2").replace("SKEW", "2"));
    for zone in ["zone site/here/a", "zone site/here/b"] {
        let members = members(&simulation, zone);
        assert_eq!(members["x"], held("holds", 0, json!({})), "{zone}");
        assert!(members.get("y").is_none_or(|y| *y == held("rerouted", 0, json!({}))), "{zone} {members:?}");
    }
    let (simulation, table) = simulated(&POOL.replace("VCPU", "3").replace("SKEW", "2"));
    for zone in ["zone site/here/a", "zone site/here/b"] {
        let members = members(&simulation, zone);
        assert_eq!(members["x"], held("holds", 0, json!({})), "{zone}");
        assert_eq!(members["y"], held("fails", 1, json!({ "all": 10 })), "{zone}");
    }
    assert!(table.contains("y: 10 rps of all and 1 replica short"), "{table}");
    // One zone is left, and nothing to differ from.
    let (even, _) = simulated(&POOL.replace("VCPU", "2").replace("SKEW", "0"));
    assert_eq!(members(&even, "zone site/here/a")["y"], held("rerouted", 0, json!({})));
    // One replica in each zone can be packed nowhere else; that does not keep others from being packed.
    let apart = "z = { pool = \"main\", replica = { vcpu = 0.5, memory_gib = 1 }, replicas = { count = 2 }, apart = { zone = [\"z\"] } }\n  y =";
    let (simulation, _) = simulated(&POOL.replace("y =", apart).replace("VCPU", "1").replace("SKEW", "1"));
    for zone in ["zone site/here/a", "zone site/here/b"] {
        let members = members(&simulation, zone);
        assert_eq!(members["z"], held("fails", 1, json!({})), "{zone}");
        assert!(members.get("y").is_none_or(|y| *y == held("rerouted", 0, json!({}))), "{zone} {members:?}");
    }
    // Where all nodes of a type are gone, or the region, nothing is left.
    for lost in ["node_type site/here/node", "region site/here", "cloud site"] {
        let members = members(&simulation, lost);
        assert_eq!(members["x"], held("fails", 1, json!({})), "{lost}");
        assert_eq!(members["y"], held("fails", 2, json!({ "all": 20 })), "{lost}");
    }
}
