//! The command line, run as people and pipelines run it.

#![expect(clippy::disallowed_methods, reason = "tests write files and start processes")]

mod docs;
mod ends;
mod formats;
mod inputs;
mod install;
mod prints;
mod verify;

use crate::runs::{folder, run, run_in};

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// One workload near Frankfurt.
const SMALL: &str = r#"users = { frankfurt = { city = "Frankfurt", country = "DE" } }
workloads = {
  web = {
    replica         = { vcpu = 1, memory_gib = 2 }
    rps_per_replica = 150
    demand_rps      = { frankfurt = 300 }
    max_rtt_ms      = 40
  }
}
allowed = { clouds = ["aws"] }
"#;

/// The same, with a round trip that nobody keeps.
fn impossible() -> String {
    SMALL.replace("= 40", "= 0.001")
}
