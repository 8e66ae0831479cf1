//! `ImportResourceState`: finds an existing object by its id. The host reads the object afterwards, so parts may be null.

use super::{bugs, unknown_error};
use crate::tfplugin::call::Call;
use crate::tfplugin::diagnostic::{Diagnostic, Diagnostics};
use crate::tfplugin::engine::{Engine, write_value};
use crate::tfplugin::proto::tfplugin6::import_resource_state::{ImportedResource, Request, Response};

const SUMMARY: &str = "Invalid result of an import";

pub(crate) fn answer(engine: &Engine, request: &Request, call: &Call) -> Result<Response, Diagnostics> {
    let entry = engine.resource(&request.type_name)?;
    if request.id.is_empty() {
        let detail = format!("{} has no identity attributes. Import it by its id.", request.type_name);
        return Err(Diagnostic::error("Import without an id", detail).into());
    }
    let object = entry.handler.import(&request.id, call)?;
    let state = object.state.conform(&entry.declared().ty).map_err(|error| bugs(SUMMARY, [error]))?;
    if let Some(error) = unknown_error(&state) {
        return Err(bugs(SUMMARY, [error]));
    }
    let imported = ImportedResource {
        type_name: request.type_name.clone(),
        state: Some(write_value(&state)),
        private: object.private,
        identity: None,
    };
    Ok(Response { imported_resources: vec![imported], ..Response::default() })
}
