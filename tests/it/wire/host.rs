//! A host in Rust: starts the test provider as Terraform does, reads the handshake line, connects, calls.
#![expect(clippy::disallowed_methods, reason = "tests start processes and measure time")]

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use hyper_util::rt::TokioIo;
use rustls::client::ResolvesClientCert;
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, RootCertStore, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName};
use stowage::tfplugin::proto::plugin::grpc_controller_client::GrpcControllerClient;
use stowage::tfplugin::proto::tfplugin6 as pb;
use stowage::tfplugin::proto::tfplugin6::provider_client::ProviderClient;
use stowage::tfplugin::{Type, Value};
use tokio::net::UnixStream;
use tonic::transport::{Channel, Endpoint};

use super::certificate::Identity;

const COOKIE: &str = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";

/// The test provider, built if a run of this test binary alone did not build it.
pub(super) fn provider_path() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| {
        let this = std::env::current_exe().expect("the path of the test binary");
        let profile = this.parent().and_then(Path::parent).expect("target/<profile>/deps/it-…");
        let provider = profile.join("examples").join("test_provider");
        let written = |path: &Path| path.metadata().and_then(|metadata| metadata.modified()).ok();
        if written(&provider) < written(&this) {
            let mut cargo = Command::new(env!("CARGO"));
            cargo.args(["build", "--quiet", "--offline", "--example", "test_provider"]);
            cargo.arg("--target-dir").arg(profile.parent().expect("target"));
            if profile.ends_with("release") {
                cargo.arg("--release");
            }
            let built = cargo.current_dir(env!("CARGO_MANIFEST_DIR")).status().expect("cargo can be started");
            assert!(built.success(), "the test provider does not build");
        }
        provider
    })
}

/// What a host does before the first call.
pub(super) struct Start {
    pub(super) command: Command,
    pub(super) identity: Option<Identity>,
}

impl Start {
    /// As Terraform starts a provider, over mutual TLS.
    pub(super) fn hosted() -> Self {
        let identity = Identity::new(1);
        let mut start = Self::bare();
        start.command.env("TF_PLUGIN_MAGIC_COOKIE", COOKIE).env("PLUGIN_PROTOCOL_VERSIONS", "5,6");
        start.command.env("PLUGIN_CLIENT_CERT", identity.pem());
        start.identity = Some(identity);
        start
    }

