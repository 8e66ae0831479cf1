//! `ApplyResourceChange`: creates, updates or deletes one object and answers with the object as it is now.
//!
//! After an error the answer still holds the best known object, so that the host loses nothing: the partial object of a failed
//! creation, the former object otherwise.

use super::{bugs, unknown_error};
use crate::tfplugin::call::Call;
use crate::tfplugin::consistency::{completed, outcome_errors, without_write_only};
use crate::tfplugin::diagnostic::Diagnostics;
use crate::tfplugin::engine::{Compiled, Engine, read_value, write_value};
use crate::tfplugin::path::AttributePath;
use crate::tfplugin::proto::tfplugin6::apply_resource_change::{Request, Response};
use crate::tfplugin::provider::{Change, Failure, Object};
use crate::tfplugin::value::{Value, ValueError};

const SUMMARY: &str = "Invalid result of a change";

pub(crate) fn answer(engine: &Engine, request: &Request, call: &Call) -> Result<Response, Diagnostics> {
    let entry = engine.resource(&request.type_name)?;
    let compiled = entry.declared();
    call.is_about(&compiled.schema.block);
    let prior = read_value(request.prior_state.as_ref(), &compiled.ty)?;
    let planned = read_value(request.planned_state.as_ref(), &compiled.ty)?;
    let config = read_value(request.config.as_ref(), &compiled.ty)?;
    let private = request.planned_private.clone();
    let prior = (!prior.is_null()).then(|| Object { state: prior, private: private.clone() });

    if planned.is_null() {
        return Ok(match prior {
            None => response(&Value::Null, Vec::new()),
            Some(prior) => match entry.handler.delete(&prior, call) {
                Ok(()) => response(&Value::Null, Vec::new()),
                Err(diagnostics) => {
                    call.report_all(diagnostics);
                    response(&prior.state, prior.private)
                }
            },
        });
    }
    let change = Change { prior: prior.as_ref(), planned: &planned, config: &config, private: &private };
    let outcome = match &prior {
        None => entry.handler.create(&change, call),
        Some(_) => entry.handler.update(&change, call),
    };
    let before = prior.unwrap_or(Object { state: Value::Null, private });
    Ok(match outcome {
        Ok(object) => succeeded(object, &planned, before, compiled, call),
        Err(failure) => failed(failure, before, compiled, call),
    })
}

fn succeeded(object: Object, planned: &Value, before: Object, compiled: &Compiled, call: &Call) -> Response {
    let Object { state, private } = object;
    if state.is_null() {
        let error = ValueError::new(&AttributePath::root(), "the object is null after it was created or updated");
        call.report_all(bugs(SUMMARY, [error]));
        return response(&before.state, before.private);
    }
    let state = match completed(state, planned).conform(&compiled.ty) {
        Ok(state) => without_write_only(&compiled.schema.block, state),
        Err(error) => {
            call.report_all(bugs(SUMMARY, [error]));
            return response(&before.state, before.private);
        }
    };
    let mut errors = outcome_errors(planned, &state);
    errors.extend(unknown_error(&state));
    call.report_all(bugs(SUMMARY, errors));
    response(&state.with_unknowns_as_null(), private)
}

fn failed(failure: Failure, before: Object, compiled: &Compiled, call: &Call) -> Response {
    let Failure { diagnostics, object } = failure;
    if !diagnostics.has_errors() {
        let error = ValueError::new(&AttributePath::root(), "the change failed without an error");
        call.report_all(bugs(SUMMARY, [error]));
    }
    call.report_all(diagnostics);
    let Object { state, private } = object.map_or_else(|| before.clone(), |object| *object);
    match state.conform(&compiled.ty) {
        Ok(state) => response(&without_write_only(&compiled.schema.block, state).with_unknowns_as_null(), private),
        Err(error) => {
            call.report_all(bugs(SUMMARY, [error]));
            response(&before.state, before.private)
        }
    }
}

fn response(state: &Value, private: Vec<u8>) -> Response {
    Response { new_state: Some(write_value(state)), private, ..Response::default() }
}
