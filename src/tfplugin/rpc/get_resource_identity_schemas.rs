//! `GetResourceIdentitySchemas`: none of our resources has an identity apart from its state.

use crate::tfplugin::proto::tfplugin6::get_resource_identity_schemas::Response;

pub(crate) fn answer() -> Response {
    Response::default()
}