    /// With neither cookie nor certificate.
    pub(super) fn bare() -> Self {
        let mut command = Command::new(provider_path());
        for variable in
            ["TF_LOG", "TF_LOG_PROVIDER", "TF_LOG_PROVIDER_PROBE", "PLUGIN_CLIENT_CERT", "TF_PLUGIN_MAGIC_COOKIE"]
        {
            command.env_remove(variable);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Self { command, identity: None }
    }

    pub(super) fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Starts the process and reads the handshake line.
    pub(super) fn run(mut self) -> Plugin {
        let started = Instant::now();
        let mut child = self.command.spawn().expect("the test provider starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("stdout is piped"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("the handshake line is text");
        let time_to_handshake = started.elapsed();
        let fields: Vec<String> = line.trim_end_matches('\n').split('|').map(str::to_owned).collect();
        Plugin { child, stdout, fields, identity: self.identity, time_to_handshake }
    }
}

/// A started provider.
pub(super) struct Plugin {
    pub(super) child: Child,
    stdout: BufReader<ChildStdout>,
    /// The fields of the handshake line.
    pub(super) fields: Vec<String>,
    pub(super) identity: Option<Identity>,
    pub(super) time_to_handshake: Duration,
}

impl Drop for Plugin {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Plugin {
    /// The certificate in the handshake line.
    pub(super) fn certificate(&self) -> CertificateDer<'static> {
        STANDARD_NO_PAD.decode(&self.fields[5]).expect("base64 without padding").into()
    }

    /// TLS as the host does it: it trusts the one certificate of the handshake line and presents `identity`.
    pub(super) fn tls(&self, identity: Option<&Identity>) -> ClientConfig {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate()).expect("the certificate can be trusted");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let builder = builder.with_root_certificates(roots);
        let mut config = match identity {
            Some(identity) => builder.with_client_cert_resolver(Arc::new(Always(identity.certified_key()))),
            None => builder.with_no_client_auth(),
        };
        config.alpn_protocols = vec![b"h2".to_vec()];
        config
    }

    /// A channel as the host opens it.
    pub(super) async fn channel(&self) -> Channel {
        self.channel_with(self.identity.as_ref()).await.expect("the host is admitted")
    }

    /// A channel of a client that presents `identity`, or is told that there is no TLS.
    pub(super) async fn channel_with(&self, identity: Option<&Identity>) -> Result<Channel, tonic::transport::Error> {
        let has_tls = !self.fields[5].is_empty();
        connect(self.fields[3].clone().into(), has_tls.then(|| self.tls(identity))).await
    }

    pub(super) async fn client(&self) -> Client {
        Client::new(self.channel().await)
    }

    /// Asks for the end as the host does, and waits for it.
    pub(super) async fn shut_down(&mut self, channel: Channel) -> (ExitStatus, Duration) {
        let asked = Instant::now();
        GrpcControllerClient::new(channel).shutdown(pb_empty()).await.expect("shutdown is answered");
        (self.exit(Duration::from_secs(10)), asked.elapsed())
    }

    /// Waits for the process to end by itself.
    pub(super) fn exit(&mut self, limit: Duration) -> ExitStatus {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("the process can be waited for") {
                return status;
            }
            assert!(begun.elapsed() < limit, "the provider still runs after {limit:?}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    pub(super) fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("the process can be waited for").is_none()
    }

    /// What it printed since the handshake, and on standard error; the process must have ended.
    pub(super) fn rest_of_output(&mut self) -> (String, String) {
        let (mut out, mut err) = (String::new(), String::new());
        self.stdout.read_to_string(&mut out).unwrap();
        self.child.stderr.take().expect("stderr is piped").read_to_string(&mut err).unwrap();
        (out, err)
    }

    pub(super) fn signal(&self, signal: &str) {
        send_signal(signal, &self.child.id().to_string());
    }
}

fn pb_empty() -> stowage::tfplugin::proto::plugin::Empty {
    stowage::tfplugin::proto::plugin::Empty {}
}

/// Sends a signal to a process, or to a group written as `-number`.
pub(super) fn send_signal(signal: &str, target: &str) {
    let script = format!("kill -s {signal} -- {target}");
    let sent = Command::new("sh").args(["-c", &script]).status().expect("sh can be started");
    assert!(sent.success(), "{script}");
}

/// Processes whose command line contains `text`, dead ones that nobody waited for left out.
pub(super) fn processes_of(text: &str) -> Vec<String> {
    let output = Command::new("ps").args(["-eo", "pid=,stat=,args="]).output().expect("ps can be started");
    let listing = String::from_utf8_lossy(&output.stdout).into_owned();
    let is_alive = |line: &&str| !line.split_whitespace().nth(1).is_some_and(|state| state.starts_with('Z'));
    let of_interest = |line: &&str| line.contains(text) && !line.contains("ps -eo");
    listing.lines().filter(of_interest).filter(is_alive).map(str::to_owned).collect()
}

/// Waits until `is_so`, at most for `limit`; returns whether it came so.
pub(super) fn wait_until(limit: Duration, mut is_so: impl FnMut() -> bool) -> bool {
    let begun = Instant::now();
    loop {
        if is_so() {
            return true;
        }
        if begun.elapsed() > limit {
            return false;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A channel over a unix socket.
pub(super) async fn connect(path: PathBuf, tls: Option<ClientConfig>) -> Result<Channel, tonic::transport::Error> {
    let tls = tls.map(|config| tokio_rustls::TlsConnector::from(Arc::new(config)));
    let connector = tower::service_fn(move |_| {
        let (path, tls) = (path.clone(), tls.clone());
        async move {
            let stream = UnixStream::connect(path).await?;
            let boxed: Box<dyn Stream> = match tls {
                Some(tls) => Box::new(tls.connect(ServerName::try_from("localhost").unwrap(), stream).await?),
                None => Box::new(stream),
            };
            Ok::<_, std::io::Error>(TokioIo::new(boxed))
        }
    });
    Endpoint::from_static("http://localhost").connect_with_connector(connector).await
}

trait Stream: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin {}

impl<T: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin> Stream for T {}

/// Presents one certificate whatever the server asks for.
#[derive(Debug)]
struct Always(Arc<CertifiedKey>);

impl ResolvesClientCert for Always {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// Calls with values in place of bytes.
#[derive(Clone)]
pub(super) struct Client {
    pub(super) channel: Channel,
    pub(super) calls: ProviderClient<Channel>,
}

impl Client {
    pub(super) fn new(channel: Channel) -> Self {
        let calls = ProviderClient::new(channel.clone())
            .max_decoding_message_size(usize::MAX)
            .max_encoding_message_size(usize::MAX);
        Self { channel, calls }
    }

    /// Reads a data source; the state is decoded against `ty`.
    pub(super) async fn read(&mut self, name: &str, config: &Value, ty: &Type) -> (Option<Value>, Vec<pb::Diagnostic>) {
        let request = pb::read_data_source::Request {
            type_name: name.to_owned(),
            config: Some(dynamic(config)),
            ..pb::read_data_source::Request::default()
        };
        let response = self.calls.read_data_source(request).await.expect("a call never fails as a call").into_inner();
        (response.state.map(|state| decoded(&state, ty)), response.diagnostics)
    }
}

pub(super) fn dynamic(value: &Value) -> pb::DynamicValue {
    pb::DynamicValue { msgpack: value.to_msgpack(), json: Vec::new() }
}

pub(super) fn decoded(value: &pb::DynamicValue, ty: &Type) -> Value {
    Value::from_msgpack(&value.msgpack, ty).expect("the provider's values fit their types")
}
