//! The command line, run as people and pipelines run it.

#![expect(clippy::unwrap_used, reason = "what is missing fails the test at its line")]
#![expect(clippy::disallowed_methods, reason = "tests write files and start processes")]

mod docs;
mod ends;
mod formats;
mod inputs;
mod install;
mod prints;
mod verify;

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// What a run left behind.
struct Ran {
    code: i32,
    stdout: String,
    stderr: String,
}

/// Runs `stowage` in `folder`, with `input` on its standard input and without an environment of Terraform.
fn run_in(folder: &Path, arguments: &[&str], input: &[u8]) -> Ran {
    let mut child = Command::new(env!("CARGO_BIN_EXE_stowage"))
        .args(arguments)
        .current_dir(folder)
        .env("HOME", folder)
        .env_remove("TF_CLI_CONFIG_FILE")
        .env_remove("TF_PLUGIN_MAGIC_COOKIE")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that does not read its input closes it: no fault of the test.
    let _ = child.stdin.take().unwrap().write_all(input);
    let output = child.wait_with_output().unwrap();
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A folder with these files, and a run in it.
fn run(files: &[(&str, &str)], arguments: &[&str]) -> Ran {
    let folder = folder(files);
    run_in(folder.path(), arguments, b"")
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

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
