//! The integration tests: one binary, so that HiGHS is linked once.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests are an edge of their own: they read files, and stop at the first surprise"
)]

mod architecture;
mod arguments;
mod catalog;
mod check;
mod cli;
mod frontier;
mod gate;
mod interrupts;
mod laws;
mod parse;
mod provider;
mod readme;
mod render;
mod review;
mod runs;
mod scenarios;
mod simulate;
mod verify;
mod wire;
