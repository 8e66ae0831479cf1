//! The first screen of README.md: its data block is solved, and its answer is the one shown.

use std::process::Command;

/// The text of the first fenced block that starts with `fence`.
fn block<'a>(text: &'a str, fence: &str) -> &'a str {
    let (_, after) = text.split_once(&format!("```{fence}\n")).unwrap();
    after.split_once("```").unwrap().0
}

#[test]
fn the_first_screen_is_true() {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("main.tf"), block(&readme, "hcl")).unwrap();
    let output =
        Command::new(env!("CARGO_BIN_EXE_stowage")).args(["solve", "."]).current_dir(folder.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let shown = block(&readme, "text").strip_prefix("$ stowage solve .\n").unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap().trim_end(), shown.trim_end());
}
