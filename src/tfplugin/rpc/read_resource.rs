//! `ReadResource`: refreshes one object. An answer without a state means that the object is gone.

use super::{bugs, unknown_error};
use crate::tfplugin::call::Call;
use crate::tfplugin::consistency::{completed, without_write_only};
use crate::tfplugin::diagnostic::Diagnostics;
use crate::tfplugin::engine::{Engine, read_value, write_value};
use crate::tfplugin::proto::tfplugin6::read_resource::{Request, Response};
use crate::tfplugin::provider::Object;
use crate::tfplugin::value::Value;

const SUMMARY: &str = "Invalid state after a refresh";

pub(crate) fn answer(engine: &Engine, request: &Request, call: &Call) -> Result<Response, Diagnostics> {
    let entry = engine.resource(&request.type_name)?;
    let compiled = entry.declared();
    call.is_about(&compiled.schema.block);
    let state = read_value(request.current_state.as_ref(), &compiled.ty)?;
    let before = Object { state, private: request.private.clone() };
    let Some(Object { state, private }) = entry.handler.read(&before, call)? else {
        return Ok(Response { new_state: Some(write_value(&Value::Null)), ..Response::default() });
    };
    let state = completed(state, &before.state).conform(&compiled.ty).map_err(|error| bugs(SUMMARY, [error]))?;
    let state = without_write_only(&compiled.schema.block, state);
    match unknown_error(&state) {
        Some(error) => Err(bugs(SUMMARY, [error])),
        None => Ok(Response { new_state: Some(write_value(&state)), private, ..Response::default() }),
    }
}
