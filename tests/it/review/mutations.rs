//! Every price, count, region, zone and type of plans with machines of every cloud changes what is said of them.
//!
//! The plans are walked: each value of each resource is changed in turn, whatever it is. A value that does not matter has to be named here.

use serde_json::{Value, json};
use stowage::catalog::Catalog;
use stowage::diagnostic::SourceFile;
use stowage::parse;
use stowage::render;
use stowage::review::policy::{self, Baseline, Context, Decision};
use stowage::review::{Options, Report, review};

use super::plans::{Plan, options, plan};

/// Machines of AWS: alone, in groups by template and by mixed types, nodes, fleets.
fn aws() -> Plan {
    plan()
        .create("aws_instance.one", json!({ "instance_type": "m5.large", "availability_zone": "eu-central-1a" }))
        .create("aws_instance.two", json!({ "instance_type": "m7g.large", "region": "eu-west-1" }))
        .create("aws_spot_instance_request.spare", json!({ "instance_type": "m5.large", "availability_zone": "eu-central-1b" }))
        .keep("aws_launch_template.web", json!({ "id": "lt-1", "name": "web", "instance_type": "m5.large" }))
        .create(
            "aws_autoscaling_group.web",
            json!({ "min_size": 2, "desired_capacity": 4, "max_size": 9, "launch_template": [{ "id": "lt-1" }],
                "availability_zones": ["eu-central-1a", "eu-central-1b"] }),
        )
        .create(
            "aws_autoscaling_group.mixed",
            json!({ "min_size": 20, "desired_capacity": 40, "max_size": 90, "availability_zones": ["eu-west-1a", "eu-west-1b"],
                "mixed_instances_policy": [{
                    "instances_distribution": [{ "on_demand_base_capacity": 2, "on_demand_percentage_above_base_capacity": 20 }],
                    "launch_template": [{ "override": [
                        { "instance_type": "m5.large", "weighted_capacity": "2" },
                        { "instance_type": "m5.xlarge", "weighted_capacity": "4" },
                    ] }],
                }] }),
        )
        .create("aws_subnet.nodes", json!({ "id": "subnet-1", "availability_zone": "eu-central-1c" }))
        .create(
            "aws_eks_node_group.nodes",
            json!({ "instance_types": ["m5.large"], "capacity_type": "ON_DEMAND", "subnet_ids": ["subnet-1"],
                "scaling_config": [{ "min_size": 1, "desired_size": 3, "max_size": 5 }] }),
        )
        .create(
            "aws_ec2_fleet.fleet",
            json!({ "region": "eu-central-1",
                "target_capacity_specification": [{ "total_target_capacity": 3, "default_target_capacity_type": "on-demand" }],
                "launch_template_config": [{ "override": [{ "instance_type": "m5.large", "availability_zone": "eu-central-1a" }] }] }),
        )
}

/// Machines of Google Cloud and Azure, and replicas.
fn others() -> Plan {
    plan()
        .create("google_compute_instance.one", json!({ "machine_type": "n2-standard-2", "zone": "europe-west1-b" }))
        .keep("google_compute_instance_template.web", json!({ "self_link": "templates/web", "machine_type": "n2-standard-2" }))
        .create(
            "google_compute_region_instance_group_manager.web",
            json!({ "self_link": "managers/web", "region": "europe-west1", "target_size": 4, "version": [{ "instance_template": "templates/web" }],
                "distribution_policy_zones": ["europe-west1-b", "europe-west1-c"] }),
        )
        .create(
            "google_compute_region_autoscaler.web",
            json!({ "target": "managers/web", "autoscaling_policy": [{ "min_replicas": 2, "max_replicas": 8 }] }),
        )
        .create(
            "google_container_node_pool.nodes",
            json!({ "location": "europe-west1", "node_locations": ["europe-west1-b"], "node_count": 2,
                "node_config": [{ "machine_type": "n2-standard-2" }] }),
        )
        .create(
            "azurerm_linux_virtual_machine.one",
            json!({ "size": "Standard_D2s_v5", "location": "westeurope", "zone": "2" }),
        )
        .create(
            "azurerm_linux_virtual_machine_scale_set.web",
            json!({ "id": "sets/web", "sku": "Standard_D2s_v5", "instances": 3, "location": "westeurope", "zones": ["1", "2"] }),
        )
        .create(
            "azurerm_monitor_autoscale_setting.web",
            json!({ "target_resource_id": "sets/web",
                "profile": [{ "capacity": [{ "minimum": "2", "default": "3", "maximum": "9" }] }] }),
        )
        .create(
            "azurerm_kubernetes_cluster.shop",
            json!({ "id": "clusters/shop", "location": "westeurope",
                "default_node_pool": [{ "vm_size": "Standard_D2s_v5", "node_count": 3, "zones": ["1", "3"] }] }),
        )
        .create(
            "azurerm_kubernetes_cluster_node_pool.more",
            json!({ "kubernetes_cluster_id": "clusters/shop", "vm_size": "Standard_D2s_v5", "min_count": 1, "node_count": 2,
                "max_count": 4, "auto_scaling_enabled": true }),
        )
        .create("kubernetes_deployment.web", json!({ "spec": [{ "replicas": 2 }] }))
}

