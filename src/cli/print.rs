//! Commands that print what the program knows of itself.

use clap_complete::Shell;
use serde_json::json;

use super::arguments::SchemaOf;
use super::exit::Exit;
use super::output::write;
use crate::catalog::Catalog;
use crate::review::policy;
use crate::{parse, render};

/// The JSON Schema of a document.
pub(super) fn schema(of: SchemaOf) -> anyhow::Result<Exit> {
    let schema = match of {
        SchemaOf::Problem => parse::language::json_schema(),
        SchemaOf::Result => render::result_json_schema(),
        SchemaOf::Simulation => render::simulation_json_schema(),
        SchemaOf::Frontier => render::frontier_json_schema(),
        SchemaOf::Policy => policy::policy_json_schema(),
        SchemaOf::Baseline => policy::baseline_json_schema(),
        SchemaOf::Report => render::report_json_schema(),
        SchemaOf::Gate => render::review::json_schema(),
    };
    write(&format!("{schema:#}\n"))?;
    Ok(Exit::Fine)
}

/// A completion script for a shell.
pub(super) fn completion(shell: Shell) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut super::command(), "stowage", &mut script);
    write(&String::from_utf8(script)?)?;
    Ok(Exit::Fine)
}

/// The versions of the program and of its catalog.
pub(super) fn version(as_json: bool) -> anyhow::Result<Exit> {
    let version = env!("CARGO_PKG_VERSION");
    let stamp = Catalog::embedded().stamp();
    let text = if as_json {
        let catalog = json!({ "version": stamp.version, "as_of": stamp.as_of, "digest": stamp.digest });
        format!("{:#}\n", json!({ "version": version, "catalog": catalog }))
    } else {
        format!("stowage {version}\ncatalog {} as of {} ({})\n", stamp.version, stamp.as_of, stamp.digest)
    };
    write(&text)?;
    Ok(Exit::Fine)
}
