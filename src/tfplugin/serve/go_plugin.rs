//! The services that every plugin of the host has besides its own: the controller that ends it, and two streams that stay silent.
//!
//! The streams never end by themselves. That they stay open also keeps the host's connection from being closed for idleness while a long
//! change of another provider runs, which would look like the host's end.

use tokio::sync::watch;
use tokio_stream::{Pending, pending};
use tonic::{Request, Response, Status, Streaming};

use crate::tfplugin::proto::plugin::grpc_broker_server::GrpcBroker;
use crate::tfplugin::proto::plugin::grpc_controller_server::GrpcController;
use crate::tfplugin::proto::plugin::grpc_stdio_server::GrpcStdio;
use crate::tfplugin::proto::plugin::{ConnInfo, Empty, StdioData};

/// Lets the host end the process.
#[derive(Debug, Clone)]
pub(super) struct Controller(watch::Sender<bool>);

impl Default for Controller {
    fn default() -> Self {
        Self(watch::Sender::new(false))
    }
}

impl Controller {
    /// Waits until the host asks for the end.
    pub(super) async fn shutdown(&self) {
        // The sender lives as long as `self`.
        let _ = self.0.subscribe().wait_for(|is_asked| *is_asked).await;
    }
}

#[tonic::async_trait]
impl GrpcController for Controller {
    async fn shutdown(&self, _: Request<Empty>) -> Result<Response<Empty>, Status> {
        self.0.send_replace(true);
        Ok(Response::new(Empty {}))
    }
}

/// Has nothing to forward: nothing is printed after the handshake.
#[derive(Debug)]
pub(super) struct SilentStdio;

#[tonic::async_trait]
impl GrpcStdio for SilentStdio {
    type StreamStdioStream = Pending<Result<StdioData, Status>>;

    async fn stream_stdio(&self, _: Request<()>) -> Result<Response<Self::StreamStdioStream>, Status> {
        Ok(Response::new(pending()))
    }
}

/// Opens no further connections.
#[derive(Debug)]
pub(super) struct SilentBroker;

#[tonic::async_trait]
impl GrpcBroker for SilentBroker {
    type StartStreamStream = Pending<Result<ConnInfo, Status>>;

    async fn start_stream(&self, _: Request<Streaming<ConnInfo>>) -> Result<Response<Self::StartStreamStream>, Status> {
        Ok(Response::new(pending()))
    }
}
