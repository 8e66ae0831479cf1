//! The Terraform provider: configurations of the host become problems, answers become attributes.
//!
//! ```text
//! provider "stowage"            catalog overlay ──┐
//! data "stowage_placement"      arguments ────────┴→ tree → parse → place → render → attributes
//! ```
//!
//! Schemas are not written here: `schema` walks `parse::language` and `render::language`. Nor are rules: what a value may be, [`crate::parse`]
//! says. This edge converts values (`tree`), carries findings back to the line that caused them (`report`), and keeps the host's
//! promises: unknown values pass, a stop is answered while the solver works, and no configuration is written to a log.
//!
//! Starting costs next to nothing: schemas are made when they are asked for, the catalog's names are opened while the host has a block judged, its
//! prices once it configures the provider.

use std::process::ExitCode;
use std::sync::Arc;
use std::thread;

use crate::catalog::Catalog;
use crate::parse;
use crate::parse::tree::Node;
use crate::tfplugin::{self, Call, Configured, DataSource, Diagnostics, Mode, Provider, Schema, ServeOptions, Value};

mod computation;
mod placement;
mod report;
mod schema;
mod tree;

pub use placement::Placement;

/// The address under which configurations name the provider.
const ADDRESS: &str = "registry.terraform.io/stowage/stowage";

/// Serves the provider to the host that started this process, or, in [`Mode::Debug`], to any host that is told where; the value is the
/// exit code of the process.
pub fn serve(mode: Mode) -> ExitCode {
    let options = ServeOptions {
        name: "stowage".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        address: ADDRESS.to_owned(),
        refusal:
            "Terraform and OpenTofu start this program themselves: run `stowage install` once, then `terraform init`."
                .to_owned(),
        mode,
    };
    tfplugin::serve(Stowage, &options)
}

/// The provider.
#[derive(Clone, Copy, Debug)]
pub struct Stowage;

/// What the provider block says, for the data sources.
#[derive(Debug, Default)]
struct Configuration {
    /// Its `catalog`, if given.
    overlay: Option<Node>,
    /// Whether all of it is known; while a plan is made, parts may not be.
    is_known: bool,
}

impl Provider for Stowage {
    fn schema(&self) -> Schema {
        schema::provider()
    }

    fn validate(&self, config: &Value, _call: &Call) -> Diagnostics {
        overlay(config)
            .and_then(|overlay| parse::overlay(&overlay, Catalog::embedded()).err())
            .map(report::findings)
            .unwrap_or_default()
    }

    fn configure(&self, config: &Value, _call: &Call) -> Result<Configured, Diagnostics> {
        // Placements will be read. Without a thread the calls open what they need.
        let _ = thread::Builder::new().name("catalog".to_owned()).spawn(|| Catalog::embedded().open());
        Ok(Arc::new(Configuration { overlay: overlay(config), is_known: config.is_wholly_known() }))
    }

    fn prepare(&self) {
        Catalog::embedded().open_names();
    }

    fn data_sources(&self) -> Vec<Box<dyn DataSource>> {
        vec![Box::new(Placement)]
    }
}

/// The `catalog` of the provider block.
fn overlay(config: &Value) -> Option<Node> {
    config.attribute("catalog").filter(|catalog| !catalog.is_null()).map(tree::node)
}
