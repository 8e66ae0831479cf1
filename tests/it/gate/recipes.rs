//! The recipes of `examples/gate`: their commands are taken out of the files and run, with the real Terraform on the plan of the quickstart.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::provider::terraform::Workspace;

fn recipe(file: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/gate").join(file)).unwrap()
}

/// The scripts of a file in YAML: blocks after `run: |`, and what follows `- run: ` or, under `script:`, `- `.
fn scripts(text: &str) -> Vec<String> {
    let mut scripts = Vec::new();
    let mut lines = text.lines().peekable();
    let mut in_script = false;
    let indent = |line: &str| line.len() - line.trim_start().len();
    while let Some(line) = lines.next() {
        let code = line.trim();
        if code == "run: |" {
            let mut script = String::new();
            while let Some(next) = lines.next_if(|next| next.is_empty() || indent(next) > indent(line)) {
                script.push_str(next.trim_start());
                script.push('\n');
            }
            scripts.push(script);
        } else if let Some(command) = code.strip_prefix("- run: ") {
            scripts.push(command.to_owned());
        } else if code == "script:" {
            in_script = true;
        } else if let Some(command) = code.strip_prefix("- ").filter(|_| in_script) {
            scripts.push(command.to_owned());
        } else {
            in_script = false;
        }
    }
    scripts
}

/// A path that begins with `tools` in a folder, where `stowage` is this build.
pub(super) fn path_of_tools(folder: &Path) -> OsString {
    let tools = folder.join("tools");
    std::fs::create_dir_all(&tools).unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_stowage"), tools.join("stowage")).unwrap();
    let own = std::env::var_os("PATH").unwrap();
    std::env::join_paths(std::iter::once(tools).chain(std::env::split_paths(&own))).unwrap()
}

/// The quickstart in a folder, with the policies of the recipes, and `stowage` and a `gh` that notes what it is asked on the path.
struct Pipeline {
    workspace: Workspace,
    path: OsString,
}

impl Pipeline {
    fn new() -> Self {
        let workspace = Workspace::of_example("quickstart", &["main.tf"]);
        for file in ["policy.hcl", "policy.rego"] {
            workspace.write(file, &recipe(file));
        }
        let path = path_of_tools(workspace.path());
        let gh = workspace.path().join("tools/gh");
        std::fs::write(&gh, "#!/bin/sh\necho \"$@\" >> gh.log\n").unwrap();
        std::fs::set_permissions(&gh, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        Self { workspace, path }
    }

    #[track_caller]
    fn run(&self, script: &str) -> String {
        let mut command = Command::new("bash");
        command
            .args(["-euo", "pipefail", "-c", script])
            .current_dir(self.workspace.path())
            .env("PATH", &self.path)
            .env("TF_CLI_CONFIG_FILE", self.workspace.path().join("cli.tfrc"))
            .env("CHECKPOINT_DISABLE", "1")
            .env("GITHUB_REPOSITORY", "acme/shop")
            .env("PULL_REQUEST", "7")
            .env("PLANFILE", self.workspace.path().join("plan.out"))
            .env("PROJECT_NAME", "shop")
            .env_remove("TF_PLUGIN_MAGIC_COOKIE");
        let output = command.output().unwrap();
        let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{script}\n{text}");
        text
    }

    fn file(&self, name: &str) -> PathBuf {
        self.workspace.path().join(name)
    }
}

#[test]
fn github_actions() {
    let pipeline = Pipeline::new();
    let scripts = scripts(&recipe("github-actions.yml"));
    assert_eq!(scripts.len(), 4, "{scripts:?}");
    // Installing needs the network; this build is on the path instead.
    assert!(scripts[0].starts_with("cargo install "));
    scripts[1..].iter().for_each(|script| drop(pipeline.run(script)));
    let log = std::fs::read_to_string(pipeline.file("gh.log")).unwrap();
    let marker = "<!-- stowage-gate: acme/shop -->";
    assert!(
        log.contains(marker)
            && log.contains("--method POST repos/acme/shop/issues/7/comments --field body=@gate/comment.md"),
        "{log}"
    );
    assert!(std::fs::read_to_string(pipeline.file("gate/comment.md")).unwrap().starts_with(marker));
    for file in ["gate/gate.sarif", "gate/gate.html"] {
        assert!(pipeline.file(file).exists(), "{file}");
    }
}

#[test]
fn gitlab_ci() {
    let pipeline = Pipeline::new();
    let scripts = scripts(&recipe("gitlab-ci.yml"));
    assert_eq!(scripts.len(), 5, "{scripts:?}");
    let said: Vec<String> = scripts.iter().map(|script| pipeline.run(script)).collect();
    assert!(said[3].contains("data.stowage_placement.shop: confirmed"), "{}", said[3]);
    for file in ["gl-code-quality-report.json", "gate.xml", "gate.html"] {
        assert!(pipeline.file(file).exists(), "{file}");
    }
}

/// Atlantis runs `init`, `plan` and `apply` itself, and keeps the plan in `$PLANFILE`.
#[test]
fn atlantis() {
    let pipeline = Pipeline::new();
    pipeline.run("terraform init -input=false");
    pipeline.run("terraform plan -input=false -out \"$PLANFILE\"");
    let scripts = scripts(&recipe("atlantis.yaml"));
    assert_eq!(scripts.len(), 4, "{scripts:?}");
    for script in &scripts {
        drop(pipeline.run(script));
    }
}

/// A placement that somebody changed in the plan is found.
#[test]
fn a_changed_placement_is_not_confirmed() {
    let pipeline = Pipeline::new();
    pipeline.run("terraform init -input=false && terraform plan -input=false -out=plan.out && terraform show -json plan.out > plan.json");
    let text = std::fs::read_to_string(pipeline.file("plan.json")).unwrap();
    let mut plan: serde_json::Value = serde_json::from_str(&text).unwrap();
    let resources = plan["prior_state"]["values"]["root_module"]["resources"].as_array_mut().unwrap();
    let placement = resources.iter_mut().find(|resource| resource["type"] == "stowage_placement").unwrap();
    let groups = placement["values"]["groups"].as_object_mut().unwrap();
    let group = groups.values_mut().next().unwrap();
    group["instances"] = serde_json::json!(group["instances"].as_u64().unwrap() + 1);
    std::fs::write(pipeline.file("plan.json"), plan.to_string()).unwrap();
    let verify = super::run_in(pipeline.workspace.path(), &["verify-plan", "plan.json"], "");
    assert_eq!(verify.code, 2, "{}{}", verify.stdout, verify.stderr);
    assert!(verify.stdout.contains("differs") && verify.stdout.contains(".instances"), "{}", verify.stdout);
    let gate = super::run_in(pipeline.workspace.path(), &["gate", "plan.json"], "");
    assert_eq!(gate.code, 2, "{}{}", gate.stdout, gate.stderr);
}

#[test]
fn the_files_of_terraform_are_formatted() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/gate");
    let output = Command::new("terraform").args(["fmt", "-check", "-recursive"]).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}
