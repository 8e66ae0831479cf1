//! What a provider implements: plain blocking functions over values.
//!
//! Handlers run on threads of their own, so they may compute for as long as they need; long ones watch [`Call::is_cancelled`]. A
//! panic becomes a diagnostic. Values passed in conform to the schema (every attribute present, null where not set); values
//! handed back are completed and checked by the adapter, which also answers everything that follows from the schema alone.
//!
//! `GetProviderSchema` need not have been called before any other handler, and functions are called without configuration.

use std::sync::Arc;

use serde_json::Value as Json;

use super::call::{Call, Configured};
use super::diagnostic::{Diagnostic, Diagnostics};
use super::path::AttributePath;
use super::schema::{Schema, Signature};
use super::value::Value;

/// A provider: its own block and what it offers.
pub trait Provider: Send + Sync + 'static {
    /// The provider block.
    fn schema(&self) -> Schema;

    /// Judges the provider block; values may be unknown.
    fn validate(&self, _config: &Value, _call: &Call) -> Diagnostics {
        Diagnostics::new()
    }

    /// Makes of the provider block what later handlers need; it replaces the former one as a whole. Values may be unknown while a
    /// plan is made: complain only where one is really needed.
    fn configure(&self, _config: &Value, _call: &Call) -> Result<Configured, Diagnostics> {
        Ok(Arc::new(()))
    }

    /// Makes ready what most calls will need, on a thread of its own that starts with the first call about a configuration. Nothing may depend on it; a
    /// process that ends first does not wait for it.
    fn prepare(&self) {}

    /// The data sources. Called once, at the start: make them cheaply, schemas are asked for later.
    fn data_sources(&self) -> Vec<Box<dyn DataSource>> {
        Vec::new()
    }

    /// The managed resources, as cheaply.
    fn resources(&self) -> Vec<Box<dyn Resource>> {
        Vec::new()
    }

    /// The functions, as cheaply.
    fn functions(&self) -> Vec<Box<dyn Function>> {
        Vec::new()
    }
}

/// A data source: reads, changes nothing.
pub trait DataSource: Send + Sync {
    /// The whole name, such as `stowage_placement`.
    fn name(&self) -> &str;

    /// The shape of the block.
    fn schema(&self) -> Schema;

    /// Judges a block; values may be unknown.
    fn validate(&self, _config: &Value, _call: &Call) -> Diagnostics {
        Diagnostics::new()
    }

    /// The block with its computed attributes. `config` is wholly known; so must the result be. Attributes left out are taken
    /// from `config`, or are null.
    fn read(&self, config: &Value, call: &Call) -> Result<Value, Diagnostics>;
}

/// An object of a managed resource as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// The attributes.
    pub state: Value,
    /// Bytes for the provider alone.
    pub private: Vec<u8>,
}

/// What a plan is made from.
#[derive(Debug, Clone, Copy)]
pub struct Proposal<'a> {
    /// The object as it is; `None`: it is to be created.
    pub prior: Option<&'a Object>,
    /// The block as configured; values may be unknown.
    pub config: &'a Value,
    /// The configuration, with computed attributes as they are where it does not set them.
    pub proposed: &'a Value,
}

/// What an object will be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Attributes, unknown where only the change itself will tell.
    pub state: Value,
    /// Attributes whose change makes a new object necessary.
    pub requires_replace: Vec<AttributePath>,
    /// Bytes handed to create or update.
    pub private: Vec<u8>,
}

/// A change to make.
#[derive(Debug, Clone, Copy)]
pub struct Change<'a> {
    /// The object as it is; `None`: it is to be created.
    pub prior: Option<&'a Object>,
    /// What was planned: known parts must come out exactly so.
    pub planned: &'a Value,
    /// The block as configured, with write-only values.
    pub config: &'a Value,
    /// What the plan handed over.
    pub private: &'a [u8],
}

/// Why a change failed, and what there is nevertheless.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// At least one error.
    pub diagnostics: Diagnostics,
    /// The object as it is now. `None`: as it was before, so that a failed creation leaves nothing.
    pub object: Option<Box<Object>>,
}

