//! The examples: installed and planned by the real Terraform, and solved without it, with one answer.
#![expect(clippy::disallowed_methods, reason = "examples are files")]

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Command, Stdio};

use serde_json::Value as Json;
use stowage::catalog::Catalog;
use stowage::parse::SourceFile;
use stowage::render::language::{Kind, RESULT};
use stowage::verify::{Proof, Verdict, stated, verify};

use super::terraform::{Plan, Workspace, example_path};

/// Every example, with the name of its data block.
pub(super) const ALL: [(&str, &str); 13] = [
    ("quickstart", "shop"),
    ("online-boutique", "boutique"),
    ("aws-autoscaling", "api"),
    ("residency", "clinic"),
    ("kubernetes-pools", "shop"),
    ("hybrid-burst", "bank"),
    ("spot-and-commitments", "press"),
    ("multi-region-active-active", "store"),
    ("carbon-aware", "studio"),
    ("edge", "retail"),
    ("serverless-or-servers", "shop"),
    ("kafka", "events"),
    ("database-over-regions", "ledger"),
];

/// A problem solved without Terraform.
pub(super) struct Solved {
    /// For machines.
    pub(super) result: Json,
    /// For people.
    pub(super) table: String,
    pub(super) explanation: String,
}

impl Solved {
    /// The only problem that `sources` state.
    pub(super) fn of(sources: &[SourceFile]) -> Self {
        let told = |found| panic!("{}", stowage::diagnostic::render(found, sources));
        let stated = stowage::parse::hcl(sources, &BTreeMap::new(), None).unwrap_or_else(told);
        let [stated] = &stated[..] else { panic!("one problem is stated") };
        let parsed = stowage::parse::problem(&stated.problem, Catalog::embedded(), stated.overlay.as_ref());
        let problem = parsed.unwrap_or_else(|found| panic!("{}", stowage::diagnostic::render(found, sources))).problem;
        let answer = stowage::place::place(&problem).unwrap();
        Self {
            result: stowage::render::result(&problem, &answer),
            table: stowage::render::table(&problem, &answer),
            explanation: stowage::render::explanation(&problem, &answer),
        }
    }

    /// The words for why there is no placement.
    pub(super) fn conflict(&self) -> String {
        text(&self.result["conflict"], "text").to_owned()
    }
}

/// An example, as `stowage solve` reads its folder.
pub(super) fn solved(example: &str) -> Solved {
    let mut sources = Vec::new();
    for entry in std::fs::read_dir(example_path(example)).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "tf") {
            sources.push(SourceFile::new(path.file_name().unwrap().to_string_lossy(), std::fs::read(&path).unwrap()));
        }
    }
    sources.sort_by(|a, b| a.name.cmp(&b.name));
    Solved::of(&sources)
}

/// What `stowage solve` says of an example's folder.
fn command_line(example: &str) -> Json {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stowage"));
    command.args(["solve", "--format", "json"]).arg(example_path(example)).stdin(Stdio::null());
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Initialises and plans an example; its data block as planned, and its outputs.
fn planned(example: &str, block: &str, files: &[&str]) -> (Json, Json) {
    let (plan, data) = plan_and_data(example, block, files);
    (data, plan.outputs())
}

/// Initialises and plans an example; the plan, and its data block.
fn plan_and_data(example: &str, block: &str, files: &[&str]) -> (Plan, Json) {
    let workspace = Workspace::of_example(example, files);
    if example == "aws-autoscaling" {
        workspace.write("downstream.tf", DOWNSTREAM);
    }
    workspace.succeed(&["init", "-no-color"]);
    let plan = workspace.plan();
    let data = plan.data(&format!("data.stowage_placement.{block}"));
    let solved = command_line(example);
    assert_eq!(data["outcome"], "optimal");
    assert_eq!(data["id"], solved["id"], "terraform and the command line agree");
    for field in RESULT.iter().filter(|field| field.name != "catalog") {
        assert_eq!(data[field.name], solved[field.name], "{}", field.name);
    }
    // The certificate alone states what was asked, and what is answered is true.
    let asked = stated(&solved).unwrap_or_else(|differences| panic!("{differences:?}"));
    let told = verify(&solved, &asked, Catalog::embedded(), Proof::Claimed).unwrap_or_else(|faults| panic!("{faults}"));
    assert!(matches!(told, Verdict::Holds { .. }), "{told:?}");
    (plan, data)
}

fn text<'v>(value: &'v Json, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_else(|| panic!("{name} is a text in {value}"))
}

