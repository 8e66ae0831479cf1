//! Results as text: for machines ([`result()`], whose parts [`language`] declares) and for people ([`table`], [`markdown`],
//! [`explanation`], [`conflict`]).
//!
//! Nothing is decided here and nothing is read or written: a problem and its answer go in, text comes out, and equal answers give equal
//! text. Numbers for machines are exact decimals (money to the micro-USD); numbers for people are rounded and carry their units. What is
//! unknown is `null` for machines and the word `unknown` for people, never zero.

mod alternatives;
mod certificate;
mod conflict;
mod explanation;
mod frontier;
mod group;
pub mod language;
mod markdown;
mod notes;
mod order;
mod pools;
mod report;
mod result;
pub mod review;
mod simulation;
mod stability;
mod table;
mod totals;
mod words;

pub use conflict::{Finding, FoundRule, Scope, conflict, findings};
pub use explanation::explanation;
pub use frontier::{ChartError, FRONTIER, frontier, frontier_csv, frontier_json_schema, frontier_svg, frontier_table};
pub use language::json_schema as result_json_schema;
pub use markdown::markdown;
pub use notes::notes;
pub use report::{REPORT, REPORT_VERSION, report, report_json_schema};
pub use result::result;
pub use simulation::{SIMULATION, simulation, simulation_json_schema, simulation_table};
pub use table::table;
