//! Who is admitted: the one client whose certificate was handed over, and nobody else.
#![expect(clippy::disallowed_methods, reason = "tests start processes and measure time")]

use std::time::{Duration, Instant};

use stowage::tfplugin::proto::tfplugin6 as pb;
use stowage::tfplugin::proto::tfplugin6::provider_client::ProviderClient;
use tokio::io::AsyncReadExt as _;
use tokio::net::UnixStream;
use tonic_health::pb::health_client::HealthClient;

use super::certificate::Identity;
use super::host::{Start, connect};

#[tokio::test]
async fn the_host_is_admitted_over_h2() {
    let mut plugin = Start::hosted().run();
    let [core, version, network, path, protocol, certificate] = &plugin.fields[..] else {
        panic!("six fields: {:?}", plugin.fields)
    };
    assert_eq!([core, version, network, protocol], ["1", "6", "unix", "grpc"]);
    assert!(certificate.len() > 50 && !certificate.contains('='), "{certificate}");
    let folder = std::path::Path::new(path).parent().unwrap().to_owned();
    let mode = std::os::unix::fs::PermissionsExt::mode(&folder.metadata().unwrap().permissions());
    assert_eq!(mode & 0o777, 0o700, "only this user may enter the folder of the socket");

    let stream = UnixStream::connect(path).await.unwrap();
    let connector = tokio_rustls::TlsConnector::from(std::sync::Arc::new(plugin.tls(plugin.identity.as_ref())));
    let stream = connector.connect("localhost".try_into().unwrap(), stream).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    assert_eq!(stream.get_ref().1.protocol_version(), Some(rustls::ProtocolVersion::TLSv1_3));

    let channel = plugin.channel().await;
    let request = tonic_health::pb::HealthCheckRequest { service: "plugin".to_owned() };
    let health = HealthClient::new(channel.clone()).check(request).await.unwrap().into_inner();
    assert_eq!(health.status(), tonic_health::pb::health_check_response::ServingStatus::Serving);

    let (status, time) = plugin.shut_down(channel).await;
    assert!(status.success(), "{status}");
    assert!(time < Duration::from_secs(2), "{time:?}");
    assert_eq!(plugin.rest_of_output(), (String::new(), String::new()), "no output besides the handshake");
    assert!(!folder.exists(), "the folder of the socket goes with the process");
}

#[tokio::test]
async fn a_client_of_tls_1_2_is_admitted_too() {
    let plugin = Start::hosted().run();
    let mut old = plugin.tls(plugin.identity.as_ref());
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = rustls::RootCertStore::empty();
    roots.add(plugin.certificate()).unwrap();
    let client = old.client_auth_cert_resolver.clone();
    old = rustls::ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS12])
        .unwrap()
        .with_root_certificates(roots)
        .with_client_cert_resolver(client);
    old.alpn_protocols = vec![b"h2".to_vec()];
    let channel = connect(plugin.fields[3].clone().into(), Some(old)).await.unwrap();
    let schema = ProviderClient::new(channel).get_provider_schema(pb::get_provider_schema::Request {}).await;
    assert!(schema.unwrap().into_inner().provider.is_some());
}

/// A refused client sees its connection end in the handshake or with the first call, depending on the version of TLS.
#[tokio::test]
async fn everyone_else_is_refused() {
    let mut plugin = Start::hosted().run();
    let host = plugin.identity.clone().unwrap();
    let strangers = [
        ("anonymous", None),
        ("another certificate on the same curve", Some(Identity::new(2))),
        ("the right certificate without its key", Some(host.stolen_by(&Identity::new(3)))),
    ];
    for (who, identity) in strangers {
        let is_admitted = match plugin.channel_with(identity.as_ref()).await {
            Err(_) => false,
            Ok(channel) => {
                ProviderClient::new(channel).get_provider_schema(pb::get_provider_schema::Request {}).await.is_ok()
            }
        };
        assert!(!is_admitted, "{who}");
    }
    // Nor does one who does not speak TLS at all get an answer.
    let plain = connect(plugin.fields[3].clone().into(), None).await;
    let is_admitted = match plain {
        Err(_) => false,
        Ok(channel) => {
            ProviderClient::new(channel).get_provider_schema(pb::get_provider_schema::Request {}).await.is_ok()
        }
    };
    assert!(!is_admitted, "plain text");
    // Strangers that came and went are no reason to end.
    std::thread::sleep(Duration::from_millis(1500));
    assert!(plugin.is_running());
    plugin.client().await.calls.get_provider_schema(pb::get_provider_schema::Request {}).await.unwrap();
}