/// What a value is changed to. None for names, which only tie resources together, and for the size that Azure falls back to when it has no
/// metrics: the scale set says how many instances the plan asks for.
fn other(name: &str, value: &Value) -> Option<Value> {
    if name == "default" {
        return None;
    }
    if let Some(number) = value.as_u64() {
        return Some(json!(number + 1));
    }
    let Some(text) = value.as_str() else { panic!("{name} is {value}") };
    if let Ok(number) = text.parse::<u64>() {
        return Some(json!(if name == "zone" { "1".to_owned() } else { (number + 1).to_string() }));
    }
    let other = match text {
        "m5.large" => "c5.large",
        "m5.xlarge" => "c5.xlarge",
        "m7g.large" => "c7g.large",
        "n2-standard-2" => "n2-standard-4",
        "Standard_D2s_v5" => "Standard_D4s_v5",
        "eu-central-1" | "eu-central-1a" => "eu-north-1a",
        "eu-central-1b" => "eu-north-1b",
        "eu-central-1c" => "eu-north-1c",
        "eu-west-1" => "us-east-1",
        "eu-west-1a" => "us-east-1a",
        "eu-west-1b" => "us-east-1b",
        "europe-west1" => "europe-west4",
        "europe-west1-b" => "europe-west4-b",
        "europe-west1-c" => "europe-west4-c",
        "westeurope" => "northeurope",
        "ON_DEMAND" => "SPOT",
        "on-demand" => "spot",
        "lt-1" | "web" | "subnet-1" | "templates/web" | "managers/web" | "sets/web" | "clusters/shop" => return None,
        unknown => panic!("{name} = {unknown:?} has no other value in this test"),
    };
    Some(json!(if name == "region" { other.trim_end_matches(['a', 'b', 'c']) } else { other }))
}

/// Pointers to all values below one.
fn leaves(value: &Value, pointer: &str, found: &mut Vec<String>) {
    let below: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), value)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(index, value)| (index.to_string(), value)).collect(),
        Value::Null | Value::Bool(_) => return,
        Value::Number(_) | Value::String(_) => return found.push(pointer.to_owned()),
    };
    for (name, value) in below {
        leaves(value, &format!("{pointer}/{name}"), found);
    }
}

fn reviewed(plan: &Value, options: &Options<'_>) -> Report {
    review(&SourceFile::new("plan.json", plan.to_string()), options).unwrap_or_else(|faults| panic!("{faults}"))
}

/// Everything that is said of a plan but which plan and which catalog it was.
fn verdict(report: &Report) -> Value {
    let mut document = render::report(report);
    for stamp in ["plan", "catalog"] {
        document.as_object_mut().unwrap().remove(stamp);
    }
    document
}

