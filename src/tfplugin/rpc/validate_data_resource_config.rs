//! `ValidateDataResourceConfig`: judges a data block, many times and once more before each read. Values may be unknown.

use crate::tfplugin::call::Call;
use crate::tfplugin::diagnostic::Diagnostics;
use crate::tfplugin::engine::{Engine, read_value};
use crate::tfplugin::proto::tfplugin6::validate_data_resource_config::{Request, Response};

pub(crate) fn answer(engine: &Engine, request: &Request, call: &Call) -> Result<Response, Diagnostics> {
    let entry = engine.data_source(&request.type_name)?;
    call.is_about(&entry.declared().schema.block);
    let config = read_value(request.config.as_ref(), &entry.declared().ty)?;
    call.report_all(entry.handler.validate(&config, call));
    Ok(Response::default())
}
