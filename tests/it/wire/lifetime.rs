//! When the process ends, and when it does not.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use stowage::tfplugin::proto::plugin::grpc_broker_client::GrpcBrokerClient;
use stowage::tfplugin::proto::plugin::grpc_stdio_client::GrpcStdioClient;
use stowage::tfplugin::proto::tfplugin6 as pb;
use stowage::tfplugin::{Type, Value};

use super::host::{Client, Start, connect, processes_of, provider_path, send_signal, wait_until};

fn slow(milliseconds: u32) -> Value {
    Value::object([("milliseconds", Value::from(milliseconds))])
}

fn slow_type() -> Type {
    Type::object([("milliseconds", Type::Number)])
}

#[tokio::test]
async fn an_interrupt_is_the_hosts_business() {
    let mut plugin = Start::hosted().run();
    plugin.signal("INT");
    let mut client = plugin.client().await;
    let mut other = client.clone();
    let reading = tokio::spawn(async move { other.read("probe_slow", &slow(600), &slow_type()).await });
    tokio::time::sleep(Duration::from_millis(100)).await;
    plugin.signal("INT");
    let (state, diagnostics) = reading.await.unwrap();
    assert!(state.is_some() && diagnostics.is_empty(), "the call in flight is not disturbed: {diagnostics:?}");
    assert!(client.read("probe_slow", &slow(1), &slow_type()).await.0.is_some());
    let channel = client.channel.clone();
    assert!(plugin.shut_down(channel).await.0.success());
}

