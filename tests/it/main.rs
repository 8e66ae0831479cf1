//! The integration tests: one binary, so that HiGHS is linked once.

mod laws;
mod scenarios;
