//! A managed resource over the wire, from its plan to its destruction, and what is left of it after an error.

use std::time::Duration;

use stowage::tfplugin::proto::tfplugin6 as pb;
use stowage::tfplugin::{Number, Type, Value};

use super::calls::{only_error, started};
use super::host::{Client, decoded, dynamic};

fn thing_type() -> Type {
    Type::object([
        ("name", Type::String),
        ("note", Type::String),
        ("milliseconds", Type::Number),
        ("parts", Type::list(Type::object([("size", Type::Number), ("color", Type::String)]))),
        ("keys", Type::set(Type::String)),
        ("id", Type::String),
        ("serial", Type::Number),
    ])
}

fn thing(attributes: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    Value::object(attributes).conform(&thing_type()).unwrap()
}

async fn plan(
    client: &mut Client,
    prior: &Value,
    config: &Value,
    proposed: &Value,
) -> pb::plan_resource_change::Response {
    let request = pb::plan_resource_change::Request {
        type_name: "probe_thing".to_owned(),
        prior_state: Some(dynamic(prior)),
        proposed_new_state: Some(dynamic(proposed)),
        config: Some(dynamic(config)),
        ..pb::plan_resource_change::Request::default()
    };
    client.calls.plan_resource_change(request).await.unwrap().into_inner()
}

async fn apply(client: &mut Client, prior: &Value, config: &Value, planned: &Value) -> (Value, Vec<pb::Diagnostic>) {
    let request = pb::apply_resource_change::Request {
        type_name: "probe_thing".to_owned(),
        prior_state: Some(dynamic(prior)),
        planned_state: Some(dynamic(planned)),
        config: Some(dynamic(config)),
        ..pb::apply_resource_change::Request::default()
    };
    let response = client.calls.apply_resource_change(request).await.unwrap().into_inner();
    (decoded(&response.new_state.unwrap(), &thing_type()), response.diagnostics)
}

#[tokio::test]
async fn a_resource_lives_from_plan_to_destruction() {
    let (_plugin, mut client) = started().await;
    let ty = thing_type();
    let parts = || Value::list([Value::object([("size", Value::from(1_u32))])]);
    let config = thing([("name", Value::from("n")), ("parts", parts())]);

    // Created: known keys, a default for the part, the rest unknown.
    let planned = plan(&mut client, &Value::Null, &config, &config).await;
    assert_eq!((planned.diagnostics, planned.requires_replace), (vec![], vec![]));
    let planned = decoded(&planned.planned_state.unwrap(), &ty);
    let keys = Value::set([Value::from("n-b"), Value::from("n-a")]);
    assert_eq!(planned.attribute("keys"), Some(&keys));
    assert_eq!(planned.attribute("id"), Some(&Value::unknown()));
    let grey = Value::list([Value::object([("size", Value::from(1_u32)), ("color", Value::from("grey"))])]);
    assert_eq!(planned.attribute("parts"), Some(&grey));
    let (created, diagnostics) = apply(&mut client, &Value::Null, &config, &planned).await;
    assert_eq!(diagnostics, []);
    assert_eq!(created.attribute("id"), Some(&Value::from("thing-n")));

    // Unchanged: the plan is what there is.
    let unchanged = plan(&mut client, &created, &config, &created).await;
    assert_eq!(decoded(&unchanged.planned_state.unwrap(), &ty), created);

    // Updated in place: the id stays, the serial becomes unknown.
    let noted = thing([("name", Value::from("n")), ("parts", parts()), ("note", Value::from("new"))]);
    let mut proposed = created.clone();
    proposed.set_attribute("note", Value::from("new"));
    let update = plan(&mut client, &created, &noted, &proposed).await;
    assert_eq!((update.diagnostics, update.requires_replace), (vec![], vec![]));
    let update = decoded(&update.planned_state.unwrap(), &ty);
    assert_eq!(update.attribute("id"), created.attribute("id"));
    assert_eq!(update.attribute("serial"), Some(&Value::unknown()));
    let (updated, _) = apply(&mut client, &created, &noted, &update).await;
    assert_eq!(updated.attribute("serial"), Some(&Value::from(2_u32)));

    // Renamed: replaced.
    let renamed = thing([("name", Value::from("m"))]);
    let mut proposed = updated.clone();
    proposed.set_attribute("name", Value::from("m"));
    proposed.set_attribute("note", Value::Null);
    proposed.set_attribute("parts", Value::Null);
    let replaced = plan(&mut client, &updated, &renamed, &proposed).await;
    assert_eq!(replaced.diagnostics, []);
    assert_eq!(replaced.requires_replace.len(), 1);

    // Destroyed.
    let nothing = plan(&mut client, &updated, &Value::Null, &Value::Null).await;
    assert_eq!(decoded(&nothing.planned_state.unwrap(), &ty), Value::Null);
    assert_eq!(apply(&mut client, &updated, &Value::Null, &Value::Null).await, (Value::Null, vec![]));
}

