//! Whatever the bytes, a parser answers: it does not panic, hang or exhaust the stack.

use std::collections::BTreeMap;

use proptest::prelude::*;
use stowage::catalog::Catalog;
use stowage::diagnostic::{SourceFile, render};
use stowage::parse::problem;

use super::stated;

/// Reads `text` as a file of this name, to the end.
fn read(name: &str, text: &[u8]) {
    let file = SourceFile::new(name, text);
    let sources = [file];
    match stated(&sources, &BTreeMap::new()) {
        Err(found) => assert!(!render(found, &sources).is_empty()),
        Ok(stated) => {
            for stated in stated {
                if let Err(found) = problem(&stated.problem, Catalog::embedded(), stated.overlay.as_ref()) {
                    assert!(!render(found, &sources).is_empty());
                }
            }
        }
    }
}

const NAMES: [&str; 4] = ["a.hcl", "a.tf", "a.json", "a.tfvars"];

/// Pieces of the language, so that random texts get past the first byte.
const PIECES: [&str; 48] = [
    "users",
    "workloads",
    "web",
    "=",
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    "\"",
    ",",
    ":",
    "\n",
    "${",
    "%{ if ",
    "%{ endif }",
    "for",
    " in ",
    " : ",
    "=>",
    "?",
    "null",
    "true",
    "0",
    "-1",
    "1e9999",
    "0.1",
    "local.a",
    "var.b",
    "locals {",
    "data \"stowage_placement\" \"x\" {",
    "demand_rps",
    "replica",
    "max(",
    "...",
    "<<EOT\n",
    "EOT\n",
    "\\u0000",
    "\\",
    "ä",
    "\u{feff}",
    "#",
    "/*",
    ".*",
    "[*]",
    "$${",
    "~}",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_are_answered(name in 0..NAMES.len(), bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        read(NAMES[name], &bytes);
    }

    #[test]
    fn arbitrary_pieces_are_answered(name in 0..NAMES.len(), pieces in prop::collection::vec(0..PIECES.len(), 0..40)) {
        let text: String = pieces.into_iter().flat_map(|piece| [PIECES[piece], " "]).collect();
        read(NAMES[name], text.as_bytes());
    }

    /// A good problem with some bytes replaced.
    #[test]
    fn damaged_problems_are_answered(name in 0..3_usize, damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
        let texts: [&[u8]; 3] = [
            include_bytes!("good/shop.hcl"),
            include_bytes!("good/shop.tf"),
            include_bytes!("good/shop.json"),
        ];
        let mut text = texts[name].to_vec();
        for (at, byte) in damage {
            let at = at.index(text.len());
            text[at] = byte;
        }
        read(NAMES[name], &text);
    }
}

#[test]
fn deep_nesting_is_refused_before_the_stack_ends() {
    for (name, open, close) in [
        ("a.json", "[", "]"),
        ("a.json", "{\"a\":", "}"),
        ("a.hcl", "x = [", "]"),
        ("a.hcl", "x = ", ""),
        ("a.hcl", "x = (", ")"),
        ("a.hcl", "x = -", "1"),
        ("a.hcl", "x = \"${", "}\""),
        ("a.hcl", "x = 1 + ", "1"),
        ("a.hcl", "b {\n", "}\n"),
        ("a.hcl", "x = true ? ", " : 1"),
    ] {
        let inner = open.strip_prefix("x = ").unwrap_or(open);
        for depth in [10, 63, 64, 65, 1_000, 100_000] {
            let start = if open.starts_with("x = ") { "x = " } else { "" };
            read(name, format!("{start}{}1{}\n", inner.repeat(depth), close.repeat(depth)).as_bytes());
        }
    }
}
