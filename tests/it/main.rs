//! The integration tests: one binary, so that HiGHS is linked once.

mod architecture;
mod check;
mod laws;
mod scenarios;
mod wire;
