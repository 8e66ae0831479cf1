//! Plans made by the real Terraform with this provider.

use serde_json::{Value, json};
use stowage::diagnostic::SourceFile;
use stowage::review::{Basis, Options, Report, Verdict, review};

use super::plans::{options, rules};
use crate::provider::terraform::Workspace;

const SHOP: &str = r#"
data "stowage_placement" "shop" {
  users = {
    frankfurt = { city = "Frankfurt", country = "DE" }
  }
  workloads = {
    web = {
      replica         = { vcpu = 1, memory_gib = 2.7 }
      rps_per_replica = 3 * 0.9
      demand_rps      = { frankfurt = 30 }
      max_rtt_ms      = 25
      survive         = { zones = 1 }
    }
  }
}

resource "terraform_data" "group" {
  for_each = data.stowage_placement.shop.groups
  input    = each.value.instances
}
"#;

fn reviewed(plan: &Value) -> Report {
    review(&SourceFile::new("plan.json", plan.to_string()), &options()).unwrap_or_else(|faults| panic!("{faults}"))
}

/// A change of a plan on its way.
type Tamper<'t> = &'t dyn Fn(&mut Value);

fn placement(plan: &mut Value) -> &mut Value {
    &mut plan["prior_state"]["values"]["root_module"]["resources"][0]["values"]
}

