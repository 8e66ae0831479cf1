//! Serving a provider to the host that started this process, or to hosts that a developer points here.
//!
//! 1. Without the host's cookie, say what this program is for and end with exit code 1.
//! 2. Listen, then print the handshake line: standard output carries nothing else, ever.
//! 3. Answer calls. An interrupt from the terminal is the host's business and ignored here: the host asks for what it wants by
//!    `StopProvider`, which cancels what is in flight, and `Shutdown`, which ends the process with exit code 0.
//! 4. End by ourselves when the host is gone: its last connection closed, or it died before it ever connected.

mod connection;
mod environment;
mod go_plugin;
mod lifetime;
mod listen;
mod tls;

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Server;

use self::connection::{Acceptor, Connections};
use self::environment::{Environment, SocketPlace};
use self::go_plugin::{Controller, SilentBroker, SilentStdio};
use self::lifetime::End;
use self::listen::Listener;
use super::engine::Engine;
use super::log::{Level, Log};
use super::proto::plugin::grpc_broker_server::GrpcBrokerServer;
use super::proto::plugin::grpc_controller_server::GrpcControllerServer;
use super::proto::plugin::grpc_stdio_server::GrpcStdioServer;
use super::proto::tfplugin6::provider_server::ProviderServer;
use super::provider::Provider;
use super::rpc::service::Service;

/// Configurations and states are large now and then; the usual providers allow as much.
const LARGEST_MESSAGE: usize = 256 << 20;

/// What one stream, and one connection, may send before it waits for us: enough that megabytes do not come in 64 KiB steps.
const STREAM_WINDOW: u32 = 4 << 20;
const CONNECTION_WINDOW: u32 = 16 << 20;

/// Handlers may recurse deeper than the usual 2 MiB of a thread allow; what is not touched costs nothing.
const HANDLER_STACK: usize = 16 << 20;

/// How long handlers get to reach a safe point once the host is gone, and once we are asked to terminate.
const GRACE_WITHOUT_HOST: Duration = Duration::from_secs(2);
const GRACE_ON_TERMINATION: Duration = Duration::from_secs(5);

/// Who uses the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The host that started this process, over mutual TLS.
    Hosted,
    /// Any host that is told where to find this process, as printed at the start; an interrupt ends it.
    Debug,
}

/// How to serve.
#[derive(Debug, Clone)]
pub struct ServeOptions {
    /// The short name, such as `stowage`; log variables and lines carry it.
    pub name: String,
    /// The version, for messages.
    pub version: String,
    /// The source address, such as `registry.terraform.io/stowage/stowage`, which a debugging host needs.
    pub address: String,
    /// What to tell a person who starts the program by hand.
    pub refusal: String,
    /// Who uses the provider.
    pub mode: Mode,
}

/// Whether a host started this process as its plugin.
pub fn is_started_by_host() -> bool {
    environment::has_cookie()
}

/// Serves `provider` until there is no more use for it; the value is the exit code of the process.
///
/// Call it on the main thread, before other threads start, and end the process with what it returns.
pub fn serve(provider: impl Provider, options: &ServeOptions) -> ExitCode {
    if options.mode == Mode::Hosted && !is_started_by_host() {
        say(&options.refusal);
        return ExitCode::FAILURE;
    }
    let log = Log::from_environment(&options.name);
    lifetime::report_panics_on_one_line();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .thread_stack_size(HANDLER_STACK)
        .thread_name("handler")
        .build();
    let served = match runtime {
        Ok(runtime) => {
            let served = runtime.block_on(run(provider, options, &log));
            // Handlers that did not stop in time must not keep the process.
            runtime.shutdown_background();
            served
        }
        Err(error) => Err(error),
    };
    match served {
        Ok(end) => {
            log.write(Level::Info, "provider ended", &[("because", end.reason())]);
            end.exit_code()
        }
        Err(error) => {
            say(&format!("The provider {} cannot be served: {error}.", options.name));
            ExitCode::FAILURE
        }
    }
}

