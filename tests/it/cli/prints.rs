//! Commands that print what the program knows of itself, and those that keep the catalog's tables.

use std::path::Path;

use super::{folder, json, run, run_in};

#[test]
fn the_version_names_the_catalog() {
    let text = run(&[], &["version"]).stdout;
    let version = json(&run(&[], &["version", "--json"]).stdout);
    assert_eq!(version["version"], env!("CARGO_PKG_VERSION"));
    for part in ["version", "as_of", "digest"] {
        let part = version["catalog"][part].as_str().unwrap();
        assert!(!part.is_empty() && text.contains(part), "{part}: {text}");
    }
    assert_eq!(version["catalog"]["digest"].as_str().unwrap().len(), 64);
    let shown = run(&[], &["catalog", "show"]).stdout;
    for part in ["aws", "azure", "gcp", "sources"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
}

#[test]
fn completion_scripts_are_scripts() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ran = run(&[], &["completion", shell]);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
        assert!(ran.stdout.contains("var-file"), "{shell}");
    }
    let folder = folder(&[("stowage.bash", &run(&[], &["completion", "bash"]).stdout)]);
    let checked =
        std::process::Command::new("bash").arg("-n").arg(folder.path().join("stowage.bash")).output().unwrap();
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
}

#[test]
fn the_projects_tables_are_sound_and_broken_ones_are_named() {
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/data");
    let ran = run(&[], &["catalog", "validate", data]);
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    let copy = folder(&[]);
    std::fs::copy(Path::new(data).join("regions.tsv"), copy.path().join("regions.tsv")).unwrap();
    let ran = run_in(copy.path(), &["catalog", "validate", "."], b"");
    assert_eq!(ran.code, 1);
    assert!(ran.stdout.contains("countries.tsv"), "{}", ran.stdout);
    let ran = run_in(copy.path(), &["catalog", "validate", "nowhere"], b"");
    assert_eq!((ran.code, ran.stderr.as_str()), (1, "error: nowhere is not a folder\n"));
}

#[test]
fn an_import_without_its_sources_writes_nothing() {
    let empty = folder(&[]);
    let ran = run_in(empty.path(), &["catalog", "import", ".", "--to", "tables"], b"");
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("missing; the importer needs it"), "{}", ran.stderr);
    assert!(!empty.path().join("tables").exists());
}
