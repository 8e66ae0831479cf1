//! `docs/scope.md` lists what is not decided together as the program refuses it. `UPDATE_DOCS=1` writes it.

use std::fmt::Write as _;
use std::path::Path;

const BEGIN: &str = "<!-- not together: made by `make docs` -->\n";
const END: &str = "<!-- end of not together -->\n";

#[test]
fn the_page_of_scope_lists_what_is_not_decided_together() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/scope.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(BEGIN).expect("the page has a mark before the list");
    let (_, after) = rest.split_once(END).expect("the page has a mark after the list");
    let current = format!("{before}{BEGIN}\n{}\n{END}{after}", listed());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &current).unwrap();
    } else {
        assert!(page == current, "docs/scope.md is stale: run `make docs`");
    }
}

fn listed() -> String {
    let mut text = "| what | beside | why | way out |\n|---|---|---|---|\n".to_owned();
    for [what, beside, why, help] in stowage::parse::refused_together() {
        let _ = writeln!(text, "| {what} | {beside} | {why} | {help} |");
    }
    text
}
