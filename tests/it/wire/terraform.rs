//! The real Terraform with the test provider. Without terraform on the path these tests fail: they prove what nothing else does.
#![expect(clippy::disallowed_methods, reason = "tests start processes and write files")]

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use super::host::{processes_of, provider_path, send_signal, wait_until};

/// A folder with a configuration, and a Terraform that takes the provider from it.
struct Workspace {
    folder: tempfile::TempDir,
}

impl Workspace {
    fn new(configuration: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bin = folder.path().join("bin");
        std::fs::create_dir_all(&bin).unwrap();
        std::os::unix::fs::symlink(provider_path(), bin.join("terraform-provider-probe")).unwrap();
        let overrides = format!(
            "provider_installation {{\n  dev_overrides {{\n    \"stowage/probe\" = \"{}\"\n  }}\n  direct {{}}\n}}\n",
            bin.display()
        );
        std::fs::write(folder.path().join("cli.tfrc"), overrides).unwrap();
        let workspace = Self { folder };
        workspace.configure(configuration);
        workspace
    }

    fn configure(&self, configuration: &str) {
        let head =
            "terraform {\n  required_providers {\n    probe = {\n      source = \"stowage/probe\"\n    }\n  }\n}\n";
        std::fs::write(self.path().join("main.tf"), format!("{head}{configuration}")).unwrap();
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The provider as the process list shows it.
    fn provider(&self) -> String {
        self.path().join("bin").join("terraform-provider-probe").display().to_string()
    }

    fn terraform(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("terraform");
        command.args(arguments).current_dir(self.path());
        command.env("TF_CLI_CONFIG_FILE", self.path().join("cli.tfrc")).env("CHECKPOINT_DISABLE", "1");
        for variable in ["TF_LOG", "TF_LOG_PROVIDER", "TF_REATTACH_PROVIDERS", "TF_PLUGIN_MAGIC_COOKIE"] {
            command.env_remove(variable);
        }
        command.stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> (i32, String) {
        let output = self.terraform(arguments).output().expect("terraform is on the path: these tests need it");
        (output.status.code().expect("terraform was not killed"), text(&output))
    }

    #[track_caller]
    fn succeed(&self, arguments: &[&str]) -> String {
        let (code, text) = self.run(arguments);
        assert_eq!(code, 0, "{arguments:?}\n{text}");
        text
    }

    fn state(&self) -> serde_json::Value {
        let text = std::fs::read_to_string(self.path().join("terraform.tfstate")).expect("there is a state");
        serde_json::from_str(&text).unwrap()
    }
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

const EVERYTHING: &str = r#"
provider "probe" {
  greeting = "hi"
}
data "probe_echo" "e" {
  text     = "grün"
  number   = 0.1
  flags    = [true, false]
  tags     = ["b", "a", "b"]
  anything = { a = [1, "x"], b = null }
  groups = {
    x = { size = 3, zones = { z = 0.5 } }
    y = { size = 9223372036854775808 }
  }
}
data "probe_configured" "c" {}
resource "probe_thing" "t" {
  name  = "n"
  parts = [{ size = 1 }, { size = 2, color = "red" }]
}
resource "terraform_data" "each" {
  for_each = probe_thing.t.keys
  input    = each.key
}
output "echo" {
  value = data.probe_echo.e
}
output "greeting" {
  value = data.probe_configured.c.greeting
}
output "sum" {
  value = provider::probe::add(1, 2, 3)
}
"#;

#[test]
fn plan_apply_plan_again_and_destroy() {
    let workspace = Workspace::new(EVERYTHING);
    let plan = workspace.succeed(&["plan", "-no-color", "-out=plan"]);
    assert!(plan.contains(r#"terraform_data.each["n-a"]"#), "planned keys are known\n{plan}");
    assert!(plan.contains(r#"label = "group x""#), "the data source is read in the plan\n{plan}");
    workspace.succeed(&["apply", "-no-color", "plan"]);

    let outputs: serde_json::Value = serde_json::from_str(&workspace.succeed(&["output", "-json"])).unwrap();
    assert_eq!(outputs["sum"]["value"].to_string(), "6");
    assert_eq!(outputs["greeting"]["value"], "hi");
    let echo = &outputs["echo"]["value"];
    assert_eq!(echo["number"].to_string(), "0.1");
    assert_eq!(echo["sum"].to_string(), "9223372036854775811");
    assert_eq!(echo["tags"], serde_json::json!(["a", "b"]));
    assert_eq!(echo["anything"]["b"], serde_json::Value::Null);

    workspace.succeed(&["plan", "-no-color", "-detailed-exitcode"]);
    workspace.configure(&EVERYTHING.replace("name  = \"n\"", "name  = \"n\"\n  note = \"new\""));
    let (code, update) = workspace.run(&["plan", "-no-color", "-detailed-exitcode"]);
    assert_eq!(code, 2, "{update}");
    assert!(update.contains("1 to change, 0 to destroy"), "{update}");
    workspace.succeed(&["apply", "-no-color", "-auto-approve"]);
    workspace.configure(&EVERYTHING.replace("name  = \"n\"", "name  = \"m\""));
    let replacement = workspace.succeed(&["plan", "-no-color"]);
    assert!(replacement.contains("# forces replacement"), "{replacement}");
    workspace.succeed(&["apply", "-no-color", "-auto-approve"]);
    workspace.succeed(&["plan", "-no-color", "-detailed-exitcode"]);
    workspace.succeed(&["destroy", "-no-color", "-auto-approve"]);
    assert_eq!(workspace.state()["resources"], serde_json::json!([]));
    assert_eq!(processes_of(&workspace.provider()), Vec::<String>::new());
}

#[test]
fn the_schema_is_accepted_and_diagnostics_point_at_the_line() {
    let workspace = Workspace::new("data \"probe_echo\" \"e\" {\n  groups = {\n    y = { size = -1 }\n  }\n}\n");
    let schema: serde_json::Value =
        serde_json::from_str(&workspace.succeed(&["providers", "schema", "-json"])).unwrap();
    let probe = &schema["provider_schemas"]["registry.terraform.io/stowage/probe"];
    let group = &probe["data_source_schemas"]["probe_echo"]["block"]["attributes"]["groups"]["nested_type"];
    assert_eq!(group["nesting_mode"], "map");
    let (code, message) = workspace.run(&["validate", "-no-color"]);
    assert_eq!(code, 1);
    for part in ["Negative size", "on main.tf line 10, in data", "groups[\"y\"].size must not be negative"] {
        assert!(message.contains(part), "{part}\n{message}");
    }
}

#[test]
fn a_panic_is_a_readable_message() {
    let workspace = Workspace::new("data \"probe_panic\" \"p\" {\n  message = \"the moon\"\n}\n");
    let (code, message) = workspace.run(&["plan", "-no-color"]);
    assert_eq!(code, 1);
    let message = message.replace("\n│ ", " ").replace('\n', " ");
    for part in ["Internal error of the provider", "with data.probe_panic.p", "the moon"] {
        assert!(message.contains(part), "{part}\n{message}");
    }
}

/// An unknown value keeps a data source for the apply; it is read there.
#[test]
fn a_data_source_waits_for_what_it_needs() {
    let workspace = Workspace::new(
        "resource \"probe_thing\" \"t\" {\n  name = \"n\"\n}\ndata \"probe_echo\" \"e\" {\n  text = \"id is ${probe_thing.t.id}\"\n}\n\
         output \"length\" {\n  value = data.probe_echo.e.length\n}\n",
    );
    let plan = workspace.succeed(&["plan", "-no-color"]);
    assert!(plan.contains("(known after apply)"), "{plan}");
    workspace.succeed(&["apply", "-no-color", "-auto-approve"]);
    assert_eq!(workspace.succeed(&["output", "-json", "length"]).trim(), "13");
    workspace.succeed(&["plan", "-no-color", "-detailed-exitcode"]);
}

const SLOW: &str = "resource \"probe_thing\" \"t\" {\n  name         = \"n\"\n  milliseconds = 60000\n}\n";

/// Starts an apply in a process group of its own and waits until the provider is at work.
fn slow_apply(workspace: &Workspace) -> Child {
    let mut command = workspace.terraform(&["apply", "-no-color", "-auto-approve"]);
    let mut child = command.process_group(0).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.contains("Creating...") {
        line.clear();
        assert!(stdout.read_line(&mut line).unwrap() > 0, "the apply ended before it began");
    }
    // Reads on, lest terraform blocks on a full pipe.
    std::thread::spawn(move || stdout.lines().for_each(drop));
    std::thread::sleep(Duration::from_millis(300));
    child
}

#[test]
fn ctrl_c_on_the_process_group_loses_no_state() {
    let workspace = Workspace::new(SLOW);
    let mut apply = slow_apply(&workspace);
    send_signal("INT", &format!("-{}", apply.id()));
    let is_done = wait_until(Duration::from_secs(20), || apply.try_wait().unwrap().is_some());
    assert!(is_done, "terraform still runs");
    assert_eq!(apply.wait().unwrap().code(), Some(1));
    let state = workspace.state();
    let instance = &state["resources"][0]["instances"][0];
    assert_eq!(instance["attributes"]["id"], "thing-n", "the object that was made is in the state: {state}");
    assert_eq!(instance["status"], "tainted");
    assert!(wait_until(Duration::from_secs(2), || processes_of(&workspace.provider()).is_empty()));
    workspace.succeed(&["destroy", "-no-color", "-auto-approve"]);
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

/// One process serves every walk of a debugging session.
#[test]
fn terraform_attaches_to_a_debugging_session() {
    let workspace = Workspace::new(EVERYTHING);
    let provider: PathBuf = provider_path().to_owned();
    let mut session = Command::new(provider).arg("debug").stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let lines = BufReader::new(session.stdout.take().unwrap()).lines();
    let line = lines.map(Result::unwrap).find(|line| line.contains("TF_REATTACH_PROVIDERS")).unwrap();
    let reattach = line.split('\'').nth(1).unwrap().to_owned();
    for arguments in [&["apply", "-no-color", "-auto-approve"][..], &["plan", "-no-color", "-detailed-exitcode"]] {
        let output = workspace.terraform(arguments).env("TF_REATTACH_PROVIDERS", &reattach).output().unwrap();
        assert!(output.status.success(), "{}", text(&output));
    }
    assert!(session.try_wait().unwrap().is_none(), "the session outlives terraform");
    send_signal("INT", &session.id().to_string());
    assert!(wait_until(Duration::from_secs(5), || session.try_wait().unwrap().is_some()));
}
