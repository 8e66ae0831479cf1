//! `CallFunction`: computes a function, on a provider that may never be configured.
//!
//! An unknown part of an argument makes the result unknown, unless the parameter says that the function handles it: one host checks
//! only whether the argument itself is unknown.

use crate::tfplugin::call::Call;
use crate::tfplugin::diagnostic::Diagnostics;
use crate::tfplugin::engine::{Answer, Engine, read_value, write_value};
use crate::tfplugin::proto::tfplugin6 as pb;
use crate::tfplugin::proto::tfplugin6::call_function::{Request, Response};
use crate::tfplugin::provider::{Function, FunctionError};
use crate::tfplugin::schema::Signature;
use crate::tfplugin::value::Value;

pub(crate) fn answer(engine: &Engine, request: &Request, call: &Call) -> Result<Response, Diagnostics> {
    let entry = engine.function(&request.name)?;
    Ok(match result(&*entry.handler, entry.declared(), &request.arguments, call) {
        Ok(value) => Response { result: Some(write_value(&value)), error: None },
        Err(error) => {
            let function_argument = error.argument.and_then(|index| i64::try_from(index).ok());
            Response { result: None, error: Some(pb::FunctionError { text: error.text, function_argument }) }
        }
    })
}

fn result(
    function: &dyn Function,
    signature: &Signature,
    sent: &[pb::DynamicValue],
    call: &Call,
) -> Result<Value, FunctionError> {
    if sent.len() < signature.parameters.len() {
        let text = format!("{} arguments are needed, {} given.", signature.parameters.len(), sent.len());
        return Err(FunctionError::new(text));
    }
    let mut arguments = Vec::new();
    let mut is_unknown = false;
    for (index, sent) in sent.iter().enumerate() {
        let too_many = || FunctionError::argument(index, "One argument too many.");
        let parameter = signature.parameter_at(index).ok_or_else(too_many)?;
        let argument = read_value(Some(sent), &parameter.ty)
            .map_err(|diagnostics| FunctionError::argument(index, in_one_text(&diagnostics)))?;
        if argument.is_null() && !parameter.allows_null {
            return Err(FunctionError::argument(index, format!("The argument {} must not be null.", parameter.name)));
        }
        is_unknown |= !parameter.allows_unknown && !argument.is_wholly_known();
        arguments.push(argument);
    }
    if is_unknown {
        return Ok(Value::unknown());
    }
    let result = function.call(&arguments, call)?;
    let invalid =
        |error| FunctionError::new(format!("The provider returned an invalid result: {error}. Please report it."));
    result.conform(&signature.result).map_err(invalid)
}

fn in_one_text(diagnostics: &Diagnostics) -> String {
    let texts: Vec<String> = diagnostics.iter().map(|it| format!("{}: {}", it.summary, it.detail)).collect();
    texts.join("\n")
}

impl Answer for Response {
    /// Functions have no warnings: errors become the error of the call, the rest is dropped.
    fn add(&mut self, diagnostics: Diagnostics) {
        if diagnostics.has_errors() {
            self.result = None;
            self.error = Some(pb::FunctionError { text: in_one_text(&diagnostics), function_argument: None });
        }
    }
}
