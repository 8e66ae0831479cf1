//! `stowage catalog`: what the embedded catalog is, and how its tables are checked and made.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context as _, bail};

use super::arguments::CatalogAction;
use super::exit::Exit;
use super::output::{say, write};
use crate::catalog::{self, Catalog, TABLES, import, validate};

pub(super) fn perform(action: &CatalogAction) -> anyhow::Result<Exit> {
    match action {
        CatalogAction::Show => show(),
        CatalogAction::Validate { dir } => check(dir),
        CatalogAction::Import { dir, to } => make(dir, to),
    }
}

fn show() -> anyhow::Result<Exit> {
    let catalog = Catalog::embedded();
    let stamp = catalog.stamp();
    let mut regions: BTreeMap<String, usize> = BTreeMap::new();
    for key in catalog.region_keys() {
        *regions.entry(key.cloud).or_default() += 1;
    }
    let mut text = format!("version  {}\nas of    {}\ndigest   {}\n", stamp.version, stamp.as_of, stamp.digest);
    let regions: Vec<String> = regions.iter().map(|(cloud, number)| format!("{cloud} {number}")).collect();
    let _ = writeln!(text, "size     {} bytes, packed", catalog.packed_size());
    let _ = writeln!(text, "regions  {}\n\nsources", regions.join(", "));
    for source in &stamp.sources {
        let _ = writeln!(text, "  {} ({}): {}", source.facts, source.as_of, source.origin);
    }
    write(&text)?;
    Ok(Exit::Fine)
}

/// Reports every problem of the tables in a folder.
fn check(folder: &Path) -> anyhow::Result<Exit> {
    let tables = files(folder, TABLES)?;
    let problems = validate(&tables);
    if problems.is_empty() {
        say(&format!("{}: {} tables, no problem found", folder.display(), TABLES.len()));
        return Ok(Exit::Fine);
    }
    write(&list(&problems))?;
    Ok(Exit::Wrong)
}

/// Makes tables, and writes them only if they are sound.
fn make(folder: &Path, to: &Path) -> anyhow::Result<Exit> {
    let made = import::import(&files(folder, import::INPUTS)?).with_context(|| format!("in {}", folder.display()))?;
    for finding in &made.findings {
        say(&finding.to_string());
    }
    let tables = made.tables.iter().map(|(name, text)| (name.clone(), text.clone().into_bytes())).collect();
    let problems = validate(&tables);
    if !problems.is_empty() {
        write(&list(&problems))?;
        bail!("the sources make tables that are not sound; nothing was written");
    }
    for (name, text) in &made.tables {
        let path = to.join(name);
        let folder = path.parent().unwrap_or(to);
        std::fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        std::fs::write(&path, text).with_context(|| format!("{} cannot be written", path.display()))?;
    }
    say(&format!("{} tables written to {}; build again to embed them", made.tables.len(), to.display()));
    Ok(Exit::Fine)
}

/// One line for each problem.
fn list(problems: &[catalog::Problem]) -> String {
    problems.iter().fold(String::new(), |mut text, problem| {
        let _ = writeln!(text, "{problem}");
        text
    })
}

/// The files of `folder` that exist among `names`; which of them must, their reader says.
fn files(folder: &Path, names: &[&str]) -> anyhow::Result<BTreeMap<String, Vec<u8>>> {
    if !folder.is_dir() {
        bail!("{} is not a folder", folder.display());
    }
    let mut files = BTreeMap::new();
    for &name in names {
        let path = folder.join(name);
        match std::fs::read(&path) {
            Ok(bytes) => {
                files.insert(name.to_owned(), bytes);
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error).with_context(|| format!("{} cannot be read", path.display())),
        }
    }
    Ok(files)
}