/// A managed resource.
///
/// A plan is made again when it is applied, in another process and with nothing but configuration and prior state: known values of a
/// plan must be a function of these alone.
pub trait Resource: Send + Sync {
    /// The whole name.
    fn name(&self) -> &str;

    /// The shape of the block.
    fn schema(&self) -> Schema;

    /// Judges a block; values may be unknown.
    fn validate(&self, _config: &Value, _call: &Call) -> Diagnostics {
        Diagnostics::new()
    }

    /// Refines the plan for creating or updating an object. `plan` already holds the proposal, with every computed attribute
    /// unknown that the configuration leaves open, if anything changes at all.
    fn plan(&self, _proposal: &Proposal<'_>, plan: Plan, _call: &Call) -> Result<Plan, Diagnostics> {
        Ok(plan)
    }

    /// Judges the plan for deleting an object.
    fn plan_delete(&self, _prior: &Object, _call: &Call) -> Diagnostics {
        Diagnostics::new()
    }

    /// Creates an object. The result is wholly known.
    fn create(&self, change: &Change<'_>, call: &Call) -> Result<Object, Failure>;

    /// The object as it is now; `None`: it is gone.
    fn read(&self, object: &Object, call: &Call) -> Result<Option<Object>, Diagnostics>;

    /// Updates an object in place. The result is wholly known.
    fn update(&self, change: &Change<'_>, call: &Call) -> Result<Object, Failure>;

    /// Deletes an object; after an error it is kept in state as it was.
    fn delete(&self, object: &Object, call: &Call) -> Result<(), Diagnostics>;

    /// Finds an existing object by its id; parts may be null, a read follows.
    fn import(&self, _id: &str, _call: &Call) -> Result<Object, Diagnostics> {
        let detail = format!("Objects of {} cannot be imported. Create a new one.", self.name());
        Err(Diagnostic::error("Import not supported", detail).into())
    }

    /// Brings state stored by the schema of `version` to the current shape. What the result lacks becomes null, what the schema
    /// does not have is dropped.
    fn upgrade(&self, version: u32, _state: Json, _call: &Call) -> Result<Json, Diagnostics> {
        let detail = format!(
            "The state of {} has version {version}, which this provider does not upgrade. Remove it from state and import or create the object again.",
            self.name()
        );
        Err(Diagnostic::error("State of an older version", detail).into())
    }
}

/// Why a function gave no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct FunctionError {
    /// Full sentences.
    pub text: String,
    /// The argument at fault, counted from 0.
    pub argument: Option<usize>,
}

/// A pure function: the same arguments give the same result, without configuration, clock or network.
pub trait Function: Send + Sync {
    /// The name behind `provider::<provider>::`.
    fn name(&self) -> &str;

    /// Parameters and result.
    fn signature(&self) -> Signature;

    /// The result for arguments that conform to the signature, further ones after the last parameter.
    fn call(&self, arguments: &[Value], call: &Call) -> Result<Value, FunctionError>;
}

impl Object {
    /// An object without private bytes.
    pub fn new(state: Value) -> Self {
        Self { state, private: Vec::new() }
    }
}

impl Failure {
    /// A failure after which the object is partly there.
    pub fn with_object(diagnostics: impl Into<Diagnostics>, object: Object) -> Self {
        Self { diagnostics: diagnostics.into(), object: Some(Box::new(object)) }
    }
}

impl From<Diagnostics> for Failure {
    fn from(diagnostics: Diagnostics) -> Self {
        Self { diagnostics, object: None }
    }
}

impl From<Diagnostic> for Failure {
    fn from(diagnostic: Diagnostic) -> Self {
        Diagnostics::from(diagnostic).into()
    }
}

impl FunctionError {
    /// An error about the call as a whole.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), argument: None }
    }

    /// An error about the argument at `index`, counted from 0.
    pub fn argument(index: usize, text: impl Into<String>) -> Self {
        Self { text: text.into(), argument: Some(index) }
    }
}
