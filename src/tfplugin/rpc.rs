//! One file for each call of the protocol: what it was asked, what it means, what is answered.
//!
//! Every answer is a success of the call; errors are diagnostics in it. Calls for what this layer does not offer stand together in
//! [`unsupported`].

pub(super) mod apply_resource_change;
pub(super) mod call_function;
pub(super) mod configure_provider;
pub(super) mod get_functions;
pub(super) mod get_metadata;
pub(super) mod get_provider_schema;
pub(super) mod get_resource_identity_schemas;
pub(super) mod import_resource_state;
pub(super) mod plan_resource_change;
pub(super) mod read_data_source;
pub(super) mod read_resource;
pub(super) mod service;
pub(super) mod stop_provider;
pub(super) mod unsupported;
pub(super) mod upgrade_resource_state;
pub(super) mod validate_data_resource_config;
pub(super) mod validate_provider_config;
pub(super) mod validate_resource_config;

use super::diagnostic::{Diagnostic, Diagnostics};
use super::path::AttributePath;
use super::value::{Value, ValueError};

/// Errors of the provider's own making, each at its place.
fn bugs(summary: &str, errors: impl IntoIterator<Item = ValueError>) -> Diagnostics {
    let bug = |error: ValueError| {
        let detail = format!("{error}. This is an error in the provider, not in the configuration: please report it.");
        Diagnostic::error(summary, detail).at(error.path)
    };
    errors.into_iter().map(bug).collect()
}

/// An error at the first unknown part, if there is one.
fn unknown_error(value: &Value) -> Option<ValueError> {
    let path: AttributePath = value.first_unknown()?;
    Some(ValueError::new(&path, "the value is unknown where it must be known"))
}
