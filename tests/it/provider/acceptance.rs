//! A placement's life under the real Terraform: plan, apply, plan again, change, destroy.

use serde_json::{Value as Json, json};

use super::terraform::{HEAD_LINES, Workspace};

/// Two regions, one for each user group, and one object for each group of machines.
const SHOP: &str = r#"
data "stowage_placement" "shop" {
  users = {
    frankfurt = { city = "Frankfurt", country = "DE" }
    virginia  = { city = "Washington", country = "US" }
  }
  workloads = {
    web = {
      replica         = { vcpu = 1, memory_gib = 2 }
      rps_per_replica = 150
      demand_rps      = { frankfurt = 2400, virginia = 5200 }
      max_rtt_ms      = 60
      survive         = { zones = 1 }
    }
    cart = {
      replica         = { vcpu = 0.1 + 0.2, memory_gib = 1 }
      rps_per_replica = 400
      demand_rps      = { frankfurt = 1200, virginia = 2600 }
      max_rtt_ms      = 60
    }
  }
  allowed = { regions = ["aws/eu-central-1", "aws/us-east-1"] }
}
resource "terraform_data" "group" {
  for_each = data.stowage_placement.shop.groups
  input    = { type = each.value.instance_type, count = each.value.desired_capacity }
}
output "outcome" {
  value = data.stowage_placement.shop.outcome
}
output "cost" {
  value = data.stowage_placement.shop.monthly_cost_usd
}
output "types" {
  value = { for key, group in data.stowage_placement.shop.groups : key => group.instance_type }
}
"#;

const KEYS: [&str; 4] = ["cart/aws/eu-central-1", "cart/aws/us-east-1", "web/aws/eu-central-1", "web/aws/us-east-1"];

fn keys(map: &Json) -> Vec<&str> {
    map.as_object().expect("a map").keys().map(String::as_str).collect()
}

#[test]
fn plan_twice_apply_plan_again_and_destroy() {
    let workspace = Workspace::new(SHOP);
    let first = workspace.plan().data("data.stowage_placement.shop");
    assert_eq!(first["outcome"], "optimal");
    assert_eq!(keys(&first["groups"]), KEYS);
    let second = workspace.plan().data("data.stowage_placement.shop");
    assert_eq!(first.to_string(), second.to_string());

    workspace.succeed(&["apply", "-no-color", "-auto-approve"]);
    let outputs: Json = serde_json::from_str(&workspace.succeed(&["output", "-json"])).unwrap();
    assert_eq!(outputs["cost"]["value"].to_string(), first["monthly_cost_usd"].to_string());
    workspace.succeed(&["plan", "-no-color", "-detailed-exitcode"]);
    workspace.succeed(&["destroy", "-no-color", "-auto-approve"]);
    assert_eq!(workspace.state()["resources"], json!([]));
}

#[test]
fn another_type_count_or_price_leaves_the_keys_alone() {
    let workspace = Workspace::new(SHOP);
    workspace.succeed(&["apply", "-no-color", "-auto-approve"]);
    let outputs: Json = serde_json::from_str(&workspace.succeed(&["output", "-json"])).unwrap();
    let types = &outputs["types"]["value"];
    let used = types[KEYS[2]].as_str().expect("a type").to_owned();

    let dearer = format!(
        "provider \"stowage\" {{\n  catalog = {{ price_adjustments = {{ ours = {{ change = \"+10%\" }} }} }}\n}}\n{SHOP}"
    );
    let more = SHOP.replace("frankfurt = 2400, virginia = 5200", "frankfurt = 2400 * 1.5, virginia = 5200 * 1.5");
    let other =
        SHOP.replace("  allowed =", &format!("  catalog = {{ excluded_instance_types = [{used:?}] }}\n  allowed ="));
    for (change, must_change) in [(dearer, false), (more, true), (other, true)] {
        workspace.configure(&change);
        let plan = workspace.succeed(&["plan", "-no-color"]);
        let is_in_place = plan.contains(" to change, 0 to destroy") && plan.contains("Plan: 0 to add");
        let is_only_outputs = !plan.contains("Plan: ") && !must_change;
        assert!(is_in_place || is_only_outputs, "{plan}");
    }
}

#[test]
fn the_provider_block_changes_prices() {
    let workspace = Workspace::new(SHOP);
    let cost = |workspace: &Workspace| workspace.plan().outputs()["cost"]["value"].to_string().parse::<f64>().unwrap();
    let full = cost(&workspace);
    let half = "provider \"stowage\" {\n  catalog = { price_adjustments = { ours = { change = \"-50%\" } } }\n}\n";
    workspace.configure(&format!("{half}{SHOP}"));
    let reduced = cost(&workspace);
    assert!((full / reduced - 2.0).abs() < 0.001, "{full} and {reduced}");

    workspace.configure(&format!("{}{SHOP}", half.replace("-50%", "half")));
    let message = workspace.fail(&["plan", "-no-color"]);
    for part in [
        "with provider[\"registry.terraform.io/stowage/stowage\"]",
        "on main.tf line 9",
        "price_adjustments[\"ours\"].change",
    ] {
        assert!(message.contains(part), "{part}\n{message}");
    }
}

