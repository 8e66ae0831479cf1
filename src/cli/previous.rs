//! `--previous`: an earlier result beside the problems it was an answer to.

use std::path::Path;

use anyhow::{Context as _, bail};
use serde_json::Value;

use crate::parse::Stated;
use crate::parse::tree::{Entry, Node, Value as Leaf};

/// The problems with the earlier result that `file` holds of each, in the place of what they say themselves.
pub(super) fn beside(mut stated: Vec<Stated>, file: Option<&Path>) -> anyhow::Result<Vec<Stated>> {
    let Some(file) = file else { return Ok(stated) };
    let text = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let whole: Value = serde_json::from_str(&text).with_context(|| format!("{} is no JSON", file.display()))?;
    if whole.get("groups").is_some() {
        let [only] = stated.as_mut_slice() else {
            bail!("{} holds one result, and several problems are solved; choose one with --block", file.display())
        };
        give(&mut only.problem, text);
        return Ok(stated);
    }
    let mut is_named = false;
    for one in &mut stated {
        if let Some(result) = one.address.as_ref().and_then(|address| whole.get(address)) {
            give(&mut one.problem, result.to_string());
            is_named = true;
        }
    }
    if !is_named {
        bail!("{} holds no result of what is solved; write one with `stowage solve --format json`", file.display());
    }
    Ok(stated)
}

fn give(problem: &mut Node, text: String) {
    // What is no map has a finding of its own.
    let Leaf::Map(entries) = &mut problem.value else { return };
    entries.retain(|entry| entry.key != "previous");
    entries.push(Entry { key: "previous".to_owned(), key_span: None, node: Leaf::String(text).into() });
}
