//! `GetProviderSchema`: everything the provider offers. No other call depends on this one having been made, which lets a host
//! remember the answer.

use crate::tfplugin::diagnostic::{Diagnostic, Diagnostics};
use crate::tfplugin::engine::Engine;
use crate::tfplugin::proto::tfplugin6::ServerCapabilities;
use crate::tfplugin::proto::tfplugin6::get_provider_schema::Response;
use crate::tfplugin::schema::SchemaError;

pub(super) const CAPABILITIES: ServerCapabilities = ServerCapabilities {
    plan_destroy: true,
    get_provider_schema_optional: true,
    move_resource_state: false,
    generate_resource_config: false,
};

pub(crate) fn answer(engine: &Engine) -> Response {
    let broken = broken_rules(engine);
    if !broken.is_empty() {
        return Response { diagnostics: broken.to_proto(), ..Response::default() };
    }
    let data_sources = engine.data_sources.iter().map(|(name, it)| (name.clone(), it.declared().schema.to_proto()));
    let resources = engine.resources.iter().map(|(name, it)| (name.clone(), it.declared().schema.to_proto()));
    let functions = engine.functions.iter().map(|(name, it)| (name.clone(), it.declared().to_proto()));
    Response {
        provider: Some(engine.provider_schema().schema.to_proto()),
        data_source_schemas: data_sources.collect(),
        resource_schemas: resources.collect(),
        functions: functions.collect(),
        server_capabilities: Some(CAPABILITIES),
        ..Response::default()
    }
}

/// The rules of the host that the provider's schemas break; a malformed schema could end the host itself.
fn broken_rules(engine: &Engine) -> Diagnostics {
    let mut broken = Diagnostics::new();
    let mut add = |name: &str, checked: Result<(), Vec<SchemaError>>| {
        broken.extend(checked.err().unwrap_or_default().into_iter().map(|error| {
            let detail =
                format!("The schema of {name} breaks a rule: {error}. Please report this error of the provider.");
            Diagnostic::error("Invalid schema", detail)
        }));
    };
    add("the provider", engine.provider_schema().schema.check());
    for (name, entry) in &engine.data_sources {
        add(name, entry.declared().schema.check());
    }
    for (name, entry) in &engine.resources {
        add(name, entry.declared().schema.check());
    }
    for (name, entry) in &engine.functions {
        add(name, entry.declared().check());
    }
    broken
}
