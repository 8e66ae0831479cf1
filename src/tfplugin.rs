//! A layer for providers of Terraform and OpenTofu, generic and free of placement: protocol 6 over tonic.
//!
//! A provider implements [`Provider`], [`DataSource`], [`Resource`] and [`Function`] as plain blocking functions over [`Value`]s, and
//! [`serve`]s itself. The layer does the rest: the handshake and mutual TLS with the one host that started it, the encoding of every
//! type the configuration language has, schemas, the rules about planned and final values, cancellation, and an orderly end.
//!
//! | to read | for |
//! |---|---|
//! | `provider` | the traits |
//! | `schema`, `ty` | what a configuration may hold |
//! | `value`, `number`, `path` | what it holds, and where |
//! | `diagnostic`, `call`, `log` | what to say about it, and to whom |
//! | `rpc`, `engine`, `consistency` | each call of the protocol, on its way to a handler and back |
//! | `serve` | the process: how it begins, whom it admits, when it ends |
//!
//! It names nothing else of this crate.

mod call;
mod consistency;
mod diagnostic;
mod engine;
mod log;
mod number;
mod path;
pub mod proto;
mod provider;
mod rpc;
mod schema;
mod serve;
mod ty;
mod value;

pub use self::call::{Call, Cancellation, Configured};
pub use self::diagnostic::{Diagnostic, Diagnostics, Severity};
pub use self::log::{Level, Log};
pub use self::number::{Number, NumberError};
pub use self::path::{AttributePath, Step};
pub use self::provider::{
    Change, DataSource, Failure, Function, FunctionError, Object, Plan, Proposal, Provider, Resource,
};
pub use self::schema::{
    Attribute, Block, BlockNesting, NestedBlock, Nesting, Parameter, Schema, SchemaError, Shape, Signature,
};
pub use self::serve::{Mode, ServeOptions, is_started_by_host, serve};
pub use self::ty::{Type, TypeError};
pub use self::value::{Refinements, Value, ValueError, View};