fn number(value: &Json, name: &str) -> f64 {
    value[name].to_string().parse().unwrap_or_else(|_| panic!("{name} is a number in {value}"))
}

fn groups(data: &Json) -> impl Iterator<Item = &Json> {
    data["groups"].as_object().expect("a map").values()
}

#[test]
fn quickstart() {
    let (data, outputs) = planned("quickstart", "shop", &["main.tf"]);
    let workloads: BTreeSet<&str> = groups(&data).map(|group| text(group, "workload")).collect();
    assert_eq!(workloads, BTreeSet::from(["reports", "search", "web"]));
    for group in groups(&data) {
        let budget = match text(group, "workload") {
            "web" => 60.0,
            "search" => 120.0,
            _ => f64::MAX,
        };
        assert!(number(group, "max_rtt_ms") <= budget, "{group}");
        assert!(number(group, "capacity_rps") >= number(group, "load_rps"), "{group}");
        if text(group, "workload") == "web" {
            assert!(group["zones"].as_object().expect("a map").len() >= 2, "survives a zone: {group}");
        }
    }
    assert_eq!(outputs["monthly_cost_usd"]["value"], data["monthly_cost_usd"]);
    let shown = outputs["groups"]["value"].as_object().expect("a map");
    assert_eq!(shown.len(), data["groups"].as_object().expect("a map").len());
}

#[test]
fn online_boutique() {
    let (data, _) = planned("online-boutique", "boutique", &["main.tf"]);
    let by_workload = data["groups_by_workload"].as_object().expect("a map");
    assert_eq!(by_workload.len(), 11, "twelve Deployments without the load generator");
    assert!(data["regions"].as_object().expect("a map").len() <= 2);
    let load = |service: &str| {
        groups(&data)
            .filter(|group| text(group, "workload") == service)
            .map(|group| number(group, "load_rps"))
            .sum::<f64>()
    };
    assert!((load("frontend") - 4_400.0).abs() < 0.01);
    // 3 home pages of 28 requests ask 10 times, 13 products twice, 6 carts 3 times, 1 order once; the order's checkout asks twice.
    let currency = 4_400.0 * (3.0 * 10.0 + 13.0 * 2.0 + 6.0 * 3.0 + 1.0 + 2.0) / 28.0;
    assert!((load("currencyservice") - currency).abs() < 0.01, "{} {currency}", load("currencyservice"));
    // 25 pages ask the cart, each order's checkout twice, and the cart asks Redis each time.
    let cart = 4_400.0 * (3.0 + 13.0 + 6.0 + 3.0 + 2.0) / 28.0;
    assert!((load("cartservice") - cart).abs() < 0.01);
    assert!((load("redis-cart") - cart).abs() < 0.01);
    // Who asks is named, and where nobody but them asks nothing is said of round trips to users.
    let explanation = text(&data, "explanation");
    let mut told = explanation.split("\n\n").filter(|part| part.starts_with("currencyservice: "));
    let told = told.next().expect("every service is explained");
    assert!(told.lines().next().is_some_and(|line| line.ends_with(" rps from checkoutservice, frontend")), "{told}");
    assert!(told.contains("not elsewhere") && !told.contains("ms on average"), "{told}");
}

