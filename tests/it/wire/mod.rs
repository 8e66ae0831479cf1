//! The plugin layer over the wire: a small provider as a real process, and hosts that treat it well and badly.
//!
//! [`host`] plays the host in Rust, down to the P-521 certificate; [`terraform`] is the real one.

#![expect(clippy::unwrap_used, reason = "what is missing fails the test at its line")]

mod calls;
mod certificate;
mod codec;
mod handshake;
mod host;
mod lifetime;
mod protocol;
mod resources;
mod terraform;
