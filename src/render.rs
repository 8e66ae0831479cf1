//! Results as text: for machines and for people.

pub mod language;

pub use language::json_schema as result_json_schema;
