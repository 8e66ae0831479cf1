//! The catalog: its tables, their packing, what is read from them, and the import that makes them.

#![expect(clippy::unwrap_used, reason = "helpers of tests, which the lint does not know as tests")]
#![expect(clippy::disallowed_methods, reason = "tests read the tables and time the first look-up")]
#![expect(clippy::print_stdout, reason = "sizes and times are reported, not gated")]

mod embedded;
mod imports;
mod overlays;
mod places;
mod round_trips;
mod sites;
