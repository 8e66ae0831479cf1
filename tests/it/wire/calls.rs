//! Calls of the protocol, each over the wire: what is asked, what comes back, and that errors are diagnostics with their places.

use std::time::Duration;

use stowage::tfplugin::proto::tfplugin6 as pb;
use stowage::tfplugin::proto::tfplugin6::attribute_path::step::Selector;
use stowage::tfplugin::{Number, Refinements, Type, Value};

use super::host::{Client, Plugin, Start, decoded, dynamic};

pub(super) async fn started() -> (Plugin, Client) {
    let plugin = Start::hosted().run();
    let client = plugin.client().await;
    (plugin, client)
}

fn group_type() -> Type {
    Type::object([("size", Type::Number), ("zones", Type::map(Type::Number)), ("label", Type::String)])
}

fn echo_type() -> Type {
    Type::object([
        ("text", Type::String),
        ("number", Type::Number),
        ("flags", Type::list(Type::Bool)),
        ("tags", Type::set(Type::String)),
        ("anything", Type::Dynamic),
        ("groups", Type::map(group_type())),
        ("length", Type::Number),
        ("sum", Type::Number),
    ])
}

fn echo(attributes: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    Value::object(attributes).conform(&echo_type()).unwrap()
}

/// The path of a diagnostic, as a person would write it.
fn place(diagnostic: &pb::Diagnostic) -> String {
    let steps = diagnostic.attribute.iter().flat_map(|path| &path.steps);
    let text = |step: &pb::attribute_path::Step| match step.selector.as_ref().unwrap() {
        Selector::AttributeName(name) => format!(".{name}"),
        Selector::ElementKeyString(key) => format!("[{key:?}]"),
        Selector::ElementKeyInt(index) => format!("[{index}]"),
    };
    steps.map(text).collect::<String>().trim_start_matches('.').to_owned()
}

#[track_caller]
pub(super) fn only_error(diagnostics: &[pb::Diagnostic]) -> (String, String, String) {
    let [diagnostic] = diagnostics else { panic!("one diagnostic: {diagnostics:?}") };
    assert_eq!(diagnostic.severity(), pb::diagnostic::Severity::Error);
    (place(diagnostic), diagnostic.summary.clone(), diagnostic.detail.clone())
}

#[tokio::test]
async fn the_schema_says_all_that_is_offered() {
    let (_plugin, mut client) = started().await;
    let schema = client.calls.get_provider_schema(pb::get_provider_schema::Request {}).await.unwrap().into_inner();
    assert_eq!(schema.diagnostics, []);
    let names = |schemas: &std::collections::BTreeMap<String, pb::Schema>| schemas.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&schema.data_source_schemas), ["probe_configured", "probe_echo", "probe_panic", "probe_slow"]);
    assert_eq!(names(&schema.resource_schemas), ["probe_thing"]);
    assert_eq!(schema.functions.keys().collect::<Vec<_>>(), ["add", "fail"]);
    let capabilities = schema.server_capabilities.unwrap();
    assert!(capabilities.get_provider_schema_optional && capabilities.plan_destroy);
    let echo = schema.data_source_schemas["probe_echo"].block.as_ref().unwrap();
    for attribute in &echo.attributes {
        assert!(
            attribute.r#type.is_empty() != attribute.nested_type.is_none(),
            "type or nested type: {}",
            attribute.name
        );
    }

    let functions = client.calls.get_functions(pb::get_functions::Request {}).await.unwrap().into_inner();
    assert_eq!(functions.functions, schema.functions);
    let identities = pb::get_resource_identity_schemas::Request {};
    let identities = client.calls.get_resource_identity_schemas(identities).await.unwrap().into_inner();
    assert!(identities.identity_schemas.is_empty() && identities.diagnostics.is_empty());
    let metadata = client.calls.get_metadata(pb::get_metadata::Request {}).await.unwrap().into_inner();
    assert_eq!((metadata.data_sources.len(), metadata.resources.len(), metadata.functions.len()), (4, 1, 2));
}

