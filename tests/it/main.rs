//! The integration tests: one binary, so that HiGHS is linked once.

mod architecture;
mod catalog;
mod check;
mod cli;
mod laws;
mod parse;
mod provider;
mod render;
mod scenarios;
mod wire;
