//! The registry's pages under `docs/` and the answers in the examples' README.md follow from the language tables, the examples and the
//! texts under `templates/`. With `UPDATE_DOCS=1` this test rewrites what is stale.
//!
//! A template is a page with places to fill: `{{example FILE}}`, `{{answer NAME}}`, `{{explanation NAME}}`, `{{readme NAME}}` for the
//! examples; `{{arguments}}`, `{{attributes}}`, `{{provider}}` for the tables; `{{conflict}}` for an answer that says no.
#![expect(clippy::disallowed_methods, reason = "pages are files")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::examples::{ALL, Solved, solved};
use super::reference;
use super::terraform::example_path;

/// A small problem that has no placement, for the page on understanding answers.
const IMPOSSIBLE: &str = r#"users = {
  sydney = { city = "Sydney", country = "AU" }
}

workloads = {
  api = {
    replica         = { vcpu = 1, memory_gib = 2 }
    rps_per_replica = 100
    demand_rps      = { sydney = 500 }
    max_rtt_ms      = 30
    allowed         = { jurisdictions = ["EU"] }
  }
}
"#;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn docs_are_current() {
    let answers: Vec<(&str, Solved)> = ALL.iter().map(|(example, _)| (*example, solved(example))).collect();
    let mut pages: Vec<(PathBuf, String)> = Vec::new();
    for (example, solved) in &answers {
        let path = example_path(example).join("README.md");
        let text = std::fs::read_to_string(&path).unwrap();
        pages.push((path, with_answer(&text, &solved.table)));
    }
    for template in templates(&root().join("templates")) {
        let text = std::fs::read_to_string(&template).unwrap();
        let page = root().join("docs").join(template.strip_prefix(root().join("templates")).unwrap());
        pages.push((page, filled(&text, &answers)));
    }
    let is_update = std::env::var_os("UPDATE_DOCS").is_some_and(|value| value == "1");
    let mut stale = Vec::new();
    for (path, text) in &pages {
        if std::fs::read_to_string(path).ok().as_deref() == Some(text) {
            continue;
        }
        if is_update {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        } else {
            stale.push(path.strip_prefix(root()).unwrap().display().to_string());
        }
    }
    assert!(stale.is_empty(), "run `make docs` and review the change; stale: {}", stale.join(", "));
}

#[test]
fn pages_have_the_form_the_registry_wants() {
    let mut found = BTreeSet::new();
    for template in templates(&root().join("templates")) {
        let name = template.strip_prefix(root().join("templates")).unwrap().to_owned();
        let text = std::fs::read_to_string(root().join("docs").join(&name))
            .unwrap_or_else(|_| panic!("run `make docs`: no {}", name.display()));
        let head = text.strip_prefix("---\n").and_then(|text| text.split_once("\n---\n")).map(|(head, _)| head);
        let head = head.unwrap_or_else(|| panic!("{} has front matter", name.display()));
        for key in ["page_title: \"", "subcategory: \"", "description: |-\n  "] {
            assert!(head.contains(key), "{}: {key}", name.display());
        }
        assert!(text.len() < 500_000 && !text.contains("{{"), "{}", name.display());
        for link in text.split("](").skip(1).filter_map(|rest| rest.split_once(')').map(|(link, _)| link)) {
            let file = link.split('#').next().unwrap_or_default();
            if !file.is_empty() && !file.contains("://") {
                let target = root().join("docs").join(&name).parent().unwrap().join(file);
                assert!(target.is_file(), "{} links to {link}", name.display());
            } else if let Some(anchor) = link.strip_prefix('#') {
                assert!(text.lines().any(|line| is_heading_of(line, anchor)), "{} links to {link}", name.display());
            }
        }
        found.insert(name);
    }
    assert!(found.contains(Path::new("index.md")) && found.contains(Path::new("data-sources/placement.md")));
}

/// Whether `line` is a heading with this anchor.
fn is_heading_of(line: &str, anchor: &str) -> bool {
    let Some(title) = line.strip_prefix('#') else { return false };
    reference::anchor(title.trim_start_matches('#').trim()) == anchor
}

fn templates(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(templates(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

/// A README with the answer between its marks.
fn with_answer(text: &str, table: &str) -> String {
    let (head, rest) = text.split_once("<!-- answer -->\n").expect("a README has a place for the answer");
    let (_, tail) = rest.split_once("<!-- /answer -->").expect("and its end");
    format!("{head}<!-- answer -->\n{}\n<!-- /answer -->{tail}", fenced("text", table))
}

fn fenced(language: &str, text: &str) -> String {
    format!("```{language}\n{}\n```", text.trim_end())
}

/// The template with its places filled.
fn filled(template: &str, answers: &[(&str, Solved)]) -> String {
    let mut page = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let (place, after) = after.split_once("}}").expect("a place ends with }}");
        page.push_str(before);
        page.push_str(&filling(place.trim(), answers));
        rest = after;
    }
    page.push_str(rest);
    page
}

fn filling(place: &str, answers: &[(&str, Solved)]) -> String {
    let answer = |name: &str| {
        let found = answers.iter().find(|(example, _)| *example == name);
        &found.unwrap_or_else(|| panic!("{name} is an example")).1
    };
    match place.split_once(' ').unwrap_or((place, "")) {
        ("example", file) => fenced("terraform", &std::fs::read_to_string(example_path(file)).unwrap()),
        ("answer", name) => fenced("text", &answer(name).table),
        ("explanation", name) => fenced("text", &answer(name).explanation),
        ("readme", name) => {
            let text = std::fs::read_to_string(example_path(name).join("README.md")).unwrap();
            let text = text.split_once("<!-- text -->\n").and_then(|(_, text)| text.split_once("\n<!-- /text -->"));
            text.expect("the README has a marked text").0.to_owned()
        }
        ("arguments", "") => reference::arguments(),
        ("attributes", "") => reference::attributes(),
        ("provider", "") => reference::provider(),
        ("conflict", "") => {
            let source = stowage::parse::SourceFile::new("api.hcl", IMPOSSIBLE);
            format!("{}\n\n{}", fenced("terraform", IMPOSSIBLE), fenced("text", &Solved::of(&[source]).conflict()))
        }
        _ => panic!("{place} is no place of a template"),
    }
}
