//! `ReadDataSource`: answers one data block, during the plan where its configuration is known, during the apply otherwise.
//!
//! The answer is never null, wholly known, of the type of the schema, and repeats what was configured.

use super::{bugs, unknown_error};
use crate::tfplugin::call::Call;
use crate::tfplugin::consistency::completed;
use crate::tfplugin::diagnostic::{Diagnostic, Diagnostics};
use crate::tfplugin::engine::{Compiled, Engine, read_value, write_read_value};
use crate::tfplugin::path::AttributePath;
use crate::tfplugin::proto::tfplugin6::read_data_source::{Request, Response};
use crate::tfplugin::value::{Value, ValueError};

const SUMMARY: &str = "Invalid result of a data source";

pub(crate) fn answer(engine: &Engine, request: &Request, call: &Call) -> Result<Response, Diagnostics> {
    let entry = engine.data_source(&request.type_name)?;
    let compiled = entry.declared();
    call.is_about(&compiled.schema.block);
    let config = read_value(request.config.as_ref(), &compiled.ty)?;
    if let Some(path) = config.first_unknown() {
        let detail = format!("The value of {path} must be known before the data source can be read.");
        return Err(Diagnostic::error("Value not known yet", detail).at(path).into());
    }
    let state = checked(entry.handler.read(&config, call)?, &config, compiled)?;
    Ok(Response { state: Some(write_read_value(&state)), ..Response::default() })
}

fn checked(result: Value, config: &Value, compiled: &Compiled) -> Result<Value, Diagnostics> {
    if result.is_null() {
        return Err(bugs(SUMMARY, [ValueError::new(&AttributePath::root(), "the result is null")]));
    }
    let result = completed(result, config).conform(&compiled.ty).map_err(|error| bugs(SUMMARY, [error]))?;
    if let Some(error) = unknown_error(&result) {
        return Err(bugs(SUMMARY, [error]));
    }
    let is_plain = |name: &str| {
        let attribute = compiled.schema.block.attributes.iter().find(|attribute| attribute.name == name);
        attribute.is_some_and(|attribute| attribute.nested_attributes().is_empty())
    };
    let Value::Object(configured) = config else { return Ok(result) };
    let changed = configured
        .iter()
        .filter(|(name, value)| is_plain(name) && !value.is_null() && result.attribute(name) != Some(*value))
        .map(|(name, _)| ValueError::new(&AttributePath::root().attribute(name), "the configured value was changed"));
    let changed: Vec<ValueError> = changed.collect();
    if changed.is_empty() { Ok(result) } else { Err(bugs(SUMMARY, changed)) }
}
