//! `review --fix` through the program: what it writes is formatted, says what it said before about everything else, and leaves no distance.
//!
//! Providers of the clouds cannot be had here, so Terraform cannot plan the configuration again. Both plans are made from the text of the
//! configuration instead, before and after the fix, by one function ([`planned`]): what is a literal or a variable's default becomes a planned
//! value, what refers to another block becomes known only after the apply, with the reference in `configuration`, as in Terraform's plans.
//! Formatting is judged by the real `terraform fmt`.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use hcl_edit::expr::Expression;
use hcl_edit::structure::{Body, Structure};
use serde_json::{Map, Value, json};

use super::{folder, parsed, run_in};

/// Everything a patch reaches: own arguments, templates, nested blocks, lists, defaults of variables, counts, comments in line.
const CONFIGURATION: &str = r#"# What the shop runs on.
variable "worker_size" {
  type    = string
  default = "m5.xlarge" # four cores
}

resource "aws_launch_template" "web" {
  name          = "web"
  image_id      = "ami-0123"   # the usual image
  instance_type = "c5.2xlarge" # eight cores
  ebs_optimized = true         // cheap
  user_data     = <<-EOT
    #!/bin/sh
    echo 'instance_type = "c5.2xlarge" # not this one'
  EOT
}

resource "aws_autoscaling_group" "web" {
  min_size           = 4 # never fewer
  max_size           = 8 # nor more
  desired_capacity   = 4 # now
  availability_zones = ["eu-central-1a", "eu-central-1b"]

  launch_template {
    id      = aws_launch_template.web.id
    version = "$Latest"
  }
}

resource "aws_instance" "worker" {
  ami               = "ami-0123"
  instance_type     = var.worker_size
  availability_zone = "eu-west-1a"
}

resource "aws_eks_node_group" "nodes" {
  cluster_name   = "shop"
  instance_types = ["m5.large"] # as small as can be

  scaling_config {
    desired_size = 2
    max_size     = 2
    min_size     = 2
  }
}

resource "google_compute_instance_template" "cache" {
  name         = "cache"
  machine_type = "n1-standard-4" # will do

  lifecycle { create_before_destroy = true }
}

resource "google_compute_region_instance_group_manager" "cache" {
  name                      = "cache"
  region                    = "europe-west3"
  target_size               = 7
  distribution_policy_zones = ["europe-west3-a", "europe-west3-b", "europe-west3-c"]

  version {
    instance_template = google_compute_instance_template.cache.self_link
  }
}

resource "azurerm_linux_virtual_machine_scale_set" "search" {
  location  = "westeurope"
  sku       = "Standard_D4s_v3" /* four */
  instances = 6               # of them
  zones     = ["1", "2", "3"] # all
}
"#;

/// A value of the configuration: as planned, and as `configuration` tells it.
fn value(expression: &Expression, defaults: &BTreeMap<String, Value>) -> (Option<Value>, Value) {
    if expression.is_traversal() {
        let text = expression.to_string();
        let whole = text.trim();
        let block = whole.rsplit_once('.').unwrap().0;
        return (defaults.get(whole).cloned(), json!({ "references": [whole, block] }));
    }
    let constant = if let Some(text) = expression.as_str() {
        json!(text)
    } else if let Some(number) = expression.as_number() {
        parsed(&number.to_string())
    } else if let Some(truth) = expression.as_bool() {
        json!(truth)
    } else if let Some(items) = expression.as_array() {
        items.iter().filter_map(|item| value(item, defaults).0).collect()
    } else {
        json!(expression.to_string())
    };
    (Some(constant.clone()), json!({ "constant_value": constant }))
}

/// Planned values, what is known after the apply, and expressions of a block.
fn block(body: &Body, defaults: &BTreeMap<String, Value>) -> [Map<String, Value>; 3] {
    let [mut values, mut unknown, mut expressions] = [Map::new(), Map::new(), Map::new()];
    for structure in body {
        match structure {
            Structure::Attribute(attribute) => {
                let name = attribute.key.to_string();
                let (planned, told) = value(&attribute.value, defaults);
                match planned {
                    Some(planned) => values.insert(name.clone(), planned),
                    None => unknown.insert(name.clone(), json!(true)),
                };
                expressions.insert(name, told);
            }
            Structure::Block(nested) => {
                let [inner, late, told] = block(&nested.body, defaults);
                let name = nested.ident.to_string();
                values.insert(name.clone(), json!([inner]));
                unknown.insert(name.clone(), json!([late]));
                expressions.insert(name, json!([told]));
            }
        }
    }
    [values, unknown, expressions]
}

