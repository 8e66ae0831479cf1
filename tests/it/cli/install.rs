//! Installation into a home directory of its own.

use std::path::{Path, PathBuf};

use super::{folder, run_in};

fn installed(root: &Path) -> Vec<PathBuf> {
    let (version, extension) = (env!("CARGO_PKG_VERSION"), std::env::consts::EXE_SUFFIX);
    let platform = match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") => "linux_amd64",
        ("linux", "aarch64") => "linux_arm64",
        ("macos", "aarch64") => "darwin_arm64",
        ("macos", "x86_64") => "darwin_amd64",
        other => panic!("name the platform {other:?} here"),
    };
    ["registry.terraform.io", "registry.opentofu.org"]
        .iter()
        .map(|host| {
            root.join(host)
                .join(format!("stowage/stowage/{version}/{platform}/terraform-provider-stowage_v{version}{extension}"))
        })
        .collect()
}

#[test]
fn it_copies_itself_for_both_hosts_and_again_changes_nothing() {
    let home = folder(&[]);
    let first = run_in(home.path(), &["install"], b"");
    assert_eq!(first.code, 0, "{}", first.stderr);
    assert!(first.stdout.contains("source  = \"stowage/stowage\""), "{}", first.stdout);
    assert!(first.stderr.contains("Then run: terraform init"), "{}", first.stderr);
    let files = installed(&home.path().join(".terraform.d/plugins"));
    let program = std::fs::read(env!("CARGO_BIN_EXE_stowage")).unwrap();
    for file in &files {
        assert!(std::fs::read(file).unwrap() == program, "{} differs", file.display());
        let version = std::process::Command::new(file).arg("--version").output().unwrap();
        assert!(version.status.success(), "{} does not run", file.display());
        let beside: Vec<_> = std::fs::read_dir(file.parent().unwrap()).unwrap().collect();
        assert_eq!(beside.len(), 1, "nothing but the program is left");
    }
    let second = run_in(home.path(), &["install"], b"");
    assert_eq!(second.code, 0);
    assert!(second.stderr.contains("up to date: ") && !second.stderr.contains("note:"), "{}", second.stderr);
}

#[test]
fn another_build_is_replaced_and_the_hazard_told() {
    let home = folder(&[]);
    let plugins = home.path().join("plugins");
    let files = installed(&plugins);
    for file in &files {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, "an older build").unwrap();
    }
    let ran = run_in(home.path(), &["install", "--dir", "plugins"], b"");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    for part in ["replaced plugins", ".terraform.lock.hcl", "terraform init -plugin-dir=plugins"] {
        assert!(ran.stderr.contains(part), "{part}: {}", ran.stderr);
    }
    assert!(files.iter().all(|file| std::fs::metadata(file).unwrap().len() > 1_000_000));
    std::fs::write(home.path().join(".terraform.lock.hcl"), "provider \"registry.terraform.io/stowage/stowage\" {}\n")
        .unwrap();
    let ran = run_in(home.path(), &["install", "--dir", "plugins"], b"");
    assert!(ran.stderr.contains("this folder's .terraform.lock.hcl"), "{}", ran.stderr);
}

#[test]
fn a_configuration_that_hides_the_directory_is_told() {
    let home = folder(&[(".terraformrc", "provider_installation {\n  direct {}\n}\n")]);
    let ran = run_in(home.path(), &["install"], b"");
    assert_eq!(ran.code, 0);
    assert!(ran.stderr.contains("provider_installation block"), "{}", ran.stderr);
}

#[test]
fn a_place_that_cannot_be_written_is_an_error() {
    let home = folder(&[("plugins", "a file, not a folder")]);
    let ran = run_in(home.path(), &["install", "--dir", "plugins"], b"");
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("choose another place with --dir"), "{}", ran.stderr);
}

#[test]
fn terraform_finds_what_was_installed() {
    let home = folder(&[]);
    let configuration = run_in(home.path(), &["install"], b"").stdout;
    std::fs::write(home.path().join("main.tf"), configuration).unwrap();
    let init = std::process::Command::new("terraform")
        .args(["init", "-no-color", "-input=false"])
        .current_dir(home.path())
        .env("HOME", home.path())
        .env_remove("TF_CLI_CONFIG_FILE")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&init.stdout);
    assert!(init.status.success(), "{said}{}", String::from_utf8_lossy(&init.stderr));
    assert!(said.contains(&format!("Installed stowage/stowage v{}", env!("CARGO_PKG_VERSION"))), "{said}");
    let again = run_in(home.path(), &["install"], b"");
    assert!(again.stderr.contains("this folder's .terraform.lock.hcl"), "{}", again.stderr);
}
