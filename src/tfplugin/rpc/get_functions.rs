//! `GetFunctions`: the signatures of all functions, as in the schema. OpenTofu asks here for those it did not find there.

use crate::tfplugin::engine::Engine;
use crate::tfplugin::proto::tfplugin6::get_functions::Response;

pub(crate) fn answer(engine: &Engine) -> Response {
    let functions = engine.functions.iter().map(|(name, entry)| (name.clone(), entry.declared().to_proto()));
    Response { functions: functions.collect(), diagnostics: Vec::new() }
}