#[test]
fn no_placement_is_an_error_with_the_conflict_or_a_report() {
    let workspace = Workspace::new(SHOP);
    workspace.succeed(&["apply", "-no-color", "-auto-approve"]);

    let impossible = SHOP.replacen("max_rtt_ms      = 60", "max_rtt_ms      = 0.5", 1);
    workspace.configure(&impossible);
    let message = workspace.fail(&["plan", "-no-color"]);
    for part in [
        "No placement meets every rule of workload \"web\"",
        "with data.stowage_placement.shop",
        "on main.tf line",
        "max_rtt_ms",
    ] {
        assert!(message.contains(part), "{part}\n{message}");
    }
    workspace.fail(&["destroy", "-no-color", "-auto-approve"]);
    assert_eq!(workspace.state()["resources"].as_array().map(Vec::len), Some(2), "nothing was destroyed");

    workspace.configure(&impossible.replace("  allowed =", "  on_infeasible = \"report\"\n  allowed ="));
    let outputs = workspace.plan().outputs();
    assert_eq!(outputs["outcome"]["value"], "infeasible");
    let report = workspace.plan().data("data.stowage_placement.shop");
    assert_eq!((&report["groups"], &report["monthly_cost_usd"]), (&json!({}), &Json::Null));
    assert!(report["conflict"]["text"].as_str().expect("a text").contains("max_rtt_ms"));
    workspace.succeed(&["destroy", "-no-color", "-auto-approve"]);
    assert_eq!(workspace.state()["resources"], json!([]));
}

#[test]
fn faults_are_shown_at_their_line() {
    let line_of = |part: &str| {
        HEAD_LINES + SHOP.lines().position(|line| line.contains(part)).expect("a line of the configuration") + 1
    };
    let cases = [
        ("frankfurt = 1200", "frankfrt = 1200", "workloads = {", "workloads[\"cart\"].demand_rps[\"frankfrt\"]"),
        ("city = \"Washington\"", "city = \"Atlantis\"", "users = {", "users[\"virginia\"]"),
        ("\"aws/us-east-1\"", "\"aws/us-east-7\"", "allowed =", "allowed.regions"),
    ];
    for (text, fault, line, place) in cases {
        let workspace = Workspace::new(&SHOP.replacen(text, fault, 1));
        for command in ["validate", "plan"] {
            let message = workspace.fail(&[command, "-no-color"]);
            assert!(message.contains(place), "{place}\n{message}");
            let first = line_of(line);
            let shows_line = (first..first + 20).any(|line| message.contains(&format!("on main.tf line {line}")));
            assert!(shows_line && message.contains("with data.stowage_placement.shop"), "{first}\n{message}");
        }
    }
}

/// An unknown demand keeps the block for the apply; what is wrong beside it is told by the plan.
#[test]
fn unknown_values_wait_and_known_faults_do_not() {
    let unknown = SHOP.replace("virginia = 2600", "virginia = terraform_data.load.output")
        + "resource \"terraform_data\" \"load\" {\n  input = 2600\n}\n";
    let unknown = unknown.replace(
        "for_each = data.stowage_placement.shop.groups\n  input    = { type = each.value.instance_type, count = each.value.desired_capacity }",
        "input = data.stowage_placement.shop.id",
    );
    let workspace = Workspace::new(&unknown.replace("frankfurt = 1200", "frankfrt = 1200"));
    assert!(workspace.fail(&["plan", "-no-color"]).contains("demand_rps[\"frankfrt\"]"));
    workspace.configure(&unknown);
    let plan = workspace.succeed(&["plan", "-no-color"]);
    assert!(plan.contains("data.stowage_placement.shop will be read during apply"), "{plan}");
    workspace.succeed(&["apply", "-no-color", "-auto-approve"]);
    let outputs: Json = serde_json::from_str(&workspace.succeed(&["output", "-json"])).unwrap();
    assert_eq!(outputs["outcome"]["value"], "optimal");
    workspace.succeed(&["plan", "-no-color", "-detailed-exitcode"]);
}

/// More than the protocol's usual 4 MiB, through configuration, plan and state.
#[test]
fn six_megabytes_of_problem_are_placed() {
    let (workspace, bytes) = large(9_000, 5);
    assert!(bytes > 6_000_000, "{bytes}");
    let plan = workspace.plan();
    assert_eq!(plan.outputs()["outcome"]["value"], "optimal");
    assert_eq!(plan.data("data.stowage_placement.large")["users"].as_object().map(serde_json::Map::len), Some(9_000));
}

#[test]
fn more_than_is_accepted_is_said_so() {
    let (workspace, _) = large(11_000, 1);
    let message = workspace.fail(&["plan", "-no-color"]);
    let start: String = message.chars().take(4_000).collect();
    assert!(message.contains("11000 entries are given, and at most 10000 are accepted"), "{start}");
}

/// `users` user groups with long names around Frankfurt; for each of `workloads` workloads, one in a thousand has demand. Also says how
/// many bytes the problem has.
fn large(users: u32, workloads: u32) -> (Workspace, usize) {
    let name = |user: u32| format!("{}-{user:06}", "x".repeat(110));
    let places: serde_json::Map<String, Json> = (0..users)
        .map(|user| (name(user), json!({ "latitude": 50.0 + f64::from(user % 100) / 100.0, "longitude": 8.0 + f64::from(user / 100) / 1_000.0 })))
        .collect();
    let demand: serde_json::Map<String, Json> =
        (0..users).map(|user| (name(user), json!(u32::from(user % 1_000 == 0) * 100))).collect();
    let workload = json!({ "replica": { "vcpu": 1, "memory_gib": 2 }, "rps_per_replica": 100, "demand_rps": demand });
    let workloads: serde_json::Map<String, Json> =
        (0..workloads).map(|at| (format!("w{at}"), workload.clone())).collect();
    let text = json!({ "users": places, "workloads": workloads }).to_string();
    let workspace = Workspace::new(
        r#"
locals {
  problem = jsondecode(file("problem.json"))
}
data "stowage_placement" "large" {
  users     = local.problem.users
  workloads = local.problem.workloads
  allowed   = { clouds = ["aws"], jurisdictions = ["EU"] }
}
output "outcome" {
  value = data.stowage_placement.large.outcome
}
"#,
    );
    workspace.write("problem.json", &text);
    (workspace, text.len())
}
