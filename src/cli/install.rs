//! `stowage install`: copies this program to where Terraform and OpenTofu look for providers before they ask a registry.
//!
//! > DIR/HOST/stowage/stowage/VERSION/OS_ARCH/terraform-provider-stowage_vVERSION
//!
//! once for the default host of each of the two. A copy is written beside its destination and then moved there, so that a host that starts
//! it meanwhile gets the old or the new program, never a part.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use super::arguments::InstallOptions;
use super::exit::Exit;
use super::output::{say, write};

/// The hosts that Terraform and OpenTofu assume where an address names none.
const HOSTS: [&str; 2] = ["registry.terraform.io", "registry.opentofu.org"];

/// What became of a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Copied {
    /// There was none.
    New,
    /// There was the same.
    Same,
    /// There was another build of this version.
    Replaced,
}

pub(super) fn install(options: &InstallOptions) -> anyhow::Result<Exit> {
    let version = env!("CARGO_PKG_VERSION");
    let program = std::env::current_exe().context("the path of this program is unknown")?;
    let bytes = fs::read(&program).with_context(|| format!("{} cannot be read", program.display()))?;
    let plugins = match &options.dir {
        Some(dir) => dir.clone(),
        None => home_plugins()?,
    };
    let mut replaced = false;
    for host in HOSTS {
        let folder = plugins.join(host).join("stowage").join("stowage").join(version).join(platform());
        let file = folder.join(format!("terraform-provider-stowage_v{version}{}", std::env::consts::EXE_SUFFIX));
        let copied = copy(&bytes, &folder, &file)?;
        replaced |= copied == Copied::Replaced;
        say(&match copied {
            Copied::New => format!("installed {}", file.display()),
            Copied::Same => format!("up to date: {}", file.display()),
            Copied::Replaced => format!("replaced {}", file.display()),
        });
    }
    say("");
    write(&required_providers(version))?;
    say("");
    match &options.dir {
        Some(dir) => say(&format!("Then run: terraform init -plugin-dir={}", dir.display())),
        None => say("Then run: terraform init"),
    }
    for hazard in hazards(replaced, options.dir.is_none()) {
        say(&format!("\nnote: {hazard}"));
    }
    Ok(Exit::Fine)
}

fn required_providers(version: &str) -> String {
    format!(
        "terraform {{\n  required_providers {{\n    stowage = {{\n      source  = \"stowage/stowage\"\n      version = \"{version}\"\n    }}\n  }}\n}}\n"
    )
}

fn copy(bytes: &[u8], folder: &Path, file: &Path) -> anyhow::Result<Copied> {
    let copied = match fs::read(file) {
        Ok(there) if there == bytes => return Ok(Copied::Same),
        Ok(_) => Copied::Replaced,
        Err(_) => Copied::New,
    };
    fs::create_dir_all(folder)
        .with_context(|| format!("{} cannot be made; choose another place with --dir", folder.display()))?;
    let cannot = || format!("{} cannot be written; choose another place with --dir", file.display());
    let mut copy = tempfile::Builder::new().prefix(".stowage-").tempfile_in(folder).with_context(cannot)?;
    std::io::Write::write_all(&mut copy, bytes).with_context(cannot)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        copy.as_file().set_permissions(fs::Permissions::from_mode(0o755)).with_context(cannot)?;
    }
    copy.persist(file).with_context(cannot)?;
    Ok(copied)
}

/// `~/.terraform.d/plugins`, which both programs search; on Windows it is in the folder of application data.
fn home_plugins() -> anyhow::Result<PathBuf> {
    let (variable, folder) = if cfg!(windows) { ("APPDATA", "terraform.d") } else { ("HOME", ".terraform.d") };
    match std::env::var_os(variable).filter(|home| !home.is_empty()) {
        Some(home) => Ok(PathBuf::from(home).join(folder).join("plugins")),
        None => bail!("the environment variable {variable} is not set; name a plugin directory with --dir"),
    }
}

/// The platform in the words of Go, which name the folders.
fn platform() -> String {
    let system = match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    };
    let processor = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        other => other,
    };
    format!("{system}_{processor}")
}

/// What can keep the installed program from being used.
fn hazards(replaced: bool, is_implied: bool) -> Vec<String> {
    let mut hazards = Vec::new();
    let lock = Path::new(".terraform.lock.hcl");
    if fs::read_to_string(lock).is_ok_and(|text| text.contains("/stowage/stowage\"")) {
        hazards.push(
            "this folder's .terraform.lock.hcl has the checksum of the build it was initialised with; if terraform init refuses this one, \
             remove the file and run it again"
                .to_owned(),
        );
    } else if replaced {
        hazards.push(
            "another build of this version was replaced. Folders that were initialised with it keep its checksum in .terraform.lock.hcl; \
             remove that file there and run terraform init again"
                .to_owned(),
        );
    }
    if is_implied {
        hazards.extend(installation_block().map(|file| {
            format!(
                "{} has a provider_installation block, so only what it names is searched; add the plugin directory there as a \
                 filesystem_mirror",
                file.display()
            )
        }));
    }
    hazards
}

/// The configuration file of Terraform, if it says where providers come from.
fn installation_block() -> Option<PathBuf> {
    let file = std::env::var_os("TF_CLI_CONFIG_FILE").map(PathBuf::from).or_else(|| {
        let (variable, name) = if cfg!(windows) { ("APPDATA", "terraform.rc") } else { ("HOME", ".terraformrc") };
        Some(PathBuf::from(std::env::var_os(variable)?).join(name))
    })?;
    fs::read_to_string(&file).is_ok_and(|text| text.contains("provider_installation")).then_some(file)
}
