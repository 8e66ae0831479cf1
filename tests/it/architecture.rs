//! The map in `docs/architecture.md` is true: modules name only what it says they may, and every rule has all its layers.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            files.extend(rust_files(&entry));
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            files.push(entry);
        }
    }
    files.sort();
    files
}

/// The table of `docs/architecture.md`: module → modules it may name.
fn allowed() -> BTreeMap<String, BTreeSet<String>> {
    let text = std::fs::read_to_string(root().join("docs/architecture.md")).unwrap();
    let names = |cell: &str| -> BTreeSet<String> { cell.split('`').skip(1).step_by(2).map(str::to_owned).collect() };
    let mut allowed: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in
        text.lines().skip_while(|line| !line.starts_with("| module |")).skip(2).take_while(|line| line.starts_with('|'))
    {
        let cells: Vec<&str> = line.trim_matches('|').split('|').collect();
        for module in names(cells[0]) {
            allowed.insert(module, names(cells[2]));
        }
    }
    assert!(allowed.len() >= 14, "the table of modules was not found: {allowed:?}");
    allowed
}

/// The module of `src/` that a file belongs to; `None` for lib.rs and main.rs.
fn module_of(file: &Path) -> Option<String> {
    let relative = file.strip_prefix(root().join("src")).unwrap();
    let first = relative.components().next()?.as_os_str().to_str()?;
    let module = first.strip_suffix(".rs").unwrap_or(first);
    (!matches!(module, "lib" | "main")).then(|| module.to_owned())
}

/// The first segments of the `crate::` paths in a file, documentation left out.
fn named(text: &str) -> BTreeSet<String> {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    let mut named = BTreeSet::new();
    for line in code {
        for after in line.split("crate::").skip(1) {
            let word: String = after.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if word.is_empty() {
                // use crate::{a, b::c}
                let list = after.trim_start_matches('{').split('}').next().unwrap_or_default();
                named.extend(list.split(',').filter_map(|item| item.trim().split("::").next()).map(str::to_owned));
            } else {
                named.insert(word);
            }
        }
    }
    named.remove("");
    named
}

#[test]
fn modules_name_only_what_the_table_allows() {
    let allowed = allowed();
    let mut broken = Vec::new();
    for file in rust_files(&root().join("src")) {
        let Some(module) = module_of(&file) else { continue };
        let Some(may_name) = allowed.get(&module) else {
            broken.push(format!("module `{module}` is not in the table of docs/architecture.md"));
            continue;
        };
        for name in named(&std::fs::read_to_string(&file).unwrap()) {
            // Only modules count; macros and items of the crate root do not exist.
            if name != module && allowed.contains_key(&name) && !may_name.contains(&name) {
                broken.push(format!("{} names crate::{name}", file.strip_prefix(root()).unwrap().display()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn only_solve_names_the_solver() {
    for file in rust_files(&root().join("src")) {
        let text = std::fs::read_to_string(&file).unwrap();
        let names_it = text.lines().any(|line| {
            let code = line.trim_start();
            !code.starts_with("//")
                && (code.contains("good_lp") || code.contains("use highs") || code.contains("highs::"))
        });
        let is_solve = module_of(&file).as_deref() == Some("solve");
        assert!(!names_it || is_solve, "{} names the solver", file.display());
    }
}

/// One rule, one name, every layer.
#[test]
fn every_rule_has_all_its_layers() {
    let stem = |file: &PathBuf| file.file_stem().unwrap().to_str().unwrap().to_owned();
    let not_rules = ["placement", "violation"];
    let rules: Vec<String> = rust_files(&root().join("src/check"))
        .iter()
        .filter(|path| path.parent() == Some(&root().join("src/check")))
        .map(stem)
        .filter(|name| !not_rules.contains(&name.as_str()))
        .collect();
    assert!(rules.len() >= 8);
    for rule in &rules {
        for path in
            [format!("src/formulate/{rule}.rs"), format!("docs/rules/{rule}.md"), format!("tests/scenarios/{rule}")]
        {
            assert!(root().join(&path).exists(), "rule `{rule}` has no {path}");
        }
    }
    for entry in std::fs::read_dir(root().join("tests/scenarios")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(rules.contains(&name), "tests/scenarios/{name} belongs to no rule");
    }
}

/// Nothing that exists on one machine only, and no unfinished work.
#[test]
fn sources_hold_no_slips() {
    let unfinished = ["todo!", "unimplemented!", "#[ignore", "FIXME"].map(str::to_owned);
    for file in rust_files(&root().join("src")).into_iter().chain(rust_files(&root().join("tests"))) {
        if file.ends_with("architecture.rs") {
            continue;
        }
        let text = std::fs::read_to_string(&file).unwrap();
        for word in &unfinished {
            assert!(!text.contains(word.as_str()), "{} contains {word}", file.display());
        }
    }
}
