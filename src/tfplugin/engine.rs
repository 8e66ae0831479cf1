//! Runs handlers: finds the one a call is for, gives it a thread, a request to stop and the configuration, and turns whatever
//! happens, a panic included, into an answer with diagnostics.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, Once, OnceLock};
use std::time::Duration;

use tokio::sync::watch;
use tonic::{Response, Status};

use super::call::{Call, Cancellation, Configured, lock};
use super::diagnostic::{Diagnostic, Diagnostics};
use super::log::{Level, Log};
use super::proto::tfplugin6 as pb;
use super::provider::{DataSource, Function, Provider, Resource};
use super::schema::{Schema, Signature};
use super::ty::Type;
use super::value::Value;

/// A schema and the type of its values.
#[derive(Debug)]
pub(crate) struct Compiled {
    pub(crate) schema: Schema,
    pub(crate) ty: Type,
}

impl From<Schema> for Compiled {
    fn from(schema: Schema) -> Self {
        let ty = schema.object_type();
        Self { schema, ty }
    }
}

/// A handler with what it declares, made when first needed.
pub(crate) struct Entry<T: ?Sized, D> {
    pub(crate) handler: Box<T>,
    declared: OnceLock<D>,
}

impl<T: ?Sized, D> Entry<T, D> {
    fn new(handler: Box<T>) -> Self {
        Self { handler, declared: OnceLock::new() }
    }
}

impl Entry<dyn DataSource, Compiled> {
    pub(crate) fn declared(&self) -> &Compiled {
        self.declared.get_or_init(|| self.handler.schema().into())
    }
}

impl Entry<dyn Resource, Compiled> {
    pub(crate) fn declared(&self) -> &Compiled {
        self.declared.get_or_init(|| self.handler.schema().into())
    }
}

impl Entry<dyn Function, Signature> {
    pub(crate) fn declared(&self) -> &Signature {
        self.declared.get_or_init(|| self.handler.signature())
    }
}

/// A provider at work.
pub(crate) struct Engine {
    pub(crate) provider: Arc<dyn Provider>,
    prepared: Once,
    provider_schema: OnceLock<Compiled>,
    pub(crate) data_sources: BTreeMap<String, Entry<dyn DataSource, Compiled>>,
    pub(crate) resources: BTreeMap<String, Entry<dyn Resource, Compiled>>,
    pub(crate) functions: BTreeMap<String, Entry<dyn Function, Signature>>,
    /// Replaced as a whole by each `ConfigureProvider`; calls in flight keep what they began with.
    configured: Mutex<Option<Configured>>,
    /// Shared by the calls in flight; replaced when they are asked to stop, so that later calls run.
    cancellation: Mutex<Cancellation>,
    in_flight: watch::Sender<usize>,
    log: Log,
    /// Name and version, for messages.
    title: String,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("title", &self.title).finish_non_exhaustive()
    }
}

impl Engine {
    pub(crate) fn new(provider: Arc<dyn Provider>, log: Log, title: String) -> Self {
        let data_sources = provider.data_sources().into_iter().map(|it| (it.name().to_owned(), Entry::new(it)));
        let resources = provider.resources().into_iter().map(|it| (it.name().to_owned(), Entry::new(it)));
        let functions = provider.functions().into_iter().map(|it| (it.name().to_owned(), Entry::new(it)));
        Self {
            data_sources: data_sources.collect(),
            resources: resources.collect(),
            functions: functions.collect(),
            provider,
            prepared: Once::new(),
            provider_schema: OnceLock::new(),
            configured: Mutex::default(),
            cancellation: Mutex::default(),
            in_flight: watch::Sender::new(0),
            log,
            title,
        }
    }

    /// Lets the provider make itself ready beside the first call about a configuration. Most hosts start a process for the schema alone: it need not be.
    pub(crate) fn prepare(&self) {
        self.prepared.call_once(|| {
            let provider = Arc::clone(&self.provider);
            // Without a thread the calls prepare what they need.
            let _ = std::thread::Builder::new().name("prepare".to_owned()).spawn(move || provider.prepare());
        });
    }

    pub(crate) fn provider_schema(&self) -> &Compiled {
        self.provider_schema.get_or_init(|| self.provider.schema().into())
    }

    pub(crate) fn data_source(&self, name: &str) -> Result<&Entry<dyn DataSource, Compiled>, Diagnostics> {
        self.data_sources.get(name).ok_or_else(|| unknown_name("data source", name, self.data_sources.keys()))
    }

    pub(crate) fn resource(&self, name: &str) -> Result<&Entry<dyn Resource, Compiled>, Diagnostics> {
        self.resources.get(name).ok_or_else(|| unknown_name("resource", name, self.resources.keys()))
    }

    pub(crate) fn function(&self, name: &str) -> Result<&Entry<dyn Function, Signature>, Diagnostics> {
        self.functions.get(name).ok_or_else(|| unknown_name("function", name, self.functions.keys()))
    }

    /// Replaces the configuration.
    pub(crate) fn set_configured(&self, configured: Configured) {
        *lock(&self.configured) = Some(configured);
    }

