//! The provider service: hands each call to its file.

use std::sync::Arc;

use tokio_stream::{Once, once};
use tonic::{Request, Response, Status, Streaming};

use super::unsupported;
use crate::tfplugin::call::Call;
use crate::tfplugin::diagnostic::Diagnostics;
use crate::tfplugin::engine::{Answer, Engine};
use crate::tfplugin::proto::tfplugin6 as pb;

/// Answers the calls of the protocol.
#[derive(Debug, Clone)]
pub(crate) struct Service {
    engine: Arc<Engine>,
}

impl Service {
    pub(crate) fn new(engine: Arc<Engine>) -> Self {
        Self { engine }
    }
}

type Reply<T> = Result<Response<T>, Status>;

/// What a stream of one event looks like.
type OneEvent<T> = Once<Result<T, Status>>;

/// Writes the service: calls for something by name, calls about the provider block, calls without content, calls refused, and the
/// rest by hand.
macro_rules! service {
    (
        named { $($named:ident . $name:ident = $named_rpc:literal,)* }
        nameless { $($nameless:ident = $nameless_rpc:literal,)* }
        bare { $($bare:ident = $bare_rpc:literal,)* }
        refused { $($refused:ident ($module:ident) = $refused_rpc:literal,)* }
        by_hand { $($by_hand:item)* }
    ) => {
        #[tonic::async_trait]
        impl pb::provider_server::Provider for Service {
            $(async fn $named(&self, request: Request<pb::$named::Request>) -> Reply<pb::$named::Response> {
                let request = request.into_inner();
                let name = request.$name.clone();
                self.engine.prepare();
                let answer = move |engine: &Engine, call: &Call| super::$named::answer(engine, &request, call);
                self.engine.answer($named_rpc, name, answer).await
            })*

            $(async fn $nameless(&self, request: Request<pb::$nameless::Request>) -> Reply<pb::$nameless::Response> {
                let request = request.into_inner();
                self.engine.prepare();
                let answer = move |engine: &Engine, call: &Call| super::$nameless::answer(engine, &request, call);
                self.engine.answer($nameless_rpc, String::new(), answer).await
            })*

            $(async fn $bare(&self, _: Request<pb::$bare::Request>) -> Reply<pb::$bare::Response> {
                let answer = |engine: &Engine, _: &Call| Ok(super::$bare::answer(engine));
                self.engine.answer($bare_rpc, String::new(), answer).await
            })*

            $(async fn $refused(&self, _: Request<pb::$module::Request>) -> Reply<pb::$module::Response> {
                Ok(Response::new(unsupported::refusal($refused_rpc)))
            })*

            $($by_hand)*
        }

        answers! { $($named)* $($nameless)* $($bare)* $($module)* }
    };
}

/// Lets the answers carry diagnostics; that of a function has its own way.
macro_rules! answers {
    (@one call_function) => {};
    (@one $module:ident) => {
        impl Answer for pb::$module::Response {
            fn add(&mut self, diagnostics: Diagnostics) {
                self.diagnostics.extend(diagnostics.to_proto());
            }
        }
    };
    ($($module:ident)*) => { $(answers! { @one $module })* };
}

service! {
    named {
        validate_resource_config.type_name = "ValidateResourceConfig",
        validate_data_resource_config.type_name = "ValidateDataResourceConfig",
        upgrade_resource_state.type_name = "UpgradeResourceState",
        read_resource.type_name = "ReadResource",
        plan_resource_change.type_name = "PlanResourceChange",
        apply_resource_change.type_name = "ApplyResourceChange",
        import_resource_state.type_name = "ImportResourceState",
        read_data_source.type_name = "ReadDataSource",
        call_function.name = "CallFunction",
    }
    nameless {
        validate_provider_config = "ValidateProviderConfig",
        configure_provider = "ConfigureProvider",
    }
    bare {
        get_metadata = "GetMetadata",
        get_provider_schema = "GetProviderSchema",
        get_functions = "GetFunctions",
    }
    refused {
        upgrade_resource_identity(upgrade_resource_identity) = "UpgradeResourceIdentity",
        move_resource_state(move_resource_state) = "MoveResourceState",
        generate_resource_config(generate_resource_config) = "GenerateResourceConfig",
        validate_ephemeral_resource_config(validate_ephemeral_resource_config) = "ValidateEphemeralResourceConfig",
        open_ephemeral_resource(open_ephemeral_resource) = "OpenEphemeralResource",
        renew_ephemeral_resource(renew_ephemeral_resource) = "RenewEphemeralResource",
        close_ephemeral_resource(close_ephemeral_resource) = "CloseEphemeralResource",
        validate_list_resource_config(validate_list_resource_config) = "ValidateListResourceConfig",
        validate_state_store_config(validate_state_store) = "ValidateStateStoreConfig",
        configure_state_store(configure_state_store) = "ConfigureStateStore",
        lock_state(lock_state) = "LockState",
        unlock_state(unlock_state) = "UnlockState",
        get_states(get_states) = "GetStates",
        delete_state(delete_state) = "DeleteState",
        plan_action(plan_action) = "PlanAction",
        validate_action_config(validate_action_config) = "ValidateActionConfig",
    }
    by_hand {
        async fn get_resource_identity_schemas(
            &self,
            _: Request<pb::get_resource_identity_schemas::Request>,
        ) -> Reply<pb::get_resource_identity_schemas::Response> {
            Ok(Response::new(super::get_resource_identity_schemas::answer()))
        }

        async fn stop_provider(&self, _: Request<pb::stop_provider::Request>) -> Reply<pb::stop_provider::Response> {
            Ok(Response::new(super::stop_provider::answer(&self.engine)))
        }

        type ListResourceStream = OneEvent<pb::list_resource::Event>;

        async fn list_resource(
            &self,
            _: Request<pb::list_resource::Request>,
        ) -> Reply<Self::ListResourceStream> {
            Ok(Response::new(once(Ok(unsupported::no_objects()))))
        }

        type ReadStateBytesStream = OneEvent<pb::read_state_bytes::Response>;

        async fn read_state_bytes(
            &self,
            _: Request<pb::read_state_bytes::Request>,
        ) -> Reply<Self::ReadStateBytesStream> {
            Ok(Response::new(once(Ok(unsupported::refusal("ReadStateBytes")))))
        }

        async fn write_state_bytes(
            &self,
            _: Request<Streaming<pb::write_state_bytes::RequestChunk>>,
        ) -> Reply<pb::write_state_bytes::Response> {
            Ok(Response::new(unsupported::refusal("WriteStateBytes")))
        }

        type InvokeActionStream = OneEvent<pb::invoke_action::Event>;

        async fn invoke_action(&self, _: Request<pb::invoke_action::Request>) -> Reply<Self::InvokeActionStream> {
            Ok(Response::new(once(Ok(unsupported::no_action()))))
        }
    }
}

answers! { read_state_bytes write_state_bytes }