/// The plan of a configuration whose resources do not exist yet.
fn planned(configuration: &str) -> Value {
    let body: Body = configuration.parse().unwrap();
    let mut defaults = BTreeMap::new();
    let (mut changes, mut blocks) = (Vec::new(), Vec::new());
    for found in body.blocks() {
        let labels: Vec<&str> = found.labels.iter().map(hcl_edit::structure::BlockLabel::as_str).collect();
        if found.ident.as_str() == "variable" {
            let default = found.body.get_attribute("default").unwrap();
            defaults.insert(format!("var.{}", labels[0]), value(&default.value, &BTreeMap::new()).0.unwrap());
            continue;
        }
        let [values, unknown, expressions] = block(&found.body, &defaults);
        let mut change = super::change(&labels.join("."), &["create"], Value::Null, Value::Object(values));
        change["change"]["after_unknown"] = Value::Object(unknown);
        changes.push(change);
        blocks.push(json!({
            "address": labels.join("."), "mode": "managed", "type": labels[0], "name": labels[1], "expressions": expressions,
        }));
    }
    let mut plan = super::plan(&changes);
    plan["configuration"]["root_module"]["resources"] = blocks.into();
    plan
}

#[track_caller]
fn assert_formatted(folder: &Path) {
    let output = Command::new("terraform")
        .args(["fmt", "-check", "-diff", "-no-color"])
        .current_dir(folder)
        .env("TF_CLI_CONFIG_FILE", folder.join("none.tfrc"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

/// The distance of a plan in a folder, as the review's document has it.
fn distance(folder: &Path, plan: &str) -> Value {
    let ran = run_in(folder, &["review", plan, "--format", "json"], "");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    parsed(&ran.stdout)["report"]["distance"].clone()
}

fn usd(value: &Value) -> f64 {
    value.to_string().trim_matches('"').parse().unwrap_or_else(|_| panic!("{value}"))
}

#[test]
fn a_fix_is_formatted_and_leaves_no_distance() {
    let folder =
        folder(&[("main.tf", CONFIGURATION), ("plan.json", &planned(CONFIGURATION).to_string()), ("none.tfrc", "")]);
    assert_formatted(folder.path());
    let before = distance(folder.path(), "plan.json");
    assert!(usd(&before["monthly_difference_usd"]) > 0.0, "{before:#}");
    let ran = run_in(folder.path(), &["review", "plan.json", "--fix"], "");
    assert_eq!((ran.code, ran.stderr.contains("fixed main.tf")), (0, true), "{}{}", ran.stdout, ran.stderr);
    assert_formatted(folder.path());

    let fixed = std::fs::read_to_string(folder.path().join("main.tf")).unwrap();
    let changed: Vec<String> = CONFIGURATION
        .lines()
        .zip(fixed.lines())
        .filter(|(before, after)| before != after)
        .map(|(before, after)| format!("-{before}\n+{after}"))
        .collect();
    assert_eq!(CONFIGURATION.lines().count(), fixed.lines().count());
    insta::assert_snapshot!("fix", changed.join("\n"));

    std::fs::write(folder.path().join("again.json"), planned(&fixed).to_string()).unwrap();
    let after = distance(folder.path(), "again.json");
    assert_eq!(usd(&after["monthly_difference_usd"]).to_string(), "0", "{after:#}\n{fixed}");
    // What the first review promised is what the second one finds.
    assert_eq!(after["monthly_cost_usd"], before["optimum_monthly_cost_usd"], "{before:#}\n{after:#}");
    let again = run_in(folder.path(), &["review", "again.json", "--fix"], "");
    assert_eq!(again.code, 0, "{}", again.stderr);
    assert!(again.stderr.contains("nothing to fix"), "{}", again.stderr);
    assert_eq!(std::fs::read_to_string(folder.path().join("main.tf")).unwrap(), fixed);
}

/// A group in two zones of a region that has three: four machines leave two when a zone is lost, and no fewer than four do in two zones.
#[test]
fn a_fix_breaks_no_promise_of_the_zones() {
    let configuration = r#"resource "azurerm_linux_virtual_machine_scale_set" "search" {
  location  = "westeurope"
  sku       = "Standard_D4s_v3"
  instances = 4
  zones     = ["1", "2"]
}
"#;
    let folder = folder(&[("main.tf", configuration), ("plan.json", &planned(configuration).to_string())]);
    let ran = run_in(folder.path(), &["review", "plan.json", "--fix"], "");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let fixed = std::fs::read_to_string(folder.path().join("main.tf")).unwrap();
    assert!(fixed.contains("  instances = 4\n") && !fixed.contains("Standard_D4s_v3"), "{fixed}");
    std::fs::write(folder.path().join("again.json"), planned(&fixed).to_string()).unwrap();
    let service = |plan: &str| {
        let ran = run_in(folder.path(), &["review", plan, "--no-distance", "--format", "json"], "");
        parsed(&ran.stdout)["report"]["services"][0]["after"].clone()
    };
    assert_eq!(service("plan.json"), service("again.json"), "the same share is lost with a zone");
}

/// What cannot be fixed changes nothing and is a failure.
#[test]
fn a_fix_that_cannot_be_made_writes_nothing() {
    let written = CONFIGURATION.replace("instance_type     = var.worker_size", "instance_type     = local.worker_size");
    let folder = folder(&[("main.tf", &written), ("plan.json", &planned(CONFIGURATION).to_string())]);
    let ran = run_in(folder.path(), &["review", "plan.json", "--fix"], "");
    assert_eq!(ran.code, 1, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stderr.contains("nothing is fixed") && ran.stderr.contains("aws_instance.worker"), "{}", ran.stderr);
    assert_eq!(std::fs::read_to_string(folder.path().join("main.tf")).unwrap(), written);
}