    /// Asks everything in flight to stop. Later calls are not concerned.
    pub(crate) fn cancel_in_flight(&self) {
        std::mem::take(&mut *lock(&self.cancellation)).cancel();
    }

    /// Waits until no handler runs, or until `limit` has passed.
    pub(crate) async fn drained(&self, limit: Duration) -> bool {
        let mut in_flight = self.in_flight.subscribe();
        tokio::time::timeout(limit, in_flight.wait_for(|count| *count == 0)).await.is_ok()
    }

    /// Runs one handler on a thread of its own, to its end even if the host goes away meanwhile: a half-made change must not be
    /// abandoned at an arbitrary point.
    pub(crate) async fn answer<A: Answer>(
        self: &Arc<Self>,
        rpc: &'static str,
        subject: String,
        handler: impl FnOnce(&Engine, &Call) -> Result<A, Diagnostics> + Send + 'static,
    ) -> Result<Response<A>, Status> {
        let cancellation = lock(&self.cancellation).clone();
        let configured = lock(&self.configured).clone();
        let call = Call::with(cancellation, self.log.clone(), configured);
        let running = InFlight::begin(self);
        let title = self.title.clone();
        let what = if subject.is_empty() { rpc.to_owned() } else { format!("{rpc} of {subject}") };
        if self.log.writes(Level::Debug) {
            self.log.debug("answering", &[("rpc", rpc), ("type", &subject)]);
        }
        let call = Arc::new(call);
        let its_call = Arc::clone(&call);
        let finished = tokio::task::spawn_blocking(move || handler(&running.0, &its_call));
        let outcome = match finished.await {
            Ok(outcome) => outcome,
            Err(error) => {
                let message = match error.try_into_panic() {
                    Ok(payload) => panic_message(&*payload),
                    Err(error) => error.to_string(),
                };
                Err(panicked(&title, &what, &message))
            }
        };
        let (mut answer, failure) = match outcome {
            Ok(answer) => (answer, Diagnostics::new()),
            Err(failure) => (A::default(), failure),
        };
        call.report_all(failure);
        answer.add(call.addressed(call.take_reported()));
        Ok(Response::new(answer))
    }
}

/// An answer of the protocol that can carry findings.
pub(crate) trait Answer: Default + Send + 'static {
    fn add(&mut self, diagnostics: Diagnostics);
}

/// Counts a handler for as long as it runs.
struct InFlight(Arc<Engine>);

impl InFlight {
    fn begin(engine: &Arc<Engine>) -> Self {
        engine.in_flight.send_modify(|count| *count += 1);
        Self(Arc::clone(engine))
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.in_flight.send_modify(|count| *count -= 1);
    }
}

/// What a panic said.
pub(crate) fn panic_message(payload: &(dyn Any + Send)) -> String {
    if let Some(text) = payload.downcast_ref::<&str>() {
        (*text).to_owned()
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text.clone()
    } else {
        "a panic without a message".to_owned()
    }
}

fn panicked(title: &str, what: &str, message: &str) -> Diagnostics {
    let detail = format!(
        "{what} failed inside the provider: {message}.\n\nThis is an error in {title}, not in the configuration. Please report it \
         with the configuration that led to it."
    );
    Diagnostic::error("Internal error of the provider", detail).into()
}

fn unknown_name<'a>(kind: &str, name: &str, known: impl Iterator<Item = &'a String>) -> Diagnostics {
    let known: Vec<&str> = known.map(String::as_str).collect();
    let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    Diagnostic::error(format!("Unknown {kind}"), format!("The provider has no {kind} {name:?}; it has: {known}."))
        .into()
}

/// Reads a value that the host sent. An absent value is null.
pub(crate) fn read_value(dynamic: Option<&pb::DynamicValue>, ty: &Type) -> Result<Value, Diagnostics> {
    let unreadable = |error: super::value::ValueError| {
        let summary = "The provider cannot read a value of the host";
        Diagnostics::from(error.to_diagnostic(summary))
    };
    match dynamic {
        Some(pb::DynamicValue { msgpack, .. }) if !msgpack.is_empty() => {
            Value::from_msgpack(msgpack, ty).map_err(unreadable)
        }
        Some(pb::DynamicValue { json, .. }) if !json.is_empty() => {
            let json = serde_json::from_slice(json).map_err(|error| {
                Diagnostic::error("The provider cannot read a value of the host", format!("It is not JSON: {error}."))
            })?;
            Value::from_json(&json, ty).map_err(unreadable)
        }
        _ => Ok(Value::Null),
    }
}

/// A value as the host reads it.
pub(crate) fn write_value(value: &Value) -> pb::DynamicValue {
    pb::DynamicValue { msgpack: value.to_msgpack(), json: Vec::new() }
}

/// The same for what was read and is compared with nothing.
pub(crate) fn write_read_value(value: &Value) -> pb::DynamicValue {
    pb::DynamicValue { msgpack: value.to_brief_msgpack(), json: Vec::new() }
}
