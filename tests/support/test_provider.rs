//! A small provider for the tests of the plugin layer; it is built with them and never shipped.
//!
//! | name | for |
//! |---|---|
//! | `probe_echo` | values of every kind, there and back |
//! | `probe_slow` | reads for the milliseconds it is told, and stops when asked to |
//! | `probe_panic` | panics |
//! | `probe_configured` | what the provider block said |
//! | `probe_thing` | a managed resource with planned, computed, nested and replacing attributes; slow if told so |
//! | `add`, `fail` | functions |
//!
//! `test_provider debug` serves any host and prints where.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use stowage::tfplugin::{
    Attribute, Call, Change, Configured, DataSource, Diagnostic, Diagnostics, Failure, Function, FunctionError, Mode,
    Number, Object, Parameter, Plan, Proposal, Provider, Resource, Schema, ServeOptions, Signature, Type, Value, View,
    serve,
};

#[expect(clippy::disallowed_methods, reason = "a test program is an edge")]
fn main() -> ExitCode {
    let is_debug = std::env::args().nth(1).is_some_and(|argument| argument == "debug");
    let options = ServeOptions {
        name: "probe".to_owned(),
        version: "0.0.1".to_owned(),
        address: "registry.terraform.io/stowage/probe".to_owned(),
        refusal: "This is a provider for tests.\nRun `probe install` to install it.".to_owned(),
        mode: if is_debug { Mode::Debug } else { Mode::Hosted },
    };
    serve(Probe, &options)
}

struct Probe;

impl Provider for Probe {
    fn schema(&self) -> Schema {
        Schema::new("A provider for tests.")
            .attribute(Attribute::new("greeting", Type::String).optional().describe("Any text but `bad`."))
    }

    fn validate(&self, config: &Value, _call: &Call) -> Diagnostics {
        let greeting = View::new(config).attribute("greeting");
        match greeting.value().as_str() {
            Some("bad") => greeting.error("Bad greeting", "A greeting must not be \"bad\". Choose another.").into(),
            _ => Diagnostics::new(),
        }
    }

    fn configure(&self, config: &Value, _call: &Call) -> Result<Configured, Diagnostics> {
        let greeting = config.attribute("greeting").and_then(Value::as_str).unwrap_or("none");
        Ok(Arc::new(greeting.to_owned()))
    }

    fn data_sources(&self) -> Vec<Box<dyn DataSource>> {
        vec![Box::new(Echo), Box::new(Slow), Box::new(Panicking), Box::new(ReportsConfiguration)]
    }

    fn resources(&self) -> Vec<Box<dyn Resource>> {
        vec![Box::new(Thing)]
    }

    fn functions(&self) -> Vec<Box<dyn Function>> {
        vec![Box::new(Add), Box::new(Fail)]
    }
}

struct Echo;

impl DataSource for Echo {
    fn name(&self) -> &'static str {
        "probe_echo"
    }

    fn schema(&self) -> Schema {
        Schema::new("Gives back what it is given.").attributes([
            Attribute::new("text", Type::String).optional(),
            Attribute::new("number", Type::Number).optional(),
            Attribute::new("flags", Type::list(Type::Bool)).optional(),
            Attribute::new("tags", Type::set(Type::String)).optional(),
            Attribute::new("anything", Type::Dynamic).optional(),
            Attribute::map(
                "groups",
                [
                    Attribute::new("size", Type::Number).required(),
                    Attribute::new("zones", Type::map(Type::Number)).optional(),
                    Attribute::new("label", Type::String).computed(),
                ],
            )
            .optional(),
            Attribute::new("length", Type::Number).computed(),
            Attribute::new("sum", Type::Number).computed(),
        ])
    }

    fn validate(&self, config: &Value, _call: &Call) -> Diagnostics {
        let groups = View::new(config).attribute("groups");
        if groups.is_unknown() {
            return Diagnostics::new();
        }
        let check = |(_, group): (&str, View<'_>)| {
            let size = group.attribute("size");
            let is_negative = size.value().as_number().is_some_and(|size| *size < Number::from(0_u32));
            is_negative.then(|| size.error("Negative size", format!("{} must not be negative.", size.path())))
        };
        match groups.entries() {
            Ok(entries) => entries.into_iter().filter_map(check).collect(),
            Err(diagnostic) => diagnostic.into(),
        }
    }

    fn read(&self, config: &Value, call: &Call) -> Result<Value, Diagnostics> {
        let view = View::new(config);
        let text = view.attribute("text").string()?.unwrap_or_default();
        let mut sum = 0_u64;
        let mut groups = Vec::new();
        for (name, group) in view.attribute("groups").entries()? {
            sum += group.attribute("size").u64()?.unwrap_or_default();
            let mut labelled = group.value().clone();
            labelled.set_attribute("label", Value::from(format!("group {name}")));
            groups.push((name, labelled));
        }
        if text == "warn" {
            call.report(Diagnostic::warning("A warning", "The text asked for a warning."));
        }
        let mut result = Value::object([("length", Value::from(text.len() as u64)), ("sum", Value::from(sum))]);
        if !view.attribute("groups").is_null() {
            result.set_attribute("groups", Value::map(groups));
        }
        Ok(result)
    }
}

