//! `UpgradeResourceState`: brings stored state to the current schema; called for every stored object on every refresh.
//!
//! State of the current version is made to fit: what is missing is null, what the schema no longer has is dropped. State of an older
//! version goes through the resource first. State older than JSON, or newer than this provider, is refused.

use serde_json::Value as Json;

use crate::tfplugin::call::Call;
use crate::tfplugin::diagnostic::{Diagnostic, Diagnostics};
use crate::tfplugin::engine::{Engine, write_value};
use crate::tfplugin::proto::tfplugin6::upgrade_resource_state::{Request, Response};
use crate::tfplugin::{consistency, value::Value};

const SUMMARY: &str = "Stored state cannot be read";

pub(crate) fn answer(engine: &Engine, request: &Request, call: &Call) -> Result<Response, Diagnostics> {
    let entry = engine.resource(&request.type_name)?;
    let compiled = entry.declared();
    call.is_about(&compiled.schema.block);
    let current = compiled.schema.version;
    let json = request.raw_state.as_ref().map(|raw| &*raw.json).unwrap_or_default();
    if json.is_empty() {
        let detail = format!(
            "The state of {} is not JSON: it was written by Terraform 0.11 or older. Apply it once with Terraform 0.12 first.",
            request.type_name
        );
        return Err(Diagnostic::error(SUMMARY, detail).into());
    }
    let stored: Json = serde_json::from_slice(json).map_err(|error| {
        Diagnostic::error(SUMMARY, format!("The state of {} is not JSON: {error}.", request.type_name))
    })?;
    let stored = match u32::try_from(request.version) {
        Ok(version) if version == current => stored,
        Ok(version) if version < current => entry.handler.upgrade(version, stored, call)?,
        _ => {
            let detail = format!(
                "The state of {} has version {}; this provider knows versions up to {current}. Use a newer version of the provider.",
                request.type_name, request.version
            );
            return Err(Diagnostic::error("State of a newer version", detail).into());
        }
    };
    let state = Value::from_stored_json(&stored, &compiled.ty).map_err(|error| error.to_diagnostic(SUMMARY))?;
    let state = consistency::without_write_only(&compiled.schema.block, state);
    Ok(Response { upgraded_state: Some(write_value(&state)), diagnostics: Vec::new() })
}
