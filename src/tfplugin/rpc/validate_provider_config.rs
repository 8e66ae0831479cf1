//! `ValidateProviderConfig`: judges the provider block, in `validate` and before it is configured. Values may be unknown.

use crate::tfplugin::call::Call;
use crate::tfplugin::diagnostic::Diagnostics;
use crate::tfplugin::engine::{Engine, read_value};
use crate::tfplugin::proto::tfplugin6::validate_provider_config::{Request, Response};

pub(crate) fn answer(engine: &Engine, request: &Request, call: &Call) -> Result<Response, Diagnostics> {
    call.is_about(&engine.provider_schema().schema.block);
    let config = read_value(request.config.as_ref(), &engine.provider_schema().ty)?;
    call.report_all(engine.provider.validate(&config, call));
    Ok(Response::default())
}
