//! `ConfigureProvider`: replaces the configuration as a whole. While an attached debugging session lasts it is called for every walk;
//! calls in flight keep the configuration they began with, and a failure leaves the former one in place.

use crate::tfplugin::call::Call;
use crate::tfplugin::diagnostic::Diagnostics;
use crate::tfplugin::engine::{Engine, read_value};
use crate::tfplugin::proto::tfplugin6::configure_provider::{Request, Response};

pub(crate) fn answer(engine: &Engine, request: &Request, call: &Call) -> Result<Response, Diagnostics> {
    call.is_about(&engine.provider_schema().schema.block);
    let config = read_value(request.config.as_ref(), &engine.provider_schema().ty)?;
    call.log().info("configuring", &[("terraform_version", &request.terraform_version)]);
    engine.set_configured(engine.provider.configure(&config, call)?);
    Ok(Response::default())
}