#[tokio::test]
async fn shutdown_does_not_wait_for_calls_or_streams() {
    let mut plugin = Start::hosted().run();
    let client = plugin.client().await;
    let mut stdio = GrpcStdioClient::new(client.channel.clone()).stream_stdio(()).await.unwrap().into_inner();
    let broker = GrpcBrokerClient::new(client.channel.clone());
    let _broker = broker.clone().start_stream(tokio_stream::pending()).await.unwrap().into_inner();
    let silence = tokio::time::timeout(Duration::from_millis(200), stdio.message()).await;
    assert!(silence.is_err(), "the stream stays open and silent: {silence:?}");
    let mut other = client.clone();
    let _reading = tokio::spawn(async move {
        let request = pb::read_data_source::Request {
            type_name: "probe_slow".to_owned(),
            config: Some(super::host::dynamic(&slow(60_000))),
            ..pb::read_data_source::Request::default()
        };
        other.calls.read_data_source(request).await
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    let (status, time) = plugin.shut_down(client.channel).await;
    assert!(status.success(), "{status}");
    assert!(time < Duration::from_secs(2), "{time:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_ends_when_the_host_hangs_up() {
    let mut plugin = Start::hosted().run();
    let mut client = plugin.client().await;
    client.read("probe_slow", &slow(1), &slow_type()).await;
    // A call in flight is asked to stop and does not keep the process.
    let mut other = client.clone();
    let reading = tokio::spawn(async move { other.read("probe_slow", &slow(60_000), &slow_type()).await });
    tokio::time::sleep(Duration::from_millis(100)).await;
    reading.abort();
    drop(client);
    let status = plugin.exit(Duration::from_secs(5));
    assert_eq!(status.code(), Some(1), "nobody asked for the end");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_may_connect_again() {
    let mut plugin = Start::hosted().run();
    let first = plugin.client().await;
    let mut second = plugin.client().await;
    drop(first);
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert!(plugin.is_running(), "one connection is left");
    assert!(second.read("probe_slow", &slow(1), &slow_type()).await.0.is_some());
    drop(second);
    tokio::time::sleep(Duration::from_millis(200)).await;
    let mut third = plugin.client().await;
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert!(third.read("probe_slow", &slow(1), &slow_type()).await.0.is_some(), "it came back in time");
}

/// The host dies between starting the provider and connecting to it.
#[test]
fn it_ends_when_the_host_dies_before_it_connects() {
    let marker = format!("orphan-of-{}", std::process::id());
    let hosted = Start::hosted();
    let mut host = Command::new("sh");
    host.args(["-c", r#""$0" "$1" & wait"#]).arg(provider_path()).arg(&marker);
    host.envs(hosted.command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    host.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut host = host.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(host.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.starts_with("1|6|unix|"), "{line}");
    assert!(!processes_of(&marker).is_empty(), "the provider runs");
    send_signal("KILL", &host.id().to_string());
    host.wait().unwrap();
    assert!(wait_until(Duration::from_secs(5), || processes_of(&marker).is_empty()), "{:?}", processes_of(&marker));
}

#[tokio::test(flavor = "multi_thread")]
async fn termination_cancels_and_ends() {
    let mut plugin = Start::hosted().run();
    let client = plugin.client().await;
    let mut other = client.clone();
    let reading = tokio::spawn(async move { other.read("probe_slow", &slow(60_000), &slow_type()).await });
    tokio::time::sleep(Duration::from_millis(200)).await;
    plugin.signal("TERM");
    assert_eq!(plugin.exit(Duration::from_secs(5)).code(), Some(143));
    drop(reading);
}

#[tokio::test]
async fn in_a_debugging_session_hosts_come_and_go() {
    let mut start = Start::bare();
    start.command.arg("debug");
    let mut child = start.command.spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut text = String::new();
    let line = loop {
        let mut line = String::new();
        assert!(stdout.read_line(&mut line).unwrap() > 0, "no address in {text:?}");
        text.push_str(&line);
        if line.contains("TF_REATTACH_PROVIDERS") {
            break line;
        }
    };
    let json = line.split('\'').nth(1).expect("a quoted value");
    let reattach: serde_json::Value = serde_json::from_str(json).unwrap();
    let provider = &reattach["registry.terraform.io/stowage/probe"];
    let expected = serde_json::json!({
        "Protocol": "grpc", "ProtocolVersion": 6, "Pid": child.id(), "Test": true,
        "Addr": { "Network": "unix", "String": provider["Addr"]["String"] },
    });
    assert_eq!(provider, &expected);
    let path = provider["Addr"]["String"].as_str().unwrap();
    for greeting in ["first", "second"] {
        let mut client = Client::new(connect(path.into(), None).await.unwrap());
        let config = Some(super::host::dynamic(&Value::object([("greeting", Value::from(greeting))])));
        let request = pb::configure_provider::Request { config, ..pb::configure_provider::Request::default() };
        assert_eq!(client.calls.configure_provider(request).await.unwrap().into_inner().diagnostics, []);
        let unset = Value::object([("greeting", Value::Null)]);
        let ty = Type::object([("greeting", Type::String)]);
        let state = client.read("probe_configured", &unset, &ty).await.0.unwrap();
        assert_eq!(state.attribute("greeting"), Some(&Value::from(greeting)));
        drop(client);
        tokio::time::sleep(Duration::from_millis(1300)).await;
        assert!(child.try_wait().unwrap().is_none(), "it waits for the next host");
    }
    send_signal("INT", &child.id().to_string());
    assert!(wait_until(Duration::from_secs(5), || child.try_wait().unwrap().is_some()));
    assert!(child.wait().unwrap().success());
}

/// Every line is a JSON object with the keys and forms that keep a host from misreading it, or from ending in a panic.
#[tokio::test]
async fn the_log_speaks_when_asked_and_never_of_values() {
    let mut plugin = Start::hosted().env("TF_LOG_PROVIDER_PROBE", "trace").env("TF_LOG", "off").run();
    let mut client = plugin.client().await;
    let config = Some(super::host::dynamic(&Value::object([("greeting", Value::from("s3cret"))])));
    let request = pb::configure_provider::Request { config, ..pb::configure_provider::Request::default() };
    client.calls.configure_provider(request).await.unwrap();
    let channel = client.channel.clone();
    plugin.shut_down(channel).await;
    let (_, err) = plugin.rest_of_output();
    assert!(err.lines().count() >= 3, "{err}");
    assert!(!err.contains("s3cret"), "{err}");
    for line in err.lines() {
        let line: serde_json::Map<String, serde_json::Value> = serde_json::from_str(line).unwrap();
        for key in ["@level", "@message", "@module", "@timestamp"] {
            assert!(line[key].is_string(), "{key}");
        }
        let timestamp = line["@timestamp"].as_str().unwrap();
        assert_eq!(timestamp.len(), "2006-01-02T15:04:05.000000Z".len(), "{timestamp}");
    }
}
