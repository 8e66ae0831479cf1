//! The gate on a plan of 4,000 resources: 1,600 machines in 400 groups of instances over three regions, half of them changed, among 2,400
//! resources of other types, each with the attributes a real one has.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use stowage::catalog::Catalog;
use stowage::parse::SourceFile;
use stowage::render;
use stowage::render::review::{Reviewed, table};
use stowage::review::policy::{self, Baseline, Context};
use stowage::review::{self, Options};

const RESOURCES: usize = 4_000;

const POLICY: &str = "limits = { monthly_cost_usd = 10000000 }\nallowed = { clouds = [\"aws\"] }\n";

/// Writes plan and policy, and prints the rows.
pub(super) fn rows(folder: &Path) {
    let (plan, policy) = (folder.join("gate.json"), folder.join("gate.hcl"));
    std::fs::write(&plan, text()).unwrap();
    std::fs::write(&policy, POLICY).unwrap();
    for (what, option) in [("", None), (", with the distance", Some(()))] {
        let mut command = Command::new(super::stowage());
        command.arg("gate").arg(&plan).arg("--policy").arg(&policy).current_dir(folder).stdout(Stdio::null());
        if option.is_none() {
            command.arg("--no-distance");
        }
        let mut times = (0..=super::RUNS).map(|_| super::timed(&mut command)).skip(1).collect::<Vec<_>>();
        let mode = if option.is_none() { "gate-here" } else { "gate-distance-here" };
        let here = super::run_self(&[mode, plan.to_str().unwrap()]);
        super::row(
            &format!("gate, {RESOURCES} resources{what}"),
            &mut times,
            &format!("{}; bar 100 ms, 64 MiB", here.trim()),
        );
    }
}

/// Gates in this process and says what was seen.
pub(super) fn here(file: &Path, with_distance: bool) {
    let started = Instant::now();
    let plan = SourceFile::new("plan.json", std::fs::read(file).unwrap());
    let options = Options {
        catalog: Catalog::embedded(),
        overlay: None,
        sources: &[],
        workloads: None,
        with_distance,
        result: render::result,
    };
    let report = review::review(&plan, &options).unwrap();
    let reviewed = started.elapsed();
    let (policy, _) = policy::read(&SourceFile::new("policy.hcl", POLICY), Catalog::embedded()).unwrap();
    let today = policy::Date::new(2026, 11, 24).unwrap();
    let context = Context { today, baseline: &Baseline::default(), is_strict: false, catalog: Catalog::embedded() };
    let judgement = policy::judge(&report, &policy, Vec::new(), &context);
    let text = table(&Reviewed { title: "plan.json", report: &report, judgement: &judgement });
    println!(
        "{} members, {} MiB of plan; review {} ms, all {} ms, {} KiB of table, peak {}",
        report.members.len(),
        plan.text.len() >> 20,
        reviewed.as_millis(),
        started.elapsed().as_millis(),
        text.len() >> 10,
        super::peak_memory(),
    );
}

fn text() -> String {
    let mut changes = String::new();
    for number in 0..RESOURCES {
        if number > 0 {
            changes.push(',');
        }
        let is_machine = number % 5 < 2;
        let region = ["eu-central-1", "us-east-1", "ap-southeast-1"][number / 4 % 3];
        let zone = ["a", "b"][number % 2];
        let (kind, values) = if is_machine {
            let values = format!(
                r#"{{"ami":"ami-0123456789abcdef0","arn":"arn:aws:ec2:{region}:123456789012:instance/i-{number:017x}","associate_public_ip_address":false,"availability_zone":"{region}{zone}","ebs_optimized":true,"id":"i-{number:017x}","instance_type":"m5.large","key_name":"deploy","monitoring":true,"private_ip":"10.0.0.1","root_block_device":[{{"volume_size":50,"volume_type":"gp3","encrypted":true}}],"subnet_id":"subnet-0123456789abcdef0","tags":{{"Name":"web-{number}","team":"platform","stage":"production"}},"vpc_security_group_ids":["sg-0123456789abcdef0"]}}"#
            );
            ("aws_instance", values)
        } else {
            let values = format!(
                r#"{{"arn":"arn:aws:iam::123456789012:role/service-{number}","assume_role_policy":"{{\"Version\":\"2012-10-17\",\"Statement\":[{{\"Effect\":\"Allow\",\"Action\":\"sts:AssumeRole\",\"Principal\":{{\"Service\":\"ec2.amazonaws.com\"}}}}]}}","description":"service {number}","id":"service-{number}","max_session_duration":3600,"name":"service-{number}","path":"/","tags":{{"team":"platform"}}}}"#
            );
            ("aws_iam_role", values)
        };
        let is_new = number % 2 == 0;
        let (action, before) = if is_new { ("create", "null") } else { ("no-op", values.as_str()) };
        let _ = write!(
            changes,
            r#"{{"address":"{kind}.service_{}[{number}]","mode":"managed","type":"{kind}","name":"service_{}","index":{number},"provider_name":"registry.terraform.io/hashicorp/aws","change":{{"actions":["{action}"],"before":{before},"after":{values},"after_unknown":{{}},"before_sensitive":{{}},"after_sensitive":{{}}}}}}"#,
            number / 10,
            number / 10,
        );
    }
    format!(
        r#"{{"format_version":"1.2","terraform_version":"1.9.8","planned_values":{{"root_module":{{}}}},"resource_changes":[{changes}],"configuration":{{"root_module":{{}}}}}}"#
    )
}
