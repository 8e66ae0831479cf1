//! Files and standard input to stated problems.
//!
//! | path | read |
//! |---|---|
//! | a folder | its `.tf` files, then `terraform.tfvars`, `terraform.tfvars.json`, `*.auto.tfvars` and `*.auto.tfvars.json`, as Terraform does |
//! | `.tf`, `.hcl` | that file |
//! | `.json` | that file, as a JSON problem |
//! | `-`, any other name | JSON if its first character that is no space is `{`, which no HCL file begins with; HCL otherwise |
//!
//! Files of `--var-file` come last, so that their values go before those of the folder. Files that expressions name (`file`, `templatefile`) are read beside them.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use super::arguments::StatementOptions;
use crate::diagnostic::{Diagnostics, SourceFile};
use crate::parse::{self, Stated};

/// What was read: the problems stated, or what is wrong with the texts; and the texts, to quote them.
pub(super) struct Read {
    pub(super) stated: Result<Vec<Stated>, Diagnostics>,
    pub(super) sources: Vec<SourceFile>,
    /// Files of the folder that are not understood, for a warning.
    pub(super) ignored: Vec<String>,
}

/// Reads the problems that `path` holds.
pub(super) fn read(path: &Path, options: &StatementOptions) -> anyhow::Result<Read> {
    let mut ignored = Vec::new();
    let mut sources = if path.as_os_str() == "-" {
        vec![standard_input()?]
    } else if path.is_dir() {
        let folder = Folder::list(path)?;
        ignored = folder.ignored;
        folder.files.iter().map(|file| source(file)).collect::<anyhow::Result<_>>()?
    } else {
        vec![source(path)?]
    };
    if is_json(path, &sources) {
        if !options.variables.is_empty() || !options.variable_files.is_empty() {
            bail!("{}: a JSON problem has no variables; leave --var and --var-file out", path.display());
        }
        let stated = parse::json(&sources[0]).map(|problem| vec![Stated { address: None, problem, overlay: None }]);
        return Ok(Read { stated, sources, ignored });
    }
    for file in &options.variable_files {
        let name = file.to_string_lossy();
        if !name.ends_with(".tfvars") && !name.ends_with(".tfvars.json") {
            bail!("{name}: a file of variables is named `.tfvars` or `.tfvars.json`; rename it");
        }
        sources.push(source(file)?);
    }
    let variables: BTreeMap<String, String> = options.variables.iter().cloned().collect();
    let folder = folder_of(path);
    let file = |name: &str| beside(&folder, name);
    let stated = parse::hcl(&sources, &variables, Some(&file));
    Ok(Read { stated, sources, ignored })
}

/// The folder that paths in expressions are relative to.
fn folder_of(path: &Path) -> PathBuf {
    if path.is_dir() {
        return path.to_owned();
    }
    path.parent().map_or_else(PathBuf::new, Path::to_owned)
}

/// The bytes of a file that an expression names; `None` if there is none.
fn beside(folder: &Path, name: &str) -> Result<Option<Vec<u8>>, String> {
    match std::fs::read(folder.join(name)) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.to_string()),
    }
}

fn is_json(path: &Path, sources: &[SourceFile]) -> bool {
    let [only] = sources else { return false };
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("json") => true,
        Some("tf" | "hcl" | "tfvars") => false,
        _ => !path.is_dir() && only.text.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{'),
    }
}

pub(super) fn standard_input() -> anyhow::Result<SourceFile> {
    let mut text = Vec::new();
    std::io::stdin().lock().read_to_end(&mut text).context("standard input cannot be read")?;
    Ok(SourceFile::new("<stdin>", text))
}

pub(super) fn source(path: &Path) -> anyhow::Result<SourceFile> {
    let text = std::fs::read(path).with_context(|| {
        format!(
            "{} cannot be read; name an .hcl or .json file, a folder of .tf files, or - for standard input",
            path.display()
        )
    })?;
    Ok(SourceFile::new(path.to_string_lossy(), text))
}

/// The files of a folder that state problems, in the order in which they count.
struct Folder {
    files: Vec<PathBuf>,
    ignored: Vec<String>,
}

impl Folder {
    fn list(folder: &Path) -> anyhow::Result<Self> {
        let cannot = || format!("the folder {} cannot be read", folder.display());
        let mut names = Vec::new();
        for entry in std::fs::read_dir(folder).with_context(cannot)? {
            let entry = entry.with_context(cannot)?;
            if entry.path().is_file() {
                names.push(entry.file_name().to_string_lossy().into_owned());
            }
        }
        names.retain(|name| !name.starts_with('.') && !name.ends_with('~'));
        names.sort();
        let ending = |ends: &[&str]| -> Vec<String> {
            names.iter().filter(|name| ends.iter().any(|end| name.ends_with(end))).cloned().collect()
        };
        let mut chosen = ending(&[".tf"]);
        if chosen.is_empty() {
            let problems = ending(&[".hcl", ".json"]);
            let hint = match problems.first() {
                Some(file) => format!("; did you mean {}?", folder.join(file).display()),
                None => "; name a folder of .tf files, an .hcl or .json file, or - for standard input".to_owned(),
            };
            bail!("the folder {} holds no .tf file{hint}", folder.display());
        }
        chosen.extend(names.iter().filter(|name| *name == "terraform.tfvars").cloned());
        chosen.extend(names.iter().filter(|name| *name == "terraform.tfvars.json").cloned());
        chosen.extend(ending(&[".auto.tfvars", ".auto.tfvars.json"]));
        // `./main.tf` reads as `main.tf`.
        let path = |name: String| if folder == Path::new(".") { PathBuf::from(name) } else { folder.join(name) };
        Ok(Self { files: chosen.into_iter().map(path).collect(), ignored: ending(&[".tf.json"]) })
    }
}
