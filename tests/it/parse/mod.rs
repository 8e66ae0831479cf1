//! Text to problem: what is refused and how it is said, what is accepted and what it means.
#![expect(clippy::disallowed_methods, reason = "cases are files")]
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod expressions;
mod hostile;
mod language;
mod laws;
mod meaning;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use stowage::catalog::Catalog;
use stowage::diagnostic::{Diagnostics, SourceFile, render};
use stowage::parse::{Parsed, Stated, hcl, json, judge, problem};

/// The files of a folder of cases, by name; left out are expectations, and what insta writes beside them where one is not met.
fn cases(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/parse").join(folder);
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let is_expected = |path: &PathBuf| {
        let kind = path.extension().and_then(|kind| kind.to_str());
        matches!(kind, Some("snap" | "new" | "pending-snap"))
    };
    let mut paths: Vec<_> = entries.filter(|path| !is_expected(path)).collect();
    paths.sort();
    paths
}

fn source(path: &Path) -> SourceFile {
    SourceFile::new(path.file_name().unwrap().to_str().unwrap(), std::fs::read(path).unwrap())
}

/// What a file of any form states.
fn stated(sources: &[SourceFile], variables: &BTreeMap<String, String>) -> Result<Vec<Stated>, Diagnostics> {
    match sources {
        [file] if file.name.ends_with(".json") => {
            Ok(vec![Stated { address: None, problem: json(file)?, overlay: None }])
        }
        files => hcl(files, variables, None),
    }
}

/// Reads one problem from one file; to judge it finds the same.
fn parsed(file: &SourceFile) -> Result<Parsed, Diagnostics> {
    let stated = stated(std::slice::from_ref(file), &BTreeMap::new())?.remove(0);
    let (catalog, overlay) = (Catalog::embedded(), stated.overlay.as_ref());
    let parsed = problem(&stated.problem, catalog, overlay);
    let judged = judge(&stated.problem, catalog, overlay);
    assert!(judged.err() == parsed.as_ref().err().cloned(), "{} is judged otherwise than it is read", file.name);
    parsed
}

/// Every file in `bad/` is refused with the text beside it.
#[test]
fn bad_input_is_refused_with_its_place_and_the_way_out() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("bad");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for path in cases("bad") {
            let file = source(&path);
            let found = match parsed(&file) {
                Ok(parsed) => parsed.warnings,
                Err(diagnostics) => diagnostics,
            };
            assert!(!found.is_empty(), "{} is accepted without a word", file.name);
            insta::assert_snapshot!(&*file.name, render(found, std::slice::from_ref(&file)));
        }
    });
}

/// Files in `good/` that differ in their ending only state the same problem, be it that they name things in other ways. The canonical text of each
/// states it too, and is its own canonical text.
#[test]
fn every_form_states_the_same_problem() {
    let mut by_name: BTreeMap<String, Vec<(PathBuf, Parsed)>> = BTreeMap::new();
    for path in cases("good") {
        let file = source(&path);
        let mut parsed = parsed(&file).unwrap_or_else(|found| panic!("{}", render(found, std::slice::from_ref(&file))));
        assert!(parsed.warnings.is_empty(), "{}", parsed.warnings);
        let canonical = parsed.problem.stated.clone().expect("what is read was stated");
        let read = |text: String| json(&SourceFile::new("canonical.json", text)).unwrap();
        let overlay = canonical.provider_catalog.map(read);
        let again = problem(&read(canonical.problem), Catalog::embedded(), overlay.as_ref()).unwrap().problem;
        assert!(again == parsed.problem, "{} is not what its canonical text states", path.display());
        parsed.problem.stated = None;
        by_name.entry(path.file_stem().unwrap().to_str().unwrap().to_owned()).or_default().push((path, parsed));
    }
    assert!(by_name.values().any(|forms| forms.len() == 3));
    for forms in by_name.values() {
        for (path, parsed) in &forms[1..] {
            assert!(*parsed == forms[0].1, "{} differs from {}", path.display(), forms[0].0.display());
        }
    }
}