#[test]
fn residency() {
    let (plan, data) = plan_and_data("residency", "clinic", &["main.tf"]);
    let outputs = plan.outputs();
    let union = Catalog::embedded();
    for country in outputs["countries"]["value"].as_array().expect("a list") {
        assert!(union.jurisdictions_of(country.as_str().expect("a code")).contains("EU"), "{country}");
    }
    let records: Vec<&Json> = groups(&data).filter(|group| text(group, "workload") == "records").collect();
    assert!(records.len() >= 2, "two regions at least");
    let built = plan.resources("terraform_data.records");
    assert_eq!(built.len(), records.len());
    for group in &records {
        let key = format!("records/{}/{}", text(group, "cloud"), text(group, "region"));
        let input = &built[&key]["input"];
        for field in ["region", "instance_type", "min_size", "max_size", "desired_capacity", "traffic_share"] {
            assert_eq!(input[field], group[field], "{key}: {field}");
        }
    }
    for group in groups(&data) {
        let zones: Vec<f64> = group["zones"]
            .as_object()
            .expect("a map")
            .values()
            .map(|count| count.to_string().parse().unwrap())
            .collect();
        let lost = zones.iter().copied().fold(0.0, f64::max);
        let left = number(group, "capacity_rps") * (1.0 - lost / number(group, "instances"));
        assert!(left + 1e-6 >= number(group, "load_rps"), "carries its load without its largest zone: {group}");
    }
}

#[test]
fn kubernetes_pools() {
    let (data, outputs) = planned("kubernetes-pools", "shop", &["main.tf"]);
    let nodes = data["nodes"].as_object().expect("a map");
    let pools: BTreeSet<&str> =
        outputs["node_pools"]["value"].as_array().expect("a list").iter().filter_map(Json::as_str).collect();
    assert_eq!(pools, nodes.keys().map(String::as_str).collect(), "every node pool is followed");
    let all: f64 = nodes.values().map(|nodes| number(nodes, "nodes")).sum();
    let replicas = &outputs["replicas"]["value"];
    assert!((number(replicas, "logs") - all).abs() < 0.5, "a DaemonSet is on every node");
    assert!((number(replicas, "metrics") - all).abs() < 0.5);
    assert!(number(replicas, "pooler") >= 2.0, "six workers require two poolers");
    let by_zone = |workload: &str| -> Vec<f64> {
        let zones = outputs["zones"]["value"][workload].as_object().expect("a map");
        zones.values().map(|count| count.to_string().parse().unwrap()).collect()
    };
    assert_eq!(by_zone("database"), [1.0, 1.0, 1.0]);
    let web = by_zone("web");
    let left = web.iter().sum::<f64>() - web.iter().copied().fold(0.0, f64::max);
    assert!(left * 150.0 >= 2_700.0, "{web:?} carry the load without the fullest zone");
}

#[test]
fn hybrid_burst() {
    let (data, _) = planned("hybrid-burst", "bank", &["main.tf"]);
    let at = |workload: &str, cloud: &str| {
        let of = |group: &&Json| text(group, "workload") == workload && text(group, "cloud") == cloud;
        groups(&data).filter(of).map(|group| number(group, "instances")).sum::<f64>()
    };
    // After the loss of a hall two servers carry the six licences, and the third is left to `web`.
    assert!((at("ledger", "dc") - 4.0).abs() < 0.01 && at("ledger", "aws").abs() < 0.01);
    assert!((at("web", "dc") - 2.0).abs() < 0.01);
    assert!(at("web", "aws") > 0.0, "the rest is in the cloud");
    let mut own = groups(&data).filter(|group| text(group, "cloud") == "dc");
    assert!(own.all(|group| group["costs"].get("machines_usd").is_none()), "own servers cost nothing");
}

#[test]
fn carbon_aware() {
    let (data, _) = planned("carbon-aware", "studio", &["main.tf"]);
    let text = std::fs::read_to_string(example_path("carbon-aware").join("main.tf")).unwrap();
    let without = text.replace("default     = 2000", "default     = 0");
    assert_ne!(text, without, "the price is the variable's default");
    let without = Solved::of(&[SourceFile::new("main.tf", without)]).result;
    assert!(
        number(&data, "monthly_carbon_kg") < number(&without, "monthly_carbon_kg") / 2.0,
        "the price halves emissions"
    );
    assert!(number(&data, "monthly_paid_usd") > number(&without, "monthly_paid_usd"), "for which more is paid");
    let costs = &data["costs"];
    let priced = number(costs, "carbon_usd") + number(costs, "latency_usd");
    assert!((number(&data, "monthly_cost_usd") - number(&data, "monthly_paid_usd") - priced).abs() < 0.01);
}