#[test]
fn a_placement_in_a_plan_is_computed_again() {
    let workspace = Workspace::new(SHOP);
    let plan = workspace.plan().json();
    let report = reviewed(&plan);
    assert_eq!(report.placements.len(), 1, "{:#?}", report.placements);
    assert_eq!(report.placements[0].verdict, Verdict::Confirmed);
    assert_eq!(report.placements[0].outcome.as_deref(), Some("optimal"));
    assert_eq!(rules(&report), Vec::<String>::new());
    assert_eq!(report.coverage.not_read, [("terraform_data".to_owned(), 1)]);
    assert_eq!(report.latency[0].user, "frankfurt");

    // Whatever is changed in the answer or in what was asked, the two no longer fit.
    let group =
        |plan: &mut Value| placement(plan)["groups"].as_object_mut().unwrap().values_mut().next().unwrap().take();
    let key = placement(&mut plan.clone())["groups"].as_object().unwrap().keys().next().unwrap().clone();
    let tampered: [(&str, Tamper<'_>); 6] = [
        ("groups", &|plan| placement(plan)["groups"][&key]["instances"] = json!(1)),
        ("groups", &|plan| placement(plan)["groups"][&key]["region"] = json!("us-east-1")),
        ("groups", &|plan| {
            group(plan);
        }),
        ("monthly_cost_usd", &|plan| placement(plan)["monthly_cost_usd"] = json!(0.01)),
        ("outcome", &|plan| placement(plan)["outcome"] = json!("feasible")),
        ("", &|plan| placement(plan)["workloads"]["web"]["demand_rps"]["frankfurt"] = json!(300)),
    ];
    for (what, tamper) in tampered {
        let mut changed = plan.clone();
        tamper(&mut changed);
        let report = reviewed(&changed);
        let Verdict::Differs(differences) = &report.placements[0].verdict else {
            panic!("{what}: {:?}", report.placements)
        };
        assert!(differences.iter().any(|difference| difference.path.starts_with(what)), "{differences:?}");
        assert!(rules(&report).contains(&"placement-differs data.stowage_placement.shop".to_owned()));
    }
    let mut other_catalog = plan.clone();
    placement(&mut other_catalog)["catalog"]["digest"] = json!("00");
    assert!(matches!(reviewed(&other_catalog).placements[0].verdict, Verdict::Unverifiable(_)));
    let mut refused = plan.clone();
    placement(&mut refused)["workloads"]["web"]["replica"]["vcpu"] = json!(-1);
    assert!(matches!(reviewed(&refused).placements[0].verdict, Verdict::Unverifiable(_)));
}

/// A placement that a resource holds is read where plans have resources: before and after the change, whatever it is.
///
/// The answer is Terraform's own, of the data source; it is put in as a resource by hand.
#[test]
fn a_placement_of_a_resource_is_computed_again() {
    let workspace = Workspace::new(SHOP);
    let data = workspace.plan().json();
    let answer = placement(&mut data.clone()).take();
    let managed = |actions: &[&str], before: &Value, after: &Value, unknown: Value| {
        let mut plan = data.clone();
        plan["prior_state"]["values"]["root_module"]["resources"] = json!([]);
        plan["resource_changes"].as_array_mut().unwrap().push(json!({
            "address": "stowage_placement.shop", "mode": "managed", "type": "stowage_placement", "name": "shop",
            "provider_name": "registry.terraform.io/stowage/stowage",
            "change": { "actions": actions, "before": before, "after": after, "after_unknown": unknown,
                "before_sensitive": false, "after_sensitive": {} },
        }));
        reviewed(&plan)
    };
    let mut tampered = answer.clone();
    tampered["monthly_cost_usd"] = json!(0.01);
    for (actions, before) in [(&["create"][..], &Value::Null), (&["no-op"], &answer), (&["update"], &tampered)] {
        let report = managed(actions, before, &answer, json!({}));
        assert_eq!(report.placements.len(), 1, "{actions:?}");
        assert_eq!(report.placements[0].address, "stowage_placement.shop");
        assert_eq!(report.placements[0].verdict, Verdict::Confirmed, "{actions:?}: {:#?}", report.placements);
        assert_eq!(report.latency[0].declared_in, "stowage_placement.shop");
        let differs = managed(actions, before, &tampered, json!({}));
        assert!(rules(&differs).contains(&"placement-differs stowage_placement.shop".to_owned()), "{actions:?}");
    }
    let late = managed(&["create"], &Value::Null, &answer, json!({ "groups": true }));
    assert!(matches!(late.placements[0].verdict, Verdict::Unverifiable(_)), "{:?}", late.placements);
    let gone = managed(&["delete"], &answer, &Value::Null, json!({}));
    assert!(gone.placements.is_empty(), "{:?}", gone.placements);
}

/// `depends_on` a resource that is created puts the reading off to the apply.
#[test]
fn a_deferred_placement_is_told() {
    let late = SHOP
        .replace(
            "data \"stowage_placement\" \"shop\" {",
            "data \"stowage_placement\" \"shop\" {\n  depends_on = [terraform_data.first]\n",
        )
        .replace(
            "for_each = data.stowage_placement.shop.groups\n  input    = each.value.instances",
            "input = data.stowage_placement.shop.outcome",
        );
    let workspace = Workspace::new(&format!("{late}\nresource \"terraform_data\" \"first\" {{\n  input = 1\n}}\n"));
    let report = reviewed(&workspace.plan().json());
    assert_eq!(
        rules(&report),
        ["deferred-data data.stowage_placement.shop", "placement-unverifiable data.stowage_placement.shop"]
    );
    assert!(report.findings[0].help.as_deref().unwrap().contains("terraform_data.first"), "{:?}", report.findings[0]);
}

/// The provider's own catalog counts, as it did when the plan was made.
#[test]
fn the_catalog_of_the_provider_counts() {
    let head = "provider \"stowage\" {\n  catalog = {\n    price_adjustments = {\n      deal = { change = \"-20%\" }\n    }\n  }\n}\n";
    let workspace = Workspace::new(&format!("{head}{SHOP}"));
    let report = reviewed(&workspace.plan().json());
    assert_eq!(report.placements[0].verdict, Verdict::Confirmed, "{:#?}", report.placements[0]);
}

/// A group per group of the placement, on machines of its own choice: the distance is to the placement, and the patch refers to it.
///
/// The plan's placement and configuration are Terraform's; the group of AWS is put in by hand, since its provider cannot be had here.
#[test]
fn a_group_beside_its_placement_has_a_distance() {
    let workspace = Workspace::new(SHOP);
    let plan = workspace.plan().json();
    let (key, group) = placement(&mut plan.clone())["groups"]
        .as_object()
        .unwrap()
        .iter()
        .next()
        .map(|(key, group)| (key.clone(), group.clone()))
        .unwrap();
    let optimum = placement(&mut plan.clone())["monthly_cost_usd"].to_string().parse::<f64>().unwrap();
    let with_group = |machine_type: &str, instances: u64| {
        let mut plan = plan.clone();
        let (kind, values) = match group["cloud"].as_str().unwrap() {
            "aws" => ("aws_instance", json!({ "instance_type": machine_type, "region": group["region"] })),
            "gcp" => {
                let zone = group["zones"].as_object().unwrap().keys().next().unwrap();
                ("google_compute_instance", json!({ "machine_type": machine_type, "zone": zone }))
            }
            _ => ("azurerm_linux_virtual_machine", json!({ "size": machine_type, "location": group["region"] })),
        };
        for number in 0..instances {
            plan["resource_changes"].as_array_mut().unwrap().push(json!({
                "address": format!("{kind}.web[\"{key} {number}\"]"), "mode": "managed", "type": kind,
                "change": { "actions": ["create"], "before": null, "after": values },
            }));
        }
        let block = json!({ "address": format!("{kind}.web"), "mode": "managed", "type": kind,
            "for_each_expression": { "references": ["data.stowage_placement.shop.groups", "data.stowage_placement.shop"] } });
        plan["configuration"]["root_module"]["resources"].as_array_mut().unwrap().push(block);
        (plan, kind)
    };
    let machine_type = group["instance_type"].as_str().unwrap();
    let instances = group["instances"].as_u64().unwrap();
    let (same, kind) = with_group(machine_type, instances);
    let report = reviewed(&same);
    let distance = report.distance.known().unwrap_or_else(|| panic!("{}", report.distance.reason().unwrap()));
    assert_eq!(distance.basis, Basis::Placement("data.stowage_placement.shop".to_owned()));
    assert_eq!(distance.difference().micros(), 0, "the fleet is the placement");

    let (more, _) = with_group(machine_type, 2 * instances);
    let name = if kind == "google_compute_instance" {
        "machine_type"
    } else if kind == "aws_instance" {
        "instance_type"
    } else {
        "size"
    };
    let text = format!(
        "resource \"{kind}\" \"web\" {{\n  for_each = data.stowage_placement.shop.groups\n  {name} = \"{machine_type}\" # why not\n}}\n"
    );
    let sources = [SourceFile::new("main.tf", text)];
    let report =
        review(&SourceFile::new("plan.json", more.to_string()), &Options { sources: &sources, ..options() }).unwrap();
    let distance = report.distance.known().unwrap();
    assert_eq!(distance.tenths_of_percent(), Some(1000), "twice the machines cost twice as much: {optimum}");
    let patch = distance.patch.known().unwrap();
    assert!(
        patch.files[0].after.contains(&format!("  {name} = each.value.instance_type # why not\n")),
        "{}",
        patch.diff
    );
}
