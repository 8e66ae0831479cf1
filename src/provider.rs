//! The Terraform provider.

use std::process::ExitCode;

use crate::tfplugin::{Mode, Provider, Schema, ServeOptions, serve as serve_plugin};

/// Serves the provider; the value is the exit code of the process.
pub fn serve(mode: Mode) -> ExitCode {
    let options = ServeOptions {
        name: "stowage".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        address: "registry.terraform.io/stowage/stowage".to_owned(),
        refusal: "Terraform starts this program itself; run `stowage install`, then `terraform init`.".to_owned(),
        mode,
    };
    serve_plugin(Empty, &options)
}

/// A provider without data sources yet.
#[derive(Clone, Copy, Debug)]
struct Empty;

impl Provider for Empty {
    fn schema(&self) -> Schema {
        Schema::new("Stowage")
    }
}