struct Slow;

impl DataSource for Slow {
    fn name(&self) -> &'static str {
        "probe_slow"
    }

    fn schema(&self) -> Schema {
        Schema::new("Takes its time.").attribute(Attribute::new("milliseconds", Type::Number).required())
    }

    fn read(&self, config: &Value, call: &Call) -> Result<Value, Diagnostics> {
        let milliseconds = View::new(config).attribute("milliseconds").u64()?.unwrap_or_default();
        if call.cancellation().wait(Duration::from_millis(milliseconds)) {
            return Err(Call::cancelled().into());
        }
        Ok(config.clone())
    }
}

struct Panicking;

impl DataSource for Panicking {
    fn name(&self) -> &'static str {
        "probe_panic"
    }

    fn schema(&self) -> Schema {
        Schema::new("Panics.").attribute(Attribute::new("message", Type::String).required())
    }

    fn read(&self, config: &Value, _call: &Call) -> Result<Value, Diagnostics> {
        panic!("{}", View::new(config).attribute("message").string()?.unwrap_or_default());
    }
}

struct ReportsConfiguration;

impl DataSource for ReportsConfiguration {
    fn name(&self) -> &'static str {
        "probe_configured"
    }

    fn schema(&self) -> Schema {
        Schema::new("The greeting of the provider block.")
            .attribute(Attribute::new("greeting", Type::String).computed())
    }

    fn read(&self, _config: &Value, call: &Call) -> Result<Value, Diagnostics> {
        let greeting = call.configured::<String>().map(|greeting| Value::from(greeting.as_str()));
        Ok(Value::object([("greeting", greeting.unwrap_or(Value::Null))]))
    }
}

/// Exists in its state alone. The id is made of the name; the serial counts changes; `keys` are known in the plan.
struct Thing;

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.attribute(name).and_then(Value::as_str).unwrap_or_default()
}

impl Thing {
    fn finish(change: &Change<'_>, call: &Call) -> Result<Object, Failure> {
        let mut state = change.planned.clone();
        state.set_attribute("id", Value::from(format!("thing-{}", text(change.planned, "name"))));
        let serial = change.prior.and_then(|prior| prior.state.attribute("serial")?.as_number()?.as_u64()).unwrap_or(0);
        state.set_attribute("serial", Value::from(serial + 1));
        let milliseconds = View::new(change.config).attribute("milliseconds").u64()?.unwrap_or_default();
        if call.cancellation().wait(Duration::from_millis(milliseconds)) {
            return Err(Failure::with_object(Call::cancelled(), Object::new(state)));
        }
        Ok(Object::new(state))
    }
}

