//! Interruptions: what a person at the terminal, a full machine or a killed pipeline does to a provider at work.
#![expect(clippy::disallowed_methods, reason = "tests measure time")]

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use super::terraform::{Workspace, processes_of, send_signal, wait_until};

/// A problem that keeps the solver busy far longer than a test waits: workloads coupled by few regions, and no gap allowed. It is read
/// during the apply, after an object was created.
const SLOW: &str = r#"
resource "terraform_data" "first" {
  input = 120
}
data "stowage_placement" "slow" {
  users = { for user in range(12) : "u${user}" => { latitude = (user * 37) % 100 - 45, longitude = (user * 61) % 300 - 150 } }
  workloads = { for workload in range(24) : "w${workload}" => {
    replica         = { vcpu = 0.3 + (workload % 7) * 0.35, memory_gib = 0.5 + (workload % 11) * 0.9 }
    rps_per_replica = 20 + (workload % 13) * 11
    demand_rps      = { for user in range(12) : "u${user}" => 10 + (workload * 7 + user * 13) % 97 }
    max_rtt_ms      = 90 + (workload % 5) * 20
    rtt_share       = 0.7
    survive         = { zones = 1 }
  } }
  limits        = { max_regions = 6 }
  catalog       = { fixed_monthly_usd = terraform_data.first.output }
  gap_tolerance = 0
}
output "outcome" {
  value = data.stowage_placement.slow.outcome
}
"#;

/// Starts an apply in a process group of its own and waits until the solver is at work.
fn slow_apply(workspace: &Workspace) -> Child {
    let mut command = workspace.terraform(&["apply", "-no-color", "-auto-approve"]);
    let mut child = command
        .process_group(0)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("terraform is on the path");
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.contains("data.stowage_placement.slow: Reading...") {
        line.clear();
        assert!(stdout.read_line(&mut line).unwrap() > 0, "the apply ended before the data was read");
    }
    // Reads on, lest terraform blocks on a full pipe.
    std::thread::spawn(move || stdout.lines().for_each(drop));
    std::thread::sleep(Duration::from_millis(1_500));
    assert!(child.try_wait().unwrap().is_none(), "the problem is slow");
    child
}

#[test]
fn ctrl_c_on_the_process_group_stops_a_slow_solve_and_loses_nothing() {
    let workspace = Workspace::new(SLOW);
    let mut apply = slow_apply(&workspace);
    let start = Instant::now();
    send_signal("INT", &format!("-{}", apply.id()));
    assert!(wait_until(Duration::from_secs(20), || apply.try_wait().unwrap().is_some()), "terraform still runs");
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    assert_eq!(apply.wait().unwrap().code(), Some(1));
    let state = workspace.state();
    let created = state["resources"].as_array().into_iter().flatten().find(|resource| resource["name"] == "first");
    let output = &created.expect("what was created is in the state")["instances"][0]["attributes"]["output"]["value"];
    assert_eq!(output.to_string(), "120");
    assert!(wait_until(Duration::from_secs(2), || processes_of(&workspace.provider()).is_empty()));
}

#[test]
fn a_killed_terraform_leaves_no_orphan() {
    let workspace = Workspace::new(SLOW);
    let mut apply = slow_apply(&workspace);
    assert!(!processes_of(&workspace.provider()).is_empty());
    send_signal("KILL", &apply.id().to_string());
    apply.wait().unwrap();
    let is_gone = wait_until(Duration::from_secs(5), || processes_of(&workspace.provider()).is_empty());
    assert!(is_gone, "{:?}", processes_of(&workspace.provider()));
}
