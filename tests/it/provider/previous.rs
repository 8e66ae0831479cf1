//! What stood before under the real Terraform: without a cycle, from a file that the first apply made.

use serde_json::Value as Json;

use super::terraform::Workspace;

/// `PRICE` is the price of a machine in the west per hour, `DEMAND` what the first workload is asked for.
const SHOP: &str = r#"
data "stowage_placement" "shop" {
  catalog = {
    embedded      = false
    machine_types = { small = { vcpu = 2, memory_gib = 4 } }
    sites = {
      east = { machines = { small = { hourly_usd = 0.10 } } }
      west = { machines = { small = { hourly_usd = PRICE } } }
    }
  }
  users = { all = { paths = { east = { rtt_ms = 5 }, west = { rtt_ms = 5 } } } }
  workloads = {
    api = { replica = { vcpu = 2, memory_gib = 4 }, rps_per_replica = 100, demand_rps = { all = DEMAND } }
    web = { replica = { vcpu = 2, memory_gib = 4 }, rps_per_replica = 100, demand_rps = { all = 200 } }
  }
  previous                = try(file("${path.module}/placement.json"), null)
  min_improvement_percent = 20
}
resource "terraform_data" "group" {
  for_each = data.stowage_placement.shop.groups
  input    = each.value.desired_capacity
}
output "placement" {
  value = data.stowage_placement.shop.certificate
}
"#;

fn shop(price: &str, demand: &str) -> String {
    SHOP.replace("PRICE", price).replace("DEMAND", demand)
}

fn keys(map: &Json) -> Vec<&str> {
    map.as_object().expect("a map").keys().map(String::as_str).collect()
}

#[test]
fn what_stands_is_kept_until_moving_saves_enough() {
    let workspace = Workspace::new(&shop("0.11", "200"));
    let first = workspace.plan().data("data.stowage_placement.shop");
    assert_eq!(keys(&first["groups"]), ["api/site/east", "web/site/east"]);
    assert!(first["stability"].is_null(), "nothing stood before");
    workspace.succeed(&["apply", "-auto-approve", "-no-color"]);
    workspace.write("placement.json", &workspace.succeed(&["output", "-raw", "placement"]));

    // The same again: everything stays, and what is written is the same from then on.
    let same = workspace.plan().data("data.stowage_placement.shop");
    assert_eq!(same["outcome"], "optimal");
    assert_eq!(same["groups"], first["groups"]);
    assert_eq!(same["stability"]["kept"], true);
    assert_eq!(same["stability"]["changes"], serde_json::json!({}));
    workspace.write("placement.json", same["certificate"].as_str().expect("a text"));
    let again = workspace.plan().data("data.stowage_placement.shop");
    assert_eq!(again["id"], same["id"], "a result does not grow by being kept");

    // 10 % cheaper in the west: not enough.
    workspace.configure(&shop("0.09", "200"));
    let kept = workspace.plan().data("data.stowage_placement.shop");
    assert_eq!(kept["outcome"], "feasible");
    assert_eq!(keys(&kept["groups"]), ["api/site/east", "web/site/east"]);
    assert_eq!(kept["monthly_cost_usd"].to_string(), "292", "4 × 0.10 × 730");
    assert_eq!(kept["stability"]["best_monthly_cost_usd"].to_string(), "262.8", "4 × 0.09 × 730");
    assert_eq!(kept["stability"]["forgone_saving_usd"].to_string(), "29.2");
    assert_eq!(kept["bound_monthly_cost_usd"].to_string(), "262.8");
    let text = workspace.succeed(&["plan", "-no-color"]);
    assert!(!text.contains("Warning: The placement"), "what was asked for is no warning: {text}");

    // One workload outgrows its machines and moves; the other stays.
    workspace.configure(&shop("0.09", "300"));
    let moved = workspace.plan().data("data.stowage_placement.shop");
    assert_eq!(keys(&moved["groups"]), ["api/site/west", "web/site/east"]);
    let changes = &moved["stability"]["changes"];
    assert_eq!(keys(changes), ["api/site/east", "api/site/west"]);
    assert_eq!(changes["api/site/west"]["cause"], "configuration");
    let differences = moved["stability"]["differences"]["configuration"].as_array().expect("a list");
    let differences: Vec<&str> = differences.iter().filter_map(Json::as_str).collect();
    assert_eq!(
        differences,
        ["catalog.sites.west.machines.small.hourly_usd: 0.11 → 0.09", "workloads.api.demand_rps.all: 200 → 300"]
    );
    let reason = moved["stability"]["decisions"][0]["reason"].as_str().expect("a text");
    assert_eq!(reason, "it breaks capacity");
}

/// The command line reads the file that an expression names, as Terraform does; `--previous` goes before it.
#[test]
fn the_command_line_names_the_file() {
    let workspace = Workspace::new(&shop("0.09", "200"));
    let solve = |more: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_stowage"));
        command.args(["solve", "--format", "json"]).args(more).arg(workspace.path());
        let output = command.stdin(std::process::Stdio::null()).output().expect("it runs");
        let text = if output.status.success() { output.stdout } else { output.stderr };
        (output.status.success(), String::from_utf8(text).expect("UTF-8"))
    };
    let (is_fine, told) = solve(&[]);
    assert!(is_fine && serde_json::from_str::<Json>(&told).expect("JSON")["stability"].is_null(), "{told}");
    let groups = serde_json::json!({
        "api/site/east": { "machines": [{ "instance_type": "small", "purchase_model": "on_demand", "zones": { "east": 2 } }], "traffic_share": { "all": 1 } },
        "web/site/east": { "machines": [{ "instance_type": "small", "purchase_model": "on_demand", "zones": { "east": 2 } }], "traffic_share": { "all": 1 } },
    });
    workspace.write("stood.json", &serde_json::json!({ "groups": groups }).to_string());
    let stood = workspace.path().join("stood.json").display().to_string();
    let (is_fine, told) = solve(&["--previous", &stood]);
    assert!(is_fine, "{told}");
    let result: Json = serde_json::from_str(&told).expect("JSON");
    assert_eq!(keys(&result["groups"]), ["api/site/east", "web/site/east"]);
    workspace.write("placement.json", &serde_json::json!({ "groups": groups }).to_string());
    let (is_fine, named) = solve(&[]);
    assert!(is_fine && named == told, "{named}");
    assert!(result["stability"]["differences"].is_null(), "groups do not say what they were computed from");
    workspace.write("broken.json", r#"{ "groups": { "web": {} } }"#);
    let broken = workspace.path().join("broken.json").display().to_string();
    let (is_fine, told) = solve(&["--previous", &broken]);
    assert!(!is_fine && told.contains("no `workload/cloud/region`"), "{told}");
}