#[tokio::test]
async fn values_of_every_kind_come_back_whole() {
    let (_plugin, mut client) = started().await;
    let anything = Value::object([("a", Value::Tuple(vec![Value::from(1_u32), Value::from("x")])), ("b", Value::Null)]);
    let groups = Value::map([
        ("x", Value::object([("size", Value::from(3_u32)), ("zones", Value::map([("z", Value::from(1_u32))]))])),
        ("y", Value::object([("size", Value::Number(Number::parse("9223372036854775808").unwrap()))])),
    ]);
    let config = echo([
        ("text", Value::from("grün")),
        ("number", Value::Number(Number::parse("0.1").unwrap())),
        ("flags", Value::list([Value::from(true), Value::from(false)])),
        ("tags", Value::list([Value::from("b"), Value::from("a"), Value::from("b")])),
        ("anything", anything),
        ("groups", groups),
    ]);
    let (state, diagnostics) = client.read("probe_echo", &config, &echo_type()).await;
    assert_eq!(diagnostics, []);
    let state = state.unwrap();
    // A fraction comes as the float whose shortest decimal it is: the host shows the same digits.
    let Some(Value::Number(number)) = state.attribute("number") else { panic!("{state:?}") };
    assert_eq!(number.as_f64().to_string(), "0.1");
    for name in ["text", "flags", "tags", "anything"] {
        assert_eq!(state.attribute(name), config.attribute(name), "{name}");
    }
    assert_eq!(state.attribute("sum"), Some(&Value::Number(Number::parse("9223372036854775811").unwrap())));
    assert_eq!(state.attribute("length"), Some(&Value::from(5_u32)));
}