#[test]
fn every_count_region_zone_and_type_matters() {
    let options = Options { with_distance: false, ..options() };
    for (plan, expected) in [(aws().json(), 34), (others().json(), 25)] {
        let reference = reviewed(&plan, &options);
        assert_eq!(reference.coverage.priced, reference.coverage.total, "{:#?}", reference.coverage);
        let reference = verdict(&reference);
        let mut changed = 0;
        for (index, change) in plan["resource_changes"].as_array().unwrap().iter().enumerate() {
            let mut pointers = Vec::new();
            leaves(&change["change"]["after"], "", &mut pointers);
            for pointer in pointers {
                let name = pointer.rsplit('/').find(|part| part.parse::<usize>().is_err()).unwrap();
                let value = change["change"]["after"].pointer(&pointer).unwrap();
                let Some(other) = other(name, value) else { continue };
                let mut mutant = plan.clone();
                *mutant["resource_changes"][index]["change"]["after"].pointer_mut(&pointer).unwrap() = other.clone();
                let verdict = verdict(&reviewed(&mutant, &options));
                assert!(verdict != reference, "{} {pointer}: {value} → {other}", change["address"]);
                changed += 1;
            }
        }
        assert!(changed >= expected, "{changed} values were changed");
    }
}

/// The decision of a policy about a report.
fn decision(report: &Report, policy: &str) -> Decision {
    let file = SourceFile::new("policy.hcl", policy);
    let (policy, _) = policy::read(&file, Catalog::embedded()).unwrap_or_else(|faults| panic!("{faults}"));
    let context = Context {
        today: jiff::civil::date(2026, 11, 24),
        baseline: &Baseline::default(),
        is_strict: false,
        catalog: Catalog::embedded(),
    };
    policy::judge(report, &policy, Vec::new(), &context).decision()
}

/// A limit of just what the fleet costs holds, and a micro-USD an hour more for any type anywhere breaks it.
#[test]
fn every_price_matters() {
    for plan in [aws().json(), others().json()] {
        let options = Options { with_distance: false, ..options() };
        let reference = reviewed(&plan, &options);
        let cost = stowage::units::Decimal::new(reference.totals.cost.after.known.expected.micros(), 6);
        let regions = {
            let known = reference.members.iter().filter_map(|member| member.stands.after.as_ref()?.region.known());
            known.map(|region| format!("{:?}", region.to_string())).collect::<std::collections::BTreeSet<_>>()
        };
        let allowed = regions.iter().cloned().collect::<Vec<_>>().join(", ");
        let policy = format!("limits = {{ monthly_cost_usd = {cost} }}\nallowed = {{ regions = [{allowed}] }}\n");
        let severities = "severity = { single-zone = \"off\" }\n";
        assert_eq!(decision(&reference, &format!("{policy}{severities}")), Decision::Passed, "{policy}");
        let mut bought = std::collections::BTreeSet::new();
        for member in &reference.members {
            let stands = member.stands.after.as_ref().unwrap();
            let (Some(region), Some(types)) = (stands.region.known(), stands.machine_types.known()) else { continue };
            // The expected cost of a group that mixes types is that of its first.
            bought.insert((region.to_string(), types[0].clone()));
        }
        assert!(bought.len() >= 2, "{bought:?}");
        for (region, machine_type) in bought {
            let text = json!({ "price_adjustments": { "more": {
                "regions": [region], "instance_types": [machine_type], "change": "+1%" } } });
            let overlay = parse::json(&SourceFile::new("overlay.json", text.to_string())).unwrap();
            let dearer = reviewed(&plan, &Options { overlay: Some(&overlay), ..options });
            assert!(verdict(&dearer) != verdict(&reference), "{region} {machine_type}");
            let decided = decision(&dearer, &format!("{policy}{severities}"));
            assert_eq!(decided, Decision::Violated, "{region} {machine_type}");
        }
        // One region fewer is allowed: its machines violate the policy.
        for gone in &regions {
            let rest = regions.iter().filter(|one| *one != gone).cloned().collect::<Vec<_>>().join(", ");
            let policy = format!("allowed = {{ regions = [{rest}] }}\n{severities}");
            assert_eq!(decision(&reference, &policy), Decision::Violated, "{gone}");
        }
    }
}
