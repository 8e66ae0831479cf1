//! A plan with what is known beside it: read once, reviewed as often as asked.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use super::arguments::PlanOptions;
use super::faults::Faults;
use super::sources::{source, standard_input};
use crate::catalog::Catalog;
use crate::diagnostic::SourceFile;
use crate::parse;
use crate::parse::language::CATALOG;
use crate::parse::tree::Node;
use crate::render;
use crate::review::{self, Report};

/// What reviews of one run share: changes of the catalog, a file of workloads, the configuration.
#[derive(Clone, Debug, Default)]
pub(super) struct Beside {
    overlay: Option<(SourceFile, Node)>,
    workloads: Option<(SourceFile, Node)>,
    pub(super) configuration: Vec<SourceFile>,
    with_distance: bool,
}

impl Beside {
    /// Reads the files that the options name.
    pub(super) fn read(options: &PlanOptions) -> anyhow::Result<Self> {
        let mut beside = Self::with(options.catalog.as_deref(), options.workloads.as_deref())?;
        beside.configuration = configuration(options.config.as_deref())?;
        beside.with_distance = !options.no_distance;
        Ok(beside)
    }

    /// Only changes of the catalog and workloads.
    pub(super) fn with(catalog: Option<&Path>, workloads: Option<&Path>) -> anyhow::Result<Self> {
        let overlay = catalog.map(|path| {
            let file = source(path)?;
            let node =
                parse::document(&file, CATALOG).map_err(|faults| Faults::new(faults, std::slice::from_ref(&file)))?;
            anyhow::Ok((file, node))
        });
        let workloads = workloads.map(|path| {
            let file = source(path)?;
            let node = problem(&file)?;
            anyhow::Ok((file, node))
        });
        Ok(Self {
            overlay: overlay.transpose()?,
            workloads: workloads.transpose()?,
            configuration: Vec::new(),
            with_distance: true,
        })
    }

    /// The same, for reviews that need no optimum.
    pub(super) fn without_distance(self) -> Self {
        Self { with_distance: false, ..self }
    }

    /// The review of a plan.
    pub(super) fn review(&self, plan: &SourceFile) -> anyhow::Result<Report> {
        let options = review::Options {
            catalog: Catalog::embedded(),
            overlay: self.overlay.as_ref().map(|(_, node)| node),
            sources: &self.configuration,
            workloads: self.workloads.as_ref().map(|(file, node)| (&*file.name, node)),
            with_distance: self.with_distance,
            result: render::result,
        };
        review::review(plan, &options).map_err(|faults| {
            // The plan itself is not quoted: its lines may hold secrets, and are megabytes long.
            let files = [&self.overlay, &self.workloads].into_iter().flatten();
            Faults::new(faults, &files.map(|(file, _)| file.clone()).collect::<Vec<_>>()).into()
        })
    }
}

/// The one problem that a file states.
fn problem(file: &SourceFile) -> anyhow::Result<Node> {
    let faults = |faults| Faults::new(faults, std::slice::from_ref(file));
    let is_json = Path::new(&*file.name).extension().is_some_and(|extension| extension == "json");
    if is_json || file.text.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{') {
        return Ok(parse::json(file).map_err(faults)?);
    }
    let stated = parse::hcl(std::slice::from_ref(file), &std::collections::BTreeMap::new(), None).map_err(faults)?;
    match <[_; 1]>::try_from(stated) {
        Ok([only]) => Ok(only.problem),
        Err(several) => bail!("{} states {} problems; name a file that states one", file.name, several.len()),
    }
}

/// Reads a plan from a file or standard input.
pub(super) fn plan(path: &Path) -> anyhow::Result<SourceFile> {
    if path.as_os_str() == "-" {
        return standard_input();
    }
    let text = std::fs::read(path).with_context(|| {
        format!("{} cannot be read; name a file with the output of terraform show -json, or -", path.display())
    })?;
    Ok(SourceFile::new(path.to_string_lossy(), text))
}

/// What a plan is called in reports.
pub(super) fn title(options: &PlanOptions) -> String {
    let name = || {
        if options.plan.as_os_str() == "-" { "plan".into() } else { options.plan.to_string_lossy().replace('\\', "/") }
    };
    options.title.clone().unwrap_or_else(name)
}

/// The `.tf` files of the root module; of the current folder if no other is named.
fn configuration(folder: Option<&Path>) -> anyhow::Result<Vec<SourceFile>> {
    let here = PathBuf::from(".");
    let chosen = folder.unwrap_or(&here);
    let entries = match std::fs::read_dir(chosen) {
        Ok(entries) => entries,
        Err(_) if folder.is_none() => return Ok(Vec::new()),
        Err(error) => return Err(error).with_context(|| format!("the folder {} cannot be read", chosen.display())),
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.with_context(|| format!("the folder {} cannot be read", chosen.display()))?.path();
        if path.extension().is_some_and(|extension| extension == "tf") && path.is_file() {
            paths.push(if folder.is_none() { path.file_name().map(PathBuf::from).unwrap_or(path) } else { path });
        }
    }
    if paths.is_empty() && folder.is_some() {
        bail!("the folder {} holds no .tf file", chosen.display());
    }
    paths.sort();
    paths.iter().map(|path| source(path)).collect()
}