#[tokio::test]
async fn after_an_error_the_object_is_still_there() {
    let (_plugin, mut client) = started().await;
    let stay = thing([("name", Value::from("n")), ("note", Value::from("stay")), ("id", Value::from("thing-n"))]);
    let (kept, diagnostics) = apply(&mut client, &stay, &Value::Null, &Value::Null).await;
    assert_eq!((kept, only_error(&diagnostics).1.as_str()), (stay, "Thing in use"));

    // A creation that was stopped leaves what it made.
    let config = thing([("name", Value::from("n")), ("milliseconds", Value::from(60_000_u32))]);
    let planned = plan(&mut client, &Value::Null, &config, &config).await.planned_state.unwrap();
    let planned = decoded(&planned, &thing_type());
    let mut other = client.clone();
    let applying = tokio::spawn(async move { apply(&mut other, &Value::Null, &config, &planned).await });
    tokio::time::sleep(Duration::from_millis(200)).await;
    client.calls.stop_provider(pb::stop_provider::Request {}).await.unwrap();
    let (partial, diagnostics) = applying.await.unwrap();
    assert_eq!(partial.attribute("id"), Some(&Value::from("thing-n")));
    assert_eq!(only_error(&diagnostics).1, "Cancelled");

    // A result that breaks its plan is an error, and kept all the same.
    let config = thing([("name", Value::from("n")), ("note", Value::from("break a promise"))]);
    let planned = plan(&mut client, &Value::Null, &config, &config).await.planned_state.unwrap();
    let (object, diagnostics) = apply(&mut client, &Value::Null, &config, &decoded(&planned, &thing_type())).await;
    assert_eq!(object.attribute("id"), Some(&Value::from("thing-n")));
    let (place, summary, _) = only_error(&diagnostics);
    assert_eq!((place.as_str(), summary.as_str()), ("keys", "Invalid result of a change"));
}

#[tokio::test]
async fn an_object_that_is_gone_reads_as_null() {
    let (_plugin, mut client) = started().await;
    for (note, is_there) in [("here", true), ("gone", false)] {
        let state = thing([("name", Value::from("n")), ("note", Value::from(note))]);
        let request = pb::read_resource::Request {
            type_name: "probe_thing".to_owned(),
            current_state: Some(dynamic(&state)),
            private: b"secret".to_vec(),
            ..pb::read_resource::Request::default()
        };
        let response = client.calls.read_resource(request).await.unwrap().into_inner();
        let expected = if is_there { (state, &b"secret"[..]) } else { (Value::Null, &b""[..]) };
        assert_eq!((decoded(&response.new_state.unwrap(), &thing_type()), &response.private[..]), expected);
    }
}

#[tokio::test]
async fn stored_state_is_brought_to_the_schema() {
    let (_plugin, mut client) = started().await;
    let mut upgrade = async |version: i64, json: &str| {
        let raw_state = Some(pb::RawState { json: json.as_bytes().to_vec(), ..pb::RawState::default() });
        let type_name = "probe_thing".to_owned();
        let request = pb::upgrade_resource_state::Request { type_name, version, raw_state };
        let response = client.calls.upgrade_resource_state(request).await.unwrap().into_inner();
        match response.upgraded_state {
            Some(state) => Ok(decoded(&state, &thing_type())),
            None => Err(only_error(&response.diagnostics)),
        }
    };
    let expected = thing([("name", Value::from("n")), ("milliseconds", Value::Number(Number::parse("0.1").unwrap()))]);
    assert_eq!(upgrade(1, r#"{"name":"n","milliseconds":0.1,"once":"was"}"#).await, Ok(expected));
    assert_eq!(upgrade(0, r#"{"title":"n"}"#).await, Ok(thing([("name", Value::from("n"))])));
    assert_eq!(upgrade(2, r#"{"name":"n"}"#).await.unwrap_err().1, "State of a newer version");
    assert_eq!(upgrade(1, r#"{"parts":[{"size":true}]}"#).await.unwrap_err().0, "parts[0]");
    assert!(upgrade(1, "{").await.unwrap_err().2.contains("not JSON"));
    assert!(upgrade(1, "").await.unwrap_err().2.contains("0.11"));
}