#[test]
fn kafka() {
    let (plan, data) = plan_and_data("kafka", "events", &["main.tf"]);
    let group = groups(&data).next().expect("a group");
    assert_eq!(groups(&data).count(), 1, "all copies are in one region");
    // Three zones hold one copy each; on however many brokers each stores a third of 120 MiB/s over 72 hours.
    let zones = group["zones"].as_object().expect("a map");
    assert_eq!(zones.len(), 3);
    assert_eq!(group["state"]["max_copies_per_zone"], 1);
    assert_eq!(group["state"]["in_sync_after_loss"], 2);
    let data_gib = 120.0 * 72.0 * 3600.0 / 1024.0;
    let in_zone = zones.values().map(|count| count.as_f64().expect("a number")).fold(f64::MAX, f64::min);
    let volume = number(&group["state"], "storage_gib_per_replica");
    assert!((volume - (data_gib / in_zone).ceil()).abs() < 0.5, "{volume} GiB on each of {in_zone}");
    assert!(volume <= (16_384.0_f64 * 0.8).floor());
    assert!((number(&data["costs"], "storage_usd") - 3.0 * data_gib * 0.088).abs() < 0.01);
    // Each of 1,920 batches a second goes to two other zones, at 0.02 USD per 10^9 bytes.
    let written = 1_920.0 * 65_536.0 * 2_628_000.0 * 2.0 / 1e9;
    assert!((number(&data["costs"], "replication_usd") - written * 0.02).abs() < 0.01);
    assert_eq!(plan.outputs()["costs"]["value"], data["costs"]);
    // A broker for each instance, named by its zone, and the settings that the copies allow.
    let brokers = plan.resources("terraform_data.broker");
    assert_eq!(brokers.len() as u64, group["instances"].as_u64().expect("a number"));
    for (key, broker) in &brokers {
        let rack = text(&broker["input"], "broker.rack");
        assert!(zones.contains_key(rack) && key.starts_with(rack), "{key} {broker}");
        assert!(number(&broker["input"], "volume_gib") <= 16_384.0, "{broker}");
    }
    let settings = plan.resources("terraform_data.server_properties");
    assert_eq!(settings[""]["input"]["min.insync.replicas"], 2);
}

#[test]
fn database_over_regions() {
    let (plan, data) = plan_and_data("database-over-regions", "ledger", &["main.tf"]);
    let copies = |group: &Json| group["state"]["copies"].as_u64().expect("a number");
    assert_eq!(groups(&data).map(copies).sum::<u64>(), 3);
    assert!(groups(&data).all(|group| copies(group) == 1), "no region may take two of three copies along");
    assert!(groups(&data).all(|group| group["state"]["in_sync_after_loss"] == 2));
    let rate = |group: &Json| number(group, "replicas") * 900.0 * 0.9;
    let all: f64 = groups(&data).map(rate).sum();
    for lost in groups(&data) {
        assert!(all - rate(lost) >= 2_600.0, "without {lost} the others carry everybody");
        assert!(number(&lost["state"], "storage_gib_per_replica") <= 800.0);
    }
    let told = &plan.resources("terraform_data.zone_configuration")[""]["input"]["constraints"];
    assert_eq!(told.as_object().expect("a map").len(), 3);
    let nodes = plan.resources("terraform_data.nodes");
    assert_eq!(
        nodes.keys().cloned().collect::<BTreeSet<_>>(),
        data["groups"].as_object().expect("a map").keys().cloned().collect()
    );
}

#[test]
fn edge() {
    let (data, _) = planned("edge", "retail", &["main.tf"]);
    for group in groups(&data).filter(|group| text(group, "workload") == "checkout") {
        assert_eq!(text(group, "cloud"), "edge", "only the own shop is near enough");
    }
    for (shop, machines) in [("cologne", 3.0), ("munich", 3.0), ("leipzig", 2.0)] {
        let there = groups(&data).filter(|group| text(group, "region") == shop);
        let used: f64 = there.map(|group| number(group, "instances")).sum();
        assert!((used - machines).abs() < 0.01, "every machine of {shop} is used, and no more than there are");
    }
    assert!(groups(&data).any(|group| text(group, "cloud") != "edge"), "the rest is in a cloud");
}

/// The machine sets of a group; one of one type on its own says so itself.
fn machine_sets(group: &Json) -> &[Json] {
    match group["machines"].as_array().expect("a list").as_slice() {
        [] => std::slice::from_ref(group),
        several => several,
    }
}