/// Writes a line to standard error; one that nobody reads is no reason to fail.
fn say(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{}", text.trim_end());
}

async fn run(provider: impl Provider, options: &ServeOptions, log: &Log) -> std::io::Result<End> {
    let environment = Environment::read();
    let parent = lifetime::Parent::now();
    // From here on an interrupt is caught, before the host can know of us.
    let mut signals = lifetime::Signals::catch()?;

    let acceptor = match (options.mode, &environment.client_certificate) {
        (Mode::Hosted, Some(pem)) => Some(tls::mutual(pem.as_bytes()).map_err(std::io::Error::other)?),
        (Mode::Hosted, None) | (Mode::Debug, _) => None,
    };
    let listener = Listener::bind(&environment.socket, acceptor.is_some()).await?;
    let title = format!("{} {}", options.name, options.version);
    let engine = Arc::new(Engine::new(Arc::new(provider), log.clone(), title));
    let connections = Connections::default();
    let controller = Controller::default();

    let (accepted, incoming) = mpsc::channel(16);
    let server_certificate = acceptor.as_ref().map(|acceptor| acceptor.certificate.clone());
    let server = serve_calls(&engine, &controller, ReceiverStream::new(incoming)).await;
    let server = tokio::spawn(server);
    let address = listener.address();
    let acceptor = Acceptor::new(acceptor.map(|acceptor| acceptor.tls), connections.clone(), log.clone());
    tokio::spawn(acceptor.run(listener.into_stream(), accepted));

    announce(options, &address, server_certificate.as_deref(), environment.is_multiplex_offered)?;
    log.info("provider ready", &[("network", address.network()), ("version", &options.version)]);

    let end = match options.mode {
        Mode::Debug => signals.interrupted_or_terminated().await,
        Mode::Hosted => tokio::select! {
            () = controller.shutdown() => End::Shutdown,
            () = lifetime::host_is_gone(parent, &connections) => End::HostGone,
            end = signals.terminated() => end,
        },
    };
    match end {
        // The answer to the call must leave first; the host then closes the connection.
        End::Shutdown => connections.all_closed(Duration::from_millis(100)).await,
        End::HostGone => {
            engine.cancel_in_flight();
            engine.drained(GRACE_WITHOUT_HOST).await;
        }
        End::Terminated => {
            engine.cancel_in_flight();
            engine.drained(GRACE_ON_TERMINATION).await;
        }
    }
    server.abort();
    drop(address);
    Ok(end)
}

/// All services on the connections of `incoming`.
async fn serve_calls(
    engine: &Arc<Engine>,
    controller: &Controller,
    incoming: ReceiverStream<std::io::Result<connection::Connection>>,
) -> impl Future<Output = Result<(), tonic::transport::Error>> + use<> {
    let provider = ProviderServer::new(Service::new(Arc::clone(engine)))
        .max_decoding_message_size(LARGEST_MESSAGE)
        .max_encoding_message_size(LARGEST_MESSAGE);
    let (health_reporter, health) = tonic_health::server::health_reporter();
    health_reporter.set_service_status("plugin", tonic_health::ServingStatus::Serving).await;
    Server::builder()
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .add_service(provider)
        .add_service(GrpcControllerServer::new(controller.clone()))
        .add_service(GrpcStdioServer::new(SilentStdio))
        .add_service(GrpcBrokerServer::new(SilentBroker))
        .add_service(health)
        .serve_with_incoming(incoming)
}

/// Tells the host, or the developer, where we listen. The listener is open already.
fn announce(
    options: &ServeOptions,
    address: &listen::Address,
    certificate: Option<&[u8]>,
    is_multiplex_offered: bool,
) -> std::io::Result<()> {
    let line = match options.mode {
        Mode::Hosted => environment::handshake_line(address, certificate, is_multiplex_offered),
        Mode::Debug => environment::reattach_text(&options.address, address),
    };
    // In one piece: a reader may go away after the first line it wanted.
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(format!("{line}\n").as_bytes())?;
    stdout.flush()
}
