//! x
mod diagnostic;
mod number;
mod path;
pub mod proto;
mod schema;
mod ty;
mod value;
pub use self::diagnostic::{Diagnostic, Diagnostics, Severity};
pub use self::number::{Number, NumberError};
pub use self::path::{AttributePath, Step};
pub use self::schema::{Attribute, Block, BlockNesting, NestedBlock, Nesting, Parameter, Schema, SchemaError, Shape, Signature};
pub use self::ty::{Type, TypeError};
pub use self::value::{Refinements, Value, ValueError, View};