#[test]
fn serverless_or_servers() {
    let (data, outputs) = planned("serverless-or-servers", "shop", &["main.tf"]);
    let kind = |group: &Json| match (group["instance_type"].is_null(), group["function"].is_null()) {
        (false, true) => "machines",
        (true, false) => "function",
        _ => "both",
    };
    let runs_on = |workload: &str| -> BTreeSet<&str> {
        groups(&data).filter(|group| text(group, "workload") == workload).map(kind).collect()
    };
    assert_eq!(runs_on("storefront"), BTreeSet::from(["machines"]), "what many ask for");
    assert_eq!(runs_on("webhooks"), BTreeSet::from(["function"]), "what few ask for");
    assert_eq!(runs_on("reports"), BTreeSet::from(["function"]), "nothing else runs it");
    // The resources that follow are split by kind, and none of either is missing.
    let followed = |name: &str| -> BTreeSet<&str> {
        outputs[name]["value"].as_object().expect("a map").keys().map(String::as_str).collect()
    };
    let of = |wanted: &str| -> BTreeSet<&str> {
        let all = data["groups"].as_object().expect("a map").iter();
        all.filter(|(_, group)| kind(group) == wanted).map(|(key, _)| key.as_str()).collect()
    };
    assert_eq!((followed("servers"), followed("functions")), (of("machines"), of("function")));
    for group in groups(&data).filter(|group| kind(group) == "function") {
        let function = &group["function"];
        let is_memory_priced = text(function, "service") == "lambda";
        let (gib, request, vcpu) = match text(function, "service") {
            "lambda" => (0.000_013_333_4, 0.000_000_2, 0.0),
            _ => (0.000_002_5, 0.000_000_4, 0.000_024),
        };
        let seconds = if is_memory_priced { 0.0 } else { number(function, "monthly_vcpu_seconds") };
        let cost = number(function, "monthly_gib_seconds") * gib
            + number(function, "monthly_requests") * request
            + seconds * vcpu;
        assert!((number(group, "monthly_cost_usd") - cost).abs() < 0.001, "{group} costs {cost}");
        assert!(group["instance_type"].is_null() && number(group, "instances").abs() < 0.01);
    }
    let costs = &data["costs"];
    let paid = number(costs, "machines_usd") + number(costs, "functions_usd");
    assert!((number(&data, "monthly_cost_usd") - paid).abs() < 0.001);
}

#[test]
fn spot_and_commitments() {
    let (data, _) = planned("spot-and-commitments", "press", &["main.tf"]);
    let sets = |workload: &'static str| {
        let of = groups(&data).filter(move |group| text(group, "workload") == workload);
        of.flat_map(machine_sets)
    };
    let committed: Vec<&Json> = sets("site").filter(|set| text(set, "purchase_model") == "committed_1_year").collect();
    let instances: f64 = committed.iter().map(|set| number(set, "instances")).sum();
    assert!((1.0..=6.0).contains(&instances), "the base is committed, within the quantity: {committed:?}");
    assert!(sets("site").any(|set| text(set, "purchase_model") == "on_demand"), "the peak is not committed");
    for group in groups(&data).filter(|group| text(group, "workload") == "site") {
        let hours: Vec<f64> = group["hourly_instances"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|count| count.to_string().parse().unwrap())
            .collect();
        assert_eq!(hours.len(), 24);
        assert!(number(group, "min_size") < number(group, "max_size"), "follows the day: {group}");
    }
    for group in groups(&data).filter(|group| text(group, "workload") == "thumbnails") {
        let spot = machine_sets(group).iter().filter(|set| text(set, "purchase_model") == "spot");
        let pools: Vec<f64> = spot
            .flat_map(|set| set["zones"].as_object().expect("a map").values())
            .map(|count| count.to_string().parse().unwrap())
            .collect();
        assert!(pools.len() >= 3, "three pools: {group}");
        let held = number(group, "replicas") / number(group, "instances");
        let left = (number(group, "instances") - pools.iter().copied().fold(0.0, f64::max)) * held * 25.0;
        assert!(left + 1e-6 >= number(group, "load_rps"), "carries its load without its fullest pool: {group}");
    }
}

