//! The real Terraform in a folder of its own, taking the provider from this build.
#![expect(clippy::disallowed_methods, reason = "tests start processes and write files")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value as Json;

/// The head of every configuration.
const HEAD: &str =
    "terraform {\n  required_providers {\n    stowage = {\n      source = \"stowage/stowage\"\n    }\n  }\n}\n";

/// How many lines [`Workspace::configure`] puts in front.
pub(super) const HEAD_LINES: usize = 7;

/// A folder with a configuration.
pub(crate) struct Workspace {
    folder: tempfile::TempDir,
}

impl Workspace {
    /// A folder whose Terraform takes the provider as a development override: nothing is installed.
    pub(crate) fn new(configuration: &str) -> Self {
        let workspace = Self::empty();
        let bin = workspace.path().join("bin");
        link(&bin.join("terraform-provider-stowage"));
        let overrides =
            format!("dev_overrides {{\n    \"stowage/stowage\" = \"{}\"\n  }}\n  direct {{}}", bin.display());
        workspace.install(&overrides);
        workspace.configure(configuration);
        workspace
    }

    /// A folder with the files of `example`, whose Terraform installs the provider from a mirror on the disk, and nothing from elsewhere.
    pub(crate) fn of_example(example: &str, files: &[&str]) -> Self {
        let workspace = Self::empty();
        for file in files {
            std::fs::copy(example_path(example).join(file), workspace.path().join(file)).unwrap();
        }
        workspace.install_from_mirror();
        workspace
    }

    fn install_from_mirror(&self) {
        let mirror = self.path().join("mirror");
        let version = env!("CARGO_PKG_VERSION");
        let package = mirror.join(format!("registry.terraform.io/stowage/stowage/{version}/{}", platform()));
        link(&package.join(format!("terraform-provider-stowage_v{version}")));
        self.install(&format!("filesystem_mirror {{\n    path = \"{}\"\n  }}", mirror.display()));
    }

    fn empty() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn install(&self, method: &str) {
        let settings = format!("disable_checkpoint = true\nprovider_installation {{\n  {method}\n}}\n");
        std::fs::write(self.path().join("cli.tfrc"), settings).unwrap();
    }

    /// Replaces the configuration.
    pub(super) fn configure(&self, configuration: &str) {
        self.write("main.tf", &format!("{HEAD}{configuration}"));
    }

    pub(crate) fn write(&self, file: &str, text: &str) {
        std::fs::write(self.path().join(file), text).unwrap();
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A path in the command lines of the provider's processes, and in nobody else's.
    pub(super) fn provider(&self) -> String {
        self.path().join("bin").display().to_string()
    }

    pub(super) fn terraform(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("terraform");
        command.args(arguments).current_dir(self.path()).stdin(Stdio::null());
        command.env("TF_CLI_CONFIG_FILE", self.path().join("cli.tfrc")).env("CHECKPOINT_DISABLE", "1");
        for variable in [
            "TF_LOG",
            "TF_LOG_PROVIDER",
            "TF_REATTACH_PROVIDERS",
            "TF_PLUGIN_MAGIC_COOKIE",
            "TF_DATA_DIR",
            "TF_WORKSPACE",
        ] {
            command.env_remove(variable);
        }
        command
    }

    /// Exit code and everything printed.
    pub(super) fn run(&self, arguments: &[&str]) -> (i32, String) {
        let output = self.terraform(arguments).output().expect("terraform is on the path: these tests need it");
        (output.status.code().expect("terraform was not killed"), text(&output))
    }

    #[track_caller]
    pub(super) fn succeed(&self, arguments: &[&str]) -> String {
        let (code, text) = self.run(arguments);
        assert_eq!(code, 0, "terraform {arguments:?}\n{text}");
        text
    }

    /// What a failing command printed, without the frame that Terraform draws and with lines joined.
    #[track_caller]
    pub(super) fn fail(&self, arguments: &[&str]) -> String {
        let (code, text) = self.run(arguments);
        assert_eq!(code, 1, "terraform {arguments:?}\n{text}");
        let lines = text.lines().map(|line| line.trim_start_matches(['│', '╷', '╵']).trim());
        lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
    }

    /// A plan, as JSON.
    #[track_caller]
    pub(crate) fn plan(&self) -> Plan {
        self.succeed(&["plan", "-no-color", "-out=plan"]);
        Plan(serde_json::from_str(&self.succeed(&["show", "-json", "plan"])).unwrap())
    }

    pub(super) fn state(&self) -> Json {
        let text = std::fs::read_to_string(self.path().join("terraform.tfstate")).expect("there is a state");
        serde_json::from_str(&text).unwrap()
    }
}

/// What a plan foresees.
pub(crate) struct Plan(Json);

impl Plan {
    /// All of it.
    pub(crate) fn json(&self) -> Json {
        self.0.clone()
    }

    /// The outputs by name, each with its `value`.
    pub(super) fn outputs(&self) -> Json {
        self.0["planned_values"]["outputs"].clone()
    }

    /// The attributes of a data block that the plan read.
    #[track_caller]
    pub(super) fn data(&self, address: &str) -> Json {
        let resources = self.0["prior_state"]["values"]["root_module"]["resources"].as_array();
        let found = resources.into_iter().flatten().find(|resource| resource["address"] == address);
        found.unwrap_or_else(|| panic!("the plan has read {address}"))["values"].clone()
    }

    /// What is planned of the resources of a block, by their keys; one without `for_each` has none.
    pub(super) fn resources(&self, block: &str) -> BTreeMap<String, Json> {
        let all = self.0["planned_values"]["root_module"]["resources"].as_array().into_iter().flatten();
        let own = all.filter(|resource| format!("{}.{}", of(resource, "type"), of(resource, "name")) == block);
        own.map(|resource| (of(resource, "index").to_owned(), resource["values"].clone())).collect()
    }
}

fn of<'j>(resource: &'j Json, field: &str) -> &'j str {
    resource[field].as_str().unwrap_or_default()
}

/// The folder of an example.
pub(super) fn example_path(example: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(example)
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The program of this build, under another name.
fn link(to: &Path) {
    std::fs::create_dir_all(to.parent().unwrap()).unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_stowage"), to).unwrap();
}

/// As Terraform names this platform.
fn platform() -> String {
    let architecture = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    let system = if std::env::consts::OS == "macos" { "darwin" } else { std::env::consts::OS };
    format!("{system}_{architecture}")
}

/// Waits until `is_done`; false if that takes longer than `limit`.
pub(super) fn wait_until(limit: Duration, mut is_done: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    while !is_done() {
        if start.elapsed() > limit {
            return false;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    true
}

/// The running processes whose command line contains `part`.
pub(super) fn processes_of(part: &str) -> Vec<String> {
    let output = Command::new("ps").args(["-eo", "pid=,args="]).output().expect("ps is on the path");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines().filter(|line| line.contains(part)).map(str::to_owned).collect()
}

/// Sends `signal` to a process, or, with a minus sign before its number, to a process group.
pub(super) fn send_signal(signal: &str, process: &str) {
    let sent = Command::new("kill").args([&format!("-{signal}"), "--", process]).status().expect("kill is on the path");
    assert!(sent.success(), "kill -{signal} {process}");
}
