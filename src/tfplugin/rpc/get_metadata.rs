//! `GetMetadata`: names without schemas.

use super::get_provider_schema::CAPABILITIES;
use crate::tfplugin::engine::Engine;
use crate::tfplugin::proto::tfplugin6::get_metadata::{
    DataSourceMetadata, FunctionMetadata, ResourceMetadata, Response,
};

pub(crate) fn answer(engine: &Engine) -> Response {
    let names = |type_name: &String| type_name.clone();
    Response {
        server_capabilities: Some(CAPABILITIES),
        data_sources: engine.data_sources.keys().map(|it| DataSourceMetadata { type_name: names(it) }).collect(),
        resources: engine.resources.keys().map(|it| ResourceMetadata { type_name: names(it) }).collect(),
        functions: engine.functions.keys().map(|it| FunctionMetadata { name: names(it) }).collect(),
        ..Response::default()
    }
}