#[test]
fn multi_region_active_active() {
    let (data, _) = planned("multi-region-active-active", "store", &["main.tf"]);
    for (workload, demand, degraded) in [("web", 13_600.0, 180.0), ("cart", 10_880.0, 360.0), ("orders", 540.0, 76.0)] {
        let own: Vec<&Json> = groups(&data).filter(|group| text(group, "workload") == workload).collect();
        let carries = |group: &Json| number(group, "replicas") * degraded;
        for lost in &own {
            let left: f64 = own.iter().filter(|group| *group != lost).map(|group| carries(group)).sum();
            assert!(left + 1e-6 >= demand, "{workload} goes on without {}: {left}", text(lost, "region"));
        }
        let loads: f64 = own.iter().map(|group| number(group, "load_rps")).sum();
        assert!((loads - demand).abs() < 0.01, "{workload} answers everybody");
    }
    for group in groups(&data).filter(|group| text(group, "workload") == "web" && number(group, "load_rps") > 0.0) {
        assert!(number(group, "max_rtt_ms") <= 60.0, "{group}");
    }
}

/// What follows the placement, with objects that need no cloud: the expressions are those of aws.tf, google.tf and azure.tf.
const DOWNSTREAM: &str = r#"
resource "terraform_data" "aws" {
  for_each = local.aws
  input    = [each.value.region, each.value.instance_type, keys(each.value.zones), each.value.min_size, each.value.max_size, each.value.desired_capacity]
}
resource "terraform_data" "google" {
  for_each = local.google
  input    = [each.value.region, each.value.instance_type, keys(each.value.zones), each.value.desired_capacity, each.value.workload]
}
resource "terraform_data" "azure" {
  for_each = local.azure
  input    = [each.value.region, each.value.instance_type, contains(keys(each.value.zones), "regional") ? null : keys(each.value.zones)]
}
output "followers" {
  value = concat(keys(terraform_data.aws), keys(terraform_data.google), keys(terraform_data.azure))
}
"#;

#[test]
fn aws_autoscaling() {
    let (data, outputs) = planned("aws-autoscaling", "api", &["main.tf"]);
    let followers: BTreeSet<&str> =
        outputs["followers"]["value"].as_array().expect("a list").iter().filter_map(Json::as_str).collect();
    let keys: BTreeSet<&str> = data["groups"].as_object().expect("a map").keys().map(String::as_str).collect();
    assert_eq!(followers, keys, "every group of every cloud is followed");
    for group in groups(&data) {
        assert_eq!(text(group, "architecture"), "x86_64");
        assert!(number(group, "max_rtt_ms") <= 40.0);
    }
}

/// The resources of clouds cannot be planned without their providers; what they read from a group is checked by name.
#[test]
fn resources_of_clouds_read_what_groups_have() {
    let Some(Kind::Map { of: Kind::Object(group), .. }) =
        RESULT.iter().find(|field| field.name == "groups").map(|field| field.kind)
    else {
        panic!("groups are a map of objects")
    };
    let names: BTreeSet<&str> = group.iter().map(|field| field.name).collect();
    let mut read = 0;
    for file in ["aws.tf", "google.tf", "azure.tf"] {
        let text = std::fs::read_to_string(example_path("aws-autoscaling").join(file)).unwrap();
        for part in text.split("each.value.").skip(1) {
            let name: String =
                part.chars().take_while(|character| character.is_ascii_alphanumeric() || *character == '_').collect();
            assert!(names.contains(name.as_str()), "{file}: {name}");
            read += 1;
        }
    }
    assert!(read > 20, "{read}");
}

#[test]
fn every_example_is_listed_formatted_and_complete() {
    let folder = example_path("");
    let found: BTreeSet<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    // Recipes for pipelines are run by the tests of the gate.
    let found: BTreeSet<String> = found.into_iter().filter(|name| name != "gate").collect();
    assert_eq!(found, ALL.iter().map(|(example, _)| (*example).to_owned()).collect());
    for (example, _) in ALL {
        assert!(folder.join(example).join("README.md").is_file(), "{example} has a README.md");
    }
    let workspace = Workspace::new("");
    workspace.succeed(&["fmt", "-check", "-recursive", "-diff", &folder.display().to_string()]);
}
