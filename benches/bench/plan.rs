//! `terraform plan` with one data source: ours on twenty workloads, against a provider that does nothing.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::{RUNS, problems, row, stowage, timed};

const TRIVIAL: &str = "terraform {\n  required_providers {\n    probe = { source = \"stowage/probe\" }\n  }\n}\n\n\
                       data \"probe_configured\" \"nothing\" {}\n";

/// The rows about `terraform plan`, in turns, and their ratio.
pub(crate) fn rows(folder: &Path) {
    let bin = folder.join("bin");
    std::fs::create_dir_all(&bin).unwrap();
    std::fs::copy(stowage(), bin.join("terraform-provider-stowage")).unwrap();
    std::fs::copy(probe(), bin.join("terraform-provider-probe")).unwrap();
    let settings = folder.join("cli.tfrc");
    let overrides = format!(
        "disable_checkpoint = true\nprovider_installation {{\n  dev_overrides {{\n    \"stowage/stowage\" = \"{0}\"\n    \
         \"stowage/probe\" = \"{0}\"\n  }}\n  direct {{}}\n}}\n",
        bin.display()
    );
    std::fs::write(&settings, overrides).unwrap();
    let mut trivial = plan(&folder.join("trivial"), &settings, TRIVIAL);
    let near = |workloads| (workloads, "30–60 ms", problems::near_users(workloads));
    let few = (20, "40–120 ms of three user groups each", problems::three_user_groups(20));
    for (workloads, round_trips, problem) in [near(1), few, near(20), (20, "60–200 ms", problems::json(20, 0))] {
        let place = folder.join(format!("plan-{workloads}-{round_trips}"));
        let mut ours = plan(&place, &settings, &problems::configuration(&problem));
        let groups = groups(&place);
        let pairs: Vec<(Duration, Duration)> =
            (0..=RUNS).map(|_| (timed(&mut ours), timed(&mut trivial))).skip(1).collect();
        let mut ratios: Vec<f64> = pairs.iter().map(|(a, b)| a.as_secs_f64() / b.as_secs_f64()).collect();
        ratios.sort_by(f64::total_cmp);
        let note =
            format!("{groups} groups; {:.2} × the trivial plan (median of pairs; bar 2.5)", ratios[ratios.len() / 2]);
        let (mut ours, mut trivial): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
        row(&format!("terraform plan, {workloads} workloads within {round_trips}, three clouds"), &mut ours, &note);
        row("terraform plan, a data source that does nothing", &mut trivial, "");
    }
}

/// How many machine groups the configuration in `folder` leads to: what a plan takes grows with them.
fn groups(folder: &Path) -> usize {
    let output = Command::new(stowage()).args(["solve", "--format", "json"]).arg(folder).output().unwrap();
    let result: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    result["groups"].as_object().unwrap().len()
}

/// The provider of the plugin layer's tests, which cargo builds as an example.
fn probe() -> PathBuf {
    let probe = stowage().with_file_name("examples").join("test_provider");
    assert!(probe.exists(), "build it first: cargo build --release --example test_provider");
    probe
}

fn plan(folder: &Path, settings: &Path, configuration: &str) -> Command {
    std::fs::create_dir_all(folder).unwrap();
    std::fs::write(folder.join("main.tf"), configuration).unwrap();
    let mut command = Command::new("terraform");
    command
        .args(["plan", "-input=false", "-no-color"])
        .current_dir(folder)
        .env("TF_CLI_CONFIG_FILE", settings)
        .env("CHECKPOINT_DISABLE", "1")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}