impl Resource for Thing {
    fn name(&self) -> &'static str {
        "probe_thing"
    }

    fn schema(&self) -> Schema {
        Schema::new("A thing.").version(1).attributes([
            Attribute::new("name", Type::String).required().replaces(),
            Attribute::new("note", Type::String).optional(),
            Attribute::new("milliseconds", Type::Number).optional(),
            Attribute::list(
                "parts",
                [
                    Attribute::new("size", Type::Number).required(),
                    Attribute::new("color", Type::String).optional().computed(),
                ],
            )
            .optional(),
            Attribute::new("keys", Type::set(Type::String)).computed(),
            Attribute::new("id", Type::String).computed(),
            Attribute::new("serial", Type::Number).computed(),
        ])
    }

    fn plan(&self, proposal: &Proposal<'_>, mut plan: Plan, _call: &Call) -> Result<Plan, Diagnostics> {
        let name = View::new(proposal.config).attribute("name");
        if let Some(name) = name.value().as_str() {
            let keys = ["a", "b"].map(|key| Value::from(format!("{name}-{key}")));
            plan.state.set_attribute("keys", Value::set(keys));
        }
        if let Some(Value::List(parts)) = plan.state.attribute("parts") {
            let colored = parts.iter().cloned().map(|mut part| {
                if part.attribute("color").is_some_and(Value::is_unknown) {
                    part.set_attribute("color", Value::from("grey"));
                }
                part
            });
            let colored = Value::list(colored);
            plan.state.set_attribute("parts", colored);
        }
        if let Some(prior) = proposal.prior
            && prior.state.attribute("name") == Some(name.value())
            && let Some(id) = prior.state.attribute("id")
        {
            plan.state.set_attribute("id", id.clone());
        }
        Ok(plan)
    }

    fn create(&self, change: &Change<'_>, call: &Call) -> Result<Object, Failure> {
        if text(change.config, "note") == "break a promise" {
            let mut broken = Thing::finish(change, call)?;
            broken.state.set_attribute("keys", Value::set([]));
            return Ok(broken);
        }
        Thing::finish(change, call)
    }

    fn read(&self, object: &Object, _call: &Call) -> Result<Option<Object>, Diagnostics> {
        Ok((text(&object.state, "note") != "gone").then(|| object.clone()))
    }

    fn update(&self, change: &Change<'_>, call: &Call) -> Result<Object, Failure> {
        Thing::finish(change, call)
    }

    fn delete(&self, object: &Object, _call: &Call) -> Result<(), Diagnostics> {
        if text(&object.state, "note") == "stay" {
            return Err(Diagnostic::error("Thing in use", "The thing stays. Change its note first.").into());
        }
        Ok(())
    }

    fn upgrade(
        &self,
        version: u32,
        mut state: serde_json::Value,
        _call: &Call,
    ) -> Result<serde_json::Value, Diagnostics> {
        // Version 0 called the name a title.
        if let (0, Some(state)) = (version, state.as_object_mut())
            && let Some(title) = state.remove("title")
        {
            state.insert("name".to_owned(), title);
        }
        Ok(state)
    }
}

struct Add;

impl Function for Add {
    fn name(&self) -> &'static str {
        "add"
    }

    fn signature(&self) -> Signature {
        Signature::new(Type::Number, "Adds whole numbers.")
            .parameter(Parameter::new("first", Type::Number, "The first."))
            .variadic(Parameter::new("others", Type::Number, "The others."))
    }

    fn call(&self, arguments: &[Value], _call: &Call) -> Result<Value, FunctionError> {
        let mut sum = 0;
        for (index, argument) in arguments.iter().enumerate() {
            let whole = argument.as_number().and_then(Number::as_i64);
            sum += whole.ok_or_else(|| FunctionError::argument(index, "Not a whole number."))?;
        }
        Ok(Value::from(sum))
    }
}

struct Fail;

impl Function for Fail {
    fn name(&self) -> &'static str {
        "fail"
    }

    fn signature(&self) -> Signature {
        Signature::new(Type::String, "Panics.")
    }

    fn call(&self, _arguments: &[Value], _call: &Call) -> Result<Value, FunctionError> {
        panic!("the function failed");
    }
}