#[tokio::test]
async fn a_request_in_json_is_understood() {
    let (_plugin, mut client) = started().await;
    let request = pb::read_data_source::Request {
        type_name: "probe_configured".to_owned(),
        config: Some(pb::DynamicValue { msgpack: Vec::new(), json: br#"{"greeting":null}"#.to_vec() }),
        ..pb::read_data_source::Request::default()
    };
    let response = client.calls.read_data_source(request).await.unwrap().into_inner();
    let ty = Type::object([("greeting", Type::String)]);
    assert_eq!(decoded(&response.state.unwrap(), &ty), Value::object([("greeting", Value::Null)]));
}

#[tokio::test]
async fn more_than_six_megabytes_pass_both_ways() {
    let (_plugin, mut client) = started().await;
    let text = "x".repeat(7 << 20);
    let (state, diagnostics) = client.read("probe_echo", &echo([("text", Value::from(text))]), &echo_type()).await;
    assert_eq!(diagnostics, []);
    assert_eq!(state.unwrap().attribute("length"), Some(&Value::from(7_u32 << 20)));
}

#[tokio::test]
async fn warnings_come_with_the_result() {
    let (_plugin, mut client) = started().await;
    let (state, diagnostics) = client.read("probe_echo", &echo([("text", Value::from("warn"))]), &echo_type()).await;
    assert!(state.is_some());
    assert_eq!(diagnostics.len(), 1);
    assert_eq!(diagnostics[0].severity(), pb::diagnostic::Severity::Warning);
}

#[tokio::test]
async fn validation_takes_unknowns_and_names_places() {
    let (_plugin, mut client) = started().await;
    let mut validate = async |config: Value| {
        let type_name = "probe_echo".to_owned();
        let request = pb::validate_data_resource_config::Request { type_name, config: Some(dynamic(&config)) };
        client.calls.validate_data_resource_config(request).await.unwrap().into_inner().diagnostics
    };
    let refined =
        Value::Unknown(Refinements { null: Some(false), prefix: Some("pre-".to_owned()), ..Refinements::default() });
    assert_eq!(validate(echo([("text", refined), ("groups", Value::unknown())])).await, []);
    let groups = Value::map([
        ("x", Value::object([("size", Value::unknown())])),
        ("y", Value::object([("size", Value::from(-1_i64))])),
    ]);
    let (place, summary, detail) = only_error(&validate(echo([("groups", groups)])).await);
    // As far as a host resolves it; the text has it whole.
    assert_eq!(place, r#"groups["y"]"#);
    assert_eq!(summary, "Negative size");
    assert!(detail.contains(r#"groups["y"].size"#), "{detail}");
}

#[tokio::test]
async fn what_cannot_be_read_is_a_diagnostic_with_its_place() {
    let (_plugin, mut client) = started().await;
    let wrong = Value::object([("milliseconds", Value::from("soon"))]);
    let (_, diagnostics) = client.read("probe_slow", &wrong, &Type::Dynamic).await;
    let (place, _, detail) = only_error(&diagnostics);
    assert_eq!(place, "milliseconds");
    assert!(detail.contains("not a number"), "{detail}");

    let mut raw = async |type_name: &str, msgpack: &[u8]| {
        let config = Some(pb::DynamicValue { msgpack: msgpack.to_vec(), json: Vec::new() });
        let type_name = type_name.to_owned();
        let request = pb::read_data_source::Request { type_name, config, ..pb::read_data_source::Request::default() };
        only_error(&client.calls.read_data_source(request).await.unwrap().into_inner().diagnostics).2
    };
    assert!(raw("probe_slow", &[0xc1]).await.contains("reserved"));
    assert!(raw("probe_slow", &[0xdf, 0xff, 0xff, 0xff, 0xff]).await.contains("declared"));
    assert!(raw("probe_slow", &[0x80]).await.contains("missing"));
    assert!(raw("probe_nothing", &[0x80]).await.contains("probe_slow"), "the message names what there is");
}

#[tokio::test]
async fn a_panic_is_a_readable_diagnostic_and_the_provider_lives_on() {
    let (mut plugin, mut client) = started().await;
    let config = Value::object([("message", Value::from("the\nmoon"))]);
    let (state, diagnostics) = client.read("probe_panic", &config, &Type::Dynamic).await;
    assert_eq!(state, None);
    let (_, summary, detail) = only_error(&diagnostics);
    assert_eq!(summary, "Internal error of the provider");
    assert!(detail.contains("ReadDataSource of probe_panic") && detail.contains("the\nmoon"), "{detail}");
    assert!(detail.contains("report"), "{detail}");

    let (state, _) = client.read("probe_echo", &echo([]), &echo_type()).await;
    assert!(state.is_some());
    let channel = client.channel.clone();
    assert!(plugin.shut_down(channel).await.0.success());
    let (_, err) = plugin.rest_of_output();
    assert!(err.starts_with("panic: the moon at ") && err.lines().count() == 1, "{err}");
}

#[tokio::test]
async fn configuration_is_replaced_as_a_whole() {
    let (_plugin, mut client) = started().await;
    let ty = Type::object([("greeting", Type::String)]);
    let unset = Value::object([("greeting", Value::Null)]);
    let greeting = async |client: &mut Client| {
        client.read("probe_configured", &unset, &ty).await.0.unwrap().attribute("greeting").cloned().unwrap()
    };
    assert_eq!(greeting(&mut client).await, Value::Null);
    for text in ["hello", "again"] {
        let config = Value::object([("greeting", Value::from(text))]);
        let request = pb::configure_provider::Request {
            config: Some(dynamic(&config)),
            ..pb::configure_provider::Request::default()
        };
        assert_eq!(client.calls.configure_provider(request).await.unwrap().into_inner().diagnostics, []);
        assert_eq!(greeting(&mut client).await, Value::from(text));
    }
    let config = Some(dynamic(&Value::object([("greeting", Value::from("bad"))])));
    let request = pb::validate_provider_config::Request { config };
    let answer = client.calls.validate_provider_config(request).await.unwrap().into_inner();
    assert_eq!(only_error(&answer.diagnostics).0, "greeting");
}

#[tokio::test]
async fn calls_run_side_by_side_and_stop_ends_them() {
    let (_plugin, mut client) = started().await;
    let slow = |milliseconds: u32| Value::object([("milliseconds", Value::from(milliseconds))]);
    let ty = Type::object([("milliseconds", Type::Number)]);
    let mut waiting = Vec::new();
    for _ in 0..20 {
        let (mut client, ty) = (client.clone(), ty.clone());
        let config = slow(60_000);
        waiting.push(tokio::spawn(async move { client.read("probe_slow", &config, &ty).await.1 }));
    }
    // They are in flight once a later call on the same connection is answered.
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(client.read("probe_slow", &slow(1), &ty).await.0.is_some());

    let stopped = client.calls.stop_provider(pb::stop_provider::Request {}).await.unwrap().into_inner();
    assert_eq!(stopped.error, "");
    for call in waiting {
        let diagnostics = tokio::time::timeout(Duration::from_secs(5), call).await.expect("stopped in time").unwrap();
        assert_eq!(only_error(&diagnostics).1, "Cancelled");
    }
    let (state, diagnostics) = client.read("probe_slow", &slow(1), &ty).await;
    assert!(state.is_some() && diagnostics.is_empty(), "later calls run");
}

#[tokio::test]
async fn functions_need_no_configuration() {
    let (_plugin, mut client) = started().await;
    let mut call = async |name: &str, arguments: &[Value]| {
        let arguments = arguments.iter().map(dynamic).collect();
        let request = pb::call_function::Request { name: name.to_owned(), arguments };
        let response = client.calls.call_function(request).await.unwrap().into_inner();
        match (response.result, response.error) {
            (Some(result), None) => Ok(decoded(&result, &Type::Number)),
            (None, Some(error)) => Err((error.text, error.function_argument)),
            both => panic!("either a result or an error: {both:?}"),
        }
    };
    let half = Value::Number(Number::parse("0.5").unwrap());
    assert_eq!(
        call("add", &[Value::from(1_u32), Value::from(2_u32), Value::from(3_u32)]).await,
        Ok(Value::from(6_u32))
    );
    assert_eq!(call("add", &[Value::from(1_u32), Value::unknown()]).await, Ok(Value::unknown()));
    assert_eq!(call("add", &[Value::from(1_u32), half]).await, Err(("Not a whole number.".to_owned(), Some(1))));
    assert_eq!(call("add", &[Value::Null]).await.unwrap_err().1, Some(0));
    assert!(call("add", &[]).await.unwrap_err().0.contains("1 arguments"));
    assert_eq!(call("add", &[Value::from("x")]).await.unwrap_err().1, Some(0));
    assert!(call("fail", &[]).await.unwrap_err().0.contains("the function failed"));
    assert!(call("nothing", &[]).await.unwrap_err().0.contains("add, fail"));
}

#[tokio::test]
async fn what_is_not_offered_is_refused_in_words() {
    let (_plugin, mut client) = started().await;
    let import = pb::import_resource_state::Request {
        type_name: "probe_thing".to_owned(),
        id: "x".to_owned(),
        ..pb::import_resource_state::Request::default()
    };
    let import = client.calls.import_resource_state(import).await.unwrap().into_inner();
    assert_eq!(only_error(&import.diagnostics).1, "Import not supported");

    let moved = client.calls.move_resource_state(pb::move_resource_state::Request::default()).await.unwrap();
    assert!(only_error(&moved.into_inner().diagnostics).2.contains("MoveResourceState"));
    let mut events = client.calls.list_resource(pb::list_resource::Request::default()).await.unwrap().into_inner();
    assert!(only_error(&events.message().await.unwrap().unwrap().diagnostic).2.contains("ListResource"));
    let mut events = client.calls.invoke_action(pb::invoke_action::Request::default()).await.unwrap().into_inner();
    assert!(events.message().await.unwrap().is_some());
    let chunks = tokio_stream::iter([pb::write_state_bytes::RequestChunk::default()]);
    let written = client.calls.write_state_bytes(chunks).await.unwrap().into_inner();
    assert!(only_error(&written.diagnostics).2.contains("WriteStateBytes"));
}