#[tokio::test]
async fn silent_clients_keep_nobody_waiting() {
    let plugin = Start::hosted().run();
    let mut silent = Vec::new();
    for _ in 0..50 {
        silent.push(UnixStream::connect(&plugin.fields[3]).await.unwrap());
    }
    let begun = Instant::now();
    let mut client = plugin.client().await;
    client.calls.get_provider_schema(pb::get_provider_schema::Request {}).await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    // In the end they are dropped, and the host is not.
    let ended = tokio::time::timeout(Duration::from_secs(30), silent[0].read(&mut [0; 16])).await;
    assert!(matches!(ended, Ok(Ok(0) | Err(_))), "{ended:?}");
    client.calls.get_provider_schema(pb::get_provider_schema::Request {}).await.unwrap();
}

#[test]
fn by_hand_it_says_what_it_is_for() {
    let output = Start::bare().command.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(output.stdout, b"");
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(message, "This is a provider for tests.\nRun `probe install` to install it.\n");
    let wrong = Start::bare().env("TF_PLUGIN_MAGIC_COOKIE", "wrong").command.output().unwrap();
    assert_eq!(wrong.status.code(), Some(1));
}

#[test]
fn a_broken_client_certificate_is_an_error_with_a_reason() {
    for pem in ["nonsense", "-----BEGIN CERTIFICATE-----\nnot base64!\n-----END CERTIFICATE-----\n"] {
        let output = Start::hosted().env("PLUGIN_CLIENT_CERT", pem).command.output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(output.stdout, b"");
        assert!(String::from_utf8_lossy(&output.stderr).contains("PLUGIN_CLIENT_CERT"));
    }
}

#[tokio::test]
async fn the_host_chooses_the_folder_of_the_socket_and_declined_multiplexing_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let start = Start::hosted().env("PLUGIN_UNIX_SOCKET_DIR", folder.path()).env("PLUGIN_MULTIPLEX_GRPC", "true");
    let mut plugin = start.run();
    assert!(std::path::Path::new(&plugin.fields[3]).starts_with(folder.path()), "{:?}", plugin.fields);
    assert_eq!(plugin.fields.get(6).map(String::as_str), Some("false"));
    let channel = plugin.channel().await;
    assert!(plugin.shut_down(channel).await.0.success());
    assert_eq!(folder.path().read_dir().unwrap().count(), 0);
}

#[tokio::test]
async fn the_group_the_host_names_may_connect() {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    let own_group = tempfile::tempdir().unwrap().path().metadata().unwrap().gid();
    let plugin = Start::hosted().env("PLUGIN_UNIX_SOCKET_GROUP", own_group.to_string()).run();
    let socket = std::path::Path::new(&plugin.fields[3]);
    let metadata = socket.metadata().unwrap();
    assert_eq!((metadata.gid(), metadata.permissions().mode() & 0o777), (own_group, 0o660));
    let folder = socket.parent().unwrap().metadata().unwrap();
    assert_eq!((folder.gid(), folder.permissions().mode() & 0o777), (own_group, 0o710));
    plugin.client().await.calls.get_provider_schema(pb::get_provider_schema::Request {}).await.unwrap();
}

/// Where no socket can be made, a port of this machine serves, with the same TLS. Without TLS there is no such way out.
#[tokio::test]
async fn a_port_serves_where_no_socket_can_be() {
    let start = || {
        let nowhere = Start::hosted().env("PLUGIN_UNIX_SOCKET_DIR", "/nonexistent/folder");
        nowhere.env("PLUGIN_MIN_PORT", "10000").env("PLUGIN_MAX_PORT", "25000")
    };
    let plugin = start().run();
    assert_eq!(plugin.fields[2], "tcp");
    let stream = tokio::net::TcpStream::connect(&plugin.fields[3]).await.unwrap();
    let connector = tokio_rustls::TlsConnector::from(std::sync::Arc::new(plugin.tls(plugin.identity.as_ref())));
    connector.connect("localhost".try_into().unwrap(), stream).await.unwrap();

    let mut without_tls = start();
    without_tls.command.env_remove("PLUGIN_CLIENT_CERT");
    let output = without_tls.command.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot be served"));
}

/// The bar is 5 ms; it is reported here and gated in the benchmark, since tests share the machine.
#[test]
fn the_handshake_comes_quickly() {
    let times = (0..5).map(|_| Start::hosted().run().time_to_handshake);
    let best = times.min().unwrap();
    assert!(best < Duration::from_millis(100), "{best:?}");
}
